#include "backend/record/notify_sheet.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "backend/net/text.h"

#define MINUTE_S 60
#define HOUR_S   3600
#define DAY_S    86400

void sheet_duration(char *out, size_t out_size, int64_t ms)
{
    int64_t s = ms / 1000;
    if (s < MINUTE_S) {
        (void)snprintf(out, out_size, "%" PRId64 " s", s);
    } else if (s < HOUR_S) {
        (void)snprintf(out, out_size, "%" PRId64 " min %" PRId64 " s", s / MINUTE_S,
                       s % MINUTE_S);
    } else if (s < DAY_S) {
        (void)snprintf(out, out_size, "%" PRId64 " h %" PRId64 " min", s / HOUR_S,
                       s % HOUR_S / MINUTE_S);
    } else {
        (void)snprintf(out, out_size, "%" PRId64 " d %" PRId64 " h", s / DAY_S,
                       s % DAY_S / HOUR_S);
    }
}

void sheet_bytes(char *out, size_t out_size, int64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double v = (double)bytes / 1024;
    size_t unit = 0;
    if (bytes < 1024) {
        (void)snprintf(out, out_size, "%" PRId64 " B", bytes);
        return;
    }
    while (v >= 1023.95 && unit + 1 < sizeof units / sizeof units[0]) {
        v /= 1024;
        unit++;
    }
    (void)snprintf(out, out_size, "%.1f %s", v, units[unit]);
}

void sheet_time(char *out, size_t out_size, int64_t wall_ms, bool people)
{
    struct tm tm = {0};
    time_t t = (time_t)(wall_ms / 1000);
    (void)gmtime_r(&t, &tm);
    if (strftime(out, out_size, people ? "%Y-%m-%d %H:%M:%S UTC" : "%Y-%m-%dT%H:%M:%SZ", &tm) ==
        0) {
        text_copy(out, out_size, "");
    }
}

