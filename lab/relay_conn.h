/* One connection through the relay: two sockets and a delay line each way. One thread. */
#ifndef DRTOP_LAB_RELAY_CONN_H
#define DRTOP_LAB_RELAY_CONN_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the path does to everybody's bytes. */
struct weather {
    bool drop;       /* nothing moves, and nobody is told */
    bool reset;      /* connections are cut, new ones refused */
    int64_t slow_ms; /* added to a round trip, half of it each way */
    int64_t lag_ms;  /* added to what the server sends, where a connection carries lag */
};

struct conn;

/* Takes over client_fd, which was accepted just now. */
struct conn *conn_create(int client_fd, uint16_t target_port, bool carries_lag,
                         const struct weather *weather, int64_t now_ms);

/* Cuts the connection with a reset to both sides. */
void conn_destroy(struct conn *conn);

/* Says what to poll for; descriptors of which nothing is wanted are left out as -1. */
void conn_poll(const struct conn *conn, const struct weather *weather, struct pollfd pfd[2]);

/* Lowers io_wake_ms to the time at which bytes fall due without a word from poll(). */
void conn_wake(const struct conn *conn, const struct weather *weather, int64_t now_ms,
               int64_t *io_wake_ms);

/* Moves what can be moved. Returns false when the connection is over: destroy it. */
bool conn_step(struct conn *conn, const struct weather *weather, const struct pollfd pfd[2],
               int64_t now_ms);

/* By how much the newest byte to the client is held back; 0 where no lag is carried. */
int64_t conn_lag_ms(const struct conn *conn, int64_t now_ms);
size_t conn_held_bytes(const struct conn *conn);

#endif
