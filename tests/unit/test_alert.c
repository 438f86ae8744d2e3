#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/mem.h"
#include "backend/verdict/alert.h"
#include "backend/verdict/status.h"

static struct condition lag(enum tri holds, double value_s)
{
    return (struct condition){.kind = ALERT_LAG,
                              .holds = holds,
                              .severity = ALERT_WARN,
                              .for_ms = 3000,
                              .value = opt_f64(value_s),
                              .text = "lag above 1.0 s"};
}

static void tell(struct alert_book *book, struct condition c, int64_t now_ms)
{
    alert_book_update(book, &c, 1, now_ms, now_ms + 5000000);
}

static void test_opens_only_after_it_held(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    tell(book, lag(TRI_YES, 1.5), 1000);
    tell(book, lag(TRI_YES, 1.5), 3999);
    assert_int_equal(book->n, 0);
    tell(book, lag(TRI_YES, 1.5), 4000);
    assert_int_equal(alert_book_open(book), 1);
    assert_int_equal(book->alerts[0].began_ms, 1000);
    assert_int_equal(book->alerts[0].opened_ms, 4000);
    assert_int_equal(book->alerts[0].opened_wall_ms, 5004000);
    free(book);
}

static void test_a_pause_starts_the_wait_again(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    tell(book, lag(TRI_YES, 1.5), 1000);
    tell(book, lag(TRI_NO, 0.1), 3000);
    tell(book, lag(TRI_YES, 1.5), 3500);
    tell(book, lag(TRI_YES, 1.5), 5000);
    assert_int_equal(book->n, 0);
    assert_int_equal(book->n_pending, 1);
    free(book);
}

static void test_keeps_the_peak_and_the_duration(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    tell(book, lag(TRI_YES, 1.5), 0);
    tell(book, lag(TRI_YES, 7.25), 3000);
    tell(book, lag(TRI_YES, 2.0), 6000);
    assert_int_equal(alert_duration_ms(&book->alerts[0], 6500), 6500);
    tell(book, lag(TRI_NO, 0.1), 8000);
    const struct alert *a = &book->alerts[0];
    assert_int_equal(a->state, ALERT_CLOSED);
    assert_true(a->peak.known && a->peak.v == 7.25);
    assert_int_equal(alert_duration_ms(a, 99999), 8000);
    assert_int_equal(a->closed_wall_ms, 5008000);
    assert_int_equal(alert_book_open(book), 0);
    free(book);
}

static void test_unknown_changes_nothing(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    tell(book, lag(TRI_UNKNOWN, 0), 0);
    assert_int_equal(book->n_pending, 0);
    tell(book, lag(TRI_YES, 1.5), 0);
    tell(book, lag(TRI_YES, 1.5), 3000);
    tell(book, lag(TRI_UNKNOWN, 0), 4000);
    assert_int_equal(alert_book_open(book), 1);
    free(book);
}

static void test_subjects_are_told_apart(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    struct condition c[2] = {lag(TRI_YES, 1), lag(TRI_YES, 1)};
    c[0].kind = c[1].kind = ALERT_TUNNEL;
    c[1].subject = 1;
    alert_book_update(book, c, 2, 0, 0);
    alert_book_update(book, c, 2, 3000, 0);
    assert_int_equal(alert_book_open(book), 2);
    c[0].holds = TRI_NO;
    alert_book_update(book, c, 2, 4000, 0);
    assert_int_equal(alert_book_open(book), 1);
    free(book);
}

static void test_a_full_book_gives_up_the_oldest_closed(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    struct condition stays = lag(TRI_YES, 1);
    stays.kind = ALERT_DB;
    stays.for_ms = 0;
    tell(book, stays, 0);
    for (int i = 0; i < 2 * ALERTS_MAX; i++) {
        tell(book, lag(TRI_YES, 1), i * 10000);
        tell(book, lag(TRI_YES, 1), i * 10000 + 3000);
        tell(book, lag(TRI_NO, 0), i * 10000 + 4000);
    }
    assert_int_equal(book->n, ALERTS_MAX);
    assert_int_equal(book->alerts[0].kind, ALERT_DB);
    assert_int_equal(alert_book_open(book), 1);
    assert_int_equal(book->alerts[ALERTS_MAX - 1].id, 2 * ALERTS_MAX + 1);
    free(book);
}

static void test_status_says_the_worst_first(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    struct condition c[2] = {lag(TRI_YES, 9), lag(TRI_YES, 0)};
    c[1].kind = ALERT_DB;
    c[1].severity = ALERT_CRIT;
    (void)snprintf(c[1].text, sizeof c[1].text, "primary database: no answer");
    struct status before = status_of(book, true, "", NULL, 0, 0);
    assert_int_equal(before.level, STATUS_NORMAL);
    alert_book_update(book, c, 2, 0, 0);
    struct status s = status_of(book, true, "", &before, 0, 0);
    assert_int_equal(s.level, STATUS_WARNING); /* a first failure is worth a warning */
    assert_string_equal(s.sentence, "primary database: no answer");
    alert_book_update(book, c, 2, 3000, 3000);
    struct status t = status_of(book, true, "", &s, 3000, 3000);
    assert_int_equal(t.level, STATUS_CRITICAL);
    assert_string_equal(t.sentence, "primary database: no answer (+1)");
    assert_int_equal(t.since_ms, 3000);
    struct status u = status_of(book, true, "", &t, 9000, 9000);
    assert_int_equal(u.since_ms, 3000);
    free(book);
}

static void test_status_is_unknown_until_all_is_seen(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    struct status s = status_of(book, false, "waiting for the tunnel", NULL, 0, 0);
    assert_int_equal(s.level, STATUS_UNKNOWN);
    assert_string_equal(s.sentence, "waiting for the tunnel");
    free(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opens_only_after_it_held),
        cmocka_unit_test(test_a_pause_starts_the_wait_again),
        cmocka_unit_test(test_keeps_the_peak_and_the_duration),
        cmocka_unit_test(test_unknown_changes_nothing),
        cmocka_unit_test(test_subjects_are_told_apart),
        cmocka_unit_test(test_a_full_book_gives_up_the_oldest_closed),
        cmocka_unit_test(test_status_says_the_worst_first),
        cmocka_unit_test(test_status_is_unknown_until_all_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
