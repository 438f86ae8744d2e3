#include "tui/layout.h"

enum {
    HEADER_H = 3,
    FOOTER_H = 1,
    /* Frames included. At 80x24 these four use up every row. */
    TOP_H = 7, /* Tunnel and Binlog, side by side */
    LAG_H = 8,
    ALERTS_H = 5,
    BODY_H = TOP_H + LAG_H + ALERTS_H,
    TOP_MAX_H = 13, /* eleven rows are all that Tunnel and Binlog have to say */
    TUNNEL_MAX_W = 96,
    STRIP_LAG_H = 6,
    STRIP_ALERTS_H = 4,
    STRIP_H = 1 + 1 + STRIP_LAG_H + STRIP_ALERTS_H,
};

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

static enum layout_tier tier_of(int w, int h)
{
    static const struct {
        int w, h;
        enum layout_tier tier;
    } TIERS[] = {{200, 60, TIER_FULL}, {120, 36, TIER_WIDE},  {80, 24, TIER_PANES},
                 {60, 16, TIER_STRIP}, {40, 8, TIER_VERDICT}, {1, 1, TIER_LINE}};

    for (size_t i = 0; i < sizeof TIERS / sizeof TIERS[0]; i++) {
        if (w >= TIERS[i].w && h >= TIERS[i].h) {
            return TIERS[i].tier;
        }
    }
    return TIER_NONE;
}

/* Rows of the top panes and of the alerts; the graph takes the rest. */
struct split {
    int top_h, alerts_h;
};

static struct split split_panes(int body_h, enum layout_preset preset)
{
    int extra = body_h - BODY_H;
    int top_h = min_int(TOP_H + extra / 6, TOP_MAX_H);
    int lag_h = 0;
    switch (preset) {
    case PRESET_LAG:
        return (struct split){TOP_H, min_int(ALERTS_H - 1 + extra / 6, ALERTS_H)};
    case PRESET_ALERTS:
        /* Half a step off the top panes, so that no row is given away twice. */
        lag_h = min_int(LAG_H - 3 + (extra + 3) / 6, LAG_H);
        return (struct split){top_h, body_h - top_h - lag_h};
    default:
        return (struct split){top_h, ALERTS_H + (extra - (top_h - TOP_H)) * 3 / 10};
    }
}

static void place_panes(struct layout *l, struct rect body, enum layout_preset preset)
{
    struct split s = split_panes(body.h, preset);
    int tunnel_w = min_int(body.w * 49 / 100, TUNNEL_MAX_W);
    int lag_h = body.h - s.top_h - s.alerts_h;
    int lag_y = body.y + s.top_h;
    l->pane[PANE_TUNNEL] = (struct rect){body.x, body.y, tunnel_w, s.top_h};
    l->pane[PANE_BINLOG] = (struct rect){body.x + tunnel_w, body.y, body.w - tunnel_w, s.top_h};
    l->pane[PANE_LAG] = (struct rect){body.x, lag_y, body.w, lag_h};
    l->pane[PANE_ALERTS] = (struct rect){body.x, lag_y + lag_h, body.w, s.alerts_h};
}

/* One below the other, where it is high enough for frames but too narrow for two panes. */
static void place_stack(struct layout *l, struct rect body, enum layout_preset preset)
{
    struct rect rest = {body.x, body.y + TOP_H, body.w, body.h - TOP_H};
    struct split s = split_panes(rest.h, preset);
    int lag_y = rest.y + s.top_h;
    int lag_h = rest.h - s.top_h - s.alerts_h;
    l->pane[PANE_TUNNEL] = (struct rect){body.x, body.y, body.w, TOP_H};
    l->pane[PANE_BINLOG] = (struct rect){body.x, rest.y, body.w, s.top_h};
    l->pane[PANE_LAG] = (struct rect){body.x, lag_y, body.w, lag_h};
    l->pane[PANE_ALERTS] = (struct rect){body.x, lag_y + lag_h, body.w, s.alerts_h};
}

/* Tunnel and Binlog as one line each. */
static void place_strip(struct layout *l, struct rect body, enum layout_preset preset)
{
    int extra = body.h - STRIP_H;
    int lag_h = STRIP_LAG_H + extra * 2 / 3;
    if (preset == PRESET_LAG) {
        lag_h = STRIP_LAG_H + 1 + extra;
    } else if (preset == PRESET_ALERTS) {
        lag_h = STRIP_LAG_H - 1;
    }
    int alerts_y = body.y + 2 + lag_h;
    l->pane[PANE_TUNNEL] = (struct rect){body.x, body.y, body.w, 1};
    l->pane[PANE_BINLOG] = (struct rect){body.x, body.y + 1, body.w, 1};
    l->pane[PANE_LAG] = (struct rect){body.x, body.y + 2, body.w, lag_h};
    l->pane[PANE_ALERTS] = (struct rect){body.x, alerts_y, body.w, body.h - 2 - lag_h};
}

struct layout layout_compute(int w, int h, enum layout_preset preset, int zoomed)
{
    struct layout l = {.tier = tier_of(w, h)};
    if (l.tier == TIER_NONE) {
        return l;
    }
    bool has_panes = l.tier >= TIER_STRIP;
    int footer_h = h >= HEADER_H + FOOTER_H + 1 ? FOOTER_H : 0;
    int header_h = has_panes ? HEADER_H : h - footer_h;
    l.header = (struct rect){0, 0, w, header_h};
    l.footer = (struct rect){0, h - footer_h, w, footer_h};
    if (!has_panes) {
        return l;
    }
    struct rect body = {0, header_h, w, h - header_h - footer_h};
    if (zoomed >= 0 && zoomed < PANE_COUNT) {
        l.pane[zoomed] = body;
    } else if (l.tier == TIER_STRIP && body.h >= TOP_H + BODY_H) {
        place_stack(&l, body, preset);
    } else if (l.tier == TIER_STRIP) {
        place_strip(&l, body, preset);
    } else {
        place_panes(&l, body, preset);
    }
    return l;
}

const char *layout_preset_name(enum layout_preset preset)
{
    switch (preset) {
    case PRESET_LAG:
        return "lag";
    case PRESET_ALERTS:
        return "alerts";
    default:
        return "balanced";
    }
}
