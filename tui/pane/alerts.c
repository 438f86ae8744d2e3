#include "tui/pane/pane.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"
#include "tui/format.h"

#define ACKED_MAX_W 13

struct pane_state alerts_state_of(const struct view *v)
{
    struct pane_state s = {.role = ROLE_OK, .glyph = GLYPH_COUNT};
    const struct view_alerts *l = &v->alerts;
    const struct incident *in = view_incident(v);
    for (size_t i = 0; i < l->n; i++) {
        const struct alert *a = l->item[i];
        if (view_alert_then(v, a) == THEN_OPEN && s.role != ROLE_CRIT) {
            s.role = a->severity == ALERT_CRIT ? ROLE_CRIT : ROLE_WARN;
        }
    }
    if (l->n_open > 0 && s.role == ROLE_OK) {
        s.role = ROLE_WARN; /* the filter hides them */
    }
    (void)snprintf(s.text, sizeof s.text, "%zu open", l->n_open);
    if (v->ui->filter[0] || v->ui->typing == TYPING_FILTER) {
        (void)snprintf(s.note, sizeof s.note, "filter \"%.20s\"", v->ui->filter);
    } else if (in->open && !v->shown.past) {
        (void)snprintf(s.note, sizeof s.note, "%s%s", v->tier > TIER_STRIP ? "incident " : "",
                       in->id);
    } else {
        (void)snprintf(s.note, sizeof s.note, "%zu in all", l->n_all);
    }
    size_t n = strlen(s.note);
    if (!l->recorded) {
        (void)snprintf(s.note + n, sizeof s.note - n, " %s not recorded", glyph(GLYPH_DOT));
    }
    return s;
}

/* The engine's own alert of the same condition: it knows what the store does not keep. */
static const struct alert *own(const struct view *v, const struct alert *a)
{
    for (size_t i = v->snap->n_alerts; i-- > 0;) {
        const struct alert *o = &v->snap->alerts[i];
        if (o->kind == a->kind && o->subject == a->subject && alert_is_open(o)) {
            return o;
        }
    }
    return NULL;
}

static void add(char *out, size_t out_size, const char *word)
{
    size_t n = strlen(out);
    (void)snprintf(out + n, out_size - n, " %s %s", glyph(GLYPH_DOT), word);
}

static void text_of(const struct view *v, const struct alert *a, bool open, char *out,
                    size_t out_size)
{
    char n[FORMAT_MAX], word[64];
    const struct alert *o = open && !v->shown.past ? own(v, a) : NULL;
    (void)snprintf(out, out_size, "%s", a->text);
    if (a->kind == ALERT_LAG && a->peak.known) {
        (void)snprintf(word, sizeof word, "peak %s", format_seconds(n, a->peak.v));
        add(out, out_size, word);
    }
    if (a->flapping) {
        add(out, out_size, "flapping");
    }
    if (a->muted) {
        add(out, out_size, "muted");
    }
    if (o && o->quiet_since_ms) {
        (void)snprintf(word, sizeof word, "quiet for %s",
                       format_age(n, v->now_ms - o->quiet_since_ms));
        add(out, out_size, word);
    }
}

/* "ack mg" of "mg on pts/3 from 10.0.0.7" */
static void acked_words(const struct alert *a, char out[64])
{
    (void)snprintf(out, 64, "ack %.*s", (int)strcspn(a->acked_by, " "), a->acked_by);
}

static bool is_acked(const struct view *v, const struct alert *a)
{
    return a->acked_wall_ms != 0 && (!v->shown.past || a->acked_ms <= v->shown.at_ms);
}

static enum role role_of(const struct alert *a, bool open)
{
    if (!open) {
        return ROLE_DIM;
    }
    return a->severity == ALERT_CRIT ? ROLE_CRIT : ROLE_WARN;
}

