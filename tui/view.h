/* Paints one whole frame into a canvas: the same function serves the terminal, `drtop frame` and
 * the golden tests. Pure apart from the rows and pages that it notes in ui for scrolling. */
#ifndef DRTOP_TUI_VIEW_H
#define DRTOP_TUI_VIEW_H

#include "backend/record/record.h"
#include "tui/canvas.h"
#include "tui/failover.h"
#include "tui/graph.h"
#include "tui/shown.h"
#include "tui/ui.h"
#include "tui/wall.h"

/* The alerts that the screen shows at one moment: open ones first, each group newest first. They
 * are the record's where it can be read, so that every viewer shows the same; else the engine's. */
struct view_alerts {
    bool recorded;
    size_t n_open, n_all;                 /* without the filter */
    size_t n;                             /* that the filter lets through */
    const struct alert *item[ALERTS_MAX]; /* of the snapshot or the record view */
};

/* When the picture was made. */
struct view_when {
    enum { WHEN_NOW, WHEN_HISTORY, WHEN_REPLAY } kind;
    bool playing;
    bool reading;          /* another moment is meant, and on its way */
    int speed;             /* of a replay */
    enum verdict_kind now; /* of HISTORY: what holds meanwhile */
};

struct view {
    const struct snapshot *snap;
    const struct record_view *record; /* NULL: none is kept, or not known yet */
    bool read_only;                   /* by the user's wish */
    const struct wall *wall; /* a screen in a room, with nobody there to press a key; or NULL */
    struct alias_table *share; /* many eyes look: aliases, labels, no failover; or NULL */
    struct view_when when;
    struct ui *ui;
    struct failover *failover;       /* NULL: there is no such screen */
    const struct failover_view *run; /* NULL: no driver, or it has said nothing yet */
    int64_t now_ms, wall_ms;         /* the moment that is painted; ages come from it */
    int64_t held_ms;                 /* how long the picture has been held; 0 when it is not */
    enum graph_style graph;
    /* filled by view_paint(): */
    enum layout_tier tier;
    struct shown shown;
    struct view_alerts alerts;
};

/* Sets the moment to paint from the viewer's clock: a held picture does not age. */
void view_clock(struct view *v, int64_t now_ms, int64_t wall_ms);

/* snap may be NULL: nothing has been read yet. */
void view_paint(struct canvas *c, struct view *v);

/* Was it open at the moment shown? An alert of the future of that moment is not shown at all. */
enum view_then { THEN_NOT_YET, THEN_OPEN, THEN_CLOSED };
enum view_then view_alert_then(const struct view *v, const struct alert *a);

/* Each that v has, whatever the filter hides, oldest first; NULL after the last. */
const struct alert *view_alert_at(const struct view *v, size_t i);

/* What the user interface finds an alert by; and back: NULL when it is not among all that v has. */
struct ui_alert view_alert_key(const struct alert *a);
const struct alert *view_alert_find(const struct view *v, const struct ui_alert *key);

/* One line for a ticket or a chat: verdict, lag, exposure, clocks, incident. Sanitised. After
 * view_paint(). */
void view_status_line(const struct view *v, char *out, size_t out_size);

#endif
