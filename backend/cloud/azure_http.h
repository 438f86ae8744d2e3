/* Requests to Azure: its login, its metadata service and its Resource Manager. Their answers hold
 * tokens and pre-shared keys, so an answer stands in one buffer alone, of a size that does not
 * grow, and is wiped there; libcurl's own copy is wiped while it is being read. Each request goes
 * over a connection of its own, which leaves no buffer behind.
 *
 * Belongs to one source and is used by its thread; azure_http_interrupt() may be called by any
 * thread meanwhile. */
#ifndef DRTOP_CLOUD_AZURE_HTTP_H
#define DRTOP_CLOUD_AZURE_HTTP_H

#include "backend/error.h"
#include "backend/fact/opt.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AZURE_BODY_MAX ((size_t)256 * 1024)

struct azure_http;

struct azure_request {
    const char *url;
    const char *form;      /* what is POSTed; NULL: a GET */
    const char *header[2]; /* "Metadata: true"; NULL: none */
    int64_t timeout_ms;    /* for everything together */
};

struct azure_answer {
    int status;
    char *body; /* in the one buffer: until the next request or azure_http_wipe() */
    size_t len;
    struct opt_i64 retry_after_s; /* as asked for, by seconds or by a date */
    struct opt_i64 reads_left;    /* until Resource Manager throttles */
};

/* ca: PEM file, borrowed; NULL: the system's store. NULL when libcurl gives no handle. */
struct azure_http *azure_http_create(const char *ca);
void azure_http_destroy(struct azure_http *http);

/* A new poll: what was interrupted before is over. */
void azure_http_begin(struct azure_http *http);

/* Ends a running request or wait at once, and all that come before azure_http_begin(). */
void azure_http_interrupt(struct azure_http *http);
const atomic_bool *azure_http_interrupted(const struct azure_http *http);

/* Asks once. Returns false with err set when no whole answer came; a status of 4xx is one. */
bool azure_http_ask(struct azure_http *http, const struct azure_request *request,
                    struct azure_answer *out, struct error *err);

/* Overwrites the newest answer. */
void azure_http_wipe(struct azure_http *http);

/* Lets that time pass; false when interrupted. */
bool azure_http_wait(struct azure_http *http, int64_t ms);

/* Appends a text to a URL or a form that holds used bytes, percent-encoded; returns what is used
 * then. Cuts nothing: without room it returns size. */
size_t azure_http_escape(char *out, size_t size, size_t used, const char *text);

#endif
