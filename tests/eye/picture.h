/* Pictures of a screen for people: PNG and SVG, without X or a browser. The same cells give the
 * same bytes on the same fonts. One thread; the cells are borrowed for the call. */
#ifndef DRTOP_EYE_PICTURE_H
#define DRTOP_EYE_PICTURE_H

#include "backend/error.h"
#include "tests/eye/cell.h"

#include <stdbool.h>

/* DejaVu Sans Mono at 15 px advances 9.03 px and is 17.5 px high. */
enum { PICTURE_CELL_W = 9, PICTURE_CELL_H = 18, PICTURE_FONT_PX = 15, PICTURE_BASELINE = 14 };
enum { PICTURE_UNDERLINE_Y = 16, PICTURE_STRIKE_Y = 10 };

struct picture {
    int w, h;
    const struct eye_cell *cells; /* w * h, row by row */
};

/* Write a file; false and err when that fails or a font is missing. */
bool picture_write_png(const struct picture *p, const char *file, struct error *err);
bool picture_write_svg(const struct picture *p, const char *file, struct error *err);

#endif
