/* What AWS says when it does not answer, and what that means for whoever asked. Pure; any thread. */
#ifndef DRTOP_TUNNEL_AWS_ERROR_H
#define DRTOP_TUNNEL_AWS_ERROR_H

#include "backend/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct aws_error {
    char code[64];     /* sanitised: "RequestLimitExceeded"; "" when the answer has none */
    char message[200]; /* sanitised */
};

/* Keeps a code and a message of an answer. */
void aws_error_code(struct aws_error *e, const char *code, size_t len);
void aws_error_message(struct aws_error *e, const char *message, size_t len);

/* Asked too often: ask less. */
bool aws_error_is_throttling(int status, const struct aws_error *e);
/* The credentials have come to their end: others may do. */
bool aws_error_is_expiry(const struct aws_error *e);

/* In words. action is the IAM action that the request needs. date_ms is what the service's Date
 * header said, now_ms what our clock said then (both wall clock; date_ms 0: no header). */
void aws_error_say(int status, const struct aws_error *e, const char *action, int64_t date_ms,
                   int64_t now_ms, struct error *out);

#endif
