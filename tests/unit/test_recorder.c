/* The record between a real engine and a real store, one or two on one store; also run under
 * TSan. */
#include "tests/unit/store_place.h"

#include <fcntl.h>
#include <poll.h>

#include "backend/engine.h"
#include "backend/fact/clock.h"
#include "backend/record/record.h"

#define PATIENCE_MS 20000

/* One drtop: an engine whose only source is the test, and its record. */
struct drtop {
    struct config *cfg;
    struct board *board;
    struct engine *engine;
    struct record *record;
};

static struct config *configure(const struct place *p)
{
    char text[PATH_MAX + 400];
    (void)snprintf(text, sizeof text,
                   "{ \"group\": \"pair\", \"primary\": { \"mysql\": { \"host\": \"127.0.0.1\","
                   " \"user\": \"u\" } }, \"dr\": { \"mysql\": { \"host\": \"127.0.0.2\","
                   " \"user\": \"u\" } }, \"record\": { \"directory\": \"%s\" } }",
                   p->folder);
    struct config *cfg = config_parse("test", text, strlen(text), 0600, &err);
    if (!cfg) {
        fail_msg("%s", err.text);
        return NULL;
    }
    cfg->alerts.fail_for_ms = cfg->alerts.clear_for_ms = 0;
    cfg->alerts.stale_for_ms = 3600000;
    cfg->alerts.flap_count = 0;
    cfg->verdict.strikes = 1;
    cfg->verdict.hold_ms = 0;
    return cfg;
}

static void say(struct drtop *d, enum slot slot, bool well)
{
    int64_t now_ms = clock_mono_ms(&clock_system), wall_ms = clock_wall_ms(&clock_system);
    struct db_facts *f = NULL;
    if (well) {
        f = mem_alloc(1, sizeof *f);
        f->channels = -1;
    }
    board_publish(d->board, slot,
                  well ? reading_fresh(f, db_facts_destroy, now_ms, wall_ms)
                       : reading_failed(NULL, NULL, now_ms, wall_ms, "refused"));
}

static void say_writable(struct drtop *d, enum slot slot)
{
    struct db_facts *f = mem_alloc(1, sizeof *f);
    f->channels = -1;
    f->read_only = f->super_read_only = TRI_NO;
    board_publish(d->board, slot,
                  reading_fresh(f, db_facts_destroy, clock_mono_ms(&clock_system),
                                clock_wall_ms(&clock_system)));
}

static struct drtop *begin(const struct place *p, enum record_wish wish, bool enabled)
{
    struct drtop *d = mem_alloc(1, sizeof *d);
    d->cfg = configure(p);
    d->cfg->record.enabled = enabled;
    d->board = board_create(SLOT_COUNT);
    d->engine = engine_create(d->cfg, d->board, &clock_system);
    say(d, SLOT_PRIMARY_DB, true);
    say(d, SLOT_REPLICA_DB, true);
    assert_true(engine_start(d->engine));
    d->record = record_start(d->cfg, d->engine, &clock_system, wish, "test", &err);
    assert_non_null(d->record);
    return d;
}

static void end(struct drtop *d)
{
    assert_true(record_stop(d->record, PATIENCE_MS));
    engine_destroy(d->engine);
    board_destroy(d->board);
    config_destroy(d->cfg);
    free(d);
}

/* Waits until holds(view, arg); returns that view. */
static struct record_view *await(struct drtop *d, const char *what,
                                 bool (*holds)(const struct record_view *v, const void *arg),
                                 const void *arg)
{
    int64_t until_us = clock_real_us() + (int64_t)PATIENCE_MS * 1000;
    struct record_view *v = NULL;
    while (clock_real_us() < until_us) {
        v = record_look(d->record);
        if (v && holds(v, arg)) {
            return v;
        }
        record_view_unref(v);
        struct pollfd fd = {.fd = record_wake_fd(d->record), .events = POLLIN};
        (void)poll(&fd, 1, 500);
        record_drain(d->record);
    }
    v = record_look(d->record);
    fail_msg("no %s: role %d, why %s", what, v ? (int)v->role : -1, v ? v->why : "");
    return NULL;
}

