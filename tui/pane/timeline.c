/* What happened, who did what, in the order of the record. */
#include "tui/pane/pane.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"
#include "tui/format.h"

static const struct {
    enum glyph glyph;
    enum role role;
    const char *word;
} kinds[EVENT_KINDS] = {
    [EVENT_VERDICT] = {GLYPH_ARROW, ROLE_STRONG, "verdict"},
    [EVENT_OPENED] = {GLYPH_WARN, ROLE_WARN, "opened"},
    [EVENT_ACKED] = {GLYPH_OK, ROLE_ACCENT, "ack"},
    [EVENT_CLOSED] = {GLYPH_OK, ROLE_OK, "closed"},
    [EVENT_NOTE] = {GLYPH_DOT, ROLE_ACCENT, "note"},
    [EVENT_RECORDER] = {GLYPH_DOT, ROLE_DIM, "recorder"},
    [EVENT_SENT] = {GLYPH_DOT, ROLE_DIM, "sent"},
    [EVENT_FAILOVER] = {GLYPH_ARROW, ROLE_CRIT, "failover"},
    [EVENT_ALARM] = {GLYPH_WARN, ROLE_WARN, "alarm"},
    [EVENT_INCIDENT] = {GLYPH_DOT, ROLE_TITLE, "incident"},
};

/* The incident whose timeline is shown; "" for everything that is on record. */
static const char *incident_of(const struct view *v)
{
    return v->record->incident.id;
}

static void event_row(struct rows *rows, struct canvas *c, const struct event *e)
{
    char at[FORMAT_MAX], text[sizeof e->text + ALERT_WHO_MAX + 8];
    bool utf8 = glyph_in_use() == GLYPHS_UTF8;
    int head_w = 10 + (utf8 ? 12 : 14);
    int first = rows->next;
    bool known = e->kind >= 0 && e->kind < EVENT_KINDS;
    (void)snprintf(text, sizeof text, "%s%s%s", e->who, e->who[0] ? ": " : "", e->text);
    rows_named(rows, c, head_w, "", known ? ROLE_TEXT : ROLE_DIM, text);
    struct rect head = {rows->r.x, rows->r.y + first - *rows->scroll, head_w, 1};
    if (head.y < rows->r.y || head.y >= rows->r.y + rows->r.h) {
        return;
    }
    (void)canvas_text(c, head.x, head.y, ROLE_DIM, format_utc_time(at, e->at_wall_ms));
    if (known) {
        (void)canvas_printf(c, head.x + 10, head.y, kinds[e->kind].role, "%s %s",
                            glyph(kinds[e->kind].glyph), kinds[e->kind].word);
    }
}

/* A day stands once, above its first event. */
static void day_row(struct rows *rows, struct canvas *c, const struct event *e, char day[16])
{
    char at[FORMAT_MAX];
    (void)format_utc(at, e->at_wall_ms);
    at[strcspn(at, " ")] = '\0';
    if (strcmp(at, day) != 0) {
        (void)text_copy(day, 16, at);
        rows_text(rows, c, 0, ROLE_LABEL, day);
    }
}

static void events(struct rows *rows, struct canvas *c, const struct view *v)
{
    char day[16] = "";
    const char *incident = incident_of(v);
    for (size_t i = 0; i < v->record->n_events; i++) {
        const struct event *e = &v->record->events[i];
        if (!incident[0] || strcmp(e->incident, incident) == 0) {
            day_row(rows, c, e, day);
            event_row(rows, c, e);
        }
    }
    if (!day[0]) {
        rows_text(rows, c, 0, ROLE_DIM, "nothing has happened yet");
    }
}

/* Counts the rows without painting any, then scrolls to the last. */
static void stay_at_the_end(struct rect in, struct canvas *c, struct view *v)
{
    struct rows dry = rows_over((struct rect){in.x, in.y, in.w, 0}, v);
    if (v->ui->over_end) {
        events(&dry, c, v);
        v->ui->over_scroll = dry.next > in.h ? dry.next - in.h : 0;
    }
}

static void title_of(const struct view *v, char *out, size_t out_size)
{
    char at[FORMAT_MAX];
    const struct incident *in = v->record ? &v->record->incident : NULL;
    if (!v->record || !v->record->readable || !in->id[0]) {
        (void)snprintf(out, out_size, "Timeline");
    } else if (in->open) {
        (void)snprintf(out, out_size, "Timeline of %s, open", in->id);
    } else {
        (void)snprintf(out, out_size, "Timeline of %s, closed %s", in->id,
                       format_utc_time(at, in->closed_wall_ms));
    }
}

void timeline_paint(struct canvas *c, struct view *v)
{
    char title[96], why[256];
    title_of(v, title, sizeof title);
    struct rect in = overlay_open(c, 116, c->h, overlay_spare(c), title);
    struct rect before = canvas_clip(c, in);
    struct rows rows = rows_over(in, v);
    if (v->record && v->record->readable) {
        stay_at_the_end(in, c, v);
        events(&rows, c, v);
    } else {
        (void)snprintf(why, sizeof why, "no timeline: nothing is recorded%s%s",
                       v->record && v->record->why[0] ? ": " : "",
                       v->record ? v->record->why : "");
        rows_text(&rows, c, 2, ROLE_DIM, why);
    }
    rows_end(&rows);
    canvas_unclip(c, before);
    overlay_close(c, in, v);
}
