#include "backend/record/notify_queue.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/record/store_db.h"

#define HOUR_MS    ((int64_t)3600 * 1000)
#define HISTORY_MS ((int64_t)90 * 24 * HOUR_MS)

void queue_message_finish(struct message *m)
{
    free(m->body);
    m->body = NULL;
}

void queue_message_id(const char *group, const struct message *m, char out[MESSAGE_ID_MAX])
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    char all[1024];
    /* A separator that none of the parts holds. */
    int n = snprintf(all, sizeof all, "%s\n%s\n%s\n%s\n%s", group, m->incident, m->what,
                     m->channel, m->recipient);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof all ? (size_t)n : sizeof all - 1;
    (void)EVP_Digest(all, len, digest, NULL, EVP_sha256(), NULL);
    (void)snprintf(out, MESSAGE_ID_MAX, "%s-%02x%02x%02x%02x%02x%02x%02x%02x",
                   m->incident[0] ? m->incident : m->what, digest[0], digest[1], digest[2],
                   digest[3], digest[4], digest[5], digest[6], digest[7]);
}

/* --- for the plan --- */

bool queue_told(struct store *st, const char *incident, struct told **out, size_t *out_n,
                struct error *err)
{
    struct told *list = NULL;
    size_t n = 0;
    struct sql q =
        sql_begin(st, "SELECT what, channel, recipient, state,"
                      " CASE WHEN json_valid(body) THEN json_extract(body, '$.verdict.key') END"
                      " FROM message WHERE incident = ? ORDER BY rowid");
    sql_text(&q, incident);
    while (sql_row(&q)) {
        list = mem_realloc(list, n + 1, sizeof *list);
        struct told *t = &list[n++];
        *t = (struct told){.dropped = strcmp(sql_col_raw(&q, 3), "dropped") == 0};
        sql_col_text(&q, 0, t->what, sizeof t->what);
        sql_col_text(&q, 1, t->channel, sizeof t->channel);
        sql_col_text(&q, 2, t->recipient, sizeof t->recipient);
        if (!verdict_from_key(sql_col_raw(&q, 4), &t->verdict)) {
            t->verdict = VERDICT_UNKNOWN;
        }
    }
    if (!sql_end(&q, err)) {
        free(list);
        return false;
    }
    *out = list;
    *out_n = n;
    return true;
}

/* How much a channel had in the last hour; what goes to several people at once counts once. */
static bool within_limit(struct store *st, const struct message *m, int per_hour, bool *out,
                         struct error *err)
{
    if (strcmp(m->what, "closed") == 0) {
        *out = true;
        return true;
    }
    struct sql q =
        sql_begin(st, "SELECT count(DISTINCT incident || ' ' || what) FROM message"
                      " WHERE channel = ?1 AND created_ms > ?2 AND state <> 'dropped'"
                      " AND what <> 'closed'"
                      " AND NOT (incident = ?3 AND what = ?4)");
    sql_text(&q, m->channel);
    sql_i64(&q, m->created_wall_ms - HOUR_MS);
    sql_text(&q, m->incident);
    sql_text(&q, m->what);
    *out = sql_row(&q) && sql_col_i64(&q, 0) < per_hour;
    return sql_end(&q, err);
}

static bool put_event(struct store *st, const struct message *m, int64_t wall_ms,
                      const char *text, const char *why, struct error *err)
{
    struct event e = {.kind = EVENT_SENT, .at_wall_ms = wall_ms};
    (void)text_copy(e.incident, sizeof e.incident, m->incident);
    (void)snprintf(e.text, sizeof e.text, "%s: %s, %.60s%s%.100s%s%.120s", text, m->what,
                   m->channel, m->recipient[0] ? " to " : "", m->recipient, why[0] ? ": " : "",
                   why);
    return store_event_put(st, &e, NULL, err);
}

