#include "backend/cloud/aws_links.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "backend/cloud/aws_metadata.h"
#include "backend/cloud/aws_role.h"

/* An empty variable is as one that is not set. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

static enum aws_link_result result(bool ok)
{
    return ok ? AWS_LINK_KEYS : AWS_LINK_FAILED;
}

enum aws_link_result aws_link_environment(const struct aws_links *links, struct aws_keys *out,
                                          char source[AWS_SOURCE_MAX], struct error *err)
{
    const char *id = variable("AWS_ACCESS_KEY_ID");
    const char *secret = variable("AWS_SECRET_ACCESS_KEY");
    (void)links;
    (void)source;
    if (!id && !secret) {
        error_set(err, "no AWS_ACCESS_KEY_ID");
        return AWS_LINK_ABSENT;
    }
    return result(aws_keys_set(out, id, secret, variable("AWS_SESSION_TOKEN"), err));
}

enum aws_link_result aws_link_web_identity(const struct aws_links *links, struct aws_keys *out,
                                           char source[AWS_SOURCE_MAX], struct error *err)
{
    const struct aws_role role = {.arn = variable("AWS_ROLE_ARN"),
                                  .session_name = variable("AWS_ROLE_SESSION_NAME"),
                                  .token_file = variable("AWS_WEB_IDENTITY_TOKEN_FILE"),
                                  .endpoint = links->sts_endpoint,
                                  .region = links->region};
    (void)source;
    if (!role.token_file) {
        error_set(err, "no AWS_WEB_IDENTITY_TOKEN_FILE");
        return AWS_LINK_ABSENT;
    }
    if (!role.arn) {
        error_set(err, "AWS_WEB_IDENTITY_TOKEN_FILE without AWS_ROLE_ARN");
        return AWS_LINK_FAILED;
    }
    return result(aws_role_assume(links->http, &role, NULL, out, err));
}

enum aws_link_result aws_link_container(const struct aws_links *links, struct aws_keys *out,
                                        char source[AWS_SOURCE_MAX], struct error *err)
{
    char url[1024];
    (void)source;
    if (!aws_container_url(variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
                           variable("AWS_CONTAINER_CREDENTIALS_FULL_URI"), url, sizeof url,
                           err)) {
        return AWS_LINK_FAILED;
    }
    if (url[0] == '\0') {
        error_set(err, "no AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI");
        return AWS_LINK_ABSENT;
    }
    return result(aws_container_keys(links->http, url, out, err));
}

/* The last: whether there is one is known only by asking. */
enum aws_link_result aws_link_instance(const struct aws_links *links, struct aws_keys *out,
                                       char source[AWS_SOURCE_MAX], struct error *err)
{
    const char *disabled = variable("AWS_EC2_METADATA_DISABLED");
    (void)source;
    if (disabled && strcasecmp(disabled, "true") == 0) {
        error_set(err, "disabled by AWS_EC2_METADATA_DISABLED");
        return AWS_LINK_ABSENT;
    }
    return aws_instance_keys(links->http, out, err) ? AWS_LINK_KEYS : AWS_LINK_ABSENT;
}
