/* Whether the DR site has taken over, seen with our own eyes. Pure. Jenkins' word is not enough. */
#ifndef DRTOP_FAILOVER_VERIFY_H
#define DRTOP_FAILOVER_VERIFY_H

#include "backend/failover/jenkins.h"
#include "backend/snapshot.h"

enum verify_row_id {
    VERIFY_PROMOTED, /* no channel */
    VERIFY_WRITABLE, /* read_only and super_read_only are off, as read from the server */
    VERIFY_MOVING,   /* its own binary log has moved on since the promotion */
    VERIFY_APP,      /* the DR application serves; not asked where none is configured */
    VERIFY_NAME,   /* the name resolves to the DR address; not asked where none is configured */
    VERIFY_FENCED, /* the old primary does not take writes: read-only, or silent */
    VERIFY_ROWS,
};

struct verify_row {
    bool asked;
    enum tri answer;
    char detail[160];
};

/* What the pipeline and our eyes say together. */
enum verify_outcome {
    OUTCOME_PENDING,
    OUTCOME_FAILED_OVER,          /* every row that is asked says yes */
    OUTCOME_SUCCESS_NOT_PROMOTED, /* Jenkins: SUCCESS, but the replica is not promoted */
    OUTCOME_SUCCESS_NOT_SERVING,  /* promoted, but the DR site does not serve */
    OUTCOME_FAILED_BEFORE,        /* the run failed and the replica is as it was */
    OUTCOME_FAILED_AFTER, /* the run failed after the promotion: the database has moved */
    OUTCOME_LOST,         /* the build is gone from the controller; rows tell the state */
    OUTCOME_DRILL_DONE,
};

struct verify {
    struct verify_row rows[VERIFY_ROWS];
    enum verify_outcome outcome;
    char sentence[200]; /* spelled out for the operator */
};

struct verify_name { /* what backend/app/dns.h found */
    bool asked;
    enum tri matches;
    char detail[120];
};

/* From the newest look that still tells. */
struct verify_name verify_name_of(const struct snapshot *s, int64_t now_ms);

/* written_at_promotion: the replica's own position when it was first seen promoted (file "" before).
 * lost: the build can no longer be found. */
struct verify verify_of(const struct snapshot *s, const struct jenkins_build *build, bool lost,
                        bool drill, const struct binlog_coord *written_at_promotion,
                        const struct verify_name *name, int64_t now_ms);

const char *verify_row_label(enum verify_row_id id);
const char *verify_outcome_key(enum verify_outcome o);

#endif
