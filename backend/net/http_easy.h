/* What every use of libcurl in drtop has in common: no proxy, no .netrc, no redirect, nothing but
 * http and https, a deadline for everything together, and sentences of our own for its errors.
 * The only header with libcurl in it; for .c files of the backend. Belongs to whoever owns the
 * handle. */
#ifndef DRTOP_NET_HTTP_EASY_H
#define DRTOP_NET_HTTP_EASY_H

#include "backend/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

struct http_easy_options {
    const char *ca; /* PEM file; NULL: the system's store */
    bool verify_tls;
    bool fresh; /* a connection of its own, closed afterwards */
};
void http_easy_set(CURL *easy, const struct http_easy_options *options);
void http_easy_set_deadline(CURL *easy, int64_t timeout_ms);

/* Runs the transfer of a multi handle to its end; false when *interrupted became true or the
 * multi handle failed. Whoever interrupts wakes it up: curl_multi_wakeup(). */
bool http_easy_run(CURLM *multi, const atomic_bool *interrupted, CURLcode *out_code);

/* For an answer that may hold secrets: each piece is wiped in libcurl's own buffer as soon as take()
 * has returned, and OpenSSL keeps no plaintext of it. What libcurl frees is wiped anyway
 * (http_global_begin()). When take() returns false, refused and *stop are set, which is what
 * http_easy_run() looks at as `interrupted`: ending a transfer from inside would leave what follows
 * in the buffer. take() is not called again, and refused is looked at before the result. */
struct http_secretive {
    bool (*take)(void *ctx, const char *piece, size_t len);
    void *ctx;
    atomic_bool *stop;
    bool refused;
};

/* Takes the handle's write function. sink is borrowed until the transfer has ended. */
void http_easy_set_secretive(CURL *easy, struct http_secretive *sink);

/* Says in a few words why the transfer failed. says is the handle's error buffer, host the URL's
 * host: both are from outside. */
void http_easy_explain(CURL *easy, CURLcode code, const char *says, const char *host,
                       int64_t timeout_ms, struct error *err);

/* The host of a URL, or all of what is no URL; free() it. */
char *http_easy_host(const char *url);

#endif
