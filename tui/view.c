#include "tui/view.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"
#include "backend/share.h"
#include "tui/format.h"
#include "tui/pane/pane.h"

static void title(struct canvas *c, struct rect r, const struct view *v, enum pane_id id)
{
    struct pane_state s = panes[id].state(v);
    bool focus = v->ui->focus == id;
    char text[128];
    int x = r.x + 2;
    x += v->share ? canvas_printf(c, x, r.y, ROLE_ACCENT, " %c ", 'A' + (int)id)
                  : canvas_printf(c, x, r.y, ROLE_ACCENT, " %d ", (int)id + 1);
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
    in = label_rows(c, in);
    struct rect before = canvas_clip(c, in);
    panes[id].paint(c, in, v);
    canvas_unclip(c, before);
    scroll_mark(c, r, v, id);
}

/* "A " before a pane of one line. */
static struct rect label_line(struct canvas *c, struct rect r, const struct view *v,
                              enum pane_id id)
{
    if (v->share && r.w >= LABELLED_MIN_W) {
        (void)canvas_printf(c, r.x + 1, r.y, ROLE_ACCENT, "%c", 'A' + (int)id);
        r.x += 2;
        r.w -= 2;
    }
    return r;
}

/* H1 to H3 before the lines of the header. */
static struct rect label_header(struct canvas *c, struct rect r, const struct view *v)
{
    if (!v->share || v->tier < TIER_STRIP || r.w < LABELLED_MIN_W) {
        return r;
    }
    for (int i = 0; i < r.h; i++) {
        (void)canvas_printf(c, r.x, r.y + i, ROLE_ACCENT, "H%d", i + 1);
    }
    return (struct rect){r.x + 2, r.y, r.w - 2, r.h};
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
    r = label_line(c, r, v, id);
    panes[id].line(c, (struct rect){r.x + 1, r.y, r.w - 2, 1}, v);
    canvas_unclip(c, before);
}

/* Where nobody can ask the program anything, the clock tells that it lives. */
static void no_data(struct canvas *c, const struct view *v)
{
    char at[FORMAT_MAX];
    (void)canvas_text_fit(c, 1, 0, c->w - 1, ROLE_DIM, "drtop: asking the servers...");
    if (v->wall && c->h > 1) {
        (void)canvas_text_fit(c, 1, 1, c->w - 1, ROLE_STRONG, format_utc_time(at, v->wall_ms));
    }
}

void view_clock(struct view *v, int64_t now_ms, int64_t wall_ms)
{
    v->held_ms = v->ui->paused ? now_ms - v->ui->paused_at_ms : 0;
    v->now_ms = now_ms - v->held_ms;
    v->wall_ms = wall_ms - v->held_ms;
}

enum view_then view_alert_then(const struct view *v, const struct alert *a)
{
    if (!v->shown.past) {
        return a->state == ALERT_CLOSED ? THEN_CLOSED : THEN_OPEN;
    }
    if (a->opened_ms > v->shown.at_ms) {
        return THEN_NOT_YET;
    }
    bool closed = a->state == ALERT_CLOSED && a->closed_ms <= v->shown.at_ms;
    return closed ? THEN_CLOSED : THEN_OPEN;
}

struct ui_alert view_alert_key(const struct alert *a)
{
    return (struct ui_alert){.kind = a->kind,
                             .subject = a->subject,
                             .opened_wall_ms = a->opened_wall_ms,
                             .state = a->state};
}

/* Do the alerts come from the record? Not while nobody writes it down: what is new is not in it. */
static bool recorded(const struct view *v)
{
    const struct record_view *r = v->record;
    return r && r->readable && r->role != RECORD_ORPHAN && (r->maintained || !r->newer);
}

static size_t alerts_in_all(const struct view *v)
{
    return recorded(v) ? v->record->n_alerts : v->snap->n_alerts;
}

static const struct alert *alert_at(const struct view *v, size_t i)
{
    return recorded(v) ? &v->record->alerts[i].alert : &v->snap->alerts[i];
}

const struct alert *view_alert_at(const struct view *v, size_t i)
{
    return v->snap && i < alerts_in_all(v) ? alert_at(v, i) : NULL;
}

const struct alert *view_alert_find(const struct view *v, const struct ui_alert *key)
{
    for (size_t i = 0; v->snap && i < alerts_in_all(v); i++) {
        struct ui_alert here = view_alert_key(alert_at(v, i));
        if (ui_same_alert(&here, key)) {
            return alert_at(v, i);
        }
    }
    return NULL;
}

static void list_group(struct view *v, enum view_then which)
{
    struct view_alerts *l = &v->alerts;
    for (size_t i = alerts_in_all(v); i-- > 0;) {
        const struct alert *a = alert_at(v, i);
        if (view_alert_then(v, a) != which) {
            continue;
        }
        l->n_all++;
        l->n_open += which == THEN_OPEN;
        if (l->n < ALERTS_MAX &&
            (ui_matches(v->ui, a->text) || ui_matches(v->ui, alert_kind_name(a->kind)))) {
            l->item[l->n++] = a;
        }
    }
}

