/* A source is anything that is asked again and again: a database, a web page, a tunnel. Each gets
 * a thread of its own here, so a source that hangs delays nobody. */
#ifndef DRTOP_FACT_POLLER_H
#define DRTOP_FACT_POLLER_H

#include "backend/fact/board.h"
#include "backend/fact/clock.h"
#include "backend/fact/reading.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a kind of source can do. self is the instance. */
struct source_ops {
    /* Asks once. Runs on the source's own thread; may block, but every wait inside is bounded.
     * Returns a new reading, never NULL. */
    struct reading *(*poll)(void *self, const struct clock *clk);
    /* Makes a blocked poll return soon; runs on another thread, maybe many times and maybe while
     * nothing is blocked, but never during or after thread_end. May be NULL. */
    void (*interrupt)(void *self);
    /* Releases what belongs to the source's thread; runs there, last. May be NULL. */
    void (*thread_end)(void *self);
    /* Frees the instance after the thread has ended. */
    void (*destroy)(void *self);
};

struct source {
    const struct source_ops *ops;
    void *self;             /* owned by the poller once added */
    char name[48];          /* for the thread's name and for messages */
    size_t slot;            /* on the board */
    int64_t period_ms;      /* start to start; a poll that takes longer starts again at once */
    int64_t backoff_max_ms; /* a failing source is asked less and less often, down to this */
};

/* The usual one: its name sanitised, and a source that fails is asked no less often. */
struct source source_make(const struct source_ops *ops, void *self, const char *name,
                          size_t slot, int64_t period_ms);

struct poller;

/* The clock stamps readings; waiting always uses the machine's own. Both stay the caller's. */
struct poller *poller_create(struct board *board, const struct clock *clk);

/* Copies the description and takes ownership of source->self. Before poller_start() only. */
void poller_add(struct poller *p, const struct source *source);

/* Starts a thread a source. Returns false when one could not be started. */
bool poller_start(struct poller *p);

/* Asks every source now instead of at its next time. Any thread, never blocks. */
void poller_poke(struct poller *p);

/* Asks every thread to end, interrupts blocked polls, and joins what ends within budget_ms.
 * Returns true when all ended; false means a thread is stuck in a call that nothing interrupts
 * (the caller should leave the process with _exit() after restoring the terminal). */
bool poller_stop(struct poller *p, int64_t budget_ms);

/* Destroys every source. Only after poller_stop() returned true. NULL is allowed. */
void poller_destroy(struct poller *p);

#endif
