#include "tui/pane/pane.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/mem.h"
#include "tui/format.h"

#define AXIS_W 5

struct span {
    int64_t from_ms, to_ms;
};

/* Columns keep their bounds as time passes (multiples of their width on the monotonic clock), so
 * that the graph moves by whole columns and only what changed is sent to the terminal. */
static struct span span_of(const struct view *v, int n)
{
    int64_t range_ms = ui_range_ms(v->ui);
    int64_t step_ms = range_ms / n > 0 ? range_ms / n : 1;
    int64_t end_ms = v->now_ms;
    if (v->ui->cursor_ms && v->ui->cursor_ms + range_ms / 2 < end_ms) {
        end_ms = v->ui->cursor_ms + range_ms / 2;
    }
    int64_t to_ms = (end_ms / step_ms + 1) * step_ms;
    return (struct span){to_ms - step_ms * n, to_ms};
}

/* The history goes on while the picture is held, and so does its newest second. */
static int64_t known_until_ms(const struct view *v)
{
    return v->ui->paused ? v->snap->taken_at_ms / 1000 * 1000 : INT64_MAX;
}

struct pane_state lag_state_of(const struct view *v)
{
    char now[48], p99[FORMAT_MAX], rpo[FORMAT_MAX];
    double q;
    struct pane_state s = {.role = lag_role(v), .glyph = GLYPH_COUNT};
    lag_words(&v->shown, now, sizeof now);
    (void)format_seconds(rpo, (double)v->snap->config->objectives.rpo_ms / 1000);
    (void)snprintf(s.text, sizeof s.text, "%s", now);
    (void)snprintf(s.note, sizeof s.note, "RPO %s", rpo);
    int64_t to_ms = v->shown.at_ms < known_until_ms(v) ? v->shown.at_ms : known_until_ms(v);
    if (history_quantile(v->snap->history, HISTORY_LAG_S, to_ms - ui_range_ms(v->ui), to_ms,
                         0.99, &q)) {
        (void)snprintf(s.note, sizeof s.note, "p99 %s   RPO %s", format_seconds(p99, q), rpo);
    }
    return s;
}

static const char *gap_label(const struct view *v)
{
    const struct reading *p = v->snap->sights[SLOT_PRIMARY_DB].last;
    const struct reading *r = v->snap->sights[SLOT_REPLICA_DB].last;
    if (!v->shown.past && r && r->state == READING_FAILED) {
        return "no data: replica not reachable";
    }
    if (!v->shown.past && p && p->state == READING_FAILED) {
        return "no data: primary not reachable";
    }
    return "no data";
}

static double largest(const struct series_column *columns, int n)
{
    double max = 0;
    for (int i = 0; i < n; i++) {
        if (columns[i].n && columns[i].max > max) {
            max = columns[i].max;
        }
    }
    return max;
}

/* One precision for the whole axis, from its top. */
static void value_axis(struct canvas *c, struct rect plot, double top)
{
    char label[FORMAT_MAX];
    int decimals = top < 1 ? 2 : top < 10 ? 1 : 0;
    int rows[] = {0, (plot.h - 1) / 2, plot.h - 1};
    double values[] = {top, top / 2, 0};
    for (int i = 0; i < 3; i++) {
        if ((i == 1 && plot.h < 4) || (i == 2 && plot.h < 2)) {
            continue;
        }
        (void)snprintf(label, sizeof label, "%.*fs", decimals, values[i]);
        (void)canvas_text_right(c, plot.x - 1, plot.y + rows[i], AXIS_W, ROLE_AXIS, label);
    }
}

static void time_axis(struct canvas *c, struct rect plot, const struct view *v,
                      struct span span)
{
    char text[FORMAT_MAX];
    int y = plot.y + plot.h;
    int64_t back_ms = v->now_ms - span.to_ms > 0 ? v->now_ms - span.to_ms : 0;
    int64_t shown_ms = ui_range_ms(v->ui);
    (void)canvas_text(c, plot.x, y, ROLE_AXIS, format_span(text, shown_ms + back_ms));
    (void)canvas_text(c, plot.x + plot.w / 2 - 3, y, ROLE_AXIS,
                      format_span(text, shown_ms / 2 + back_ms));
    if (back_ms) {
        (void)canvas_text_right(c, plot.x + plot.w, y, 12, ROLE_AXIS,
                                format_span(text, back_ms));
    } else {
        (void)canvas_text_right(c, plot.x + plot.w, y, 12, ROLE_AXIS, "now");
    }
}

