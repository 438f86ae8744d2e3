#include "backend/net/http.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "backend/mem.h"
#include "backend/net/connect.h"
#include "backend/net/http_easy.h"
#include "backend/net/secret_memory.h"
#include "backend/net/text.h"

#define BODY_MAX ((size_t)64 * 1024)

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
    /* Passwords, tokens and answers pass through libcurl's own memory. */
    return curl_global_init_mem(CURL_GLOBAL_DEFAULT, secret_memory_alloc, secret_memory_free,
                                secret_memory_realloc, secret_memory_strdup,
                                secret_memory_calloc) == CURLE_OK;
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
    client->host = http_easy_host(request->url);
    if (request->host_header) {
        size_t size = strlen(request->host_header) + sizeof "Host: ";
        client->host_header = mem_alloc(size, 1);
        (void)snprintf(client->host_header, size, "Host: %s", request->host_header);
    }
    const struct http_easy_options options = {
        .ca = request->ca, .verify_tls = request->verify_tls, .fresh = true};
    http_easy_set(client->easy, &options);
    http_easy_set_deadline(client->easy, request->timeout_ms);
    (void)curl_easy_setopt(client->easy, CURLOPT_URL, request->url);
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

static bool conclude(struct http_client *client, CURLcode code, struct http_answer *out,
                     struct error *err)
{
    read_answer(client->easy, out);
    /* Our own on_body() ending an endless answer is an end like any other. */
    bool enough = code == CURLE_WRITE_ERROR && client->body > BODY_MAX;
    out->complete = code == CURLE_OK || enough;
    if (!out->complete) {
        http_easy_explain(client->easy, code, client->curl_says, client->host,
                          client->timeout_ms, err);
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
    } else if (http_easy_run(client->multi, &client->interrupted, &code)) {
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
