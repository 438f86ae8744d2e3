/* The line between the program and the terminal: slow, late, mute, at a stand; and what goes over it
 * beside the picture: title, bell, pop-ups, the mouse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/e2e/stage.h"

enum { SLOW_B_PER_S = 2000, QUIT_MS = 1000, PTY_B = 12288 };

static unsigned count(const struct eye *e, const char *what)
{
    size_t len;
    unsigned n = 0;
    for (const char *at = eye_bytes(e, &len); (at = strstr(at, what)); at++) {
        n++;
    }
    return n;
}

/* Each is followed by a question. */
static unsigned frames(const struct eye *e)
{
    return count(e, "\033[5n");
}

static void press_often(struct eye *e, const char *key, int times)
{
    for (int i = 0; i < times; i++) {
        assert_true(eye_key(e, key));
        (void)eye_pump(e, 10);
    }
}

/* Twenty changes of the whole screen would take most of a minute, one after the other. */
static void a_slow_line_shows_the_newest(void **state)
{
    (void)state;
    struct eye *e = stage_open(
        &(struct stage_options){.w = 80, .h = 24, .bytes_per_s = SLOW_B_PER_S}, "NORMAL");
    assert_true(eye_wait_text(e, "q quit", STAGE_LIMIT_MS));
    unsigned before = frames(e);
    press_often(e, "z", 19);
    int64_t pressed_ms = stage_now_ms();
    uint64_t bytes = eye_bytes_written(e);
    stage_press(e, "?", "this help");
    uint64_t cost = eye_bytes_written(e) - bytes;
    print_message("the newest after %lld ms, %llu bytes, %u frames\n",
                  (long long)(stage_now_ms() - pressed_ms), (unsigned long long)cost,
                  frames(e) - before);
    /* Each piece is asked for: the frame under way, the newest, and a refresh or two. */
    assert_in_range(frames(e) - before, 1, 16);
    assert_in_range(cost, 1, 12000);
    assert_true(eye_key(e, "?")); /* another whole screen is under way */
    assert_true(eye_pump(e, STAGE_LIMIT_MS));
    stage_quit(e);
}

