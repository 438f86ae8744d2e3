/* From a snapshot to the history: which of its numbers are kept, and where a hole is. Only the
 * thread that steps the engine calls it. */
#ifndef DRTOP_HISTORY_FEED_H
#define DRTOP_HISTORY_FEED_H

#include "backend/history.h"
#include "backend/snapshot.h"

#include <stdint.h>

/* Pushes what the snapshot says as of its taken_at_ms. *seen_replica_ms is when the replica's
 * coordinates that were pushed last were read, INT64_MIN before the first ones: each reading's
 * are pushed once. The primary's come from the engine, which sees every reading. */
void history_feed(struct history *h, const struct snapshot *s, int64_t *seen_replica_ms);

#endif
