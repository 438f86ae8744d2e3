/* A profile: keys, a program that prints them, or a role that another profile may assume. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cloud/aws_links.h"
#include "backend/cloud/aws_metadata.h"
#include "backend/cloud/aws_profile.h"
#include "backend/cloud/aws_role.h"
#include "backend/mem.h"
#include "backend/net/command.h"
#include "backend/net/secret.h"

#define SOURCES_MAX 5 /* profiles in a row, each the source of the one before */

static enum aws_link_result fetch(const struct aws_links *links, const char *name, int depth,
                                  bool keys_only, struct aws_keys *out, struct error *err);

static const char *value(const struct aws_profile *p, enum aws_profile_key key)
{
    return p->values[key] && p->values[key][0] ? p->values[key] : NULL;
}

static bool run(const struct aws_links *links, const char *command, struct aws_keys *out,
                struct error *err)
{
    char **argv = aws_profile_argv(command, err);
    if (!argv) {
        return false;
    }
    struct error why = {0};
    struct aws_text *text = aws_text_create();
    const struct command c = {.argv = argv,
                              .timeout_ms = aws_http_left_ms(links->http),
                              .stop = aws_http_interrupted(links->http)};
    bool ok = command_run(&c, text->text, sizeof text->text, &text->len, &why);
    if (ok && text->len == sizeof text->text) {
        error_set(&why, "%s: prints too much", argv[0]);
        ok = false;
    } else if (ok && !aws_keys_parse(out, text->text, text->len, &why)) {
        struct error parse = why;
        error_set(&why, "%s: %.600s", argv[0], parse.text);
        ok = false;
    }
    if (!ok) {
        error_set(err, "credential_process: %.700s", why.text);
    }
    aws_text_destroy(text);
    free(argv);
    return ok;
}

/* --- roles --- */

static enum aws_link_result named_source(const struct aws_links *links, const char *source,
                                         struct aws_keys *out, struct error *err)
{
    char name[AWS_SOURCE_MAX];
    if (strcmp(source, "Environment") == 0) {
        return aws_link_environment(links, out, name, err);
    }
    if (strcmp(source, "EcsContainer") == 0) {
        return aws_link_container(links, out, name, err);
    }
    if (strcmp(source, "Ec2InstanceMetadata") == 0) {
        return aws_link_instance(links, out, name, err);
    }
    error_set(err, "expected Environment, EcsContainer or Ec2InstanceMetadata");
    return AWS_LINK_FAILED;
}

/* The keys that may assume the profile's role. */
static bool fetch_source(const struct aws_links *links, const char *name, int depth,
                         const struct aws_profile *p, struct aws_keys *out, struct error *err)
{
    const char *profile = value(p, AWS_PROFILE_SOURCE_PROFILE);
    const char *source = value(p, AWS_PROFILE_CREDENTIAL_SOURCE);
    struct error why = {0};
    enum aws_link_result got = AWS_LINK_FAILED;
    if (profile && depth >= SOURCES_MAX) {
        error_set(err, "role_arn: more than %d profiles in a row by source_profile",
                  SOURCES_MAX);
        return false;
    }
    if (profile) {
        /* Its own name: the keys beside the role. */
        got = fetch(links, profile, depth + 1, strcmp(profile, name) == 0, out, &why);
    } else if (source) {
        got = named_source(links, source, out, &why);
    } else {
        error_set(err, "role_arn without source_profile or credential_source");
        return false;
    }
    if (got != AWS_LINK_KEYS) {
        error_set(err, "%s %s: %.600s", profile ? "source_profile" : "credential_source",
                  profile ? profile : source, why.text);
    }
    return got == AWS_LINK_KEYS;
}

static bool duration_is_good(const char *text)
{
    return !text || (strspn(text, "0123456789") == strlen(text) && strlen(text) <= 5 &&
                     strtol(text, NULL, 10) >= 900 && strtol(text, NULL, 10) <= 43200);
}

