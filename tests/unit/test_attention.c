/* Who looks elsewhere is called once for what is new, and the title says what the screen says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backend/config.h"
#include "tests/unit/outage.h"
#include "tui/attention.h"
#include "tui/glyph.h"

enum { NOW_MS = OUTAGE_MONO_MS, ROOM = 8 };

static struct {
    struct config cfg;
    char group[64];
    struct alert alert[ROOM];
    size_t n;
    struct history *history;
    struct snapshot *snap;
    struct ui ui;
    struct view view;
    struct attention attention;
    char said[256];
} t;

static int set_up(void **state)
{
    (void)state;
    memset(&t, 0, sizeof t);
    glyph_use(GLYPHS_UTF8);
    (void)snprintf(t.group, sizeof t.group, "gitea-prod");
    t.cfg.group = t.group;
    t.cfg.poll.status_ms = 1000;
    ui_init(&t.ui);
    t.history = history_create();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    snapshot_unref(t.snap);
    ui_finish(&t.ui);
    history_destroy(t.history);
    return 0;
}

/* after_ms: of the beginning of the test, which begins as the outage does. */
static struct alert *opens(int64_t after_ms, enum alert_kind kind)
{
    struct alert *a = &t.alert[t.n++];
    *a = outage_alert(ALERT_CRIT);
    a->kind = kind;
    a->opened_ms = NOW_MS + after_ms;
    a->opened_wall_ms = OUTAGE_WALL_MS + after_ms;
    (void)snprintf(a->text, sizeof a->text, "%s is gone", alert_kind_name(kind));
    return a;
}

static void look(int64_t after_ms)
{
    struct canvas c;
    snapshot_unref(t.snap);
    t.snap = snapshot_create(t.alert, t.n);
    t.snap->config = &t.cfg;
    t.snap->history = t.history;
    t.snap->taken_at_ms = NOW_MS + after_ms;
    t.snap->wall_ms = OUTAGE_WALL_MS + after_ms;
    t.snap->verdict.kind = VERDICT_PRIMARY_DOWN;
    t.snap->verdict.confirmed = true;
    t.snap->verdict.level = verdict_level_of(VERDICT_PRIMARY_DOWN);
    t.view.snap = t.snap;
    t.view.ui = &t.ui;
    canvas_init(&c, 120, 36);
    view_clock(&t.view, NOW_MS + after_ms, OUTAGE_WALL_MS + after_ms);
    view_paint(&c, &t.view);
    canvas_finish(&c);
}

static bool calls(int64_t after_ms)
{
    look(after_ms);
    return attention_wanted(&t.attention, &t.view, t.said, sizeof t.said);
}

static void what_was_open_calls_nobody(void **state)
{
    (void)state;
    (void)opens(-60000, ALERT_DB);
    assert_false(calls(0));
    (void)opens(-50000, ALERT_APP); /* the record is read a moment later */
    assert_false(calls(1000));
    assert_false(calls(20000));
}

static void what_opens_calls_once(void **state)
{
    (void)state;
    assert_false(calls(0));
    (void)opens(2000, ALERT_DB);
    assert_true(calls(2000));
    assert_string_equal(t.said, "gitea-prod: DB is gone");
    assert_false(calls(3000));
    assert_false(calls(30000));
    t.alert[0].state = ALERT_CLOSED;
    assert_false(calls(31000));
    (void)opens(40000, ALERT_DB); /* the same again */
    assert_true(calls(40000));
}

/* A storm rings the bell at its beginning, and then says how many there are. */
static void calls_are_apart(void **state)
{
    (void)state;
    assert_false(calls(0));
    (void)opens(1000, ALERT_DB);
    assert_true(calls(1000));
    (void)opens(1500, ALERT_APP);
    assert_false(calls(1500));
    (void)opens(2000, ALERT_TUNNEL);
    opens(2500, ALERT_VERDICT)->state = ALERT_CLOSED;
    assert_false(calls(1000 + ATTENTION_REST_MS - 1));
    assert_true(calls(1000 + ATTENTION_REST_MS));
    assert_string_equal(t.said, "gitea-prod: TUNNEL is gone (and 1 more)");
    assert_false(calls(60000));
}

