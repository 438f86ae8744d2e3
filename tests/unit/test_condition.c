/* Which conditions a snapshot has. Long, as each condition has its case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "backend/verdict/condition.h"
#include "tests/unit/healthy.h"

static struct condition list[CONDITIONS_MAX];

/* The conditions that hold; *out_first is one of them. */
static size_t holding(const struct snapshot *s, struct condition *out_first)
{
    size_t n = condition_list(s, "", NOW_MS, list), held = 0;
    for (size_t i = 0; i < n; i++) {
        if (list[i].holds == TRI_YES && held++ == 0) {
            *out_first = list[i];
        }
    }
    return held;
}

static void assert_only(struct snapshot *s, enum alert_kind kind, enum alert_severity severity,
                        const char *text)
{
    struct condition c = {0};
    assert_int_equal(holding(s, &c), 1);
    assert_int_equal(c.kind, kind);
    assert_int_equal(c.severity, severity);
    if (!strstr(c.text, text)) {
        fail_msg("\"%s\" does not say \"%s\"", c.text, text);
    }
    snapshot_unref(s);
}

static void test_a_healthy_pair_has_none(void **state)
{
    (void)state;
    struct snapshot *s = healthy();
    struct condition c;
    assert_int_equal(holding(s, &c), 0);
    snapshot_unref(s);
}

static void test_receiver_and_applier(void **state)
{
    (void)state;
    struct snapshot *s = healthy();
    struct db_facts *r = replica_of(s);
    r->channel.receiver = DB_THREAD_NO;
    (void)text_copy(r->channel.receiver_error, 64, "Got fatal error 1236");
    assert_only(s, ALERT_RECEIVER, ALERT_CRIT, "receiver stopped: Got fatal error 1236");

    s = healthy();
    replica_of(s)->channel.receiver = DB_THREAD_CONNECTING;
    assert_only(s, ALERT_RECEIVER, ALERT_CRIT, "reconnecting");

    s = healthy();
    replica_of(s)->channel.applier = DB_THREAD_NO;
    assert_only(s, ALERT_APPLIER, ALERT_CRIT, "applier stopped");

    s = healthy();
    r = replica_of(s);
    r->channel.applier = DB_THREAD_NO;
    r->channel.applier_errno = 1062;
    (void)text_copy(r->channel.applier_error, 64, "Coordinator stopped");
    assert_only(s, ALERT_APPLIER, ALERT_CRIT,
                "applier stopped with error 1062: Coordinator stopped");

    s = healthy();
    replica_of(s)->channel.receiver = DB_THREAD_UNKNOWN;
    struct condition c;
    assert_int_equal(holding(s, &c), 0);
    snapshot_unref(s);
}

/* Else the alert of a stopped receiver would outlive a promotion. */
static void test_no_channel_has_no_stopped_threads(void **state)
{
    (void)state;
    struct snapshot *s = healthy();
    struct db_facts *r = replica_of(s);
    r->channels = 0;
    r->has_channel = false;
    size_t n = condition_list(s, "", NOW_MS, list), cleared = 0;
    for (size_t i = 0; i < n; i++) {
        cleared += (list[i].kind == ALERT_RECEIVER || list[i].kind == ALERT_APPLIER) &&
                   list[i].holds == TRI_NO;
    }
    assert_int_equal(cleared, 2);
    snapshot_unref(s);
}

static void test_roles(void **state)
{
    (void)state;
    struct snapshot *s = healthy();
    struct db_facts *r = replica_of(s);
    r->channels = 0;
    r->has_channel = false;
    assert_only(s, ALERT_ROLE, ALERT_CRIT, "does not replicate");

    s = healthy();
    r = replica_of(s);
    r->channels = 0;
    r->has_channel = false;
    struct db_facts *p = server(1);
    p->channels = 1;
    see(s, SLOT_PRIMARY_DB, p);
    assert_only(s, ALERT_ROLE, ALERT_CRIT, "swapped");

    s = healthy();
    r = replica_of(s);
    r->channels = 2;
    r->has_channel = false;
    (void)text_copy(r->channel_names, 64, "east,west");
    assert_only(s, ALERT_ROLE, ALERT_WARN, "east,west");

    s = healthy();
    replica_of(s)->read_only = TRI_NO;
    assert_only(s, ALERT_ROLE, ALERT_WARN, "accepts writes");

    s = healthy();
    replica_of(s)->server_id = opt_i64(1);
    assert_only(s, ALERT_ROLE, ALERT_CRIT, "one and the same server");
}

