/* A pair that is well, as a snapshot under construction, and the ways to spoil it. For the units of
 * what facts mean. */
#ifndef DRTOP_TESTS_UNIT_HEALTHY_H
#define DRTOP_TESTS_UNIT_HEALTHY_H

#include "backend/app/anchor.h"
#include "backend/app/http_health.h"
#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/snapshot.h"
#include "backend/tunnel/provider.h"

#include <stdlib.h>

#define NOW_MS 1000000

static char a_name[] = "a", b_name[] = "b", probe_name[] = "probe", x_name[] = "x",
            y_name[] = "y";

static struct config cfg = {
    .primary = {.name = a_name,
                .db = {.route = ROUTE_VPN},
                .app = {.present = true, .expected = true, .strikes = 3}},
    .dr = {.name = b_name,
           .db = {.route = ROUTE_DIRECT},
           .app = {.present = true, .expected = false, .strikes = 3}},
    .n_tunnels = 1,
    .tunnels = {{.name = probe_name, .period_ms = 1000}},
    .n_anchors = 2,
    .anchors = {{.name = x_name, .period_ms = 1000}, {.name = y_name, .period_ms = 1000}},
    .poll = {.positions_ms = 250, .status_ms = 1000},
    .objectives = {.rpo_ms = 1000, .rto_ms = 1200000},
    .alerts = {.lag_for_ms = 3000, .stale_for_ms = 5000, .fail_for_ms = 2000},
};

static inline struct db_facts *server(int64_t id)
{
    struct db_facts *f = mem_alloc(1, sizeof *f);
    f->flavour = DB_MARIADB;
    f->server_id = opt_i64(id);
    f->read_only = TRI_NO;
    f->channels = 0;
    return f;
}

static inline struct db_facts *replica(void)
{
    struct db_facts *f = server(2);
    f->channels = 1;
    f->has_channel = true;
    f->read_only = TRI_YES;
    f->channel.receiver = f->channel.applier = DB_THREAD_YES;
    return f;
}

static inline void see(struct snapshot *s, enum slot slot, void *value)
{
    struct reading *r = reading_fresh(value, free, NOW_MS - 100, 0);
    sight_finish(&s->sights[slot]);
    s->sights[slot] = (struct sight){reading_ref(r), r};
}

static inline void see_failed(struct snapshot *s, enum slot slot, void *value, const char *why)
{
    sight_finish(&s->sights[slot]);
    s->sights[slot].last = reading_failed(value, free, NOW_MS - 100, 0, "%s", why);
}

static inline struct tunnel_facts *tunnel(enum tunnel_state state)
{
    struct tunnel_facts *f = mem_alloc(1, sizeof *f);
    f->state = state;
    return f;
}

static inline struct app_facts *app(int status, int strikes)
{
    struct app_facts *f = mem_alloc(1, sizeof *f);
    *f = (struct app_facts){.ok = status == 200, .status = status, .strikes = strikes};
    return f;
}

static inline struct snapshot *healthy(void)
{
    struct snapshot *s = snapshot_create(NULL, 0);
    s->config = &cfg;
    s->lag.seconds = opt_f64(0.2);
    see(s, SLOT_PRIMARY_DB, server(1));
    see(s, SLOT_REPLICA_DB, replica());
    see(s, SLOT_PRIMARY_APP, app(200, 0));
    see_failed(s, SLOT_DR_APP, app(0, 9), "connection refused");
    see(s, SLOT_TUNNEL, tunnel(TUNNEL_UP));
    see(s, SLOT_ANCHOR, mem_alloc(1, sizeof(struct anchor_facts)));
    see(s, SLOT_ANCHOR + 1, mem_alloc(1, sizeof(struct anchor_facts)));
    return s;
}

static inline struct db_facts *replica_of(struct snapshot *s)
{
    struct db_facts *f = replica();
    see(s, SLOT_REPLICA_DB, f);
    return f;
}

#endif
