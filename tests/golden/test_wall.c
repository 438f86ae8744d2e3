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

#define HOUR_MS 3600000

/* A story, and how much later it is looked at; the engine may have said nothing more since. */
static const struct look {
    const char *name;
    enum story story;
    int64_t later_ms;
    bool no_recorder, alive;
} looks[] = {
    {"calm", STORY_CALM, 0, false, false},
    {"drilled", STORY_DRILLED, 0, false, false},
    {"lag", STORY_LAG, 0, false, false},
    {"tunnel-down", STORY_BLACK_HOLED, 0, false, false},
    {"suspected", STORY_SUSPECTED, 0, false, false},
    {"primary-down", STORY_PRIMARY_DOWN, 0, false, false},
    {"primary-down-hour", STORY_PRIMARY_DOWN, HOUR_MS + 305000, false, true},
    {"broken", STORY_RECEIVER_STOPPED, 0, false, false},
    {"isolated", STORY_ISOLATED, 0, false, false},
    {"stale", STORY_STALE, 0, false, false},
    {"hung", STORY_CALM, 12000, false, false},
    {"unknown", STORY_UNKNOWN, 0, false, false},
    {"failed-over", STORY_FAILED_OVER, 0, false, false},
    {"no-recorder", STORY_CALM, 0, true, false},
};
#define LOOKS (sizeof looks / sizeof looks[0])

enum form { FORM_UTF8, FORM_ASCII, FORM_MONO, FORM_COUNT };

/* A story takes longer to play than to paint. */
static struct scenario *played(enum story story)
{
    static struct scenario *all[STORY_COUNT];
    if (story == STORY_COUNT) {
        for (int i = 0; i < STORY_COUNT; i++) {
            if (all[i]) {
                scenario_destroy(all[i]);
            }
        }
        return NULL;
    }
    all[story] = all[story] ? all[story] : scenario_play(story);
    return all[story];
}

static int forget_stories(void **state)
{
    (void)state;
    (void)played(STORY_COUNT);
    return 0;
}

/* A wall before a story. */
struct stage {
    struct scenario *s;
    int64_t taken_at_ms;
    struct snapshot *snap;
    struct record_view record;
    struct ui ui;
    struct wall wall;
    struct view view;
    struct canvas canvas;
};

static void enter(struct stage *st, enum story story)
{
    *st = (struct stage){.s = played(story)};
    st->snap = scenario_snapshot(st->s);
    st->taken_at_ms = st->snap->taken_at_ms;
    st->record = *scenario_record(st->s);
    ui_init(&st->ui);
    canvas_init(&st->canvas, 80, 24);
    wall_init(&st->wall, &st->snap->config->screen.wall, scenario_now_ms(st->s));
    for (uint64_t seq = st->snap->seq - 20; seq <= st->snap->seq; seq++) {
        wall_saw(&st->wall, seq);
    }
    st->view = (struct view){.snap = st->snap,
                             .record = &st->record,
                             .read_only = true,
                             .wall = &st->wall,
                             .ui = &st->ui};
}

static void leave(struct stage *st)
{
    canvas_finish(&st->canvas);
    ui_finish(&st->ui);
    st->snap->taken_at_ms = st->taken_at_ms;
}

static void paint(struct stage *st, int w, int h, enum form form, int64_t later_ms)
{
    glyph_use(form == FORM_UTF8 ? GLYPHS_UTF8 : GLYPHS_ASCII);
    st->view.graph = form == FORM_UTF8 ? GRAPH_BRAILLE : GRAPH_ASCII;
    canvas_resize(&st->canvas, w, h);
    view_clock(&st->view, scenario_now_ms(st->s) + later_ms,
               scenario_wall_ms(st->s) + later_ms);
    view_paint(&st->canvas, &st->view);
}

/* The caller's to free. */
static char *written(const struct stage *st, enum form form)
{
    struct theme theme;
    struct error err;
    FILE *f = tmpfile();
    assert_non_null(f);
    if (form == FORM_MONO) {
        assert_true(theme_load("mono", &theme, &err));
        canvas_write_ansi(&st->canvas, &theme, 0, f);
    } else {
        canvas_write_text(&st->canvas, f);
    }
    rewind(f);
    char *text = golden_read(f);
    (void)fclose(f);
    return text;
}

static void test_look(void **state)
{
    static const char *const ends[] = {"", "-ascii", "-mono"};
    const struct look *look = *state;
    struct stage st;
    enter(&st, look->story);
    st.record.maintained = !look->no_recorder;
    st.snap->taken_at_ms += look->alive ? look->later_ms : 0;
    for (size_t i = 0; i < SIZES; i++) {
        for (int form = 0; form < FORM_COUNT; form++) {
            char name[64];
            if (form == FORM_MONO && sizes[i].w != 80) {
                continue; /* the roles are the same everywhere */
            }
            (void)snprintf(name, sizeof name, "wall-%s-%dx%d%s", look->name, sizes[i].w,
                           sizes[i].h, ends[form]);
            paint(&st, sizes[i].w, sizes[i].h, (enum form)form, look->later_ms);
            char *text = written(&st, (enum form)form);
            golden_check(name, text);
            free(text);
        }
    }
    leave(&st);
}

