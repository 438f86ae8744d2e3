/* Painting: clips, wide characters, combining marks, shortening. */
#include "tui/canvas.h"

#include <limits.h>
#include <string.h>

#include "canvas_text.h"
#include "tui/glyph.h"

static struct canvas canvas;

static int set_up(void **state)
{
    (void)state;
    glyph_use(GLYPHS_UTF8);
    canvas_init(&canvas, 10, 3);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    canvas_finish(&canvas);
    return 0;
}

static void test_text_returns_cells(void **state)
{
    (void)state;
    assert_int_equal(canvas_text(&canvas, 2, 1, ROLE_OK, "héllo"), 5);
    assert_canvas(&canvas, "\n  héllo\n\n");
    assert_int_equal(role_at(&canvas, 2, 1), ROLE_OK);
    assert_int_equal(role_at(&canvas, 7, 1), ROLE_TEXT);
}

static void test_text_is_cut_at_the_edges(void **state)
{
    (void)state;
    assert_int_equal(canvas_text(&canvas, 7, 0, ROLE_TEXT, "abcdef"), 3);
    assert_int_equal(canvas_text(&canvas, -2, 1, ROLE_TEXT, "abcdef"), 6);
    assert_int_equal(canvas_text(&canvas, 10, 1, ROLE_TEXT, "abc"), 0);
    assert_int_equal(canvas_text(&canvas, 12, 1, ROLE_TEXT, "abc"), 0);
    (void)canvas_text(&canvas, 0, 3, ROLE_TEXT, "below");
    (void)canvas_text(&canvas, 0, -1, ROLE_TEXT, "above");
    assert_canvas(&canvas, "       abc\ncdef\n\n");
}

static void test_clip_narrows_and_comes_back(void **state)
{
    (void)state;
    struct rect all = canvas_clip(&canvas, (struct rect){2, 1, 4, 5});
    struct rect outer = canvas_clip(&canvas, (struct rect){0, 0, 4, INT_MAX});
    assert_int_equal(canvas.clip.x, 2);
    assert_int_equal(canvas.clip.w, 2);
    assert_int_equal(canvas_text(&canvas, 0, 1, ROLE_TEXT, "abcdefgh"), 4);
    canvas_unclip(&canvas, outer);
    (void)canvas_text(&canvas, 0, 2, ROLE_TEXT, "abcdefgh");
    canvas_unclip(&canvas, all);
    (void)canvas_text(&canvas, 0, 0, ROLE_TEXT, "abcdefgh");
    assert_canvas(&canvas, "abcdefgh\n  cd\n  cdef\n");
}

static void test_clip_outside_paints_nothing(void **state)
{
    (void)state;
    (void)canvas_clip(&canvas, (struct rect){20, 20, 5, 5});
    canvas_fill(&canvas, (struct rect){0, 0, 10, 3}, '#', ROLE_TEXT);
    assert_int_equal(canvas_text(&canvas, 0, 0, ROLE_TEXT, "abc"), 3);
    assert_int_equal(canvas_text_fit(&canvas, 30, 0, 5, ROLE_TEXT, "abc"), 0);
    assert_canvas(&canvas, "\n\n\n");
}

static void test_wide_takes_two_cells(void **state)
{
    (void)state;
    assert_int_equal(canvas_text(&canvas, 0, 0, ROLE_TEXT, "日本x"), 5);
    assert_canvas(&canvas, "日本x\n\n\n");
    assert_int_equal(canvas.cells[0].flags, CELL_WIDE);
    assert_int_equal(canvas.cells[1].cp[0], 0);
}

static void test_half_a_wide_character_becomes_blank(void **state)
{
    (void)state;
    (void)canvas_text(&canvas, 0, 0, ROLE_TEXT, "日本");
    canvas_put(&canvas, 1, 0, 'x', ROLE_TEXT);
    canvas_put(&canvas, 2, 0, 'y', ROLE_TEXT);
    assert_canvas(&canvas, " xy\n\n\n");
    (void)canvas_text(&canvas, 0, 1, ROLE_TEXT, "日本");
    (void)canvas_text(&canvas, 1, 1, ROLE_TEXT, "語");
    assert_canvas(&canvas, " xy\n 語\n\n");
    assert_int_equal(canvas.cells[10].flags, 0);
    assert_int_equal(canvas.cells[13].cp[0], ' ');
}

static void test_wide_at_the_clip_is_blank(void **state)
{
    (void)state;
    canvas_fill(&canvas, (struct rect){0, 0, 10, 1}, '.', ROLE_TEXT);
    (void)canvas_clip(&canvas, (struct rect){3, 0, 4, 1});
    assert_int_equal(canvas_text(&canvas, 2, 0, ROLE_TEXT, "日本語"), 5);
    assert_canvas(&canvas, "... 本 ...\n\n\n");
}

static void test_marks_stay_with_their_base(void **state)
{
    (void)state;
    assert_int_equal(canvas_text(&canvas, 0, 0, ROLE_TEXT, "e\u0301\u0302\u0303x"), 2);
    assert_int_equal(canvas_text(&canvas, 0, 1, ROLE_TEXT, "日\u0301"), 2);
    assert_canvas(&canvas, "e\u0301\u0302x\n日\u0301\n\n");
}

static void test_mark_without_base_is_dropped(void **state)
{
    (void)state;
    (void)canvas_text(&canvas, 0, 0, ROLE_FRAME, "|");
    (void)canvas_text(&canvas, 1, 0, ROLE_TEXT, "\u0301a");
    canvas_put(&canvas, 0, 1, 0x301, ROLE_TEXT);
    assert_canvas(&canvas, "|a\n\n\n");
}