static bool has_role(const struct record_view *v, const void *role)
{
    return v->role == *(const enum record_role *)role;
}

static void await_role(struct drtop *d, enum record_role role)
{
    record_view_unref(await(d, "such role", has_role, &role));
}

static const struct store_alert *newest(const struct record_view *v, enum alert_kind kind)
{
    for (size_t i = v->n_alerts; i-- > 0;) {
        if (v->alerts[i].alert.kind == kind) {
            return &v->alerts[i];
        }
    }
    return NULL;
}

static bool db_in_state(const struct record_view *v, const void *state)
{
    const struct store_alert *a = newest(v, ALERT_DB);
    return a && a->alert.state == *(const enum alert_state *)state;
}

/* Waits for the newest alert of a database to be seen in that state. */
static struct store_alert await_db(struct drtop *d, enum alert_state state)
{
    struct record_view *v = await(d, "such alert", db_in_state, &state);
    struct store_alert a = *newest(v, ALERT_DB);
    record_view_unref(v);
    return a;
}

/* Waits until the engine's own book has that many alerts of a kind in a state. */
static void await_own(struct drtop *d, enum alert_kind kind, enum alert_state state, int want)
{
    int64_t until_us = clock_real_us() + (int64_t)PATIENCE_MS * 1000;
    int n = -1;
    while (n != want && clock_real_us() < until_us) {
        struct pollfd none;
        (void)poll(&none, 0, 20);
        struct snapshot *s = engine_look(d->engine);
        n = 0;
        for (size_t i = 0; s && i < s->n_alerts; i++) {
            n += s->alerts[i].kind == kind && s->alerts[i].state == state;
        }
        snapshot_unref(s);
    }
    assert_int_equal(n, want);
}

static void test_what_happens_is_written(void **state)
{
    struct place *p = *state;
    struct drtop *d = begin(p, RECORD_MAY, true);
    await_role(d, RECORD_RECORDER);
    say(d, SLOT_PRIMARY_DB, false);
    struct store_alert open = await_db(d, ALERT_OPEN);
    assert_int_equal(open.alert.subject, SLOT_PRIMARY_DB);
    say_writable(d, SLOT_REPLICA_DB);
    int64_t age_ms = clock_mono_ms(&clock_system) - open.alert.opened_ms;
    assert_true(age_ms >= 0 && age_ms < PATIENCE_MS);
    record_note(d->record, "called them");
    say_writable(d, SLOT_PRIMARY_DB); /* both: split brain */
    await_own(d, ALERT_VERDICT, ALERT_OPEN, 1);
    say(d, SLOT_REPLICA_DB, true);
    struct store_alert closed = await_db(d, ALERT_CLOSED);
    assert_int_equal(closed.id, open.id);
    end(d);
    assert_int_equal(raw(p, "SELECT count(*) FROM alert WHERE kind = 'DB'"), 1);
    assert_int_equal(raw(p, "SELECT count(*) FROM event JOIN alert ON alert.id = event.alert"
                            " WHERE alert.kind = 'DB'"),
                     2);
    assert_int_equal(raw(p, "SELECT count(*) FROM event WHERE kind = 'note'"), 1);
    assert_int_equal(raw(p, "SELECT count(*) FROM event WHERE kind = 'recorder'"), 2);
    assert_int_equal(raw(p, "SELECT count(*) FROM incident"), 1);
    assert_true(raw(p, "SELECT count(*) FROM event WHERE kind = 'verdict' AND"
                       " json_array_length(data, '$.evidence') > 0 AND"
                       " json_extract(data, '$.verdict') = 'split_brain' AND"
                       " json_extract(data, '$.confirmed')") > 0);
    assert_true(raw(p, "SELECT count(*) FROM sample WHERE lag_s IS NULL") > 0);
    assert_int_equal(raw(p, "SELECT beat_ms FROM recorder"), 0); /* given up */
}

