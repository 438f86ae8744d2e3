/* Everything under a job: trigger, builds, logs, stages, inputs, stop. */
#include "lab/jenkins_routes.h"
#include "lab/util.h"

#include <stdio.h>
#include <string.h>

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* --- trigger */

static void oops(struct reply *r, const char *why)
{
    reply_page(r, 500, KIND_PAGE, "Oops! - Jenkins", why);
}

static bool job_disabled(struct ctl *c, const struct job *job)
{
    return job->disabled || (job == &c->jobs[0] && knob(c, "disabled", NULL));
}

/* "delay=5sec" */
static int64_t delay_ms(const struct ctl *c, const struct request *q)
{
    const char *text = request_value(q, "delay");
    long long seconds = 0;
    return text && sscanf(text, "%lldsec", &seconds) == 1 ? seconds * 1000 : c->opt.quiet_ms;
}

static void accept_request(struct ctl *c, struct request *q, struct reply *r, struct job *job,
                           json_object *values, bool tells_joins)
{
    bool joined = false;
    struct item *item = ctl_enqueue(c, job, values, q->user->name, delay_ms(c, q), &joined);
    r->status = joined && tells_joins ? 303 : 201;
    r->kind = KIND_EMPTY;
    if (r->status == 201) {
        reply_header(r, "Vary", "Accept-Encoding");
    }
    (void)snprintf(r->location, sizeof r->location, "%s/queue/item/%lld/", q->front,
                   (long long)item->id);
}

static void trigger(struct ctl *c, struct request *q, struct reply *r, struct job *job,
                    bool with_parameters)
{
    json_object *values = NULL;
    bool takes = job->params && job->declared;
    if (!is_post(q)) {
        wants_post(r);
    } else if (!q->user->may_build) {
        forbidden(q, r, "Job/Build", "hudson.model.Item.Build");
    } else if (job_disabled(c, job)) {
        reply_page(r, 409, KIND_PAGE, "Conflict - Jenkins", "This project is disabled");
    } else if (!with_parameters && takes) {
        reply_page(r, 400, KIND_JETTY, "Error 400 Nothing is submitted",
                   "HTTP ERROR 400 Nothing is submitted");
    } else if (!with_parameters) {
        accept_request(c, q, r, job, job_values(job, NULL), false);
    } else if (!takes) {
        oops(r, "A problem occurred: the job is not parameterized");
    } else if (!(values = job_values(job, q->form))) {
        oops(r, "A problem occurred: illegal choice for a parameter");
    } else {
        accept_request(c, q, r, job, values, true);
    }
}

/* --- log */

/* Console notes go, line ends become CRLF. */
static void add_text(struct buf *out, const char *data, size_t len, bool crlf)
{
    static const char begin[] = "\033[8mha:", end[] = "\033[0m";
    for (size_t i = 0; i < len; i++) {
        const char *p = data + i;
        if (len - i > strlen(begin) && memcmp(p, begin, strlen(begin)) == 0) {
            const char *after = strstr(p, end);
            if (after) {
                i += (size_t)(after - p) + strlen(end) - 1;
                continue;
            }
        }
        buf_add(out, *p == '\n' && crlf ? "\r\n" : p, *p == '\n' && crlf ? 2 : 1);
    }
}

static void progressive(struct request *q, struct reply *r, const struct build *b)
{
    const char *text = request_value(q, "start");
    char size[32];
    int64_t start = 0;
    if (text && !util_parse(text, 0, INT64_MAX, &start)) {
        oops(r, "A problem occurred: start is no number");
        return;
    }
    size_t from = (uint64_t)start > b->log.len ? 0 : (size_t)start; /* beyond the end: all */
    r->status = 200;
    r->kind = KIND_TEXT;
    (void)snprintf(size, sizeof size, "%zu", b->log.len);
    reply_header(r, "X-Text-Size", size);
    if (b->ended_ms == 0) {
        reply_header(r, "X-More-Data", "true");
    }
    if (b->log.data) {
        add_text(&r->body, b->log.data + from, b->log.len - from, true);
    }
}

static void console_text(struct reply *r, const struct build *b)
{
    r->status = 200;
    r->kind = KIND_TEXT;
    if (b->log.data) {
        add_text(&r->body, b->log.data, b->log.len, false);
    }
}

