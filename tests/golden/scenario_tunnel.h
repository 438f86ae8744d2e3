/* The stories of scenario.h that are told by several views of one path: their configuration, and
 * what each view says at a moment. */
#ifndef DRTOP_TESTS_SCENARIO_TUNNEL_H
#define DRTOP_TESTS_SCENARIO_TUNNEL_H

#include "backend/fact/board.h"
#include "backend/fact/clock.h"
#include "tests/golden/scenario.h"

struct tunnel_moment {
    enum story story;
    struct board *board;
    const struct clock *clk;
    int64_t ms, began_ms;
    int64_t broken_ms; /* when the story's failure began */
};

/* A member of the configuration, ", \"tunnels\": [...]", or NULL: the story has the usual one. */
const char *scenario_tunnel_config(enum story story);

/* Publishes what the views say, each at its own pace. Once a second of the story. */
void scenario_tunnel_play(const struct tunnel_moment *at);

#endif
