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

static void line(struct canvas *c, struct rect r, int i)
{
    int documented = 0;
    for (int k = 0; k < keys_n; k++) {
        if (!keys[k].help) {
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

static int line_count(void)
{
    int n = LEGEND_N;
    for (int k = 0; k < keys_n; k++) {
        n += keys[k].help != NULL;
    }
    return n;
}

void help_paint(struct canvas *c, struct view *v)
{
    int rows = line_count();
    int w = c->w < 96 ? c->w : 96;
    int h = c->h < rows + 2 ? c->h : rows + 2;
    struct rect box = {(c->w - w) / 2, (c->h - h) / 2, w, h};
    struct rect in = {box.x + 2, box.y + 1, w - 4, h - 2};
    canvas_fill(c, box, ' ', ROLE_TEXT);
    canvas_frame(c, box, ROLE_FRAME_FOCUS);
    if (in.w < 1 || in.h < 1) {
        return;
    }
    (void)canvas_text_fit(c, box.x + 2, box.y, w - 4, ROLE_TITLE, " Help ");
    v->ui->help_page = in.h;
    v->ui->help_rows = rows;
    if (rows > in.h) {
        (void)canvas_text_right(c, box.x + w - 2, box.y + h - 1, w - 4, ROLE_KEY,
                                " Up Down scroll ");
    }
    int first = v->ui->help_scroll;
    for (int i = 0; i < in.h && first + i < rows; i++) {
        line(c, (struct rect){in.x, in.y + i, in.w, 1}, first + i);
    }
}
