#include "backend/fact/reading.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/mem.h"
#include "backend/net/text.h"

/* What a reader sees, and behind it what only the reference count needs. */
struct held {
    struct reading reading;
    atomic_uint refs;
    void *value;
    void (*free_value)(void *);
};

static struct held *held_of(struct reading *r)
{
    _Static_assert(offsetof(struct held, reading) == 0, "the reading comes first");
    return (struct held *)(void *)r;
}

static struct reading *create(enum reading_state state, void *value, void (*free_value)(void *),
                              int64_t taken_at_ms, int64_t wall_ms)
{
    struct held *h = mem_alloc(1, sizeof *h);
    h->reading = (struct reading){
        .state = state, .taken_at_ms = taken_at_ms, .wall_ms = wall_ms, .value = value};
    atomic_init(&h->refs, 1);
    h->value = value;
    h->free_value = free_value;
    return &h->reading;
}

struct reading *reading_fresh(void *value, void (*free_value)(void *), int64_t taken_at_ms,
                              int64_t wall_ms)
{
    return create(READING_FRESH, value, free_value, taken_at_ms, wall_ms);
}

struct reading *reading_failed(void *value, void (*free_value)(void *), int64_t taken_at_ms,
                               int64_t wall_ms, const char *format, ...)
{
    struct reading *r = create(READING_FAILED, value, free_value, taken_at_ms, wall_ms);
    char raw[2 * sizeof r->reason];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    (void)text_clean_str(r->reason, sizeof r->reason, raw);
    return r;
}

struct reading *reading_ref(struct reading *r)
{
    if (r) {
        (void)atomic_fetch_add_explicit(&held_of(r)->refs, 1, memory_order_relaxed);
    }
    return r;
}

void reading_unref(struct reading *r)
{
    if (!r) {
        return;
    }
    struct held *h = held_of(r);
    if (atomic_fetch_sub_explicit(&h->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    if (h->free_value) {
        h->free_value(h->value);
    }
    free(h);
}
