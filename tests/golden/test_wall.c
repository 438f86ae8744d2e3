/* Golden frames of the screen in a room, and what its fields must be without colour. */
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
#include "tui/canvas_ansi.h"
#include "tui/glyph.h"
#include "tui/view.h"

static const struct {
    int w, h;
} sizes[] = {{200, 60}, {120, 36}, {80, 24}, {60, 16}, {40, 8}};
#define SIZES (sizeof sizes / sizeof sizes[0])

/* A story, and how much later it is looked at while the engine says nothing more. */
static const struct look {
    const char *name;
    enum story story;
    int64_t later_ms;
    bool no_recorder;
} looks[] = {
    {"calm", STORY_CALM, 0, false},
    {"views", STORY_VIEWS, 0, false},
    {"drilled", STORY_DRILLED, 0, false},
    {"lag", STORY_LAG, 0, false},
    {"tunnel-down", STORY_BLACK_HOLED, 0, false},
    {"suspected", STORY_SUSPECTED, 0, false},
    {"primary-down", STORY_PRIMARY_DOWN, 0, false},
    {"broken", STORY_RECEIVER_STOPPED, 0, false},
    {"split-brain", STORY_SPLIT_BRAIN, 0, false},
    {"isolated", STORY_ISOLATED, 0, false},
    {"stale", STORY_STALE, 0, false},
    {"hung", STORY_CALM, 12000, false},
    {"unknown", STORY_UNKNOWN, 0, false},
    {"failed-over", STORY_FAILED_OVER, 0, false},
    {"no-recorder", STORY_CALM, 0, true},
};
#define LOOKS (sizeof looks / sizeof looks[0])

enum form { FORM_UTF8, FORM_ASCII, FORM_MONO, FORM_COUNT };

/* The caller's to free. */
static char *painted(struct scenario *s, const struct look *look, int w, int h, enum form form)
{
    struct canvas c;
    struct ui ui;
    struct wall wall;
    struct theme theme;
    struct error err;
    struct snapshot *snap = scenario_snapshot(s);
    struct record_view record = *scenario_record(s);
    record.maintained = !look->no_recorder;
    ui_init(&ui);
    canvas_init(&c, w, h);
    glyph_use(form == FORM_UTF8 ? GLYPHS_UTF8 : GLYPHS_ASCII);
    wall_init(&wall, &snap->config->screen.wall, scenario_now_ms(s));
    for (uint64_t seq = snap->seq - 20; seq <= snap->seq; seq++) {
        wall_saw(&wall, seq);
    }
    struct view v = {.snap = snap,
                     .record = &record,
                     .read_only = true,
                     .wall = &wall,
                     .ui = &ui,
                     .graph = form == FORM_UTF8 ? GRAPH_BRAILLE : GRAPH_ASCII};
    view_clock(&v, scenario_now_ms(s) + look->later_ms, scenario_wall_ms(s) + look->later_ms);
    view_paint(&c, &v);
    FILE *f = tmpfile();
    assert_non_null(f);
    if (form == FORM_MONO) {
        assert_true(theme_load("mono", &theme, &err));
        canvas_write_ansi(&c, &theme, 0, f);
    } else {
        canvas_write_text(&c, f);
    }
    rewind(f);
    char *text = golden_read(f);
    (void)fclose(f);
    canvas_finish(&c);
    ui_finish(&ui);
    return text;
}

static void test_look(void **state)
{
    static const char *const ends[] = {"", "-ascii", "-mono"};
    const struct look *look = *state;
    struct scenario *s = scenario_play(look->story);
    for (size_t i = 0; i < SIZES; i++) {
        for (int form = 0; form < FORM_COUNT; form++) {
            char name[64];
            if (form == FORM_MONO && sizes[i].w != 80) {
                continue; /* the roles are the same everywhere */
            }
            (void)snprintf(name, sizeof name, "wall-%s-%dx%d%s", look->name, sizes[i].w,
                           sizes[i].h, ends[form]);
            char *text = painted(s, look, sizes[i].w, sizes[i].h, (enum form)form);
            golden_check(name, text);
            free(text);
        }
    }
    scenario_destroy(s);
}

int main(void)
{
    struct CMUnitTest tests[LOOKS];
    for (size_t i = 0; i < LOOKS; i++) {
        tests[i] = (struct CMUnitTest){.name = looks[i].name,
                                       .test_func = test_look,
                                       .initial_state = (void *)(uintptr_t)&looks[i]};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
