/* Turns a host name into numeric addresses within a deadline. Nothing interrupts getaddrinfo, so
 * a name is looked up on a thread of the resolver's own and the caller stops waiting when its
 * time is up; a late answer serves the next call. Numeric hosts need no thread and no wait. One
 * resolver a source; its functions are called from that source's thread. */
#ifndef DRTOP_NET_RESOLVE_H
#define DRTOP_NET_RESOLVE_H

#include "backend/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define RESOLVE_MAX 16

struct address {
    struct sockaddr_storage sa;
    socklen_t sa_len;
    int family;
    char text[48]; /* numeric form, for the screen and for the client library */
};

struct resolver;

struct resolver *resolver_create(const char *host, uint16_t port);

/* Never waits for a lookup that is still under way: such a resolver is left to the process. */
void resolver_destroy(struct resolver *r);

/* Fills out[RESOLVE_MAX] and returns how many; 0 with err set when the name resolves to nothing
 * or did not within timeout_ms. The answer is asked anew every ttl of 30 s; when that fails, the
 * last good one is used on, and while it is under way as well. */
size_t resolver_get(struct resolver *r, int64_t timeout_ms, struct address *out,
                    struct error *err);

/* Forgets what was found, so that the next call asks and waits: for whom an answer of half a minute
 * ago is worth nothing. A numeric host stays what it is. */
void resolver_forget(struct resolver *r);

/* Makes a waiting resolver_get() return soon, as if its time were up. Any thread; lost when
 * nobody waits. */
void resolver_interrupt(struct resolver *r);

#endif
