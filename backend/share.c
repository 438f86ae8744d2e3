#include "backend/share.h"

#include <stdio.h>
#include <string.h>

#include "backend/mysql/facts.h"
#include "backend/tunnel/provider.h"

/* Whatever has the shape of a name in a text. */
static void learn(struct alias_table *t, const char *text)
{
    char ignored[1024];
    (void)alias_text(t, ignored, sizeof ignored, text);
}

/* "mg on pts/3 from 10.0.0.7", "mg": the first word is somebody's name. */
static void learn_who(struct alias_table *t, const char *who)
{
    char name[ALERT_WHO_MAX];
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(who, " ,"), who);
    alias_add(t, ALIAS_USER, name);
    learn(t, who);
}

static void learn_db(struct alias_table *t, enum alias_kind host, const struct db_facts *f)
{
    if (!f) {
        return;
    }
    learn(t, f->address);
    alias_add(t, ALIAS_UUID, f->server_uuid);
    if (f->has_channel) {
        alias_add(t, host, f->channel.source_host);
        alias_add(t, ALIAS_UUID, f->channel.source_uuid);
    }
    for (size_t i = 0; i < f->n_lacks; i++) {
        learn(t, f->lacks[i].grant);
    }
}

/* A probe's leg has the probe's name, which is ours. */
static void learn_tunnel(struct alias_table *t, const struct tunnel_view *v,
                         const struct tunnel_facts *f)
{
    for (size_t i = 0; i < v->n_legs && !v->data_plane; i++) {
        alias_add(t, ALIAS_VPN, v->legs[i].id);
    }
    if (!f) {
        return;
    }
    learn(t, f->endpoint);
    for (size_t i = 0; i < f->n_legs; i++) {
        alias_add(t, ALIAS_VPN, f->legs[i].id);
    }
    for (size_t i = 0; i < f->n_alarms; i++) {
        alias_add(t, ALIAS_ID, f->alarms[i].name);
    }
    for (size_t i = 0; i < f->n_transitions; i++) {
        alias_add(t, ALIAS_ID, f->transitions[i].alarm);
    }
}

static void learn_snapshot(struct alias_table *t, const struct snapshot *s)
{
    learn_db(t, ALIAS_SOURCE, snapshot_db(s, SLOT_PRIMARY_DB));
    learn_db(t, ALIAS_SOURCE, snapshot_db(s, SLOT_REPLICA_DB));
    for (size_t i = 0; i < s->config->n_tunnels; i++) {
        const struct reading *last = s->sights[SLOT_TUNNEL + i].last;
        learn_tunnel(t, &s->tunnels[i], last ? last->value : NULL);
    }
    for (size_t i = 0; i < s->n_alerts; i++) {
        learn_who(t, s->alerts[i].acked_by);
    }
}

static void learn_record(struct alias_table *t, const struct record_view *r)
{
    learn(t, r->recorder);
    for (size_t i = 0; i < r->n_alerts; i++) {
        learn_who(t, r->alerts[i].alert.acked_by);
    }
    for (size_t i = 0; i < r->n_events; i++) {
        bool human = r->events[i].kind == EVENT_ACKED || r->events[i].kind == EVENT_NOTE;
        (human ? learn_who : learn)(t, r->events[i].who);
    }
}

static void learn_job(struct alias_table *t, const struct preflight_job *job)
{
    alias_add(t, ALIAS_USER, job->job.user);
    alias_add(t, ALIAS_JOB, job->job.full_name);
}

static void learn_run(struct alias_table *t, const struct failover_view *v)
{
    learn_who(t, v->attempt.operator);
    learn_who(t, v->attempt.second);
    learn(t, v->past.holder);
    learn_who(t, v->second_asked_by);
    learn_who(t, v->second_answered_by);
    alias_add(t, ALIAS_JOB, v->attempt.job);
    learn_job(t, &v->job);
    learn_job(t, &v->drill_job);
}

void share_learn(struct alias_table *t, const struct snapshot *s,
                 const struct record_view *record, const struct failover_view *run)
{
    if (t && s) {
        learn_snapshot(t, s);
    }
    if (t && record) {
        learn_record(t, record);
    }
    if (t && run) {
        learn_run(t, run);
    }
}
