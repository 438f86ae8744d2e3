#include "backend/history_feed.h"

#include <math.h>

static double or_nan(struct opt_i64 v)
{
    return v.known ? (double)v.v : (double)NAN;
}

static void feed_tunnels(struct history *h, const struct snapshot *s)
{
    int64_t now_ms = s->taken_at_ms;
    for (size_t i = 0; i < s->config->n_tunnels; i++) {
        history_push_view(h, i, now_ms, s->tunnels[i].state);
    }
    struct opt_f64 rtt_ms = snapshot_rtt_ms(s);
    history_push(h, HISTORY_RTT_MS, now_ms, rtt_ms.known ? rtt_ms.v : (double)NAN);
    enum tri lost = snapshot_try_lost(s);
    history_push(h, HISTORY_LOST, now_ms,
                 lost == TRI_UNKNOWN ? (double)NAN : (double)(lost == TRI_YES));
}

/* What a silent server hides is a hole, not the last value: a viewer can age that, history
 * cannot. A silent replica is known to lack what the primary wrote meanwhile. */
static void feed_exposure(struct history *h, const struct snapshot *s)
{
    int64_t now_ms = s->taken_at_ms;
    bool primary = snapshot_in_sight(s, SLOT_PRIMARY_DB, now_ms);
    bool replica = snapshot_in_sight(s, SLOT_REPLICA_DB, now_ms);
    history_push(h, HISTORY_NOT_RECEIVED_B, now_ms,
                 primary ? or_nan(s->exposure.not_received.bytes) : (double)NAN);
    history_push(h, HISTORY_NOT_APPLIED_B, now_ms,
                 replica ? or_nan(s->exposure.not_applied.bytes) : (double)NAN);
}

void history_feed(struct history *h, const struct snapshot *s, int64_t *seen_replica_ms)
{
    int64_t now_ms = s->taken_at_ms;
    double lag_s = s->lag.seconds.known ? s->lag.seconds.v : (double)NAN;
    history_push(h, HISTORY_LAG_S, now_ms, lag_s);
    feed_exposure(h, s);
    history_push(h, HISTORY_VERDICT, now_ms, (double)s->verdict.kind);
    feed_tunnels(h, s);
    const struct reading *r = s->sights[SLOT_REPLICA_DB].good;
    const struct db_facts *rf = r ? r->value : NULL;
    if (rf && rf->has_channel && r->taken_at_ms != *seen_replica_ms) {
        *seen_replica_ms = r->taken_at_ms;
        history_push_coord(h, HISTORY_RECEIVED, r->taken_at_ms, &rf->channel.received);
        history_push_coord(h, HISTORY_APPLIED, r->taken_at_ms, &rf->channel.applied);
    }
}
