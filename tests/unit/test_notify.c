/* Who is told what and when, and how the queue gets to them: on a real store, and with real
 * programs at the other end. Long, as all its cases share the one store. */
#include "tests/unit/store_place.h"

#include <json.h>
#include <poll.h>

#include "backend/fact/clock.h"
#include "backend/record/notify.h"
#include "backend/record/notify_queue.h"
#include "tests/unit/outage.h"

static char group[] = "gitea-prod", now_role[] = "on call", now_address[] = "a@example.com",
            later_role[] = "head", later_address[] = "b@example.com", hook_name[] = "tickets";

/* Mail to one at once and to one after five minutes, and a webhook. */
static struct config make_config(void)
{
    struct config cfg = {.group = group};
    cfg.notify.severity = NOTIFY_CRITICAL;
    cfg.notify.group_for_ms = 3000;
    cfg.notify.per_hour = 20;
    cfg.notify.mail.present = true;
    cfg.notify.mail.n_recipients = 2;
    cfg.notify.mail.recipients[0] =
        (struct config_recipient){.role = now_role, .address = now_address};
    cfg.notify.mail.recipients[1] = (struct config_recipient){
        .role = later_role, .address = later_address, .after_ms = 300000};
    cfg.notify.n_webhooks = 1;
    cfg.notify.webhooks[0].name = hook_name;
    return cfg;
}

/* As the recorder does it: all in one transaction. */
static void plan(const struct place *p, const struct config *cfg, struct snapshot *s)
{
    struct store *st = open_store(p, STORE_WRITE);
    OK(store_begin(st, true, &err));
    for (size_t i = 0; i < s->n_alerts; i++) {
        OK(store_alert_put(st, &s->alerts[i], &err));
    }
    OK(store_incident_put(st, &s->incident, s->verdict.sentence, &err));
    OK(notify_plan(st, cfg, s, &err));
    OK(store_commit(st, &err));
    store_close(st);
    snapshot_unref(s);
}

static int64_t count(const struct place *p, const char *where)
{
    char sql[512];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM message WHERE %s", where);
    return raw(p, sql);
}

static struct snapshot *at(const struct config *cfg, int64_t age_ms)
{
    struct alert a = outage_alert(ALERT_CRIT);
    return outage(cfg, &a, VERDICT_PRIMARY_DOWN, true, age_ms);
}

static struct snapshot *over_at(const struct config *cfg, int64_t age_ms)
{
    struct alert a = outage_alert(ALERT_CRIT);
    a.state = ALERT_CLOSED;
    a.closed_wall_ms = OUTAGE_WALL_MS + age_ms;
    struct snapshot *s = outage(cfg, &a, VERDICT_NORMAL, true, age_ms);
    outage_ends(s);
    return s;
}

/* --- the plan --- */

static void test_an_opening_is_told_once(void **state)
{
    struct place *p = *state;
    struct config cfg = make_config();
    plan(p, &cfg, at(&cfg, 2999));
    assert_int_equal(count(p, "1"), 0);
    plan(p, &cfg, at(&cfg, 3000));
    assert_int_equal(count(p, "what = 'opened' AND state = 'queued'"), 2);
    assert_int_equal(count(p, "channel = 'mail' AND recipient = 'a@example.com'"), 1);
    assert_int_equal(count(p, "channel = 'webhook tickets' AND recipient = ''"), 1);
    plan(p, &cfg, at(&cfg, 3250)); /* another connection, as another process */
    plan(p, &cfg, at(&cfg, 60000));
    assert_int_equal(count(p, "1"), 2);
}

static void test_the_first_message_waits_for_the_right_word(void **state)
{
    struct place *p = *state;
    struct config cfg = make_config();
    struct alert a = outage_alert(ALERT_CRIT);
    plan(p, &cfg, outage(&cfg, &a, VERDICT_PRIMARY_DOWN, false, 12999));
    assert_int_equal(count(p, "1"), 0);
    plan(p, &cfg, outage(&cfg, &a, VERDICT_PRIMARY_DOWN, false, 13000)); /* but not for ever */
    assert_int_equal(count(p, "what = 'opened'"), 2);
    /* The same word confirmed is no news. */
    plan(p, &cfg, at(&cfg, 14000));
    assert_int_equal(count(p, "1"), 2);
}

