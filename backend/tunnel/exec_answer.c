#include "backend/tunnel/exec_answer.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "backend/net/text.h"

#define VERSION     1
#define DEPTH_MAX   16
#define INTERVALS   3
#define SKEW_MS     60000                 /* clocks of two machines may differ so much */
#define SECONDS_MAX INT64_C(253402300799) /* the year 9999 */

static const struct {
    const char *word;
    enum tunnel_state state;
} states[] = {{"up", TUNNEL_UP},
              {"down", TUNNEL_DOWN},
              {"degraded", TUNNEL_DEGRADED},
              {"connecting", TUNNEL_CONNECTING},
              {"unknown", TUNNEL_UNKNOWN}};

/* Where in the answer we are, for messages: "" or "tunnels[2].". */
struct place {
    char words[32];
    struct error *err;
};

static bool wrong(const struct place *at, const char *key, const char *expected)
{
    error_set(at->err, "%s\"%s\": expected %s", at->words, key, expected);
    return false;
}

static struct json_object *whole_json(const char *text, size_t len)
{
    struct json_tokener *tok = len <= INT_MAX ? json_tokener_new_ex(DEPTH_MAX) : NULL;
    if (!tok) {
        return NULL;
    }
    struct json_object *root = json_tokener_parse_ex(tok, text, (int)len);
    bool good = json_tokener_get_error(tok) == json_tokener_success;
    for (size_t i = json_tokener_get_parse_end(tok); good && i < len; i++) {
        good = text[i] != '\0' && strchr(" \t\r\n", text[i]);
    }
    json_tokener_free(tok);
    if (!good) {
        json_object_put(root);
        return NULL;
    }
    return root;
}

/* A whole number of 0 to max, or absent (or null): unknown. */
static bool read_number(struct json_object *obj, const char *key, int64_t max,
                        struct opt_i64 *out, const struct place *at)
{
    struct json_object *member = json_object_object_get(obj, key);
    if (!member) {
        return true;
    }
    int64_t n = json_object_is_type(member, json_type_int) ? json_object_get_int64(member) : -1;
    if (n < 0 || n > max) {
        return wrong(at, key, "a whole number of at least 0");
    }
    *out = opt_i64(n);
    return true;
}

/* A text, sanitised, or absent: "". */
static bool read_text(struct json_object *obj, const char *key, char *out, size_t size,
                      const struct place *at)
{
    struct json_object *member = json_object_object_get(obj, key);
    if (!member) {
        return true;
    }
    if (!json_object_is_type(member, json_type_string)) {
        return wrong(at, key, "a text");
    }
    (void)text_clean(out, size, json_object_get_string(member),
                     (size_t)json_object_get_string_len(member));
    return true;
}

static bool read_state(struct json_object *obj, struct tunnel_leg *leg, const struct place *at)
{
    struct json_object *member = json_object_object_get(obj, "state");
    if (json_object_is_type(member, json_type_string)) {
        for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
            if (strcmp(json_object_get_string(member), states[i].word) == 0) {
                leg->state = states[i].state;
                return true;
            }
        }
    }
    return wrong(at, "state", "up, down, degraded, connecting or unknown");
}

/* "BGP Established, 1 prefix", behind what the detail says already. */
static bool read_bgp(struct json_object *obj, struct tunnel_leg *leg, const struct place *at)
{
    struct json_object *bgp = json_object_object_get(obj, "bgp");
    char state[32] = "";
    struct opt_i64 prefixes = {0};
    if (!bgp) {
        return true;
    }
    if (!json_object_is_type(bgp, json_type_object)) {
        return wrong(at, "bgp", "an object");
    }
    if (!read_text(bgp, "state", state, sizeof state, at) ||
        !read_number(bgp, "prefixes", INT32_MAX, &prefixes, at)) {
        return false;
    }
    char words[80] = "", before[sizeof leg->detail];
    if (state[0] && prefixes.known) {
        (void)snprintf(words, sizeof words, "BGP %s, %" PRId64 " prefix%s", state, prefixes.v,
                       prefixes.v == 1 ? "" : "es");
    } else if (state[0]) {
        (void)snprintf(words, sizeof words, "BGP %s", state);
    }
    (void)text_copy(before, sizeof before - sizeof words, leg->detail);
    (void)snprintf(leg->detail, sizeof leg->detail, "%s%s%s", before,
                   before[0] && words[0] ? "; " : "", words);
    return true;
}

