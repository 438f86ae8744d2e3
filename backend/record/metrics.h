/* A snapshot as Prometheus text, format 0.0.4. Pure; any thread.
 *
 * What is not known has no sample: a gauge of it beside, NAME_known, is 0 then. It is never 0
 * itself, so no rule mistakes ignorance for health. */
#ifndef DRTOP_RECORD_METRICS_H
#define DRTOP_RECORD_METRICS_H

#include "backend/record/record.h"
#include "backend/snapshot.h"

#include <stdio.h>

#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* An engine whose newest snapshot is older than this stands still: drtop_up is 0. */
#define METRICS_STILL_MS 5000

/* s and view may be NULL: nothing is known yet. now_ms is of the clock that s was taken by. */
void metrics_write(const struct snapshot *s, const struct record_view *view, int64_t now_ms,
                   FILE *out);

#endif
