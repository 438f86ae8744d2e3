/* The life of an alert: opened, muted, flapping, acknowledged, closed, and taken over from
 * an earlier drtop. Long, as each turn of it has its case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/verdict/alert.h"

/* 2026-11-22T14:00:00Z less the monotonic clock's 0. */
#define WALL INT64_C(1795356000000)

/* Closes at once, never flaps, nothing muted: what the tests below change where it matters. */
static const struct alert_terms plain = {0};
static const struct alert_terms calm = {
    .clear_for_ms = 10000, .flap_count = 3, .flap_window_ms = 600000};

static struct condition lag(enum tri holds, double value_s)
{
    return (struct condition){.kind = ALERT_LAG,
                              .holds = holds,
                              .severity = ALERT_WARN,
                              .for_ms = 3000,
                              .value = opt_f64(value_s),
                              .text = "lag above 1.0 s"};
}

static struct condition db(enum tri holds)
{
    return (struct condition){.kind = ALERT_DB,
                              .holds = holds,
                              .severity = ALERT_CRIT,
                              .text = "primary database: no answer"};
}

static void tell_on(struct alert_book *book, const struct alert_terms *terms,
                    struct condition c, int64_t now_ms)
{
    alert_book_update(book, terms, &c, 1, now_ms, WALL + now_ms);
}

static void tell(struct alert_book *book, struct condition c, int64_t now_ms)
{
    tell_on(book, &plain, c, now_ms);
}

static void test_opens_only_after_it_held(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    tell(book, lag(TRI_YES, 1.5), 1000);
    tell(book, lag(TRI_YES, 1.5), 3999);
    assert_int_equal(book->n, 0);
    assert_int_equal(book->pending[0].state, ALERT_PENDING);
    tell(book, lag(TRI_YES, 1.5), 4000);
    assert_int_equal(alert_book_open(book), 1);
    assert_int_equal(book->n_pending, 0);
    const struct alert *a = &book->alerts[0];
    assert_int_equal(a->state, ALERT_OPEN);
    assert_int_equal(a->id, 1);
    assert_int_equal(a->began_ms, 1000);
    assert_int_equal(a->began_wall_ms, WALL + 1000);
    assert_int_equal(a->opened_ms, 4000);
    assert_int_equal(a->opened_wall_ms, WALL + 4000);
    assert_false(a->muted || a->flapping);
    free(book);
}

static void test_a_pause_starts_the_wait_again(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    tell_on(book, &calm, lag(TRI_YES, 1.5), 1000);
    tell_on(book, &calm, lag(TRI_NO, 0.1), 3000);
    assert_int_equal(book->n_pending, 0);
    tell_on(book, &calm, lag(TRI_YES, 1.5), 3500);
    tell_on(book, &calm, lag(TRI_YES, 1.5), 5000);
    assert_int_equal(book->n, 0);
    assert_int_equal(book->n_pending, 1);
    free(book);
}

static void test_closes_only_after_it_was_quiet(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    tell_on(book, &calm, db(TRI_YES), 1000);
    tell_on(book, &calm, db(TRI_NO), 5000);
    const struct alert *a = &book->alerts[0];
    assert_int_equal(a->state, ALERT_OPEN);
    assert_int_equal(a->quiet_since_ms, 5000);
    tell_on(book, &calm, db(TRI_NO), 14999);
    assert_int_equal(a->state, ALERT_OPEN);
    tell_on(book, &calm, db(TRI_NO), 15000);
    assert_int_equal(a->state, ALERT_CLOSED);
    /* It was over when it went quiet. */
    assert_int_equal(a->closed_ms, 5000);
    assert_int_equal(a->closed_wall_ms, WALL + 5000);
    assert_int_equal(alert_duration_ms(a, 99999), 4000);
    free(book);
}

