#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "backend/history.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metrics_do_not_mix),
        cmocka_unit_test(test_status_and_coordinates_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
