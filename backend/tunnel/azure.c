/* What Azure says of the path: one GET of the connection a poll. Never a LIST, which leaves the
 * status out. How old the status is, Azure does not say; that bytes are counted as 0 beside
 * "Connected" is common and means nothing.
 *
 * Azure throttles who asks too often, all of a subscription together: between two requests
 * lie at least GAP_MS, and after a refusal as much time as it asks for. Whoever asks meanwhile
 * gets the reading of before, as old as it is. */
#include "backend/tunnel/provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cloud/azure_http.h"
#include "backend/cloud/azure_token.h"
#include "backend/fact/clock.h"
#include "backend/mem.h"
#include "backend/net/secret.h"
#include "backend/net/text.h"
#include "backend/tunnel/azure_answer.h"

#define API_VERSION    "2024-05-01"
#define URL_MAX        2048
#define GAP_MS         5000
#define QUIET_MAX_MS   (INT64_C(10) * 60 * 1000) /* that we choose ourselves */
#define ASKED_MAX_S    3600                      /* that Azure may ask for */
#define BACKOFF_MAX_MS (INT64_C(2) * 60 * 1000)
#define FEW_READS      50 /* of 250 */

struct view {
    const struct config_tunnel *cfg;
    struct azure_http *http;
    struct azure_token *token;
    char url[URL_MAX]; /* empty: the names do not fit into one */
    struct tunnel_facts before;
    bool any_before;
    struct reading *last; /* what is said while it is too early to ask */
    int64_t quiet_until_ms;
    int refused; /* times in a row that Azure was busy or in trouble */
};

/* What one poll is about. */
struct ask {
    struct view *v;
    const struct clock *clk;
    int64_t deadline_ms; /* of the machine's clock */
    struct azure_answer answer;
    struct error err;
    bool busy; /* Azure throttles or is in trouble */
    struct opt_i64 retry_after_s;
};

static bool make_url(const struct config_azure *cfg, char url[URL_MAX])
{
    const char *arm = cfg->arm_endpoint ? cfg->arm_endpoint : azure_arm_host(cfg);
    const struct {
        const char *before, *segment;
    } parts[] = {
        {"/subscriptions/", cfg->subscription},
        {"/resourceGroups/", cfg->resource_group},
        {"/providers/Microsoft.Network/connections/", cfg->connection},
        {"?api-version=" API_VERSION, ""},
    };
    size_t len = strcspn(arm, "?#");
    while (len > 0 && arm[len - 1] == '/') {
        len--;
    }
    int n = snprintf(url, URL_MAX, "%.*s", (int)len, arm);
    size_t used = n >= 0 && n < URL_MAX ? (size_t)n : URL_MAX;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t more = strlen(parts[i].before);
        if (used + more >= URL_MAX) {
            return false;
        }
        memcpy(url + used, parts[i].before, more + 1);
        used = azure_http_escape(url, URL_MAX, used + more, parts[i].segment);
    }
    return used < URL_MAX;
}

static int64_t left_ms(const struct ask *a)
{
    return a->deadline_ms - clock_mono_ms(&clock_system);
}

static bool get_with(struct ask *a, const char *token)
{
    static const char scheme[] = "Authorization: Bearer ";
    size_t size = sizeof scheme + strlen(token);
    char *header = mem_alloc(size, 1);
    (void)snprintf(header, size, "%s%s", scheme, token);
    const struct azure_request request = {
        .url = a->v->url, .header = {header}, .timeout_ms = left_ms(a)};
    bool answered = azure_http_ask(a->v->http, &request, &a->answer, &a->err);
    secret_wipe(header, size);
    free(header);
    return answered;
}

static void refuse(struct ask *a, struct azure_refusal *why)
{
    azure_answer_refusal(a->answer.status, a->answer.body, a->answer.len, &a->v->cfg->azure,
                         why);
    a->err = why->err;
    a->busy = a->answer.status == 429 || a->answer.status >= 500;
    a->retry_after_s = a->answer.retry_after_s;
}

static bool get_token(struct ask *a, const char **out)
{
    struct azure_no_token why;
    *out = azure_token_get(a->v->token, a->clk, a->deadline_ms, &why);
    if (!*out) {
        a->err = why.err;
        a->busy = why.throttled;
        a->retry_after_s = why.retry_after_s;
    }
    return *out;
}

/* Asks with the token in use, and with a new one when that is not taken any more. */
static bool get_connection(struct ask *a)
{
    if (!a->v->url[0]) {
        error_set(&a->err, "names that are too long for an address");
        return false;
    }
    for (int tries = 1;; tries++) {
        const char *token;
        struct azure_refusal why;
        if (!get_token(a, &token) || !get_with(a, token)) {
            return false;
        }
        if (a->answer.status == 200) {
            return true;
        }
        refuse(a, &why);
        if (a->answer.status == 401) {
            azure_token_forget(a->v->token);
        }
        if (!why.token_refused || tries == 2) {
            return false;
        }
    }
}

