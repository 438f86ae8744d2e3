#include "tui/sample.h"

#include <math.h>

#include "tui/glyph.h"

#define GRAPH_W 30

static void band(struct canvas *c, int x, int y, int w, enum role role, enum glyph g,
                 const char *text)
{
    canvas_fill(c, (struct rect){x, y, w, 1}, ' ', role);
    (void)canvas_printf(c, x + 1, y, role, "%s %s", glyph(g), text);
}

static void header(struct canvas *c, const char *name)
{
    canvas_fill(c, (struct rect){0, 0, c->w, 1}, ' ', ROLE_BAR);
    int x = 1 + canvas_text(c, 1, 0, ROLE_BAR_STRONG, name);
    (void)canvas_printf(c, x + 2, 0, ROLE_BAR, "primary %s replica", glyph(GLYPH_ARROW));
    (void)canvas_text_right(c, c->w - 1, 0, 12, ROLE_BAR_STRONG, "14:22:07Z");
    band(c, 0, 1, 18, ROLE_BAND_OK, GLYPH_OK, "NORMAL");
    band(c, 18, 1, 18, ROLE_BAND_WARN, GLYPH_WARN, "DEGRADED");
    band(c, 36, 1, 18, ROLE_BAND_CRIT, GLYPH_DOWN, "PRIMARY DOWN");
    band(c, 54, 1, c->w - 54, ROLE_BAND_UNKNOWN, GLYPH_UNKNOWN, "UNKNOWN");
    canvas_fill(c, (struct rect){0, 2, c->w, 1}, ' ', ROLE_BAND_FACTS);
    x = 1 + canvas_text(c, 1, 2, ROLE_BAND_FACTS, "last good 14:02:04Z, decide before ");
    (void)canvas_text(c, x, 2, ROLE_BAND_FIGURE, "14:07:20Z");
    (void)canvas_text_right(c, c->w - 1, 2, 10, ROLE_MODE, " HISTORY ");
}

static void states(struct canvas *c, struct rect r)
{
    static const struct {
        enum role role;
        enum glyph glyph;
        const char *name, *word;
    } rows[] = {
        {ROLE_OK, GLYPH_OK, "probe", "passes"},
        {ROLE_WARN, GLYPH_WARN, "tunnel 2", "flapping"},
        {ROLE_CRIT, GLYPH_DOWN, "primary DB", "refused"},
        {ROLE_UNKNOWN, GLYPH_UNKNOWN, "aws", "no answer"},
        {ROLE_STALE, GLYPH_STALE, "azure", "4m07s old"},
    };
    canvas_frame(c, r, ROLE_FRAME_FOCUS);
    int x = r.x + 2 + canvas_text(c, r.x + 2, r.y, ROLE_ACCENT, " 1 ");
    x += canvas_text(c, x, r.y, ROLE_TITLE_FOCUS, "Focused");
    (void)canvas_text(c, x, r.y, ROLE_TITLE, " ");
    for (int i = 0; i < (int)(sizeof rows / sizeof rows[0]); i++) {
        int y = r.y + 1 + i;
        (void)canvas_text(c, r.x + 2, y, ROLE_LABEL, rows[i].name);
        (void)canvas_printf(c, r.x + 14, y, rows[i].role, "%s %s", glyph(rows[i].glyph),
                            rows[i].word);
    }
    x = r.x + 2 + canvas_text(c, r.x + 2, r.y + 6, ROLE_TEXT, "text ");
    x += canvas_text(c, x, r.y + 6, ROLE_STRONG, "48 113 920 ");
    x += canvas_text(c, x, r.y + 6, ROLE_DIM, "dim ");
    (void)canvas_text(c, x, r.y + 6, ROLE_MATCH, "match");
}

static void lag(struct canvas *c, struct rect r, enum graph_style style)
{
    struct series_column columns[2 * GRAPH_W];
    int n = graph_columns(style, GRAPH_W);
    for (int i = 0; i < n; i++) {
        double at = (double)i / n;
        double v = 0.25 + 0.1 * sin(at * 40) + (at > 0.6 && at < 0.72 ? 1.1 : 0);
        bool hole = at > 0.3 && at < 0.42;
        columns[i] = (struct series_column){.n = hole ? 0 : 1, .min = v, .max = v};
    }
    const struct graph g = {
        .style = style, .columns = columns, .limit = 1, .has_limit = true, .top = 1.5};
    canvas_frame(c, r, ROLE_FRAME);
    int x = r.x + 2 + canvas_text(c, r.x + 2, r.y, ROLE_ACCENT, " 2 ");
    (void)canvas_text(c, x, r.y, ROLE_TITLE, "Graph ");
    graph_paint(c, (struct rect){r.x + 2, r.y + 1, GRAPH_W, r.h - 3}, &g);
    (void)canvas_text(c, r.x + 2, r.y + r.h - 2, ROLE_AXIS, "-5m");
    (void)canvas_text_right(c, r.x + r.w - 2, r.y + r.h - 2, 5, ROLE_AXIS, "now");
}

void sample_paint(struct canvas *c, const char *name, enum graph_style style)
{
    canvas_clear(c);
    header(c, name);
    states(c, (struct rect){0, 3, 37, 8});
    lag(c, (struct rect){37, 3, GRAPH_W + 5, 8}, style);
    canvas_fill(c, (struct rect){0, 11, c->w, 1}, ' ', ROLE_SELECTED);
    (void)canvas_text(c, 1, 11, ROLE_SELECTED, "13:41:07Z  LAG above 1.0 s for 4 s (selected)");
    int x = 1 + canvas_text(c, 1, 12, ROLE_KEY, "?");
    x += canvas_text(c, x, 12, ROLE_DIM, " help  ");
    x += canvas_text(c, x, 12, ROLE_KEY, "q");
    (void)canvas_text(c, x, 12, ROLE_DIM, " quit");
}
