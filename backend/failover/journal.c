#include "backend/failover/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/record/store_db.h"

#define LEASE       "failover_lease"
#define PHASES_PAST 200 /* older runs tell little about today's */

static const char *const states[ATTEMPT_STATES] = {
    [ATTEMPT_INTENT] = "intent",   [ATTEMPT_UNKNOWN] = "unknown",
    [ATTEMPT_REFUSED] = "refused", [ATTEMPT_NOT_SENT] = "not_sent",
    [ATTEMPT_QUEUED] = "queued",   [ATTEMPT_RUNNING] = "running",
    [ATTEMPT_ENDED] = "ended",     [ATTEMPT_VERIFIED] = "verified",
    [ATTEMPT_FAILED] = "failed",   [ATTEMPT_LOST] = "lost",
};

const char *attempt_state_key(enum attempt_state state)
{
    return states[state];
}

bool attempt_state_from_key(const char *key, enum attempt_state *out)
{
    for (int i = 0; i < ATTEMPT_STATES; i++) {
        if (strcmp(states[i], key) == 0) {
            *out = (enum attempt_state)i;
            return true;
        }
    }
    return false;
}

bool attempt_is_over(enum attempt_state state)
{
    return state == ATTEMPT_REFUSED || state == ATTEMPT_NOT_SENT || state == ATTEMPT_VERIFIED ||
           state == ATTEMPT_FAILED || state == ATTEMPT_LOST;
}

static bool outcome_from_key(const char *key, enum verify_outcome *out)
{
    for (int i = OUTCOME_PENDING; i <= OUTCOME_DRILL_DONE; i++) {
        if (strcmp(verify_outcome_key((enum verify_outcome)i), key) == 0) {
            *out = (enum verify_outcome)i;
            return true;
        }
    }
    return false;
}

static bool verb_from_word(const char *word, enum failover_verb *out)
{
    for (int i = VERB_NONE; i <= VERB_DRILL; i++) {
        if (strcmp(verb_word((enum failover_verb)i), word) == 0) {
            *out = (enum failover_verb)i;
            return true;
        }
    }
    return false;
}

/* Files what has happened under the attempt's incident. */
static bool tell(struct store *st, const struct attempt *a, const char *who, int64_t wall_ms,
                 const char *text, struct error *err)
{
    struct event e = {.kind = EVENT_FAILOVER, .at_wall_ms = wall_ms};
    (void)text_copy(e.incident, sizeof e.incident, a->incident);
    (void)text_copy(e.who, sizeof e.who, who);
    (void)text_copy(e.text, sizeof e.text, text);
    return store_event_put(st, &e, NULL, err);
}

#define COLUMNS                                                                                \
    "id, request_id, state, drill, joined, verb, job, operator, second, reason, incident,"     \
    " facts_hash, promised, intended_ms, sent_ms, ended_ms, posts, queue_id, build, boot,"     \
    " result, outcome, said, promotion_file, promotion_pos, acked_ms"

static void read_decision(const struct sql *q, struct attempt *a)
{
    a->id = sql_col_i64(q, 0);
    sql_col_text(q, 1, a->request_id, sizeof a->request_id);
    a->drill = sql_col_i64(q, 3) != 0;
    sql_col_text(q, 6, a->job, sizeof a->job);
    sql_col_text(q, 7, a->operator, sizeof a->operator);
    sql_col_text(q, 8, a->second, sizeof a->second);
    sql_col_text(q, 9, a->reason, sizeof a->reason);
    sql_col_text(q, 10, a->incident, sizeof a->incident);
    a->facts_hash = (uint64_t)sql_col_i64(q, 11);
    sql_col_text(q, 12, a->promised_lose, sizeof a->promised_lose);
    a->intended_wall_ms = sql_col_i64(q, 13);
}

static void read_fate(const struct sql *q, struct attempt *a)
{
    a->joined = sql_col_i64(q, 4) != 0;
    a->sent_wall_ms = sql_col_i64(q, 14);
    a->ended_wall_ms = sql_col_i64(q, 15);
    a->posts = (int)sql_col_i64(q, 16);
    a->queue_id = sql_col_opt_i64(q, 17);
    a->build = sql_col_opt_i64(q, 18);
    sql_col_text(q, 19, a->boot, sizeof a->boot);
    a->result = (enum jenkins_result)sql_col_i64(q, 20);
    sql_col_text(q, 22, a->said, sizeof a->said);
    sql_col_text(q, 23, a->promotion.file, sizeof a->promotion.file);
    a->promotion.pos = (uint64_t)sql_col_i64(q, 24);
    a->acknowledged = sql_col_i64(q, 25) != 0;
}

