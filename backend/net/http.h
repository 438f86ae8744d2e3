/* A small HTTP client: one GET at a time, each over a connection of its own, because what is
 * asked is whether connecting works. No redirect is followed, no proxy is used, no body is
 * kept, and nothing but http and https is spoken.
 *
 * A client belongs to one source: created anywhere, then used by the source's thread alone;
 * http_client_interrupt() may be called by any thread meanwhile. */
#ifndef DRTOP_NET_HTTP_H
#define DRTOP_NET_HTTP_H

#include "backend/error.h"
#include "backend/fact/opt.h"

#include <stdbool.h>
#include <stdint.h>

struct http_request {
    const char *url;
    const char *host_header; /* NULL: from the URL */
    const char *ca;          /* PEM file; NULL: the system's store */
    bool verify_tls;
    int64_t timeout_ms; /* for everything together, from the name to the end of the body */
};

struct http_answer {
    int status;    /* 0: nothing that is HTTP came back */
    bool complete; /* the body came to its end, or to as much of it as we want to read */
    bool interrupted;
    char address[56]; /* "10.0.0.1:443" that answered or was tried; empty when none was */
    /* Each from the start of the request; unknown when it was not reached. */
    struct opt_i64 dns_us, connect_us, tls_us, first_byte_us, total_us;
};

struct http_client;

/* curl_global_init() and its counterpart: call once in main, before any thread starts. What
 * libcurl frees from then on is wiped first. */
bool http_global_begin(void);
void http_global_end(void);

/* The strings of the request are copied. Returns NULL when libcurl gives no handle. */
struct http_client *http_client_create(const struct http_request *request);
void http_client_destroy(struct http_client *client);

/* Asks once and fills *out. correlation_id (may be NULL) is sent as X-Correlation-ID. Returns
 * whether the answer is complete; otherwise err says why in a few words, also when there is a
 * status. Blocks up to timeout_ms. */
bool http_client_get(struct http_client *client, const char *correlation_id,
                     struct http_answer *out, struct error *err);

/* Ends a running http_client_get() at once. */
void http_client_interrupt(struct http_client *client);

#endif
