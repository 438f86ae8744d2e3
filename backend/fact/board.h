/* The board has one slot a source. Publishing swaps a pointer under a lock held for a few
 * instructions and rings a wake descriptor. There is no queue: nothing overflows, nothing has to
 * be merged; a reader wakes up and looks again. Any thread may call any function; one writer a
 * slot. Nothing here blocks. */
#ifndef DRTOP_FACT_BOARD_H
#define DRTOP_FACT_BOARD_H

#include "backend/fact/reading.h"

#include <stddef.h>

struct board;

/* What a slot shows: the latest reading whatever its state, and the latest FRESH one. The two
 * are the same while a source is well. Each is a reference of the caller's, or NULL. */
struct sight {
    struct reading *last;
    struct reading *good;
};

/* Returns a board with n empty slots, or NULL when the system gives no eventfd. */
struct board *board_create(size_t n);

/* Unreferences what the slots hold. Call after every writer has stopped. NULL is allowed. */
void board_destroy(struct board *board);

/* Takes ownership of one reference to r. */
void board_publish(struct board *board, size_t slot, struct reading *r);

/* Fills *out with new references; release them with sight_finish(). */
void board_look(struct board *board, size_t slot, struct sight *out);
struct sight sight_ref(const struct sight *s);
void sight_finish(struct sight *s);

/* Readable after a publish (poll it for POLLIN); board_drain() makes it quiet again. */
int board_wake_fd(const struct board *board);
void board_drain(struct board *board);

/* Rings the wake descriptor without publishing anything. */
void board_ring(struct board *board);

#endif