static void note_reads_left(const struct azure_answer *answer, struct tunnel_facts *facts)
{
    size_t len = strlen(facts->detail);
    if (answer->reads_left.known && answer->reads_left.v < FEW_READS) {
        (void)snprintf(facts->detail + len, sizeof facts->detail - len,
                       "; %lld reads until Azure throttles", (long long)answer->reads_left.v);
    }
}

static bool learn(struct ask *a, int64_t now_ms)
{
    struct view *v = a->v;
    struct tunnel_facts facts = {0};
    if (!get_connection(a) ||
        !azure_answer_connection(a->answer.body, a->answer.len, v->cfg->azure.connection,
                                 &facts, &a->err)) {
        return false;
    }
    (void)text_clean_str(facts.endpoint, sizeof facts.endpoint, v->cfg->azure.connection);
    tunnel_facts_order(&facts, v->cfg);
    tunnel_facts_sum(&facts, v->cfg->expected_up, v->any_before ? &v->before : NULL, now_ms);
    note_reads_left(&a->answer, &facts);
    v->before = facts;
    v->any_before = true;
    return true;
}

/* The more often it was refused, the longer; never all observers at once. */
static int64_t quiet_ms(struct view *v, const struct ask *a)
{
    int64_t ms = v->cfg->period_ms;
    for (int i = 1; i < v->refused && ms < QUIET_MAX_MS; i++) {
        ms *= 2;
    }
    ms = ms < QUIET_MAX_MS ? ms : QUIET_MAX_MS;
    if (a->retry_after_s.known) {
        int64_t s = a->retry_after_s.v < ASKED_MAX_S ? a->retry_after_s.v : ASKED_MAX_S;
        ms = ms > s * 1000 ? ms : s * 1000;
    }
    return ms + ms / 100 * (clock_real_us() % 21);
}

static struct reading *failed(struct view *v, const struct ask *a, int64_t now_ms,
                              int64_t wall_ms)
{
    if (!a->busy) {
        return reading_failed(NULL, NULL, now_ms, wall_ms, "%.250s", a->err.text);
    }
    v->refused++;
    int64_t ms = quiet_ms(v, a);
    v->quiet_until_ms = now_ms + ms;
    return reading_failed(NULL, NULL, now_ms, wall_ms, "%.200s; asking again in %lld s",
                          a->err.text, (long long)((ms + 999) / 1000));
}

static struct reading *view_poll(void *self, const struct clock *clk)
{
    struct view *v = self;
    int64_t start_ms = clock_mono_ms(clk), wall_ms = clock_wall_ms(clk);
    if (v->last && start_ms < v->quiet_until_ms) {
        return reading_ref(v->last);
    }
    struct ask a = {
        .v = v, .clk = clk, .deadline_ms = clock_mono_ms(&clock_system) + v->cfg->timeout_ms};
    azure_http_begin(v->http);
    bool learned = learn(&a, start_ms);
    azure_http_wipe(v->http);
    int64_t half_ms = (clock_mono_ms(clk) - start_ms) / 2;
    if (!learned && atomic_load(azure_http_interrupted(v->http))) {
        return reading_failed(NULL, NULL, start_ms, wall_ms, "interrupted");
    }
    v->quiet_until_ms = start_ms + GAP_MS;
    reading_unref(v->last);
    if (learned) {
        struct tunnel_facts *facts = mem_alloc(1, sizeof *facts);
        *facts = v->before;
        v->refused = 0;
        v->last = reading_fresh(facts, free, start_ms + half_ms, wall_ms + half_ms);
    } else {
        v->refused = a.busy ? v->refused : 0;
        v->last = failed(v, &a, start_ms + half_ms, wall_ms + half_ms);
    }
    return reading_ref(v->last);
}

static void view_interrupt(void *self)
{
    struct view *v = self;
    azure_http_interrupt(v->http);
}

static void view_destroy(void *self)
{
    struct view *v = self;
    reading_unref(v->last);
    azure_token_destroy(v->token);
    azure_http_destroy(v->http);
    free(v);
}

static const struct source_ops ops = {
    .poll = view_poll, .interrupt = view_interrupt, .destroy = view_destroy};

struct source tunnel_azure_source(const struct config_tunnel *cfg, size_t slot)
{
    struct view *v = mem_alloc(1, sizeof *v);
    v->cfg = cfg;
    v->http = azure_http_create(cfg->ca);
    if (!v->http) {
        abort(); /* out of memory or descriptors before the first poll */
    }
    if (!make_url(&cfg->azure, v->url)) {
        v->url[0] = '\0';
    }
    v->token = azure_token_create(&cfg->azure, v->http);
    struct source source = source_make(&ops, v, cfg->name, slot, cfg->period_ms);
    source.backoff_max_ms = BACKOFF_MAX_MS;
    return source;
}
