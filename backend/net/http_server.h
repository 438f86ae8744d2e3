/* One page over HTTP, on this machine only. libmicrohttpd speaks the protocol, on one thread of
 * ours; what a client may cost is bounded in connections, memory and time. */
#ifndef DRTOP_NET_HTTP_SERVER_H
#define DRTOP_NET_HTTP_SERVER_H

#include "backend/error.h"

#include <stddef.h>

struct http_page {
    const char *path; /* "/metrics"; any other is 404, anything but GET and HEAD is 405 */
    const char *content_type; /* static */

    /* Returns the page, for free(), and its length; NULL when there is none yet (503). Runs on the
     * server's thread and must not block. */
    char *(*render)(void *self, size_t *out_len);
    void *self;
};

struct http_server;

/* Listens on address, "host:port" with a loopback host as the configuration has it. page's texts
 * and self stay the caller's. Returns NULL with err set. */
struct http_server *http_server_start(const char *address, const struct http_page *page,
                                      struct error *err);

/* Ends it and every connection, and joins the thread. Waits for at most one render(). NULL is
 * allowed. */
void http_server_stop(struct http_server *server);

#endif
