/* What charon says of its connections, from its events to the legs of a view. Pure.
 *
 * A tunnel that is down has no IKE SA: it is missing from list-sas, and only list-conns or the
 * configuration knows that there should be one. Rekeying makes SAs anew while traffic flows, and
 * for a moment a poll may find none: a leg that was up is only called down when two polls in a row
 * say so. */
#ifndef DRTOP_TUNNEL_GATEWAY_LEGS_H
#define DRTOP_TUNNEL_GATEWAY_LEGS_H

#include "backend/tunnel/provider.h"
#include "backend/tunnel/vici.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GATEWAY_CHILDREN_MAX 16 /* CHILD SAs of one connection that are counted */

struct gateway_child {
    char name[64];
    struct opt_i64 reqid;  /* the same in each rekeying of a CHILD SA */
    struct opt_i64 unique; /* another in each */
    struct opt_i64 bytes_in, bytes_out, silent_s, age_s, rekey_s;
};

/* One connection in one poll. */
struct gateway_connection {
    char name[64];
    bool up, connecting;  /* has an IKE SA that is established, or is about to be */
    struct opt_i64 age_s; /* of the newest IKE SA */
    bool crowded;         /* more CHILD SAs than fit: nothing is counted */
    size_t n_children;    /* that carry traffic */
    struct gateway_child children[GATEWAY_CHILDREN_MAX];
};

/* One poll. Zeroed at first but for wanted. */
struct gateway_poll {
    char *const *wanted; /* names that count, NULL-terminated; NULL: all of list-conns */
    size_t n, more;      /* connections, and those that had no room */
    struct gateway_connection connections[TUNNEL_LEGS_MAX];
};

/* Of one leg, between two polls. Zeroed at first. */
struct gateway_leg {
    struct tunnel_leg leg; /* as told last; id "": none */
    int missed;            /* polls in a row that contradict UP */
    int64_t missed_ms;     /* wall clock of the first of them */
    int64_t looked_ms;     /* wall clock of the newest poll */
    bool ended;            /* an IKE SA ended between two polls */
    char reason[80];       /* sanitised: why it did not come up */
};

struct gateway_memory {
    size_t n;
    struct gateway_leg legs[TUNNEL_LEGS_MAX];
};

/* Bodies of events. Return false for what is no such event; then the poll learned nothing. */
bool gateway_hear_connection(struct gateway_poll *poll,
                             struct vici_reader body);                    /* list-conn */
bool gateway_hear_sa(struct gateway_poll *poll, struct vici_reader body); /* list-sa */
bool gateway_hear_updown(struct gateway_memory *memory, struct vici_reader body);
bool gateway_hear_log(struct gateway_memory *memory, struct vici_reader body);

/* Writes the legs of a poll, in the order in which charon told of them. */
void gateway_fold(const struct gateway_poll *poll, struct gateway_memory *memory,
                  int64_t wall_ms, struct tunnel_facts *out);

#endif
