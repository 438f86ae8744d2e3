/* Three weeks of a screen in a room, in seconds: a real board, a real engine and frames, on a clock
 * that the test turns. Several times a day the primary's site is lost for a while, so that all that
 * is kept of alerts and of the past is full after a week. At the same minute of each week as much
 * memory is in use as the week before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/app/anchor.h"
#include "backend/app/http_health.h"
#include "backend/engine.h"
#include "backend/mem.h"
#include "backend/mysql/db_source.h"
#include "backend/net/text.h"
#include "backend/tunnel/provider.h"
#include "tui/glyph.h"
#include "tui/view.h"

enum { STEP_MS = 300000, STEPS_A_DAY = 288, STEPS_A_WEEK = 7 * STEPS_A_DAY, WEEKS = 3 };
enum { FRAME_STEPS = 3, OUTAGE_EVERY = 24, OUTAGE_STEPS = 4 };

#define SLACK_B 4096
#define WALL_MS INT64_C(1767225600000)

static const char config_text[] =
    "{ \"group\": \"soak\",\n"
    "  \"primary\": { \"mysql\": { \"host\": \"10.0.2.50\", \"user\": \"drtop\" },\n"
    "    \"app\": { \"url\": \"https://a.example.com/\", \"period\": \"1m\", \"strikes\": 1 } "
    "},\n"
    "  \"dr\": { \"mysql\": { \"host\": \"10.1.2.50\", \"user\": \"drtop\" } },\n"
    "  \"poll\": { \"positions\": \"10s\", \"status\": \"1m\" },\n"
    "  \"tunnels\": [ { \"type\": \"probe\", \"host\": \"10.0.2.50\", \"period\": \"1m\" } ],\n"
    "  \"anchors\": [ { \"target\": \"192.0.2.53:53\", \"period\": \"1m\" } ] }\n";

struct week {
    struct config *cfg;
    struct clock_manual clk;
    struct board *board;
    struct engine *engine;
    struct canvas canvas;
    struct ui ui;
    struct wall wall;
    unsigned loud, nights, frames;
};

/* With AddressSanitizer, which has its own heap, it says what is in use. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t memory_in_use(void)
{
    if (__sanitizer_get_current_allocated_bytes) {
        return __sanitizer_get_current_allocated_bytes();
    }
    return mallinfo2().uordblks;
}

static void publish(struct week *k, size_t slot, void *value, void (*free_value)(void *))
{
    board_publish(k->board, slot,
                  reading_fresh(value, free_value, clock_mono_ms(&k->clk.base),
                                clock_wall_ms(&k->clk.base)));
}

static void publish_failed(struct week *k, size_t slot, void *value)
{
    board_publish(k->board, slot,
                  reading_failed(value, free, clock_mono_ms(&k->clk.base),
                                 clock_wall_ms(&k->clk.base), "no answer within 1.0 s"));
}

static void play_databases(struct week *k, int64_t step, bool lost)
{
    struct db_facts *r = mem_alloc(1, sizeof *r);
    struct binlog_coord at = {.pos = (uint64_t)step * 1000};
    (void)snprintf(at.file, sizeof at.file, "mysql-bin.%06d", (int)(step / 1000) + 1);
    if (lost) {
        struct db_failure *f = mem_alloc(1, sizeof *f);
        f->silent = true;
        publish_failed(k, SLOT_PRIMARY_DB, f);
    } else {
        struct db_facts *p = mem_alloc(1, sizeof *p);
        p->flavour = DB_MARIADB;
        p->server_id = opt_i64(1);
        p->log_bin = TRI_YES;
        p->read_only = TRI_NO;
        p->written = at;
        publish(k, SLOT_PRIMARY_DB, p, db_facts_destroy);
    }
    r->flavour = DB_MARIADB;
    r->server_id = opt_i64(2);
    r->read_only = TRI_YES;
    r->channels = 1;
    r->has_channel = true;
    r->channel.received = r->channel.applied = at;
    r->channel.receiver = lost ? DB_THREAD_CONNECTING : DB_THREAD_YES;
    r->channel.receiver_errno = lost ? 2003 : 0;
    r->channel.applier = DB_THREAD_YES;
    publish(k, SLOT_REPLICA_DB, r, db_facts_destroy);
}

static void play_others(struct week *k, bool lost)
{
    struct app_facts *app = mem_alloc(1, sizeof *app);
    struct tunnel_facts *tunnel = mem_alloc(1, sizeof *tunnel);
    *tunnel = (struct tunnel_facts){
        .state = lost ? TUNNEL_DOWN : TUNNEL_UP, .data_plane = true, .strikes = lost ? 9 : 0};
    publish(k, SLOT_TUNNEL, tunnel, free);
    if (lost) {
        app->strikes = 9;
        app->dns_us = opt_i64(900);
        (void)text_copy(app->why, sizeof app->why, "timed out after 2.0 s");
        publish_failed(k, SLOT_PRIMARY_APP, app);
    } else {
        *app = (struct app_facts){.ok = true, .status = 200};
        publish(k, SLOT_PRIMARY_APP, app, free);
    }
    publish(k, SLOT_ANCHOR, mem_alloc(1, sizeof(struct anchor_facts)), free);
}

static void paint(struct week *k, int64_t step)
{
    static const int sizes[][2] = {{80, 24}, {120, 36}, {80, 24}, {60, 16}};
    const int *size = sizes[step % (int)(sizeof sizes / sizeof sizes[0])];
    struct snapshot *s = engine_look(k->engine);
    int64_t now_ms = clock_mono_ms(&k->clk.base), wall_ms = clock_wall_ms(&k->clk.base);
    struct view v = {
        .snap = s, .ui = &k->ui, .read_only = true, .wall = &k->wall, .graph = GRAPH_BRAILLE};
    wall_saw(&k->wall, s->seq);
    k->nights += wall_is_night(&k->wall, wall_minute_of_day(wall_ms));
    canvas_resize(&k->canvas, size[0], size[1]);
    view_clock(&v, now_ms, wall_ms);
    view_paint(&k->canvas, &v);
    k->loud += s->verdict.kind == VERDICT_PRIMARY_DOWN;
    k->frames++;
    snapshot_unref(s);
}

static void play_week(struct week *k, int week)
{
    for (int64_t step = (int64_t)week * STEPS_A_WEEK; step < (week + 1) * STEPS_A_WEEK;
         step++) {
        bool lost = step % OUTAGE_EVERY >= OUTAGE_EVERY - OUTAGE_STEPS;
        clock_manual_advance(&k->clk, STEP_MS);
        play_databases(k, step, lost);
        play_others(k, lost);
        engine_step(k->engine);
        if (step % FRAME_STEPS == 0) {
            paint(k, step / FRAME_STEPS);
        }
    }
}

static void begin(struct week *k)
{
    struct error err = {""};
    *k = (struct week){0};
    k->cfg = config_parse("soak", config_text, sizeof config_text - 1, 0600, &err);
    if (!k->cfg) {
        fail_msg("%s", err.text);
    }
    clock_manual_init(&k->clk, STEP_MS, WALL_MS);
    k->board = board_create(SLOT_COUNT);
    k->engine = engine_create(k->cfg, k->board, &k->clk.base);
    ui_init(&k->ui);
    canvas_init(&k->canvas, 80, 24);
    wall_init(&k->wall, &k->cfg->screen.wall, STEP_MS);
    glyph_use(GLYPHS_UTF8);
}

static void end(struct week *k)
{
    canvas_finish(&k->canvas);
    ui_finish(&k->ui);
    engine_destroy(k->engine);
    board_destroy(k->board);
    config_destroy(k->cfg);
}

static void test_memory_stays_flat_for_weeks(void **state)
{
    (void)state;
    struct week k;
    size_t used[WEEKS];
    (void)setenv("TZ", "UTC", 1);
    begin(&k);
    for (int week = 0; week < WEEKS; week++) {
        play_week(&k, week);
        used[week] = memory_in_use();
        print_message("week %d: %zu bytes in use\n", week + 1, used[week]);
    }
    /* It was a life: frames, outages, nights. */
    unsigned frames = WEEKS * STEPS_A_WEEK / FRAME_STEPS;
    assert_int_equal(k.frames, frames);
    assert_int_equal(k.wall.beats, frames);
    assert_in_range(k.loud, frames / 12, frames / 6);
    assert_int_equal(k.nights, frames * 11 / 24);
    for (int week = 1; week < WEEKS; week++) {
        assert_in_range(used[week], used[0] - SLACK_B, used[0] + SLACK_B);
    }
    end(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_memory_stays_flat_for_weeks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
