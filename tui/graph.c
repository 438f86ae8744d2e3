#include "tui/graph.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"
#include "tui/glyph.h"

/* Blank cells that a gap's label keeps free on each side. */
enum { LABEL_MARGIN = 1, LABEL_SIZE = 96 };

/* Levels that one cell can show. */
static int levels_per_cell(enum graph_style style)
{
    return style == GRAPH_BLOCK ? 8 : 4;
}

static int columns_per_cell(enum graph_style style)
{
    return style == GRAPH_BRAILLE ? 2 : 1;
}

enum graph_style graph_style_for(const struct config_screen *cfg, bool utf8, const char *term)
{
    if (!utf8 || cfg->graph == PLOT_ASCII) {
        return GRAPH_ASCII;
    }
    bool console = term && strcmp(term, "linux") == 0;
    bool block = cfg->graph == PLOT_BLOCK || (cfg->graph == PLOT_AUTO && console);
    return block ? GRAPH_BLOCK : GRAPH_BRAILLE;
}

int graph_columns(enum graph_style style, int w)
{
    int per_cell = columns_per_cell(style);
    if (w <= 0) {
        return 0;
    }
    return w > INT_MAX / per_cell ? INT_MAX : w * per_cell;
}

double graph_top(double max, double limit)
{
    static const double STEPS[] = {1, 2, 3, 4, 5, 6, 8, 10};

    double need = fmax(max, limit); /* fmax() passes over a NAN */
    if (!(need > 0) || !isfinite(need)) {
        return 1;
    }
    double base = pow(10, floor(log10(need)));
    for (size_t i = 0; i < sizeof STEPS / sizeof STEPS[0]; i++) {
        /* log10() and pow() leave dust: 3 * 0.1 must fit under 0.30000000000000004. */
        double top = base * STEPS[i];
        if (top * (1 + 1e-9) >= need && isfinite(top)) {
            return top;
        }
    }
    return need;
}

static bool has_data(const struct series_column *col)
{
    return col->n > 0 && !isnan(col->max);
}

/* What painting needs to know about the plot, in cells from the bottom. */
struct plot {
    const struct graph *g;
    struct rect r;
    int per_cell;  /* levels in a cell */
    int limit_row; /* the objective's line; -1: none in sight */
    int warn_row;  /* the first row that a value above the objective colours; INT_MAX: none */
};

static struct plot plot_of(struct rect r, const struct graph *g)
{
    struct plot p = {g, r, levels_per_cell(g->style), -1, INT_MAX};
    if (!g->has_limit || isnan(g->limit)) {
        return p;
    }
    double rows = fmax(g->limit, 0) / g->top * r.h;
    if (rows > r.h) {
        return p;
    }
    /* A limit on the border of two rows is the upper edge of the lower one. */
    p.limit_row = (int)fmax(ceil(rows) - 1, 0);
    p.warn_row = (int)fmin(floor(rows), r.h - 1);
    return p;
}

static bool is_above_limit(const struct plot *p, const struct series_column *col)
{
    return p->g->has_limit && col->max > p->g->limit;
}

/* Levels that a column fills: at least one, so that a known 0 differs from a hole, and past the
 * limit's row when the value is above it, however little. */
static int level_of(const struct plot *p, const struct series_column *col)
{
    if (!has_data(col)) {
        return 0;
    }
    int all = p->r.h * p->per_cell;
    double level = fmin(fmax(floor(col->max / p->g->top * all + 0.5), 1), all);
    if (p->warn_row != INT_MAX && is_above_limit(p, col)) {
        level = fmax(level, p->warn_row * p->per_cell + 1);
    }
    return (int)level;
}

/* The part of a column's level that stands in one row. */
static int level_in_row(const struct plot *p, int level, int row)
{
    int part = level - row * p->per_cell;
    return part < 0 ? 0 : part > p->per_cell ? p->per_cell : part;
}

static uint32_t character(enum graph_style style, int left, int right)
{
    /* Dots 7 3 2 1 and 8 6 5 4, from the bottom up (Unicode's Braille Patterns block). */
    static const uint8_t LEFT[] = {0x00, 0x40, 0x44, 0x46, 0x47};
    static const uint8_t RIGHT[] = {0x00, 0x80, 0xA0, 0xB0, 0xB8};

    switch (style) {
    case GRAPH_BRAILLE:
        return 0x2800U + LEFT[left] + RIGHT[right];
    case GRAPH_BLOCK:
        return 0x2580U + (uint32_t)left;
    default:
        return (uint32_t) " .:|#"[left];
    }
}

