#include "backend/record/report_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/record/store_db.h"

#define EVENTS_MAX      2000
#define LAST_GOOD_MS    600000 /* so long before an incident its last good moment may lie */
#define ATTEMPT_TAIL_MS 600000 /* so long after an attempt an event may belong to it */

/* What the report is about, and from when to when. */
struct subject {
    struct store *st;
    const struct config *cfg;
    char id[80];
    bool is_incident;
    int64_t from_ms, to_ms; /* to_ms 0: not over */
    int64_t wall_ms;
    struct error *err;
};

static void add(struct json_object *o, const char *key, struct json_object *value)
{
    (void)json_object_object_add(o, key, value);
}

static struct json_object *seconds(int64_t ms)
{
    char digits[40];
    (void)snprintf(digits, sizeof digits, "%.3f", (double)ms / 1000);
    return json_object_new_double_s((double)ms / 1000, digits);
}

static void add_text(struct json_object *o, const char *key, const char *text)
{
    add(o, key, text ? json_object_new_string(text) : NULL);
}

/* "2026-11-22T14:02:07Z"; null for 0. */
static void add_time(struct json_object *o, const char *key, int64_t wall_ms)
{
    char text[32];
    struct tm tm;
    time_t s = (time_t)(wall_ms / 1000);
    bool known = wall_ms > 0 && gmtime_r(&s, &tm) &&
                 strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0;
    add_text(o, key, known ? text : NULL);
}

static void add_column(struct json_object *o, const char *key, const struct sql *q, int i)
{
    char text[1024];
    sql_col_text(q, i, text, sizeof text);
    add_text(o, key, text[0] ? text : NULL);
}

static void add_opt(struct json_object *o, const char *key, struct opt_i64 v)
{
    add(o, key, v.known ? json_object_new_int64(v.v) : NULL);
}

/* JSON that the journal keeps; null when it cannot be read. */
static void add_kept(struct json_object *o, const char *key, const struct sql *q, int i)
{
    add(o, key, json_tokener_parse(sql_col_raw(q, i)));
}

/* A store that only an older drtop has written has no journal. */
static bool has_journal(const struct subject *s)
{
    return s->st->schema >= 2;
}

/* --- the subject */

static bool find_incident(struct subject *s, const char *id, struct json_object *out)
{
    struct sql q = sql_begin(s->st, id ? "SELECT id, opened_ms, closed_ms, severity, sentence"
                                         " FROM incident WHERE id = ?"
                                       : "SELECT id, opened_ms, closed_ms, severity, sentence"
                                         " FROM incident ORDER BY opened_ms DESC LIMIT 1");
    if (id) {
        sql_text(&q, id);
    }
    if (sql_row(&q)) {
        s->is_incident = true;
        sql_col_text(&q, 0, s->id, sizeof s->id);
        s->from_ms = sql_col_i64(&q, 1);
        s->to_ms = sql_col_i64(&q, 2);
        add_text(out, "id", s->id);
        add_time(out, "opened", s->from_ms);
        add_time(out, "closed", s->to_ms);
        add_column(out, "severity", &q, 3);
        add_column(out, "sentence", &q, 4);
    }
    return sql_end(&q, s->err);
}

static bool find_attempt(struct subject *s, const char *id)
{
    if (!has_journal(s)) {
        return true;
    }
    struct sql q =
        sql_begin(s->st, "SELECT intended_ms, ended_ms FROM attempt WHERE request_id = ?");
    sql_text(&q, id);
    if (sql_row(&q)) {
        (void)text_clean_str(s->id, sizeof s->id, id);
        s->from_ms = sql_col_i64(&q, 0);
        s->to_ms = sql_col_i64(&q, 1);
    }
    return sql_end(&q, s->err);
}

/* --- its parts */

