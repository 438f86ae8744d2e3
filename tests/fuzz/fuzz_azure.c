/* Answers of Azure from raw bytes. The first byte chooses who reads the rest: a connection, a
 * refusal, a login, or a time. Whatever comes in, texts that go out are terminated and hold nothing
 * that moves a terminal, and a key that a parser could see is blotted out. */
#include "backend/cloud/azure_login.h"
#include "backend/net/json_answer.h"
#include "backend/tunnel/azure_answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char a_name[] = "name";
static const struct config_azure cfg = {
    .subscription = a_name, .resource_group = a_name, .connection = a_name};

static void check(const char *text, size_t room)
{
    if (!memchr(text, '\0', room)) {
        abort();
    }
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c < ' ' || c == 127) {
            abort();
        }
    }
}

static bool is_secret(const char *name)
{
    return strcasecmp(name, "sharedKey") == 0 || strcasecmp(name, "authorizationKey") == 0;
}

/* No text below a secret's name is anything but stars. */
static void check_blotted(struct json_object *obj, bool secret)
{
    if (json_object_is_type(obj, json_type_object)) {
        json_object_object_foreach(obj, name, member)
        {
            check_blotted(member, secret || is_secret(name));
        }
    } else if (json_object_is_type(obj, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(obj); i++) {
            check_blotted(json_object_array_get_idx(obj, i), secret);
        }
    } else if (secret && json_object_is_type(obj, json_type_string)) {
        const char *text = json_object_get_string(obj);
        if (strspn(text, "*") != (size_t)json_object_get_string_len(obj)) {
            abort();
        }
    }
}

static void connection(char *body, size_t len)
{
    struct tunnel_facts facts = {0};
    struct error err = {0};
    if (!azure_answer_connection(body, len, "name", &facts, &err)) {
        check(err.text, sizeof err.text);
        return;
    }
    struct json_object *root = json_answer_parse(body, len);
    check_blotted(root, false);
    json_object_put(root);
    if (facts.n_legs < 1 || facts.n_legs > TUNNEL_LEGS_MAX) {
        abort();
    }
    check(facts.detail, sizeof facts.detail);
    for (size_t i = 0; i < facts.n_legs; i++) {
        const struct tunnel_leg *leg = &facts.legs[i];
        check(leg->id, sizeof leg->id);
        check(leg->detail, sizeof leg->detail);
        if (!leg->id[0] || leg->state >= TUNNEL_STATES ||
            (leg->bytes_in.known && leg->bytes_in.v < 0)) {
            abort();
        }
    }
}

static void login(char *body, size_t len)
{
    static struct azure_grant grant;
    struct error err = {0};
    if (azure_login_grant(body, len, INT64_C(1795388920000), &grant, &err)) {
        check(grant.token, sizeof grant.token);
        if (!grant.token[0] || strchr(grant.token, ' ') ||
            (grant.lasts_s.known && grant.lasts_s.v < 0)) {
            abort();
        }
    } else {
        check(err.text, sizeof err.text);
    }
}

static void refusal(int status, char *body, size_t len)
{
    struct azure_refusal why;
    struct error err = {0};
    azure_answer_refusal(status, body, len, &cfg, &why);
    check(why.err.text, sizeof why.err.text);
    azure_login_refusal(status, body, len, &err);
    check(err.text, sizeof err.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {400, 401, 403, 404, 429, 503};
    if (size < 1) {
        return 0;
    }
    size_t len = size - 1;
    char *body = malloc(len + 1); /* NUL-terminated for the time alone */
    memcpy(body, data + 1, len);
    body[len] = '\0';
    char *exact = malloc(len ? len : 1);
    memcpy(exact, body, len);
    switch (data[0] % 8) {
    case 0:
        connection(exact, len);
        break;
    case 1:
        login(exact, len);
        break;
    case 2:
        (void)azure_answer_time_ms(body);
        break;
    default:
        refusal(statuses[data[0] % 6], exact, len);
        break;
    }
    free(exact);
    free(body);
    return 0;
}
