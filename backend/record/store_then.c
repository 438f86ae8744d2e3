#include "backend/record/store_then.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/text.h"

#define SECONDS_NEAR 3 /* the recorder writes one a second; a late one is no hole */
#define FIGURE_MAX   1e15

/* --- what can be reckoned with */

static int64_t sane_ms(int64_t ms)
{
    return ms >= 0 && ms <= THEN_MAX_MS ? ms : 0;
}

static void sane_f64(struct opt_f64 *v)
{
    v->known = v->known && isfinite(v->v) && v->v >= 0 && v->v <= FIGURE_MAX;
}

static void sane_i64(struct opt_i64 *v, int64_t max)
{
    v->known = v->known && v->v >= 0 && v->v <= max;
}

static void sane_sample(struct store_sample *s)
{
    sane_f64(&s->lag_s);
    sane_f64(&s->rtt_ms);
    sane_f64(&s->write_rate);
    sane_f64(&s->lag_at_least_s);
    sane_i64(&s->not_received_b, INT64_MAX);
    sane_i64(&s->not_received_tx, INT64_MAX);
    sane_i64(&s->not_applied_b, INT64_MAX);
    sane_i64(&s->unseen_min_b, INT64_MAX);
    sane_i64(&s->unseen_max_b, INT64_MAX);
    sane_i64(&s->last_good_wall_ms, THEN_MAX_MS);
    sane_i64(&s->first_bad_wall_ms, THEN_MAX_MS);
    sane_i64(&s->app_status, 999);
}

/* --- samples */

static const char *columns(const struct store *st, enum then_grain grain)
{
    bool full = store_has_scenes(st);
    if (grain == THEN_SECOND) {
        return full ? SAMPLE_COLUMNS : SAMPLE_COLUMNS_2;
    }
    return full ? MINUTE_COLUMNS : MINUTE_COLUMNS_2;
}

static bool one(struct store *st, enum then_grain grain, const char *where, int64_t a,
                int64_t b, struct store_sample *out, bool *out_found, struct error *err)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "SELECT %s FROM %s WHERE %s LIMIT 1", columns(st, grain),
                   grain == THEN_SECOND ? "sample" : "sample_minute", where);
    struct sql q = sql_begin(st, text);
    sql_i64(&q, a);
    sql_i64(&q, b);
    bool found = sql_row(&q);
    if (found) {
        store_sample_read(&q, out);
        sane_sample(out);
    }
    *out_found = found;
    return sql_end(&q, err);
}

bool store_then_sample(struct store *st, int64_t wall_ms, struct store_sample *out,
                       enum then_grain *out_grain, struct error *err)
{
    bool found;
    int64_t at_s = wall_ms / 1000, minute = wall_ms / 60000;
    *out_grain = THEN_NOTHING;
    if (!one(st, THEN_SECOND, "at_s > ?1 - ?2 AND at_s <= ?1 ORDER BY at_s DESC", at_s,
             SECONDS_NEAR, out, &found, err)) {
        return false;
    }
    if (found) {
        *out_grain = THEN_SECOND;
        return true;
    }
    /* A minute that still has seconds, and none here, was not recorded here. */
    if (!one(st, THEN_MINUTE,
             "at_min = ?1 AND NOT EXISTS (SELECT 1 FROM sample"
             " WHERE at_s >= ?1 * 60 AND at_s < ?1 * 60 + ?2)",
             minute, 60, out, &found, err)) {
        return false;
    }
    *out_grain = found ? THEN_MINUTE : THEN_NOTHING;
    return true;
}

