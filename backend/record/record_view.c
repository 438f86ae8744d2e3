/* What others see of the record: read back from the store after each commit, whosever it was. */
#include "backend/record/record_state.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "backend/mem.h"
#include "backend/net/text.h"

/* The view that others hold is the first member. */
struct box {
    struct record_view view;
    atomic_int refs;
    struct store_alert alerts[ALERTS_MAX];
    struct event events[RECORD_EVENTS_MAX];
};

struct record_view *record_view_ref(struct record_view *v)
{
    if (v) {
        (void)atomic_fetch_add_explicit(&((struct box *)v)->refs, 1, memory_order_relaxed);
    }
    return v;
}

void record_view_unref(struct record_view *v)
{
    struct box *box = (struct box *)v;
    if (box && atomic_fetch_sub_explicit(&box->refs, 1, memory_order_acq_rel) == 1) {
        free(box);
    }
}

struct record_view *record_view_create(struct store_alert **out_alerts,
                                       struct event **out_events)
{
    struct box *box = mem_alloc(1, sizeof *box);
    atomic_init(&box->refs, 1);
    box->view.alerts = *out_alerts = box->alerts;
    box->view.events = *out_events = box->events;
    return &box->view;
}

static int64_t to_mono(int64_t wall_ms, int64_t back_ms)
{
    return wall_ms != 0 ? wall_ms + back_ms : 0;
}

static void reckon(struct alert *a, int64_t back_ms)
{
    a->began_ms = to_mono(a->began_wall_ms, back_ms);
    a->opened_ms = to_mono(a->opened_wall_ms, back_ms);
    a->acked_ms = to_mono(a->acked_wall_ms, back_ms);
    a->closed_ms = to_mono(a->closed_wall_ms, back_ms);
}

/* An acknowledgement in the store is one for our own engine too, whoever records. */
static void pass_acknowledgements(struct record *r, const struct box *box)
{
    struct snapshot *s = engine_look(r->engine);
    for (size_t i = 0; s && i < s->n_alerts; i++) {
        const struct alert *ours = &s->alerts[i];
        for (size_t k = 0; ours->state == ALERT_OPEN && k < box->view.n_alerts; k++) {
            const struct alert *a = &box->alerts[k].alert;
            if (a->state == ALERT_ACKED && a->kind == ours->kind &&
                a->subject == ours->subject &&
                (r->role != RECORD_RECORDER || a->opened_wall_ms == ours->opened_wall_ms)) {
                engine_acknowledge(r->engine, a->kind, a->subject, a->acked_by, a->comment);
                break;
            }
        }
    }
    snapshot_unref(s);
}

static bool read_store(struct record *r, struct box *box, struct error *err)
{
    struct record_view *v = &box->view;
    int alerts = store_alerts(r->st, box->alerts, ALERTS_MAX, err);
    int events =
        alerts < 0 ? -1 : store_events(r->st, NULL, box->events, RECORD_EVENTS_MAX, err);
    if (events < 0 || !store_incident_newest(r->st, &v->incident, err) ||
        !store_lease_read(r->st, v->recorder, &v->beat_wall_ms, err)) {
        return false;
    }
    v->n_alerts = (size_t)alerts;
    v->n_events = (size_t)events;
    int64_t back_ms = v->read_ms - clock_wall_ms(r->clk);
    for (size_t i = 0; i < v->n_alerts; i++) {
        reckon(&box->alerts[i].alert, back_ms);
    }
    v->incident.opened_ms = to_mono(v->incident.opened_wall_ms, back_ms);
    return true;
}

bool record_beat_is_fresh(const struct record *r, int64_t beat_wall_ms)
{
    int64_t age_ms = clock_wall_ms(r->clk) - beat_wall_ms;
    return beat_wall_ms != 0 && age_ms <= STORE_LEASE_MS && age_ms >= -STORE_LEASE_MS;
}

static void publish(struct record *r, struct box *box)
{
    (void)pthread_mutex_lock(&r->mu);
    struct record_view *before = r->view;
    r->view = &box->view;
    (void)pthread_mutex_unlock(&r->mu);
    record_view_unref(before);
    (void)eventfd_write(r->wake_fd, 1);
}

static struct box *make_view(struct record *r)
{
    struct box *box = mem_alloc(1, sizeof *box);
    struct record_view *v = &box->view;
    struct error err = {0};
    atomic_init(&box->refs, 1);
    v->alerts = box->alerts;
    v->events = box->events;
    v->read_ms = clock_mono_ms(r->clk);
    v->readable = r->st && read_store(r, box, &err);
    if (v->readable) {
        v->newer = store_is_newer(r->st);
        v->maintained = record_beat_is_fresh(r, v->beat_wall_ms);
        pass_acknowledgements(r, box);
    } else {
        v->n_alerts = v->n_events = 0;
        v->incident = (struct incident){0};
        if (r->st) {
            record_failed(r, &err);
        }
    }
    v->role = r->role;
    (void)text_copy(v->why, sizeof v->why, r->why);
    return box;
}

/* Only this thread writes r->view, so it may read it without the lock. */
static bool is_outdated(struct record *r, int64_t version)
{
    const struct record_view *v = r->view;
    return !v || v->role != r->role || strcmp(v->why, r->why) != 0 ||
           r->seen_open != (r->st != NULL) || version != r->seen_version ||
           (v->readable && v->maintained != record_beat_is_fresh(r, v->beat_wall_ms));
}

void record_view_turn(struct record *r)
{
    int64_t version = 0;
    struct error err = {0};
    if (r->st && !store_version(r->st, &version, &err)) {
        record_failed(r, &err);
    }
    if (is_outdated(r, version)) {
        struct box *box = make_view(r);
        r->seen_version = version;
        r->seen_open = r->st != NULL;
        publish(r, box);
    }
}
