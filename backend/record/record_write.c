/* What the recorder writes, and how it keeps what it could not write yet. */
#include "backend/record/record_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/text.h"

#define PRUNE_MS  20000
#define QUEUE_MAX 4096
/* After a start, an UNKNOWN that lasts longer is a verdict. */
#define SILENT_MS 10000
/* Within this time, two observers agree on the end of what both have seen. */
#define FOREIGN_MS 10000

static bool same_episode(const struct alert *a, const struct alert *b)
{
    return a->kind == b->kind && a->subject == b->subject &&
           a->opened_wall_ms == b->opened_wall_ms;
}

/* Nothing has happened between the two but the peak and the words. */
static bool same_state(const struct alert *a, const struct alert *b)
{
    return same_episode(a, b) && a->state == b->state && a->severity == b->severity &&
           a->flapping == b->flapping && a->acked_wall_ms == b->acked_wall_ms &&
           a->closed_wall_ms == b->closed_wall_ms;
}

static bool same_details(const struct alert *a, const struct alert *b)
{
    return a->peak.known == b->peak.known && !(a->peak.known && a->peak.v > b->peak.v) &&
           strcmp(a->text, b->text) == 0;
}

static struct written *find_written(struct writer *w, uint64_t id)
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
        struct written *before = find_written(w, s->alerts[i].id);
        if (before && before->foreign && alert_is_open(&s->alerts[i]) &&
            s->taken_at_ms - w->settled_ms > FOREIGN_MS) {
            before->foreign = false;
            before->alert.id = 0;
        }
    }
}

static void collect(struct writer *w, const struct snapshot *s)
{
    disown(w, s);
    for (size_t i = 0; i < s->n_alerts; i++) {
        const struct alert *a = &s->alerts[i];
        const struct written *before = find_written(w, a->id);
        struct alert *queued = find_queued(w, a->id);
        if (queued) {
            *queued = *a;
        } else if (!before || !(before->foreign || (same_state(a, &before->alert) &&
                                                    same_details(a, &before->alert)))) {
            enqueue(w, a);
        }
    }
}

static bool has_transition(struct writer *w)
{
    for (size_t i = 0; i < w->n_queue; i++) {
        const struct written *before = find_written(w, w->queue[i].id);
        if (!before || !same_state(&w->queue[i], &before->alert)) {
            return true;
        }
    }
    return false;
}

void record_forget(struct record *r)
{
    r->writer.n_queue = 0;
}

/* --- taking over */

