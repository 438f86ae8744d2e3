/* The stretch of time that a graph of a pane spans, by the keys + - and the cursor of the
 * history: the same for every pane, so that what happened at once stands at one place. */
#ifndef DRTOP_TUI_PANE_SPAN_H
#define DRTOP_TUI_PANE_SPAN_H

#include "tui/pane/pane.h"

struct span {
    int64_t from_ms, to_ms; /* monotonic */
};

/* Cut into n columns, which keep their bounds as time passes (multiples of their width on the
 * monotonic clock), so that the graph moves by whole columns and only what changed is sent to the
 * terminal. */
struct span span_of(const struct view *v, int n);

/* The history goes on while the picture is held, and so does its newest second: what is to be
 * shown ends here. */
int64_t span_known_until_ms(const struct view *v);

/* history_columns() of a span, up to there. */
void span_columns(const struct view *v, enum history_metric m, struct span span,
                  struct series_column *out, int n);

/* Labels in the row below the plot, and the cursor over it. */
void span_axis(struct canvas *c, struct rect plot, const struct view *v, struct span span);
void span_cursor(struct canvas *c, struct rect plot, const struct view *v, struct span span);

/* Values at the left of a plot, w cells wide before one blank: one precision for the whole axis,
 * from its top. */
void span_values(struct canvas *c, struct rect plot, int w, double top, const char *unit);

#endif