/* --- stages and inputs */

static void no_plugin(struct reply *r)
{
    reply_page(r, 404, KIND_PLAIN, "Error", "Not found");
}

static void route_wfapi(struct ctl *c, struct reply *r, const struct build *b, const char *what)
{
    bool there = b->job->pipeline && !knob(c, "no-wfapi", NULL);
    if (there && is(what, "describe")) {
        reply_json(r, KIND_WFAPI, wfapi_describe(c, b));
    } else if (there && is(what, "pendingInputActions")) {
        reply_json(r, KIND_WFAPI, wfapi_pending(c, b));
    } else {
        no_plugin(r);
    }
}

static void decide_input(struct ctl *c, struct request *q, struct reply *r, struct build *b,
                         const char *id, const char *verb)
{
    bool proceed = is(verb, "proceedEmpty");
    const char *why = proceed ? "You need to have Job/Build permissions to submit this."
                              : "You need to have Job/Cancel permissions to cancel this.";
    if (!is_post(q)) {
        wants_post(r);
    } else if (!is(b->input_id, id) || b->ended_ms) {
        not_found(r);
    } else if (proceed ? !q->user->may_build : !q->user->may_cancel) {
        reply_page(r, 400, KIND_PAGE, "Error - Jenkins", why);
        reply_header(r, "X-Error", why);
    } else {
        build_answer(c, b, proceed, q->user->name);
        r->status = 200;
        r->kind = KIND_EMPTY;
    }
}

/* --- a build */

static void stop(struct ctl *c, struct request *q, struct reply *r, struct build *b)
{
    if (!is_post(q)) {
        wants_post(r);
    } else if (!q->user->may_cancel) {
        forbidden(q, r, "Job/Cancel", "hudson.model.Item.Cancel");
    } else {
        char path[400];
        build_stop(c, b, q->user->name);
        r->status = 302;
        r->kind = KIND_EMPTY;
        (void)snprintf(r->location, sizeof r->location, "%s/%s/%lld/", q->front,
                       job_url_path(b->job, path, sizeof path), (long long)b->number);
    }
}

static void route_build(struct ctl *c, struct request *q, struct reply *r, struct build *b,
                        char **parts, size_t n)
{
    if (n == 0) {
        reply_page(r, 200, KIND_PAGE, "Build - Jenkins", "Build");
    } else if (n == 2 && is(parts[0], "api") && is(parts[1], "json")) {
        show(q, r, json_build(b, q->base, request_value(q, "tree")));
    } else if (n == 1 && is(parts[0], "stop")) {
        stop(c, q, r, b);
    } else if (n == 2 && is(parts[0], "logText") && is(parts[1], "progressiveText")) {
        progressive(q, r, b);
    } else if (n == 1 && is(parts[0], "consoleText")) {
        console_text(r, b);
    } else if (n == 2 && is(parts[0], "wfapi")) {
        route_wfapi(c, r, b, parts[1]);
    } else if (n == 3 && is(parts[0], "input") &&
               (is(parts[2], "proceedEmpty") || is(parts[2], "abort"))) {
        decide_input(c, q, r, b, parts[1], parts[2]);
    } else {
        not_found(r);
    }
}

static struct build *find_build(const struct job *job, const char *text)
{
    int64_t number;
    if (is(text, "lastBuild")) {
        return job->n_builds ? job->builds[job->n_builds - 1] : NULL;
    }
    return util_parse(text, 1, INT64_MAX, &number) ? job_build(job, number) : NULL;
}

void route_job(struct ctl *c, struct request *q, struct reply *r, struct job *job, char **parts,
               size_t n)
{
    struct build *b = n > 0 ? find_build(job, parts[0]) : NULL;
    if (n == 0) {
        reply_page(r, 200, KIND_PAGE, "Job - Jenkins", "Job");
    } else if (n == 2 && is(parts[0], "api") && is(parts[1], "json")) {
        show(q, r, json_job(c, job, q->base, request_value(q, "tree")));
    } else if (n == 1 && (is(parts[0], "build") || is(parts[0], "buildWithParameters"))) {
        trigger(c, q, r, job, is(parts[0], "buildWithParameters"));
    } else if (b) {
        build_tick(c, b);
        route_build(c, q, r, b, parts + 1, n - 1);
    } else {
        not_found(r);
    }
}
