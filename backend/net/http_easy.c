#include "backend/net/http_easy.h"

#include <string.h>

#include <openssl/ssl.h>

#include "backend/mem.h"
#include "backend/net/connect.h"
#include "backend/net/secret.h"

/* libcurl bounds every wait itself; this only bounds one sleep. */
#define POLL_MS 10000

#define USER_AGENT "drtop/" DRTOP_VERSION

char *http_easy_host(const char *url)
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

static void set_reach(CURL *easy, bool fresh)
{
    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, USER_AGENT);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    (void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
    (void)curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, fresh ? 1L : 0L);
    (void)curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 30L);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* A lookup that hangs is left behind; without this, libcurl would wait for it. */
    (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
}

static void set_tls(CURL *easy, const struct http_easy_options *options)
{
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, options->verify_tls ? 1L : 0L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, options->verify_tls ? 2L : 0L);
    if (options->ca) {
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca);
    }
    /* libcurl keeps a parsed store only while there is no directory beside the file; parsing
     * the system's again costs 18 ms of CPU time a poll. And a directory would add to `ca`. */
    if (options->ca || curl_version_info(CURLVERSION_NOW)->cainfo) {
        (void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    /* A resumed session would skip the certificate, and its expiry would go unseen. */
    (void)curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
}

void http_easy_set(CURL *easy, const struct http_easy_options *options)
{
    set_reach(easy, options->fresh);
    set_tls(easy, options);
}

void http_easy_set_deadline(CURL *easy, int64_t timeout_ms)
{
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms);
}

bool http_easy_run(CURLM *multi, const atomic_bool *interrupted, CURLcode *out_code)
{
    int running = 1;
    while (running) {
        if (curl_multi_perform(multi, &running) != CURLM_OK) {
            return false;
        }
        if (running && atomic_load(interrupted)) {
            return false;
        }
        if (running && curl_multi_poll(multi, NULL, 0, POLL_MS, NULL) != CURLM_OK) {
            return false;
        }
    }
    int left;
    const CURLMsg *msg = curl_multi_info_read(multi, &left);
    if (!msg) {
        return false;
    }
    *out_code = msg->data.result;
    return true;
}

static size_t on_secret(char *piece, size_t size, size_t n, void *arg)
{
    struct http_secretive *sink = arg;
    size_t len = size * n;
    if (!sink->refused && !sink->take(sink->ctx, piece, len)) {
        sink->refused = true;
        atomic_store(sink->stop, true);
    }
    secret_wipe(piece, len);
    secret_wipe_stack();
    return len;
}

static CURLcode keep_no_plaintext(CURL *easy, void *context, void *arg)
{
    (void)easy;
    (void)arg;
    (void)SSL_CTX_set_options(context, SSL_OP_CLEANSE_PLAINTEXT);
    return CURLE_OK;
}

void http_easy_set_secretive(CURL *easy, struct http_secretive *sink)
{
    /* The context of another library is something else. */
    const char *tls = curl_version_info(CURLVERSION_NOW)->ssl_version;
    if (tls && strncmp(tls, "OpenSSL/", sizeof "OpenSSL/" - 1) == 0) {
        (void)curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, keep_no_plaintext);
    }
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_secret);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, sink);
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

/* Has the transfer come that far? libcurl's 0 is "not reached". */
static bool reached(CURL *easy, CURLINFO info)
{
    curl_off_t us = 0;
    return curl_easy_getinfo(easy, info, &us) == CURLE_OK && us > 0;
}

static const char *wait_name(CURL *easy)
{
    char *scheme = NULL;
    long status = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_SCHEME, &scheme);
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (reached(easy, CURLINFO_PRETRANSFER_TIME_T)) {
        return status ? "body " : ""; /* a kept connection has no times before this one */
    }
    if (!reached(easy, CURLINFO_NAMELOOKUP_TIME_T)) {
        return "name lookup ";
    }
    if (!reached(easy, CURLINFO_CONNECT_TIME_T)) {
        return "connect ";
    }
    bool tls = scheme && (strcmp(scheme, "HTTPS") == 0 || strcmp(scheme, "https") == 0);
    if (tls && !reached(easy, CURLINFO_APPCONNECT_TIME_T)) {
        return "TLS ";
    }
    return status ? "body " : "";
}

static void explain_errno(CURL *easy, const char *otherwise, struct error *err)
{
    long errnum = 0;
    char words[96];
    (void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &errnum);
    net_errno_text((int)errnum, words, sizeof words);
    error_set(err, "%s", errnum ? words : otherwise);
}

static void explain_tls(const char *curl_says, struct error *err)
{
    const char *says = *curl_says ? curl_says : "handshake failed";
    if (strstr(says, "subject name")) {
        says = "certificate is for another host";
    }
    error_set(err, "TLS: %s", last_part(says));
}

void http_easy_explain(CURL *easy, CURLcode code, const char *says, const char *host,
                       int64_t timeout_ms, struct error *err)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        error_set(err, "name not found: %s", host);
        return;
    case CURLE_COULDNT_CONNECT:
        explain_errno(easy, "cannot connect", err);
        return;
    case CURLE_OPERATION_TIMEDOUT:
        error_set(err, "%stimed out after %.1f s", wait_name(easy),
                  (double)timeout_ms / 1000.0);
        return;
    case CURLE_GOT_NOTHING:
        error_set(err, "closed without an answer");
        return;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        explain_errno(easy, "connection broke", err);
        return;
    case CURLE_PARTIAL_FILE:
        error_set(err, "answer cut short");
        return;
    case CURLE_UNSUPPORTED_PROTOCOL: /* what libcurl calls an answer without a status line */
    case CURLE_WEIRD_SERVER_REPLY:
        error_set(err, "answered something that is not HTTP");
        return;
    case CURLE_OUT_OF_MEMORY: /* what libcurl calls a line of more than 100 KB */
        error_set(err, "answered with a header without end");
        return;
    case CURLE_SSL_CACERT_BADFILE:
        error_set(err, "TLS: cannot read the CA file");
        return;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        explain_tls(says, err);
        return;
    default:
        error_set(err, "%s", curl_easy_strerror(code));
        return;
    }
}
