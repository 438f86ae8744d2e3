/* What a charon says of its tunnels, over its VICI socket: the little of that protocol which the
 * stand-ins of the clouds need. It is the lab's own, so that drtop's is held against another. */
#ifndef DRTOP_LAB_VICI_H
#define DRTOP_LAB_VICI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VICI_TUNNELS_MAX = 4 };

/* One IKE SA's name with all that is there under it: while one replaces another there are two. */
struct vici_tunnel {
    char name[64];
    bool established; /* IKE, whether or not it is being renewed */
    bool connecting;
    bool installed; /* something that can carry */
    char child[64]; /* of the newest: its counters begin anew with its name */
    int64_t bytes_in, bytes_out;
};

struct vici_tunnels {
    size_t n;
    struct vici_tunnel at[VICI_TUNNELS_MAX];
};

/* Asks once, for a second at most a step. Blocks. Returns false when there is no answer. */
bool vici_look(const char *socket_path, struct vici_tunnels *out);

#endif