static void cursor(struct canvas *c, struct rect plot, const struct view *v, struct span span)
{
    int64_t at_ms = v->ui->cursor_ms;
    if (at_ms < span.from_ms || at_ms >= span.to_ms) {
        return;
    }
    int x = (int)((at_ms - span.from_ms) * plot.w / (span.to_ms - span.from_ms));
    canvas_tint(c, (struct rect){plot.x + x, plot.y, 1, plot.h}, ROLE_MODE);
}

/* Which method measured, and what the server says of itself: one line below the graph. */
static void method_row(struct canvas *c, struct rect r, const struct view *v)
{
    const struct lag *lag = &v->shown.lag;
    char text[256];
    if (v->shown.past) {
        return;
    }
    int n = snprintf(text, sizeof text, "method: %s", lag_method_name(lag->method));
    if (lag->why && lag->why[0]) {
        (void)snprintf(text + n, sizeof text - (size_t)n, ", %s", lag->why);
    }
    (void)canvas_text_fit(c, r.x, r.y, r.w, ROLE_DIM, text);
}

static void columns_of(const struct view *v, struct span span, struct series_column *out, int n)
{
    struct history *h = v->snap->history;
    int64_t step_ms = (span.to_ms - span.from_ms) / n, end_ms = known_until_ms(v);
    history_columns(h, HISTORY_LAG_S, span.from_ms, span.to_ms, out, (size_t)n);
    int64_t from_ms = span.to_ms - step_ms;
    for (int i = n; i-- > 0 && from_ms + step_ms > end_ms; from_ms -= step_ms) {
        out[i] = (struct series_column){0};
        if (from_ms < end_ms) {
            history_columns(h, HISTORY_LAG_S, from_ms, end_ms, &out[i], 1);
        }
    }
}

static void plot_graph(struct canvas *c, struct rect plot, const struct view *v)
{
    int n = graph_columns(v->graph, plot.w);
    struct series_column *columns = mem_alloc((size_t)n, sizeof *columns);
    struct span span = span_of(v, n);
    columns_of(v, span, columns, n);
    double rpo_s = (double)v->snap->config->objectives.rpo_ms / 1000;
    struct graph g = {.style = v->graph,
                      .columns = columns,
                      .limit = rpo_s,
                      .has_limit = true,
                      .top = graph_top(largest(columns, n), rpo_s),
                      .gap_label = gap_label(v)};
    graph_paint(c, plot, &g);
    value_axis(c, plot, g.top);
    time_axis(c, plot, v, span);
    if (v->ui->cursor_ms) {
        cursor(c, plot, v, span);
    }
    free(columns);
}

void lag_paint(struct canvas *c, struct rect r, struct view *v)
{
    struct rect plot = {r.x + AXIS_W + 1, r.y, r.w - AXIS_W - 1, r.h - 1};
    if (r.h >= 9) {
        plot.h--;
        method_row(c, (struct rect){plot.x, r.y + r.h - 1, plot.w, 1}, v);
    }
    v->ui->page[PANE_LAG] = v->ui->rows[PANE_LAG] = r.h;
    if (plot.w < 4 || plot.h < 1) {
        lag_line(c, r, v);
        return;
    }
    plot_graph(c, plot, v);
}

void lag_line(struct canvas *c, struct rect r, const struct view *v)
{
    struct pane_state s = lag_state_of(v);
    int x = r.x + canvas_text(c, r.x, r.y, ROLE_TITLE, "Lag ");
    x += canvas_text_fit(c, x, r.y, r.x + r.w - x, s.role, s.text);
    (void)canvas_text_fit(c, x + 3, r.y, r.x + r.w - x - 3, ROLE_DIM, s.note);
}