static void test_trouble_again_is_the_same_alert(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    tell_on(book, &calm, db(TRI_YES), 1000);
    tell_on(book, &calm, db(TRI_NO), 5000);
    tell_on(book, &calm, db(TRI_YES), 12000);
    assert_int_equal(book->alerts[0].quiet_since_ms, 0);
    tell_on(book, &calm, db(TRI_NO), 13000);
    tell_on(book, &calm, db(TRI_NO), 22999);
    assert_int_equal(alert_book_open(book), 1);
    tell_on(book, &calm, db(TRI_NO), 23000);
    assert_int_equal(book->n, 1);
    assert_int_equal(book->alerts[0].closed_ms, 13000);
    free(book);
}

static void test_acknowledged_ones_close_the_same_way(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    tell_on(book, &calm, db(TRI_YES), 1000);
    assert_true(alert_book_acknowledge(book, ALERT_DB, 0, "mg", "on it", 2000, WALL + 2000));
    const struct alert *a = &book->alerts[0];
    assert_int_equal(alert_book_open(book), 1);
    tell_on(book, &calm, db(TRI_NO), 5000);
    tell_on(book, &calm, db(TRI_YES), 6000);
    assert_int_equal(a->state, ALERT_ACKED);
    tell_on(book, &calm, db(TRI_NO), 7000);
    tell_on(book, &calm, db(TRI_NO), 17000);
    assert_int_equal(a->state, ALERT_CLOSED);
    assert_string_equal(a->acked_by, "mg");
    assert_int_equal(a->acked_ms, 2000);
    free(book);
}

static void test_keeps_the_peak_and_the_duration(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    tell(book, lag(TRI_YES, 1.5), 1000);
    tell(book, lag(TRI_YES, 7.25), 4000);
    tell(book, lag(TRI_YES, 2.0), 7000);
    assert_int_equal(alert_duration_ms(&book->alerts[0], 7500), 6500);
    tell(book, lag(TRI_NO, 0.1), 9000);
    const struct alert *a = &book->alerts[0];
    assert_int_equal(a->state, ALERT_CLOSED);
    assert_true(a->peak.known && a->peak.v == 7.25);
    assert_int_equal(alert_duration_ms(a, 99999), 8000);
    assert_int_equal(alert_book_open(book), 0);
    free(book);
}

static void test_severity_only_rises(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    struct condition c = lag(TRI_YES, 2);
    c.for_ms = 0;
    tell(book, c, 1000);
    assert_int_equal(book->incident.severity, ALERT_WARN);
    c.severity = ALERT_CRIT;
    (void)snprintf(c.text, sizeof c.text, "lag above 60 s");
    tell(book, c, 2000);
    assert_int_equal(book->alerts[0].severity, ALERT_CRIT);
    assert_int_equal(book->incident.severity, ALERT_CRIT);
    c.severity = ALERT_WARN;
    (void)snprintf(c.text, sizeof c.text, "lag above 1 s");
    tell(book, c, 3000);
    assert_int_equal(book->alerts[0].severity, ALERT_CRIT);
    assert_int_equal(book->incident.severity, ALERT_CRIT);
    assert_string_equal(book->alerts[0].text, "lag above 1 s");
    /* The text is of when it was last true. */
    c.holds = TRI_NO;
    (void)snprintf(c.text, sizeof c.text, "lag is fine");
    tell(book, c, 4000);
    assert_string_equal(book->alerts[0].text, "lag above 1 s");
    free(book);
}

static void test_unknown_changes_nothing(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    tell_on(book, &calm, lag(TRI_UNKNOWN, 0), 1000);
    assert_int_equal(book->n_pending, 0);
    tell_on(book, &calm, lag(TRI_YES, 1.5), 1000);
    tell_on(book, &calm, lag(TRI_UNKNOWN, 0), 3000);
    assert_int_equal(book->n_pending, 1);
    tell_on(book, &calm, lag(TRI_YES, 1.5), 4000);
    tell_on(book, &calm, lag(TRI_UNKNOWN, 0), 5000);
    assert_int_equal(alert_book_open(book), 1);
    assert_int_equal(book->alerts[0].quiet_since_ms, 0);
    tell_on(book, &calm, lag(TRI_NO, 0), 6000);
    /* Nor does it close what is quiet, nor make it loud again. */
    tell_on(book, &calm, lag(TRI_UNKNOWN, 0), 30000);
    assert_int_equal(alert_book_open(book), 1);
    assert_int_equal(book->alerts[0].quiet_since_ms, 6000);
    free(book);
}

