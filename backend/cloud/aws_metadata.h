/* Keys that the machine gives to what runs on it: the container's endpoint (ECS, EKS) and the
 * instance's (EC2, IMDSv2). */
#ifndef DRTOP_CLOUD_AWS_METADATA_H
#define DRTOP_CLOUD_AWS_METADATA_H

#include "backend/cloud/aws_http.h"
#include "backend/cloud/aws_keys.h"
#include "backend/error.h"

/* The container's URL from AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, or _FULL_URI, which may only
 * be https, loopback, or the link-local addresses of ECS and EKS: the token goes there in clear.
 * Pure; either may be NULL. out is "" when there is none. */
bool aws_container_url(const char *relative, const char *full, char *out, size_t size,
                       struct error *err);

/* Both block. url is aws_container_url()'s. */
bool aws_container_keys(struct aws_http *http, const char *url, struct aws_keys *out,
                        struct error *err);
bool aws_instance_keys(struct aws_http *http, struct aws_keys *out, struct error *err);

#endif