static const struct cell *cell_at(const struct canvas *c, int x, int y)
{
    return &c->cells[y * c->w + x];
}

static bool is_blank(const struct canvas *c, int x, int y)
{
    return cell_at(c, x, y)->cp[0] == ' ' && cell_at(c, x, y)->role == ROLE_TEXT;
}

/* The margin stays free at every size, or the frame could not move. */
static void test_margin_is_free_at_every_size(void **state)
{
    static const enum story stories[] = {STORY_BLACK_HOLED, STORY_LAG, STORY_SUSPECTED};
    (void)state;
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
        struct stage st;
        enter(&st, stories[i]);
        for (int h = 1; h <= 70; h += h < 26 ? 1 : 11) {
            for (int w = 1; w <= 210; w += w < 20 ? 1 : 7) {
                paint(&st, w, h, FORM_UTF8, 0);
                for (int x = 0; w >= 40 && h >= 8 && x < w; x++) {
                    assert_true(is_blank(&st.canvas, x, h - 1));
                }
                for (int y = 0; w >= 40 && h >= 8 && y < h; y++) {
                    assert_true(is_blank(&st.canvas, w - 1, y));
                }
            }
        }
        leave(&st);
    }
}

/* Two steps of the shift later the same picture stands one cell to the right and one lower. */
static void test_frame_moves_and_stays_the_same(void **state)
{
    enum { W = 80, H = 24 };
    (void)state;
    struct stage st, moved;
    enter(&st, STORY_PRIMARY_DOWN);
    enter(&moved, STORY_PRIMARY_DOWN);
    moved.wall.begin_ms -= 2 * moved.wall.shift_ms;
    paint(&st, W, H, FORM_UTF8, 0);
    paint(&moved, W, H, FORM_UTF8, 0);
    for (int y = 0; y + 1 < H; y++) {
        for (int x = 0; x + 1 < W; x++) {
            assert_memory_equal(cell_at(&st.canvas, x, y), cell_at(&moved.canvas, x + 1, y + 1),
                                sizeof(struct cell));
        }
    }
    leave(&st);
    leave(&moved);
}

static int fields(const struct canvas *c)
{
    int n = 0;
    for (int i = 0; i < c->w * c->h; i++) {
        enum role role = (enum role)c->cells[i].role;
        n += (role >= ROLE_BAND_OK && role <= ROLE_BAND_UNKNOWN) || role == ROLE_MODE ||
             role == ROLE_BAR || role == ROLE_BAR_STRONG;
    }
    return n;
}

/* A field is seen first, and gone before it burns in; calm has none at all. */
static void test_no_field_stands_for_long(void **state)
{
    (void)state;
    struct stage st;
    enter(&st, STORY_CALM);
    paint(&st, 80, 24, FORM_UTF8, 0);
    assert_int_equal(fields(&st.canvas), 0);
    leave(&st);
    enter(&st, STORY_PRIMARY_DOWN);
    paint(&st, 80, 24, FORM_UTF8, 0);
    assert_in_range(fields(&st.canvas), 6 * 79, 6 * 79);
    st.snap->taken_at_ms += HOUR_MS;
    paint(&st, 80, 24, FORM_UTF8, HOUR_MS);
    assert_int_equal(fields(&st.canvas), 0);
    leave(&st);
}

/* A record whose thread stands still is told, whatever it said last. */
static void test_record_that_stands_still_is_told(void **state)
{
    (void)state;
    struct stage st;
    enter(&st, STORY_CALM);
    wall_turned(&st.wall, 7, scenario_now_ms(st.s));
    st.snap->taken_at_ms += 60000;
    wall_turned(&st.wall, 8, scenario_now_ms(st.s) + 50000);
    paint(&st, 80, 24, FORM_UTF8, 60000);
    char *at_first = written(&st, FORM_UTF8);
    assert_null(strstr(at_first, "the record has said nothing"));
    st.snap->taken_at_ms += 60000;
    paint(&st, 80, 24, FORM_UTF8, 120000);
    char *later = written(&st, FORM_UTF8);
    assert_non_null(strstr(later, "STALE: the record has said nothing for 1m10s"));
    free(at_first);
    free(later);
    leave(&st);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(test_margin_is_free_at_every_size),
        cmocka_unit_test(test_frame_moves_and_stays_the_same),
        cmocka_unit_test(test_no_field_stands_for_long),
        cmocka_unit_test(test_record_that_stands_still_is_told),
    };
    struct CMUnitTest tests[LOOKS + sizeof others / sizeof others[0]];
    memcpy(tests + LOOKS, others, sizeof others);
    for (size_t i = 0; i < LOOKS; i++) {
        tests[i] = (struct CMUnitTest){.name = looks[i].name,
                                       .test_func = test_look,
                                       .initial_state = (void *)(uintptr_t)&looks[i]};
    }
    return cmocka_run_group_tests(tests, NULL, forget_stories);
}
