/* The keys of `drtop status --json` that say what the facts mean. */
#include "cli/status_value.h"

static json_object *milli(struct opt_i64 ms)
{
    return ms.known ? value_number((double)ms.v / 1000) : NULL;
}

static json_object *moment(struct opt_i64 wall_ms)
{
    return wall_ms.known ? value_utc(wall_ms.v) : NULL;
}

static json_object *yes(bool b)
{
    return json_object_new_boolean(b);
}

static json_object *evidence(const struct snapshot *s, int64_t now_ms)
{
    static const char *const answers[] = {
        [TRI_UNKNOWN] = "unknown", [TRI_NO] = "no", [TRI_YES] = "yes"};
    json_object *list = json_object_new_array();
    for (int id = 0; id < EVIDENCE_COUNT; id++) {
        const struct evidence *row = &s->evidence[id];
        struct opt_i64 age_ms = row->age_ms;
        age_ms.v += now_ms - s->taken_at_ms;
        json_object *o = json_object_new_object();
        value_add(o, "id", value_text(evidence_key((enum evidence_id)id)));
        value_add(o, "label", value_text(evidence_label((enum evidence_id)id)));
        value_add(o, "watched", yes(row->watched));
        value_add(o, "answer", value_text(answers[row->watched ? row->answer : TRI_UNKNOWN]));
        value_add(o, "route", value_text(route_name(row->route)));
        value_add(o, "age_seconds", milli(age_ms));
        value_add(o, "strikes", json_object_new_int(row->strikes));
        value_add(o, "detail", value_text(row->detail));
        value_add(o, "decided", yes(s->verdict.decided >> id & 1));
        value_add(o, "contradicts", yes(s->verdict.contradicts >> id & 1));
        (void)json_object_array_add(list, o);
    }
    return list;
}

void status_add_verdict(json_object *o, const struct snapshot *s, int64_t now_ms)
{
    const struct verdict *v = &s->verdict;
    value_add(o, "status", value_text(level_key(v->level)));
    value_add(o, "verdict", value_text(verdict_name(v->kind)));
    value_add(o, "confirmed", yes(v->confirmed));
    value_add(o, "sentence", value_text(v->sentence));
    value_add(o, "advice", value_text(advice_key(v->advice)));
    value_add(o, "advice_why", value_text(v->advice_why));
    value_add(o, "scope", value_text(scope_key(v->scope)));
    value_add(o, "since", v->since_wall_ms ? value_utc(v->since_wall_ms) : NULL);
    value_add(o, "evidence", evidence(s, now_ms));
}

static json_object *exposure(const struct exposure *e)
{
    json_object *o = json_object_new_object();
    value_add(o, "not_received_bytes", value_integer(e->not_received.bytes));
    value_add(o, "not_received_tx", value_integer(e->not_received.tx));
    value_add(o, "not_applied_bytes", value_integer(e->not_applied.bytes));
    value_add(o, "not_applied_tx", value_integer(e->not_applied.tx));
    json_object *unobserved = json_object_new_object();
    value_add(unobserved, "seconds", value_real(e->unobserved.seconds));
    value_add(unobserved, "bytes_min", value_integer(e->unobserved.bytes_min));
    value_add(unobserved, "bytes_max", value_integer(e->unobserved.bytes_max));
    value_add(o, "unobserved", unobserved);
    return o;
}

