#include "backend/cloud/aws_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "backend/fact/clock.h"
#include "backend/mem.h"
#include "backend/net/http_easy.h"
#include "backend/net/secret.h"
#include "backend/net/text.h"

#define HEAD_MAX    ((size_t)64 * 1024)
#define RETRY_MAX_S 86400

struct aws_http {
    CURLM *multi;
    CURL *easy;
    const char *ca;
    int64_t deadline_ms; /* of clock_system's mono_ms */
    atomic_bool interrupted;
    atomic_bool stop; /* interrupted, or the answer was refused */
};

/* One request on its way. */
struct exchange {
    struct aws_http *http;
    const struct aws_request *request;
    struct aws_answer *answer;
    struct http_secretive sink;
    size_t body, head;
    bool too_long;
    char says[CURL_ERROR_SIZE];
};

struct aws_http *aws_http_create(const char *ca)
{
    struct aws_http *http = mem_alloc(1, sizeof *http);
    http->multi = curl_multi_init();
    http->easy = curl_easy_init();
    http->ca = ca;
    atomic_init(&http->interrupted, false);
    atomic_init(&http->stop, false);
    if (!http->multi || !http->easy) {
        aws_http_destroy(http);
        return NULL;
    }
    return http;
}

void aws_http_destroy(struct aws_http *http)
{
    if (http) {
        curl_easy_cleanup(http->easy);
        (void)curl_multi_cleanup(http->multi);
        free(http);
    }
}

void aws_http_begin(struct aws_http *http, int64_t timeout_ms)
{
    http->deadline_ms = clock_mono_ms(&clock_system) + timeout_ms;
    atomic_store(&http->interrupted, false);
}

int64_t aws_http_left_ms(const struct aws_http *http)
{
    int64_t left = http->deadline_ms - clock_mono_ms(&clock_system);
    return left > 0 ? left : 0;
}

int64_t aws_http_within(struct aws_http *http, int64_t limit_ms)
{
    int64_t former = http->deadline_ms;
    int64_t sooner = clock_mono_ms(&clock_system) + limit_ms;
    http->deadline_ms = sooner < former ? sooner : former;
    return former;
}

void aws_http_resume(struct aws_http *http, int64_t former)
{
    http->deadline_ms = former;
}

void aws_http_interrupt(struct aws_http *http)
{
    atomic_store(&http->interrupted, true);
    atomic_store(&http->stop, true);
    (void)curl_multi_wakeup(http->multi);
}

const atomic_bool *aws_http_interrupted(const struct aws_http *http)
{
    return &http->interrupted;
}

/* --- the answer --- */

/* The value of a header line when it is the one named; both ends trimmed. */
static bool header_is(const char *line, size_t len, const char *name, char *out, size_t size)
{
    size_t n = strlen(name);
    if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':') {
        return false;
    }
    line += n + 1;
    len -= n + 1;
    while (len > 0 && (*line == ' ' || *line == '\t')) {
        line++;
        len--;
    }
    while (len > 0 && strchr(" \t\r\n", line[len - 1])) {
        len--;
    }
    (void)text_clean(out, size, line, len);
    return true;
}

static size_t on_head(char *line, size_t size, size_t n, void *arg)
{
    struct exchange *x = arg;
    size_t len = size * n;
    char value[64];
    x->head += len;
    if (x->head > HEAD_MAX) {
        x->sink.refused = true; /* the rest is swallowed until http_easy_run() ends it */
        atomic_store(&x->http->stop, true);
    } else if (header_is(line, len, "Date", value, sizeof value)) {
        time_t date = curl_getdate(value, NULL);
        x->answer->date_ms = date > 0 ? (int64_t)date * 1000 : 0;
    } else if (header_is(line, len, "Content-Type", value, sizeof value)) {
        (void)text_copy(x->answer->content_type, sizeof x->answer->content_type, value);
    }
    return len;
}

static bool on_piece(void *arg, const char *piece, size_t len)
{
    struct exchange *x = arg;
    long status = 0;
    (void)curl_easy_getinfo(x->http->easy, CURLINFO_RESPONSE_CODE, &status);
    if (len > x->request->max - x->body) {
        x->too_long = true;
        return false;
    }
    x->body += len;
    return x->request->take(x->request->ctx, (int)status, piece, len);
}

static void read_answer(CURL *easy, struct aws_answer *out)
{
    long status = 0;
    curl_off_t after = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &after);
    out->status = (int)status;
    out->retry_after_s = after < 0 ? 0 : after > RETRY_MAX_S ? RETRY_MAX_S : after;
}

static void explain(const struct exchange *x, CURLcode code, int64_t limit_ms,
                    struct error *err)
{
    struct error says = {0};
    char *host = http_easy_host(x->request->url);
    http_easy_explain(x->http->easy, code, x->says, host, limit_ms, &says);
    free(host);
    if (err) {
        (void)text_clean_str(err->text, sizeof err->text, says.text);
    }
}

static bool conclude(struct exchange *x, bool ended, CURLcode code, int64_t limit_ms,
                     struct error *err)
{
    x->answer->interrupted = atomic_load(&x->http->interrupted);
    read_answer(x->http->easy, x->answer);
    if (x->too_long) {
        error_set(err, "answered with more than %zu bytes", x->request->max);
    } else if (x->head > HEAD_MAX) {
        error_set(err, "answered with headers without end");
    } else if (x->sink.refused) {
        error_set(err, "answer refused");
    } else if (ended && code == CURLE_OK) {
        x->answer->interrupted = false;
        return x->answer->status != 0;
    } else if (ended) {
        explain(x, code, limit_ms, err);
    } else {
        error_set(err, "%s", x->answer->interrupted ? "interrupted" : "libcurl gave up");
    }
    return false;
}

