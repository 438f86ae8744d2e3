/* Every key of the table does what the help says, on a live pair at 120x36. Long, as each key
 * has its case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/e2e/stage.h"
#include "tui/keys.h"

static const char *const titles[] = {"1 Tunnel", "2 Binlog", "3 Lag", "4 Alerts"};
enum { PANES = 4, LINE = 512 };

static struct eye *open_live(void)
{
    struct eye *e = stage_open(&(struct stage_options){0}, "NORMAL");
    assert_true(eye_wait_text(e, "? help", STAGE_LIMIT_MS));
    return e;
}

/* --- help --- */

static void help_lists_every_key(void **state)
{
    (void)state;
    struct eye *e = open_live();
    stage_press(e, "?", " Help ");
    for (int i = 0; i < keys_n; i++) {
        if (keys[i].help) {
            assert_true(eye_wait_text(e, keys[i].help, STAGE_LIMIT_MS));
            assert_true(eye_sees(e, key_label(&keys[i])));
        }
    }
    stage_press_gone(e, "?", " Help ");
    stage_press(e, "F1", " Help ");
    stage_press_gone(e, "Escape", " Help ");
    stage_quit(e);
}

static void help_scrolls_where_it_is_low(void **state)
{
    (void)state;
    struct eye *e = stage_open(&(struct stage_options){.w = 80, .h = 12}, "NORMAL");
    stage_press(e, "?", "this help");
    stage_press(e, "End", "times gone.");
    stage_press(e, "Home", "this help");
    stage_press_gone(e, "PgDn", "this help");
    stage_press(e, "PgUp", "this help");
    stage_press_gone(e, "Down", "this help");
    stage_press(e, "Up", "this help");
    stage_quit(e);
}

/* --- what is opened over the panes --- */

static void evidence_opens_scrolls_and_closes(void **state)
{
    (void)state;
    struct eye *e = open_live();
    stage_press(e, "Enter", " Evidence ");
    assert_true(eye_wait_text(e, "primary app answers", STAGE_LIMIT_MS));
    assert_true(eye_sees(e, "Failing over") && eye_sees(e, "RTO"));
    stage_press_gone(e, "Enter", " Evidence ");
    eye_resize(e, 80, 24);
    stage_whole(e);
    stage_press(e, "Enter", "neutral anchor");
    stage_press(e, "End", "reckoned as");
    assert_false(eye_sees(e, "neutral anchor"));
    stage_press(e, "Home", "neutral anchor");
    stage_press_gone(e, "Escape", " Evidence ");
    stage_quit(e);
}

/* It closes, and the key that it would have taken is the pane's again. */
static void what_does_not_fit_closes(void **state)
{
    (void)state;
    struct eye *e = open_live();
    stage_press(e, "Enter", " Evidence ");
    eye_resize(e, 40, 8);
    assert_true(eye_gone_text(e, " Evidence ", STAGE_LIMIT_MS));
    stage_whole(e);
    eye_resize(e, 120, 36);
    assert_true(eye_wait_text(e, titles[0], STAGE_LIMIT_MS));
    assert_false(eye_sees(e, " Evidence "));
    stage_press(e, "i", " Timeline ");
    stage_press_gone(e, "i", " Timeline ");
    stage_quit(e);
}

/* --- focus and zoom --- */

/* The pane whose frame has a colour of its own, or -1 while that is not so. */
static int focused(struct eye *e)
{
    uint32_t fg[PANES];
    int found = -1;
    for (int i = 0; i < PANES; i++) {
        int row, col;
        if (!eye_find(e, titles[i], &row, &col) || col < 3) {
            return -1;
        }
        fg[i] = eye_cell(e, row, col - 3).fg;
    }
    for (int i = 0; i < PANES; i++) {
        if (fg[i] != fg[(i + 1) % PANES] && fg[i] != fg[(i + 2) % PANES]) {
            found = i;
        }
    }
    return found;
}

static bool is_focused(struct eye *e, void *pane)
{
    return focused(e) == *(int *)pane;
}

static void press_focuses(struct eye *e, const char *key, int pane)
{
    assert_true(eye_key(e, key));
    if (!eye_wait(e, is_focused, &pane, STAGE_LIMIT_MS)) {
        eye_dump(e, key);
        fail_msg("%s does not focus pane %d", key, pane + 1);
    }
}

