/* The views of the path beside each other: which of them is right. Probes are evidence: what they
 * say goes. What a cloud or a gateway says is an opinion of a certain age, and is held against
 * them: UP while nothing passes is black-holed, DOWN while traffic passes is stale.
 *
 * Pure apart from the memory, which belongs to the engine. */
#ifndef DRTOP_TUNNEL_VIEW_H
#define DRTOP_TUNNEL_VIEW_H

#include "backend/tunnel/provider.h"

#define TUNNEL_CHANGES_MAX 8

/* What is remarkable about an opinion; any of them together. */
enum tunnel_doubt {
    DOUBT_STALE = 1,      /* says DOWN, and traffic passes */
    DOUBT_OLDER = 2,      /* says UP, and is older than the probes' failing: it cannot know */
    DOUBT_ONE_WAY = 4,    /* bytes go out and none come in, or the other way round */
    DOUBT_FLAPPING = 8,   /* changed again and again within a few minutes */
    DOUBT_LARGE_LOST = 16 /* small packets pass and large ones do not: the MTU */
};

/* One row of the screen and one element of tunnels[] in `status --json`. */
struct tunnel_leg_view {
    char id[64];
    enum tunnel_state state;
    bool expected; /* to be up: false for a spare one that is down while enough others are up */
    unsigned doubts;                  /* enum tunnel_doubt */
    int64_t since_ms;                 /* monotonic: when state began, as far as we saw */
    struct opt_f64 in_rate, out_rate; /* bytes a second, between two polls */
};

struct tunnel_view {
    enum tunnel_state state;
    bool data_plane;
    int up, expected_up;
    unsigned doubts; /* of all legs, and its own */
    int64_t since_ms;
    size_t n_legs; /* at least 1 once there was a reading: a probe is its own leg */
    struct tunnel_leg_view legs[TUNNEL_LEGS_MAX];
    char remark[160]; /* "" or one line: "up by aws, and no probe passes: black-holed" */
};

/* Of one leg, between two looks. */
struct tunnel_leg_memory {
    char id[64];
    enum tunnel_state state;
    int64_t since_ms;
    int64_t changes_ms[TUNNEL_CHANGES_MAX]; /* ring */
    size_t n_changes;
    char counter[32];
    int64_t counted_ms; /* when the counters below were read; 0: never */
    int64_t bytes_in, bytes_out;
    struct opt_f64 in_rate, out_rate;
    int64_t in_moved_ms, out_moved_ms; /* when each counter last grew */
};

/* Zeroed at first. */
struct tunnel_memory {
    struct {
        enum tunnel_state state;
        int64_t since_ms;
        int64_t seen_ms; /* taken_at_ms of the newest reading counted */
        struct tunnel_leg_memory legs[TUNNEL_LEGS_MAX];
    } views[CONFIG_TUNNELS_MAX];
    struct opt_i64 nothing_passes_ms; /* monotonic: since when every probe fails */
};

struct snapshot;

/* Fills out[CONFIG_TUNNELS_MAX] from the sights of a snapshot under construction. */
void tunnel_views_gather(const struct snapshot *s, struct tunnel_memory *memory, int64_t now_ms,
                         struct tunnel_view out[CONFIG_TUNNELS_MAX]);

/* What the probes together say: YES when one passes, NO when all fail, UNKNOWN without one that
 * is in sight. */
enum tri tunnel_passes(const struct snapshot *s, int64_t now_ms);

const char *tunnel_state_key(enum tunnel_state state);  /* "black-holed": JSON, the store */
const char *tunnel_state_word(enum tunnel_state state); /* "BLACK-HOLED" */
int tunnel_state_rank(enum tunnel_state state);         /* 0: unknown; the graver, the higher */
const char *tunnel_doubt_words(unsigned doubts);        /* the gravest, or "" */

#endif
