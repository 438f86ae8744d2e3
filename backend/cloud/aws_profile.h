/* Profiles as the AWS command line keeps them: ~/.aws/credentials ([name]) and ~/.aws/config
 * ([default], [profile name]), or what AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE name. Read
 * anew each time: keys in them change. Any thread; nobody may change the environment meanwhile. */
#ifndef DRTOP_CLOUD_AWS_PROFILE_H
#define DRTOP_CLOUD_AWS_PROFILE_H

#include "backend/error.h"

#include <stdbool.h>
#include <stddef.h>

enum aws_profile_key {
    AWS_PROFILE_ID,
    AWS_PROFILE_SECRET,
    AWS_PROFILE_TOKEN,
    AWS_PROFILE_REGION,
    AWS_PROFILE_ROLE,
    AWS_PROFILE_SOURCE_PROFILE,
    AWS_PROFILE_CREDENTIAL_SOURCE,
    AWS_PROFILE_EXTERNAL_ID,
    AWS_PROFILE_SESSION_NAME,
    AWS_PROFILE_DURATION,
    AWS_PROFILE_MFA,
    AWS_PROFILE_PROCESS,
    AWS_PROFILE_WEB_IDENTITY,
    AWS_PROFILE_SSO_SESSION,
    AWS_PROFILE_SSO_START_URL,
    AWS_PROFILE_KEYS,
};

struct aws_profile {
    bool found;                     /* a section of this name exists in one of the files */
    char *values[AWS_PROFILE_KEYS]; /* NULL: not given. Of secrets too */
};

/* Reads one profile; a file that does not exist is as an empty one. Returns false with err set
 * ("FILE:LINE: …", never with what stands there) when a file cannot be read or is malformed.
 * aws_profile_finish() in any case. */
bool aws_profile_read(const char *name, struct aws_profile *out, struct error *err);

/* The pure part: adds what text says of the profile. config: sections are "profile NAME". file
 * is for messages. */
bool aws_profile_parse(const char *name, bool config, const char *file, const char *text,
                       size_t len, struct aws_profile *out, struct error *err);

/* Wipes and frees. */
void aws_profile_finish(struct aws_profile *profile);

/* Where a profile was looked for, for messages: "FILE and FILE". */
void aws_profile_places(char *out, size_t size);

/* The profile that is meant when none is configured: $AWS_PROFILE, or "default". */
const char *aws_profile_default(void);

/* Splits a command as a shell would, with quotes and backslashes and nothing else. Returns argv
 * in one block, for free(); NULL with err set for an empty command or a quote that is open. */
char **aws_profile_argv(const char *command, struct error *err);

#endif
