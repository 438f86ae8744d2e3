/* What the recorder writes, and how it keeps what it could not write yet. */
#include "backend/record/record_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/text.h"

#define PRUNE_MS 20000

/* --- the transaction */

static bool incident_changed(const struct writer *w, const struct snapshot *s)
{
    const struct incident *a = &w->incident, *b = &s->incident;
    return strcmp(a->id, b->id) != 0 || a->open != b->open || a->severity != b->severity ||
           a->closed_wall_ms != b->closed_wall_ms;
}

/* An incident that only its alerts tell of: it came and went between two transactions. */
static struct incident gather(const struct writer *w, const char *id)
{
    struct incident in = {0};
    (void)text_copy(in.id, sizeof in.id, id);
    for (size_t i = 0; i < w->n_queue; i++) {
        const struct alert *a = &w->queue[i];
        if (strcmp(a->incident, id) != 0) {
            continue;
        }
        if (in.opened_wall_ms == 0 || a->opened_wall_ms < in.opened_wall_ms) {
            in.opened_wall_ms = a->opened_wall_ms;
        }
        in.open = in.open || alert_is_open(a);
        in.severity = a->severity > in.severity ? a->severity : in.severity;
        if (a->closed_wall_ms > in.closed_wall_ms) {
            in.closed_wall_ms = a->closed_wall_ms;
        }
    }
    if (in.open) {
        in.closed_wall_ms = 0;
    }
    return in;
}

/* Is it of an incident that the store has not heard of and the snapshot does not tell of? */
static bool is_stray(struct writer *w, const struct snapshot *s, const struct alert *a)
{
    return strcmp(a->incident, w->incident.id) != 0 &&
           strcmp(a->incident, s->incident.id) != 0 && !pending_written(w, a->id);
}

static bool put_past_incidents(struct record *r, const struct snapshot *s, struct error *err)
{
    struct writer *w = &r->writer;
    if (w->incident.open && s->incident.id[0] && strcmp(w->incident.id, s->incident.id) != 0) {
        struct incident before = w->incident; /* over, and we were not told when */
        before.open = false;
        before.closed_wall_ms = gather(w, before.id).closed_wall_ms;
        if (before.closed_wall_ms == 0) {
            before.closed_wall_ms = s->incident.opened_wall_ms;
        }
        if (!store_incident_put(r->st, &before, "", err)) {
            return false;
        }
    }
    const char *done = "";
    for (size_t i = 0; i < w->n_queue; i++) {
        const char *id = w->queue[i].incident;
        if (is_stray(w, s, &w->queue[i]) && strcmp(id, done) != 0) {
            const struct incident in = gather(w, id);
            if (!store_incident_put(r->st, &in, "", err)) {
                return false;
            }
            done = id;
        }
    }
    return true;
}

static bool put_incidents(struct record *r, const struct snapshot *s, struct error *err)
{
    const struct writer *w = &r->writer;
    const struct incident *now = &s->incident;
    if (!put_past_incidents(r, s, err)) {
        return false;
    }
    bool grave = s->verdict.confirmed && s->verdict.level == LEVEL_CRITICAL;
    if (!incident_changed(w, s) && !(now->open && grave && w->n_spoken > 0)) {
        return true;
    }
    bool begins = strcmp(w->incident.id, now->id) != 0;
    return store_incident_put(r->st, now, grave || begins ? s->verdict.sentence : "", err);
}

static bool put_queue(struct record *r, struct error *err)
{
    for (size_t i = 0; i < r->writer.n_queue; i++) {
        if (!store_alert_put(r->st, &r->writer.queue[i], err)) {
            return false;
        }
    }
    return true;
}

static bool put_verdicts(struct record *r, struct error *err)
{
    for (size_t i = 0; i < r->writer.n_spoken; i++) {
        const struct spoken *v = &r->writer.spoken[i];
        if (!store_event_put(r->st, &v->event, v->data, err)) {
            return false;
        }
    }
    return true;
}

static bool put_role(struct record *r, const struct snapshot *s, bool last, struct error *err)
{
    if (r->writer.announced && !last) {
        return true;
    }
    struct event e = {.kind = EVENT_RECORDER, .at_wall_ms = clock_wall_ms(r->clk)};
    (void)text_copy(e.incident, sizeof e.incident, s->incident.open ? s->incident.id : "");
    (void)text_copy(e.who, sizeof e.who, r->lease.who);
    (void)text_copy(e.text, sizeof e.text, last ? "ends recording" : "records");
    return store_event_put(r->st, &e, NULL, err) && store_meta_put(r->st, r->cfg, err);
}

static bool put_second(struct record *r, const struct snapshot *s, struct error *err)
{
    if (r->writer.sample_s == s->wall_ms / 1000) {
        return true;
    }
    const struct store_sample sample = record_sample(s);
    const struct store_memory memory = record_memory(s);
    return store_sample_put(r->st, &sample, err) && store_memory_put(r->st, &memory, err);
}

static bool prune(struct record *r, struct error *err)
{
    int64_t now_ms = clock_mono_ms(r->clk);
    if (r->writer.pruned_ms != 0 && now_ms - r->writer.pruned_ms < PRUNE_MS) {
        return true;
    }
    r->writer.pruned_ms = now_ms;
    return store_prune(r->st, clock_wall_ms(r->clk), err);
}

bool record_put(struct record *r, const struct snapshot *s, bool last, struct error *err)
{
    return put_incidents(r, s, err) && put_role(r, s, last, err) && put_queue(r, err) &&
           put_verdicts(r, err) && put_second(r, s, err) && prune(r, err);
}

static bool transact(struct record *r, const struct snapshot *s, bool durable, bool last,
                     struct error *err)
{
    if (!store_begin(r->st, durable, err)) {
        return false;
    }
    if (store_lease_renew(r->st, &r->lease, clock_wall_ms(r->clk), err) &&
        put_incidents(r, s, err) && put_role(r, s, last, err) && put_queue(r, err) &&
        put_verdicts(r, err) && record_alarms(r, s, err) && put_second(r, s, err) &&
        notify_plan(r->st, r->cfg, s, err) && prune(r, err) && store_commit(r->st, err)) {
        return true;
    }
    store_rollback(r->st);
    return false;
}

static bool write_snapshot(struct record *r, const struct snapshot *s, bool last,
                           struct error *err)
{
    struct writer *w = &r->writer;
    if (!w->settled && s->seq < w->from_seq) {
        return true;
    }
    if (!w->settled && !record_settle(r, s, err)) {
        return false;
    }
    pending_collect(w, s);
    pending_hear(w, s);
    bool durable = last || !w->announced || pending_has_transition(w) ||
                   incident_changed(w, s) || w->n_spoken > 0 || record_has_alarms(w, s);
    if (!durable && w->sample_s == s->wall_ms / 1000) {
        return true;
    }
    if (!transact(r, s, durable, last, err)) {
        return false;
    }
    r->lease_ms = clock_mono_ms(r->clk);
    if (!durable) {
        r->seen_version++; /* of nothing that a view shows */
    }
    pending_committed(w, s);
    record_alarms_committed(w, s);
    if (r->notifier) {
        notifier_poke(r->notifier);
    }
    return true;
}

bool record_write(struct record *r, bool last, struct error *err)
{
    struct snapshot *s = engine_look(r->engine);
    bool ok = true;
    if (s && r->role == RECORD_RECORDER) {
        ok = write_snapshot(r, s, last, err);
    } else if (s && r->role == RECORD_ORPHAN) {
        pending_collect(&r->writer, s);
        pending_hear(&r->writer, s);
    }
    snapshot_unref(s);
    return ok;
}