static void what_becomes_critical_calls(void **state)
{
    (void)state;
    struct alert *a = opens(-60000, ALERT_LAG);
    a->severity = ALERT_WARN;
    assert_false(calls(0));
    assert_false(calls(20000));
    a->severity = ALERT_CRIT;
    assert_true(calls(21000));
}

static void the_muted_and_the_mild_call_nobody(void **state)
{
    (void)state;
    assert_false(calls(0));
    opens(1000, ALERT_DB)->muted = true;
    opens(1000, ALERT_LAG)->severity = ALERT_WARN;
    opens(1000, ALERT_APP)->state = ALERT_CLOSED;
    assert_false(calls(20000));
}

/* It hides them from the list, and the bell is for who looks elsewhere. */
static void a_filter_hides_nothing_from_the_bell(void **state)
{
    (void)state;
    assert_false(calls(0));
    (void)snprintf(t.ui.filter, sizeof t.ui.filter, "TUNNEL");
    (void)opens(1000, ALERT_DB);
    look(1000);
    assert_int_equal(t.view.alerts.n, 0);
    assert_true(calls(1000));
}

static void a_held_picture_and_the_past_call_nobody(void **state)
{
    (void)state;
    assert_false(calls(0));
    (void)opens(1000, ALERT_DB);
    look(1500);
    t.view.held_ms = 100;
    assert_false(attention_wanted(&t.attention, &t.view, t.said, sizeof t.said));
    t.view.held_ms = 0;
    t.view.shown.past = true;
    assert_false(attention_wanted(&t.attention, &t.view, t.said, sizeof t.said));
    assert_true(calls(2000)); /* back in the present */
}

static const char *title(void)
{
    attention_title(&t.view, t.said, sizeof t.said);
    return t.said;
}

static void the_title_begins_with_the_verdict(void **state)
{
    (void)state;
    assert_string_equal(title(), "drtop"); /* nothing is known yet */
    look(0);
    assert_string_equal(title(), "\xe2\x9c\x97 PRIMARY DOWN gitea-prod - drtop");
    t.view.shown.rto.running = true;
    t.view.shown.rto.elapsed_max_ms = opt_i64(251000);
    assert_string_equal(title(), "\xe2\x9c\x97 PRIMARY DOWN 04:11 gitea-prod - drtop");
    t.view.held_ms = 10;
    assert_non_null(strstr(title(), "drtop (held)"));
    t.view.shown.past = true;
    assert_string_equal(title(), "\xe2\x9c\x97 PRIMARY DOWN gitea-prod - drtop (history)");
    glyph_use(GLYPHS_ASCII);
    assert_int_equal(strncmp(title(), "[XX] PRIMARY DOWN", 17), 0);
}

static void nothing_in_them_is_a_command(void **state)
{
    (void)state;
    (void)snprintf(t.group, sizeof t.group, "a\033]0;b\a\xe2\x80\xae\xff");
    assert_false(calls(0));
    struct alert *a = opens(1000, ALERT_DB);
    (void)snprintf(a->text, sizeof a->text, "\a\033[2J\xc2\x9b");
    assert_true(calls(1000));
    const char *const said[] = {t.said, title()};
    for (size_t i = 0; i < 2; i++) {
        assert_null(strpbrk(said[i], "\033\a"));
        assert_null(strstr(said[i], "\xe2\x80\xae"));
        assert_null(strstr(said[i], "\xc2\x9b"));
        assert_null(strchr(said[i], '\xff'));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_open_calls_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_opens_calls_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(calls_are_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_becomes_critical_calls, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_muted_and_the_mild_call_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_filter_hides_nothing_from_the_bell, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_held_picture_and_the_past_call_nobody, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_title_begins_with_the_verdict, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_in_them_is_a_command, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
