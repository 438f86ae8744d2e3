/* The driver between a real engine, a real store and a controller that remembers; also run
 * under TSan. Long, as all its cases share the one stage. */
#include "tests/unit/store_place.h"

#include <poll.h>

#include "backend/failover/driver_state.h"
#include "backend/mysql/db_source.h"
#include "tests/unit/controller.h"

#define PATIENCE_MS 20000

/* A pair and its controller. */
struct world {
    struct place *place;
    struct controller *c;
    bool promoted; /* what the replica says */
    bool blind;    /* it says nothing */
    uint64_t pos;
};

/* One drtop of it. */
struct drtop {
    struct world *w;
    struct config *cfg;
    struct board *board;
    struct engine *engine;
    struct driver *driver;
};

static int set_up(void **state)
{
    struct world *w = mem_alloc(1, sizeof *w);
    void *place = NULL;
    (void)setup(&place);
    w->place = place;
    w->c = ctl_start();
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    void *place = w->place;
    ctl_stop(w->c);
    (void)teardown(&place);
    free(w);
    return 0;
}

static struct config *configure(const struct world *w)
{
    char text[PATH_MAX + 900];
    (void)snprintf(
        text, sizeof text,
        "{ \"group\": \"pair\", \"primary\": { \"mysql\": { \"host\": \"127.0.0.1\", \"user\":"
        " \"u\" } }, \"dr\": { \"mysql\": { \"host\": \"127.0.0.2\", \"user\": \"u\" } },"
        " \"record\": { \"directory\": \"%s\" }, \"failover\": { \"jenkins\": { \"url\":"
        " \"http://127.0.0.1:%u\", \"user\": \"u\", \"token\": \"0a1b2c\" }, \"job\": { "
        "\"path\":"
        " \"fo\", \"parameters\": [ { \"name\": \"MODE\", \"value\": \"a b\" } ] },"
        " \"phases\": [ { \"name\": \"first\", \"stages\": [ \"One\" ] } ] } }",
        w->place->folder, w->c->port);
    struct config *cfg = config_parse("test", text, strlen(text), 0600, &err);
    if (!cfg) {
        fail_msg("%s", err.text);
        return NULL;
    }
    cfg->verdict.strikes = 1;
    cfg->verdict.hold_ms = 0;
    cfg->failover.jenkins.timeout_ms = 10 * PATIENCE_MS; /* nothing may rest on its end */
    return cfg;
}

/* Silent, and fenced when it comes back. */
static struct reading *primary(bool fenced, int64_t now_ms, int64_t wall_ms)
{
    if (!fenced) {
        struct db_failure *f = mem_alloc(1, sizeof *f);
        f->silent = true;
        return reading_failed(f, free, now_ms, wall_ms, "connection refused");
    }
    struct db_facts *f = mem_alloc(1, sizeof *f);
    f->channels = -1;
    f->read_only = TRI_YES;
    return reading_fresh(f, db_facts_destroy, now_ms, wall_ms);
}

/* The primary is silent; the replica waits, or has been promoted and writes. */
static void say(struct drtop *d)
{
    int64_t now_ms = clock_mono_ms(&clock_system), wall_ms = clock_wall_ms(&clock_system);
    struct world *w = d->w;
    if (w->blind) {
        board_publish(d->board, SLOT_REPLICA_DB,
                      reading_failed(NULL, NULL, now_ms, wall_ms, "no answer"));
        return;
    }
    struct db_facts *f = mem_alloc(1, sizeof *f);
    f->channels = w->promoted ? 0 : 1;
    f->has_channel = !w->promoted;
    f->read_only = tri_of(!w->promoted);
    f->log_bin = TRI_YES;
    w->pos += 100;
    f->written = (struct binlog_coord){.file = "dr.000001", .pos = w->pos};
    board_publish(d->board, SLOT_PRIMARY_DB, primary(w->promoted, now_ms, wall_ms));
    board_publish(d->board, SLOT_REPLICA_DB,
                  reading_fresh(f, db_facts_destroy, now_ms, wall_ms));
}

static struct drtop *begin(struct world *w, bool read_only)
{
    struct drtop *d = mem_alloc(1, sizeof *d);
    d->w = w;
    d->cfg = configure(w);
    d->board = board_create(SLOT_COUNT);
    d->engine = engine_create(d->cfg, d->board, &clock_system);
    say(d);
    assert_true(engine_start(d->engine));
    d->driver = driver_create(d->cfg, d->engine, &clock_system, read_only, &err);
    assert_non_null(d->driver);
    d->driver->terms.search_ms = 400;
    d->driver->terms.stand_ms = d->driver->terms.serving_ms = 300;
    d->driver->terms.verify_ms = 8000; /* longer than a fact stays in sight */
    d->driver->terms.turn_ms = 10;
    d->driver->terms.ask_ms = d->driver->terms.look_ms = 20;
    d->driver->terms.ask_max_ms = 100;
    assert_true(driver_run(d->driver, &err));
    driver_watch(d->driver, false);
    return d;
}

