/* What the store keeps: alerts, the timeline, samples and the memory; on real SQLite files. */
#include "backend/record/store_then.h"
#include "tests/unit/store_place.h"

#include "backend/net/text.h"

/* --- alerts and the timeline */

static void test_an_alert_is_kept_once(void **state)
{
    struct place *p = *state;
    struct store_alert rows[4];
    struct event events[8];
    struct store *st = open_store(p, STORE_WRITE);
    struct alert a = lag_alert();
    put(st, &a);
    put(st, &a);
    a.peak = opt_f64(7);
    a.severity = ALERT_CRIT;
    put(st, &a);
    assert_int_equal(store_alerts(st, rows, 4, &err), 1);
    assert_int_equal(store_alerts_open(st, rows, 4, &err), 1);
    assert_true(rows[0].alert.peak.v == 7);
    assert_int_equal(rows[0].alert.severity, ALERT_CRIT);
    assert_int_equal(rows[0].alert.subject, 2);
    assert_int_equal(rows[0].alert.began_wall_ms, T0 - 3000);
    assert_string_equal(rows[0].alert.incident, a.incident);
    assert_int_equal(store_events(st, NULL, events, 8, &err), 1);
    assert_int_equal(events[0].kind, EVENT_OPENED);
    assert_int_equal(events[0].at_wall_ms, T0);
    a.state = ALERT_CLOSED;
    a.closed_wall_ms = T0 + 5000;
    put(st, &a);
    put(st, &a);
    assert_int_equal(store_events(st, a.incident, events, 8, &err), 2);
    assert_int_equal(events[1].kind, EVENT_CLOSED);
    assert_int_equal(events[1].at_wall_ms, T0 + 5000);
    assert_string_equal(events[1].text, "LAG: lag above 1 s");
    assert_int_equal(store_events(st, "DR-other", events, 8, &err), 0);
    assert_int_equal(store_alerts_open(st, rows, 4, &err), 0);
    store_close(st);
}

static void test_what_opened_and_closed_unseen_has_both_events(void **state)
{
    struct place *p = *state;
    struct event events[8];
    struct store *st = open_store(p, STORE_WRITE);
    struct alert a = lag_alert();
    a.state = ALERT_CLOSED;
    a.acked_wall_ms = T0 + 1000;
    a.closed_wall_ms = T0 + 2000;
    put(st, &a);
    assert_int_equal(store_events(st, NULL, events, 8, &err), 3);
    assert_int_equal(events[0].kind, EVENT_OPENED);
    assert_int_equal(events[1].kind, EVENT_ACKED);
    assert_int_equal(events[2].kind, EVENT_CLOSED);
    store_close(st);
}

static void test_what_is_told_again_is_kept_once(void **state)
{
    struct place *p = *state;
    struct event events[8], e = {.kind = EVENT_ALARM,
                                 .at_wall_ms = T0,
                                 .who = "view aws",
                                 .text = "CloudWatch alarm a went"};
    struct store *st = open_store(p, STORE_WRITE);
    assert_true(store_begin(st, true, &err));
    for (int i = 0; i < 3; i++) {
        assert_true(store_event_put_new(st, &e, &err));
    }
    e.at_wall_ms++;
    assert_true(store_event_put_new(st, &e, &err));
    (void)text_copy(e.who, sizeof e.who, "view gov");
    assert_true(store_event_put_new(st, &e, &err));
    e.text[0] = 'c';
    assert_true(store_event_put_new(st, &e, &err));
    assert_true(store_commit(st, &err));
    assert_int_equal(store_events(st, NULL, events, 8, &err), 4);
    assert_int_equal(events[0].kind, EVENT_ALARM);
    assert_int_equal(events[0].at_wall_ms, T0);
    assert_string_equal(events[0].who, "view aws");
    store_close(st);
}

