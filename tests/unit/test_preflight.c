/* The verb, the phrase and every row of the preflight, in each of its classes. Long, as every
 * row is tried in each of its classes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backend/failover/preflight.h"
#include "backend/mysql/db_source.h"
#include "tests/unit/healthy.h"

#define WALL_MS INT64_C(1700000000000)

static char target[] = "azure-eastus", url[] = "https://ci", rid[] = "RID";

/* Everything that a preflight looks at. */
struct stage {
    struct snapshot *s;
    struct preflight_job job;
    struct preflight_past past;
    struct jenkins_value values[8];
    size_t n_values;
    bool drill;
    int strikes;      /* that the verdict asks for */
    int64_t still_ms; /* of the receiver */
    int64_t now_ms;
};

static struct db_failure *silence(void)
{
    struct db_failure *f = mem_alloc(1, sizeof *f);
    f->silent = true;
    return f;
}

static struct db_facts *replica_facts(struct stage *t)
{
    return (struct db_facts *)(uintptr_t)snapshot_db(t->s, SLOT_REPLICA_DB);
}

static struct db_facts *primary_facts(struct stage *t)
{
    return (struct db_facts *)(uintptr_t)snapshot_db(t->s, SLOT_PRIMARY_DB);
}

/* --- what may be the matter */

static void nothing(struct stage *t)
{
    (void)t;
}

static void fenced(struct stage *t)
{
    primary_facts(t)->read_only = TRI_YES;
}

static void region_down(struct stage *t)
{
    struct app_facts *f = app(0, 9);
    (void)text_copy(f->address, sizeof f->address, "10.0.0.1:443");
    struct reading *good = reading_ref(t->s->sights[SLOT_PRIMARY_DB].good);
    see_failed(t->s, SLOT_PRIMARY_DB, silence(), "connection refused");
    ((struct reading *)good)->taken_at_ms = NOW_MS - 60000;
    t->s->sights[SLOT_PRIMARY_DB].good = good;
    see_failed(t->s, SLOT_PRIMARY_APP, f, "connection refused");
    struct tunnel_facts *down = tunnel(TUNNEL_DOWN);
    down->strikes = 9;
    see(t->s, SLOT_TUNNEL, down);
    replica_facts(t)->channel.receiver = DB_THREAD_CONNECTING;
    t->still_ms = 247000;
    t->s->exposure.not_received =
        (struct gap){.kind = BINLOG_EXACT, .bytes = opt_i64(3174), .tx = opt_i64(14)};
    t->s->exposure.unobserved =
        (struct unobserved){.seconds = opt_f64(0.4), .bytes_max = opt_i64(700)};
}

static void suspected(struct stage *t)
{
    region_down(t);
    t->strikes = 100;
}

static void bytes_only(struct stage *t)
{
    region_down(t);
    t->s->exposure.not_received.tx = (struct opt_i64){0};
}

static void loss_unknown(struct stage *t)
{
    region_down(t);
    t->s->exposure = (struct exposure){0};
}

static void nothing_lost(struct stage *t)
{
    region_down(t);
    t->s->exposure.not_received.bytes = t->s->exposure.not_received.tx = opt_i64(0);
}

static void tunnel_down(struct stage *t)
{
    struct tunnel_facts *down = tunnel(TUNNEL_DOWN);
    down->strikes = 9;
    see(t->s, SLOT_TUNNEL, down);
    see_failed(t->s, SLOT_PRIMARY_DB, silence(), "timed out");
    replica_facts(t)->channel.receiver = DB_THREAD_CONNECTING;
}

static void isolated(struct stage *t)
{
    see_failed(t->s, SLOT_ANCHOR, NULL, "timed out");
    see_failed(t->s, SLOT_ANCHOR + 1, NULL, "timed out");
}

static void promoted(struct stage *t)
{
    struct db_facts *f = replica_facts(t);
    f->read_only = TRI_NO;
    f->channels = 0;
    f->has_channel = false;
}

static void failed_over(struct stage *t)
{
    promoted(t);
    fenced(t);
}

static void app_down(struct stage *t)
{
    see(t->s, SLOT_PRIMARY_APP, app(503, 9));
}

static void db_down(struct stage *t)
{
    see_failed(t->s, SLOT_PRIMARY_DB, silence(), "connection refused");
    replica_facts(t)->channel.receiver = DB_THREAD_CONNECTING;
}

static void receiver_broken(struct stage *t)
{
    replica_facts(t)->channel.receiver = DB_THREAD_NO;
}

