#include "tests/golden/stuff.h"

#include <stdlib.h>
#include <string.h>

#include "backend/app/anchor.h"
#include "backend/app/dns.h"
#include "backend/app/http_health.h"
#include "backend/mem.h"
#include "backend/mysql/facts.h"
#include "backend/tunnel/provider.h"

#define FILL(field)         fill(s, STUFF_TEXT, field, sizeof(field))
#define FILL_NAME(field)    fill(s, STUFF_NAME, field, sizeof(field))
#define FILL_WHO(field)     fill(s, STUFF_WHO, field, sizeof(field))
#define OPEN(type, pointer) ((type *)(uintptr_t)(pointer)) /* what is immutable elsewhere */

static void fill(struct stuffing *s, enum stuff_kind kind, char *field, size_t size)
{
    s->n++;
    s->kind = kind;
    s->fill(s, field, size);
}

/* A text on the heap; one that is not there stays away. */
static void fill_heap(struct stuffing *s, char **text)
{
    if (*text) {
        *text = mem_realloc(*text, 512, 1);
        fill(s, STUFF_TEXT, *text, 512);
    }
}

static void stuff_alert(struct stuffing *s, struct alert *a)
{
    FILL(a->text);
    if (a->acked_wall_ms) {
        FILL_WHO(a->acked_by);
        FILL(a->comment);
    }
}

static void stuff_db(struct stuffing *s, struct db_facts *f)
{
    struct db_channel *ch = &f->channel;
    FILL(f->version);
    FILL_NAME(f->address);
    FILL(f->tls_cipher);
    FILL_NAME(f->server_uuid);
    FILL(f->channel_names);
    FILL(f->written.file);
    fill_heap(s, &f->gtid_written);
    fill_heap(s, &f->gtid_applied);
    for (size_t i = 0; i < DB_LACKS_MAX; i++) {
        FILL(f->lacks[i].what);
        FILL(f->lacks[i].error);
        FILL(f->lacks[i].grant);
    }
    f->n_lacks = DB_LACKS_MAX;
    FILL_NAME(ch->name);
    FILL_NAME(ch->source_host);
    FILL_NAME(ch->source_uuid);
    FILL(ch->receiver_state);
    FILL(ch->applier_state);
    FILL(ch->receiver_error);
    FILL(ch->applier_error);
    ch->receiver_errno = ch->applier_errno = 1236;
    FILL(ch->received.file);
    FILL(ch->applied.file);
    fill_heap(s, &ch->retrieved_gtid);
}

static void stuff_tunnel(struct stuffing *s, struct tunnel_facts *f)
{
    FILL_NAME(f->endpoint);
    FILL(f->detail);
    for (size_t i = 0; i < f->n_legs; i++) {
        FILL_NAME(f->legs[i].id);
        FILL(f->legs[i].detail);
        FILL(f->legs[i].counter);
    }
    f->n_alarms = TUNNEL_ALARMS_MAX;
    for (size_t i = 0; i < f->n_alarms; i++) {
        FILL_NAME(f->alarms[i].name);
        FILL(f->alarms[i].reason);
        f->alarms[i].state = ALARM_RAISED;
    }
    f->n_transitions = TUNNEL_TRANSITIONS_MAX;
    for (size_t i = 0; i < f->n_transitions; i++) {
        FILL_NAME(f->transitions[i].alarm);
        FILL(f->transitions[i].reason);
    }
}

static void stuff_value(struct stuffing *s, size_t slot, const void *value)
{
    switch (slot) {
    case SLOT_PRIMARY_DB:
    case SLOT_REPLICA_DB:
        stuff_db(s, OPEN(struct db_facts, value));
        break;
    case SLOT_PRIMARY_APP:
    case SLOT_DR_APP:
        FILL(OPEN(struct app_facts, value)->why);
        FILL_NAME(OPEN(struct app_facts, value)->address);
        break;
    case SLOT_DNS:
        FILL(OPEN(struct dns_facts, value)->addresses);
        break;
    case SLOT_CONTROL_PLANE:
        break;
    default:
        if (slot < SLOT_ANCHOR) {
            stuff_tunnel(s, OPEN(struct tunnel_facts, value));
        }
        break;
    }
}

