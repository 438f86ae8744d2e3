#include "backend/record/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/tunnel/view.h"

#define LABELS_MAX 512

/* Where the samples of one family go. */
struct family {
    FILE *out;
    const char *name;
};

/* HELP and TYPE come once, before a family's first sample. */
static struct family begin(FILE *out, const char *name, const char *help)
{
    (void)fprintf(out, "# HELP drtop_%s %s\n# TYPE drtop_%s gauge\n", name, help, name);
    return (struct family){.out = out, .name = name};
}

/* labels is "" or {...}. 17 digits give back every double; integers stay integers. */
static void sample(struct family f, const char *labels, double value)
{
    (void)fprintf(f.out, "drtop_%s%s %.17g\n", f.name, labels, value);
}

static double milli(int64_t ms)
{
    return (double)ms / 1000;
}

static struct opt_f64 seconds(struct opt_i64 ms)
{
    return ms.known ? opt_f64(milli(ms.v)) : (struct opt_f64){.known = false};
}

static struct opt_f64 whole(struct opt_i64 v)
{
    return v.known ? opt_f64((double)v.v) : (struct opt_f64){.known = false};
}

static void gauge(FILE *out, const char *name, const char *help, double value)
{
    sample(begin(out, name, help), "", value);
}

/* A value that may be unknown: its sample only if it is known, and NAME_known always. */
static void maybe(FILE *out, const char *name, const char *help, struct opt_f64 value)
{
    char known[96];
    struct family f = begin(out, name, help);
    if (value.known) {
        sample(f, "", value.v);
    }
    (void)snprintf(known, sizeof known, "%s_known", name);
    gauge(out, known, "1 when that is known; without it there is no such sample.", value.known);
}

/* One value of several that may be unknown, told apart by labels. */
struct part {
    char labels[LABELS_MAX];
    struct opt_f64 value;
};

static void maybe_each(FILE *out, const char *name, const char *help, const struct part *parts,
                       size_t n)
{
    char known[96];
    if (n == 0) {
        return;
    }
    struct family f = begin(out, name, help);
    for (size_t i = 0; i < n; i++) {
        if (parts[i].value.known) {
            sample(f, parts[i].labels, parts[i].value.v);
        }
    }
    (void)snprintf(known, sizeof known, "%s_known", name);
    f = begin(out, known, "1 when that is known; without it there is no such sample.");
    for (size_t i = 0; i < n; i++) {
        sample(f, parts[i].labels, parts[i].value.known);
    }
}

/* Appends name="value" to labels, which is "" or {...}; value is escaped. */
static void label(char labels[LABELS_MAX], const char *name, const char *value)
{
    size_t n = strlen(labels);
    n -= n > 0; /* over the closing brace */
    int wrote = snprintf(labels + n, LABELS_MAX - n, "%s%s=\"", n > 0 ? "," : "{", name);
    n += wrote > 0 ? (size_t)wrote : 0;
    for (const char *p = value; *p && n + 5 < LABELS_MAX; p++) {
        if (*p == '\\' || *p == '"' || *p == '\n') {
            labels[n++] = '\\';
        }
        labels[n++] = *p;
        if (*p == '\n') {
            labels[n - 1] = 'n';
        }
    }
    labels[n++] = '"';
    labels[n++] = '}';
    labels[n] = '\0';
}

static const char *labelled(char labels[LABELS_MAX], const char *name, const char *value)
{
    labels[0] = '\0';
    label(labels, name, value);
    return labels;
}

/* A verdict of UNKNOWN rules no other out, so no other is 0 then. */
static void verdict(FILE *out, const struct snapshot *s, int64_t now_ms)
{
    char labels[LABELS_MAX];
    const struct verdict *v = &s->verdict;
    bool known = v->kind != VERDICT_UNKNOWN;
    struct family f = begin(out, "verdict",
                            "1 for the verdict that holds, 0 for every other; "
                            "while it is unknown, no other has a sample.");
    for (int kind = 0; kind < VERDICT_KINDS; kind++) {
        if (known || kind == VERDICT_UNKNOWN) {
            sample(f, labelled(labels, "verdict", verdict_key((enum verdict_kind)kind)),
                   (int)v->kind == kind);
        }
    }
    gauge(out, "verdict_known", "0 while the verdict is unknown.", known);
    gauge(out, "verdict_confirmed", "1 once the verdict is more than a suspicion.",
          v->confirmed);
    gauge(out, "verdict_age_seconds", "How long the verdict has been this one.",
          milli(now_ms - v->since_ms));
    f = begin(out, "failover_advice", "1 for what is advised about failing over.");
    for (int advice = ADVICE_NOT_ADVISED; advice <= ADVICE_IMPOSSIBLE; advice++) {
        sample(f, labelled(labels, "advice", advice_key((enum verdict_advice)advice)),
               (int)v->advice == advice);
    }
}

