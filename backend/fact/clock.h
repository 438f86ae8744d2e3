/* The two clocks of drtop, replaceable in tests. mono_ms counts from an arbitrary point, never
 * jumps, and is the only one that durations and ages are computed from. wall_ms is Unix time and
 * is only ever shown to people. Any thread may call. */
#ifndef DRTOP_FACT_CLOCK_H
#define DRTOP_FACT_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

struct clock {
    int64_t (*mono_ms)(const struct clock *clk);
    int64_t (*wall_ms)(const struct clock *clk);
};

/* The machine's clocks: CLOCK_MONOTONIC and CLOCK_REALTIME. */
extern const struct clock clock_system;

/* A clock that stands still until told otherwise. */
struct clock_manual {
    struct clock base; /* pass &manual.base */
    _Atomic int64_t mono;
    _Atomic int64_t wall;
};

void clock_manual_init(struct clock_manual *clk, int64_t mono_ms, int64_t wall_ms);
void clock_manual_advance(struct clock_manual *clk, int64_t ms);

static inline int64_t clock_mono_ms(const struct clock *clk)
{
    return clk->mono_ms(clk);
}

static inline int64_t clock_wall_ms(const struct clock *clk)
{
    return clk->wall_ms(clk);
}

/* CLOCK_MONOTONIC in microseconds, for round-trip times. */
int64_t clock_real_us(void);

#endif