static void focus_moves_and_shows(void **state)
{
    (void)state;
    struct eye *e = open_live();
    press_focuses(e, "1", 0);
    press_focuses(e, "2", 1);
    press_focuses(e, "3", 2);
    press_focuses(e, "4", 3);
    press_focuses(e, "Tab", 0);
    press_focuses(e, "Tab", 1);
    press_focuses(e, "S-Tab", 0);
    press_focuses(e, "S-Tab", 3);
    stage_quit(e);
}

static bool is_zoomed(struct eye *e, void *pane)
{
    for (int i = 0; i < PANES; i++) {
        if (eye_sees(e, titles[i]) != (i == *(int *)pane)) {
            return false;
        }
    }
    return true;
}

static void zoom_fills_and_goes_back(void **state)
{
    (void)state;
    struct eye *e = open_live();
    int pane = 1;
    press_focuses(e, "2", pane);
    assert_true(eye_key(e, "z"));
    assert_true(eye_wait(e, is_zoomed, &pane, STAGE_LIMIT_MS));
    assert_non_null(strstr(eye_line(e, 34), "\xe2\x95\xb0")); /* the frame's lower corner */
    assert_true(eye_key(e, "Tab"));
    pane = 2;
    assert_true(eye_wait(e, is_zoomed, &pane, STAGE_LIMIT_MS));
    press_focuses(e, "z", pane);
    assert_true(eye_key(e, "z"));
    assert_true(eye_wait(e, is_zoomed, &pane, STAGE_LIMIT_MS));
    press_focuses(e, "Escape", pane);
    stage_quit(e);
}

/* --- scrolling --- */

static void scrolling_reaches_both_ends(void **state)
{
    static const struct {
        const char *key, *seen;
    } steps[] = {{"End", "\xe2\x86\x91"}, {"Home", "\xe2\x86\x93"}, {"G", "\xe2\x86\x91"},
                 {"g", "\xe2\x86\x93"},   {"PgDn", "\xe2\x86\x91"}, {"PgUp", "\xe2\x86\x93"},
                 {"End", "\xe2\x86\x91"}, {"Home", "\xe2\x86\x93"}};
    (void)state;
    struct eye *e = open_live();
    assert_true(eye_wait_text(e, "more \xe2\x94\x80\xe2\x95\xaf", STAGE_LIMIT_MS));
    press_focuses(e, "2", 1);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        char mark[16];
        (void)snprintf(mark, sizeof mark, " %s", steps[i].seen);
        assert_true(eye_key(e, steps[i].key));
        if (!eye_wait_text(e, mark, STAGE_LIMIT_MS)) {
            fail_msg("step %zu: %s", i, steps[i].key);
        }
    }
    stage_press_gone(e, "Down", "primary   mysql-bin");
    stage_press(e, "Up", "primary   mysql-bin");
    stage_press_gone(e, "j", "primary   mysql-bin");
    stage_press(e, "k", "primary   mysql-bin");
    stage_quit(e);
}

/* --- the graph and the history --- */

static void range_changes_the_axis(void **state)
{
    (void)state;
    struct eye *e = open_live();
    assert_true(eye_wait_text(e, " -5m ", STAGE_LIMIT_MS));
    stage_press(e, "-", " -15m ");
    stage_press(e, "-", " -1h ");
    stage_press(e, "+", " -15m ");
    stage_press(e, "=", " -5m ");
    stage_press(e, "+", " -1m ");
    assert_true(eye_wait_text(e, "graph over 1 min", STAGE_LIMIT_MS));
    stage_press(e, "+", " -1m "); /* there is no shorter one */
    stage_quit(e);
}

/* Seconds of the day that the header's mode or clock says, or -1. */
static int clock_after(struct eye *e, const char *mode)
{
    int h, m, s;
    char z;
    const char *line = eye_line(e, 0), *at = strstr(line, mode);
    if (!at || sscanf(at + strlen(mode), " %2d:%2d:%2d%c", &h, &m, &s, &z) != 4 || z != 'Z') {
        return -1;
    }
    return h * 3600 + m * 60 + s;
}

struct passage {
    const char *mode;
    int from, sign; /* seconds of the day; +1: later, -1: earlier */
};

static bool has_passed(struct eye *e, void *ctx)
{
    const struct passage *p = ctx;
    int now = clock_after(e, p->mode);
    /* a midnight in between turns the day */
    int since = (now - p->from + 86400 + 43200) % 86400 - 43200;
    return now >= 0 && since * p->sign > 0;
}

