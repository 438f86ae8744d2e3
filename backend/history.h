/* What the numbers were, second by second, for the last 24 hours, in fixed memory. The engine
 * writes, viewers read; a leaf lock inside makes every function safe on any thread. */
#ifndef DRTOP_HISTORY_H
#define DRTOP_HISTORY_H

#include "backend/fact/series.h"
#include "backend/mysql/binlog.h"
#include "backend/tunnel/provider.h"

enum history_metric {
    HISTORY_LAG_S,
    HISTORY_NOT_RECEIVED_B,
    HISTORY_NOT_APPLIED_B,
    HISTORY_RTT_MS,  /* of the first probe */
    HISTORY_LOST,    /* 1: its newest try was lost, 0: it passed */
    HISTORY_VERDICT, /* enum verdict_kind */
    HISTORY_METRICS,
};

/* The three coordinates of the pair. */
enum history_coord { HISTORY_PRIMARY, HISTORY_RECEIVED, HISTORY_APPLIED, HISTORY_COORDS };

struct history;

struct history *history_create(void); /* with one reference */
struct history *history_ref(struct history *h);
void history_destroy(struct history *h); /* gives one back; NULL is allowed */

/* series_push() and its readers under the lock. */
void history_push(struct history *h, enum history_metric m, int64_t at_ms, double v);
bool history_at(struct history *h, enum history_metric m, int64_t at_ms, double *out_v);
void history_columns(struct history *h, enum history_metric m, int64_t from_ms, int64_t to_ms,
                     struct series_column *out, size_t n);
bool history_quantile(struct history *h, enum history_metric m, int64_t from_ms, int64_t to_ms,
                      double q, double *out_v);
bool history_span(struct history *h, enum history_metric m, int64_t *out_first_ms,
                  int64_t *out_last_ms);

/* trail_push() and trail_at() under the lock. */
void history_push_coord(struct history *h, enum history_coord which, int64_t at_ms,
                        const struct binlog_coord *c);
bool history_coord_at(struct history *h, enum history_coord which, int64_t at_ms,
                      struct binlog_coord *out);

/* What a view of the path (its index in the configuration) said, as it was shown: at every
 * snapshot, or nobody looked. */
void history_push_view(struct history *h, size_t view, int64_t at_ms, enum tunnel_state state);

/* Cuts [from_ms, to_ms) into n equal columns, at most HISTORY_COLUMNS_MAX, and fills out[n] with
 * the gravest state of each (tunnel_state_rank()); TUNNEL_UNKNOWN where nobody looked, too. */
#define HISTORY_COLUMNS_MAX 1024
void history_view_columns(struct history *h, size_t view, int64_t from_ms, int64_t to_ms,
                          enum tunnel_state *out, size_t n);

#endif
