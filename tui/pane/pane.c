#include "tui/pane/pane.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"
#include "tui/format.h"

const struct pane panes[PANE_COUNT] = {
    [PANE_TUNNEL] = {"Tunnel", tunnel_state_of, tunnel_paint, tunnel_line},
    [PANE_BINLOG] = {"Binlog", binlog_state_of, binlog_paint, binlog_line},
    [PANE_LAG] = {"Lag", lag_state_of, lag_paint, lag_line},
    [PANE_ALERTS] = {"Alerts", alerts_state_of, alerts_paint, alerts_line},
};

struct rows rows_begin(struct rect r, struct view *v, enum pane_id pane)
{
    return (struct rows){.r = r,
                         .scroll = &v->ui->scroll[pane],
                         .page = &v->ui->page[pane],
                         .all = &v->ui->rows[pane]};
}

struct rows rows_over(struct rect r, struct view *v)
{
    return (struct rows){.r = r,
                         .scroll = &v->ui->over_scroll,
                         .page = &v->ui->over_page,
                         .all = &v->ui->over_rows};
}

bool rows_next(struct rows *rows, struct rect *out_row)
{
    int at = rows->next++ - *rows->scroll;
    *out_row = (struct rect){rows->r.x, rows->r.y + at, rows->r.w, 1};
    return at >= 0 && at < rows->r.h;
}

void rows_end(struct rows *rows)
{
    *rows->page = rows->r.h;
    *rows->all = rows->next;
    int last = rows->next > rows->r.h ? rows->next - rows->r.h : 0;
    if (*rows->scroll > last) {
        *rows->scroll = last;
    }
}

/* How many bytes of text fit into w cells without cutting a word, if that can be. */
static size_t line_of(const char *text, int w)
{
    size_t blank = 0;
    const char *at = text, *end = text + strlen(text);
    for (int used = 0; at < end;) {
        uint32_t cp;
        size_t n = text_decode(at, end, &cp);
        used += text_width(cp);
        if (cp == ' ') {
            blank = (size_t)(at - text);
        }
        if (used > w) {
            return blank > 0 ? blank : at > text ? (size_t)(at - text) : n;
        }
        at += n;
    }
    return (size_t)(at - text);
}

/* The rest of a text, wrapped, from x on; the first row has been taken already. */
static void wrap(struct rows *rows, struct canvas *c, struct rect row, bool seen, int indent,
                 enum role role, const char *text)
{
    char line[512], words[CANVAS_WORDS_MAX];
    text = canvas_words(c, words, text); /* a name that is wrapped is one no longer */
    while (*text) {
        size_t n = line_of(text, row.w);
        n = n < sizeof line ? n : sizeof line - 1;
        memcpy(line, text, n);
        line[n] = '\0';
        if (seen) {
            (void)canvas_text_fit(c, row.x, row.y, row.w, role, line);
        }
        text += n;
        text += strspn(text, " ");
        if (*text) {
            seen = rows_next(rows, &row);
            row.x += indent;
            row.w -= indent;
        }
    }
}

void rows_text(struct rows *rows, struct canvas *c, int indent, enum role role,
               const char *text)
{
    struct rect row;
    bool seen = rows_next(rows, &row);
    wrap(rows, c, row, seen, indent, role, text);
}

void rows_named(struct rows *rows, struct canvas *c, int name_w, const char *name,
                enum role role, const char *text)
{
    struct rect row;
    bool seen = rows_next(rows, &row);
    if (seen) {
        (void)canvas_text_fit(c, row.x, row.y, name_w, ROLE_DIM, name);
    }
    row.x += name_w;
    row.w -= name_w;
    wrap(rows, c, row, seen, name_w, role, text);
}

struct rect label_rows(struct canvas *c, struct rect r)
{
    int digits = r.h > 9 ? 2 : 1;
    if (!c->aliases || r.w < LABELLED_MIN_W) {
        return r;
    }
    for (int i = 0; i < r.h; i++) {
        (void)canvas_printf(c, r.x - 1, r.y + i, ROLE_DIM, "%*d", digits, i + 1);
    }
    return (struct rect){r.x + digits, r.y, r.w - digits, r.h};
}

struct overlay_spare overlay_spare(const struct canvas *c)
{
    return (struct overlay_spare){c->h >= 30 ? 3 : 0, 1};
}

