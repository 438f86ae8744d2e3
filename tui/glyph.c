#include "tui/glyph.h"

#include <assert.h>

/* In the order of enum glyph_set. */
static const char *const GLYPHS[GLYPH_COUNT][2] = {
    [GLYPH_OK] = {"✓", "[ok]"},
    [GLYPH_WARN] = {"!", "[!!]"},
    [GLYPH_DOWN] = {"✗", "[XX]"},
    [GLYPH_UNKNOWN] = {"?", "[??]"},
    [GLYPH_STALE] = {"~", "[~~]"},
    [GLYPH_ARROW] = {"→", "->"},
    [GLYPH_DOT] = {"·", "-"},
    [GLYPH_DASH] = {"—", "--"},
    [GLYPH_ELLIPSIS] = {"…", "~"},
    [GLYPH_UP] = {"↑", "^"},
    [GLYPH_DOWNWARD] = {"↓", "v"},
    [GLYPH_LEFT] = {"←", "<"},
    [GLYPH_RIGHT] = {"→", ">"},
    [GLYPH_BEAT0] = {"◐", "|"},
    [GLYPH_BEAT1] = {"◓", "/"},
    [GLYPH_BEAT2] = {"◑", "-"},
    [GLYPH_BEAT3] = {"◒", "\\"},
    [GLYPH_H] = {"─", "-"},
    [GLYPH_V] = {"│", "|"},
    [GLYPH_TL] = {"╭", "+"},
    [GLYPH_TR] = {"╮", "+"},
    [GLYPH_BL] = {"╰", "+"},
    [GLYPH_BR] = {"╯", "+"},
    [GLYPH_LIMIT] = {"┄", "-"},
    [GLYPH_AT_LEAST] = {"≥", ">="},
    [GLYPH_TEE_LEFT] = {"├", "+"},
    [GLYPH_TEE_RIGHT] = {"┤", "+"},
    [GLYPH_STRIP_UP] = {"━", "="},
    [GLYPH_STRIP_DEGRADED] = {"!", "!"},
    [GLYPH_STRIP_DOWN] = {"✗", "x"},
    [GLYPH_STRIP_CONNECTING] = {"┅", ":"},
    [GLYPH_STRIP_BLACK_HOLED] = {"▒", "#"},
};

static enum glyph_set set_in_use = GLYPHS_UTF8;

void glyph_use(enum glyph_set set)
{
    set_in_use = set;
}

enum glyph_set glyph_in_use(void)
{
    return set_in_use;
}

const char *glyph(enum glyph g)
{
    assert((unsigned)g < GLYPH_COUNT);
    return GLYPHS[g][set_in_use];
}