static void applier_broken(struct stage *t)
{
    replica_facts(t)->channel.applier = DB_THREAD_NO;
    (void)text_copy(replica_facts(t)->channel.applier_error, 384, "Duplicate entry");
}

static void no_channel(struct stage *t)
{
    replica_facts(t)->channels = 0;
    replica_facts(t)->has_channel = false;
}

static void replica_down(struct stage *t)
{
    region_down(t);
    see_failed(t->s, SLOT_REPLICA_DB, silence(), "connection refused");
}

static void replica_refuses(struct stage *t)
{
    region_down(t);
    see_failed(t->s, SLOT_REPLICA_DB, NULL, "access denied");
}

static void unclear(struct stage *t)
{
    t->s->lag.seconds = (struct opt_f64){0};
    see_failed(t->s, SLOT_PRIMARY_DB, NULL, "access denied");
}

static void drill(struct stage *t)
{
    t->drill = true;
}

static void drill_in_outage(struct stage *t)
{
    region_down(t);
    t->drill = true;
}

static void drill_isolated(struct stage *t)
{
    isolated(t);
    t->drill = true;
}

/* Gathers and judges as the engine does. */
static struct preflight run(void (*spoil)(struct stage *t), struct stage *t)
{
    static const struct alert_book no_alerts;
    *t = (struct stage){
        .s = healthy(),
        .job = {.asked = true,
                .taken_at_ms = NOW_MS - 500,
                .job = {.full_name = "ops/fail over",
                        .buildable = TRI_YES,
                        .disabled = TRI_NO,
                        .concurrent = TRI_NO,
                        .in_queue = TRI_NO,
                        .quieting = TRI_NO,
                        .last_number = {true, 7},
                        .last_building = TRI_NO,
                        .declares = true,
                        .n_params = 3,
                        .params = {{.name = "MODE",
                                    .type = JENKINS_CHOICE,
                                    .n_choices = 2,
                                    .choices = {"failover", "drill"}},
                                   {.name = "DESTROY_TERRAFORM", .type = JENKINS_BOOLEAN},
                                   {.name = "RID", .type = JENKINS_STRING}},
                        .user = "drtop"}},
        .past = {.drill_wall_ms = {true, WALL_MS - INT64_C(12) * 86400000},
                 .drill_took_ms = {true, 1052000}},
        .values = {{"MODE", "failover"}, {"DESTROY_TERRAFORM", "false"}, {"RID", "x"}},
        .n_values = 3,
        .strikes = 1,
        .still_ms = 100,
        .now_ms = NOW_MS,
    };
    cfg.failover = (struct config_failover){.present = true,
                                            .jenkins = {.url = url},
                                            .target = target,
                                            .request_id_parameter = rid,
                                            .cooldown_ms = 3600000};
    t->s->taken_at_ms = NOW_MS;
    t->s->exposure.not_received = t->s->exposure.not_applied =
        (struct gap){.kind = BINLOG_EXACT, .bytes = {true, 0}, .tx = {true, 0}};
    t->s->exposure.unobserved.seconds = opt_f64(0);
    spoil(t);
    struct evidence_memory memory = {.replica_heard_ms = NOW_MS - 100,
                                     .receiver_strikes = 9,
                                     .heard_ms = {true, NOW_MS - t->still_ms}};
    memory.heard_ms.known = t->still_ms >= 0;
    evidence_gather(t->s, &no_alerts, &memory, NOW_MS, t->s->evidence);
    if (t->still_ms < 0) {
        t->s->evidence[EVIDENCE_RECEIVER].still_ms = (struct opt_i64){0};
    }
    const struct verdict_terms terms = {"a", "b", t->strikes, 0};
    struct verdict before =
        verdict_of(t->s->evidence, &terms, NULL, NOW_MS - 1000, WALL_MS - 1000);
    t->s->verdict = verdict_of(t->s->evidence, &terms, &before, NOW_MS, WALL_MS);
    return preflight_of(t->s, &t->job, &t->past, t->values, t->n_values, t->drill, t->now_ms,
                        WALL_MS);
}

