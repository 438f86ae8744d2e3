#include "backend/tunnel/azure_answer.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/json_answer.h"
#include "backend/net/json_value.h"
#include "backend/net/text.h"

/* The last is of ExpressRoute, and as secret. */
static const char *const secrets[] = {"sharedKey", "authorizationKey", NULL};

static const struct {
    const char *word;
    enum tunnel_state state;
} states[] = {
    {"Connected", TUNNEL_UP},
    {"Connecting", TUNNEL_CONNECTING},
    {"NotConnected", TUNNEL_DOWN},
};

static enum tunnel_state state_of(const char *word)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (strcmp(states[i].word, word) == 0) {
            return states[i].state;
        }
    }
    return TUNNEL_UNKNOWN;
}

/* Howard Hinnant's days_from_civil, for years of four digits. */
static int64_t days(int y, int m, int d)
{
    y -= m <= 2;
    int era = y / 400, yoe = y - era * 400;
    int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return (int64_t)era * 146097 + doe - 719468;
}

struct moment {
    int y, mo, d, h, mi, s;
};

static struct opt_i64 moment_ms(const struct moment *t)
{
    /* Year 1 is how .NET says "never". */
    bool sane = t->y >= 2000 && t->y <= 9999 && t->mo >= 1 && t->mo <= 12 && t->d >= 1 &&
                t->d <= 31 && t->h >= 0 && t->h <= 23 && t->mi >= 0 && t->mi <= 59 &&
                t->s >= 0 && t->s <= 60;
    if (!sane) {
        return (struct opt_i64){0};
    }
    int64_t s = days(t->y, t->mo, t->d) * 86400 + t->h * 3600 + t->mi * 60 + t->s;
    return opt_i64(s * 1000);
}

/* A number of at most max digits; moves *p behind it. */
static bool number(const char **p, int max, int *out)
{
    int n = 0, v = 0;
    while (n < max && **p >= '0' && **p <= '9') {
        v = v * 10 + (*(*p)++ - '0');
        n++;
    }
    *out = v;
    return n > 0;
}

static bool letter(const char **p, const char *any_of)
{
    if (!**p || !strchr(any_of, **p)) {
        return false;
    }
    (*p)++;
    return true;
}

static bool clock_time(const char **p, struct moment *t)
{
    return number(p, 2, &t->h) && letter(p, ":") && number(p, 2, &t->mi) && letter(p, ":") &&
           number(p, 2, &t->s);
}

static bool iso_time(const char *p, struct moment *t)
{
    int fraction;
    bool ok = number(&p, 4, &t->y) && letter(&p, "-") && number(&p, 2, &t->mo) &&
              letter(&p, "-") && number(&p, 2, &t->d) && letter(&p, "T ") && clock_time(&p, t);
    if (ok && letter(&p, ".")) {
        ok = number(&p, 9, &fraction);
    }
    return ok && (!*p || strcmp(p, "Z") == 0 || strcmp(p, "+00:00") == 0);
}

static bool us_time(const char *p, struct moment *t)
{
    bool ok = number(&p, 2, &t->mo) && letter(&p, "/") && number(&p, 2, &t->d) &&
              letter(&p, "/") && number(&p, 4, &t->y) && letter(&p, " ") && clock_time(&p, t);
    if (!ok || !*p) {
        return ok;
    }
    bool pm = strcmp(p, " PM") == 0;
    ok = (pm || strcmp(p, " AM") == 0) && t->h >= 1 && t->h <= 12;
    t->h = t->h % 12 + (pm ? 12 : 0);
    return ok;
}

struct opt_i64 azure_answer_time_ms(const char *text)
{
    struct moment t = {0};
    if (iso_time(text, &t)) {
        return moment_ms(&t);
    }
    return us_time(text, &t) ? moment_ms(&t) : (struct opt_i64){0};
}

static struct opt_i64 counter(struct json_object *obj, const char *name)
{
    struct opt_i64 n = json_answer_i64(obj, name);
    return n.known && n.v >= 0 ? n : (struct opt_i64){0};
}

/* What is said of a connection and of each of its tunnels in the same words. */
static void read_leg(struct json_object *obj, struct tunnel_leg *leg)
{
    char word[32], when[48];
    if (json_text(obj, "connectionStatus", word, sizeof word)) {
        (void)text_copy(leg->detail, sizeof leg->detail, word);
    } else {
        (void)text_copy(leg->detail, sizeof leg->detail, "no connectionStatus in the answer");
    }
    leg->state = state_of(word);
    leg->bytes_in = counter(obj, "ingressBytesTransferred");
    leg->bytes_out = counter(obj, "egressBytesTransferred");
    /* When it last came up: not since when it is down. */
    if (leg->state == TUNNEL_UP &&
        json_text(obj, "lastConnectionEstablishedUtcTime", when, sizeof when)) {
        leg->since_ms = azure_answer_time_ms(when);
    }
}

