/* Tables of numbers and what a person reads; most rows stand on the border of two units. */
#include "tui/format.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof(a)[0])

#define KIB 1024ULL
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)

static void test_clock(void **state)
{
    static const struct {
        int64_t ms;
        const char *text, *brief;
    } ROWS[] = {
        {-5000, "00:00", "0:00"},
        {0, "00:00", "0:00"},
        {999, "00:00", "0:00"},
        {41000, "00:41", "0:41"},
        {251999, "04:11", "4:11"},
        {1200000, "20:00", "20:00"},
        {3599999, "59:59", "59:59"},
        {3600000, "1:00:00", "1:00:00"},
        {86399000, "23:59:59", "23:59:59"},
        {360000000, "100:00:00", "100:00:00"},
    };
    (void)state;
    char out[FORMAT_MAX];
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        assert_string_equal(format_clock(out, ROWS[i].ms, false), ROWS[i].text);
        assert_string_equal(format_clock(out, ROWS[i].ms, true), ROWS[i].brief);
    }
}

static void test_bytes(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } ROWS[] = {
        {0, "0 B"},
        {1, "1 B"},
        {1023, "1023 B"},
        {1024, "1.0 KiB"},
        {4096, "4.0 KiB"},
        {3174, "3.1 KiB"},
        {102348, "99.9 KiB"},
        {102349, "100 KiB"}, /* 99.9502 KiB */
        {143974, "141 KiB"},
        {MIB - 513, "1023 KiB"},
        {MIB - 512, "1.0 MiB"},
        {MIB - 1, "1.0 MiB"},
        {MIB, "1.0 MiB"},
        {MIB * 123 / 10, "12.3 MiB"},
        {GIB - 1, "1.00 GiB"},
        {GIB, "1.00 GiB"},
        {GIB * 1024 - 1, "1.00 TiB"},
        {GIB * GIB, "1.00 EiB"},
        {UINT64_MAX, "16.0 EiB"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char out[FORMAT_MAX];
        assert_string_equal(format_bytes(out, ROWS[i].bytes), ROWS[i].text);
    }
}

