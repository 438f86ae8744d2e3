#include "tui/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Above this a double no longer counts single units; about 31 million years in seconds. */
#define BIGGEST 1e15

/* Digits are put together from whole numbers: printf's "%f" would follow the user's locale. */
static char *put_fixed(char out[FORMAT_MAX], uint64_t scaled, int decimals, const char *unit)
{
    static const unsigned SCALE[] = {1, 10, 100};
    unsigned scale = SCALE[decimals];
    if (decimals == 0) {
        (void)snprintf(out, FORMAT_MAX, "%" PRIu64 "%s", scaled, unit);
    } else {
        (void)snprintf(out, FORMAT_MAX, "%" PRIu64 ".%0*u%s", scaled / scale, decimals,
                       (unsigned)(scaled % scale), unit);
    }
    return out;
}

static uint64_t round_scaled(double v, unsigned scale)
{
    return (uint64_t)floor(v * scale + 0.5);
}

/* Not a number has no digits: a question mark, because 0 would be a claim. */
static char *put_unknown(char out[FORMAT_MAX])
{
    (void)snprintf(out, FORMAT_MAX, "?");
    return out;
}

static double clamp(double v)
{
    return v < 0 ? 0 : v > BIGGEST ? BIGGEST : v;
}

char *format_bytes(char out[FORMAT_MAX], uint64_t bytes)
{
    static const struct {
        const char *unit;
        int decimals;
    } UNITS[] = {{" KiB", 1}, {" MiB", 1}, {" GiB", 2}, {" TiB", 2}, {" PiB", 2}, {" EiB", 2}};
    enum { LAST = sizeof UNITS / sizeof UNITS[0] - 1 };

    if (bytes < 1024) {
        return put_fixed(out, bytes, 0, " B");
    }
    double v = (double)bytes / 1024;
    for (int i = 0;; i++, v /= 1024) {
        /* four digits at the most tell enough, and fit a column of eight cells */
        int decimals = v >= 99.95 ? 0 : v >= 9.995 ? 1 : UNITS[i].decimals;
        unsigned scale = decimals == 0 ? 1 : decimals == 1 ? 10 : 100;
        uint64_t scaled = round_scaled(v, scale);
        if (scaled < 1024 * (uint64_t)scale || i == LAST) {
            return put_fixed(out, scaled, decimals, UNITS[i].unit);
        }
    }
}

char *format_grouped(char out[FORMAT_MAX], uint64_t v)
{
    char digits[FORMAT_MAX];
    (void)snprintf(digits, sizeof digits, "%" PRIu64, v);
    size_t len = strlen(digits);
    size_t at = 0;
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            out[at++] = ' ';
        }
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

/* The two largest units of a minute or more. What is smaller is cut, as a clock does: it never
 * shows time that has not passed. */
static char *put_long(char out[FORMAT_MAX], uint64_t s)
{
    uint64_t m = s / 60;
    uint64_t h = m / 60;
    if (h == 0) {
        (void)snprintf(out, FORMAT_MAX, "%" PRIu64 "m%02us", m, (unsigned)(s % 60));
    } else if (h < 24) {
        (void)snprintf(out, FORMAT_MAX, "%" PRIu64 "h%02um", h, (unsigned)(m % 60));
    } else {
        (void)snprintf(out, FORMAT_MAX, "%" PRIu64 "d%02uh", h / 24, (unsigned)(h % 24));
    }
    return out;
}

char *format_seconds(char out[FORMAT_MAX], double s)
{
    if (isnan(s)) {
        return put_unknown(out);
    }
    s = clamp(s);
    uint64_t hundredths = round_scaled(s, 100);
    uint64_t tenths = round_scaled(s, 10);
    uint64_t whole = round_scaled(s, 1);
    if (hundredths < 100) {
        return put_fixed(out, hundredths, 2, " s");
    }
    if (tenths < 100) {
        return put_fixed(out, tenths, 1, " s");
    }
    return whole < 60 ? put_fixed(out, whole, 0, " s") : put_long(out, whole);
}

char *format_age(char out[FORMAT_MAX], int64_t ms)
{
    uint64_t age_ms = ms < 0 ? 0 : (uint64_t)ms;
    if (age_ms < 10000) {
        return put_fixed(out, age_ms / 100, 1, "s");
    }
    uint64_t s = age_ms / 1000;
    return s < 60 ? put_fixed(out, s, 0, "s") : put_long(out, s);
}

char *format_age_brief(char out[FORMAT_MAX], int64_t ms)
{
    uint64_t s = ms < 0 ? 0 : (uint64_t)ms / 1000;
    uint64_t m = s / 60, h = m / 60;
    if (m == 0) {
        return put_fixed(out, s, 0, "s");
    }
    return h == 0   ? put_fixed(out, m, 0, "m")
           : h < 24 ? put_fixed(out, h, 0, "h")
                    : put_fixed(out, h / 24, 0, "d");
}

