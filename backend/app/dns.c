#include "backend/app/dns.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/resolve.h"

struct dns {
    struct resolver *resolver;
    int family; /* of the address that is waited for */
    struct in6_addr wanted;
};

/* By value: an IPv6 address has many spellings. */
static bool is_wanted(const struct dns *d, const struct address *a)
{
    if (a->family != d->family) {
        return false;
    }
    if (a->family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, &a->sa, sizeof v4);
        return memcmp(&v4.sin_addr, &d->wanted, sizeof v4.sin_addr) == 0;
    }
    struct sockaddr_in6 v6;
    memcpy(&v6, &a->sa, sizeof v6);
    return memcmp(&v6.sin6_addr, &d->wanted, sizeof v6.sin6_addr) == 0;
}

static struct dns_facts *judge(const struct dns *d, const struct address *list, size_t n)
{
    struct dns_facts *facts = mem_alloc(1, sizeof *facts);
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        facts->matches = facts->matches || is_wanted(d, &list[i]);
        size_t more = strlen(list[i].text) + 2;
        if (len + more < sizeof facts->addresses) {
            (void)snprintf(facts->addresses + len, sizeof facts->addresses - len, "%s%s",
                           len ? ", " : "", list[i].text);
            len = strlen(facts->addresses);
        }
    }
    return facts;
}

static struct reading *dns_poll(void *self, const struct clock *clk)
{
    struct dns *d = self;
    struct address list[RESOLVE_MAX];
    struct error err;
    int64_t start_ms = clock_mono_ms(clk), wall_ms = clock_wall_ms(clk);
    resolver_forget(d->resolver);
    size_t n = resolver_get(d->resolver, DNS_TIMEOUT_MS, list, &err);
    int64_t half_ms = (clock_mono_ms(clk) - start_ms) / 2;
    if (n == 0) {
        return reading_failed(NULL, NULL, start_ms + half_ms, wall_ms + half_ms, "%s",
                              err.text);
    }
    return reading_fresh(judge(d, list, n), free, start_ms + half_ms, wall_ms + half_ms);
}

static void dns_interrupt(void *self)
{
    struct dns *d = self;
    resolver_interrupt(d->resolver);
}

static void dns_destroy(void *self)
{
    struct dns *d = self;
    resolver_destroy(d->resolver);
    free(d);
}

static const struct source_ops dns_ops = {
    .poll = dns_poll, .interrupt = dns_interrupt, .destroy = dns_destroy};

struct source dns_source(const struct config_failover *cfg, size_t slot)
{
    struct dns *d = mem_alloc(1, sizeof *d);
    d->resolver = resolver_create(cfg->verify_name, 0);
    d->family = strchr(cfg->verify_address, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(d->family, cfg->verify_address, &d->wanted) != 1) {
        d->family = AF_UNSPEC; /* nothing is ever it; the configuration refuses this */
    }
    return source_make(&dns_ops, d, "dns", slot, DNS_PERIOD_MS);
}
