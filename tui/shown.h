/* What the panes say at one moment: now, from a snapshot, with every value's age; or a moment in
 * the past, from the history in memory. Panes paint this and never ask where it came from. */
#ifndef DRTOP_TUI_SHOWN_H
#define DRTOP_TUI_SHOWN_H

#include "backend/fact/freshness.h"
#include "backend/snapshot.h"

#include <stdbool.h>

struct shown_coord {
    enum freshness fresh; /* NONE: never known */
    int64_t age_ms;
    struct binlog_coord coord;
};

struct shown {
    bool past;
    int64_t at_ms, wall_ms; /* the moment that is shown */
    struct shown_coord primary, received, applied;
    struct gap not_received, not_applied;
    enum freshness not_received_fresh, not_applied_fresh;
    bool unseen; /* the primary may have written what nobody here saw */
    struct lag lag;
    enum freshness lag_fresh;
    struct opt_f64 rtt_ms;
    bool hung; /* the engine itself has said nothing for too long: the verdict is UNKNOWN */
    struct verdict verdict; /* of the past only kind, level and time are known */
    struct rto rto;         /* its clock goes on by the viewer's; it never runs in the past */
    struct unobserved unobserved;
};

/* now_ms and wall_now_ms are the viewer's clock; cursor_ms is the moment in the past, or 0. */
struct shown shown_at(const struct snapshot *s, int64_t now_ms, int64_t wall_now_ms,
                      int64_t cursor_ms);

#endif
