/* A clean environment for the AWS client: a home of its own, no variables of the caller's, and a
 * server on loopback that stands for whatever is asked. Header only: each test is one
 * executable. */
#ifndef DRTOP_TESTS_AWS_RIG_H
#define DRTOP_TESTS_AWS_RIG_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/cloud/aws_credentials.h"
#include "backend/cloud/aws_http.h"
#include "backend/fact/clock.h"
#include "jenkins_server.h"

#define AWS_NOW_MS INT64_C(1795388920000) /* 2026-11-22T23:08:40Z */

struct aws_rig {
    struct jenkins_server *server;
    struct aws_http *http;
    struct clock_manual clk;
    struct aws_credentials_options options;
    struct aws_credentials *credentials;
    char home[64], url[64];
    struct error err;
};

static inline void rig_forget_environment(void)
{
    static const char *const names[] = {"AWS_ACCESS_KEY_ID",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN",
                                        "AWS_PROFILE",
                                        "AWS_REGION",
                                        "AWS_DEFAULT_REGION",
                                        "AWS_SHARED_CREDENTIALS_FILE",
                                        "AWS_CONFIG_FILE",
                                        "AWS_WEB_IDENTITY_TOKEN_FILE",
                                        "AWS_ROLE_ARN",
                                        "AWS_ROLE_SESSION_NAME",
                                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                                        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                                        "AWS_EC2_METADATA_SERVICE_ENDPOINT"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)unsetenv(names[i]);
    }
    (void)setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
}

/* "HOME/name", in one of a few static buffers. */
static inline const char *rig_path(const struct aws_rig *rig, const char *name)
{
    static char paths[4][160];
    static unsigned next;
    char *path = paths[next++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", rig->home, name);
    return path;
}

static inline const char *rig_file(const struct aws_rig *rig, const char *name,
                                   const char *text)
{
    const char *path = rig_path(rig, name);
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0) {
        abort();
    }
    return path;
}

static inline void rig_remove(const struct aws_rig *rig)
{
    static const char *const names[] = {
        ".aws/config", ".aws/credentials", ".aws", "token", "tool", "count"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)remove(rig_path(rig, names[i]));
    }
    (void)rmdir(rig->home);
}

static inline int rig_setup(void **state)
{
    struct aws_rig *rig = calloc(1, sizeof *rig);
    const char *tmp = getenv("TMPDIR");
    rig_forget_environment();
    (void)snprintf(rig->home, sizeof rig->home, "%.40s/drtop-aws-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(rig->home) || mkdir(rig_path(rig, ".aws"), 0700) != 0) {
        abort();
    }
    (void)setenv("HOME", rig->home, 1);
    rig->server = js_start();
    (void)snprintf(rig->url, sizeof rig->url, "http://127.0.0.1:%u",
                   (unsigned)rig->server->port);
    rig->http = aws_http_create(NULL);
    aws_http_begin(rig->http, 20000);
    clock_manual_init(&rig->clk, 5000, AWS_NOW_MS);
    rig->options =
        (struct aws_credentials_options){.sts_endpoint = rig->url, .clock = &rig->clk.base};
    *state = rig;
    return 0;
}

static inline int rig_teardown(void **state)
{
    struct aws_rig *rig = *state;
    aws_credentials_destroy(rig->credentials);
    aws_http_destroy(rig->http);
    js_stop(rig->server);
    rig_remove(rig);
    free(rig);
    return 0;
}

/* One answer of the server's, with the right length. */
static inline void rig_answer(struct aws_rig *rig, const char *method, const char *path,
                              const char *status, const char *body, int times)
{
    size_t size = strlen(body) + 256;
    char *reply = malloc(size);
    int n = snprintf(reply, size, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", status,
                     strlen(body), body);
    js_rule(rig->server, method, path, JS_REPLY, reply, (size_t)n, times);
}

/* The keys that the chain gives, after the options were set; NULL with rig->err set. */
static inline const struct aws_keys *rig_get(struct aws_rig *rig)
{
    rig->err.text[0] = '\0';
    if (!rig->credentials) {
        rig->credentials = aws_credentials_create(&rig->options, rig->http);
    }
    aws_http_begin(rig->http, 20000);
    return aws_credentials_get(rig->credentials, &rig->err);
}

#endif