static const struct {
    void (*spoil)(struct stage *t);
    enum verdict_kind kind;
    enum failover_verb verb;
    const char *phrase, *because;
} verbs[] = {
    {nothing, VERDICT_NORMAL, VERB_SWITCHOVER, "switchover azure-eastus",
     "NORMAL: the primary"},
    {fenced, VERDICT_UNKNOWN, VERB_SWITCHOVER, "switchover azure-eastus", "primary read-only:"},
    {app_down, VERDICT_APP_DOWN, VERB_SWITCHOVER, "switchover azure-eastus", "APP DOWN: the"},
    {receiver_broken, VERDICT_REPLICATION_BROKEN, VERB_SWITCHOVER, "switchover azure-eastus",
     "REPLICATION BROKEN"},
    {applier_broken, VERDICT_REPLICATION_BROKEN, VERB_FORCE,
     "force failover azure-eastus lose 0 split-brain-risk", "REPLICATION BROKEN: applier"},
    {region_down, VERDICT_PRIMARY_DOWN, VERB_FAILOVER, "failover azure-eastus lose 14",
     "a: app, database, tunnel fail, 2 routes"},
    {bytes_only, VERDICT_PRIMARY_DOWN, VERB_FAILOVER, "failover azure-eastus lose 3.1KiB", ""},
    {loss_unknown, VERDICT_PRIMARY_DOWN, VERB_FAILOVER, "failover azure-eastus lose unknown",
     ""},
    {nothing_lost, VERDICT_PRIMARY_DOWN, VERB_FAILOVER, "failover azure-eastus lose 0", ""},
    {suspected, VERDICT_PRIMARY_DOWN, VERB_FORCE,
     "force failover azure-eastus lose 14 split-brain-risk", "PRIMARY DOWN is only suspected"},
    {db_down, VERDICT_DB_DOWN, VERB_FORCE,
     "force failover azure-eastus lose 0 split-brain-risk", "DB DOWN: a: the database fails"},
    {tunnel_down, VERDICT_TUNNEL_DOWN, VERB_FORCE,
     "force failover azure-eastus lose 0 split-brain-risk", "TUNNEL DOWN: a serves"},
    {no_channel, VERDICT_DR_NOT_READY, VERB_FORCE,
     "force failover azure-eastus lose 0 split-brain-risk", "DR NOT READY"},
    {unclear, VERDICT_UNKNOWN, VERB_FORCE,
     "force failover azure-eastus lose 0 split-brain-risk", "UNKNOWN"},
    {isolated, VERDICT_OBSERVER_ISOLATED, VERB_NONE, "", "OBSERVER ISOLATED: this observer"},
    {promoted, VERDICT_SPLIT_BRAIN, VERB_NONE, "", "SPLIT BRAIN: both sides"},
    {failed_over, VERDICT_FAILED_OVER, VERB_NONE, "", "FAILED OVER: the replica"},
    {drill, VERDICT_NORMAL, VERB_DRILL, "drill azure-eastus", "a drill was asked for"},
    {drill_isolated, VERDICT_OBSERVER_ISOLATED, VERB_NONE, "", "OBSERVER ISOLATED"},
};

static void the_evidence_picks_the_verb(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        struct stage t;
        struct preflight p = run(verbs[i].spoil, &t);
        if (t.s->verdict.kind != verbs[i].kind || p.verb != verbs[i].verb ||
            strcmp(p.phrase, verbs[i].phrase) != 0 ||
            strncmp(p.because, verbs[i].because, strlen(verbs[i].because)) != 0) {
            fail_msg("%zu: %s %s \"%s\" %s", i, verdict_name(t.s->verdict.kind),
                     verb_word(p.verb), p.phrase, p.because);
        }
        snapshot_unref(t.s);
    }
}

static void the_loss_is_told_in_words(void **state)
{
    (void)state;
    struct stage t;
    struct preflight p = run(region_down, &t);
    assert_string_equal(p.lose, "14 transactions, 3.1 KiB not received (last seen 00:00:00Z)");
    assert_string_equal(p.unseen, "up to 700 B written unseen in the 0.4 s since it was seen");
    assert_string_equal(p.keep, "all that is received is applied");
    snapshot_unref(t.s);
    p = run(loss_unknown, &t);
    assert_non_null(strstr(p.lose, "cannot know"));
    assert_non_null(strstr(p.unseen, "cannot know"));
    assert_non_null(strstr(p.keep, "cannot know"));
    snapshot_unref(t.s);
    p = run(nothing, &t);
    assert_string_equal(p.lose, "nothing known: all that was seen is received");
    assert_string_equal(p.unseen, "");
    snapshot_unref(t.s);
}

/* --- rows */

static void old_screen(struct stage *t)
{
    t->s->taken_at_ms = NOW_MS - 4001;
}

static void unheard_primary(struct stage *t)
{
    sight_finish(&t->s->sights[SLOT_PRIMARY_DB]);
    t->s->sights[SLOT_PRIMARY_DB] = (struct sight){0};
}

static void later(struct stage *t)
{
    region_down(t);
    t->s->taken_at_ms = t->now_ms = NOW_MS + 3950; /* facts of 4.05 s ago, judged then */
}

