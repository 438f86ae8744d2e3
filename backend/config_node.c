/* The typed getters of config_json.h and the words of their messages. */
#include "backend/config_json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "backend/config_scan.h"
#include "backend/net/text.h"

#define WORD_MAX 64 /* longer words are not compared for a hint */

bool config_node_fail(const struct config_node *node, struct error *err, const char *format,
                      ...)
{
    va_list args;
    va_start(args, format);
    (void)config_scan_vfail(node->doc, node->value_at, err, format, args);
    va_end(args);
    return false;
}

bool config_node_fail_key(const struct config_node *node, struct error *err, const char *format,
                          ...)
{
    va_list args;
    va_start(args, format);
    (void)config_scan_vfail(node->doc, node->key ? node->key_at : node->value_at, err, format,
                            args);
    va_end(args);
    return false;
}

/* Sanitises and cuts to CONFIG_QUOTE_SIZE, showing that it was cut. */
static void shorten(char out[CONFIG_QUOTE_SIZE], const char *text, size_t len)
{
    size_t fit = CONFIG_QUOTE_SIZE - 4;
    size_t n = text_clean(out, fit, text, len > fit ? fit : len);
    if (len > fit) {
        memcpy(out + n, "...", 4);
    }
}

const char *config_node_quote(const struct config_node *node, char out[CONFIG_QUOTE_SIZE])
{
    shorten(out, node->doc->text + node->value_at, node->value_end - node->value_at);
    return out;
}

static const char *type_name(enum config_node_type type)
{
    static const char *const names[] = {"null",     "true or false", "a number",
                                        "a string", "an array",      "an object"};
    return names[type];
}

/* How a message calls a node: its key, or what it is an element of. */
static const char *subject(const struct config_node *node, char out[CONFIG_QUOTE_SIZE])
{
    const char *key = node->key;
    const char *prefix = "\"";
    if (!key && node != node->doc->nodes) {
        key = node->doc->nodes[node->parent].key;
        prefix = "an element of \"";
    }
    if (!key) {
        (void)text_copy(out, CONFIG_QUOTE_SIZE, "the value");
        return out;
    }
    char shown[CONFIG_QUOTE_SIZE - 20];
    (void)text_clean_str(shown, sizeof shown, key);
    (void)snprintf(out, CONFIG_QUOTE_SIZE, "%s%s\"", prefix, shown);
    return out;
}

static bool wrong_type(const struct config_node *node, struct error *err, const char *expected)
{
    char who[CONFIG_QUOTE_SIZE];
    return config_node_fail(node, err, "%s is %s, expected %s", subject(node, who),
                            type_name(node->type), expected);
}

bool config_node_expect(const struct config_node *node, enum config_node_type type,
                        struct error *err)
{
    return node->type == type || wrong_type(node, err, type_name(type));
}

bool config_node_bool(const struct config_node *node, bool *out, struct error *err)
{
    if (!config_node_expect(node, CONFIG_NODE_BOOL, err)) {
        return false;
    }
    *out = json_object_get_boolean(node->value);
    return true;
}

bool config_node_string(const struct config_node *node, const char **out, struct error *err)
{
    if (!config_node_expect(node, CONFIG_NODE_STRING, err)) {
        return false;
    }
    *out = json_object_get_string(node->value);
    return true;
}

bool config_node_int(const struct config_node *node, int64_t min, int64_t max, int64_t *out,
                     struct error *err)
{
    char expected[80], who[CONFIG_QUOTE_SIZE], shown[CONFIG_QUOTE_SIZE];
    (void)snprintf(expected, sizeof expected, "a whole number from %" PRId64 " to %" PRId64,
                   min, max);
    if (node->type != CONFIG_NODE_NUMBER) {
        return wrong_type(node, err, expected);
    }
    /* json-c reads numbers that are too big as the largest it has. */
    int64_t value = json_object_get_int64(node->value);
    if (!json_object_is_type(node->value, json_type_int) || value < min || value > max) {
        return config_node_fail(node, err, "%s is %s, expected %s", subject(node, who),
                                config_node_quote(node, shown), expected);
    }
    *out = value;
    return true;
}

static const struct {
    const char *name;
    int64_t ms;
} units[] = {{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

void config_json_duration_text(int64_t ms, char out[24])
{
    size_t unit = 0;
    while (ms % units[unit].ms != 0 || (ms == 0 && units[unit].ms != 1000)) {
        unit++;
    }
    (void)snprintf(out, 24, "%" PRId64 "%s", ms / units[unit].ms, units[unit].name);
}

static bool parse_duration(const char *text, int64_t *out_ms)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 9) {
        return false;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(text + digits, units[i].name) == 0) {
            *out_ms = strtoll(text, NULL, 10) * units[i].ms;
            return true;
        }
    }
    return false;
}

