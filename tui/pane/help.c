#include "tui/pane/pane.h"

#include <stdio.h>

#define KEY_W 12

/* At most 76 cells, what 80 columns leave. */
static const char *const legend[] = {
    "",
    "Marks: ",
    "",
    "lag           how long ago the primary stood where the replica now stands,",
    "              by drtop's own clock; the server's own figure stands beside it",
    "not received  primary minus received: lost by a failover now",
    "not applied   received minus applied: lost unless the relay log is drained",
    "unseen        the primary is out of sight; it may have written more",
    "Values older than twice their interval are dim, four times marked, eight",
    "times gone.",
};
#define LEGEND_N ((int)(sizeof legend / sizeof legend[0]))

static void marks(struct canvas *c, int x, int y)
{
    static const struct {
        enum glyph glyph;
        enum role role;
        const char *word;
    } all[] = {{GLYPH_OK, ROLE_OK, "OK"},
               {GLYPH_WARN, ROLE_WARN, "WARN"},
               {GLYPH_DOWN, ROLE_CRIT, "DOWN"},
               {GLYPH_UNKNOWN, ROLE_UNKNOWN, "UNKNOWN"},
               {GLYPH_STALE, ROLE_STALE, "STALE"}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        x += canvas_printf(c, x, y, all[i].role, "%s %s  ", glyph(all[i].glyph), all[i].word);
    }
}

static bool is_told(const struct view *v, const struct key *k)
{
    return k->help &&
           (!key_is_of_failover(k->action) ||
            !failover_refusal(v->snap->config, v->read_only, k->action == ACTION_DRILL));
}

static void line(struct canvas *c, struct rect r, const struct view *v, int i)
{
    int documented = 0;
    for (int k = 0; k < keys_n; k++) {
        if (!is_told(v, &keys[k])) {
            continue;
        }
        if (documented++ == i) {
            (void)canvas_text(c, r.x, r.y, ROLE_KEY, key_label(&keys[k]));
            (void)canvas_text_fit(c, r.x + KEY_W, r.y, r.w - KEY_W, ROLE_TEXT, keys[k].help);
            return;
        }
    }
    int at = i - documented;
    (void)canvas_text_fit(c, r.x, r.y, r.w, ROLE_DIM, legend[at]);
    if (at == 1) {
        marks(c, r.x + 7, r.y);
    }
}

static int line_count(const struct view *v)
{
    int n = LEGEND_N;
    for (int k = 0; k < keys_n; k++) {
        n += is_told(v, &keys[k]);
    }
    return n;
}

void help_paint(struct canvas *c, struct view *v)
{
    int all = line_count(v);
    struct rect row, in = overlay_open(c, 96, all + 2, (struct overlay_spare){0, 0}, "Help");
    struct rect before = canvas_clip(c, in);
    struct rows rows = rows_over(in, v);
    for (int i = 0; i < all; i++) {
        if (rows_next(&rows, &row)) {
            line(c, row, v, i);
        }
    }
    rows_end(&rows);
    canvas_unclip(c, before);
    overlay_close(c, in, v);
}