static void test_subjects_are_told_apart(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    struct condition c[2] = {lag(TRI_YES, 1), lag(TRI_YES, 1)};
    c[0].kind = c[1].kind = ALERT_TUNNEL;
    c[1].subject = 1;
    alert_book_update(book, &plain, c, 2, 1000, WALL);
    alert_book_update(book, &plain, c, 2, 4000, WALL);
    assert_int_equal(alert_book_open(book), 2);
    assert_true(alert_book_acknowledge(book, ALERT_TUNNEL, 1, "mg", "b", 4500, WALL));
    assert_int_equal(book->alerts[0].state, ALERT_OPEN);
    assert_int_equal(book->alerts[1].state, ALERT_ACKED);
    c[0].holds = TRI_NO;
    alert_book_update(book, &plain, c, 2, 5000, WALL);
    assert_int_equal(alert_book_open(book), 1);
    assert_int_equal(book->alerts[1].state, ALERT_ACKED);
    free(book);
}

/* On for a second and off until it has closed. */
static int64_t blink(struct alert_book *book, int64_t t)
{
    tell_on(book, &calm, db(TRI_YES), t);
    tell_on(book, &calm, db(TRI_NO), t + 1000);
    tell_on(book, &calm, db(TRI_NO), t + 11000);
    return t + 12000;
}

static void test_flapping_stays_open_for_the_window(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    int64_t t = blink(book, 1000);
    t = blink(book, t);
    assert_int_equal(alert_book_open(book), 0);
    assert_false(book->alerts[1].flapping);
    t = blink(book, t); /* the third opening within ten minutes */
    assert_int_equal(book->n, 3);
    const struct alert *a = &book->alerts[2];
    assert_true(a->flapping);
    assert_int_equal(alert_book_open(book), 1);
    /* More of it opens nothing new. */
    t = blink(book, t);
    int64_t quiet_from = t - 11000;
    assert_int_equal(book->n, 3);
    tell_on(book, &calm, db(TRI_NO), quiet_from + 599999);
    assert_int_equal(alert_book_open(book), 1);
    tell_on(book, &calm, db(TRI_NO), quiet_from + 600000);
    assert_int_equal(alert_book_open(book), 0);
    assert_int_equal(a->closed_ms, quiet_from);
    /* Quiet for so long, it starts afresh. */
    tell_on(book, &calm, db(TRI_YES), quiet_from + 700000);
    assert_false(book->alerts[3].flapping);
    free(book);
}

static void test_flapping_counts_one_condition_within_the_window(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    (void)blink(book, 1000);
    (void)blink(book, 20000);
    /* Another subject, and a third opening too late to count. */
    struct condition other = db(TRI_YES);
    other.subject = 1;
    tell_on(book, &calm, other, 40000);
    assert_false(book->alerts[2].flapping);
    (void)blink(book, 601000);
    assert_int_equal(book->n, 4);
    assert_false(book->alerts[3].flapping);
    assert_int_equal(book->alerts[3].state, ALERT_CLOSED);
    /* The one at 20000 and that at 601000 and this: three. */
    tell_on(book, &calm, db(TRI_YES), 619999);
    assert_true(book->alerts[4].flapping);
    free(book);
}