static void behind(struct stage *t)
{
    t->s->exposure.not_received.bytes = opt_i64(2048);
}

static void blind(struct stage *t)
{
    t->s->exposure.not_received.bytes = (struct opt_i64){0};
}

static void still_heard(struct stage *t)
{
    suspected(t);
    replica_facts(t)->channel.receiver = DB_THREAD_YES;
    t->still_ms = 100;
}

static void just_stopped(struct stage *t)
{
    region_down(t);
    t->still_ms = 2999;
}

static void stopped_by_hand(struct stage *t)
{
    region_down(t);
    replica_facts(t)->channel.receiver = DB_THREAD_NO;
}

static void receiver_unreadable(struct stage *t)
{
    region_down(t);
    replica_facts(t)->channel.receiver = DB_THREAD_UNKNOWN;
}

static void undrained(struct stage *t)
{
    region_down(t);
    t->s->exposure.not_applied.bytes = opt_i64(512);
    t->s->exposure.not_applied.tx = opt_i64(2);
}

static void undrained_stopped(struct stage *t)
{
    undrained(t);
    replica_facts(t)->channel.applier = DB_THREAD_NO;
}

static void undrained_delayed(struct stage *t)
{
    undrained(t);
    replica_facts(t)->channel.delay_s = opt_i64(3600);
}

static void drain_unknown(struct stage *t)
{
    region_down(t);
    t->s->exposure.not_applied.bytes = (struct opt_i64){0};
}

static void replica_writable(struct stage *t)
{
    region_down(t);
    replica_facts(t)->read_only = TRI_NO;
}

static void replica_mode_unknown(struct stage *t)
{
    region_down(t);
    replica_facts(t)->read_only = TRI_UNKNOWN;
}

static void not_super(struct stage *t)
{
    region_down(t);
    replica_facts(t)->flavour = DB_MYSQL;
    replica_facts(t)->super_read_only = TRI_NO;
}

static void status_unreadable(struct stage *t)
{
    region_down(t);
    replica_facts(t)->channels = -1;
    replica_facts(t)->has_channel = false;
}

static void drill_no_channel(struct stage *t)
{
    no_channel(t);
    t->drill = true;
}

static void not_asked(struct stage *t)
{
    t->job.asked = false;
}

static void job_old(struct stage *t)
{
    t->job.taken_at_ms = NOW_MS - PREFLIGHT_JOB_MS - 1;
}

static void denied(struct stage *t)
{
    t->job.reach = JENKINS_DENIED;
}

static void starting(struct stage *t)
{
    t->job.reach = JENKINS_STARTING;
}

static void unreached(struct stage *t)
{
    t->job.reach = JENKINS_UNREACHED;
}

static void odd(struct stage *t)
{
    t->job.reach = JENKINS_ODD;
}

static void absent(struct stage *t)
{
    t->job.reach = JENKINS_ABSENT;
}

static void quieting(struct stage *t)
{
    t->job.job.quieting = TRI_YES;
}

static void quieting_unknown(struct stage *t)
{
    t->job.job.quieting = TRI_UNKNOWN;
}

static void nobody(struct stage *t)
{
    t->job.job.user[0] = '\0';
}

static void disabled(struct stage *t)
{
    t->job.job.disabled = TRI_YES;
}

static void unbuildable(struct stage *t)
{
    t->job.job.buildable = TRI_NO;
}

static void buildable_unknown(struct stage *t)
{
    t->job.job.buildable = TRI_UNKNOWN;
}

static void never_ran(struct stage *t)
{
    t->job.job.last_number = (struct opt_i64){0};
    t->job.job.last_building = TRI_UNKNOWN;
}

static void never_ran_undeclared(struct stage *t)
{
    never_ran(t);
    t->job.job.declares = false;
    t->job.job.n_params = 0;
}

static void undeclared(struct stage *t)
{
    t->values[t->n_values++] = (struct jenkins_value){"mode", "x"}; /* names have a case */
}

static void id_undeclared(struct stage *t)
{
    t->job.job.n_params = 2;
}

static void unsent(struct stage *t)
{
    struct jenkins_param *p = &t->job.job.params[t->job.job.n_params++];
    *p = (struct jenkins_param){.name = "MORE"};
}

static void destroy_unsent(struct stage *t)
{
    t->values[1] = (struct jenkins_value){"MODE", "failover"};
}

static void destroy_after_others(struct stage *t)
{
    undeclared(t);
    destroy_unsent(t);
}

static void destroy_true(struct stage *t)
{
    t->values[1].value = "true";
}

