/* The wire to a controller: GETs over one connection that is kept, and POSTs that are sent exactly
 * once or not at all. The token is fetched for each request and wiped afterwards; where an answer
 * repeats it, it is blotted out. One thread, except jenkins_http_interrupt(). */
#ifndef DRTOP_FAILOVER_JENKINS_HTTP_H
#define DRTOP_FAILOVER_JENKINS_HTTP_H

#include "backend/failover/jenkins_parse.h"

struct jenkins_http;

/* cfg stays the caller's. NULL when libcurl gives no handle. */
struct jenkins_http *jenkins_http_create(const struct config_jenkins *cfg);
void jenkins_http_destroy(struct jenkins_http *http); /* NULL is allowed */

/* Forgets an interruption: at the start of a call. */
void jenkins_http_begin(struct jenkins_http *http);
void jenkins_http_interrupt(struct jenkins_http *http); /* any thread */

struct jenkins_answer {
    struct jenkins_head head;
    char *body; /* terminated; "" when there is none */
    size_t len;
    bool too_big;    /* ended by us after body_max bytes */
    int64_t wire_us; /* clock_real_us() just before a POST's first byte; 0: nothing was sent */
};
void jenkins_answer_finish(struct jenkins_answer *answer);

/* Each fills *out and returns whether an answer came to its end (or was too big); otherwise err
 * says why. Blocks up to cfg->timeout_ms, and as long again for the token. finish *out always. */
bool jenkins_http_get(struct jenkins_http *http, const char *url, size_t body_max,
                      struct jenkins_answer *out, struct error *err);
/* form is url-encoded. crumb ("Name: value") and cookie may be "". */
bool jenkins_http_post(struct jenkins_http *http, const char *url, const char *form,
                       const char *crumb, const char *cookie, struct jenkins_answer *out,
                       struct error *err);

#endif