static json_object *rto(const struct snapshot *s, int64_t now_ms)
{
    const struct rto *r = &s->rto;
    int64_t wall_ms = s->wall_ms + now_ms - s->taken_at_ms; /* of now, reckoned on */
    struct opt_i64 left_ms = {.known = r->decide_before_wall_ms.known,
                              .v = r->decide_before_wall_ms.v - wall_ms};
    json_object *o = json_object_new_object();
    value_add(o, "running", yes(r->running));
    value_add(o, "objective_seconds", value_number((double)r->objective_ms / 1000));
    value_add(o, "last_good", moment(r->last_good_wall_ms));
    value_add(o, "first_bad", moment(r->first_bad_wall_ms));
    value_add(o, "elapsed_min_seconds", milli(r->elapsed_min_ms));
    value_add(o, "elapsed_max_seconds", milli(r->elapsed_max_ms));
    value_add(o, "pipeline_seconds", value_number((double)r->pipeline_ms / 1000));
    value_add(o, "pipeline_median_seconds", milli(r->median_ms));
    value_add(o, "runs", json_object_new_int64((int64_t)r->n_runs));
    value_add(o, "decide_before", moment(r->decide_before_wall_ms));
    value_add(o, "left_seconds", milli(left_ms));
    return o;
}

void status_add_outage(json_object *o, const struct snapshot *s, int64_t now_ms)
{
    value_add(o, "exposure", exposure(&s->exposure));
    value_add(o, "rto", rto(s, now_ms));
}

static json_object *incident(const struct incident *i)
{
    if (i->id[0] == '\0') {
        return NULL;
    }
    json_object *o = json_object_new_object();
    value_add(o, "id", value_text(i->id));
    value_add(o, "open", yes(i->open));
    value_add(o, "opened", value_utc(i->opened_wall_ms));
    value_add(o, "closed", i->open ? NULL : value_utc(i->closed_wall_ms));
    value_add(o, "severity", value_text(alert_severity_key(i->severity)));
    return o;
}

static json_object *alert(const struct alert *a, int64_t now_ms)
{
    bool acknowledged = a->acked_by[0] != '\0';
    json_object *o = json_object_new_object();
    value_add(o, "kind", value_text(alert_kind_name(a->kind)));
    value_add(o, "severity", value_text(alert_severity_key(a->severity)));
    value_add(o, "state", value_text(alert_state_key(a->state)));
    value_add(o, "text", value_text(a->text));
    value_add(o, "opened", value_utc(a->opened_wall_ms));
    value_add(o, "closed", a->state == ALERT_CLOSED ? value_utc(a->closed_wall_ms) : NULL);
    value_add(o, "duration_seconds", value_number((double)alert_duration_ms(a, now_ms) / 1000));
    value_add(o, "peak_seconds", value_real(a->peak));
    value_add(o, "incident", value_text(a->incident));
    value_add(o, "flapping", yes(a->flapping));
    value_add(o, "muted", yes(a->muted));
    value_add(o, "acknowledged", acknowledged ? value_utc(a->acked_wall_ms) : NULL);
    value_add(o, "acknowledged_by", value_text(a->acked_by));
    value_add(o, "comment", value_text(a->comment));
    return o;
}

static json_object *record(const struct record_view *view)
{
    static const char *const roles[] = {[RECORD_OFF] = "off",
                                        [RECORD_RECORDER] = "recorder",
                                        [RECORD_VIEWER] = "viewer",
                                        [RECORD_ORPHAN] = "orphan"};
    json_object *o = json_object_new_object();
    value_add(o, "role", value_text(roles[view ? view->role : RECORD_OFF]));
    value_add(o, "maintained", yes(view && view->maintained));
    value_add(o, "recorder", view ? value_text(view->recorder) : NULL);
    value_add(o, "why", view ? value_text(view->why) : NULL);
    return o;
}

void status_add_record(json_object *o, const struct snapshot *s, const struct record_view *view,
                       int64_t now_ms)
{
    bool stored = view && view->readable;
    json_object *list = json_object_new_array();
    size_t n = stored ? view->n_alerts : s->n_alerts;
    for (size_t i = 0; i < n; i++) {
        const struct alert *a = stored ? &view->alerts[i].alert : &s->alerts[i];
        (void)json_object_array_add(list, alert(a, now_ms));
    }
    value_add(o, "alerts", list);
    value_add(o, "incident", incident(stored ? &view->incident : &s->incident));
    value_add(o, "maintenance", value_text(s->maintenance));
    value_add(o, "record", record(view));
}
