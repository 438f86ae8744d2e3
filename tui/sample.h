/* A picture of every role of a theme, in the shape of a small dashboard, without any facts: what
 * `drtop themes` shows. The thread that paints. */
#ifndef DRTOP_TUI_SAMPLE_H
#define DRTOP_TUI_SAMPLE_H

#include "tui/canvas.h"
#include "tui/graph.h"

#define SAMPLE_W 72
#define SAMPLE_H 13

/* name is the theme's. Less room shows less. */
void sample_paint(struct canvas *c, const char *name, enum graph_style style);

#endif