static void maybe(struct stage *t)
{
    t->job.job.params[2].type = JENKINS_BOOLEAN;
}

static void no_choice(struct stage *t)
{
    t->values[0].value = "Failover";
}

static void choices_cut(struct stage *t)
{
    t->values[0].value = "Failover";
    t->job.job.params[0].n_choices = 25;
}

static void other_type(struct stage *t)
{
    t->job.job.params[2].type = JENKINS_OTHER;
}

static void params_cut(struct stage *t)
{
    t->job.job.n_params = JENKINS_PARAMS_MAX;
    for (size_t i = 3; i < JENKINS_PARAMS_MAX; i++) {
        t->job.job.params[i] = t->job.job.params[2];
    }
}

static void building(struct stage *t)
{
    t->job.job.last_building = TRI_YES;
}

static void queued(struct stage *t)
{
    t->job.job.in_queue = TRI_YES;
}

static void queue_unknown(struct stage *t)
{
    t->job.job.in_queue = TRI_UNKNOWN;
}

static void building_unknown(struct stage *t)
{
    t->job.job.last_building = TRI_UNKNOWN;
}

static void concurrent(struct stage *t)
{
    t->job.job.concurrent = TRI_YES;
}

static void own_running(struct stage *t)
{
    t->past.running = true;
    t->job.asked = false;
}

static void held(struct stage *t)
{
    (void)text_copy(t->past.holder, sizeof t->past.holder, "bob@tty2");
}

static void unacknowledged(struct stage *t)
{
    t->past.unacknowledged = true;
}

static void lately(struct stage *t)
{
    t->past.ended_wall_ms = opt_i64(WALL_MS - 3599000);
}

static void in_the_future(struct stage *t)
{
    t->past.ended_wall_ms = opt_i64(WALL_MS + 86400000);
}

static void long_ago(struct stage *t)
{
    t->past.ended_wall_ms = opt_i64(WALL_MS - 3600000);
}

static void no_drill(struct stage *t)
{
    t->past.drill_wall_ms = (struct opt_i64){0};
}

static void old_drill(struct stage *t)
{
    t->past.drill_wall_ms = opt_i64(WALL_MS - INT64_C(91) * 86400000);
}

#define PASS    PREFLIGHT_PASS
#define WARN    PREFLIGHT_WARN
#define BLOCK   PREFLIGHT_BLOCK
#define UNKNOWN PREFLIGHT_UNKNOWN

