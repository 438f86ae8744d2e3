#include "tui/pane/span.h"

#include <stdio.h>

#include "tui/format.h"

struct span span_of(const struct view *v, int n)
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

int64_t span_known_until_ms(const struct view *v)
{
    return v->ui->paused ? v->snap->taken_at_ms / 1000 * 1000 : INT64_MAX;
}

void span_columns(const struct view *v, enum history_metric m, struct span span,
                  struct series_column *out, int n)
{
    struct history *h = v->snap->history;
    int64_t step_ms = (span.to_ms - span.from_ms) / n, end_ms = span_known_until_ms(v);
    history_columns(h, m, span.from_ms, span.to_ms, out, (size_t)n);
    int64_t from_ms = span.to_ms - step_ms;
    for (int i = n; i-- > 0 && from_ms + step_ms > end_ms; from_ms -= step_ms) {
        out[i] = (struct series_column){0};
        if (from_ms < end_ms) {
            history_columns(h, m, from_ms, end_ms, &out[i], 1);
        }
    }
}

void span_axis(struct canvas *c, struct rect plot, const struct view *v, struct span span)
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

void span_cursor(struct canvas *c, struct rect plot, const struct view *v, struct span span)
{
    int64_t at_ms = v->ui->cursor_ms;
    if (!at_ms || at_ms < span.from_ms || at_ms >= span.to_ms) {
        return;
    }
    int x = (int)((at_ms - span.from_ms) * plot.w / (span.to_ms - span.from_ms));
    canvas_tint(c, (struct rect){plot.x + x, plot.y, 1, plot.h}, ROLE_MODE);
}

void span_values(struct canvas *c, struct rect plot, int w, double top, const char *unit)
{
    char label[FORMAT_MAX];
    int decimals = top < 1 ? 2 : top < 10 ? 1 : 0;
    int rows[] = {0, (plot.h - 1) / 2, plot.h - 1};
    double values[] = {top, top / 2, 0};
    for (int i = 0; i < 3; i++) {
        if ((i == 1 && plot.h < 4) || (i == 2 && plot.h < 2)) {
            continue;
        }
        (void)snprintf(label, sizeof label, "%.*f%s", decimals, values[i], unit);
        (void)canvas_text_right(c, plot.x - 1, plot.y + rows[i], w, ROLE_AXIS, label);
    }
}