static bool assume(const struct aws_links *links, const char *name, int depth,
                   const struct aws_profile *p, struct aws_keys *out, struct error *err)
{
    const struct aws_role role = {.arn = value(p, AWS_PROFILE_ROLE),
                                  .session_name = value(p, AWS_PROFILE_SESSION_NAME),
                                  .external_id = value(p, AWS_PROFILE_EXTERNAL_ID),
                                  .duration_s = value(p, AWS_PROFILE_DURATION),
                                  .token_file = value(p, AWS_PROFILE_WEB_IDENTITY),
                                  .endpoint = links->sts_endpoint,
                                  .region = links->region};
    if (!duration_is_good(role.duration_s)) {
        error_set(err, "duration_seconds: expected 900 to 43200");
        return false;
    }
    if (value(p, AWS_PROFILE_MFA)) {
        error_set(err, "mfa_serial: nobody is there to type a code; use credential_process");
        return false;
    }
    struct aws_keys *by = mem_alloc(1, sizeof *by);
    bool ok = (role.token_file || fetch_source(links, name, depth, p, by, err)) &&
              aws_role_assume(links->http, &role, by, out, err);
    aws_keys_wipe(by);
    free(by);
    return ok;
}

/* --- profiles --- */

static bool says_sso(const struct aws_profile *p)
{
    return value(p, AWS_PROFILE_SSO_SESSION) || value(p, AWS_PROFILE_SSO_START_URL);
}

static enum aws_link_result take(const struct aws_links *links, const char *name, int depth,
                                 bool keys_only, const struct aws_profile *p,
                                 struct aws_keys *out, struct error *err)
{
    bool ok;
    if (value(p, AWS_PROFILE_ROLE) && !keys_only) {
        ok = assume(links, name, depth, p, out, err);
    } else if (value(p, AWS_PROFILE_ID) || value(p, AWS_PROFILE_SECRET)) {
        ok = aws_keys_set(out, value(p, AWS_PROFILE_ID), value(p, AWS_PROFILE_SECRET),
                          value(p, AWS_PROFILE_TOKEN), err);
    } else if (value(p, AWS_PROFILE_PROCESS)) {
        ok = run(links, value(p, AWS_PROFILE_PROCESS), out, err);
    } else if (says_sso(p)) {
        error_set(err, "SSO is not for programs that nobody watches; use credential_process = "
                       "aws configure export-credentials --format process --profile NAME");
        ok = false;
    } else {
        error_set(err, "has no credentials");
        return AWS_LINK_ABSENT;
    }
    return ok ? AWS_LINK_KEYS : AWS_LINK_FAILED;
}

static enum aws_link_result fetch(const struct aws_links *links, const char *name, int depth,
                                  bool keys_only, struct aws_keys *out, struct error *err)
{
    char places[300];
    struct aws_profile profile;
    enum aws_link_result got = AWS_LINK_FAILED;
    bool read = aws_profile_read(name, &profile, err);
    if (read && profile.found) {
        got = take(links, name, depth, keys_only, &profile, out, err);
    } else if (read) {
        aws_profile_places(places, sizeof places);
        error_set(err, "not in %s", places);
        got = AWS_LINK_ABSENT;
    }
    aws_profile_finish(&profile);
    return got;
}

enum aws_link_result aws_link_profile(const struct aws_links *links, struct aws_keys *out,
                                      char source[AWS_SOURCE_MAX], struct error *err)
{
    const char *name = links->profile ? links->profile : aws_profile_default();
    /* Who names one means that one. */
    bool meant = links->profile || getenv("AWS_PROFILE");
    (void)snprintf(source, AWS_SOURCE_MAX, "profile %.80s", name);
    enum aws_link_result got = fetch(links, name, 1, false, out, err);
    return got == AWS_LINK_ABSENT && meant ? AWS_LINK_FAILED : got;
}
