/* Where everything goes. A pure function of the size and of what the user chose; swept over
 * every size by a test: inside, no overlap, nothing lost that the tier promises. */
#ifndef DRTOP_TUI_LAYOUT_H
#define DRTOP_TUI_LAYOUT_H

#include "tui/canvas.h"

#include <stdbool.h>

enum pane_id { PANE_TUNNEL, PANE_BINLOG, PANE_LAG, PANE_ALERTS, PANE_COUNT };

enum layout_tier {
    TIER_NONE,    /* smaller than 1x1 */
    TIER_LINE,    /* below 40x8: the status and as much else as fits, line by line */
    TIER_VERDICT, /* 40x8: status and clocks */
    TIER_STRIP,   /* 60x16: header, a line each for Tunnel and Binlog, graph, alerts; from 31
                   * rows on all four in frames, one below the other */
    TIER_PANES,   /* 80x24 and 100x30: header, four panes, footer */
    TIER_WIDE,    /* 120x36 and more: the same with more history */
    TIER_FULL,    /* 200x60 and more: the same again, with detail where there is room */
};

enum layout_preset {
    PRESET_BALANCED, /* as in operator-experience.md */
    PRESET_LAG,      /* the graph takes what the others do not need */
    PRESET_ALERTS,   /* the alerts do */
    PRESET_COUNT,
};

struct layout {
    enum layout_tier tier;
    struct rect header; /* h is 0 when there is none */
    struct rect footer;
    struct rect pane[PANE_COUNT]; /* w or h 0: not shown */
};

/* zoomed is a pane that takes all the panes' room, or -1. */
struct layout layout_compute(int w, int h, enum layout_preset preset, int zoomed);

const char *layout_preset_name(enum layout_preset preset);

#endif
