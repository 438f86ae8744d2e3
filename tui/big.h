/* Text in large letters, five rows high, to be read from across a room: digits, capital letters
 * and a few signs. What has no letter here is left out. */
#ifndef DRTOP_TUI_BIG_H
#define DRTOP_TUI_BIG_H

#include "tui/canvas.h"

#define BIG_ROWS 5

/* Cells that UTF-8 text takes across; small letters count as capitals. */
int big_width(const char *text);

/* Paints it with its upper left corner at x, y. Returns the cells used. */
int big_text(struct canvas *c, int x, int y, enum role role, const char *text);

/* The same `times` as large each way: BIG_ROWS * times rows. */
int big_width_times(const char *text, int times);
int big_text_times(struct canvas *c, int x, int y, int times, enum role role, const char *text);

#endif
