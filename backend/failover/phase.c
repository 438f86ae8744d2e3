#include "backend/failover/phase.h"

#include <string.h>

/* What the stages of one phase add up to. */
struct tally {
    size_t running, paused, failed, done, skipped;
    struct opt_i64 first_ms, end_ms; /* wall time of its first stage's start, and of its end */
    bool open_end;                   /* one of them does not tell how long it took */
};

static bool is_named(const struct config_phase *phase, const char *stage)
{
    for (char **name = phase->stages; name && *name; name++) {
        if (strcmp(*name, stage) == 0) {
            return true;
        }
    }
    return false;
}

static int named_by(const struct config_failover *cfg, const char *stage)
{
    for (size_t i = 0; i < cfg->n_phases; i++) {
        if (is_named(&cfg->phases[i], stage)) {
            return (int)i;
        }
    }
    return -1;
}

static void count(struct tally *t, const struct jenkins_stage *stage)
{
    switch (stage->state) {
    case STAGE_SKIPPED:
        t->skipped++;
        return; /* its times are those of a moment in which nothing was done */
    case STAGE_RUNNING:
        t->running++;
        break;
    case STAGE_PAUSED:
        t->paused++;
        break;
    case STAGE_FAILED:
    case STAGE_ABORTED:
        t->failed++;
        break;
    case STAGE_DONE:
    case STAGE_UNSTABLE:
        t->done++;
        break;
    }
    if (!t->first_ms.known || stage->started_wall_ms < t->first_ms.v) {
        t->first_ms = opt_i64(stage->started_wall_ms);
    }
    if (!stage->took_ms.known || stage->took_ms.v < 0) {
        t->open_end = true; /* negative: a parallel branch that is not over */
        return;
    }
    int64_t end_ms = stage->started_wall_ms + stage->took_ms.v;
    if (!t->end_ms.known || end_ms > t->end_ms.v) {
        t->end_ms = opt_i64(end_ms);
    }
}

/* A stage that nobody names belongs to the phase before it; of stages that were skipped after a
 * failure none is before: the closing stage ("Post Actions") belongs to the one that failed. */
static void sort_stages(const struct config_failover *cfg, const struct jenkins_stages *stages,
                        struct tally tallies[CONFIG_PHASES_MAX])
{
    int before = 0;
    for (size_t i = 0; i < stages->n; i++) {
        const struct jenkins_stage *stage = &stages->stages[i];
        int named = named_by(cfg, stage->name);
        if (named >= 0 && stage->state != STAGE_SKIPPED) {
            before = named;
        }
        count(&tallies[named >= 0 ? named : before], stage);
    }
}

static bool has_begun(const struct tally *t)
{
    return t->running + t->paused + t->failed + t->done > 0;
}

/* Has every stage that the configuration names been seen, so that nothing more is to come? */
static bool is_whole(const struct config_phase *phase, const struct jenkins_stages *stages)
{
    for (char **name = phase->stages; name && *name; name++) {
        bool seen = false;
        for (size_t i = 0; i < stages->n && !seen; i++) {
            seen = strcmp(stages->stages[i].name, *name) == 0;
        }
        if (!seen) {
            return false;
        }
    }
    return true;
}

/* What is known of the run as a whole. */
struct run {
    bool building, succeeded;
    bool failure_told; /* some phase has the failure in it; else it is in the last one */
};

/* The run's own word stands above that of a stage: a stage still "in progress" in a run that is
 * over is not. */
static enum phase_state state_of(const struct tally *t, const struct run *run, bool is_last,
                                 bool whole)
{
    bool open = t->running + t->paused > 0;
    if (!has_begun(t)) {
        return t->skipped > 0 || !run->building ? PHASE_SKIPPED : PHASE_AHEAD;
    }
    if (t->failed > 0) {
        return PHASE_FAILED;
    }
    if (!run->building) {
        bool well = run->succeeded || (!open && (run->failure_told || !is_last));
        return well ? PHASE_DONE : PHASE_FAILED;
    }
    if (t->paused > 0) {
        return PHASE_PAUSED;
    }
    return open || (is_last && !whole) ? PHASE_RUNNING : PHASE_DONE;
}

static int last_begun(const struct tally tallies[CONFIG_PHASES_MAX], size_t n)
{
    for (size_t i = n; i-- > 0;) {
        if (has_begun(&tallies[i])) {
            return (int)i;
        }
    }
    return -1;
}

static bool any_failed(const struct tally tallies[CONFIG_PHASES_MAX], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (tallies[i].failed > 0) {
            return true;
        }
    }
    return false;
}

struct phases phases_of(const struct config_failover *cfg, const struct jenkins_stages *stages,
                        const struct jenkins_build *build)
{
    struct phases p = {.n = cfg->n_phases, .current = -1, .no_return = -1};
    struct tally tallies[CONFIG_PHASES_MAX] = {0};
    if (cfg->n_phases > 0) {
        sort_stages(cfg, stages, tallies);
    }
    const struct run run = {
        .building = !build || build->building,
        .succeeded =
            build && (build->result == RESULT_SUCCESS || build->result == RESULT_UNSTABLE),
        .failure_told = any_failed(tallies, p.n),
    };
    int last = last_begun(tallies, p.n);
    for (size_t i = 0; i < p.n; i++) {
        const struct tally *t = &tallies[i];
        struct phase *phase = &p.phases[i];
        phase->name = cfg->phases[i].name;
        phase->state = state_of(t, &run, (int)i == last, is_whole(&cfg->phases[i], stages));
        phase->started_wall_ms = t->first_ms;
        bool over = phase->state == PHASE_DONE || phase->state == PHASE_FAILED;
        if (over && t->first_ms.known && t->end_ms.known && !t->open_end) {
            phase->took_ms = opt_i64(t->end_ms.v - t->first_ms.v);
        }
        p.no_return = cfg->phases[i].no_return ? (int)i : p.no_return;
    }
    p.current = last;
    p.past_return = p.no_return >= 0 && last >= p.no_return;
    return p;
}

const char *phase_state_word(enum phase_state state)
{
    static const char *const words[] = {
        [PHASE_AHEAD] = "ahead", [PHASE_RUNNING] = "running", [PHASE_PAUSED] = "paused",
        [PHASE_DONE] = "done",   [PHASE_FAILED] = "failed",   [PHASE_SKIPPED] = "skipped"};
    return words[state];
}
