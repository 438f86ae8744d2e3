/* The terminals that people have, in both locales, with and without colour; and those on which
 * there is no dashboard: one sentence then, which points to `drtop status`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/e2e/stage.h"

enum { UNAVAILABLE = 69 };

static bool is_ascii(const struct eye *e)
{
    size_t len;
    const char *bytes = eye_bytes(e, &len);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)bytes[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/* Has the program sent a colour (SGR 30-38, 40-48, 90-97, 100-107)? */
static bool has_colour(const struct eye *e)
{
    size_t len;
    const char *at = eye_bytes(e, &len), *end = at + len;
    while ((at = memchr(at, '\033', (size_t)(end - at)))) {
        at++;
        while (*at == '[' || *at == ';') {
            char *after;
            long n = strtol(at + 1, &after, 10);
            const char *final = after + strspn(after, "0123456789;");
            bool colour = (n >= 30 && n <= 38) || (n >= 40 && n <= 48) || (n >= 90 && n <= 107);
            if (after > at + 1 && *final == 'm' && colour) {
                return true;
            }
            at = after;
        }
    }
    return false;
}

static bool bytes_hold(const struct eye *e, const char *text)
{
    size_t len;
    return strstr(eye_bytes(e, &len), text) != NULL;
}

static bool is_one_of(const char *term, const char *const *list)
{
    while (*list && strcmp(*list, term) != 0) {
        list++;
    }
    return *list != NULL;
}

static const char *const without_colour[] = {"vt100", "vt220", "xterm-mono", NULL};
static const char *const without_page_keys[] = {"vt100", "ansi", NULL};
static const char *const without_home_and_end[] = {"vt100", "vt220", "xterm-mono", "ansi",
                                                   NULL};
/* Where what is not terminfo's would stand on the screen as letters. */
static const char *const bare[] = {"linux", "vt100", "vt220", "ansi", NULL};

static struct eye *open_on(const struct stage_options *options)
{
    struct eye *e = stage_open(options, "NORMAL");
    assert_true(eye_wait_text(e, "? help", STAGE_LIMIT_MS));
    assert_true(eye_wait_text(e, "passes", STAGE_LIMIT_MS));
    stage_whole(e);
    static const char *const parts[] = {"1 Tunnel", "2 Binlog", "3 Lag", "4 Alerts"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        assert_true(eye_sees(e, parts[i]));
    }
    return e;
}

static void works_on(const char *term, const char *locale)
{
    bool utf8 = strcmp(locale, "C.UTF-8") == 0;
    struct eye *e = open_on(&(struct stage_options){.term = term, .locale = locale});
    assert_true(eye_wait_text(e, utf8 ? "\xe2\x9c\x93 NORMAL" : "[ok] NORMAL", STAGE_LIMIT_MS));
    assert_int_equal(is_ascii(e), !utf8);
    assert_int_equal(has_colour(e), !is_one_of(term, without_colour));
    assert_int_equal(bytes_hold(e, "38;5;"), strstr(term, "256") != NULL);
    assert_int_equal(bytes_hold(e, "\033]2;"), !is_one_of(term, bare));
    assert_int_equal(bytes_hold(e, "\033[5n"), !is_one_of(term, bare));
    assert_false(bytes_hold(e, "\033[?1000h") || bytes_hold(e, "\033[?1006"));
    stage_press(e, "?", "leave drtop");
    stage_press_gone(e, "?", "leave drtop");
    stage_press(e, "Down", "4 Alerts");
    int status = -1;
    assert_true(eye_key(e, "q"));
    assert_true(eye_wait_exit(e, STAGE_LIMIT_MS, &status));
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    stage_assert_sane(e);
    eye_destroy(e);
}

static void works_on_every_terminal(void **state)
{
    (void)state;
    for (const char *const *term = eye_terms; *term; term++) {
        works_on(*term, "C.UTF-8");
        works_on(*term, "C");
    }
}

/* With arrows, PgUp and the rest as this terminal sends them. */
static void keys_arrive_on_every_terminal(void **state)
{
    (void)state;
    for (const char *const *term = eye_terms; *term; term++) {
        struct eye *e =
            stage_open(&(struct stage_options){.term = *term, .w = 80, .h = 12}, "NORMAL");
        stage_press(e, "?", "this help");
        stage_press_gone(e, "Down", "this help");
        stage_press(e, "Up", "this help");
        if (!is_one_of(*term, without_page_keys)) { /* terminfo knows of no such keys there */
            stage_press_gone(e, "PgDn", "this help");
            stage_press(e, "PgUp", "this help");
        }
        bool ends = !is_one_of(*term, without_home_and_end);
        stage_press(e, ends ? "End" : "G", "times gone.");
        stage_press(e, ends ? "Home" : "g", "this help");
        stage_press_gone(e, "Escape", "this help");
        stage_press(e, "Left", "HISTORY");
        stage_press_gone(e, "Escape", "HISTORY");
        stage_quit(e);
    }
}

