/* The links of the chain of credentials, for aws_credentials.c, and on its thread: they block. */
#ifndef DRTOP_CLOUD_AWS_LINKS_H
#define DRTOP_CLOUD_AWS_LINKS_H

#include "backend/cloud/aws_http.h"
#include "backend/cloud/aws_keys.h"
#include "backend/error.h"

#define AWS_SOURCE_MAX 96

enum aws_link_result {
    AWS_LINK_ABSENT, /* not configured: err says what is missing */
    AWS_LINK_FAILED,
    AWS_LINK_KEYS,
};

struct aws_links {
    struct aws_http *http;
    const char *profile; /* as configured, or NULL */
    const char *sts_endpoint;
    const char *region; /* "" when unknown */
};

/* source holds the link's name, which a link may make more exact. */
typedef enum aws_link_result aws_link(const struct aws_links *links, struct aws_keys *out,
                                      char source[AWS_SOURCE_MAX], struct error *err);

aws_link aws_link_environment, aws_link_profile, aws_link_web_identity, aws_link_container,
    aws_link_instance;

#endif