struct rect overlay_open(struct canvas *c, int w, int h, struct overlay_spare spare,
                         const char *title)
{
    int high = c->h - spare.top - spare.bottom;
    w = c->w < w + OVERLAY_MARGIN ? c->w : w;
    h = high < h ? high : h;
    struct rect box = {(c->w - w) / 2, spare.top + (high - h) / 2, w, h};
    canvas_fill(c, box, ' ', ROLE_TEXT);
    canvas_frame(c, box, ROLE_FRAME_FOCUS);
    int x = box.x + 2;
    x += canvas_text(c, x, box.y, ROLE_ACCENT, c->aliases ? " E " : " ");
    x += canvas_text_fit(c, x, box.y, w - 6, ROLE_TITLE_FOCUS, title);
    (void)canvas_text(c, x, box.y, ROLE_TITLE, " ");
    return label_rows(c, (struct rect){box.x + 2, box.y + 1, w - 4, h - 2});
}

void overlay_close(struct canvas *c, struct rect in, const struct view *v)
{
    char text[64];
    int below = v->ui->over_rows - v->ui->over_page - v->ui->over_scroll;
    int above = v->ui->over_scroll;
    if (below > 0 || above > 0) {
        (void)snprintf(text, sizeof text, " %s%d more   Up Down scroll   Esc close ",
                       glyph(below > 0 ? GLYPH_DOWNWARD : GLYPH_UP), below > 0 ? below : above);
    } else {
        (void)snprintf(text, sizeof text, " Esc close ");
    }
    (void)canvas_text_right(c, in.x + in.w, in.y + in.h, in.w, ROLE_KEY, text);
}

bool pane_source_silent(const struct view *v, enum slot slot)
{
    const struct reading *last = v->snap->sights[slot].last;
    int64_t interval_ms = snapshot_interval_ms(v->snap->config, slot);
    return last &&
           freshness_of_age(v->now_ms - last->taken_at_ms, interval_ms) >= FRESHNESS_STALE;
}

enum role role_of_age(enum freshness f)
{
    switch (f) {
    case FRESHNESS_LIVE:
        return ROLE_STRONG;
    case FRESHNESS_AGED:
        return ROLE_DIM;
    case FRESHNESS_STALE:
    case FRESHNESS_GONE:
        return ROLE_STALE;
    case FRESHNESS_NONE:
        break;
    }
    return ROLE_UNKNOWN;
}

void lag_words(const struct shown *s, char *out, size_t out_size)
{
    char n[FORMAT_MAX];
    if (s->lag_fresh == FRESHNESS_GONE) {
        (void)snprintf(out, out_size, "%s", glyph(GLYPH_DASH));
    } else if (s->lag.seconds.known) {
        (void)snprintf(out, out_size, "%s%s", s->lag_fresh == FRESHNESS_STALE ? "~" : "",
                       format_seconds(n, s->lag.seconds.v));
    } else if (s->lag.at_least_s.known) {
        (void)snprintf(out, out_size, "%s %s", glyph(GLYPH_AT_LEAST),
                       format_seconds(n, s->lag.at_least_s.v));
    } else {
        (void)snprintf(out, out_size, "unknown");
    }
}

enum role lag_role(const struct view *v)
{
    const struct lag *lag = &v->shown.lag;
    if (v->shown.lag_fresh >= FRESHNESS_STALE) {
        return ROLE_STALE;
    }
    double rpo_s = (double)v->snap->config->objectives.rpo_ms / 1000;
    if (lag->seconds.known) {
        return lag->seconds.v > rpo_s ? ROLE_WARN : ROLE_ACCENT;
    }
    return lag->at_least_s.known && lag->at_least_s.v > rpo_s ? ROLE_WARN : ROLE_UNKNOWN;
}

void gap_bytes(const struct gap *gap, enum freshness f, char *out, size_t out_size)
{
    char n[FORMAT_MAX];
    if (f != FRESHNESS_NONE && gap->kind == BINLOG_PURGED) {
        (void)snprintf(out, out_size, "purged");
    } else if (f != FRESHNESS_NONE && gap->kind == BINLOG_FOREIGN) {
        (void)snprintf(out, out_size, "foreign");
    } else if (f == FRESHNESS_NONE || !gap->bytes.known) {
        (void)snprintf(out, out_size, "unknown");
    } else {
        (void)snprintf(out, out_size, "%s%s", f >= FRESHNESS_STALE ? "~" : "",
                       format_bytes(n, (uint64_t)gap->bytes.v));
    }
}

void gap_tx(const struct gap *gap, enum freshness f, char *out, size_t out_size)
{
    char n[FORMAT_MAX];
    if (f == FRESHNESS_NONE || !gap->tx.known) {
        (void)snprintf(out, out_size, "%s", glyph(GLYPH_DASH));
    } else {
        (void)snprintf(out, out_size, "%s%s tx", f >= FRESHNESS_STALE ? "~" : "",
                       format_grouped(n, (uint64_t)gap->tx.v));
    }
}
