/* What the header says where a frame of a story does not show it, and that nothing at any size
 * paints where it must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "tests/golden/scenario.h"
#include "tests/unit/canvas_text.h"
#include "tui/glyph.h"
#include "tui/view.h"

/* A story, and a moment after its end at which the engine still lives. */
struct stage {
    struct scenario *s;
    struct snapshot *snap;
    struct ui ui;
    struct record_view record;
    struct view view;
    int64_t later_ms;
};

static void enter(struct stage *st, enum story story)
{
    *st = (struct stage){.s = scenario_play(story)};
    st->snap = scenario_snapshot(st->s);
    ui_init(&st->ui);
    st->view = (struct view){.snap = st->snap, .ui = &st->ui, .graph = GRAPH_BRAILLE};
    glyph_use(GLYPHS_UTF8);
}

static void leave(struct stage *st)
{
    ui_finish(&st->ui);
    scenario_destroy(st->s);
}

static void later(struct stage *st, int64_t ms)
{
    st->later_ms += ms;
    st->snap->taken_at_ms += ms;
}

static char *painted(struct stage *st, int w, int h)
{
    struct canvas c;
    canvas_init(&c, w, h);
    view_clock(&st->view, scenario_now_ms(st->s) + st->later_ms,
               scenario_wall_ms(st->s) + st->later_ms);
    view_paint(&c, &st->view);
    char *text = canvas_as_text(&c);
    canvas_finish(&c);
    return text;
}

static void shows(struct stage *st, int w, int h, const char *what)
{
    char *text = painted(st, w, h);
    if (!strstr(text, what)) {
        fail_msg("no \"%s\" in\n%s", what, text);
    }
    free(text);
}

static void lacks(struct stage *st, int w, int h, const char *what)
{
    char *text = painted(st, w, h);
    if (strstr(text, what)) {
        fail_msg("\"%s\" in\n%s", what, text);
    }
    free(text);
}

static void test_the_clock_goes_on_by_ours(void **state)
{
    (void)state;
    struct stage st;
    enter(&st, STORY_PRIMARY_DOWN);
    shows(&st, 120, 36, "RTO 00:40 of 20:00   DECIDE BEFORE 14:16:26Z (4:19 left)");
    later(&st, 259000);
    shows(&st, 120, 36, "RTO 04:59 of 20:00   DECIDE BEFORE 14:16:26Z (0:00 left)");
    later(&st, 41000);
    shows(&st, 120, 36, "RTO 05:40 of 20:00   DECIDE NOW: deadline passed 0:40 ago");
    shows(&st, 80, 24, "RTO 05:40/20:00  DECIDE NOW: 0:40 late");
    shows(&st, 40, 8, "DECIDE NOW: deadline passed 0:40 ago");
    later(&st, 3600000);
    shows(&st, 120, 36, "RTO 1:05:40 of 20:00");
    leave(&st);
}

static void test_what_is_known_at_least_says_so(void **state)
{
    (void)state;
    struct stage st;
    enter(&st, STORY_PRIMARY_DOWN);
    st.snap->rto.last_good_wall_ms = (struct opt_i64){0};
    shows(&st, 120, 36, "RTO \xe2\x89\xa5 00:40 of 20:00");
    shows(&st, 120, 36, "last good unknown");
    st.snap->rto.first_bad_wall_ms = (struct opt_i64){0};
    shows(&st, 120, 36, "RTO unknown of 20:00");
    st.snap->rto.decide_before_wall_ms = (struct opt_i64){0};
    lacks(&st, 120, 36, "DECIDE");
    leave(&st);
}

