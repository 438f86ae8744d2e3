/* The past as the loop sees it: what keys ask for, what the reader's thread answers, and where the
 * replay stands. */
#include "tests/unit/replay_story.h"

#include <poll.h>

#include "backend/fact/clock.h"
#include "tui/app_past.h"

static struct app_past past;
static struct ui ui;
static int64_t mono_ms, wall_ms;

static struct replay_reader *begin(const struct place *p, int64_t from_ms)
{
    struct replay *r;
    story_write(p);
    r = replay_open_file(p->path, &err);
    assert_non_null(r);
    struct replay_reader *d = replay_reader_start(r, NULL, &err);
    assert_non_null(d);
    mono_ms = 5000;
    wall_ms = S(3700);
    ui_init(&ui);
    app_past_init(&past, d, from_ms, 1, mono_ms);
    ui.replay = past.replay;
    ui.recorded = true;
    return d;
}

static void end(struct replay_reader *d)
{
    app_past_finish(&past);
    ui_finish(&ui);
    assert_true(replay_reader_stop(d, 10000));
}

/* A frame, and the answer to what it asked. */
static bool frame(void)
{
    (void)app_past_turn(&past, &ui, NULL, mono_ms, wall_ms);
    while (past.waiting) {
        struct pollfd fd = {.fd = app_past_fd(&past), .events = POLLIN};
        assert_int_equal(poll(&fd, 1, 10000), 1);
        assert_int_equal(app_past_read(&past, &ui, mono_ms, wall_ms), UI_PAINT);
    }
    return app_past_turn(&past, &ui, NULL, mono_ms, wall_ms);
}

static void press(uint32_t code)
{
    if (ui_key(&ui, code, NULL, mono_ms) & UI_PAST) {
        assert_int_equal(app_past_obey(&past, &ui, mono_ms, wall_ms), UI_PAINT);
    }
}

static void pass(int64_t ms)
{
    mono_ms += ms;
    wall_ms += ms;
}

static void test_a_replay_plays(void **state)
{
    struct view v = {0};
    struct replay_reader *d = begin(*state, S(600));
    assert_true(frame());
    assert_int_equal(past.got.wall_ms, S(600) + 999);
    pass(3000);
    assert_true(frame());
    assert_int_equal(past.got.wall_ms, S(603) + 999);
    press('>');
    press('>');
    press('>');
    assert_int_equal(past.speed, 10);
    pass(1000);
    assert_true(frame());
    assert_int_equal(past.got.wall_ms, S(613) + 999);
    assert_int_equal(past.got.snapshot->verdict.kind, VERDICT_PRIMARY_DOWN);
    app_past_show(&past, NULL, mono_ms, &v);
    assert_true(v.when.kind == WHEN_REPLAY && v.when.playing && v.when.speed == 10);
    assert_int_equal(v.now_ms, S(613) + 999);
    assert_int_equal(v.now_ms + v.held_ms, mono_ms); /* what a toast lives by */
    press(' ');
    pass(60000);
    assert_true(frame());
    assert_int_equal(past.got.wall_ms, S(613) + 999);
    press(KEYCODE_RIGHT); /* the range is 5 min */
    assert_true(frame());
    assert_int_equal(past.got.wall_ms, S(618) + 999);
    press(KEYCODE_LEFT);
    press(KEYCODE_LEFT);
    assert_true(frame());
    assert_int_equal(past.got.wall_ms, S(608) + 999);
    press('<');
    assert_int_equal(past.speed, 5);
    end(d);
}

static void test_it_ends_at_the_ends(void **state)
{
    struct replay_reader *d = begin(*state, S(3590));
    assert_true(frame());
    pass(30000);
    assert_true(frame());
    assert_int_equal(past.got.wall_ms, S(3599) + 999);
    assert_false(past.playing);
    assert_non_null(strstr(ui.toast, "end of what is recorded"));
    for (int i = 0; i < 20; i++) {
        press('-'); /* to 24 h */
    }
    for (int i = 0; i < 200; i++) {
        press(KEYCODE_LEFT);
    }
    assert_true(frame());
    assert_non_null(strstr(ui.toast, "beginning of what is recorded"));
    assert_int_equal(past.at_wall_ms, past.got.first_wall_ms + 999);
    end(d);
}

