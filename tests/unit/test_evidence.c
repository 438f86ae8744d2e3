/* From readings to rows of evidence: what counts as no, what is only unknown, and since when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "backend/mysql/db_source.h"
#include "backend/verdict/verdict.h"
#include "tests/unit/healthy.h"

static const struct alert_book no_alerts;

static enum verdict_kind judge(const struct snapshot *s, struct evidence_memory *m,
                               int64_t now_ms, struct evidence rows[EVIDENCE_COUNT])
{
    evidence_gather(s, &no_alerts, m, now_ms, rows);
    return verdict_rule(rows).kind;
}

static enum verdict_kind judge_once(const struct snapshot *s,
                                    struct evidence rows[EVIDENCE_COUNT])
{
    struct evidence_memory m = {0};
    return judge(s, &m, NOW_MS, rows);
}

static struct db_failure *failure(bool silent)
{
    struct db_failure *f = mem_alloc(1, sizeof *f);
    f->silent = silent;
    return f;
}

static void test_a_healthy_pair_is_normal(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    struct snapshot *s = healthy();
    assert_int_equal(judge_once(s, rows), VERDICT_NORMAL);
    assert_int_equal(rows[EVIDENCE_PRIMARY_DB].age_ms.v, 100);
    assert_int_equal(rows[EVIDENCE_PRIMARY_DB].route, ROUTE_VPN);
    assert_int_equal(rows[EVIDENCE_ANCHORS].route, ROUTE_NEUTRAL);
    assert_false(rows[EVIDENCE_CONTROL_PLANE].watched);
    snapshot_unref(s);
}

static void test_silence_is_never_normal(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    struct evidence_memory m = {0};
    struct snapshot *s = healthy();
    assert_int_equal(judge(s, &m, NOW_MS + 4000, rows), VERDICT_UNKNOWN);
    for (int id = 0; id < EVIDENCE_COUNT; id++) {
        if (id != EVIDENCE_OBJECTIVES && id != EVIDENCE_DR_APP) {
            assert_int_equal(rows[id].answer, TRI_UNKNOWN);
        }
    }
    snapshot_unref(s);
}

static void test_a_refused_login_says_nothing(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    struct snapshot *s = healthy();
    see_failed(s, SLOT_PRIMARY_DB, failure(false), "access denied for user 'mon' (1045)");
    assert_int_equal(judge_once(s, rows), VERDICT_UNKNOWN);
    assert_int_equal(rows[EVIDENCE_PRIMARY_DB].answer, TRI_UNKNOWN);
    assert_int_equal(rows[EVIDENCE_PRIMARY_DB].strikes, 0);
    see_failed(s, SLOT_PRIMARY_DB, failure(true), "connection refused");
    (void)judge_once(s, rows);
    assert_int_equal(rows[EVIDENCE_PRIMARY_DB].answer, TRI_NO);
    assert_int_equal(rows[EVIDENCE_PRIMARY_DB].strikes, 1);
    snapshot_unref(s);
}

static void see_failed_at(struct snapshot *s, enum slot slot, int64_t at_ms)
{
    struct reading *good = reading_ref(s->sights[slot].good);
    sight_finish(&s->sights[slot]);
    s->sights[slot] = (struct sight){
        reading_failed(failure(true), free, at_ms, 0, "connection refused"), good};
}

static void test_strikes_count_looks_not_snapshots(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    struct evidence_memory m = {0};
    struct snapshot *s = healthy();
    see_failed_at(s, SLOT_PRIMARY_DB, NOW_MS);
    (void)judge(s, &m, NOW_MS + 10, rows);
    (void)judge(s, &m, NOW_MS + 20, rows);
    assert_int_equal(rows[EVIDENCE_PRIMARY_DB].strikes, 1);
    see_failed_at(s, SLOT_PRIMARY_DB, NOW_MS + 250);
    (void)judge(s, &m, NOW_MS + 260, rows);
    assert_int_equal(rows[EVIDENCE_PRIMARY_DB].strikes, 2);
    assert_int_equal(m.primary_failed_ms.v, NOW_MS); /* the first failure, not the newest */
    see(s, SLOT_PRIMARY_DB, server(1));
    (void)judge(s, &m, NOW_MS + 300, rows);
    assert_int_equal(rows[EVIDENCE_PRIMARY_DB].strikes, 0);
    assert_false(m.primary_failed_ms.known);
    snapshot_unref(s);
}

static void test_any_answer_of_the_app_is_an_answer(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    struct snapshot *s = healthy();
    see(s, SLOT_PRIMARY_APP, app(503, 3));
    assert_int_equal(judge_once(s, rows), VERDICT_APP_DOWN);
    assert_int_equal(rows[EVIDENCE_APP_ANSWERS].answer, TRI_YES);
    assert_int_equal(rows[EVIDENCE_APP_SERVES].answer, TRI_NO);
    assert_int_equal(rows[EVIDENCE_APP_SERVES].strikes, 3);
    snapshot_unref(s);
}

