/* The claim: whatever hangs, keys answer, and nothing on the screen looks live. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/e2e/stage.h"

enum { KEY_MS = 2000 };

/* Presses a key and says how long it took until its text stood, or was gone. */
static int64_t measure(struct eye *e, const char *key, const char *text, bool gone)
{
    while (eye_pump(e, 0)) {
    }
    int64_t from_ms = stage_now_ms();
    assert_true(eye_key(e, key));
    assert_true(gone ? eye_gone_text(e, text, KEY_MS) : eye_wait_text(e, text, KEY_MS));
    return stage_now_ms() - from_ms;
}

/* Every kind of key: a dialog, text that is typed, a layout, the clipboard, the history. */
static void every_key_answers(struct eye *e, const char *when)
{
    static const struct {
        const char *key, *text;
        bool gone;
    } steps[] = {
        {"?", "leave drtop", false},
        {"?", "leave drtop", true},
        {"F1", "leave drtop", false},
        {"Escape", "leave drtop", true},
        {"3", "4 Alerts", false},
        {"z", "4 Alerts", true},
        {"Tab", "4 Alerts", false},
        {"S-Tab", "4 Alerts", true},
        {"z", "4 Alerts", false},
        {"/", " /_", false},
        {"x", "filter \"x\"", false},
        {"Escape", "filter \"", true},
        {"-", "graph over 15 min", false},
        {"+", "graph over 5 min", false},
        {"Space", "PAUSED", false},
        {"Space", "PAUSED", true},
        {"p", "preset: lag", false},
        {"p", "preset: alerts", false},
        {"p", "preset: balanced", false},
        {"T", "theme: ", false},
        {"r", "asking every source now", false},
        {"y", "sent to the terminal's clipboard", false},
        {"Left", "HISTORY", false},
        {"Escape", "HISTORY", true},
        {"C-l", "4 Alerts", false},
    };
    int64_t worst_ms = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        int64_t ms = measure(e, steps[i].key, steps[i].text, steps[i].gone);
        worst_ms = ms > worst_ms ? ms : worst_ms;
    }
    print_message("%s: help after %lld ms; slowest of %zu keys %lld ms\n", when,
                  (long long)measure(e, "?", "leave drtop", false),
                  sizeof steps / sizeof *steps, (long long)worst_ms);
    (void)measure(e, "?", "leave drtop", true);
    stage_whole(e);
}

/* The header's first two lines hold the status and how fresh the facts are. */
static void header_claims_nothing(struct eye *e)
{
    for (int row = 0; row < 3; row++) {
        const char *line = eye_line(e, row);
        assert_null(strstr(line, "NORMAL"));
        assert_null(strstr(line, "live"));
        assert_null(strstr(line, "in step"));
        assert_null(strstr(line, " 0 B"));
        assert_null(strstr(line, " 0 tx"));
    }
}

/* Sources that wait for half a minute have said nothing at all. */
static void answers_before_the_first_word(void **state)
{
    char config[STAGE_PATH];
    (void)state;
    stage_silent_config("30s", config);
    const struct stage_options options = {.config = config};
    struct eye *e = stage_open(&options, "? UNKNOWN");
    every_key_answers(e, "all sources silent");
    assert_true(eye_sees(e, "primary unknown ?"));
    assert_true(eye_sees(e, "no answer yet"));
    assert_true(eye_sees(e, "no data"));
    header_claims_nothing(e);
    stage_quit(e);
}

static void answers_while_all_time_out(void **state)
{
    char config[STAGE_PATH];
    (void)state;
    stage_silent_config("1s", config);
    const struct stage_options options = {.config = config};
    struct eye *e = stage_open(&options, "OBSERVER ISOLATED");
    assert_true(eye_wait_text(e, "no answer within 1.0 s", STAGE_LIMIT_MS));
    assert_true(eye_wait_text(e, "timed out after 1.0 s", STAGE_LIMIT_MS));
    every_key_answers(e, "all sources time out");
    assert_true(eye_sees(e, "no data"));
    assert_true(eye_sees(e, "primary unknown ?"));
    header_claims_nothing(e);
    stage_quit(e);
}

static void sees_the_primary_hang_and_heal(void **state)
{
    (void)state;
    struct eye *e = stage_open(&(struct stage_options){0}, "NORMAL");
    stage_press_gone(e, "2", "unknown");
    stage_press_gone(e, "z", "4 Alerts"); /* Binlog alone below the header */
    stage_lab("break", "primary-hang");
    int64_t from_ms = stage_now_ms();
    assert_true(eye_wait_text(e, "primary   ~ STALE", 6000));
    int64_t took_ms = stage_now_ms() - from_ms;
    print_message("primary hung: Binlog says STALE after %lld ms\n", (long long)took_ms);
    assert_in_range(took_ms, 0, 6000);
    assert_true(eye_wait_text(e, " unseen", STAGE_LIMIT_MS));
    stage_press(e, "z", "4 Alerts");
    assert_true(eye_gone_text(e, "NORMAL", STAGE_LIMIT_MS));
    every_key_answers(e, "primary hung");
    assert_true(eye_sees(e, "primary   ~ STALE"));
    header_claims_nothing(e);
    stage_lab("heal", "primary-hang");
    assert_true(eye_wait_text(e, "NORMAL", 2 * STAGE_LIMIT_MS));
    assert_true(eye_wait_text(e, "live", STAGE_LIMIT_MS));
    assert_true(eye_gone_text(e, "~ STALE", STAGE_LIMIT_MS));
    stage_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_before_the_first_word),
        cmocka_unit_test(answers_while_all_time_out),
        cmocka_unit_test(sees_the_primary_hang_and_heal),
    };
    return cmocka_run_group_tests(tests, stage_raise, stage_drop);
}
