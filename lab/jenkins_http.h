/* A request and the answer to it, as lab-jenkins hands them about. */
#ifndef DRTOP_LAB_JENKINS_HTTP_H
#define DRTOP_LAB_JENKINS_HTTP_H

#include "lab/jenkins.h"

#include <microhttpd.h>

/* The sets of headers that Jenkins answers with: which of them carry X-Jenkins is a fact that
 * clients rely on. */
enum kind {
    KIND_EMPTY, /* 201, 302, 303, 204, 200 without a body: no X-Jenkins */
    KIND_API,   /* api/json: has it */
    KIND_WFAPI, /* JSON of the plugin: has it not */
    KIND_TEXT,  /* logs: has it not */
    KIND_PAGE,  /* a whole HTML page: has it */
    KIND_LOGIN, /* "Authentication required": has it */
    KIND_JETTY, /* a small page of the server below Jenkins: has it not */
    KIND_PLAIN, /* HTML of what is not quite there, or starting: has it not */
};

enum { HEADERS_MAX = 8 };

struct reply {
    unsigned status;
    enum kind kind;
    struct buf body;
    char location[1200];
    struct {
        const char *name;
        char value[400];
    } headers[HEADERS_MAX];
    size_t n_headers;
    bool head_only; /* nothing but headers, for HEAD */
};

enum who { WHO_NOBODY, WHO_WRONG, WHO_TOKEN, WHO_PASSWORD };

struct request {
    char *uri;  /* as it came */
    char *path; /* of it, without the context path and the query; not decoded */
    const char *method;
    struct MHD_Connection *connection;
    struct MHD_PostProcessor *post;
    json_object *form; /* of strings: body and query */
    long long connection_number;
    const struct user *user;
    enum who who;
    char base[600];  /* of JSON urls */
    char front[600]; /* of Location */
    bool begun;
};

void reply_header(struct reply *r, const char *name, const char *value);
void reply_page(struct reply *r, unsigned status, enum kind kind, const char *title,
                const char *text);
void reply_json(struct reply *r, enum kind kind, json_object *o);     /* puts o */
const char *request_value(const struct request *q, const char *name); /* NULL: not there */

/* Answers, with the lock held. */
void route(struct ctl *c, struct request *q, struct reply *r);

/* Who asks, and whether a POST carries the crumb that a password needs. */
void auth_identify(struct ctl *c, struct request *q);
bool auth_crumb_ok(struct ctl *c, const struct request *q);
void auth_issue_crumb(struct ctl *c, struct reply *r);

struct MHD_Daemon *http_open(struct ctl *c);

#endif