static void evidence(FILE *out, const struct snapshot *s)
{
    struct part parts[EVIDENCE_COUNT];
    size_t n = 0;
    for (int id = 0; id < EVIDENCE_COUNT; id++) {
        const struct evidence *row = &s->evidence[id];
        if (!row->watched) {
            continue;
        }
        (void)labelled(parts[n].labels, "evidence", evidence_key((enum evidence_id)id));
        label(parts[n].labels, "route", route_name(row->route));
        parts[n].value = row->answer == TRI_UNKNOWN ? (struct opt_f64){.known = false}
                                                    : opt_f64(row->answer == TRI_YES);
        n++;
    }
    maybe_each(out, "evidence", "What is asked about the pair: 1 yes, 0 no.", parts, n);
}

static void data(FILE *out, const struct snapshot *s)
{
    const struct exposure *e = &s->exposure;
    maybe(out, "lag_seconds", "Replication lag.", s->lag.seconds);
    maybe(out, "lag_at_least_seconds", "What the lag is at the least, while it is not known.",
          s->lag.at_least_s);
    maybe(out, "not_received_bytes", "Written by the primary, not received by the replica.",
          whole(e->not_received.bytes));
    maybe(out, "not_received_transactions", "The same as transactions.",
          whole(e->not_received.tx));
    maybe(out, "not_applied_bytes", "Received by the replica, not yet applied.",
          whole(e->not_applied.bytes));
    maybe(out, "not_applied_transactions", "The same as transactions.",
          whole(e->not_applied.tx));
    maybe(out, "unobserved_seconds", "How long nobody has seen what the primary writes.",
          e->unobserved.seconds);
    maybe(out, "unobserved_min_bytes", "What it may have written since, at the least.",
          whole(e->unobserved.bytes_min));
    maybe(out, "unobserved_max_bytes", "What it may have written since, at the most.",
          whole(e->unobserved.bytes_max));
    maybe(out, "write_bytes_per_second", "What the primary writes to its binary log.",
          s->write_rate);
}

static struct opt_f64 round_trip(const struct snapshot *s, enum slot slot, int64_t now_ms)
{
    const struct db_facts *f = snapshot_db(s, slot);
    bool known = f && f->round_trip_us.known && snapshot_in_sight(s, slot, now_ms);
    return known ? opt_f64((double)f->round_trip_us.v / 1e6) : (struct opt_f64){.known = false};
}

static void databases(FILE *out, const struct snapshot *s, int64_t now_ms)
{
    struct part db[2];
    (void)labelled(db[0].labels, "server", "primary");
    (void)labelled(db[1].labels, "server", "replica");
    db[0].value = round_trip(s, SLOT_PRIMARY_DB, now_ms);
    db[1].value = round_trip(s, SLOT_REPLICA_DB, now_ms);
    maybe_each(out, "database_round_trip_seconds", "Of the newest query for positions.", db, 2);
}

static const struct tunnel_facts *probe_facts(const struct snapshot *s, size_t i,
                                              int64_t now_ms)
{
    const struct reading *good = s->sights[SLOT_TUNNEL + i].good;
    bool probe = s->config->tunnels[i].kind == TUNNEL_PROBE;
    bool seen = good && snapshot_in_sight(s, SLOT_TUNNEL + (enum slot)i, now_ms);
    return probe && seen ? good->value : NULL;
}

static void tunnel_labels(char labels[LABELS_MAX], const char *view, const char *id)
{
    (void)labelled(labels, "view", view);
    label(labels, "tunnel", id);
}

/* What each view says of each tunnel. */
static void tunnel_states(FILE *out, const struct snapshot *s, int64_t now_ms)
{
    struct part *up = mem_alloc(CONFIG_TUNNELS_MAX * TUNNEL_LEGS_MAX, sizeof *up);
    struct part *black = mem_alloc(CONFIG_TUNNELS_MAX * TUNNEL_LEGS_MAX, sizeof *black);
    size_t n = 0;
    for (size_t i = 0; i < s->config->n_tunnels; i++) {
        const struct tunnel_view *v = &s->tunnels[i];
        const char *name = s->config->tunnels[i].name;
        bool seen = snapshot_in_sight(s, SLOT_TUNNEL + (enum slot)i, now_ms);
        for (size_t k = 0; k < v->n_legs || k == 0; k++, n++) {
            enum tunnel_state state = v->legs[k].state;
            tunnel_labels(up[n].labels, name, v->n_legs ? v->legs[k].id : name);
            black[n] = up[n];
            if (seen && state != TUNNEL_UNKNOWN) {
                up[n].value = opt_f64(state == TUNNEL_UP || state == TUNNEL_DEGRADED);
                black[n].value = opt_f64(state == TUNNEL_BLACK_HOLED);
            }
        }
    }
    maybe_each(out, "tunnel_up", "1 while the view says so and no probe contradicts it.", up,
               n);
    maybe_each(out, "tunnel_black_holed", "1 while the view says up and no probe passes.",
               black, n);
    free(up);
    free(black);
}

