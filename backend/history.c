#include "backend/history.h"

#include <pthread.h>
#include <stdlib.h>

#include "backend/mem.h"
#include "backend/mysql/trail.h"

struct history {
    pthread_mutex_t mu;
    // below: guarded by mu
    struct series *series[HISTORY_METRICS];
    struct trail *trails[HISTORY_COORDS];
};

struct history *history_create(void)
{
    struct history *h = mem_alloc(1, sizeof *h);
    (void)pthread_mutex_init(&h->mu, NULL);
    for (size_t i = 0; i < HISTORY_METRICS; i++) {
        enum series_cell kind = i == HISTORY_VERDICT ? SERIES_BYTE : SERIES_SHORT;
        h->series[i] = series_create(SERIES_DAY_S, kind);
    }
    for (size_t i = 0; i < HISTORY_COORDS; i++) {
        h->trails[i] = trail_create(SERIES_DAY_S);
    }
    return h;
}

void history_destroy(struct history *h)
{
    if (!h) {
        return;
    }
    for (size_t i = 0; i < HISTORY_METRICS; i++) {
        series_destroy(h->series[i]);
    }
    for (size_t i = 0; i < HISTORY_COORDS; i++) {
        trail_destroy(h->trails[i]);
    }
    (void)pthread_mutex_destroy(&h->mu);
    free(h);
}

void history_push(struct history *h, enum history_metric m, int64_t at_ms, double v)
{
    (void)pthread_mutex_lock(&h->mu);
    series_push(h->series[m], at_ms, v);
    (void)pthread_mutex_unlock(&h->mu);
}

bool history_at(struct history *h, enum history_metric m, int64_t at_ms, double *out_v)
{
    (void)pthread_mutex_lock(&h->mu);
    bool known = series_at(h->series[m], at_ms, out_v);
    (void)pthread_mutex_unlock(&h->mu);
    return known;
}

void history_columns(struct history *h, enum history_metric m, int64_t from_ms, int64_t to_ms,
                     struct series_column *out, size_t n)
{
    (void)pthread_mutex_lock(&h->mu);
    series_columns(h->series[m], from_ms, to_ms, out, n);
    (void)pthread_mutex_unlock(&h->mu);
}

bool history_quantile(struct history *h, enum history_metric m, int64_t from_ms, int64_t to_ms,
                      double q, double *out_v)
{
    (void)pthread_mutex_lock(&h->mu);
    bool known = series_quantile(h->series[m], from_ms, to_ms, q, out_v);
    (void)pthread_mutex_unlock(&h->mu);
    return known;
}

bool history_span(struct history *h, enum history_metric m, int64_t *out_first_ms,
                  int64_t *out_last_ms)
{
    (void)pthread_mutex_lock(&h->mu);
    bool known = series_span(h->series[m], out_first_ms, out_last_ms);
    (void)pthread_mutex_unlock(&h->mu);
    return known;
}

void history_push_coord(struct history *h, enum history_coord which, int64_t at_ms,
                        const struct binlog_coord *c)
{
    (void)pthread_mutex_lock(&h->mu);
    trail_push(h->trails[which], at_ms, c);
    (void)pthread_mutex_unlock(&h->mu);
}

bool history_coord_at(struct history *h, enum history_coord which, int64_t at_ms,
                      struct binlog_coord *out)
{
    (void)pthread_mutex_lock(&h->mu);
    bool known = trail_at(h->trails[which], at_ms, out);
    (void)pthread_mutex_unlock(&h->mu);
    return known;
}
