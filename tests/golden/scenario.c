#include "tests/golden/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/app/anchor.h"
#include "backend/app/http_health.h"
#include "backend/engine.h"
#include "backend/fact/clock.h"
#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/tunnel/provider.h"

#define BEGIN_MS 1000000
#define WALL_MS  1795356127000 /* 2026-11-22 14:02:07Z */
#define END_MS   (BEGIN_MS + 600000)
#define STEP_MS  250

static const char config_text[] =
    "{\n"
    "  \"group\": \"gitea-prod\",\n"
    "  \"primary\": { \"site\": \"aws us-east-1\",\n"
    "    \"mysql\": { \"host\": \"10.0.2.50\", \"user\": \"drtop\" },\n"
    "    \"app\": { \"url\": \"https://gitea.example.com/\" } },\n"
    "  \"dr\": { \"site\": \"azure eastus\",\n"
    "    \"mysql\": { \"host\": \"10.1.2.50\", \"user\": \"drtop\" },\n"
    "    \"app\": { \"url\": \"https://dr.example.com/\", \"expected\": false } },\n"
    "  \"tunnels\": [ { \"type\": \"probe\", \"name\": \"probe\", \"host\": \"10.0.2.50\","
    " \"port\": 3306 } ],\n"
    "  \"anchors\": [ { \"name\": \"dns-a\", \"target\": \"192.0.2.53:53\" } ]\n"
    "}\n";

struct scenario {
    enum story story;
    struct config *cfg;
    struct clock_manual clk;
    struct board *board;
    struct engine *engine;
    struct snapshot *snapshot;
};

const char *story_name(enum story story)
{
    static const char *const names[] = {
        [STORY_CALM] = "calm",
        [STORY_LAG] = "lag",
        [STORY_RECEIVER_STOPPED] = "receiver-stopped",
        [STORY_PRIMARY_HUNG] = "primary-hung",
        [STORY_STALE] = "stale",
    };
    return names[story];
}

/* 12 000 bytes a second, in transactions of 600. */
static uint64_t written_at(int64_t ms)
{
    return 40000000 + (uint64_t)((ms - BEGIN_MS) / 50) * 600;
}

static double bump(double t_s, double at_s, double width_s, double height_s)
{
    double d = (t_s - at_s) / width_s;
    return height_s * exp(-d * d);
}

static int64_t lag_at_ms(enum story story, int64_t ms)
{
    double t_s = (double)(ms - BEGIN_MS) / 1000, left_s = (double)(END_MS - ms) / 1000;
    double lag_s = 0.10 + 0.05 * sin(t_s / 7) + bump(t_s, 390, 6, 0.55) +
                   bump(t_s, 500, 9, 0.35) + bump(t_s, 100, 4, 1.9);
    if (story == STORY_LAG && left_s < 20) {
        lag_s += (20 - left_s) * 0.2;
    }
    return (int64_t)(lag_s * 1000);
}

static int64_t silent_since(enum story story)
{
    switch (story) {
    case STORY_RECEIVER_STOPPED:
        return END_MS - 12000;
    case STORY_PRIMARY_HUNG:
        return END_MS - 30000;
    case STORY_STALE:
        return END_MS - 6000;
    default:
        return INT64_MAX;
    }
}

static char *gtid(uint64_t pos)
{
    char text[64];
    (void)snprintf(text, sizeof text, "0-1-%llu", (unsigned long long)pos / 600);
    return mem_strdup(text);
}

static struct binlog_coord coord(uint64_t pos)
{
    return (struct binlog_coord){.file = "mysql-bin.000124", .pos = pos};
}

static struct db_facts *server(const char *address)
{
    struct db_facts *f = mem_alloc(1, sizeof *f);
    f->flavour = DB_MARIADB;
    f->gtid_mode = TRI_YES;
    f->round_trip_us = opt_i64(11800);
    f->super_read_only = TRI_UNKNOWN;
    (void)text_copy(f->version, sizeof f->version, "10.11.19-MariaDB-log");
    (void)text_copy(f->address, sizeof f->address, address);
    (void)text_copy(f->tls_cipher, sizeof f->tls_cipher, "TLS_AES_256_GCM_SHA384");
    return f;
}

static void publish(struct scenario *s, size_t slot, void *value, void (*free_value)(void *))
{
    board_publish(s->board, slot,
                  reading_fresh(value, free_value, clock_mono_ms(&s->clk.base),
                                clock_wall_ms(&s->clk.base)));
}

static void publish_failed(struct scenario *s, size_t slot, void *value, const char *why)
{
    board_publish(s->board, slot,
                  reading_failed(value, free, clock_mono_ms(&s->clk.base),
                                 clock_wall_ms(&s->clk.base), "%s", why));
}

static void play_primary(struct scenario *s, int64_t ms)
{
    struct db_facts *f = server("10.0.2.50:3306");
    f->server_id = opt_i64(1);
    f->log_bin = TRI_YES;
    f->read_only = TRI_NO;
    f->written = coord(written_at(ms));
    f->gtid_written = gtid(f->written.pos);
    publish(s, SLOT_PRIMARY_DB, f, db_facts_destroy);
}