static void test_a_name_that_cannot_be_resolved_says_nothing_of_the_app(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    struct snapshot *s = healthy();
    see_failed(s, SLOT_PRIMARY_APP, app(0, 5), "name not found");
    (void)judge_once(s, rows);
    assert_int_equal(rows[EVIDENCE_APP_ANSWERS].answer, TRI_UNKNOWN);
    struct app_facts *f = app(0, 5);
    (void)text_copy(f->address, sizeof f->address, "10.0.0.1:443");
    see_failed(s, SLOT_PRIMARY_APP, f, "connection refused");
    (void)judge_once(s, rows);
    assert_int_equal(rows[EVIDENCE_APP_ANSWERS].answer, TRI_NO);
    snapshot_unref(s);
}

static struct snapshot *with_receiver(enum db_thread state, int error)
{
    struct snapshot *s = healthy();
    struct db_channel *ch = &replica_of(s)->channel;
    ch->receiver = state;
    ch->receiver_errno = error;
    return s;
}

static enum tri heard(struct snapshot *s)
{
    struct evidence rows[EVIDENCE_COUNT];
    (void)judge_once(s, rows);
    snapshot_unref(s);
    return rows[EVIDENCE_RECEIVER].answer;
}

static void test_what_the_receiver_tells_of_its_source(void **state)
{
    (void)state;
    assert_int_equal(heard(with_receiver(DB_THREAD_YES, 0)), TRI_YES);
    assert_int_equal(heard(with_receiver(DB_THREAD_CONNECTING, 0)), TRI_NO);
    assert_int_equal(heard(with_receiver(DB_THREAD_CONNECTING, 2003)), TRI_NO);
    assert_int_equal(heard(with_receiver(DB_THREAD_CONNECTING, 1045)), TRI_UNKNOWN);
    assert_int_equal(heard(with_receiver(DB_THREAD_NO, 0)), TRI_UNKNOWN);
    assert_int_equal(heard(with_receiver(DB_THREAD_NO, 2013)), TRI_NO);
    assert_int_equal(heard(with_receiver(DB_THREAD_NO, 1236)), TRI_UNKNOWN);
    assert_int_equal(heard(with_receiver(DB_THREAD_UNKNOWN, 0)), TRI_UNKNOWN);
}

static void hear(struct snapshot *s, int64_t at_ms, int64_t beats, uint64_t pos)
{
    struct db_facts *f = replica();
    f->channel.heartbeats = opt_i64(beats);
    f->channel.heartbeat_period_ms = opt_i64(1000);
    f->channel.received = (struct binlog_coord){.file = "bin.000001", .pos = pos};
    sight_finish(&s->sights[SLOT_REPLICA_DB]);
    struct reading *r = reading_fresh(f, free, at_ms, 0);
    s->sights[SLOT_REPLICA_DB] = (struct sight){reading_ref(r), r};
}

/* For a minute a server says "Yes" of a source that is gone: only the heartbeats tell. */
static void test_a_receiver_that_hears_nothing_is_not_believed(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    struct evidence_memory m = {0};
    struct snapshot *s = healthy();
    int64_t ms = NOW_MS;
    hear(s, ms, 7, 100);
    (void)judge(s, &m, ms, rows);
    assert_int_equal(rows[EVIDENCE_RECEIVER].answer, TRI_YES);
    hear(s, ms += 3000, 7, 100);
    (void)judge(s, &m, ms, rows);
    assert_int_equal(rows[EVIDENCE_RECEIVER].answer, TRI_YES); /* two periods and a look */
    hear(s, ms += 250, 7, 100);
    (void)judge(s, &m, ms, rows);
    assert_int_equal(rows[EVIDENCE_RECEIVER].answer, TRI_NO);
    assert_int_equal(rows[EVIDENCE_RECEIVER].strikes, 1);
    hear(s, ms += 250, 7, 100);
    (void)judge(s, &m, ms, rows);
    assert_int_equal(rows[EVIDENCE_RECEIVER].strikes, 2);
    hear(s, ms += 250, 7, 180); /* a position that moves is a sign of life, too */
    (void)judge(s, &m, ms, rows);
    assert_int_equal(rows[EVIDENCE_RECEIVER].answer, TRI_YES);
    assert_int_equal(rows[EVIDENCE_RECEIVER].strikes, 0);
    snapshot_unref(s);
}

static void test_anchors_fail_together_or_not_at_all(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    struct snapshot *s = healthy();
    see_failed(s, SLOT_ANCHOR, NULL, "timed out");
    (void)judge_once(s, rows);
    assert_int_equal(rows[EVIDENCE_ANCHORS].answer, TRI_YES);
    see_failed(s, SLOT_ANCHOR + 1, NULL, "timed out");
    assert_int_equal(judge_once(s, rows), VERDICT_OBSERVER_ISOLATED);
    snapshot_unref(s);
}

