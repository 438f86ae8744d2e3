/* bench-day CONFIG
 *     The dashboard as it is after 24 hours, for bench-watch to look at: a real observer of CONFIG
 * and the real screen. The observer begins on a clock that is a day late, its history is filled
 * second by second through history_push(), and then the clock is put right. The engine's history
 * of positions can only be filled by time itself; a second one, full, stands in for it. */
#include <locale.h>
#include <math.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>

#include "backend/mysql/lag.h"
#include "backend/observer.h"
#include "tui/app.h"

#define DAY_MS   INT64_C(86400000)
#define BLIND_MS 2000 /* as the engine has it; positions stand every 250 ms */
#define WAIT_MS  5000

struct late_clock {
    struct clock base; /* first: the pointers are the same */
    _Atomic int64_t late_ms;
};

static int64_t late(const struct clock *clk)
{
    const struct late_clock *c = (const struct late_clock *)clk;
    return atomic_load(&c->late_ms);
}

static int64_t mono_ms(const struct clock *clk)
{
    return clock_mono_ms(&clock_system) - late(clk);
}

static int64_t wall_ms(const struct clock *clk)
{
    return clock_wall_ms(&clock_system) - late(clk);
}

static void fill_second(struct history *h, int64_t at_ms, struct binlog_coord *c)
{
    double turn = (double)(at_ms / 1000 % 600) / 600 * 2 * acos(-1);
    c->pos += 24000;
    history_push(h, HISTORY_LAG_S, at_ms, 0.3 + 0.2 * sin(turn));
    history_push(h, HISTORY_NOT_RECEIVED_B, at_ms, 1200 + 1000 * sin(turn));
    history_push(h, HISTORY_NOT_APPLIED_B, at_ms, 700 + 500 * sin(turn));
    history_push(h, HISTORY_RTT_MS, at_ms, 11 + 3 * sin(turn));
    history_push(h, HISTORY_VERDICT, at_ms, VERDICT_NORMAL);
    for (int i = 0; i < HISTORY_COORDS; i++) {
        history_push_coord(h, (enum history_coord)i, at_ms, c);
    }
}

/* Up to a few seconds ago, so that what is observed next is newer. */
static struct lag_history *fill(struct history *h, int64_t until_ms)
{
    struct binlog_coord c;
    (void)binlog_parse("mysql-bin.000001:4", &c);
    struct lag_history *positions = lag_history_create(BLIND_MS);
    for (int64_t at_ms = until_ms - DAY_MS; at_ms < until_ms; at_ms += 250) {
        if (at_ms % 1000 < 250) {
            fill_second(h, at_ms, &c);
        }
        c.pos += 100;
        lag_history_push(positions, at_ms, &c);
    }
    return positions;
}

static int run(const struct config *cfg)
{
    struct error err = {""};
    struct late_clock clk = {.base = {.mono_ms = mono_ms, .wall_ms = wall_ms},
                             .late_ms = DAY_MS + 2 * WAIT_MS};
    struct observer *o = observer_start(cfg, &clk.base, &err);
    struct snapshot *s = o ? observer_wait(o, WAIT_MS) : NULL;
    if (!s) {
        (void)fprintf(stderr, "bench-day: nothing is observed: %s\n", err.text);
        return 1;
    }
    struct lag_history *positions = fill(s->history, clock_mono_ms(&clock_system) - 1000);
    snapshot_unref(s);
    atomic_store(&clk.late_ms, 0);
    struct theme theme;
    struct app_options options = {.theme = &theme};
    bool ok = theme_load(cfg->screen.theme, &theme, &err) &&
              app_run(o, cfg, &clk.base, &options, &err);
    lag_history_destroy(positions);
    return ok && observer_stop(o, 1000) ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct error err = {""};
    (void)setlocale(LC_CTYPE, "");
    app_block_signals();
    struct config *cfg = argc == 2 ? config_load(argv[1], &err) : NULL;
    if (!cfg || !observer_library_begin(&err)) {
        (void)fprintf(stderr, "bench-day: %s\n", err.text);
        return 1;
    }
    int status = run(cfg);
    observer_library_end();
    config_destroy(cfg);
    return status;
}