static bool collect_alerts(struct subject *s, struct json_object *list)
{
    struct sql q = sql_begin(s->st, "SELECT kind, severity, state, opened_ms, closed_ms,"
                                    " acked_ms, acked_by, comment, text FROM alert"
                                    " WHERE incident = ? ORDER BY opened_ms, id");
    sql_text(&q, s->id);
    while (sql_row(&q)) {
        struct json_object *o = json_object_new_object();
        add_column(o, "kind", &q, 0);
        add_column(o, "severity", &q, 1);
        add_column(o, "state", &q, 2);
        add_time(o, "opened", sql_col_i64(&q, 3));
        add_time(o, "closed", sql_col_i64(&q, 4));
        add_time(o, "acknowledged", sql_col_i64(&q, 5));
        add_column(o, "acknowledged_by", &q, 6);
        add_column(o, "comment", &q, 7);
        add_column(o, "text", &q, 8);
        (void)json_object_array_add(list, o);
    }
    return sql_end(&q, s->err);
}

static bool collect_phases(struct subject *s, int64_t attempt, struct json_object *list)
{
    struct sql q = sql_begin(s->st, "SELECT phase, took_ms, ok FROM attempt_phase"
                                    " WHERE attempt = ? ORDER BY rowid");
    sql_i64(&q, attempt);
    while (sql_row(&q)) {
        struct json_object *o = json_object_new_object();
        add_column(o, "phase", &q, 0);
        add(o, "took_seconds", seconds(sql_col_i64(&q, 1)));
        add(o, "ok", json_object_new_boolean(sql_col_i64(&q, 2) != 0));
        (void)json_object_array_add(list, o);
    }
    return sql_end(&q, s->err);
}

static struct json_object *attempt_json(const struct sql *q)
{
    static const char *const texts[] = {"state",  "verb",    "job",  "operator",     "second",
                                        "reason", "outcome", "said", "promised_loss"};
    struct json_object *o = json_object_new_object();
    add_column(o, "request_id", q, 1);
    add(o, "drill", json_object_new_boolean(sql_col_i64(q, 2) != 0));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        add_column(o, texts[i], q, 3 + (int)i);
    }
    add_time(o, "decided", sql_col_i64(q, 12));
    add_time(o, "sent", sql_col_i64(q, 13));
    add_time(o, "ended", sql_col_i64(q, 14));
    int64_t ended_ms = sql_col_i64(q, 14), took_ms = ended_ms - sql_col_i64(q, 12);
    add(o, "took_seconds", ended_ms ? seconds(took_ms) : NULL);
    add(o, "requests", json_object_new_int64(sql_col_i64(q, 15)));
    add_opt(o, "queue_item", sql_col_opt_i64(q, 16));
    add_opt(o, "build", sql_col_opt_i64(q, 17));
    add_column(o, "acknowledged_by", q, 18);
    add_column(o, "comment", q, 19);
    add_time(o, "acknowledged", sql_col_i64(q, 20));
    add_kept(o, "parameters", q, 21);
    add_kept(o, "preflight", q, 22);
    return o;
}

#define ATTEMPT_COLUMNS                                                                        \
    "SELECT id, request_id, drill, state, verb, job, operator, second, reason, outcome, said," \
    " promised, intended_ms, sent_ms, ended_ms, posts, queue_id, build, acked_by,"             \
    " ack_comment, acked_ms, parameters, preflight FROM attempt WHERE "

static bool collect_attempts(struct subject *s, struct json_object *list)
{
    int64_t ids[32];
    size_t n = 0;
    if (!has_journal(s)) {
        return true;
    }
    struct sql q =
        sql_begin(s->st, s->is_incident ? ATTEMPT_COLUMNS "incident = ? ORDER BY id LIMIT 32"
                                        : ATTEMPT_COLUMNS "request_id = ?");
    sql_text(&q, s->id);
    while (n < sizeof ids / sizeof ids[0] && sql_row(&q)) {
        ids[n++] = sql_col_i64(&q, 0);
        (void)json_object_array_add(list, attempt_json(&q));
    }
    if (!sql_end(&q, s->err)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct json_object *phases = json_object_new_array();
        add(json_object_array_get_idx(list, i), "phases", phases);
        if (!collect_phases(s, ids[i], phases)) {
            return false;
        }
    }
    return true;
}