static void test_both_writable_is_split_brain(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    struct snapshot *s = healthy();
    struct db_facts *r = replica_of(s);
    r->read_only = TRI_NO;
    r->channels = 0;
    r->has_channel = false;
    assert_int_equal(judge_once(s, rows), VERDICT_SPLIT_BRAIN);
    assert_int_equal(rows[EVIDENCE_REPLICATES].answer, TRI_NO);
    snapshot_unref(s);
}

static void test_a_replica_without_a_channel_or_that_is_the_primary_is_none(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    struct snapshot *s = healthy();
    struct db_facts *r = replica_of(s);
    r->channels = 0;
    r->has_channel = false;
    assert_int_equal(judge_once(s, rows), VERDICT_DR_NOT_READY);
    replica_of(s)->server_id = opt_i64(1);
    assert_int_equal(judge_once(s, rows), VERDICT_DR_NOT_READY);
    assert_non_null(strstr(rows[EVIDENCE_REPLICATES].detail, "one and the same"));
    replica_of(s)->channels = -1;
    assert_int_equal(judge_once(s, rows), VERDICT_UNKNOWN);
    snapshot_unref(s);
}

static void test_an_open_lag_alert_misses_the_objective(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    struct evidence_memory m = {0};
    static struct alert_book book;
    struct snapshot *s = healthy();
    book = (struct alert_book){.n = 1};
    book.alerts[0] = (struct alert){.kind = ALERT_LAG, .state = ALERT_ACKED, .text = "late"};
    evidence_gather(s, &book, &m, NOW_MS, rows);
    assert_int_equal(verdict_rule(rows).kind, VERDICT_DEGRADED);
    assert_string_equal(rows[EVIDENCE_OBJECTIVES].detail, "late");
    book.alerts[0].state = ALERT_CLOSED;
    evidence_gather(s, &book, &m, NOW_MS, rows);
    assert_int_equal(verdict_rule(rows).kind, VERDICT_NORMAL);
    s->lag.seconds = (struct opt_f64){0};
    assert_int_equal(judge_once(s, rows), VERDICT_UNKNOWN); /* unknown is not in step */
    snapshot_unref(s);
}

static char aws_name[] = "aws", aws2_name[] = "aws2", azure_name[] = "azure",
            exec_name[] = "fw";

/* Views 1 to 4 beside the probe. */
static struct snapshot *with_opinions(void)
{
    static const enum config_tunnel_kind kinds[] = {TUNNEL_AWS, TUNNEL_AWS, TUNNEL_AZURE,
                                                    TUNNEL_EXEC};
    char *const names[] = {aws_name, aws2_name, azure_name, exec_name};
    cfg.n_tunnels = 5;
    struct snapshot *s = healthy();
    for (size_t i = 0; i < 4; i++) {
        cfg.tunnels[i + 1] = (struct config_tunnel){
            .kind = kinds[i], .name = names[i], .expected_up = 1, .period_ms = 20000};
        struct tunnel_facts *f = tunnel(TUNNEL_UP);
        (void)text_copy(f->detail, sizeof f->detail, "1 of 1 up");
        see(s, SLOT_TUNNEL + 1 + (enum slot)i, f);
        s->tunnels[i + 1].state = TUNNEL_UP;
    }
    return s;
}

static int without_opinions(void **state)
{
    (void)state;
    cfg.n_tunnels = 1;
    memset(&cfg.tunnels[1], 0, 4 * sizeof cfg.tunnels[1]);
    cfg.tunnels[0].kind = TUNNEL_PROBE;
    return 0;
}

static void assert_row(const struct evidence *e, enum tri answer, const char *words)
{
    assert_int_equal(e->answer, answer);
    assert_int_equal(e->strikes, answer == TRI_NO);
    assert_string_equal(e->detail, words);
}