static void test_the_risk_never_hides_what_nobody_saw(void **state)
{
    (void)state;
    struct stage st;
    enter(&st, STORY_PRIMARY_DOWN);
    st.snap->exposure.not_received.bytes = opt_i64(3174);
    st.snap->exposure.not_received.tx = opt_i64(14);
    shows(&st, 120, 36, "At risk 14 tx \xc2\xb7 3.1 KiB + 14.6 KiB to 472 KiB unseen");
    shows(&st, 80, 24, "At risk \xe2\x89\xa5 14 tx \xc2\xb7 3.1 KiB");
    shows(&st, 60, 16, "(4:19)         \xe2\x89\xa5 3.1 KiB");
    st.snap->exposure.unobserved.bytes_max = (struct opt_i64){0};
    shows(&st, 120, 36, "At risk 14 tx \xc2\xb7 3.1 KiB + 40s unseen");
    /* A 0 of then is no 0 of now. */
    st.snap->exposure.not_received.bytes = opt_i64(0);
    st.snap->exposure.not_received.tx = opt_i64(0);
    shows(&st, 120, 36, "At risk 40s unseen");
    leave(&st);
}

static void test_it_says_whom_to_rely_on(void **state)
{
    (void)state;
    struct stage st;
    enter(&st, STORY_PRIMARY_DOWN);
    shows(&st, 120, 36, "DR ready \xc2\xb7 this observer is online");
    shows(&st, 120, 36, "failing over is advised");
    st.snap->evidence[EVIDENCE_REPLICATES].answer = TRI_UNKNOWN;
    shows(&st, 120, 36, "DR unknown");
    st.snap->evidence[EVIDENCE_REPLICA_DB].answer = TRI_NO;
    shows(&st, 120, 36, "DR not ready");
    st.snap->evidence[EVIDENCE_ANCHORS].answer = TRI_UNKNOWN;
    shows(&st, 120, 36, "this observer is unknown");
    st.snap->evidence[EVIDENCE_ANCHORS].answer = TRI_NO;
    shows(&st, 120, 36, "this observer is offline");
    leave(&st);
}

/* What the verdict's word implies goes first, and then whole clauses. */
static void test_a_sentence_is_never_cut_within_a_word(void **state)
{
    (void)state;
    struct stage st;
    enter(&st, STORY_PRIMARY_DOWN);
    shows(&st, 120, 36, "PRIMARY DOWN   aws us-east-1: app, database, tunnel fail, 2 routes  ");
    shows(&st, 80, 24, "PRIMARY DOWN   app, database, tunnel fail, 2 routes  ");
    (void)snprintf(st.snap->verdict.sentence, sizeof st.snap->verdict.sentence,
                   "the path is lost, as everybody says; this is more than has room");
    shows(&st, 80, 24, "PRIMARY DOWN   the path is lost, as everybody says \xe2\x80\xa6  ");
    (void)snprintf(st.snap->verdict.sentence, sizeof st.snap->verdict.sentence,
                   "a, these words have no second clause to cut them short at");
    shows(&st, 80, 24,
          "PRIMARY DOWN   a, these words have no second clause to cut \xe2\x80\xa6  ");
    leave(&st);
}

/* Then nothing of what it said last may look as if it were so now. */
static void test_a_hung_engine_takes_over(void **state)
{
    (void)state;
    struct stage st;
    enter(&st, STORY_PRIMARY_DOWN);
    st.later_ms = 9000;
    shows(&st, 120, 36, "? UNKNOWN   STALE: drtop itself has made no snapshot for 9 s");
    lacks(&st, 120, 36, "DECIDE");
    leave(&st);
}

static void with_record(struct stage *st, enum record_role role)
{
    st->record = (struct record_view){.role = role, .readable = true, .maintained = true};
    st->view.record = &st->record;
}

