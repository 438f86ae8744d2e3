/* What the API shows of jobs, builds and the queue. */
#include "lab/jenkins.h"
#include "lab/jenkins_jobs.h"

#include <stdio.h>
#include <string.h>

enum { BUILDS_SHOWN = 100, URL_MAX_ = 1024 };

static void text(json_object *o, const char *key, const char *value)
{
    json_object_object_add(o, key, value ? json_object_new_string(value) : NULL);
}

static void number(json_object *o, const char *key, int64_t value)
{
    json_object_object_add(o, key, json_object_new_int64(value));
}

static void flag(json_object *o, const char *key, bool value)
{
    json_object_object_add(o, key, json_object_new_boolean(value));
}

static json_object *of_class(const char *name)
{
    json_object *o = json_object_new_object();
    text(o, "_class", name);
    return o;
}

const char *job_url_path(const struct job *job, char *out, size_t size)
{
    size_t at = (size_t)snprintf(out, size, "job/");
    for (const char *p = job->path; *p && at + 8 < size; p++) {
        at += (size_t)snprintf(out + at, size - at,
                               *p == '/'   ? "/job/"
                               : *p == ' ' ? "%%20"
                                           : "%c",
                               *p);
    }
    return out;
}

static void job_url(json_object *o, const struct job *job, const char *base)
{
    char path[400], url[URL_MAX_];
    (void)snprintf(url, sizeof url, "%s/%s/", base, job_url_path(job, path, sizeof path));
    text(o, "url", url);
}

static void build_url(json_object *o, const struct job *job, int64_t n, const char *base)
{
    char path[400], url[URL_MAX_];
    (void)snprintf(url, sizeof url, "%s/%s/%lld/", base, job_url_path(job, path, sizeof path),
                   (long long)n);
    text(o, "url", url);
}

static const char *job_class(const struct job *job)
{
    return job->pipeline ? "org.jenkinsci.plugins.workflow.job.WorkflowJob"
                         : "hudson.model.FreeStyleProject";
}

static const char *build_class(const struct job *job)
{
    return job->pipeline ? "org.jenkinsci.plugins.workflow.job.WorkflowRun"
                         : "hudson.model.FreeStyleBuild";
}

static bool disabled(struct ctl *c, const struct job *job)
{
    return job->disabled || (job == &c->jobs[0] && knob(c, "disabled", NULL));
}

static void color(json_object *o, struct ctl *c, const struct job *job)
{
    const char *base = "notbuilt";
    char word[32];
    for (size_t i = job->n_builds; i-- > 0;) {
        const char *result = job->builds[i]->result;
        if (job->builds[i]->ended_ms) {
            base = strcmp(result, "SUCCESS") == 0   ? "blue"
                   : strcmp(result, "ABORTED") == 0 ? "aborted"
                                                    : "red";
            break;
        }
    }
    if (c && disabled(c, job)) {
        base = "disabled";
    }
    (void)snprintf(word, sizeof word, "%s%s", base, job_running(job) ? "_anime" : "");
    text(o, "color", word);
}

/* --- a build */

static json_object *parameters_action(const struct build *b)
{
    json_object *a = of_class("hudson.model.ParametersAction");
    json_object_object_add(a, "parameters", json_object_get(b->values));
    return a;
}

static json_object *actions_of(const struct build *b, const char *tree)
{
    json_object *list = json_object_new_array();
    json_object *causes = of_class("hudson.model.CauseAction");
    json_object_object_add(causes, "causes", json_object_get(b->causes));
    if (b->job->pipeline) {
        json_object_array_add(list, json_object_new_object());
    }
    bool first = b->number % 2 == 0; /* the order is not fixed */
    if (!first) {
        json_object_array_add(list, causes);
    }
    if (json_object_array_length(b->values) > 0) {
        json_object_array_add(list, parameters_action(b));
    }
    if (first) {
        json_object_array_add(list, causes);
    }
    json_object_array_add(list, of_class("jenkins.metrics.impl.TimeInQueueAction"));
    json_object_array_add(list, json_object_new_object());
    if (b->job->pipeline) {
        json_object *graph =
            of_class("org.jenkinsci.plugins.workflow.job.views.FlowGraphAction");
        if (tree && strstr(tree, "nodes")) {
            json_object_object_add(graph, "nodes", wfapi_nodes(b));
        }
        json_object_array_add(list, graph);
        json_object_array_add(list, json_object_new_object());
    }
    json_object_array_add(
        list, of_class("org.jenkinsci.plugins.displayurlapi.actions.RunDisplayAction"));
    return list;
}