static const struct {
    void (*spoil)(struct stage *t);
    enum preflight_row_id row;
    enum preflight_class class;
    bool may_override;
    const char *text; /* a part of it */
} rows[] = {
    {nothing, ROW_VERDICT, PASS, false, "NORMAL"},
    {fenced, ROW_VERDICT, PASS, false, "the pair is well, its primary read-only"},
    {app_down, ROW_VERDICT, WARN, false, "APP DOWN: database and replication are well"},
    {region_down, ROW_VERDICT, PASS, false, "PRIMARY DOWN is confirmed"},
    {replica_down, ROW_VERDICT, BLOCK, true, "DR NOT READY: the replica is not ready"},
    {suspected, ROW_VERDICT, WARN, false, "PRIMARY DOWN is only suspected"},
    {tunnel_down, ROW_VERDICT, BLOCK, false, "TUNNEL DOWN: the primary serves its users"},
    {no_channel, ROW_VERDICT, BLOCK, true, "DR NOT READY"},
    {unclear, ROW_VERDICT, UNKNOWN, true, "UNKNOWN: what is known does not decide"},
    {db_down, ROW_VERDICT, WARN, false, "DB DOWN: the site lives"},
    {isolated, ROW_VERDICT, BLOCK, false, "OBSERVER ISOLATED"},
    {promoted, ROW_VERDICT, BLOCK, false, "SPLIT BRAIN"},
    {failed_over, ROW_VERDICT, BLOCK, false, "FAILED OVER"},
    {drill, ROW_VERDICT, PASS, false, "NORMAL"},
    {drill_in_outage, ROW_VERDICT, BLOCK, true, "an outage is no time for a drill"},

    {nothing, ROW_FRESH, PASS, false, "are fresh"},
    {old_screen, ROW_FRESH, BLOCK, true, "stale facts: the screen is 4.0 s old"},
    {later, ROW_FRESH, BLOCK, true, "stale facts: nothing of the replica for 4.0 s"},
    {unheard_primary, ROW_FRESH, UNKNOWN, true, "nothing was heard of the primary yet"},

    {nothing, ROW_RECEIVER, PASS, false, "has received all that was written"},
    {behind, ROW_RECEIVER, BLOCK, true, "has not caught up: 2.0 KiB not received"},
    {blind, ROW_RECEIVER, UNKNOWN, true, "cannot know whether the replica has caught up"},
    {region_down, ROW_RECEIVER, PASS, false, "stopped advancing 4m07s ago"},
    {stopped_by_hand, ROW_RECEIVER, PASS, false, "stopped advancing 4m07s ago"},
    {just_stopped, ROW_RECEIVER, BLOCK, true, "advanced 3.0 s ago, expected 3 s of silence"},
    {still_heard, ROW_RECEIVER, BLOCK, true, "still hears the primary"},
    {receiver_unreadable, ROW_RECEIVER, UNKNOWN, true, "cannot know"},
    {replica_refuses, ROW_RECEIVER, UNKNOWN, true, "cannot know"},

    {region_down, ROW_DRAINED, PASS, false, "relay log drained (received = applied)"},
    {undrained, ROW_DRAINED, WARN, false, "relay log draining: 512 B still to be applied"},
    {undrained_stopped, ROW_DRAINED, BLOCK, true, "512 B wait and the applier does not run"},
    {undrained_delayed, ROW_DRAINED, BLOCK, true, "for the configured delay of 3600 s"},
    {drain_unknown, ROW_DRAINED, UNKNOWN, true, "cannot know"},
    {replica_refuses, ROW_DRAINED, UNKNOWN, true, "cannot know"},

    {region_down, ROW_REPLICA, PASS, false, "the replica is read-only and healthy"},
    {not_super, ROW_REPLICA, WARN, false, "not for administrators"},
    {replica_down, ROW_REPLICA, BLOCK, true, "does not answer: connection refused"},
    {replica_refuses, ROW_REPLICA, UNKNOWN, true, "out of sight"},
    {promoted, ROW_REPLICA, BLOCK, false, "promoted already"},
    {replica_writable, ROW_REPLICA, BLOCK, true, "takes writes"},
    {replica_mode_unknown, ROW_REPLICA, UNKNOWN, true, "whether the replica is read-only"},
    {no_channel, ROW_REPLICA, BLOCK, true, "it does not replicate"},
    {status_unreadable, ROW_REPLICA, UNKNOWN, true, "cannot know whether it replicates"},
    {applier_broken, ROW_REPLICA, BLOCK, true, "applier is stopped: Duplicate entry"},
    {drill_no_channel, ROW_REPLICA, WARN, false, "it does not replicate"},

    {nothing, ROW_PRIMARY, BLOCK, true, "make it read-only first"},
    {fenced, ROW_PRIMARY, PASS, false, "read-only"},
    {region_down, ROW_PRIMARY, WARN, false, "not fenced: it may come back writable"},
    {applier_broken, ROW_PRIMARY, BLOCK, true, "fence it first"},
    {unclear, ROW_PRIMARY, UNKNOWN, true, "cannot know"},

    {nothing, ROW_JENKINS, PASS, false, "Jenkins reachable, as drtop"},
    {not_asked, ROW_JENKINS, UNKNOWN, false, "not been asked"},
    {job_old, ROW_JENKINS, UNKNOWN, false, "more than 10 s"},
    {denied, ROW_JENKINS, BLOCK, false, "refuses our user"},
    {starting, ROW_JENKINS, BLOCK, false, "is starting"},
    {unreached, ROW_JENKINS, BLOCK, false, "cannot be reached"},
    {odd, ROW_JENKINS, UNKNOWN, false, "makes no sense"},
    {absent, ROW_JENKINS, PASS, false, "Jenkins answers"},
    {quieting, ROW_JENKINS, BLOCK, true, "prepares to shut down"},
    {quieting_unknown, ROW_JENKINS, UNKNOWN, true, "prepares to shut down"},
    {nobody, ROW_JENKINS, UNKNOWN, true, "as whom"},

    {nothing, ROW_JOB, PASS, false, "the job ops/fail over is buildable"},
    {absent, ROW_JOB, BLOCK, false, "no such job, or hidden"},
    {unreached, ROW_JOB, UNKNOWN, false, "cannot know"},
    {job_old, ROW_JOB, UNKNOWN, false, "cannot know"},
    {disabled, ROW_JOB, BLOCK, false, "disabled"},
    {unbuildable, ROW_JOB, BLOCK, false, "cannot be built"},
    {buildable_unknown, ROW_JOB, UNKNOWN, false, "cannot know"},
    {never_ran, ROW_JOB, WARN, false, "has never run"},
    {never_ran_undeclared, ROW_JOB, BLOCK, false, "has never run, so it declares no"},

    {nothing, ROW_PARAMETERS, PASS, false, "all 3 parameters declared and valid"},
    {unreached, ROW_PARAMETERS, UNKNOWN, false, "cannot know"},
    {never_ran_undeclared, ROW_PARAMETERS, BLOCK, false, "declares no parameters"},
    {undeclared, ROW_PARAMETERS, BLOCK, true, "mode is not declared by the job"},
    {id_undeclared, ROW_PARAMETERS, BLOCK, false, "RID is not declared"},
    {unsent, ROW_PARAMETERS, BLOCK, true, "MORE is declared and not configured"},
    {destroy_unsent, ROW_PARAMETERS, BLOCK, false, "DESTROY_TERRAFORM is declared and not"},
    {destroy_after_others, ROW_PARAMETERS, BLOCK, false, "DESTROY_TERRAFORM is declared"},
    {destroy_true, ROW_PARAMETERS, BLOCK, false, "DESTROY_TERRAFORM would be \"true\""},
    {maybe, ROW_PARAMETERS, BLOCK, false, "RID is \"x\", expected \"true\" or \"false\""},
    {no_choice, ROW_PARAMETERS, BLOCK, false, "MODE is \"Failover\", which is none"},
    {choices_cut, ROW_PARAMETERS, UNKNOWN, true, "cannot know whether \"Failover\""},
    {other_type, ROW_PARAMETERS, WARN, false, "the value of RID cannot be checked"},
    {params_cut, ROW_PARAMETERS, UNKNOWN, true, "more parameters than drtop checks (31)"},

    {nothing, ROW_RUN, PASS, false, "no run of the job in progress or queued"},
    {never_ran, ROW_RUN, PASS, false, "no run of the job in progress or queued"},
    {unreached, ROW_RUN, UNKNOWN, false, "cannot know"},
    {building, ROW_RUN, BLOCK, false, "in progress"},
    {queued, ROW_RUN, BLOCK, false, "queued"},
    {queue_unknown, ROW_RUN, UNKNOWN, false, "cannot know"},
    {building_unknown, ROW_RUN, UNKNOWN, false, "cannot know"},
    {concurrent, ROW_RUN, WARN, false, "allows several"},
    {own_running, ROW_RUN, BLOCK, false, "an attempt of drtop's is under way"},

    {nothing, ROW_OPERATOR, PASS, false, "nobody else"},
    {held, ROW_OPERATOR, BLOCK, false, "bob@tty2 holds the failover"},

    {nothing, ROW_COOLDOWN, PASS, false, "no earlier attempt"},
    {long_ago, ROW_COOLDOWN, PASS, false, "no earlier attempt"},
    {unacknowledged, ROW_COOLDOWN, BLOCK, false, "nobody has acknowledged"},
    {lately, ROW_COOLDOWN, BLOCK, true, "ended lately: 1.0 s left"},
    {in_the_future, ROW_COOLDOWN, BLOCK, true, "ended lately"},

    {nothing, ROW_DRILL, PASS, false, "last drill 12 days ago: 17m32s"},
    {old_drill, ROW_DRILL, WARN, false, "last drill 91 days ago"},
    {no_drill, ROW_DRILL, WARN, false, "no drill was ever done"},
};