static bool is_taken(const struct tunnel_facts *f, const char *id)
{
    for (size_t i = 0; i < f->n_legs; i++) {
        if (strcmp(f->legs[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

/* One without a name, or with another's, is told by its place. */
static void name_leg(const struct tunnel_facts *f, struct json_object *obj, size_t place,
                     const char *connection, struct tunnel_leg *leg)
{
    if (!json_text(obj, "tunnel", leg->id, sizeof leg->id) || !leg->id[0] ||
        is_taken(f, leg->id)) {
        (void)snprintf(leg->id, sizeof leg->id, "%.48s #%zu", connection, place + 1);
    }
}

static void read_tunnels(struct json_object *list, const char *connection,
                         struct tunnel_facts *out)
{
    size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < n && out->n_legs < TUNNEL_LEGS_MAX; i++) {
        struct json_object *obj = json_object_array_get_idx(list, i);
        if (json_object_is_type(obj, json_type_object)) {
            struct tunnel_leg leg = {0};
            name_leg(out, obj, i, connection, &leg);
            read_leg(obj, &leg);
            out->legs[out->n_legs++] = leg;
        }
    }
}

/* While Azure is changing the connection, its status is of before. */
static void note_change(struct json_object *properties, struct tunnel_facts *out)
{
    char state[32];
    if (json_text(properties, "provisioningState", state, sizeof state) && *state &&
        strcmp(state, "Succeeded") != 0) {
        (void)snprintf(out->detail, sizeof out->detail, "Azure says %s, provisioning %s",
                       out->n_legs == 1 ? out->legs[0].detail : "it is", state);
    }
}

bool azure_answer_connection(char *body, size_t len, const char *connection,
                             struct tunnel_facts *out, struct error *err)
{
    bool clean = json_answer_blot(body, len, secrets);
    struct json_object *root = clean ? json_answer_parse(body, len) : NULL;
    struct json_object *properties = json_member(root, "properties");
    if (!json_object_is_type(properties, json_type_object)) {
        error_set(err, root ? "answered JSON that is no connection"
                            : "answered something that is not JSON");
        json_object_put(root);
        return false;
    }
    out->n_legs = 0;
    out->detail[0] = '\0';
    read_tunnels(json_member(properties, "tunnelConnectionStatus"), connection, out);
    if (out->n_legs == 0) {
        struct tunnel_leg leg = {0};
        (void)text_clean_str(leg.id, sizeof leg.id, connection);
        read_leg(properties, &leg);
        out->legs[out->n_legs++] = leg;
    }
    note_change(properties, out);
    json_object_put(root);
    return true;
}

static bool ends(const char *text, const char *end)
{
    size_t len = strlen(text), n = strlen(end);
    return len >= n && strcmp(text + len - n, end) == 0;
}

/* The refusals that an operator can mend, in our words; "" for the others. */
static void explain(int status, const char *code, const struct config_azure *cfg, char *out,
                    size_t size)
{
    *out = '\0';
    if (status == 403) {
        (void)snprintf(out, size,
                       "may not read the connection: its identity needs a role with "
                       "Microsoft.Network/connections/read");
    } else if (status == 404 && strcmp(code, "ResourceNotFound") == 0) {
        (void)snprintf(out, size, "no connection \"%.64s\" in the resource group \"%.64s\"",
                       cfg->connection, cfg->resource_group);
    } else if (status == 404 && strcmp(code, "ResourceGroupNotFound") == 0) {
        (void)snprintf(out, size, "no resource group \"%.64s\"", cfg->resource_group);
    } else if (status == 404 && strcmp(code, "SubscriptionNotFound") == 0) {
        (void)snprintf(out, size, "no subscription \"%.64s\", or none that its identity sees",
                       cfg->subscription);
    } else if (status == 401 && strcmp(code, "ExpiredAuthenticationToken") == 0) {
        (void)snprintf(out, size, "says that a new token has expired: see the clocks");
    } else if (status == 429) {
        (void)snprintf(out, size, "throttles");
    }
}

void azure_answer_refusal(int status, char *body, size_t len, const struct config_azure *cfg,
                          struct azure_refusal *out)
{
    char code[80] = "", message[240] = "", words[200];
    bool clean = json_answer_blot(body, len, secrets);
    struct json_object *root = clean ? json_answer_parse(body, len) : NULL;
    struct json_object *error = json_member(root, "error");
    error = error ? error : root; /* some services of Azure leave out the cover */
    (void)json_line(error, "code", code, sizeof code);
    (void)json_line(error, "message", message, sizeof message);
    json_object_put(root);
    *out = (struct azure_refusal){0};
    out->token_refused =
        status == 401 &&
        (strncmp(code, "Expired", 7) == 0 ||
         strncmp(code, "InvalidAuthenticationToken", 26) == 0 || ends(code, "TokenExpired"));
    explain(status, code, cfg, words, sizeof words);
    if (*words) {
        error_set(&out->err, "%s", words);
    } else if (*code) {
        error_set(&out->err, "status %d, %s%s%s", status, code, *message ? ": " : "", message);
    } else {
        error_set(&out->err, "status %d", status);
    }
    (void)text_clean_str(words, sizeof words, out->err.text);
    error_set(&out->err, "%s", words);
}
