/* Replication lag by drtop's own clock. Pure.
 *
 * The primary's position is kept against the observer's monotonic clock. The lag is how long ago
 * the primary stood where the replica has now applied to. It needs no clock in common with either
 * server and no privilege beyond replication status, and is exact to the polling interval of
 * positions. It is unknown, never 0, when the receiver is not running and nothing newer than the
 * applied position has been seen, and when the primary itself is not observed. */
#ifndef DRTOP_MYSQL_LAG_H
#define DRTOP_MYSQL_LAG_H

#include "backend/fact/opt.h"
#include "backend/mysql/facts.h"

#include <stdbool.h>
#include <stdint.h>

/* Positions of the primary over time, in fixed memory: every change of the last quarter of an
 * hour at full resolution, then one sample in ten seconds for a day. */
struct lag_history;

/* Two looks at the primary further apart than blind_ms saw nothing of what it did in between: a
 * hung primary that comes back has not been away from its last position all the while. */
struct lag_history *lag_history_create(int64_t blind_ms);
void lag_history_destroy(struct lag_history *h);

/* Records that the primary stood at c at at_ms. A position before the newest one (RESET, another
 * server) forgets everything before it. */
void lag_history_push(struct lag_history *h, int64_t at_ms, const struct binlog_coord *c);

enum lag_when {
    LAG_WHEN_KNOWN,  /* the primary left c at *out_ms (interpolated between two polls) */
    LAG_WHEN_BLIND,  /* it left c while nobody looked; *out_ms is when it was seen next */
    LAG_WHEN_LATEST, /* c is at or past the newest position seen */
    LAG_WHEN_BEFORE, /* c is older than the history; *out_ms is the history's start */
    LAG_WHEN_NEVER,  /* nothing is known, or c belongs to another server */
};
enum lag_when lag_history_when(const struct lag_history *h, const struct binlog_coord *c,
                               int64_t *out_ms);

enum lag_method {
    LAG_METHOD_NONE,
    LAG_METHOD_POSITION,  /* position clock */
    LAG_METHOD_COMMIT,    /* the applier's commit timestamps (MySQL 8.0.1+), skew corrected */
    LAG_METHOD_HEARTBEAT, /* heartbeat row on the primary minus the one on the replica */
};

struct lag {
    struct opt_f64 seconds;
    struct opt_f64
        at_least_s; /* when seconds is unknown: a lower bound that is known to hold */
    enum lag_method method;
    const char *why; /* static text: why unknown, or what limits the accuracy */
};

/* What the measurement looks at. Facts may be NULL when nothing has been read. */
struct lag_evidence {
    const struct lag_history *history;
    const struct db_facts *primary;
    int64_t primary_at_ms; /* taken_at_ms of those facts */
    const struct db_facts *replica;
    int64_t replica_at_ms;
    int64_t now_ms;
    int64_t stale_after_ms; /* facts older than this are not evidence for "in step" */
};
struct lag lag_measure(const struct lag_evidence *e);

const char *lag_method_name(enum lag_method m);

#endif
