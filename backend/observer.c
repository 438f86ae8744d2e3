#include "backend/observer.h"

#include <poll.h>
#include <stdlib.h>

#include "backend/app/anchor.h"
#include "backend/app/dns.h"
#include "backend/app/http_health.h"
#include "backend/fact/poller.h"
#include "backend/fact/watchdog.h"
#include "backend/mem.h"
#include "backend/mysql/db_source.h"
#include "backend/tunnel/provider.h"

#define LAG_PATIENCE_MS 1500 /* a few polls of both positions, for lag and loss to be known */

struct observer {
    const struct config *cfg;
    const struct clock *clk;
    struct board *board;
    struct watchdog *dog;
    struct poller *poller;
    struct engine *engine;
    struct config_anchor control_plane; /* asked as an anchor is */
};

bool observer_library_begin(struct error *err)
{
    if (!db_library_begin() || !http_library_begin()) {
        error_set(err, "the MySQL or HTTP client library cannot be initialised");
        return false;
    }
    return true;
}

void observer_library_end(void)
{
    http_library_end();
    db_library_end();
}

static void add_sources(struct observer *o)
{
    const struct config *cfg = o->cfg;
    struct source s =
        db_source(&cfg->primary.db, &cfg->poll, DB_PRIMARY, o->dog, SLOT_PRIMARY_DB);
    poller_add(o->poller, &s);
    s = db_source(&cfg->dr.db, &cfg->poll, DB_REPLICA, o->dog, SLOT_REPLICA_DB);
    poller_add(o->poller, &s);
    if (cfg->primary.app.present) {
        s = http_health_source(&cfg->primary.app, "app primary", SLOT_PRIMARY_APP);
        poller_add(o->poller, &s);
    }
    if (cfg->dr.app.present) {
        s = http_health_source(&cfg->dr.app, "app dr", SLOT_DR_APP);
        poller_add(o->poller, &s);
    }
    if (cfg->primary.control_plane.present) {
        s = anchor_source(&o->control_plane, SLOT_CONTROL_PLANE);
        poller_add(o->poller, &s);
    }
    if (cfg->failover.verify_name) {
        s = dns_source(&cfg->failover, SLOT_DNS);
        poller_add(o->poller, &s);
    }
    for (size_t i = 0; i < cfg->n_tunnels; i++) {
        const struct tunnel_provider *p = tunnel_provider_find(cfg->tunnels[i].kind);
        s = p->create(&cfg->tunnels[i], SLOT_TUNNEL + i);
        poller_add(o->poller, &s);
    }
    for (size_t i = 0; i < cfg->n_anchors; i++) {
        s = anchor_source(&cfg->anchors[i], SLOT_ANCHOR + i);
        poller_add(o->poller, &s);
    }
}

static bool parts(struct observer *o)
{
    o->board = board_create(SLOT_COUNT);
    o->dog = watchdog_create();
    if (!o->board || !o->dog) {
        return false;
    }
    o->poller = poller_create(o->board, o->clk);
    o->engine = engine_create(o->cfg, o->board, o->clk);
    return o->poller && o->engine;
}

static void poke(void *poller)
{
    poller_poke(poller);
}

struct observer *observer_start(const struct config *cfg, const struct clock *clk,
                                struct error *err)
{
    struct observer *o = mem_alloc(1, sizeof *o);
    o->cfg = cfg;
    o->clk = clk;
    const struct config_control_plane *plane = &cfg->primary.control_plane;
    o->control_plane = (struct config_anchor){.name = plane->name,
                                              .target = plane->target,
                                              .period_ms = plane->period_ms,
                                              .timeout_ms = plane->timeout_ms};
    if (!parts(o)) {
        error_set(err, "the system gives no more threads or descriptors");
        return NULL;
    }
    add_sources(o);
    engine_on_doubt(o->engine, poke, o->poller);
    if (!engine_start(o->engine) || !poller_start(o->poller)) {
        error_set(err, "the system gives no more threads");
        (void)observer_stop(o, 1000);
        return NULL;
    }
    return o;
}

struct engine *observer_engine(struct observer *o)
{
    return o->engine;
}

void observer_poke(struct observer *o)
{
    poller_poke(o->poller);
}

static bool all_seen(const struct snapshot *s)
{
    for (enum slot slot = 0; slot < SLOT_COUNT; slot++) {
        if (snapshot_watched(s->config, slot) && !s->sights[slot].last) {
            return false;
        }
    }
    return true;
}

int64_t observer_patience_ms(const struct config *cfg)
{
    int64_t db_ms = cfg->primary.db.timeout_ms > cfg->dr.db.timeout_ms
                        ? cfg->primary.db.timeout_ms
                        : cfg->dr.db.timeout_ms;
    /* resolve and connect each have the timeout */
    return 2 * db_ms + LAG_PATIENCE_MS;
}

struct snapshot *observer_wait(struct observer *o, int64_t timeout_ms)
{
    int64_t now_ms = clock_mono_ms(o->clk);
    int64_t end_ms = now_ms + timeout_ms, seen_ms = INT64_MAX;
    struct snapshot *s = NULL;
    struct pollfd fd = {.fd = engine_wake_fd(o->engine), .events = POLLIN};
    while (now_ms < end_ms) {
        snapshot_unref(s);
        s = engine_look(o->engine);
        if (s && seen_ms == INT64_MAX && all_seen(s)) {
            seen_ms = now_ms;
        }
        bool known = s && s->lag.seconds.known && s->exposure.not_received.bytes.known;
        if (seen_ms != INT64_MAX && (known || now_ms - seen_ms >= LAG_PATIENCE_MS)) {
            return s;
        }
        (void)poll(&fd, 1, (int)(end_ms - now_ms));
        engine_drain(o->engine);
        now_ms = clock_mono_ms(o->clk);
    }
    return s;
}

bool observer_stop(struct observer *o, int64_t budget_ms)
{
    if (!o) {
        return true;
    }
    if (!poller_stop(o->poller, budget_ms)) {
        return false;
    }
    engine_destroy(o->engine);
    poller_destroy(o->poller);
    watchdog_destroy(o->dog);
    board_destroy(o->board);
    free(o);
    return true;
}
