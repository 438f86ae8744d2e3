/* Changes of the clouds' alarms on their way into the timeline. A view tells the newest ones again
 * and again; each is written once, with the time that the cloud gave it. */
#include "backend/record/record_state.h"

#include <stdio.h>

#include "backend/net/text.h"
#include "backend/tunnel/provider.h"

static bool is_noted(const struct writer *w, const struct noted *n)
{
    for (size_t i = 0; i < w->n_noted && i < NOTED_MAX; i++) {
        if (w->noted[i].subject == n->subject && w->noted[i].at_ms == n->at_ms) {
            return true;
        }
    }
    return false;
}

static const char *word(enum tunnel_alarm_state state)
{
    return state == ALARM_RAISED ? "ALARM" : state == ALARM_OK ? "OK" : "INSUFFICIENT_DATA";
}

static const struct tunnel_facts *facts_of(const struct snapshot *s, size_t i)
{
    const struct reading *r = s->sights[SLOT_TUNNEL + i].good;
    return r ? r->value : NULL;
}

static struct noted key_of(const struct snapshot *s, size_t i,
                           const struct tunnel_transition *t)
{
    return (struct noted){alert_subject(s->config->tunnels[i].name, t->alarm), t->at_ms};
}

bool record_has_alarms(const struct writer *w, const struct snapshot *s)
{
    for (size_t i = 0; i < s->config->n_tunnels; i++) {
        const struct tunnel_facts *f = facts_of(s, i);
        for (size_t k = 0; f && k < f->n_transitions; k++) {
            const struct noted n = key_of(s, i, &f->transitions[k]);
            if (!is_noted(w, &n)) {
                return true;
            }
        }
    }
    return false;
}

static struct event event_of(const struct snapshot *s, size_t i,
                             const struct tunnel_transition *t)
{
    struct event e = {.kind = EVENT_ALARM, .at_wall_ms = t->at_ms};
    bool within = s->incident.open && t->at_ms >= s->incident.opened_wall_ms;
    (void)text_copy(e.incident, sizeof e.incident, within ? s->incident.id : "");
    (void)snprintf(e.who, sizeof e.who, "view %.80s", s->config->tunnels[i].name);
    (void)snprintf(e.text, sizeof e.text, "CloudWatch alarm %s went from %s to %s%s%s",
                   t->alarm, word(t->from), word(t->to), t->reason[0] ? ": " : "", t->reason);
    return e;
}

static bool write_view(struct record *r, const struct snapshot *s, size_t i, struct error *err)
{
    const struct tunnel_facts *f = facts_of(s, i);
    for (size_t k = 0; f && k < f->n_transitions; k++) {
        const struct noted n = key_of(s, i, &f->transitions[k]);
        const struct event e = event_of(s, i, &f->transitions[k]);
        if (!is_noted(&r->writer, &n) && !store_event_put_new(r->st, &e, err)) {
            return false;
        }
    }
    return true;
}

bool record_alarms(struct record *r, const struct snapshot *s, struct error *err)
{
    for (size_t i = 0; i < s->config->n_tunnels; i++) {
        if (!write_view(r, s, i, err)) {
            return false;
        }
    }
    return true;
}

void record_alarms_committed(struct writer *w, const struct snapshot *s)
{
    for (size_t i = 0; i < s->config->n_tunnels; i++) {
        const struct tunnel_facts *f = facts_of(s, i);
        for (size_t k = 0; f && k < f->n_transitions; k++) {
            const struct noted n = key_of(s, i, &f->transitions[k]);
            if (!is_noted(w, &n)) {
                w->noted[w->n_noted++ % NOTED_MAX] = n;
            }
        }
    }
}
