/* Keys of a role, from STS: signed with the keys of somebody who may assume it, or unsigned with
 * a token of an identity provider. Blocks; on the thread that asks for keys (aws_client.h). */
#ifndef DRTOP_CLOUD_AWS_ROLE_H
#define DRTOP_CLOUD_AWS_ROLE_H

#include "backend/cloud/aws_http.h"
#include "backend/cloud/aws_keys.h"
#include "backend/error.h"

struct aws_role {
    const char *arn;
    const char *session_name; /* NULL: drtop */
    const char *external_id;  /* NULL: none */
    const char *duration_s;   /* in digits; NULL: as STS has it, an hour */
    const char *token_file;   /* web identity, read anew each time; NULL: signed */
    const char *endpoint;     /* NULL: by region */
    const char *region;       /* "": STS without a region, which only the partition aws has */
};

/* by: whose keys sign; not used with a token_file. Blocks. */
bool aws_role_assume(struct aws_http *http, const struct aws_role *role,
                     const struct aws_keys *by, struct aws_keys *out, struct error *err);

/* "https://SERVICE.REGION.amazonaws.com/", by the partition of the region. */
void aws_service_url(char *out, size_t size, const char *service, const char *region);

#endif
