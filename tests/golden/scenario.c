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
#include "backend/mysql/db_source.h"
#include "backend/net/text.h"
#include "backend/tunnel/provider.h"
#include "tests/golden/scenario_tunnel.h"

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
    "  \"anchors\": [ { \"name\": \"dns-a\", \"target\": \"192.0.2.53:53\" } ]";
static const char tunnel_text[] =
    ",\n  \"tunnels\": [ { \"type\": \"probe\", \"name\": \"probe\", \"host\": \"10.0.2.50\","
    " \"port\": 3306 } ]";
static const char maintenance_text[] = ",\n  \"maintenance\": [ { \"at\": \"daily 14:00\","
                                       " \"for\": \"30m\", \"reason\": \"switch firmware\" } ]";

struct scenario {
    enum story story;
    struct config *cfg;
    struct clock_manual clk;
    struct board *board;
    struct engine *engine;
    struct snapshot *snapshot;
    struct record_view record;
    struct store_alert alerts[ALERTS_MAX];
    struct event events[32];
};

static bool loses_site(enum story story)
{
    return story == STORY_PRIMARY_DOWN || story == STORY_SUSPECTED ||
           story == STORY_FAILED_OVER;
}

const char *story_name(enum story story)
{
    static const char *const names[] = {
        [STORY_CALM] = "calm",
        [STORY_LAG] = "lag",
        [STORY_RECEIVER_STOPPED] = "receiver-stopped",
        [STORY_PRIMARY_DOWN] = "primary-down",
        [STORY_SUSPECTED] = "suspected",
        [STORY_SPLIT_BRAIN] = "split-brain",
        [STORY_ISOLATED] = "isolated",
        [STORY_DRILLED] = "drilled",
        [STORY_STALE] = "stale",
        [STORY_VIEWS] = "views",
        [STORY_BLACK_HOLED] = "black-holed",
        [STORY_TUNNEL1] = "tunnel1",
        [STORY_OPINIONS] = "opinions",
        [STORY_UNKNOWN] = "unknown",
        [STORY_FAILED_OVER] = "failed-over",
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
    case STORY_PRIMARY_DOWN:
    case STORY_BLACK_HOLED:
        return END_MS - 40000;
    case STORY_TUNNEL1:
        return END_MS - 25000;
    case STORY_UNKNOWN:
        return END_MS - 20000;
    case STORY_FAILED_OVER:
        return END_MS - 300000;
    case STORY_SUSPECTED:
        return END_MS - 1500;
    case STORY_SPLIT_BRAIN:
    case STORY_ISOLATED:
        return END_MS - 20000;
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

static void publish_silent_db(struct scenario *s, size_t slot, const char *why)
{
    struct db_failure *f = mem_alloc(1, sizeof *f);
    f->silent = true;
    publish_failed(s, slot, f, why);
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

static bool is_promoted(enum story story, int64_t ms)
{
    return story == STORY_SPLIT_BRAIN ? ms >= silent_since(story)
                                      : story == STORY_FAILED_OVER && ms >= END_MS - 60000;
}

static void play_replica(struct scenario *s, int64_t ms)
{
    bool site_lost = loses_site(s->story) || s->story == STORY_BLACK_HOLED;
    int64_t cut_ms =
        site_lost || s->story == STORY_RECEIVER_STOPPED ? silent_since(s->story) : INT64_MAX;
    int64_t sent_ms = ms < cut_ms ? ms : cut_ms;
    int64_t applied_ms = ms - lag_at_ms(s->story, ms);
    struct db_facts *f = server("10.1.2.50:3306");
    f->server_id = opt_i64(2);
    f->read_only = tri_of(!is_promoted(s->story, ms));
    if (s->story == STORY_FAILED_OVER && is_promoted(s->story, ms)) {
        f->log_bin = TRI_YES;
        f->written = (struct binlog_coord){.file = "replica-bin.000007", .pos = 4096};
        publish(s, SLOT_REPLICA_DB, f, db_facts_destroy);
        return;
    }
    f->channels = 1;
    f->has_channel = true;
    struct db_channel *ch = &f->channel;
    ch->received = coord(written_at(sent_ms));
    ch->applied = coord(written_at(applied_ms < sent_ms ? applied_ms : sent_ms));
    ch->receiver = ms < cut_ms ? DB_THREAD_YES
                   : site_lost ? DB_THREAD_CONNECTING
                               : DB_THREAD_NO;
    ch->receiver_errno = ms >= cut_ms && site_lost ? 2003 : 0;
    ch->source_port = 3306;
    (void)text_copy(ch->source_host, sizeof ch->source_host, "10.0.2.50");
    ch->applier = DB_THREAD_YES;
    (void)text_copy(ch->receiver_state, sizeof ch->receiver_state,
                    ms < cut_ms ? "Waiting for master to send event" : "");
    (void)text_copy(ch->applier_state, sizeof ch->applier_state,
                    "Slave has read all relay log; waiting for more updates");
    ch->seconds_behind = ms < cut_ms ? opt_i64(0) : (struct opt_i64){0};
    f->gtid_applied = gtid(ch->applied.pos);
    publish(s, SLOT_REPLICA_DB, f, db_facts_destroy);
}

/* Looks in a row that failed, one a second. */
static int strikes(int64_t ms, int64_t since_ms)
{
    return 1 + (int)((ms - since_ms) / 1000);
}

static void play_app(struct scenario *s, int64_t ms, bool up, int64_t since_ms)
{
    struct app_facts *f = mem_alloc(1, sizeof *f);
    f->dns_us = opt_i64(900);
    if (up) {
        f->ok = true;
        f->status = 200;
        f->total_us = opt_i64(24100);
        publish(s, SLOT_PRIMARY_APP, f, free);
    } else {
        f->strikes = strikes(ms, since_ms);
        (void)text_copy(f->why, sizeof f->why, "timed out after 2.0 s");
        publish_failed(s, SLOT_PRIMARY_APP, f, "timed out after 2.0 s");
    }
    struct app_facts *none = mem_alloc(1, sizeof *none);
    none->strikes = 9;
    none->dns_us = opt_i64(900);
    (void)text_copy(none->why, sizeof none->why, "connection refused");
    publish_failed(s, SLOT_DR_APP, none, "connection refused");
}

static void play_tunnel(struct scenario *s, int64_t ms, bool up, int64_t since_ms)
{
    struct tunnel_facts *f = mem_alloc(1, sizeof *f);
    *f = (struct tunnel_facts){.state = up ? TUNNEL_UP : TUNNEL_DOWN,
                               .data_plane = true,
                               .since_ms = since_ms,
                               .strikes = up ? 0 : strikes(ms, since_ms),
                               .loss = opt_f64(up ? 0 : 0.45),
                               .window = 60};
    if (up) {
        f->rtt_ms = opt_f64(11.8);
        f->greeting_ms = opt_f64(24.3);
    } else {
        (void)text_copy(f->detail, sizeof f->detail, "connect timed out after 2.0 s");
    }
    publish(s, SLOT_TUNNEL, f, free);
}

/* What the stories about several views have in common is in scenario_tunnel.c. */
static void play_path(struct scenario *s, int64_t ms, bool up, int64_t since_ms)
{
    if (!scenario_tunnel_config(s->story)) {
        play_tunnel(s, ms, up, since_ms);
        return;
    }
    struct tunnel_moment at = {.story = s->story,
                               .board = s->board,
                               .clk = &s->clk.base,
                               .ms = ms,
                               .began_ms = BEGIN_MS,
                               .broken_ms = silent_since(s->story)};
    scenario_tunnel_play(&at);
}

static void play_anchor(struct scenario *s, int64_t ms, bool up, int64_t since_ms)
{
    struct anchor_facts *a = mem_alloc(1, sizeof *a);
    if (up) {
        a->round_trip_us = opt_i64(4200);
        publish(s, SLOT_ANCHOR, a, free);
    } else {
        a->strikes = strikes(ms, since_ms);
        publish_failed(s, SLOT_ANCHOR, a, "network is unreachable");
    }
}

static void play_moment(struct scenario *s, int64_t ms)
{
    int64_t since_ms = silent_since(s->story);
    bool after = ms >= since_ms, isolated = s->story == STORY_ISOLATED && after;
    bool lost = (loses_site(s->story) && after) || isolated;
    if (s->story == STORY_STALE && after) {
        return;
    }
    bool cut = lost || ((s->story == STORY_BLACK_HOLED || s->story == STORY_UNKNOWN) && after);
    if (!cut) {
        play_primary(s, ms);
    } else if (ms >= since_ms + 1000 && ms % 1000 == 0) {
        publish_silent_db(s, SLOT_PRIMARY_DB,
                          isolated ? "network is unreachable" : "no answer within 1.0 s");
    }
    /* read after the primary, as in life */
    clock_manual_advance(&s->clk, 5);
    if (!isolated) {
        play_replica(s, ms + 5);
    } else if (ms % 1000 == 0) {
        publish_silent_db(s, SLOT_REPLICA_DB, "network is unreachable");
    }
    if (ms % 1000 == 0) {
        play_app(s, ms, !lost, since_ms);
        play_path(s, ms, !lost, lost ? since_ms : BEGIN_MS);
        play_anchor(s, ms, !isolated, since_ms);
    }
}

/* Three drills, the last twelve days ago. */
static void remember_drills(struct scenario *s)
{
    int64_t took_ms[] = {871000, 1052000, 940000};
    struct engine_memory memory = {.runs = rto_learn(took_ms, 3)};
    memory.runs.last_took_ms = opt_i64(1052000);
    memory.runs.last_wall_ms = opt_i64(WALL_MS - INT64_C(12) * 86400000);
    engine_remember(s->engine, &memory);
}

struct scenario *scenario_play(enum story story)
{
    return scenario_play_with(story, story == STORY_DRILLED ? maintenance_text : "");
}

struct scenario *scenario_play_with(enum story story, const char *more)
{
    struct error err;
    struct scenario *s = mem_alloc(1, sizeof *s);
    s->story = story;
    const char *views = scenario_tunnel_config(story);
    char text[8192];
    int len = snprintf(text, sizeof text, "%s%s%s\n}\n", config_text,
                       views ? views : tunnel_text, more);
    s->cfg = config_parse("scenario", text, (size_t)len, 0600, &err);
    if (!s->cfg) {
        fail_msg("%s", err.text);
    }
    clock_manual_init(&s->clk, BEGIN_MS, WALL_MS);
    s->board = board_create(SLOT_COUNT);
    s->engine = engine_create(s->cfg, s->board, &s->clk.base);
    if (story == STORY_DRILLED) {
        remember_drills(s);
    }
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

static void happened(struct scenario *s, enum event_kind kind, int64_t ago_ms, const char *who,
                     const char *text)
{
    struct event *e = &s->events[s->record.n_events++];
    *e = (struct event){.id = (int64_t)s->record.n_events,
                        .at_wall_ms = scenario_wall_ms(s) - ago_ms,
                        .kind = kind};
    (void)text_copy(e->who, sizeof e->who, who);
    (void)text_copy(e->text, sizeof e->text, text);
    memcpy(e->incident, s->snapshot->incident.id, sizeof e->incident);
}

static void write_timeline(struct scenario *s)
{
    happened(s, EVENT_VERDICT, 39000, "", "PRIMARY DOWN suspected");
    happened(s, EVENT_INCIDENT, 38000, "", "began");
    for (size_t i = 0; i < s->record.n_alerts; i++) {
        const struct alert *a = &s->alerts[i].alert;
        if (alert_is_open(a)) {
            happened(s, EVENT_OPENED, scenario_wall_ms(s) - a->opened_wall_ms, "", a->text);
        }
    }
    happened(s, EVENT_VERDICT, 36000, "",
             "PRIMARY DOWN confirmed: app, database and receiver fail");
    happened(s, EVENT_SENT, 31000, "", "mail to oncall@example.com");
    happened(s, EVENT_ACKED, 20000, "mg on pts/3 from 10.0.0.7", "I am on it");
    happened(
        s, EVENT_NOTE, 9000, "mg on pts/3 from 10.0.0.7",
        "AWS status page speaks of a power loss in use1-az4; the provider's bridge is open "
        "and we have asked for an estimate");
}

const struct record_view *scenario_record(struct scenario *s)
{
    struct record_view *r = &s->record;
    const struct snapshot *snap = s->snapshot;
    *r = (struct record_view){.role = RECORD_VIEWER,
                              .readable = true,
                              .maintained = true,
                              .recorder = "drtop record, pid 4711, user drtop, host noc1",
                              .incident = snap->incident,
                              .n_alerts = snap->n_alerts,
                              .alerts = s->alerts,
                              .events = s->events};
    for (size_t i = 0; i < snap->n_alerts; i++) {
        s->alerts[i] = (struct store_alert){.id = (int64_t)i + 1, .alert = snap->alerts[i]};
    }
    struct alert *a = &s->alerts[snap->n_alerts - 1].alert;
    if (!alert_is_open(a)) {
        return r;
    }
    a->state = ALERT_ACKED;
    a->acked_ms = scenario_now_ms(s) - 20000;
    a->acked_wall_ms = scenario_wall_ms(s) - 20000;
    (void)text_copy(a->acked_by, sizeof a->acked_by, "mg on pts/3 from 10.0.0.7");
    (void)text_copy(a->comment, sizeof a->comment, "I am on it");
    write_timeline(s);
    return r;
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