static void play_replica(struct scenario *s, int64_t ms)
{
    int64_t cut_ms = s->story == STORY_RECEIVER_STOPPED || s->story == STORY_PRIMARY_HUNG
                         ? silent_since(s->story)
                         : INT64_MAX;
    int64_t sent_ms = ms < cut_ms ? ms : cut_ms;
    int64_t applied_ms = ms - lag_at_ms(s->story, ms);
    struct db_facts *f = server("10.1.2.50:3306");
    f->server_id = opt_i64(2);
    f->read_only = TRI_YES;
    f->channels = 1;
    f->has_channel = true;
    struct db_channel *ch = &f->channel;
    ch->received = coord(written_at(sent_ms));
    ch->applied = coord(written_at(applied_ms < sent_ms ? applied_ms : sent_ms));
    ch->receiver = ms < cut_ms                      ? DB_THREAD_YES
                   : s->story == STORY_PRIMARY_HUNG ? DB_THREAD_CONNECTING
                                                    : DB_THREAD_NO;
    ch->applier = DB_THREAD_YES;
    (void)text_copy(ch->receiver_state, sizeof ch->receiver_state,
                    ms < cut_ms ? "Waiting for master to send event" : "");
    (void)text_copy(ch->applier_state, sizeof ch->applier_state,
                    "Slave has read all relay log; waiting for more updates");
    ch->seconds_behind = ms < cut_ms ? opt_i64(0) : (struct opt_i64){0};
    f->gtid_applied = gtid(ch->applied.pos);
    publish(s, SLOT_REPLICA_DB, f, db_facts_destroy);
}

static void play_app(struct scenario *s, bool up)
{
    struct app_facts *f = mem_alloc(1, sizeof *f);
    if (up) {
        *f = (struct app_facts){.ok = true, .status = 200, .total_us = opt_i64(24100)};
        publish(s, SLOT_PRIMARY_APP, f, free);
    } else {
        f->strikes = 5;
        publish_failed(s, SLOT_PRIMARY_APP, f, "timed out after 2.0 s");
    }
    struct app_facts *none = mem_alloc(1, sizeof *none);
    none->strikes = 9;
    publish_failed(s, SLOT_DR_APP, none, "connection refused");
}

static void play_tunnel(struct scenario *s, bool up, int64_t since_ms)
{
    struct tunnel_facts *f = mem_alloc(1, sizeof *f);
    *f = (struct tunnel_facts){.state = up ? TUNNEL_UP : TUNNEL_DOWN,
                               .data_plane = true,
                               .since_ms = since_ms,
                               .loss = opt_f64(up ? 0 : 0.45),
                               .window = 60};
    if (up) {
        f->rtt_ms = opt_f64(11.8);
        f->greeting_ms = opt_f64(24.3);
    } else {
        (void)text_copy(f->detail, sizeof f->detail, "connect timed out after 2.0 s");
    }
    publish(s, SLOT_TUNNEL, f, free);
    struct anchor_facts *a = mem_alloc(1, sizeof *a);
    a->round_trip_us = opt_i64(4200);
    publish(s, SLOT_ANCHOR, a, free);
}

static void play_moment(struct scenario *s, int64_t ms)
{
    bool hung = s->story == STORY_PRIMARY_HUNG && ms >= silent_since(s->story);
    if (s->story == STORY_STALE && ms >= silent_since(s->story)) {
        return;
    }
    if (!hung) {
        play_primary(s, ms);
    } else if (ms >= silent_since(s->story) + 2000) {
        publish_failed(s, SLOT_PRIMARY_DB, NULL, "no answer within 2.0 s");
    }
    /* read after the primary, as in life */
    clock_manual_advance(&s->clk, 5);
    play_replica(s, ms + 5);
    if (ms % 1000 == 0) {
        play_app(s, !hung);
        play_tunnel(s, !hung, hung ? silent_since(s->story) : BEGIN_MS);
    }
}

struct scenario *scenario_play(enum story story)
{
    struct error err;
    struct scenario *s = mem_alloc(1, sizeof *s);
    s->story = story;
    s->cfg = config_parse("scenario", config_text, strlen(config_text), 0600, &err);
    if (!s->cfg) {
        fail_msg("%s", err.text);
    }
    clock_manual_init(&s->clk, BEGIN_MS, WALL_MS);
    s->board = board_create(SLOT_COUNT);
    s->engine = engine_create(s->cfg, s->board, &s->clk.base);
    for (int64_t ms = BEGIN_MS; ms <= END_MS; ms += STEP_MS) {
        clock_manual_advance(&s->clk, ms - clock_mono_ms(&s->clk.base));
        play_moment(s, ms);
        engine_step(s->engine);
    }
    s->snapshot = engine_look(s->engine);
    return s;
}

void scenario_destroy(struct scenario *s)
{
    snapshot_unref(s->snapshot);
    engine_destroy(s->engine);
    board_destroy(s->board);
    config_destroy(s->cfg);
    free(s);
}

struct snapshot *scenario_snapshot(struct scenario *s)
{
    return s->snapshot;
}

int64_t scenario_now_ms(const struct scenario *s)
{
    return clock_mono_ms(&s->clk.base);
}

int64_t scenario_wall_ms(const struct scenario *s)
{
    return clock_wall_ms(&s->clk.base);
}
