/* The sample of a theme shows every role, and text with colours is what it says it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/canvas_ansi.h"
#include "tui/glyph.h"
#include "tui/sample.h"

static void every_role_is_in_the_sample(void **state)
{
    (void)state;
    bool seen[ROLE_COUNT] = {false};
    struct canvas c;
    canvas_init(&c, SAMPLE_W, SAMPLE_H);
    sample_paint(&c, "x", GRAPH_BRAILLE);
    for (int i = 0; i < c.w * c.h; i++) {
        seen[c.cells[i].role] = true;
    }
    canvas_finish(&c);
    for (int i = 0; i < ROLE_COUNT; i++) {
        if (!seen[i]) {
            fail_msg("role %d is not in the sample", i);
        }
    }
}

static void any_size_will_do(void **state)
{
    (void)state;
    for (int w = 1; w < 120; w += 7) {
        for (int h = 1; h < 20; h += 3) {
            struct canvas c;
            canvas_init(&c, w, h);
            sample_paint(&c, "a name that is longer than the room for it", GRAPH_ASCII);
            canvas_finish(&c);
        }
    }
}

/* One row "ab", a as TEXT and b as CRIT, written for so many colours. */
static char *written(int colours)
{
    struct theme theme = {.style = {[ROLE_TEXT] = {.fg = 0xffffff, .bg = 0x000000},
                                    [ROLE_CRIT] = {.fg = 0xff0000,
                                                   .bg = THEME_DEFAULT_COLOUR,
                                                   .attrs = THEME_BOLD,
                                                   .mono_attrs = THEME_REVERSE}}};
    struct canvas c;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    canvas_init(&c, 2, 1);
    canvas_clear(&c);
    canvas_put(&c, 0, 0, 'a', ROLE_TEXT);
    canvas_put(&c, 1, 0, 'b', ROLE_CRIT);
    canvas_write_ansi(&c, &theme, colours, out);
    canvas_finish(&c);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void colours_are_what_the_terminal_has(void **state)
{
    static const struct {
        int colours;
        const char *text;
    } cases[] = {
        {256, "\033[0;38;5;231;48;5;16ma\033[0;1;38;5;196mb\033[0m\n"},
        {16, "\033[0;97;40ma\033[0;1;91mb\033[0m\n"},
        {8, "\033[0;37;40ma\033[0;1;31mb\033[0m\n"},
        {0, "\033[0ma\033[0;7mb\033[0m\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = written(cases[i].colours);
        assert_string_equal(text, cases[i].text);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_is_in_the_sample),
        cmocka_unit_test(any_size_will_do),
        cmocka_unit_test(colours_are_what_the_terminal_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
