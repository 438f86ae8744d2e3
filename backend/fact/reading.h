/* A reading is what one poll of one source said: a value, when it was taken, whether the poll
 * learned it, and if not, why. Immutable after creation and shared by reference count, so any
 * thread may keep one for as long as it likes. */
#ifndef DRTOP_FACT_READING_H
#define DRTOP_FACT_READING_H

#include <stdint.h>

enum reading_state {
    READING_UNKNOWN, /* nothing was learned yet, and nothing failed either */
    READING_FRESH,   /* value holds what the source said at taken_at_ms */
    READING_FAILED, /* reason says why; value may be NULL or hold what was learned on the way */
};

struct reading {
    enum reading_state state;
    int64_t taken_at_ms; /* clock_mono_ms: middle of the round trip that fetched the value */
    int64_t wall_ms;     /* clock_wall_ms at the same moment */
    const void *value;   /* its type belongs to the source; see the source's header */
    char reason[256];    /* sanitised; empty unless FAILED */
};

/* Both take ownership of value; free_value (may be NULL) is called with the last reference.
 * Return a new reading with one reference. Abort when out of memory. */
struct reading *reading_fresh(void *value, void (*free_value)(void *), int64_t taken_at_ms,
                              int64_t wall_ms);
struct reading *reading_failed(void *value, void (*free_value)(void *), int64_t taken_at_ms,
                               int64_t wall_ms, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Returns its argument with one more reference. NULL is allowed. */
struct reading *reading_ref(struct reading *r);

/* Gives one reference back; frees with the last one. NULL is allowed. */
void reading_unref(struct reading *r);

#endif