static void end(struct drtop *d)
{
    assert_true(driver_stop(d->driver, PATIENCE_MS));
    engine_destroy(d->engine);
    board_destroy(d->board);
    config_destroy(d->cfg);
    free(d);
}

/* Waits until holds(view, arg); returns that view. */
static struct failover_view *await(struct drtop *d, const char *what,
                                   bool (*holds)(const struct failover_view *v, int arg),
                                   int arg)
{
    int64_t until_us = clock_real_us() + (int64_t)PATIENCE_MS * 1000;
    struct failover_view *v = NULL;
    while (clock_real_us() < until_us) {
        say(d);
        v = driver_look(d->driver);
        if (v && holds(v, arg)) {
            return v;
        }
        failover_view_unref(v);
        struct pollfd fd = {.fd = driver_wake_fd(d->driver), .events = POLLIN};
        (void)poll(&fd, 1, 500);
        driver_drain(d->driver);
    }
    v = driver_look(d->driver);
    fail_msg("no %s (job %d: %s): %s, \"%s\", why \"%s\"", what, v ? (int)v->job.reach : -1,
             v ? v->job.why : "", v ? attempt_state_key(v->attempt.state) : "no view",
             v ? v->attempt.said : "", v ? v->why[0] ? v->why : v->verify.sentence : "");
    return NULL;
}

static bool is_ready(const struct failover_view *v, int arg)
{
    (void)arg;
    return v->readable && v->job.asked && v->job.reach == JENKINS_OK;
}

static bool has_state(const struct failover_view *v, int state)
{
    return v->attempt.id != 0 && v->attempt.state == (enum attempt_state)state;
}

static bool has_why(const struct failover_view *v, int arg)
{
    (void)arg;
    return v->why[0] != '\0';
}

static bool may_resend(const struct failover_view *v, int arg)
{
    (void)arg;
    return v->may_resend;
}

static bool has_number(const struct failover_view *v, int number)
{
    return v->build.number == number;
}

static struct attempt await_state(struct drtop *d, enum attempt_state state)
{
    struct failover_view *v = await(d, attempt_state_key(state), has_state, (int)state);
    struct attempt a = v->attempt;
    failover_view_unref(v);
    return a;
}

static struct guard approved(void)
{
    struct guard g = {.state = GUARD_SENT, .approved_hash = 42};
    g.facts.verb = VERB_FAILOVER;
    g.facts.hash = 42;
    (void)snprintf(g.facts.lose, sizeof g.facts.lose, "14 transactions");
    (void)snprintf(g.reason, sizeof g.reason, "INC-1 & more");
    return g;
}

static void dispatch(struct drtop *d)
{
    struct guard g = approved();
    failover_view_unref(await(d, "look at the job", is_ready, 0));
    driver_dispatch(d->driver, &g);
}

static void test_accepted_and_verified(void **state)
{
    struct world *w = *state;
    struct drtop *d = begin(w, false);
    dispatch(d);
    struct attempt a = await_state(d, ATTEMPT_RUNNING);
    assert_int_equal(a.build.v, 7);
    assert_string_equal(a.boot, "aaaa0001");
    assert_non_null(strstr(a.operator, ", host "));
    struct failover_view *v = await(d, "build", has_number, 7);
    assert_true(v->drives && v->past.running);
    failover_view_unref(v);
    w->promoted = true;
    (void)CTL(w->c, w->c->result = "SUCCESS");
    a = await_state(d, ATTEMPT_VERIFIED);
    assert_int_equal(a.outcome, OUTCOME_FAILED_OVER);
    assert_int_equal(a.posts, 1);
    assert_true(binlog_known(&a.promotion));
    int64_t until_us = clock_real_us() + (int64_t)PATIENCE_MS * 1000;
    struct snapshot *s = engine_look(d->engine);
    while ((s->rto.n_runs != 1 || s->rto.running) && clock_real_us() < until_us) {
        snapshot_unref(s);
        say(d);
        s = engine_look(d->engine);
    }
    assert_int_equal(s->rto.n_runs, 1); /* the deadline has learned */
    assert_false(s->rto.running);       /* and the clock stands */
    snapshot_unref(s);
    end(d);
    assert_int_equal(CTL(w->c, w->c->posts), 1);
    assert_non_null(strstr(w->c->form, "MODE=a%20b"));
    assert_non_null(strstr(w->c->form, "DRTOP_REASON=INC-1%20%26%20more"));
    assert_non_null(strstr(w->c->form, a.request_id));
    assert_int_equal(raw(w->place, "SELECT took_ms FROM run WHERE kind = 'failover'"), 4321);
    assert_int_equal(raw(w->place, "SELECT took_ms FROM attempt_phase"), 1200);
    assert_int_equal(raw(w->place, "SELECT count(*) FROM attempt WHERE"
                                   " json_extract(parameters, '$.MODE') = 'a b' AND"
                                   " json_extract(preflight, '$.lose') = '14 transactions'"),
                     1);
    assert_int_equal(raw(w->place, "SELECT beat_ms FROM failover_lease"), 0);
}

