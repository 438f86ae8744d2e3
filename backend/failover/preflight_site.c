/* Preflight rows about the pair itself. */
#include "backend/failover/preflight_rows.h"

#include <stdio.h>

#define STALE_INTERVALS 4 /* as freshness: facts older than so many intervals are stale */

static enum tri says(const struct preflight_view *v, enum evidence_id id)
{
    return evidence_answer(v->s->evidence, id);
}

/* Facts of the replica that still tell its state, or NULL. */
static const struct db_facts *replica_now(const struct preflight_view *v)
{
    return snapshot_in_sight(v->s, SLOT_REPLICA_DB, v->now_ms)
               ? snapshot_db(v->s, SLOT_REPLICA_DB)
               : NULL;
}

static struct opt_i64 age_of(const struct preflight_view *v, const struct reading *r)
{
    return r ? opt_i64(v->now_ms - r->taken_at_ms) : (struct opt_i64){0};
}

/* The row rests on what the replica told. */
static void of_replica(const struct preflight_view *v, struct preflight_row *row)
{
    row->age_ms = age_of(v, v->s->sights[SLOT_REPLICA_DB].good);
    row->route = v->s->config->dr.db.route;
}

/* A forced one: what the evidence does not carry. */
static void forced_row(const struct preflight_view *v)
{
    const struct verdict *w = &v->s->verdict;
    const char *name = verdict_name(w->kind);
    struct preflight_row *row;
    switch (w->kind) {
    case VERDICT_TUNNEL_DOWN:
        row = preflight_row(v, ROW_VERDICT, PREFLIGHT_BLOCK, "%s: %s", name, w->advice_why);
        if (says(v, EVIDENCE_APP_SERVES) == TRI_YES ||
            says(v, EVIDENCE_PRIMARY_DB) == TRI_YES) {
            preflight_no_override(row);
        }
        break;
    case VERDICT_DR_NOT_READY:
        row = preflight_row(v, ROW_VERDICT, PREFLIGHT_BLOCK, "%s: %s", name, w->advice_why);
        break;
    case VERDICT_PRIMARY_DOWN:
        row = preflight_row(v, ROW_VERDICT, PREFLIGHT_WARN, "%s is only suspected", name);
        break;
    case VERDICT_UNKNOWN:
        row = preflight_row(v, ROW_VERDICT, PREFLIGHT_UNKNOWN, "%s: %s", name, w->advice_why);
        break;
    default:
        row = preflight_row(v, ROW_VERDICT, PREFLIGHT_WARN, "%s: %s", name, w->advice_why);
        break;
    }
    preflight_detail(row, "%s", w->sentence);
}

static void failover_row(const struct preflight_view *v)
{
    const struct verdict *w = &v->s->verdict;
    struct preflight_row *row;
    if (w->advice != ADVICE_ADVISED) {
        row = preflight_row(v, ROW_VERDICT, PREFLIGHT_BLOCK, "%s, but a failover is %s: %s",
                            verdict_name(w->kind), advice_words(w->advice), w->advice_why);
    } else if (w->contradicts) {
        row = preflight_row(v, ROW_VERDICT, PREFLIGHT_WARN,
                            "%s is confirmed, though something speaks against it",
                            verdict_name(w->kind));
    } else {
        row = preflight_row(v, ROW_VERDICT, PREFLIGHT_PASS, "%s is confirmed",
                            verdict_name(w->kind));
    }
    preflight_detail(row, "%s", w->sentence);
}

