#include "backend/verdict/condition.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backend/app/anchor.h"
#include "backend/app/http_health.h"
#include "backend/net/text.h"
#include "backend/tunnel/provider.h"

/* Subjects of ALERT_ROLE. */
enum { ROLE_NOT_A_REPLICA, ROLE_WRITABLE, ROLE_CHANNEL, ROLE_SAME_SERVER };

struct list {
    struct condition *out;
    size_t n;
};

static void add(struct list *l, struct condition c, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add(struct list *l, struct condition c, const char *format, ...)
{
    if (l->n == CONDITIONS_MAX) {
        return;
    }
    char text[sizeof c.text];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)text_clean_str(c.text, sizeof c.text, text); /* a character may be cut in two */
    l->out[l->n++] = c;
}

static const char *slot_name(const struct snapshot *s, enum slot slot)
{
    switch (slot) {
    case SLOT_PRIMARY_DB:
        return "primary DB";
    case SLOT_REPLICA_DB:
        return "replica DB";
    case SLOT_PRIMARY_APP:
        return "primary app";
    case SLOT_DR_APP:
        return "DR app";
    case SLOT_CONTROL_PLANE:
        return "control plane";
    case SLOT_DNS:
        return "name server";
    default:
        break;
    }
    if (slot >= SLOT_ANCHOR) {
        return s->config->anchors[slot - SLOT_ANCHOR].name;
    }
    return s->config->tunnels[slot - SLOT_TUNNEL].name;
}

static void stale(struct list *l, const struct snapshot *s, enum slot slot, int64_t now_ms)
{
    const struct reading *last = s->sights[slot].last;
    if (!last) {
        return;
    }
    int64_t age_ms = now_ms - last->taken_at_ms;
    int64_t limit_ms = s->config->alerts.stale_for_ms + snapshot_interval_ms(s->config, slot);
    add(l,
        (struct condition){.kind = ALERT_STALE,
                           .subject = slot,
                           .holds = tri_of(age_ms > limit_ms),
                           .severity = ALERT_WARN,
                           .value = opt_f64((double)age_ms / 1000)},
        "no answer from the %s: stale", slot_name(s, slot));
}

static bool is_opinion(const struct config *cfg, enum slot slot)
{
    return slot >= SLOT_TUNNEL && slot < SLOT_ANCHOR &&
           cfg->tunnels[slot - SLOT_TUNNEL].kind != TUNNEL_PROBE;
}

/* A cloud that refuses one request is asked again; one that says nothing for three periods is
 * missed, whether it is silent or refuses us. */
static void stale_opinion(struct list *l, const struct snapshot *s, enum slot slot,
                          int64_t now_ms)
{
    const struct sight *sight = &s->sights[slot];
    if (!sight->last) {
        return;
    }
    int64_t limit_ms =
        s->config->alerts.stale_for_ms + 3 * snapshot_interval_ms(s->config, slot);
    struct condition c = {.kind = ALERT_STALE,
                          .subject = slot,
                          .holds = TRI_YES,
                          .severity = ALERT_WARN,
                          .for_ms = limit_ms};
    if (sight->good) {
        int64_t age_ms = now_ms - sight->good->taken_at_ms;
        c.holds = tri_of(age_ms > limit_ms);
        c.value = opt_f64((double)age_ms / 1000);
        c.for_ms = 0;
    }
    bool failed = sight->last->state == READING_FAILED;
    add(l, c, "no answer from the view %s: %.150s", slot_name(s, slot),
        failed ? sight->last->reason : "stale");
}

static void database(struct list *l, const struct snapshot *s, enum slot slot)
{
    const struct reading *last = s->sights[slot].last;
    if (!last) {
        return;
    }
    add(l,
        (struct condition){.kind = ALERT_DB,
                           .subject = slot,
                           .holds = tri_of(last->state == READING_FAILED),
                           .severity = ALERT_CRIT,
                           .for_ms = s->config->alerts.fail_for_ms},
        "%s: %.150s", slot_name(s, slot), last->reason);
}

/* Facts of the replica that still tell its state, or NULL. */
static const struct db_facts *replica_now(const struct snapshot *s, int64_t now_ms)
{
    return snapshot_in_sight(s, SLOT_REPLICA_DB, now_ms) ? snapshot_db(s, SLOT_REPLICA_DB)
                                                         : NULL;
}

static enum tri not_running(enum db_thread t)
{
    return t == DB_THREAD_UNKNOWN ? TRI_UNKNOWN : tri_of(t != DB_THREAD_YES);
}