static void colour_can_be_refused(void **state)
{
    static const struct stage_options ways[] = {{.env = {"NO_COLOR=1"}}, {.args = {"--mono"}}};
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct eye *e = open_on(&ways[i]);
        assert_false(has_colour(e));
        assert_true(eye_sees(e, "\xe2\x9c\x93 NORMAL"));
        stage_quit(e);
    }
    struct eye *e = open_on(&(struct stage_options){.env = {"NO_COLOR="}}); /* empty: not set */
    assert_true(has_colour(e));
    stage_quit(e);
}

static void glyphs_can_be_chosen(void **state)
{
    (void)state;
    struct eye *e = open_on(&(struct stage_options){.args = {"--ascii"}});
    assert_true(eye_sees(e, "[ok] NORMAL"));
    assert_true(is_ascii(e));
    assert_true(has_colour(e));
    stage_quit(e);
}

/* Focus shows without colour: by an asterisk, or by reverse video. */
static void focus_shows_without_colour(void **state)
{
    (void)state;
    struct eye *e = open_on(&(struct stage_options){.args = {"--mono", "--ascii"}});
    stage_press(e, "2", "2 Binlog*");
    stage_press(e, "1", "1 Tunnel*");
    assert_true(eye_gone_text(e, "Binlog*", STAGE_LIMIT_MS));
    stage_quit(e);
    e = open_on(&(struct stage_options){.args = {"--mono"}});
    int row, col;
    assert_true(eye_find(e, "1 Tunnel", &row, &col));
    assert_false(eye_cell(e, row, col + 2).reverse);
    assert_true(eye_key(e, "1"));
    stage_whole(e);
    assert_true(eye_cell(e, row, col + 2).reverse);
    stage_quit(e);
}

/* --- no dashboard --- */

static void assert_one_sentence(const char *text)
{
    const char *begin = text + strspn(text, "\r\n");
    const char *end = begin + strcspn(begin, "\r\n");
    assert_int_equal(strncmp(begin, "drtop: ", 7), 0);
    const char *hint = strstr(begin, "`drtop status`");
    assert_true(hint && hint < end);
    if (strspn(end, "\r\n") != strlen(end)) {
        fail_msg("more than one sentence: %s", text);
    }
}

static void says_why_not(const char *term, const char *env, const char *reason)
{
    int status = -1;
    struct eye *e = stage_start(&(struct stage_options){.term = term, .env = {env}});
    assert_true(eye_wait_exit(e, STAGE_LIMIT_MS, &status));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), UNAVAILABLE);
    stage_assert_sane(e);
    assert_true(eye_sees(e, reason));
    assert_one_sentence(eye_screen_text(e));
    eye_destroy(e);
}

static void refuses_useless_terminals(void **state)
{
    (void)state;
    says_why_not("dumb", NULL, "TERM=dumb cannot place the cursor");
    says_why_not("no-such-terminal", NULL, "TERM=no-such-terminal is not known here");
    says_why_not(NULL, "TERM", "TERM is not set");
    says_why_not(NULL, "TERM=", "TERM is not set");
}

static void refuses_to_run_without_a_terminal(void **state)
{
    (void)state;
    const char *const argv[] = {DRTOP_BIN, "--config", stage_lab_config(), NULL};
    char *text;
    assert_int_equal(stage_run(argv, &text, NULL), UNAVAILABLE);
    assert_non_null(strstr(text, "no terminal"));
    assert_one_sentence(text);
    free(text);
}

/* Standard output alone is no terminal: `drtop | tee`. */
static void refuses_a_pipe_for_a_screen(void **state)
{
    (void)state;
    char command[600];
    (void)snprintf(command, sizeof command,
                   "%s --config %s | cat; printf 'status %%s\\n' \"${PIPESTATUS[0]}\"; read x",
                   DRTOP_BIN, stage_lab_config());
    const char *const argv[] = {"bash", "-c", command, NULL};
    struct eye *e = eye_start(&(struct eye_options){.w = 120, .h = 24, .argv = argv}, NULL);
    assert_non_null(e);
    assert_true(eye_wait_text(e, "status 69", STAGE_LIMIT_MS));
    assert_true(eye_sees(e, "no terminal"));
    assert_false(eye_altscreen(e));
    eye_destroy(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(works_on_every_terminal),
        cmocka_unit_test(keys_arrive_on_every_terminal),
        cmocka_unit_test(colour_can_be_refused),
        cmocka_unit_test(glyphs_can_be_chosen),
        cmocka_unit_test(focus_shows_without_colour),
        cmocka_unit_test(refuses_useless_terminals),
        cmocka_unit_test(refuses_to_run_without_a_terminal),
        cmocka_unit_test(refuses_a_pipe_for_a_screen),
    };
    return cmocka_run_group_tests(tests, stage_raise, stage_drop);
}
