/* The engine turns readings into meaning. One thread: it wakes on the board or on its clock,
 * derives lag, exposure, conditions, alerts and status with pure functions, and publishes an
 * immutable snapshot. It never does I/O, so nothing outside can stop it. */
#ifndef DRTOP_ENGINE_H
#define DRTOP_ENGINE_H

#include "backend/fact/board.h"
#include "backend/fact/clock.h"
#include "backend/snapshot.h"

struct engine;

/* cfg, board and clk stay the caller's and must outlive the engine. NULL without an eventfd. */
struct engine *engine_create(const struct config *cfg, struct board *board,
                             const struct clock *clk);

/* Starts the thread; false when it cannot be started. */
bool engine_start(struct engine *e);

/* Derives one snapshot now, on the caller's thread, from what the board shows. Only without a
 * started thread: for tests. */
void engine_step(struct engine *e);

/* The newest snapshot with a reference for the caller; NULL before the first. Any thread. */
struct snapshot *engine_look(struct engine *e);

/* Readable when a new snapshot was published; engine_drain() makes it quiet again. */
int engine_wake_fd(const struct engine *e);
void engine_drain(struct engine *e);

/* Stops and joins the thread. NULL is allowed. */
void engine_destroy(struct engine *e);

#endif
