/* The jobs of the stand-in: fixed. */
#include "lab/jenkins_jobs.h"

#include <string.h>

static const struct param failover_params[] = {
    {"DEPLOYMENT_MODE", PARAM_CHOICE, "plan", {"plan", "deploy", "failover", NULL}},
    {"PLAN_TERRAFORM", PARAM_BOOLEAN, "true", {NULL}},
    {"APPLY_TERRAFORM", PARAM_BOOLEAN, "false", {NULL}},
    {"DEPLOY_ANSIBLE", PARAM_BOOLEAN, "false", {NULL}},
    {"DESTROY_TERRAFORM", PARAM_BOOLEAN, "false", {NULL}},
    {"DRTOP_REQUEST_ID", PARAM_STRING, "", {NULL}},
    {"DRTOP_OPERATOR", PARAM_STRING, "", {NULL}},
    {"DRTOP_REASON", PARAM_STRING, "", {NULL}},
    {0},
};

static struct job jobs[] = {
    {.path = "Azure-Gitea-Deployment",
     .pipeline = true,
     .params = failover_params,
     .one_at_a_time = true,
     .declared = true},
    {.path = "Azure-Gitea-Drill",
     .pipeline = true,
     .params = failover_params,
     .one_at_a_time = true,
     .declared = true},
    {.path = "ops/db team/fail over",
     .pipeline = true,
     .params = failover_params,
     .declared = true},
    {.path = "never-run", .pipeline = true, .params = failover_params},
    {.path = "disabled-job", .params = failover_params, .declared = true, .disabled = true},
    {.path = "no-parameters", .declared = true},
};

struct job *jobs_all(size_t *out_n)
{
    *out_n = sizeof jobs / sizeof jobs[0];
    for (size_t i = 0; i < *out_n; i++) {
        jobs[i].next_number = 1;
    }
    return jobs;
}

const char *job_name(const struct job *job)
{
    const char *slash = strrchr(job->path, '/');
    return slash ? slash + 1 : job->path;
}

static bool is_choice(const struct param *p, const char *value)
{
    for (size_t i = 0; p->choices[i]; i++) {
        if (strcmp(p->choices[i], value) == 0) {
            return true;
        }
    }
    return false;
}

json_object *param_value(const struct param *p, const char *value)
{
    json_object *v = json_object_new_object();
    json_object_object_add(v, "_class",
                           json_object_new_string(p->type == PARAM_BOOLEAN
                                                      ? "hudson.model.BooleanParameterValue"
                                                      : "hudson.model.StringParameterValue"));
    json_object_object_add(v, "name", json_object_new_string(p->name));
    json_object_object_add(v, "value",
                           p->type == PARAM_BOOLEAN
                               ? json_object_new_boolean(strcmp(value, "true") == 0)
                               : json_object_new_string(value));
    return v;
}

json_object *job_values(const struct job *job, json_object *given)
{
    json_object *values = json_object_new_array();
    for (const struct param *p = job->params; p && p->name; p++) {
        json_object *text = NULL;
        const char *value = p->fallback;
        if (given && json_object_object_get_ex(given, p->name, &text)) {
            value = json_object_get_string(text);
        }
        if (p->type == PARAM_CHOICE && !is_choice(p, value)) {
            json_object_put(values);
            return NULL;
        }
        json_object_array_add(values, param_value(p, value));
    }
    return values;
}