static void test_lag_by_number_and_by_bound(void **state)
{
    (void)state;
    struct snapshot *s = healthy();
    s->lag.seconds = opt_f64(1.01);
    assert_only(s, ALERT_LAG, ALERT_WARN, "RPO of 1.0 s");
    s = healthy();
    s->lag = (struct lag){.at_least_s = opt_f64(5)};
    assert_only(s, ALERT_LAG, ALERT_WARN, "RPO");
    s = healthy();
    s->lag = (struct lag){.at_least_s = opt_f64(0.5)};
    struct condition c;
    assert_int_equal(holding(s, &c), 0);
    snapshot_unref(s);
}

static void test_app_needs_its_strikes(void **state)
{
    (void)state;
    struct snapshot *s = healthy();
    struct condition c;
    see(s, SLOT_PRIMARY_APP, app(503, 2));
    assert_int_equal(holding(s, &c), 0);
    see(s, SLOT_PRIMARY_APP, app(503, 3));
    assert_only(s, ALERT_APP, ALERT_CRIT, "answered 503");
    s = healthy();
    see_failed(s, SLOT_PRIMARY_APP, app(0, 3), "connection refused");
    assert_only(s, ALERT_APP, ALERT_CRIT, "connection refused");
}

static void test_database_and_tunnel(void **state)
{
    (void)state;
    struct snapshot *s = healthy();
    see_failed(s, SLOT_PRIMARY_DB, NULL, "no answer within 2.0 s");
    assert_only(s, ALERT_DB, ALERT_CRIT, "primary DB: no answer within 2.0 s");
    s = healthy();
    see(s, SLOT_TUNNEL, tunnel(TUNNEL_DOWN));
    assert_only(s, ALERT_TUNNEL, ALERT_CRIT, "tunnel probe");
    s = healthy();
    see(s, SLOT_TUNNEL, tunnel(TUNNEL_DEGRADED));
    assert_only(s, ALERT_TUNNEL, ALERT_WARN, "tunnel probe");
}

static char aws_name[] = "aws";

/* The second view is a cloud's that is asked every 20 s, of two tunnels that should be up. */
static void with_cloud(int expected_up)
{
    cfg.n_tunnels = 2;
    cfg.tunnels[1] = (struct config_tunnel){
        .kind = TUNNEL_AWS, .name = aws_name, .expected_up = expected_up, .period_ms = 20000};
}

static int without_cloud(void **state)
{
    (void)state;
    cfg.n_tunnels = 1;
    cfg.tunnels[1] = (struct config_tunnel){0};
    return 0;
}

static struct tunnel_facts *legs_of(enum tunnel_state first, enum tunnel_state second,
                                    int expected_up, int64_t since_ms)
{
    struct tunnel_facts *f = mem_alloc(1, sizeof *f);
    f->n_legs = 2;
    f->legs[0] = (struct tunnel_leg){.state = first, .id = "t1"};
    f->legs[1] = (struct tunnel_leg){.state = second, .id = "t2"};
    tunnel_facts_sum(f, expected_up, NULL, since_ms);
    return f;
}

static struct tunnel_facts *probe_is(enum tunnel_state state)
{
    struct tunnel_facts *f = tunnel(state);
    f->data_plane = true;
    f->strikes = state == TUNNEL_DOWN ? 3 : 0;
    f->since_ms = NOW_MS - 30000;
    return f;
}

/* The condition of the cloud's view, when it said that since so long, beside that of a probe. */
static struct condition of_cloud(struct tunnel_facts *says, enum tunnel_state probe)
{
    struct snapshot *s = healthy();
    struct tunnel_memory memory = {0};
    struct condition found = {0};
    see(s, SLOT_TUNNEL, probe_is(probe));
    see(s, SLOT_TUNNEL + 1, says);
    tunnel_views_gather(s, &memory, NOW_MS, s->tunnels);
    size_t n = condition_list(s, "", NOW_MS, list), times = 0;
    for (size_t i = 0; i < n; i++) {
        if (list[i].kind == ALERT_TUNNEL && list[i].subject == SLOT_TUNNEL + 1) {
            found = list[i];
            times++;
        }
    }
    assert_int_equal(times, 1);
    snapshot_unref(s);
    return found;
}