/* When the alert ended, as far as the store or our own book knows; 0: it goes on. */
static int64_t end_of(const struct alert *stored, const struct snapshot *s)
{
    if (stored->state == ALERT_CLOSED) {
        return stored->closed_wall_ms;
    }
    for (size_t i = 0; s && i < s->n_alerts; i++) {
        if (same_episode(&s->alerts[i], stored) && s->alerts[i].state == ALERT_CLOSED) {
            return s->alerts[i].closed_wall_ms;
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
        if (end_of(&open[i].alert, s) == 0) {
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

bool record_take_over(struct record *r, struct error *err)
{
    struct writer *w = &r->writer;
    struct incident incident;
    struct store_alert *open = mem_alloc(ALERTS_MAX, sizeof *open);
    int n = store_alerts_open(r->st, open, ALERTS_MAX, err);
    bool ok = n >= 0 && store_incident_newest(r->st, &incident, err) &&
              store_verdict_newest(r->st, &w->verdict, &w->confirmed, &w->has_verdict, err);
    if (ok) {
        adopt(r, open, n, &incident);
        w->incident = incident;
        w->settled = w->announced = w->spoke = false;
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
        int64_t end_ms = end_of(b, s);
        bool overlap = (end_ms == 0 || end_ms >= a->opened_wall_ms) &&
                       (a->state != ALERT_CLOSED || a->closed_wall_ms >= b->opened_wall_ms);
        if (b->kind == a->kind && b->subject == a->subject && overlap) {
            return true;
        }
    }
    return false;
}

static const struct alert *find_stored(const struct store_alert *stored, int n,
                                       const struct alert *a)
{
    for (int i = 0; i < n; i++) {
        if (same_episode(&stored[i].alert, a)) {
            return &stored[i].alert;
        }
    }
    return NULL;
}

static void mark_written(struct writer *w, const struct alert *ours, const struct alert *stored)
{
    if (w->n_written < ALERTS_MAX) {
        struct written *to = &w->written[w->n_written++];
        *to = (struct written){.alert = stored ? *stored : *ours, .foreign = !stored};
        to->alert.id = ours->id;
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
static bool settle(struct record *r, const struct snapshot *s, struct error *err)
{
    struct writer *w = &r->writer;
    struct store_alert *stored = mem_alloc(ALERTS_MAX, sizeof *stored);
    int n = store_alerts(r->st, stored, ALERTS_MAX, err);
    size_t kept = 0;
    collect(w, s);
    for (size_t i = 0; n >= 0 && i < w->n_queue; i++) {
        struct alert a = w->queue[i];
        const struct alert *known = find_stored(stored, n, &a);
        bool past = a.state == ALERT_CLOSED && a.opened_wall_ms <= r->others_wall_ms;
        bool foreign = !known && (past || told_by_others(&a, stored, n, s));
        if (known || foreign) {
            mark_written(w, &a, known);
        }
        if (!foreign) {
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

/* --- the transaction */

static bool verdict_changed(const struct writer *w, const struct snapshot *s)
{
    const struct verdict *v = &s->verdict;
    if (w->has_verdict && w->verdict == v->kind && w->confirmed == v->confirmed) {
        return false;
    }
    /* Who has just begun to look knows nothing yet; that is no news. */
    return w->spoke || v->kind != VERDICT_UNKNOWN || v->confirmed ||
           s->taken_at_ms - w->settled_ms > SILENT_MS;
}

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
           strcmp(a->incident, s->incident.id) != 0 && !find_written(w, a->id);
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
    if (!incident_changed(w, s) && !(now->open && grave && verdict_changed(w, s))) {
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

static void file_under(struct event *e, const struct snapshot *s)
{
    (void)text_copy(e->incident, sizeof e->incident, s->incident.open ? s->incident.id : "");
}

static bool put_verdict(struct record *r, const struct snapshot *s, struct error *err)
{
    if (!verdict_changed(&r->writer, s)) {
        return true;
    }
    const struct verdict *v = &s->verdict;
    struct event e = {.kind = EVENT_VERDICT,
                      .at_wall_ms = v->confirmed ? v->confirmed_wall_ms : v->since_wall_ms};
    file_under(&e, s);
    (void)snprintf(e.text, sizeof e.text, "%s%s: %s", verdict_name(v->kind),
                   v->confirmed ? "" : " suspected", v->sentence);
    char *data = record_verdict_json(s);
    bool ok = store_event_put(r->st, &e, data, err);
    free(data);
    return ok;
}

static bool put_role(struct record *r, const struct snapshot *s, bool last, struct error *err)
{
    if (r->writer.announced && !last) {
        return true;
    }
    struct event e = {.kind = EVENT_RECORDER, .at_wall_ms = clock_wall_ms(r->clk)};
    file_under(&e, s);
    (void)text_copy(e.who, sizeof e.who, r->lease.who);
    (void)text_copy(e.text, sizeof e.text, last ? "ends recording" : "records");
    return store_event_put(r->st, &e, NULL, err);
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

static bool transact(struct record *r, const struct snapshot *s, bool durable, bool last,
                     struct error *err)
{
    if (!store_begin(r->st, durable, err)) {
        return false;
    }
    if (store_lease_holds(r->st, &r->lease, err) && put_incidents(r, s, err) &&
        put_role(r, s, last, err) && put_queue(r, err) && put_verdict(r, s, err) &&
        put_second(r, s, err) && notify_plan(r->st, r->cfg, s, err) && prune(r, err) &&
        store_commit(r->st, err)) {
        return true;
    }
    store_rollback(r->st);
    return false;
}

/* What is in the book now is what the store has; what has left the book is of no more use. */
static void committed(struct writer *w, const struct snapshot *s)
{
    struct written *now = mem_alloc(ALERTS_MAX, sizeof *now);
    size_t n = s->n_alerts < ALERTS_MAX ? s->n_alerts : ALERTS_MAX;
    for (size_t i = 0; i < n; i++) {
        const struct written *before = find_written(w, s->alerts[i].id);
        now[i] = (struct written){.alert = s->alerts[i], .foreign = before && before->foreign};
    }
    memcpy(w->written, now, n * sizeof *now);
    w->n_written = n;
    free(now);
    if (verdict_changed(w, s)) {
        w->spoke = w->has_verdict = true;
        w->verdict = s->verdict.kind;
        w->confirmed = s->verdict.confirmed;
    }
    w->n_queue = 0;
    w->announced = true;
    w->incident = s->incident;
    w->sample_s = s->wall_ms / 1000;
}

static bool write_snapshot(struct record *r, const struct snapshot *s, bool last,
                           struct error *err)
{
    struct writer *w = &r->writer;
    if (!w->settled && (s->seq < w->from_seq || !settle(r, s, err))) {
        return s->seq < w->from_seq;
    }
    collect(w, s);
    bool durable = last || !w->announced || has_transition(w) || incident_changed(w, s) ||
                   verdict_changed(w, s);
    if (!durable && w->sample_s == s->wall_ms / 1000) {
        return true;
    }
    if (!transact(r, s, durable, last, err)) {
        return false;
    }
    committed(w, s);
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
        collect(&r->writer, s);
    }
    snapshot_unref(s);
    return ok;
}