bool store_then_last(struct store *st, const char *column, int64_t wall_ms,
                     struct store_sample *out, bool *out_found, struct error *err)
{
    char where[160];
    *out_found = false;
    if (!store_has_scenes(st)) {
        return true;
    }
    (void)snprintf(where, sizeof where,
                   "at_s > ?1 - ?2 AND at_s <= ?1 AND %s IS NOT NULL ORDER BY at_s DESC",
                   column);
    if (!one(st, THEN_SECOND, where, wall_ms / 1000, THEN_BACK_MS / 1000, out, out_found,
             err)) {
        return false;
    }
    if (*out_found) {
        return true;
    }
    (void)snprintf(where, sizeof where,
                   "at_min > ?1 - ?2 AND at_min <= ?1 AND %s IS NOT NULL ORDER BY at_min DESC",
                   column);
    return one(st, THEN_MINUTE, where, wall_ms / 60000, THEN_BACK_MS / 60000, out, out_found,
               err);
}

static struct then_minute read_minute(const struct sql *q, int i)
{
    struct then_minute m = {.n = sql_col_i64(q, i),
                            .lag_n = sql_col_i64(q, i + 1),
                            .lag_min_s = sql_col_opt_f64(q, i + 2),
                            .lag_avg_s = sql_col_opt_f64(q, i + 3)};
    sane_f64(&m.lag_min_s);
    sane_f64(&m.lag_avg_s);
    m.n = m.n < 0 ? 0 : m.n > 60 ? 60 : m.n;
    m.lag_n = m.lag_n < 0 ? 0 : m.lag_n > m.n ? m.n : m.lag_n;
    return m;
}

bool store_then_walk(struct store *st, enum then_grain grain, int64_t from_wall_ms,
                     int64_t to_wall_ms,
                     void (*each)(void *self, const struct store_sample *s,
                                  const struct then_minute *m),
                     void *self, struct error *err)
{
    char text[1024];
    struct store_sample s;
    bool seconds = grain == THEN_SECOND;
    (void)snprintf(text, sizeof text,
                   "SELECT %s%s FROM %s WHERE %s >= ? AND %s <= ? ORDER BY %s",
                   columns(st, grain), seconds ? "" : ", n, lag_n, lag_min, lag_avg",
                   seconds ? "sample" : "sample_minute", seconds ? "at_s" : "at_min",
                   seconds ? "at_s" : "at_min", seconds ? "at_s" : "at_min");
    struct sql q = sql_begin(st, text);
    sql_i64(&q, from_wall_ms / (seconds ? 1000 : 60000));
    sql_i64(&q, to_wall_ms / (seconds ? 1000 : 60000));
    while (sql_row(&q)) {
        store_sample_read(&q, &s);
        sane_sample(&s);
        struct then_minute m = seconds ? (struct then_minute){0} : read_minute(&q, 25);
        each(self, &s, seconds ? NULL : &m);
    }
    return sql_end(&q, err);
}

/* --- alerts */

/* What was said of it when it opened: what the row says now may have been learned later. */
static bool first_words(struct store *st, struct store_alert *row, struct error *err)
{
    char text[sizeof row->alert.text + 32], prefix[32];
    struct sql q =
        sql_begin(st, "SELECT text FROM event WHERE alert = ? AND kind = 'opened' LIMIT 1");
    sql_i64(&q, row->id);
    if (sql_row(&q)) {
        sql_col_text(&q, 0, text, sizeof text);
        int n = snprintf(prefix, sizeof prefix, "%s: ", alert_kind_name(row->alert.kind));
        bool named = strncmp(text, prefix, (size_t)n) == 0;
        (void)text_copy(row->alert.text, sizeof row->alert.text, text + (named ? n : 0));
    }
    return sql_end(&q, err);
}

/* Back to what it was. */
static bool turn_back(struct store *st, struct store_alert *row, int64_t wall_ms,
                      struct error *err)
{
    struct alert *a = &row->alert;
    a->began_wall_ms = sane_ms(a->began_wall_ms);
    a->opened_wall_ms = sane_ms(a->opened_wall_ms);
    a->acked_wall_ms = sane_ms(a->acked_wall_ms);
    a->closed_wall_ms = sane_ms(a->closed_wall_ms);
    sane_f64(&a->peak);
    if (a->acked_wall_ms > wall_ms) {
        a->acked_wall_ms = 0;
        a->acked_by[0] = a->comment[0] = '\0';
    }
    bool closed = a->closed_wall_ms != 0 && a->closed_wall_ms <= wall_ms;
    a->state = closed ? ALERT_CLOSED : a->acked_wall_ms ? ALERT_ACKED : ALERT_OPEN;
    if (closed) {
        return true;
    }
    a->closed_wall_ms = 0;
    a->peak = (struct opt_f64){0};
    a->flapping = false;
    return first_words(st, row, err);
}

