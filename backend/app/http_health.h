/* Does a site serve? One HTTP(S) GET a poll. Readings hold a struct app_facts: FRESH whenever the
 * site answered anything at all (even 503 proves that it lives), FAILED when nothing came back. */
#ifndef DRTOP_APP_HTTP_HEALTH_H
#define DRTOP_APP_HTTP_HEALTH_H

#include "backend/config.h"
#include "backend/fact/opt.h"
#include "backend/fact/poller.h"

struct app_facts {
    bool ok;          /* answered with an expected status */
    int status;       /* HTTP status, 0 without an answer */
    int strikes;      /* polls in a row that were not ok, this one included */
    char id[24];      /* correlation id sent as X-Correlation-ID: DR-YYYYMMDD-HHMMSS, UTC */
    char address[56]; /* that answered or was tried */
    char why[96];     /* sanitised: why not ok, also when there was an answer; empty when ok */
    struct opt_i64 dns_us, connect_us, tls_us, first_byte_us,
        total_us; /* each from the start */
};

/* Call once in main before any thread starts. */
bool http_library_begin(void);
void http_library_end(void);

/* cfg stays the caller's and must outlive the source. */
struct source http_health_source(const struct config_app *cfg, const char *name, size_t slot);

#endif
