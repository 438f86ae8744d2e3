#include "backend/history.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"

#define POS_BITS  33
#define FILE_BITS 20

struct history {
    pthread_mutex_t mu;
    // below: guarded by mu
    struct series *series[HISTORY_METRICS];
};

struct history *history_create(void)
{
    struct history *h = mem_alloc(1, sizeof *h);
    (void)pthread_mutex_init(&h->mu, NULL);
    for (size_t i = 0; i < HISTORY_METRICS; i++) {
        h->series[i] = series_create(SERIES_DAY_S);
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

double history_encode(const struct binlog_coord *c)
{
    size_t base_len;
    uint64_t number;
    if (!binlog_known(c) || !binlog_number(c->file, &base_len, &number) ||
        number >> FILE_BITS || c->pos >> POS_BITS) {
        return NAN;
    }
    return ldexp((double)number, POS_BITS) + (double)c->pos;
}

bool history_decode(double v, const struct binlog_coord *like, struct binlog_coord *out)
{
    size_t base_len;
    uint64_t like_number;
    if (isnan(v) || v < 0 || !binlog_number(like->file, &base_len, &like_number)) {
        return false;
    }
    uint64_t bits = (uint64_t)v;
    int digits = (int)(strlen(like->file) - base_len - 1);
    struct binlog_coord c = {.pos = bits & ((UINT64_C(1) << POS_BITS) - 1)};
    int n = snprintf(c.file, sizeof c.file, "%.*s.%0*llu", (int)base_len, like->file, digits,
                     (unsigned long long)(bits >> POS_BITS));
    if (n < 0 || (size_t)n >= sizeof c.file) {
        return false;
    }
    *out = c;
    return true;
}
