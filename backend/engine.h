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

/* Readable when a new snapshot was published; and only when one was that cannot wait for the next
 * refresh of a screen (snapshot_is_news()). engine_drain() makes both quiet again. */
int engine_wake_fd(const struct engine *e);
int engine_news_fd(const struct engine *e);
void engine_drain(struct engine *e);

/* Rings fd, an eventfd of the caller's, with such news too; -1 ends that. One at a time. */
void engine_subscribe(struct engine *e, int fd);

/* What an earlier drtop knew, for an engine that starts in the middle of an outage. */
struct engine_memory {
    struct rto_memory rto;
    struct rto_runs runs;
    struct reading *primary; /* last known position and GTID set (struct db_facts), or NULL */
};

/* Below: from any thread; the engine takes them up with its next step. Copies what it is given. */

/* Nothing that the engine has seen itself is replaced by something older. */
void engine_remember(struct engine *e, const struct engine_memory *memory);

/* alert_book_adopt() */
void engine_adopt(struct engine *e, const struct alert *open, size_t n,
                  const struct incident *incident);

/* alert_book_acknowledge() */
void engine_acknowledge(struct engine *e, enum alert_kind kind, uint32_t subject,
                        const char *who, const char *comment);

/* Whether the history is being written: why not, or "" when it is. An alert of its own. */
void engine_record_trouble(struct engine *e, const char *why);

/* on_doubt(self) runs on the engine's thread when a good verdict gives way to a suspicion, so that
 * every source can be asked at once; it must do nothing but wake others. Before engine_start(). */
void engine_on_doubt(struct engine *e, void (*on_doubt)(void *self), void *self);

/* Stops and joins the thread. NULL is allowed. */
void engine_destroy(struct engine *e);

#endif
