/* The fixed jobs of lab-jenkins. */
#ifndef DRTOP_LAB_JENKINS_JOBS_H
#define DRTOP_LAB_JENKINS_JOBS_H

#include "lab/jenkins.h"

struct job *jobs_all(size_t *out_n);

/* A value of a parameter as JSON shows it. */
json_object *param_value(const struct param *p, const char *value);

#endif
