#include "backend/mysql/trail.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/fact/series.h"
#include "backend/mem.h"

/* A file every 21 s for a day. */
#define RUNS 4096

/* From this moment on, positions are of this file. */
struct run {
    int64_t from_ms;
    uint64_t number;
};

struct trail {
    size_t span_s;
    struct series *positions; /* NULL before the first coordinate */
    char base[BINLOG_NAME_MAX];
    int digits;       /* of the number in a file's name, at least */
    size_t n_runs;    /* ever begun; the newest is at (n_runs - 1) % RUNS */
    struct run *runs; /* RUNS of them */
};

struct trail *trail_create(size_t span_s)
{
    struct trail *t = mem_alloc(1, sizeof *t);
    t->span_s = span_s;
    t->runs = mem_alloc(RUNS, sizeof *t->runs);
    return t;
}

void trail_destroy(struct trail *t)
{
    if (!t) {
        return;
    }
    series_destroy(t->positions);
    free(t->runs);
    free(t);
}

static bool same_base(const struct trail *t, const char *file, size_t base_len)
{
    return t->positions && strlen(t->base) == base_len && memcmp(t->base, file, base_len) == 0;
}

static void begin_anew(struct trail *t, const char *file, size_t base_len)
{
    series_destroy(t->positions);
    t->positions = series_create(t->span_s, SERIES_COUNT);
    t->n_runs = 0;
    memcpy(t->base, file, base_len);
    t->base[base_len] = '\0';
    t->digits = (int)(strlen(file) - base_len - 1);
}

/* False while the second still belongs to the file before. */
static bool enter_file(struct trail *t, int64_t at_ms, uint64_t number)
{
    bool begun = t->n_runs > 0;
    int64_t first_ms, last_ms;
    if (begun && t->runs[(t->n_runs - 1) % RUNS].number == number) {
        return true;
    }
    if (begun && series_span(t->positions, &first_ms, &last_ms) && at_ms < last_ms + 1000) {
        return false;
    }
    t->runs[t->n_runs++ % RUNS] = (struct run){at_ms, number};
    return true;
}

void trail_push(struct trail *t, int64_t at_ms, const struct binlog_coord *c)
{
    size_t base_len;
    uint64_t number;
    if (!binlog_number(c->file, &base_len, &number)) {
        if (t->positions) {
            series_push(t->positions, at_ms, NAN);
        }
        return;
    }
    if (!same_base(t, c->file, base_len)) {
        begin_anew(t, c->file, base_len);
    }
    if (enter_file(t, at_ms, number)) {
        series_push(t->positions, at_ms, (double)c->pos);
    }
}

/* The file of the second that ends before end_ms; NULL when that is forgotten. */
static const struct run *run_before(const struct trail *t, int64_t end_ms)
{
    size_t kept = t->n_runs < RUNS ? t->n_runs : RUNS;
    for (size_t i = 1; i <= kept; i++) {
        const struct run *r = &t->runs[(t->n_runs - i) % RUNS];
        if (r->from_ms < end_ms) {
            return r;
        }
    }
    return NULL;
}

bool trail_at(const struct trail *t, int64_t at_ms, struct binlog_coord *out)
{
    double pos;
    if (!t->positions || !series_at(t->positions, at_ms, &pos)) {
        return false;
    }
    int64_t into_ms = at_ms % 1000 + (at_ms % 1000 < 0 ? 1000 : 0);
    const struct run *r = run_before(t, at_ms - into_ms + 1000);
    if (!r) {
        return false;
    }
    struct binlog_coord c = {.pos = (uint64_t)pos};
    int n = snprintf(c.file, sizeof c.file, "%s.%0*llu", t->base, t->digits,
                     (unsigned long long)r->number);
    if (n < 0 || (size_t)n >= sizeof c.file) {
        return false;
    }
    *out = c;
    return true;
}
