#include "tui/pane/pane.h"

#include <stdio.h>

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
