/* Characters that must join their neighbours without a seam, as geometry in pixels of one cell:
 * box lines, rounded corners, block elements, braille. Pure. */
#ifndef DRTOP_EYE_SHAPE_H
#define DRTOP_EYE_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

struct shape_box {
    int x, y, w, h;
};

enum { SHAPE_BOXES_MAX = 8 };

/* A quarter circle of one pixel's width around (cx, cy); towards says which quarter. */
struct shape_arc {
    int cx2, cy2, r2; /* in half pixels */
    int dx, dy;       /* -1 or 1 */
};

struct shape {
    int count;
    struct shape_box box[SHAPE_BOXES_MAX];
    bool has_arc;
    struct shape_arc arc;
    int opacity; /* 0..255; less than 255 only for the shades */
};

/* False when the character is to come from the font. */
bool shape_of(uint32_t cp, struct shape *out_shape);

#endif