/* --- the request --- */

/* NULL, and the list freed, when there is no memory for a line: a header less is another
 * request. */
static struct curl_slist *append(struct curl_slist *list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(list, line);
    if (!longer) {
        curl_slist_free_all(list);
    }
    return longer;
}

static bool make_headers(const struct aws_request *request, struct curl_slist **out)
{
    static const char name[] = "X-Amz-Security-Token: ";
    for (const char *const *h = request->headers; h && *h; h++) {
        if (!(*out = append(*out, *h))) {
            return false;
        }
    }
    if (!request->keys || request->keys->token[0] == '\0') {
        return true;
    }
    char line[sizeof name + AWS_TOKEN_MAX];
    (void)snprintf(line, sizeof line, "%s%s", name, request->keys->token);
    *out = append(*out, line);
    secret_wipe(line, sizeof line);
    return *out != NULL;
}

/* libcurl sends a request unsigned, and says nothing, when it has no user name. */
static bool sign(CURL *easy, const struct aws_request *request)
{
    char how[128];
    int n = snprintf(how, sizeof how, "aws:amz:%s:%s", request->region, request->service);
    return n > 0 && (size_t)n < sizeof how && aws_is_region(request->region) &&
           request->keys->id[0] && request->keys->secret[0] &&
           curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, how) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERNAME, request->keys->id) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PASSWORD, request->keys->secret) == CURLE_OK;
}

static bool set_request(CURL *easy, const struct exchange *x, struct curl_slist *headers)
{
    const struct aws_request *request = x->request;
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_URL, request->url);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    if (strcmp(request->method, "POST") == 0) {
        /* Of a read function libcurl would not sign what it reads. */
        (void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(request->body));
        rc = rc ? rc : curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
    } else if (strcmp(request->method, "GET") != 0) {
        rc = rc ? rc : curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    }
    return rc == CURLE_OK && (!request->keys || sign(easy, request));
}

static void set_common(CURL *easy, struct exchange *x, int64_t limit_ms)
{
    const struct http_easy_options options = {.ca = x->http->ca, .verify_tls = true};
    curl_easy_reset(easy);
    http_easy_set(easy, &options);
    http_easy_set_deadline(easy, limit_ms);
    http_easy_set_secretive(easy, &x->sink);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->says);
}

static bool transfer(struct exchange *x, int64_t limit_ms, struct error *err)
{
    struct aws_http *http = x->http;
    CURLcode code = CURLE_FAILED_INIT;
    /* In this order, so that an interruption between the lines is not lost. */
    atomic_store(&http->stop, false);
    if (atomic_load(&http->interrupted)) {
        atomic_store(&http->stop, true);
    }
    if (curl_multi_add_handle(http->multi, http->easy) != CURLM_OK) {
        error_set(err, "libcurl refuses the request");
        return false;
    }
    bool ended = http_easy_run(http->multi, &http->stop, &code);
    bool whole = conclude(x, ended, code, limit_ms, err);
    (void)curl_multi_remove_handle(http->multi, http->easy);
    return whole;
}

bool aws_http_ask(struct aws_http *http, const struct aws_request *request,
                  struct aws_answer *out, struct error *err)
{
    struct exchange x = {.http = http, .request = request, .answer = out};
    int64_t left = aws_http_left_ms(http);
    int64_t limit =
        request->limit_ms > 0 && request->limit_ms < left ? request->limit_ms : left;
    struct curl_slist *headers = NULL;
    *out = (struct aws_answer){0};
    x.sink = (struct http_secretive){.take = on_piece, .ctx = &x, .stop = &http->stop};
    if (limit <= 0) {
        error_set(err, "no time left");
        return false;
    }
    set_common(http->easy, &x, limit);
    bool whole = false;
    if (make_headers(request, &headers) && set_request(http->easy, &x, headers)) {
        whole = transfer(&x, limit, err);
    } else {
        error_set(err, "libcurl refuses the request");
    }
    curl_easy_reset(http->easy); /* forgets the keys, and what is about to leave the stack */
    curl_slist_free_all(headers);
    return whole;
}

/* --- small answers --- */

struct aws_text *aws_text_create(void)
{
    return mem_alloc(1, sizeof(struct aws_text));
}

void aws_text_destroy(struct aws_text *text)
{
    if (text) {
        secret_wipe((char *)text, sizeof *text);
        free(text);
    }
}

static bool take_text(void *ctx, int status, const char *piece, size_t len)
{
    struct aws_text *t = ctx;
    (void)status;
    memcpy(t->text + t->len, piece, len); /* max bounds it */
    t->len += len;
    t->text[t->len] = '\0';
    return true;
}

bool aws_http_fetch(struct aws_http *http, struct aws_request *request, struct aws_text *text,
                    struct error *err)
{
    struct aws_answer answer;
    text->len = 0;
    text->text[0] = '\0';
    request->take = take_text;
    request->ctx = text;
    request->max = sizeof text->text - 1;
    if (!aws_http_ask(http, request, &answer, err)) {
        return false;
    }
    if (answer.status != 200) {
        error_set(err, "answered with status %d", answer.status);
    }
    return answer.status == 200;
}
