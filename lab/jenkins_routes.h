/* What the routes of lab-jenkins share. All with the lock held. */
#ifndef DRTOP_LAB_JENKINS_ROUTES_H
#define DRTOP_LAB_JENKINS_ROUTES_H

#include "lab/jenkins_http.h"

bool is_post(const struct request *q);
void not_found(struct reply *r);
void wants_post(struct reply *r);
void forbidden(const struct request *q, struct reply *r, const char *permission,
               const char *class);
void show(struct request *q, struct reply *r, json_object *o);

/* Everything under a job: parts is what follows its path. */
void route_job(struct ctl *c, struct request *q, struct reply *r, struct job *job, char **parts,
               size_t n);

#endif
