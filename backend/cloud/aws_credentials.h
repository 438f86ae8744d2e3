/* The chain of places where credentials for AWS may be, asked in this order: the environment, a
 * profile, a web identity, the container's endpoint, the instance's. What is not configured is
 * passed over; what is configured and fails ends the search, so that nobody works with rights that
 * were not meant. A profile that the configuration names is the only place.
 *
 * Credentials are renewed five minutes before they expire, and until they really do, the old ones
 * go on when that fails. Belongs to the thread of its http. */
#ifndef DRTOP_CLOUD_AWS_CREDENTIALS_H
#define DRTOP_CLOUD_AWS_CREDENTIALS_H

#include "backend/cloud/aws_http.h"
#include "backend/cloud/aws_keys.h"
#include "backend/error.h"
#include "backend/fact/clock.h"

#include <stdbool.h>

struct aws_credentials;

struct aws_credentials_options {
    const char *profile;      /* NULL: of the environment, or "default" */
    const char *region;       /* for STS; NULL: of the environment or the profile */
    const char *sts_endpoint; /* NULL: by region */
    const struct clock *clock;
};

/* Strings are borrowed, and so is http. */
struct aws_credentials *aws_credentials_create(const struct aws_credentials_options *options,
                                               struct aws_http *http);
void aws_credentials_destroy(struct aws_credentials *c);

/* The keys to sign with now; borrowed until the next call. NULL with err set, which names the
 * links of the chain and never holds a secret. May ask over the network, within what is left of
 * the call of http: half of it while the old keys still hold. */
const struct aws_keys *aws_credentials_get(struct aws_credentials *c, struct error *err);

/* Where the keys are from: "environment", "profile prod"; "" before there are any. */
const char *aws_credentials_source(const struct aws_credentials *c);

/* Wipes them: the next get fetches. */
void aws_credentials_forget(struct aws_credentials *c);

/* The region: as configured, of the environment, or of the profile. "" with err set when there is
 * none. */
bool aws_credentials_region(const struct aws_credentials *c, char out[40], struct error *err);

#endif
