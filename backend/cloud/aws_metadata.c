#include "backend/cloud/aws_metadata.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "backend/cloud/aws_file.h"
#include "backend/net/http_easy.h"
#include "backend/net/secret.h"

#define URL_MAX_LEN   1024
#define IMDS_LIMIT_MS 1000 /* each request: where there is no endpoint, nothing answers */

/* --- containers --- */

/* "[::1]" and "::1" alike. */
static bool is_local(const char *host)
{
    static const char *const allowed[] = {"169.254.170.2", "169.254.170.23", "fd00:ec2::23",
                                          "::1"};
    char bare[64];
    struct in_addr v4;
    unsigned char a[16], b[16];
    size_t len = strlen(host);
    bool brackets = len > 2 && host[0] == '[' && host[len - 1] == ']';
    (void)snprintf(bare, sizeof bare, "%.*s", (int)(brackets ? len - 2 : len), host + brackets);
    if (strcasecmp(bare, "localhost") == 0) {
        return true; /* libcurl does not look this name up */
    }
    if (inet_pton(AF_INET, bare, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127) {
        return true;
    }
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        int family = strchr(allowed[i], ':') ? AF_INET6 : AF_INET;
        if (inet_pton(family, bare, a) == 1 && inet_pton(family, allowed[i], b) == 1 &&
            memcmp(a, b, family == AF_INET6 ? 16 : 4) == 0) {
            return true;
        }
    }
    return false;
}

static bool check_full(const char *url, struct error *err)
{
    char *scheme = NULL, *host = NULL;
    CURLU *parsed = curl_url();
    bool is_url = parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK &&
                  curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                  curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK;
    bool ok = is_url &&
              (strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && is_local(host)));
    if (!ok) {
        error_set(err, "AWS_CONTAINER_CREDENTIALS_FULL_URI: expected https, or a loopback "
                       "address, 169.254.170.2 or 169.254.170.23");
    }
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(parsed);
    return ok;
}

static bool is_path(const char *text)
{
    return text[0] == '/' && text[1] != '/' && aws_is_value(text, URL_MAX_LEN - 64);
}

bool aws_container_url(const char *relative, const char *full, char *out, size_t size,
                       struct error *err)
{
    out[0] = '\0';
    if (relative && relative[0]) {
        if (!is_path(relative)) {
            error_set(err, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: expected a path");
            return false;
        }
        (void)snprintf(out, size, "http://169.254.170.2%s", relative);
        return true;
    }
    if (full && full[0]) {
        if (!aws_is_value(full, size) || !check_full(full, err)) {
            return false;
        }
        (void)snprintf(out, size, "%s", full);
    }
    return true;
}

/* "Authorization: …" into line; "" when no token is configured. */
static bool authorization(char *line, size_t size, struct error *err)
{
    static const char name[] = "Authorization: ";
    const char *file = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *token = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    size_t n = sizeof name - 1;
    (void)snprintf(line, size, "%s", name);
    if (file && file[0]) {
        return aws_file_token(file, line + n, size - n, err);
    }
    if (!token || token[0] == '\0') {
        line[0] = '\0';
        return true;
    }
    /* "Basic …" has a blank. */
    for (const char *p = token; *p; p++) {
        if (*p < ' ' || *p > '~') {
            error_set(err, "AWS_CONTAINER_AUTHORIZATION_TOKEN: expected printable characters");
            return false;
        }
    }
    if (strlen(token) >= size - n) {
        error_set(err, "AWS_CONTAINER_AUTHORIZATION_TOKEN: too long");
        return false;
    }
    (void)snprintf(line + n, size - n, "%s", token);
    return true;
}

bool aws_container_keys(struct aws_http *http, const char *url, struct aws_keys *out,
                        struct error *err)
{
    char line[AWS_TOKEN_MAX];
    const char *headers[] = {line, NULL};
    bool ok = authorization(line, sizeof line, err);
    if (ok) {
        struct aws_text *text = aws_text_create();
        struct aws_request request = {
            .method = "GET", .url = url, .headers = line[0] ? headers : NULL};
        ok = aws_http_fetch(http, &request, text, err) &&
             aws_keys_parse(out, text->text, text->len, err);
        aws_text_destroy(text);
    }
    secret_wipe(line, sizeof line);
    return ok;
}

/* --- instances --- */

static bool imds(struct aws_http *http, const char *method, const char *base, const char *path,
                 const char *header, struct aws_text *text, struct error *err)
{
    char url[URL_MAX_LEN];
    const char *headers[] = {header, NULL};
    struct aws_request request = {
        .method = method, .url = url, .headers = headers, .limit_ms = IMDS_LIMIT_MS};
    int n = snprintf(url, sizeof url, "%s%s", base, path);
    if (n < 0 || (size_t)n >= sizeof url) {
        error_set(err, "a URL that is too long");
        return false;
    }
    return aws_http_fetch(http, &request, text, err);
}

/* The name of the role, which becomes part of a path. */
static bool is_role(const char *text)
{
    size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                              "_+=,.@-");
    return len > 0 && len <= 128 && text[len] == '\0' && strcmp(text, "..") != 0 &&
           strcmp(text, ".") != 0;
}

static bool ask_role(struct aws_http *http, const char *base, const char *token,
                     struct aws_text *text, struct aws_keys *out, struct error *err)
{
    static const char list[] = "/latest/meta-data/iam/security-credentials/";
    char path[sizeof list + 128];
    if (!imds(http, "GET", base, list, token, text, err)) {
        return false;
    }
    text->text[strcspn(text->text, "\r\n")] = '\0';
    if (!is_role(text->text)) {
        error_set(err, "names no role: the instance has no profile");
        return false;
    }
    (void)snprintf(path, sizeof path, "%s%s", list, text->text);
    return imds(http, "GET", base, path, token, text, err) &&
           aws_keys_parse(out, text->text, text->len, err);
}

/* "http://169.254.169.254", or what the environment has, without a slash at its end. */
static void endpoint(char *out, size_t size)
{
    const char *named = getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    (void)snprintf(out, size, "%s", named && named[0] ? named : "http://169.254.169.254");
    size_t len = strlen(out);
    if (len > 0 && out[len - 1] == '/') {
        out[len - 1] = '\0';
    }
}

bool aws_instance_keys(struct aws_http *http, struct aws_keys *out, struct error *err)
{
    static const char name[] = "X-aws-ec2-metadata-token: ";
    char base[512], line[sizeof name + 512];
    struct aws_text *text = aws_text_create();
    endpoint(base, sizeof base);
    bool ok = imds(http, "PUT", base, "/latest/api/token",
                   "X-aws-ec2-metadata-token-ttl-seconds: 300", text, err);
    if (ok && !aws_is_value(text->text, sizeof line - sizeof name)) {
        error_set(err, "gave no usable token");
        ok = false;
    }
    if (ok) {
        (void)snprintf(line, sizeof line, "%s%s", name, text->text);
        ok = ask_role(http, base, line, text, out, err);
    }
    secret_wipe(line, sizeof line);
    aws_text_destroy(text);
    return ok;
}
