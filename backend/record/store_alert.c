#include "backend/record/store_db.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"

/* A transition is never taken back: who acknowledged or closed an alert in the store has done it,
 * whatever a book says that has not heard of it. */
static const char put_text[] =
    "INSERT INTO alert (kind, subject, severity, state, began_ms, opened_ms, acked_ms,"
    " closed_ms, flapping, muted, peak, text, incident, acked_by, comment)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (kind, subject, opened_ms) DO UPDATE SET"
    " severity = CASE WHEN severity = 'critical' THEN severity ELSE excluded.severity END,"
    " state = CASE WHEN state = 'closed' OR excluded.state = 'open' THEN state"
    "  ELSE excluded.state END,"
    " acked_by = CASE WHEN acked_ms <> 0 THEN acked_by ELSE excluded.acked_by END,"
    " comment = CASE WHEN acked_ms <> 0 THEN comment ELSE excluded.comment END,"
    " acked_ms = CASE WHEN acked_ms <> 0 THEN acked_ms ELSE excluded.acked_ms END,"
    " closed_ms = CASE WHEN closed_ms <> 0 THEN closed_ms ELSE excluded.closed_ms END,"
    " flapping = excluded.flapping,"
    " peak = CASE WHEN peak IS NULL OR excluded.peak > peak THEN excluded.peak ELSE peak END,"
    " text = excluded.text"
    " RETURNING " ALERT_COLUMNS;

static bool severity_from_key(const char *key, enum alert_severity *out)
{
    for (int i = ALERT_WARN; i <= ALERT_CRIT; i++) {
        if (strcmp(key, alert_severity_key((enum alert_severity)i)) == 0) {
            *out = (enum alert_severity)i;
            return true;
        }
    }
    return false;
}

static bool state_from_key(const char *key, enum alert_state *out)
{
    for (int i = ALERT_OPEN; i <= ALERT_CLOSED; i++) {
        if (strcmp(key, alert_state_key((enum alert_state)i)) == 0) {
            *out = (enum alert_state)i;
            return true;
        }
    }
    return false;
}

/* False for a row that a newer drtop wrote in words that this one does not know. */
bool store_alert_read(const struct sql *q, struct store_alert *out)
{
    struct alert a = {.subject = (uint32_t)sql_col_i64(q, 2),
                      .began_wall_ms = sql_col_i64(q, 5),
                      .opened_wall_ms = sql_col_i64(q, 6),
                      .acked_wall_ms = sql_col_i64(q, 7),
                      .closed_wall_ms = sql_col_i64(q, 8),
                      .flapping = sql_col_i64(q, 9) != 0,
                      .muted = sql_col_i64(q, 10) != 0,
                      .peak = sql_col_opt_f64(q, 11)};
    if (!alert_kind_from_name(sql_col_raw(q, 1), &a.kind) ||
        !severity_from_key(sql_col_raw(q, 3), &a.severity) ||
        !state_from_key(sql_col_raw(q, 4), &a.state)) {
        return false;
    }
    sql_col_text(q, 12, a.text, sizeof a.text);
    sql_col_text(q, 13, a.incident, sizeof a.incident);
    sql_col_text(q, 14, a.acked_by, sizeof a.acked_by);
    sql_col_text(q, 15, a.comment, sizeof a.comment);
    *out = (struct store_alert){.id = sql_col_i64(q, 0), .alert = a};
    return true;
}

static bool transition(struct store *st, const struct store_alert *row, enum event_kind kind,
                       struct error *err)
{
    const struct alert *a = &row->alert;
    bool acked = kind == EVENT_ACKED;
    struct event e = {.kind = kind,
                      .at_wall_ms = acked                  ? a->acked_wall_ms
                                    : kind == EVENT_OPENED ? a->opened_wall_ms
                                                           : a->closed_wall_ms};
    (void)text_copy(e.incident, sizeof e.incident, a->incident);
    (void)text_copy(e.who, sizeof e.who, acked ? a->acked_by : "");
    (void)snprintf(e.text, sizeof e.text, "%s: %s", alert_kind_name(a->kind),
                   acked && a->comment[0] ? a->comment : a->text);
    return store_event_once(st, row->id, &e, err);
}

/* The row as it stands in the store now has these behind it. */
static bool put_transitions(struct store *st, const struct store_alert *row, struct error *err)
{
    return transition(st, row, EVENT_OPENED, err) &&
           (row->alert.acked_wall_ms == 0 || transition(st, row, EVENT_ACKED, err)) &&
           (row->alert.closed_wall_ms == 0 || transition(st, row, EVENT_CLOSED, err));
}