/* A server that does not replicate has nothing that could have stopped. */
static void no_threads(struct list *l)
{
    add(l, (struct condition){.kind = ALERT_RECEIVER, .holds = TRI_NO}, "no receiver");
    add(l, (struct condition){.kind = ALERT_APPLIER, .holds = TRI_NO}, "no applier");
}

static void replication(struct list *l, const struct snapshot *s, const struct db_facts *r)
{
    if (!r || !r->has_channel) {
        if (r && r->channels == 0) {
            no_threads(l);
        }
        return;
    }
    const struct db_channel *ch = &r->channel;
    const char *receiver = ch->receiver == DB_THREAD_CONNECTING
                               ? "receiver lost its source, reconnecting"
                               : "receiver stopped";
    add(l,
        (struct condition){
            .kind = ALERT_RECEIVER,
            .holds = not_running(ch->receiver),
            .severity = ALERT_CRIT,
            .for_ms = ch->receiver == DB_THREAD_CONNECTING ? s->config->alerts.fail_for_ms : 0},
        "%s%s%.150s", receiver, ch->receiver_error[0] ? ": " : "", ch->receiver_error);
    char number[24] =
        ""; /* MySQL's coordinator reports its workers' error without its number */
    if (ch->applier_errno) {
        (void)snprintf(number, sizeof number, " with error %d: ", ch->applier_errno);
    }
    add(l,
        (struct condition){
            .kind = ALERT_APPLIER, .holds = not_running(ch->applier), .severity = ALERT_CRIT},
        "applier stopped%s%.150s", number, ch->applier_error);
}

static void lag(struct list *l, const struct snapshot *s)
{
    double rpo_s = (double)s->config->objectives.rpo_ms / 1000;
    const struct lag *lag = &s->lag;
    struct condition c = {.kind = ALERT_LAG,
                          .severity = ALERT_WARN,
                          .for_ms = s->config->alerts.lag_for_ms,
                          .value = lag->seconds.known ? lag->seconds : lag->at_least_s};
    if (lag->seconds.known) {
        c.holds = tri_of(lag->seconds.v > rpo_s);
    } else if (lag->at_least_s.known && lag->at_least_s.v > rpo_s) {
        c.holds = TRI_YES;
    }
    add(l, c, "lag above the RPO of %.1f s", rpo_s);
}

static void app(struct list *l, const struct snapshot *s, enum slot slot,
                const struct config_app *cfg)
{
    const struct reading *last = s->sights[slot].last;
    const struct app_facts *f = last ? last->value : NULL;
    if (!f || !cfg->expected) {
        return;
    }
    struct condition c = {.kind = ALERT_APP, .subject = slot, .severity = ALERT_CRIT};
    if (f->strikes == 0) {
        c.holds = TRI_NO;
    } else if (f->strikes >= cfg->strikes) {
        c.holds = TRI_YES;
    }
    if (last->state == READING_FAILED) {
        add(l, c, "%s: %.150s", slot_name(s, slot), last->reason);
    } else {
        add(l, c, "%s: answered %d", slot_name(s, slot), f->status);
    }
}

static void probe(struct list *l, struct condition c, const struct snapshot *s, enum slot slot,
                  const struct tunnel_facts *f)
{
    const struct tunnel_view *v = &s->tunnels[slot - SLOT_TUNNEL];
    if (f->state != TUNNEL_UNKNOWN) {
        c.holds = tri_of(f->state != TUNNEL_UP || v->doubts);
    }
    c.severity = f->state == TUNNEL_DOWN ? ALERT_CRIT : ALERT_WARN;
    if (f->state != TUNNEL_DOWN && v->remark[0]) {
        add(l, c, "tunnel %.150s", v->remark);
    } else {
        add(l, c, "tunnel %s: %s", slot_name(s, slot), f->detail[0] ? f->detail : "down");
    }
}

/* A cloud is asked twice or three times a minute: what it said once and had no chance to take back
 * is no reason for an alert. */
static bool said_twice(const struct snapshot *s, enum slot slot, const struct tunnel_facts *f)
{
    int64_t stood_ms = s->sights[slot].last->taken_at_ms - f->since_ms;
    return stood_ms >= snapshot_interval_ms(s->config, slot) / 2;
}