static void test_a_full_book_gives_up_the_oldest_closed(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    tell(book, db(TRI_YES), 1000);
    for (int i = 0; i < 2 * ALERTS_MAX; i++) {
        tell(book, lag(TRI_YES, 1), 1000 + i * 10000);
        tell(book, lag(TRI_YES, 1), 1000 + i * 10000 + 3000);
        tell(book, lag(TRI_NO, 0), 1000 + i * 10000 + 4000);
    }
    assert_int_equal(book->n, ALERTS_MAX);
    assert_int_equal(book->alerts[0].kind, ALERT_DB);
    assert_int_equal(alert_book_open(book), 1);
    assert_int_equal(book->alerts[ALERTS_MAX - 1].id, 2 * ALERTS_MAX + 1);
    assert_int_equal(book->alerts[1].id, ALERTS_MAX + 3);
    free(book);
}

static void test_a_book_full_of_open_ones_loses_none(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    struct condition c = db(TRI_YES);
    for (uint32_t i = 0; i <= ALERTS_MAX; i++) {
        c.subject = i;
        tell(book, c, 1000 + i);
    }
    assert_int_equal(alert_book_open(book), ALERTS_MAX);
    assert_int_equal(book->n_pending, 1);
    assert_int_equal(book->alerts[0].subject, 0);
    c.subject = 5;
    c.holds = TRI_NO;
    tell(book, c, 2000);
    c.subject = ALERTS_MAX;
    c.holds = TRI_YES;
    tell(book, c, 2001);
    assert_int_equal(book->n_pending, 0);
    assert_int_equal(book->alerts[ALERTS_MAX - 1].subject, ALERTS_MAX);
    free(book);
}

static void test_an_incident_gathers_what_is_open_together(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    tell(book, lag(TRI_YES, 2), 121000);
    assert_string_equal(book->incident.id, "");
    tell(book, lag(TRI_YES, 2), 124000);
    const struct incident *in = &book->incident;
    assert_string_equal(in->id, "DR-20261122-140204");
    assert_true(in->open);
    assert_int_equal(in->opened_ms, 124000);
    assert_int_equal(in->opened_wall_ms, WALL + 124000);
    assert_int_equal(in->severity, ALERT_WARN);
    tell(book, db(TRI_YES), 130000);
    assert_string_equal(book->alerts[1].incident, in->id);
    assert_int_equal(in->severity, ALERT_CRIT);
    /* The first goes, the incident stays; who comes now still belongs to it. */
    tell(book, lag(TRI_NO, 0), 140000);
    assert_true(in->open);
    struct condition app = db(TRI_YES);
    app.kind = ALERT_APP;
    tell(book, app, 150000);
    assert_string_equal(book->alerts[2].incident, in->id);
    tell(book, db(TRI_NO), 160000);
    app.holds = TRI_NO;
    tell(book, app, 170000);
    assert_false(in->open);
    assert_int_equal(in->closed_wall_ms, WALL + 170000);
    assert_string_equal(in->id, "DR-20261122-140204");
    /* The next trouble is the next incident. */
    tell(book, db(TRI_YES), 180000);
    assert_string_equal(in->id, "DR-20261122-140300");
    assert_true(in->open);
    assert_int_equal(in->closed_wall_ms, 0);
    free(book);
}

static void test_an_incident_outlasts_a_handover_in_one_update(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    tell(book, db(TRI_YES), 1000);
    struct condition c[2] = {db(TRI_NO), db(TRI_YES)};
    c[1].kind = ALERT_APP;
    alert_book_update(book, &plain, c, 2, 9000, WALL + 9000);
    assert_string_equal(book->alerts[1].incident, "DR-20261122-140001");
    assert_true(book->incident.open);
    free(book);
}

/* Two within a second would have one name: so they are one. */
static void test_an_incident_in_the_same_second_goes_on(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    tell(book, db(TRI_YES), 1000);
    tell(book, db(TRI_NO), 1200);
    assert_false(book->incident.open);
    tell(book, db(TRI_YES), 1400);
    assert_true(book->incident.open);
    assert_int_equal(book->incident.opened_ms, 1000);
    assert_int_equal(book->incident.closed_wall_ms, 0);
    free(book);
}

