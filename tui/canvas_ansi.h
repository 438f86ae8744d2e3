/* A canvas as text with colours (SGR sequences), for a terminal that is written to line by line:
 * `drtop themes`, `drtop frame --theme`. Any thread. */
#ifndef DRTOP_TUI_CANVAS_ANSI_H
#define DRTOP_TUI_CANVAS_ANSI_H

#include "tui/canvas.h"

#include <stdio.h>

/* 0: attributes alone, as on a terminal without colours; else 8, 16 or 256. */
void canvas_write_ansi(const struct canvas *c, const struct theme *theme, int colours,
                       FILE *out);

#endif
