/* Bad bytes in every field of every source: escape sequences, bidi marks, zero width, wide and
 * combining characters, ten thousand letters, invalid UTF-8. A source puts a text into its field by
 * text_clean(), and so does this; then everything is painted, said, copied and written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/config_alias.h"
#include "backend/mem.h"
#include "backend/net/text.h"
#include "cli/cli.h"
#include "tests/golden/scenario.h"
#include "tests/golden/stuff.h"
#include "tests/unit/harmless.h"
#include "tui/attention.h"
#include "tui/glyph.h"
#include "tui/view.h"

static char long_line[10001];

static const char *const texts[] = {
    "evil\033]0;pwned\007\033]52;c;cHduZWQ=\033\\\033[2J\033[1;1H",
    "evil\302\2331;31m\302\235\302\220 C1",
    "evil\342\200\256gnp\342\201\246\342\201\251\342\200\217 bidi",
    "evil\342\200\213\357\273\277\342\200\215\342\201\240 zero width",
    "evil\377\376\355\240\200\300\200\364\220\200\200 invalid",
    "evil\r\n\t\b\177\f\v controls",
    "evil \344\270\255\346\226\207\360\237\230\200\357\274\241 wide",
    "evil a\314\201\314\202\314\203\314\204\314\205\314\206 marks",
    "\314\201evil|`*_<b>[x](y)# markup",
    "evil%s%n%d%1000000d formats",
    long_line,
};
#define TEXTS (sizeof texts / sizeof texts[0])

static void fill(struct stuffing *s, char *field, size_t size)
{
    (void)text_clean_str(field, size, texts[s->n % TEXTS]);
}

struct scene {
    struct scenario *story;
    struct snapshot *snap;
    struct record_view *record;
    struct alias_table *aliases;
    struct ui ui;
    struct failover screen;
    struct failover_view run;
    struct view view;
    size_t shown; /* frames in which some of it was seen */
};

static const char failover_text[] =
    ", \"failover\": { \"jenkins\": { \"url\": \"https://ci.example.com/\", \"user\": \"d\","
    " \"token\": \"t\" }, \"job\": { \"path\": \"ops/move\" }, \"target\": \"azure-eastus\","
    " \"phases\": [ { \"name\": \"Infrastructure\", \"stages\": [\"tf\"] } ] }";

static void enter(struct scene *s, enum story story)
{
    *s = (struct scene){.story = scenario_play_with(story, failover_text),
                        .aliases = alias_create()};
    s->snap = scenario_snapshot(s->story);
    s->record = (struct record_view *)(uintptr_t)scenario_record(s->story);
    config_alias(s->snap->config, s->aliases);
    ui_init(&s->ui);
    s->view = (struct view){
        .snap = s->snap, .record = s->record, .ui = &s->ui, .graph = GRAPH_BRAILLE};
    view_clock(&s->view, scenario_now_ms(s->story), scenario_wall_ms(s->story));
    glyph_use(GLYPHS_UTF8);
}

static void leave(struct scene *s)
{
    ui_finish(&s->ui);
    scenario_destroy(s->story);
    alias_destroy(s->aliases);
}

static void paint(struct scene *s, int w, int h)
{
    struct canvas c;
    char *text = NULL;
    size_t len = 0;
    canvas_init(&c, w, h);
    view_paint(&c, &s->view);
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    canvas_write_text(&c, out);
    (void)fclose(out);
    assert_clean("a frame", text, len, "\n");
    s->shown += strstr(text, "evil") != NULL;
    for (int i = 0; i < w * h; i++) { /* half a wide character would shift what follows */
        bool wide = c.cells[i].flags & CELL_WIDE;
        bool half = c.cells[i].cp[0] == 0;
        assert_true(!wide || (i % w < w - 1 && c.cells[i + 1].cp[0] == 0));
        assert_true(!half || (i % w > 0 && c.cells[i - 1].flags & CELL_WIDE));
    }
    free(text);
    canvas_finish(&c);
}

static void paint_sizes(struct scene *s)
{
    static const int sizes[][2] = {{20, 3}, {40, 8}, {60, 16}, {80, 24}, {121, 36}, {200, 60}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        paint(s, sizes[i][0], sizes[i][1]);
    }
}

