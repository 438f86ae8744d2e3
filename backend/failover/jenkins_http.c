#define _GNU_SOURCE /* memmem() */
#include "backend/failover/jenkins_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/fact/clock.h"
#include "backend/mem.h"
#include "backend/net/http_easy.h"
#include "backend/net/text.h"

/* Answers to a POST are empty or a page of 10 KiB. */
#define POST_BODY_MAX ((size_t)64 * 1024)
#define HEAD_MAX      ((size_t)64 * 1024)

struct jenkins_http {
    const struct config_jenkins *cfg;
    CURLM *multi;
    CURL *getter; /* for GETs alone: a POST on a kept connection may be sent twice */
    char *host;   /* for messages */
    atomic_bool interrupted;
};

/* One request on its way. */
struct exchange {
    struct jenkins_answer *answer;
    size_t body_max, room, head_len;
    char says[CURL_ERROR_SIZE];
};

static size_t on_head(char *data, size_t size, size_t n, void *arg)
{
    struct exchange *x = arg;
    x->head_len += size * n;
    if (x->head_len > HEAD_MAX) {
        return 0;
    }
    jenkins_parse_head(&x->answer->head, data, size * n);
    return size * n;
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
    struct exchange *x = arg;
    struct jenkins_answer *a = x->answer;
    size_t len = size * n;
    if (len > x->body_max - a->len) {
        a->too_big = true;
        return 0;
    }
    if (a->len + len + 1 > x->room) {
        x->room = 2 * (a->len + len + 1);
        a->body = mem_realloc(a->body, x->room, 1);
    }
    memcpy(a->body + a->len, data, len);
    a->len += len;
    a->body[a->len] = '\0';
    return len;
}

/* libcurl has a connection and is about to send. Without this nothing was sent; and a second time
 * would be a second POST, whatever libcurl's reason. */
static int on_send(void *arg, char *ip, char *local_ip, int port, int local_port)
{
    struct exchange *x = arg;
    (void)ip;
    (void)local_ip;
    (void)port;
    (void)local_port;
    if (x->answer->wire_us != 0) {
        return CURL_PREREQFUNC_ABORT;
    }
    x->answer->wire_us = clock_real_us();
    return CURL_PREREQFUNC_OK;
}

static void set_common(CURL *easy, const struct jenkins_http *http, bool fresh)
{
    const struct http_easy_options options = {
        .ca = http->cfg->ca, .verify_tls = http->cfg->verify_tls, .fresh = fresh};
    http_easy_set(easy, &options);
    http_easy_set_deadline(easy, http->cfg->timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L); /* a name may be ".." */
    /* At once: Jenkins asks nobody for a login, it says 403. */
    (void)curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    (void)curl_easy_setopt(easy, CURLOPT_USERNAME, http->cfg->user);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
}

struct jenkins_http *jenkins_http_create(const struct config_jenkins *cfg)
{
    struct jenkins_http *http = mem_alloc(1, sizeof *http);
    http->cfg = cfg;
    http->multi = curl_multi_init();
    http->getter = curl_easy_init();
    http->host = http_easy_host(cfg->url);
    atomic_init(&http->interrupted, false);
    if (!http->multi || !http->getter) {
        jenkins_http_destroy(http);
        return NULL;
    }
    set_common(http->getter, http, false);
    return http;
}

void jenkins_http_destroy(struct jenkins_http *http)
{
    if (!http) {
        return;
    }
    curl_easy_cleanup(http->getter);
    (void)curl_multi_cleanup(http->multi);
    free(http->host);
    free(http);
}

void jenkins_http_begin(struct jenkins_http *http)
{
    atomic_store(&http->interrupted, false);
}

void jenkins_http_interrupt(struct jenkins_http *http)
{
    atomic_store(&http->interrupted, true);
    (void)curl_multi_wakeup(http->multi);
}

void jenkins_answer_finish(struct jenkins_answer *answer)
{
    free(answer->body);
    *answer = (struct jenkins_answer){0};
}

/* A page that repeats what was sent must not carry the token to a screen or a record. */
static void blot(char *text, size_t len, const char *token)
{
    size_t n = strlen(token);
    while (n > 0 && len >= n) {
        char *at = memmem(text, len, token, n);
        if (!at) {
            return;
        }
        memset(at, '*', n);
        len -= (size_t)(at + n - text);
        text = at + n;
    }
}