static void test_an_incident_ends_when_its_last_alert_went_quiet(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    tell_on(book, &calm, db(TRI_YES), 1000);
    tell_on(book, &calm, db(TRI_NO), 5000);
    tell_on(book, &calm, db(TRI_NO), 14000);
    assert_true(book->incident.open);
    tell_on(book, &calm, db(TRI_NO), 15000);
    assert_false(book->incident.open);
    assert_int_equal(book->incident.closed_wall_ms, WALL + 5000);
    free(book);
}

static void test_maintenance_mutes_what_opens_in_it(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    struct alert_terms window = {.muted = true};
    tell_on(book, &window, db(TRI_YES), 1000);
    assert_true(book->alerts[0].muted);
    tell(book, db(TRI_YES), 2000); /* the window is over: what opened in it stays muted */
    assert_true(book->alerts[0].muted);
    struct condition app = db(TRI_YES);
    app.kind = ALERT_APP;
    tell(book, app, 3000);
    assert_false(book->alerts[1].muted);
    tell_on(book, &window, app, 4000);
    assert_false(book->alerts[1].muted);
    free(book);
}

static void test_acknowledging(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    tell(book, lag(TRI_YES, 2), 1000);
    /* Pending is not open yet. */
    assert_false(alert_book_acknowledge(book, ALERT_LAG, 0, "mg", "c", 2000, WALL + 2000));
    tell(book, lag(TRI_YES, 2), 4000);
    assert_false(alert_book_acknowledge(book, ALERT_DB, 0, "mg", "c", 5000, WALL + 5000));
    assert_false(alert_book_acknowledge(book, ALERT_LAG, 1, "mg", "c", 5000, WALL + 5000));
    assert_true(alert_book_acknowledge(book, ALERT_LAG, 0, "mg\x1b[2J", "I see\nit", 5000,
                                       WALL + 5000));
    const struct alert *a = &book->alerts[0];
    assert_int_equal(a->state, ALERT_ACKED);
    assert_true(alert_is_open(a));
    assert_int_equal(a->acked_ms, 5000);
    assert_int_equal(a->acked_wall_ms, WALL + 5000);
    assert_string_equal(a->acked_by, "mg\xc2\xb7[2J");
    assert_string_equal(a->comment, "I see\xc2\xb7it");
    assert_false(alert_book_acknowledge(book, ALERT_LAG, 0, "eve", "no, me", 6000, WALL));
    assert_string_equal(a->comment, "I see\xc2\xb7it");
    tell(book, lag(TRI_NO, 0), 7000);
    assert_false(alert_book_acknowledge(book, ALERT_LAG, 0, "eve", "late", 8000, WALL));
    free(book);
}

/* Their clock was another: all that counts is the wall time. */
static struct alert theirs(enum alert_kind kind)
{
    return (struct alert){.id = 4711,
                          .kind = kind,
                          .severity = ALERT_CRIT,
                          .state = ALERT_OPEN,
                          .began_ms = 999999999,
                          .opened_ms = 999999999,
                          .began_wall_ms = WALL - 63000,
                          .opened_wall_ms = WALL - 60000,
                          .peak = opt_f64(5),
                          .text = "theirs",
                          .incident = "DR-20261122-135900"};
}

static const struct incident their_incident = {.id = "DR-20261122-135900",
                                               .open = true,
                                               .opened_ms = 999999999,
                                               .opened_wall_ms = WALL - 60000,
                                               .severity = ALERT_CRIT};

