#include "backend/cloud/azure_token.h"

#include <stdlib.h>

#include "backend/cloud/azure_ways.h"
#include "backend/mem.h"
#include "backend/net/secret.h"

#define EARLY_S  300   /* a new token is had that long before the old one ends */
#define AGAIN_MS 60000 /* between two tries while the old one is good */
#define UNSAID_S 300   /* how long one is used whose end is not known */

struct azure_token {
    const struct config_azure *cfg;
    struct azure_http *http;
    bool managed_answers; /* "auto" has found a metadata service that knows us */
    bool have;
    /* On the clock that was handed over: when to have a new one, and when this one ends. */
    int64_t renew_at_ms, ends_at_ms;
    struct azure_grant grant, next; /* next: while it is being fetched */
};

struct azure_token *azure_token_create(const struct config_azure *cfg, struct azure_http *http)
{
    struct azure_token *t = mem_alloc(1, sizeof *t);
    t->cfg = cfg;
    t->http = http;
    return t;
}

void azure_token_forget(struct azure_token *t)
{
    secret_wipe(t->grant.token, sizeof t->grant.token);
    secret_wipe(t->next.token, sizeof t->next.token);
    t->have = false;
}

void azure_token_destroy(struct azure_token *t)
{
    if (t) {
        azure_token_forget(t);
        free(t);
    }
}

/* Takes what is set up; a metadata service is set up when it answers with a token. */
static bool by_any(struct azure_token *t, struct azure_attempt *a)
{
    if (azure_has_secret(t->cfg)) {
        return azure_by_secret(a);
    }
    if (azure_has_federation(t->cfg)) {
        return azure_by_federation(a);
    }
    if (azure_by_identity(a, !t->managed_answers)) {
        t->managed_answers = true;
        return true;
    }
    if (t->managed_answers || atomic_load(azure_http_interrupted(t->http))) {
        return false;
    }
    struct error no_identity = a->why->err;
    if (azure_by_az(a)) {
        return true;
    }
    struct error no_az = a->why->err;
    a->why->throttled = false; /* of a service that is not ours */
    a->why->retry_after_s = (struct opt_i64){0};
    error_set(&a->why->err, "no login is set up: %.300s; %.300s", no_az.text, no_identity.text);
    return false;
}

static bool login(struct azure_token *t, struct azure_attempt *a)
{
    switch (t->cfg->login) {
    case AZURE_LOGIN_SECRET:
        return azure_by_secret(a);
    case AZURE_LOGIN_FEDERATED:
        return azure_by_federation(a);
    case AZURE_LOGIN_MANAGED:
        return azure_by_identity(a, false);
    case AZURE_LOGIN_AZ:
        return azure_by_az(a);
    case AZURE_LOGIN_AUTO:
        break;
    }
    return by_any(t, a);
}

static int64_t lasts_ms(struct opt_i64 lasts_s)
{
    const int64_t day_s = 86400;
    int64_t s = lasts_s.known ? lasts_s.v : UNSAID_S;
    return (s < day_s ? s : day_s) * 1000;
}

static void keep(struct azure_token *t, int64_t now_ms)
{
    t->grant = t->next;
    secret_wipe(t->next.token, sizeof t->next.token);
    int64_t ms = lasts_ms(t->grant.lasts_s), early_ms = EARLY_S * 1000;
    /* One that lasts less is used for half of its time; when its end was not said, to that. */
    int64_t use_ms = ms > 2 * early_ms ? ms - early_ms : ms / 2;
    t->have = true;
    t->renew_at_ms = now_ms + (t->grant.lasts_s.known ? use_ms : ms);
    t->ends_at_ms = now_ms + ms;
}

/* A login in trouble costs nothing while the old token is good. */
static bool may_go_on(struct azure_token *t, int64_t now_ms, const struct azure_no_token *why)
{
    int64_t left_ms = t->ends_at_ms - now_ms;
    if (!t->have || left_ms <= 0) {
        return false;
    }
    int64_t wait_ms = AGAIN_MS < left_ms ? AGAIN_MS : left_ms;
    if (why->retry_after_s.known && why->retry_after_s.v > wait_ms / 1000) {
        wait_ms = why->retry_after_s.v < left_ms / 1000 ? why->retry_after_s.v * 1000 : left_ms;
    }
    t->renew_at_ms = now_ms + wait_ms;
    return true;
}

const char *azure_token_get(struct azure_token *t, const struct clock *clk, int64_t deadline_ms,
                            struct azure_no_token *why)
{
    int64_t now_ms = clock_mono_ms(clk);
    *why = (struct azure_no_token){0};
    if (t->have && now_ms < t->renew_at_ms) {
        return t->grant.token;
    }
    struct azure_attempt a = {.cfg = t->cfg,
                              .http = t->http,
                              .deadline_ms = deadline_ms,
                              .wall_ms = clock_wall_ms(clk),
                              .grant = &t->next,
                              .why = why};
    if (t->have && now_ms < t->ends_at_ms) { /* leaves time to ask with the old one */
        a.deadline_ms -= (deadline_ms - clock_mono_ms(&clock_system)) / 2;
    }
    if (login(t, &a)) {
        keep(t, now_ms);
        return t->grant.token;
    }
    if (may_go_on(t, now_ms, why)) {
        return t->grant.token;
    }
    azure_token_forget(t);
    return NULL;
}
