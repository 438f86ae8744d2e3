/* Paints one whole frame into a canvas: the same function serves the terminal, `drtop frame` and
 * the golden tests. Pure apart from the rows and pages that it notes in ui for scrolling. */
#ifndef DRTOP_TUI_VIEW_H
#define DRTOP_TUI_VIEW_H

#include "tui/canvas.h"
#include "tui/graph.h"
#include "tui/shown.h"
#include "tui/ui.h"

struct view {
    const struct snapshot *snap;
    struct ui *ui;
    int64_t now_ms, wall_ms; /* the moment that is painted; ages come from it */
    int64_t held_ms;         /* how long the picture has been held; 0 when it is not */
    enum graph_style graph;
    /* filled by view_paint(): */
    enum layout_tier tier;
    struct shown shown;
};

/* Sets the moment to paint from the viewer's clock: a held picture does not age. */
void view_clock(struct view *v, int64_t now_ms, int64_t wall_ms);

/* snap may be NULL: nothing has been read yet. */
void view_paint(struct canvas *c, struct view *v);

/* One line for a ticket or a chat: status, lag, exposure, time. Sanitised. */
void view_status_line(const struct view *v, char *out, size_t out_size);

#endif