static void test_adopts_what_it_did_not_know(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    tell(book, lag(TRI_YES, 2), 99000); /* pending here, open there */
    struct alert list[3] = {theirs(ALERT_LAG), theirs(ALERT_APP), theirs(ALERT_TUNNEL)};
    list[1].state = ALERT_ACKED;
    list[1].acked_wall_ms = WALL - 30000;
    (void)snprintf(list[1].acked_by, sizeof list[1].acked_by, "mg");
    list[2].state = ALERT_CLOSED;
    alert_book_adopt(book, list, 3, &their_incident, 100000, WALL);
    assert_int_equal(book->n, 2);
    assert_int_equal(book->n_pending, 0);
    const struct alert *a = &book->alerts[0];
    assert_int_equal(a->id, 1);
    assert_int_equal(a->began_ms, 37000);
    assert_int_equal(a->opened_ms, 40000);
    assert_int_equal(a->opened_wall_ms, WALL - 60000);
    assert_string_equal(a->incident, "DR-20261122-135900");
    assert_string_equal(a->text, "theirs");
    assert_int_equal(book->alerts[1].state, ALERT_ACKED);
    assert_int_equal(book->alerts[1].acked_ms, 70000);
    assert_string_equal(book->alerts[1].acked_by, "mg");
    assert_string_equal(book->incident.id, "DR-20261122-135900");
    assert_int_equal(book->incident.opened_ms, 40000);
    /* From here on they are like any other: true opens nothing, quiet closes. */
    alert_book_update(book, &calm, (struct condition[]){lag(TRI_YES, 9)}, 1, 110000, WALL);
    assert_int_equal(book->n, 2);
    assert_true(book->alerts[0].peak.v == 9);
    alert_book_update(book, &plain, (struct condition[]){lag(TRI_NO, 0)}, 1, 120000, WALL);
    assert_int_equal(book->alerts[0].state, ALERT_CLOSED);
    assert_int_equal(alert_duration_ms(&book->alerts[0], 0), 83000);
    assert_true(book->incident.open);
    free(book);
}

static void test_adopts_over_its_own(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    struct condition c = lag(TRI_YES, 7);
    c.for_ms = 0;
    tell(book, c, 95000);
    tell(book, db(TRI_YES), 96000);
    assert_true(alert_book_acknowledge(book, ALERT_LAG, 0, "mg", "here", 97000, WALL));
    struct alert one = theirs(ALERT_LAG);
    book->alerts[0].flapping = true;
    alert_book_adopt(book, &one, 1, &their_incident, 100000, WALL);
    assert_int_equal(book->n, 2);
    const struct alert *a = &book->alerts[0];
    assert_int_equal(a->id, 1);
    assert_int_equal(a->opened_ms, 40000);
    assert_string_equal(a->incident, "DR-20261122-135900");
    assert_int_equal(a->severity, ALERT_CRIT);
    assert_true(a->peak.v == 7 && a->flapping);
    assert_string_equal(a->text, "lag above 1.0 s");
    /* Somebody acknowledged it here while nobody could write it down. */
    assert_int_equal(a->state, ALERT_ACKED);
    assert_string_equal(a->acked_by, "mg");
    assert_int_equal(a->acked_ms, 97000);
    /* Only ours: it keeps its times, and joins the incident that goes on. */
    assert_int_equal(book->alerts[1].opened_ms, 96000);
    assert_string_equal(book->alerts[1].incident, "DR-20261122-135900");
    assert_string_equal(book->incident.id, "DR-20261122-135900");
    alert_book_update(book, &plain, (struct condition[]){lag(TRI_NO, 0)}, 1, 200000, WALL);
    assert_int_equal(book->alerts[0].state, ALERT_CLOSED);
    assert_true(book->incident.open);
    tell(book, db(TRI_NO), 300000);
    assert_false(book->incident.open);
    free(book);
}

static void test_an_incident_that_is_over_does_not_end_ours(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    struct incident over = their_incident;
    over.open = false;
    over.closed_wall_ms = WALL - 1;
    alert_book_adopt(book, NULL, 0, &over, 500, WALL);
    assert_string_equal(book->incident.id, "DR-20261122-135900");
    assert_false(book->incident.open);
    tell(book, db(TRI_YES), 1000);
    alert_book_adopt(book, NULL, 0, &over, 2000, WALL);
    assert_string_equal(book->incident.id, "DR-20261122-140001");
    assert_true(book->incident.open);
    alert_book_adopt(book, NULL, 0, NULL, 3000, WALL);
    assert_string_equal(book->incident.id, "DR-20261122-140001");
    free(book);
}