static void test_two_tell_one_story(void **state)
{
    struct place *p = *state;
    struct drtop *a = begin(p, RECORD_MAY, true);
    await_role(a, RECORD_RECORDER);
    struct drtop *b = begin(p, RECORD_MAY, true);
    await_role(b, RECORD_VIEWER);
    say(a, SLOT_PRIMARY_DB, false);
    say(b, SLOT_PRIMARY_DB, false);
    struct store_alert at_a = await_db(a, ALERT_OPEN), at_b = await_db(b, ALERT_OPEN);
    assert_int_equal(at_a.id, at_b.id);
    record_acknowledge(b->record, &at_b, "on it");
    at_a = await_db(a, ALERT_ACKED);
    at_b = await_db(b, ALERT_ACKED);
    assert_string_equal(at_a.alert.comment, "on it");
    assert_string_equal(at_b.alert.acked_by, at_a.alert.acked_by);
    await_own(a, ALERT_DB, ALERT_ACKED, 1); /* the engines know it too */
    await_own(b, ALERT_DB, ALERT_ACKED, 1);
    end(b);
    end(a);
    assert_int_equal(raw(p, "SELECT count(*) FROM alert WHERE kind = 'DB'"), 1);
    assert_int_equal(raw(p, "SELECT count(*) FROM event WHERE kind = 'acked'"), 1);
}

static void test_a_recorder_that_ends_is_replaced(void **state)
{
    struct place *p = *state;
    struct drtop *a = begin(p, RECORD_MAY, true);
    await_role(a, RECORD_RECORDER);
    struct drtop *b = begin(p, RECORD_MAY, true);
    await_role(b, RECORD_VIEWER);
    say(a, SLOT_PRIMARY_DB, false); /* seen and over before b records */
    say(b, SLOT_PRIMARY_DB, false);
    (void)await_db(a, ALERT_OPEN);
    await_own(b, ALERT_DB, ALERT_OPEN, 1);
    say(a, SLOT_PRIMARY_DB, true);
    say(b, SLOT_PRIMARY_DB, true);
    (void)await_db(a, ALERT_CLOSED);
    await_own(b, ALERT_DB, ALERT_CLOSED, 1);
    say(a, SLOT_REPLICA_DB, false); /* open while the role changes hands */
    say(b, SLOT_REPLICA_DB, false);
    struct store_alert open = await_db(a, ALERT_OPEN);
    await_own(b, ALERT_DB, ALERT_OPEN, 1);
    end(a);
    await_role(b, RECORD_RECORDER);
    say(b, SLOT_REPLICA_DB, true);
    struct store_alert closed = await_db(b, ALERT_CLOSED);
    assert_int_equal(closed.id, open.id);
    end(b);
    assert_int_equal(raw(p, "SELECT count(*) FROM alert WHERE kind = 'DB'"), 2);
    assert_int_equal(raw(p, "SELECT count(*) FROM event WHERE kind = 'recorder'"), 4);
}

static void test_a_lease_that_is_not_renewed_is_lost(void **state)
{
    struct place *p = *state;
    const struct store_lease dead = {.token = "dead", .who = "dead drtop"};
    struct store *st = open_store(p, STORE_WRITE);
    struct alert left = {.kind = ALERT_DB, /* open when it died */
                         .subject = SLOT_REPLICA_DB,
                         .state = ALERT_OPEN,
                         .opened_wall_ms = clock_wall_ms(&clock_system) - 9000,
                         .incident = "DR-20251124-160000"};
    put(st, &left);
    assert_int_equal(store_lease_take(st, &dead, clock_wall_ms(&clock_system), &err),
                     LEASE_OURS);
    struct drtop *d = begin(p, RECORD_MAY, true);
    await_role(d, RECORD_VIEWER);
    struct record_view *v = record_look(d->record);
    assert_string_equal(v->recorder, "dead drtop");
    record_view_unref(v);
    await_role(d, RECORD_RECORDER);
    (void)await_db(d, ALERT_CLOSED); /* what it left open is taken over, and does not hold */
    OK(store_begin(st, true, &err));
    assert_false(store_lease_holds(st, &dead, &err));
    store_rollback(st);
    store_close(st);
    end(d);
    assert_int_equal(raw(p, "SELECT count(*) FROM alert WHERE kind = 'DB'"), 1);
}

