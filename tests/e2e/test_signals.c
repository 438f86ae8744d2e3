/* However the program ends, or is stopped, the terminal is left as a shell expects it. All its
 * sources hang meanwhile. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/e2e/stage.h"

enum { END_MS = 2000 };

static char config[STAGE_PATH];

static struct eye *start(void)
{
    /* Else the sanitizers' own handlers would decide how the process ends. */
    const struct stage_options options = {
        .config = config, .env = {"ASAN_OPTIONS=handle_segv=0:handle_sigbus=0"}};
    struct eye *e = stage_open(&options, "4 Alerts");
    assert_true(eye_altscreen(e));
    assert_false(eye_cursor_visible(e));
    assert_false(eye_cooked(e));
    return e;
}

static int end_by(int sig)
{
    int status = -1;
    struct eye *e = start();
    assert_true(eye_signal(e, sig));
    assert_true(eye_wait_exit(e, END_MS, &status));
    stage_assert_sane(e);
    eye_destroy(e);
    return status;
}

static void polite_signals_end_it_well(void **state)
{
    static const int signals[] = {SIGTERM, SIGHUP, SIGINT};
    (void)state;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        int status = end_by(signals[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

static void fatal_signals_still_kill_it(void **state)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGQUIT};
    (void)state;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        int status = end_by(signals[i]);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), signals[i]);
    }
}

static void interrupt_key_leaves(void **state)
{
    (void)state;
    int status = -1;
    struct eye *e = start();
    assert_true(eye_key(e, "C-c"));
    assert_true(eye_wait_exit(e, END_MS, &status));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    stage_assert_sane(e);
    eye_destroy(e);
}

static void lost_terminal_ends_it(void **state)
{
    (void)state;
    int status = -1;
    struct eye *e = start();
    eye_hang_up(e);
    assert_true(eye_wait_exit(e, END_MS, &status));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    eye_destroy(e);
}

static bool has_stopped(struct eye *e, void *ctx)
{
    siginfo_t info = {0};
    (void)ctx;
    return waitid(P_PID, (id_t)eye_pid(e), &info, WSTOPPED | WNOWAIT | WNOHANG) == 0 &&
           info.si_pid == eye_pid(e);
}

/* The footer is the last that is painted. */
static bool is_back(struct eye *e, void *ctx)
{
    int row = -1, col = -1;
    (void)ctx;
    return eye_altscreen(e) && !eye_cursor_visible(e) && eye_sees(e, "4 Alerts") &&
           eye_find(e, "? help", &row, &col) && row == eye_height(e) - 1;
}

/* The condition is looked at when bytes come, and a process that stops sends none after. */
static bool await_stop(struct eye *e)
{
    int64_t end_ms = stage_now_ms() + END_MS;
    while (!has_stopped(e, NULL) && stage_now_ms() < end_ms) {
        (void)eye_pump(e, 10);
    }
    (void)eye_pump(e, 0);
    return has_stopped(e, NULL);
}

static void stops_and_comes_back(void **state)
{
    (void)state;
    struct eye *e = start();
    assert_true(eye_key(e, "C-z"));
    assert_true(await_stop(e));
    stage_assert_sane(e);
    stage_scribble(e, "the shell was here");
    eye_resize(e, 100, 30); /* while nobody listens */
    assert_true(eye_signal(e, SIGCONT));
    assert_true(eye_wait(e, is_back, NULL, END_MS));
    assert_true(eye_gone_text(e, "the shell was here", END_MS));
    stage_press(e, "?", "this help");
    stage_quit(e);
}

static void stops_twice(void **state)
{
    (void)state;
    struct eye *e = start();
    for (int i = 0; i < 2; i++) {
        assert_true(eye_signal(e, SIGTSTP));
        assert_true(await_stop(e));
        stage_assert_sane(e);
        assert_true(eye_signal(e, SIGCONT));
        assert_true(eye_wait(e, is_back, NULL, END_MS));
    }
    stage_quit(e);
}

/* Ctrl-S would hold the screen still, for good as it seems to whoever pressed it. */
static void flow_control_stays_off(void **state)
{
    (void)state;
    struct eye *e = start();
    assert_true(eye_key(e, "C-s"));
    stage_press(e, "?", "leave drtop");
    stage_press_gone(e, "?", "leave drtop");
    assert_true(eye_signal(e, SIGTSTP));
    assert_true(await_stop(e));
    assert_true(eye_signal(e, SIGCONT));
    assert_true(eye_wait(e, is_back, NULL, END_MS));
    assert_true(eye_key(e, "C-s"));
    stage_press(e, "?", "leave drtop");
    stage_quit(e);
}

static int set_up(void **state)
{
    const struct rlimit none = {0};
    (void)state;
    (void)setrlimit(RLIMIT_CORE, &none);
    stage_silent_config("30s", config);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(polite_signals_end_it_well),
        cmocka_unit_test(fatal_signals_still_kill_it),
        cmocka_unit_test(interrupt_key_leaves),
        cmocka_unit_test(lost_terminal_ends_it),
        cmocka_unit_test(stops_and_comes_back),
        cmocka_unit_test(stops_twice),
        cmocka_unit_test(flow_control_stays_off),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
