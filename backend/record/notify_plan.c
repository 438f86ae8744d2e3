/* Who has to be told what: from a snapshot and from what the queue says that they were told. The
 * same snapshot twice, or by another process, changes nothing. */
#include "backend/record/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/net/text.h"
#include "backend/record/notify_channel.h"
#include "backend/record/notify_text.h"

/* How much longer the first message waits for a verdict that is confirmed. */
#define RIGHT_WORD_MS 10000

struct plan {
    struct store *st;
    const struct config *cfg;
    struct notice notice; /* what all messages have in common */
    struct told *told;    /* of the notice's incident */
    size_t n_told;
    struct error *err;
};

struct target {
    const char *channel, *recipient;
    int64_t after_ms;
};

/* What a target was told of the incident. */
struct heard {
    bool anything, delivered, end; /* delivered: put into the queue, not dropped */
    int gravity;
};

static struct heard heard_by(const struct plan *p, const struct target *t)
{
    struct heard h = {0};
    for (size_t i = 0; i < p->n_told; i++) {
        const struct told *told = &p->told[i];
        if (strcmp(told->channel, t->channel) != 0 ||
            strcmp(told->recipient, t->recipient) != 0) {
            continue;
        }
        if (strcmp(told->what, notice_key(NOTICE_CLOSED)) == 0) {
            h.end = true;
            continue;
        }
        int gravity = notify_gravity(told->verdict);
        h.anything = true;
        h.delivered = h.delivered || !told->dropped;
        h.gravity = gravity > h.gravity ? gravity : h.gravity;
    }
    return h;
}

static bool put(struct plan *p, const struct target *t, enum notice_what what,
                const char *what_key)
{
    struct message m = {.created_wall_ms = p->notice.wall_ms};
    struct notice n = p->notice;
    n.what = what;
    n.after_ms = t->after_ms;
    (void)text_copy(m.incident, sizeof m.incident, n.incident.id);
    (void)text_copy(m.what, sizeof m.what, what_key);
    (void)text_copy(m.channel, sizeof m.channel, t->channel);
    (void)text_copy(m.recipient, sizeof m.recipient, t->recipient);
    m.body = notify_body(&n);
    bool ok = queue_put(p->st, p->cfg->group, &m, p->cfg->notify.per_hour, p->err);
    queue_message_finish(&m);
    return ok;
}

static bool escalate(struct plan *p, const struct target *t)
{
    const struct incident *i = &p->notice.incident;
    bool acknowledged = false;
    if (p->notice.s->taken_at_ms - i->opened_ms < t->after_ms) {
        return true;
    }
    for (size_t k = 0; k < p->notice.s->n_alerts; k++) {
        const struct alert *a = &p->notice.s->alerts[k];
        acknowledged |= strcmp(a->incident, i->id) == 0 && a->acked_wall_ms != 0;
    }
    if (!acknowledged && !queue_acknowledged(p->st, i->id, &acknowledged, p->err)) {
        return false;
    }
    return acknowledged || put(p, t, NOTICE_ESCALATION, notice_key(NOTICE_ESCALATION));
}

static bool tell(struct plan *p, const struct target *t)
{
    struct heard h = heard_by(p, t);
    const struct verdict *v = &p->notice.s->verdict;
    char key[MESSAGE_WHAT_MAX];
    if (!h.anything) {
        return t->after_ms > 0 ? escalate(p, t)
                               : put(p, t, NOTICE_OPENED, notice_key(NOTICE_OPENED));
    }
    if (!v->confirmed || notify_gravity(v->kind) <= h.gravity) {
        return true;
    }
    (void)snprintf(key, sizeof key, "%s-%s", notice_key(NOTICE_UPDATE), verdict_key(v->kind));
    return put(p, t, NOTICE_UPDATE, key);
}

static bool tell_end(struct plan *p, const struct target *t)
{
    struct heard h = heard_by(p, t);
    return !h.delivered || h.end || put(p, t, NOTICE_CLOSED, notice_key(NOTICE_CLOSED));
}

