/* The screen in a room: what turns with time while nobody touches it. Everything but the sweep is a
 * function of the time alone, so that nothing drifts in months. Pure; the thread that paints. */
#ifndef DRTOP_TUI_WALL_H
#define DRTOP_TUI_WALL_H

#include "backend/config.h"

#include <stdbool.h>
#include <stdint.h>

/* The first four are enum pane_id. */
enum wall_page {
    WALL_TUNNEL,
    WALL_BINLOG,
    WALL_LAG,
    WALL_ALERTS,
    WALL_EVIDENCE, /* only while something is critical */
};

#define WALL_PAGES_MAX 4 /* side by side, and in a round */

/* The frame is one cell smaller than the screen, and goes round by this much. */
#define WALL_MARGIN 1

struct wall {
    int64_t begin_ms; /* monotonic */
    int64_t rotate_ms, shift_ms;
    int night_from, night_to; /* minutes of the local day */
    uint64_t seq;             /* of the newest snapshot that was shown; 0: none */
    unsigned beats;           /* snapshots that were shown: the sweep's place */
    uint64_t turns;           /* of the record's thread, and when it went round last */
    int64_t turned_ms;
};

void wall_init(struct wall *w, const struct config_wall *cfg, int64_t now_ms);

/* A snapshot is shown. The same one again is no sign of life. */
void wall_saw(struct wall *w, uint64_t seq);

/* How often the record's thread has gone round; wall_record_silent_ms() says how long ago it did. */
void wall_turned(struct wall *w, uint64_t turns, int64_t now_ms);
int64_t wall_record_silent_ms(const struct wall *w, int64_t now_ms);

/* What stands in place i of n (1, 2 or 4) at that moment. While something is critical the evidence
 * and the alerts stay: one after the other where there is one place. */
enum wall_page wall_page(const struct wall *w, bool critical, int n, int i, int64_t now_ms);

/* Where the frame's upper left corner is: 0 to WALL_MARGIN each. */
void wall_shift(const struct wall *w, int64_t now_ms, int *out_x, int *out_y);

/* Minutes since midnight, by the machine's time zone; and is that the night? */
int wall_minute_of_day(int64_t wall_ms);
bool wall_is_night(const struct wall *w, int minute_of_day);

#endif
