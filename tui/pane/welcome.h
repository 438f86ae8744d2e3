/* The screen of the first run: what drtop is, what it needs, and where it looked for a
 * configuration. Paints the whole window, from 40x8 on; smaller ones show what fits. */
#ifndef DRTOP_TUI_PANE_WELCOME_H
#define DRTOP_TUI_PANE_WELCOME_H

#include "tui/canvas.h"

#include <stdbool.h>

struct welcome {
    const char *version;
    const char
        *place; /* where a new configuration is written, sanitised; "" where no home tells */
    bool help;  /* what to prepare, instead of what it is */
    int scroll, page, all; /* rows; painting keeps the first within the others */
};

void welcome_paint(struct canvas *c, struct welcome *w);

#endif
