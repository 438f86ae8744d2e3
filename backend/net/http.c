#include "backend/net/http.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "backend/mem.h"
#include "backend/net/connect.h"
#include "backend/net/text.h"

#define USER_AGENT "drtop/0.1"
#define BODY_MAX   ((size_t)64 * 1024)

/* libcurl bounds every wait itself; this only bounds one sleep. */
#define POLL_MS 10000

struct http_client {
    CURL *easy;
    CURLM *multi; /* kept: its DNS cache and its parsed CA store save most of the CPU time */
    atomic_bool interrupted;
    char *host_header; /* "Host: app.example", or NULL */
    char *host;        /* of the URL, for messages */
    int64_t timeout_ms;
    size_t body;
    char curl_says[CURL_ERROR_SIZE];
};

bool http_global_begin(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

void http_global_end(void)
{
    curl_global_cleanup();
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
    struct http_client *client = arg;
    (void)data;
    client->body += size * n;
    return client->body > BODY_MAX ? 0 : size * n;
}

static char *host_of(const char *url)
{
    char *part = NULL;
    char *host = NULL;
    CURLU *parsed = curl_url();
    if (parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parsed, CURLUPART_HOST, &part, 0) == CURLUE_OK) {
        host = mem_strdup(part);
    }
    curl_free(part);
    curl_url_cleanup(parsed);
    return host ? host : mem_strdup(url);
}

static void set_reach(CURL *easy, const struct http_request *request)
{
    long timeout_ms = (long)request->timeout_ms;
    (void)curl_easy_setopt(easy, CURLOPT_URL, request->url);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 30L);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* A lookup that hangs is left behind; without this, libcurl would wait for it. */
    (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
}

static void set_tls(CURL *easy, const struct http_request *request)
{
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, request->verify_tls ? 1L : 0L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, request->verify_tls ? 2L : 0L);
    if (request->ca) {
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca);
    }
    /* libcurl keeps a parsed store only while there is no directory beside the file; parsing
     * the system's again costs 18 ms of CPU time a poll. And a directory would add to `ca`. */
    if (request->ca || curl_version_info(CURLVERSION_NOW)->cainfo) {
        (void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    /* A resumed session would skip the certificate, and its expiry would go unseen. */
    (void)curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
}

struct http_client *http_client_create(const struct http_request *request)
{
    struct http_client *client = mem_alloc(1, sizeof *client);
    client->easy = curl_easy_init();
    client->multi = curl_multi_init();
    if (!client->easy || !client->multi) {
        http_client_destroy(client);
        return NULL;
    }
    atomic_init(&client->interrupted, false);
    client->timeout_ms = request->timeout_ms;
    client->host = host_of(request->url);
    if (request->host_header) {
        size_t size = strlen(request->host_header) + sizeof "Host: ";
        client->host_header = mem_alloc(size, 1);
        (void)snprintf(client->host_header, size, "Host: %s", request->host_header);
    }
    set_reach(client->easy, request);
    set_tls(client->easy, request);
    (void)curl_easy_setopt(client->easy, CURLOPT_USERAGENT, USER_AGENT);
    (void)curl_easy_setopt(client->easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(client->easy, CURLOPT_WRITEDATA, client);
    (void)curl_easy_setopt(client->easy, CURLOPT_ERRORBUFFER, client->curl_says);
    return client;
}

void http_client_destroy(struct http_client *client)
{
    if (!client) {
        return;
    }
    curl_easy_cleanup(client->easy);
    (void)curl_multi_cleanup(client->multi);
    free(client->host_header);
    free(client->host);
    free(client);
}

void http_client_interrupt(struct http_client *client)
{
    atomic_store(&client->interrupted, true);
    (void)curl_multi_wakeup(client->multi);
}

/* NULL gives the list as it was; so does running out of memory, which costs one header. */
static struct curl_slist *append(struct curl_slist *list, const char *line)
{
    struct curl_slist *longer = line ? curl_slist_append(list, line) : NULL;
    return longer ? longer : list;
}

static struct curl_slist *make_headers(const struct http_client *client, const char *id)
{
    char line[128];
    struct curl_slist *list = append(NULL, client->host_header);
    /* What a cache in front says is not whether the site serves. */
    list = append(list, "Cache-Control: no-cache");
    if (id) {
        (void)snprintf(line, sizeof line, "X-Correlation-ID: %s", id);
        list = append(list, line);
    }
    return list;
}

/* Runs the transfer to its end; false when it was interrupted or the multi handle failed. */
static bool run(struct http_client *client, CURLcode *out_code)
{
    int running = 1;
    while (running) {
        if (curl_multi_perform(client->multi, &running) != CURLM_OK) {
            return false;
        }
        if (running && atomic_load(&client->interrupted)) {
            return false;
        }
        if (running && curl_multi_poll(client->multi, NULL, 0, POLL_MS, NULL) != CURLM_OK) {
            return false;
        }
    }
    int left;
    const CURLMsg *msg = curl_multi_info_read(client->multi, &left);
    if (!msg) {
        return false;
    }
    *out_code = msg->data.result;
    return true;
}

static struct opt_i64 timing(CURL *easy, CURLINFO info)
{
    curl_off_t us = 0;
    if (curl_easy_getinfo(easy, info, &us) != CURLE_OK || us <= 0) {
        return (struct opt_i64){0}; /* libcurl's 0 is "not reached" */
    }
    return opt_i64(us);
}

static void read_answer(CURL *easy, struct http_answer *out)
{
    long status = 0, port = 0;
    char *ip = NULL;
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &ip);
    (void)curl_easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port);
    out->status = (int)status;
    if (ip && *ip) {
        host_port_join(out->address, sizeof out->address, ip, (uint16_t)port);
    }
    out->dns_us = timing(easy, CURLINFO_NAMELOOKUP_TIME_T);
    out->connect_us = timing(easy, CURLINFO_CONNECT_TIME_T);
    out->tls_us = timing(easy, CURLINFO_APPCONNECT_TIME_T);
    out->first_byte_us = timing(easy, CURLINFO_STARTTRANSFER_TIME_T);
    out->total_us = timing(easy, CURLINFO_TOTAL_TIME_T);
}

