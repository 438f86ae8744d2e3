/* A run's stages, told as the customer's phases. Pure. The configuration maps stage names; a stage
 * that it does not name belongs to the phase of the stage before it. */
#ifndef DRTOP_FAILOVER_PHASE_H
#define DRTOP_FAILOVER_PHASE_H

#include "backend/failover/jenkins.h"

enum phase_state {
    PHASE_AHEAD,
    PHASE_RUNNING,
    PHASE_PAUSED,
    PHASE_DONE,
    PHASE_FAILED,
    PHASE_SKIPPED
};

struct phase {
    const char *name; /* of the configuration */
    enum phase_state state;
    struct opt_i64 started_wall_ms, took_ms;
    struct opt_i64 median_ms, p95_ms; /* of past runs */
};

struct phases {
    size_t n;
    struct phase phases[CONFIG_PHASES_MAX];
    int current;      /* index, -1: none yet */
    int no_return;    /* index of the phase that cannot be undone, -1: none configured */
    bool past_return; /* it has begun */
};

struct phases phases_of(const struct config_failover *cfg, const struct jenkins_stages *stages,
                        const struct jenkins_build *build);

const char *phase_state_word(enum phase_state state);

#endif
