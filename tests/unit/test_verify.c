/* What Jenkins says and what we see, together: every outcome. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backend/failover/verify.h"
#include "backend/mysql/db_source.h"
#include "tests/unit/healthy.h"

static const struct binlog_coord at_promotion = {"dr-bin.000003", 500};

/* What stands around the run. */
struct stage {
    struct snapshot *s;
    struct db_facts *replica;
    struct jenkins_build build;
    struct binlog_coord promotion;
    struct verify_name name;
    bool lost, drill;
    int64_t now_ms;
};

static void end_run(struct stage *t, enum jenkins_result result, const char *word)
{
    t->build.building = false;
    t->build.result = result;
    (void)snprintf(t->build.result_word, sizeof t->build.result_word, "%s", word);
}

static void running(struct stage *t)
{
    t->build.building = true;
}

/* result can be set while the run goes on */
static void result_before_end(struct stage *t)
{
    end_run(t, RESULT_FAILURE, "FAILURE");
    t->build.building = true;
}

static void promote(struct stage *t)
{
    t->replica->channels = 0;
    t->replica->has_channel = false;
    t->replica->read_only = TRI_NO;
    t->replica->written = (struct binlog_coord){"dr-bin.000003", 700};
    t->promotion = at_promotion;
    see_failed(t->s, SLOT_PRIMARY_DB, NULL, "connection refused");
    struct db_failure *f = mem_alloc(1, sizeof *f);
    f->silent = true;
    see_failed(t->s, SLOT_PRIMARY_DB, f, "connection refused");
    see(t->s, SLOT_DR_APP, app(200, 0));
}

static void success(struct stage *t)
{
    promote(t);
    end_run(t, RESULT_SUCCESS, "SUCCESS");
}

static void unstable(struct stage *t)
{
    promote(t);
    end_run(t, RESULT_UNSTABLE, "UNSTABLE");
}

static void success_not_promoted(struct stage *t)
{
    end_run(t, RESULT_SUCCESS, "SUCCESS");
}

static void success_out_of_sight(struct stage *t)
{
    success(t);
    see_failed(t->s, SLOT_REPLICA_DB, NULL, "access denied");
}

static void success_stale(struct stage *t)
{
    success(t);
    t->now_ms = NOW_MS + 60000;
}

static void success_read_only(struct stage *t)
{
    success(t);
    t->replica->read_only = TRI_YES;
}

static void success_super(struct stage *t)
{
    success(t);
    t->replica->super_read_only = TRI_YES;
}

static void success_still(struct stage *t)
{
    success(t);
    t->replica->written = at_promotion;
}

static void success_no_log(struct stage *t)
{
    success(t);
    t->replica->log_bin = TRI_NO;
}

static void success_other_log(struct stage *t)
{
    success(t);
    (void)snprintf(t->replica->written.file, sizeof t->replica->written.file, "x.000001");
}

static void success_no_app(struct stage *t)
{
    success(t);
    struct app_facts *f = app(0, 3);
    (void)text_copy(f->address, sizeof f->address, "10.1.1.1:443");
    see_failed(t->s, SLOT_DR_APP, f, "connection refused");
}

static void success_other_address(struct stage *t)
{
    success(t);
    t->name = (struct verify_name){true, TRI_NO, "203.0.113.1"};
}

static void success_address_unknown(struct stage *t)
{
    success(t);
    t->name = (struct verify_name){true, TRI_UNKNOWN, "timed out"};
}

static void success_address(struct stage *t)
{
    success(t);
    t->name = (struct verify_name){true, TRI_YES, "203.0.113.7"};
}

static void success_old_primary_writes(struct stage *t)
{
    success(t);
    see(t->s, SLOT_PRIMARY_DB, server(1));
}

static void success_old_primary_fenced(struct stage *t)
{
    struct db_facts *f = server(1);
    success(t);
    f->read_only = TRI_YES;
    see(t->s, SLOT_PRIMARY_DB, f);
}

static void success_old_primary_unclear(struct stage *t)
{
    success(t);
    see_failed(t->s, SLOT_PRIMARY_DB, NULL, "access denied");
}

static void failure(struct stage *t)
{
    end_run(t, RESULT_FAILURE, "FAILURE");
}

static void failure_drained(struct stage *t)
{
    failure(t);
    t->replica->channel.receiver = DB_THREAD_NO;
}

static void failure_promoted(struct stage *t)
{
    promote(t);
    failure(t);
}

