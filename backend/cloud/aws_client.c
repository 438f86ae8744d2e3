#include "backend/cloud/aws_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cloud/aws_credentials.h"
#include "backend/cloud/aws_http.h"
#include "backend/cloud/aws_role.h"
#include "backend/mem.h"
#include "backend/net/http_easy.h"

struct aws_client {
    struct aws_client_options options;
    struct aws_http *http;
    struct aws_credentials *credentials;
    char region[40]; /* "": not known yet */
};

struct aws_client *aws_client_create(const struct aws_client_options *options)
{
    struct aws_client *client = mem_alloc(1, sizeof *client);
    const struct aws_credentials_options chain = {.profile = options->profile,
                                                  .region = options->region,
                                                  .sts_endpoint = options->sts_endpoint,
                                                  .clock = &clock_system};
    client->options = *options;
    client->http = aws_http_create(options->ca);
    if (!client->http) {
        free(client);
        return NULL;
    }
    client->credentials = aws_credentials_create(&chain, client->http);
    if (options->region && aws_is_region(options->region)) {
        (void)snprintf(client->region, sizeof client->region, "%s", options->region);
    }
    return client;
}

void aws_client_destroy(struct aws_client *client)
{
    if (client) {
        aws_credentials_destroy(client->credentials);
        aws_http_destroy(client->http);
        free(client);
    }
}

void aws_client_interrupt(struct aws_client *client)
{
    aws_http_interrupt(client->http);
}

const char *aws_client_region(const struct aws_client *client)
{
    return client->region;
}

void aws_client_forget(struct aws_client *client)
{
    aws_credentials_forget(client->credentials);
}

/* libcurl signs "/" as it sends it; other paths, a query or a user it may not (curl#7559,
 * curl#9717). */
static bool is_endpoint(const char *url)
{
    char *path = NULL, *other = NULL;
    CURLU *parsed = curl_url();
    bool ok = parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK &&
              curl_url_get(parsed, CURLUPART_PATH, &path, 0) == CURLUE_OK &&
              strcmp(path, "/") == 0 &&
              curl_url_get(parsed, CURLUPART_QUERY, &other, 0) == CURLUE_NO_QUERY &&
              curl_url_get(parsed, CURLUPART_USER, &other, 0) == CURLUE_NO_USER;
    curl_free(path);
    curl_free(other);
    curl_url_cleanup(parsed);
    return ok;
}

static bool ask(struct aws_client *client, const struct aws_call *call,
                const struct aws_keys *keys, struct aws_answer *out, struct error *err)
{
    char url[160], target[160];
    const char *headers[3] = {"Content-Type: application/x-www-form-urlencoded; charset=utf-8"};
    aws_service_url(url, sizeof url, call->service, client->region);
    if (call->target) {
        (void)snprintf(target, sizeof target, "X-Amz-Target: %s", call->target);
        headers[0] = "Content-Type: application/x-amz-json-1.0";
        headers[1] = target;
    }
    const struct aws_request request = {.method = "POST",
                                        .url = call->endpoint ? call->endpoint : url,
                                        .headers = headers,
                                        .body = call->body,
                                        .keys = keys,
                                        .region = client->region,
                                        .service = call->service,
                                        .max = call->max,
                                        .take = call->take,
                                        .ctx = call->ctx};
    return aws_http_ask(client->http, &request, out, err);
}

bool aws_client_call(struct aws_client *client, const struct aws_call *call,
                     struct aws_answer *out, struct error *err)
{
    *out = (struct aws_answer){0};
    aws_http_begin(client->http, client->options.timeout_ms);
    if (client->region[0] == '\0' &&
        !aws_credentials_region(client->credentials, client->region, err)) {
        return false;
    }
    if (call->endpoint && !is_endpoint(call->endpoint)) {
        error_set(err, "endpoint: expected http(s)://HOST[:PORT] without a path");
        return false;
    }
    const struct aws_keys *keys = aws_credentials_get(client->credentials, err);
    if (!keys) {
        out->interrupted = atomic_load(aws_http_interrupted(client->http));
        return false;
    }
    return ask(client, call, keys, out, err);
}
