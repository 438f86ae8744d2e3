#include "backend/cloud/aws_credentials.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cloud/aws_links.h"
#include "backend/cloud/aws_profile.h"
#include "backend/mem.h"

#define RENEW_MS (5 * 60 * 1000) /* before they expire */
#define RETRY_MS (30 * 1000)     /* after a renewal that gave nothing better */

struct aws_credentials {
    struct aws_credentials_options options;
    struct aws_http *http;
    bool have;
    int64_t retry_at_ms; /* of the wall clock, as what expires is */
    char source[AWS_SOURCE_MAX];
    struct aws_keys keys, fresh; /* fresh: only while fetching */
};

struct aws_credentials *aws_credentials_create(const struct aws_credentials_options *options,
                                               struct aws_http *http)
{
    struct aws_credentials *c = mem_alloc(1, sizeof *c);
    c->options = *options;
    c->http = http;
    return c;
}

void aws_credentials_destroy(struct aws_credentials *c)
{
    if (c) {
        aws_credentials_forget(c);
        free(c);
    }
}

void aws_credentials_forget(struct aws_credentials *c)
{
    aws_keys_wipe(&c->keys);
    aws_keys_wipe(&c->fresh);
    c->have = false;
    c->source[0] = '\0';
    c->retry_at_ms = 0;
}

const char *aws_credentials_source(const struct aws_credentials *c)
{
    return c->source;
}

/* --- the region --- */

static bool set_region(char out[40], const char *region, const char *where, struct error *err)
{
    if (!aws_is_region(region)) {
        error_set(err, "%s: expected a region as us-east-1", where);
        return false;
    }
    (void)snprintf(out, 40, "%s", region);
    return true;
}

static bool region_of_profile(const char *name, char out[40], struct error *err)
{
    struct aws_profile profile;
    bool ok = aws_profile_read(name, &profile, err);
    const char *region = ok ? profile.values[AWS_PROFILE_REGION] : NULL;
    if (ok && region && region[0]) {
        char where[128];
        (void)snprintf(where, sizeof where, "region of the profile %s", name);
        ok = set_region(out, region, where, err);
    } else if (ok) {
        error_set(err, "no region: not configured, no AWS_REGION, none in the profile %s",
                  name);
        ok = false;
    }
    aws_profile_finish(&profile);
    return ok;
}

bool aws_credentials_region(const struct aws_credentials *c, char out[40], struct error *err)
{
    static const char *const variables[] = {"AWS_REGION", "AWS_DEFAULT_REGION"};
    out[0] = '\0';
    if (c->options.region) {
        return set_region(out, c->options.region, "region", err);
    }
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *value = getenv(variables[i]);
        if (value && value[0]) {
            return set_region(out, value, variables[i], err);
        }
    }
    return region_of_profile(c->options.profile ? c->options.profile : aws_profile_default(),
                             out, err);
}

/* --- the chain --- */

struct link {
    const char *name;
    aws_link *fetch;
};

static const struct link chain[] = {
    {"environment", aws_link_environment},    {"profile", aws_link_profile},
    {"web identity", aws_link_web_identity},  {"container", aws_link_container},
    {"instance metadata", aws_link_instance},
};

static void note(struct error *all, const char *name, const struct error *why)
{
    size_t len = strlen(all->text);
    (void)snprintf(all->text + len, sizeof all->text - len, "%s%s: %.220s", len ? "; " : "",
                   name, why->text);
}

/* Asks the links into c->fresh. */
static bool fetch(struct aws_credentials *c, char source[AWS_SOURCE_MAX], struct error *err)
{
    char region[40];
    struct error all = {0}, why = {0};
    /* Without one, STS is asked where it has none; the call itself will say that it is missing. */
    (void)aws_credentials_region(c, region, NULL);
    const struct aws_links links = {.http = c->http,
                                    .profile = c->options.profile,
                                    .sts_endpoint = c->options.sts_endpoint,
                                    .region = region};
    for (size_t i = 0; i < sizeof chain / sizeof *chain; i++) {
        if (c->options.profile && chain[i].fetch != aws_link_profile) {
            continue;
        }
        why.text[0] = '\0';
        (void)snprintf(source, AWS_SOURCE_MAX, "%s", chain[i].name);
        enum aws_link_result got = chain[i].fetch(&links, &c->fresh, source, &why);
        if (got == AWS_LINK_KEYS) {
            return true;
        }
        if (got == AWS_LINK_FAILED) {
            error_set(err, "credentials: %s: %s", source, why.text);
            return false;
        }
        note(&all, source, &why);
    }
    error_set(err, "no credentials: %s", all.text);
    return false;
}

static bool renew(struct aws_credentials *c, int64_t now_ms, struct error *err)
{
    char source[AWS_SOURCE_MAX];
    bool ok = fetch(c, source, err);
    if (ok && c->fresh.expires_ms <= now_ms) {
        error_set(err, "credentials: %s: expired already, by the clock of this machine",
                  source);
        ok = false;
    }
    if (ok) {
        c->keys = c->fresh;
        c->have = true;
        (void)snprintf(c->source, sizeof c->source, "%s", source);
    }
    aws_keys_wipe(&c->fresh);
    c->retry_at_ms = now_ms + RETRY_MS;
    return ok;
}

const struct aws_keys *aws_credentials_get(struct aws_credentials *c, struct error *err)
{
    int64_t now_ms = clock_wall_ms(c->options.clock);
    bool hold = c->have && now_ms < c->keys.expires_ms;
    if (hold && (c->keys.expires_ms - now_ms > RENEW_MS || now_ms < c->retry_at_ms)) {
        return &c->keys;
    }
    if (!hold) {
        return renew(c, now_ms, err) ? &c->keys : NULL;
    }
    /* Whether this succeeds or not, there is no gap. */
    int64_t former = aws_http_within(c->http, aws_http_left_ms(c->http) / 2);
    (void)renew(c, now_ms, NULL);
    aws_http_resume(c->http, former);
    return &c->keys;
}