int store_then_alerts(struct store *st, int64_t wall_ms, struct store_alert *out, int n,
                      struct error *err)
{
    int read = 0;
    struct sql q = sql_begin(st, "SELECT " ALERT_COLUMNS " FROM alert WHERE opened_ms <= ?"
                                 " ORDER BY opened_ms DESC, id DESC LIMIT ?");
    sql_i64(&q, wall_ms);
    sql_i64(&q, n);
    while (read < n && sql_row(&q)) {
        read += store_alert_read(&q, &out[read]);
    }
    if (!sql_end(&q, err)) {
        return -1;
    }
    for (int i = 0; i < read; i++) {
        if (!turn_back(st, &out[i], wall_ms, err)) {
            return -1;
        }
    }
    for (int i = 0; i < read / 2; i++) {
        struct store_alert swap = out[i];
        out[i] = out[read - 1 - i];
        out[read - 1 - i] = swap;
    }
    return read;
}

/* --- the timeline */

int store_then_events(struct store *st, int64_t wall_ms, struct event *out, int n,
                      struct error *err)
{
    int read = 0;
    struct sql q = sql_begin(st, "SELECT " EVENT_COLUMNS " FROM event WHERE at_ms <= ?"
                                 " ORDER BY at_ms DESC, id DESC LIMIT ?");
    sql_i64(&q, wall_ms);
    sql_i64(&q, n);
    while (read < n && sql_row(&q)) {
        read += store_event_read(&q, &out[read]);
    }
    if (!sql_end(&q, err)) {
        return -1;
    }
    for (int i = 0; i < read; i++) {
        out[i].at_wall_ms = sane_ms(out[i].at_wall_ms);
    }
    for (int i = 0; i < read / 2; i++) {
        struct event swap = out[i];
        out[i] = out[read - 1 - i];
        out[read - 1 - i] = swap;
    }
    return read;
}

bool store_then_incident(struct store *st, int64_t wall_ms, struct incident *out,
                         struct error *err)
{
    struct incident i = {0};
    struct sql q =
        sql_begin(st, "SELECT id, opened_ms, closed_ms, severity FROM incident"
                      " WHERE opened_ms <= ? ORDER BY opened_ms DESC, id DESC LIMIT 1");
    sql_i64(&q, wall_ms);
    if (sql_row(&q)) {
        sql_col_text(&q, 0, i.id, sizeof i.id);
        i.opened_ms = i.opened_wall_ms = sane_ms(sql_col_i64(&q, 1));
        i.closed_wall_ms = sane_ms(sql_col_i64(&q, 2));
        i.closed_wall_ms = i.closed_wall_ms <= wall_ms ? i.closed_wall_ms : 0;
        i.open = i.closed_wall_ms == 0;
        bool critical = strcmp(sql_col_raw(&q, 3), alert_severity_key(ALERT_CRIT)) == 0;
        i.severity = critical ? ALERT_CRIT : ALERT_WARN;
    }
    *out = i;
    return sql_end(&q, err);
}

bool store_then_runs(struct store *st, int64_t wall_ms, struct rto_runs *out, struct error *err)
{
    struct sql q =
        sql_begin(st, "SELECT took_ms, started_ms FROM run WHERE ok = 1"
                      " AND took_ms BETWEEN 0 AND 31536000000"
                      " AND started_ms BETWEEN 0 AND ?1 AND started_ms + took_ms <= ?1"
                      " ORDER BY started_ms DESC, id DESC LIMIT ?2");
    sql_i64(&q, wall_ms);
    sql_i64(&q, STORE_RUNS_MAX);
    return store_runs_read(&q, out, err);
}

