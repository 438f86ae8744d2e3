/* What Azure's logins answer: Entra ID, the metadata service, App Service and the az program.
 * Pure: the body's bytes in, a token or words out. Bodies are written to: the token is taken out
 * and blotted out before a parser sees the rest. Any thread. */
#ifndef DRTOP_CLOUD_AZURE_LOGIN_H
#define DRTOP_CLOUD_AZURE_LOGIN_H

#include "backend/error.h"
#include "backend/fact/opt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AZURE_TOKEN_MAX 16384

struct azure_grant {
    char token[AZURE_TOKEN_MAX];
    struct opt_i64 lasts_s; /* from now on; unknown: not said, or said without a time zone */
};

/* wall_ms: now. Returns false with err set, and the grant wiped, when there is no token in it. */
bool azure_login_grant(char *body, size_t len, int64_t wall_ms, struct azure_grant *out,
                       struct error *err);

/* Why there is none: the service's own words, first line, sanitised. */
void azure_login_refusal(int status, char *body, size_t len, struct error *err);

#endif