static void assert_cloud(struct condition c, enum tri holds, enum alert_severity severity,
                         const char *text)
{
    if (c.holds != holds || (holds == TRI_YES && c.severity != severity)) {
        fail_msg("holds %d with severity %d: \"%s\"", c.holds, c.severity, c.text);
    }
    if (holds == TRI_YES) {
        assert_string_equal(c.text, text);
    }
}

#define LONG_AGO (NOW_MS - 40000)

static void test_an_opinion_is_held_against_the_probes(void **state)
{
    (void)state;
    with_cloud(1);
    const enum tunnel_state up = TUNNEL_UP, down = TUNNEL_DOWN, unknown = TUNNEL_UNKNOWN;
    assert_cloud(of_cloud(legs_of(up, down, 1, LONG_AGO), up), TRI_NO, 0, "");
    assert_cloud(of_cloud(legs_of(down, down, 1, LONG_AGO), down), TRI_YES, ALERT_CRIT,
                 "tunnel aws: 0 of 2 up");
    assert_cloud(of_cloud(legs_of(down, down, 1, LONG_AGO), unknown), TRI_YES, ALERT_CRIT,
                 "tunnel aws: 0 of 2 up");
    assert_cloud(of_cloud(legs_of(down, down, 1, LONG_AGO), up), TRI_YES, ALERT_WARN,
                 "tunnel aws: says down, and traffic passes: a stale opinion");
    assert_cloud(of_cloud(legs_of(TUNNEL_CONNECTING, down, 1, LONG_AGO), down), TRI_YES,
                 ALERT_CRIT, "tunnel aws: 0 of 2 up");
    assert_cloud(of_cloud(legs_of(up, down, 1, LONG_AGO), down), TRI_YES, ALERT_CRIT,
                 "tunnel aws says up, and no probe passes");
    assert_cloud(of_cloud(legs_of(unknown, down, 1, LONG_AGO), up), TRI_UNKNOWN, 0, "");
    with_cloud(2);
    assert_cloud(of_cloud(legs_of(up, down, 2, LONG_AGO), up), TRI_YES, ALERT_WARN,
                 "tunnel aws: 1 of 2 up, 2 expected");
    assert_cloud(of_cloud(legs_of(up, up, 2, LONG_AGO), up), TRI_NO, 0, "");
}

/* Said once, 100 ms ago: it neither opens an alert nor closes one. But that no probe passes is
 * known without it. */
static void test_one_old_opinion_makes_no_alert(void **state)
{
    (void)state;
    with_cloud(1);
    int64_t now = NOW_MS - 100;
    assert_cloud(of_cloud(legs_of(TUNNEL_DOWN, TUNNEL_DOWN, 1, now), TUNNEL_DOWN), TRI_UNKNOWN,
                 0, "");
    assert_cloud(of_cloud(legs_of(TUNNEL_UP, TUNNEL_DOWN, 1, now), TUNNEL_DOWN), TRI_YES,
                 ALERT_CRIT, "tunnel aws says up, and no probe passes");
    with_cloud(2);
    assert_cloud(of_cloud(legs_of(TUNNEL_UP, TUNNEL_DOWN, 2, now), TUNNEL_UP), TRI_UNKNOWN, 0,
                 "");
}

/* From before the failure: whether it is up now nobody has said. */
static void test_an_opinion_from_before_the_failure_closes_nothing(void **state)
{
    (void)state;
    with_cloud(1);
    struct snapshot *s = healthy();
    struct tunnel_memory memory = {0};
    struct tunnel_facts *f = probe_is(TUNNEL_DOWN);
    f->since_ms = NOW_MS - 50;
    see(s, SLOT_TUNNEL, f);
    see(s, SLOT_TUNNEL + 1, legs_of(TUNNEL_UP, TUNNEL_DOWN, 1, LONG_AGO));
    tunnel_views_gather(s, &memory, NOW_MS, s->tunnels);
    size_t n = condition_list(s, "", NOW_MS, list);
    for (size_t i = 0; i < n; i++) {
        if (list[i].kind == ALERT_TUNNEL && list[i].subject == SLOT_TUNNEL + 1) {
            assert_int_equal(list[i].holds, TRI_UNKNOWN);
        }
    }
    snapshot_unref(s);
}

