/* A grid of cells that panes paint into; tui/term copies it to the terminal, tests and `drtop
 * frame` print it as text. Owned and used by the thread that paints. Text is UTF-8 that has
 * been sanitised already (backend/net/text.h); what would fall outside the clip is cut. */
#ifndef DRTOP_TUI_CANVAS_H
#define DRTOP_TUI_CANVAS_H

#include "backend/net/alias.h"
#include "tui/theme.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct rect {
    int x, y, w, h;
};

#define CELL_CPS 3

/* cp[0] == 0: right half of a wide character. Combining marks follow in cp[1..]. */
struct cell {
    uint32_t cp[CELL_CPS];
    uint8_t role;  /* enum role */
    uint8_t flags; /* CELL_* */
};
enum {
    CELL_WIDE = 1,
    CELL_SOLID = 2, /* shown as a blank in reverse, where a terminal has that */
};

struct canvas {
    int w, h;
    struct rect clip;
    struct cell *cells;          /* w * h, row by row */
    struct alias_table *aliases; /* borrowed; not NULL: for every text that is painted */
};

/* Sizes below 0 are taken as 0. Aborts when out of memory. */
void canvas_init(struct canvas *c, int w, int h);
void canvas_resize(struct canvas *c, int w, int h);
void canvas_finish(struct canvas *c);

/* Blanks everything and opens the clip. */
void canvas_clear(struct canvas *c);

/* Narrows painting to r (within the canvas); returns the clip before, for canvas_unclip(). */
struct rect canvas_clip(struct canvas *c, struct rect r);
void canvas_unclip(struct canvas *c, struct rect previous);

void canvas_fill(struct canvas *c, struct rect r, uint32_t cp, enum role role);
void canvas_put(struct canvas *c, int x, int y, uint32_t cp, enum role role);

/* Cells that are all foreground: blocks; of the ASCII set '#', or what CELL_SOLID says. */
void canvas_solid(struct canvas *c, struct rect r, enum role role);

/* The text as canvas_text() paints it, for whoever has to measure, cut or wrap it before: out, or
 * text itself where nothing is to be hidden. */
#define CANVAS_WORDS_MAX 4096
const char *canvas_words(const struct canvas *c, char out[CANVAS_WORDS_MAX], const char *text);

/* Paints and returns the cells used up to the clip's right edge. */
int canvas_text(struct canvas *c, int x, int y, enum role role, const char *utf8);

/* At most max_w cells; what does not fit ends in an ellipsis. Returns the cells used. */
int canvas_text_fit(struct canvas *c, int x, int y, int max_w, enum role role,
                    const char *utf8);

/* Ends at x_end (exclusive). Too long for max_w: as canvas_text_fit. Returns the first x. */
int canvas_text_right(struct canvas *c, int x_end, int y, int max_w, enum role role,
                      const char *utf8);

int canvas_printf(struct canvas *c, int x, int y, enum role role, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Gives every cell of r another role and keeps what stands there. */
void canvas_tint(struct canvas *c, struct rect r, enum role role);

/* A frame of thin lines around r; nothing when r is smaller than 2x2. */
void canvas_frame(struct canvas *c, struct rect r, enum role role);

/* The text plane: h lines, trailing blanks removed. */
void canvas_write_text(const struct canvas *c, FILE *out);

#endif