static void test_a_pending_alert_is_none(void **state)
{
    struct store *st = open_store(*state, STORE_WRITE);
    struct store_alert rows[4];
    struct alert a = lag_alert();
    a.state = ALERT_PENDING;
    put(st, &a);
    assert_int_equal(store_alerts(st, rows, 4, &err), 0);
    store_close(st);
}

static void test_an_acknowledgement_is_not_taken_back(void **state)
{
    struct place *p = *state;
    struct store_alert rows[4];
    struct event events[8];
    struct store *recorder = open_store(p, STORE_WRITE), *viewer = open_store(p, STORE_WRITE);
    struct alert a = lag_alert();
    put(recorder, &a);
    assert_int_equal(store_alerts(viewer, rows, 4, &err), 1);
    int64_t id = rows[0].id;
    OK(store_alert_acknowledge(viewer, id, "mg\033[2J", "on \xFFit", T0 + 900, &err));
    assert_false(store_alert_acknowledge(viewer, id, "eve", "me too", T0 + 950, &err));
    assert_non_null(strstr(err.text, "already"));
    assert_false(store_alert_acknowledge(viewer, id + 1, "eve", "", T0, &err));
    put(recorder, &a); /* its book has not heard of it yet */
    assert_int_equal(store_alerts(recorder, rows, 4, &err), 1);
    assert_int_equal(rows[0].alert.state, ALERT_ACKED);
    assert_int_equal(rows[0].alert.acked_wall_ms, T0 + 900);
    assert_string_equal(rows[0].alert.acked_by, "mg\u00B7[2J");
    assert_string_equal(rows[0].alert.comment, "on \u00B7it");
    a.state = ALERT_CLOSED;
    a.closed_wall_ms = T0 + 1000;
    put(recorder, &a);
    assert_int_equal(store_alerts(viewer, rows, 4, &err), 1);
    assert_int_equal(rows[0].alert.state, ALERT_CLOSED);
    assert_string_equal(rows[0].alert.comment, "on \u00B7it");
    assert_false(store_alert_acknowledge(viewer, id, "eve", "", T0 + 2000, &err));
    assert_non_null(strstr(err.text, "closed"));
    assert_int_equal(store_events(viewer, NULL, events, 8, &err), 3);
    assert_string_equal(events[1].who, "mg\u00B7[2J");
    store_close(recorder);
    store_close(viewer);
}

static void test_the_newest_come_oldest_first(void **state)
{
    struct store *st = open_store(*state, STORE_WRITE);
    struct store_alert rows[3];
    struct event events[3];
    for (uint32_t i = 0; i < 6; i++) {
        struct alert a = lag_alert();
        a.subject = i;
        a.opened_wall_ms += i * 1000;
        put(st, &a);
    }
    assert_int_equal(store_alerts(st, rows, 3, &err), 3);
    assert_int_equal(rows[0].alert.subject, 3);
    assert_int_equal(rows[2].alert.subject, 5);
    assert_int_equal(store_events(st, NULL, events, 3, &err), 3);
    assert_int_equal(events[0].at_wall_ms, T0 + 3000);
    assert_int_equal(events[2].at_wall_ms, T0 + 5000);
    store_close(st);
}

static void put_incident(struct store *st, const struct incident *i, const char *sentence)
{
    OK(store_begin(st, true, &err));
    OK(store_incident_put(st, i, sentence, &err));
    OK(store_commit(st, &err));
}

