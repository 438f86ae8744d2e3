/* What signs a request to AWS, and reading it from what the links of the chain give. Pure; any
 * thread. */
#ifndef DRTOP_CLOUD_AWS_KEYS_H
#define DRTOP_CLOUD_AWS_KEYS_H

#include "backend/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AWS_ID_MAX     129
#define AWS_SECRET_MAX 257
#define AWS_TOKEN_MAX  8192

/* Secret, all of it: aws_keys_wipe() when done. 8 KiB: not for the stack. */
struct aws_keys {
    char id[AWS_ID_MAX];
    char secret[AWS_SECRET_MAX];
    char token[AWS_TOKEN_MAX]; /* "": none */
    int64_t expires_ms;        /* wall clock; INT64_MAX: never */
};

void aws_keys_wipe(struct aws_keys *keys);

/* Fills id, secret and token (may be NULL: none) and an end that never comes. Returns false with
 * err set when one is missing, too long, or not printable ASCII without blanks, which is what
 * headers can carry; err names it and does not hold it. */
bool aws_keys_set(struct aws_keys *keys, const char *id, const char *secret, const char *token,
                  struct error *err);

/* Reads the JSON that credential_process prints and the metadata endpoints answer: one object
 * with AccessKeyId, SecretAccessKey, SessionToken or Token, and Expiration. */
bool aws_keys_parse(struct aws_keys *keys, const char *json, size_t len, struct error *err);

/* "2026-11-23T00:18:11.397045Z", or with "+01:00"; to the millisecond. */
bool aws_time_parse(const char *text, int64_t *out_ms);

/* Whether text is a value that may stand in a header: 1 to size - 1 printable characters of
 * ASCII, no blanks. */
bool aws_is_value(const char *text, size_t size);

/* Whether text is the name of a region, as it may stand in a host name. */
bool aws_is_region(const char *text);

#endif
