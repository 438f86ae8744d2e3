/* Every size up to 300x100, with every preset and every zoom: nothing overlaps, nothing sticks
 * out, no cell is wasted. */
#include "tui/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_W = 300, MAX_H = 100 };

static enum layout_tier expected_tier(int w, int h)
{
    if (w < 1 || h < 1) {
        return TIER_NONE;
    }
    if (w < 40 || h < 8) {
        return TIER_LINE;
    }
    if (w < 60 || h < 16) {
        return TIER_VERDICT;
    }
    if (w < 80 || h < 24) {
        return TIER_STRIP;
    }
    if (w < 120 || h < 36) {
        return TIER_PANES;
    }
    return w < 200 || h < 60 ? TIER_WIDE : TIER_FULL;
}

static bool is_shown(struct rect r)
{
    return r.w > 0 && r.h > 0;
}

static bool is_inside(struct rect r, int w, int h)
{
    return r.x >= 0 && r.y >= 0 && r.w >= 0 && r.h >= 0 && r.x + r.w <= w && r.y + r.h <= h;
}

static bool overlap(struct rect a, struct rect b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/* Inside, apart from each other, and together exactly the screen: so there is no gap either. */
static void check_tiling(const struct layout *l, int w, int h)
{
    struct rect all[PANE_COUNT + 2] = {l->header, l->footer};
    for (int i = 0; i < PANE_COUNT; i++) {
        all[2 + i] = l->pane[i];
    }
    int area = 0;
    for (int i = 0; i < PANE_COUNT + 2; i++) {
        assert_true(is_inside(all[i], w, h));
        area += all[i].w * all[i].h;
        for (int j = 0; j < i && is_shown(all[i]); j++) {
            assert_false(is_shown(all[j]) && overlap(all[i], all[j]));
        }
    }
    assert_int_equal(area, w > 0 && h > 0 ? w * h : 0);
}

static void check_promises(const struct layout *l, int h, int zoomed)
{
    if (l->tier == TIER_NONE) {
        return;
    }
    assert_int_equal(l->header.y, 0);
    assert_true(l->header.h >= 1);
    if (h >= 5) {
        assert_int_equal(l->footer.h, 1);
        assert_int_equal(l->footer.y, h - 1);
    }
    for (int i = 0; i < PANE_COUNT; i++) {
        bool expected = l->tier >= TIER_STRIP && (zoomed < 0 || zoomed == i);
        assert_int_equal(is_shown(l->pane[i]), expected);
    }
    if (l->tier >= TIER_STRIP) {
        assert_int_equal(l->header.h, 3);
    }
    if (l->tier >= TIER_PANES && zoomed < 0) {
        assert_true(l->pane[PANE_TUNNEL].w >= 38 && l->pane[PANE_TUNNEL].h >= 7);
        assert_true(l->pane[PANE_BINLOG].w >= 40 && l->pane[PANE_BINLOG].h >= 7);
        assert_true(l->pane[PANE_LAG].h >= 5);
        assert_true(l->pane[PANE_ALERTS].h >= 4);
    }
}

static void test_sweep(void **state)
{
    (void)state;
    for (int h = 0; h <= MAX_H; h++) {
        for (int w = 0; w <= MAX_W; w++) {
            for (int preset = 0; preset < PRESET_COUNT; preset++) {
                for (int zoomed = -1; zoomed < PANE_COUNT; zoomed++) {
                    struct layout l = layout_compute(w, h, (enum layout_preset)preset, zoomed);
                    assert_int_equal(l.tier, expected_tier(w, h));
                    check_tiling(&l, w, h);
                    check_promises(&l, h, zoomed);
                }
            }
        }
    }
}

static void check_rect(struct rect r, int x, int y, int w, int h)
{
    assert_int_equal(r.x, x);
    assert_int_equal(r.y, y);
    assert_int_equal(r.w, w);
    assert_int_equal(r.h, h);
}

static void test_80x24_is_the_picture(void **state)
{
    (void)state;
    struct layout l = layout_compute(80, 24, PRESET_BALANCED, -1);
    check_rect(l.header, 0, 0, 80, 3);
    check_rect(l.pane[PANE_TUNNEL], 0, 3, 39, 7);
    check_rect(l.pane[PANE_BINLOG], 39, 3, 41, 7);
    check_rect(l.pane[PANE_LAG], 0, 10, 80, 8);
    check_rect(l.pane[PANE_ALERTS], 0, 18, 80, 5);
    check_rect(l.footer, 0, 23, 80, 1);
}

static void test_more_room_never_takes_rows_away(void **state)
{
    (void)state;
    for (int preset = 0; preset < PRESET_COUNT; preset++) {
        for (int h = 25; h <= MAX_H; h++) {
            struct layout a = layout_compute(120, h - 1, (enum layout_preset)preset, -1);
            struct layout b = layout_compute(120, h, (enum layout_preset)preset, -1);
            for (int i = 0; i < PANE_COUNT; i++) {
                assert_true(b.pane[i].h >= a.pane[i].h);
            }
        }
    }
}

static void test_top_panes_stop_growing(void **state)
{
    (void)state;
    struct layout l = layout_compute(300, 100, PRESET_BALANCED, -1);
    assert_int_equal(l.pane[PANE_TUNNEL].h, 13);
    assert_true(l.pane[PANE_TUNNEL].w <= 96);
    assert_true(l.pane[PANE_LAG].h > l.pane[PANE_ALERTS].h);
}

static void test_presets_move_rows(void **state)
{
    static const int SIZES[][2] = {{60, 16}, {60, 40}, {80, 24}, {120, 36}, {200, 60}};
    (void)state;
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        int w = SIZES[i][0];
        int h = SIZES[i][1];
        struct layout balanced = layout_compute(w, h, PRESET_BALANCED, -1);
        struct layout lag = layout_compute(w, h, PRESET_LAG, -1);
        struct layout alerts = layout_compute(w, h, PRESET_ALERTS, -1);
        assert_true(lag.pane[PANE_LAG].h > balanced.pane[PANE_LAG].h);
        assert_true(alerts.pane[PANE_ALERTS].h > balanced.pane[PANE_ALERTS].h);
    }
}