static void opinion(struct list *l, struct condition c, const struct snapshot *s,
                    enum slot slot, const struct tunnel_facts *f, int64_t now_ms)
{
    const struct tunnel_view *v = &s->tunnels[slot - SLOT_TUNNEL];
    bool down = v->state == TUNNEL_DOWN || v->state == TUNNEL_CONNECTING;
    bool by_others = v->state == TUNNEL_BLACK_HOLED || v->doubts & DOUBT_FLAPPING ||
                     v->doubts & DOUBT_ONE_WAY; /* not on one word of this view alone */
    bool fallen = down && tunnel_passes(s, now_ms) != TRI_YES;
    c.severity = fallen || v->state == TUNNEL_BLACK_HOLED ? ALERT_CRIT : ALERT_WARN;
    if (v->state == TUNNEL_UP) {
        c.holds = v->doubts & DOUBT_OLDER ? TRI_UNKNOWN : TRI_NO;
    } else if (v->state != TUNNEL_UNKNOWN && (by_others || said_twice(s, slot, f))) {
        c.holds = TRI_YES;
    }
    if (v->remark[0]) {
        add(l, c, "tunnel %.150s", v->remark);
    } else {
        add(l, c, "tunnel %s: %s", slot_name(s, slot),
            f->detail[0] ? f->detail : tunnel_state_key(v->state));
    }
}

static void tunnel(struct list *l, const struct snapshot *s, enum slot slot, int64_t now_ms)
{
    const struct reading *last = s->sights[slot].last;
    if (!last) {
        return;
    }
    struct condition c = {.kind = ALERT_TUNNEL,
                          .subject = slot,
                          .severity = ALERT_WARN,
                          .for_ms = s->config->alerts.fail_for_ms};
    const struct tunnel_facts *f = last->value;
    if (last->state != READING_FRESH || !f) {
        add(l, c, "tunnel %s: %.150s", slot_name(s, slot), last->reason);
    } else if (s->config->tunnels[slot - SLOT_TUNNEL].kind == TUNNEL_PROBE) {
        probe(l, c, s, slot, f);
    } else {
        opinion(l, c, s, slot, f, now_ms);
    }
}

static void observer(struct list *l, const struct snapshot *s)
{
    size_t silent = 0;
    for (size_t i = 0; i < s->config->n_anchors; i++) {
        const struct reading *last = s->sights[SLOT_ANCHOR + i].last;
        if (!last) {
            return;
        }
        silent += last->state == READING_FAILED;
    }
    if (s->config->n_anchors == 0) {
        return;
    }
    add(l,
        (struct condition){.kind = ALERT_OBSERVER,
                           .holds = tri_of(silent == s->config->n_anchors),
                           .severity = ALERT_WARN,
                           .for_ms = s->config->alerts.fail_for_ms},
        "no neutral anchor answers: this observer may be offline");
}

static void roles(struct list *l, const struct snapshot *s, const struct db_facts *r)
{
    const struct db_facts *p = snapshot_db(s, SLOT_PRIMARY_DB);
    if (!r) {
        return;
    }
    bool swapped = p && p->channels > 0;
    add(l,
        (struct condition){.kind = ALERT_ROLE,
                           .subject = ROLE_NOT_A_REPLICA,
                           .holds = r->channels < 0 ? TRI_UNKNOWN : tri_of(r->channels == 0),
                           .severity = ALERT_CRIT},
        swapped ? "primary and replica look swapped in the configuration"
                : "the replica does not replicate: it has no channel");
    add(l,
        (struct condition){
            .kind = ALERT_ROLE,
            .subject = ROLE_CHANNEL,
            .holds = r->channels < 0 ? TRI_UNKNOWN : tri_of(r->channels > 0 && !r->has_channel),
            .severity = ALERT_WARN},
        "replica has the channels %.100s: name one with \"channel\"", r->channel_names);
    add(l,
        (struct condition){
            .kind = ALERT_ROLE,
            .subject = ROLE_WRITABLE,
            .holds = r->read_only == TRI_UNKNOWN ? TRI_UNKNOWN : tri_of(r->read_only == TRI_NO),
            .severity = ALERT_WARN},
        "the replica accepts writes: read_only is off");
    if (p) {
        add(l,
            (struct condition){.kind = ALERT_ROLE,
                               .subject = ROLE_SAME_SERVER,
                               .holds = tri_of(db_facts_same_server(p, r)),
                               .severity = ALERT_CRIT},
            "primary and replica are one and the same server (server_id %lld)",
            (long long)r->server_id.v);
    }
}

/* Of a verdict that is not known nothing opens and nothing closes. A confirmed one stays what it is
 * while it is only suspected to have changed. */
static void verdicts(struct list *l, const struct snapshot *s)
{
    const struct verdict *v = &s->verdict;
    for (int kind = 0; kind < VERDICT_KINDS; kind++) {
        if (verdict_level_of((enum verdict_kind)kind) != LEVEL_CRITICAL) {
            continue;
        }
        struct condition c = {
            .kind = ALERT_VERDICT, .subject = (uint32_t)kind, .severity = ALERT_CRIT};
        if (v->confirmed) {
            c.holds = tri_of((int)v->kind == kind);
        }
        add(l, c, "%s: %.150s", verdict_name((enum verdict_kind)kind), v->sentence);
    }
}

