#include "backend/mysql/binlog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/tsv.h"

static struct binlog_coord at(const char *text)
{
    struct binlog_coord c;
    assert_true(binlog_parse(text, &c));
    return c;
}

static void numbers_are_split_from_the_base(void **state)
{
    (void)state;
    size_t len = 0;
    uint64_t n = 0;
    assert_true(binlog_number("mysql-bin.000124", &len, &n));
    assert_int_equal(len, 9);
    assert_int_equal(n, 124);
    assert_true(binlog_number("a.b.1000000", &len, &n));
    assert_int_equal(len, 3);
    assert_int_equal(n, 1000000);
    assert_false(binlog_number("mysql-bin", &len, &n));
    assert_false(binlog_number("mysql-bin.", &len, &n));
    assert_false(binlog_number(".000001", &len, &n));
    assert_false(binlog_number("mysql-bin.00000x", &len, &n));
    assert_false(binlog_number("mysql-bin.99999999999999999999", &len, &n));
    assert_int_equal(n, 1000000);
}

static void text_is_parsed_or_left_alone(void **state)
{
    (void)state;
    struct binlog_coord c = at("mysql-bin.000002:726");
    assert_string_equal(c.file, "mysql-bin.000002");
    assert_int_equal(c.pos, 726);
    assert_false(binlog_parse("mysql-bin.000002", &c));
    assert_false(binlog_parse("mysql-bin:4", &c));
    assert_false(binlog_parse("mysql-bin.000002:", &c));
    assert_false(binlog_parse("mysql-bin.000002:-4", &c));
    assert_false(binlog_parse("", &c));
    assert_int_equal(c.pos, 726);
}

static int order(const char *a, const char *b)
{
    struct binlog_coord x = at(a), y = at(b);
    int result = 99;
    return binlog_compare(&x, &y, &result) ? result : 99;
}

static void seven_digits_follow_six(void **state)
{
    (void)state;
    assert_true(order("b.999999:900", "b.1000000:4") < 0);
    assert_true(order("b.1000000:4", "b.999999:900") > 0);
    assert_int_equal(order("b.000007:4", "b.0000007:4"), 0);
    assert_true(order("b.000007:4", "b.000007:5") < 0);
    assert_int_equal(order("a.000007:4", "b.000007:4"), 99);
}

static struct binlog_distance between(const struct binlog_list *list, const char *a,
                                      const char *b)
{
    struct binlog_coord x = at(a), y = at(b);
    return binlog_distance(list, &x, &y);
}

static void kinds_of_distance(void **state)
{
    (void)state;
    struct binlog_file files[] = {{"b.000003", 1000}, {"b.000004", 500}, {"b.000005", 100}};
    struct binlog_list list = {3, files};

    assert_int_equal(between(&list, "b.000003:900", "b.000005:40").bytes.v, 640);
    assert_int_equal(between(NULL, "b.000003:900", "b.000003:1000").bytes.v, 100);
    assert_int_equal(between(NULL, "b.000003:900", "b.000004:4").kind, BINLOG_UNKNOWN);
    assert_int_equal(between(&list, "b.000002:900", "b.000004:4").kind, BINLOG_PURGED);
    assert_false(between(&list, "b.000002:900", "b.000004:4").bytes.known);
    assert_int_equal(between(&list, "x.000003:900", "b.000004:4").kind, BINLOG_FOREIGN);
    assert_int_equal(between(&list, "b.000005:40", "b.000003:900").kind, BINLOG_AHEAD);
    assert_int_equal(between(&list, "b.000005:40", "b.000003:900").bytes.v, 640);
    assert_int_equal(between(&list, "b.000004:9", "b.000004:4").bytes.v, 5);
    struct binlog_coord none = {.pos = 7}, some = at("b.000004:4");
    assert_int_equal(binlog_distance(&list, &none, &some).kind, BINLOG_UNKNOWN);
    assert_int_equal(binlog_distance(&list, &some, &none).kind, BINLOG_UNKNOWN);
}

