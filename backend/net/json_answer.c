#include "backend/net/json_answer.h"

#include <limits.h>
#include <string.h>

#include "backend/net/json_value.h"

#define DEPTH_MAX 24 /* a connection's answer has 5 */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_structure(char c)
{
    return c == '{' || c == '}' || c == '[' || c == ']' || c == ',' || c == ':';
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* May it stand outside of strings? Comments and other quotes may not: the parser would see
 * strings elsewhere than we. */
static bool is_plain(char c)
{
    return is_blank(c) || is_structure(c) || is_alnum(c) || c == '+' || c == '-' || c == '.';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static char *skip_blanks(char *p, const char *end)
{
    while (p < end && is_blank(*p)) {
        p++;
    }
    return p;
}

static char *skip_mark(char *p, const char *end)
{
    return end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? p + 3 : p;
}

/* p is behind the opening quote; returns the closing one, or end without one. */
static char *string_end(char *p, char *end)
{
    while (p < end && *p != '"') {
        p += *p == '\\' && end - p > 1 ? 2 : 1;
    }
    return p;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, lower(c)) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* The next character of a string, escapes resolved; 0 for what is not printable ASCII. Moves *p
 * on by at least 1. */
static char next_char(const char **p, const char *end)
{
    const char *at = (*p)++;
    if (*at != '\\') {
        return *at >= ' ' && *at <= '~' ? *at : '\0';
    }
    if (*p == end) {
        return '\0';
    }
    at = (*p)++;
    if (*at != 'u') {
        return *at == '/' || *at == '"' || *at == '\\' ? *at : '\0';
    }
    int code = 0;
    for (int i = 0; i < 4; i++) {
        int digit = *p < end ? hex_digit(**p) : -1;
        if (digit < 0) {
            return '\0';
        }
        code = code * 16 + digit;
        (*p)++;
    }
    return code >= ' ' && code <= '~' ? (char)code : '\0';
}

static bool is_name(const char *p, const char *end, const char *name)
{
    while (p < end && *name) {
        if (lower(next_char(&p, end)) != lower(*name++)) {
            return false;
        }
    }
    return p == end && !*name;
}

static bool is_one_of(const char *p, const char *end, const char *const *names)
{
    while (*names && !is_name(p, end, *names)) {
        names++;
    }
    return *names;
}

/* From *p on, finds the value of the next member of one of the names and leaves *p there; false
 * when there is none, with *p at the end or, when this is no JSON, before it. */
static bool find_value(char **p, char *end, const char *const *names)
{
    char *at = *p;
    while (at < end && (*at == '"' || is_plain(*at))) {
        if (*at != '"') {
            at++;
            continue;
        }
        char *name = at + 1;
        char *name_end = string_end(name, end);
        at = skip_blanks(name_end < end ? name_end + 1 : end, end);
        if (at < end && *at == ':' && is_one_of(name, name_end, names)) {
            *p = skip_blanks(at + 1, end);
            return true;
        }
    }
    *p = at;
    return false;
}

/* Overwrites one string (p at its quote) and returns what is behind it. */
static char *blot_string(char *p, char *end)
{
    char *close = string_end(p + 1, end);
    if (close > end) {
        close = end;
    }
    memset(p + 1, '*', (size_t)(close - p - 1));
    return close < end ? close + 1 : end;
}

/* Overwrites a value of any type, and returns what is behind it. What is no string becomes ones,
 * so that JSON stays JSON. */
static char *blot_value(char *p, char *end)
{
    int depth = 0;
    bool begun = false;
    while (p < end) {
        if (*p == '"') {
            p = blot_string(p, end);
            begun = true;
        } else if (*p == '{' || *p == '[') {
            depth++;
            p++;
        } else if (*p == '}' || *p == ']') {
            if (depth == 0) {
                return p; /* of what the value stands in */
            }
            depth--;
            p++;
        } else if (is_blank(*p) || *p == ',' || *p == ':') {
            if (depth == 0) {
                return p;
            }
            p++;
        } else {
            *p++ = '1';
            begun = true;
            continue;
        }
        if (depth == 0 && (begun || p[-1] == '}' || p[-1] == ']')) {
            return p;
        }
    }
    return end;
}

bool json_answer_blot(char *body, size_t len, const char *const *names)
{
    char *end = body + len;
    char *p = skip_mark(body, end);
    while (find_value(&p, end, names)) {
        p = blot_value(p, end);
    }
    return p == end;
}

/* Copies the text of a string; false when it is none, is not plain, or does not fit. */
static bool copy_text(char *p, char *end, char *out, size_t out_size)
{
    size_t n = 0;
    const char *close = p < end && *p == '"' ? string_end(p + 1, end) : end;
    if (close >= end) {
        return false;
    }
    for (const char *at = p + 1; at < close;) {
        char c = next_char(&at, close);
        if (!c || n + 1 >= out_size) {
            return false;
        }
        out[n++] = c;
    }
    out[n] = '\0';
    return n > 0;
}

bool json_answer_take(char *body, size_t len, const char *const *names, char *out,
                      size_t out_size)
{
    char *end = body + len;
    char *p = skip_mark(body, end);
    bool took = find_value(&p, end, names) && copy_text(p, end, out, out_size);
    if (!took) {
        explicit_bzero(out, out_size);
    }
    (void)json_answer_blot(body, len, names);
    return took;
}

static bool only_blanks(const char *p, const char *end)
{
    while (p < end && is_blank(*p)) {
        p++;
    }
    return p == end;
}

struct json_object *json_answer_parse(const char *body, size_t len)
{
    struct json_tokener *tok = len <= INT_MAX ? json_tokener_new_ex(DEPTH_MAX) : NULL;
    size_t mark = len >= 3 && memcmp(body, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (!tok) {
        return NULL;
    }
    json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
    struct json_object *root = json_tokener_parse_ex(tok, body + mark, (int)(len - mark));
    bool whole = json_tokener_get_error(tok) == json_tokener_success &&
                 only_blanks(body + mark + json_tokener_get_parse_end(tok), body + len);
    json_tokener_free(tok);
    if (!whole) {
        json_object_put(root);
        return NULL;
    }
    return root;
}

static struct opt_i64 digits(const char *text)
{
    int64_t v = 0;
    size_t n = strlen(text);
    if (n == 0 || n > 18 || strspn(text, "0123456789") != n) {
        return (struct opt_i64){0};
    }
    while (*text) {
        v = v * 10 + (*text++ - '0');
    }
    return opt_i64(v);
}

struct opt_i64 json_answer_i64(struct json_object *obj, const char *name)
{
    struct json_object *member = json_member(obj, name);
    if (json_object_is_type(member, json_type_string)) {
        return digits(json_object_get_string(member));
    }
    if (!json_object_is_type(member, json_type_int)) {
        return (struct opt_i64){0};
    }
    return opt_i64(json_object_get_int64(member));
}
