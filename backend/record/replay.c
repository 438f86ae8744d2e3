#include "backend/record/replay_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/app/http_health.h"
#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/record/record_state.h"

void replay_close(struct replay *r)
{
    if (!r) {
        return;
    }
    store_close(r->st);
    replay_file_drop(r);
    history_destroy(r->history);
    config_destroy(r->config);
    free(r);
}

const struct config *replay_config(const struct replay *r)
{
    return r->config;
}

/* A file that nobody wrote when it was opened is opened anew once somebody does. */
static bool look_again(struct replay *r, struct error *err)
{
    int64_t version;
    return store_version(r->st, &version, err);
}

bool replay_span(struct replay *r, int64_t *out_first_wall_ms, int64_t *out_last_wall_ms,
                 struct error *err)
{
    bool found;
    int64_t first, last;
    if (!look_again(r, err) || !store_then_span(r->st, &first, &last, &found, err)) {
        return false;
    }
    if (!found) {
        error_set(err, "nothing has been recorded yet");
        return false;
    }
    *out_first_wall_ms = first;
    *out_last_wall_ms = last;
    return true;
}

bool replay_jump(struct replay *r, enum replay_jump jump, int64_t wall_ms,
                 struct opt_i64 *out_wall_ms, struct error *err)
{
    bool after = jump == REPLAY_ALERT_NEXT || jump == REPLAY_INCIDENT_NEXT;
    bool alert = jump == REPLAY_ALERT_BEFORE || jump == REPLAY_ALERT_NEXT;
    return look_again(r, err) && store_then_next(r->st, alert ? THEN_ALERT : THEN_INCIDENT,
                                                 after, wall_ms, out_wall_ms, err);
}

/* --- the sights of that moment */

static void see(struct snapshot *s, enum slot slot, void *value, void (*free_value)(void *),
                int64_t at_ms)
{
    struct reading *r = reading_fresh(value, free_value, at_ms, at_ms);
    s->sights[slot] = (struct sight){.last = reading_ref(r), .good = r};
}

/* It was not in sight, and was seen last at the moment of its facts. */
static void see_old(struct snapshot *s, enum slot slot, void *value, int64_t at_ms,
                    const char *why)
{
    s->sights[slot].good = value ? reading_fresh(value, db_facts_destroy, at_ms, at_ms) : NULL;
    s->sights[slot].last = reading_failed(NULL, NULL, s->taken_at_ms, s->wall_ms, "%s", why);
}

static struct db_facts *facts_new(void)
{
    struct db_facts *f = mem_alloc(1, sizeof *f);
    f->channels = -1;
    return f;
}

static struct db_facts *primary_facts(const struct store_sample *sample)
{
    struct db_facts *f = facts_new();
    f->written = sample->primary;
    return f;
}

static struct db_facts *replica_facts(const struct store_sample *sample)
{
    struct db_facts *f = facts_new();
    f->channels = 1;
    f->has_channel = true;
    f->channel.received = sample->received;
    f->channel.applied = sample->applied;
    f->channel.receiver = sample->receiver;
    f->channel.applier = sample->applier;
    return f;
}

static bool see_servers(struct replay *r, const struct store_sample *now, enum then_grain grain,
                        struct snapshot *s, struct error *err)
{
    static const struct {
        enum slot slot;
        const char *column;
        struct db_facts *(*facts)(const struct store_sample *);
    } servers[] = {{SLOT_PRIMARY_DB, "primary_file", primary_facts},
                   {SLOT_REPLICA_DB, "received_file", replica_facts}};
    const char *why = grain == THEN_NOTHING ? "nothing was recorded" : "not in sight then";
    struct store_sample old;
    bool found;
    for (int i = 0; i < 2; i++) {
        enum slot slot = servers[i].slot;
        bool known = binlog_known(i == 0 ? &now->primary : &now->received);
        if (grain != THEN_NOTHING && known) {
            see(s, slot, servers[i].facts(now), db_facts_destroy, s->taken_at_ms);
            continue;
        }
        if (!store_then_last(r->st, servers[i].column, s->wall_ms, &old, &found, err)) {
            return false;
        }
        see_old(s, slot, found ? servers[i].facts(&old) : NULL, found ? old.at_wall_ms : 0,
                why);
    }
    return true;
}

/* Nobody wrote down what was there. */
static void see_nothing(struct snapshot *s, enum slot slot)
{
    s->sights[slot].last =
        reading_failed(NULL, NULL, s->taken_at_ms, s->wall_ms, "not recorded");
}

static void see_app(const struct store_sample *now, struct snapshot *s)
{
    struct app_facts *f;
    if (!now->app_status.known) {
        see_nothing(s, SLOT_PRIMARY_APP);
        return;
    }
    f = mem_alloc(1, sizeof *f);
    f->status = (int)now->app_status.v;
    f->ok = now->app_ok;
    if (f->status != 0) {
        see(s, SLOT_PRIMARY_APP, f, free, s->taken_at_ms);
    } else {
        s->sights[SLOT_PRIMARY_APP].last =
            reading_failed(f, free, s->taken_at_ms, s->wall_ms, "no answer then");
    }
}

