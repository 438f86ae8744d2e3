/* Basic authentication with an API token or a password, and the crumb that only a password needs. */
#include "lab/jenkins_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CRUMB_LEN = 64 };

void auth_identify(struct ctl *c, struct request *q)
{
    char *secret = NULL;
    char *name = MHD_basic_auth_get_username_password(q->connection, &secret);
    q->who = name ? WHO_WRONG : WHO_NOBODY;
    for (size_t i = 0; name && secret && i < c->n_users; i++) {
        struct user *u = &c->users[i];
        if (strcmp(u->name, name) != 0) {
            continue;
        }
        bool token = u->token[0] && strcmp(u->token, secret) == 0;
        if (token || (u->password[0] && strcmp(u->password, secret) == 0)) {
            q->user = u;
            q->who = token ? WHO_TOKEN : WHO_PASSWORD;
        }
    }
    MHD_free(name);
    MHD_free(secret);
}

/* Bound to the boot and the cookie: not a secret, only a thing that has to fit. */
static void crumb_of(const struct ctl *c, const char *cookie, char out[CRUMB_LEN + 1])
{
    uint64_t h = 1469598103934665603U;
    for (int part = 0; part < 4; part++) {
        for (const char *p = c->session; *p; p++) {
            h = (h ^ (unsigned char)*p) * 1099511628211U;
        }
        for (const char *p = cookie; *p; p++) {
            h = (h ^ (unsigned char)*p) * 1099511628211U;
        }
        (void)snprintf(out + (size_t)part * 16, 17, "%016llx", (unsigned long long)h);
    }
}

static void cookie_name(const struct ctl *c, char out[32])
{
    (void)snprintf(out, 32, "JSESSIONID.%s", c->session);
}

bool auth_crumb_ok(struct ctl *c, const struct request *q)
{
    char name[32], crumb[CRUMB_LEN + 1];
    cookie_name(c, name);
    const char *cookie = MHD_lookup_connection_value(q->connection, MHD_COOKIE_KIND, name);
    const char *sent =
        MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, "Jenkins-Crumb");
    if (!cookie || !sent) {
        return false;
    }
    crumb_of(c, cookie, crumb);
    return strcmp(crumb, sent) == 0;
}

void auth_issue_crumb(struct ctl *c, struct reply *r)
{
    static unsigned serial;
    char name[32], cookie[32], crumb[CRUMB_LEN + 1], line[120];
    cookie_name(c, name);
    (void)snprintf(cookie, sizeof cookie, "node0%s%u", c->session, ++serial);
    crumb_of(c, cookie, crumb);
    json_object *o = json_object_new_object();
    json_object_object_add(o, "_class",
                           json_object_new_string("hudson.security.csrf.DefaultCrumbIssuer"));
    json_object_object_add(o, "crumb", json_object_new_string(crumb));
    json_object_object_add(o, "crumbRequestField", json_object_new_string("Jenkins-Crumb"));
    (void)snprintf(line, sizeof line, "%s=%s; Path=/; HttpOnly", name, cookie);
    reply_header(r, "Set-Cookie", line);
    reply_json(r, KIND_API, o);
}
