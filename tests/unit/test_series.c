#include "backend/fact/series.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define T0 INT64_C(1000000)

static void keeps_the_peak_of_a_second(void **state)
{
    (void)state;
    struct series *s = series_create(60, SERIES_SHORT);
    series_push(s, T0, 2);
    series_push(s, T0 + 400, 9);
    series_push(s, T0 + 999, 3);
    series_push(s, T0 + 999, NAN);
    double v = -1;
    assert_true(series_at(s, T0 + 500, &v));
    assert_true(v == 9);
    assert_false(series_at(s, T0 + 1000, &v));
    assert_false(series_at(s, T0 - 1, &v));
    assert_true(v == 9);
    series_destroy(s);
    series_destroy(NULL);
}

static void skipped_seconds_and_nan_are_holes(void **state)
{
    (void)state;
    struct series *s = series_create(60, SERIES_SHORT);
    series_push(s, T0, 1);
    series_push(s, T0 + 3000, 4);
    series_push(s, T0 + 4000, NAN);
    series_push(s, T0 + 5000, NAN);
    series_push(s, T0 + 5200, 6);
    series_push(s, T0 + 1000, 50); /* the past is ignored */
    struct series_column c;
    series_columns(s, T0 - 5000, T0 + 10000, &c, 1);
    assert_int_equal(c.n, 3);
    assert_int_equal(c.holes, 7); /* 1, 2, 4 and 6..9; nothing before the first */
    assert_true(c.min == 1 && c.max == 6);
    assert_float_equal(c.avg, 11.0 / 3, 1e-6);
    series_destroy(s);
}

static void an_empty_series_says_nothing(void **state)
{
    (void)state;
    struct series *s = series_create(10, SERIES_SHORT);
    struct series_column c[3];
    int64_t first = 7, last = 7;
    double v = 7;
    series_columns(s, 0, 3000, c, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(c[i].n + c[i].holes, 0);
    }
    assert_false(series_span(s, &first, &last));
    assert_false(series_quantile(s, 0, 1000000, 0.5, &v));
    assert_true(first == 7 && last == 7 && v == 7);
    series_columns(s, 3000, 0, c, 3);
    series_destroy(s);
}

/* Whatever the zoom, each second is in exactly one column. */
static void columns_partition_time(void **state)
{
    (void)state;
    struct series *s = series_create(1000, SERIES_SHORT);
    for (int i = 0; i < 600; i++) {
        if (i % 7 != 3) {
            series_push(s, T0 + i * 1000 + 250, i);
        }
    }
    static struct series_column c[700];
    for (size_t n = 1; n <= 600; n++) {
        series_columns(s, T0, T0 + 599000, c, n);
        uint32_t seconds = 0, holes = 0;
        double max = 0;
        for (size_t i = 0; i < n; i++) {
            seconds += c[i].n;
            holes += c[i].holes;
            max = c[i].n ? fmax(max, c[i].max) : max;
        }
        if (n <= 599) {
            assert_int_equal(seconds + holes, 599);
            assert_int_equal(holes, 86);
        }
        assert_true(max == 597); /* 598 is a hole */
    }
    series_destroy(s);
}

static void narrow_columns_repeat_their_second(void **state)
{
    (void)state;
    struct series *s = series_create(100, SERIES_SHORT);
    series_push(s, T0, 1);
    series_push(s, T0 + 1000, 2);
    struct series_column c[8];
    series_columns(s, T0, T0 + 2000, c, 8);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(c[i].n, 1);
        assert_true(c[i].max == (i < 4 ? 1 : 2));
    }
    series_destroy(s);
}

static void aligned_columns_do_not_change_as_time_passes(void **state)
{
    (void)state;
    struct series *s = series_create(1000, SERIES_SHORT);
    struct series_column before[10], after[10];
    for (int i = 0; i < 100; i++) {
        series_push(s, T0 + i * 1000, i * 37 % 11);
    }
    series_columns(s, T0, T0 + 100000, before, 10);
    for (int i = 100; i < 110; i++) {
        series_push(s, T0 + i * 1000, i);
    }
    series_columns(s, T0 + 10000, T0 + 110000, after, 10);
    for (int i = 1; i < 10; i++) {
        assert_true(before[i].avg == after[i - 1].avg && before[i].max == after[i - 1].max);
    }
    series_destroy(s);
}

