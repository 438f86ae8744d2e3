/* What the files of the replay share. Private to backend/record/replay*.c. */
#ifndef DRTOP_RECORD_REPLAY_STATE_H
#define DRTOP_RECORD_REPLAY_STATE_H

#include "backend/record/replay.h"
#include "backend/record/scene.h"
#include "backend/record/store_then.h"

#include <limits.h>

/* Since when a state has been so, as far as the history in memory reaches. */
struct since {
    enum tunnel_state state;
    int64_t since_ms;
};

struct replay_views {
    bool known;
    char text[STORE_TUNNELS_MAX]; /* of the newest second that told; views is its meaning */
    struct scene_view views[CONFIG_TUNNELS_MAX];
    struct {
        struct since self, legs[TUNNEL_LEGS_MAX];
        char ids[TUNNEL_LEGS_MAX][64];
    } since[CONFIG_TUNNELS_MAX];
};

struct replay {
    struct store *st;
    struct config *config; /* ours */
    char copy[PATH_MAX];   /* the folder of a mended copy, or "" */
    uint64_t seq;
    struct history *history; /* one reference; NULL: none yet */
    int64_t filled_ms;       /* up to there */
    struct replay_views at;  /* what the views said at filled_ms */
};

/* --- replay_config.c */

/* From the meta table; from a configuration. Never NULL. */
struct config *replay_config_read(struct store *st, const char *path);
struct config *replay_config_of(const struct config *cfg);

/* --- replay_file.c */

/* Removes the mended copy, if there is one. */
void replay_file_drop(struct replay *r);

/* --- replay_fill.c */

/* Fills the history for a moment. */
bool replay_fill(struct replay *r, int64_t wall_ms, struct error *err);

/* --- replay_verdict.c */

/* The verdict that stood then, with its evidence. */
bool replay_verdict(struct replay *r, const struct store_sample *sample, enum then_grain grain,
                    struct snapshot *s, struct error *err);

#endif
