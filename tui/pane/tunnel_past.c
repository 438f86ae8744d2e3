/* What every view said over time, as strips on one axis, and the round trips of the first probe
 * below them on the same one. What nobody knows is a gap. */
#include "tui/pane/tunnel.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/mem.h"
#include "tui/pane/span.h"

enum { LABEL_W = 6, GRAPH_MIN_H = 2, BLANK_FROM = 2, CAPTION_FROM = 8 };

struct strip_cell {
    enum role role;
    enum glyph glyph;
};

static const struct strip_cell strip_cells[TUNNEL_STATES] = {
    [TUNNEL_UP] = {ROLE_OK, GLYPH_STRIP_UP},
    [TUNNEL_DEGRADED] = {ROLE_WARN, GLYPH_STRIP_DEGRADED},
    [TUNNEL_DOWN] = {ROLE_CRIT, GLYPH_STRIP_DOWN},
    [TUNNEL_CONNECTING] = {ROLE_WARN, GLYPH_STRIP_CONNECTING},
    [TUNNEL_BLACK_HOLED] = {ROLE_CRIT, GLYPH_STRIP_BLACK_HOLED},
};

static void strip(struct canvas *c, struct rect r, const struct view *v, size_t i,
                  struct span span)
{
    enum tunnel_state states[HISTORY_COLUMNS_MAX];
    int n = r.w < HISTORY_COLUMNS_MAX ? r.w : HISTORY_COLUMNS_MAX;
    int64_t until_ms = span_known_until_ms(v), range_ms = span.to_ms - span.from_ms;
    history_view_columns(v->snap->history, i, span.from_ms, span.to_ms, states, (size_t)n);
    for (int x = 0; x < n; x++) {
        bool known = states[x] != TUNNEL_UNKNOWN && span.from_ms + range_ms * x / n < until_ms;
        if (known) {
            const struct strip_cell *cell = &strip_cells[states[x]];
            (void)canvas_text(c, r.x + x, r.y, cell->role, glyph(cell->glyph));
        }
    }
}

static void legend(struct canvas *c, struct rect r)
{
    static const enum tunnel_state order[] = {TUNNEL_UP, TUNNEL_DEGRADED, TUNNEL_CONNECTING,
                                              TUNNEL_DOWN, TUNNEL_BLACK_HOLED};
    int x = r.x;
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        const struct strip_cell *cell = &strip_cells[order[i]];
        x += canvas_text(c, x, r.y, cell->role, glyph(cell->glyph));
        x += canvas_printf(c, x, r.y, ROLE_DIM, " %s  ", tunnel_state_key(order[i]));
    }
    (void)canvas_text(c, x, r.y, ROLE_DIM, "blank unknown");
}

/* A mark where the probe's tries were lost: on the axis, below the gap that they left. */
static void lost_marks(struct canvas *c, struct rect plot, const struct view *v,
                       struct span span)
{
    struct series_column *lost = mem_alloc((size_t)plot.w, sizeof *lost);
    span_columns(v, HISTORY_LOST, span, lost, plot.w);
    for (int x = 0; x < plot.w; x++) {
        if (lost[x].n > 0 && lost[x].max > 0) {
            (void)canvas_text(c, plot.x + x, plot.y + plot.h - 1, ROLE_CRIT,
                              glyph(GLYPH_STRIP_DOWN));
        }
    }
    free(lost);
}

static double largest(const struct series_column *columns, int n)
{
    double max = 0;
    for (int i = 0; i < n; i++) {
        max = columns[i].n && columns[i].max > max ? columns[i].max : max;
    }
    return max;
}

static void round_trips(struct canvas *c, struct rect plot, const struct view *v,
                        struct span span, int n)
{
    struct series_column *columns = mem_alloc((size_t)n, sizeof *columns);
    span_columns(v, HISTORY_RTT_MS, span, columns, n);
    struct graph g = {.style = v->graph,
                      .columns = columns,
                      .top = graph_top(largest(columns, n), 0),
                      .gap_label = "no answer"};
    graph_paint(c, plot, &g);
    span_values(c, plot, LABEL_W, g.top, "ms");
    free(columns);
    lost_marks(c, plot, v, span);
}

static void caption(struct canvas *c, struct rect r, const struct view *v)
{
    const struct config *config = v->snap->config;
    const struct config_tunnel *cfg = &config->tunnels[snapshot_probe(config) - SLOT_TUNNEL];
    int x = r.x + canvas_text(c, r.x, r.y, ROLE_LABEL, "round trip of ");
    x += canvas_text_fit(c, x, r.y, 24, ROLE_ACCENT, cfg->name);
    x += canvas_text(c, x, r.y, ROLE_DIM, "   ");
    x += canvas_text(c, x, r.y, ROLE_CRIT, glyph(GLYPH_STRIP_DOWN));
    (void)canvas_text(c, x, r.y, ROLE_DIM, " a try was lost");
}

int tunnel_past_rows(const struct view *v, int graph_h)
{
    const struct config *cfg = v->snap->config;
    return (int)cfg->n_tunnels + 1 + (snapshot_probe(cfg) != SLOT_COUNT ? graph_h : 0);
}

/* Where everything goes, in rows. What there is no room for has none. */
struct places {
    int legend, strips, caption, graph, axis; /* first row of each, or -1 */
    int graph_h;
};

static struct places places_of(const struct view *v, int h)
{
    int strips = (int)v->snap->config->n_tunnels, spare = h - strips - 1, y = 0;
    bool graph = snapshot_probe(v->snap->config) != SLOT_COUNT && spare >= GRAPH_MIN_H;
    spare -= graph ? GRAPH_MIN_H : 0;
    bool room = spare >= BLANK_FROM + 1, much = graph && spare >= CAPTION_FROM;
    struct places p = {.legend = -1, .caption = -1, .graph = -1};
    y += spare >= BLANK_FROM;
    if (room) {
        p.legend = y++;
    }
    p.strips = y;
    y += strips + much;
    if (much) {
        p.caption = y++;
    }
    spare -= p.strips + 2 * much;
    if (graph) {
        p.graph = y;
        p.graph_h = GRAPH_MIN_H + (spare > 0 ? spare : 0);
    }
    p.axis = y + p.graph_h;
    return p;
}

void tunnel_past_paint(struct canvas *c, struct rect r, const struct view *v)
{
    struct rect plot = {r.x + LABEL_W + 1, r.y, r.w - LABEL_W - 1, 1};
    int n = graph_columns(v->graph, plot.w);
    if (n <= 0) {
        return;
    }
    struct places p = places_of(v, r.h);
    struct span span = span_of(v, n);
    if (p.legend >= 0) {
        legend(c, (struct rect){plot.x, r.y + p.legend, plot.w, 1});
    }
    for (size_t i = 0; i < v->snap->config->n_tunnels; i++) {
        int y = r.y + p.strips + (int)i;
        (void)canvas_text_fit(c, r.x, y, LABEL_W, ROLE_ACCENT,
                              v->snap->config->tunnels[i].name);
        strip(c, (struct rect){plot.x, y, plot.w, 1}, v, i, span);
    }
    if (p.caption >= 0) {
        caption(c, (struct rect){plot.x, r.y + p.caption, plot.w, 1}, v);
    }
    if (p.graph >= 0) {
        round_trips(c, (struct rect){plot.x, r.y + p.graph, plot.w, p.graph_h}, v, span, n);
    }
    plot.y = r.y + p.strips;
    plot.h = p.axis - p.strips;
    span_cursor(c, plot, v, span);
    span_axis(c, plot, v, span);
}