static void paint_everything(struct scene *s)
{
    for (int zoomed = -1; zoomed < PANE_COUNT; zoomed++) {
        for (int scroll = 0; scroll < 30; scroll += 10) {
            s->ui.zoomed = zoomed;
            for (int i = 0; i < PANE_COUNT; i++) {
                s->ui.scroll[i] = scroll;
            }
            paint_sizes(s);
        }
    }
    s->ui.zoomed = -1;
    for (int overlay = OVERLAY_EVIDENCE; overlay <= OVERLAY_TIMELINE; overlay++) {
        for (int scroll = 0; scroll < 60; scroll += 20) {
            s->ui.overlay = (enum ui_overlay)overlay;
            s->ui.over_scroll = scroll;
            s->ui.over_end = false;
            s->ui.target = s->ui.listed[0];
            paint_sizes(s);
        }
    }
    s->ui.overlay = OVERLAY_NONE;
}

static void paint_failover(struct scene *s)
{
    s->view.run = &s->run;
    s->view.failover = &s->screen;
    failover_init(&s->screen, s->snap->config, false);
    struct preflight facts = preflight_of(s->snap, &s->run.job, &s->run.past, NULL, 0, false,
                                          s->view.now_ms, s->view.wall_ms);
    for (int state = 0; state <= ATTEMPT_STATES; state++) {
        s->run.attempt.id = state == ATTEMPT_STATES ? 0 : 7;
        s->run.attempt.state = (enum attempt_state)(state % ATTEMPT_STATES);
        (void)failover_open(&s->screen, false, &s->run, s->view.now_ms);
        (void)failover_feed(&s->screen, &facts, &s->run, s->view.now_ms);
        paint_sizes(s);
        s->screen.open = false;
        paint_sizes(s);
    }
    s->view.failover = NULL;
}

static void say_everything(struct scene *s)
{
    char text[512], *json = NULL;
    size_t len = 0;
    struct attention a = {.began_wall_ms = 1}; /* it has looked before any of this */
    paint(s, 120, 36);
    view_status_line(&s->view, text, sizeof text);
    assert_clean("the status line", text, strlen(text), "");
    attention_title(&s->view, text, sizeof text);
    assert_clean("the title", text, strlen(text), "");
    if (attention_wanted(&a, &s->view, text, sizeof text)) {
        assert_clean("the pop-up", text, strlen(text), "");
    }
    FILE *out = open_memstream(&json, &len);
    assert_non_null(out);
    status_write_json(s->snap, s->record, s->view.now_ms, s->view.share, out);
    status_write_text(s->snap, s->view.now_ms, out);
    (void)fclose(out);
    assert_clean("status", json, len, "\n");
    assert_non_null(strstr(json, "evil"));
    free(json);
}

static void test_nothing_comes_through(void **state)
{
    const enum story *story = *state;
    struct scene s;
    struct stuffing bytes = {.fill = fill};
    memset(long_line, 'W', sizeof long_line - 1);
    for (size_t i = 0; i < 4; i++) {
        long_line[i] = "evil"[i];
    }
    enter(&s, *story);
    for (int round = 0; round < 2; round++) { /* the second on a shared screen */
        bytes.n += 3;                         /* other bytes in each field */
        stuff_snapshot(&bytes, s.snap);
        stuff_record(&bytes, s.record);
        stuff_run(&bytes, &s.run);
        s.view.share = round == 1 ? s.aliases : NULL;
        paint_sizes(&s);
        paint_everything(&s);
        paint_failover(&s);
        say_everything(&s);
    }
    assert_true(s.shown > 100);
    leave(&s);
}

int main(void)
{
    static const enum story stories[] = {STORY_VIEWS, STORY_PRIMARY_DOWN, STORY_BLACK_HOLED};
    struct CMUnitTest tests[3];
    for (size_t i = 0; i < 3; i++) {
        tests[i] = (struct CMUnitTest){.name = story_name(stories[i]),
                                       .test_func = test_nothing_comes_through,
                                       .initial_state = (void *)(uintptr_t)&stories[i]};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