bool config_node_duration(const struct config_node *node, int64_t min_ms, int64_t max_ms,
                          int64_t *out_ms, struct error *err)
{
    char who[CONFIG_QUOTE_SIZE], shown[CONFIG_QUOTE_SIZE], low[24], high[24];
    config_json_duration_text(min_ms, low);
    config_json_duration_text(max_ms, high);
    if (node->type == CONFIG_NODE_NUMBER) {
        return config_node_fail(node, err,
                                "%s is a number without a unit, expected a duration such as "
                                "\"%s\" (units: ms, s, m, h)",
                                subject(node, who), low);
    }
    if (node->type != CONFIG_NODE_STRING) {
        return wrong_type(node, err, "a duration such as \"2s\"");
    }
    const char *text = json_object_get_string(node->value);
    int64_t ms;
    if (!parse_duration(text, &ms)) {
        return config_node_fail(node, err,
                                "%s is %s, expected whole digits and a unit (ms, s, m, h), "
                                "such as \"%s\"",
                                subject(node, who), config_node_quote(node, shown), low);
    }
    if (ms < min_ms || ms > max_ms) {
        return config_node_fail(node, err, "%s is %s, expected %s to %s", subject(node, who),
                                config_node_quote(node, shown), low, high);
    }
    *out_ms = ms;
    return true;
}

/* Edit distance where a swap of neighbours counts one; both at most WORD_MAX long. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    size_t a_len = strlen(a), b_len = strlen(b);
    for (size_t j = 0; j <= b_len; j++) {
        last[j] = j;
        before[j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            best = last[j] + 1 < best ? last[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best) {
                best = before[j - 2] + 1;
            }
            row[j] = best;
        }
        size_t *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[b_len];
}

const char *config_json_nearest(const char *word, const char *const *names, size_t n)
{
    if (strlen(word) > WORD_MAX) {
        return NULL;
    }
    const char *nearest = NULL;
    size_t best = strlen(word) / 3 + 2; /* a third of the letters, and one for short words */
    for (size_t i = 0; i < n; i++) {
        size_t d = strlen(names[i]) > WORD_MAX ? best : distance(word, names[i]);
        if (d < best && d < strlen(names[i])) {
            best = d;
            nearest = names[i];
        }
    }
    return nearest;
}

/* "a", "b" or "c", as far as it fits. */
static void list_names(char *out, size_t size, const char *const *names, size_t n)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < n && len < size; i++) {
        const char *glue = i == 0 ? "" : i + 1 == n ? " or " : ", ";
        int more = snprintf(out + len, size - len, "%s\"%s\"", glue, names[i]);
        len += more > 0 ? (size_t)more : 0;
    }
}

/* "\"prot\" is what, expected ...", with the nearest name or else all of them. */
static void expected_names(char *out, size_t size, const char *word, const char *const *names,
                           size_t n)
{
    const char *nearest = config_json_nearest(word, names, n);
    char all[400];
    list_names(all, sizeof all, names, n);
    if (nearest) {
        (void)snprintf(out, size, "did you mean \"%s\"? Expected %s", nearest, all);
    } else {
        (void)snprintf(out, size, "expected %s", all);
    }
}

bool config_node_choice(const struct config_node *node, const char *const *names, size_t n,
                        size_t *out_index, struct error *err)
{
    char expected[480], who[CONFIG_QUOTE_SIZE], shown[CONFIG_QUOTE_SIZE];
    if (node->type != CONFIG_NODE_STRING) {
        list_names(expected, sizeof expected, names, n);
        return wrong_type(node, err, expected);
    }
    const char *text = json_object_get_string(node->value);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out_index = i;
            return true;
        }
    }
    expected_names(expected, sizeof expected, text, names, n);
    return config_node_fail(node, err, "%s is %s, %s", subject(node, who),
                            config_node_quote(node, shown), expected);
}

static bool among(const char *word, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(word, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

bool config_node_known(const struct config_node *node, const char *const *names, size_t n,
                       struct error *err)
{
    if (!config_node_expect(node, CONFIG_NODE_OBJECT, err)) {
        return false;
    }
    for (const struct config_node *child = config_node_first(node); child;
         child = config_node_next(child)) {
        if (among(child->key, names, n)) {
            continue;
        }
        char expected[480], shown[CONFIG_QUOTE_SIZE];
        expected_names(expected, sizeof expected, child->key, names, n);
        (void)text_clean_str(shown, sizeof shown, child->key);
        return config_node_fail_key(child, err, "unknown key \"%s\", %s", shown, expected);
    }
    return true;
}
