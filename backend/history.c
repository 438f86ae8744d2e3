#include "backend/history.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "backend/fact/changes.h"
#include "backend/mem.h"
#include "backend/mysql/trail.h"
#include "backend/tunnel/view.h"

struct history {
    atomic_uint refs;
    pthread_mutex_t mu;
    // below: guarded by mu
    struct series *series[HISTORY_METRICS];
    struct trail *trails[HISTORY_COORDS];
    struct changes *views[CONFIG_TUNNELS_MAX]; /* NULL: not watched so far */
};

struct history *history_create(void)
{
    struct history *h = mem_alloc(1, sizeof *h);
    atomic_init(&h->refs, 1);
    (void)pthread_mutex_init(&h->mu, NULL);
    for (size_t i = 0; i < HISTORY_METRICS; i++) {
        enum series_cell kind =
            i == HISTORY_VERDICT || i == HISTORY_LOST ? SERIES_BYTE : SERIES_SHORT;
        h->series[i] = series_create(SERIES_DAY_S, kind);
    }
    for (size_t i = 0; i < HISTORY_COORDS; i++) {
        h->trails[i] = trail_create(SERIES_DAY_S);
    }
    return h;
}

struct history *history_ref(struct history *h)
{
    atomic_fetch_add(&h->refs, 1);
    return h;
}

void history_destroy(struct history *h)
{
    if (!h || atomic_fetch_sub(&h->refs, 1) != 1) {
        return;
    }
    for (size_t i = 0; i < HISTORY_METRICS; i++) {
        series_destroy(h->series[i]);
    }
    for (size_t i = 0; i < HISTORY_COORDS; i++) {
        trail_destroy(h->trails[i]);
    }
    for (size_t i = 0; i < CONFIG_TUNNELS_MAX; i++) {
        changes_destroy(h->views[i]);
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

void history_push_view(struct history *h, size_t view, int64_t at_ms, enum tunnel_state state)
{
    assert(view < CONFIG_TUNNELS_MAX);
    (void)pthread_mutex_lock(&h->mu);
    if (!h->views[view]) {
        h->views[view] = changes_create();
    }
    changes_push(h->views[view], at_ms, (uint8_t)state);
    (void)pthread_mutex_unlock(&h->mu);
}

void history_view_columns(struct history *h, size_t view, int64_t from_ms, int64_t to_ms,
                          enum tunnel_state *out, size_t n)
{
    uint8_t rank[CHANGES_STATES] = {0}, states[HISTORY_COLUMNS_MAX] = {0};
    assert(view < CONFIG_TUNNELS_MAX && n <= HISTORY_COLUMNS_MAX);
    for (int i = 0; i < TUNNEL_STATES; i++) {
        rank[i] = (uint8_t)tunnel_state_rank((enum tunnel_state)i);
    }
    (void)pthread_mutex_lock(&h->mu);
    if (h->views[view]) {
        changes_columns(h->views[view], from_ms, to_ms, rank, states, n);
    }
    (void)pthread_mutex_unlock(&h->mu);
    for (size_t i = 0; i < n; i++) {
        out[i] = (enum tunnel_state)states[i];
    }
}