static void paint_cell(struct canvas *c, const struct plot *p, int x, int row)
{
    int per_cell = columns_per_cell(p->g->style);
    const struct series_column *cols = &p->g->columns[(size_t)x * (size_t)per_cell];
    int part[2] = {0, 0};
    bool is_warn = false;
    for (int i = 0; i < per_cell; i++) {
        part[i] = level_in_row(p, level_of(p, &cols[i]), row);
        is_warn = is_warn || (part[i] > 0 && row >= p->warn_row && is_above_limit(p, &cols[i]));
    }
    int y = p->r.y + p->r.h - 1 - row;
    if (part[0] > 0 || part[1] > 0) {
        canvas_put(c, p->r.x + x, y, character(p->g->style, part[0], part[1]),
                   is_warn ? ROLE_GRAPH_WARN : ROLE_GRAPH);
    } else if (row == p->limit_row) {
        (void)canvas_text(c, p->r.x + x, y, ROLE_LIMIT, glyph(GLYPH_LIMIT));
    }
}

/* A cell with no sample in any of its columns. */
static bool is_empty(const struct graph *g, int x)
{
    int per_cell = columns_per_cell(g->style);
    for (int i = x * per_cell; i < (x + 1) * per_cell; i++) {
        if (has_data(&g->columns[i])) {
            return false;
        }
    }
    return true;
}

static bool was_watched(const struct graph *g, int x)
{
    int per_cell = columns_per_cell(g->style);
    for (int i = x * per_cell; i < (x + 1) * per_cell; i++) {
        if (g->columns[i].n > 0 || g->columns[i].holes > 0) {
            return true;
        }
    }
    return false;
}

/* Where the recording begins: what lies before is no gap, unless nothing was ever known. */
static int first_watched(const struct graph *g, int w)
{
    int first = w;
    for (int x = w - 1; x >= 0; x--) {
        if (was_watched(g, x)) {
            first = x;
        }
    }
    for (int x = first; x < w; x++) {
        if (!is_empty(g, x)) {
            return first;
        }
    }
    return 0;
}

/* Stores as much of the label as there is room for; "" when there is none. */
static void fit_label(const char *label, int room, char out[LABEL_SIZE])
{
    (void)snprintf(out, LABEL_SIZE, "%s", label);
    char *colon = strchr(out, ':');
    if (text_width_str(out) > room && colon) {
        *colon = '\0';
    }
    if (text_width_str(out) > room) {
        out[0] = '\0';
    }
}

static void paint_label(struct canvas *c, const struct plot *p, int from, int to)
{
    char label[LABEL_SIZE];
    fit_label(p->g->gap_label, to - from - 2 * LABEL_MARGIN, label);
    int w = text_width_str(label);
    if (w == 0) {
        return;
    }
    int row = p->r.h / 2;
    if (row == p->limit_row) {
        row = row > 0 ? row - 1 : p->r.h - 1;
    }
    int x = p->r.x + from + (to - from - w) / 2;
    int y = p->r.y + p->r.h - 1 - row;
    canvas_fill(c, (struct rect){x - LABEL_MARGIN, y, w + 2 * LABEL_MARGIN, 1}, ' ',
                ROLE_UNKNOWN);
    (void)canvas_text(c, x, y, ROLE_UNKNOWN, label);
}

static void paint_labels(struct canvas *c, const struct plot *p)
{
    int from = first_watched(p->g, p->r.w);
    while (from < p->r.w) {
        int to = from;
        while (to < p->r.w && is_empty(p->g, to)) {
            to++;
        }
        paint_label(c, p, from, to);
        from = to + 1;
    }
}

void graph_paint(struct canvas *c, struct rect r, const struct graph *g)
{
    if (r.w <= 0 || r.h <= 0 || !(g->top > 0)) {
        return;
    }
    struct plot p = plot_of(r, g);
    for (int row = 0; row < r.h; row++) {
        for (int x = 0; x < r.w; x++) {
            paint_cell(c, &p, x, row);
        }
    }
    if (g->gap_label) {
        paint_labels(c, &p);
    }
}
