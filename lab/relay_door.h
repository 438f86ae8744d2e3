/* A port of the relay: open, shut (new connections are refused) or blocked (they get no answer
 * at all, as when packets vanish). One thread. */
#ifndef DRTOP_LAB_RELAY_DOOR_H
#define DRTOP_LAB_RELAY_DOOR_H

#include <stdbool.h>
#include <stdint.h>

enum { DOOR_FILLERS = 4 };

struct door {
    uint16_t port;
    bool carries_lag; /* of its connections; see relay_conn.h */
    int fd;           /* -1: shut */
    int n_fillers;    /* > 0: blocked */
    int filler[DOOR_FILLERS];
};

/* Opens the port. Returns false with errno set when it cannot be had. */
bool door_open(struct door *door);
void door_shut(struct door *door);

/* The kernel completes handshakes on its own as long as the queue of the listening socket has
 * room. So the queue is made as short as can be and filled with connections to ourselves: from
 * then on the kernel drops every SYN. Returns false when SYNs are still answered. */
bool door_block(struct door *door);
void door_unblock(struct door *door);

/* Returns the next waiting connection, non-blocking, or -1. */
int door_accept(struct door *door);

#endif
