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

/* What the primary may have written since it was last seen, as a range: its recent rate until it
 * was first seen to fail at the least, its peak rate until now at the most. */
struct unobserved {
    struct opt_f64 seconds; /* since that sample; unknown: the primary was never seen */
    struct opt_i64 bytes_min, bytes_max;
};

struct exposure {
    struct gap not_received; /* known: lost by a failover now */
    struct gap not_applied;  /* safe, if the relay log is drained first */
    struct unobserved
        unobserved; /* on top of what is known; 0 s while the primary is in sight */
};

/* Rates are bytes a second and may be unknown. The primary was seen last at seen_ms and first seen
 * to fail at failed_ms (unknown: it did not). */
struct unobserved exposure_unobserved(struct opt_i64 seen_ms, struct opt_i64 failed_ms,
                                      struct opt_f64 rate, struct opt_f64 peak_rate,
                                      int64_t now_ms);

/* written is the primary's position to compare with (see above); primary gives its file sizes
 * and GTIDs and may be NULL, as may replica: then nothing that needs it is known. */
struct exposure exposure_measure(const struct binlog_coord *written,
                                 const struct db_facts *primary,
                                 const struct db_facts *replica);

#endif