char *format_bytes_brief(char out[FORMAT_MAX], double bytes)
{
    static const char *const UNITS[] = {"", "k", "M", "G", "T"};
    enum { LAST = sizeof UNITS / sizeof UNITS[0] - 1 };

    if (isnan(bytes)) {
        return put_unknown(out);
    }
    double v = clamp(bytes);
    int unit = 0;
    while (v >= 999.5 && unit < LAST) {
        v /= 1024;
        unit++;
    }
    if (unit > 0 && v < 9.95) {
        return put_fixed(out, round_scaled(v, 10), 1, UNITS[unit]);
    }
    return put_fixed(out, round_scaled(v, 1), 0, UNITS[unit]);
}

char *format_clock(char out[FORMAT_MAX], int64_t ms, bool short_minutes)
{
    uint64_t s = ms < 0 ? 0 : (uint64_t)ms / 1000;
    uint64_t m = s / 60;
    if (m >= 60) {
        (void)snprintf(out, FORMAT_MAX, "%" PRIu64 ":%02u:%02u", m / 60, (unsigned)(m % 60),
                       (unsigned)(s % 60));
    } else {
        (void)snprintf(out, FORMAT_MAX, short_minutes ? "%u:%02u" : "%02u:%02u", (unsigned)m,
                       (unsigned)(s % 60));
    }
    return out;
}

char *format_ms(char out[FORMAT_MAX], double ms)
{
    if (isnan(ms)) {
        return put_unknown(out);
    }
    ms = clamp(ms);
    if (round_scaled(ms, 100) < 100) {
        return put_fixed(out, round_scaled(ms, 100), 2, " ms");
    }
    if (round_scaled(ms, 10) < 1000) {
        return put_fixed(out, round_scaled(ms, 10), 1, " ms");
    }
    if (round_scaled(ms, 1) < 1000) {
        return put_fixed(out, round_scaled(ms, 1), 0, " ms");
    }
    double s = ms / 1000;
    if (round_scaled(s, 100) < 1000) {
        return put_fixed(out, round_scaled(s, 100), 2, " s");
    }
    return format_seconds(out, s);
}

char *format_percent(char out[FORMAT_MAX], double ratio)
{
    if (isnan(ratio)) {
        return put_unknown(out);
    }
    double percent = clamp(ratio * 100);
    uint64_t tenths = round_scaled(percent, 10);
    if (percent > 0 && tenths == 0) {
        (void)snprintf(out, FORMAT_MAX, "<0.1 %%");
        return out;
    }
    if (tenths > 0 && tenths < 100) {
        return put_fixed(out, tenths, 1, " %");
    }
    /* Nearly all is not all. */
    uint64_t whole = percent < 100 && percent > 99 ? 99 : round_scaled(percent, 1);
    return put_fixed(out, whole, 0, " %");
}

static bool split_utc(int64_t wall_ms, struct tm *out_tm)
{
    time_t t = (time_t)(wall_ms / 1000 - (wall_ms % 1000 < 0 ? 1 : 0));
    return gmtime_r(&t, out_tm) != NULL;
}

char *format_utc_time(char out[FORMAT_MAX], int64_t wall_ms)
{
    struct tm tm;
    if (!split_utc(wall_ms, &tm) || strftime(out, FORMAT_MAX, "%H:%M:%SZ", &tm) == 0) {
        return put_unknown(out);
    }
    return out;
}

char *format_utc(char out[FORMAT_MAX], int64_t wall_ms)
{
    struct tm tm;
    if (!split_utc(wall_ms, &tm) || strftime(out, FORMAT_MAX, "%Y-%m-%d %H:%M:%SZ", &tm) == 0) {
        return put_unknown(out);
    }
    return out;
}

char *format_span(char out[FORMAT_MAX], int64_t ms)
{
    uint64_t back_ms = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
    uint64_t s = back_ms / 1000;
    static const struct {
        uint64_t s;
        char letter, part_letter;
        uint64_t part_s;
    } UNITS[] = {{86400, 'd', 'h', 3600}, {3600, 'h', 'm', 60}, {60, 'm', 's', 1}};

    for (size_t i = 0; i < sizeof UNITS / sizeof UNITS[0]; i++) {
        if (s < UNITS[i].s) {
            continue;
        }
        uint64_t part = s % UNITS[i].s / UNITS[i].part_s;
        if (part == 0) {
            (void)snprintf(out, FORMAT_MAX, "-%" PRIu64 "%c", s / UNITS[i].s, UNITS[i].letter);
        } else {
            (void)snprintf(out, FORMAT_MAX, "-%" PRIu64 "%c%" PRIu64 "%c", s / UNITS[i].s,
                           UNITS[i].letter, part, UNITS[i].part_letter);
        }
        return out;
    }
    (void)snprintf(out, FORMAT_MAX, s ? "-%" PRIu64 "s" : "now", s);
    return out;
}