static void test_what_is_odd_about_a_tunnel_that_is_up_is_a_warning(void **state)
{
    (void)state;
    struct snapshot *s = healthy();
    struct tunnel_memory memory = {0};
    struct tunnel_facts *f = probe_is(TUNNEL_UP);
    f->large_passes = TRI_NO;
    see(s, SLOT_TUNNEL, f);
    tunnel_views_gather(s, &memory, NOW_MS, s->tunnels);
    assert_only(s, ALERT_TUNNEL, ALERT_WARN, "tunnel probe: large packets are lost");

    with_cloud(1);
    s = healthy();
    see(s, SLOT_TUNNEL + 1, legs_of(TUNNEL_UP, TUNNEL_DOWN, 1, NOW_MS));
    s->tunnels[1] = (struct tunnel_view){
        .state = TUNNEL_DEGRADED, .doubts = DOUBT_ONE_WAY, .remark = "aws: one way"};
    assert_only(s, ALERT_TUNNEL, ALERT_WARN, "tunnel aws: one way");
    s = healthy();
    see(s, SLOT_TUNNEL + 1, legs_of(TUNNEL_UP, TUNNEL_DOWN, 1, NOW_MS));
    s->tunnels[1] = (struct tunnel_view){
        .state = TUNNEL_DEGRADED, .doubts = DOUBT_FLAPPING, .remark = "aws: flapping"};
    assert_only(s, ALERT_TUNNEL, ALERT_WARN, "tunnel aws: flapping");
}

/* One refused request is nothing; three periods without an answer are worth a warning, which says
 * why. */
static void test_a_view_that_fails_is_unknown_and_then_stale(void **state)
{
    (void)state;
    with_cloud(1);
    struct snapshot *s = healthy();
    struct condition c = {0};
    see(s, SLOT_TUNNEL + 1, legs_of(TUNNEL_UP, TUNNEL_UP, 1, NOW_MS));
    reading_unref(s->sights[SLOT_TUNNEL + 1].last);
    s->sights[SLOT_TUNNEL + 1].last =
        reading_failed(NULL, NULL, NOW_MS, 0, "AccessDenied: not allowed");
    assert_int_equal(holding(s, &c), 0);
    for (int64_t later_ms = 64000; later_ms <= 66000; later_ms += 2000) {
        size_t n = condition_list(s, "", NOW_MS + later_ms, list), found = 0;
        for (size_t i = 0; i < n; i++) {
            found += list[i].kind == ALERT_STALE && list[i].subject == SLOT_TUNNEL + 1 &&
                     list[i].holds == TRI_YES && list[i].for_ms == 0 &&
                     strstr(list[i].text, "view aws: AccessDenied");
        }
        assert_int_equal(found, later_ms > 65000);
    }
    /* One that never answered is given as long. */
    reading_unref(s->sights[SLOT_TUNNEL + 1].good);
    s->sights[SLOT_TUNNEL + 1].good = NULL;
    assert_int_equal(holding(s, &c), 1);
    assert_int_equal(c.kind, ALERT_STALE);
    assert_int_equal(c.for_ms, 65000);
    snapshot_unref(s);
}

static char down_name[] = "vpn down", spare_name[] = "spare";
static char *alarm_names[] = {down_name, spare_name, NULL};

/* A healthy pair whose second view tells of two alarms. */
static struct snapshot *with_alarms(enum tunnel_alarm_state a, enum tunnel_alarm_state b)
{
    struct snapshot *s = healthy();
    struct tunnel_facts *f = tunnel(TUNNEL_UP);
    f->n_alarms = 2;
    f->alarms[0] = (struct tunnel_alarm){.name = "vpn down", .reason = "1 point", .state = a};
    f->alarms[1] = (struct tunnel_alarm){.name = "spare", .state = b};
    cfg.n_tunnels = 2;
    cfg.tunnels[1] = (struct config_tunnel){.kind = TUNNEL_AWS,
                                            .name = aws_name,
                                            .period_ms = 1000,
                                            .aws = {.alarms = alarm_names}};
    see(s, SLOT_TUNNEL + 1, f);
    return s;
}