/* A recorder died between the last closing and writing the end of the incident. */
static void test_an_adopted_incident_without_alerts_ends(void **state)
{
    (void)state;
    struct alert_book *book = mem_alloc(1, sizeof *book);
    alert_book_adopt(book, NULL, 0, &their_incident, 500, WALL);
    alert_book_update(book, &plain, NULL, 0, 1000, WALL + 500);
    assert_false(book->incident.open);
    assert_int_equal(book->incident.closed_wall_ms, WALL + 500);
    free(book);
}

static void test_names(void **state)
{
    (void)state;
    for (int k = 0; k < ALERT_KINDS; k++) {
        enum alert_kind back = ALERT_KINDS;
        assert_non_null(alert_kind_name((enum alert_kind)k));
        assert_true(alert_kind_from_name(alert_kind_name((enum alert_kind)k), &back));
        assert_int_equal(back, k);
    }
    enum alert_kind untouched = ALERT_ROLE;
    assert_false(alert_kind_from_name("lag", &untouched));
    assert_false(alert_kind_from_name("", &untouched));
    assert_int_equal(untouched, ALERT_ROLE);
    assert_string_equal(alert_state_key(ALERT_PENDING), "pending");
    assert_string_equal(alert_state_key(ALERT_OPEN), "open");
    assert_string_equal(alert_state_key(ALERT_ACKED), "acknowledged");
    assert_string_equal(alert_state_key(ALERT_CLOSED), "closed");
    assert_string_equal(alert_severity_key(ALERT_WARN), "warning");
    assert_string_equal(alert_severity_key(ALERT_CRIT), "critical");
}

static void test_subjects_made_of_names(void **state)
{
    (void)state;
    assert_int_equal(alert_subject("aws", "a"), UINT32_C(0xa5716d1b)); /* in stores for good */
    assert_int_equal(alert_subject("aws", "a"), alert_subject("aws", "a"));
    assert_int_not_equal(alert_subject("aws", "a"), alert_subject("aws", "b"));
    assert_int_not_equal(alert_subject("aws", "a"), alert_subject("aw", "sa"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opens_only_after_it_held),
        cmocka_unit_test(test_a_pause_starts_the_wait_again),
        cmocka_unit_test(test_closes_only_after_it_was_quiet),
        cmocka_unit_test(test_trouble_again_is_the_same_alert),
        cmocka_unit_test(test_acknowledged_ones_close_the_same_way),
        cmocka_unit_test(test_keeps_the_peak_and_the_duration),
        cmocka_unit_test(test_severity_only_rises),
        cmocka_unit_test(test_unknown_changes_nothing),
        cmocka_unit_test(test_subjects_are_told_apart),
        cmocka_unit_test(test_flapping_stays_open_for_the_window),
        cmocka_unit_test(test_flapping_counts_one_condition_within_the_window),
        cmocka_unit_test(test_a_full_book_gives_up_the_oldest_closed),
        cmocka_unit_test(test_a_book_full_of_open_ones_loses_none),
        cmocka_unit_test(test_an_incident_gathers_what_is_open_together),
        cmocka_unit_test(test_an_incident_outlasts_a_handover_in_one_update),
        cmocka_unit_test(test_an_incident_in_the_same_second_goes_on),
        cmocka_unit_test(test_an_incident_ends_when_its_last_alert_went_quiet),
        cmocka_unit_test(test_maintenance_mutes_what_opens_in_it),
        cmocka_unit_test(test_acknowledging),
        cmocka_unit_test(test_adopts_what_it_did_not_know),
        cmocka_unit_test(test_adopts_over_its_own),
        cmocka_unit_test(test_an_incident_that_is_over_does_not_end_ours),
        cmocka_unit_test(test_an_adopted_incident_without_alerts_ends),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_subjects_made_of_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
