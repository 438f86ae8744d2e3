/* How old a value may be before it must look old. The viewer decides, from its own clock: a hung
 * source turns stale without its help. Pure. */
#ifndef DRTOP_FACT_FRESHNESS_H
#define DRTOP_FACT_FRESHNESS_H

#include "backend/fact/board.h"

#include <stdint.h>

enum freshness {
    FRESHNESS_NONE,  /* never had a value */
    FRESHNESS_LIVE,  /* younger than twice its interval */
    FRESHNESS_AGED,  /* shown dim, with its age */
    FRESHNESS_STALE, /* from four times the interval on, or the last poll failed: marked ~ */
    FRESHNESS_GONE,  /* from eight times on: a live value is no longer shown */
};

enum freshness freshness_of_age(int64_t age_ms, int64_t interval_ms);

/* Of the newest good reading in a slot. */
enum freshness freshness_of(const struct sight *s, int64_t interval_ms, int64_t now_ms);

#endif
