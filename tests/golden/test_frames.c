/* Golden frames: pictures of the screen, kept as text beside the test. UPDATE_GOLDEN=1 rewrites
 * them; look at the difference before committing it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "tests/golden/golden.h"
#include "tests/golden/scenario.h"
#include "tests/unit/canvas_text.h"
#include "tui/glyph.h"
#include "tui/view.h"

static const struct {
    int w, h;
} sizes[] = {{200, 60}, {120, 36}, {80, 24}, {60, 16}, {40, 8}};

/* What is opened over a story by keys, with a record beside it. */
static const struct look {
    const char *name;
    enum story story;
    const char *keys; /* '\r' is Enter, '\v' is Down, '\b' is Left */
    bool no_recorder, newer;
    bool large; /* in the largest size too */
} looks[] = {
    {"evidence", STORY_PRIMARY_DOWN, "\r", false, false, false},
    {"evidence-calm", STORY_CALM, "\r", false, false, false},
    {"evidence-end", STORY_PRIMARY_DOWN, "\rG", false, false, false},
    {"alerts", STORY_PRIMARY_DOWN, "4\v", false, false, false},
    {"alert", STORY_PRIMARY_DOWN, "4\r", false, false, false},
    {"comment", STORY_PRIMARY_DOWN, "4\vaI am on it", false, false, false},
    {"timeline", STORY_PRIMARY_DOWN, "i", false, false, false},
    {"help", STORY_CALM, "?", false, false, false},
    {"palette", STORY_CALM, ":alert", false, false, false},
    {"no-recorder", STORY_CALM, "", true, false, false},
    {"newer-store", STORY_PRIMARY_DOWN, "a", false, true, false},
    {"views-zoomed", STORY_VIEWS, "1z", false, false, true},
    {"black-holed-zoomed", STORY_BLACK_HOLED, "1z", false, false, true},
    {"tunnel1-zoomed", STORY_TUNNEL1, "1z-", false, false, true},
    {"views-history", STORY_BLACK_HOLED, "1\b\b\bz", false, false, false},
    {"opinions-zoomed", STORY_OPINIONS, "1z", false, false, true},
};
#define LOOKS (sizeof looks / sizeof looks[0])

/* Each story is played once: it is the longest part of a test, and painting does not change it. */
static struct scenario *played[STORY_COUNT];

static struct scenario *story_played(enum story story)
{
    if (!played[story]) {
        played[story] = scenario_play(story);
    }
    return played[story];
}

static int forget_stories(void **state)
{
    (void)state;
    for (int i = 0; i < STORY_COUNT; i++) {
        if (played[i]) {
            scenario_destroy(played[i]);
        }
    }
    return 0;
}

static void press(struct ui *ui, char key, struct scenario *s)
{
    uint32_t code = key == '\r'   ? KEYCODE_ENTER
                    : key == '\v' ? KEYCODE_DOWN
                    : key == '\b' ? KEYCODE_LEFT
                                  : (uint32_t)(unsigned char)key;
    (void)ui_key(ui, code, scenario_snapshot(s), scenario_now_ms(s));
}

/* Paints what the story shows some time after its end, after each of the keys too. */
static char *painted_after(struct scenario *s, struct ui *ui, const struct record_view *record,
                           const char *keys_pressed, int64_t later_ms, int w, int h, bool ascii)
{
    struct canvas c;
    canvas_init(&c, w, h);
    glyph_use(ascii ? GLYPHS_ASCII : GLYPHS_UTF8);
    struct view v = {.snap = scenario_snapshot(s),
                     .record = record,
                     .ui = ui,
                     .graph = ascii ? GRAPH_ASCII : GRAPH_BRAILLE};
    view_clock(&v, scenario_now_ms(s) + later_ms, scenario_wall_ms(s) + later_ms);
    view_paint(&c, &v);
    for (; *keys_pressed; keys_pressed++) {
        press(ui, *keys_pressed, s);
        view_paint(&c, &v);
    }
    char *text = canvas_as_text(&c);
    canvas_finish(&c);
    return text;
}

static char *painted_later(struct scenario *s, struct ui *ui, int64_t later_ms, int w, int h,
                           bool ascii)
{
    return painted_after(s, ui, NULL, "", later_ms, w, h, ascii);
}

static char *painted(struct scenario *s, int w, int h, bool ascii)
{
    struct ui ui;
    ui_init(&ui);
    char *text = painted_later(s, &ui, 0, w, h, ascii);
    ui_finish(&ui);
    return text;
}

static void test_frames_story(void **state)
{
    const enum story *story = *state;
    struct scenario *s = story_played(*story);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (int ascii = 0; ascii < 2; ascii++) {
            char name[64];
            (void)snprintf(name, sizeof name, "%s-%dx%d%s", story_name(*story), sizes[i].w,
                           sizes[i].h, ascii ? "-ascii" : "");
            char *text = painted(s, sizes[i].w, sizes[i].h, ascii);
            golden_check(name, text);
            free(text);
        }
    }
}

static void test_frames_look(void **state)
{
    const struct look *look = *state;
    struct scenario *s = story_played(look->story);
    struct record_view record = *scenario_record(s);
    record.maintained = !look->no_recorder;
    record.newer = look->newer;
    for (size_t i = look->large ? 0 : 1; i < 4; i++) {
        for (int ascii = 0; ascii < 2; ascii++) {
            struct ui ui;
            char name[64];
            ui_init(&ui);
            ui.refusal = look->newer ? "the store is newer than this drtop: read only" : NULL;
            (void)snprintf(name, sizeof name, "%s-%dx%d%s", look->name, sizes[i].w, sizes[i].h,
                           ascii ? "-ascii" : "");
            char *text =
                painted_after(s, &ui, &record, look->keys, 0, sizes[i].w, sizes[i].h, ascii);
            golden_check(name, text);
            free(text);
            ui_finish(&ui);
        }
    }
}

