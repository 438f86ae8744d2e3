/* The store as it stood at a moment of the past: what was recorded until then, without what came
 * after. Private to backend/record/. The file may be anybody's: every time that comes out lies in
 * [0, THEN_MAX_MS], every figure is one that can be reckoned with, every text is sanitised. */
#ifndef DRTOP_RECORD_STORE_THEN_H
#define DRTOP_RECORD_STORE_THEN_H

#include "backend/record/store_db.h"

#define THEN_MAX_MS INT64_C(253402300799000) /* the end of the year 9999 */

enum then_grain {
    THEN_NOTHING, /* nothing was recorded at that moment */
    THEN_SECOND,
    THEN_MINUTE, /* the worst figures of its minute, and the last states */
};

/* How many of a minute's seconds had a lag, and what it was; the sample beside it has the worst. */
struct then_minute {
    int64_t n, lag_n;
    struct opt_f64 lag_min_s, lag_avg_s;
};

/* The sample of a moment. */
bool store_then_sample(struct store *st, int64_t wall_ms, struct store_sample *out,
                       enum then_grain *out_grain, struct error *err);

/* The newest sample at or before that moment in which the column ("primary_file", a literal of
 * ours) is known, at most THEN_BACK_MS before it; *out_found false without one. */
#define THEN_BACK_MS INT64_C(86400000)
bool store_then_last(struct store *st, const char *column, int64_t wall_ms,
                     struct store_sample *out, bool *out_found, struct error *err);

/* Seconds, or minutes (m is not NULL), of [from, to], oldest first: calls each() for every one. */
bool store_then_walk(struct store *st, enum then_grain grain, int64_t from_wall_ms,
                     int64_t to_wall_ms,
                     void (*each)(void *self, const struct store_sample *s,
                                  const struct then_minute *m),
                     void *self, struct error *err);

/* Alerts that had opened by then, in the state that they had then; the newest n, oldest first.
 * Returns how many, or -1. What came later (the peak, an acknowledgement) is taken off. */
int store_then_alerts(struct store *st, int64_t wall_ms, struct store_alert *out, int n,
                      struct error *err);
/* The newest n events until then, oldest first; as store_events(). */
int store_then_events(struct store *st, int64_t wall_ms, struct event *out, int n,
                      struct error *err);
/* The newest incident that had begun by then; id "" without one. */
bool store_then_incident(struct store *st, int64_t wall_ms, struct incident *out,
                         struct error *err);
/* The runs that had ended well by then. */
bool store_then_runs(struct store *st, int64_t wall_ms, struct rto_runs *out,
                     struct error *err);

/* The newest verdict until then: its JSON (heap; NULL without one), when it was said, and since when
 * its kind was suspected. */
struct then_verdict {
    int64_t at_wall_ms, since_wall_ms;
    char *data;
};
bool store_then_verdict(struct store *st, int64_t wall_ms, struct then_verdict *out,
                        struct error *err);

/* The first and the last moment of which there is a sample; *out_found false in an empty store. */
bool store_then_span(struct store *st, int64_t *out_first_wall_ms, int64_t *out_last_wall_ms,
                     bool *out_found, struct error *err);

/* When the alert, or the incident, next after (or before) that moment began. */
enum then_what { THEN_ALERT, THEN_INCIDENT };
bool store_then_next(struct store *st, enum then_what what, bool after, int64_t wall_ms,
                     struct opt_i64 *out_wall_ms, struct error *err);
/* When the incident of that id began. */
bool store_then_incident_began(struct store *st, const char *id, struct opt_i64 *out_wall_ms,
                               struct error *err);

/* What the meta table says that a view of the path asks or looks at; "" for nothing. */
const char *store_meta_target(const struct config_tunnel *t);

#endif
