/* What proves that we are on the network: an HTTP answer with any status, or a TCP handshake
 * that completes. A refused connection proves less (a firewall on our own side may send it) and
 * counts as a failure. A TCP anchor must not be a MySQL port, see
 * backend/tunnel/mysql_greeting.h. */
#include "backend/app/anchor.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/mem.h"
#include "backend/net/connect.h"
#include "backend/net/http.h"
#include "backend/net/resolve.h"

struct anchor {
    const struct config_anchor *cfg;
    struct http_client *http;  /* of a URL */
    struct resolver *resolver; /* of host:port; both NULL: the target is neither */
    struct wake wake;
    int strikes;
};

static bool ask_http(struct anchor *a, struct opt_i64 *out_us, struct error *err)
{
    struct http_answer answer;
    (void)http_client_get(a->http, NULL, &answer, err);
    if (answer.status == 0) {
        return false;
    }
    if (answer.connect_us.known) {
        int64_t dns_us = answer.dns_us.known ? answer.dns_us.v : 0;
        *out_us = opt_i64(answer.connect_us.v - dns_us);
    }
    return true;
}

static bool ask_tcp(struct anchor *a, struct opt_i64 *out_us, struct error *err)
{
    struct address list[RESOLVE_MAX];
    struct connection c;
    wake_clear(&a->wake);
    int64_t deadline_us = clock_real_us() + a->cfg->timeout_ms * 1000;
    size_t n = resolver_get(a->resolver, a->cfg->timeout_ms, list, err);
    if (n == 0 || !connect_any(list, n, &a->wake, deadline_us, &c, err)) {
        return false;
    }
    (void)close(c.fd);
    *out_us = opt_i64(c.connect_us);
    return true;
}

static bool ask(struct anchor *a, struct opt_i64 *out_us, struct error *err)
{
    if (a->http) {
        return ask_http(a, out_us, err);
    }
    if (a->resolver) {
        return ask_tcp(a, out_us, err);
    }
    error_set(err, "not a URL and not host:port: %s", a->cfg->target);
    return false;
}

static struct reading *anchor_poll(void *self, const struct clock *clk)
{
    struct anchor *a = self;
    struct anchor_facts *facts = mem_alloc(1, sizeof *facts);
    int64_t start_ms = clock_mono_ms(clk);
    int64_t wall_ms = clock_wall_ms(clk);
    struct error err;
    bool answered = ask(a, &facts->round_trip_us, &err);
    int64_t half_ms = (clock_mono_ms(clk) - start_ms) / 2;
    a->strikes = answered ? 0 : a->strikes + 1;
    facts->strikes = a->strikes;
    if (!answered) {
        return reading_failed(facts, free, start_ms + half_ms, wall_ms + half_ms, "%s",
                              err.text);
    }
    return reading_fresh(facts, free, start_ms + half_ms, wall_ms + half_ms);
}

static void anchor_interrupt(void *self)
{
    struct anchor *a = self;
    if (a->http) {
        http_client_interrupt(a->http);
    }
    if (a->resolver) {
        resolver_interrupt(a->resolver);
        wake_ring(&a->wake);
    }
}

static void anchor_destroy(void *self)
{
    struct anchor *a = self;
    http_client_destroy(a->http);
    resolver_destroy(a->resolver);
    wake_finish(&a->wake);
    free(a);
}

static const struct source_ops anchor_ops = {
    .poll = anchor_poll, .interrupt = anchor_interrupt, .destroy = anchor_destroy};

static bool is_url(const char *target)
{
    return strncmp(target, "http://", 7) == 0 || strncmp(target, "https://", 8) == 0;
}

static void open_target(struct anchor *a)
{
    char host[256];
    uint16_t port;
    if (is_url(a->cfg->target)) {
        struct http_request request = {
            .url = a->cfg->target, .verify_tls = true, .timeout_ms = a->cfg->timeout_ms};
        a->http = http_client_create(&request);
    } else if (host_port_split(a->cfg->target, host, sizeof host, &port) &&
               wake_init(&a->wake)) {
        a->resolver = resolver_create(host, port);
    }
}

struct source anchor_source(const struct config_anchor *cfg, size_t slot)
{
    struct anchor *a = mem_alloc(1, sizeof *a);
    a->cfg = cfg;
    a->wake.fd = -1;
    open_target(a);
    return source_make(&anchor_ops, a, cfg->name, slot, cfg->period_ms);
}
