/* One HTTP request of the AWS client: to the services, to STS, to the metadata endpoints. Signed
 * by libcurl (SigV4) when there are keys. Everything that a call needs shares one deadline.
 *
 * Used by one thread; aws_http_interrupt() may be called by any thread meanwhile. */
#ifndef DRTOP_CLOUD_AWS_HTTP_H
#define DRTOP_CLOUD_AWS_HTTP_H

#include "backend/cloud/aws_client.h"
#include "backend/cloud/aws_keys.h"
#include "backend/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct aws_http;

/* ca: PEM file, borrowed; NULL: the system's store. NULL when libcurl gives no handle. */
struct aws_http *aws_http_create(const char *ca);
void aws_http_destroy(struct aws_http *http);

/* Begins a call: the deadline starts, and an earlier interruption is over. */
void aws_http_begin(struct aws_http *http, int64_t timeout_ms);
int64_t aws_http_left_ms(const struct aws_http *http);

/* Another deadline for what follows, in ms from now; returns the former, for aws_http_resume().
 * It never ends later than that. */
int64_t aws_http_within(struct aws_http *http, int64_t limit_ms);
void aws_http_resume(struct aws_http *http, int64_t former);

/* Ends a running request at once, and lets those that follow fail until aws_http_begin(). */
void aws_http_interrupt(struct aws_http *http);
const atomic_bool *aws_http_interrupted(const struct aws_http *http);

struct aws_request {
    const char *method; /* "GET", "PUT", "POST" */
    const char *url;
    const char *const *headers;   /* "Name: value", up to a NULL; NULL: none. All are signed */
    const char *body;             /* POST only */
    const struct aws_keys *keys;  /* NULL: not signed */
    const char *region, *service; /* with keys */
    int64_t limit_ms;             /* of this request; 0: what is left of the call */
    size_t max;                   /* bytes of an answer; more is refused */
    bool (*take)(void *ctx, int status, const char *piece, size_t len);
    void *ctx;
};

/* As aws_client_call(). */
bool aws_http_ask(struct aws_http *http, const struct aws_request *request,
                  struct aws_answer *out, struct error *err);

/* An answer as a whole, for the small ones; holds secrets. */
#define AWS_TEXT_MAX ((size_t)32 * 1024)
struct aws_text {
    size_t len;
    char text[AWS_TEXT_MAX]; /* NUL-terminated */
};
struct aws_text *aws_text_create(void);
void aws_text_destroy(struct aws_text *text); /* wipes */

/* aws_http_ask() with take, ctx and max set to fill text. False, too, for a status that is not
 * 200; err then names it. */
bool aws_http_fetch(struct aws_http *http, struct aws_request *request, struct aws_text *text,
                    struct error *err);

#endif
