/* What a screen in a room turns by itself, through a year of it. */
#include "tui/wall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define MINUTE_MS  INT64_C(60000)
#define DAY_MS     INT64_C(86400000)
#define YEAR_MS    (365 * DAY_MS)
#define BEGIN_MS   INT64_C(1234567)
#define NEW_YEAR_S INT64_C(1767225600) /* 2026-01-01 00:00:00Z */

static char from[] = "20:00", to[] = "07:00", name[] = "night";
static const struct config_wall config = {.rotate_ms = 15000,
                                          .shift_ms = 3 * MINUTE_MS,
                                          .night_theme = name,
                                          .night_from = from,
                                          .night_to = to};

static void test_every_page_has_its_turn(void **state)
{
    (void)state;
    struct wall w;
    wall_init(&w, &config, BEGIN_MS);
    static const enum wall_page round[] = {WALL_LAG, WALL_ALERTS, WALL_TUNNEL, WALL_BINLOG};
    for (int turn = 0; turn < 9; turn++) {
        int64_t at_ms = BEGIN_MS + turn * config.rotate_ms;
        assert_int_equal(wall_page(&w, false, 1, 0, at_ms), round[turn % 4]);
        assert_int_equal(wall_page(&w, false, 1, 0, at_ms + config.rotate_ms - 1),
                         round[turn % 4]);
        assert_int_equal(wall_page(&w, false, 2, 0, at_ms), round[turn % 2 * 2]);
        assert_int_equal(wall_page(&w, false, 2, 1, at_ms), round[turn % 2 * 2 + 1]);
        for (int i = 0; i < WALL_PAGES_MAX; i++) {
            assert_int_equal(wall_page(&w, false, 4, i, at_ms), round[i]);
        }
    }
}

/* The evidence and the alerts, however long it lasts and however many places there are. */
static void test_critical_stays(void **state)
{
    (void)state;
    struct wall w;
    wall_init(&w, &config, BEGIN_MS);
    for (int64_t at_ms = BEGIN_MS; at_ms < BEGIN_MS + DAY_MS; at_ms += 5000) {
        int64_t turn = (at_ms - BEGIN_MS) / config.rotate_ms;
        assert_int_equal(wall_page(&w, true, 1, 0, at_ms),
                         turn % 2 ? WALL_ALERTS : WALL_EVIDENCE);
        for (int n = 2; n <= 4; n += 2) {
            assert_int_equal(wall_page(&w, true, n, 0, at_ms), WALL_EVIDENCE);
            assert_int_equal(wall_page(&w, true, n, 1, at_ms), WALL_ALERTS);
        }
    }
}

/* One cell at a time, round all places evenly, and still on the minute after a year. */
static void test_shift_goes_round_for_a_year(void **state)
{
    (void)state;
    struct wall w;
    int x, y, x_before = 0, y_before = 0, stood[WALL_MARGIN + 1][WALL_MARGIN + 1] = {{0}};
    wall_init(&w, &config, BEGIN_MS);
    for (int64_t ms = 0; ms < YEAR_MS; ms += MINUTE_MS) {
        wall_shift(&w, BEGIN_MS + ms, &x, &y);
        assert_in_range(x, 0, WALL_MARGIN);
        assert_in_range(y, 0, WALL_MARGIN);
        int moved = abs(x - x_before) + abs(y - y_before);
        assert_int_equal(moved, ms > 0 && ms % config.shift_ms == 0);
        stood[x][y]++;
        x_before = x;
        y_before = y;
    }
    int minutes = (int)(YEAR_MS / MINUTE_MS);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(stood[i / 2][i % 2], minutes / 4);
    }
}

static int64_t wall_ms_at(int64_t minute)
{
    return (NEW_YEAR_S + minute * 60) * 1000;
}

/* Every minute of a year: night is what the clock on the room's wall says, also where it is put
 * forward and back. */
static void nights_of_a_year(const char *zone, int expected_minutes)
{
    struct wall w;
    int night = 0;
    (void)setenv("TZ", zone, 1);
    tzset();
    wall_init(&w, &config, BEGIN_MS);
    for (int64_t minute = 0; minute < YEAR_MS / MINUTE_MS; minute++) {
        int64_t at_ms = wall_ms_at(minute);
        time_t at = (time_t)(at_ms / 1000);
        char text[8];
        struct tm here;
        (void)strftime(text, sizeof text, "%H:%M", localtime_r(&at, &here));
        bool expected = strcmp(text, from) >= 0 || strcmp(text, to) < 0;
        assert_int_equal(wall_is_night(&w, wall_minute_of_day(at_ms)), expected);
        night += expected;
    }
    assert_int_equal(night, expected_minutes);
}

static void test_night_by_the_local_clock(void **state)
{
    (void)state;
    nights_of_a_year("UTC", 365 * 11 * 60);
    /* Both changes fall into a night: one is an hour short, the other an hour long. */
    nights_of_a_year("CET-1CEST,M3.5.0,M10.5.0/3", 365 * 11 * 60);
    nights_of_a_year("EST5EDT,M3.2.0,M11.1.0", 365 * 11 * 60);
    nights_of_a_year("<+0545>-5:45", 365 * 11 * 60);
    (void)unsetenv("TZ");
    tzset();
}

static void test_night_within_a_day_and_never(void **state)
{
    (void)state;
    char noon[] = "12:00", one[] = "13:00";
    struct config_wall cfg = config;
    struct wall w;
    cfg.night_from = noon;
    cfg.night_to = one;
    wall_init(&w, &cfg, 0);
    assert_false(wall_is_night(&w, 12 * 60 - 1));
    assert_true(wall_is_night(&w, 12 * 60));
    assert_true(wall_is_night(&w, 13 * 60 - 1));
    assert_false(wall_is_night(&w, 13 * 60));
    cfg.night_to = noon;
    wall_init(&w, &cfg, 0);
    for (int minute = 0; minute < 1440; minute++) {
        assert_false(wall_is_night(&w, minute));
    }
}

static void test_sweep_needs_a_new_snapshot(void **state)
{
    (void)state;
    struct wall w;
    wall_init(&w, &config, BEGIN_MS);
    for (uint64_t seq = 1; seq <= 5; seq++) {
        wall_saw(&w, seq);
        unsigned beats = w.beats;
        for (int frame = 0; frame < 100; frame++) {
            wall_saw(&w, seq);
        }
        assert_int_equal(w.beats, beats);
        assert_int_equal(beats, seq);
    }
}

static void test_record_that_stands_still_is_noticed(void **state)
{
    (void)state;
    struct wall w;
    wall_init(&w, &config, BEGIN_MS);
    wall_turned(&w, 1, BEGIN_MS + 1000);
    wall_turned(&w, 2, BEGIN_MS + 2000);
    assert_int_equal(wall_record_silent_ms(&w, BEGIN_MS + 2500), 500);
    wall_turned(&w, 2, BEGIN_MS + 60000);
    assert_int_equal(wall_record_silent_ms(&w, BEGIN_MS + 60000), 58000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_page_has_its_turn),
        cmocka_unit_test(test_critical_stays),
        cmocka_unit_test(test_shift_goes_round_for_a_year),
        cmocka_unit_test(test_night_by_the_local_clock),
        cmocka_unit_test(test_night_within_a_day_and_never),
        cmocka_unit_test(test_sweep_needs_a_new_snapshot),
        cmocka_unit_test(test_record_that_stands_still_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