static void recording(struct list *l, const struct config *cfg, const char *trouble)
{
    add(l,
        (struct condition){.kind = ALERT_RECORD,
                           .holds = tri_of(trouble[0] != '\0'),
                           .severity = ALERT_WARN,
                           .for_ms = cfg->alerts.fail_for_ms},
        "the history is not recorded: %.150s", trouble);
}

/* What the configuration no longer asks cannot go on being wrong: an alert that an earlier drtop
 * opened would otherwise stay open for ever. */
static void unwatched(struct list *l, enum slot slot)
{
    bool is_tunnel = slot >= SLOT_TUNNEL && slot < SLOT_ANCHOR;
    struct condition none = {.kind = ALERT_STALE, .subject = slot, .holds = TRI_NO};
    add(l, none, "not watched");
    none.kind = is_tunnel ? ALERT_TUNNEL : ALERT_APP;
    add(l, none, "not watched");
}

/* What the clouds' alarms say is their opinion: it warns, and decides nothing. Their data may be too
 * few to tell, and ours too old. */
static void alarms(struct list *l, const struct snapshot *s, size_t i, int64_t now_ms)
{
    const struct config_tunnel *cfg = &s->config->tunnels[i];
    enum slot slot = SLOT_TUNNEL + (enum slot)i;
    const struct tunnel_facts *f =
        snapshot_in_sight(s, slot, now_ms) ? s->sights[slot].good->value : NULL;
    for (size_t k = 0; f && cfg->aws.alarms && cfg->aws.alarms[k] && k < f->n_alarms; k++) {
        const struct tunnel_alarm *a = &f->alarms[k];
        enum tri holds =
            a->state == ALARM_UNKNOWN ? TRI_UNKNOWN : tri_of(a->state == ALARM_RAISED);
        add(l,
            (struct condition){.kind = ALERT_ALARM,
                               .subject = alert_subject(cfg->name, cfg->aws.alarms[k]),
                               .holds = holds,
                               .severity = ALERT_WARN},
            "CloudWatch alarm %.64s (view %.24s)%s%.80s", a->name, cfg->name,
            a->reason[0] ? ": " : "", a->reason);
    }
}

static bool is_configured(const struct config *cfg, uint32_t subject)
{
    for (size_t i = 0; i < cfg->n_tunnels; i++) {
        char *const *names = cfg->tunnels[i].aws.alarms;
        for (size_t k = 0; names && names[k]; k++) {
            if (alert_subject(cfg->tunnels[i].name, names[k]) == subject) {
                return true;
            }
        }
    }
    return false;
}

size_t condition_alarms_gone(const struct config *cfg, const struct alert_book *book,
                             struct condition *out, size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < book->n && n < room; i++) {
        const struct alert *a = &book->alerts[i];
        if (a->kind == ALERT_ALARM && alert_is_open(a) && !is_configured(cfg, a->subject)) {
            out[n++] =
                (struct condition){.kind = ALERT_ALARM, .subject = a->subject, .holds = TRI_NO};
        }
    }
    return n;
}

size_t condition_list(const struct snapshot *s, const char *trouble, int64_t now_ms,
                      struct condition out[CONDITIONS_MAX])
{
    struct list l = {.out = out};
    const struct db_facts *r = replica_now(s, now_ms);
    database(&l, s, SLOT_PRIMARY_DB);
    database(&l, s, SLOT_REPLICA_DB);
    replication(&l, s, r);
    lag(&l, s);
    app(&l, s, SLOT_PRIMARY_APP, &s->config->primary.app);
    app(&l, s, SLOT_DR_APP, &s->config->dr.app);
    for (size_t i = 0; i < s->config->n_tunnels; i++) {
        tunnel(&l, s, SLOT_TUNNEL + (enum slot)i, now_ms);
        alarms(&l, s, i, now_ms);
    }
    observer(&l, s);
    roles(&l, s, r);
    for (enum slot slot = 0; slot < SLOT_COUNT; slot++) {
        if (!snapshot_watched(s->config, slot)) {
            unwatched(&l, slot);
        } else if (is_opinion(s->config, slot)) {
            stale_opinion(&l, s, slot, now_ms);
        } else {
            stale(&l, s, slot, now_ms);
        }
    }
    verdicts(&l, s);
    recording(&l, s->config, trouble);
    return l.n;
}