static void test_notes_are_filed_under_the_open_incident(void **state)
{
    struct store *st = open_store(*state, STORE_WRITE);
    struct event events[8];
    struct incident i = {.id = "DR-20251124-160000", .open = true, .opened_wall_ms = T0};
    struct incident newest;
    OK(store_incident_newest(st, &newest, &err));
    assert_string_equal(newest.id, "");
    OK(store_note(st, "mg", "before", T0 - 1, &err));
    put_incident(st, &i, "app down");
    i.severity = ALERT_CRIT;
    put_incident(st, &i, "");
    struct incident short_one = {
        .id = "DR-20251124-160001", .opened_wall_ms = T0 + 1, .closed_wall_ms = T0 + 2};
    put_incident(st, &short_one, ""); /* began later, and is over */
    OK(store_note(st, "mg", "called\nthem", T0 + 1, &err));
    OK(store_incident_newest(st, &newest, &err));
    assert_string_equal(newest.id, i.id);
    assert_true(newest.open);
    assert_int_equal(newest.severity, ALERT_CRIT);
    i.open = false;
    i.closed_wall_ms = T0 + 3;
    put_incident(st, &i, "");
    put_incident(st, &i, "");
    OK(store_note(st, "mg", "after", T0 + 4, &err));
    OK(store_incident_newest(st, &newest, &err));
    assert_false(newest.open);
    assert_int_equal(newest.closed_wall_ms, T0 + 2);
    assert_int_equal(store_events(st, NULL, events, 8, &err), 7);
    assert_int_equal(store_events(st, i.id, events, 8, &err), 3);
    assert_string_equal(events[0].text, "began: app down");
    assert_string_equal(events[1].text, "called\u00B7them");
    assert_string_equal(events[1].who, "mg");
    assert_string_equal(events[2].text, "over");
    store_close(st);
}

/* --- samples, memory, runs */

static void put_seconds(struct store *st, int64_t from_s, int n)
{
    OK(store_begin(st, false, &err));
    for (int i = 0; i < n; i++) {
        struct store_sample s = {.at_wall_ms = (from_s + i) * 1000 + 7,
                                 .lag_s = opt_f64(i % 60),
                                 .not_received_b = opt_i64(100 * (i % 60)),
                                 .verdict = i % 60 == 5 ? VERDICT_APP_DOWN : VERDICT_NORMAL,
                                 .confirmed = true};
        s.lag_s.known = i % 60 >= 10;
        OK(store_sample_put(st, &s, &err));
    }
    OK(store_commit(st, &err));
}

static void prune(struct store *st, int64_t wall_ms)
{
    OK(store_begin(st, false, &err));
    OK(store_prune(st, wall_ms, &err));
    OK(store_commit(st, &err));
}

static void test_unknown_stays_unknown(void **state)
{
    struct store *st = open_store(*state, STORE_WRITE);
    struct store_sample s[2];
    put_seconds(st, T0 / 1000, 20);
    enum then_grain grain;
    OK(store_then_sample(st, T0 + 9000, &s[0], &grain, &err));
    OK(store_then_sample(st, T0 + 10000, &s[1], &grain, &err));
    assert_int_equal(grain, THEN_SECOND);
    assert_int_equal(s[0].at_wall_ms, T0 + 9000);
    assert_false(s[0].lag_s.known);
    assert_true(s[1].lag_s.known && s[1].lag_s.v == 10);
    assert_false(s[1].rtt_ms.known);
    assert_true(s[1].not_received_b.known && s[1].not_received_b.v == 1000);
    assert_int_equal(s[1].verdict, VERDICT_NORMAL);
    assert_true(s[1].confirmed);
    store_close(st);
}

