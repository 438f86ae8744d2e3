/* A build under way: its state, stages, input, log, and its end. */
#include "backend/failover/jenkins.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/failover/jenkins_call.h"
#include "backend/failover/jenkins_url.h"
#include "backend/net/text.h"

static char *build_url(struct jenkins *j, int64_t number, const char *tree)
{
    char rest[48];
    (void)snprintf(rest, sizeof rest, "%" PRId64 "/api/json", number);
    return jenkins_url_tree(j->base, j->folder, rest, tree);
}

static void read_waits(struct jenkins *j, struct jenkins_build *out)
{
    struct jenkins_answer a;
    char *url = jenkins_url_tree(j->base, "", "queue/api/json", "items[why,task[name,url]]");
    if (jenkins_get(j, KIND_API, url, &a, NULL) == JENKINS_OK) {
        (void)jenkins_parse_waits(a.body, a.len, j->job, out->number, out->waits,
                                  sizeof out->waits);
    }
    jenkins_answer_finish(&a);
}

static enum jenkins_reach read_build(struct jenkins *j, int64_t number,
                                     struct jenkins_build *out, bool *out_pipeline,
                                     struct error *err)
{
    struct jenkins_answer a;
    struct jenkins_build build;
    char *url = build_url(
        j, number, "number,building,inProgress,result,timestamp,duration,estimatedDuration");
    enum jenkins_reach reach = jenkins_get(j, KIND_API, url, &a, err);
    if (reach == JENKINS_OK &&
        (!jenkins_parse_build(a.body, a.len, &build, out_pipeline) || build.number != number)) {
        reach = jenkins_nonsense(err);
    }
    if (reach == JENKINS_OK) {
        (void)text_copy(build.boot, sizeof build.boot, a.head.boot);
        *out = build;
    }
    jenkins_answer_finish(&a);
    return reach;
}

enum jenkins_reach jenkins_build(struct jenkins *j, int64_t number, struct jenkins_build *out,
                                 struct error *err)
{
    bool pipeline = false;
    jenkins_http_begin(j->http);
    enum jenkins_reach reach = read_build(j, number, out, &pipeline, err);
    if (reach == JENKINS_OK && pipeline && out->building) {
        read_waits(j, out);
    }
    return reach;
}

/* A way that failed is of no interest when another one led there. */
static enum jenkins_reach concluded(enum jenkins_reach reach, const struct error *why,
                                    struct error *err)
{
    if (reach != JENKINS_OK) {
        error_set(err, "%s", why->text);
    }
    return reach;
}

enum jenkins_reach jenkins_stages(struct jenkins *j, int64_t number, const char *log_text,
                                  struct jenkins_stages *out, struct error *err)
{
    struct jenkins_answer a;
    struct error why = {0};
    jenkins_http_begin(j->http);
    char *url = jenkins_url(j->base, j->folder, "%" PRId64 "/wfapi/describe", number);
    enum jenkins_reach reach = jenkins_get(j, KIND_PLUGIN, url, &a, &why);
    bool parsed = reach == JENKINS_OK && jenkins_parse_wfapi(a.body, a.len, log_text, out);
    jenkins_answer_finish(&a);
    if (parsed || (reach != JENKINS_OK && reach != JENKINS_ABSENT && reach != JENKINS_ODD)) {
        return concluded(reach, &why, err);
    }
    url = build_url(j, number, "actions[nodes[id,displayName,iconColor,running]]");
    reach = jenkins_get(j, KIND_API, url, &a, &why);
    parsed = reach == JENKINS_OK && jenkins_parse_flowgraph(a.body, a.len, log_text, out);
    jenkins_answer_finish(&a);
    if (parsed || (reach != JENKINS_OK && reach != JENKINS_ODD)) {
        return concluded(reach, &why, err);
    }
    jenkins_parse_markers(log_text ? log_text : "", out);
    return JENKINS_OK;
}

static enum jenkins_reach read_input(struct jenkins *j, int64_t number,
                                     struct jenkins_input *out, char **out_raw_id,
                                     struct error *err)
{
    struct jenkins_answer a;
    char *url =
        jenkins_url(j->base, j->folder, "%" PRId64 "/wfapi/pendingInputActions", number);
    enum jenkins_reach reach = jenkins_get(j, KIND_PLUGIN, url, &a, err);
    if (reach == JENKINS_OK && !jenkins_parse_input(a.body, a.len, out, out_raw_id)) {
        reach = jenkins_nonsense(err);
    }
    jenkins_answer_finish(&a);
    return reach;
}

enum jenkins_reach jenkins_input(struct jenkins *j, int64_t number, struct jenkins_input *out,
                                 struct error *err)
{
    jenkins_http_begin(j->http);
    return read_input(j, number, out, NULL, err);
}