bool journal_newest(struct store *st, struct attempt *out, struct error *err)
{
    struct attempt a = {0};
    struct sql q = sql_begin(st, "SELECT " COLUMNS " FROM attempt ORDER BY id DESC LIMIT 1");
    bool ok = true;
    if (sql_row(&q)) {
        read_decision(&q, &a);
        read_fate(&q, &a);
        ok = attempt_state_from_key(sql_col_raw(&q, 2), &a.state) &&
             verb_from_word(sql_col_raw(&q, 5), &a.verb) &&
             outcome_from_key(sql_col_raw(&q, 21), &a.outcome);
    }
    if (!sql_end(&q, err)) {
        return false;
    }
    if (!ok) {
        error_set(err, "the journal holds an attempt in words that this drtop does not know");
        return false;
    }
    *out = a;
    return true;
}

/* Inside the transaction: nobody else's attempt may be under way. */
static bool nothing_runs(struct store *st, struct error *err)
{
    struct attempt before;
    if (!journal_newest(st, &before, err)) {
        return false;
    }
    if (before.id != 0 && !attempt_is_over(before.state)) {
        error_set(err, "%s is under way, started by %s", before.request_id, before.operator);
        return false;
    }
    return true;
}

static bool insert(struct store *st, const struct attempt *a, const char *parameters,
                   const char *preflight, struct error *err)
{
    struct sql q = sql_begin(
        st,
        "INSERT INTO attempt (request_id, state, drill, joined, verb, job, operator, second,"
        " reason, incident, facts_hash, parameters, preflight, promised, intended_ms, posts,"
        " boot) VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    sql_text(&q, a->request_id);
    sql_text(&q, attempt_state_key(a->state));
    sql_i64(&q, a->drill);
    sql_text(&q, verb_word(a->verb));
    sql_text(&q, a->job);
    sql_text(&q, a->operator);
    sql_text(&q, a->second);
    sql_text(&q, a->reason);
    sql_text(&q, a->incident);
    sql_i64(&q, (int64_t)a->facts_hash);
    sql_text(&q, parameters);
    sql_text(&q, preflight);
    sql_text(&q, a->promised_lose);
    sql_i64(&q, a->intended_wall_ms);
    sql_i64(&q, a->posts);
    sql_text(&q, a->boot);
    return sql_run(&q, err);
}

static int64_t last_id(struct store *st)
{
    struct sql q = sql_begin(st, "SELECT last_insert_rowid()");
    int64_t id = sql_row(&q) ? sql_col_i64(&q, 0) : 0;
    return sql_end(&q, NULL) ? id : 0;
}

bool journal_intend(struct store *st, struct attempt *a, const char *parameters,
                    const char *preflight, struct error *err)
{
    char text[sizeof a->reason + 160];
    (void)snprintf(text, sizeof text, "%s decided: %.120s; %s", verb_word(a->verb),
                   a->promised_lose, a->reason);
    if (!store_begin(st, true, err)) {
        return false;
    }
    bool ok = nothing_runs(st, err) && insert(st, a, parameters, preflight, err);
    int64_t id = ok ? last_id(st) : 0;
    if (ok && id != 0 && tell(st, a, a->operator, a->intended_wall_ms, text, err) &&
        store_commit(st, err)) {
        a->id = id;
        return true;
    }
    store_rollback(st);
    return false;
}

static bool update(struct store *st, const struct attempt *a, struct error *err)
{
    struct sql q = sql_begin(
        st, "UPDATE attempt SET state = ?, joined = ?, incident = ?, sent_ms = ?, ended_ms = ?,"
            " posts = ?, queue_id = ?, build = ?, boot = ?, result = ?, outcome = ?, said = ?,"
            " promotion_file = ?, promotion_pos = ? WHERE id = ?");
    sql_text(&q, attempt_state_key(a->state));
    sql_i64(&q, a->joined);
    sql_text(&q, a->incident);
    sql_i64(&q, a->sent_wall_ms);
    sql_i64(&q, a->ended_wall_ms);
    sql_i64(&q, a->posts);
    sql_opt_i64(&q, a->queue_id);
    sql_opt_i64(&q, a->build);
    sql_text(&q, a->boot);
    sql_i64(&q, a->result);
    sql_text(&q, verify_outcome_key(a->outcome));
    sql_text(&q, a->said);
    sql_text(&q, a->promotion.file);
    sql_i64(&q, (int64_t)a->promotion.pos);
    sql_i64(&q, a->id);
    return sql_run(&q, err);
}

bool journal_put(struct store *st, const struct attempt *a, int64_t wall_ms, struct error *err)
{
    struct attempt before = {0};
    if (!store_begin(st, true, err)) {
        return false;
    }
    bool ok = journal_newest(st, &before, err) && update(st, a, err);
    bool news =
        before.id != a->id || before.state != a->state || strcmp(before.said, a->said) != 0;
    char text[sizeof a->said + 64];
    (void)snprintf(text, sizeof text, "%s: %s", attempt_state_key(a->state), a->said);
    if (ok && (!news || tell(st, a, "", wall_ms, text, err)) && store_commit(st, err)) {
        return true;
    }
    store_rollback(st);
    return false;
}

bool journal_phase(struct store *st, int64_t attempt, const char *phase, int64_t took_ms,
                   bool ok, struct error *err)
{
    if (!store_begin(st, true, err)) {
        return false;
    }
    struct sql q = sql_begin(st, "INSERT OR IGNORE INTO attempt_phase (attempt, phase, took_ms,"
                                 " ok) VALUES (?, ?, ?, ?)");
    sql_i64(&q, attempt);
    sql_text(&q, phase);
    sql_i64(&q, took_ms);
    sql_i64(&q, ok);
    if (sql_run(&q, err) && store_commit(st, err)) {
        return true;
    }
    store_rollback(st);
    return false;
}

bool journal_phase_runs(struct store *st, const char *phase, struct rto_runs *out,
                        struct error *err)
{
    int64_t took_ms[PHASES_PAST];
    size_t n = 0;
    struct sql q = sql_begin(st, "SELECT took_ms FROM attempt_phase WHERE phase = ? AND ok = 1"
                                 " ORDER BY attempt DESC LIMIT ?");
    sql_text(&q, phase);
    sql_i64(&q, PHASES_PAST);
    while (n < PHASES_PAST && sql_row(&q)) {
        took_ms[n++] = sql_col_i64(&q, 0);
    }
    if (!sql_end(&q, err)) {
        return false;
    }
    *out = rto_learn(took_ms, n);
    return true;
}

bool journal_acknowledge(struct store *st, int64_t attempt, const char *who,
                         const char *comment, int64_t wall_ms, struct error *err)
{
    struct attempt a;
    char text[ALERT_COMMENT_MAX + 32], clean[ALERT_COMMENT_MAX];
    (void)text_clean_str(clean, sizeof clean, comment);
    (void)snprintf(text, sizeof text, "attempt acknowledged: %s", clean);
    if (!store_begin(st, true, err)) {
        return false;
    }
    struct sql q =
        sql_begin(st, "UPDATE attempt SET acked_by = ?, ack_comment = ?, acked_ms = ?"
                      " WHERE id = ? AND acked_ms = 0");
    sql_text(&q, who);
    sql_text(&q, clean);
    sql_i64(&q, wall_ms);
    sql_i64(&q, attempt);
    if (sql_run(&q, err) && journal_newest(st, &a, err) &&
        tell(st, &a, who, wall_ms, text, err) && store_commit(st, err)) {
        return true;
    }
    store_rollback(st);
    return false;
}

enum store_lease_state journal_hold(struct store *st, const struct store_lease *mine,
                                    int64_t wall_ms, struct error *err)
{
    return store_lease_take_in(st, LEASE, mine, wall_ms, err);
}

void journal_release(struct store *st, const struct store_lease *mine)
{
    store_lease_release_in(st, LEASE, mine);
}

bool journal_holder(struct store *st, char who[ALERT_WHO_MAX], int64_t *out_beat_wall_ms,
                    struct error *err)
{
    who[0] = '\0';
    *out_beat_wall_ms = 0;
    struct sql q = sql_begin(st, "SELECT who, beat_ms FROM " LEASE);
    if (sql_row(&q)) {
        sql_col_text(&q, 0, who, ALERT_WHO_MAX);
        *out_beat_wall_ms = sql_col_i64(&q, 1);
    }
    return sql_end(&q, err);
}

char *journal_parameters(struct store *st, int64_t attempt, struct error *err)
{
    char *text = NULL;
    struct sql q = sql_begin(st, "SELECT parameters FROM attempt WHERE id = ?");
    sql_i64(&q, attempt);
    if (sql_row(&q)) {
        text = mem_strdup(sql_col_raw(&q, 0));
    }
    if (!sql_end(&q, err)) {
        free(text);
        return NULL;
    }
    if (!text) {
        error_set(err, "the journal knows no attempt %lld", (long long)attempt);
    }
    return text;
}

bool journal_drill(struct store *st, struct opt_i64 *out_wall_ms, struct opt_i64 *out_took_ms,
                   struct error *err)
{
    struct opt_i64 wall_ms = {0}, took_ms = {0};
    struct sql q = sql_begin(st, "SELECT started_ms, took_ms FROM run WHERE kind = 'drill'"
                                 " AND ok = 1 ORDER BY started_ms DESC, id DESC LIMIT 1");
    if (sql_row(&q)) {
        wall_ms = opt_i64(sql_col_i64(&q, 0));
        took_ms = opt_i64(sql_col_i64(&q, 1));
    }
    if (!sql_end(&q, err)) {
        return false;
    }
    *out_wall_ms = wall_ms;
    *out_took_ms = took_ms;
    return true;
}

static bool in_transaction(struct store *st, struct sql *q, struct error *err)
{
    if (sql_run(q, err) && store_commit(st, err)) {
        return true;
    }
    store_rollback(st);
    return false;
}

bool journal_ask_second(struct store *st, const char *asked_by, const char *challenge,
                        int64_t wall_ms, struct error *err)
{
    if (!store_begin(st, true, err)) {
        return false;
    }
    struct sql q = sql_begin(st, "INSERT OR REPLACE INTO second (id, asked_by, challenge,"
                                 " asked_ms) VALUES (1, ?, ?, ?)");
    sql_text(&q, asked_by);
    sql_text(&q, challenge);
    sql_i64(&q, wall_ms);
    return in_transaction(st, &q, err);
}

bool journal_withdraw_second(struct store *st, const char *asked_by, struct error *err)
{
    if (!store_begin(st, true, err)) {
        return false;
    }
    struct sql q = sql_begin(st, "DELETE FROM second WHERE asked_by = ?");
    sql_text(&q, asked_by);
    return in_transaction(st, &q, err);
}

bool journal_answer_second(struct store *st, const char *who, const char *typed,
                           int64_t wall_ms, struct error *err)
{
    char asked_by[ALERT_WHO_MAX], challenge[16], answered_by[ALERT_WHO_MAX];
    if (!journal_second(st, wall_ms, asked_by, challenge, answered_by, err)) {
        return false;
    }
    if (!challenge[0] || strcmp(challenge, typed) != 0) {
        error_set(err, challenge[0] ? "that is not the value on the first operator's screen"
                                    : "nobody asks for a second operator");
        return false;
    }
    if (strcmp(asked_by, who) == 0) {
        error_set(err, "the second operator must be another than the first");
        return false;
    }
    if (!store_begin(st, true, err)) {
        return false;
    }
    struct sql q = sql_begin(st, "UPDATE second SET answered_by = ?, answered_ms = ?"
                                 " WHERE id = 1 AND challenge = ?");
    sql_text(&q, who);
    sql_i64(&q, wall_ms);
    sql_text(&q, typed);
    return in_transaction(st, &q, err);
}

bool journal_second(struct store *st, int64_t wall_ms, char asked_by[ALERT_WHO_MAX],
                    char challenge[16], char answered_by[ALERT_WHO_MAX], struct error *err)
{
    asked_by[0] = challenge[0] = answered_by[0] = '\0';
    struct sql q = sql_begin(st, "SELECT asked_by, challenge, answered_by FROM second"
                                 " WHERE abs(? - asked_ms) < ?");
    sql_i64(&q, wall_ms);
    sql_i64(&q, GUARD_APPROVAL_MS);
    if (sql_row(&q)) {
        sql_col_text(&q, 0, asked_by, ALERT_WHO_MAX);
        sql_col_text(&q, 1, challenge, 16);
        sql_col_text(&q, 2, answered_by, ALERT_WHO_MAX);
    }
    return sql_end(&q, err);
}
