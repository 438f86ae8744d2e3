#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "backend/history.h"
#include "backend/tunnel/view.h"

static void test_metrics_do_not_mix(void **state)
{
    (void)state;
    struct history *h = history_create();
    double v;
    history_push(h, HISTORY_LAG_S, 5000, 0.25);
    assert_true(history_at(h, HISTORY_LAG_S, 5999, &v));
    assert_true(v == 0.25);
    assert_false(history_at(h, HISTORY_RTT_MS, 5000, &v));
    history_destroy(h);
}

static void test_status_and_coordinates_are_exact(void **state)
{
    (void)state;
    struct history *h = history_create();
    struct binlog_coord in, out;
    double v;
    history_push(h, HISTORY_VERDICT, 5000, 0);
    history_push(h, HISTORY_VERDICT, 6000, 3);
    assert_true(history_at(h, HISTORY_VERDICT, 5000, &v));
    assert_true(v == 0);
    assert_true(history_at(h, HISTORY_VERDICT, 6000, &v));
    assert_true(v == 3);
    assert_true(binlog_parse("mysql-bin.000124:1073741823", &in));
    history_push_coord(h, HISTORY_RECEIVED, 5000, &in);
    assert_false(history_coord_at(h, HISTORY_APPLIED, 5000, &out));
    assert_true(history_coord_at(h, HISTORY_RECEIVED, 5000, &out));
    assert_string_equal(out.file, in.file);
    assert_true(out.pos == in.pos);
    history_destroy(h);
}

static void columns(struct history *h, int64_t from_ms, int64_t to_ms, const char *expected)
{
    enum tunnel_state got[64];
    size_t n = strlen(expected);
    history_view_columns(h, 2, from_ms, to_ms, got, n);
    for (size_t i = 0; i < n; i++) {
        const char key = "?U~DcB"[got[i]];
        if (key != expected[i]) {
            fail_msg("column %zu is %s, expected %c", i, tunnel_state_key(got[i]), expected[i]);
        }
    }
}

/* Pushed as the engine does it: four times a second. */
static void stay(struct history *h, enum tunnel_state state, int64_t from_ms, int64_t to_ms)
{
    for (int64_t at_ms = from_ms; at_ms < to_ms; at_ms += 250) {
        history_push_view(h, 2, at_ms, state);
    }
}

static void a_view_remembers_when_it_changed(void **state)
{
    (void)state;
    struct history *h = history_create();
    columns(h, 0, 4000, "????");
    stay(h, TUNNEL_UP, 2000, 4000);
    stay(h, TUNNEL_DOWN, 4000, 4500);
    stay(h, TUNNEL_UP, 4500, 8000);
    columns(h, 0, 10000, "??UUDUUUU?");
    columns(h, 0, 10000, "?UDUU");
    /* The column that "now" stands in is no gap, also just after it began. */
    columns(h, 7900, 8400, "U");
    columns(h, 8800, 8900, "?");
    /* Nobody looked for 6 s: that is a gap, and not the state of before. */
    stay(h, TUNNEL_UP, 14000, 16000);
    columns(h, 6000, 16000, "UU??????UU");
    /* What has no width or lies in another view is unknown. */
    columns(h, 5000, 5000, "???");
    history_push_view(h, 1, 20000, TUNNEL_DOWN);
    columns(h, 20000, 21000, "?");
    history_destroy(h);
}

static void the_gravest_state_of_a_column_is_shown(void **state)
{
    (void)state;
    static const enum tunnel_state gravest_last[] = {TUNNEL_UNKNOWN,  TUNNEL_UP,
                                                     TUNNEL_DEGRADED, TUNNEL_CONNECTING,
                                                     TUNNEL_DOWN,     TUNNEL_BLACK_HOLED};
    struct history *h = history_create();
    for (int i = 0; i < TUNNEL_STATES; i++) {
        stay(h, gravest_last[i], i * 1000, i * 1000 + 1000);
    }
    columns(h, 0, 6000, "?U~cDB");
    columns(h, 0, 6000, "UcB");
    stay(h, TUNNEL_UP, 6000, 9000);
    columns(h, 0, 9000, "B");
    /* A time before the newest is not written over. */
    history_push_view(h, 2, 3000, TUNNEL_BLACK_HOLED);
    columns(h, 0, 6000, "?U~cDB");
    history_destroy(h);
}

/* More changes than there is room for: the oldest are forgotten, and are then unknown. */
static void a_flapping_view_forgets_its_oldest_changes(void **state)
{
    (void)state;
    struct history *h = history_create();
    stay(h, TUNNEL_DOWN, 0, 1000);
    for (int64_t i = 1; i < 4000; i++) {
        stay(h, i % 2 ? TUNNEL_UP : TUNNEL_DOWN, i * 1000, i * 1000 + 1000);
    }
    columns(h, 0, 4000, "????");
    columns(h, 1949000, 1956000, "???DUDU");
    columns(h, 3996000, 4000000, "DUDU");
    history_destroy(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metrics_do_not_mix),
        cmocka_unit_test(test_status_and_coordinates_are_exact),
        cmocka_unit_test(a_view_remembers_when_it_changed),
        cmocka_unit_test(the_gravest_state_of_a_column_is_shown),
        cmocka_unit_test(a_flapping_view_forgets_its_oldest_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