/* The mean of the last three good ones. */
static int64_t estimated(const struct job *job)
{
    int64_t sum = 0, n = 0;
    for (size_t i = job->n_builds; i-- > 0 && n < 3;) {
        const struct build *b = job->builds[i];
        if (b->ended_ms && strcmp(b->result, "SUCCESS") == 0) {
            sum += b->ended_ms - b->started_ms;
            n++;
        }
    }
    return n > 0 ? sum / n : -1;
}

static void executor(json_object *o, const struct build *b)
{
    int64_t likely_ms = estimated(b->job), took_ms = wall_ms() - b->started_ms;
    int64_t percent = likely_ms > 0 ? took_ms * 100 / likely_ms : -1;
    json_object *e = json_object_new_object();
    number(e, "progress", percent > 99 ? 99 : percent);
    json_object_object_add(o, "executor", b->ended_ms ? NULL : e);
    if (b->ended_ms) {
        json_object_put(e);
    }
}

json_object *json_build(const struct build *b, const char *base, const char *tree)
{
    char name[200];
    json_object *o = of_class(build_class(b->job));
    json_object_object_add(o, "actions", actions_of(b, tree));
    flag(o, "building", b->ended_ms == 0);
    (void)snprintf(name, sizeof name, "#%lld", (long long)b->number);
    text(o, "displayName", name);
    number(o, "duration", b->ended_ms ? b->ended_ms - b->started_ms : 0);
    number(o, "estimatedDuration", estimated(b->job));
    executor(o, b);
    (void)snprintf(name, sizeof name, "%s #%lld", job_name(b->job), (long long)b->number);
    text(o, "fullDisplayName", name);
    (void)snprintf(name, sizeof name, "%lld", (long long)b->number);
    text(o, "id", name);
    flag(o, "keepLog", false);
    number(o, "number", b->number);
    number(o, "queueId", b->queue_id);
    text(o, "result", b->result[0] ? b->result : NULL);
    number(o, "timestamp", b->started_ms);
    build_url(o, b->job, b->number, base);
    flag(o, "inProgress", b->ended_ms == 0);
    return o;
}

/* --- a job */

static json_object *definition(const struct param *p)
{
    static const char *const types[] = {
        "StringParameterDefinition", "BooleanParameterDefinition", "ChoiceParameterDefinition"};
    char class[80];
    (void)snprintf(class, sizeof class, "hudson.model.%s", types[p->type]);
    json_object *o = of_class(class);
    json_object_object_add(o, "defaultParameterValue", param_value(p, p->fallback));
    text(o, "description", NULL);
    text(o, "name", p->name);
    text(o, "type", types[p->type]);
    if (p->type == PARAM_CHOICE) {
        json_object *choices = json_object_new_array();
        for (size_t i = 0; p->choices[i]; i++) {
            json_object_array_add(choices, json_object_new_string(p->choices[i]));
        }
        json_object_object_add(o, "choices", choices);
    }
    return o;
}

static json_object *property_of(const struct job *job)
{
    json_object *list = json_object_new_array();
    if (job->pipeline && job->one_at_a_time && job->declared) {
        json_object_array_add(list, of_class("org.jenkinsci.plugins.workflow.job.properties."
                                             "DisableConcurrentBuildsJobProperty"));
    }
    if (job->params && job->declared) {
        json_object *p = of_class("hudson.model.ParametersDefinitionProperty");
        json_object *definitions = json_object_new_array();
        for (const struct param *d = job->params; d->name; d++) {
            json_object_array_add(definitions, definition(d));
        }
        json_object_object_add(p, "parameterDefinitions", definitions);
        json_object_array_add(list, p);
    }
    return list;
}

