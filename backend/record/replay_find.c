/* Moments as people write them. */
#include "backend/record/replay_state.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)

/* "30m", "2h", "7d", "45s": so long before the end. */
static bool read_ago(const char *text, int64_t *out_ms)
{
    char *end;
    long n = strtol(text, &end, 10);
    int64_t unit = *end == 's'   ? 1000
                   : *end == 'm' ? 60000
                   : *end == 'h' ? 3600000
                   : *end == 'd' ? DAY_MS
                                 : 0;
    bool tail = unit && (end[1] == '\0' || strcmp(end + 1, " ago") == 0);
    if (!isdigit((unsigned char)text[0]) || !tail || n > 100000) {
        return false;
    }
    *out_ms = n * unit;
    return true;
}

/* Exactly n digits. */
static bool digits(const char **at, int n, int *out)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (!isdigit((unsigned char)(*at)[i])) {
            return false;
        }
        v = 10 * v + (*at)[i] - '0';
    }
    *at += n;
    *out = v;
    return true;
}

static bool expect(const char **at, char c)
{
    if (**at != c) {
        return false;
    }
    (*at)++;
    return true;
}

/* "14:02", "14:02:31", with or without a Z. */
static bool read_time(const char *at, int64_t *out_ms)
{
    int h, m, s = 0;
    if (!digits(&at, 2, &h) || !expect(&at, ':') || !digits(&at, 2, &m)) {
        return false;
    }
    if (expect(&at, ':') && !digits(&at, 2, &s)) {
        return false;
    }
    at += *at == 'Z';
    *out_ms = ((h * INT64_C(60) + m) * 60 + s) * 1000;
    return *at == '\0' && h < 24 && m < 60 && s < 60;
}

/* A day, and after a blank or a T a time of it. */
static bool read_date(const char *at, int64_t *out_ms)
{
    struct tm tm = {0};
    int64_t time_ms = 0;
    int month, day, year;
    if (!digits(&at, 4, &year) || !expect(&at, '-') || !digits(&at, 2, &month) ||
        !expect(&at, '-') || !digits(&at, 2, &day) || year < 1970) {
        return false;
    }
    if (*at && !((*at == ' ' || *at == 'T') && read_time(at + 1, &time_ms))) {
        return false;
    }
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = day;
    time_t t = timegm(&tm);
    if (tm.tm_mon != month - 1 || tm.tm_mday != day) {
        return false; /* there is no such day */
    }
    *out_ms = (int64_t)t * 1000 + time_ms;
    return true;
}

static bool find_began(struct replay *r, const char *text, bool *out_is_one, int64_t *out_ms,
                       struct error *err)
{
    struct opt_i64 at = {0};
    bool alert = strcmp(text, "alert") == 0, incident = strcmp(text, "incident") == 0;
    *out_is_one = true;
    if (alert || incident) {
        if (!store_then_next(r->st, alert ? THEN_ALERT : THEN_INCIDENT, false, THEN_MAX_MS, &at,
                             err)) {
            return false;
        }
    } else if (strncmp(text, "DR-", 3) == 0) {
        if (!store_then_incident_began(r->st, text, &at, err)) {
            return false;
        }
    } else {
        *out_is_one = false;
        return true;
    }
    if (!at.known) {
        error_set(err, "the record has no such %s: %s", alert ? "alert" : "incident", text);
        return false;
    }
    *out_ms = at.v;
    return true;
}

bool replay_find(struct replay *r, const char *text, int64_t *out_wall_ms, struct error *err)
{
    int64_t first_ms, last_ms, ms;
    bool began;
    if (!replay_span(r, &first_ms, &last_ms, err) || !find_began(r, text, &began, &ms, err)) {
        return false;
    }
    if (began || read_date(text, &ms)) {
        *out_wall_ms = ms;
    } else if (read_ago(text, &ms)) {
        *out_wall_ms = last_ms - ms;
    } else if (read_time(text, &ms)) {
        int64_t at_ms = last_ms / DAY_MS * DAY_MS + ms;
        *out_wall_ms = at_ms > last_ms ? at_ms - DAY_MS : at_ms;
    } else {
        error_set(err,
                  "no moment: %s; expected UTC as 2026-11-22 14:02, 14:02:31, 30m, 2h or 7d,"
                  " an incident's id, incident or alert",
                  text);
        return false;
    }
    return true;
}