static int without_alarms(void **state)
{
    (void)state;
    cfg.n_tunnels = 1;
    cfg.tunnels[1] = (struct config_tunnel){0};
    return 0;
}

static void test_alarms_of_the_cloud(void **state)
{
    (void)state;
    struct snapshot *s = with_alarms(ALARM_RAISED, ALARM_OK);
    struct condition c = {0};
    assert_int_equal(holding(s, &c), 1);
    assert_int_equal(c.kind, ALERT_ALARM);
    assert_int_equal(c.subject, alert_subject("aws", "vpn down"));
    assert_int_equal(c.severity, ALERT_WARN);
    assert_string_equal(c.text, "CloudWatch alarm vpn down (view aws): 1 point");
    snapshot_unref(s);
    s = with_alarms(ALARM_OK, ALARM_RAISED);
    assert_only(s, ALERT_ALARM, ALERT_WARN, "CloudWatch alarm spare (view aws)");
}

/* Neither too few data nor an old reading opens or closes anything. */
static void test_an_alarm_that_is_not_known_changes_nothing(void **state)
{
    (void)state;
    struct snapshot *s = with_alarms(ALARM_UNKNOWN, ALARM_RAISED);
    size_t n = condition_list(s, "", NOW_MS, list), unknown = 0, any = 0;
    for (size_t i = 0; i < n; i++) {
        unknown += list[i].kind == ALERT_ALARM && list[i].holds == TRI_UNKNOWN;
    }
    assert_int_equal(unknown, 1);
    n = condition_list(s, "", NOW_MS + 60000, list);
    for (size_t i = 0; i < n; i++) {
        any += list[i].kind == ALERT_ALARM && list[i].holds != TRI_UNKNOWN;
    }
    assert_int_equal(any, 0);
    snapshot_unref(s);
}

/* From the alarm to an alert, over it, and when it was taken out of the configuration. */
static void test_an_alarm_opens_and_closes_an_alert(void **state)
{
    (void)state;
    const struct alert_terms terms = {.clear_for_ms = 0};
    struct alert_book *book = mem_alloc(1, sizeof *book);
    struct snapshot *s = with_alarms(ALARM_RAISED, ALARM_RAISED);
    size_t n = condition_list(s, "", NOW_MS, list);
    alert_book_update(book, &terms, list, n, NOW_MS, NOW_MS);
    snapshot_unref(s);
    assert_int_equal(book->n, 2);
    assert_true(alert_book_acknowledge(book, ALERT_ALARM, alert_subject("aws", "vpn down"),
                                       "mg", "seen", NOW_MS, NOW_MS));
    s = with_alarms(ALARM_OK, ALARM_UNKNOWN);
    n = condition_list(s, "", NOW_MS, list);
    alert_book_update(book, &terms, list, n, NOW_MS + 1000, NOW_MS + 1000);
    snapshot_unref(s);
    assert_int_equal(book->alerts[0].state, ALERT_CLOSED);
    assert_int_equal(book->alerts[1].state, ALERT_OPEN);

    assert_int_equal(condition_alarms_gone(&cfg, book, list, CONDITIONS_MAX), 0);
    (void)without_alarms(NULL);
    assert_int_equal(condition_alarms_gone(&cfg, book, list, 0), 0);
    n = condition_alarms_gone(&cfg, book, list, CONDITIONS_MAX);
    assert_int_equal(n, 1);
    alert_book_update(book, &terms, list, n, NOW_MS + 2000, NOW_MS + 2000);
    assert_int_equal(book->alerts[1].state, ALERT_CLOSED);
    assert_string_equal(book->alerts[1].text, "CloudWatch alarm spare (view aws)");
    free(book);
}

static void test_observer_needs_every_anchor_silent(void **state)
{
    (void)state;
    struct snapshot *s = healthy();
    struct condition c;
    see_failed(s, SLOT_ANCHOR, NULL, "timed out");
    assert_int_equal(holding(s, &c), 0);
    see_failed(s, SLOT_ANCHOR + 1, NULL, "timed out");
    assert_only(s, ALERT_OBSERVER, ALERT_WARN, "offline");
}

