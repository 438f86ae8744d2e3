/* What the calls of the client share. Internal to it. */
#ifndef DRTOP_FAILOVER_JENKINS_CALL_H
#define DRTOP_FAILOVER_JENKINS_CALL_H

#include "backend/failover/jenkins_http.h"

#define JENKINS_CRUMB_MAX 288

struct jenkins {
    struct jenkins_http *http;
    char *base, *job;
    char *folder; /* of the job in URLs: "job/ops/job/x/" */
    /* Of the newest jenkins_look(); harmless where the token needs none. Both or none. */
    char crumb[JENKINS_CRUMB_MAX], cookie[sizeof(((struct jenkins_head *)0)->cookie)];
};

/* Raw bytes of a log at once. A log is sent whole, however long it is (30 MB in one answer). */
#define JENKINS_LOG_MAX ((size_t)256 * 1024)

/* Asks and says what came; an answer that is OK has a body, if only "". Frees url. finish *out
 * always. */
enum jenkins_reach jenkins_get(struct jenkins *j, enum jenkins_kind kind, char *url,
                               struct jenkins_answer *out, struct error *err);

/* A POST that may be asked again with a crumb where it was refused for want of one: it did
 * nothing the first time. Never the trigger. Frees url; *out_status: 0 when no answer came. */
enum jenkins_reach jenkins_act(struct jenkins *j, char *url, int *out_status,
                               struct error *err);

/* A controller may do without crumbs; then there is nothing to send. */
void jenkins_fetch_crumb(struct jenkins *j);
void jenkins_forget_crumb(struct jenkins *j);

/* The answer was OK and yet of no use. */
enum jenkins_reach jenkins_nonsense(struct error *err);

enum jenkins_reach jenkins_read_item(struct jenkins *j, int64_t id, const char *parameter,
                                     struct jenkins_item *out, struct error *err);

#endif
