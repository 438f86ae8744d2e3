#include "backend/tunnel/aws_error.h"

#include <inttypes.h>
#include <string.h>

#include "backend/net/text.h"

/* AWS takes a signature that is up to 5 min off; who is so far off has a clock that is wrong. */
#define SKEW_MS   (60 * 1000)
#define MINUTE_MS 60000

void aws_error_code(struct aws_error *e, const char *code, size_t len)
{
    (void)text_clean(e->code, sizeof e->code, code, len);
}

void aws_error_message(struct aws_error *e, const char *message, size_t len)
{
    (void)text_clean(e->message, sizeof e->message, message, len);
}

static bool is_one_of(const char *code, const char *const *codes)
{
    for (size_t i = 0; codes[i]; i++) {
        if (strcmp(code, codes[i]) == 0) {
            return true;
        }
    }
    return false;
}

bool aws_error_is_throttling(int status, const struct aws_error *e)
{
    static const char *const codes[] = {"RequestLimitExceeded",
                                        "Throttling",
                                        "ThrottlingException",
                                        "ThrottledException",
                                        "RequestThrottled",
                                        "RequestThrottledException",
                                        "LimitExceeded",
                                        "LimitExceededException",
                                        "TooManyRequestsException",
                                        "ServiceUnavailable",
                                        "SlowDown",
                                        NULL};
    return status == 429 || status == 503 || is_one_of(e->code, codes);
}

bool aws_error_is_expiry(const struct aws_error *e)
{
    static const char *const codes[] = {"ExpiredToken", "ExpiredTokenException",
                                        "TokenRefreshRequired", NULL};
    return is_one_of(e->code, codes);
}

static bool is_refusal(const struct aws_error *e)
{
    static const char *const codes[] = {"UnauthorizedOperation", "AccessDenied",
                                        "AccessDeniedException", "NotAuthorized", NULL};
    return is_one_of(e->code, codes);
}

static bool is_bad_signature(const struct aws_error *e)
{
    static const char *const codes[] = {"SignatureDoesNotMatch",
                                        "InvalidSignatureException",
                                        "RequestExpired",
                                        "RequestExpiredException",
                                        "RequestTimeTooSkewed",
                                        "RequestInTheFuture",
                                        NULL};
    return is_one_of(e->code, codes);
}

static bool are_bad_credentials(const struct aws_error *e)
{
    static const char *const codes[] = {"AuthFailure",
                                        "InvalidClientTokenId",
                                        "UnrecognizedClientException",
                                        "MissingAuthenticationToken",
                                        "MissingAuthenticationTokenException",
                                        "IncompleteSignature",
                                        "OptInRequired",
                                        NULL};
    return is_one_of(e->code, codes);
}

/* Says so and returns true when the two clocks are too far apart. */
static bool say_skew(const struct aws_error *e, int64_t date_ms, int64_t now_ms,
                     struct error *out)
{
    int64_t off_ms = now_ms - date_ms;
    int64_t by_ms = off_ms < 0 ? -off_ms : off_ms;
    if (date_ms == 0 || by_ms < SKEW_MS) {
        return false;
    }
    error_set(out, "%s: this machine's clock is %" PRId64 " min %s", e->code,
              (by_ms + MINUTE_MS / 2) / MINUTE_MS, off_ms < 0 ? "slow" : "fast");
    return true;
}

void aws_error_say(int status, const struct aws_error *e, const char *action, int64_t date_ms,
                   int64_t now_ms, struct error *out)
{
    if (!e->code[0]) {
        error_set(out, "answered with status %d", status);
        return;
    }
    if (is_bad_signature(e) && say_skew(e, date_ms, now_ms, out)) {
        return;
    }
    const char *between = e->message[0] ? ": " : "";
    if (is_refusal(e)) {
        error_set(out, "%s: the credentials lack the IAM action %s", e->code, action);
    } else if (aws_error_is_throttling(status, e)) {
        error_set(out, "throttled, %s%s%s", e->code, between, e->message);
    } else if (are_bad_credentials(e)) {
        error_set(out, "AWS does not take the credentials, %s%s%s", e->code, between,
                  e->message);
    } else {
        error_set(out, "%s%s%s", e->code, between, e->message);
    }
}