/* Does something for every channel and recipient, in the order of the configuration. */
static bool for_all(struct plan *p, bool (*act)(struct plan *p, const struct target *t))
{
    struct channel channels[CHANNELS_MAX];
    size_t n = channel_list(p->cfg, channels);
    for (size_t i = 0; i < n; i++) {
        const struct config_mail *mail = channels[i].mail;
        struct target t = {.channel = channels[i].key, .recipient = ""};
        if (!mail && !act(p, &t)) {
            return false;
        }
        for (size_t k = 0; mail && k < mail->n_recipients; k++) {
            t.recipient = mail->recipients[k].address;
            t.after_ms = mail->recipients[k].after_ms;
            if (!act(p, &t)) {
                return false;
            }
        }
    }
    return true;
}

static bool load(struct plan *p)
{
    free(p->told);
    p->told = NULL;
    p->n_told = 0;
    return queue_told(p->st, p->notice.incident.id, &p->told, &p->n_told, p->err);
}

/* Alerts that opened in a maintenance window concern nobody. */
static bool is_grave_enough(const struct plan *p)
{
    const struct snapshot *s = p->notice.s;
    enum alert_severity least =
        p->cfg->notify.severity == NOTIFY_CRITICAL ? ALERT_CRIT : ALERT_WARN;
    for (size_t i = 0; i < s->n_alerts; i++) {
        const struct alert *a = &s->alerts[i];
        if (strcmp(a->incident, s->incident.id) == 0 && !a->muted && a->severity >= least) {
            return true;
        }
    }
    return false;
}

/* Is it time for the first message? The right word is worth a wait, but not a long one. */
static bool is_time(const struct plan *p)
{
    const struct snapshot *s = p->notice.s;
    int64_t age_ms = s->taken_at_ms - s->incident.opened_ms;
    int64_t group_for_ms = p->cfg->notify.group_for_ms;
    bool certain = s->verdict.confirmed && s->verdict.level >= LEVEL_WARNING;
    return age_ms >= group_for_ms + (certain ? 0 : RIGHT_WORD_MS);
}

static void set_was(struct plan *p)
{
    enum verdict_kind worst = VERDICT_UNKNOWN;
    for (size_t i = 0; i < p->n_told; i++) {
        bool end = strcmp(p->told[i].what, notice_key(NOTICE_CLOSED)) == 0;
        if (!end && notify_gravity(p->told[i].verdict) > notify_gravity(worst)) {
            worst = p->told[i].verdict;
        }
    }
    (void)text_copy(p->notice.was, sizeof p->notice.was,
                    notify_gravity(worst) ? verdict_name(worst) : "");
}

static bool plan_current(struct plan *p)
{
    const struct incident *i = &p->notice.incident;
    if (!i->id[0]) {
        return true;
    }
    if (!load(p)) {
        return false;
    }
    if (!i->open) {
        set_was(p);
        return p->n_told == 0 || for_all(p, tell_end);
    }
    bool begun = p->n_told > 0;
    return (!begun && (!is_grave_enough(p) || !is_time(p))) || for_all(p, tell);
}

/* Whoever was to close it was lost, or the next one began before anybody looked. */
static bool plan_past(struct plan *p, const char *current)
{
    p->notice.s = NULL;
    if (!queue_untold_end(p->st, current, &p->notice.incident, p->notice.sentence, p->err)) {
        return false;
    }
    if (!p->notice.incident.id[0]) {
        return true;
    }
    if (!load(p)) {
        return false;
    }
    set_was(p);
    return for_all(p, tell_end) && queue_prune(p->st, p->notice.wall_ms, p->err);
}

bool notify_plan(struct store *st, const struct config *cfg, const struct snapshot *s,
                 struct error *err)
{
    struct channel channels[CHANNELS_MAX];
    if (channel_list(cfg, channels) == 0) {
        return true;
    }
    struct plan p = {
        .st = st,
        .cfg = cfg,
        .notice = {.config = cfg, .s = s, .incident = s->incident, .wall_ms = s->wall_ms},
        .err = err};
    bool ok = plan_current(&p) && plan_past(&p, s->incident.id);
    free(p.told);
    return ok;
}