static void test_success_is_not_enough(void **state)
{
    struct world *w = *state;
    struct drtop *d = begin(w, false);
    (void)CTL(w->c, w->c->result = "SUCCESS");
    dispatch(d);
    struct attempt a = await_state(d, ATTEMPT_FAILED);
    assert_int_equal(a.outcome, OUTCOME_SUCCESS_NOT_PROMOTED);
    assert_int_equal(a.result, RESULT_SUCCESS);
    driver_acknowledge(d->driver, "seen");
    struct failover_view *v = driver_look(d->driver);
    while (v->past.unacknowledged || !v->attempt.acknowledged) {
        failover_view_unref(v);
        v = await(d, "view", has_state, ATTEMPT_FAILED);
    }
    failover_view_unref(v);
    end(d);
    assert_int_equal(raw(w->place, "SELECT count(*) FROM run"), 0);
}

static bool has_question(const struct failover_view *v, int wanted)
{
    return v->readable && (v->challenge[0] != '\0') == (wanted != 0);
}

static void ask_second(struct drtop *d)
{
    driver_ask_second(d->driver, "4711");
    failover_view_unref(await(d, "question", has_question, 1));
}

static void test_a_question_goes_with_who_asked(void **state)
{
    struct world *w = *state;
    struct drtop *d = begin(w, false);
    ask_second(d);
    assert_int_equal(raw(w->place, "SELECT count(*) FROM second"), 1);
    end(d);
    assert_int_equal(raw(w->place, "SELECT count(*) FROM second"), 0);
}

static void test_a_question_of_one_who_was_killed_lapses(void **state)
{
    struct world *w = *state;
    struct drtop *d = begin(w, false);
    ask_second(d);
    (void)raw(w->place, "UPDATE second SET asked_ms = asked_ms - 300000");
    failover_view_unref(await(d, "end of the question", has_question, 0));
    end(d);
}

/* The replica is not seen any more: nothing says what the run has left. */
static void test_what_cannot_be_verified_ends(void **state)
{
    struct world *w = *state;
    struct drtop *d = begin(w, false);
    dispatch(d);
    (void)await_state(d, ATTEMPT_RUNNING);
    w->blind = true;
    (void)CTL(w->c, w->c->result = "SUCCESS");
    struct attempt a = await_state(d, ATTEMPT_FAILED);
    assert_int_equal(a.outcome, OUTCOME_PENDING);
    assert_non_null(strstr(a.said, "not verified"));
    end(d);
}

static void test_refused(void **state)
{
    struct world *w = *state;
    struct drtop *d = begin(w, false);
    (void)CTL(w->c, w->c->trigger = CTL_REFUSE);
    dispatch(d);
    struct attempt a = await_state(d, ATTEMPT_REFUSED);
    assert_non_null(strstr(a.said, "409"));
    end(d);
    assert_int_equal(CTL(w->c, w->c->posts), 1);
}

static void test_joined(void **state)
{
    struct world *w = *state;
    struct drtop *d = begin(w, false);
    (void)CTL(w->c, w->c->holds = true);
    (void)CTL(w->c, w->c->trigger = CTL_JOIN);
    dispatch(d);
    struct attempt a = await_state(d, ATTEMPT_QUEUED);
    assert_true(a.joined);
    assert_int_equal(a.queue_id.v, 9);
    (void)CTL(w->c, w->c->holds = false);
    (void)await_state(d, ATTEMPT_RUNNING);
    end(d);
}

