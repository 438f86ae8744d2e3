/* What has happened and is not in the store yet. A failed transaction leaves it as it was. */
#include "backend/record/record_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/text.h"

#define QUEUE_MAX 4096
/* After a start, an UNKNOWN that lasts longer is a verdict. */
#define SILENT_MS 10000
/* Within this time, two observers agree on the end of what both have seen. */
#define FOREIGN_MS 10000

bool pending_same_episode(const struct alert *a, const struct alert *b)
{
    return a->kind == b->kind && a->subject == b->subject &&
           a->opened_wall_ms == b->opened_wall_ms;
}

/* Nothing has happened between the two but the peak and the words. */
static bool same_state(const struct alert *a, const struct alert *b)
{
    return pending_same_episode(a, b) && a->state == b->state && a->severity == b->severity &&
           a->flapping == b->flapping && a->acked_wall_ms == b->acked_wall_ms &&
           a->closed_wall_ms == b->closed_wall_ms;
}

static bool same_details(const struct alert *a, const struct alert *b)
{
    return a->peak.known == b->peak.known && !(a->peak.known && a->peak.v > b->peak.v) &&
           strcmp(a->text, b->text) == 0;
}

struct written *pending_written(struct writer *w, uint64_t id)
{
    for (size_t i = 0; i < w->n_written; i++) {
        if (w->written[i].alert.id == id) {
            return &w->written[i];
        }
    }
    return NULL;
}

static struct alert *find_queued(struct writer *w, uint64_t id)
{
    for (size_t i = 0; i < w->n_queue; i++) {
        if (w->queue[i].id == id) {
            return &w->queue[i];
        }
    }
    return NULL;
}

static void enqueue(struct writer *w, const struct alert *a)
{
    if (w->n_queue == QUEUE_MAX) {
        return; /* hours of flapping without a disk: the oldest tell more */
    }
    if (w->n_queue == w->room) {
        w->room = w->room ? 2 * w->room : ALERTS_MAX;
        w->queue = mem_realloc(w->queue, w->room, sizeof *w->queue);
    }
    w->queue[w->n_queue++] = *a;
}

/* An alert that another has seen end is one of ours after all when it does not end here. */
static void disown(struct writer *w, const struct snapshot *s)
{
    for (size_t i = 0; i < s->n_alerts; i++) {
        struct written *before = pending_written(w, s->alerts[i].id);
        if (before && before->foreign && alert_is_open(&s->alerts[i]) &&
            s->taken_at_ms - w->settled_ms > FOREIGN_MS) {
            before->foreign = false;
            before->alert.id = 0;
        }
    }
}

/* What has been settled of an alert, the incident that it is filed under, stays. */
static void refresh(const struct writer *w, struct alert *queued, const struct alert *a)
{
    char incident[INCIDENT_ID_MAX];
    memcpy(incident, queued->incident, sizeof incident);
    *queued = *a;
    if (w->settled) {
        memcpy(queued->incident, incident, sizeof incident);
    }
}

void pending_collect(struct writer *w, const struct snapshot *s)
{
    disown(w, s);
    for (size_t i = 0; i < s->n_alerts; i++) {
        const struct alert *a = &s->alerts[i];
        const struct written *before = pending_written(w, a->id);
        struct alert *queued = find_queued(w, a->id);
        if (queued) {
            refresh(w, queued, a);
        } else if (!before || !(before->foreign || (same_state(a, &before->alert) &&
                                                    same_details(a, &before->alert)))) {
            enqueue(w, a);
        }
    }
}

bool pending_has_transition(struct writer *w)
{
    for (size_t i = 0; i < w->n_queue; i++) {
        const struct written *before = pending_written(w, w->queue[i].id);
        if (!before || !same_state(&w->queue[i], &before->alert)) {
            return true;
        }
    }
    return false;
}

/* --- verdicts */

static bool is_news(struct writer *w, const struct snapshot *s)
{
    const struct verdict *v = &s->verdict;
    if (w->heard_ms == 0) {
        w->heard_ms = s->taken_at_ms;
    }
    if (w->has_verdict && w->verdict == v->kind && w->confirmed == v->confirmed) {
        return false;
    }
    /* Who has just begun to look knows nothing yet; that is none. */
    return w->spoke || v->kind != VERDICT_UNKNOWN || v->confirmed ||
           s->taken_at_ms - w->heard_ms > SILENT_MS;
}

static struct spoken speak(const struct snapshot *s)
{
    const struct verdict *v = &s->verdict;
    struct spoken out = {.kind = v->kind, .confirmed = v->confirmed};
    struct event *e = &out.event;
    e->kind = EVENT_VERDICT;
    e->at_wall_ms = v->confirmed ? v->confirmed_wall_ms : v->since_wall_ms;
    (void)text_copy(e->incident, sizeof e->incident, s->incident.open ? s->incident.id : "");
    (void)snprintf(e->text, sizeof e->text, "%s%s: %s", verdict_name(v->kind),
                   v->confirmed ? "" : " suspected", v->sentence);
    out.data = record_verdict_json(s);
    return out;
}

void pending_hear(struct writer *w, const struct snapshot *s)
{
    if (!is_news(w, s) || w->n_spoken == SPOKEN_MAX) {
        return;
    }
    w->spoken[w->n_spoken++] = speak(s);
    w->spoke = w->has_verdict = true;
    w->verdict = s->verdict.kind;
    w->confirmed = s->verdict.confirmed;
}

/* The first n have been said. */
void pending_said(struct writer *w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(w->spoken[i].data);
    }
    memmove(w->spoken, w->spoken + n, (w->n_spoken - n) * sizeof w->spoken[0]);
    w->n_spoken -= n;
}

/* --- after a transaction */

/* What is in the book now is what the store has; what has left the book is of no more use. */
void pending_committed(struct writer *w, const struct snapshot *s)
{
    size_t n = s->n_alerts < ALERTS_MAX ? s->n_alerts : ALERTS_MAX;
    struct written *now = mem_alloc(n ? n : 1, sizeof *now);
    for (size_t i = 0; i < n; i++) {
        const struct written *before = pending_written(w, s->alerts[i].id);
        now[i] = (struct written){.alert = s->alerts[i], .foreign = before && before->foreign};
    }
    memcpy(w->written, now, n * sizeof *now);
    w->n_written = n;
    free(now);
    pending_said(w, w->n_spoken);
    w->n_queue = 0;
    w->announced = true;
    w->incident = s->incident;
    w->sample_s = s->wall_ms / 1000;
}

void record_forget(struct record *r)
{
    r->writer.n_queue = 0;
    pending_said(&r->writer, r->writer.n_spoken);
    r->writer.has_verdict = false;
}
