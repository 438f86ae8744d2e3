#include "tui/shown.h"

#include <stdio.h>

#include "backend/tunnel/provider.h"

static struct shown_coord coord_of(const struct snapshot *s, enum slot slot, int64_t now_ms,
                                   const struct binlog_coord *c)
{
    struct shown_coord out = {0};
    const struct sight *sight = &s->sights[slot];
    if (sight->good && c && binlog_known(c)) {
        out.coord = *c;
        out.age_ms = now_ms - sight->good->taken_at_ms;
        out.fresh = freshness_of(sight, snapshot_interval_ms(s->config, slot), now_ms);
    }
    return out;
}

static enum freshness older(enum freshness a, enum freshness b)
{
    if (a == FRESHNESS_NONE || b == FRESHNESS_NONE) {
        return FRESHNESS_NONE;
    }
    return a > b ? a : b;
}

/* What the replica has received, the primary has written: the two are not asked at one moment,
 * and a busy primary, or one that is out of sight, must not look as if it were behind. */
static void at_least_received(struct shown *out)
{
    int order;
    if (out->received.fresh == FRESHNESS_LIVE && out->primary.fresh != FRESHNESS_NONE &&
        binlog_compare(&out->primary.coord, &out->received.coord, &order) && order < 0) {
        out->primary.coord = out->received.coord;
    }
}

static struct opt_i64 since(struct opt_i64 wall_ms, int64_t now_wall_ms)
{
    return wall_ms.known ? opt_i64(now_wall_ms - wall_ms.v) : wall_ms;
}

/* The engine's figures, carried on to this moment. */
static struct rto rto_now(const struct rto *rto, int64_t wall_ms)
{
    struct rto out = *rto;
    if (rto->running) {
        out.elapsed_min_ms = since(rto->first_bad_wall_ms, wall_ms);
        out.elapsed_max_ms = since(rto->last_good_wall_ms, wall_ms);
    }
    return out;
}

static void live(struct shown *out, const struct snapshot *s, int64_t now_ms)
{
    const struct db_facts *p = snapshot_db(s, SLOT_PRIMARY_DB);
    const struct db_facts *r = snapshot_db(s, SLOT_REPLICA_DB);
    const struct db_channel *ch = r && r->has_channel ? &r->channel : NULL;
    out->primary = coord_of(s, SLOT_PRIMARY_DB, now_ms, p ? &p->written : NULL);
    out->received = coord_of(s, SLOT_REPLICA_DB, now_ms, ch ? &ch->received : NULL);
    out->applied = coord_of(s, SLOT_REPLICA_DB, now_ms, ch ? &ch->applied : NULL);
    at_least_received(out);
    out->not_received = s->exposure.not_received;
    out->not_applied = s->exposure.not_applied;
    out->not_applied_fresh = out->received.fresh;
    out->not_received_fresh = older(out->primary.fresh, out->received.fresh);
    out->unseen = out->primary.fresh >= FRESHNESS_STALE;
    out->lag = s->lag;
    out->lag_fresh = out->received.fresh;
    out->rtt_ms = snapshot_rtt_ms(s);
    out->verdict = s->verdict;
    out->unobserved = s->exposure.unobserved;
    out->rto = rto_now(&s->rto, out->wall_ms);
    int64_t age_ms = now_ms - s->taken_at_ms;
    if (freshness_of_age(age_ms, s->config->poll.status_ms) >= FRESHNESS_STALE) {
        out->hung = true;
        out->verdict.kind = VERDICT_UNKNOWN;
        out->verdict.level = LEVEL_UNKNOWN;
        out->verdict.confirmed = false;
        (void)snprintf(out->verdict.sentence, sizeof out->verdict.sentence,
                       "STALE: drtop itself has made no snapshot for %lld s",
                       (long long)age_ms / 1000);
    }
}

static struct shown_coord coord_then(const struct snapshot *s, enum history_coord which,
                                     int64_t at_ms)
{
    struct shown_coord out = {0};
    if (history_coord_at(s->history, which, at_ms, &out.coord)) {
        out.fresh = FRESHNESS_LIVE;
    }
    return out;
}

static struct gap gap_then(const struct snapshot *s, enum history_metric m, int64_t at_ms,
                           enum freshness *out_fresh)
{
    struct gap gap = {.kind = BINLOG_UNKNOWN};
    double v;
    *out_fresh = FRESHNESS_NONE;
    if (history_at(s->history, m, at_ms, &v)) {
        gap = (struct gap){.kind = BINLOG_EXACT, .bytes = opt_i64((int64_t)v)};
        *out_fresh = FRESHNESS_LIVE;
    }
    return gap;
}

static void past(struct shown *out, const struct snapshot *s, int64_t at_ms)
{
    double v;
    out->primary = coord_then(s, HISTORY_PRIMARY, at_ms);
    out->received = coord_then(s, HISTORY_RECEIVED, at_ms);
    out->applied = coord_then(s, HISTORY_APPLIED, at_ms);
    at_least_received(out);
    out->not_received = gap_then(s, HISTORY_NOT_RECEIVED_B, at_ms, &out->not_received_fresh);
    out->not_applied = gap_then(s, HISTORY_NOT_APPLIED_B, at_ms, &out->not_applied_fresh);
    out->unseen = out->primary.fresh == FRESHNESS_NONE;
    out->lag.why = "not known at that moment";
    if (history_at(s->history, HISTORY_LAG_S, at_ms, &v)) {
        out->lag = (struct lag){.seconds = opt_f64(v)};
        out->lag_fresh = FRESHNESS_LIVE;
    }
    if (history_at(s->history, HISTORY_RTT_MS, at_ms, &v)) {
        out->rtt_ms = opt_f64(v);
    }
    out->rto = (struct rto){.objective_ms = s->config->objectives.rto_ms};
    out->verdict = (struct verdict){.since_ms = at_ms, .since_wall_ms = out->wall_ms};
    if (history_at(s->history, HISTORY_VERDICT, at_ms, &v)) {
        out->verdict.kind = (enum verdict_kind)v;
        out->verdict.level = verdict_level_of(out->verdict.kind);
    }
    (void)snprintf(out->verdict.sentence, sizeof out->verdict.sentence, "%s",
                   "as recorded then");
}

struct shown shown_at(const struct snapshot *s, int64_t now_ms, int64_t wall_now_ms,
                      int64_t cursor_ms)
{
    struct shown out = {.at_ms = now_ms, .wall_ms = wall_now_ms};
    if (cursor_ms) {
        out.past = true;
        out.at_ms = cursor_ms;
        out.wall_ms = wall_now_ms - (now_ms - cursor_ms);
        past(&out, s, cursor_ms);
    } else {
        live(&out, s, now_ms);
    }
    return out;
}