static bool collect_events(struct subject *s, struct json_object *list)
{
    struct sql q =
        sql_begin(s->st, s->is_incident
                             ? "SELECT at_ms, kind, who, text, data FROM event"
                               " WHERE incident = ?1 ORDER BY at_ms, id LIMIT ?4"
                             : "SELECT at_ms, kind, who, text, data FROM event"
                               " WHERE at_ms BETWEEN ?2 AND ?3 AND kind IN ('failover', 'note',"
                               " 'verdict') ORDER BY at_ms, id LIMIT ?4");
    sql_text(&q, s->id);
    sql_i64(&q, s->from_ms);
    sql_i64(&q, s->to_ms ? s->to_ms + ATTEMPT_TAIL_MS : s->wall_ms);
    sql_i64(&q, EVENTS_MAX);
    while (sql_row(&q)) {
        struct json_object *o = json_object_new_object();
        add_time(o, "at", sql_col_i64(&q, 0));
        add_column(o, "kind", &q, 1);
        add_column(o, "who", &q, 2);
        add_column(o, "text", &q, 3);
        add_kept(o, "data", &q, 4);
        (void)json_object_array_add(list, o);
    }
    return sql_end(&q, s->err);
}

/* --- promised against measured */

/* As it stood on the screen at the decision. */
static bool good_at_decision(struct subject *s, struct opt_i64 *out)
{
    *out = (struct opt_i64){0};
    if (!has_journal(s)) {
        return true;
    }
    struct sql q = sql_begin(s->st, "SELECT json_extract(preflight, '$.last_good_ms')"
                                    " FROM attempt WHERE drill = 0 AND"
                                    " (incident = ?1 OR request_id = ?1) ORDER BY id LIMIT 1");
    sql_text(&q, s->id);
    if (sql_row(&q)) {
        *out = sql_col_opt_i64(&q, 0);
    }
    return sql_end(&q, s->err);
}

/* The last good moment of the incident's outage, as far as it is still remembered: an outage that
 * has ended is forgotten. */
static bool last_good(struct subject *s, struct opt_i64 *out)
{
    if (!good_at_decision(s, out) || out->known) {
        return out->known;
    }
    struct sql q = sql_begin(s->st, "SELECT last_good_ms FROM memory WHERE id = 1");
    if (sql_row(&q)) {
        struct opt_i64 at = sql_col_opt_i64(&q, 0);
        bool ours = at.known && s->is_incident && at.v <= s->from_ms &&
                    s->from_ms - at.v <= LAST_GOOD_MS;
        *out = ours ? at : (struct opt_i64){0};
    }
    return sql_end(&q, s->err);
}

/* When the DR site was seen to serve; 0: not. */
static bool served(struct subject *s, int64_t *out_ms)
{
    *out_ms = 0;
    if (!has_journal(s)) {
        return true;
    }
    struct sql q = sql_begin(s->st, "SELECT ended_ms FROM attempt WHERE state = 'verified' AND"
                                    " drill = 0 AND (incident = ?1 OR request_id = ?1)"
                                    " ORDER BY id DESC LIMIT 1");
    sql_text(&q, s->id);
    *out_ms = sql_row(&q) ? sql_col_i64(&q, 0) : 0;
    return sql_end(&q, s->err);
}

/* Where the old primary was seen after the failover: only then can what it had be compared. */
static bool seen_again(struct subject *s, int64_t served_ms, char *out, size_t size)
{
    struct sql q = sql_begin(s->st, "SELECT primary_at_ms, primary_file, primary_pos"
                                    " FROM memory WHERE id = 1");
    (void)snprintf(out, size, "cannot know: the old primary has not been read since");
    if (sql_row(&q)) {
        struct opt_i64 at = sql_col_opt_i64(&q, 0);
        if (at.known && served_ms > 0 && at.v > served_ms) {
            char file[128];
            sql_col_text(&q, 1, file, sizeof file);
            (void)snprintf(
                out, size,
                "cannot know by itself: the old primary was read again and stands at "
                "%s:%lld; compare that with what the replica had received",
                file, (long long)sql_col_i64(&q, 2));
        }
    }
    if (served_ms == 0) {
        (void)snprintf(out, size, "nothing: the database has not been moved");
    }
    return sql_end(&q, s->err);
}

