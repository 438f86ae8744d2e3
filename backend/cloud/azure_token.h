/* Tokens for Azure Resource Manager: by client secret, by federated token, of the managed identity
 * of this machine, or of whoever is logged in with az; "auto" takes the first of them that is set
 * up. A token is kept until five minutes before its end, and wiped then.
 *
 * Belongs to one source and is used by its thread, with the azure_http of the same source: who
 * interrupts that ends a waiting login too. */
#ifndef DRTOP_CLOUD_AZURE_TOKEN_H
#define DRTOP_CLOUD_AZURE_TOKEN_H

#include "backend/cloud/azure_http.h"
#include "backend/config.h"
#include "backend/fact/clock.h"

struct azure_token;

/* Why there is no token. */
struct azure_no_token {
    struct error err;
    bool throttled; /* or the service is in trouble: leave it alone for a while */
    struct opt_i64 retry_after_s;
};

/* Both are borrowed. */
struct azure_token *azure_token_create(const struct config_azure *cfg, struct azure_http *http);
void azure_token_destroy(struct azure_token *t);

/* The token in use, or a new one, until deadline_ms on the machine's monotonic clock; clk is what
 * its age is counted on. NULL with *why filled. The text is the token's own and stays until the
 * next call. */
const char *azure_token_get(struct azure_token *t, const struct clock *clk, int64_t deadline_ms,
                            struct azure_no_token *why);

/* The service does not take it any more: the next one will be new. */
void azure_token_forget(struct azure_token *t);

/* "https://management.azure.com" of a cloud. */
const char *azure_arm_host(const struct config_azure *cfg);

#endif
