#include "backend/mysql/gtid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/tsv.h"

#define A "3e11fa47-71ca-11e1-9e33-c80aa9429562"
#define B "4f22fb58-82db-22f2-af44-d91bba540673"

static void assert_text(struct gtid_set *set, const char *expected)
{
    char text[512];
    assert_non_null(set);
    assert_int_equal(gtid_format(set, text, sizeof text), strlen(expected));
    assert_string_equal(text, expected);
    gtid_destroy(set);
}

/* The server joins uuids by a comma and a newline, gtid_format() by a comma. */
static void drop_newlines(char *s)
{
    char *to = s;
    for (; *s; s++) {
        if (*s != '\n') {
            *to++ = *s;
        }
    }
    *to = '\0';
}

static void the_server_agrees(void **state)
{
    (void)state;
    static struct tsv t;
    int cases = 0;
    tsv_open(&t, FIXTURES "/mysql/gtid-sets.tsv");
    assert_true(tsv_next(&t));
    for (; tsv_next(&t); cases++) {
        struct gtid_set *a = gtid_parse(t.cell[0]), *b = gtid_parse(t.cell[1]);
        if (strcmp(t.cell[2], "error") == 0) {
            assert_null(a);
            gtid_destroy(b);
            continue;
        }
        assert_non_null(a);
        assert_non_null(b);
        drop_newlines(t.cell[3]);
        assert_text(gtid_subtract(a, b), t.cell[3]);
        assert_int_equal(gtid_is_subset(a, b), t.cell[4][0] == '1');
        gtid_destroy(a);
        gtid_destroy(b);
    }
    assert_int_equal(cases, 31);
}

static uint64_t count(const char *text)
{
    struct gtid_set *set = gtid_parse(text);
    assert_non_null(set);
    uint64_t n = gtid_count(set);
    gtid_destroy(set);
    return n;
}

static void transactions_are_counted(void **state)
{
    (void)state;
    assert_int_equal(count(""), 0);
    assert_int_equal(count(A ":1-5:7"), 6);
    assert_int_equal(count(A ":1-5:3-9:ops:1-2," B ":4"), 12);
    assert_true(count(A ":1-9223372036854775806," B ":1-9223372036854775806") ==
                UINT64_MAX - 3);
    assert_true(count(A ":1-9223372036854775806:t:1-9223372036854775806," B
                        ":1-9223372036854775806") == UINT64_MAX);
}

static void sets_are_joined(void **state)
{
    (void)state;
    struct gtid_set *a = gtid_parse(A ":1-5:ops:1"), *b = gtid_parse(B ":7," A ":6:9");
    assert_text(gtid_union(a, b), A ":1-6:9:ops:1," B ":7");
    gtid_destroy(a);
    gtid_destroy(b);
}

static void a_tag_is_another_sequence(void **state)
{
    (void)state;
    struct gtid_set *plain = gtid_parse(A ":1-9"), *tagged = gtid_parse(A ":OPS:1");
    assert_false(gtid_is_subset(tagged, plain));
    assert_false(gtid_is_subset(plain, tagged));
    assert_text(gtid_subtract(tagged, plain), A ":ops:1");
    gtid_destroy(plain);
    gtid_destroy(tagged);
}

static void text_is_cut_like_snprintf_does(void **state)
{
    (void)state;
    struct gtid_set *set = gtid_parse(A ":1-5");
    char text[8] = "xxxxxxx";
    assert_int_equal(gtid_format(set, text, sizeof text), 40);
    assert_string_equal(text, "3e11fa4");
    assert_int_equal(gtid_format(set, NULL, 0), 40);
    gtid_destroy(set);
    assert_text(gtid_parse(" ,, "), "");
}

static void malformed_is_not_empty(void **state)
{
    (void)state;
    static const char *const bad[] = {
        A ":1-5x",
        A ":1:",
        A ":1--2",
        A " " B,
        A "0:1",
        A ":1 2",
        A ":5-0",
        ":1",
        "1",
        A ":-1",
        A ":ops-1:1",
        A ":1-99999999999999999999",
        A ":a234567890123456789012345678901234:1",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_null(gtid_parse(bad[i]));
    }
    assert_null(gtid_parse(NULL));
    gtid_destroy(NULL);
}

static int64_t behind(const char *ahead, const char *back)
{
    struct opt_i64 n = gtid_mariadb_behind(ahead, back);
    return n.known ? n.v : -1;
}

static void mariadb_positions_are_subtracted(void **state)
{
    (void)state;
    assert_int_equal(behind("0-1-17", "0-1-17"), 0);
    assert_int_equal(behind("0-1-17,1-1-4", "0-1-12,1-1-4"), 5);
    assert_int_equal(behind("1-1-4,0-1-17", "0-1-12,1-1-1"), 8);
    assert_int_equal(behind("0-2-18", "0-1-17"), 1);
    assert_int_equal(behind("0-1-17,5-1-3", "0-1-17"), 3);
    assert_int_equal(behind(" 0-1-17 , 1-1-4", "0-1-17,1-1-4"), 0);
    /* Past the other one, a domain that it does not know, and what cannot be read. */
    assert_int_equal(behind("0-1-17", "0-1-18"), -1);
    assert_int_equal(behind("0-1-17", "0-1-17,7-1-1"), -1);
    assert_int_equal(behind("0-1-17", ""), -1);
    assert_int_equal(behind("", "0-1-17"), -1);
    assert_int_equal(behind(NULL, "0-1-17"), -1);
    assert_int_equal(behind("0-1-17,", "0-1-17"), -1);
    assert_int_equal(behind("0-1", "0-1-17"), -1);
    assert_int_equal(behind("0-1-x", "0-1-17"), -1);
    assert_int_equal(behind("0-1-18446744073709551616", "0-1-17"), -1);
    assert_true(behind("0-1-18446744073709551615,1-1-18446744073709551615", "0-1-1") ==
                INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_server_agrees),
        cmocka_unit_test(transactions_are_counted),
        cmocka_unit_test(sets_are_joined),
        cmocka_unit_test(a_tag_is_another_sequence),
        cmocka_unit_test(text_is_cut_like_snprintf_does),
        cmocka_unit_test(malformed_is_not_empty),
        cmocka_unit_test(mariadb_positions_are_subtracted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