static void tunnels(FILE *out, const struct snapshot *s, int64_t now_ms)
{
    struct part rtt[CONFIG_TUNNELS_MAX], loss[CONFIG_TUNNELS_MAX], age[CONFIG_TUNNELS_MAX];
    size_t probes = 0, n = s->config->n_tunnels;
    tunnel_states(out, s, now_ms);
    for (size_t i = 0; i < n; i++) {
        const char *name = s->config->tunnels[i].name;
        const struct reading *good = s->sights[SLOT_TUNNEL + i].good;
        (void)labelled(age[i].labels, "view", name);
        age[i].value = good ? opt_f64(milli(now_ms - good->taken_at_ms))
                            : (struct opt_f64){.known = false};
        if (s->config->tunnels[i].kind != TUNNEL_PROBE) {
            continue;
        }
        const struct tunnel_facts *f = probe_facts(s, i, now_ms);
        tunnel_labels(rtt[probes].labels, name, name);
        loss[probes] = rtt[probes];
        rtt[probes].value = f && f->rtt_ms.known ? opt_f64(f->rtt_ms.v / 1000)
                                                 : (struct opt_f64){.known = false};
        loss[probes++].value = f ? f->loss : (struct opt_f64){.known = false};
    }
    maybe_each(out, "tunnel_view_age_seconds", "Of the newest answer of each view.", age, n);
    maybe_each(out, "tunnel_round_trip_seconds", "Of the newest try that passed.", rtt, probes);
    maybe_each(out, "tunnel_loss_ratio", "Tries that failed, of the newest ones.", loss,
               probes);
}

static void rto(FILE *out, const struct snapshot *s, int64_t now_ms)
{
    const struct rto *r = &s->rto;
    struct opt_i64 left = {.known = false};
    if (r->decide_before_wall_ms.known) {
        /* The wall clock of now, reckoned on from the snapshot's. */
        left = opt_i64(r->decide_before_wall_ms.v - (s->wall_ms + now_ms - s->taken_at_ms));
    }
    gauge(out, "rto_running", "1 while the clock of an outage runs.", r->running);
    gauge(out, "rto_objective_seconds", "How long an outage may last.", milli(r->objective_ms));
    gauge(out, "rto_pipeline_seconds", "What a failover is reckoned to take.",
          milli(r->pipeline_ms));
    maybe(out, "rto_elapsed_min_seconds", "How long the outage has lasted, at the least.",
          seconds(r->elapsed_min_ms));
    maybe(out, "rto_elapsed_max_seconds", "How long the outage has lasted, at the most.",
          seconds(r->elapsed_max_ms));
    maybe(out, "rto_left_seconds", "What is left for the decision to fail over.",
          seconds(left));
}

static void alerts(FILE *out, const struct snapshot *s, const struct record_view *view)
{
    char labels[LABELS_MAX];
    size_t open[2] = {0, 0};
    bool stored = view && view->readable;
    size_t n = stored ? view->n_alerts : s->n_alerts;
    for (size_t i = 0; i < n; i++) {
        const struct alert *a = stored ? &view->alerts[i].alert : &s->alerts[i];
        open[a->severity == ALERT_CRIT] += alert_is_open(a);
    }
    struct family f = begin(out, "alerts_open", "Alerts that are open or acknowledged.");
    sample(f, labelled(labels, "severity", "warning"), (double)open[0]);
    sample(f, labelled(labels, "severity", "critical"), (double)open[1]);
    gauge(out, "incident_open", "1 while an incident goes on.",
          stored ? view->incident.open : s->incident.open);
    gauge(out, "maintenance", "1 in a maintenance window, in which nobody is told.",
          s->maintenance != NULL);
}

static void record(FILE *out, const struct record_view *view)
{
    static const char *const roles[] = {[RECORD_OFF] = "off",
                                        [RECORD_RECORDER] = "recorder",
                                        [RECORD_VIEWER] = "viewer",
                                        [RECORD_ORPHAN] = "orphan"};
    char labels[LABELS_MAX];
    struct family f = begin(out, "record_role",
                            "1 for the part that this process has in the "
                            "record.");
    for (int role = RECORD_OFF; role <= RECORD_ORPHAN; role++) {
        sample(f, labelled(labels, "role", roles[role]), (int)view->role == role);
    }
    gauge(out, "record_maintained", "1 while some drtop of this host writes the record.",
          view->maintained);
}

void metrics_write(const struct snapshot *s, const struct record_view *view, int64_t now_ms,
                   FILE *out)
{
    char labels[LABELS_MAX];
    bool up = s && now_ms - s->taken_at_ms < METRICS_STILL_MS;
    gauge(out, "up", "1 while the engine turns readings into snapshots.", up);
    if (!s) {
        return;
    }
    sample(begin(out, "group_info", "The pair that is watched."),
           labelled(labels, "group", s->config->group), 1);
    gauge(out, "snapshot_age_seconds", "Since all of this was true.",
          milli(now_ms - s->taken_at_ms));
    if (!up) {
        return; /* what was known then is known no more */
    }
    verdict(out, s, now_ms);
    evidence(out, s);
    data(out, s);
    databases(out, s, now_ms);
    tunnels(out, s, now_ms);
    rto(out, s, now_ms);
    alerts(out, s, view);
    if (view) {
        record(out, view);
    }
}
