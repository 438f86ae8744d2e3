/* Everything that is known at one moment, and what it means. The engine publishes one after
 * another; each is immutable and refcounted, so a viewer keeps one for a frame, a dialog or a
 * pause. Viewers compute ages themselves, from taken_at_ms against their own clock. */
#ifndef DRTOP_SNAPSHOT_H
#define DRTOP_SNAPSHOT_H

#include "backend/config.h"
#include "backend/fact/board.h"
#include "backend/history.h"
#include "backend/mysql/facts.h"
#include "backend/mysql/lag.h"
#include "backend/tunnel/view.h"
#include "backend/verdict/alert.h"
#include "backend/verdict/evidence.h"
#include "backend/verdict/exposure.h"
#include "backend/verdict/rto.h"
#include "backend/verdict/verdict.h"

/* Slots of the board. Tunnel and anchor i stand at SLOT_TUNNEL + i and SLOT_ANCHOR + i. */
enum slot {
    SLOT_PRIMARY_DB,
    SLOT_REPLICA_DB,
    SLOT_PRIMARY_APP,
    SLOT_DR_APP,
    SLOT_CONTROL_PLANE,
    SLOT_DNS, /* of the name that leads to the DR site after a failover */
    SLOT_TUNNEL,
    SLOT_ANCHOR = SLOT_TUNNEL + CONFIG_TUNNELS_MAX,
    SLOT_COUNT = SLOT_ANCHOR + CONFIG_ANCHORS_MAX,
};

struct snapshot {
    uint64_t seq;
    int64_t taken_at_ms, wall_ms;
    const struct config *config; /* borrowed until exit */
    struct history *history;     /* borrowed; grows on behind this snapshot */
    bool owns_history;           /* one reference of it goes with the snapshot: of a replay */
    struct sight sights[SLOT_COUNT];

    struct exposure exposure;
    struct opt_f64 write_rate; /* bytes a second on the primary, over about 10 s */
    struct lag lag;
    struct opt_f64 beat_lag_s; /* by the heartbeat table, where there is one */
    struct tunnel_view tunnels[CONFIG_TUNNELS_MAX];
    struct evidence evidence[EVIDENCE_COUNT];
    struct verdict verdict;
    struct rto rto;
    struct incident incident; /* the newest of this process; id "" when there was none */
    const char
        *maintenance; /* reason of the window that is open, or NULL; of the configuration */
    size_t n_alerts, n_open;
    const struct alert *alerts; /* oldest first; part of the snapshot */
};

/* A new snapshot with one reference and room for n alerts; the engine and tests fill it. */
struct snapshot *snapshot_create(const struct alert *alerts, size_t n);
struct snapshot *snapshot_ref(struct snapshot *s);
void snapshot_unref(struct snapshot *s);

/* Does the newer of two tell what cannot wait for the next refresh of a screen: another verdict,
 * an alert in another state, or what the sources say at the start? before may be NULL. */
bool snapshot_is_news(const struct snapshot *before, const struct snapshot *after);

/* Facts of a server from its newest good reading, or NULL. */
const struct db_facts *snapshot_db(const struct snapshot *s, enum slot slot);

/* The first view of the kind probe, whose round trip is kept; SLOT_COUNT without one. */
enum slot snapshot_probe(const struct config *cfg);

/* Of that probe's newest try, when it passed. */
struct opt_f64 snapshot_rtt_ms(const struct snapshot *s);
/* Was that probe's newest try lost? */
enum tri snapshot_try_lost(const struct snapshot *s);

/* Does the configuration ask anything of this slot? */
bool snapshot_watched(const struct config *cfg, enum slot slot);

/* Does the newest good reading of a slot still tell how things are (LIVE or AGED)? */
bool snapshot_in_sight(const struct snapshot *s, enum slot slot, int64_t now_ms);

/* Interval that the freshness of a slot is measured against: its period, at least the cadence
 * of status polls. */
int64_t snapshot_interval_ms(const struct config *cfg, enum slot slot);

#endif
