/* When the operator who looks elsewhere is called, and what the window's title says. Pure; the
 * thread that paints. */
#ifndef DRTOP_TUI_ATTENTION_H
#define DRTOP_TUI_ATTENTION_H

#include "tui/view.h"

#define ATTENTION_REST_MS 10000 /* between two calls */
#define ATTENTION_START_MS                                                                     \
    5000 /* the history of alerts is read a moment after the first look */

/* Zeroed at first. */
struct attention {
    int64_t began_ms, began_wall_ms; /* the first look; what was open before calls nobody */
    int64_t called_ms;               /* monotonic; 0: never */
    size_t n_seen;
    struct attention_seen {
        enum alert_kind kind;
        uint32_t subject;
        int64_t opened_wall_ms;
    } seen[ALERTS_MAX]; /* open and critical */
};

/* After view_paint(): has a critical alert opened, or become critical, that nobody was called for?
 * Writes its text, or how many there are. What the list filters out counts too; alerts of a
 * maintenance window, of the past and of a held picture call nobody. */
bool attention_wanted(struct attention *a, const struct view *v, char *out, size_t out_size);

/* "✗ PRIMARY DOWN 04:11 gitea-prod - drtop": short words first, since tabs cut the end. */
void attention_title(const struct view *v, char *out, size_t out_size);

#endif
