/* Deterministic stories for golden frames: ten minutes of a pair's life, played through the real
 * board and engine on a clock that the test turns. */
#ifndef DRTOP_TESTS_SCENARIO_H
#define DRTOP_TESTS_SCENARIO_H

#include "backend/record/record.h"
#include "backend/snapshot.h"

enum story {
    STORY_CALM,
    STORY_LAG,              /* the applier falls behind, 4 s and growing */
    STORY_RECEIVER_STOPPED, /* somebody stopped the receiver 12 s ago */
    STORY_PRIMARY_DOWN,     /* the primary's site was lost 40 s ago */
    STORY_SUSPECTED,        /* it was lost a moment ago, which may be nothing */
    STORY_SPLIT_BRAIN,      /* somebody promoted the replica while the primary serves */
    STORY_ISOLATED,         /* this observer has lost its network */
    STORY_DRILLED,          /* calm, after three drills, with a window of maintenance open */
    STORY_STALE,            /* every source has been silent for 6 s, and none says why */
    STORY_VIEWS,            /* calm, seen by AWS, Azure, the gateway and a probe */
    STORY_BLACK_HOLED,      /* the same, and nothing passes since 40 s, whatever they say */
    STORY_TUNNEL1,     /* tunnel 1 failed 25 s ago; traffic has moved to tunnel 2, with loss */
    STORY_OPINIONS,    /* traffic passes; one view fails, one is stale, one hangs, one doubts */
    STORY_UNKNOWN,     /* only this observer cannot reach the primary's database */
    STORY_FAILED_OVER, /* the site was lost, and the replica was promoted 60 s ago */
    STORY_COUNT,
};

struct scenario;

struct scenario *scenario_play(enum story story);
/* more follows in the configuration, after a member: ", \"failover\": { ... }". */
struct scenario *scenario_play_with(enum story story, const char *more);
void scenario_destroy(struct scenario *s);

struct snapshot *scenario_snapshot(struct scenario *s); /* borrowed */
/* As a recorder would have kept it: the story's alerts, the newest acknowledged, and a timeline.
 * Borrowed. */
const struct record_view *scenario_record(struct scenario *s);
int64_t scenario_now_ms(const struct scenario *s);
int64_t scenario_wall_ms(const struct scenario *s);
const char *story_name(enum story story);

#endif