static void stuff_sight(struct stuffing *s, size_t slot, const struct sight *sight)
{
    if (sight->last && sight->last->state == READING_FAILED) {
        FILL(OPEN(struct reading, sight->last)->reason);
    }
    bool other = slot <= SLOT_REPLICA_DB && sight->last && sight->last->state != READING_FRESH;
    if (sight->last && sight->last->value && !other) { /* of a server that failed: no facts */
        stuff_value(s, slot, sight->last->value);
    }
    if (sight->good && sight->good != sight->last && sight->good->value) {
        stuff_value(s, slot, sight->good->value);
    }
}

/* A leg is found by its id: the view's and the facts' stay the same. */
static void stuff_view(struct stuffing *s, struct tunnel_view *v, const struct sight *sight)
{
    const struct tunnel_facts *f = sight->good ? sight->good->value : NULL;
    for (size_t i = 0; i < v->n_legs; i++) {
        FILL_NAME(v->legs[i].id);
        if (f && i < f->n_legs) {
            memcpy(v->legs[i].id, f->legs[i].id, sizeof v->legs[i].id);
        }
    }
    FILL(v->remark);
}

void stuff_snapshot(struct stuffing *s, struct snapshot *snap)
{
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        stuff_sight(s, i, &snap->sights[i]);
    }
    for (size_t i = 0; i < snap->config->n_tunnels; i++) {
        stuff_view(s, &snap->tunnels[i], &snap->sights[SLOT_TUNNEL + i]);
    }
    for (size_t i = 0; i < EVIDENCE_COUNT; i++) {
        FILL(snap->evidence[i].detail);
    }
    FILL(snap->verdict.sentence);
    FILL(snap->verdict.advice_why);
    for (size_t i = 0; i < snap->n_alerts; i++) {
        stuff_alert(s, OPEN(struct alert, &snap->alerts[i]));
    }
}

void stuff_record(struct stuffing *s, struct record_view *r)
{
    FILL(r->why);
    FILL_WHO(r->recorder);
    for (size_t i = 0; i < r->n_alerts; i++) {
        stuff_alert(s, OPEN(struct alert, &r->alerts[i].alert));
    }
    for (size_t i = 0; i < r->n_events; i++) {
        struct event *e = OPEN(struct event, &r->events[i]);
        FILL_WHO(e->who);
        FILL(e->text);
    }
}

static void stuff_job(struct stuffing *s, struct preflight_job *job)
{
    FILL(job->why);
    FILL_NAME(job->job.full_name);
    FILL_NAME(job->job.user);
    FILL(job->job.version);
    FILL(job->job.boot);
}

void stuff_run(struct stuffing *s, struct failover_view *v)
{
    struct attempt *a = &v->attempt;
    FILL(v->why);
    FILL(v->waits);
    FILL(v->log);
    FILL(v->report);
    FILL_WHO(v->second_asked_by);
    FILL_WHO(v->second_answered_by);
    FILL_NAME(a->job);
    FILL_WHO(a->operator);
    FILL_WHO(a->second);
    FILL(a->reason);
    FILL(a->said);
    FILL(a->promised_lose);
    FILL(a->boot);
    FILL(v->build.result_word);
    FILL(v->build.waits);
    FILL(v->input.id);
    FILL(v->input.message);
    FILL_WHO(v->past.holder);
    FILL(v->verify.sentence);
    for (size_t i = 0; i < VERIFY_ROWS; i++) {
        FILL(v->verify.rows[i].detail);
    }
    stuff_job(s, &v->job);
    stuff_job(s, &v->drill_job);
}
