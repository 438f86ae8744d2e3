#include "tui/pane/pane.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/mem.h"
#include "tui/format.h"
#include "tui/pane/span.h"

#define AXIS_W 5

struct pane_state lag_state_of(const struct view *v)
{
    char now[48], p99[FORMAT_MAX], rpo[FORMAT_MAX];
    double q;
    struct pane_state s = {.role = lag_role(v), .glyph = GLYPH_COUNT};
    lag_words(&v->shown, now, sizeof now);
    (void)format_seconds(rpo, (double)v->snap->config->objectives.rpo_ms / 1000);
    (void)snprintf(s.text, sizeof s.text, "%s", now);
    (void)snprintf(s.note, sizeof s.note, "RPO %s", rpo);
    int64_t to_ms =
        v->shown.at_ms < span_known_until_ms(v) ? v->shown.at_ms : span_known_until_ms(v);
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

/* Which method measured, and what the server says of itself: one line below the graph. */
static void method_row(struct canvas *c, struct rect r, const struct view *v)
{
    const struct lag *lag = &v->shown.lag;
    char text[256];
    if (v->shown.past) {
        return;
    }
    int n = snprintf(text, sizeof text, "method: %s", lag_method_name(lag->method));
    if (v->when.kind != WHEN_NOW) { /* it is not recorded */
        (void)snprintf(text, sizeof text, "%s", lag->why ? lag->why : "");
    } else if (lag->why && lag->why[0]) {
        (void)snprintf(text + n, sizeof text - (size_t)n, ", %s", lag->why);
    }
    (void)canvas_text_fit(c, r.x, r.y, r.w, ROLE_DIM, text);
}

static void plot_graph(struct canvas *c, struct rect plot, const struct view *v)
{
    int n = graph_columns(v->graph, plot.w);
    struct series_column *columns = mem_alloc((size_t)n, sizeof *columns);
    struct span span = span_of(v, n);
    span_columns(v, HISTORY_LAG_S, span, columns, n);
    double rpo_s = (double)v->snap->config->objectives.rpo_ms / 1000;
    struct graph g = {.style = v->graph,
                      .columns = columns,
                      .limit = rpo_s,
                      .has_limit = true,
                      .top = graph_top(largest(columns, n), rpo_s),
                      .gap_label = gap_label(v)};
    graph_paint(c, plot, &g);
    span_values(c, plot, AXIS_W, g.top, "s");
    span_axis(c, plot, v, span);
    span_cursor(c, plot, v, span);
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
