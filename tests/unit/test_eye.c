/* The eye itself: small shell scripts write known bytes, the eye must see what a person would.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/eye/eye.h"

enum { LIMIT_MS = 5000 };

static struct eye *start_on(const char *term, const char *script)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    const struct eye_options options = {.w = 40, .h = 8, .term = term, .argv = argv};
    struct error err = {""};
    struct eye *e = eye_start(&options, &err);
    if (!e) {
        fail_msg("%s", err.text);
    }
    return e;
}

static struct eye *start(const char *script)
{
    return start_on(NULL, script);
}

static void sees_text_and_lines(void **state)
{
    (void)state;
    struct eye *e = start("printf 'hello\\r\\n\\033[3;5Hthere'; read x");
    assert_true(eye_wait_text(e, "there", LIMIT_MS));
    assert_string_equal(eye_line(e, 0), "hello");
    assert_string_equal(eye_line(e, 1), "");
    assert_string_equal(eye_line(e, 2), "    there");
    assert_string_equal(eye_line(e, 99), "");
    int row = -1, col = -1;
    assert_true(eye_find(e, "there", &row, &col));
    assert_int_equal(row, 2);
    assert_int_equal(col, 4);
    assert_false(eye_find(e, "nowhere", &row, &col));
    eye_destroy(e);
}

static void resolves_colours_and_attributes(void **state)
{
    (void)state;
    struct eye *e = start("printf '\\033[1;38;5;208mA\\033[0;7mB\\033[0;4;48;5;21mC'; read x");
    assert_true(eye_wait_text(e, "ABC", LIMIT_MS));
    struct eye_cell a = eye_cell(e, 0, 0), b = eye_cell(e, 0, 1), c = eye_cell(e, 0, 2);
    struct eye_cell blank = eye_cell(e, 5, 5);
    assert_int_equal(a.fg, 0xff8700);
    assert_true(a.bold);
    assert_true(b.reverse);
    assert_int_equal(b.fg, blank.bg);
    assert_int_equal(b.bg, blank.fg);
    assert_int_equal(c.bg, 0x0000ff);
    assert_true(c.underline);
    assert_false(c.bold);
    eye_destroy(e);
}

static void bold_does_not_brighten(void **state)
{
    (void)state;
    struct eye *e = start("printf '\\033[31mA\\033[1mB'; read x");
    assert_true(eye_wait_text(e, "AB", LIMIT_MS));
    assert_int_equal(eye_cell(e, 0, 0).fg, eye_cell(e, 0, 1).fg);
    eye_destroy(e);
}

static bool has_written(struct eye *e, void *ctx)
{
    return eye_bytes_written(e) >= *(const uint64_t *)ctx;
}

/* The pieces of one character come in separate writes. */
static void joins_partial_utf8(void **state)
{
    (void)state;
    struct eye *e = start("stty -echo; printf '\\342'; read a; printf '\\224\\200|'; read c");
    uint64_t one = 1;
    assert_true(eye_wait(e, has_written, &one, LIMIT_MS));
    eye_type(e, "\n");
    assert_true(eye_wait_text(e, "\xe2\x94\x80|", LIMIT_MS));
    eye_destroy(e);
}

static void steps_over_wide_characters(void **state)
{
    (void)state;
    struct eye *e = start("printf '\\346\\274\\242x'; read x"); /* U+6F22 */
    assert_true(eye_wait_text(e, "\xe6\xbc\xa2x", LIMIT_MS));
    assert_int_equal(eye_cell(e, 0, 0).width, 2);
    assert_int_equal(eye_cell(e, 0, 1).width, 0);
    int row = -1, col = -1;
    assert_true(eye_find(e, "x", &row, &col));
    assert_int_equal(col, 2);
    eye_destroy(e);
}