static int right_part(struct canvas *c, struct rect r, const struct view *v,
                      const struct alert *a, bool open, int acks_w)
{
    char age[FORMAT_MAX], by[64];
    int end = r.x + r.w;
    bool acked = is_acked(v, a);
    if (acks_w > 0) {
        acked_words(a, by);
        (void)canvas_text_right(c, end, r.y, acks_w, acked ? ROLE_ACCENT : ROLE_DIM,
                                acked ? by : glyph(GLYPH_DASH));
        end -= acks_w + 1;
    }
    int64_t took_ms =
        v->shown.past && open ? v->shown.at_ms - a->began_ms : alert_duration_ms(a, v->now_ms);
    return canvas_text_right(c, end, r.y, 7, acked ? ROLE_DIM : role_of(a, open),
                             format_age(age, took_ms));
}

static void alert_row(struct canvas *c, struct rect r, const struct view *v,
                      const struct alert *a, int acks_w)
{
    char at[FORMAT_MAX], text[ALERT_TEXT_MAX + 128];
    bool open = view_alert_then(v, a) == THEN_OPEN, acked = is_acked(v, a);
    enum glyph g = a->severity == ALERT_CRIT ? GLYPH_DOWN : GLYPH_WARN;
    int end = right_part(c, r, v, a, open, acks_w);
    int x = r.x + 10;
    (void)canvas_text(c, r.x, r.y, ROLE_DIM, format_utc_time(at, a->opened_wall_ms));
    (void)canvas_printf(c, x, r.y, open ? role_of(a, open) : ROLE_OK, "%s%s%s",
                        open ? glyph(g) : "", open ? " " : "", open ? "open" : "closed");
    x += glyph_in_use() == GLYPHS_UTF8 ? 8 : 10;
    (void)canvas_text_fit(c, x, r.y, 9, open && !acked ? ROLE_STRONG : ROLE_LABEL,
                          alert_kind_name(a->kind));
    x += 10;
    text_of(v, a, open, text, sizeof text);
    (void)canvas_text_fit(c, x, r.y, end - x - 1, open && !acked ? ROLE_TEXT : ROLE_DIM, text);
}

/* Who acknowledged has a column of its own only where somebody has, and there is room. */
static int acks_width(const struct view *v, int w)
{
    char by[64];
    int widest = 0;
    for (size_t i = 0; i < v->alerts.n && w >= 64; i++) {
        if (is_acked(v, v->alerts.item[i])) {
            acked_words(v->alerts.item[i], by);
            widest = text_width_str(by) > widest ? text_width_str(by) : widest;
        }
    }
    return widest < ACKED_MAX_W && !(widest > 0 && v->share) ? widest : ACKED_MAX_W;
}

static const char *nothing(const struct view *v)
{
    return v->ui->filter[0]     ? "no alert matches the filter"
           : v->shown.past      ? "no alert until then"
           : v->alerts.recorded ? "no alert on record"
                                : "no alert since drtop started";
}

void alerts_paint(struct canvas *c, struct rect r, struct view *v)
{
    struct rect row;
    struct rows rows = rows_begin(r, v, PANE_ALERTS);
    int acks_w = acks_width(v, r.w);
    for (size_t i = 0; i < v->alerts.n; i++) {
        if (!rows_next(&rows, &row)) {
            continue;
        }
        alert_row(c, row, v, v->alerts.item[i], acks_w);
        if (v->ui->focus == PANE_ALERTS && i == v->ui->at) {
            canvas_tint(c, (struct rect){row.x - 1, row.y, row.w + 2, 1}, ROLE_SELECTED);
        }
    }
    if (v->alerts.n == 0) {
        (void)canvas_text_fit(c, r.x, r.y, r.w, ROLE_DIM, nothing(v));
    }
    rows_end(&rows);
}

void alerts_line(struct canvas *c, struct rect r, const struct view *v)
{
    struct pane_state s = alerts_state_of(v);
    int x = r.x + canvas_text(c, r.x, r.y, ROLE_TITLE, "Alerts ");
    (void)canvas_text_fit(c, x, r.y, r.x + r.w - x, s.role, s.text);
}

/* --- all that is known of one */

static void moment(int64_t wall_ms, const char *more, char *out, size_t out_size)
{
    char at[FORMAT_MAX];
    (void)snprintf(out, out_size, "%s%s", format_utc(at, wall_ms), more);
}