static json_object *job_actions(const struct job *job)
{
    json_object *list = json_object_new_array(), *property = property_of(job);
    for (size_t i = 0; !job->pipeline && i < json_object_array_length(property); i++) {
        json_object_array_add(list, json_object_get(json_object_array_get_idx(property, i)));
    }
    json_object_put(property);
    json_object_array_add(list, json_object_new_object());
    json_object_array_add(
        list, of_class("org.jenkinsci.plugins.displayurlapi.actions.JobDisplayAction"));
    json_object_array_add(list,
                          of_class("com.cloudbees.plugins.credentials.ViewCredentialsAction"));
    return list;
}

/* Newest first; without tree= no more than where they are. */
static json_object *builds_of(const struct job *job, const char *base, const char *tree)
{
    json_object *list = json_object_new_array();
    for (size_t i = job->n_builds; i-- > 0 && job->n_builds - i <= BUILDS_SHOWN;) {
        json_object *one = NULL;
        if (tree) {
            one = json_build(job->builds[i], base, tree);
        } else {
            one = of_class(build_class(job));
            number(one, "number", job->builds[i]->number);
            build_url(one, job, job->builds[i]->number, base);
        }
        json_object_array_add(list, one);
    }
    return list;
}

static json_object *waiting_item(const struct ctl *c, const struct job *job, const char *base)
{
    for (size_t i = 0; i < c->n_items; i++) {
        if (c->items[i]->job == job && c->items[i]->state != ITEM_LEFT) {
            return json_item(c->items[i], base);
        }
    }
    return NULL;
}

json_object *json_job(struct ctl *c, const struct job *job, const char *base, const char *tree)
{
    json_object *o = of_class(job_class(job));
    json_object *item = waiting_item(c, job, base);
    json_object_object_add(o, "actions", job_actions(job));
    text(o, "fullName", job->path);
    text(o, "name", job_name(job));
    job_url(o, job, base);
    flag(o, "buildable", !disabled(c, job));
    if (!tree || strstr(tree, "uilds")) {
        json_object_object_add(o, "builds", builds_of(job, base, tree));
    }
    color(o, c, job);
    flag(o, "inQueue", item != NULL);
    json_object_object_add(
        o, "lastBuild",
        job->n_builds ? json_build(job->builds[job->n_builds - 1], base, tree) : NULL);
    number(o, "nextBuildNumber", job->next_number);
    json_object_object_add(o, "property", property_of(job));
    json_object_object_add(o, "queueItem", item);
    flag(o, "concurrentBuild", job->pipeline && (!job->one_at_a_time || !job->declared));
    if (!job->pipeline) {
        flag(o, "disabled", disabled(c, job));
    }
    return o;
}

/* --- the queue */

static const char *item_class(const struct item *item)
{
    static const char *const classes[] = {
        "hudson.model.Queue$WaitingItem", "hudson.model.Queue$BlockedItem",
        "hudson.model.Queue$BuildableItem", "hudson.model.Queue$LeftItem"};
    return classes[item->state];
}

static json_object *item_actions(const struct item *item)
{
    json_object *list = json_object_new_array();
    json_object *causes = of_class("hudson.model.CauseAction");
    if (json_object_array_length(item->values) > 0) {
        json_object *p = of_class("hudson.model.ParametersAction");
        json_object_object_add(p, "parameters", json_object_get(item->values));
        json_object_array_add(list, p);
    }
    json_object_object_add(causes, "causes", json_object_get(item->causes));
    json_object_array_add(list, causes);
    return list;
}

/* "\nA=x\nB=y" */
static void params_text(json_object *o, const struct item *item)
{
    struct buf b = {0};
    buf_text(&b, "");
    for (size_t i = 0; i < json_object_array_length(item->values); i++) {
        json_object *v = json_object_array_get_idx(item->values, i), *name, *value;
        if (json_object_object_get_ex(v, "name", &name) &&
            json_object_object_get_ex(v, "value", &value)) {
            buf_text(&b, "\n");
            buf_text(&b, json_object_get_string(name));
            buf_text(&b, "=");
            buf_text(&b, json_object_get_string(value));
        }
    }
    text(o, "params", b.data);
    buf_free(&b);
}

static json_object *task_of(const struct job *job, const char *base)
{
    json_object *task = of_class(job_class(job));
    text(task, "name", job_name(job));
    job_url(task, job, base);
    color(task, NULL, job);
    return task;
}

