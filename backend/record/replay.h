/* A moment of the past, as the panes paint it: from the store of a pair, or from a recording, which
 * is a file of the same schema. Reads only: nothing is written to the file, nor beside it, and
 * nothing can be triggered from what comes out of it.
 *
 * The snapshot of a moment looks as if it were made then. Its monotonic clock is the wall clock of
 * that time, so a viewer paints it with now_ms = wall_ms = the moment. What was not recorded is
 * unknown. Seconds are kept for a day; of what is older, each minute's worst figures and last
 * states.
 *
 * A struct replay belongs to one thread at a time; what replay_at() makes is anybody's. */
#ifndef DRTOP_RECORD_REPLAY_H
#define DRTOP_RECORD_REPLAY_H

#include "backend/record/record.h"
#include "backend/snapshot.h"

struct replay;

/* The store of a configuration, which others may be writing; cfg stays the caller's and must outlive
 * everything that comes out of the replay. NULL with err set. */
struct replay *replay_open_store(const struct config *cfg, struct error *err);

/* A recording; the names come out of it. A file that is damaged, that a newer drtop wrote, or that
 * is no recording, is refused with err set. One whose writer was killed in the middle of a write is
 * mended in a copy. */
struct replay *replay_open_file(const char *path, struct error *err);

/* The configuration goes with it: after everything that came out of it. NULL is allowed. */
void replay_close(struct replay *r);

/* Names and objectives, for painting; without anything that could be asked or started. */
const struct config *replay_config(const struct replay *r);

/* The first and the last moment that was recorded. A store goes on. False with err set, also when
 * nothing was recorded at all. */
bool replay_span(struct replay *r, int64_t *out_first_wall_ms, int64_t *out_last_wall_ms,
                 struct error *err);

/* Fills both with a reference for the caller. False with err set, and both as they were, when the
 * file cannot be read. */
bool replay_at(struct replay *r, int64_t wall_ms, struct snapshot **out_snapshot,
               struct record_view **out_view, struct error *err);

/* When the alert, or the incident, before or after that moment began; unknown without one. */
enum replay_jump {
    REPLAY_ALERT_BEFORE,
    REPLAY_ALERT_NEXT,
    REPLAY_INCIDENT_BEFORE,
    REPLAY_INCIDENT_NEXT,
};
bool replay_jump(struct replay *r, enum replay_jump jump, int64_t wall_ms,
                 struct opt_i64 *out_wall_ms, struct error *err);

/* What people write: "2026-11-22", "2026-11-22 14:02", "2026-11-22T14:02:31Z", "14:02" and
 * "14:02:31" (UTC, of the last day of the record), "30m", "2h", "7d" (before its end), the id of an
 * incident, "incident" or "alert" (the newest). False with err set. */
bool replay_find(struct replay *r, const char *text, int64_t *out_wall_ms, struct error *err);

#endif