static bool promised_loss(struct subject *s, struct json_object *o)
{
    if (!has_journal(s)) {
        add(o, "loss_promised", NULL);
        return true;
    }
    struct sql q = sql_begin(s->st, "SELECT promised FROM attempt WHERE drill = 0 AND"
                                    " (incident = ?1 OR request_id = ?1) ORDER BY id DESC"
                                    " LIMIT 1");
    sql_text(&q, s->id);
    if (sql_row(&q)) {
        add_column(o, "loss_promised", &q, 0);
    } else {
        add(o, "loss_promised", NULL);
    }
    return sql_end(&q, s->err);
}

static bool collect_figures(struct subject *s, struct json_object *o)
{
    struct opt_i64 good;
    int64_t served_ms;
    char loss[256];
    if (!last_good(s, &good) || !served(s, &served_ms) || !promised_loss(s, o) ||
        !seen_again(s, served_ms, loss, sizeof loss)) {
        return false;
    }
    int64_t from_ms = good.known ? good.v : s->from_ms;
    int64_t end_ms = served_ms ? served_ms : s->to_ms;
    bool measured = (s->is_incident || good.known) && end_ms > from_ms;
    add(o, "rto_promised_seconds", seconds(s->cfg->objectives.rto_ms));
    add(o, "rto_measured_seconds", measured ? seconds(end_ms - from_ms) : NULL);
    add_time(o, "last_good", good.known ? good.v : 0);
    add_text(o, "rto_from",
             good.known ? "the last good moment of the primary"
                        : "the beginning of the incident: at least");
    add_time(o, "dr_serves_since", served_ms);
    add_text(o, "loss_measured", loss);
    return true;
}

/* --- the whole */

static bool collect_all(struct subject *s, struct json_object *o)
{
    struct json_object *figures = json_object_new_object(), *alerts = json_object_new_array();
    struct json_object *attempts = json_object_new_array(), *events = json_object_new_array();
    add(o, "figures", figures);
    add(o, "attempts", attempts);
    add(o, "alerts", alerts);
    add(o, "timeline", events);
    return collect_figures(s, figures) && collect_attempts(s, attempts) &&
           (!s->is_incident || collect_alerts(s, alerts)) && collect_events(s, events);
}

enum report_end report_collect(struct store *st, const struct config *cfg, const char *id,
                               int64_t wall_ms, struct json_object **out, struct error *err)
{
    struct subject s = {.st = st, .cfg = cfg, .wall_ms = wall_ms, .err = err};
    struct json_object *o = json_object_new_object(), *incident = json_object_new_object();
    id = id && id[0] ? id : NULL;
    bool ok = find_incident(&s, id, incident) && (s.is_incident || !id || find_attempt(&s, id));
    add_text(o, "id", s.id);
    add_text(o, "group", cfg->group);
    add_text(o, "primary", cfg->primary.name);
    add_text(o, "dr", cfg->dr.name);
    add_time(o, "written", wall_ms);
    add(o, "incident", s.is_incident ? incident : NULL);
    if (!s.is_incident) {
        (void)json_object_put(incident);
    }
    if (ok && s.id[0] && collect_all(&s, o)) {
        *out = o;
        return REPORT_DONE;
    }
    (void)json_object_put(o);
    if (ok && !s.id[0]) {
        error_set(err,
                  id ? "the record knows no incident and no attempt %.80s"
                     : "the record knows no incident%s",
                  id ? id : "");
        return REPORT_ABSENT;
    }
    return REPORT_FAILED;
}
