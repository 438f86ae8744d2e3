/* The whole house under one roof: board, watchdog, sources, pollers and engine for one
 * configuration. Every command that looks at the pair (dashboard, status, frame, config check)
 * creates one. */
#ifndef DRTOP_OBSERVER_H
#define DRTOP_OBSERVER_H

#include "backend/config.h"
#include "backend/engine.h"
#include "backend/error.h"
#include "backend/fact/clock.h"

struct observer;

/* Call once in main, before any thread, and at the end. */
bool observer_library_begin(struct error *err);
void observer_library_end(void);

/* Builds every source that cfg names and starts their threads and the engine. cfg and clk stay
 * the caller's. Returns NULL with err set when the system refuses threads or descriptors. */
struct observer *observer_start(const struct config *cfg, const struct clock *clk,
                                struct error *err);

struct engine *observer_engine(struct observer *o);

/* Asks every source now. Never blocks. */
void observer_poke(struct observer *o);

/* Waits until every source has said something, and a little for the lag to be known, or until
 * timeout_ms. Returns the newest snapshot with a reference for the caller. Blocks. */
struct snapshot *observer_wait(struct observer *o, int64_t timeout_ms);

/* How long observer_wait() should be given: a failing source has used up its timeout by then. */
int64_t observer_patience_ms(const struct config *cfg);

/* Stops everything. Returns false when a thread is stuck in a call that nothing interrupts (a
 * name lookup): the observer is then leaked and the caller leaves with _exit(). */
bool observer_stop(struct observer *o, int64_t budget_ms);

#endif