static void verdict_row(const struct preflight_view *v)
{
    const struct verdict *w = &v->s->verdict;
    const char *name = verdict_name(w->kind);
    bool well = w->kind == VERDICT_NORMAL || w->kind == VERDICT_DEGRADED;
    struct preflight_row *row = NULL;
    switch (v->out->verb) {
    case VERB_NONE:
        row = preflight_row(v, ROW_VERDICT, PREFLIGHT_BLOCK, "%s: %s", name, w->advice_why);
        preflight_no_override(row);
        break;
    case VERB_FAILOVER:
        failover_row(v);
        return;
    case VERB_FORCE:
        forced_row(v);
        return;
    case VERB_DRILL:
        row = preflight_row(v, ROW_VERDICT,
                            well                         ? PREFLIGHT_PASS
                            : verdict_is_outage(w->kind) ? PREFLIGHT_BLOCK
                                                         : PREFLIGHT_WARN,
                            "%s%s", name,
                            verdict_is_outage(w->kind) ? ": an outage is no time for a drill"
                                                       : "");
        break;
    case VERB_SWITCHOVER:
        if (w->kind == VERDICT_UNKNOWN) { /* the verb says why it is none */
            row = preflight_row(v, ROW_VERDICT, PREFLIGHT_PASS,
                                "the pair is well, its primary read-only");
            break;
        }
        row = preflight_row(v, ROW_VERDICT, well ? PREFLIGHT_PASS : PREFLIGHT_WARN, "%s%s%s",
                            name, well ? "" : ": ", well ? "" : w->advice_why);
        break;
    }
    preflight_detail(row, "%s", w->sentence);
}

/* How long nothing may have been heard of a slot. A look that fails has its time to do so; facts
 * that the verb rests on have not. */
static int64_t limit_ms(const struct preflight_view *v, enum slot slot)
{
    const struct config *cfg = v->s->config;
    int64_t ms = STALE_INTERVALS * snapshot_interval_ms(cfg, slot);
    bool may_fail = v->out->verb == VERB_FAILOVER || v->out->verb == VERB_FORCE;
    if (may_fail && slot == SLOT_PRIMARY_DB) {
        ms += 3 * cfg->primary.db.timeout_ms + cfg->poll.backoff_max_ms;
    } else if (may_fail && slot == SLOT_PRIMARY_APP) {
        ms += 3 * cfg->primary.app.timeout_ms;
    }
    return ms;
}

static void fresh_row(const struct preflight_view *v)
{
    static const struct {
        enum slot slot;
        const char *name;
    } looked[] = {{SLOT_REPLICA_DB, "replica"},
                  {SLOT_PRIMARY_DB, "primary"},
                  {SLOT_PRIMARY_APP, "application"}};
    int64_t worst_ms = v->now_ms - v->s->taken_at_ms;
    char span[24];
    preflight_span(worst_ms, span);
    if (worst_ms > STALE_INTERVALS * v->s->config->poll.status_ms) {
        preflight_row(v, ROW_FRESH, PREFLIGHT_BLOCK, "stale facts: the screen is %s old", span)
            ->age_ms = opt_i64(worst_ms);
        return;
    }
    for (size_t i = 0; i < sizeof looked / sizeof *looked; i++) {
        enum slot slot = looked[i].slot;
        const struct sight *sight = &v->s->sights[slot];
        if (!snapshot_watched(v->s->config, slot)) {
            continue;
        }
        /* What the replica said once tells nothing about what it would say now. */
        bool good = slot == SLOT_REPLICA_DB || v->out->verb == VERB_SWITCHOVER;
        const struct reading *r = good && sight->good ? sight->good : sight->last;
        if (!r) {
            (void)preflight_row(v, ROW_FRESH, PREFLIGHT_UNKNOWN,
                                "nothing was heard of the %s yet", looked[i].name);
            return;
        }
        int64_t age_ms = v->now_ms - r->taken_at_ms;
        if (age_ms > limit_ms(v, slot)) {
            preflight_span(age_ms, span);
            struct preflight_row *row =
                preflight_row(v, ROW_FRESH, PREFLIGHT_BLOCK,
                              "stale facts: nothing of the %s for %s", looked[i].name, span);
            row->age_ms = opt_i64(age_ms);
            return;
        }
        worst_ms = age_ms > worst_ms ? age_ms : worst_ms;
    }
    struct preflight_row *row =
        preflight_row(v, ROW_FRESH, PREFLIGHT_PASS, "the facts on the screen are fresh");
    row->age_ms = opt_i64(worst_ms);
}