static void failure_half(struct stage *t)
{
    failure(t);
    t->replica->read_only = TRI_NO;
}

static void failure_reset(struct stage *t)
{
    promote(t);
    failure(t);
    t->replica->read_only = TRI_YES;
}

static void failure_out_of_sight(struct stage *t)
{
    failure(t);
    see_failed(t->s, SLOT_REPLICA_DB, NULL, "access denied");
}

static void aborted(struct stage *t)
{
    end_run(t, RESULT_ABORTED, "ABORTED");
}

static void new_word(struct stage *t)
{
    end_run(t, RESULT_OTHER, "PERHAPS");
}

static void lost(struct stage *t)
{
    t->lost = true;
}

static void lost_promoted(struct stage *t)
{
    promote(t);
    lost(t);
}

static void lost_read_only(struct stage *t)
{
    failure_reset(t);
    lost(t);
}

static void lost_half(struct stage *t)
{
    failure_half(t);
    lost(t);
}

static void lost_out_of_sight(struct stage *t)
{
    failure_out_of_sight(t);
    lost(t);
}

static void drill_running(struct stage *t)
{
    running(t);
    t->drill = true;
}

static void drill_done(struct stage *t)
{
    success_not_promoted(t);
    t->drill = true;
}

static void drill_failed(struct stage *t)
{
    failure(t);
    t->drill = true;
}

static void drill_promoted(struct stage *t)
{
    success(t);
    t->drill = true;
}

static void drill_lost(struct stage *t)
{
    drill_running(t);
    lost(t);
}

static struct verify run(void (*spoil)(struct stage *t), bool no_build)
{
    static const struct alert_book no_alerts;
    struct evidence_memory memory = {0};
    struct stage t = {.s = healthy(), .now_ms = NOW_MS};
    t.replica = replica_of(t.s);
    spoil(&t);
    evidence_gather(t.s, &no_alerts, &memory, NOW_MS, t.s->evidence);
    struct verify v = verify_of(t.s, no_build ? NULL : &t.build, t.lost, t.drill, &t.promotion,
                                &t.name, t.now_ms);
    snapshot_unref(t.s);
    return v;
}

