#include "backend/app/http_health.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "backend/mem.h"
#include "backend/net/http.h"
#include "backend/net/text.h"

struct health {
    const struct config_app *cfg;
    struct http_client *client;
    int strikes;
};

bool http_library_begin(void)
{
    return http_global_begin();
}

void http_library_end(void)
{
    http_global_end();
}

static void write_id(char *out, size_t out_size, int64_t wall_ms)
{
    time_t now = (time_t)(wall_ms / 1000);
    struct tm utc;
    if (!gmtime_r(&now, &utc) || strftime(out, out_size, "DR-%Y%m%d-%H%M%S", &utc) == 0) {
        out[0] = '\0';
    }
}

/* Decides whether the answer is a good one, and says in facts->why if not. */
static bool judge(const struct config_app *cfg, const struct http_answer *a,
                  const struct error *err, struct app_facts *facts)
{
    if (!a->complete) {
        (void)text_clean_str(facts->why, sizeof facts->why, err->text);
        return false;
    }
    if (a->status < cfg->expect_status_min || a->status > cfg->expect_status_max) {
        (void)snprintf(facts->why, sizeof facts->why, "status %d, expected %d to %d", a->status,
                       cfg->expect_status_min, cfg->expect_status_max);
        return false;
    }
    return true;
}

static void take_answer(const struct http_answer *a, struct app_facts *facts)
{
    facts->status = a->status;
    facts->dns_us = a->dns_us;
    facts->connect_us = a->connect_us;
    facts->tls_us = a->tls_us;
    facts->first_byte_us = a->first_byte_us;
    facts->total_us = a->total_us;
    (void)text_copy(facts->address, sizeof facts->address, a->address);
}

static struct reading *health_poll(void *self, const struct clock *clk)
{
    struct health *h = self;
    struct app_facts *facts = mem_alloc(1, sizeof *facts);
    int64_t start_ms = clock_mono_ms(clk);
    int64_t wall_ms = clock_wall_ms(clk);
    write_id(facts->id, sizeof facts->id, wall_ms);
    struct http_answer answer;
    struct error err;
    (void)http_client_get(h->client, facts->id, &answer, &err);
    int64_t half_ms = (clock_mono_ms(clk) - start_ms) / 2;
    take_answer(&answer, facts);
    facts->ok = judge(h->cfg, &answer, &err, facts);
    if (!answer.interrupted) { /* being told to stop says nothing about the site */
        h->strikes = facts->ok ? 0 : h->strikes + 1;
    }
    facts->strikes = h->strikes;
    if (answer.status == 0) {
        return reading_failed(facts, free, start_ms + half_ms, wall_ms + half_ms, "%s",
                              facts->why);
    }
    return reading_fresh(facts, free, start_ms + half_ms, wall_ms + half_ms);
}

static void health_interrupt(void *self)
{
    struct health *h = self;
    http_client_interrupt(h->client);
}

static void health_destroy(void *self)
{
    struct health *h = self;
    http_client_destroy(h->client);
    free(h);
}

static const struct source_ops health_ops = {
    .poll = health_poll, .interrupt = health_interrupt, .destroy = health_destroy};

struct source http_health_source(const struct config_app *cfg, const char *name, size_t slot)
{
    struct http_request request = {.url = cfg->url,
                                   .host_header = cfg->host_header,
                                   .ca = cfg->ca,
                                   .verify_tls = cfg->verify_tls,
                                   .timeout_ms = cfg->timeout_ms};
    struct health *h = mem_alloc(1, sizeof *h);
    h->cfg = cfg;
    h->client = http_client_create(&request);
    if (!h->client) {
        abort(); /* out of memory or descriptors before the first poll */
    }
    return source_make(&health_ops, h, name, slot, cfg->period_ms);
}