static void left_fields(json_object *o, const struct item *item, const char *base)
{
    json_object *executable = NULL;
    flag(o, "cancelled", item->cancelled);
    if (item->number) {
        executable = of_class(build_class(item->job));
        number(executable, "number", item->number);
        build_url(executable, item->job, item->number, base);
    }
    json_object_object_add(o, "executable", executable);
}

json_object *json_item(const struct item *item, const char *base)
{
    char url[64];
    json_object *o = of_class(item_class(item));
    json_object_object_add(o, "actions", item_actions(item));
    flag(o, "blocked", item->state == ITEM_BLOCKED);
    flag(o, "buildable", item->state == ITEM_BUILDABLE);
    number(o, "id", item->id);
    number(o, "inQueueSince", item->since_ms);
    params_text(o, item);
    flag(o, "stuck", item->stuck);
    json_object_object_add(o, "task", task_of(item->job, base));
    (void)snprintf(url, sizeof url, "queue/item/%lld/", (long long)item->id);
    text(o, "url", url);
    text(o, "why",
         item->state == ITEM_LEFT ? NULL
         : item->why[0]           ? item->why
                                  : "Finished waiting");
    if (item->state == ITEM_LEFT) {
        left_fields(o, item, base);
    } else if (item->state == ITEM_WAITING) {
        number(o, "timestamp", item->quiet_until_ms);
    } else {
        number(o, "buildableStartMilliseconds", item->quiet_until_ms);
    }
    if (item->state == ITEM_BUILDABLE) {
        flag(o, "pending", false);
    }
    return o;
}

/* The node step of a pipeline that has left the queue waits as an item of its own. */
static json_object *placeholder(const struct build *b)
{
    char name[200], path[400], url[URL_MAX_];
    json_object *o = of_class("hudson.model.Queue$BuildableItem");
    json_object *task = of_class("org.jenkinsci.plugins.workflow.support.steps."
                                 "ExecutorStepExecution$PlaceholderTask");
    (void)snprintf(name, sizeof name, "part of %s #%lld", b->job->path, (long long)b->number);
    text(task, "name", name);
    (void)snprintf(url, sizeof url, "%s/%lld/", job_url_path(b->job, path, sizeof path),
                   (long long)b->number);
    text(task, "url", url);
    flag(o, "blocked", false);
    flag(o, "buildable", true);
    number(o, "id", b->node_item);
    number(o, "inQueueSince", b->started_ms);
    text(o, "params", "");
    flag(o, "stuck", true);
    json_object_object_add(o, "task", task);
    text(o, "why", "‘Jenkins’ doesn’t have label ‘no-such-agent’");
    return o;
}

json_object *json_queue(const struct ctl *c, const char *base)
{
    json_object *o = of_class("hudson.model.Queue"), *items = json_object_new_array();
    for (size_t i = c->n_items; i-- > 0;) {
        if (c->items[i]->state != ITEM_LEFT) {
            json_object_array_add(items, json_item(c->items[i], base));
        }
    }
    for (size_t i = 0; i < c->n_jobs; i++) {
        for (size_t k = 0; k < c->jobs[i].n_builds; k++) {
            if (c->jobs[i].builds[k]->waits_for_node) {
                json_object_array_add(items, placeholder(c->jobs[i].builds[k]));
            }
        }
    }
    json_object_object_add(o, "items", items);
    return o;
}

json_object *json_root(struct ctl *c, const char *base)
{
    json_object *o = of_class("hudson.model.Hudson"), *jobs = json_object_new_array();
    text(o, "mode", "NORMAL");
    text(o, "nodeDescription", "the Jenkins controller's built-in node");
    number(o, "numExecutors", 2);
    for (size_t i = 0; i < c->n_jobs; i++) {
        if (!strchr(c->jobs[i].path, '/')) {
            json_object_array_add(jobs, task_of(&c->jobs[i], base));
        }
    }
    json_object_object_add(o, "jobs", jobs);
    flag(o, "quietingDown", knob(c, "quiet", NULL));
    flag(o, "useCrumbs", true);
    flag(o, "useSecurity", true);
    return o;
}