static void a_list_that_cannot_be_trusted_is_unknown(void **state)
{
    (void)state;
    struct binlog_file gap[] = {{"b.000003", 1000}, {"b.000005", 100}};
    struct binlog_list list = {2, gap};
    assert_int_equal(between(&list, "b.000003:900", "b.000005:40").kind, BINLOG_UNKNOWN);
    /* Read before the rotation to 6: the size of 5 may be old. */
    assert_int_equal(between(&list, "b.000005:40", "b.000006:4").kind, BINLOG_UNKNOWN);
    /* The position lies beyond the listed size. */
    assert_int_equal(between(&list, "b.000003:1001", "b.000005:40").kind, BINLOG_UNKNOWN);
    struct binlog_file huge[] = {
        {"b.000003", UINT64_MAX}, {"b.000004", UINT64_MAX}, {"b.000005", 9}};
    struct binlog_list huge_list = {3, huge};
    assert_int_equal(between(&huge_list, "b.000003:4", "b.000005:4").kind, BINLOG_UNKNOWN);
    assert_int_equal(between(&huge_list, "b.000003:4", "b.000004:4").kind, BINLOG_UNKNOWN);
}

/* What one step of the recording holds. */
struct step {
    char key[128];
    struct binlog_list list;
    struct binlog_file files[16];
    struct binlog_coord source, received, applied;
    int checked;
};

static void coord_set(struct binlog_coord *c, const struct tsv *t)
{
    (void)snprintf(c->file, sizeof c->file, "%s", t->cell[4]);
    c->pos = strtoull(t->cell[5], NULL, 10);
}

static void step_check(struct step *s, const char *expected)
{
    struct binlog_distance d = binlog_distance(&s->list, &s->received, &s->source);
    if (strcmp(expected, "unknown") == 0) {
        assert_int_equal(d.kind, BINLOG_PURGED);
        assert_false(d.bytes.known);
    } else {
        assert_int_equal(d.kind, BINLOG_EXACT);
        assert_int_equal(d.bytes.v, strtoll(expected, NULL, 10));
    }
    s->checked++;
}

static void step_row(struct step *s, const struct tsv *t)
{
    const char *what = t->cell[3];
    if (strcmp(what, "log") == 0) {
        struct binlog_file *f = &s->files[s->list.n++];
        (void)snprintf(f->name, sizeof f->name, "%s", t->cell[4]);
        f->size = strtoull(t->cell[5], NULL, 10);
    } else if (strcmp(what, "source") == 0) {
        coord_set(&s->source, t);
    } else if (strcmp(what, "received") == 0) {
        coord_set(&s->received, t);
    } else if (strcmp(what, "distance") == 0) {
        assert_string_equal(t->cell[4], "received->source");
        step_check(s, t->cell[5]);
    }
}

/* Three servers, GTID on and off, two rotations, a bare FLUSH and a purge. */
static void every_recorded_distance_is_met(void **state)
{
    (void)state;
    static struct tsv t;
    static struct step s;
    tsv_open(&t, FIXTURES "/mysql/binary-logs.tsv");
    assert_true(tsv_next(&t));
    while (tsv_next(&t)) {
        char key[sizeof s.key];
        (void)snprintf(key, sizeof key, "%s/%s/%s", t.cell[0], t.cell[1], t.cell[2]);
        if (strcmp(key, s.key) != 0) {
            int checked = s.checked;
            s = (struct step){.checked = checked};
            (void)snprintf(s.key, sizeof s.key, "%s", key);
            s.list.files = s.files;
        }
        step_row(&s, &t);
    }
    assert_int_equal(s.checked, 36);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_split_from_the_base),
        cmocka_unit_test(text_is_parsed_or_left_alone),
        cmocka_unit_test(seven_digits_follow_six),
        cmocka_unit_test(kinds_of_distance),
        cmocka_unit_test(a_list_that_cannot_be_trusted_is_unknown),
        cmocka_unit_test(every_recorded_distance_is_met),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