static const struct {
    void (*spoil)(struct stage *t);
    enum verify_outcome outcome;
    const char *sentence;
} table[] = {
    {running, OUTCOME_PENDING, "the run is not over; the replica is as it was"},
    {promote, OUTCOME_PENDING, "the run is not over; the replica is promoted and takes writes"},
    {result_before_end, OUTCOME_PENDING, "the run is not over"},
    {success, OUTCOME_FAILED_OVER, "b has taken over, seen by us"},
    {unstable, OUTCOME_FAILED_OVER, "b has taken over, seen by us"},
    {success_address, OUTCOME_FAILED_OVER, "b has taken over"},
    {success_old_primary_fenced, OUTCOME_FAILED_OVER, "b has taken over"},
    {success_not_promoted, OUTCOME_SUCCESS_NOT_PROMOTED,
     "Jenkins says SUCCESS, but the replica is as it was"},
    {success_out_of_sight, OUTCOME_PENDING, "Jenkins says SUCCESS; not known yet whether the"},
    {success_stale, OUTCOME_PENDING, "Jenkins says SUCCESS; not known yet whether the replica"},
    {success_read_only, OUTCOME_SUCCESS_NOT_SERVING,
     "promoted, but not serving yet; failing: it takes writes (read_only is on)"},
    {success_super, OUTCOME_SUCCESS_NOT_SERVING,
     "promoted, but not serving yet; failing: it takes"},
    {success_still, OUTCOME_SUCCESS_NOT_SERVING,
     "promoted, but not serving yet; failing: its own binary log moves on (dr-bin.000003:500, "
     "at"},
    {success_no_log, OUTCOME_SUCCESS_NOT_SERVING,
     "promoted, but not serving yet; failing: its own"},
    {success_other_log, OUTCOME_PENDING, "Jenkins says SUCCESS; not known yet whether its own"},
    {success_no_app, OUTCOME_SUCCESS_NOT_SERVING,
     "promoted, but not serving yet; failing: the DR application serves"},
    {success_other_address, OUTCOME_SUCCESS_NOT_SERVING,
     "promoted, but not serving yet; failing: the name leads to the DR site (203.0.113.1)"},
    {success_address_unknown, OUTCOME_PENDING,
     "Jenkins says SUCCESS; not known yet whether the name leads to the DR site (timed out)"},
    {success_old_primary_writes, OUTCOME_SUCCESS_NOT_SERVING,
     "promoted, but not serving yet; failing: the old primary takes no writes"},
    {success_old_primary_unclear, OUTCOME_PENDING,
     "Jenkins says SUCCESS; not known yet whether the old primary takes no writes"},
    {failure, OUTCOME_FAILED_BEFORE, "the run ended FAILURE; the replica is as it was"},
    {failure_drained, OUTCOME_FAILED_BEFORE,
     "the run ended FAILURE; the replica is not promoted, but its receiver is stopped"},
    {failure_promoted, OUTCOME_FAILED_AFTER,
     "the run ended FAILURE, and the replica is promoted and takes writes: the database has"},
    {failure_half, OUTCOME_FAILED_AFTER,
     "the run ended FAILURE, and the replica takes writes and still has its channel"},
    {failure_reset, OUTCOME_FAILED_AFTER,
     "the run ended FAILURE, and the replica has given up its channel and is still read-only"},
    {failure_out_of_sight, OUTCOME_PENDING,
     "the run ended FAILURE; the state of the replica is not known yet"},
    {aborted, OUTCOME_FAILED_BEFORE, "the run ended ABORTED; the replica is as it was"},
    {new_word, OUTCOME_FAILED_BEFORE, "the run ended PERHAPS; the replica is as it was"},
    {lost, OUTCOME_LOST, "the run is gone from the controller; the replica is as it was"},
    {lost_promoted, OUTCOME_LOST,
     "the run is gone from the controller; the replica is promoted and takes writes"},
    {lost_read_only, OUTCOME_LOST,
     "the run is gone from the controller; the replica has given up its channel"},
    {lost_half, OUTCOME_LOST, "the run is gone from the controller; the replica takes writes"},
    {lost_out_of_sight, OUTCOME_LOST,
     "the run is gone from the controller; the state of the replica is not known"},
    {drill_running, OUTCOME_PENDING, "the run is not over"},
    {drill_done, OUTCOME_DRILL_DONE, "the drill ended SUCCESS; the replica is as it was"},
    {drill_failed, OUTCOME_FAILED_BEFORE, "the drill ended FAILURE; the replica is as it was"},
    {drill_promoted, OUTCOME_FAILED_AFTER,
     "the drill ended SUCCESS, and the replica is promoted and takes writes"},
    {drill_lost, OUTCOME_LOST, "the run is gone from the controller"},
};

static void every_outcome_is_spelled_out(void **state)
{
    (void)state;
    bool met[OUTCOME_DRILL_DONE + 1] = {false};
    size_t n_wrong = 0;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct verify v = run(table[i].spoil, false);
        met[v.outcome] = true;
        if (v.outcome != table[i].outcome ||
            strncmp(v.sentence, table[i].sentence, strlen(table[i].sentence)) != 0) {
            print_error("%zu: %s \"%s\", expected %s \"%s\"\n", i,
                        verify_outcome_key(v.outcome), v.sentence,
                        verify_outcome_key(table[i].outcome), table[i].sentence);
            n_wrong++;
        }
    }
    assert_int_equal(n_wrong, 0);
    for (size_t i = 0; i <= OUTCOME_DRILL_DONE; i++) {
        assert_true(met[i]);
    }
}

static void without_a_build_nothing_is_decided(void **state)
{
    (void)state;
    assert_int_equal(run(success, true).outcome, OUTCOME_PENDING);
    assert_int_equal(run(lost_promoted, true).outcome, OUTCOME_LOST);
}

static void rows_are_asked_where_they_are_configured(void **state)
{
    (void)state;
    struct verify v = run(success, false);
    assert_false(v.rows[VERIFY_NAME].asked);
    assert_true(v.rows[VERIFY_APP].asked);
    cfg.dr.app.present = false;
    v = run(success_no_app, false);
    cfg.dr.app.present = true;
    assert_false(v.rows[VERIFY_APP].asked);
    assert_int_equal(v.outcome, OUTCOME_FAILED_OVER);
    v = run(drill_done, false);
    for (size_t i = 0; i < VERIFY_ROWS; i++) {
        assert_false(v.rows[i].asked);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_outcome_is_spelled_out),
        cmocka_unit_test(without_a_build_nothing_is_decided),
        cmocka_unit_test(rows_are_asked_where_they_are_configured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
