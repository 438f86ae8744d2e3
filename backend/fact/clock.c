#include "backend/fact/clock.h"

#include <stddef.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec now;
    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t system_mono_ms(const struct clock *clk)
{
    (void)clk;
    return read_us(CLOCK_MONOTONIC) / 1000;
}

static int64_t system_wall_ms(const struct clock *clk)
{
    (void)clk;
    return read_us(CLOCK_REALTIME) / 1000;
}

const struct clock clock_system = {.mono_ms = system_mono_ms, .wall_ms = system_wall_ms};

static const struct clock_manual *manual_of(const struct clock *clk)
{
    _Static_assert(offsetof(struct clock_manual, base) == 0, "base comes first");
    return (const struct clock_manual *)clk;
}

static int64_t manual_mono_ms(const struct clock *clk)
{
    return atomic_load(&manual_of(clk)->mono);
}

static int64_t manual_wall_ms(const struct clock *clk)
{
    return atomic_load(&manual_of(clk)->wall);
}

void clock_manual_init(struct clock_manual *clk, int64_t mono_ms, int64_t wall_ms)
{
    clk->base = (struct clock){.mono_ms = manual_mono_ms, .wall_ms = manual_wall_ms};
    atomic_init(&clk->mono, mono_ms);
    atomic_init(&clk->wall, wall_ms);
}

void clock_manual_advance(struct clock_manual *clk, int64_t ms)
{
    (void)atomic_fetch_add(&clk->mono, ms);
    (void)atomic_fetch_add(&clk->wall, ms);
}

int64_t clock_real_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}
