/* What has to hold before a failover may be started, as rows. Pure: a snapshot and what is known of
 * the job in, rows out. UNKNOWN never counts as PASS. */
#ifndef DRTOP_FAILOVER_PREFLIGHT_H
#define DRTOP_FAILOVER_PREFLIGHT_H

#include "backend/failover/jenkins.h"
#include "backend/snapshot.h"

/* The verb that the evidence picks. The operator cannot pick a gentler one. */
enum failover_verb {
    VERB_NONE,       /* the observer is isolated, split brain, or there is nothing to do */
    VERB_SWITCHOVER, /* planned: the primary answers */
    VERB_FAILOVER,   /* the primary is lost on independent routes, confirmed */
    VERB_FORCE,      /* the evidence is in conflict, or does not reach that far */
    VERB_DRILL,
};

enum preflight_class { PREFLIGHT_PASS, PREFLIGHT_WARN, PREFLIGHT_BLOCK, PREFLIGHT_UNKNOWN };

/* In the order of the screen. */
enum preflight_row_id {
    ROW_VERDICT,    /* the verdict allows the verb */
    ROW_FRESH,      /* the facts on the screen are fresh */
    ROW_RECEIVER,   /* the replica's receiver has stopped advancing (switchover: caught up) */
    ROW_DRAINED,    /* received = applied */
    ROW_REPLICA,    /* healthy, read-only, not promoted */
    ROW_PRIMARY,    /* fenced: read-only or silent (a silent one may come back: WARN) */
    ROW_DURABLE,    /* nothing yet to see: left out where not known how */
    ROW_JENKINS,    /* reachable, our user known, not quieting down */
    ROW_JOB,        /* buildable, not disabled, has run before */
    ROW_PARAMETERS, /* each one declared and of a valid value, none undeclared, all sent */
    ROW_RUN,        /* no run of the job in progress or queued */
    ROW_OPERATOR,   /* nobody else holds the failover */
    ROW_COOLDOWN,   /* no earlier attempt unacknowledged or too recent */
    ROW_DRILL,      /* age and time of the last drill: WARN when there is none or it is old */
    PREFLIGHT_ROWS,
};

struct preflight_row {
    bool shown;
    enum preflight_class class;
    bool overridden;       /* by the operator, with a reason */
    bool may_override;     /* false: not even with a reason (isolated, a run in progress) */
    char text[120];        /* "relay log drained (received = applied)" */
    char detail[240];      /* what Tab shows: value, threshold, where it was read */
    struct opt_i64 age_ms; /* of the fact; unknown: it has none */
    enum route route;
};

/* The controller as the driver saw it last. */
struct preflight_job {
    bool asked;
    enum jenkins_reach reach;
    char why[200];
    int64_t taken_at_ms;
    struct jenkins_job job;
};

/* Attempts that the journal knows. */
struct preflight_past {
    bool running;               /* one is under way */
    char holder[ALERT_WHO_MAX]; /* who holds the failover, "" for nobody else */
    bool unacknowledged;        /* the newest ended and nobody has acknowledged it */
    struct opt_i64 ended_wall_ms;
    struct opt_i64 drill_wall_ms, drill_took_ms;
};

#define PREFLIGHT_STILL_MS 3000  /* a receiver that has not moved for so long has stopped */
#define PREFLIGHT_JOB_MS   10000 /* what is known of the controller is no longer, when older */

struct preflight {
    enum failover_verb verb;
    char because[160]; /* why this verb: "source unreachable on 3 routes, DR ready" */
    char lose[160];    /* what is lost, in words; says "cannot know" where that is so */
    char unseen[160];  /* what may be lost on top, "" for nothing */
    char keep[160];    /* what is received and still to be applied */
    /* What has to be typed: target and loss, "failover azure-eastus lose 14". "" without a verb. */
    char phrase[128];
    size_t pass, warn, block, unknown; /* after overrides */
    struct preflight_row rows[PREFLIGHT_ROWS];
    struct opt_i64 last_good_wall_ms; /* of the primary's service, while an outage goes on */
    uint64_t hash; /* of verb, phrase and every row's class: approval is bound to it */
};

/* values are the parameters that would be sent. drill: a drill was asked for. */
struct preflight preflight_of(const struct snapshot *s, const struct preflight_job *job,
                              const struct preflight_past *past,
                              const struct jenkins_value *values, size_t n_values, bool drill,
                              int64_t now_ms, int64_t wall_ms);

/* Applies an override; false when the row may not be overridden or needs none. */
bool preflight_override(struct preflight *p, enum preflight_row_id id);

/* May the path go on: a verb, and no row blocks or is unknown? */
bool preflight_clear(const struct preflight *p);

const char *verb_word(enum failover_verb verb);               /* "FAILOVER" */
const char *preflight_class_word(enum preflight_class class); /* "PASS" */
const char *preflight_row_key(enum preflight_row_id id);      /* "receiver" */

#endif