static void bind_alert(struct sql *q, const struct alert *a, const char *who,
                       const char *comment)
{
    sql_text(q, alert_kind_name(a->kind));
    sql_i64(q, a->subject);
    sql_text(q, alert_severity_key(a->severity));
    sql_text(q, alert_state_key(a->state));
    sql_i64(q, a->began_wall_ms);
    sql_i64(q, a->opened_wall_ms);
    sql_i64(q, a->acked_wall_ms);
    sql_i64(q, a->closed_wall_ms);
    sql_i64(q, a->flapping);
    sql_i64(q, a->muted);
    sql_opt_f64(q, a->peak);
    sql_text(q, a->text);
    sql_text(q, a->incident);
    sql_text(q, who);
    sql_text(q, comment);
}

bool store_alert_put(struct store *st, const struct alert *a, struct error *err)
{
    if (a->state == ALERT_PENDING) {
        return true; /* nothing has happened yet */
    }
    char who[ALERT_WHO_MAX], comment[ALERT_COMMENT_MAX];
    (void)text_clean_str(who, sizeof who, a->acked_by);
    (void)text_clean_str(comment, sizeof comment, a->comment);
    struct sql q = sql_begin(st, put_text);
    bind_alert(&q, a, who, comment);
    struct store_alert row = {0};
    if (sql_row(&q)) {
        (void)store_alert_read(&q, &row);
    }
    return sql_run(&q, err) && put_transitions(st, &row, err);
}

/* Rows come newest first. */
static int read_all(struct sql *q, struct store_alert *out, int n, struct error *err)
{
    int read = 0;
    while (read < n && sql_row(q)) {
        read += store_alert_read(q, &out[read]);
    }
    for (int i = 0; i < read / 2; i++) {
        struct store_alert swap = out[i];
        out[i] = out[read - 1 - i];
        out[read - 1 - i] = swap;
    }
    return sql_end(q, err) ? read : -1;
}

int store_alerts(struct store *st, struct store_alert *out, int n, struct error *err)
{
    struct sql q = sql_begin(st, "SELECT " ALERT_COLUMNS " FROM alert"
                                 " ORDER BY opened_ms DESC, id DESC LIMIT ?");
    sql_i64(&q, n);
    return read_all(&q, out, n, err);
}

int store_alerts_open(struct store *st, struct store_alert *out, int n, struct error *err)
{
    struct sql q = sql_begin(st, "SELECT " ALERT_COLUMNS " FROM alert WHERE state <> 'closed'"
                                 " ORDER BY opened_ms DESC, id DESC LIMIT ?");
    sql_i64(&q, n);
    return read_all(&q, out, n, err);
}

static bool get_alert(struct store *st, int64_t id, struct store_alert *out, struct error *err)
{
    struct sql q = sql_begin(st, "SELECT " ALERT_COLUMNS " FROM alert WHERE id = ?");
    sql_i64(&q, id);
    bool found = sql_row(&q) && store_alert_read(&q, out);
    if (!sql_end(&q, err)) {
        return false;
    }
    if (!found) {
        error_set(err, "the history has no such alert");
    }
    return found;
}

/* Inside a transaction. */
static bool acknowledge(struct store *st, int64_t id, const char *who, const char *comment,
                        int64_t wall_ms, struct error *err)
{
    struct store_alert row;
    if (!get_alert(st, id, &row, err)) {
        return false;
    }
    if (row.alert.state == ALERT_CLOSED) {
        error_set(err, "the alert is closed already");
        return false;
    }
    if (row.alert.state == ALERT_ACKED) {
        error_set(err, "%s has acknowledged it already", row.alert.acked_by);
        return false;
    }
    row.alert.state = ALERT_ACKED;
    row.alert.acked_wall_ms = wall_ms;
    (void)text_clean_str(row.alert.acked_by, sizeof row.alert.acked_by, who);
    (void)text_clean_str(row.alert.comment, sizeof row.alert.comment, comment);
    return store_alert_put(st, &row.alert, err);
}

bool store_alert_acknowledge(struct store *st, int64_t id, const char *who, const char *comment,
                             int64_t wall_ms, struct error *err)
{
    if (!store_begin(st, true, err)) {
        return false;
    }
    if (acknowledge(st, id, who, comment, wall_ms, err) && store_commit(st, err)) {
        return true;
    }
    store_rollback(st);
    return false;
}
