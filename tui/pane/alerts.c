#include "tui/pane/pane.h"

#include <stdio.h>

#include "tui/format.h"

/* Was it open at the moment shown? An alert of the future of that moment is not shown at all. */
enum then { THEN_NOT_YET, THEN_OPEN, THEN_CLOSED };

static enum then then_of(const struct view *v, const struct alert *a)
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

struct pane_state alerts_state_of(const struct view *v)
{
    struct pane_state s = {.role = ROLE_OK, .glyph = GLYPH_COUNT};
    size_t open = 0, all = 0;
    for (size_t i = 0; i < v->snap->n_alerts; i++) {
        const struct alert *a = &v->snap->alerts[i];
        enum then t = then_of(v, a);
        open += t == THEN_OPEN;
        all += t != THEN_NOT_YET;
        if (t == THEN_OPEN && s.role != ROLE_CRIT) {
            s.role = a->severity == ALERT_CRIT ? ROLE_CRIT : ROLE_WARN;
        }
    }
    (void)snprintf(s.text, sizeof s.text, "%zu open", open);
    if (v->ui->filter[0] || v->ui->typing) {
        (void)snprintf(s.note, sizeof s.note, "filter \"%.20s\"", v->ui->filter);
    } else {
        (void)snprintf(s.note, sizeof s.note, "%zu in all", all);
    }
    return s;
}

static bool matches(const struct view *v, const struct alert *a)
{
    return !v->ui->filter[0] || ui_matches(v->ui, a->text) ||
           ui_matches(v->ui, alert_kind_name(a->kind));
}

static void text_of(const struct alert *a, char *out, size_t out_size)
{
    char peak[FORMAT_MAX];
    if (a->kind == ALERT_LAG && a->peak.known) {
        (void)snprintf(out, out_size, "%s (peak %s)", a->text, format_seconds(peak, a->peak.v));
    } else {
        (void)snprintf(out, out_size, "%s", a->text);
    }
}

static void alert_row(struct canvas *c, struct rect r, const struct view *v,
                      const struct alert *a)
{
    char at[FORMAT_MAX], age[FORMAT_MAX], text[ALERT_TEXT_MAX + 48];
    bool open = then_of(v, a) == THEN_OPEN;
    enum role role = !open ? ROLE_DIM : a->severity == ALERT_CRIT ? ROLE_CRIT : ROLE_WARN;
    enum glyph g = a->severity == ALERT_CRIT ? GLYPH_DOWN : GLYPH_WARN;
    int64_t until_ms = v->shown.past && open ? v->shown.at_ms : v->now_ms;
    int64_t took_ms =
        v->shown.past && open ? until_ms - a->began_ms : alert_duration_ms(a, until_ms);
    int end = canvas_text_right(c, r.x + r.w, r.y, 7, open ? role : ROLE_DIM,
                                format_age(age, took_ms));
    int x = r.x + 10;
    (void)canvas_text(c, r.x, r.y, ROLE_DIM, format_utc_time(at, a->opened_wall_ms));
    (void)canvas_printf(c, x, r.y, open ? role : ROLE_OK, "%s%s%s", open ? glyph(g) : "",
                        open ? " " : "", open ? "open" : "closed");
    x += glyph_in_use() == GLYPHS_UTF8 ? 8 : 10;
    (void)canvas_text_fit(c, x, r.y, 9, open ? ROLE_STRONG : ROLE_LABEL,
                          alert_kind_name(a->kind));
    x += 10;
    text_of(a, text, sizeof text);
    (void)canvas_text_fit(c, x, r.y, end - x - 1, open ? ROLE_TEXT : ROLE_DIM, text);
}

static void rows_of(struct canvas *c, struct rows *rows, const struct view *v, enum then which)
{
    struct rect row;
    for (size_t i = v->snap->n_alerts; i-- > 0;) {
        const struct alert *a = &v->snap->alerts[i];
        if (then_of(v, a) == which && matches(v, a) && rows_next(rows, &row)) {
            alert_row(c, row, v, a);
        }
    }
}

void alerts_paint(struct canvas *c, struct rect r, struct view *v)
{
    struct rows rows = rows_begin(r, v, PANE_ALERTS);
    rows_of(c, &rows, v, THEN_OPEN);
    rows_of(c, &rows, v, THEN_CLOSED);
    if (rows.next == 0) {
        (void)canvas_text_fit(c, r.x, r.y, r.w, ROLE_DIM,
                              v->ui->filter[0] ? "no alert matches the filter"
                              : v->shown.past  ? "no alert until then"
                                               : "no alert since drtop started");
    }
    rows_end(&rows);
}

void alerts_line(struct canvas *c, struct rect r, const struct view *v)
{
    struct pane_state s = alerts_state_of(v);
    int x = r.x + canvas_text(c, r.x, r.y, ROLE_TITLE, "Alerts ");
    (void)canvas_text_fit(c, x, r.y, r.x + r.w - x, s.role, s.text);
}
