/* The ways to a token for Azure: one function a kind of login. Private to azure_token.c, which
 * chooses one and keeps what it gives; all block until the attempt's deadline at most. */
#ifndef DRTOP_CLOUD_AZURE_WAYS_H
#define DRTOP_CLOUD_AZURE_WAYS_H

#include "backend/cloud/azure_login.h"
#include "backend/cloud/azure_token.h"

struct azure_attempt {
    const struct config_azure *cfg;
    struct azure_http *http;
    int64_t deadline_ms; /* on the machine's monotonic clock */
    int64_t wall_ms;     /* now */
    struct azure_grant *grant;
    struct azure_no_token *why;
};

/* Is there all that this way needs, in the configuration or in the environment? */
bool azure_has_secret(const struct config_azure *cfg);
bool azure_has_federation(const struct config_azure *cfg);

/* Each fills *grant, or returns false with *why filled. */
bool azure_by_secret(struct azure_attempt *a);
bool azure_by_federation(struct azure_attempt *a);
/* look: see within a second, asking once, whether there is a metadata service that knows us. */
bool azure_by_identity(struct azure_attempt *a, bool look);
bool azure_by_az(struct azure_attempt *a);

#endif