static enum jenkins_reach answer_pending(struct jenkins *j, int64_t number, const char *raw_id,
                                         bool proceed, struct error *err)
{
    int status;
    char *id = jenkins_url_encode(raw_id);
    char *url = jenkins_url(j->base, j->folder, "%" PRId64 "/input/%s/%s", number, id,
                            proceed ? "proceedEmpty" : "abort");
    free(id);
    enum jenkins_reach reach = jenkins_act(j, url, &status, err);
    if (reach == JENKINS_OK && status != 200 && status != 204) {
        error_set(err, "%d: sent elsewhere, perhaps to a login page", status);
        return JENKINS_UNREACHED;
    }
    if (reach == JENKINS_ABSENT) {
        error_set(err, "404: the input has been answered already");
    }
    return reach;
}

enum jenkins_reach jenkins_answer(struct jenkins *j, int64_t number, const char *id,
                                  bool proceed, struct error *err)
{
    struct jenkins_input input;
    char *raw_id = NULL;
    jenkins_http_begin(j->http);
    enum jenkins_reach reach = read_input(j, number, &input, &raw_id, err);
    if (reach == JENKINS_OK) {
        if (!input.pending || strcmp(input.id, id) != 0) {
            error_set(err, "the input %s waits no more", id);
            reach = JENKINS_ABSENT;
        } else if (input.n_inputs > 0) { /* the script would get null for each */
            error_set(err, "the input asks for %zu values: answer it in Jenkins",
                      input.n_inputs);
            reach = JENKINS_DENIED;
        } else {
            reach = answer_pending(j, number, raw_id, proceed, err);
        }
    }
    free(raw_id);
    return reach;
}

static enum jenkins_reach read_log(struct jenkins *j, int64_t number, int64_t start,
                                   struct jenkins_answer *out, struct error *err)
{
    char *url =
        jenkins_url(j->base, j->folder, "%" PRId64 "/logText/progressiveText?start=%" PRId64,
                    number, start);
    enum jenkins_reach reach = jenkins_get(j, KIND_LOG, url, out, err);
    if (reach == JENKINS_OK && !out->head.text_size.known) {
        error_set(err, "a log without its size");
        return JENKINS_ODD;
    }
    return reach;
}

enum jenkins_reach jenkins_log(struct jenkins *j, int64_t number, int64_t *inout_start,
                               char *out, size_t out_size, bool *out_more, struct error *err)
{
    struct jenkins_answer a;
    size_t skip = 0;
    jenkins_http_begin(j->http);
    enum jenkins_reach reach = read_log(j, number, *inout_start, &a, err);
    if (reach == JENKINS_OK && a.too_big) { /* only the end of it, then, from a whole line */
        int64_t back = (int64_t)JENKINS_LOG_MAX / 2;
        int64_t start = a.head.text_size.v > back ? a.head.text_size.v - back : 0;
        jenkins_answer_finish(&a);
        reach = read_log(j, number, start, &a, err);
        const char *newline = a.body && start > 0 ? memchr(a.body, '\n', a.len) : NULL;
        skip = newline ? (size_t)(newline - a.body) + 1 : 0;
    }
    if (reach == JENKINS_OK) {
        jenkins_parse_log(a.body ? a.body + skip : "", a.len - skip, out, out_size);
        *inout_start = a.head.text_size.v;
        *out_more = a.head.more_data;
    }
    jenkins_answer_finish(&a);
    return reach;
}

/* Whatever came of the POST, what is there now counts: an answer that was lost may have been a
 * yes. */
struct asked {
    enum jenkins_reach posted, looked;
    struct error posted_why, looked_why;
};

static enum jenkins_reach settle(const struct asked *a, bool ended, bool *out_ended,
                                 struct error *err)
{
    *out_ended = a->looked == JENKINS_OK && ended;
    if (*out_ended) {
        return JENKINS_OK;
    }
    return a->posted == JENKINS_OK ? concluded(a->looked, &a->looked_why, err)
                                   : concluded(a->posted, &a->posted_why, err);
}

enum jenkins_reach jenkins_stop(struct jenkins *j, int64_t number, bool *out_ended,
                                struct error *err)
{
    int status;
    bool pipeline = false;
    struct jenkins_build build = {0};
    struct asked a = {0};
    jenkins_http_begin(j->http);
    char *url = jenkins_url(j->base, j->folder, "%" PRId64 "/stop", number);
    a.posted = jenkins_act(j, url, &status, &a.posted_why);
    a.looked = read_build(j, number, &build, &pipeline, &a.looked_why);
    return settle(&a, !build.building, out_ended, err);
}

enum jenkins_reach jenkins_cancel(struct jenkins *j, int64_t queue_id, bool *out_ended,
                                  struct error *err)
{
    int status;
    struct jenkins_item item = {0};
    struct asked a = {0};
    jenkins_http_begin(j->http);
    char *url = jenkins_url(j->base, "", "queue/cancelItem?id=%" PRId64, queue_id);
    a.posted = jenkins_act(j, url, &status, &a.posted_why);
    a.looked = jenkins_read_item(j, queue_id, "", &item, &a.looked_why);
    if ((status == 404 || status == 500) &&
        (a.looked != JENKINS_OK || item.state == ITEM_LEFT)) {
        a.posted = JENKINS_OK; /* that is how it says that the item has left */
    }
    return settle(&a, item.state == ITEM_CANCELLED, out_ended, err);
}