/* Coordinates and states have no average: a minute has them as its last second had them. */
static void test_a_minute_keeps_the_last_scene(void **state)
{
    struct place *p = *state;
    const int64_t from_s = T0 / 60000 * 60;
    struct store *st = open_store(p, STORE_WRITE);
    OK(store_begin(st, false, &err));
    for (int i = 0; i < 60; i++) {
        struct store_sample s = {.at_wall_ms = (from_s + i) * 1000,
                                 .verdict = VERDICT_NORMAL,
                                 .primary = {.file = "bin.000002", .pos = 1000 + (uint64_t)i},
                                 .received = {.file = "bin.000001", .pos = UINT32_MAX + 5ULL},
                                 .receiver = DB_THREAD_CONNECTING,
                                 .app_status = opt_i64(i == 59 ? 503 : 200),
                                 .app_ok = i != 59,
                                 .last_good_wall_ms = opt_i64(T0),
                                 .tunnels = "[[\"probe\",\"up\",\"\"]]"};
        OK(store_sample_put(st, &s, &err));
    }
    OK(store_commit(st, &err));
    prune(st, (from_s + 60) * 1000);
    assert_int_equal(raw(p, "SELECT primary_file = 'bin.000002' AND primary_pos = 1059 AND"
                            " received_file = 'bin.000001' AND received_pos = 4294967300 AND"
                            " applied_file IS NULL AND applied_pos IS NULL AND receiver = 2 AND"
                            " applier IS NULL AND app_status = 503 AND app_ok = 0 AND"
                            " last_good_ms = 1764000000000 AND first_bad_ms IS NULL AND"
                            " tunnels LIKE '[[_probe_,%' AND n = 60 FROM sample_minute"),
                     1);
    struct store_sample s;
    enum then_grain grain;
    OK(store_then_sample(st, (from_s + 59) * 1000, &s, &grain, &err));
    assert_string_equal(s.primary.file, "bin.000002");
    assert_int_equal(s.received.pos, 4294967300);
    assert_false(binlog_known(&s.applied));
    assert_int_equal(s.receiver, DB_THREAD_CONNECTING);
    assert_true(s.app_status.known && s.app_status.v == 503 && !s.app_ok);
    assert_string_equal(s.tunnels, "[[\"probe\",\"up\",\"\"]]");
    store_close(st);
}

static void test_seconds_become_minutes(void **state)
{
    struct place *p = *state;
    const int64_t from_s = T0 / 60000 * 60, day_s = 86400;
    struct store *st = open_store(p, STORE_WRITE);
    put_seconds(st, from_s, 150); /* two minutes and a half */
    prune(st, (from_s + 150) * 1000);
    assert_int_equal(raw(p, "SELECT count(*) FROM sample"), 150);
    assert_int_equal(raw(p, "SELECT count(*) FROM sample_minute"), 2);
    assert_int_equal(raw(p, "SELECT lag_n FROM sample_minute"), 50);
    assert_int_equal(raw(p, "SELECT lag_min FROM sample_minute"), 10);
    assert_int_equal(raw(p, "SELECT lag_max FROM sample_minute"), 59);
    assert_int_equal(raw(p, "SELECT 10 * lag_avg FROM sample_minute"), 345);
    assert_int_equal(raw(p, "SELECT not_received_max FROM sample_minute"), 5900);
    assert_int_equal(raw(p, "SELECT rtt_n = 0 AND rtt_min IS NULL AND rtt_avg IS NULL AND"
                            " rtt_max IS NULL FROM sample_minute"),
                     1);
    assert_int_equal(raw(p, "SELECT verdict = 'app_down' FROM sample_minute"), 1);
    /* A day later, seconds go from the oldest on, and none without its minute. */
    prune(st, (from_s + day_s + 10) * 1000);
    assert_int_equal(raw(p, "SELECT count(*) FROM sample"), 140);
    assert_int_equal(raw(p, "SELECT count(*) FROM sample_minute"), 3);
    prune(st, (from_s + 2 * day_s) * 1000);
    assert_int_equal(raw(p, "SELECT count(*) FROM sample"), 0);
    assert_int_equal(raw(p, "SELECT n FROM sample_minute ORDER BY at_min DESC"), 30);
    /* Minutes go after 90 days. */
    prune(st, (from_s + 90 * day_s) * 1000);
    assert_int_equal(raw(p, "SELECT count(*) FROM sample_minute"), 3);
    prune(st, (from_s + 90 * day_s + 60) * 1000);
    assert_int_equal(raw(p, "SELECT count(*) FROM sample_minute"), 2);
    store_close(st);
}