bool queue_put(struct store *st, const char *group, struct message *m, int per_hour,
               struct error *err)
{
    bool within;
    queue_message_id(group, m, m->id);
    if (!within_limit(st, m, per_hour, &within, err)) {
        return false;
    }
    struct sql q = sql_begin(st, "INSERT INTO message (id, incident, what, channel, recipient,"
                                 " body, created_ms, due_ms, state, done_ms)"
                                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9)"
                                 " ON CONFLICT (id) DO NOTHING RETURNING 1");
    sql_text(&q, m->id);
    sql_text(&q, m->incident);
    sql_text(&q, m->what);
    sql_text(&q, m->channel);
    sql_text(&q, m->recipient);
    sql_text(&q, m->body);
    sql_i64(&q, m->created_wall_ms);
    sql_text(&q, within ? "queued" : "dropped");
    sql_i64(&q, within ? 0 : m->created_wall_ms);
    bool is_new = sql_row(&q);
    if (!sql_run(&q, err)) {
        return false;
    }
    return within || !is_new ||
           put_event(st, m, m->created_wall_ms, "not sent, too many messages in an hour", "",
                     err);
}

bool queue_acknowledged(struct store *st, const char *incident, bool *out, struct error *err)
{
    struct sql q =
        sql_begin(st, "SELECT 1 FROM alert WHERE incident = ? AND acked_ms <> 0 LIMIT 1");
    sql_text(&q, incident);
    bool any = sql_row(&q);
    if (!sql_end(&q, err)) {
        return false;
    }
    *out = any;
    return true;
}

bool queue_untold_end(struct store *st, const char *current, struct incident *out,
                      char sentence[200], struct error *err)
{
    struct incident i = {0};
    /* A recorder that was lost may have closed the last alert and not the incident. */
    struct sql q = sql_begin(
        st, "WITH recent AS (SELECT id, opened_ms, severity, sentence, CASE WHEN closed_ms <> 0"
            "  THEN closed_ms ELSE (SELECT CASE WHEN min(closed_ms) <> 0 THEN max(closed_ms)"
            "  ELSE 0 END FROM alert WHERE alert.incident = incident.id) END AS closed_ms"
            "  FROM incident ORDER BY opened_ms DESC LIMIT 8)"
            " SELECT id, opened_ms, closed_ms, severity, sentence FROM recent"
            " WHERE closed_ms <> 0 AND id <> ?"
            " AND EXISTS (SELECT 1 FROM message WHERE incident = recent.id"
            "  AND state <> 'dropped')"
            " AND NOT EXISTS (SELECT 1 FROM message WHERE incident = recent.id"
            "  AND what = 'closed') ORDER BY opened_ms LIMIT 1");
    sql_text(&q, current);
    if (sql_row(&q)) {
        sql_col_text(&q, 0, i.id, sizeof i.id);
        i.opened_wall_ms = sql_col_i64(&q, 1);
        i.closed_wall_ms = sql_col_i64(&q, 2);
        i.severity = strcmp(sql_col_raw(&q, 3), alert_severity_key(ALERT_CRIT)) == 0
                         ? ALERT_CRIT
                         : ALERT_WARN;
        sql_col_text(&q, 4, sentence, 200);
    }
    if (!sql_end(&q, err)) {
        return false;
    }
    *out = i;
    return true;
}

bool queue_prune(struct store *st, int64_t wall_ms, struct error *err)
{
    struct sql q = sql_begin(st, "DELETE FROM message WHERE state <> 'queued' AND done_ms < ?"
                                 " AND incident NOT IN"
                                 " (SELECT id FROM incident WHERE closed_ms = 0)");
    sql_i64(&q, wall_ms - HISTORY_MS);
    return sql_run(&q, err);
}

/* --- for the notifier --- */

static void read_message(const struct sql *q, const char *channel, struct message *out)
{
    *out = (struct message){.body = mem_strdup(sql_col_raw(q, 4)),
                            .created_wall_ms = sql_col_i64(q, 5),
                            .tries = (int)sql_col_i64(q, 6)};
    sql_col_text(q, 0, out->id, sizeof out->id);
    sql_col_text(q, 1, out->incident, sizeof out->incident);
    sql_col_text(q, 2, out->what, sizeof out->what);
    sql_col_text(q, 3, out->recipient, sizeof out->recipient);
    (void)text_copy(out->channel, sizeof out->channel, channel);
}