static void test_a_lost_answer_is_found(void **state)
{
    struct world *w = *state;
    struct drtop *d = begin(w, false);
    (void)CTL(w->c, w->c->trigger = CTL_LOSE_ANSWER);
    dispatch(d);
    struct attempt a = await_state(d, ATTEMPT_RUNNING);
    assert_int_equal(a.build.v, 7);
    end(d);
    assert_int_equal(CTL(w->c, w->c->posts), 1);
}

static void test_only_a_human_sends_again(void **state)
{
    struct world *w = *state;
    struct drtop *d = begin(w, false);
    (void)CTL(w->c, w->c->trigger = CTL_LOSE);
    dispatch(d);
    (void)await_state(d, ATTEMPT_UNKNOWN);
    driver_resend(d->driver); /* too early */
    failover_view_unref(await(d, "refusal", has_why, 0));
    failover_view_unref(await(d, "permission", may_resend, 0));
    assert_int_equal(CTL(w->c, w->c->posts), 1);
    (void)CTL(w->c, w->c->trigger = CTL_ACCEPT);
    driver_resend(d->driver);
    struct attempt a = await_state(d, ATTEMPT_RUNNING);
    assert_int_equal(a.posts, 2);
    end(d);
    assert_int_equal(CTL(w->c, w->c->posts), 2);
    assert_string_equal(w->c->id[0], w->c->id[1]);
    assert_non_null(strstr(w->c->form, "MODE=a%20b"));
}

static void test_no_answer_is_no_search(void **state)
{
    struct world *w = *state;
    struct drtop *d = begin(w, false);
    (void)CTL(w->c, w->c->trigger = CTL_LOSE);
    dispatch(d);
    (void)await_state(d, ATTEMPT_UNKNOWN);
    (void)CTL(w->c, w->c->silent = true);
    int64_t until_us = clock_real_us() + 1000000; /* longer than a search has to last */
    while (clock_real_us() < until_us) {
        struct failover_view *v = await(d, "view", has_state, ATTEMPT_UNKNOWN);
        assert_false(v->may_resend);
        failover_view_unref(v);
    }
    driver_give_up(d->driver); /* whoever knows better may */
    (void)await_state(d, ATTEMPT_FAILED);
    end(d);
    assert_int_equal(CTL(w->c, w->c->posts), 1);
}

/* The journal as a process leaves it that died between the intent and the answer. */
static struct attempt leave_intent(struct world *w)
{
    struct store *st = open_store(w->place, STORE_WRITE);
    struct attempt a = {.state = ATTEMPT_INTENT, .verb = VERB_FAILOVER, .posts = 1};
    (void)snprintf(a.request_id, sizeof a.request_id, "drtop-20261122-140812-5f3a9c");
    (void)snprintf(a.job, sizeof a.job, "fo");
    OK(journal_intend(st, &a, "{}", "{}", &err));
    store_close(st);
    return a;
}

static void test_an_intent_is_resumed_and_not_sent(void **state)
{
    struct world *w = *state;
    struct attempt a = leave_intent(w);
    (void)snprintf(w->c->id[0], sizeof w->c->id[0], "%s", a.request_id);
    w->c->accepted = true;
    struct drtop *d = begin(w, false);
    a = await_state(d, ATTEMPT_RUNNING);
    assert_int_equal(a.build.v, 7);
    end(d);
    assert_int_equal(CTL(w->c, w->c->posts), 0);
}

static void test_an_intent_that_was_never_sent(void **state)
{
    struct world *w = *state;
    (void)leave_intent(w);
    struct drtop *d = begin(w, false);
    failover_view_unref(await(d, "permission", may_resend, 0));
    driver_give_up(d->driver);
    (void)await_state(d, ATTEMPT_FAILED);
    end(d);
    assert_int_equal(CTL(w->c, w->c->posts), 0);
}

static void test_one_drives_and_another_takes_over(void **state)
{
    struct world *w = *state;
    struct drtop *a = begin(w, false), *b = begin(w, false);
    dispatch(a);
    (void)await_state(a, ATTEMPT_RUNNING);
    (void)await_state(b, ATTEMPT_RUNNING);
    struct failover_view *v = await(b, "build", has_number, 7); /* it looks for itself */
    assert_false(v->drives);
    assert_true(v->past.holder[0] != '\0');
    failover_view_unref(v);
    struct guard g = approved();
    driver_dispatch(b->driver, &g);
    failover_view_unref(await(b, "refusal", has_why, 0));
    end(a);
    w->promoted = true;
    (void)CTL(w->c, w->c->result = "SUCCESS");
    (void)await_state(b, ATTEMPT_VERIFIED);
    end(b);
    assert_int_equal(CTL(w->c, w->c->posts), 1);
}