static void test_a_missing_recorder_is_said(void **state)
{
    (void)state;
    struct stage st;
    enter(&st, STORY_CALM);
    with_record(&st, RECORD_RECORDER);
    lacks(&st, 120, 36, "recorde");
    with_record(&st, RECORD_VIEWER);
    lacks(&st, 120, 36, "recorde");
    st.record.maintained = false;
    shows(&st, 120, 36, " ! no recorder ");
    shows(&st, 60, 16, "! no recorder");
    st.record.newer = true;
    shows(&st, 120, 36, " store is newer: read only ");
    with_record(&st, RECORD_ORPHAN);
    st.record.readable = false;
    (void)snprintf(st.record.why, sizeof st.record.why, "disk full");
    shows(&st, 120, 36, " ! not recorded: disk full ");
    shows(&st, 120, 36, "not recorded \xe2\x94\x80\xe2\x95\xae"); /* the pane's title too */
    shows(&st, 80, 24, "12:07Z");                                 /* the clock stays */
    leave(&st);
    enter(&st, STORY_PRIMARY_DOWN);
    with_record(&st, RECORD_ORPHAN);
    shows(&st, 120, 36, "! not recorded");
    leave(&st);
}

static void test_the_status_line_has_the_clocks(void **state)
{
    (void)state;
    struct stage st;
    char line[512];
    enter(&st, STORY_PRIMARY_DOWN);
    free(painted(&st, 120, 36));
    view_status_line(&st.view, line, sizeof line);
    assert_string_equal(
        line,
        "2026-11-22 14:12:07Z gitea-prod PRIMARY DOWN: aws us-east-1: app, database, tunnel "
        "fail, 2 routes | lag unknown | not received 14.6 KiB to 472 KiB unseen "
        "| "
        "RTO 00:40 of 20:00, decide before 14:16:26Z | incident DR-20261122-141129");
    leave(&st);
    enter(&st, STORY_SUSPECTED);
    free(painted(&st, 120, 36));
    view_status_line(&st.view, line, sizeof line);
    assert_non_null(strstr(line, "PRIMARY DOWN suspected: "));
    assert_null(strstr(line, "incident"));
    leave(&st);
    enter(&st, STORY_CALM);
    free(painted(&st, 120, 36));
    view_status_line(&st.view, line, sizeof line);
    assert_string_equal(line,
                        "2026-11-22 14:12:07Z gitea-prod NORMAL: primary serving, replica "
                        "in step | lag 0.11 s | not received 0 tx \xc2\xb7 0 B");
    leave(&st);
}

/* Every size, with everything that can lie over it, under the sanitisers; what does not fit closes
 * and takes no keys. */
static void test_every_size_paints(void **state)
{
    (void)state;
    static const enum story stories[] = {STORY_PRIMARY_DOWN, STORY_DRILLED};
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
        struct stage st;
        enter(&st, stories[i]);
        st.view.record = scenario_record(st.s);
        st.ui.focus = PANE_ALERTS;
        for (int overlay = OVERLAY_NONE; overlay <= OVERLAY_TIMELINE; overlay++) {
            for (int w = 1; w <= 130; w += w < 20 ? 1 : 7) {
                for (int h = 1; h <= 40; h += h < 10 ? 1 : 3) {
                    st.ui.overlay = (enum ui_overlay)overlay;
                    st.ui.typing = w % 2 ? TYPING_NOTE : TYPING_NOTHING;
                    free(painted(&st, w, h));
                    assert_true(h >= 5 || st.ui.typing == TYPING_NOTHING);
                    bool small = w < 56 || h < 12;
                    bool stays = overlay <= OVERLAY_HELP || !small;
                    assert_int_equal(st.ui.overlay, stays ? overlay : OVERLAY_NONE);
                }
            }
        }
        leave(&st);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_clock_goes_on_by_ours),
        cmocka_unit_test(test_what_is_known_at_least_says_so),
        cmocka_unit_test(test_the_risk_never_hides_what_nobody_saw),
        cmocka_unit_test(test_it_says_whom_to_rely_on),
        cmocka_unit_test(test_a_sentence_is_never_cut_within_a_word),
        cmocka_unit_test(test_a_hung_engine_takes_over),
        cmocka_unit_test(test_a_missing_recorder_is_said),
        cmocka_unit_test(test_the_status_line_has_the_clocks),
        cmocka_unit_test(test_every_size_paints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
