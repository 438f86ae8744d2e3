/* Two glyph sets under one enum: UTF-8 and ASCII. The choice is made once at start (locale or
 * option) and is the same for a whole frame. */
#ifndef DRTOP_TUI_GLYPH_H
#define DRTOP_TUI_GLYPH_H

#include <stdbool.h>

enum glyph {
    GLYPH_OK,       /* ✓  [ok] */
    GLYPH_WARN,     /* !  [!!] */
    GLYPH_DOWN,     /* ✗  [XX] */
    GLYPH_UNKNOWN,  /* ?  [??] */
    GLYPH_STALE,    /* ~  [~~] */
    GLYPH_ARROW,    /* →  ->   */
    GLYPH_DOT,      /* ·  -    */
    GLYPH_DASH,     /* —  --   */
    GLYPH_ELLIPSIS, /* …  ~    */
    GLYPH_UP,       /* ↑ ↓ ← →  ^ v < > */
    GLYPH_DOWNWARD,
    GLYPH_LEFT,
    GLYPH_RIGHT,
    GLYPH_BEAT0, /* ◐ ◓ ◑ ◒  | / - \ */
    GLYPH_BEAT1,
    GLYPH_BEAT2,
    GLYPH_BEAT3,
    GLYPH_H, /* ─│╭╮╰╯  -|++++ */
    GLYPH_V,
    GLYPH_TL,
    GLYPH_TR,
    GLYPH_BL,
    GLYPH_BR,
    GLYPH_TEE_LEFT, /* ├ ┤  ++ */
    GLYPH_TEE_RIGHT,
    GLYPH_LIMIT,    /* ┄  - : the line of an objective */
    GLYPH_AT_LEAST, /* ≥  >= */
    GLYPH_STRIP_UP, /* ━ ! ✗ ┅ ▒  = ! x : # : a state as one cell of a strip over time */
    GLYPH_STRIP_DEGRADED,
    GLYPH_STRIP_DOWN,
    GLYPH_STRIP_CONNECTING,
    GLYPH_STRIP_BLACK_HOLED,
    GLYPH_COUNT,
};

enum glyph_set { GLYPHS_UTF8, GLYPHS_ASCII };

/* Not thread-safe: before painting only. */
void glyph_use(enum glyph_set set);
enum glyph_set glyph_in_use(void);

/* The glyph as UTF-8 text of the set in use. */
const char *glyph(enum glyph g);

#endif
