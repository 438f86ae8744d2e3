/* Which terminals understand more than terminfo says, and what is sent to them, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/eye/osc.h"
#include "tui/xterm.h"

static struct {
    int real_fd;
    FILE *file;
    char bytes[4096];
    struct osc osc;
} out;

static int set_up(void **state)
{
    (void)state;
    (void)fflush(stdout);
    out.real_fd = dup(STDOUT_FILENO);
    out.file = tmpfile();
    assert_non_null(out.file);
    assert_true(dup2(fileno(out.file), STDOUT_FILENO) >= 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)fflush(stdout);
    (void)dup2(out.real_fd, STDOUT_FILENO);
    (void)close(out.real_fd);
    (void)fclose(out.file);
    return 0;
}

/* What has been sent since the last call; a terminal has read it, too. */
static const char *sent(void)
{
    (void)fflush(stdout);
    off_t n = lseek(STDOUT_FILENO, 0, SEEK_CUR);
    assert_in_range(n, 0, sizeof out.bytes - 1);
    assert_int_equal(pread(fileno(out.file), out.bytes, (size_t)n, 0), n);
    out.bytes[n] = '\0';
    assert_int_equal(ftruncate(fileno(out.file), 0), 0);
    (void)lseek(STDOUT_FILENO, 0, SEEK_SET);
    out.osc = (struct osc){0};
    osc_feed(&out.osc, out.bytes, (size_t)n);
    return out.bytes;
}

static void knows_its_kin(void **state)
{
    static const char *const kin[] = {"xterm",  "xterm-256color",  "xterm-kitty", "tmux",
                                      "screen", "screen-256color", "foot",        "alacritty"};
    static const char *const others[] = {"linux", "vt100", "vt220", "ansi", "dumb", "", NULL};
    (void)state;
    for (size_t i = 0; i < sizeof kin / sizeof *kin; i++) {
        assert_true(xterm_is_rich(kin[i]));
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_false(xterm_is_rich(others[i]));
    }
}

static void titles(void **state)
{
    char longer[400];
    (void)state;
    xterm_title_keep();
    xterm_title("NORMAL");
    xterm_title_restore();
    assert_string_equal(sent(), "\033[22;2t\033]2;NORMAL\a\033[23;2t");
    assert_string_equal(xterm_plain("a\xc3\x9c", true, longer, sizeof longer), "a\xc3\x9c");
    assert_string_equal(xterm_plain("a\xc3\x9c", false, longer, sizeof longer), "a??");
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    xterm_title(longer);
    (void)sent();
    assert_int_equal(strlen(out.osc.title), 255);
}

static void copies(void **state)
{
    static const char *const texts[] = {"", "a", "ab", "abc", "lag 0.4 s \xe2\x9c\x93"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        xterm_copy(texts[i]);
        (void)sent();
        assert_string_equal(out.osc.clipboard, texts[i]);
    }
    xterm_copy("ab");
    assert_string_equal(sent(), "\033]52;c;YWI=\a");
}

/* As much as fits, and no half of a character. */
static void copies_what_fits(void **state)
{
    char text[XTERM_COPY_MAX + 8] = "";
    (void)state;
    memset(text, 'x', XTERM_COPY_MAX - 1);
    (void)snprintf(text + XTERM_COPY_MAX - 1, 8, "y");
    xterm_copy(text);
    (void)sent();
    assert_string_equal(out.osc.clipboard, text);
    (void)snprintf(text + XTERM_COPY_MAX - 1, 8, "\xe2\x9c\x93");
    xterm_copy(text);
    (void)sent();
    assert_int_equal(strlen(out.osc.clipboard), XTERM_COPY_MAX - 1);
}

static void pops_up_as_configured(void **state)
{
    (void)state;
    xterm_popup(POPUP_NONE, "gone");
    assert_string_equal(sent(), "");
    xterm_popup(POPUP_OSC9, "gone");
    assert_string_equal(sent(), "\033]9;gone\a");
    xterm_popup(POPUP_OSC777, "gone");
    assert_string_equal(sent(), "\033]777;notify;drtop;gone\a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_its_kin),
        cmocka_unit_test_setup_teardown(titles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(copies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(copies_what_fits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pops_up_as_configured, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
