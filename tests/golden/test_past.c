/* Golden frames of pictures of the past: a replay in an outage and paused, and the history of a live
 * dashboard: calm, unrecorded, and older than a day. */
#include "tests/unit/replay_story.h"

#include "backend/record/replay.h"
#include "tests/golden/golden.h"
#include "tests/unit/canvas_text.h"
#include "tui/glyph.h"
#include "tui/view.h"

static const struct {
    int w, h;
} sizes[] = {{120, 36}, {80, 24}, {40, 8}};

static const struct look {
    const char *name;
    int64_t at_ms;
    struct view_when when;
    enum ui_overlay overlay;
} looks[] = {
    {"replay", S(650), {.kind = WHEN_REPLAY, .playing = true, .speed = 10}, OVERLAY_NONE},
    {"replay-evidence", S(650), {.kind = WHEN_REPLAY, .speed = 1}, OVERLAY_EVIDENCE},
    {"replay-timeline", S(1700), {.kind = WHEN_REPLAY, .speed = 1}, OVERLAY_TIMELINE},
    {"history", S(950), {.kind = WHEN_HISTORY, .now = VERDICT_TUNNEL_DOWN}, OVERLAY_NONE},
    {"history-gap", S(1900), {.kind = WHEN_HISTORY, .reading = true}, OVERLAY_NONE},
    {"history-minute", S(-172800 + 60), {.kind = WHEN_HISTORY}, OVERLAY_NONE},
};

static char *painted(const struct look *look, const struct snapshot *s,
                     const struct record_view *record, int w, int h, bool ascii)
{
    struct canvas c;
    struct ui ui;
    ui_init(&ui);
    ui.overlay = look->overlay;
    canvas_init(&c, w, h);
    glyph_use(ascii ? GLYPHS_ASCII : GLYPHS_UTF8);
    struct view v = {.snap = s,
                     .record = record,
                     .ui = &ui,
                     .read_only = true,
                     .when = look->when,
                     .now_ms = s->wall_ms,
                     .wall_ms = s->wall_ms,
                     .graph = ascii ? GRAPH_ASCII : GRAPH_BRAILLE};
    view_paint(&c, &v);
    char *text = canvas_as_text(&c);
    canvas_finish(&c);
    ui_finish(&ui);
    return text;
}

static void test_frames_past(void **state)
{
    struct place *p = *state;
    story_write(p);
    struct replay *r = replay_open_file(p->path, &err);
    assert_non_null(r);
    for (size_t k = 0; k < sizeof looks / sizeof looks[0]; k++) {
        struct snapshot *s;
        struct record_view *record;
        OK(replay_at(r, looks[k].at_ms, &s, &record, &err));
        for (size_t i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
            char name[64];
            bool ascii = i % 2;
            (void)snprintf(name, sizeof name, "%s-%dx%d%s", looks[k].name, sizes[i / 2].w,
                           sizes[i / 2].h, ascii ? "-ascii" : "");
            char *text = painted(&looks[k], s, record, sizes[i / 2].w, sizes[i / 2].h, ascii);
            golden_check(name, text);
            free(text);
        }
        snapshot_unref(s);
        record_view_unref(record);
    }
    replay_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_frames_past)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