/* Only the age of the pause, at the end of the first line, may change. */
static void test_held_picture_does_not_age(void **state)
{
    (void)state;
    struct scenario *s = story_played(STORY_LAG);
    struct ui ui;
    ui_init(&ui);
    (void)ui_key(&ui, ' ', scenario_snapshot(s), scenario_now_ms(s));
    char *at_once = painted_later(s, &ui, 0, 120, 36, false);
    char *later = painted_later(s, &ui, 60000, 120, 36, false);
    assert_non_null(strstr(at_once, "PAUSED 0.0s"));
    assert_non_null(strstr(later, "PAUSED 1m00s"));
    assert_string_equal(strchr(at_once, '\n'), strchr(later, '\n'));
    free(at_once);
    free(later);
    ui_finish(&ui);
}

/* What views say comes from anywhere, and the pane's frame holds it in at every size. */
static void check_edges(struct scenario *s, int w, int h, int zoomed, bool ascii)
{
    struct ui ui;
    struct canvas c;
    ui_init(&ui);
    ui.zoomed = zoomed;
    canvas_init(&c, w, h);
    glyph_use(ascii ? GLYPHS_ASCII : GLYPHS_UTF8);
    struct view v = {
        .snap = scenario_snapshot(s), .ui = &ui, .graph = ascii ? GRAPH_ASCII : GRAPH_BRAILLE};
    view_clock(&v, scenario_now_ms(s), scenario_wall_ms(s));
    view_paint(&c, &v);
    struct rect r = layout_compute(w, h, ui.preset, ui.zoomed).pane[PANE_TUNNEL];
    uint32_t edge = ascii ? '|' : 0x2502;
    for (int y = r.y + 1; r.w >= 8 && r.h >= 3 && y < r.y + r.h - 1; y++) {
        assert_int_equal(c.cells[y * w + r.x].cp[0], edge);
        assert_int_equal(c.cells[y * w + r.x + 1].cp[0], ' ');
        assert_int_equal(c.cells[y * w + r.x + r.w - 2].cp[0], ' ');
        assert_int_equal(c.cells[y * w + r.x + r.w - 1].cp[0], edge);
    }
    canvas_finish(&c);
    ui_finish(&ui);
}

static void test_views_stay_inside_their_frame(void **state)
{
    (void)state;
    struct scenario *s = story_played(STORY_OPINIONS);
    for (int w = 1; w <= 210; w += w < 130 ? 3 : 16) {
        for (int h = 1; h <= 61; h += 10) {
            check_edges(s, w, h, PANE_TUNNEL, h % 4 == 1);
            check_edges(s, w, h, -1, h % 4 == 3);
        }
    }
}

static int times(const char *text, const char *word)
{
    int n = 0;
    while ((text = strstr(text, word))) {
        text += strlen(word);
        n++;
    }
    return n;
}

/* In the title and of three views: no room is too small for the word. */
static void check_loud(struct scenario *s, int w, int h, bool zoomed, bool ascii)
{
    struct ui ui;
    ui_init(&ui);
    ui.zoomed = zoomed ? PANE_TUNNEL : -1;
    char *text = painted_later(s, &ui, 0, w, h, ascii);
    if (times(text, "BLACK-HOLED") < 4) {
        fail_msg("not all there at %dx%d:\n%s", w, h, text);
    }
    free(text);
    ui_finish(&ui);
}

static void test_black_holed_is_never_cut(void **state)
{
    (void)state;
    struct scenario *s = story_played(STORY_BLACK_HOLED);
    for (int w = 80; w <= 210; w += w < 100 ? 1 : 10) {
        check_loud(s, w, 24 + w % 37, false, w % 2 == 0);
        check_loud(s, w, 24 + w % 37, true, w % 2 == 1);
    }
    check_loud(s, 80, 24, false, true);
    check_loud(s, 80, 24, true, true);
    check_loud(s, 60, 16, true, true);
}

int main(void)
{
    static enum story stories[STORY_COUNT];
    struct CMUnitTest tests[STORY_COUNT + LOOKS + 3];
    for (int i = 0; i < STORY_COUNT; i++) {
        stories[i] = (enum story)i;
        tests[i] = (struct CMUnitTest){.name = story_name(stories[i]),
                                       .test_func = test_frames_story,
                                       .initial_state = &stories[i]};
    }
    for (size_t i = 0; i < LOOKS; i++) {
        tests[STORY_COUNT + i] =
            (struct CMUnitTest){.name = looks[i].name,
                                .test_func = test_frames_look,
                                .initial_state = (void *)(uintptr_t)&looks[i]};
    }
    tests[STORY_COUNT + LOOKS] =
        (struct CMUnitTest)cmocka_unit_test(test_held_picture_does_not_age);
    tests[STORY_COUNT + LOOKS + 1] =
        (struct CMUnitTest)cmocka_unit_test(test_views_stay_inside_their_frame);
    tests[STORY_COUNT + LOOKS + 2] =
        (struct CMUnitTest)cmocka_unit_test(test_black_holed_is_never_cut);
    return cmocka_run_group_tests(tests, NULL, forget_stories);
}
