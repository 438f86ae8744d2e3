#include "tui/view.h"

#include <stdio.h>

#include "backend/net/text.h"
#include "tui/format.h"
#include "tui/pane/pane.h"

static void title(struct canvas *c, struct rect r, const struct view *v, enum pane_id id)
{
    struct pane_state s = panes[id].state(v);
    bool focus = v->ui->focus == id;
    char text[128];
    int x = r.x + 2;
    x += canvas_printf(c, x, r.y, ROLE_ACCENT, " %d ", (int)id + 1);
    x += canvas_printf(c, x, r.y, focus ? ROLE_TITLE_FOCUS : ROLE_TITLE, "%s%s", panes[id].name,
                       focus && glyph_in_use() == GLYPHS_ASCII ? "*" : "");
    x += canvas_text(c, x, r.y, ROLE_TITLE, " ");
    int end = r.x + r.w - 2;
    if (s.note[0]) {
        (void)snprintf(text, sizeof text, "  %s ", s.note);
        end = canvas_text_right(c, end, r.y, end - x - 10, ROLE_DIM, text);
    }
    (void)snprintf(text, sizeof text, " %s %s%s", s.text,
                   s.glyph < GLYPH_COUNT ? glyph(s.glyph) : "",
                   s.glyph < GLYPH_COUNT ? " " : "");
    (void)canvas_text_right(c, end, r.y, end - x - 1, s.role, text);
}

static void scroll_mark(struct canvas *c, struct rect r, const struct view *v, enum pane_id id)
{
    int below = v->ui->rows[id] - v->ui->page[id] - v->ui->scroll[id];
    int above = v->ui->scroll[id];
    char text[48];
    if (id == PANE_LAG || (below <= 0 && above <= 0)) {
        return;
    }
    (void)snprintf(text, sizeof text, " %s%d more ",
                   glyph(below > 0 ? GLYPH_DOWNWARD : GLYPH_UP), below > 0 ? below : above);
    (void)canvas_text_right(c, r.x + r.w - 2, r.y + r.h - 1, r.w - 4, ROLE_DIM, text);
}

static void framed(struct canvas *c, struct rect r, struct view *v, enum pane_id id)
{
    struct rect in = {r.x + 2, r.y + 1, r.w - 4, r.h - 2};
    canvas_frame(c, r, v->ui->focus == id ? ROLE_FRAME_FOCUS : ROLE_FRAME);
    title(c, r, v, id);
    if (in.w < 1 || in.h < 1) {
        return;
    }
    struct rect before = canvas_clip(c, in);
    panes[id].paint(c, in, v);
    canvas_unclip(c, before);
    scroll_mark(c, r, v, id);
}

static void pane(struct canvas *c, struct rect r, struct view *v, enum pane_id id)
{
    if (r.w < 1 || r.h < 1) {
        return;
    }
    if (r.h >= 3 && r.w >= 8) {
        framed(c, r, v, id);
        return;
    }
    struct rect before = canvas_clip(c, r);
    panes[id].line(c, (struct rect){r.x + 1, r.y, r.w - 2, 1}, v);
    canvas_unclip(c, before);
}

static void no_data(struct canvas *c)
{
    (void)canvas_text_fit(c, 1, 0, c->w - 1, ROLE_DIM, "drtop: asking the servers...");
}

void view_clock(struct view *v, int64_t now_ms, int64_t wall_ms)
{
    v->held_ms = v->ui->paused ? now_ms - v->ui->paused_at_ms : 0;
    v->now_ms = now_ms - v->held_ms;
    v->wall_ms = wall_ms - v->held_ms;
}

void view_paint(struct canvas *c, struct view *v)
{
    canvas_clear(c);
    if (!v->snap) {
        no_data(c);
        return;
    }
    struct layout l = layout_compute(c->w, c->h, v->ui->preset, v->ui->zoomed);
    v->tier = l.tier;
    ui_fit_range(v->ui, c->w);
    v->shown = shown_at(v->snap, v->now_ms, v->wall_ms, v->ui->cursor_ms);
    if (l.header.h > 0) {
        header_paint(c, l.header, v);
    }
    for (int i = 0; i < PANE_COUNT; i++) {
        pane(c, l.pane[i], v, (enum pane_id)i);
    }
    if (l.footer.h > 0) {
        footer_paint(c, l.footer, v);
    }
    if (v->ui->help) {
        help_paint(c, v);
    }
}

void view_status_line(const struct view *v, char *out, size_t out_size)
{
    char at[FORMAT_MAX], lag[48], bytes[48], line[512];
    const struct shown *s = &v->shown;
    lag_words(s, lag, sizeof lag);
    gap_bytes(&s->not_received, s->not_received_fresh, bytes, sizeof bytes);
    (void)snprintf(line, sizeof line, "%s %.64s %s: %s | lag %s | not received %s",
                   format_utc(at, s->wall_ms), v->snap->config->group,
                   verdict_name(s->verdict.kind), s->verdict.sentence, lag, bytes);
    (void)text_clean_str(out, out_size, line);
}
