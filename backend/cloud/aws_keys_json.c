/* JSON by hand, because json-c leaves copies of what it read in memory that it gives back. One
 * object, whose strings are wanted or stepped over; what else is in it is only followed to its
 * end. */
#include "backend/cloud/aws_keys.h"

#include <string.h>

#include "backend/net/secret.h"
#include "backend/net/text.h"

struct cursor {
    const char *at, *end;
};

struct wanted {
    const char *name;
    char *to;
    size_t size;
    bool found;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_blanks(struct cursor *c)
{
    while (c->at < c->end && is_blank(*c->at)) {
        c->at++;
    }
}

static bool skip_char(struct cursor *c, char wanted)
{
    skip_blanks(c);
    bool there = c->at < c->end && *c->at == wanted;
    c->at += there;
    return there;
}

/* Four digits of \u. AWS escapes nothing but what is ASCII ("\u003d"). */
static bool escape_u(struct cursor *c, char *out)
{
    unsigned v = 0;
    for (int i = 0; i < 4; i++, c->at++) {
        static const char hex[] = "0123456789abcdef0123456789ABCDEF";
        const char *digit = c->at < c->end && *c->at ? strchr(hex, *c->at) : NULL;
        if (!digit) {
            return false;
        }
        v = v * 16 + (unsigned)((digit - hex) % 16);
    }
    *out = (char)v;
    return v > 0 && v < 128;
}

static bool escape(struct cursor *c, char *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (c->at == c->end || *c->at == '\0') {
        return false;
    }
    char e = *c->at++;
    const char *known = strchr(from, e);
    if (known) {
        *out = to[known - from];
        return true;
    }
    return e == 'u' && escape_u(c, out);
}

/* A string into room for size bytes with its NUL; false also when it does not fit. With to NULL
 * it is stepped over. */
static bool read_string(struct cursor *c, char *to, size_t size)
{
    size_t len = 0;
    if (!skip_char(c, '"')) {
        return false;
    }
    while (c->at < c->end && *c->at != '"') {
        char b = *c->at++;
        if ((unsigned char)b < ' ' || (b == '\\' && !to && c->at == c->end)) {
            return false;
        }
        if (b == '\\' && !to) {
            c->at++;
        } else if (b == '\\' && !escape(c, &b)) {
            return false;
        }
        if (to && len + 1 >= size) {
            return false;
        }
        if (to) {
            to[len++] = b;
        }
    }
    if (to) {
        to[len] = '\0';
    }
    return skip_char(c, '"');
}

/* Steps over a value of any kind: to the comma or brace that ends it. */
static bool skip_value(struct cursor *c)
{
    size_t depth = 0;
    skip_blanks(c);
    const char *begin = c->at;
    while (c->at < c->end) {
        char b = *c->at;
        if (depth == 0 && (b == ',' || b == '}')) {
            return c->at > begin;
        }
        if (b == '"') {
            if (!read_string(c, NULL, 0)) {
                return false;
            }
            continue;
        }
        if ((b == ']' || b == '}') && depth == 0) {
            return false;
        }
        depth += b == '[' || b == '{';
        depth -= b == ']' || b == '}';
        c->at++;
    }
    return false;
}

static bool read_member(struct cursor *c, struct wanted *w, size_t n, struct error *err)
{
    char name[64];
    struct cursor before = *c;
    if (!read_string(c, name, sizeof name)) {
        *c = before; /* a name longer than those that are wanted */
        name[0] = '\0';
        if (!read_string(c, NULL, 0)) {
            return false;
        }
    }
    if (!skip_char(c, ':')) {
        return false;
    }
    skip_blanks(c);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(w[i].name, name) == 0 && c->at < c->end && *c->at == '"') {
            w[i].found = true;
            if (!read_string(c, w[i].to, w[i].size)) {
                error_set(err, "%s in its answer: expected a text of at most %zu bytes", name,
                          w[i].size - 1);
                return false;
            }
            return true;
        }
    }
    return skip_value(c);
}

static bool read_object(struct cursor *c, struct wanted *w, size_t n, struct error *err)
{
    error_set(err, "no JSON object in its answer");
    if (!skip_char(c, '{')) {
        return false;
    }
    if (!skip_char(c, '}')) {
        do {
            if (!read_member(c, w, n, err)) {
                return false;
            }
        } while (skip_char(c, ','));
        if (!skip_char(c, '}')) {
            return false;
        }
    }
    skip_blanks(c);
    return c->at == c->end;
}

/* What an endpoint says instead of keys: {"Code": "AssumeRoleUnauthorizedAccess", …}. */
static bool judge_code(const char *code, struct error *err)
{
    char clean[96];
    if (code[0] == '\0' || strcmp(code, "Success") == 0) {
        return true;
    }
    (void)text_clean_str(clean, sizeof clean, code);
    error_set(err, "%s", clean);
    return false;
}

static bool judge(struct aws_keys *keys, const struct wanted *token, const struct wanted *end,
                  struct error *err)
{
    const char *what =
        !aws_is_value(keys->id, sizeof keys->id)           ? "AccessKeyId"
        : !aws_is_value(keys->secret, sizeof keys->secret) ? "SecretAccessKey"
        : token->found && token->to[0] && !aws_is_value(keys->token, sizeof keys->token)
            ? "SessionToken"
            : NULL;
    if (what) {
        error_set(err, "no usable %s in its answer", what);
        return false;
    }
    keys->expires_ms = INT64_MAX;
    if (end->found && end->to[0] && !aws_time_parse(end->to, &keys->expires_ms)) {
        error_set(err, "Expiration in its answer: expected a time as 2026-11-23T00:18:11Z");
        return false;
    }
    return true;
}

bool aws_keys_parse(struct aws_keys *keys, const char *json, size_t len, struct error *err)
{
    char code[96] = "", end[64] = "";
    struct cursor c = {json, json + len};
    struct wanted w[] = {
        {"SessionToken", keys->token, sizeof keys->token, false},
        {"Token", keys->token, sizeof keys->token, false},
        {"Expiration", end, sizeof end, false},
        {"AccessKeyId", keys->id, sizeof keys->id, false},
        {"SecretAccessKey", keys->secret, sizeof keys->secret, false},
        {"Code", code, sizeof code, false},
        {"code", code, sizeof code, false},
    };
    *keys = (struct aws_keys){0};
    bool ok = read_object(&c, w, sizeof w / sizeof *w, err) && judge_code(code, err);
    w[0].found = w[0].found || w[1].found;
    ok = ok && judge(keys, &w[0], &w[2], err);
    if (!ok) {
        aws_keys_wipe(keys);
    }
    return ok;
}
