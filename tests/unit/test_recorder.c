/* The record between a real engine and a real store, one or two on one store; also run under
 * TSan. */
#include "tests/unit/recorder_drtop.h"

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

static bool has_verdict(const struct record_view *v, const void *text)
{
    for (size_t i = 0; i < v->n_events; i++) {
        if (v->events[i].kind == EVENT_VERDICT && strstr(v->events[i].text, text)) {
            return true;
        }
    }
    return false;
}

static bool is_led(const struct record_view *v, const void *text)
{
    return v->role == RECORD_RECORDER && v->n_events > 0 &&
           strcmp(v->events[v->n_events - 1].text, text) == 0;
}

static void test_a_restart_tells_no_verdict_twice(void **state)
{
    struct place *p = *state;
    for (int i = 0; i < 2; i++) {
        struct drtop *d = begin(p, RECORD_MAY, true);
        say_writable(d, SLOT_PRIMARY_DB);
        say_writable(d, SLOT_REPLICA_DB);
        record_view_unref(await(d, "verdict", has_verdict, "SPLIT BRAIN"));
        if (i == 1) {
            record_view_unref(await(d, "new recorder", is_led, "records"));
        }
        say_writable(d, SLOT_PRIMARY_DB); /* it stands until the end */
        say_writable(d, SLOT_REPLICA_DB);
        end(d);
    }
    assert_int_equal(raw(p, "SELECT count(*) FROM event WHERE kind = 'verdict' AND"
                            " json_extract(data, '$.verdict') = 'split_brain'"),
                     1);
}

/* What the clouds' alarms did, with two changes between two polls. */
static void say_alarms(struct drtop *d)
{
    struct tunnel_facts *f = mem_alloc(1, sizeof *f);
    int64_t wall_ms = clock_wall_ms(&clock_system);
    *f = (struct tunnel_facts){
        .state = TUNNEL_UP,
        .n_transitions = 2,
        .transitions = {
            {.alarm = "vpn down", .from = ALARM_UNKNOWN, .to = ALARM_OK, .at_ms = 1000},
            {.alarm = "vpn down",
             .reason = "1 point",
             .from = ALARM_OK,
             .to = ALARM_RAISED,
             .at_ms = 5000}}};
    board_publish(d->board, SLOT_TUNNEL,
                  reading_fresh(f, free, clock_mono_ms(&clock_system), wall_ms));
}

static bool has_alarm(const struct record_view *v, const void *text)
{
    for (size_t i = 0; i < v->n_events; i++) {
        const struct event *e = &v->events[i];
        if (e->kind == EVENT_ALARM && strstr(e->text, text)) {
            return e->at_wall_ms == 5000 && strcmp(e->who, "view aws") == 0;
        }
    }
    return false;
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

static void test_changes_of_alarms_are_told_once(void **state)
{
    struct place *p = *state;
    static char name[] = "aws";
    for (int i = 0; i < 2; i++) {
        struct clock_manual clk;
        struct drtop *d = begin_by_hand(p, &clk);
        d->cfg->tunnels[0] = (struct config_tunnel){
            .kind = TUNNEL_AWS, .name = mem_strdup(name), .period_ms = 60000};
        d->cfg->n_tunnels = 1;
        say_alarms(d);
        step(d, &clk, 3);
        d->record = record_start(d->cfg, d->engine, &clk.base, RECORD_MAY, "test", &err);
        await_role(d, RECORD_RECORDER);
        step(d, &clk, 3);
        record_view_unref(await(d, "alarm", has_alarm, "went from OK to ALARM: 1 point"));
        say_alarms(d);
        step(d, &clk, 1);
        end(d);
    }
    assert_int_equal(raw(p, "SELECT count(*) FROM event WHERE kind = 'alarm'"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_happens_is_written),
        TEST(test_two_tell_one_story),
        TEST(test_a_recorder_that_ends_is_replaced),
        TEST(test_a_restart_tells_no_verdict_twice),
        TEST(test_who_only_looks_creates_nothing),
        TEST(test_a_start_in_the_middle_knows_what_was),
        TEST(test_nothing_is_written_before_what_was_adopted),
        TEST(test_changes_of_alarms_are_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
