/* Any size at any time: each tier keeps its promise at its exact size, and a storm of changes
 * leaves the frame of the last one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/e2e/stage.h"

enum { STORM = 100, SEED = 20260607 };

static const struct tier {
    int w, h;
    const char *promised[14]; /* ends with NULL */
} tiers[] = {
    {200,
     60,
     {"NORMAL", "1 Tunnel", "2 Binlog", "3 Lag", "4 Alerts", "replica   127.0.0.1", "-15m",
      "method: ", "At risk", "q quit"}},
    {120,
     36,
     {"NORMAL", "1 Tunnel", "2 Binlog", "3 Lag", "4 Alerts", "receiver", "-5m", "At risk",
      "Enter evidence", "a ack", "m note", "q quit"}},
    {100,
     30,
     {"NORMAL", "1 Tunnel", "2 Binlog", "3 Lag", "4 Alerts", "not applied", "-5m", "At risk",
      "q quit"}},
    {80,
     24,
     {"NORMAL", "1 Tunnel", "2 Binlog", "3 Lag", "4 Alerts", "primary   mysql-bin.000001",
      "not received", "not applied", "-5m", "At risk", "q quit"}},
    {60,
     16,
     {"NORMAL", "Tunnel ", "Binlog ", "not received", "3 Lag", "4 Alerts", "-5m", "At risk",
      "q quit"}},
    {40, 8, {"NORMAL", "At risk", " Lag ", " Binlog ", " Tunnel ", " Alerts ", "q quit"}},
    {39, 7, {"NORMAL", "At risk", " Lag ", " Binlog ", "q quit"}},
    {20, 3, {"live", "NORMAL", " Lag "}},
    {5, 1, {"\xe2\x9c\x93 NOR"}},
    {1, 1, {"\xe2\x9c\x93"}},
};
enum { TIERS = sizeof tiers / sizeof tiers[0] };

static struct eye *open_live(int w, int h)
{
    struct eye *e = stage_open(&(struct stage_options){.w = w, .h = h}, "\xe2\x9c\x93");
    return e;
}

static void assert_keeps(struct eye *e, const struct tier *t)
{
    for (const char *const *text = t->promised; *text; text++) {
        if (!eye_wait_text(e, *text, STAGE_LIMIT_MS)) {
            fail_msg("%dx%d lacks \"%s\"", t->w, t->h, *text);
        }
    }
}

/* The corners of the four frames stand where the size wants them. */
static void assert_framed(struct eye *e)
{
    int w = eye_width(e), h = eye_height(e);
    assert_int_equal(eye_cell(e, h - 2, 0).cp[0], 0x2570);
    assert_int_equal(eye_cell(e, h - 2, w - 1).cp[0], 0x256F);
    if (w >= 80) {
        assert_int_equal(eye_cell(e, 3, 0).cp[0], 0x256D);
        assert_int_equal(eye_cell(e, 3, w - 1).cp[0], 0x256E);
    }
}

static void starts_in_every_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < TIERS; i++) {
        struct eye *e = open_live(tiers[i].w, tiers[i].h);
        assert_keeps(e, &tiers[i]);
        if (tiers[i].h >= 16) {
            assert_framed(e);
        } else if (tiers[i].w < 30) { /* no room for the clock, nor for half of it */
            assert_null(strchr(eye_line(e, 0), ':'));
        }
        stage_quit(e);
    }
}

static void becomes_every_size(void **state)
{
    (void)state;
    struct eye *e = open_live(120, 36);
    for (size_t i = 0; i < 2 * TIERS; i++) { /* down, and up again */
        const struct tier *t = &tiers[i < TIERS ? i : 2 * TIERS - 1 - i];
        eye_resize(e, t->w, t->h);
        assert_keeps(e, t);
    }
    stage_quit(e);
}

/* Every row but the one whose clock runs on, once the frame has come in whole. */
static char *held_picture(struct eye *e)
{
    stage_whole(e);
    return strdup(strchr(eye_screen_text(e), '\n') + 1);
}

/* What stands on the screen is what a repaint of all of it gives: nothing was left over. */
static void assert_nothing_stale(struct eye *e)
{
    char *before = held_picture(e);
    stage_scribble(e, "not drtop's");
    stage_press_gone(e, "C-l", "not drtop's");
    char *after = held_picture(e);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

/* A fixed sequence (Numerical Recipes' constants), so that a failure comes again. */
static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void gust(struct eye *e, unsigned *seed)
{
    static const char *const keys[] = {"?", "z", "Tab", "4", "End", "/", "Escape"};
    const struct tier *t = &tiers[next_random(seed) % TIERS];
    bool exact = next_random(seed) % 3 == 0;
    int w = exact ? t->w : 1 + (int)(next_random(seed) % 200);
    int h = exact ? t->h : 1 + (int)(next_random(seed) % 60);
    eye_resize(e, w, h);
    if (next_random(seed) % 4 == 0) {
        assert_true(eye_key(e, keys[next_random(seed) % (sizeof keys / sizeof *keys)]));
    }
    if (next_random(seed) % 3 == 0) { /* else the next one comes before a frame was painted */
        (void)eye_pump(e, 50);
    }
    assert_true(eye_alive(e));
}

static void survives_a_storm(void **state)
{
    (void)state;
    unsigned seed = SEED;
    struct eye *e = open_live(120, 36);
    for (int i = 0; i < STORM; i++) {
        gust(e, &seed);
    }
    eye_resize(e, 100, 30);
    for (int i = 0; i < 4; i++) { /* close what the keys have opened */
        assert_true(eye_key(e, "Escape"));
        (void)eye_settle(e, 50, STAGE_LIMIT_MS); /* two in one read would be Alt-Escape */
    }
    assert_keeps(e, &tiers[2]);
    stage_press(e, "Space", " PAUSED ");
    assert_framed(e);
    assert_nothing_stale(e);
    eye_resize(e, 200, 60);
    assert_keeps(e, &tiers[0]);
    assert_nothing_stale(e);
    eye_resize(e, 80, 24);
    assert_keeps(e, &tiers[3]);
    assert_nothing_stale(e);
    stage_quit(e);
}

/* Dragging a corner: what grows is filled, what shrinks is cut, step by step. */
static void follows_a_drag(void **state)
{
    (void)state;
    struct eye *e = open_live(80, 24);
    for (int i = 0; i <= 60; i++) {
        eye_resize(e, 80 + 2 * i, 24 + i / 2);
    }
    for (int i = 60; i >= 0; i--) {
        eye_resize(e, 80 + 2 * i, 24 + i / 2);
    }
    assert_keeps(e, &tiers[3]);
    stage_press(e, "Space", " PAUSED ");
    assert_framed(e);
    assert_nothing_stale(e);
    stage_quit(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_in_every_size),
        cmocka_unit_test(becomes_every_size),
        cmocka_unit_test(survives_a_storm),
        cmocka_unit_test(follows_a_drag),
    };
    return cmocka_run_group_tests(tests, stage_raise, stage_drop);
}