static void test_a_store_that_is_locked_loses_nothing(void **state)
{
    struct place *p = *state;
    struct drtop *d = begin(p, RECORD_MAY, true);
    sqlite3 *other;
    await_role(d, RECORD_RECORDER);
    say(d, SLOT_REPLICA_DB, false);
    (void)await_db(d, ALERT_OPEN);
    assert_int_equal(sqlite3_open(p->path, &other), SQLITE_OK);
    (void)sqlite3_busy_timeout(other, 5000);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    say(d, SLOT_REPLICA_DB, true); /* one closes, one opens and closes, one opens */
    await_own(d, ALERT_DB, ALERT_CLOSED, 1);
    for (int i = 0; i < 2; i++) {
        say(d, SLOT_PRIMARY_DB, false);
        await_own(d, ALERT_DB, ALERT_OPEN, 1);
        say(d, SLOT_PRIMARY_DB, i == 1);
        await_own(d, ALERT_DB, ALERT_CLOSED, 1 + i);
    }
    say(d, SLOT_REPLICA_DB, false);
    await_role(d, RECORD_ORPHAN);
    await_own(d, ALERT_RECORD, ALERT_OPEN, 1);
    struct record_view *v = record_look(d->record);
    assert_true(v->readable); /* what was written before can be read all the time */
    assert_non_null(strstr(v->why, "locked"));
    assert_int_equal(newest(v, ALERT_DB)->alert.state, ALERT_OPEN);
    record_view_unref(v);
    assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(other);
    await_role(d, RECORD_RECORDER);
    await_own(d, ALERT_RECORD, ALERT_CLOSED, 1);
    end(d);
    assert_int_equal(raw(p, "SELECT count(*) FROM alert WHERE kind = 'DB'"), 3);
    assert_int_equal(raw(p, "SELECT count(*) FROM alert WHERE kind = 'DB'"
                            " AND state = 'closed'"),
                     2);
    assert_int_equal(raw(p, "SELECT count(*) FROM alert WHERE kind = 'RECORD'"
                            " AND state = 'closed'"),
                     1);
}