static void test_silence_is_stale(void **state)
{
    (void)state;
    struct snapshot *s = healthy();
    size_t n = condition_list(s, "", NOW_MS + 7000, list), stale = 0;
    for (size_t i = 0; i < n; i++) {
        stale += list[i].kind == ALERT_STALE && list[i].holds == TRI_YES;
    }
    assert_int_equal(stale, 7);
    snapshot_unref(s);
}

/* What a verdict opens closes when another is confirmed, and not while nothing is. */
static void test_a_confirmed_verdict_is_a_condition(void **state)
{
    (void)state;
    struct snapshot *s = healthy();
    struct condition c = {0};
    s->verdict = (struct verdict){.kind = VERDICT_DB_DOWN, .sentence = "gone"};
    assert_int_equal(holding(s, &c), 0);
    s->verdict.confirmed = true;
    assert_int_equal(holding(s, &c), 1);
    assert_int_equal(c.kind, ALERT_VERDICT);
    assert_int_equal(c.subject, VERDICT_DB_DOWN);
    assert_string_equal(c.text, "DB DOWN: gone");
    s->verdict = (struct verdict){.kind = VERDICT_NORMAL, .confirmed = true};
    assert_int_equal(holding(s, &c), 0);
    snapshot_unref(s);
}

static void test_a_history_that_is_not_recorded_is_a_condition(void **state)
{
    (void)state;
    struct snapshot *s = healthy();
    size_t n = condition_list(s, "disk full", NOW_MS, list), found = 0;
    for (size_t i = 0; i < n; i++) {
        found += list[i].kind == ALERT_RECORD && list[i].holds == TRI_YES &&
                 strstr(list[i].text, "disk full");
    }
    assert_int_equal(found, 1);
    snapshot_unref(s);
}

/* A tunnel that was taken out of the configuration leaves no alert open. */
static void test_what_is_not_watched_is_not_wrong(void **state)
{
    (void)state;
    struct snapshot *s = healthy();
    size_t n = condition_list(s, "", NOW_MS, list), cleared = 0;
    for (size_t i = 0; i < n; i++) {
        cleared += list[i].subject == SLOT_TUNNEL + 1 && list[i].holds == TRI_NO &&
                   (list[i].kind == ALERT_TUNNEL || list[i].kind == ALERT_STALE);
        assert_false(list[i].kind == ALERT_TUNNEL && list[i].subject == SLOT_TUNNEL &&
                     strcmp(list[i].text, "not watched") == 0);
    }
    assert_int_equal(cleared, 2);
    assert_true(n < CONDITIONS_MAX);
    snapshot_unref(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_healthy_pair_has_none),
        cmocka_unit_test(test_receiver_and_applier),
        cmocka_unit_test(test_no_channel_has_no_stopped_threads),
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_lag_by_number_and_by_bound),
        cmocka_unit_test(test_app_needs_its_strikes),
        cmocka_unit_test(test_database_and_tunnel),
        cmocka_unit_test_teardown(test_an_opinion_is_held_against_the_probes, without_cloud),
        cmocka_unit_test_teardown(test_one_old_opinion_makes_no_alert, without_cloud),
        cmocka_unit_test_teardown(test_an_opinion_from_before_the_failure_closes_nothing,
                                  without_cloud),
        cmocka_unit_test_teardown(test_what_is_odd_about_a_tunnel_that_is_up_is_a_warning,
                                  without_cloud),
        cmocka_unit_test_teardown(test_a_view_that_fails_is_unknown_and_then_stale,
                                  without_cloud),
        cmocka_unit_test_teardown(test_alarms_of_the_cloud, without_alarms),
        cmocka_unit_test_teardown(test_an_alarm_that_is_not_known_changes_nothing,
                                  without_alarms),
        cmocka_unit_test_teardown(test_an_alarm_opens_and_closes_an_alert, without_alarms),
        cmocka_unit_test(test_observer_needs_every_anchor_silent),
        cmocka_unit_test(test_silence_is_stale),
        cmocka_unit_test(test_a_confirmed_verdict_is_a_condition),
        cmocka_unit_test(test_a_history_that_is_not_recorded_is_a_condition),
        cmocka_unit_test(test_what_is_not_watched_is_not_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