static void follows_alternate_screen_and_cursor(void **state)
{
    (void)state;
    struct eye *e =
        start("stty -echo; printf 'before\\033[?1049h\\033[?25l\\033[Hinside'; read x;"
              "printf '\\033[?1049l\\033[?25hafter'; read x");
    assert_true(eye_wait_text(e, "inside", LIMIT_MS));
    assert_true(eye_altscreen(e));
    assert_false(eye_cursor_visible(e));
    assert_false(eye_sees(e, "before"));
    assert_true(eye_key(e, "Enter"));
    assert_true(eye_gone_text(e, "inside", LIMIT_MS));
    assert_true(eye_wait_text(e, "beforeafter", LIMIT_MS));
    assert_false(eye_altscreen(e));
    assert_true(eye_cursor_visible(e));
    eye_destroy(e);
}

static void saving_the_cursor_does_not_save_that_it_is_hidden(void **state)
{
    (void)state;
    struct eye *e =
        start("printf '\\033[?1049h\\033[?25l\\0337\\033[?25h\\033[?1049lout'; read x");
    assert_true(eye_wait_text(e, "out", LIMIT_MS));
    assert_false(eye_altscreen(e));
    assert_true(eye_cursor_visible(e));
    eye_destroy(e);
}

static void tells_the_program_its_size(void **state)
{
    (void)state;
    struct eye *e =
        start("trap 'stty size' WINCH; stty size; echo ready; while :; do read x; done");
    assert_true(eye_wait_text(e, "ready", LIMIT_MS));
    assert_string_equal(eye_line(e, 0), "8 40");
    eye_resize(e, 60, 20);
    eye_type(e, "\n");
    assert_true(eye_wait_text(e, "20 60", LIMIT_MS));
    assert_int_equal(eye_width(e), 60);
    assert_int_equal(eye_height(e), 20);
    eye_destroy(e);
}

static void records_title_clipboard_and_bells(void **state)
{
    (void)state;
    struct eye *e =
        start("printf '\\033]2;NORMAL \\342\\234\\223\\007\\033]52;c;aGVsbG8=\\033\\\\\\007go';"
              "read x");
    assert_true(eye_wait_text(e, "go", LIMIT_MS));
    assert_string_equal(eye_title(e), "NORMAL \xe2\x9c\x93");
    assert_string_equal(eye_clipboard(e), "hello");
    assert_int_equal(eye_bells(e), 1);
    eye_destroy(e);
}

static void answers_queries(void **state)
{
    (void)state;
    struct eye *e = start("stty raw -echo; printf '\\033[6n'; head -c 6 | od -An -c; read x");
    assert_true(eye_wait_text(e, "1   ;   1   R", LIMIT_MS));
    eye_destroy(e);
}