static void blot_answer(struct jenkins_answer *a, const char *token)
{
    char *const texts[] = {a->head.location, a->head.version, a->head.boot, a->head.permission,
                           a->head.error};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        blot(texts[i], strlen(texts[i]), token);
    }
    blot(a->body, a->len, token);
}

static bool conclude(const struct jenkins_http *http, CURL *easy, CURLcode code,
                     const struct exchange *x, struct error *err)
{
    struct error says = {0};
    if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && x->answer->too_big)) {
        return x->answer->head.status != 0;
    }
    if (x->head_len > HEAD_MAX) {
        error_set(err, "answered with headers without end");
        return false;
    }
    http_easy_explain(easy, code, x->says, http->host, http->cfg->timeout_ms, &says);
    if (err) {
        (void)text_clean_str(err->text, sizeof err->text, says.text);
    }
    return false;
}

static bool transfer(struct jenkins_http *http, CURL *easy, struct exchange *x,
                     struct error *err)
{
    CURLcode code = CURLE_FAILED_INIT;
    if (curl_multi_add_handle(http->multi, easy) != CURLM_OK) {
        error_set(err, "libcurl refuses the request");
        return false;
    }
    bool ended = http_easy_run(http->multi, &http->interrupted, &code);
    bool complete = ended && conclude(http, easy, code, x, err);
    if (!ended) {
        error_set(err, "%s",
                  atomic_load(&http->interrupted) ? "interrupted" : "libcurl gave up");
    }
    (void)curl_multi_remove_handle(http->multi, easy);
    return complete;
}

/* The part that knows the token. */
static bool ask(struct jenkins_http *http, CURL *easy, struct exchange *x, struct error *err)
{
    char token[SECRET_MAX];
    struct error why = {0};
    if (!secret_fetch(&http->cfg->token, http->cfg->timeout_ms, token, &why)) {
        error_set(err, "token: %s", why.text);
        return false;
    }
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->says);
    (void)curl_easy_setopt(easy, CURLOPT_PASSWORD, token);
    bool complete = transfer(http, easy, x, err);
    (void)curl_easy_setopt(easy, CURLOPT_PASSWORD, NULL);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL);
    blot_answer(x->answer, token);
    secret_wipe(token, sizeof token);
    return complete;
}

bool jenkins_http_get(struct jenkins_http *http, const char *url, size_t body_max,
                      struct jenkins_answer *out, struct error *err)
{
    struct exchange x = {.answer = out, .body_max = body_max};
    *out = (struct jenkins_answer){.body = mem_alloc(1, 1)};
    (void)curl_easy_setopt(http->getter, CURLOPT_URL, url);
    return ask(http, http->getter, &x, err);
}

/* NULL, and the list freed, when there is no memory for a line: a header less is another
 * request. */
static struct curl_slist *append(struct curl_slist *list, const char *line)
{
    struct curl_slist *longer = list && *line ? curl_slist_append(list, line) : list;
    if (list && !longer) {
        curl_slist_free_all(list);
    }
    return longer;
}

bool jenkins_http_post(struct jenkins_http *http, const char *url, const char *form,
                       const char *crumb, const char *cookie, struct jenkins_answer *out,
                       struct error *err)
{
    struct exchange x = {.answer = out, .body_max = POST_BODY_MAX};
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = append(curl_slist_append(NULL, "Accept: */*"), crumb);
    headers = append(headers, "Expect:"); /* no 100-continue: one answer to one request */
    bool complete = false;
    *out = (struct jenkins_answer){.body = mem_alloc(1, 1)};
    if (easy && headers) {
        set_common(easy, http, true);
        (void)curl_easy_setopt(easy, CURLOPT_URL, url);
        (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
        (void)curl_easy_setopt(easy, CURLOPT_COOKIE, *cookie ? cookie : NULL);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(form));
        (void)curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, form);
        (void)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
        (void)curl_easy_setopt(easy, CURLOPT_PREREQDATA, &x);
        complete = ask(http, easy, &x, err);
    } else {
        error_set(err, "libcurl gives no handle");
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
    return complete;
}