static void test_grouped(void **state)
{
    static const struct {
        uint64_t v;
        const char *text;
    } ROWS[] = {
        {0, "0"},
        {999, "999"},
        {1000, "1 000"},
        {48113920, "48 113 920"},
        {123456, "123 456"},
        {UINT64_MAX, "18 446 744 073 709 551 615"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char out[FORMAT_MAX];
        assert_string_equal(format_grouped(out, ROWS[i].v), ROWS[i].text);
    }
}

static void test_seconds(void **state)
{
    static const struct {
        double s;
        const char *text;
    } ROWS[] = {
        {0, "0.00 s"},
        {-3, "0.00 s"},
        {0.21, "0.21 s"},
        {0.994, "0.99 s"},
        {0.996, "1.0 s"},
        {5, "5.0 s"},
        {9.94, "9.9 s"},
        {9.96, "10 s"},
        {42.4, "42 s"},
        {59.4, "59 s"},
        {59.96, "1m00s"},
        {247, "4m07s"},
        {3599.6, "1h00m"},
        {7860, "2h11m"},
        {86399.9, "1d00h"},
        {266400, "3d02h"},
        {1e300, "11574074074d01h"},
        {INFINITY, "11574074074d01h"},
        {NAN, "?"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char out[FORMAT_MAX];
        assert_string_equal(format_seconds(out, ROWS[i].s), ROWS[i].text);
    }
}

static void test_brief(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } AGES[] = {{-5, "0s"},        {999, "0s"},      {59999, "59s"},
                {60000, "1m"},     {3599999, "59m"}, {3600000, "1h"},
                {86399999, "23h"}, {86400000, "1d"}, {INT64_C(400) * 86400000, "400d"}};
    static const struct {
        double bytes;
        const char *text;
    } BYTES[] = {{-1, "0"},         {0, "0"},          {0.4, "0"},        {999.4, "999"},
                 {999.5, "1.0k"},   {31700, "31k"},    {10188, "9.9k"},   {10189, "10k"},
                 {1022976, "999k"}, {1024000, "1.0M"}, {(double)NAN, "?"}};
    (void)state;
    char out[FORMAT_MAX];
    for (size_t i = 0; i < ARRAY_LEN(AGES); i++) {
        assert_string_equal(format_age_brief(out, AGES[i].ms), AGES[i].text);
    }
    for (size_t i = 0; i < ARRAY_LEN(BYTES); i++) {
        assert_string_equal(format_bytes_brief(out, BYTES[i].bytes), BYTES[i].text);
    }
}

static void test_age(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } ROWS[] = {
        {0, "0.0s"},
        {-1, "0.0s"},
        {INT64_MIN, "0.0s"},
        {300, "0.3s"},
        {399, "0.3s"},
        {9999, "9.9s"},
        {10000, "10s"},
        {12900, "12s"},
        {59999, "59s"},
        {60000, "1m00s"},
        {247000, "4m07s"},
        {3599999, "59m59s"},
        {3600000, "1h00m"},
        {7860000, "2h11m"},
        {86400000, "1d00h"},
        {266400000, "3d02h"},
        {INT64_MAX, "106751991167d07h"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char out[FORMAT_MAX];
        assert_string_equal(format_age(out, ROWS[i].ms), ROWS[i].text);
    }
}

static void test_ms(void **state)
{
    static const struct {
        double ms;
        const char *text;
    } ROWS[] = {
        {0, "0.00 ms"},
        {-1, "0.00 ms"},
        {0.42, "0.42 ms"},
        {0.996, "1.0 ms"},
        {11.8, "11.8 ms"},
        {99.94, "99.9 ms"},
        {99.96, "100 ms"},
        {412, "412 ms"},
        {999.6, "1.00 s"},
        {1200, "1.20 s"},
        {9996, "10 s"},
        {59960, "1m00s"},
        {DBL_MAX, "11574074d01h"},
        {NAN, "?"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char out[FORMAT_MAX];
        assert_string_equal(format_ms(out, ROWS[i].ms), ROWS[i].text);
    }
}

static void test_percent(void **state)
{
    static const struct {
        double ratio;
        const char *text;
    } ROWS[] = {
        {0, "0 %"},        {-0.5, "0 %"},    {0.0001, "<0.1 %"}, {0.004, "0.4 %"},
        {0.0994, "9.9 %"}, {0.0996, "10 %"}, {0.12, "12 %"},     {0.994, "99 %"},
        {0.9999, "99 %"},  {1, "100 %"},     {1.2, "120 %"},     {NAN, "?"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char out[FORMAT_MAX];
        assert_string_equal(format_percent(out, ROWS[i].ratio), ROWS[i].text);
    }
}

static void test_utc(void **state)
{
    static const struct {
        int64_t wall_ms;
        const char *time, *full;
    } ROWS[] = {
        {0, "00:00:00Z", "1970-01-01 00:00:00Z"},
        {-1, "23:59:59Z", "1969-12-31 23:59:59Z"},
        {1795357327999, "14:22:07Z", "2026-11-22 14:22:07Z"},
        {951782400000, "00:00:00Z", "2000-02-29 00:00:00Z"},
    };
    (void)state;
    char out[FORMAT_MAX];
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        assert_string_equal(format_utc_time(out, ROWS[i].wall_ms), ROWS[i].time);
        assert_string_equal(format_utc(out, ROWS[i].wall_ms), ROWS[i].full);
    }
    assert_true(strlen(format_utc(out, INT64_MAX)) < FORMAT_MAX);
    assert_true(strlen(format_utc(out, INT64_MIN)) < FORMAT_MAX);
}

static void test_span(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } ROWS[] = {
        {0, "now"},         {-999, "now"},          {-45000, "-45s"},
        {-300000, "-5m"},   {300000, "-5m"},        {-150000, "-2m30s"},
        {-3600000, "-1h"},  {-5400000, "-1h30m"},   {-3601000, "-1h"},
        {-86400000, "-1d"}, {-129600000, "-1d12h"}, {INT64_MIN, "-106751991167d7h"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char out[FORMAT_MAX];
        assert_string_equal(format_span(out, ROWS[i].ms), ROWS[i].text);
    }
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(test_clock),   cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_grouped), cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_brief),   cmocka_unit_test(test_age),
        cmocka_unit_test(test_ms),      cmocka_unit_test(test_percent),
        cmocka_unit_test(test_utc),     cmocka_unit_test(test_span),
    };
    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