bool store_then_verdict(struct store *st, int64_t wall_ms, struct then_verdict *out,
                        struct error *err)
{
    struct then_verdict v = {0};
    char kind[48];
    struct sql q = sql_begin(
        st,
        "SELECT at_ms, data, CASE WHEN json_valid(data) THEN json_extract(data, '$.verdict')"
        " END FROM event WHERE kind = 'verdict' AND at_ms <= ?"
        " ORDER BY at_ms DESC, id DESC LIMIT 2");
    sql_i64(&q, wall_ms);
    if (sql_row(&q)) {
        v.at_wall_ms = v.since_wall_ms = sane_ms(sql_col_i64(&q, 0));
        v.data = mem_strdup(sql_col_raw(&q, 1));
        sql_col_text(&q, 2, kind, sizeof kind);
        /* It was suspected first, and confirmed when that had held. */
        if (sql_row(&q) && kind[0] && strcmp(sql_col_raw(&q, 2), kind) == 0) {
            v.since_wall_ms = sane_ms(sql_col_i64(&q, 0));
        }
    }
    *out = v;
    return sql_end(&q, err);
}

/* --- where to go */

static bool ask_i64(struct store *st, const char *text, const char *text_param,
                    struct opt_i64 *out, int64_t param, struct error *err)
{
    struct opt_i64 v = {0};
    struct sql q = sql_begin(st, text);
    if (text_param) {
        sql_text(&q, text_param);
    } else if (sqlite3_bind_parameter_count(q.stmt) > 0) {
        sql_i64(&q, param);
    }
    if (sql_row(&q)) {
        v = sql_col_opt_i64(&q, 0);
    }
    sane_i64(&v, THEN_MAX_MS);
    *out = v;
    return sql_end(&q, err);
}

bool store_then_span(struct store *st, int64_t *out_first_wall_ms, int64_t *out_last_wall_ms,
                     bool *out_found, struct error *err)
{
    struct opt_i64 first, last;
    if (!ask_i64(st,
                 "SELECT min(t) FROM (SELECT min(at_s) * 1000 AS t FROM sample WHERE at_s > 0"
                 " UNION ALL SELECT min(at_min) * 60000 FROM sample_minute WHERE at_min > 0)",
                 NULL, &first, 0, err) ||
        !ask_i64(st,
                 "SELECT max(t) FROM (SELECT max(at_s) * 1000 AS t FROM sample"
                 " WHERE at_s <= 253402300799 UNION ALL SELECT max(at_min) * 60000"
                 " FROM sample_minute WHERE at_min <= 4223371679)",
                 NULL, &last, 0, err)) {
        return false;
    }
    *out_found = first.known && last.known && first.v <= last.v;
    *out_first_wall_ms = *out_found ? first.v : 0;
    *out_last_wall_ms = *out_found ? last.v : 0;
    return true;
}

bool store_then_next(struct store *st, enum then_what what, bool after, int64_t wall_ms,
                     struct opt_i64 *out_wall_ms, struct error *err)
{
    static const char *const texts[2][2] = {
        [THEN_ALERT] = {"SELECT max(opened_ms) FROM alert WHERE opened_ms < ?",
                        "SELECT min(opened_ms) FROM alert WHERE opened_ms > ?"},
        [THEN_INCIDENT] = {"SELECT max(opened_ms) FROM incident WHERE opened_ms < ?",
                           "SELECT min(opened_ms) FROM incident WHERE opened_ms > ?"},
    };
    return ask_i64(st, texts[what][after], NULL, out_wall_ms, wall_ms, err);
}

bool store_then_incident_began(struct store *st, const char *id, struct opt_i64 *out_wall_ms,
                               struct error *err)
{
    return ask_i64(st, "SELECT opened_ms FROM incident WHERE id = ?", id, out_wall_ms, 0, err);
}
