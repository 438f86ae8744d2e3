/* From one recorder to the next: what the former has left open is taken over, and what it has
 * written is not written a second time in our words. */
#include "backend/record/record_state.h"

#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/text.h"

/* When an alert of the store ended, as far as that or our own book knows; 0: it goes on. */
static int64_t end_of(const struct alert *stored, const struct alert *ours, size_t n)
{
    if (stored->state == ALERT_CLOSED) {
        return stored->closed_wall_ms;
    }
    for (size_t i = 0; i < n; i++) {
        if (pending_same_episode(&ours[i], stored) && ours[i].state == ALERT_CLOSED) {
            return ours[i].closed_wall_ms;
        }
    }
    return 0;
}

/* Those that the store has open go into the engine's book, except what we ourselves have seen
 * close. */
static void adopt(struct record *r, const struct store_alert *open, int n,
                  const struct incident *incident)
{
    struct alert *theirs = mem_alloc(ALERTS_MAX, sizeof *theirs);
    struct snapshot *s = engine_look(r->engine);
    size_t count = 0;
    for (int i = 0; i < n; i++) {
        if (end_of(&open[i].alert, s ? s->alerts : NULL, s ? s->n_alerts : 0) == 0) {
            theirs[count++] = open[i].alert;
        }
    }
    snapshot_unref(s);
    engine_adopt(r->engine, theirs, count, incident);
    free(theirs);
    /* The step that runs at this moment has taken its orders before: only the one after it has
     * ours for certain. */
    s = engine_look(r->engine);
    r->writer.from_seq = (s ? s->seq : 0) + 2;
    snapshot_unref(s);
}

/* What the timeline ends with need not be said again. */
static bool recall_verdict(struct record *r, struct error *err)
{
    struct writer *w = &r->writer;
    enum verdict_kind kind;
    bool confirmed, found;
    if (!store_verdict_newest(r->st, &kind, &confirmed, &found, err)) {
        return false;
    }
    if (found && w->n_spoken > 0 && w->spoken[0].kind == kind &&
        w->spoken[0].confirmed == confirmed) {
        pending_said(w, 1);
    }
    if (found && !w->has_verdict) {
        w->has_verdict = true;
        w->verdict = kind;
        w->confirmed = confirmed;
    }
    return true;
}

bool record_take_over(struct record *r, struct error *err)
{
    struct writer *w = &r->writer;
    struct incident incident;
    struct store_alert *open = mem_alloc(ALERTS_MAX, sizeof *open);
    int n = store_alerts_open(r->st, open, ALERTS_MAX, err);
    bool ok = n >= 0 && store_incident_newest(r->st, &incident, err) && recall_verdict(r, err);
    if (ok) {
        adopt(r, open, n, &incident);
        w->incident = incident;
        w->settled = w->announced = false;
        w->n_written = 0;
    }
    free(open);
    return ok;
}

/* Does the store tell of the same trouble at the same time, in words that are not ours? */
static bool told_by_others(const struct alert *a, const struct store_alert *stored, int n,
                           const struct snapshot *s)
{
    for (int i = 0; i < n; i++) {
        const struct alert *b = &stored[i].alert;
        int64_t end_ms = end_of(b, s->alerts, s->n_alerts);
        bool overlap = (end_ms == 0 || end_ms >= a->opened_wall_ms) &&
                       (a->state != ALERT_CLOSED || a->closed_wall_ms >= b->opened_wall_ms);
        if (b->kind == a->kind && b->subject == a->subject && overlap) {
            return true;
        }
    }
    return false;
}

/* Its place among those of the store, or -1. */
static int find_stored(const struct store_alert *stored, int n, const struct alert *a)
{
    for (int i = 0; i < n; i++) {
        if (pending_same_episode(&stored[i].alert, a)) {
            return i;
        }
    }
    return -1;
}

/* as: what the store has of it; of a foreign one that is not ours. */
static void mark_written(struct writer *w, uint64_t id, const struct alert *as, bool foreign)
{
    if (w->n_written < ALERTS_MAX) {
        struct written *to = &w->written[w->n_written++];
        *to = (struct written){.alert = *as, .foreign = foreign};
        to->alert.id = id;
    }
}

/* What we saw while nobody recorded belongs to the incident that went on meanwhile, not to the one
 * that our own book had made of it. */
static void refile(const struct writer *w, const struct snapshot *s, struct alert *a)
{
    const struct incident *in = &w->incident;
    bool went_on = in->id[0] && (in->open || in->closed_wall_ms >= a->opened_wall_ms);
    if (went_on && strcmp(a->incident, s->incident.id) != 0) {
        (void)text_copy(a->incident, sizeof a->incident, in->id);
    }
}

/* With the first snapshot that knows what was adopted: what others have written is not written a
 * second time. */
bool record_settle(struct record *r, const struct snapshot *s, struct error *err)
{
    struct writer *w = &r->writer;
    struct store_alert *stored = mem_alloc(ALERTS_MAX, sizeof *stored);
    int n = store_alerts(r->st, stored, ALERTS_MAX, err);
    size_t kept = 0;
    pending_collect(w, s);
    for (size_t i = 0; n >= 0 && i < w->n_queue; i++) {
        struct alert a = w->queue[i];
        int at = find_stored(stored, n, &a);
        bool past = a.state == ALERT_CLOSED && a.opened_wall_ms <= r->others_wall_ms;
        bool foreign = at < 0 && (past || told_by_others(&a, stored, n, s));
        if (at >= 0) {
            mark_written(w, a.id, &stored[at].alert, false);
        }
        if (foreign) {
            mark_written(w, a.id, &a, true);
        } else {
            refile(w, s, &a);
            w->queue[kept++] = a;
        }
    }
    free(stored);
    if (n < 0) {
        return false;
    }
    w->n_queue = kept;
    w->settled = true;
    w->settled_ms = s->taken_at_ms;
    return true;
}
