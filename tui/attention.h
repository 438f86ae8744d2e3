/* When the operator who looks elsewhere is called, and what the window's title says. Pure; the
 * thread that paints. */
#ifndef DRTOP_TUI_ATTENTION_H
#define DRTOP_TUI_ATTENTION_H

#include "tui/view.h"

#define ATTENTION_REST_MS 10000 /* between two calls */

/* Zeroed at first. */
struct attention {
    bool looked;       /* what was open before the first look calls nobody */
    int64_t newest_ms; /* wall clock: when the newest critical alert opened that was seen */
    int64_t called_ms; /* monotonic; 0: never */
};

/* After view_paint(): has a critical alert opened that nobody was called for? Writes its text, or
 * how many there are. Alerts of a maintenance window, of the past and of a held picture call
 * nobody. */
bool attention_wanted(struct attention *a, const struct view *v, char *out, size_t out_size);

/* "✗ PRIMARY DOWN 04:11 gitea-prod - drtop": short words first, since tabs cut the end. */
void attention_title(const struct view *v, char *out, size_t out_size);

#endif