static void test_narrow_and_tall_stacks_the_panes(void **state)
{
    (void)state;
    struct layout l = layout_compute(79, 30, PRESET_BALANCED, -1);
    assert_int_equal(l.pane[PANE_TUNNEL].h, 1);
    assert_int_equal(l.pane[PANE_BINLOG].h, 1);
    l = layout_compute(60, 31, PRESET_BALANCED, -1);
    check_rect(l.pane[PANE_TUNNEL], 0, 3, 60, 7);
    check_rect(l.pane[PANE_BINLOG], 0, 10, 60, 7);
    check_rect(l.pane[PANE_LAG], 0, 17, 60, 8);
    check_rect(l.pane[PANE_ALERTS], 0, 25, 60, 5);
}

static void test_strange_input(void **state)
{
    (void)state;
    assert_int_equal(layout_compute(-5, 10, PRESET_BALANCED, -1).tier, TIER_NONE);
    struct layout l = layout_compute(80, 24, PRESET_BALANCED, PANE_COUNT);
    assert_true(is_shown(l.pane[PANE_TUNNEL]));
}

static void test_preset_names(void **state)
{
    (void)state;
    assert_string_equal(layout_preset_name(PRESET_BALANCED), "balanced");
    assert_string_equal(layout_preset_name(PRESET_LAG), "lag");
    assert_string_equal(layout_preset_name(PRESET_ALERTS), "alerts");
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(test_sweep),
        cmocka_unit_test(test_80x24_is_the_picture),
        cmocka_unit_test(test_more_room_never_takes_rows_away),
        cmocka_unit_test(test_top_panes_stop_growing),
        cmocka_unit_test(test_presets_move_rows),
        cmocka_unit_test(test_narrow_and_tall_stacks_the_panes),
        cmocka_unit_test(test_strange_input),
        cmocka_unit_test(test_preset_names),
    };
    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