static bool read_leg(struct json_object *obj, struct tunnel_leg *leg, const struct place *at)
{
    struct opt_i64 since_s = {0};
    *leg = (struct tunnel_leg){0};
    if (!json_object_is_type(obj, json_type_object)) {
        error_set(at->err, "%sexpected an object", at->words);
        return false;
    }
    if (!read_text(obj, "id", leg->id, sizeof leg->id, at)) {
        return false;
    }
    if (leg->id[0] == '\0') {
        return wrong(at, "id", "a name");
    }
    if (!read_state(obj, leg, at) ||
        !read_text(obj, "detail", leg->detail, sizeof leg->detail, at) ||
        !read_text(obj, "counter_id", leg->counter, sizeof leg->counter, at) ||
        !read_number(obj, "since", SECONDS_MAX, &since_s, at) ||
        !read_number(obj, "bytes_in", INT64_MAX, &leg->bytes_in, at) ||
        !read_number(obj, "bytes_out", INT64_MAX, &leg->bytes_out, at) ||
        !read_bgp(obj, leg, at)) {
        return false;
    }
    leg->since_ms = since_s.known ? opt_i64(since_s.v * 1000) : since_s;
    return true;
}

static bool is_wanted(char *const *wanted, const char *id)
{
    while (wanted && *wanted && strcmp(*wanted, id) != 0) {
        wanted++;
    }
    return !wanted || *wanted;
}

static bool add_leg(struct exec_answer *a, const struct tunnel_leg *leg, char *const *wanted,
                    const struct place *at)
{
    if (!is_wanted(wanted, leg->id)) {
        return true;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (strcmp(a->legs[i].id, leg->id) == 0) {
            return wrong(at, "id", "another than of the tunnels before it");
        }
    }
    if (a->n == TUNNEL_LEGS_MAX) {
        error_set(at->err,
                  "more than %d tunnels: name those that matter in the configuration's "
                  "\"tunnels\"",
                  TUNNEL_LEGS_MAX);
        return false;
    }
    a->legs[a->n++] = *leg;
    return true;
}

static bool read_tunnels(struct json_object *root, char *const *wanted, struct exec_answer *out,
                         struct place *at)
{
    struct json_object *list = json_object_object_get(root, "tunnels");
    if (!json_object_is_type(list, json_type_array)) {
        return wrong(at, "tunnels", "a list");
    }
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct tunnel_leg leg;
        (void)snprintf(at->words, sizeof at->words, "tunnels[%zu]: ", i);
        if (!read_leg(json_object_array_get_idx(list, i), &leg, at) ||
            !add_leg(out, &leg, wanted, at)) {
            return false;
        }
    }
    return true;
}

static bool read_root(struct json_object *root, char *const *wanted, struct exec_answer *out,
                      struct error *err)
{
    struct place at = {.err = err};
    struct opt_i64 version = {0}, observed_s = {0};
    if (!json_object_is_type(root, json_type_object)) {
        error_set(err, "no JSON object, expected one as config/tunnel.schema.json says");
        return false;
    }
    if (!read_number(root, "version", INT32_MAX, &version, &at)) {
        return false;
    }
    if (!version.known || version.v != VERSION) {
        return wrong(&at, "version", "1");
    }
    if (!read_number(root, "observed_at", SECONDS_MAX, &observed_s, &at)) {
        return false;
    }
    if (!observed_s.known) {
        return wrong(&at, "observed_at", "seconds of Unix time");
    }
    out->observed_ms = observed_s.v * 1000;
    return read_tunnels(root, wanted, out, &at);
}

bool exec_answer_parse(const char *text, size_t len, char *const *wanted,
                       struct exec_answer *out, struct error *err)
{
    struct exec_answer answer = {0};
    struct json_object *root = whole_json(text, len);
    bool ok = read_root(root, wanted, &answer, err);
    json_object_put(root);
    if (ok) {
        *out = answer;
    }
    return ok;
}

bool exec_answer_is_new(const struct exec_answer *answer, int64_t wall_ms, int64_t period_ms,
                        struct error *err)
{
    int64_t age_ms = wall_ms - answer->observed_ms;
    if (age_ms > INTERVALS * period_ms) {
        error_set(err, "what it says is %" PRId64 " s old, expected at most %" PRId64 " s",
                  age_ms / 1000, INTERVALS * period_ms / 1000);
        return false;
    }
    if (age_ms < -SKEW_MS) {
        error_set(err, "what it says is of %" PRId64 " s from now: one of the clocks is wrong",
                  -age_ms / 1000);
        return false;
    }
    return true;
}
