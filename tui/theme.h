/* Themes: meaning to colour. Painting names a role; a theme gives each role a foreground, a
 * background and attributes, in four tiers of terminals (256, 16, 8 colours, mono). A theme
 * file is JSON with comments; HACKING.md tells how to write one. Nothing depends on colour
 * alone. */
#ifndef DRTOP_TUI_THEME_H
#define DRTOP_TUI_THEME_H

#include "backend/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(ENUM, "name in the theme file", what it is for) */
#define THEME_ROLES(X)                                                                         \
    X(TEXT, "text", "ordinary text and values")                                                \
    X(STRONG, "strong", "what changes and matters: numbers, the clock")                        \
    X(LABEL, "label", "names of things")                                                       \
    X(DIM, "dim", "context: units, ages, file names")                                          \
    X(ACCENT, "accent", "the one accent: pane numbers, keys, the graph's value")               \
    X(OK, "ok", "a good state")                                                                \
    X(WARN, "warn", "a state that wants attention")                                            \
    X(CRIT, "crit", "a state that wants action")                                               \
    X(UNKNOWN, "unknown", "not known")                                                         \
    X(STALE, "stale", "known once, too old now")                                               \
    X(FRAME, "frame", "pane borders")                                                          \
    X(FRAME_FOCUS, "frame-focus", "border of the pane that has the focus")                     \
    X(TITLE, "title", "pane titles")                                                           \
    X(TITLE_FOCUS, "title-focus", "title of the pane that has the focus")                      \
    X(BAR, "bar", "the top line")                                                              \
    X(BAR_STRONG, "bar-strong", "names and clock in the top line")                             \
    X(BAND_OK, "band-ok", "status line while all is well")                                     \
    X(BAND_WARN, "band-warn", "status band: attention")                                        \
    X(BAND_CRIT, "band-crit", "status band: site lost")                                        \
    X(BAND_FACTS, "band-facts", "below a band-crit: how sure, since when, what is at stake")   \
    X(BAND_FIGURE, "band-figure", "in there: the figures that decide")                         \
    X(BAND_UNKNOWN, "band-unknown", "status band: blind")                                      \
    X(MODE, "mode", "PAUSED and HISTORY, loudly")                                              \
    X(GRAPH, "graph", "the graph below the objective")                                         \
    X(GRAPH_WARN, "graph-warn", "the graph above the objective")                               \
    X(LIMIT, "limit", "the objective's line")                                                  \
    X(AXIS, "axis", "axis labels")                                                             \
    X(KEY, "key", "keys in the footer and in help")                                            \
    X(SELECTED, "selected", "the row under the cursor")                                        \
    X(MATCH, "match", "what a filter matched")

enum role {
#define X(id, name, what) ROLE_##id,
    THEME_ROLES(X)
#undef X
        ROLE_COUNT,
};

enum theme_attr { THEME_BOLD = 1, THEME_DIM = 2, THEME_UNDERLINE = 4, THEME_REVERSE = 8 };

#define THEME_DEFAULT_COLOUR (-1)

/* rgb is 0xRRGGBB or THEME_DEFAULT_COLOUR (the terminal's own). */
struct theme_style {
    int32_t fg, bg;
    uint8_t attrs;      /* with colours */
    uint8_t mono_attrs; /* without any */
};

struct theme {
    char name[48];
    char path[512]; /* file it came from; empty: compiled in */
    int64_t mtime_ns;
    struct theme_style style[ROLE_COUNT];
};

/* Parses a theme file's text; name_in_messages is usually its path. A colour that a role leaves
 * out is its parent's, and a role that a file leaves out is painted as its parent:
 *
 *   text: strong label dim ok bar band-ok selected
 *   strong: accent warn title                accent: frame-focus mode graph key match
 *   title: title-focus
 *   dim: stale frame axis                    bar: bar-strong
 *   warn: crit unknown limit graph-warn band-warn      crit: band-crit
 *   band-crit: band-facts                    band-facts: band-figure
 *   unknown: band-unknown
 *
 * Left-out bands, mode and selected are their parents in reverse, and every role has its
 * attributes for mono, so that the smallest theme ({"roles": {}}) is complete. Returns false
 * with "path:line:column: what, what was expected" and leaves *out untouched. */
bool theme_parse(const char *name_in_messages, const char *text, size_t len, struct theme *out,
                 struct error *err);

/* Loads by name ("default") or path ("./my.json"): the user's themes directory, the installed
 * one, then the compiled-in set. */
bool theme_load(const char *name, struct theme *out, struct error *err);

/* Every theme that can be named, sorted, default first; returns how many were written. */
size_t theme_list(char names[][48], size_t max);

/* True when the file a theme came from has changed since it was loaded. */
bool theme_changed(const struct theme *t);

/* Nearest entry of the 256-colour cube and grey ramp (16..255), of the 16 and of the 8 ANSI
 * colours. THEME_DEFAULT_COLOUR stays -1. */
int theme_to_256(int32_t rgb);
int theme_to_16(int32_t rgb);
int theme_to_8(int32_t rgb);

#endif
