#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "backend/history.h"

static void test_coordinates_survive_the_trip(void **state)
{
    (void)state;
    static const char *const texts[] = {"mysql-bin.000124:48113920", "mysql-bin.000001:4",
                                        "mysql-bin.999999:8589934591",
                                        "mysql-bin-changelog.012345:123"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct binlog_coord in, out;
        assert_true(binlog_parse(texts[i], &in));
        assert_true(history_decode(history_encode(&in), &in, &out));
        assert_string_equal(in.file, out.file);
        assert_true(in.pos == out.pos);
    }
}

static void test_what_does_not_fit_is_a_hole(void **state)
{
    (void)state;
    struct binlog_coord c = {{0}, 0};
    assert_true(isnan(history_encode(&c)));
    assert_true(binlog_parse("mysql-bin.000001:8589934592", &c));
    assert_true(isnan(history_encode(&c)));
    assert_true(binlog_parse("mysql-bin.1048576:4", &c));
    assert_true(isnan(history_encode(&c)));
    struct binlog_coord out;
    assert_false(history_decode((double)NAN, &c, &out));
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coordinates_survive_the_trip),
        cmocka_unit_test(test_what_does_not_fit_is_a_hole),
        cmocka_unit_test(test_metrics_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
