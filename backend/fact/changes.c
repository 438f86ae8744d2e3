#include "backend/fact/changes.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"

/* A ring; change i stands at i modulo CHANGES_MAX. Time and state share a word: half the memory. */
struct changes {
    uint64_t n; /* ever kept */
    int64_t newest_ms;
    int64_t words[CHANGES_MAX]; /* at_ms * CHANGES_STATES + state */
};

struct changes *changes_create(void)
{
    return mem_alloc(1, sizeof(struct changes));
}

void changes_destroy(struct changes *c)
{
    free(c);
}

static uint64_t oldest(const struct changes *c)
{
    return c->n > CHANGES_MAX ? c->n - CHANGES_MAX : 0;
}

static int64_t at_ms_of(const struct changes *c, uint64_t i)
{
    int64_t word = c->words[i % CHANGES_MAX];
    return (word - (word & (CHANGES_STATES - 1))) / CHANGES_STATES;
}

static uint8_t state_of(const struct changes *c, uint64_t i)
{
    return (uint8_t)(c->words[i % CHANGES_MAX] & (CHANGES_STATES - 1));
}

static void keep(struct changes *c, int64_t at_ms, uint8_t state)
{
    if (c->n > 0 && state_of(c, c->n - 1) == state) {
        return;
    }
    c->words[c->n++ % CHANGES_MAX] = at_ms * CHANGES_STATES + state;
}

void changes_push(struct changes *c, int64_t at_ms, uint8_t state)
{
    assert(state < CHANGES_STATES);
    if (c->n > 0 && at_ms < c->newest_ms) {
        return;
    }
    if (c->n > 0 && at_ms - c->newest_ms > CHANGES_GAP_MS) {
        keep(c, c->newest_ms + 1, 0);
    }
    keep(c, at_ms, state);
    c->newest_ms = at_ms;
}

/* The newest change at or before at_ms; false when it is from before what is remembered. */
static bool find(const struct changes *c, int64_t at_ms, uint64_t *out_i)
{
    uint64_t low = oldest(c), high = c->n;
    if (low == high || at_ms_of(c, low) > at_ms) {
        return false;
    }
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (at_ms_of(c, middle) <= at_ms) {
            low = middle;
        } else {
            high = middle;
        }
    }
    *out_i = low;
    return true;
}

static uint8_t gravest(const struct changes *c, int64_t from_ms, int64_t to_ms,
                       const uint8_t *rank)
{
    uint64_t i = oldest(c);
    uint8_t worst = 0;
    if (c->n == 0 || from_ms > c->newest_ms + CHANGES_HOLD_MS) {
        return 0;
    }
    if (find(c, from_ms, &i)) {
        worst = state_of(c, i++);
    }
    for (; i < c->n && at_ms_of(c, i) < to_ms; i++) {
        uint8_t state = state_of(c, i);
        worst = rank[state] > rank[worst] ? state : worst;
    }
    return worst;
}

void changes_columns(const struct changes *c, int64_t from_ms, int64_t to_ms,
                     const uint8_t rank[CHANGES_STATES], uint8_t *out, size_t n)
{
    int64_t width_ms = to_ms - from_ms, columns = (int64_t)n;
    memset(out, 0, n);
    for (int64_t i = 0; i < columns && width_ms > 0; i++) {
        out[i] = gravest(c, from_ms + width_ms * i / columns,
                         from_ms + width_ms * (i + 1) / columns, rank);
    }
}
