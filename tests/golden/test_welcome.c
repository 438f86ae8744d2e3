/* Golden frames of the first run's screen; see test_frames.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/golden/golden.h"
#include "tests/unit/canvas_text.h"
#include "tui/glyph.h"
#include "tui/pane/welcome.h"

static char *painted(struct welcome *w, int width, int height, bool ascii)
{
    struct canvas c;
    canvas_init(&c, width, height);
    glyph_use(ascii ? GLYPHS_ASCII : GLYPHS_UTF8);
    welcome_paint(&c, w);
    char *text = canvas_as_text(&c);
    canvas_finish(&c);
    return text;
}

static struct welcome first_run(bool help)
{
    return (struct welcome){
        .version = "1.2.3", .place = "/srv/ops/.config/drtop/drtop.json", .help = help};
}

static void test_frames(void **state)
{
    (void)state;
    static const struct {
        int w, h;
    } sizes[] = {{120, 36}, {80, 24}, {60, 16}, {40, 8}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (int kind = 0; kind < 4; kind++) {
            char name[64];
            struct welcome w = first_run(kind & 2);
            (void)snprintf(name, sizeof name, "welcome%s-%dx%d%s", kind & 2 ? "-sql" : "",
                           sizes[i].w, sizes[i].h, kind & 1 ? "-ascii" : "");
            char *text = painted(&w, sizes[i].w, sizes[i].h, kind & 1);
            golden_check(name, text);
            free(text);
        }
    }
}

/* Whatever does not fit can be scrolled to, and no further than its end. */
static void test_the_end_can_be_reached(void **state)
{
    (void)state;
    struct welcome w = first_run(true);
    free(painted(&w, 40, 8, false));
    assert_int_equal(w.page, 6);
    assert_true(w.all > w.page);
    w.scroll = 1000;
    char *text = painted(&w, 40, 8, false);
    assert_int_equal(w.scroll, w.all - w.page);
    assert_non_null(strstr(text, "monitor-mariadb.sql."));
    free(text);
}

/* No size is too small to paint, and no path too long or missing. */
static void test_every_size_paints(void **state)
{
    (void)state;
    char path[600];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    for (int width = 1; width <= 130; width += width < 20 ? 1 : 7) {
        for (int height = 1; height <= 40; height++) {
            struct welcome w = first_run(height % 3 == 0);
            w.place = height % 2 ? path : "";
            free(painted(&w, width, height, height % 5 == 0));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_the_end_can_be_reached),
        cmocka_unit_test(test_every_size_paints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