static void test_no_second_goes_before_its_minute_is_made(void **state)
{
    struct place *p = *state;
    const int64_t from_s = T0 / 60000 * 60;
    struct store *st = open_store(p, STORE_WRITE);
    put_seconds(st, from_s, 40 * 60);
    for (int i = 0; i < 3; i++) { /* more than one call works off */
        prune(st, (from_s + 5 * 86400) * 1000);
        assert_int_equal(raw(p, "SELECT count(*) FROM sample_minute") * 60 +
                             raw(p, "SELECT count(*) FROM sample"),
                         40 * 60);
    }
    assert_int_equal(raw(p, "SELECT count(*) FROM sample"), 0);
    store_close(st);
}

static void test_a_clock_that_ran_ahead_stops_no_minutes(void **state)
{
    struct place *p = *state;
    const int64_t from_s = T0 / 60000 * 60;
    struct store *st = open_store(p, STORE_WRITE);
    put_seconds(st, from_s + 365 * 86400, 60);
    prune(st, (from_s + 365 * 86400 + 60) * 1000);
    put_seconds(st, from_s, 60);
    prune(st, (from_s + 60) * 1000);
    assert_int_equal(raw(p, "SELECT count(*) FROM sample_minute"), 2);
    store_close(st);
}

static void test_the_memory_comes_back(void **state)
{
    struct store *st = open_store(*state, STORE_WRITE);
    struct store_memory m, in = {.rto.last_good_wall_ms = opt_i64(T0),
                                 .primary_at_wall_ms = opt_i64(T0 - 5),
                                 .primary = {.file = "mysql-bin.000007", .pos = 4711}};
    char gtid[] = "0-1-17";
    OK(store_memory_get(st, &m, &err));
    assert_false(m.rto.last_good_wall_ms.known);
    assert_false(m.primary_at_wall_ms.known);
    assert_int_equal(m.runs.n, 0);
    assert_null(m.gtid);
    in.gtid = gtid;
    OK(store_memory_put(st, &in, &err));
    OK(store_run_put(st, "drill", T0, 60000, true, &err));
    OK(store_run_put(st, "failover", T0 + 10, 90000, true, &err));
    OK(store_run_put(st, "failover", T0 + 20, 5, false, &err));
    OK(store_memory_get(st, &m, &err));
    assert_int_equal(m.rto.last_good_wall_ms.v, T0);
    assert_false(m.rto.first_bad_wall_ms.known);
    assert_int_equal(m.primary_at_wall_ms.v, T0 - 5);
    assert_string_equal(m.primary.file, "mysql-bin.000007");
    assert_int_equal(m.primary.pos, 4711);
    assert_string_equal(m.gtid, "0-1-17");
    assert_int_equal(m.runs.n, 2);
    assert_int_equal(m.runs.p95_ms.v, 90000);
    assert_int_equal(m.runs.last_took_ms.v, 90000);
    assert_int_equal(m.runs.last_wall_ms.v, T0 + 10);
    free(m.gtid);
    in.primary_at_wall_ms.known = false;
    OK(store_memory_put(st, &in, &err));
    OK(store_memory_get(st, &m, &err));
    assert_false(m.primary_at_wall_ms.known);
    assert_null(m.gtid);
    store_close(st);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_alert_is_kept_once),
        TEST(test_what_opened_and_closed_unseen_has_both_events),
        TEST(test_what_is_told_again_is_kept_once),
        TEST(test_a_pending_alert_is_none),
        TEST(test_an_acknowledgement_is_not_taken_back),
        TEST(test_the_newest_come_oldest_first),
        TEST(test_notes_are_filed_under_the_open_incident),
        TEST(test_unknown_stays_unknown),
        TEST(test_a_minute_keeps_the_last_scene),
        TEST(test_seconds_become_minutes),
        TEST(test_no_second_goes_before_its_minute_is_made),
        TEST(test_a_clock_that_ran_ahead_stops_no_minutes),
        TEST(test_the_memory_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