static int await_clock(struct eye *e, const char *mode, int from, int sign)
{
    struct passage p = {mode, from, sign};
    if (!eye_wait(e, has_passed, &p, STAGE_LIMIT_MS)) {
        eye_dump(e, "the clock does not move as it should");
        fail();
    }
    return clock_after(e, mode);
}

static void history_goes_back_and_forth(void **state)
{
    (void)state;
    struct eye *e = open_live();
    stage_press(e, "+", " -1m "); /* steps of a second */
    int began = clock_after(e, "azure eastus");
    assert_true(began >= 0);
    (void)await_clock(e, "azure eastus", began + 4, 1);
    stage_press(e, "Left", " HISTORY ");
    int first = clock_after(e, "HISTORY");
    assert_true(first >= 0);
    assert_true(eye_sees(e, "as recorded then"));
    assert_true(eye_key(e, "Left"));
    assert_true(eye_key(e, "Left"));
    int second = await_clock(e, "HISTORY", first - 1, -1);
    assert_true(eye_key(e, "Right"));
    (void)await_clock(e, "HISTORY", second, 1);
    stage_press_gone(e, "Escape", "HISTORY");
    (void)await_clock(e, "azure eastus", began, 1);
    stage_press(e, "Left", " HISTORY ");
    assert_true(eye_key(e, "Right"));
    stage_press_gone(e, "Right", "HISTORY"); /* past the newest second it is live */
    for (int i = 0; i < 70; i++) {
        assert_true(eye_key(e, "Left"));
    }
    assert_true(eye_wait_text(e, "beginning of what is recorded", STAGE_LIMIT_MS));
    stage_quit(e);
}

static bool is_paused_for(struct eye *e, void *seconds)
{
    double age;
    const char *at = strstr(eye_line(e, 0), "PAUSED");
    return at && sscanf(at, "PAUSED %lf", &age) == 1 && age >= *(double *)seconds;
}

/* All but the line with PAUSED and its age, once the frame has come in whole. */
static char *held_picture(struct eye *e)
{
    stage_whole(e);
    const char *text = eye_screen_text(e);
    return strdup(strchr(text, '\n') + 1);
}

static void assert_same_picture(const char *before, const char *after)
{
    for (int row = 1; *before || *after; row++) {
        size_t old = strcspn(before, "\n"), new = strcspn(after, "\n");
        if (old != new || memcmp(before, after, old) != 0) {
            fail_msg("row %d: %.*s\n     is now: %.*s", row, (int)old, before, (int)new, after);
        }
        before += old + 1;
        after += new + 1;
    }
}

static void copy_line(struct eye *e, int row, char out[LINE])
{
    (void)snprintf(out, LINE, "%s", eye_line(e, row));
}

static bool line_differs(struct eye *e, void *line)
{
    return strcmp(eye_line(e, 4), line) != 0;
}

static void pause_holds_the_picture(void **state)
{
    (void)state;
    struct eye *e = open_live();
    double soon = 0, later = 5;
    stage_press(e, "Space", " PAUSED ");
    assert_true(eye_wait(e, is_paused_for, &soon, STAGE_LIMIT_MS));
    char *before = held_picture(e);
    assert_non_null(strstr(before, "NORMAL"));
    assert_true(eye_wait(e, is_paused_for, &later, STAGE_LIMIT_MS));
    char *after = held_picture(e);
    assert_same_picture(before, after);
    char line[LINE];
    copy_line(e, 4, line); /* the writer goes on meanwhile */
    assert_non_null(strstr(line, "primary   mysql-bin"));
    stage_press_gone(e, "Space", "PAUSED");
    assert_true(eye_wait(e, line_differs, line, STAGE_LIMIT_MS));
    stage_press(e, "Space", " PAUSED ");
    stage_press_gone(e, "Escape", "PAUSED");
    free(before);
    free(after);
    stage_quit(e);
}

/* --- looks --- */

static bool alerts_moved(struct eye *e, void *row)
{
    int now, col;
    return eye_find(e, titles[3], &now, &col) && now != *(int *)row;
}

static void preset_rearranges(void **state)
{
    (void)state;
    struct eye *e = open_live();
    int balanced, row, col;
    assert_true(eye_find(e, titles[3], &balanced, &col));
    row = balanced;
    for (int i = 0; i < 3; i++) {
        assert_true(eye_key(e, "p"));
        assert_true(eye_wait(e, alerts_moved, &row, STAGE_LIMIT_MS));
        stage_whole(e);
        assert_true(eye_find(e, titles[3], &row, &col));
        assert_true(eye_sees(e, titles[0]) && eye_sees(e, titles[2]));
    }
    assert_int_equal(row, balanced);
    stage_quit(e);
}