static void test_jumps(void **state)
{
    struct replay_reader *d = begin(*state, S(1000));
    assert_true(frame());
    press('[');
    assert_true(frame());
    assert_int_equal(past.at_wall_ms, S(610) + 999);
    press('[');
    assert_true(frame());
    assert_non_null(strstr(ui.toast, "no alert before"));
    assert_int_equal(past.at_wall_ms / 1000, S(610) / 1000);
    press(' ');
    for (int i = 0; i < 5; i++) {
        press(KEYCODE_LEFT);
    }
    press('}');
    assert_true(frame());
    assert_int_equal(past.at_wall_ms, S(610) + 999);
    end(d);
}

/* In a live dashboard the picture is of the cursor's moment, and only beyond the memory. */
static void test_live(void **state)
{
    struct view v = {0};
    struct replay_reader *d = begin(*state, 0);
    struct snapshot *live = snapshot_create(NULL, 0);
    live->history = history_create();
    live->owns_history = true;
    history_push(live->history, HISTORY_VERDICT, mono_ms - 2000, VERDICT_NORMAL);
    history_push(live->history, HISTORY_VERDICT, mono_ms, VERDICT_NORMAL);
    assert_false(app_past_turn(&past, &ui, live, mono_ms, wall_ms));
    ui.cursor_ms = mono_ms - 1000;
    assert_false(app_past_turn(&past, &ui, live, mono_ms, wall_ms));
    ui.cursor_ms = 0;
    press('[');
    while (past.waiting) {
        struct pollfd fd = {.fd = app_past_fd(&past), .events = POLLIN};
        assert_int_equal(poll(&fd, 1, 10000), 1);
        (void)app_past_read(&past, &ui, mono_ms, wall_ms);
    }
    assert_int_equal(ui.cursor_ms, mono_ms - (wall_ms - S(610) - 999));
    assert_true(ui.cursor_ms < 0); /* before this machine started */
    assert_true(app_past_turn(&past, &ui, live, mono_ms, wall_ms));
    app_past_show(&past, live, mono_ms, &v);
    assert_int_equal(v.when.kind, WHEN_HISTORY);
    assert_int_equal(v.wall_ms, S(610) + 999);
    pass(500); /* the moment that is meant stays */
    assert_true(app_past_turn(&past, &ui, live, mono_ms, wall_ms));
    assert_false(past.waiting);
    (void)ui_key(&ui, KEYCODE_LEFT, live, mono_ms);
    assert_true(frame());
    assert_int_equal(past.got.wall_ms, S(605) + 999);
    (void)ui_key(&ui, 'a', live, mono_ms);
    assert_int_equal(ui.typing, TYPING_NOTHING);
    assert_non_null(strstr(ui.toast, "back to live first"));
    (void)ui_key(&ui, KEYCODE_ESCAPE, live, mono_ms);
    assert_int_equal(ui.cursor_ms, 0);
    assert_false(app_past_turn(&past, &ui, live, mono_ms, wall_ms));
    snapshot_unref(live);
    end(d);
}

static void test_nothing_recorded(void **state)
{
    struct place *p = *state;
    struct config *cfg = story_config();
    char folder[PATH_MAX];
    (void)snprintf(folder, sizeof folder, "%s", p->folder);
    cfg->record.directory = folder;
    struct replay_reader *d = replay_reader_start(NULL, cfg, &err);
    ui_init(&ui);
    mono_ms = 5000;
    wall_ms = S(0);
    app_past_init(&past, d, 0, 1, mono_ms);
    ui.recorded = true;
    press('[');
    assert_false(frame());
    assert_non_null(strstr(ui.toast, "no history yet"));
    ui.cursor_ms = -5;
    assert_false(frame());
    assert_false(past.waiting); /* it is not asked again and again */
    end(d);
    cfg->record.directory = NULL;
}

static void test_what_a_replay_refuses(void **state)
{
    struct replay_reader *d = begin(*state, S(1000));
    ui.refusal = ui.failover_refusal = ui.drill_refusal = "a replay";
    static const char pressed[] = "amFDr";
    for (const char *k = pressed; *k; k++) {
        ui.toast[0] = '\0';
        unsigned effects = ui_key(&ui, (uint32_t)*k, NULL, mono_ms);
        assert_int_equal(effects, UI_PAINT);
        assert_non_null(strstr(ui.toast, "a replay"));
        assert_int_equal(ui.typing, TYPING_NOTHING);
    }
    end(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_replay_plays),
        TEST(test_it_ends_at_the_ends),
        TEST(test_jumps),
        TEST(test_live),
        TEST(test_nothing_recorded),
        TEST(test_what_a_replay_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