static void test_a_run_that_is_gone_is_lost(void **state)
{
    struct world *w = *state;
    struct drtop *d = begin(w, false);
    dispatch(d);
    (void)await_state(d, ATTEMPT_RUNNING);
    (void)CTL(w->c, w->c->gone = true);
    struct attempt a = await_state(d, ATTEMPT_LOST);
    assert_int_equal(a.outcome, OUTCOME_LOST);
    assert_non_null(strstr(a.said, "as it was"));
    end(d);
}

static void test_a_controller_that_starts_anew(void **state)
{
    struct world *w = *state;
    struct drtop *d = begin(w, false);
    dispatch(d);
    failover_view_unref(await(d, "build", has_number, 7));
    (void)CTL(w->c, w->c->silent = true);
    struct attempt a = await_state(d, ATTEMPT_RUNNING);
    while (!strstr(a.said, "no answer")) {
        a = await_state(d, ATTEMPT_RUNNING);
    }
    (void)CTL(w->c, w->c->boot = "aaaa0002");
    (void)CTL(w->c, w->c->silent = false);
    while (!strstr(a.said, "restarted")) {
        a = await_state(d, ATTEMPT_RUNNING);
    }
    end(d);
}

/* Of a request that is under way, the end is not waited for. */
static void test_a_slow_controller_holds_up_nothing(void **state)
{
    struct world *w = *state;
    struct drtop *d = begin(w, false);
    failover_view_unref(await(d, "look at the job", is_ready, 0));
    (void)CTL(w->c, w->c->hangs = true);
    int64_t until_us = clock_real_us() + (int64_t)PATIENCE_MS * 1000;
    while (CTL(w->c, w->c->hung) == 0 && clock_real_us() < until_us) {
        (void)poll(NULL, 0, 10);
    }
    struct guard g = approved();
    driver_dispatch(d->driver, &g);
    while (CTL(w->c, w->c->posts) == 0 && clock_real_us() < until_us) {
        (void)poll(NULL, 0, 10);
    }
    assert_int_equal(CTL(w->c, w->c->posts), 1);
    end(d);
}

static void test_who_only_looks_sends_nothing(void **state)
{
    struct world *w = *state;
    struct drtop *writer = begin(w, false); /* makes the store */
    failover_view_unref(await(writer, "look at the job", is_ready, 0));
    struct drtop *d = begin(w, true);
    dispatch(d);
    failover_view_unref(await(d, "refusal", has_why, 0));
    end(d);
    end(writer);
    assert_int_equal(CTL(w->c, w->c->posts), 0);
    assert_int_equal(raw(w->place, "SELECT count(*) FROM attempt"), 0);
}

static void test_without_a_journal_nothing_is_sent(void **state)
{
    struct world *w = *state;
    struct drtop *d = begin(w, false);
    failover_view_unref(await(d, "look at the job", is_ready, 0));
    (void)raw(w->place, "DROP TABLE attempt");
    struct guard g = approved();
    driver_dispatch(d->driver, &g);
    failover_view_unref(await(d, "refusal", has_why, 0));
    end(d);
    assert_int_equal(CTL(w->c, w->c->posts), 0);
}

static void test_a_void_approval_is_none(void **state)
{
    struct world *w = *state;
    struct drtop *d = begin(w, false);
    struct guard g = approved();
    g.facts.hash = 43;
    failover_view_unref(await(d, "look at the job", is_ready, 0));
    driver_dispatch(d->driver, &g);
    failover_view_unref(await(d, "refusal", has_why, 0));
    end(d);
    assert_int_equal(CTL(w->c, w->c->posts), 0);
}

#define WORLD(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD(test_accepted_and_verified),
        WORLD(test_success_is_not_enough),
        WORLD(test_a_question_goes_with_who_asked),
        WORLD(test_a_question_of_one_who_was_killed_lapses),
        WORLD(test_what_cannot_be_verified_ends),
        WORLD(test_refused),
        WORLD(test_joined),
        WORLD(test_a_lost_answer_is_found),
        WORLD(test_only_a_human_sends_again),
        WORLD(test_no_answer_is_no_search),
        WORLD(test_an_intent_is_resumed_and_not_sent),
        WORLD(test_an_intent_that_was_never_sent),
        WORLD(test_one_drives_and_another_takes_over),
        WORLD(test_a_run_that_is_gone_is_lost),
        WORLD(test_a_controller_that_starts_anew),
        WORLD(test_a_slow_controller_holds_up_nothing),
        WORLD(test_who_only_looks_sends_nothing),
        WORLD(test_without_a_journal_nothing_is_sent),
        WORLD(test_a_void_approval_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
