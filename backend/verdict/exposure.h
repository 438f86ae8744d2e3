/* What a failover would lose. Pure.
 *
 *   not received = primary - received   lost by a failover now
 *   not applied  = received - applied   lost only if the relay log is not drained first
 *
 * The two servers are asked at different moments. To compare like with like, `not received` takes
 * the newest position of the primary that was read before the replica's, so that a replica in
 * step shows 0 however busy the primary is. */
#ifndef DRTOP_VERDICT_EXPOSURE_H
#define DRTOP_VERDICT_EXPOSURE_H

#include "backend/fact/opt.h"
#include "backend/mysql/facts.h"

struct gap {
    enum binlog_distance_kind kind; /* AHEAD never occurs: it is clamped to 0 bytes */
    struct opt_i64 bytes;
    struct opt_i64 tx; /* transactions, where GTIDs tell */
};

struct exposure {
    struct gap not_received;
    struct gap not_applied;
};

/* written is the primary's position to compare with (see above); primary gives its file sizes
 * and GTIDs and may be NULL, as may replica: then nothing that needs it is known. */
struct exposure exposure_measure(const struct binlog_coord *written,
                                 const struct db_facts *primary,
                                 const struct db_facts *replica);

#endif