static void every_row_has_its_classes(void **state)
{
    (void)state;
    size_t n_wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct stage t;
        struct preflight p = run(rows[i].spoil, &t);
        const struct preflight_row *row = &p.rows[rows[i].row];
        if (!row->shown || row->class != rows[i].class ||
            row->may_override != rows[i].may_override || !strstr(row->text, rows[i].text)) {
            print_error("%zu %s: %s%s \"%s\", expected %s%s \"%s\"\n", i,
                        preflight_row_key(rows[i].row), preflight_class_word(row->class),
                        row->may_override ? " (o)" : "", row->text,
                        preflight_class_word(rows[i].class), rows[i].may_override ? " (o)" : "",
                        rows[i].text);
            n_wrong++;
        }
        snapshot_unref(t.s);
    }
    assert_int_equal(n_wrong, 0);
}

/* What stops the path: each of these alone. */
/* Clear, and if not, because of what. */
static void expect_clear(const struct preflight *p)
{
    for (size_t i = 0; i < PREFLIGHT_ROWS; i++) {
        if (p->rows[i].shown && p->rows[i].class >= PREFLIGHT_BLOCK) {
            print_error("%s\n", p->rows[i].text);
        }
    }
    assert_true(preflight_clear(p));
}

static void a_row_that_blocks_or_is_unknown_stops_the_path(void **state)
{
    (void)state;
    struct stage t;
    struct preflight p = run(fenced, &t);
    expect_clear(&p); /* a planned switchover, all well */
    assert_int_equal(p.block + p.unknown, 0);
    snapshot_unref(t.s);
    p = run(region_down, &t);
    expect_clear(&p); /* the one in anger */
    assert_int_equal(p.warn, 1);
    snapshot_unref(t.s);
    p = run(drill, &t);
    expect_clear(&p);
    assert_false(p.rows[ROW_RECEIVER].shown);
    assert_false(p.rows[ROW_DRILL].shown);
    snapshot_unref(t.s);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        p = run(rows[i].spoil, &t);
        if (rows[i].class == BLOCK || rows[i].class == UNKNOWN) {
            assert_false(preflight_clear(&p));
        }
        snapshot_unref(t.s);
    }
    p = run(isolated, &t);
    p.block = p.unknown = 0;
    assert_false(preflight_clear(&p)); /* without a verb there is no path */
    snapshot_unref(t.s);
}

