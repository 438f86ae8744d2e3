/* One cell of a screen as a terminal would show it: what stands there and how it looks, colours
 * resolved to RGB and reverse video applied. A value; shared by the eye and the pictures. */
#ifndef DRTOP_EYE_CELL_H
#define DRTOP_EYE_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EYE_CELL_CPS 6

struct eye_cell {
    uint32_t cp[EYE_CELL_CPS]; /* base, then combining marks; cp[0] == 0 is a blank */
    int width;                 /* 1, 2, or 0 for the right half of a wide character */
    uint32_t fg, bg;           /* 0xRRGGBB, reverse already swapped */
    bool bold, italic, underline, strike, reverse;
};

/* The cell's text as UTF-8 with its NUL; a blank is one space, a right half nothing. Returns
 * the length. This is the eye's own encoder on purpose: it must not share code with what it
 * judges. */
#define EYE_CELL_UTF8 (EYE_CELL_CPS * 4 + 1)
size_t eye_cell_utf8(const struct eye_cell *cell, char out[EYE_CELL_UTF8]);

#endif
