#include "tui/wall.h"

#include <time.h>

#include "backend/config_text.h"

void wall_init(struct wall *w, const struct config_wall *cfg, int64_t now_ms)
{
    *w = (struct wall){.begin_ms = now_ms,
                       .rotate_ms = cfg->rotate_ms,
                       .shift_ms = cfg->shift_ms,
                       .night_from = config_text_clock(cfg->night_from),
                       .night_to = config_text_clock(cfg->night_to),
                       .turned_ms = now_ms};
}

void wall_saw(struct wall *w, uint64_t seq)
{
    if (seq != w->seq) {
        w->seq = seq;
        w->beats++;
    }
}

void wall_turned(struct wall *w, uint64_t turns, int64_t now_ms)
{
    if (turns != w->turns) {
        w->turns = turns;
        w->turned_ms = now_ms;
    }
}

int64_t wall_record_silent_ms(const struct wall *w, int64_t now_ms)
{
    return now_ms - w->turned_ms;
}

/* How many whole periods have passed. */
static int64_t turns(const struct wall *w, int64_t period_ms, int64_t now_ms)
{
    return now_ms > w->begin_ms ? (now_ms - w->begin_ms) / period_ms : 0;
}

enum wall_page wall_page(const struct wall *w, bool critical, int n, int i, int64_t now_ms)
{
    static const enum wall_page calm[WALL_PAGES_MAX] = {WALL_LAG, WALL_ALERTS, WALL_TUNNEL,
                                                        WALL_BINLOG};
    static const enum wall_page grave[WALL_PAGES_MAX] = {WALL_EVIDENCE, WALL_ALERTS,
                                                         WALL_TUNNEL, WALL_LAG};
    int64_t turn = turns(w, w->rotate_ms, now_ms);
    if (critical) {
        return grave[n == 1 ? turn % 2 : i];
    }
    return calm[(turn * n + i) % WALL_PAGES_MAX];
}

/* Round a square: each step is one cell, and the last leads back to the first. */
void wall_shift(const struct wall *w, int64_t now_ms, int *out_x, int *out_y)
{
    int64_t step = turns(w, w->shift_ms, now_ms) % (4 * WALL_MARGIN);
    int side = (int)(step / WALL_MARGIN), along = (int)(step % WALL_MARGIN);
    int x[] = {along, WALL_MARGIN, WALL_MARGIN - along, 0};
    int y[] = {0, along, WALL_MARGIN, WALL_MARGIN - along};
    *out_x = x[side];
    *out_y = y[side];
}

int wall_minute_of_day(int64_t wall_ms)
{
    time_t at = (time_t)(wall_ms / 1000);
    struct tm here;
    return localtime_r(&at, &here) ? here.tm_hour * 60 + here.tm_min : 0;
}

bool wall_is_night(const struct wall *w, int minute_of_day)
{
    bool after = minute_of_day >= w->night_from, before = minute_of_day < w->night_to;
    return w->night_from <= w->night_to ? after && before : after || before;
}
