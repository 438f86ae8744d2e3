/* What is known about the pair at one moment, as rows that answer yes, no or unknown, each with the
 * route it travelled and its age. The verdict is a function of these rows alone.
 *
 * Pure apart from the memory, which belongs to the engine: it counts how often in a row an answer
 * was no, and when the replica last heard its source. */
#ifndef DRTOP_VERDICT_EVIDENCE_H
#define DRTOP_VERDICT_EVIDENCE_H

#include "backend/fact/opt.h"
#include "backend/mysql/binlog.h"
#include "backend/route.h"

#include <stdbool.h>
#include <stdint.h>

enum evidence_id {
    EVIDENCE_ANCHORS,          /* a neutral third party answers us */
    EVIDENCE_APP_ANSWERS,      /* the primary's application answers anything, 503 too */
    EVIDENCE_APP_SERVES,       /* and what is expected of a site that serves */
    EVIDENCE_PRIMARY_DB,       /* the primary's database answers us */
    EVIDENCE_PRIMARY_WRITABLE, /* and is not read-only */
    EVIDENCE_TUNNEL,           /* a probe passes the tunnel */
    EVIDENCE_TUNNEL_AWS,       /* opinions: it is up, says AWS, */
    EVIDENCE_TUNNEL_AZURE,     /* says Azure, */
    EVIDENCE_TUNNEL_GATEWAY,   /* says the gateway */
    EVIDENCE_RECEIVER,         /* the replica's receiver hears the primary: not our eyes */
    EVIDENCE_CONTROL_PLANE,    /* the cloud's API in the primary's region answers */
    EVIDENCE_REPLICA_DB,       /* the replica's database answers us */
    EVIDENCE_REPLICA_WRITABLE,
    EVIDENCE_REPLICATES,    /* it has the channel that the configuration means */
    EVIDENCE_RECEIVER_RUNS, /* its receiver thread is running and connected */
    EVIDENCE_APPLIER_RUNS,
    EVIDENCE_OBJECTIVES, /* lag within the RPO, nothing else that was promised is missed */
    EVIDENCE_DR_APP,     /* the DR site's application serves; decides nothing by itself */
    EVIDENCE_COUNT,
};

struct evidence {
    bool watched; /* false: the configuration does not ask this */
    enum tri answer;
    enum route route;
    int strikes; /* looks in a row that said no; 0 unless answer is no */
    struct opt_i64
        age_ms;       /* of the look that this rests on, at the snapshot; unknown: none yet */
    char detail[160]; /* sanitised: "connection refused", "200 in 24 ms" */
    struct opt_i64
        still_ms; /* RECEIVER: since heartbeats or position last moved, at the snapshot */
};

/* What the rows cannot tell from one look. Zeroed at first. */
struct evidence_memory {
    int64_t primary_at_ms, replica_at_ms; /* newest reading counted */
    int primary_strikes, replica_strikes;
    struct opt_i64 primary_failed_ms; /* monotonic: first failure since the last answer */

    int64_t replica_looked_ms;
    int replica_looks; /* good looks in a row at a replica that does not run as it should */

    int64_t replica_heard_ms;
    int receiver_strikes;
    struct opt_i64 heard_ms; /* monotonic: heartbeats or the received position last moved */
    struct opt_i64 heartbeats;
    struct binlog_coord received;
};

struct snapshot;
struct alert_book;

/* Fills out[EVIDENCE_COUNT] from the sights, the tunnels, the lag and the alerts of a snapshot
 * under construction. */
void evidence_gather(const struct snapshot *s, const struct alert_book *book,
                     struct evidence_memory *memory, int64_t now_ms,
                     struct evidence out[EVIDENCE_COUNT]);

/* What somebody says of the path, where a probe is evidence. It decides nothing by itself: it
 * explains, and may speak against the verdict. */
static inline bool evidence_is_opinion(enum evidence_id id)
{
    return id == EVIDENCE_TUNNEL_AWS || id == EVIDENCE_TUNNEL_AZURE ||
           id == EVIDENCE_TUNNEL_GATEWAY;
}

/* What a row says; unknown where it is not watched. */
static inline enum tri evidence_answer(const struct evidence *rows, enum evidence_id id)
{
    return rows[id].watched ? rows[id].answer : TRI_UNKNOWN;
}

static inline bool evidence_yes(const struct evidence *rows, enum evidence_id id)
{
    return evidence_answer(rows, id) == TRI_YES;
}

static inline bool evidence_no(const struct evidence *rows, enum evidence_id id)
{
    return evidence_answer(rows, id) == TRI_NO;
}

/* "primary app answers": for the screen. "primary_app_answers": for JSON. */
const char *evidence_label(enum evidence_id id);
const char *evidence_key(enum evidence_id id);

/* What the answer of a row rules out or means, as one line: "the site lives, whatever else". */
const char *evidence_meaning(enum evidence_id id, enum tri answer);

#endif
