#include "backend/verdict/maintenance.h"

#include <stddef.h>
#include <string.h>

#define MINUTE_MS ((int64_t)60 * 1000)
#define DAY_MS    (24 * 60 * MINUTE_MS)
#define WEEK_MS   (7 * DAY_MS)

/* When a window begins: at first_ms, and again every period_ms unless that is 0. */
struct beginning {
    int64_t first_ms, period_ms;
};

/* Reads exactly n digits. */
static bool digits(const char *text, int n, int *out)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        value = 10 * value + (text[i] - '0');
    }
    *out = value;
    return true;
}

/* "02:00", and the end of the text behind it. */
static bool clock_time(const char *text, int64_t *out_ms)
{
    int hour, minute;
    bool ok = digits(text, 2, &hour) && text[2] == ':' && digits(text + 3, 2, &minute) &&
              text[5] == '\0' && hour < 24 && minute < 60;
    if (ok) {
        *out_ms = (60 * (int64_t)hour + minute) * MINUTE_MS;
    }
    return ok;
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1970-01-01 on. */
static bool date_days(int year, int month, int day, int64_t *out)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1970 || month < 1 || month > 12 || day < 1 ||
        day > lengths[month - 1] + (month == 2 && is_leap(year))) {
        return false;
    }
    int64_t days = day - 1;
    for (int y = 1970; y < year; y++) {
        days += is_leap(y) ? 366 : 365;
    }
    for (int m = 1; m < month; m++) {
        days += lengths[m - 1] + (m == 2 && is_leap(year));
    }
    *out = days;
    return true;
}

static bool parse_date(const char *text, struct beginning *out)
{
    int year, month, day;
    int64_t days, time_ms;
    bool ok = digits(text, 4, &year) && text[4] == '-' && digits(text + 5, 2, &month) &&
              text[7] == '-' && digits(text + 8, 2, &day) && text[10] == ' ' &&
              date_days(year, month, day, &days) && clock_time(text + 11, &time_ms);
    if (ok) {
        *out = (struct beginning){.first_ms = days * DAY_MS + time_ms};
    }
    return ok;
}

static bool parse(const char *text, struct beginning *out)
{
    /* 1970-01-01 was a Thursday. */
    static const char *const weekdays[] = {"thu ", "fri ", "sat ", "sun ",
                                           "mon ", "tue ", "wed "};
    int64_t time_ms;
    if (strncmp(text, "daily ", 6) == 0) {
        bool ok = clock_time(text + 6, &time_ms);
        if (ok) {
            *out = (struct beginning){.first_ms = time_ms, .period_ms = DAY_MS};
        }
        return ok;
    }
    for (int i = 0; i < 7; i++) {
        if (strncmp(text, weekdays[i], 4) == 0 && clock_time(text + 4, &time_ms)) {
            *out = (struct beginning){.first_ms = i * DAY_MS + time_ms, .period_ms = WEEK_MS};
            return true;
        }
    }
    return parse_date(text, out);
}

bool maintenance_valid(const char *text)
{
    struct beginning begins;
    return parse(text, &begins);
}

static bool is_open(const struct config_maintenance *window, int64_t wall_ms)
{
    struct beginning begins;
    if (!parse(window->at, &begins)) {
        return false;
    }
    int64_t since_ms = wall_ms - begins.first_ms;
    if (begins.period_ms > 0) {
        since_ms %= begins.period_ms; /* one that began before it is over again covers all */
        since_ms += since_ms < 0 ? begins.period_ms : 0;
    }
    return since_ms >= 0 && since_ms < window->for_ms;
}

const struct config_maintenance *maintenance_open(const struct config *cfg, int64_t wall_ms)
{
    for (size_t i = 0; i < cfg->n_maintenance; i++) {
        if (is_open(&cfg->maintenance[i], wall_ms)) {
            return &cfg->maintenance[i];
        }
    }
    return NULL;
}
