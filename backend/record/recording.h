/* A recording that is being made: a file of its own, of the store's schema, that can be given away.
 * A thread writes what it is offered; the file is whole after every second, without others beside
 * it, so that a killed recorder leaves a usable one. Functions may be called by any thread and, but
 * for start, stop and change, do not block. */
#ifndef DRTOP_RECORD_RECORDING_H
#define DRTOP_RECORD_RECORDING_H

#include "backend/record/record.h"

struct recording;

/* Creates the file, mode 0600; never overwrites one. cfg and clk stay the caller's. NULL with err
 * set. */
struct recording *recording_start(const char *path, const struct config *cfg,
                                  const struct clock *clk, struct error *err);

/* Writes what there is, closes the file and joins the thread; false when a stalled disk keeps it for
 * longer than budget_ms: then the caller leaves with _exit(). NULL is allowed. */
bool recording_stop(struct recording *g, int64_t budget_ms);

/* The newest snapshot; keeps a reference until it is written or a newer one comes. */
void recording_offer(struct recording *g, struct snapshot *s);

/* From now on snapshots are of another configuration; nothing of the one before is used when this
 * returns. */
void recording_change(struct recording *g, const struct config *cfg);

/* Why it does not write, or "". */
void recording_trouble(struct recording *g, char out[200]);

#endif