static void wraps_over_a_day(void **state)
{
    (void)state;
    struct series *s = series_create(SERIES_DAY_S, SERIES_COUNT);
    const int64_t end_s = SERIES_DAY_S + 5000;
    for (int64_t i = 0; i < end_s; i++) {
        series_push(s, T0 + i * 1000, (double)i);
    }
    int64_t first, last;
    double v;
    assert_true(series_span(s, &first, &last));
    assert_int_equal(first, T0 + 5000 * 1000);
    assert_int_equal(last, T0 + (end_s - 1) * 1000);
    assert_false(series_at(s, first - 1, &v));
    assert_true(series_at(s, first, &v));
    assert_true(v == 5000);
    struct series_column c;
    series_columns(s, T0, T0 + end_s * 1000, &c, 1);
    assert_int_equal(c.n, SERIES_DAY_S);
    assert_int_equal(c.holes, 0);
    series_push(s, last + INT64_C(3) * SERIES_DAY_S * 1000, 1); /* a gap longer than the span */
    series_columns(s, last - 1000, last + INT64_C(3) * SERIES_DAY_S * 1000 + 1000, &c, 1);
    assert_int_equal(c.n, 1);
    assert_int_equal(c.holes, SERIES_DAY_S - 1);
    series_destroy(s);
}

static void works_before_zero(void **state)
{
    (void)state;
    struct series *s = series_create(5, SERIES_SHORT);
    series_push(s, -1500, 3); /* second -2 */
    series_push(s, -1, 4);    /* second -1 */
    series_push(s, 0, 5);
    double v;
    assert_true(series_at(s, -2000, &v));
    assert_true(v == 3);
    assert_true(series_at(s, -1000, &v));
    assert_true(v == 4);
    assert_true(series_at(s, 999, &v));
    assert_true(v == 5);
    series_destroy(s);
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void quantiles_agree_with_sorting(void **state)
{
    (void)state;
    struct series *s = series_create(500, SERIES_SHORT);
    double all[500];
    uint32_t random = 12345;
    for (int i = 0; i < 500; i++) {
        random = random * 1664525U + 1013904223U;
        all[i] = random >> 24;
        series_push(s, T0 + i * 1000, all[i]);
    }
    qsort(all, 500, sizeof all[0], by_value);
    for (int i = 0; i <= 100; i++) {
        double v;
        assert_true(series_quantile(s, T0, T0 + 500000, i / 100.0, &v));
        int rank = (int)ceil(i / 100.0 * 500);
        assert_true(v == all[rank < 1 ? 0 : rank - 1]);
    }
    series_destroy(s);
}

static void cells_hold_what_fits(void **state)
{
    (void)state;
    static const struct {
        enum series_cell kind;
        double largest;
    } kinds[] = {{SERIES_BYTE, 254}, {SERIES_COUNT, 4294967294.0}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct series *s = series_create(10, kinds[i].kind);
        double v = -1;
        series_push(s, T0, kinds[i].largest);
        series_push(s, T0 + 1000, kinds[i].largest + 1);
        series_push(s, T0 + 3000, -1);
        series_push(s, T0 + 4000, 0);
        assert_true(series_at(s, T0, &v));
        assert_true(v == kinds[i].largest);
        for (int second = 1; second <= 3; second++) {
            assert_false(series_at(s, T0 + second * 1000, &v));
        }
        assert_true(series_at(s, T0 + 4000, &v));
        assert_true(v == 0);
        series_destroy(s);
    }
}

static void shorts_keep_three_digits(void **state)
{
    (void)state;
    double v;
    for (int i = 0; i < 640; i++) { /* 1e-5 to 6e13 */
        double in = 1e-5 * pow(1.07, i);
        struct series *s = series_create(1, SERIES_SHORT);
        series_push(s, T0, in);
        series_push(s, T0, in); /* unpacked and packed again */
        assert_true(series_at(s, T0, &v));
        assert_true(fabs(v - in) <= in * 0.0005);
        series_destroy(s);
    }
    struct series *s = series_create(10, SERIES_SHORT);
    const double odd[] = {0, 1e-9, -1, 1e15, INFINITY};
    for (int i = 0; i < 5; i++) {
        series_push(s, T0 + i * 1000, odd[i]);
    }
    assert_true(series_at(s, T0, &v));
    assert_true(v == 0);
    assert_true(series_at(s, T0 + 1000, &v));
    assert_true(v > 0 && v < 1e-5);
    for (int i = 2; i < 5; i++) {
        assert_false(series_at(s, T0 + i * 1000, &v));
    }
    series_destroy(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_peak_of_a_second),
        cmocka_unit_test(skipped_seconds_and_nan_are_holes),
        cmocka_unit_test(an_empty_series_says_nothing),
        cmocka_unit_test(columns_partition_time),
        cmocka_unit_test(narrow_columns_repeat_their_second),
        cmocka_unit_test(aligned_columns_do_not_change_as_time_passes),
        cmocka_unit_test(wraps_over_a_day),
        cmocka_unit_test(works_before_zero),
        cmocka_unit_test(quantiles_agree_with_sorting),
        cmocka_unit_test(cells_hold_what_fits),
        cmocka_unit_test(shorts_keep_three_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