bool queue_next(struct store *st, const char *channel, const char *token, int64_t wall_ms,
                struct message *out, int64_t *out_pause_ms, struct error *err)
{
    struct message m = {0};
    int64_t due_ms = wall_ms + QUEUE_RETRY_MS;
    /* What is due later than any pause was put off before the clock was set back. */
    struct sql q = sql_begin(
        st, "SELECT id, incident, what, recipient, body, created_ms, tries,"
            " CASE WHEN due_ms > ?3 + ?4 THEN ?3 ELSE max(due_ms, ?3) END AS due"
            " FROM message AS m WHERE state = 'queued' AND channel = ?1"
            " AND (SELECT token FROM recorder WHERE id = 1) = ?2"
            " AND NOT EXISTS (SELECT 1 FROM message AS e WHERE e.state = 'queued'"
            "  AND e.channel = m.channel AND e.recipient = m.recipient AND e.rowid < m.rowid)"
            " ORDER BY due, m.rowid LIMIT 1");
    sql_text(&q, channel);
    sql_text(&q, token);
    sql_i64(&q, wall_ms);
    sql_i64(&q, QUEUE_RETRY_MS);
    if (sql_row(&q)) {
        due_ms = sql_col_i64(&q, 7);
        if (due_ms <= wall_ms) {
            read_message(&q, channel, &m);
        }
    }
    if (!sql_end(&q, err)) {
        queue_message_finish(&m);
        return false;
    }
    *out = m;
    *out_pause_ms = due_ms - wall_ms;
    return true;
}

static bool set_state(struct store *st, const struct message *m, const char *state,
                      const char *why, int64_t wall_ms, struct error *err)
{
    struct sql q = sql_begin(st, "UPDATE message SET state = ?1, error = ?2, done_ms = ?3,"
                                 " tries = tries + 1 WHERE id = ?4 AND state = 'queued'");
    sql_text(&q, state);
    sql_text(&q, why);
    sql_i64(&q, wall_ms);
    sql_text(&q, m->id);
    return sql_run(&q, err);
}

/* A channel that takes something again may take the rest. */
static bool hasten(struct store *st, const char *channel, int64_t wall_ms, struct error *err)
{
    struct sql q = sql_begin(st, "UPDATE message SET due_ms = ?1 WHERE state = 'queued'"
                                 " AND channel = ?2 AND due_ms > ?1");
    sql_i64(&q, wall_ms);
    sql_text(&q, channel);
    return sql_run(&q, err);
}

static bool end_message(struct store *st, const struct message *m, const char *state,
                        const char *text, const char *why, int64_t wall_ms, struct error *err)
{
    if (!store_begin(st, true, err)) {
        return false;
    }
    bool sent = strcmp(state, "sent") == 0;
    if (set_state(st, m, state, why, wall_ms, err) &&
        put_event(st, m, wall_ms, text, why, err) &&
        (!sent || hasten(st, m->channel, wall_ms, err)) && store_commit(st, err)) {
        return true;
    }
    store_rollback(st);
    return false;
}

bool queue_sent(struct store *st, const struct message *m, int64_t wall_ms, struct error *err)
{
    return end_message(st, m, "sent", "sent", "", wall_ms, err);
}

static int64_t pause_ms(int tries)
{
    int64_t pause = 1000;
    for (int i = 0; i < tries && pause < QUEUE_RETRY_MS; i++) {
        pause *= 2;
    }
    return pause < QUEUE_RETRY_MS ? pause : QUEUE_RETRY_MS;
}

static bool put_off(struct store *st, const struct message *m, const char *why, int64_t wall_ms,
                    struct error *err)
{
    if (!store_begin(st, false, err)) {
        return false;
    }
    struct sql q = sql_begin(st, "UPDATE message SET tries = ?1, due_ms = ?2, error = ?3"
                                 " WHERE id = ?4 AND state = 'queued'");
    sql_i64(&q, m->tries + 1);
    sql_i64(&q, wall_ms + pause_ms(m->tries));
    sql_text(&q, why);
    sql_text(&q, m->id);
    if (sql_run(&q, err) && store_commit(st, err)) {
        return true;
    }
    store_rollback(st);
    return false;
}

bool queue_failed(struct store *st, const struct message *m, const char *why, int64_t wall_ms,
                  struct error *err)
{
    char clean[200];
    (void)text_clean_str(clean, sizeof clean, why);
    if (wall_ms - m->created_wall_ms >= QUEUE_KEEP_MS) {
        return end_message(st, m, "given_up", "given up after a day", clean, wall_ms, err);
    }
    return put_off(st, m, clean, wall_ms, err);
}
