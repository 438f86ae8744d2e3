#define _XOPEN_SOURCE 700 /* strptime() */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "backend/verdict/maintenance.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))
#define HOUR_MS      ((int64_t)3600 * 1000)

static void only_three_forms_are_times(void **state)
{
    (void)state;
    static const char *const good[] = {
        "daily 00:00", "daily 23:59",      "mon 02:00",        "tue 02:00",
        "wed 02:00",   "thu 02:00",        "fri 02:00",        "sat 02:00",
        "sun 02:00",   "2026-12-01 02:00", "2028-02-29 00:00", "2000-02-29 00:00",
    };
    static const char *const bad[] = {
        "",
        "daily",
        "daily ",
        "daily 2:00",
        "daily 02:0",
        "daily 0200",
        "daily 24:00",
        "daily 02:60",
        "daily 02:00 ",
        "daily  02:00",
        "Daily 02:00",
        "sunday 02:00",
        "su 02:00",
        "sun02:00",
        "02:00",
        "2026-13-01 02:00",
        "2026-00-01 02:00",
        "2026-04-31 02:00",
        "2026-02-29 02:00",
        "2100-02-29 02:00",
        "2026-12-00 02:00",
        "26-12-01 02:00",
        "2026-12-01T02:00",
        "1969-12-31 02:00",
        "2026-12-01",
        "2026-12-01 02:00Z",
        "daily +1:00",
        "daily -1:00",
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        if (!maintenance_valid(good[i])) {
            fail_msg("%s was refused", good[i]);
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (maintenance_valid(bad[i])) {
            fail_msg("\"%s\" was taken", bad[i]);
        }
    }
}

/* The C library's reckoning of "2026-11-27 12:30:59", UTC, in milliseconds. */
static int64_t wall(const char *text)
{
    struct tm tm = {0};
    assert_non_null(strptime(text, "%Y-%m-%d %H:%M:%S", &tm));
    return (int64_t)timegm(&tm) * 1000;
}

static void windows_open_and_close_to_the_millisecond(void **state)
{
    (void)state;
    static const struct {
        const char *at;
        int64_t for_ms;
        const char *begins, *ends; /* of one of its times */
    } table[] = {
        {"daily 02:00", HOUR_MS, "2026-11-27 02:00:00", "2026-11-27 03:00:00"},
        {"daily 23:30", HOUR_MS, "2026-12-31 23:30:00", "2027-01-01 00:30:00"},
        {"daily 00:00", HOUR_MS, "2028-02-29 00:00:00", "2028-02-29 01:00:00"},
        {"sun 02:00", HOUR_MS, "2026-11-29 02:00:00", "2026-11-29 03:00:00"},
        {"thu 00:00", 2 * HOUR_MS, "1970-01-01 00:00:00", "1970-01-01 02:00:00"},
        {"sat 23:00", 30 * HOUR_MS, "2026-11-28 23:00:00", "2026-11-30 05:00:00"},
        {"2026-12-01 02:00", HOUR_MS, "2026-12-01 02:00:00", "2026-12-01 03:00:00"},
        {"2028-02-29 12:34", HOUR_MS, "2028-02-29 12:34:00", "2028-02-29 13:34:00"},
        {"2027-03-01 00:00", 168 * HOUR_MS, "2027-03-01 00:00:00", "2027-03-08 00:00:00"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        char at[32];
        (void)snprintf(at, sizeof at, "%s", table[i].at);
        struct config cfg = {.n_maintenance = 1,
                             .maintenance = {{.at = at, .for_ms = table[i].for_ms}}};
        const struct config_maintenance *window = &cfg.maintenance[0];
        int64_t begins = wall(table[i].begins), ends = wall(table[i].ends);
        bool ok = maintenance_open(&cfg, begins) == window &&
                  maintenance_open(&cfg, ends - 1) == window &&
                  !maintenance_open(&cfg, begins - 1) && !maintenance_open(&cfg, ends);
        if (!ok) {
            fail_msg("%s is not open from %s to %s", at, table[i].begins, table[i].ends);
        }
    }
}

static void days_are_those_of_the_calendar(void **state)
{
    (void)state;
    static const char *const days[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    for (int64_t day = 0; day < 366 * 9; day++) {
        int64_t wall_ms = wall("2026-01-01 05:00:00") + day * 24 * HOUR_MS;
        time_t seconds = (time_t)(wall_ms / 1000);
        struct tm tm;
        assert_non_null(gmtime_r(&seconds, &tm));
        char weekly[32], once[32];
        (void)snprintf(weekly, sizeof weekly, "%s 05:00", days[tm.tm_wday]);
        (void)strftime(once, sizeof once, "%Y-%m-%d 05:00", &tm);
        struct config cfg = {
            .n_maintenance = 2,
            .maintenance = {{.at = once, .for_ms = 1}, {.at = weekly, .for_ms = 1}}};
        assert_true(maintenance_valid(once));
        assert_ptr_equal(maintenance_open(&cfg, wall_ms), &cfg.maintenance[0]);
        cfg.n_maintenance = 1;
        assert_null(maintenance_open(&cfg, wall_ms + 1));
        cfg.maintenance[0].at = weekly;
        assert_ptr_equal(maintenance_open(&cfg, wall_ms), &cfg.maintenance[0]);
        assert_null(maintenance_open(&cfg, wall_ms + 24 * HOUR_MS));
    }
}

static void a_window_longer_than_its_period_is_always_open(void **state)
{
    (void)state;
    char at[] = "daily 02:00";
    struct config cfg = {.n_maintenance = 1,
                         .maintenance = {{.at = at, .for_ms = 25 * HOUR_MS}}};
    for (int64_t hour = 0; hour < 48; hour++) {
        assert_non_null(maintenance_open(&cfg, wall("2026-11-27 00:00:00") + hour * HOUR_MS));
    }
    cfg.n_maintenance = 0;
    assert_null(maintenance_open(&cfg, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_three_forms_are_times),
        cmocka_unit_test(windows_open_and_close_to_the_millisecond),
        cmocka_unit_test(days_are_those_of_the_calendar),
        cmocka_unit_test(a_window_longer_than_its_period_is_always_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
