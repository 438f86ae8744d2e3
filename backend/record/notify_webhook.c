/* Webhooks: one POST. Who knows the URL may post, so it is a secret like the key. */
#include "backend/record/notify_channel.h"

#include <json.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/record/notify_curl.h"

#define CHAT_MAX 1900 /* Discord takes 2000 characters */

/* Slack reads < > & as the beginnings of links and of mentions. */
static void slack_escape(const char *in, char *out, size_t size)
{
    size_t n = 0;
    for (const char *p = in; *p; p++) {
        const char *name = *p == '&' ? "&amp;" : *p == '<' ? "&lt;" : *p == '>' ? "&gt;" : NULL;
        int len = name ? snprintf(out + n, size - n, "%s", name)
                       : snprintf(out + n, size - n, "%c", *p);
        if (len < 0 || n + (size_t)len >= size) {
            break;
        }
        n += (size_t)len;
    }
    out[n] = '\0';
}

static char *chat_json(const char *key, const char *text, bool discord)
{
    json_object *o = json_object_new_object();
    (void)json_object_object_add(o, key, json_object_new_string(text));
    if (discord) { /* nobody is called by what a server's message happens to hold */
        json_object *mentions = json_object_new_object();
        (void)json_object_object_add(mentions, "parse", json_object_new_array());
        (void)json_object_object_add(o, "allowed_mentions", mentions);
    }
    char *out = mem_strdup(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
    (void)json_object_put(o);
    return out;
}

static char *make_body(const struct config_webhook *hook, const struct parcel *p)
{
    char cut[CHAT_MAX], escaped[CHAT_MAX * 5];
    switch (hook->kind) {
    case WEBHOOK_GENERIC:
        return parcel_json(p);
    case WEBHOOK_SLACK:
        (void)text_copy(cut, sizeof cut, parcel_text(p, "chat"));
        slack_escape(cut, escaped, sizeof escaped);
        return chat_json("text", escaped, false);
    case WEBHOOK_DISCORD:
        (void)text_copy(cut, sizeof cut, parcel_text(p, "chat"));
        return chat_json("content", cut, true);
    }
    return parcel_json(p);
}

/* "X-Drtop-Signature: sha256=HEX", HMAC-SHA-256 of the body. */
static bool sign(const struct config_webhook *hook, const char *body, char *out, size_t size,
                 struct error *err)
{
    char key[SECRET_MAX];
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (!secret_fetch(&hook->key, hook->timeout_ms, key, err)) {
        return false;
    }
    bool ok = HMAC(EVP_sha256(), key, (int)strlen(key), (const unsigned char *)body,
                   strlen(body), mac, &len) != NULL;
    secret_wipe(key, sizeof key);
    if (!ok) {
        error_set(err, "the body cannot be signed");
        return false;
    }
    int n = snprintf(out, size, "X-Drtop-Signature: sha256=");
    for (unsigned i = 0; i < len && n > 0 && (size_t)n + 3 <= size; i++) {
        n += snprintf(out + n, size - (size_t)n, "%02x", mac[i]);
    }
    return true;
}

static struct curl_slist *make_headers(const struct config_webhook *hook,
                                       const struct parcel *p, const char *body,
                                       struct error *err)
{
    char line[256];
    struct curl_slist *list = transfer_append(NULL, "Content-Type: application/json");
    list = transfer_append(list, "Expect:");
    (void)snprintf(line, sizeof line, "X-Drtop-Id: %s", p->message->id);
    list = transfer_append(list, line);
    if (hook->kind != WEBHOOK_GENERIC || hook->key.kind == SECRET_NONE) {
        return list;
    }
    if (!sign(hook, body, line, sizeof line, err)) {
        curl_slist_free_all(list);
        return NULL;
    }
    return transfer_append(list, line);
}

static bool set_url(CURL *easy, const struct config_webhook *hook, struct error *err)
{
    char url[SECRET_MAX];
    if (!secret_fetch(&hook->url, hook->timeout_ms, url, err)) {
        return false;
    }
    bool ok = curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK;
    secret_wipe(url, sizeof url);
    if (!ok) {
        error_set(err, "libcurl refuses the URL");
    }
    return ok;
}

static bool post(const struct config_webhook *hook, struct transfer *t,
                 const struct curl_slist *headers, const char *body, struct error *err)
{
    long status = 0;
    if (!set_url(t->easy, hook, err)) {
        return false;
    }
    (void)curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(t->easy, CURLOPT_USERAGENT, "drtop");
    (void)curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, body);
    if (!transfer_run(t, hook->timeout_ms, err)) {
        return false;
    }
    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200 || status > 299) {
        error_set(err, "answered %ld, expected 200 to 299", status);
        return false;
    }
    return true;
}

bool send_webhook(const struct config_webhook *hook, const struct parcel *p, struct error *err)
{
    struct transfer t;
    char *body = make_body(hook, p);
    struct curl_slist *headers = make_headers(hook, p, body, err);
    bool ok = headers && transfer_begin(&t, hook->timeout_ms, hook->ca, true, p->stop, err);
    if (ok) {
        ok = post(hook, &t, headers, body, err);
        transfer_end(&t);
    }
    curl_slist_free_all(headers);
    free(body);
    return ok;
}
