/* Is this observer itself on the network? An anchor is a third party that fails only when we do.
 * Readings hold a struct anchor_facts: FRESH when it answered, FAILED when it did not. */
#ifndef DRTOP_APP_ANCHOR_H
#define DRTOP_APP_ANCHOR_H

#include "backend/config.h"
#include "backend/fact/opt.h"
#include "backend/fact/poller.h"

struct anchor_facts {
    int strikes; /* failures in a row, this one included */
    struct opt_i64 round_trip_us;
};

struct source anchor_source(const struct config_anchor *cfg, size_t slot);

#endif
