#include "backend/failover/jenkins_call.h"

#include <stdlib.h>
#include <string.h>

#include "backend/failover/jenkins_url.h"
#include "backend/mem.h"
#include "backend/net/secret.h"
#include "backend/net/text.h"

/* The flow graph of a pipeline with 10000 steps; answers to us have a hundredth of it. */
#define JSON_MAX ((size_t)4 * 1024 * 1024)

struct jenkins *jenkins_create(const struct config_jenkins *cfg, const char *job)
{
    struct jenkins_http *http = jenkins_http_create(cfg);
    if (!http) {
        return NULL;
    }
    struct jenkins *j = mem_alloc(1, sizeof *j);
    j->http = http;
    j->base = mem_strdup(cfg->url);
    j->job = mem_strdup(job);
    j->folder = jenkins_url_job(job);
    return j;
}

void jenkins_destroy(struct jenkins *j)
{
    if (!j) {
        return;
    }
    jenkins_http_destroy(j->http);
    secret_wipe(j->crumb, sizeof j->crumb);
    secret_wipe(j->cookie, sizeof j->cookie);
    free(j->base);
    free(j->job);
    free(j->folder);
    free(j);
}

void jenkins_interrupt(struct jenkins *j)
{
    jenkins_http_interrupt(j->http);
}

enum jenkins_reach jenkins_get(struct jenkins *j, enum jenkins_kind kind, char *url,
                               struct jenkins_answer *out, struct error *err)
{
    size_t max = kind == KIND_LOG ? JENKINS_LOG_MAX : JSON_MAX;
    bool came = jenkins_http_get(j->http, url, max, out, err);
    free(url);
    if (!came) {
        return JENKINS_UNREACHED;
    }
    if (out->too_big && kind != KIND_LOG) {
        error_set(err, "an answer of more than %zu MiB", JSON_MAX / 1024 / 1024);
        return JENKINS_ODD;
    }
    return jenkins_parse_reach(kind, &out->head, out->body, out->len, err);
}

enum jenkins_reach jenkins_nonsense(struct error *err)
{
    error_set(err, "an answer that drtop does not understand");
    return JENKINS_ODD;
}

void jenkins_forget_crumb(struct jenkins *j)
{
    secret_wipe(j->crumb, sizeof j->crumb);
    secret_wipe(j->cookie, sizeof j->cookie);
}

void jenkins_fetch_crumb(struct jenkins *j)
{
    struct jenkins_answer a;
    jenkins_forget_crumb(j);
    char *url = jenkins_url(j->base, "", "crumbIssuer/api/json");
    enum jenkins_reach reach = jenkins_get(j, KIND_API, url, &a, NULL);
    if (reach == JENKINS_OK && *a.head.cookie &&
        jenkins_parse_crumb(a.body, a.len, j->crumb, sizeof j->crumb)) {
        (void)text_copy(j->cookie, sizeof j->cookie, a.head.cookie);
    }
    if (!*j->cookie) {
        jenkins_forget_crumb(j);
    }
    secret_wipe(a.body, a.len);
    jenkins_answer_finish(&a);
}

enum jenkins_reach jenkins_act(struct jenkins *j, char *url, int *out_status, struct error *err)
{
    struct jenkins_answer a;
    bool came = jenkins_http_post(j->http, url, "", "", "", &a, err);
    if (came && jenkins_parse_wants_crumb(&a.head)) {
        jenkins_fetch_crumb(j);
        if (*j->crumb) {
            jenkins_answer_finish(&a);
            came = jenkins_http_post(j->http, url, "", j->crumb, j->cookie, &a, err);
        }
    }
    enum jenkins_reach reach = JENKINS_UNREACHED;
    *out_status = came ? a.head.status : 0;
    if (came) {
        reach = jenkins_parse_reach(KIND_ACTION, &a.head, a.body, a.len, err);
    }
    jenkins_answer_finish(&a);
    free(url);
    return reach;
}