/* The ground is a colour of the cube of 256 that stays what it is. */
static void write_theme(const char *ground, char path[STAGE_PATH])
{
    char text[256];
    (void)snprintf(text, sizeof text,
                   "{\n  \"name\": \"mine\",\n  \"roles\": {\n"
                   "    \"text\": { \"fg\": \"#ffffff\", \"bg\": %s }\n  }\n}\n",
                   ground);
    stage_write("config/drtop/themes/mine.json", text, path);
}

static bool ground_is(struct eye *e, void *rgb)
{
    return eye_cell(e, 10, 3).bg == *(uint32_t *)rgb;
}

static void theme_reloads_and_cycles(void **state)
{
    (void)state;
    char path[STAGE_PATH];
    uint32_t blue = 0x00005f, green = 0x005f00;
    write_theme("\"#00005f\"", path);
    struct eye *e = stage_open(&(struct stage_options){.args = {"--theme", "mine"}}, "NORMAL");
    assert_true(eye_wait(e, ground_is, &blue, STAGE_LIMIT_MS));
    write_theme("\"#005f00\"", path);
    stage_press(e, "T", "theme: mine (reloaded)");
    assert_true(eye_wait(e, ground_is, &green, STAGE_LIMIT_MS));
    write_theme("\"#zz5f00\"", path);
    stage_press(e, "T", "mine.json:4:");
    assert_non_null(strstr(eye_line(e, 35), "mine.json:4:38: "));
    assert_true(ground_is(e, &green));
    write_theme("\"#00005f\"", path);
    stage_press(e, "T", "theme: mine (reloaded)");
    assert_true(eye_wait(e, ground_is, &blue, STAGE_LIMIT_MS));
    stage_press(e, "T", "theme: mono");
    assert_false(ground_is(e, &blue));
    stage_press(e, "T", "theme: night");
    stage_press(e, "T", "theme: default");
    stage_press(e, "T", "theme: colour-blind");
    assert_int_equal(unlink(path), 0);
    stage_quit(e);
}

static void redraw_repairs_the_screen(void **state)
{
    (void)state;
    struct eye *e = open_live();
    stage_scribble(e, "a message of the kernel");
    stage_press_gone(e, "C-l", "a message of the kernel");
    assert_true(eye_wait_text(e, titles[3], STAGE_LIMIT_MS));
    stage_quit(e);
}

/* --- the rest --- */

static void copy_offers_a_status_line(void **state)
{
    (void)state;
    struct eye *e = open_live();
    assert_string_equal(eye_clipboard(e), "");
    stage_press(e, "y", "sent to the terminal's clipboard: ");
    const char *line = eye_clipboard(e);
    assert_non_null(strstr(line, "Z gitea-lab NORMAL: primary serving"));
    assert_non_null(strstr(line, "| lag "));
    assert_non_null(strstr(line, "| not received "));
    assert_null(strpbrk(line, "\n\r\033"));
    for (int i = 0; i < 6; i++) { /* snapshots come in between, unpainted */
        (void)eye_settle(e, 400, STAGE_LIMIT_MS);
        assert_true(eye_key(e, "y"));
    }
    stage_quit(e);
}

/* A third party that is asked every ten minutes hears of it at once. */
static void poll_asks_now(void **state)
{
    (void)state;
    char text[1024], config[STAGE_PATH];
    uint16_t primary, replica, anchor;
    (void)stage_listen_silent(&primary);
    (void)stage_listen_silent(&replica);
    int fd = stage_listen_silent(&anchor);
    (void)snprintf(text, sizeof text,
                   "{\"group\": \"g\","
                   " \"primary\": {\"mysql\": {\"host\": \"127.0.0.1\", \"port\": %u,"
                   "  \"user\": \"mon\"}},"
                   " \"dr\": {\"mysql\": {\"host\": \"127.0.0.1\", \"port\": %u,"
                   "  \"user\": \"mon\"}},"
                   " \"anchors\": [{\"name\": \"far\", \"target\": \"127.0.0.1:%u\","
                   "  \"period\": \"10m\"}]}\n",
                   primary, replica, anchor);
    stage_write("poll.json", text, config);
    struct eye *e = stage_open(&(struct stage_options){.config = config}, "anchor far");
    struct pollfd p = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&p, 1, STAGE_LIMIT_MS), 1);
    (void)close(accept(fd, NULL, NULL));
    assert_int_equal(poll(&p, 1, 0), 0);
    stage_press(e, "r", "asking every source now");
    assert_int_equal(poll(&p, 1, STAGE_LIMIT_MS), 1);
    (void)close(fd);
    stage_quit(e);
}

