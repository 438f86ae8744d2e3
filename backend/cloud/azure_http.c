#include "backend/cloud/azure_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/fact/clock.h"
#include "backend/mem.h"
#include "backend/net/http_easy.h"
#include "backend/net/secret.h"

#define HEAD_MAX ((size_t)64 * 1024)

struct azure_http {
    CURL *easy;
    CURLM *multi; /* kept: its DNS cache and its parsed CA store save most of the CPU time */
    atomic_bool interrupted;
    atomic_bool stop; /* the running transfer: interrupted, or its answer is too big */
    struct http_secretive sink;
    char *body; /* AZURE_BODY_MAX bytes */
    size_t len, head_len;
    char says[CURL_ERROR_SIZE];
};

static size_t on_head(char *data, size_t size, size_t n, void *arg)
{
    struct azure_http *http = arg;
    (void)data;
    http->head_len += size * n;
    return http->head_len > HEAD_MAX ? 0 : size * n;
}

static bool on_piece(void *ctx, const char *piece, size_t len)
{
    struct azure_http *http = ctx;
    if (len > AZURE_BODY_MAX - http->len) {
        return false;
    }
    memcpy(http->body + http->len, piece, len);
    http->len += len;
    return true;
}

static void set_once(struct azure_http *http, const char *ca)
{
    const struct http_easy_options options = {.ca = ca, .verify_tls = true, .fresh = true};
    CURL *easy = http->easy;
    http_easy_set(easy, &options);
    (void)curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, http);
    http_easy_set_secretive(easy, &http->sink);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->says);
}

struct azure_http *azure_http_create(const char *ca)
{
    struct azure_http *http = mem_alloc(1, sizeof *http);
    atomic_init(&http->interrupted, false);
    atomic_init(&http->stop, false);
    http->sink = (struct http_secretive){.take = on_piece, .ctx = http, .stop = &http->stop};
    http->easy = curl_easy_init();
    http->multi = curl_multi_init();
    http->body = mem_alloc(AZURE_BODY_MAX, 1);
    if (!http->easy || !http->multi) {
        azure_http_destroy(http);
        return NULL;
    }
    set_once(http, ca);
    return http;
}

void azure_http_destroy(struct azure_http *http)
{
    if (!http) {
        return;
    }
    azure_http_wipe(http);
    curl_easy_cleanup(http->easy);
    (void)curl_multi_cleanup(http->multi);
    free(http->body);
    free(http);
}

void azure_http_begin(struct azure_http *http)
{
    atomic_store(&http->interrupted, false);
}

void azure_http_interrupt(struct azure_http *http)
{
    atomic_store(&http->interrupted, true);
    atomic_store(&http->stop, true);
    (void)curl_multi_wakeup(http->multi);
}

const atomic_bool *azure_http_interrupted(const struct azure_http *http)
{
    return &http->interrupted;
}

void azure_http_wipe(struct azure_http *http)
{
    secret_wipe(http->body, http->len);
    http->len = 0;
}

/* libcurl copies header lines, and one of them may be a token. */
static void free_headers(struct curl_slist *list)
{
    for (struct curl_slist *line = list; line; line = line->next) {
        secret_wipe(line->data, strlen(line->data));
    }
    curl_slist_free_all(list);
}

/* NULL, with out_ok false, when there is no memory: without a header it is another request. */
static struct curl_slist *make_headers(const struct azure_request *request, bool *out_ok)
{
    struct curl_slist *list = curl_slist_append(NULL, "Accept: application/json");
    *out_ok = list;
    for (size_t i = 0; i < sizeof request->header / sizeof *request->header; i++) {
        struct curl_slist *longer =
            request->header[i] ? curl_slist_append(list, request->header[i]) : list;
        *out_ok = *out_ok && longer;
        list = longer ? longer : list;
    }
    return list;
}

static void set_request(CURL *easy, const struct azure_request *request)
{
    http_easy_set_deadline(easy, request->timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_URL, request->url);
    if (request->form) {
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->form);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(request->form));
    } else {
        (void)curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
}