static void test_what_is_not_grave_enough_is_not_told(void **state)
{
    struct place *p = *state;
    struct config cfg = make_config();
    struct alert a = outage_alert(ALERT_WARN);
    plan(p, &cfg, outage(&cfg, &a, VERDICT_DEGRADED, true, 60000));
    assert_int_equal(count(p, "1"), 0);
    cfg.notify.severity = NOTIFY_WARNING;
    plan(p, &cfg, outage(&cfg, &a, VERDICT_DEGRADED, true, 60000));
    assert_int_equal(count(p, "what = 'opened'"), 2);
}

static void test_maintenance_is_silent(void **state)
{
    struct place *p = *state;
    struct config cfg = make_config();
    struct alert a = outage_alert(ALERT_CRIT);
    a.muted = true;
    plan(p, &cfg, outage(&cfg, &a, VERDICT_PRIMARY_DOWN, true, 600000));
    assert_int_equal(count(p, "1"), 0);
    plan(p, &cfg, over_at(&cfg, 700000));
    assert_int_equal(count(p, "1"), 0);
}

static void test_the_end_is_told_once_to_all_who_heard(void **state)
{
    struct place *p = *state;
    struct config cfg = make_config();
    plan(p, &cfg, at(&cfg, 5000));
    plan(p, &cfg, over_at(&cfg, 60000));
    assert_int_equal(count(p, "what = 'closed' AND state = 'queued'"), 2);
    assert_int_equal(count(p, "what = 'closed' AND recipient = 'b@example.com'"), 0);
    assert_int_equal(count(p, "what = 'closed' AND json_extract(body, '$.subject') LIKE"
                              " 'CLOSED: PRIMARY DOWN after 1 min 0 s%'"),
                     2);
    plan(p, &cfg, over_at(&cfg, 60000));
    plan(p, &cfg, over_at(&cfg, 90000));
    assert_int_equal(count(p, "1"), 4);
}

static void test_an_outage_that_ends_before_it_is_told(void **state)
{
    struct place *p = *state;
    struct config cfg = make_config();
    plan(p, &cfg, at(&cfg, 1000));
    plan(p, &cfg, over_at(&cfg, 2500));
    assert_int_equal(count(p, "1"), 0);
}

static void test_nobody_acknowledges(void **state)
{
    struct place *p = *state;
    struct config cfg = make_config();
    plan(p, &cfg, at(&cfg, 5000));
    plan(p, &cfg, at(&cfg, 299999));
    assert_int_equal(count(p, "recipient = 'b@example.com'"), 0);
    plan(p, &cfg, at(&cfg, 300000));
    plan(p, &cfg, at(&cfg, 301000));
    assert_int_equal(count(p, "recipient = 'b@example.com' AND what = 'escalation'"), 1);
    plan(p, &cfg, over_at(&cfg, 400000));
    assert_int_equal(count(p, "recipient = 'b@example.com' AND what = 'closed'"), 1);
}

static void test_acknowledged_here(void **state)
{
    struct place *p = *state;
    struct config cfg = make_config();
    struct alert a = outage_alert(ALERT_CRIT);
    plan(p, &cfg, at(&cfg, 5000));
    a.state = ALERT_ACKED;
    a.acked_wall_ms = OUTAGE_WALL_MS + 6000;
    plan(p, &cfg, outage(&cfg, &a, VERDICT_PRIMARY_DOWN, true, 400000));
    assert_int_equal(count(p, "recipient = 'b@example.com'"), 0);
}

static void test_acknowledged_by_another_process(void **state)
{
    struct place *p = *state;
    struct config cfg = make_config();
    struct store_alert row;
    plan(p, &cfg, at(&cfg, 5000));
    struct store *st = open_store(p, STORE_WRITE);
    assert_int_equal(store_alerts_open(st, &row, 1, &err), 1);
    OK(store_alert_acknowledge(st, row.id, "mg", "looking", OUTAGE_WALL_MS + 9000, &err));
    store_close(st);
    plan(p, &cfg, at(&cfg, 400000)); /* this snapshot has not heard of it yet */
    assert_int_equal(count(p, "recipient = 'b@example.com'"), 0);
}

