/* TCP with a deadline on every wait, and a descriptor that ends any of them from another
 * thread. */
#ifndef DRTOP_NET_CONNECT_H
#define DRTOP_NET_CONNECT_H

#include "backend/error.h"
#include "backend/net/resolve.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What may interrupt waits. Created and destroyed by the owner of the source; wake_ring() may
 * be called by any thread in between, the rest by the thread that waits. */
struct wake {
    int fd;
};

/* Returns false when the system gives no eventfd. */
bool wake_init(struct wake *wake);
void wake_finish(struct wake *wake);
void wake_ring(struct wake *wake);
/* Forgets rings that came before. */
void wake_clear(struct wake *wake);
bool wake_is_rung(const struct wake *wake);

enum wait_end { WAIT_READY, WAIT_TIMEOUT, WAIT_INTERRUPTED };

/* Waits for events (POLLIN, POLLOUT) on fd until clock_real_us() reaches deadline_us. An error
 * or a hang-up on fd is READY as well: the next call on it tells. */
enum wait_end wait_for(int fd, short events, const struct wake *wake, int64_t deadline_us);

struct connection {
    int fd;             /* connected, nonblocking, close-on-exec; the caller closes it */
    size_t used;        /* index of the address that answered */
    int64_t connect_us; /* round-trip time of that address's handshake */
};

/* Tries the addresses one by one, each with an equal part of what is left until deadline_us.
 * Returns false with err set ("connection refused") to the words for the last one tried. */
bool connect_any(const struct address *list, size_t n, const struct wake *wake,
                 int64_t deadline_us, struct connection *out, struct error *err);

/* Splits "host:port", "[v6]:port" into out_host (without brackets) and out_port. */
bool host_port_split(const char *text, char *out_host, size_t host_size, uint16_t *out_port);

/* Joins them; brackets around an IPv6 address. Truncates. */
void host_port_join(char *out, size_t out_size, const char *host, uint16_t port);

/* Short words for an errno of the network: "connection refused". */
void net_errno_text(int errnum, char *out, size_t out_size);

#endif