static struct opt_i64 header_i64(CURL *easy, const char *name)
{
    struct curl_header *header = NULL;
    if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK) {
        return (struct opt_i64){0};
    }
    char *end = NULL;
    long long v = strtoll(header->value, &end, 10);
    return end != header->value && !*end && v >= 0 ? opt_i64(v) : (struct opt_i64){0};
}

static void read_head(CURL *easy, struct azure_answer *out)
{
    long status = 0;
    curl_off_t retry_after_s = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    out->status = (int)status;
    if (retry_after_s > 0) {
        out->retry_after_s = opt_i64(retry_after_s);
    }
    out->reads_left = header_i64(easy, "x-ms-ratelimit-remaining-subscription-reads");
    if (!out->reads_left.known) {
        out->reads_left =
            header_i64(easy, "x-ms-ratelimit-remaining-subscription-global-reads");
    }
}

static bool conclude(struct azure_http *http, CURLcode code,
                     const struct azure_request *request, struct error *err)
{
    if (http->head_len > HEAD_MAX) {
        error_set(err, "answered with headers without end");
        return false;
    }
    if (code != CURLE_OK) {
        char *host = http_easy_host(request->url);
        http_easy_explain(http->easy, code, http->says, host, request->timeout_ms, err);
        free(host);
    }
    return code == CURLE_OK;
}

static bool transfer(struct azure_http *http, const struct azure_request *request,
                     struct error *err)
{
    CURLcode code = CURLE_FAILED_INIT;
    if (curl_multi_add_handle(http->multi, http->easy) != CURLM_OK) {
        error_set(err, "libcurl refuses the request");
        return false;
    }
    bool ended = http_easy_run(http->multi, &http->stop, &code);
    bool whole = ended && !http->sink.refused && conclude(http, code, request, err);
    if (http->sink.refused) {
        error_set(err, "answered more than %zu KiB", AZURE_BODY_MAX / 1024);
    } else if (!ended) {
        error_set(err, "%s",
                  atomic_load(&http->interrupted) ? "interrupted" : "libcurl gave up");
    }
    (void)curl_multi_remove_handle(http->multi, http->easy);
    return whole;
}

bool azure_http_ask(struct azure_http *http, const struct azure_request *request,
                    struct azure_answer *out, struct error *err)
{
    bool whole = false, have_headers;
    struct curl_slist *headers = make_headers(request, &have_headers);
    azure_http_wipe(http);
    http->head_len = 0;
    http->sink.refused = false;
    atomic_store(&http->stop, false);
    if (atomic_load(&http->interrupted)) { /* before the line above, which may have undone it */
        atomic_store(&http->stop, true);
    }
    http->says[0] = '\0';
    *out = (struct azure_answer){.body = http->body};
    if (request->timeout_ms <= 0) {
        error_set(err, "no time left");
    } else if (!have_headers) {
        error_set(err, "libcurl gives no headers");
    } else {
        set_request(http->easy, request);
        (void)curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, headers);
        whole = transfer(http, request, err);
        read_head(http->easy, out);
    }
    (void)curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, NULL);
    (void)curl_easy_setopt(http->easy, CURLOPT_POSTFIELDS, NULL);
    free_headers(headers);
    out->len = http->len;
    if (!whole) {
        azure_http_wipe(http);
        out->len = 0;
    }
    return whole;
}

bool azure_http_wait(struct azure_http *http, int64_t ms)
{
    int64_t until_ms = clock_mono_ms(&clock_system) + ms;
    for (int64_t left = ms; left > 0; left = until_ms - clock_mono_ms(&clock_system)) {
        if (atomic_load(&http->interrupted) ||
            curl_multi_poll(http->multi, NULL, 0, (int)left, NULL) != CURLM_OK) {
            break;
        }
    }
    return !atomic_load(&http->interrupted);
}

size_t azure_http_escape(char *out, size_t size, size_t used, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-._~";
    for (; *text; text++) {
        bool plain = strchr(unreserved, *text);
        if (used >= size || size - used <= (plain ? 1U : 3U)) {
            return size;
        }
        if (plain) {
            out[used++] = *text;
        } else {
            out[used++] = '%';
            out[used++] = hex[(unsigned char)*text >> 4];
            out[used++] = hex[(unsigned char)*text & 15];
        }
        out[used] = '\0';
    }
    return used;
}
