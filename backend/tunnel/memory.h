/* What one look at a view of the path cannot tell: since when a tunnel is what it is, whether it
 * changes again and again, how fast its counters move and which direction is silent.
 *
 * Pure; belongs to the engine, through view.h. */
#ifndef DRTOP_TUNNEL_MEMORY_H
#define DRTOP_TUNNEL_MEMORY_H

#include "backend/tunnel/provider.h"

#define TUNNEL_FALLS_MAX 8

/* Of one tunnel. Zeroed at first. */
struct tunnel_leg_memory {
    char id[64];     /* "": free */
    int64_t seen_ms; /* monotonic, as all below: the newest reading that named it */
    enum tunnel_state state;
    int64_t since_ms;

    enum tri passed;                    /* up or degraded, when its state was last known */
    int64_t falls_ms[TUNNEL_FALLS_MAX]; /* ring: when that ended */
    size_t n_falls;

    int64_t counted_ms; /* when the counters below were read; 0: never */
    char counter[32];
    struct opt_i64 bytes_in;
    int64_t bytes_out;
    struct opt_f64 in_rate, out_rate;  /* bytes a second */
    int64_t in_moved_ms, out_moved_ms; /* when each direction was last seen to move */
    int one_sided; /* looks in a row: > 0 bytes went out and none came in, < 0 the reverse */
};

/* Takes in a new reading: of a probe its own state (as legs[0], under the given name), of others
 * that of every tunnel. Of tunnels that come and go, the one not seen for longest is forgotten. */
void tunnel_memory_learn(struct tunnel_leg_memory legs[TUNNEL_LEGS_MAX],
                         const struct tunnel_facts *f, const char *name, int64_t at_ms);

/* NULL when there is none of that tunnel. */
const struct tunnel_leg_memory *
tunnel_memory_of(const struct tunnel_leg_memory legs[TUNNEL_LEGS_MAX], const char *id);

/* It came and went flap_count times within flap_window. Of a count above TUNNEL_FALLS_MAX it
 * never does. */
bool tunnel_is_flapping(const struct tunnel_leg_memory *m, const struct config_alerts *when,
                        int64_t now_ms);

/* Bytes have moved in one direction only, for ten seconds and three looks in a row. Without
 * traffic there is nothing to tell. */
bool tunnel_is_one_way(const struct tunnel_leg_memory *m);

#endif
