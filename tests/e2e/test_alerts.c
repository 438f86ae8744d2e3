/* What people do with alerts: acknowledge, note, look back. Two dashboards on one pair and one
 * history show the same; one that may only look writes nothing; one without a history says so; a shared
 * screen names nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glob.h>
#include <unistd.h>

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

/* Addresses, users and folders: whatever was written to the terminal, or to a file. */
static void tells_nothing(const char *what, const char *text)
{
    char host[65] = "", quoted[80];
    (void)gethostname(host, sizeof host - 1);
    (void)snprintf(quoted, sizeof quoted, "host %s", host);
    const char *const names[] = {"127.0.0", "'mon'", "mon@",     " mon ",
                                 quoted,    "://",   stage_dir()};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *at = strstr(text, names[i]);
        if (at) {
            fail_msg("%s tells of %s: %.60s", what, names[i], at);
        }
    }
}

/* The one file of a timeline in a folder. */
static void read_timeline(const char *folder, char *out, size_t size)
{
    char pattern[STAGE_PATH + 64];
    glob_t found;
    (void)snprintf(pattern, sizeof pattern, "%s/lab/%s/timeline-DR-*-at-*.md", stage_dir(),
                   folder);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, 1);
    FILE *f = fopen(found.gl_pathv[0], "r");
    assert_non_null(f);
    out[fread(out, 1, size - 1, f)] = '\0';
    (void)fclose(f);
    globfree(&found);
}

static void look_at_all(struct eye *e)
{
    static const char *const keys[] = {"1", "z", "2", "3", "4", "z", "Enter", "Escape",
                                       "i", "i", "?", "?", "p", "p", "p"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        assert_true(eye_key(e, keys[i]));
        stage_whole(e);
    }
}

static void many_eyes_see_no_names(void **state)
{
    (void)state;
    static char file[65536];
    char where[STAGE_PATH];
    size_t len;
    stage_config_with_history("shown-to-many", where);
    struct eye *e = open_with(where, "--share");
    assert_true(eye_wait_text(e, "A Tunnel", STAGE_LIMIT_MS));
    assert_true(eye_wait_text(e, "src-1:", STAGE_LIMIT_MS));
    assert_true(eye_wait_text(e, "H2 ", STAGE_LIMIT_MS));
    stage_press(e, "F", "a shared screen starts nothing");
    stage_press(e, "e", "no timeline: ");
    stage_lab("break", "primary-kill");
    assert_true(eye_wait_text(e, "DB DOWN", 2 * STAGE_LIMIT_MS));
    assert_true(eye_wait_text(e, "incident DR-", 2 * STAGE_LIMIT_MS));
    say(e, "m", "note: _", "ask mon@127.0.0.1");
    assert_true(eye_wait_text(e, "noted: ", STAGE_LIMIT_MS));
    look_at_all(e);
    stage_press(e, "i", ": ask user-");
    stage_press_gone(e, "i", ": ask user-");
    stage_press(e, "e", "timeline: timeline-DR-");
    stage_press(e, "y", "clipboard");
    const char *bytes = eye_bytes(e, &len);
    tells_nothing("the terminal", bytes);
    assert_int_equal(strlen(bytes), len); /* no NUL hides the rest */
    tells_nothing("the clipboard", eye_clipboard(e));
    tells_nothing("the title", eye_title(e));
    read_timeline("shown-to-many", file, sizeof file);
    tells_nothing("the timeline", file);
    assert_non_null(strstr(file, "| Time (UTC) | Event | Evidence |"));
    assert_non_null(strstr(file, "ask user-"));
    stage_quit(e);
    stage_lab("heal", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_dashboards_tell_one_story),
        cmocka_unit_test(who_only_looks_writes_nothing),
        cmocka_unit_test(without_a_history_it_says_so),
        cmocka_unit_test(many_eyes_see_no_names),
    };
    return cmocka_run_group_tests(tests, stage_raise, stage_drop);
}