static void an_override_is_of_one_row_that_needs_it(void **state)
{
    (void)state;
    struct stage t;
    struct preflight p = run(undrained_stopped, &t);
    uint64_t hash = p.hash;
    size_t block = p.block, warn = p.warn;
    assert_false(preflight_override(&p, ROW_RECEIVER)); /* passes */
    assert_false(preflight_override(&p, ROW_DURABLE));  /* not there */
    assert_true(preflight_override(&p, ROW_DRAINED));
    assert_false(preflight_override(&p, ROW_DRAINED)); /* is */
    assert_int_equal(p.block, block - 1);
    assert_int_equal(p.warn, warn + 1);
    assert_false(preflight_clear(&p));
    assert_true(preflight_override(&p, ROW_REPLICA));
    assert_true(preflight_clear(&p));
    assert_true(p.hash == hash);
    snapshot_unref(t.s);
    p = run(building, &t);
    assert_false(preflight_override(&p, ROW_RUN)); /* not even with a reason */
    snapshot_unref(t.s);
}

static uint64_t hash_of(void (*spoil)(struct stage *t))
{
    struct stage t;
    uint64_t hash = run(spoil, &t).hash;
    snapshot_unref(t.s);
    return hash;
}

static void older(struct stage *t)
{
    region_down(t);
    t->now_ms += 300;
    t->still_ms += 5000;
    t->job.taken_at_ms -= 2000;
}

static void lose_more(struct stage *t)
{
    region_down(t);
    t->s->exposure.not_received.tx = opt_i64(15);
}

static void down_and_building(struct stage *t)
{
    region_down(t);
    building(t);
}

static void down_and_drill_old(struct stage *t)
{
    region_down(t);
    old_drill(t);
}

static void the_hash_is_of_classes_and_phrase_not_of_ages(void **state)
{
    (void)state;
    uint64_t down = hash_of(region_down);
    assert_true(hash_of(older) == down);
    assert_true(hash_of(lose_more) != down);
    assert_true(hash_of(suspected) != down);
    assert_true(hash_of(down_and_building) != down);
    assert_true(hash_of(down_and_drill_old) != down);
}

static void rows_tell_their_age_and_route(void **state)
{
    (void)state;
    struct stage t;
    struct preflight p = run(region_down, &t);
    assert_int_equal(p.rows[ROW_RECEIVER].age_ms.v, 100);
    assert_int_equal(p.rows[ROW_RECEIVER].route, ROUTE_DIRECT);
    assert_int_equal(p.rows[ROW_PRIMARY].route, ROUTE_VPN);
    assert_int_equal(p.rows[ROW_JENKINS].age_ms.v, 500);
    assert_false(p.rows[ROW_OPERATOR].age_ms.known);
    assert_non_null(strstr(p.rows[ROW_PRIMARY].detail, "connection refused"));
    assert_non_null(strstr(p.rows[ROW_JENKINS].detail, "https://ci"));
    snapshot_unref(t.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_evidence_picks_the_verb),
        cmocka_unit_test(the_loss_is_told_in_words),
        cmocka_unit_test(every_row_has_its_classes),
        cmocka_unit_test(a_row_that_blocks_or_is_unknown_stops_the_path),
        cmocka_unit_test(an_override_is_of_one_row_that_needs_it),
        cmocka_unit_test(the_hash_is_of_classes_and_phrase_not_of_ages),
        cmocka_unit_test(rows_tell_their_age_and_route),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
