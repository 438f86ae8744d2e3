/* In a real shell, alone and inside a real tmux, GNU screen and mosh: it runs, hears keys, follows a
 * resize, stops and comes back, and leaves the shell as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/e2e/stage.h"

#define SHELL_ARGS "bash", "--norc", "--noprofile", "-i"

static char command[STAGE_PATH + 300];

static bool footer_is_last(struct eye *e, void *ctx)
{
    int row = -1, col = -1;
    (void)ctx;
    return eye_sees(e, "4 Alerts") && eye_find(e, "? help", &row, &col) &&
           row == eye_height(e) - 1;
}

static void await_dashboard(struct eye *e, const char *where)
{
    if (!eye_wait(e, footer_is_last, NULL, STAGE_LIMIT_MS)) {
        eye_dump(e, where);
        fail_msg("no dashboard in %s", where);
    }
    stage_whole(e);
}

static void say(struct eye *e, const char *line, const char *seen)
{
    eye_type(e, line);
    assert_true(eye_key(e, "Enter"));
    assert_true(eye_wait_text(e, seen, STAGE_LIMIT_MS));
}

/* The shell is typed to; nothing else may have been. */
static void shell_is_sound(struct eye *e)
{
    say(e, "echo a$((1+1))z", "a2z");
    assert_false(eye_sees(e, "[0n") || eye_sees(e, "0n:"));
    say(e, "stty -a | tr ' ;' '\\n\\n' | grep -cxE 'echo|icanon|ixon' | sed s/^/modes=/",
        "modes=3");
}

static void lives_in(const char *where, const char *const *argv, const char *variable)
{
    struct error err = {""};
    const char *env[] = {"PS1=sh> ", command, "LANG=C.UTF-8", variable, NULL};
    struct eye *e = eye_start(
        &(struct eye_options){.w = 100, .h = 30, .argv = argv, .env = env, .keep_bytes = true},
        &err);
    if (!e) {
        fail_msg("%s", err.text);
    }
    assert_true(eye_wait_text(e, "sh>", STAGE_LIMIT_MS));
    eye_type(e, "$DASHBOARD");
    assert_true(eye_key(e, "Enter"));
    await_dashboard(e, where);
    stage_press(e, "?", "this help");
    stage_press_gone(e, "Escape", "this help");
    eye_resize(e, 90, 26);
    await_dashboard(e, where);
    assert_true(eye_key(e, "C-z"));
    assert_true(eye_wait_text(e, "Stopped", STAGE_LIMIT_MS));
    shell_is_sound(e);
    eye_resize(e, 100, 28); /* while it sleeps */
    say(e, "fg", "4 Alerts");
    await_dashboard(e, where);
    stage_press(e, "?", "this help");
    stage_press_gone(e, "?", "this help");
    assert_true(eye_key(e, "q"));
    assert_true(eye_gone_text(e, "? help", STAGE_LIMIT_MS));
    say(e, "clear; echo left=$?", "left=0");
    shell_is_sound(e);
    int status = -1;
    eye_type(e, "exit");
    assert_true(eye_key(e, "Enter"));
    assert_true(eye_wait_exit(e, STAGE_LIMIT_MS, &status));
    stage_assert_sane(e);
    eye_destroy(e);
}

static void lives_in_a_shell(void **state)
{
    const char *const argv[] = {SHELL_ARGS, NULL};
    (void)state;
    lives_in("a shell", argv, "HISTFILE=");
}

static void lives_in_tmux(void **state)
{
    char socket[STAGE_PATH + 16];
    (void)state;
    (void)snprintf(socket, sizeof socket, "%s/tmux", stage_dir());
    const char *const argv[] = {"tmux",     "-S", socket, "-f",     "/dev/null", "new-session",
                                SHELL_ARGS, ";",  "set",  "status", "off",       NULL};
    lives_in("tmux", argv, "HISTFILE=");
}

/* Without its altscreen, as it comes, what was painted stays above the prompt. */
static void lives_in_screen(void **state)
{
    char dir[STAGE_PATH + 32];
    (void)state;
    (void)snprintf(dir, sizeof dir, "SCREENDIR=%s/screen", stage_dir());
    assert_int_equal(mkdir(strchr(dir, '=') + 1, 0700), 0);
    const char *const argv[] = {"screen", "-U", "-c", "/dev/null", SHELL_ARGS, NULL};
    lives_in("GNU screen", argv, dir);
}

/* mosh-server says "MOSH CONNECT port key" and goes on behind. */
static void lives_in_mosh(void **state)
{
    char key[64] = "", variable[80], port[8] = "";
    char *text;
    const char *const server[] = {
        "env", "PS1=sh> ",     command,     "HISTFILE=", "mosh-server",
        "new", "-i",           "127.0.0.1", "-c",        "256",
        "-l",  "LANG=C.UTF-8", "--",        SHELL_ARGS,  NULL};
    (void)state;
    assert_int_equal(stage_run(server, &text, NULL), 0);
    const char *at = strstr(text, "MOSH CONNECT ");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "MOSH CONNECT %7s %63s", port, key), 2);
    free(text);
    (void)snprintf(variable, sizeof variable, "MOSH_KEY=%s", key);
    const char *const argv[] = {"mosh-client", "127.0.0.1", port, NULL};
    lives_in("mosh", argv, variable);
}

static int set_up(void **state)
{
    char config[STAGE_PATH];
    (void)state;
    stage_silent_config("30s", config);
    (void)snprintf(command, sizeof command, "DASHBOARD=%s --config %s", DRTOP_BIN, config);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lives_in_a_shell),
        cmocka_unit_test(lives_in_tmux),
        cmocka_unit_test(lives_in_screen),
        cmocka_unit_test(lives_in_mosh),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
