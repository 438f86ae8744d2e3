/* What `drtop record` says: one line an event, and none twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#include "cli/event_log.h"

static struct event_log says;
static char *text;
static size_t size, said; /* what has been looked at already */

static int begin(void **state)
{
    (void)state;
    says = (struct event_log){.journal = true};
    said = 0;
    says.out = open_memstream(&text, &size);
    return says.out ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    (void)fclose(says.out);
    free(text);
    return 0;
}

/* What was said since the last call. */
static void expect(const char *expected)
{
    (void)fflush(says.out);
    assert_string_equal(text + said, expected);
    said = size;
}

static struct snapshot *look(const struct alert *alerts, size_t n, enum verdict_kind kind,
                             bool confirmed)
{
    struct snapshot *s = snapshot_create(alerts, n);
    s->taken_at_ms = 5000;
    s->verdict.kind = kind;
    s->verdict.level = verdict_level_of(kind);
    s->verdict.confirmed = confirmed;
    (void)snprintf(s->verdict.sentence, sizeof s->verdict.sentence, "so it is");
    return s;
}

static void show(const struct alert *alerts, size_t n, enum verdict_kind kind, bool confirmed)
{
    struct snapshot *s = look(alerts, n, kind, confirmed);
    event_log_snapshot(&says, s);
    snapshot_unref(s);
}

static void a_verdict_is_said_when_it_changes(void **state)
{
    (void)state;
    show(NULL, 0, VERDICT_NORMAL, true);
    expect("<5>verdict NORMAL, confirmed: so it is; failing over not advised\n");
    show(NULL, 0, VERDICT_NORMAL, true);
    expect("");
    show(NULL, 0, VERDICT_PRIMARY_DOWN, false);
    expect("<4>verdict PRIMARY DOWN, suspected: so it is; failing over not advised\n");
    show(NULL, 0, VERDICT_PRIMARY_DOWN, true);
    expect("<2>verdict PRIMARY DOWN, confirmed: so it is; failing over not advised\n");
    show(NULL, 0, VERDICT_PRIMARY_DOWN, true);
    expect("");
}

static void an_alert_is_said_when_it_opens_and_closes(void **state)
{
    (void)state;
    struct alert a[2] = {{.kind = ALERT_TUNNEL,
                          .severity = ALERT_CRIT,
                          .state = ALERT_OPEN,
                          .opened_ms = 2000,
                          .text = "vpn\nis down",
                          .incident = "DR-1"},
                         {.kind = ALERT_TUNNEL, .subject = 1, .state = ALERT_CLOSED}};
    show(a, 2, VERDICT_NORMAL, true);
    expect("<5>verdict NORMAL, confirmed: so it is; failing over not advised\n"
           "<2>alert opened, TUNNEL critical DR-1: vpn\xC2\xB7is down\n");
    a[0].state = ALERT_ACKED;
    a[1].state = ALERT_OPEN;
    show(a, 2, VERDICT_NORMAL, true);
    expect("<4>alert opened, TUNNEL warning: \n");
    a[0].state = ALERT_CLOSED;
    show(a, 2, VERDICT_NORMAL, true);
    expect("<5>alert closed, TUNNEL after 3.0 s: vpn\xC2\xB7is down\n");
    show(a, 2, VERDICT_NORMAL, true);
    expect("");
    show(NULL, 0, VERDICT_NORMAL, true); /* forgotten is over, too */
    expect("<5>alert closed, TUNNEL after 5.0 s: \n");
}

static void the_store_speaks_of_what_is_new(void **state)
{
    (void)state;
    struct event events[] = {
        {.id = 7, .kind = EVENT_NOTE, .text = "old"},
        {.id = 8, .kind = EVENT_OPENED, .text = "said by the snapshot"},
        {.id = 9, .kind = EVENT_ACKED, .who = "mg", .text = "LAG: looking"},
        {.id = 10, .kind = EVENT_SENT, .text = "sent: opened, mail to oncall"},
        {.id = 11, .kind = EVENT_SENT, .text = "given up after a day: opened, mail to oncall"},
        {.id = 12, .kind = EVENT_ALARM, .who = "view aws", .text = "CloudWatch alarm a went"},
    };
    struct record_view view = {
        .role = RECORD_RECORDER, .readable = true, .events = events, .n_events = 1};
    event_log_view(&says, &view);
    expect("<5>record taken: this process writes\n");
    view.n_events = 6;
    event_log_view(&says, &view);
    expect("<5>alert acknowledged by mg: LAG: looking\n"
           "<5>notification sent: opened, mail to oncall\n"
           "<3>notification given up after a day: opened, mail to oncall\n"
           "<5>view aws: CloudWatch alarm a went\n");
    event_log_view(&says, &view);
    expect("");
    events[0].id = 1; /* another store in its place: nothing of it is news */
    view.n_events = 1;
    event_log_view(&says, &view);
    expect("");
}

static void the_role_is_said_when_it_changes(void **state)
{
    (void)state;
    struct record_view view = {.role = RECORD_ORPHAN, .why = "no space left"};
    event_log_view(&says, &view);
    expect("<3>record in trouble, nobody writes: no space left\n");
    event_log_view(&says, &view);
    expect("");
    view = (struct record_view){
        .role = RECORD_VIEWER, .maintained = true, .recorder = "drtop, pid 9"};
    event_log_view(&says, &view);
    expect("<5>record not taken: drtop, pid 9 writes\n");
    view.maintained = false;
    event_log_view(&says, &view);
    expect("<5>record not taken: nobody writes\n");
}

static void outside_the_journal_a_line_has_the_time(void **state)
{
    (void)state;
    says.journal = false;
    event_log_say(&says, LOG_ERR, "one %s", "\x1b[31mtwo\n");
    (void)fflush(says.out);
    const char *rest = strstr(text, "Z error: one \xC2\xB7[31mtwo\xC2\xB7\n");
    assert_non_null(rest);
    assert_int_equal(rest - text, 19); /* 2026-11-22 14:22:07 */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_verdict_is_said_when_it_changes),
        TEST(an_alert_is_said_when_it_opens_and_closes),
        TEST(the_store_speaks_of_what_is_new),
        TEST(the_role_is_said_when_it_changes),
        TEST(outside_the_journal_a_line_has_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
