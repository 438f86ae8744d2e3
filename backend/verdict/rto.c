#include "backend/verdict/rto.h"

#include <stdlib.h>

void rto_observe(struct rto_memory *memory, enum tri serves, bool outage, int64_t wall_ms)
{
    if (serves == TRI_YES && !outage) {
        memory->last_good_wall_ms = opt_i64(wall_ms);
        memory->first_bad_wall_ms = (struct opt_i64){0};
    } else if ((serves == TRI_NO || outage) && !memory->first_bad_wall_ms.known) {
        memory->first_bad_wall_ms = opt_i64(wall_ms);
    }
}

static struct opt_i64 since(struct opt_i64 from_wall_ms, int64_t wall_ms)
{
    if (!from_wall_ms.known) {
        return from_wall_ms;
    }
    int64_t ms = wall_ms - from_wall_ms.v;
    return opt_i64(ms > 0 ? ms : 0);
}

struct rto rto_of(const struct rto_memory *memory, const struct rto_terms *terms,
                  int64_t wall_ms)
{
    struct rto rto = {.running = memory->first_bad_wall_ms.known,
                      .last_good_wall_ms = memory->last_good_wall_ms,
                      .first_bad_wall_ms = memory->first_bad_wall_ms,
                      .objective_ms = terms->objective_ms,
                      .pipeline_ms = terms->pipeline_ms,
                      .median_ms = terms->runs.median_ms,
                      .last_wall_ms = terms->runs.last_wall_ms,
                      .last_took_ms = terms->runs.last_took_ms,
                      .n_runs = terms->runs.n};
    if (terms->runs.n > 0 && terms->runs.p95_ms.known) {
        rto.pipeline_ms = terms->runs.p95_ms.v;
    }
    if (!rto.running) {
        return rto;
    }
    rto.elapsed_min_ms = since(rto.first_bad_wall_ms, wall_ms);
    rto.elapsed_max_ms = since(rto.last_good_wall_ms, wall_ms);
    /* Without a last good moment the outage may be older: then the deadline is this or earlier. */
    int64_t from_ms =
        rto.last_good_wall_ms.known ? rto.last_good_wall_ms.v : rto.first_bad_wall_ms.v;
    rto.decide_before_wall_ms =
        opt_i64(from_ms + rto.objective_ms - rto.pipeline_ms - terms->validation_ms);
    return rto;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Nearest rank: the smallest value that at least q of all are not above. */
static int64_t quantile(const int64_t *sorted, size_t n, size_t percent)
{
    size_t rank = (n * percent + 99) / 100;
    return sorted[rank > 0 ? rank - 1 : 0];
}

struct rto_runs rto_learn(int64_t *took_ms, size_t n)
{
    struct rto_runs runs = {.n = n};
    if (n > 0) {
        qsort(took_ms, n, sizeof took_ms[0], by_value);
        runs.median_ms = opt_i64(quantile(took_ms, n, 50));
        runs.p95_ms = opt_i64(quantile(took_ms, n, 95));
    }
    return runs;
}