static bool is_over(struct eye *e)
{
    int status = -1;
    bool ended = eye_wait_exit(e, QUIT_MS, &status);
    return ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Nobody reads, and the kernel holds all that it can, since there are no questions on a VT100. */
static void a_full_line_does_not_hold_it(void **state)
{
    (void)state;
    struct eye *e =
        stage_open(&(struct stage_options){.term = "vt100", .w = 200, .h = 60}, "NORMAL");
    uint64_t before = eye_bytes_written(e);
    eye_stall(e, true);
    press_often(e, "z", 60);
    eye_stall(e, false);
    stage_press(e, "?", "this help");
    assert_true(eye_bytes_written(e) - before > PTY_B);
    stage_press_gone(e, "?", "this help");
    eye_stall(e, true);
    press_often(e, "z", 61);
    int64_t pressed_ms = stage_now_ms();
    assert_true(eye_key(e, "q"));
    assert_true(is_over(e));
    assert_in_range(stage_now_ms() - pressed_ms, 0, QUIT_MS);
    eye_stall(e, false);
    assert_true(eye_settle(e, 100, STAGE_LIMIT_MS));
    stage_assert_sane(e);
    eye_destroy(e);
}

static void who_never_answers_is_served(void **state)
{
    (void)state;
    struct eye *e = stage_open(&(struct stage_options){.answer_after_ms = -1}, "NORMAL");
    unsigned asked = frames(e);
    assert_in_range(asked, 1, 2);
    stage_press(e, "?", "this help");
    for (int i = 0; i < 3; i++) {
        stage_press_gone(e, "?", "this help");
        stage_press(e, "?", "this help");
    }
    assert_int_equal(frames(e), asked);
    stage_quit(e);
}

/* The shell that started it reads what is typed to it afterwards. */
static void a_late_answer_is_not_typed_to_the_shell(void **state)
{
    char command[600];
    (void)state;
    (void)snprintf(command, sizeof command,
                   "%s --config %s; IFS= read -r -t 0.3 -n 9 x; printf 'left <%%q>' \"$x\"",
                   DRTOP_BIN, stage_lab_config());
    const char *const argv[] = {"bash", "-c", command, NULL};
    struct eye *e = eye_start(
        &(struct eye_options){
            .w = 120, .h = 36, .argv = argv, .answer_after_ms = 250, .keep_bytes = true},
        NULL);
    assert_non_null(e);
    assert_true(eye_wait_text(e, "NORMAL", STAGE_LIMIT_MS));
    for (int i = 0; i < 3; i++) { /* an answer is under way whenever that may be */
        stage_press(e, "?", "this help");
        stage_press_gone(e, "?", "this help");
    }
    unsigned before = frames(e);
    assert_true(eye_key(e, "z"));
    while (frames(e) == before) {
        assert_true(eye_pump(e, STAGE_LIMIT_MS));
    }
    assert_true(eye_key(e, "q"));
    assert_true(eye_wait_text(e, "left <''>", STAGE_LIMIT_MS));
    assert_true(is_over(e));
    eye_destroy(e);
}

static void answer(struct eye *e)
{
    eye_send_bytes(e, "\033[0n", 4);
}

static void await_question(struct eye *e, unsigned before)
{
    int64_t end_ms = stage_now_ms() + STAGE_LIMIT_MS;
    while (frames(e) == before && stage_now_ms() < end_ms) {
        (void)eye_pump(e, 100);
    }
    assert_true(frames(e) > before);
}

/* By a terminal that answers when we say so: an answer that falls into a paste is none of it. */
static void a_paste_may_hold_an_answer(void **state)
{
    static const char paste[] = "\033[200~F?q\033[0nq\033[201~";
    (void)state;
    struct eye *e = stage_start(&(struct stage_options){.answer_after_ms = -1});
    unsigned answered = 0;
    while (!eye_sees(e, "NORMAL")) {
        await_question(e, answered);
        answer(e);
        answered++;
    }
    await_question(e, answered);
    unsigned before = frames(e);
    int64_t sent_ms = stage_now_ms();
    eye_send_bytes(e, paste, sizeof paste - 1);
    await_question(e, before);
    assert_in_range(stage_now_ms() - sent_ms, 0, 2000); /* else it asks again after 3 s */
    assert_false(eye_sees(e, "this help"));
    stage_quit(e);
}

/* --- beside the picture --- */

struct watcher {
    const char *term, *screen; /* screen: members of it in the configuration */
    const char *popup;         /* what is to come */
    unsigned bells;
    bool titled;
};

static bool has_called(struct eye *e, void *ctx)
{
    const struct watcher *w = ctx;
    return eye_bells(e) >= w->bells && (!w->popup || eye_popups(e) > 0) &&
           (!w->titled || strstr(eye_title(e), "PRIMARY DOWN"));
}

static void says_what_it_must(struct eye *e, struct watcher *w)
{
    assert_true(eye_wait_text(e, "PRIMARY DOWN", 2 * STAGE_LIMIT_MS));
    if (!eye_wait(e, has_called, w, STAGE_LIMIT_MS)) {
        eye_dump(e, "nobody was called");
        fail_msg("%s: %u bells, popup <%s>, title <%s>", w->term, eye_bells(e), eye_popup(e),
                 eye_title(e));
    }
    assert_int_equal(eye_bells(e), w->bells);
    assert_int_equal(eye_popups(e), w->popup ? 1 : 0);
    assert_int_equal(
        strncmp(eye_popup(e), w->popup ? w->popup : "", strlen(w->popup ? w->popup : "")), 0);
    assert_int_equal(count(e, "\033]") > 0, w->titled || w->popup);
    assert_int_equal(count(e, "\033[22;2t"), w->titled);
    int status = -1;
    assert_true(eye_key(e, "q"));
    assert_true(eye_wait_exit(e, STAGE_LIMIT_MS, &status));
    stage_assert_sane(e);
    assert_int_equal(count(e, "\033[23;2t"), w->titled);
    eye_destroy(e);
}

/* All look at one outage, the last thing that the lab is for. The slow one is in the middle of frames when it comes. */
static void an_outage_calls_who_looks_elsewhere(void **state)
{
    static struct watcher all[] = {
        {"xterm-256color", "", NULL, 1, true},
        {"xterm", "\"popup\": \"osc9\"", "9;gitea-lab: ", 1, true},
        {"tmux-256color", "\"popup\": \"osc777\", \"bell\": false, \"title\": false",
         "777;notify;drtop;gitea-lab: ", 0, false},
        {"linux", "\"popup\": \"osc9\"", NULL, 1, false},
        {"vt100", "\"popup\": \"osc777\"", NULL, 1, false},
    };
    enum { N = sizeof all / sizeof *all };
    struct eye *e[N];
    (void)state;
    for (int i = 0; i < N; i++) {
        char more[200], folder[16], path[STAGE_PATH];
        (void)snprintf(more, sizeof more, "\"screen\": {%s},", all[i].screen);
        (void)snprintf(folder, sizeof folder, "call-%d", i);
        stage_config_with(folder, more, path);
        e[i] = stage_open(&(struct stage_options){.config = path,
                                                  .term = all[i].term,
                                                  .bytes_per_s = i == 0 ? SLOW_B_PER_S : 0},
                          "NORMAL");
    }
    assert_true(eye_wait_text(e[0], "q quit", STAGE_LIMIT_MS));
    stage_lab("break", "site-down");
    for (int i = 0; i < N; i++) {
        says_what_it_must(e[i], &all[i]);
    }
}

/* --- the mouse --- */

static bool takes_mouse(struct eye *e, void *ctx)
{
    (void)ctx;
    return count(e, "\033[?1006;1000h") > 0;
}

static void the_mouse_is_left_alone(void **state)
{
    (void)state;
    struct eye *e = stage_open(&(struct stage_options){0}, "NORMAL");
    assert_true(eye_wait_text(e, "4 Alerts", STAGE_LIMIT_MS));
    stage_whole(e);
    assert_int_equal(count(e, "\033[?1000") + count(e, "\033[?1006"), 0);
    stage_press(e, "M", "a click focuses");
    assert_true(eye_wait(e, takes_mouse, NULL, STAGE_LIMIT_MS));
    stage_press(e, "M", "left to the terminal");
    assert_int_equal(count(e, "\033[?1006;1000l"), 1);
    stage_quit(e);
}

static void click(struct eye *e, int row, int col, int times)
{
    char bytes[64];
    for (int i = 0; i < times; i++) {
        int n = snprintf(bytes, sizeof bytes, "\033[<0;%d;%dM\033[<0;%d;%dm", col + 1, row + 1,
                         col + 1, row + 1);
        eye_send_bytes(e, bytes, (size_t)n);
    }
}

static void the_mouse_focuses_scrolls_and_zooms(void **state)
{
    char path[STAGE_PATH], wheel[64];
    int row, col;
    (void)state;
    stage_config_with("mouse", "\"screen\": {\"mouse\": true},", path);
    struct eye *e = stage_open(
        &(struct stage_options){.config = path, .args = {"--ascii", "--mono"}}, "NORMAL");
    assert_true(eye_wait_text(e, "more", STAGE_LIMIT_MS)); /* of the binlog pane's rows */
    stage_whole(e);
    assert_true(eye_find(e, "2 Binlog", &row, &col));
    click(e, row + 2, col, 1);
    assert_true(eye_wait_text(e, "2 Binlog*", STAGE_LIMIT_MS));
    assert_true(eye_sees(e, "primary   mysql-bin"));
    int n = snprintf(wheel, sizeof wheel, "\033[<65;%d;%dM", col + 1, row + 3);
    eye_send_bytes(e, wheel, (size_t)n);
    assert_true(eye_gone_text(e, "primary   mysql-bin", STAGE_LIMIT_MS));
    n = snprintf(wheel, sizeof wheel, "\033[<64;%d;%dM", col + 1, row + 3);
    eye_send_bytes(e, wheel, (size_t)n);
    assert_true(eye_wait_text(e, "primary   mysql-bin", STAGE_LIMIT_MS));
    click(e, row + 2, col, 2);
    assert_true(eye_gone_text(e, "1 Tunnel", STAGE_LIMIT_MS));
    stage_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_line_shows_the_newest),
        cmocka_unit_test(a_full_line_does_not_hold_it),
        cmocka_unit_test(who_never_answers_is_served),
        cmocka_unit_test(a_late_answer_is_not_typed_to_the_shell),
        cmocka_unit_test(a_paste_may_hold_an_answer),
        cmocka_unit_test(the_mouse_is_left_alone),
        cmocka_unit_test(the_mouse_focuses_scrolls_and_zooms),
        cmocka_unit_test(an_outage_calls_who_looks_elsewhere),
    };
    return cmocka_run_group_tests(tests, stage_raise, stage_drop);
}
