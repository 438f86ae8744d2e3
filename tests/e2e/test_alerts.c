/* What people do with alerts: acknowledge, note, look back. Two dashboards on one pair and one
 * history show the same; one that may only look writes nothing; one without a history says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/e2e/stage.h"

static struct eye *open_with(const char *config, const char *arg)
{
    return stage_open(&(struct stage_options){.config = config, .args = {arg}}, "NORMAL");
}

/* Types a line for a key that asks for one. */
static void say(struct eye *e, const char *key, const char *asked, const char *text)
{
    stage_press(e, key, asked);
    eye_type(e, text);
    assert_true(eye_wait_text(e, "Enter sends", STAGE_LIMIT_MS));
    assert_true(eye_key(e, "Enter"));
}

static void acknowledgements_are_seen_by_all(struct eye *a, struct eye *b)
{
    stage_press(a, "a", "acknowledge APP, comment: _");
    stage_press(a, "Enter", "say something, or Esc"); /* not without a comment */
    stage_press_gone(a, "Escape", "acknowledge APP");
    say(a, "a", "acknowledge APP, comment: _", "I am on it");
    int64_t from_ms = stage_now_ms();
    assert_true(eye_wait_text(a, "APP is acknowledged by ", STAGE_LIMIT_MS));
    assert_true(eye_wait_text(b, "s ack ", STAGE_LIMIT_MS));
    print_message("the other dashboard shows it after %lld ms\n",
                  (long long)(stage_now_ms() - from_ms));
    assert_true(eye_sees(b, "open  APP"));
    stage_press(b, "4", "4 Alerts");
    stage_press(b, "a", "APP is acknowledged already");
    stage_press(b, "Enter", "I am on it"); /* all details */
    assert_true(eye_sees(b, "acknowledged"));
    stage_press_gone(b, "Escape", "I am on it");
}

static void notes_are_read_by_all(struct eye *a, struct eye *b)
{
    say(b, "m", "note: _", "the provider's bridge is open");
    assert_true(eye_wait_text(b, "noted: the provider", STAGE_LIMIT_MS));
    stage_press(a, "i", " Timeline of DR-");
    assert_true(eye_wait_text(a, ": the provider's bridge is open", STAGE_LIMIT_MS));
    assert_true(eye_wait_text(a, "I am on it", STAGE_LIMIT_MS));
    assert_true(eye_sees(a, "opened"));
    stage_press_gone(a, "i", " Timeline ");
}

static void two_dashboards_tell_one_story(void **state)
{
    (void)state;
    char where[STAGE_PATH];
    stage_config_with_history("shared", where);
    struct eye *a = open_with(where, NULL), *b = open_with(where, NULL);
    assert_true(eye_gone_text(a, "not recorded", STAGE_LIMIT_MS));
    assert_true(eye_gone_text(b, "not recorded", STAGE_LIMIT_MS));
    stage_lab("break", "app-503");
    assert_true(eye_wait_text(a, "open  APP", STAGE_LIMIT_MS));
    assert_true(eye_wait_text(b, "open  APP", STAGE_LIMIT_MS));
    stage_press(a, "/", " /_"); /* there is a VERDICT alert too */
    eye_type(a, "app:");
    stage_press(a, "Enter", "? help");
    stage_press(b, "/", " /_");
    eye_type(b, "app:");
    stage_press(b, "Enter", "? help");
    acknowledgements_are_seen_by_all(a, b);
    notes_are_read_by_all(a, b);
    stage_lab("heal", NULL);
    assert_true(eye_wait_text(a, "closed  APP", 2 * STAGE_LIMIT_MS));
    assert_true(eye_wait_text(b, "closed  APP", STAGE_LIMIT_MS));
    /* The recorder leaves; who comes later still reads it. */
    stage_quit(a);
    stage_quit(b);
    struct eye *c = open_with(where, NULL);
    assert_true(eye_wait_text(c, "closed  APP", STAGE_LIMIT_MS));
    stage_press(c, "i", ", closed ");
    assert_true(eye_wait_text(c, "the provider's bridge is open", STAGE_LIMIT_MS));
    stage_quit(c);
}

static void who_only_looks_writes_nothing(void **state)
{
    (void)state;
    char where[STAGE_PATH];
    stage_config_with_history("looked-at", where);
    struct eye *e = open_with(where, "--read-only");
    assert_true(eye_sees(e, "read-only"));
    stage_press(e, "m", "read-only: this dashboard only looks");
    assert_false(eye_sees(e, "note: "));
    stage_quit(e);
}

/* A place that cannot be: said in the header, and the dashboard goes on. */
static void without_a_history_it_says_so(void **state)
{
    (void)state;
    char where[STAGE_PATH];
    stage_config_with_history("/dev/null/nowhere", where);
    struct eye *e = open_with(where, NULL);
    assert_true(eye_wait_text(e, "! not recorded", STAGE_LIMIT_MS));
    stage_press(e, "m", "a note needs the record, and nothing is recorded");
    stage_press(e, "i", "no timeline: nothing is recorded");
    stage_press_gone(e, "i", "no timeline");
    stage_lab("break", "app-503");
    assert_true(eye_wait_text(e, "open  APP", STAGE_LIMIT_MS));
    stage_press(e, "/", " /_");
    eye_type(e, "app:");
    stage_press(e, "Enter", "? help");
    say(e, "a", "acknowledge APP, comment: _", "seen");
    assert_true(eye_wait_text(e, "APP is acknowledged by ", STAGE_LIMIT_MS));
    stage_lab("heal", NULL);
    assert_true(eye_wait_text(e, "closed  APP", 2 * STAGE_LIMIT_MS));
    stage_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_dashboards_tell_one_story),
        cmocka_unit_test(who_only_looks_writes_nothing),
        cmocka_unit_test(without_a_history_it_says_so),
    };
    return cmocka_run_group_tests(tests, stage_raise, stage_drop);
}
