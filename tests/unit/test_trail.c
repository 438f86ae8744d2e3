#include "backend/mysql/trail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define T0 INT64_C(1000000)

static void push(struct trail *t, int64_t at_ms, const char *text)
{
    struct binlog_coord c;
    assert_true(binlog_parse(text, &c));
    trail_push(t, at_ms, &c);
}

static void assert_stood(const struct trail *t, int64_t at_ms, const char *expected)
{
    struct binlog_coord c;
    char text[BINLOG_NAME_MAX + 32];
    assert_true(trail_at(t, at_ms, &c));
    (void)snprintf(text, sizeof text, "%s:%llu", c.file, (unsigned long long)c.pos);
    assert_string_equal(text, expected);
}

static void coordinates_come_back(void **state)
{
    (void)state;
    static const char *const texts[] = {"mysql-bin-changelog.012345:123",
                                        "mysql-bin.000124:4294967294", "mysql-bin.999999:4",
                                        "mysql-bin.1000000:4"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct trail *t = trail_create(10);
        push(t, T0 + 250, texts[i]);
        assert_stood(t, T0 + 999, texts[i]);
        trail_destroy(t);
    }
    trail_destroy(NULL);
}

static void knows_the_file_of_each_second(void **state)
{
    (void)state;
    struct trail *t = trail_create(100);
    push(t, T0, "mysql-bin.999998:900");
    push(t, T0 + 1000, "mysql-bin.999999:100");
    push(t, T0 + 2000, "mysql-bin.1000000:50");
    push(t, T0 + 3000, "mysql-bin.1000000:60");
    assert_stood(t, T0, "mysql-bin.999998:900");
    assert_stood(t, T0 + 1999, "mysql-bin.999999:100");
    assert_stood(t, T0 + 2000, "mysql-bin.1000000:50");
    assert_stood(t, T0 + 3500, "mysql-bin.1000000:60");
    trail_destroy(t);
}

/* The largest position of a second must not be paired with a file that it was never in. */
static void a_second_stays_in_its_file(void **state)
{
    (void)state;
    struct trail *t = trail_create(100);
    push(t, T0, "mysql-bin.000001:900");
    push(t, T0 + 250, "mysql-bin.000002:4");
    push(t, T0 + 750, "mysql-bin.000002:950");
    assert_stood(t, T0 + 500, "mysql-bin.000001:900");
    push(t, T0 + 1100, "mysql-bin.000002:960");
    assert_stood(t, T0 + 500, "mysql-bin.000001:900");
    assert_stood(t, T0 + 1000, "mysql-bin.000002:960");
    trail_destroy(t);
}

static void what_is_not_known_is_a_hole(void **state)
{
    (void)state;
    struct trail *t = trail_create(100);
    struct binlog_coord c = {{0}, 0}, unknown = {{0}, 0};
    assert_false(trail_at(t, T0, &c));
    trail_push(t, T0, &unknown);
    assert_false(trail_at(t, T0, &c));
    push(t, T0 + 1000, "mysql-bin.000001:900");
    trail_push(t, T0 + 2000, &unknown);
    push(t, T0 + 3000, "mysql-bin.000001:4294967295");
    push(t, T0 + 4000, "mysql-bin.000001:5294967295");
    for (int s = 2; s <= 5; s++) {
        assert_false(trail_at(t, T0 + s * 1000, &c));
    }
    assert_true(c.file[0] == '\0');
    assert_stood(t, T0 + 1000, "mysql-bin.000001:900");
    trail_destroy(t);
}

static void another_server_begins_anew(void **state)
{
    (void)state;
    struct trail *t = trail_create(100);
    struct binlog_coord c;
    push(t, T0, "mysql-bin.000007:900");
    push(t, T0 + 1000, "promoted.000001:4");
    assert_false(trail_at(t, T0, &c));
    assert_stood(t, T0 + 1000, "promoted.000001:4");
    trail_destroy(t);
}

static void forgets_what_it_cannot_name(void **state)
{
    (void)state;
    struct trail *t = trail_create(10000);
    struct binlog_coord c;
    char text[64];
    for (int i = 1; i <= 4100; i++) {
        (void)snprintf(text, sizeof text, "mysql-bin.%06d:%d", i, i + 4);
        push(t, T0 + i * 1000, text);
    }
    assert_false(trail_at(t, T0 + 4 * 1000, &c));
    assert_stood(t, T0 + 5 * 1000, "mysql-bin.000005:9");
    assert_stood(t, T0 + 4100 * 1000, "mysql-bin.004100:4104");
    trail_destroy(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coordinates_come_back),
        cmocka_unit_test(knows_the_file_of_each_second),
        cmocka_unit_test(a_second_stays_in_its_file),
        cmocka_unit_test(what_is_not_known_is_a_hole),
        cmocka_unit_test(another_server_begins_anew),
        cmocka_unit_test(forgets_what_it_cannot_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