/* A switchover: nothing may be under way. */
static void caught_up_row(const struct preflight_view *v)
{
    const struct gap *gap = &v->s->exposure.not_received;
    struct preflight_row *row;
    char bytes[24];
    if (!gap->bytes.known) {
        row = preflight_row(v, ROW_RECEIVER, PREFLIGHT_UNKNOWN,
                            "cannot know whether the replica has caught up");
    } else if (gap->bytes.v > 0) {
        preflight_bytes(gap->bytes.v, " ", bytes);
        row = preflight_row(v, ROW_RECEIVER, PREFLIGHT_BLOCK,
                            "the replica has not caught up: %s not received", bytes);
    } else {
        row = preflight_row(v, ROW_RECEIVER, PREFLIGHT_PASS,
                            "the replica has received all that was written");
    }
    of_replica(v, row);
}

/* As long as the source is heard it lives, and what it still sends would be lost. */
static void receiver_row(const struct preflight_view *v)
{
    const struct evidence *e = &v->s->evidence[EVIDENCE_RECEIVER];
    const struct db_facts *f = replica_now(v);
    struct preflight_row *row;
    char span[24] = "";
    if (e->still_ms.known) {
        preflight_span(e->still_ms.v, span);
    }
    bool off = f && f->has_channel && f->channel.receiver != DB_THREAD_YES &&
               f->channel.receiver != DB_THREAD_UNKNOWN;
    if (says(v, EVIDENCE_RECEIVER) == TRI_YES) {
        row = preflight_row(v, ROW_RECEIVER, PREFLIGHT_BLOCK,
                            "the replica still hears the primary");
    } else if (!f || !f->has_channel || !e->still_ms.known ||
               (says(v, EVIDENCE_RECEIVER) == TRI_UNKNOWN && !off)) {
        row = preflight_row(v, ROW_RECEIVER, PREFLIGHT_UNKNOWN,
                            "cannot know whether the replica still hears the primary");
    } else if (e->still_ms.v < PREFLIGHT_STILL_MS) {
        row =
            preflight_row(v, ROW_RECEIVER, PREFLIGHT_BLOCK,
                          "the replica's receiver advanced %s ago, expected %.0f s of silence",
                          span, PREFLIGHT_STILL_MS / 1000.0);
    } else {
        row = preflight_row(v, ROW_RECEIVER, PREFLIGHT_PASS,
                            "the replica's receiver stopped advancing %s ago", span);
    }
    preflight_detail(row, "%s", e->detail);
    of_replica(v, row);
}

static void drained_row(const struct preflight_view *v)
{
    const struct gap *gap = &v->s->exposure.not_applied;
    const struct db_facts *f = replica_now(v);
    struct preflight_row *row;
    char bytes[24];
    bool applies = f && f->has_channel && f->channel.applier == DB_THREAD_YES;
    if (!f || !gap->bytes.known) {
        row = preflight_row(v, ROW_DRAINED, PREFLIGHT_UNKNOWN,
                            "cannot know whether the relay log is drained");
        of_replica(v, row);
        return;
    }
    preflight_bytes(gap->bytes.v, " ", bytes);
    if (gap->bytes.v == 0) {
        row = preflight_row(v, ROW_DRAINED, PREFLIGHT_PASS,
                            "relay log drained (received = applied)");
    } else if (!applies) {
        row =
            preflight_row(v, ROW_DRAINED, PREFLIGHT_BLOCK,
                          "relay log not drained: %s wait and the applier does not run", bytes);
    } else if (f->channel.delay_s.known && f->channel.delay_s.v > 0) {
        row = preflight_row(v, ROW_DRAINED, PREFLIGHT_BLOCK,
                            "relay log not drained: %s wait for the configured delay of %lld s",
                            bytes, (long long)f->channel.delay_s.v);
    } else {
        row = preflight_row(v, ROW_DRAINED, PREFLIGHT_WARN,
                            "relay log draining: %s still to be applied", bytes);
    }
    if (f->has_channel) {
        preflight_detail(row, "received %s:%llu, applied %s:%llu", f->channel.received.file,
                         (unsigned long long)f->channel.received.pos, f->channel.applied.file,
                         (unsigned long long)f->channel.applied.pos);
    }
    of_replica(v, row);
}

