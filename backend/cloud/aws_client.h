/* Signed requests to AWS: POST / with a body, SigV4 by libcurl, the answer as a stream that is
 * wiped behind the reader, so that a secret in it stays nowhere. Credentials come from the chain
 * (aws_credentials.h) and are renewed before they expire.
 *
 * A client belongs to one source and is used by its thread alone; aws_client_interrupt() may be
 * called by any thread meanwhile. */
#ifndef DRTOP_CLOUD_AWS_CLIENT_H
#define DRTOP_CLOUD_AWS_CLIENT_H

#include "backend/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct aws_client;

struct aws_client_options {
    const char *region;       /* NULL: of the environment or the profile */
    const char *profile;      /* NULL: of the environment, or "default" */
    const char *sts_endpoint; /* NULL: by region */
    const char *ca;           /* PEM; NULL: the system's */
    int64_t timeout_ms;       /* of one request, with fetching credentials */
};

/* Strings are borrowed. NULL when libcurl gives no handle. */
struct aws_client *aws_client_create(const struct aws_client_options *options);
void aws_client_destroy(struct aws_client *client);
void aws_client_interrupt(struct aws_client *client);

struct aws_call {
    const char *service;  /* "ec2", "monitoring": of the signature and of the host */
    const char *endpoint; /* NULL: https://SERVICE.REGION.amazonaws.com[.cn]/ */
    const char *target;   /* X-Amz-Target with JSON 1.0; NULL: a form */
    const char *body;
    size_t max; /* bytes of an answer that are taken before it is refused */
    /* Gets the answer piece by piece, whatever the status (status is known by then); false ends
     * it. The piece is wiped as soon as it returns. */
    bool (*take)(void *ctx, int status, const char *piece, size_t len);
    void *ctx;
};

struct aws_answer {
    int status; /* 0: none */
    bool interrupted;
    int64_t retry_after_s; /* 0: not said */
    int64_t date_ms; /* of the Date header, wall clock; 0: none. Tells a clock that is wrong */
    char content_type[64];
};

/* One request. False with err set when no whole answer came (or no credentials); a status of 4xx
 * is an answer. */
bool aws_client_call(struct aws_client *client, const struct aws_call *call,
                     struct aws_answer *out, struct error *err);

/* The region in use, once a call was made or it is configured; "" before. */
const char *aws_client_region(const struct aws_client *client);

/* Forgets the credentials: the next call fetches new ones (the service said that they expired). */
void aws_client_forget(struct aws_client *client);

#endif
