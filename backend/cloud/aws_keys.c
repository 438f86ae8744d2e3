#include "backend/cloud/aws_keys.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "backend/net/secret.h"

void aws_keys_wipe(struct aws_keys *keys)
{
    secret_wipe((char *)keys, sizeof *keys);
}

bool aws_is_value(const char *text, size_t size)
{
    size_t len = strnlen(text, size);
    for (size_t i = 0; i < len; i++) {
        if (text[i] <= ' ' || text[i] > '~') {
            return false;
        }
    }
    return len > 0 && len < size;
}

bool aws_is_region(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return len > 0 && len <= 32 && text[len] == '\0' && text[0] != '-' && text[len - 1] != '-';
}

static bool take_value(char *to, size_t size, const char *value, const char *what,
                       struct error *err)
{
    if (!value || value[0] == '\0') {
        error_set(err, "no %s", what);
        return false;
    }
    if (!aws_is_value(value, size)) {
        error_set(err, "%s: expected 1 to %zu printable characters without blanks", what,
                  size - 1);
        return false;
    }
    memcpy(to, value, strlen(value) + 1);
    return true;
}

bool aws_keys_set(struct aws_keys *keys, const char *id, const char *secret, const char *token,
                  struct error *err)
{
    keys->token[0] = '\0';
    keys->expires_ms = INT64_MAX;
    return take_value(keys->id, sizeof keys->id, id, "access key id", err) &&
           take_value(keys->secret, sizeof keys->secret, secret, "secret access key", err) &&
           (!token || token[0] == '\0' ||
            take_value(keys->token, sizeof keys->token, token, "session token", err));
}

/* --- time --- */

static bool digits(const char **at, size_t n, int *out)
{
    int v = 0;
    for (size_t i = 0; i < n; i++) {
        char c = (*at)[i];
        if (c < '0' || c > '9') {
            return false;
        }
        v = v * 10 + (c - '0');
    }
    *at += n;
    *out = v;
    return true;
}

static bool mark(const char **at, const char *any)
{
    bool there = **at != '\0' && strchr(any, **at);
    *at += there;
    return there;
}

static void fraction(const char **at, int *out_ms)
{
    int unit = 100;
    for (*out_ms = 0; **at >= '0' && **at <= '9'; (*at)++) {
        *out_ms += (**at - '0') * unit;
        unit /= 10;
    }
}

/* "Z", "+01:00", "-0100", or nothing, which is taken for UTC. */
static bool zone(const char **at, int *out_min)
{
    int h = 0, m = 0;
    char sign = **at;
    *out_min = 0;
    if (sign == '\0' || mark(at, "Zz")) {
        return **at == '\0';
    }
    if (!mark(at, "+-") || !digits(at, 2, &h)) {
        return false;
    }
    (void)mark(at, ":");
    if (!digits(at, 2, &m) || h > 14 || m > 59 || **at != '\0') {
        return false;
    }
    *out_min = (h * 60 + m) * (sign == '-' ? -1 : 1);
    return true;
}

bool aws_time_parse(const char *text, int64_t *out_ms)
{
    struct tm t = {0};
    int ms = 0, off_min = 0;
    const char *at = text;
    if (!digits(&at, 4, &t.tm_year) || !mark(&at, "-") || !digits(&at, 2, &t.tm_mon) ||
        !mark(&at, "-") || !digits(&at, 2, &t.tm_mday) || !mark(&at, "T ") ||
        !digits(&at, 2, &t.tm_hour) || !mark(&at, ":") || !digits(&at, 2, &t.tm_min) ||
        !mark(&at, ":") || !digits(&at, 2, &t.tm_sec)) {
        return false;
    }
    if (mark(&at, ".,")) {
        fraction(&at, &ms);
    }
    if (!zone(&at, &off_min) || t.tm_year < 1970 || t.tm_mon < 1 || t.tm_mon > 12 ||
        t.tm_mday < 1 || t.tm_mday > 31 || t.tm_hour > 23 || t.tm_min > 59 || t.tm_sec > 60) {
        return false;
    }
    t.tm_year -= 1900;
    t.tm_mon -= 1;
    *out_ms = ((int64_t)timegm(&t) - (int64_t)off_min * 60) * 1000 + ms;
    return true;
}
