/* The record when its store cannot be used, and when another recorder is lost; also run under
 * TSan. */
#include "tests/unit/recorder_drtop.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

/* Every alert is filed under an incident, and only the newest of these may go on. */
static void expect_filed(const struct place *p)
{
    assert_int_equal(raw(p, "SELECT count(*) FROM alert WHERE incident NOT IN"
                            " (SELECT id FROM incident)"),
                     0);
    assert_int_equal(raw(p, "SELECT count(*) FROM incident i WHERE closed_ms = 0 AND EXISTS"
                            " (SELECT 1 FROM incident WHERE opened_ms > i.opened_ms)"),
                     0);
    assert_int_equal(raw(p, "SELECT count(*) FROM (SELECT incident FROM event"
                            " WHERE kind = 'incident' AND text LIKE 'began%'"
                            " GROUP BY incident HAVING count(*) <> 1)"),
                     0);
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
    say_writable(d, SLOT_PRIMARY_DB); /* both are, for a moment */
    say_writable(d, SLOT_REPLICA_DB);
    await_own(d, ALERT_VERDICT, ALERT_OPEN, 1);
    say(d, SLOT_PRIMARY_DB, true);
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
    assert_int_equal(raw(p, "SELECT count(*) FROM event WHERE kind = 'verdict' AND"
                            " json_extract(data, '$.verdict') = 'split_brain'"),
                     1);
    expect_filed(p);
}

/* Files may not grow, as when the disk is full. */
static void test_a_full_disk_loses_nothing(void **state)
{
    struct place *p = *state;
    struct drtop *d = begin(p, RECORD_MAY, true);
    await_role(d, RECORD_RECORDER);
    say(d, SLOT_REPLICA_DB, false);
    (void)await_db(d, ALERT_OPEN);
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGXFSZ, &ignore, NULL);
    struct rlimit before, none;
    (void)getrlimit(RLIMIT_FSIZE, &before);
    none = before;
    none.rlim_cur = 4096;
    (void)setrlimit(RLIMIT_FSIZE, &none);
    say(d, SLOT_REPLICA_DB, true);
    await_own(d, ALERT_DB, ALERT_CLOSED, 1);
    say(d, SLOT_PRIMARY_DB, false);
    await_own(d, ALERT_DB, ALERT_OPEN, 1);
    await_role(d, RECORD_ORPHAN);
    await_own(d, ALERT_RECORD, ALERT_OPEN, 1);
    (void)setrlimit(RLIMIT_FSIZE, &before);
    await_role(d, RECORD_RECORDER);
    await_own(d, ALERT_RECORD, ALERT_CLOSED, 1);
    end(d);
    assert_int_equal(raw(p, "SELECT count(*) FROM alert WHERE kind = 'DB' AND subject = 1"
                            " AND state = 'closed'"),
                     1);
    assert_int_equal(raw(p, "SELECT count(*) FROM alert WHERE kind = 'DB' AND subject = 0"
                            " AND state = 'open'"),
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
    for (int i = 0; i < 3; i++) { /* incidents of their own */
        cycle(d, &clk, 1);
        clock_manual_advance(&clk, 1500);
    }
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
                     203);
    assert_int_equal(raw(p, "SELECT count(*) FROM event WHERE kind = 'closed'"), 207);
    expect_filed(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_lease_that_is_not_renewed_is_lost),
        TEST(test_a_store_that_is_locked_loses_nothing),
        TEST(test_a_full_disk_loses_nothing),
        TEST(test_a_damaged_store_is_said_and_left_alone),
        TEST(test_a_newer_store_is_looked_at),
        TEST(test_more_than_the_book_holds_is_kept_until_it_can_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