static void test_opinions_have_rows_of_their_own(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    struct snapshot *s = with_opinions();
    assert_int_equal(judge_once(s, rows), VERDICT_NORMAL);
    assert_row(&rows[EVIDENCE_TUNNEL_AWS], TRI_YES, "aws: 1 of 1 up");
    assert_row(&rows[EVIDENCE_TUNNEL_AZURE], TRI_YES, "azure: 1 of 1 up");
    assert_row(&rows[EVIDENCE_TUNNEL_GATEWAY], TRI_YES, "fw: 1 of 1 up");
    assert_int_equal(rows[EVIDENCE_TUNNEL_AWS].route, ROUTE_CONTROL_PLANE);
    assert_int_equal(rows[EVIDENCE_TUNNEL_AZURE].route, ROUTE_CONTROL_PLANE);
    assert_int_equal(rows[EVIDENCE_TUNNEL_GATEWAY].route, ROUTE_DIRECT);
    assert_int_equal(rows[EVIDENCE_TUNNEL_AWS].age_ms.v, 100);

    /* Whatever they say, it is the probe that says whether traffic passes. */
    for (int i = 1; i < 5; i++) {
        s->tunnels[i].state = TUNNEL_DOWN;
    }
    assert_int_equal(judge_once(s, rows), VERDICT_NORMAL);
    assert_int_equal(rows[EVIDENCE_TUNNEL].answer, TRI_YES);
    assert_row(&rows[EVIDENCE_TUNNEL_AWS], TRI_NO, "aws: 1 of 1 up");
    s->tunnels[3].state = TUNNEL_CONNECTING;
    (void)text_copy(s->tunnels[3].remark, 32, "azure: stale");
    (void)judge_once(s, rows);
    assert_row(&rows[EVIDENCE_TUNNEL_AZURE], TRI_NO, "azure: stale");

    /* Of two of one kind: one that says up, else one that does not know. */
    s->tunnels[2].state = TUNNEL_UNKNOWN;
    (void)judge_once(s, rows);
    assert_row(&rows[EVIDENCE_TUNNEL_AWS], TRI_UNKNOWN, "aws2: out of sight");
    see_failed(s, SLOT_TUNNEL + 2, NULL, "refused");
    (void)judge_once(s, rows);
    assert_row(&rows[EVIDENCE_TUNNEL_AWS], TRI_UNKNOWN, "aws2: refused");
    s->tunnels[2].state = TUNNEL_BLACK_HOLED;
    see(s, SLOT_TUNNEL + 2, tunnel(TUNNEL_UP));
    (void)text_copy(s->tunnels[2].remark, 64, "aws2 says up, and no probe passes");
    (void)judge_once(s, rows);
    assert_row(&rows[EVIDENCE_TUNNEL_AWS], TRI_YES, "aws2 says up, and no probe passes");

    /* From before the failure it says nothing of now. */
    s->tunnels[4] = (struct tunnel_view){.state = TUNNEL_UP, .doubts = DOUBT_OLDER};
    (void)judge_once(s, rows);
    assert_int_equal(rows[EVIDENCE_TUNNEL_GATEWAY].answer, TRI_UNKNOWN);
    sight_finish(&s->sights[SLOT_TUNNEL + 4]);
    s->sights[SLOT_TUNNEL + 4] = (struct sight){0};
    s->tunnels[4] = (struct tunnel_view){0};
    (void)judge_once(s, rows);
    assert_row(&rows[EVIDENCE_TUNNEL_GATEWAY], TRI_UNKNOWN, "fw: not asked yet");
    assert_false(rows[EVIDENCE_TUNNEL_GATEWAY].age_ms.known);
    snapshot_unref(s);
}

static void test_opinions_are_no_probe(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    struct snapshot *s = with_opinions();
    see(s, SLOT_TUNNEL, tunnel(TUNNEL_DOWN));
    (void)judge_once(s, rows);
    assert_int_equal(rows[EVIDENCE_TUNNEL].answer, TRI_NO);
    cfg.tunnels[0].kind = TUNNEL_STRONGSWAN; /* and now there is none */
    (void)judge_once(s, rows);
    assert_false(rows[EVIDENCE_TUNNEL].watched);
    cfg.n_tunnels = 1;
    (void)judge_once(s, rows);
    assert_false(rows[EVIDENCE_TUNNEL_AWS].watched);
    assert_true(rows[EVIDENCE_TUNNEL_GATEWAY].watched);
    snapshot_unref(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_healthy_pair_is_normal),
        cmocka_unit_test(test_silence_is_never_normal),
        cmocka_unit_test(test_a_refused_login_says_nothing),
        cmocka_unit_test(test_strikes_count_looks_not_snapshots),
        cmocka_unit_test(test_any_answer_of_the_app_is_an_answer),
        cmocka_unit_test(test_a_name_that_cannot_be_resolved_says_nothing_of_the_app),
        cmocka_unit_test(test_what_the_receiver_tells_of_its_source),
        cmocka_unit_test(test_a_receiver_that_hears_nothing_is_not_believed),
        cmocka_unit_test(test_anchors_fail_together_or_not_at_all),
        cmocka_unit_test(test_both_writable_is_split_brain),
        cmocka_unit_test(test_a_replica_without_a_channel_or_that_is_the_primary_is_none),
        cmocka_unit_test(test_an_open_lag_alert_misses_the_objective),
        cmocka_unit_test_teardown(test_opinions_have_rows_of_their_own, without_opinions),
        cmocka_unit_test_teardown(test_opinions_are_no_probe, without_opinions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