static void test_a_graver_verdict_is_an_update(void **state)
{
    struct place *p = *state;
    struct config cfg = make_config();
    struct alert a = outage_alert(ALERT_CRIT);
    plan(p, &cfg, outage(&cfg, &a, VERDICT_APP_DOWN, true, 5000));
    plan(p, &cfg, outage(&cfg, &a, VERDICT_PRIMARY_DOWN, false, 6000)); /* only suspected */
    plan(p, &cfg, outage(&cfg, &a, VERDICT_REPLICATION_BROKEN, true, 7000)); /* less grave */
    assert_int_equal(count(p, "1"), 2);
    plan(p, &cfg, outage(&cfg, &a, VERDICT_PRIMARY_DOWN, true, 8000));
    plan(p, &cfg, outage(&cfg, &a, VERDICT_PRIMARY_DOWN, true, 9000));
    assert_int_equal(count(p, "what = 'update-primary_down'"), 2);
    plan(p, &cfg, outage(&cfg, &a, VERDICT_APP_DOWN, true, 10000));
    plan(p, &cfg, outage(&cfg, &a, VERDICT_PRIMARY_DOWN, true, 11000));
    assert_int_equal(count(p, "1"), 4);
    plan(p, &cfg, over_at(&cfg, 60000));
    assert_int_equal(count(p, "what = 'closed'"), 2); /* one end, whatever was told */
}

static struct snapshot *another(const struct config *cfg, const char *id, int64_t opened_ms)
{
    struct alert a = outage_alert(ALERT_CRIT);
    (void)text_copy(a.incident, sizeof a.incident, id);
    a.opened_wall_ms += opened_ms;
    a.opened_ms += opened_ms;
    struct snapshot *s = outage(cfg, &a, VERDICT_PRIMARY_DOWN, true, opened_ms + 5000);
    (void)text_copy(s->incident.id, sizeof s->incident.id, id);
    s->incident.opened_ms += opened_ms;
    s->incident.opened_wall_ms += opened_ms;
    return s;
}

static void test_too_many_in_an_hour_are_dropped_and_recorded(void **state)
{
    struct place *p = *state;
    struct config cfg = make_config();
    struct event events[16];
    cfg.notify.mail.recipients[1].after_ms = 0; /* one message to two counts once */
    cfg.notify.per_hour = 1;
    plan(p, &cfg, at(&cfg, 5000));
    plan(p, &cfg, over_at(&cfg, 60000));
    assert_int_equal(count(p, "state = 'queued'"), 6);
    plan(p, &cfg, another(&cfg, "DR-20251124-160500", 300000));
    plan(p, &cfg, another(&cfg, "DR-20251124-160500", 300000));
    assert_int_equal(count(p, "state = 'dropped'"), 3);
    struct store *st = open_store(p, STORE_READ);
    int n = store_events(st, "DR-20251124-160500", events, 16, &err), told = 0;
    for (int i = 0; i < n; i++) {
        told += events[i].kind == EVENT_SENT && strstr(events[i].text, "too many messages");
    }
    store_close(st);
    assert_int_equal(told, 3);
    struct snapshot *over = another(&cfg, "DR-20251124-160500", 300000);
    outage_ends(over);
    plan(p, &cfg, over);
    /* An hour later there is room again; and nobody hears the end of what they did not hear of. */
    plan(p, &cfg, another(&cfg, "DR-20251124-180000", 7200000));
    assert_int_equal(count(p, "incident = 'DR-20251124-180000' AND state = 'queued'"), 3);
    assert_int_equal(count(p, "incident = 'DR-20251124-160500' AND what = 'closed'"), 0);
}

/* The recorder died between the end of one incident and the beginning of the next. */
static void test_an_end_that_nobody_saw_is_told(void **state)
{
    struct place *p = *state;
    struct config cfg = make_config();
    plan(p, &cfg, at(&cfg, 5000));
    struct store *st = open_store(p, STORE_WRITE);
    struct alert a = outage_alert(ALERT_CRIT);
    a.state = ALERT_CLOSED;
    a.closed_wall_ms = OUTAGE_WALL_MS + 50000;
    put(st, &a);
    store_close(st);
    plan(p, &cfg, another(&cfg, "DR-20251124-160500", 300000));
    assert_int_equal(count(p, "incident = '" OUTAGE_ID "' AND what = 'closed'"), 2);
    assert_int_equal(count(p, "incident = '" OUTAGE_ID "' AND what = 'closed' AND"
                              " json_extract(body, '$.incident.closed') ="
                              " '2025-11-24T16:00:50Z'"),
                     2);
    plan(p, &cfg, another(&cfg, "DR-20251124-160500", 300000));
    assert_int_equal(count(p, "1"), 6);
}