static void test_a_damaged_store_is_said_and_left_alone(void **state)
{
    struct place *p = *state;
    int fd = open(p->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    char garbage[4096];
    memset(garbage, 0xA5, sizeof garbage);
    assert_int_equal(write(fd, garbage, sizeof garbage), (ssize_t)sizeof garbage);
    (void)close(fd);
    struct drtop *d = begin(p, RECORD_MAY, true);
    await_role(d, RECORD_ORPHAN);
    struct record_view *v = record_look(d->record);
    assert_false(v->readable);
    assert_non_null(strstr(v->why, "damaged"));
    record_view_unref(v);
    await_own(d, ALERT_RECORD, ALERT_OPEN, 1);
    say(d, SLOT_PRIMARY_DB, false);
    await_own(d, ALERT_DB, ALERT_OPEN, 1);
    struct store_alert own = {.alert = {.kind = ALERT_DB, .subject = SLOT_PRIMARY_DB}};
    record_acknowledge(d->record, &own, "seen");
    await_own(d, ALERT_DB, ALERT_ACKED, 1);
    struct stat s;
    assert_int_equal(stat(p->path, &s), 0);
    assert_int_equal(s.st_size, sizeof garbage);
    assert_int_equal(unlink(p->path), 0); /* somebody moves it away */
    await_role(d, RECORD_RECORDER);
    v = record_look(d->record);
    assert_string_equal(v->why, "");
    record_view_unref(v);
    (void)await_db(d, ALERT_ACKED); /* and what was open meanwhile is written */
    end(d);
}

static bool is_newer(const struct record_view *v, const void *arg)
{
    (void)arg;
    return v->readable && v->newer;
}

static void test_a_newer_store_is_looked_at(void **state)
{
    struct place *p = *state;
    struct store *st = open_store(p, STORE_WRITE);
    struct alert a = lag_alert();
    put(st, &a);
    store_close(st);
    (void)raw(p, "PRAGMA user_version = 99");
    struct drtop *d = begin(p, RECORD_MAY, true);
    struct record_view *v = await(d, "newer store", is_newer, NULL);
    assert_int_equal(v->role, RECORD_VIEWER);
    assert_int_equal(v->n_alerts, 1);
    record_note(d->record, "goes nowhere");
    record_view_unref(v);
    end(d);
    assert_int_equal(raw(p, "SELECT count(*) FROM event WHERE kind = 'note'"), 0);
    assert_int_equal(raw(p, "SELECT count(*) FROM recorder"), 0);
}

static void test_who_only_looks_creates_nothing(void **state)
{
    struct place *p = *state;
    struct drtop *d = begin(p, RECORD_NEVER, true);
    await_role(d, RECORD_VIEWER);
    struct record_view *v = record_look(d->record);
    assert_false(v->readable);
    assert_non_null(strstr(v->why, "no history yet"));
    record_view_unref(v);
    end(d);
    assert_int_not_equal(access(p->path, F_OK), 0);
    d = begin(p, RECORD_MAY, false);
    await_role(d, RECORD_OFF);
    end(d);
    assert_int_not_equal(access(p->path, F_OK), 0);
}

static void test_a_start_in_the_middle_knows_what_was(void **state)
{
    struct place *p = *state;
    int64_t wall_ms = clock_wall_ms(&clock_system);
    struct store *st = open_store(p, STORE_WRITE);
    char gtid[] = "0-1-17";
    const struct store_memory m = {.rto.last_good_wall_ms = opt_i64(wall_ms - 60000),
                                   .primary_at_wall_ms = opt_i64(wall_ms - 60000),
                                   .primary = {.file = "bin.000002", .pos = 99},
                                   .gtid = gtid};
    OK(store_memory_put(st, &m, &err));
    store_close(st);
    struct drtop *d = mem_alloc(1, sizeof *d);
    d->cfg = configure(p);
    d->board = board_create(SLOT_COUNT);
    d->engine = engine_create(d->cfg, d->board, &clock_system);
    say(d, SLOT_PRIMARY_DB, false); /* it is down, and was before we began to look */
    assert_true(engine_start(d->engine));
    d->record = record_start(d->cfg, d->engine, &clock_system, RECORD_MAY, "test", &err);
    await_role(d, RECORD_RECORDER);
    (void)await_db(d, ALERT_OPEN);
    struct snapshot *s = engine_look(d->engine);
    const struct db_facts *f = snapshot_db(s, SLOT_PRIMARY_DB);
    assert_non_null(f);
    assert_string_equal(f->written.file, "bin.000002");
    assert_string_equal(f->gtid_written, gtid);
    assert_int_equal(s->rto.last_good_wall_ms.v, wall_ms - 60000);
    snapshot_unref(s);
    end(d);
    assert_int_equal(raw(p, "SELECT primary_pos FROM memory"), 99); /* and it stays known */
    assert_int_equal(raw(p, "SELECT last_good_ms FROM memory"), wall_ms - 60000);
}

/* An engine that steps only when told, so that what it knows at which moment is certain. */
static struct drtop *begin_by_hand(const struct place *p, struct clock_manual *clk)
{
    struct drtop *d = mem_alloc(1, sizeof *d);
    clock_manual_init(clk, clock_mono_ms(&clock_system), clock_wall_ms(&clock_system));
    d->cfg = configure(p);
    d->board = board_create(SLOT_COUNT);
    d->engine = engine_create(d->cfg, d->board, &clk->base);
    return d;
}

static void step(struct drtop *d, struct clock_manual *clk, int steps)
{
    for (int i = 0; i < steps; i++) {
        clock_manual_advance(clk, 10);
        engine_step(d->engine);
    }
}

static void test_nothing_is_written_before_what_was_adopted(void **state)
{
    struct place *p = *state;
    struct clock_manual clk;
    struct drtop *d = begin_by_hand(p, &clk);
    struct store *st = open_store(p, STORE_WRITE);
    struct alert left = {.kind = ALERT_DB,
                         .subject = SLOT_REPLICA_DB,
                         .state = ALERT_OPEN,
                         .opened_wall_ms = clock_wall_ms(&clk.base) - 9000,
                         .incident = "DR-20251124-160000"};
    put(st, &left);
    store_close(st);
    say(d, SLOT_REPLICA_DB, false);
    step(d, &clk, 3); /* the same, in the words of our own book */
    d->record = record_start(d->cfg, d->engine, &clk.base, RECORD_MAY, "test", &err);
    await_role(d, RECORD_RECORDER);
    say(d, SLOT_PRIMARY_DB, false);
    step(d, &clk, 3);
    say(d, SLOT_REPLICA_DB, true);
    step(d, &clk, 1);
    end(d);
    assert_int_equal(raw(p, "SELECT count(*) FROM alert WHERE kind = 'DB'"), 2);
    assert_int_equal(raw(p, "SELECT count(*) FROM alert WHERE kind = 'DB' AND subject = 1"
                            " AND state = 'closed'"),
                     1);
}

static void cycle(struct drtop *d, struct clock_manual *clk, int cycles)
{
    for (int i = 0; i < cycles; i++) {
        say(d, SLOT_PRIMARY_DB, false);
        step(d, clk, 1);
        say(d, SLOT_PRIMARY_DB, true);
        step(d, clk, 1);
    }
}

/* Waits until the record has looked at the engine: it serves requests just before. */
static void await_a_look(struct drtop *d, struct clock_manual *clk)
{
    const struct store_alert a = {.alert = {.kind = ALERT_DB, .subject = SLOT_REPLICA_DB}};
    bool acked = false;
    say(d, SLOT_REPLICA_DB, false);
    step(d, clk, 1);
    record_acknowledge(d->record, &a, "seen");
    for (int64_t until_us = clock_real_us() + (int64_t)PATIENCE_MS * 1000;
         !acked && clock_real_us() < until_us;) {
        struct pollfd none;
        (void)poll(&none, 0, 20);
        engine_step(d->engine);
        struct snapshot *s = engine_look(d->engine);
        for (size_t i = 0; i < s->n_alerts; i++) {
            acked = acked || s->alerts[i].state == ALERT_ACKED;
        }
        snapshot_unref(s);
    }
    assert_true(acked);
    say(d, SLOT_REPLICA_DB, true);
    step(d, clk, 1);
}

static void test_more_than_the_book_holds_is_kept_until_it_can_be_written(void **state)
{
    struct place *p = *state;
    struct clock_manual clk;
    struct drtop *d = begin_by_hand(p, &clk);
    sqlite3 *other;
    say(d, SLOT_PRIMARY_DB, true);
    step(d, &clk, 1);
    d->record = record_start(d->cfg, d->engine, &clk.base, RECORD_MAY, "test", &err);
    await_role(d, RECORD_RECORDER);
    step(d, &clk, 3);
    assert_int_equal(sqlite3_open(p->path, &other), SQLITE_OK);
    (void)sqlite3_busy_timeout(other, 5000);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    cycle(d, &clk, 1);
    await_role(d, RECORD_ORPHAN);
    for (int i = 0; i < 4; i++) {
        cycle(d, &clk, 50);
        await_a_look(d, &clk);
    }
    assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(other);
    clock_manual_advance(&clk, 1500);
    engine_step(d->engine);
    await_role(d, RECORD_RECORDER);
    end(d);
    assert_int_equal(raw(p, "SELECT count(*) FROM alert WHERE kind = 'DB' AND subject = 0"),
                     201);
    assert_int_equal(raw(p, "SELECT count(*) FROM event WHERE kind = 'closed'"), 205);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_happens_is_written),
        TEST(test_two_tell_one_story),
        TEST(test_a_recorder_that_ends_is_replaced),
        TEST(test_a_lease_that_is_not_renewed_is_lost),
        TEST(test_a_store_that_is_locked_loses_nothing),
        TEST(test_a_damaged_store_is_said_and_left_alone),
        TEST(test_a_newer_store_is_looked_at),
        TEST(test_who_only_looks_creates_nothing),
        TEST(test_a_start_in_the_middle_knows_what_was),
        TEST(test_nothing_is_written_before_what_was_adopted),
        TEST(test_more_than_the_book_holds_is_kept_until_it_can_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