/* --- the path */

static struct tunnel_facts *tunnel_facts_of(const struct replay *r, size_t i,
                                            struct opt_f64 rtt_ms)
{
    const struct scene_view *v = &r->at.views[i];
    struct tunnel_facts *f = mem_alloc(1, sizeof *f);
    f->state = v->state;
    f->data_plane = r->config->tunnels[i].kind == TUNNEL_PROBE;
    f->since_ms = r->at.since[i].self.since_ms;
    (void)text_copy(f->detail, sizeof f->detail, v->detail);
    if (snapshot_probe(r->config) == SLOT_TUNNEL + (enum slot)i) {
        f->rtt_ms = rtt_ms;
    }
    f->n_legs = v->n_legs;
    for (size_t k = 0; k < v->n_legs; k++) {
        struct tunnel_leg *leg = &f->legs[k];
        leg->state = v->legs[k].state;
        leg->since_ms = opt_i64(r->at.since[i].legs[k].since_ms);
        (void)text_copy(leg->id, sizeof leg->id, v->legs[k].id);
        (void)text_copy(leg->detail, sizeof leg->detail, v->legs[k].detail);
    }
    return f;
}

static bool is_up(enum tunnel_state state)
{
    return state == TUNNEL_UP || state == TUNNEL_DEGRADED;
}

static void judge_tunnel(const struct replay *r, size_t i, struct tunnel_view *out)
{
    const struct config_tunnel *cfg = &r->config->tunnels[i];
    const struct scene_view *v = &r->at.views[i];
    *out = (struct tunnel_view){.state = v->state,
                                .data_plane = cfg->kind == TUNNEL_PROBE,
                                .expected_up = cfg->expected_up,
                                .since_ms = r->at.since[i].self.since_ms,
                                .n_legs = v->n_legs};
    for (size_t k = 0; k < v->n_legs; k++) {
        out->up += v->legs[k].state == TUNNEL_UP;
    }
    for (size_t k = 0; k < v->n_legs; k++) {
        struct tunnel_leg_view *leg = &out->legs[k];
        leg->state = v->legs[k].state;
        leg->since_ms = r->at.since[i].legs[k].since_ms;
        leg->expected = is_up(leg->state) || out->up < out->expected_up;
        (void)text_copy(leg->id, sizeof leg->id, v->legs[k].id);
    }
    if (out->data_plane) {
        out->n_legs = 1;
        out->up = v->state == TUNNEL_UP;
        out->legs[0] = (struct tunnel_leg_view){
            .state = v->state, .since_ms = out->since_ms, .expected = true};
        (void)text_copy(out->legs[0].id, sizeof out->legs[0].id, cfg->name);
    }
    if (v->state == TUNNEL_BLACK_HOLED) {
        (void)snprintf(out->remark, sizeof out->remark, "%.40s says up, and no probe passes",
                       cfg->name);
    }
}

static void see_tunnels(const struct replay *r, const struct store_sample *now, bool recorded,
                        struct snapshot *s)
{
    for (size_t i = 0; i < r->config->n_tunnels; i++) {
        enum slot slot = SLOT_TUNNEL + (enum slot)i;
        s->tunnels[i].data_plane = r->config->tunnels[i].kind == TUNNEL_PROBE;
        s->tunnels[i].expected_up = r->config->tunnels[i].expected_up;
        if (recorded && r->at.known && r->at.views[i].known) {
            judge_tunnel(r, i, &s->tunnels[i]);
            see(s, slot, tunnel_facts_of(r, i, now->rtt_ms), free, s->taken_at_ms);
        } else {
            see_nothing(s, slot);
        }
    }
}

/* --- figures */

static struct gap gap_of(struct opt_i64 bytes, struct opt_i64 tx)
{
    return (struct gap){
        .kind = bytes.known ? BINLOG_EXACT : BINLOG_UNKNOWN, .bytes = bytes, .tx = tx};
}