/* Nothing in the table may keep the recorder from recording. */
static void test_a_damaged_body_stops_nothing(void **state)
{
    struct place *p = *state;
    struct config cfg = make_config();
    plan(p, &cfg, at(&cfg, 5000));
    (void)raw(p, "UPDATE message SET body = '{'");
    plan(p, &cfg, over_at(&cfg, 60000));
    assert_int_equal(count(p, "what = 'closed'"), 2);
}

/* --- the queue --- */

static const struct store_lease ours = {.token = "ours", .who = "test"};
static const struct store_lease theirs = {.token = "theirs", .who = "another"};

static void put_message(struct store *st, const char *what, const char *recipient,
                        int64_t wall_ms)
{
    struct message m = {.incident = OUTAGE_ID, .channel = "mail", .created_wall_ms = wall_ms};
    (void)text_copy(m.what, sizeof m.what, what);
    (void)text_copy(m.recipient, sizeof m.recipient, recipient);
    m.body = mem_strdup("{}");
    OK(store_begin(st, true, &err));
    OK(queue_put(st, group, &m, 20, &err));
    OK(store_commit(st, &err));
    queue_message_finish(&m);
}

/* "WHAT RECIPIENT" of what may be sent now, "" for nothing; *out_m to go on with. */
static const char *next(struct store *st, int64_t wall_ms, struct message *out_m,
                        int64_t *out_pause_ms)
{
    static char text[128];
    OK(queue_next(st, "mail", ours.token, wall_ms, out_m, out_pause_ms, &err));
    (void)snprintf(text, sizeof text, "%s%s%s", out_m->what, out_m->id[0] ? " " : "",
                   out_m->recipient);
    queue_message_finish(out_m);
    return text;
}

static void test_each_recipient_hears_in_order(void **state)
{
    struct store *st = open_store(*state, STORE_WRITE);
    struct message m;
    int64_t pause;
    assert_int_equal(store_lease_take(st, &ours, T0, &err), LEASE_OURS);
    put_message(st, "opened", "a", T0);
    put_message(st, "opened", "b", T0);
    put_message(st, "closed", "a", T0);
    assert_string_equal(next(st, T0, &m, &pause), "opened a");
    OK(queue_failed(st, &m, "refused", T0, &err));
    /* a's opening waits, and with it a's closing; b does not. */
    assert_string_equal(next(st, T0, &m, &pause), "opened b");
    OK(queue_failed(st, &m, "refused", T0, &err));
    assert_string_equal(next(st, T0, &m, &pause), "");
    assert_int_equal(pause, 1000);
    assert_string_equal(next(st, T0 + 1000, &m, &pause), "opened a");
    OK(queue_failed(st, &m, "refused", T0 + 1000, &err));
    assert_string_equal(next(st, T0 + 1000, &m, &pause), "opened b");
    OK(queue_sent(st, &m, T0 + 1000, &err));
    /* The channel works again: a need not wait for its turn. */
    assert_string_equal(next(st, T0 + 1000, &m, &pause), "opened a");
    assert_int_equal(m.tries, 2);
    OK(queue_sent(st, &m, T0 + 1000, &err));
    assert_string_equal(next(st, T0 + 1000, &m, &pause), "closed a");
    OK(queue_sent(st, &m, T0 + 1000, &err));
    assert_string_equal(next(st, T0 + 1000, &m, &pause), "");
    store_close(st);
}