static struct preflight_row *replica_channel(const struct preflight_view *v,
                                             const struct db_facts *f)
{
    const struct db_channel *ch = &f->channel;
    if (f->channels == 0) {
        return preflight_row(v, ROW_REPLICA, PREFLIGHT_BLOCK, "it does not replicate");
    }
    if (f->channels < 0 || !f->has_channel || ch->applier == DB_THREAD_UNKNOWN) {
        return preflight_row(v, ROW_REPLICA, PREFLIGHT_UNKNOWN,
                             "cannot know whether it replicates");
    }
    if (ch->applier != DB_THREAD_YES) {
        return preflight_row(v, ROW_REPLICA, PREFLIGHT_BLOCK,
                             "the replica's applier is stopped%s%s",
                             ch->applier_error[0] ? ": " : "", ch->applier_error);
    }
    if (f->read_only == TRI_UNKNOWN) {
        return preflight_row(v, ROW_REPLICA, PREFLIGHT_UNKNOWN,
                             "cannot know whether the replica is read-only");
    }
    if (f->super_read_only == TRI_NO && f->flavour == DB_MYSQL) {
        return preflight_row(v, ROW_REPLICA, PREFLIGHT_WARN,
                             "the replica is read-only, but not for administrators");
    }
    return preflight_row(v, ROW_REPLICA, PREFLIGHT_PASS,
                         "the replica is read-only and healthy");
}

static void replica_row(const struct preflight_view *v)
{
    const struct db_facts *f = replica_now(v);
    const struct evidence *e = &v->s->evidence[EVIDENCE_REPLICA_DB];
    struct preflight_row *row;
    if (says(v, EVIDENCE_REPLICA_DB) == TRI_NO) {
        row = preflight_row(v, ROW_REPLICA, PREFLIGHT_BLOCK, "the replica does not answer: %s",
                            e->detail);
    } else if (!f) {
        row = preflight_row(v, ROW_REPLICA, PREFLIGHT_UNKNOWN,
                            "cannot know: the replica is "
                            "out of sight");
    } else if (f->read_only == TRI_NO && f->channels == 0) {
        row = preflight_row(v, ROW_REPLICA, PREFLIGHT_BLOCK, "the replica is promoted already");
        preflight_no_override(row);
    } else if (f->read_only == TRI_NO) {
        row = preflight_row(v, ROW_REPLICA, PREFLIGHT_BLOCK, "the replica takes writes");
    } else {
        row = replica_channel(v, f);
    }
    if (v->out->verb == VERB_DRILL && row->class != PREFLIGHT_PASS) {
        row->class = PREFLIGHT_WARN; /* a drill does not need it */
        row->may_override = false;
    }
    of_replica(v, row);
}

static void primary_row(const struct preflight_view *v)
{
    enum tri writable = says(v, EVIDENCE_PRIMARY_WRITABLE);
    bool planned = v->out->verb == VERB_SWITCHOVER;
    struct preflight_row *row;
    if (writable == TRI_NO) {
        row = preflight_row(v, ROW_PRIMARY, PREFLIGHT_PASS, "the old primary is read-only");
    } else if (writable == TRI_YES) {
        row = preflight_row(v, ROW_PRIMARY, PREFLIGHT_BLOCK,
                            planned ? "the primary takes writes: make it read-only first"
                                    : "the old primary takes writes: fence it first");
    } else if (says(v, EVIDENCE_PRIMARY_DB) == TRI_NO) {
        row = preflight_row(v, ROW_PRIMARY, PREFLIGHT_WARN,
                            "old primary not fenced: it may come back writable");
    } else {
        row = preflight_row(v, ROW_PRIMARY, PREFLIGHT_UNKNOWN,
                            "cannot know whether the old primary takes writes");
    }
    preflight_detail(row, "%s", v->s->evidence[EVIDENCE_PRIMARY_DB].detail);
    row->age_ms = age_of(v, v->s->sights[SLOT_PRIMARY_DB].last);
    row->route = v->s->config->primary.db.route;
}

void preflight_site_rows(const struct preflight_view *v)
{
    verdict_row(v);
    fresh_row(v);
    replica_row(v);
    if (v->out->verb == VERB_DRILL) {
        return;
    }
    if (v->out->verb == VERB_SWITCHOVER) {
        caught_up_row(v);
    } else {
        receiver_row(v);
    }
    drained_row(v);
    primary_row(v);
}
