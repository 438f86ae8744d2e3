/* Which state something was in, for as long as a fixed memory reaches: only the changes are kept,
 * so a day of calm costs a few bytes. State 0 is unknown. Not thread-safe; its owner locks. */
#ifndef DRTOP_FACT_CHANGES_H
#define DRTOP_FACT_CHANGES_H

#include <stddef.h>
#include <stdint.h>

#define CHANGES_MAX    2048 /* one every 42 s for a day; of more, the oldest are forgotten */
#define CHANGES_STATES 16   /* a state is below */

/* Nobody looked for longer: what was meanwhile is unknown. */
#define CHANGES_GAP_MS 2000

/* What was pushed is taken to hold on for so long, so that the column of "now" is no gap. */
#define CHANGES_HOLD_MS 1000

struct changes;

struct changes *changes_create(void);
void changes_destroy(struct changes *c);

/* It is so at at_ms (monotonic). Earlier than the push before: ignored. */
void changes_push(struct changes *c, int64_t at_ms, uint8_t state);

/* Cuts [from_ms, to_ms) into n equal columns and fills out[n] with the gravest state of each:
 * the one with the highest rank[state]. Before the first push, after the newest and where nobody
 * looked it is 0. */
void changes_columns(const struct changes *c, int64_t from_ms, int64_t to_ms,
                     const uint8_t rank[CHANGES_STATES], uint8_t *out, size_t n);

#endif
