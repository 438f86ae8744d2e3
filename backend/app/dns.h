/* Does the name that the users know lead to the DR site? Looked up anew at every poll, by the
 * system's resolver: whatever that remembers is remembered here. Readings hold a struct dns_facts:
 * FRESH when the name resolved, to whatever address; FAILED, without a value, when it did not. */
#ifndef DRTOP_APP_DNS_H
#define DRTOP_APP_DNS_H

#include "backend/config.h"
#include "backend/fact/poller.h"

#define DNS_PERIOD_MS  5000
#define DNS_TIMEOUT_MS 2000

struct dns_facts {
    bool matches;        /* verify_address is among the answers */
    char addresses[160]; /* "203.0.113.7, 2001:db8::7", as many as fit */
};

/* cfg has verify_name and verify_address, and stays the caller's. */
struct source dns_source(const struct config_failover *cfg, size_t slot);

#endif