static void presses_keys_as_the_terminal_would(void **state)
{
    (void)state;
    static const struct {
        const char *term, *key, *seen;
    } rows[] = {
        {"xterm-256color", "Up", "033   [   A"}, {"xterm-256color", "F1", "033   O   P"},
        {"linux", "F1", "033   [   [   A"},      {"screen-256color", "Home", "033   [   1   ~"},
        {"xterm", "PgDn", "033   [   6   ~"},    {"xterm", "C-l", "\\f"},
        {"xterm", "\xc3\xa9", "303 251"},        {"xterm", "q", "q"},
        {"xterm", "S-Tab", "033   [   Z"},       {"xterm", "Escape", "033"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct eye *e = start_on(
            rows[i].term, "stty raw -echo; printf ok; dd bs=16 count=1 2>&- | od -An -c");
        assert_true(eye_wait_text(e, "ok", LIMIT_MS));
        assert_true(eye_key(e, rows[i].key));
        assert_true(eye_wait_text(e, rows[i].seen, LIMIT_MS));
        assert_false(eye_key(e, "NoSuchKey"));
        eye_destroy(e);
    }
}

static void reports_exit_status_and_last_output(void **state)
{
    (void)state;
    struct eye *e = start("printf last; exit 7");
    int status = -1;
    assert_true(eye_wait_exit(e, LIMIT_MS, &status));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_true(eye_sees(e, "last"));
    assert_int_equal(eye_bytes_written(e), 4);
    assert_false(eye_alive(e));
    assert_false(eye_signal(e, SIGTERM));
    eye_destroy(e);
}

static void reports_death_by_signal(void **state)
{
    (void)state;
    struct eye *e = start("echo up; read x");
    assert_true(eye_wait_text(e, "up", LIMIT_MS));
    assert_true(eye_signal(e, SIGTERM));
    int status = -1;
    assert_true(eye_wait_exit(e, LIMIT_MS, &status));
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
    eye_destroy(e);
}

static void refuses_what_cannot_run(void **state)
{
    (void)state;
    const char *const argv[] = {"/nonexistent/program", NULL};
    const struct eye_options options = {.argv = argv};
    struct error err = {""};
    assert_null(eye_start(&options, &err));
    assert_non_null(strstr(err.text, "/nonexistent/program"));
}

static void changes_the_environment(void **state)
{
    (void)state;
    (void)setenv("LINES", "3", 1);
    (void)setenv("EYE_DROPPED", "yes", 1);
    const char *const argv[] = {
        "sh", "-c", "echo \"[$TERM][$LINES][$EYE_A][$EYE_DROPPED][$LC_ALL]\"; read x", NULL};
    const char *const env[] = {"EYE_A=b=c", "EYE_DROPPED", NULL};
    const struct eye_options options = {
        .term = "vt100", .locale = "C", .argv = argv, .env = env, .keep_bytes = true};
    struct eye *e = eye_start(&options, NULL);
    assert_non_null(e);
    assert_true(eye_wait_text(e, "[vt100][][b=c][][C]", LIMIT_MS));
    size_t len = 0;
    assert_non_null(strstr(eye_bytes(e, &len), "[vt100]"));
    assert_int_equal(len, eye_bytes_written(e));
    eye_destroy(e);
}

/* A failed wait must be quick once nothing more can come. */
static void stops_waiting_for_the_dead(void **state)
{
    (void)state;
    (void)fflush(stderr);
    struct eye *e = start("exit 0");
    int status = -1;
    assert_true(eye_wait_exit(e, LIMIT_MS, &status));
    assert_false(eye_wait_text(e, "never", 1000000));
    eye_destroy(e);
}

static void draws_curses_programs_under_every_term(void **state)
{
    (void)state;
    for (const char *const *term = eye_terms; *term; term++) {
        struct eye *e = start_on(
            *term, "tput clear; tput cup 3 4; tput bold; printf '%s' \"$TERM\"; read x");
        assert_true(eye_wait_text(e, *term, LIMIT_MS));
        int row = -1, col = -1;
        assert_true(eye_find(e, *term, &row, &col));
        assert_int_equal(row, 3);
        assert_int_equal(col, 4);
        assert_true(eye_cell(e, 3, 4).bold);
        eye_destroy(e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sees_text_and_lines),
        cmocka_unit_test(resolves_colours_and_attributes),
        cmocka_unit_test(bold_does_not_brighten),
        cmocka_unit_test(joins_partial_utf8),
        cmocka_unit_test(steps_over_wide_characters),
        cmocka_unit_test(follows_alternate_screen_and_cursor),
        cmocka_unit_test(saving_the_cursor_does_not_save_that_it_is_hidden),
        cmocka_unit_test(tells_the_program_its_size),
        cmocka_unit_test(records_title_clipboard_and_bells),
        cmocka_unit_test(answers_queries),
        cmocka_unit_test(presses_keys_as_the_terminal_would),
        cmocka_unit_test(reports_exit_status_and_last_output),
        cmocka_unit_test(reports_death_by_signal),
        cmocka_unit_test(refuses_what_cannot_run),
        cmocka_unit_test(changes_the_environment),
        cmocka_unit_test(stops_waiting_for_the_dead),
        cmocka_unit_test(draws_curses_programs_under_every_term),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