static void test_controls_are_blanks(void **state)
{
    (void)state;
    assert_int_equal(canvas_text(&canvas, 0, 0, ROLE_TEXT,
                                 "a\r\n\x1b\x7f\xc2\x9b"
                                 "z"),
                     7);
    canvas_put(&canvas, 0, 1, 0, ROLE_TEXT);
    assert_canvas(&canvas, "a     z\n\n\n");
}

static void test_fit(void **state)
{
    (void)state;
    assert_int_equal(canvas_text_fit(&canvas, 0, 0, 5, ROLE_TEXT, "abcde"), 5);
    assert_int_equal(canvas_text_fit(&canvas, 0, 1, 5, ROLE_TEXT, "abcdef"), 5);
    assert_int_equal(canvas_text_fit(&canvas, 5, 1, 99, ROLE_TEXT, "ghijklmn"), 5);
    assert_int_equal(canvas_text_fit(&canvas, 0, 2, 4, ROLE_TEXT, "日本語"), 3);
    assert_int_equal(canvas_text_fit(&canvas, 9, 2, 1, ROLE_TEXT, "ab"), 1);
    assert_int_equal(canvas_text_fit(&canvas, 5, 2, 0, ROLE_TEXT, "ab"), 0);
    assert_canvas(&canvas, "abcde\nabcd…ghij…\n日…      …\n");
}

static void test_right(void **state)
{
    (void)state;
    assert_int_equal(canvas_text_right(&canvas, 10, 0, 10, ROLE_TEXT, "abc"), 7);
    assert_int_equal(canvas_text_right(&canvas, 9, 1, 4, ROLE_TEXT, "abcdef"), 5);
    assert_int_equal(canvas_text_right(&canvas, 9, 2, 4, ROLE_TEXT, "日本語"), 6);
    assert_int_equal(canvas_text_right(&canvas, 9, 2, -1, ROLE_TEXT, "x"), 9);
    assert_canvas(&canvas, "       abc\n     abc…\n      日…\n");
}

static void test_printf_cuts_whole_characters(void **state)
{
    (void)state;
    struct canvas wide;
    canvas_init(&wide, 600, 1);
    char text[1201];
    for (size_t i = 0; i + 1 < sizeof text; i += 3) {
        memcpy(&text[i], "…", 3);
    }
    text[sizeof text - 1] = '\0';
    /* 1023 bytes fit: one letter and 340 characters, and a part of the next. */
    assert_int_equal(canvas_printf(&wide, 0, 0, ROLE_TEXT, "x%s", text), 341);
    assert_int_equal(wide.cells[340].cp[0], 0x2026);
    assert_int_equal(wide.cells[341].cp[0], ' ');
    canvas_finish(&wide);
    assert_int_equal(canvas_printf(&canvas, 0, 0, ROLE_TEXT, "%d %s", 14, "tx"), 5);
    assert_canvas(&canvas, "14 tx\n\n\n");
}

static void test_frame_and_tint(void **state)
{
    (void)state;
    canvas_frame(&canvas, (struct rect){1, 0, 6, 3}, ROLE_FRAME);
    canvas_frame(&canvas, (struct rect){8, 0, 1, 3}, ROLE_FRAME);
    assert_canvas(&canvas, " ╭────╮\n │    │\n ╰────╯\n");
    canvas_tint(&canvas, (struct rect){0, 0, 99, 1}, ROLE_BAND_CRIT);
    assert_int_equal(role_at(&canvas, 9, 0), ROLE_BAND_CRIT);
    assert_int_equal(role_at(&canvas, 1, 1), ROLE_FRAME);
    glyph_use(GLYPHS_ASCII);
    canvas_clear(&canvas);
    canvas_frame(&canvas, (struct rect){0, 0, 2, 2}, ROLE_FRAME);
    canvas_frame(&canvas, (struct rect){3, 0, 4, 3}, ROLE_FRAME);
    assert_canvas(&canvas, "++ +--+\n++ |  |\n   +--+\n");
}

static void test_resize_and_odd_sizes(void **state)
{
    (void)state;
    canvas_resize(&canvas, -1, 5);
    assert_int_equal(canvas.w, 0);
    (void)canvas_text(&canvas, 0, 0, ROLE_TEXT, "abc");
    canvas_resize(&canvas, 3, 1);
    (void)canvas_text(&canvas, 0, 0, ROLE_TEXT, "日本");
    assert_canvas(&canvas, "日\n");
    canvas_finish(NULL);
}

static void test_every_glyph_has_both_forms(void **state)
{
    (void)state;
    for (int g = 0; g < GLYPH_COUNT; g++) {
        glyph_use(GLYPHS_UTF8);
        assert_true(strlen(glyph((enum glyph)g)) > 0);
        glyph_use(GLYPHS_ASCII);
        const char *ascii = glyph((enum glyph)g);
        assert_true(strlen(ascii) > 0);
        for (; *ascii; ascii++) {
            assert_in_range(*ascii, 0x21, 0x7e);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        TEST(test_text_returns_cells),
        TEST(test_text_is_cut_at_the_edges),
        TEST(test_clip_narrows_and_comes_back),
        TEST(test_clip_outside_paints_nothing),
        TEST(test_wide_takes_two_cells),
        TEST(test_half_a_wide_character_becomes_blank),
        TEST(test_wide_at_the_clip_is_blank),
        TEST(test_marks_stay_with_their_base),
        TEST(test_mark_without_base_is_dropped),
        TEST(test_controls_are_blanks),
        TEST(test_fit),
        TEST(test_right),
        TEST(test_printf_cuts_whole_characters),
        TEST(test_frame_and_tint),
        TEST(test_resize_and_odd_sizes),
        TEST(test_every_glyph_has_both_forms),
    };
    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
