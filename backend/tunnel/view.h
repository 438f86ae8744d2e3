/* The views of the path beside each other: which of them is right. Probes are evidence: what they
 * say goes. What a cloud or a gateway says is an opinion of a certain age, and is held against
 * them: UP while nothing passes is black-holed, DOWN while traffic passes is stale.
 *
 * Pure apart from the memory, which belongs to the engine. */
#ifndef DRTOP_TUNNEL_VIEW_H
#define DRTOP_TUNNEL_VIEW_H

#include "backend/tunnel/memory.h"

/* What is remarkable about an opinion; any of them together. */
enum tunnel_doubt {
    DOUBT_STALE = 1,      /* of a view: says DOWN, and traffic has passed since */
    DOUBT_OLDER = 2,      /* says UP, and is older than the probes' failing: it cannot know */
    DOUBT_ONE_WAY = 4,    /* bytes go out and none come in, or the other way round */
    DOUBT_FLAPPING = 8,   /* came and went again and again within a few minutes */
    DOUBT_LARGE_LOST = 16 /* small packets pass and large ones do not: the MTU */
};

/* One row of the screen and one element of tunnels[] in `status --json`. */
struct tunnel_leg_view {
    char id[64];
    enum tunnel_state state;
    bool expected; /* to be up: false for a spare one that is down while enough others are up */
    unsigned doubts;  /* enum tunnel_doubt */
    int64_t since_ms; /* monotonic: when state began, as the view says, else as far as we saw */
    struct opt_f64 in_rate, out_rate; /* bytes a second, between two polls */
};

struct tunnel_view {
    enum tunnel_state state;
    bool data_plane;
    int up, expected_up;
    unsigned doubts; /* of all legs, and its own */
    int64_t since_ms;
    size_t n_legs; /* a probe is its own leg; of a view out of sight those of its last good
                       reading, as unknown; 0 before the first, or when it names none */
    struct tunnel_leg_view legs[TUNNEL_LEGS_MAX];
    char remark[160]; /* "" or one line: "aws says up, and no probe passes" */
};

/* Zeroed at first. */
struct tunnel_memory {
    struct {
        enum tunnel_state state;
        int64_t since_ms;
        int64_t seen_ms; /* taken_at_ms of the newest reading counted */
        struct tunnel_leg_memory legs[TUNNEL_LEGS_MAX];
    } views[CONFIG_TUNNELS_MAX];
};

struct snapshot;

/* Fills out[CONFIG_TUNNELS_MAX] from the sights and the wall clock of a snapshot under
 * construction. */
void tunnel_views_gather(const struct snapshot *s, struct tunnel_memory *memory, int64_t now_ms,
                         struct tunnel_view out[CONFIG_TUNNELS_MAX]);

/* What the probes together say: YES when one passes, NO when all fail (twice in a row: one lost
 * try is no broken path), else UNKNOWN. */
enum tri tunnel_passes(const struct snapshot *s, int64_t now_ms);

const char *tunnel_state_key(enum tunnel_state state);  /* "black-holed": JSON, the store */
const char *tunnel_state_word(enum tunnel_state state); /* "BLACK-HOLED" */
int tunnel_state_rank(enum tunnel_state state);         /* 0: unknown; the graver, the higher */
const char *tunnel_doubt_words(unsigned doubts);        /* the gravest, or "" */

/* What view i says of one of its tunnels (NULL: it has told of none), or why it says nothing;
 * "" when there was no answer yet. */
const char *tunnel_leg_detail(const struct snapshot *s, size_t i,
                              const struct tunnel_leg_view *leg);

/* What is remarkable about one tunnel of a view, or "". */
const char *tunnel_leg_words(const struct tunnel_view *v, const struct tunnel_leg_view *leg);

#endif
