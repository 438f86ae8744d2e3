/* The timeline, and the incidents that it is filed under. */
#include "backend/record/store_db.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"

const char *event_kind_key(enum event_kind kind)
{
    static const char *const keys[EVENT_KINDS] = {
        [EVENT_VERDICT] = "verdict",   [EVENT_OPENED] = "opened",
        [EVENT_ACKED] = "acked",       [EVENT_CLOSED] = "closed",
        [EVENT_NOTE] = "note",         [EVENT_RECORDER] = "recorder",
        [EVENT_SENT] = "sent",         [EVENT_INCIDENT] = "incident",
        [EVENT_FAILOVER] = "failover", [EVENT_ALARM] = "alarm",
    };
    return keys[kind];
}

static bool kind_from_key(const char *key, enum event_kind *out)
{
    for (int i = 0; i < EVENT_KINDS; i++) {
        if (strcmp(key, event_kind_key((enum event_kind)i)) == 0) {
            *out = (enum event_kind)i;
            return true;
        }
    }
    return false;
}

/* alert 0: of none. */
static bool put_event(struct store *st, int64_t alert, const struct event *e, const char *data,
                      struct error *err)
{
    char who[sizeof e->who], text[sizeof e->text];
    (void)text_clean_str(who, sizeof who, e->who);
    (void)text_clean_str(text, sizeof text, e->text);
    struct sql q = sql_begin(st, "INSERT INTO event (at_ms, kind, incident, alert, who, text,"
                                 " data) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    sql_i64(&q, e->at_wall_ms);
    sql_text(&q, event_kind_key(e->kind));
    sql_text(&q, e->incident);
    sql_opt_i64(&q, (struct opt_i64){.known = alert != 0, .v = alert});
    sql_text(&q, who);
    sql_text(&q, text);
    sql_text(&q, data);
    return sql_run(&q, err);
}

bool store_event_once(struct store *st, int64_t alert, const struct event *e, struct error *err)
{
    return put_event(st, alert, e, NULL, err);
}

bool store_event_put(struct store *st, const struct event *e, const char *data,
                     struct error *err)
{
    return put_event(st, 0, e, data, err);
}

bool store_event_put_new(struct store *st, const struct event *e, struct error *err)
{
    char who[sizeof e->who], text[sizeof e->text];
    (void)text_clean_str(who, sizeof who, e->who);
    (void)text_clean_str(text, sizeof text, e->text);
    struct sql q = sql_begin(st, "INSERT INTO event (at_ms, kind, incident, who, text)"
                                 " SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (SELECT 1"
                                 " FROM event WHERE kind = ?2 AND at_ms = ?1 AND who = ?4"
                                 " AND text = ?5)");
    sql_i64(&q, e->at_wall_ms);
    sql_text(&q, event_kind_key(e->kind));
    sql_text(&q, e->incident);
    sql_text(&q, who);
    sql_text(&q, text);
    return sql_run(&q, err);
}

bool store_note(struct store *st, const char *who, const char *text, int64_t wall_ms,
                struct error *err)
{
    struct event e = {.kind = EVENT_NOTE, .at_wall_ms = wall_ms};
    (void)text_clean_str(e.who, sizeof e.who, who);
    (void)text_clean_str(e.text, sizeof e.text, text);
    if (!store_begin(st, true, err)) {
        return false;
    }
    if (store_incident_open(st, e.incident, err) && store_event_put(st, &e, NULL, err) &&
        store_commit(st, err)) {
        return true;
    }
    store_rollback(st);
    return false;
}

bool store_event_read(const struct sql *q, struct event *out)
{
    struct event e = {.id = sql_col_i64(q, 0), .at_wall_ms = sql_col_i64(q, 1)};
    if (!kind_from_key(sql_col_raw(q, 2), &e.kind)) {
        return false;
    }
    sql_col_text(q, 3, e.incident, sizeof e.incident);
    sql_col_text(q, 4, e.who, sizeof e.who);
    sql_col_text(q, 5, e.text, sizeof e.text);
    *out = e;
    return true;
}

int store_events(struct store *st, const char *incident, struct event *out, int n,
                 struct error *err)
{
    struct sql q = sql_begin(st, incident ? "SELECT id, at_ms, kind, incident, who, text"
                                            " FROM event WHERE incident = ?"
                                            " ORDER BY id DESC LIMIT ?"
                                          : "SELECT id, at_ms, kind, incident, who, text"
                                            " FROM event ORDER BY id DESC LIMIT ?");
    if (incident) {
        sql_text(&q, incident);
    }
    sql_i64(&q, n);
    int read = 0;
    while (read < n && sql_row(&q)) {
        read += store_event_read(&q, &out[read]);
    }
    for (int i = 0; i < read / 2; i++) {
        struct event swap = out[i];
        out[i] = out[read - 1 - i];
        out[read - 1 - i] = swap;
    }
    return sql_end(&q, err) ? read : -1;
}

bool store_verdict_newest(struct store *st, enum verdict_kind *out_kind, bool *out_confirmed,
                          bool *out_found, struct error *err)
{
    struct sql q = sql_begin(st, "SELECT json_extract(data, '$.verdict'),"
                                 " json_extract(data, '$.confirmed') FROM event"
                                 " WHERE kind = 'verdict' AND json_valid(data)"
                                 " ORDER BY id DESC LIMIT 1");
    enum verdict_kind kind = VERDICT_UNKNOWN;
    bool found = sql_row(&q) && verdict_from_key(sql_col_raw(&q, 0), &kind);
    bool confirmed = found && sql_col_i64(&q, 1) != 0;
    if (!sql_end(&q, err)) {
        return false;
    }
    *out_kind = kind;
    *out_confirmed = confirmed;
    *out_found = found;
    return true;
}

/* What the store has of an incident: nothing, its beginning, its end too. */
static bool incident_known(struct store *st, const char *id, bool *out_begun, bool *out_over,
                           struct error *err)
{
    struct sql q = sql_begin(st, "SELECT closed_ms FROM incident WHERE id = ?");
    sql_text(&q, id);
    bool begun = sql_row(&q);
    bool over = begun && sql_col_i64(&q, 0) != 0;
    if (!sql_end(&q, err)) {
        return false;
    }
    *out_begun = begun;
    *out_over = over;
    return true;
}

static bool put_incident(struct store *st, const struct incident *i, const char *sentence,
                         struct error *err)
{
    struct sql q =
        sql_begin(st, "INSERT INTO incident (id, opened_ms, closed_ms, severity, sentence)"
                      " VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                      " closed_ms = excluded.closed_ms,"
                      " severity = CASE WHEN severity = 'critical' THEN severity"
                      "  ELSE excluded.severity END,"
                      " sentence = CASE WHEN excluded.sentence = '' THEN sentence"
                      "  ELSE excluded.sentence END");
    sql_text(&q, i->id);
    sql_i64(&q, i->opened_wall_ms);
    sql_i64(&q, i->closed_wall_ms);
    sql_text(&q, alert_severity_key(i->severity));
    sql_text(&q, sentence ? sentence : "");
    return sql_run(&q, err);
}

static bool incident_event(struct store *st, const struct incident *i, bool over,
                           const char *sentence, struct error *err)
{
    struct event e = {.kind = EVENT_INCIDENT,
                      .at_wall_ms = over ? i->closed_wall_ms : i->opened_wall_ms};
    (void)text_copy(e.incident, sizeof e.incident, i->id);
    if (over) {
        (void)snprintf(e.text, sizeof e.text, "over");
    } else {
        (void)snprintf(e.text, sizeof e.text, "began%s%s", sentence && sentence[0] ? ": " : "",
                       sentence ? sentence : "");
    }
    return store_event_put(st, &e, NULL, err);
}

bool store_incident_put(struct store *st, const struct incident *i, const char *sentence,
                        struct error *err)
{
    bool begun, over;
    if (i->id[0] == '\0') {
        return true;
    }
    return incident_known(st, i->id, &begun, &over, err) &&
           put_incident(st, i, sentence, err) &&
           (begun || incident_event(st, i, false, sentence, err)) &&
           (over || i->closed_wall_ms == 0 || incident_event(st, i, true, sentence, err));
}

bool store_incident_newest(struct store *st, struct incident *out, struct error *err)
{
    struct incident i = {0};
    struct sql q =
        sql_begin(st, "SELECT id, opened_ms, closed_ms, severity FROM incident"
                      " ORDER BY closed_ms = 0 DESC, opened_ms DESC, id DESC LIMIT 1");
    if (sql_row(&q)) {
        sql_col_text(&q, 0, i.id, sizeof i.id);
        i.opened_wall_ms = sql_col_i64(&q, 1);
        i.closed_wall_ms = sql_col_i64(&q, 2);
        i.open = i.closed_wall_ms == 0;
        i.severity = strcmp(sql_col_raw(&q, 3), alert_severity_key(ALERT_CRIT)) == 0
                         ? ALERT_CRIT
                         : ALERT_WARN;
    }
    if (!sql_end(&q, err)) {
        return false;
    }
    *out = i;
    return true;
}

bool store_incident_open(struct store *st, char out[INCIDENT_ID_MAX], struct error *err)
{
    struct incident i;
    if (!store_incident_newest(st, &i, err)) {
        return false;
    }
    (void)text_copy(out, INCIDENT_ID_MAX, i.open ? i.id : "");
    return true;
}