static void times_rows(struct rows *rows, struct canvas *c, const struct view *v,
                       const struct alert *a, int name_w)
{
    char text[ALERT_WHO_MAX + 64], n[FORMAT_MAX], more[ALERT_WHO_MAX + 16];
    moment(a->began_wall_ms, "", text, sizeof text);
    rows_named(rows, c, name_w, "true since", ROLE_TEXT, text);
    moment(a->opened_wall_ms, "", text, sizeof text);
    rows_named(rows, c, name_w, "opened", ROLE_TEXT, text);
    if (a->acked_wall_ms) {
        (void)snprintf(more, sizeof more, "  by %s", a->acked_by);
        moment(a->acked_wall_ms, more, text, sizeof text);
        rows_named(rows, c, name_w, "acknowledged", ROLE_TEXT, text);
        rows_named(rows, c, name_w, "comment", ROLE_STRONG, a->comment);
    } else {
        rows_named(rows, c, name_w, "acknowledged", ROLE_DIM, "by nobody");
    }
    if (a->closed_wall_ms) {
        moment(a->closed_wall_ms, "", text, sizeof text);
        rows_named(rows, c, name_w, "closed", ROLE_OK, text);
    }
    rows_named(rows, c, name_w, alert_is_open(a) ? "for" : "lasted", ROLE_STRONG,
               format_age(n, alert_duration_ms(a, v->now_ms)));
}

static void detail_rows(struct rows *rows, struct canvas *c, const struct view *v,
                        const struct alert *a)
{
    enum { NAME_W = 14 };
    char text[ALERT_TEXT_MAX + 64], n[FORMAT_MAX];
    const struct alert *o = alert_is_open(a) ? own(v, a) : NULL;
    (void)snprintf(text, sizeof text, "%s %s", alert_severity_key(a->severity),
                   alert_kind_name(a->kind));
    rows_named(rows, c, NAME_W, "alert", role_of(a, alert_is_open(a)), text);
    rows_named(rows, c, NAME_W, "state", ROLE_TEXT, alert_state_key(a->state));
    rows_named(rows, c, NAME_W, "text", ROLE_STRONG, a->text);
    times_rows(rows, c, v, a, NAME_W);
    if (o && o->quiet_since_ms) {
        (void)snprintf(text, sizeof text, "for %s: closes when that lasts",
                       format_age(n, v->now_ms - o->quiet_since_ms));
        rows_named(rows, c, NAME_W, "quiet", ROLE_TEXT, text);
    }
    if (a->peak.known) {
        rows_named(rows, c, NAME_W, "peak", ROLE_TEXT, format_seconds(n, a->peak.v));
    }
    rows_named(rows, c, NAME_W, "incident", ROLE_TEXT, a->incident[0] ? a->incident : "none");
    rows_named(rows, c, NAME_W, "flapping", ROLE_TEXT,
               a->flapping ? "yes: stays open until it is quiet for long" : "no");
    rows_named(rows, c, NAME_W, "muted", ROLE_TEXT,
               a->muted ? "yes: opened in a maintenance window, nobody was told" : "no");
}

static void all_rows(struct rows *rows, struct canvas *c, const struct view *v)
{
    const struct alert *a = view_alert_find(v, &v->ui->target);
    if (a) {
        detail_rows(rows, c, v, a);
    } else {
        rows_text(rows, c, 0, ROLE_DIM, "no longer kept");
    }
}

/* As high as what there is to say, at this width. */
void alert_paint(struct canvas *c, struct view *v)
{
    enum { WIDE = 92 };
    int w = (c->w < WIDE + OVERLAY_MARGIN ? c->w : WIDE) - 4;
    struct rows dry = rows_over((struct rect){0, 0, w, 0}, v);
    all_rows(&dry, c, v);
    struct rect in = overlay_open(c, WIDE, dry.next + 2, overlay_spare(c), "Alert");
    struct rect before = canvas_clip(c, in);
    struct rows rows = rows_over(in, v);
    all_rows(&rows, c, v);
    rows_end(&rows);
    canvas_unclip(c, before);
    overlay_close(c, in, v);
}
