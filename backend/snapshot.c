#include "backend/snapshot.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "backend/app/dns.h"
#include "backend/fact/freshness.h"
#include "backend/mem.h"

#define FIRST_SEQ 8 /* until then sources answer for the first time */

struct snapshot_box {
    struct snapshot snapshot; /* first: the pointers are the same */
    atomic_uint refs;
    struct alert alerts[];
};

static struct snapshot_box *box_of(struct snapshot *s)
{
    return (struct snapshot_box *)(void *)s;
}

struct snapshot *snapshot_create(const struct alert *alerts, size_t n)
{
    struct snapshot_box *box = mem_alloc(1, sizeof *box + n * sizeof alerts[0]);
    atomic_init(&box->refs, 1);
    if (n) {
        memcpy(box->alerts, alerts, n * sizeof alerts[0]);
    }
    box->snapshot.n_alerts = n;
    box->snapshot.alerts = box->alerts;
    return &box->snapshot;
}

struct snapshot *snapshot_ref(struct snapshot *s)
{
    if (s) {
        atomic_fetch_add(&box_of(s)->refs, 1);
    }
    return s;
}

void snapshot_unref(struct snapshot *s)
{
    if (!s || atomic_fetch_sub(&box_of(s)->refs, 1) != 1) {
        return;
    }
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        sight_finish(&s->sights[i]);
    }
    if (s->owns_history) {
        history_destroy(s->history);
    }
    free(box_of(s));
}

const struct db_facts *snapshot_db(const struct snapshot *s, enum slot slot)
{
    return s->sights[slot].good ? s->sights[slot].good->value : NULL;
}

enum slot snapshot_probe(const struct config *cfg)
{
    for (size_t i = 0; i < cfg->n_tunnels; i++) {
        if (cfg->tunnels[i].kind == TUNNEL_PROBE) {
            return SLOT_TUNNEL + (enum slot)i;
        }
    }
    return SLOT_COUNT;
}

static const struct tunnel_facts *probe_facts(const struct snapshot *s)
{
    enum slot probe = snapshot_probe(s->config);
    const struct reading *r = probe < SLOT_COUNT ? s->sights[probe].last : NULL;
    return r && r->state == READING_FRESH ? r->value : NULL;
}

struct opt_f64 snapshot_rtt_ms(const struct snapshot *s)
{
    const struct tunnel_facts *f = probe_facts(s);
    return f && f->state != TUNNEL_DOWN ? f->rtt_ms : (struct opt_f64){0};
}

enum tri snapshot_try_lost(const struct snapshot *s)
{
    const struct tunnel_facts *f = probe_facts(s);
    return f && f->state != TUNNEL_UNKNOWN ? tri_of(f->strikes > 0) : TRI_UNKNOWN;
}

int64_t snapshot_interval_ms(const struct config *cfg, enum slot slot)
{
    int64_t period_ms = cfg->poll.positions_ms;
    if (slot == SLOT_PRIMARY_APP) {
        period_ms = cfg->primary.app.period_ms;
    } else if (slot == SLOT_DR_APP) {
        period_ms = cfg->dr.app.period_ms;
    } else if (slot == SLOT_CONTROL_PLANE) {
        period_ms = cfg->primary.control_plane.period_ms;
    } else if (slot == SLOT_DNS) {
        period_ms = DNS_PERIOD_MS;
    } else if (slot >= SLOT_ANCHOR) {
        period_ms = cfg->anchors[slot - SLOT_ANCHOR].period_ms;
    } else if (slot >= SLOT_TUNNEL) {
        period_ms = cfg->tunnels[slot - SLOT_TUNNEL].period_ms;
    }
    return period_ms > cfg->poll.status_ms ? period_ms : cfg->poll.status_ms;
}

static bool alerts_moved(const struct snapshot *before, const struct snapshot *after)
{
    bool moved = before->n_alerts != after->n_alerts;
    for (size_t i = 0; !moved && i < after->n_alerts; i++) {
        moved = before->alerts[i].id != after->alerts[i].id ||
                before->alerts[i].state != after->alerts[i].state;
    }
    return moved;
}

bool snapshot_is_news(const struct snapshot *before, const struct snapshot *after)
{
    return !before || before->verdict.kind != after->verdict.kind ||
           before->verdict.confirmed != after->verdict.confirmed || before->seq < FIRST_SEQ ||
           alerts_moved(before, after);
}

bool snapshot_watched(const struct config *cfg, enum slot slot)
{
    if (slot == SLOT_PRIMARY_APP) {
        return cfg->primary.app.present;
    }
    if (slot == SLOT_DR_APP) {
        return cfg->dr.app.present;
    }
    if (slot == SLOT_CONTROL_PLANE) {
        return cfg->primary.control_plane.present;
    }
    if (slot == SLOT_DNS) {
        return cfg->failover.verify_name != NULL;
    }
    if (slot >= SLOT_ANCHOR) {
        return slot - SLOT_ANCHOR < cfg->n_anchors;
    }
    return slot < SLOT_TUNNEL || slot - SLOT_TUNNEL < cfg->n_tunnels;
}

bool snapshot_in_sight(const struct snapshot *s, enum slot slot, int64_t now_ms)
{
    int64_t interval_ms = snapshot_interval_ms(s->config, slot);
    enum freshness f = freshness_of(&s->sights[slot], interval_ms, now_ms);
    return f == FRESHNESS_LIVE || f == FRESHNESS_AGED;
}
