/* What was decided and what became of it, on disk before anything is sent. In the store (a table of
 * its own, schema step 2), every write durable (fsync). Any process may read; one attempt at a time
 * may be under way: journal_intend() refuses while another is.
 *
 *   INTENT -> (SENDING) -> ACCEPTED | JOINED | REFUSED | NOT_SENT | UNKNOWN
 *   ACCEPTED, JOINED, UNKNOWN(found) -> RUNNING -> ENDED -> VERIFIED | FAILED
 *   UNKNOWN, RUNNING -> LOST
 *
 * An intent whose fate was not written down (the process died) is UNKNOWN to whoever resumes. */
#ifndef DRTOP_FAILOVER_JOURNAL_H
#define DRTOP_FAILOVER_JOURNAL_H

#include "backend/failover/guard.h"
#include "backend/failover/verify.h"
#include "backend/record/store.h"

enum attempt_state {
    ATTEMPT_INTENT,
    ATTEMPT_UNKNOWN,
    ATTEMPT_REFUSED,
    ATTEMPT_NOT_SENT,
    ATTEMPT_QUEUED, /* accepted, or joined; waits in the queue */
    ATTEMPT_RUNNING,
    ATTEMPT_ENDED,    /* the build is over; being verified */
    ATTEMPT_VERIFIED, /* the DR site has taken over, seen by us (or the drill ended well) */
    ATTEMPT_FAILED,
    ATTEMPT_LOST,
    ATTEMPT_STATES,
};

struct attempt {
    int64_t id;
    char request_id[64]; /* "drtop-20261122-140812-5f3a9c", unique */
    enum attempt_state state;
    bool drill, joined, acknowledged;
    enum failover_verb verb;
    char job[256], operator[ALERT_WHO_MAX], second[ALERT_WHO_MAX], reason[GUARD_LINE_MAX];
    char incident[INCIDENT_ID_MAX];
    uint64_t facts_hash;
    int64_t intended_wall_ms, sent_wall_ms, ended_wall_ms; /* 0: not yet */
    int posts; /* requests that may have left this host: 1, or 2 after a human's */
    struct opt_i64 queue_id, build;
    char boot[16]; /* the controller's, when it was sent */
    enum jenkins_result result;
    enum verify_outcome outcome;
    char said[240];                /* the newest word about it, for the screen */
    char promised_lose[160];       /* as it stood on the screen at the decision */
    struct binlog_coord promotion; /* replica's own position when first seen promoted */
};

/* --- each in a durable transaction of its own */

/* parameters and preflight are JSON, for the report. Fills id. False with err when another attempt
 * is under way, or the store cannot be written: then nothing may be sent. */
bool journal_intend(struct store *st, struct attempt *a, const char *parameters,
                    const char *preflight, struct error *err);
/* Writes the changed state; adds an event to the timeline. */
bool journal_put(struct store *st, const struct attempt *a, int64_t wall_ms, struct error *err);
/* The newest attempt; id 0 when there has been none. */
bool journal_newest(struct store *st, struct attempt *out, struct error *err);
/* Of a phase that has ended, for the medians; once an attempt and phase. */
bool journal_phase(struct store *st, int64_t attempt, const char *phase, int64_t took_ms,
                   bool ok, struct error *err);
/* What past runs took of that phase. */
bool journal_phase_runs(struct store *st, const char *phase, struct rto_runs *out,
                        struct error *err);
bool journal_acknowledge(struct store *st, int64_t attempt, const char *who,
                         const char *comment, int64_t wall_ms, struct error *err);

/* The driver's lease on an attempt: one process at a time tracks it. As store_lease_take(). */
enum store_lease_state journal_hold(struct store *st, const struct store_lease *mine,
                                    int64_t wall_ms, struct error *err);
void journal_release(struct store *st, const struct store_lease *mine);
/* Who holds it or held it last, and when they renewed it (0: given up, or never held). */
bool journal_holder(struct store *st, char who[ALERT_WHO_MAX], int64_t *out_beat_wall_ms,
                    struct error *err);

/* What an attempt was intended with; heap, NULL with err set. */
char *journal_parameters(struct store *st, int64_t attempt, struct error *err);
/* The newest drill that ended well: when it began, what it took. Unknown: there was none. */
bool journal_drill(struct store *st, struct opt_i64 *out_wall_ms, struct opt_i64 *out_took_ms,
                   struct error *err);

/* Two-person rule: a challenge asked and answered through the store. It stands until who asked
 * withdraws it, and no longer than an approval does: one who was killed withdraws nothing. */
bool journal_ask_second(struct store *st, const char *asked_by, const char *challenge,
                        int64_t wall_ms, struct error *err);
bool journal_withdraw_second(struct store *st, const char *asked_by, struct error *err);
bool journal_answer_second(struct store *st, const char *who, const char *typed,
                           int64_t wall_ms, struct error *err);
bool journal_second(struct store *st, int64_t wall_ms, char asked_by[ALERT_WHO_MAX],
                    char challenge[16], char answered_by[ALERT_WHO_MAX], struct error *err);

bool attempt_is_over(enum attempt_state state);
const char *attempt_state_key(enum attempt_state state);
bool attempt_state_from_key(const char *key, enum attempt_state *out);

#endif