static void measure(const struct store_sample *now, enum then_grain grain, struct snapshot *s)
{
    const struct opt_i64 unknown = {0};
    const struct reading *p = s->sights[SLOT_PRIMARY_DB].good;
    bool seen = grain != THEN_NOTHING && binlog_known(&now->primary);
    s->lag.why = grain == THEN_MINUTE    ? "the worst of its minute: older than a day"
                 : grain == THEN_NOTHING ? "nothing was recorded"
                 : now->lag_s.known      ? "as recorded"
                                         : "not known at that moment";
    if (grain != THEN_NOTHING) {
        s->lag.seconds = now->lag_s;
        s->lag.at_least_s = now->lag_at_least_s;
        s->write_rate = now->write_rate;
        s->exposure.not_received = gap_of(now->not_received_b, now->not_received_tx);
        s->exposure.not_applied = gap_of(now->not_applied_b, unknown);
        s->exposure.unobserved.bytes_min = now->unseen_min_b;
        s->exposure.unobserved.bytes_max = now->unseen_max_b;
    }
    if (seen) {
        s->exposure.unobserved.seconds = opt_f64(0);
    } else if (p) {
        s->exposure.unobserved.seconds =
            opt_f64((double)(s->taken_at_ms - p->taken_at_ms) / 1000);
    }
}

static bool run_clock(struct replay *r, const struct store_sample *now, struct snapshot *s,
                      struct error *err)
{
    const struct config_objectives *o = &r->config->objectives;
    struct rto_terms terms = {.objective_ms = o->rto_ms,
                              .pipeline_ms = o->pipeline_ms,
                              .validation_ms = o->validation_ms};
    const struct rto_memory memory = {.last_good_wall_ms = now->last_good_wall_ms,
                                      .first_bad_wall_ms = now->first_bad_wall_ms};
    if (!store_then_runs(r->st, s->wall_ms, &terms.runs, err)) {
        return false;
    }
    s->rto = rto_of(&memory, &terms, s->wall_ms);
    return true;
}

/* --- alerts and the timeline */

static void reckon(struct alert *a)
{
    a->began_ms = a->began_wall_ms;
    a->opened_ms = a->opened_wall_ms;
    a->acked_ms = a->acked_wall_ms;
    a->closed_ms = a->closed_wall_ms;
}

static struct record_view *make_view(struct replay *r, int64_t wall_ms, struct error *err)
{
    struct store_alert *alerts;
    struct event *events;
    struct record_view *v = record_view_create(&alerts, &events);
    int n_alerts = store_then_alerts(r->st, wall_ms, alerts, ALERTS_MAX, err);
    int n_events =
        n_alerts < 0 ? -1 : store_then_events(r->st, wall_ms, events, RECORD_EVENTS_MAX, err);
    if (n_events < 0 || !store_then_incident(r->st, wall_ms, &v->incident, err)) {
        record_view_unref(v);
        return NULL;
    }
    for (int i = 0; i < n_alerts; i++) {
        reckon(&alerts[i].alert);
    }
    v->role = RECORD_VIEWER;
    v->readable = v->maintained = true;
    v->n_alerts = (size_t)n_alerts;
    v->n_events = (size_t)n_events;
    v->read_ms = v->beat_wall_ms = wall_ms;
    return v;
}

static struct snapshot *blank(struct replay *r, const struct record_view *v, int64_t wall_ms)
{
    struct alert *alerts = mem_alloc(v->n_alerts ? v->n_alerts : 1, sizeof *alerts);
    size_t open = 0;
    for (size_t i = 0; i < v->n_alerts; i++) {
        alerts[i] = v->alerts[i].alert;
        open += alert_is_open(&alerts[i]);
    }
    struct snapshot *s = snapshot_create(alerts, v->n_alerts);
    free(alerts);
    s->seq = ++r->seq + 8; /* below, a viewer takes it for the first of a start */
    s->n_open = open;
    s->taken_at_ms = s->wall_ms = wall_ms;
    s->config = r->config;
    s->history = history_ref(r->history);
    s->owns_history = true;
    s->incident = v->incident;
    return s;
}

static bool paint_moment(struct replay *r, struct snapshot *s, struct error *err)
{
    struct store_sample now = {0};
    enum then_grain grain;
    if (!store_then_sample(r->st, s->wall_ms, &now, &grain, err) ||
        !see_servers(r, &now, grain, s, err) || !replay_verdict(r, &now, grain, s, err)) {
        return false;
    }
    if (s->config->primary.app.present) {
        see_app(&now, s);
    }
    see_tunnels(r, &now, grain != THEN_NOTHING, s);
    measure(&now, grain, s);
    return run_clock(r, &now, s, err);
}

bool replay_at(struct replay *r, int64_t wall_ms, struct snapshot **out_snapshot,
               struct record_view **out_view, struct error *err)
{
    wall_ms = wall_ms < 1000 ? 1000 : wall_ms > THEN_MAX_MS ? THEN_MAX_MS : wall_ms;
    if (!look_again(r, err) || !replay_fill(r, wall_ms, err)) {
        return false;
    }
    struct record_view *v = make_view(r, wall_ms, err);
    if (!v) {
        return false;
    }
    struct snapshot *s = blank(r, v, wall_ms);
    if (!paint_moment(r, s, err)) {
        snapshot_unref(s);
        record_view_unref(v);
        return false;
    }
    *out_snapshot = s;
    *out_view = v;
    return true;
}
