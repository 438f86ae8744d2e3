/* The clock of an outage. Pure.
 *
 * It starts at the last moment at which the primary was seen to serve, not at the alert: between
 * that moment and the first one at which it was seen not to, the outage began. So the time that has
 * passed is an interval.
 *
 *   decide before = last good + RTO - pipeline (p95 of past runs) - validation
 *
 * (facts: GitHub's and AWS ARC's practice that recovery counts from onset until checks are green.) */
#ifndef DRTOP_VERDICT_RTO_H
#define DRTOP_VERDICT_RTO_H

#include "backend/fact/opt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long the failover pipeline takes. */
struct rto_runs {
    size_t n; /* past runs and drills that ended well; 0: nothing to learn from */
    struct opt_i64 median_ms, p95_ms;
    struct opt_i64 last_wall_ms, last_took_ms;
};

/* What outlives a restart. Wall times, because monotonic ones do not. */
struct rto_memory {
    struct opt_i64 last_good_wall_ms; /* newest moment at which the primary was seen to serve */
    struct opt_i64 first_bad_wall_ms; /* oldest one since then at which it was not */
};

struct rto_terms {
    int64_t objective_ms, pipeline_ms, validation_ms; /* as configured */
    struct rto_runs runs;
};

struct rto {
    bool running; /* an outage goes on */
    struct opt_i64 last_good_wall_ms, first_bad_wall_ms;
    struct opt_i64 elapsed_min_ms,
        elapsed_max_ms; /* max is unknown without a last good moment */
    int64_t objective_ms;
    int64_t pipeline_ms; /* what the deadline reckons with: p95 of the runs, or the estimate */
    struct opt_i64 median_ms;
    struct opt_i64 last_wall_ms, last_took_ms; /* the newest run */
    size_t n_runs;                             /* 0: pipeline_ms is the configured estimate */
    struct opt_i64 decide_before_wall_ms;      /* unknown unless running */
};

/* serves: the primary does (its app serves, or without one its database answers). outage: the
 * verdict says that it does not (verdict_is_outage()). Unknown evidence ends no outage. */
void rto_observe(struct rto_memory *memory, enum tri serves, bool outage, int64_t wall_ms);

struct rto rto_of(const struct rto_memory *memory, const struct rto_terms *terms,
                  int64_t wall_ms);

/* Median and 95th percentile (nearest rank) of n durations; sorts them. */
struct rto_runs rto_learn(int64_t *took_ms, size_t n);

#endif