static void list_alerts(struct view *v)
{
    struct ui_alert keys_of[ALERTS_MAX];
    v->alerts = (struct view_alerts){.recorded = recorded(v)};
    list_group(v, THEN_OPEN);
    list_group(v, THEN_CLOSED);
    for (size_t i = 0; i < v->alerts.n; i++) {
        keys_of[i] = view_alert_key(v->alerts.item[i]);
    }
    ui_list(v->ui, keys_of, v->alerts.n);
}

/* One that the window has no room for closes, and takes no more keys. */
static void overlay_paint(struct canvas *c, struct view *v)
{
    static void (*const paint[])(struct canvas *,
                                 struct view *) = {[OVERLAY_HELP] = help_paint,
                                                   [OVERLAY_EVIDENCE] = evidence_paint,
                                                   [OVERLAY_ALERT] = alert_paint,
                                                   [OVERLAY_TIMELINE] = timeline_paint};
    enum ui_overlay which = v->ui->overlay;
    if (v->ui->typing == TYPING_COMMAND) {
        palette_paint(c, v);
        return;
    }
    if (which == OVERLAY_NONE) {
        return;
    }
    if (which != OVERLAY_HELP && (c->w < OVERLAY_MIN_W || c->h < OVERLAY_MIN_H)) {
        v->ui->overlay = OVERLAY_NONE;
        return;
    }
    paint[which](c, v);
}

/* Keys go to the failover screen alone, so nothing else may be painted while it is open. */
static bool failover_fits(const struct canvas *c, const struct view *v)
{
    return v->failover && v->failover->open && c->w >= FAILOVER_MIN_W && c->h >= FAILOVER_MIN_H;
}

void view_paint(struct canvas *c, struct view *v)
{
    canvas_clear(c);
    c->aliases = v->share;
    share_learn(v->share, v->snap, v->record, v->run);
    if (!v->snap) {
        no_data(c, v);
        return;
    }
    if (failover_fits(c, v)) {
        v->shown = shown_at(v->snap, v->now_ms, v->wall_ms, 0);
        list_alerts(v);
        failover_paint(c, v);
        return;
    }
    struct layout l = layout_compute(c->w, c->h, v->ui->preset, v->ui->zoomed);
    v->tier = l.tier;
    ui_fit_range(v->ui, c->w);
    v->shown = shown_at(v->snap, v->now_ms, v->wall_ms, v->ui->cursor_ms);
    list_alerts(v);
    if (v->wall && c->w >= WALL_MIN_W && c->h >= WALL_MIN_H) {
        wall_paint(c, v);
        return;
    }
    if (l.header.h > 0) {
        header_paint(c, label_header(c, l.header, v), v);
    }
    for (int i = 0; i < PANE_COUNT; i++) {
        pane(c, l.pane[i], v, (enum pane_id)i);
    }
    if (l.footer.h == 0) {
        v->ui->typing = TYPING_NOTHING; /* nobody types what they cannot see */
    } else {
        footer_paint(c, l.footer, v);
    }
    overlay_paint(c, v);
}

static void add_clocks(const struct view *v, char *out, size_t out_size)
{
    char elapsed[48], objective[FORMAT_MAX], before[FORMAT_MAX];
    const struct rto *rto = &v->shown.rto;
    size_t n = strlen(out);
    if (!rto->running) {
        return;
    }
    rto_elapsed_words(rto, elapsed, sizeof elapsed);
    (void)snprintf(out + n, out_size - n, " | RTO %s of %s", elapsed,
                   format_clock(objective, rto->objective_ms, false));
    n = strlen(out);
    if (rto->decide_before_wall_ms.known) {
        (void)snprintf(out + n, out_size - n, ", decide before %s",
                       format_utc_time(before, rto->decide_before_wall_ms.v));
    }
}

void view_status_line(const struct view *v, char *out, size_t out_size)
{
    char at[FORMAT_MAX], lag[48], risk[160], line[768];
    const struct shown *s = &v->shown;
    const struct incident *in = view_incident(v);
    lag_words(s, lag, sizeof lag);
    risk_words(s, 0, risk, sizeof risk);
    (void)snprintf(line, sizeof line, "%s %.64s %s%s: %s | lag %s | not received %s",
                   format_utc(at, s->wall_ms), v->snap->config->group,
                   verdict_name(s->verdict.kind), verdict_doubt(s), s->verdict.sentence, lag,
                   risk);
    add_clocks(v, line, sizeof line);
    size_t n = strlen(line);
    if (in->open) {
        (void)snprintf(line + n, sizeof line - n, " | incident %s", in->id);
    }
    char clean[sizeof line];
    (void)text_clean_str(clean, sizeof clean, line);
    (void)alias_text(v->share, out, out_size, clean);
}
