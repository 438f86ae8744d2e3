#include "backend/failover/jenkins.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/failover/jenkins_call.h"
#include "backend/failover/jenkins_url.h"
#include "backend/mem.h"
#include "backend/net/text.h"

static char *job_url(struct jenkins *j, const char *tree)
{
    return jenkins_url_tree(j->base, j->folder, "api/json", tree);
}

/* What is nice to know: the job has answered already, so what lacks here is unknown. Stops where
 * nobody answers any more. */
static void look_around(struct jenkins *j, struct jenkins_job *out)
{
    struct jenkins_answer a;
    char *url = jenkins_url_tree(j->base, "", "api/json", "quietingDown");
    enum jenkins_reach reach = jenkins_get(j, KIND_API, url, &a, NULL);
    if (reach == JENKINS_OK) {
        (void)jenkins_parse_quieting(a.body, a.len, &out->quieting);
    }
    jenkins_answer_finish(&a);
    if (reach == JENKINS_UNREACHED) {
        return;
    }
    reach = jenkins_get(j, KIND_API, jenkins_url(j->base, "", "whoAmI/api/json"), &a, NULL);
    if (reach == JENKINS_OK) {
        (void)jenkins_parse_user(a.body, a.len, out->user, sizeof out->user);
    }
    jenkins_answer_finish(&a);
    if (reach != JENKINS_UNREACHED) {
        jenkins_fetch_crumb(j);
    }
}

enum jenkins_reach jenkins_look(struct jenkins *j, struct jenkins_job *out, struct error *err)
{
    static const char tree[] =
        "name,fullName,buildable,disabled,concurrentBuild,inQueue,nextBuildNumber,"
        "lastBuild[number,building],property[parameterDefinitions[name,type,choices]]";
    struct jenkins_answer a;
    jenkins_http_begin(j->http);
    jenkins_forget_crumb(j);
    enum jenkins_reach reach = jenkins_get(j, KIND_API, job_url(j, tree), &a, err);
    if (reach == JENKINS_OK && !jenkins_parse_job(a.body, a.len, out)) {
        reach = jenkins_nonsense(err);
    }
    if (reach == JENKINS_OK) {
        (void)text_copy(out->boot, sizeof out->boot, a.head.boot);
        (void)text_copy(out->version, sizeof out->version, a.head.version);
        look_around(j, out);
    }
    jenkins_answer_finish(&a);
    return reach;
}

/* name=value&name=value; free() it. */
static char *make_form(const struct jenkins_value *values, size_t n)
{
    size_t size = 1;
    for (size_t i = 0; i < n; i++) {
        size += 3 * (strlen(values[i].name) + strlen(values[i].value)) + 2;
    }
    char *form = mem_alloc(size, 1);
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        char *name = jenkins_url_encode(values[i].name);
        char *value = jenkins_url_encode(values[i].value);
        int wrote = snprintf(form + len, size - len, "%s%s=%s", i ? "&" : "", name, value);
        len += wrote > 0 ? (size_t)wrote : 0;
        free(name);
        free(value);
    }
    return form;
}

struct jenkins_triggered jenkins_trigger(struct jenkins *j, const struct jenkins_value *values,
                                         size_t n, struct error *err)
{
    struct jenkins_answer a;
    struct jenkins_triggered t = {.what = TRIGGER_NOT_SENT};
    if (n == 0) { /* Jenkins would take the default of every parameter */
        error_set(err, "no parameters to send");
        return t;
    }
    jenkins_http_begin(j->http);
    char *form = make_form(values, n);
    char *url = jenkins_url(j->base, j->folder, "buildWithParameters");
    bool came = jenkins_http_post(j->http, url, form, j->crumb, j->cookie, &a, err);
    if (a.head.status != 0 && came) {
        t = jenkins_parse_trigger(&a.head, err);
    } else if (a.wire_us != 0) {
        t.what = TRIGGER_UNKNOWN;
        t.http_status = a.head.status;
    }
    t.wire_us = a.wire_us;
    jenkins_answer_finish(&a);
    free(form);
    free(url);
    return t;
}

enum jenkins_reach jenkins_read_item(struct jenkins *j, int64_t id, const char *parameter,
                                     struct jenkins_item *out, struct error *err)
{
    char rest[64];
    struct jenkins_answer a;
    bool ours = false;
    (void)snprintf(rest, sizeof rest, "queue/item/%" PRId64 "/api/json", id);
    char *url = jenkins_url_tree(j->base, "", rest,
                                 "id,why,stuck,blocked,buildable,cancelled,executable[number],"
                                 "task[name],actions[parameters[name,value]]");
    enum jenkins_reach reach = jenkins_get(j, KIND_API, url, &a, err);
    struct jenkins_item item;
    if (reach == JENKINS_OK &&
        (!jenkins_parse_item(a.body, a.len, j->job, parameter, &item, &ours) ||
         item.id != id)) {
        reach = jenkins_nonsense(err);
    }
    if (reach == JENKINS_OK && !ours) { /* after a crash numbers begin anew */
        error_set(err, "queue item %" PRId64 " is another job's", id);
        reach = JENKINS_ABSENT;
    }
    if (reach == JENKINS_OK) {
        *out = item;
    }
    jenkins_answer_finish(&a);
    return reach;
}

enum jenkins_reach jenkins_item(struct jenkins *j, int64_t id, const char *parameter,
                                struct jenkins_item *out, struct error *err)
{
    jenkins_http_begin(j->http);
    return jenkins_read_item(j, id, parameter, out, err);
}

enum jenkins_reach jenkins_find(struct jenkins *j, const char *parameter,
                                const char *request_id, struct jenkins_found *out,
                                struct error *err)
{
    struct jenkins_found found = {0};
    struct jenkins_answer a;
    jenkins_http_begin(j->http);
    /* The queue first: what leaves it meanwhile is among the builds then. */
    char *url = jenkins_url_tree(
        j->base, "", "queue/api/json",
        "items[id,task[name],actions[parameters[name,value],causes[shortDescription]]]");
    enum jenkins_reach reach = jenkins_get(j, KIND_API, url, &a, err);
    if (reach == JENKINS_OK &&
        !jenkins_parse_queue_search(a.body, a.len, j->job, parameter, request_id, &found)) {
        reach = jenkins_nonsense(err);
    }
    jenkins_answer_finish(&a);
    if (reach != JENKINS_OK) {
        return reach;
    }
    url = job_url(j, "builds[number,actions[parameters[name,value],causes[shortDescription]]]"
                     "{0,50}");
    reach = jenkins_get(j, KIND_API, url, &a, err);
    if (reach == JENKINS_OK &&
        !jenkins_parse_build_search(a.body, a.len, parameter, request_id, &found)) {
        reach = jenkins_nonsense(err);
    }
    jenkins_answer_finish(&a);
    if (reach == JENKINS_OK || found.in_queue) {
        *out = found;
        return JENKINS_OK;
    }
    return reach;
}
