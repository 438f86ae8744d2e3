/* A graph over time as characters in a canvas: braille, blocks or ASCII. A hole in the data is
 * a hole in the graph, labelled where there is room; it is never a line at 0. Pure. */
#ifndef DRTOP_TUI_GRAPH_H
#define DRTOP_TUI_GRAPH_H

#include "backend/config.h"
#include "backend/fact/series.h"
#include "tui/canvas.h"

#include <stdbool.h>
#include <stdint.h>

enum graph_style { GRAPH_BRAILLE, GRAPH_BLOCK, GRAPH_ASCII };

struct graph {
    enum graph_style style;
    const struct series_column *columns; /* graph_columns() of them, oldest first */
    double limit; /* the objective: a dashed line, and the colour changes above it */
    bool has_limit;
    double top; /* value at the upper edge; choose with graph_top() */
    /* "no data: why"; a gap that is too narrow for it gets the part before the colon */
    const char *gap_label;
};

/* The style that the configuration asks for, as far as the glyph set and $TERM allow it. */
enum graph_style graph_style_for(const struct config_screen *cfg, bool utf8, const char *term);

/* Columns of data that w cells take in a style (braille has two a cell). */
int graph_columns(enum graph_style style, int w);

/* A round upper edge that holds max and limit, whose half is round too: 1, 2, 3, 4, 5, 6 or 8
 * times a power of ten. */
double graph_top(double max, double limit);

/* Paints the plot area only; axes are the pane's. Each column is filled from 0 to its max. */
void graph_paint(struct canvas *c, struct rect r, const struct graph *g);

#endif