__attribute__((format(printf, 3, 4))) static void
add_row(struct sheet_part *part, const char *label, const char *format, ...)
{
    if (part->n == SHEET_ROWS) {
        return;
    }
    char value[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(value, sizeof value, format, args);
    va_end(args);
    struct sheet_row *row = &part->rows[part->n++];
    (void)text_copy(row->label, sizeof row->label, label);
    (void)text_clean_str(row->value, sizeof row->value, value);
}

const char *notify_next_step(enum verdict_kind kind, enum verdict_advice advice)
{
    switch (kind) {
    case VERDICT_UNKNOWN:
        return "Find out why drtop cannot see; the evidence says what does not answer.";
    case VERDICT_NORMAL:
        return "Nothing is broken now: read the alerts and acknowledge them.";
    case VERDICT_DEGRADED:
        return "Find what slows replication down or fails, before it becomes an outage.";
    case VERDICT_REPLICATION_BROKEN:
        return "Repair replication at the DR site; until then, all that is written is at risk.";
    case VERDICT_DR_NOT_READY:
        return "Bring the DR database back; until then there is nothing to fail over to.";
    case VERDICT_APP_DOWN:
        return "Repair the application where it is: its database answers.";
    case VERDICT_DB_DOWN:
        return "Repair the primary's database server: its site and the path to it live.";
    case VERDICT_TUNNEL_DOWN:
        return "Repair the tunnel. The site serves: failing over now would split the pair.";
    case VERDICT_PRIMARY_DOWN:
        return advice == ADVICE_ADVISED
                   ? "Decide on the failover; make sure that the old primary cannot come back "
                     "writable."
                   : "The primary is lost and DR is not ready: repair whichever is nearer.";
    case VERDICT_SPLIT_BRAIN:
        return "Stop writes at one site now, and compare the two before replication runs "
               "again.";
    case VERDICT_FAILED_OVER:
        return "Keep the old primary from coming back writable; plan the way back.";
    case VERDICT_OBSERVER_ISOLATED:
        return "Do not trust this observer: its own network fails. Look from another place.";
    case VERDICT_KINDS:
        break;
    }
    return "Look at the dashboard.";
}

int notify_gravity(enum verdict_kind kind)
{
    static const int gravity[VERDICT_KINDS] = {
        [VERDICT_UNKNOWN] = 0,
        [VERDICT_NORMAL] = 0,
        [VERDICT_OBSERVER_ISOLATED] = 1,
        [VERDICT_DEGRADED] = 2,
        [VERDICT_REPLICATION_BROKEN] = 3,
        [VERDICT_DR_NOT_READY] = 4,
        [VERDICT_TUNNEL_DOWN] = 5,
        [VERDICT_APP_DOWN] = 6,
        [VERDICT_DB_DOWN] = 7,
        [VERDICT_PRIMARY_DOWN] = 8,
        [VERDICT_FAILED_OVER] = 9, /* what everybody waits to hear */
        [VERDICT_SPLIT_BRAIN] = 10,
    };
    return gravity[kind];
}

const char *notice_key(enum notice_what what)
{
    static const char *const keys[] = {[NOTICE_OPENED] = "opened",
                                       [NOTICE_UPDATE] = "update",
                                       [NOTICE_ESCALATION] = "escalation",
                                       [NOTICE_CLOSED] = "closed",
                                       [NOTICE_TEST] = "test"};
    return keys[what];
}

/* --- the title and the subject --- */

static const struct alert *gravest(const struct notice *n)
{
    const struct alert *best = NULL;
    for (size_t i = 0; n->s && i < n->s->n_alerts; i++) {
        const struct alert *a = &n->s->alerts[i];
        bool ours = strcmp(a->incident, n->incident.id) == 0 && alert_is_open(a);
        if (ours && (!best || a->severity > best->severity)) {
            best = a;
        }
    }
    return best;
}

/* The word for what is wrong. An incident may be about an alert that the verdict does not mind. */
static void headline(const struct notice *n, char *out, size_t size)
{
    const struct verdict *v = n->s ? &n->s->verdict : NULL;
    const struct alert *a = gravest(n);
    if (v && (v->level >= LEVEL_WARNING || !a)) {
        (void)snprintf(out, size, "%s%s", verdict_name(v->kind),
                       v->confirmed ? "" : " (suspected)");
    } else {
        (void)snprintf(out, size, "%.200s", a ? a->text : "incident");
    }
}

static const char *severity_word(const struct notice *n)
{
    return n->incident.severity == ALERT_CRIT ? "CRITICAL" : "WARNING";
}

static void set_title(const struct notice *n, struct sheet *out)
{
    char what[224], took[32];
    headline(n, what, sizeof what);
    switch (n->what) {
    case NOTICE_OPENED:
        (void)snprintf(out->title, sizeof out->title, "%s: %.200s", severity_word(n), what);
        break;
    case NOTICE_UPDATE:
        (void)snprintf(out->title, sizeof out->title, "%s: now %.200s", severity_word(n), what);
        break;
    case NOTICE_ESCALATION:
        sheet_duration(took, sizeof took, n->after_ms);
        (void)snprintf(out->title, sizeof out->title, "%s: not acknowledged for %s: %.180s",
                       severity_word(n), took, what);
        break;
    case NOTICE_CLOSED:
        sheet_duration(took, sizeof took,
                       n->incident.closed_wall_ms - n->incident.opened_wall_ms);
        (void)snprintf(out->title, sizeof out->title, "CLOSED: %s after %s",
                       n->was[0] ? n->was : "incident", took);
        break;
    case NOTICE_TEST:
        (void)snprintf(out->title, sizeof out->title, "TEST: drtop can reach you");
        break;
    }
}

static void set_head(const struct notice *n, struct sheet *out)
{
    char title[256];
    set_title(n, out);
    (void)text_clean_str(title, sizeof title, out->title);
    (void)text_copy(out->title, sizeof out->title, title);
    bool id = n->what != NOTICE_TEST;
    char subject[512];
    (void)snprintf(subject, sizeof subject, "%.160s - %.48s%s%s%s", title, n->config->group,
                   id ? " [" : "", id ? n->incident.id : "", id ? "]" : "");
    (void)text_clean_str(out->subject, sizeof out->subject, subject);
    const char *sentence = n->s ? n->s->verdict.sentence : n->sentence;
    if (n->what == NOTICE_TEST) {
        sentence = "This is a test by `drtop notify test`. Nothing has happened.";
    } else if (n->what == NOTICE_CLOSED && n->sentence[0]) {
        sentence = n->sentence;
    }
    (void)text_clean_str(out->sentence, sizeof out->sentence, sentence);
}

/* --- the facts --- */

static void gap_words(const struct gap *g, char *out, size_t size)
{
    char bytes[32] = "bytes unknown", tx[48] = "transactions unknown";
    if (!g->bytes.known && !g->tx.known) {
        (void)text_copy(out, size, "unknown");
        return;
    }
    if (g->bytes.known) {
        sheet_bytes(bytes, sizeof bytes, g->bytes.v);
    }
    if (g->tx.known) {
        (void)snprintf(tx, sizeof tx, "%" PRId64 " transaction%s", g->tx.v,
                       g->tx.v == 1 ? "" : "s");
    }
    (void)snprintf(out, size, "%s, %s", bytes, tx);
}

static void unobserved_words(const struct unobserved *u, char *out, size_t size)
{
    char min[32] = "unknown", max[32] = "unknown", span[32], range[96] = "unknown how much";
    if (!u->seconds.known) {
        (void)text_copy(out, size, "unknown: the primary was never seen");
        return;
    }
    if (u->seconds.v <= 0) {
        (void)text_copy(out, size, "nothing: the primary is in sight");
        return;
    }
    if (u->bytes_min.known) {
        sheet_bytes(min, sizeof min, u->bytes_min.v);
    }
    if (u->bytes_max.known) {
        sheet_bytes(max, sizeof max, u->bytes_max.v);
    }
    sheet_duration(span, sizeof span, (int64_t)(u->seconds.v * 1000));
    if (u->bytes_min.known || u->bytes_max.known) {
        (void)snprintf(range, sizeof range, "at least %s, at most %s", min, max);
    }
    (void)snprintf(out, size, "%s, since the primary was seen %s ago", range, span);
}

static void add_exposure(const struct snapshot *s, struct sheet_part *part)
{
    char words[160];
    gap_words(&s->exposure.not_received, words, sizeof words);
    add_row(part, "Not received", "%s (lost by failing over now)", words);
    gap_words(&s->exposure.not_applied, words, sizeof words);
    add_row(part, "Not applied", "%s (safe once the relay log is applied)", words);
    unobserved_words(&s->exposure.unobserved, words, sizeof words);
    add_row(part, "Unobserved", "%s", words);
}

static void elapsed_words(const struct rto *r, char *out, size_t size)
{
    char min[32], max[32];
    if (!r->elapsed_min_ms.known) {
        (void)text_copy(out, size, "unknown");
        return;
    }
    sheet_duration(min, sizeof min, r->elapsed_min_ms.v);
    if (!r->elapsed_max_ms.known) {
        (void)snprintf(out, size, "at least %s", min);
        return;
    }
    sheet_duration(max, sizeof max, r->elapsed_max_ms.v);
    bool same = strcmp(min, max) == 0;
    (void)snprintf(out, size, "%s%s%s", min, same ? "" : " to ", same ? "" : max);
}

static void add_deadline(const struct rto *r, int64_t wall_ms, struct sheet_part *part)
{
    char at[40], left[32], pipeline[32];
    if (!r->decide_before_wall_ms.known) {
        add_row(part, "Decide before", "unknown: it is not known since when the outage lasts");
        return;
    }
    int64_t left_ms = r->decide_before_wall_ms.v - wall_ms;
    sheet_time(at, sizeof at, r->decide_before_wall_ms.v, true);
    sheet_duration(left, sizeof left, left_ms < 0 ? -left_ms : left_ms);
    sheet_duration(pipeline, sizeof pipeline, r->pipeline_ms);
    add_row(part, "Decide before", "%s, %s%s (a failover takes %s%s)", at,
            left_ms < 0 ? "missed by " : "in ", left, pipeline,
            r->n_runs ? ", by past runs" : ", as configured");
}

static void add_rto(const struct snapshot *s, int64_t wall_ms, struct sheet_part *part)
{
    char elapsed[80], objective[32], good[40] = "unknown";
    const struct rto *r = &s->rto;
    if (!r->running) {
        return;
    }
    elapsed_words(r, elapsed, sizeof elapsed);
    sheet_duration(objective, sizeof objective, r->objective_ms);
    if (r->last_good_wall_ms.known) {
        sheet_time(good, sizeof good, r->last_good_wall_ms.v, true);
    }
    add_row(part, "Outage", "%s of an RTO of %s; last known good: %s", elapsed, objective,
            good);
    add_deadline(r, wall_ms, part);
}

static void add_facts(const struct notice *n, struct sheet_part *part)
{
    const struct verdict *v = &n->s->verdict;
    char at[40];
    sheet_time(at, sizeof at, v->since_wall_ms, true);
    add_row(part, n->what == NOTICE_CLOSED ? "Verdict now" : "Verdict", "%s, %s, since %s",
            verdict_name(v->kind), v->confirmed ? "confirmed" : "suspected", at);
    if (n->what != NOTICE_CLOSED) {
        add_row(part, "What to do", "%s", notify_next_step(v->kind, v->advice));
        add_row(part, "Failing over", "%s%s%s", advice_words(v->advice),
                v->advice_why[0] ? ": " : "", v->advice_why);
    }
    add_rto(n->s, n->wall_ms, part);
    add_exposure(n->s, part);
}

static void add_incident(const struct notice *n, struct sheet_part *part)
{
    char opened[40], closed[40];
    sheet_time(opened, sizeof opened, n->incident.opened_wall_ms, true);
    if (n->what == NOTICE_CLOSED) {
        sheet_time(closed, sizeof closed, n->incident.closed_wall_ms, true);
        add_row(part, "Incident", "%s, from %s to %s", n->incident.id, opened, closed);
    } else {
        add_row(part, "Incident", "%s, since %s", n->incident.id, opened);
    }
}

static void add_evidence(const struct snapshot *s, struct sheet_part *part)
{
    static const char *const answers[] = {
        [TRI_UNKNOWN] = "unknown", [TRI_NO] = "no", [TRI_YES] = "yes"};
    for (int i = 0; i < EVIDENCE_COUNT; i++) {
        const struct evidence *e = &s->evidence[i];
        uint32_t bit = UINT32_C(1) << i;
        char age[48] = "";
        if (!e->watched) {
            continue;
        }
        if (e->age_ms.known) {
            (void)snprintf(age, sizeof age, ", %.1f s old", (double)e->age_ms.v / 1000);
        }
        add_row(part, evidence_label((enum evidence_id)i), "%s%s (%s%s%s%s)%s",
                answers[e->answer], s->verdict.decided & bit ? ", decides" : "",
                route_name(e->route), age, e->detail[0] ? ", " : "", e->detail,
                s->verdict.contradicts & bit ? ", contradicts" : "");
    }
}

static void add_alerts(const struct notice *n, struct sheet_part *part)
{
    size_t left_out = 0;
    for (size_t i = 0; i < n->s->n_alerts; i++) {
        const struct alert *a = &n->s->alerts[i];
        char at[40];
        if (strcmp(a->incident, n->incident.id) != 0) {
            continue;
        }
        if (part->n + 1 >= SHEET_ROWS) {
            left_out++;
            continue;
        }
        sheet_time(at, sizeof at, a->opened_wall_ms, true);
        add_row(part, at, "%s, %s: %s%s%s", alert_severity_key(a->severity),
                alert_state_key(a->state), a->text, a->acked_by[0] ? ", acknowledged by " : "",
                a->acked_by);
    }
    if (left_out) {
        add_row(part, "and more", "%zu", left_out);
    }
}

void sheet_of(const struct notice *n, struct sheet *out)
{
    char at[40];
    memset(out, 0, sizeof *out);
    out->parts[SHEET_FACTS].heading = "";
    out->parts[SHEET_EVIDENCE].heading = "Evidence";
    out->parts[SHEET_ALERTS].heading = "Alerts";
    set_head(n, out);
    if (n->s) {
        add_facts(n, &out->parts[SHEET_FACTS]);
        add_evidence(n->s, &out->parts[SHEET_EVIDENCE]);
        add_alerts(n, &out->parts[SHEET_ALERTS]);
    }
    if (n->what != NOTICE_TEST) {
        add_incident(n, &out->parts[SHEET_FACTS]);
    }
    sheet_time(at, sizeof at, n->wall_ms, true);
    char footer[256];
    (void)snprintf(footer, sizeof footer, "drtop, pair %.60s, as of %s", n->config->group, at);
    (void)text_clean_str(out->footer, sizeof out->footer, footer);
}