static void test_pauses_grow_to_a_minute_and_end_after_a_day(void **state)
{
    static const int64_t pauses[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
    struct place *p = *state;
    struct store *st = open_store(p, STORE_WRITE);
    struct event events[4];
    struct message m;
    int64_t pause, now = T0;
    assert_int_equal(store_lease_take(st, &ours, T0, &err), LEASE_OURS);
    put_message(st, "opened", "a", T0);
    for (size_t i = 0; i < sizeof pauses / sizeof pauses[0]; i++) {
        assert_string_equal(next(st, now, &m, &pause), "opened a");
        OK(queue_failed(st, &m, "refused", now, &err));
        assert_string_equal(next(st, now, &m, &pause), "");
        assert_int_equal(pause, pauses[i]);
        now += pause;
    }
    assert_int_equal(store_events(st, NULL, events, 4, &err), 0);
    now = T0 + QUEUE_KEEP_MS;
    assert_string_equal(next(st, now, &m, &pause), "opened a");
    OK(queue_failed(st, &m, "refused\nstill", now, &err));
    assert_string_equal(next(st, now + QUEUE_RETRY_MS, &m, &pause), "");
    assert_int_equal(store_events(st, OUTAGE_ID, events, 4, &err), 1);
    assert_non_null(strstr(events[0].text, "given up after a day: opened, mail to a: refused"));
    assert_int_equal(count(p, "state = 'given_up' AND error LIKE 'refused%'"), 1);
    store_close(st);
}

static void test_a_clock_set_back_does_not_silence(void **state)
{
    struct store *st = open_store(*state, STORE_WRITE);
    struct message m;
    int64_t pause;
    assert_int_equal(store_lease_take(st, &ours, T0, &err), LEASE_OURS);
    put_message(st, "opened", "a", T0);
    assert_string_equal(next(st, T0 - 3600000, &m, &pause), "opened a");
    store_close(st);
}

static void test_who_has_lost_the_lease_sends_nothing(void **state)
{
    struct store *st = open_store(*state, STORE_WRITE);
    struct message m;
    int64_t pause;
    put_message(st, "opened", "a", T0);
    assert_string_equal(next(st, T0, &m, &pause), ""); /* nobody has it */
    assert_int_equal(store_lease_take(st, &ours, T0, &err), LEASE_OURS);
    assert_string_equal(next(st, T0, &m, &pause), "opened a");
    assert_int_equal(store_lease_take(st, &theirs, T0 + 10000, &err), LEASE_OURS);
    assert_string_equal(next(st, T0 + 10000, &m, &pause), "");
    store_close(st);
}

/* --- the notifier, with programs --- */

#define WAIT_MS 20000

static int64_t lines(const char *path)
{
    FILE *f = fopen(path, "r");
    int64_t n = 0;
    for (int c = f ? fgetc(f) : EOF; c != EOF; c = fgetc(f)) {
        n += c == '\n';
    }
    if (f) {
        (void)fclose(f);
    }
    return n;
}

/* Polls until the query gives n. */
static void await(const struct place *p, const char *where, int64_t n)
{
    int64_t until = clock_mono_ms(&clock_system) + WAIT_MS;
    while (count(p, where) != n) {
        if (clock_mono_ms(&clock_system) > until) {
            fail_msg("%s: expected %d, got %d", where, (int)n, (int)count(p, where));
        }
        (void)poll(NULL, 0, 20);
    }
}

/* What was planned in the past of the test's clock, as if it were now: a notifier goes by the real
 * one, and gives up what is a day old. */
static void make_young(const struct place *p)
{
    char sql[128];
    int64_t now = clock_wall_ms(&clock_system);
    (void)snprintf(sql, sizeof sql, "UPDATE message SET created_ms = %lld, due_ms = %lld",
                   (long long)now, (long long)now);
    (void)raw(p, sql);
}

static char exec_name[] = "pager", sh[] = "/bin/sh", dash_c[] = "-c";

static struct config exec_config(char **argv)
{
    struct config cfg = {.group = group};
    cfg.notify.per_hour = 20;
    cfg.notify.n_execs = 1;
    cfg.notify.execs[0] =
        (struct config_exec){.name = exec_name, .command = argv, .timeout_ms = 60000};
    return cfg;
}

static void test_a_program_gets_each_message_until_it_takes_it(void **state)
{
    struct place *p = *state;
    char script[PATH_MAX * 4], out[PATH_MAX + 8];
    char *argv[] = {sh, dash_c, script, NULL};
    struct config cfg = exec_config(argv);
    struct message m;
    int64_t pause;
    (void)snprintf(out, sizeof out, "%s/out", p->folder);
    /* Refuses the first time. */
    (void)snprintf(script, sizeof script,
                   "if ! test -e %s/once; then : >%s/once; exit 3; fi; cat >>%s; echo >>%s",
                   p->folder, p->folder, out, out);
    plan(p, &cfg, at(&cfg, 5000));
    plan(p, &cfg, over_at(&cfg, 60000));
    make_young(p);
    struct store *st = open_store(p, STORE_WRITE);
    assert_int_equal(store_lease_take(st, &theirs, T0, &err), LEASE_OURS);
    struct notifier *n = notifier_start(&cfg, p->path, &ours, &err);
    assert_non_null(n);
    assert_int_equal(store_lease_take(st, &ours, T0 + 10000, &err), LEASE_OURS);
    notifier_poke(n);
    await(p, "state = 'sent'", 2);
    assert_int_equal(count(p, "what = 'opened' AND tries = 2 AND error = ''"), 1);
    notifier_stop(n);
    OK(queue_next(st, "exec pager", ours.token, T0, &m, &pause, &err));
    assert_string_equal(m.id, "");
    store_close(st);
    assert_int_equal(lines(out), 2); /* each once */
    FILE *f = fopen(out, "r");
    char line[16384];
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f)); /* the opening first */
    (void)fclose(f);
    json_object *o = json_tokener_parse(line), *v = NULL;
    assert_true(json_object_object_get_ex(o, "what", &v));
    assert_string_equal(json_object_get_string(v), "opened");
    assert_true(json_object_object_get_ex(o, "id", &v));
    assert_memory_equal(json_object_get_string(v), OUTAGE_ID "-", sizeof OUTAGE_ID);
    assert_false(json_object_object_get_ex(o, "html", NULL));
    (void)json_object_put(o);
}