static void unbound_keys_do_nothing(void **state)
{
    (void)state;
    struct eye *e = open_live();
    stage_press(e, "Space", " PAUSED ");
    char *before = held_picture(e);
    static const char *const unbound[] = {"x", "Q", "C-b", "F5", "Delete", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof unbound / sizeof *unbound; i++) {
        assert_true(eye_key(e, unbound[i]));
    }
    stage_press(e, "?", " Help ");
    stage_press_gone(e, "?", " Help ");
    char *after = held_picture(e);
    assert_same_picture(before, after);
    free(before);
    free(after);
    stage_quit(e);
}

/* --- alerts: last, for they break the pair --- */

static void filter_shows_what_matches(struct eye *e)
{
    stage_press(e, "/", " /_");
    eye_type(e, "RECEIVx");
    assert_true(eye_wait_text(e, "no alert matches the filter", STAGE_LIMIT_MS));
    stage_press(e, "Backspace", "filter \"RECEIV\"");
    assert_true(eye_wait_text(e, "open  RECEIVER", STAGE_LIMIT_MS));
    assert_true(eye_gone_text(e, "open  APP", STAGE_LIMIT_MS));
    stage_press(e, "Enter", "? help"); /* the filter stays, keys are keys again */
    assert_true(eye_sees(e, "filter \"RECEIV\""));
    stage_press(e, "Escape", "open  APP");
    assert_false(eye_sees(e, "filter \""));
    stage_press(e, "/", " /_");
    eye_type(e, "app");
    assert_true(eye_gone_text(e, "open  RECEIVER", STAGE_LIMIT_MS));
    stage_press(e, "Escape", "open  RECEIVER");
}

static void matches_are_stepped_through(struct eye *e)
{
    eye_resize(e, 60, 16); /* room for two alerts */
    assert_true(eye_wait_text(e, " \xe2\x86\x93", STAGE_LIMIT_MS));
    press_focuses(e, "4", -1); /* the strip has no four frames; the key must not fail */
    for (int i = 0; i < 10; i++) {
        assert_true(eye_key(e, "n"));
    }
    assert_true(eye_wait_text(e, " \xe2\x86\x91", STAGE_LIMIT_MS));
    for (int i = 0; i < 10; i++) {
        assert_true(eye_key(e, "N"));
    }
    assert_true(eye_wait_text(e, " \xe2\x86\x93", STAGE_LIMIT_MS));
}

static void alerts_are_filtered(void **state)
{
    (void)state;
    struct eye *e = open_live();
    stage_lab("break", "receiver-stop");
    stage_lab("break", "app-503");
    assert_true(eye_wait_text(e, "open  RECEIVER", STAGE_LIMIT_MS));
    assert_true(eye_wait_text(e, "open  APP", STAGE_LIMIT_MS));
    assert_true(eye_wait_text(e, "open  LAG", STAGE_LIMIT_MS));
    filter_shows_what_matches(e);
    matches_are_stepped_through(e);
    stage_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_lists_every_key),
        cmocka_unit_test(help_scrolls_where_it_is_low),
        cmocka_unit_test(evidence_opens_scrolls_and_closes),
        cmocka_unit_test(what_does_not_fit_closes),
        cmocka_unit_test(focus_moves_and_shows),
        cmocka_unit_test(zoom_fills_and_goes_back),
        cmocka_unit_test(scrolling_reaches_both_ends),
        cmocka_unit_test(range_changes_the_axis),
        cmocka_unit_test(history_goes_back_and_forth),
        cmocka_unit_test(pause_holds_the_picture),
        cmocka_unit_test(preset_rearranges),
        cmocka_unit_test(theme_reloads_and_cycles),
        cmocka_unit_test(redraw_repairs_the_screen),
        cmocka_unit_test(copy_offers_a_status_line),
        cmocka_unit_test(poll_asks_now),
        cmocka_unit_test(unbound_keys_do_nothing),
        cmocka_unit_test(alerts_are_filtered),
    };
    return cmocka_run_group_tests(tests, stage_raise, stage_drop);
}