/* The last part of libcurl's sentence says what, the parts before say where:
 * "error:0A00010B:SSL routines::wrong version number". */
static const char *last_part(const char *says)
{
    const char *part = says;
    for (const char *p = says; *p; p++) {
        if (p[0] == ':' && (p[1] == ' ' || p[1] == ':') && p[2]) {
            part = p + 2;
        }
    }
    return part;
}

static const char *wait_name(const struct http_client *client, const struct http_answer *a)
{
    char *scheme = NULL;
    (void)curl_easy_getinfo(client->easy, CURLINFO_SCHEME, &scheme);
    if (!a->dns_us.known) {
        return "name lookup ";
    }
    if (!a->connect_us.known) {
        return "connect ";
    }
    bool tls = scheme && (strcmp(scheme, "HTTPS") == 0 || strcmp(scheme, "https") == 0);
    if (tls && !a->tls_us.known) {
        return "TLS ";
    }
    return a->status ? "body " : "";
}

static void explain_errno(const struct http_client *client, const char *otherwise,
                          struct error *err)
{
    long errnum = 0;
    char words[96];
    (void)curl_easy_getinfo(client->easy, CURLINFO_OS_ERRNO, &errnum);
    net_errno_text((int)errnum, words, sizeof words);
    error_set(err, "%s", errnum ? words : otherwise);
}

static void explain_tls(const struct http_client *client, struct error *err)
{
    const char *says = *client->curl_says ? client->curl_says : "handshake failed";
    if (strstr(says, "subject name")) {
        says = "certificate is for another host";
    }
    error_set(err, "TLS: %s", last_part(says));
}

static void explain(const struct http_client *client, const struct http_answer *a,
                    CURLcode code, struct error *err)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        error_set(err, "name not found: %s", client->host);
        return;
    case CURLE_COULDNT_CONNECT:
        explain_errno(client, "cannot connect", err);
        return;
    case CURLE_OPERATION_TIMEDOUT:
        error_set(err, "%stimed out after %.1f s", wait_name(client, a),
                  (double)client->timeout_ms / 1000.0);
        return;
    case CURLE_GOT_NOTHING:
        error_set(err, "closed without an answer");
        return;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        explain_errno(client, "connection broke", err);
        return;
    case CURLE_PARTIAL_FILE:
        error_set(err, "answer cut short");
        return;
    case CURLE_UNSUPPORTED_PROTOCOL: /* what libcurl calls an answer without a status line */
    case CURLE_WEIRD_SERVER_REPLY:
        error_set(err, "answered something that is not HTTP");
        return;
    case CURLE_SSL_CACERT_BADFILE:
        error_set(err, "TLS: cannot read the CA file");
        return;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        explain_tls(client, err);
        return;
    default:
        error_set(err, "%s", curl_easy_strerror(code));
        return;
    }
}

static bool conclude(struct http_client *client, CURLcode code, struct http_answer *out,
                     struct error *err)
{
    read_answer(client->easy, out);
    /* Our own on_body() ending an endless answer is an end like any other. */
    bool enough = code == CURLE_WRITE_ERROR && client->body > BODY_MAX;
    out->complete = code == CURLE_OK || enough;
    if (!out->complete) {
        explain(client, out, code, err);
    }
    return out->complete;
}

bool http_client_get(struct http_client *client, const char *correlation_id,
                     struct http_answer *out, struct error *err)
{
    struct curl_slist *headers = make_headers(client, correlation_id);
    atomic_store(&client->interrupted, false);
    client->body = 0;
    client->curl_says[0] = '\0';
    *out = (struct http_answer){0};
    (void)curl_easy_setopt(client->easy, CURLOPT_HTTPHEADER, headers);
    bool complete = false;
    CURLcode code = CURLE_FAILED_INIT;
    if (curl_multi_add_handle(client->multi, client->easy) != CURLM_OK) {
        error_set(err, "libcurl refuses the request");
    } else if (run(client, &code)) {
        complete = conclude(client, code, out, err);
    } else {
        out->interrupted = atomic_load(&client->interrupted);
        error_set(err, "%s", out->interrupted ? "interrupted" : "libcurl gave up");
    }
    (void)curl_multi_remove_handle(client->multi, client->easy);
    (void)curl_easy_setopt(client->easy, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    return complete;
}