static void test_stopping_interrupts_and_keeps(void **state)
{
    struct place *p = *state;
    char script[PATH_MAX * 2];
    char *argv[] = {sh, dash_c, script, NULL};
    struct config cfg = exec_config(argv);
    (void)snprintf(script, sizeof script, ": >%s/began; exec sleep 50", p->folder);
    plan(p, &cfg, at(&cfg, 5000));
    make_young(p);
    struct store *st = open_store(p, STORE_WRITE);
    assert_int_equal(store_lease_take(st, &ours, T0, &err), LEASE_OURS);
    struct notifier *n = notifier_start(&cfg, p->path, &ours, &err);
    char began[PATH_MAX + 8];
    (void)snprintf(began, sizeof began, "%s/began", p->folder);
    for (int i = 0; i < WAIT_MS / 20 && access(began, F_OK) != 0; i++) {
        (void)poll(NULL, 0, 20);
    }
    assert_int_equal(access(began, F_OK), 0);
    notifier_stop(n); /* the test's time limit is shorter than the program's sleep */
    assert_int_equal(count(p, "state = 'queued' AND tries = 0"), 1);
    store_close(st);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_opening_is_told_once),
        TEST(test_the_first_message_waits_for_the_right_word),
        TEST(test_what_is_not_grave_enough_is_not_told),
        TEST(test_maintenance_is_silent),
        TEST(test_the_end_is_told_once_to_all_who_heard),
        TEST(test_an_outage_that_ends_before_it_is_told),
        TEST(test_nobody_acknowledges),
        TEST(test_acknowledged_here),
        TEST(test_acknowledged_by_another_process),
        TEST(test_a_graver_verdict_is_an_update),
        TEST(test_too_many_in_an_hour_are_dropped_and_recorded),
        TEST(test_an_end_that_nobody_saw_is_told),
        TEST(test_a_damaged_body_stops_nothing),
        TEST(test_each_recipient_hears_in_order),
        TEST(test_pauses_grow_to_a_minute_and_end_after_a_day),
        TEST(test_a_clock_set_back_does_not_silence),
        TEST(test_who_has_lost_the_lease_sends_nothing),
        TEST(test_a_program_gets_each_message_until_it_takes_it),
        TEST(test_stopping_interrupts_and_keeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
