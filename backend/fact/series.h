/* A series keeps one number a second for a fixed span in fixed memory. A second without a number
 * is a hole and stays one: it is never 0 and never interpolated. Not thread-safe; its owner locks. */
#ifndef DRTOP_FACT_SERIES_H
#define DRTOP_FACT_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERIES_DAY_S 86400

struct series;

/* What a second is kept in. A number that is too large for it, or negative, is a hole. */
enum series_cell {
    SERIES_BYTE,  /* whole, 0..254 */
    SERIES_COUNT, /* whole, below 2^32 - 1 */
    SERIES_SHORT, /* to 0.05 %, from 10^-5 to 7 * 10^13; smaller ones are 10^-5, but 0 is 0 */
};

/* What a stretch of time held. Without a sample (n == 0) the three numbers are meaningless. */
struct series_column {
    uint32_t n;     /* seconds that had a number */
    uint32_t holes; /* seconds that had none, counted from the oldest one that is remembered;
                        so are the seconds after the newest */
    double min, avg, max;
};

/* Returns a series that remembers span_s seconds. Aborts when out of memory. */
struct series *series_create(size_t span_s, enum series_cell kind);
void series_destroy(struct series *s);

/* Records v for the second that holds at_ms. Several numbers in one second keep the largest, so
 * that a peak is not lost. Seconds skipped since the last push are holes. A time before the
 * newest second is ignored unless it is that same second. NAN records a hole. */
void series_push(struct series *s, int64_t at_ms, double v);

/* The number of the second that holds at_ms; false for a hole or outside the span. */
bool series_at(const struct series *s, int64_t at_ms, double *out_v);

/* Cuts [from_ms, to_ms) into n equal columns and fills out[n]. Column bounds are the caller's:
 * aligned bounds give columns that do not flicker as time passes. */
void series_columns(const struct series *s, int64_t from_ms, int64_t to_ms,
                    struct series_column *out, size_t n);

/* The q-quantile (0..1) of the numbers in [from_ms, to_ms); false when there are none. */
bool series_quantile(const struct series *s, int64_t from_ms, int64_t to_ms, double q,
                     double *out_v);

/* First and newest second that were pushed and are still remembered, as ms of their start; false
 * while empty. */
bool series_span(const struct series *s, int64_t *out_first_ms, int64_t *out_last_ms);

#endif
