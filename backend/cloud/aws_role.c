#include "backend/cloud/aws_role.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cloud/aws_file.h"
#include "backend/mem.h"
#include "backend/net/secret.h"
#include "backend/net/secret_memory.h"
#include "backend/net/text.h"
#include "backend/net/xml.h"

#define TOKEN_FILE_MAX ((size_t)16 * 1024)
#define FORM_MAX       (3 * TOKEN_FILE_MAX + 8192)

/* --- the request --- */

struct form {
    size_t len;
    bool full;
    char text[FORM_MAX];
};

static void add(struct form *f, const char *text)
{
    size_t len = strlen(text);
    if (len >= sizeof f->text - f->len) {
        f->full = true;
        return;
    }
    memcpy(f->text + f->len, text, len + 1);
    f->len += len;
}

/* name: with its '&' and '='. */
static void add_value(struct form *f, const char *name, const char *value)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-_.~";
    if (!value) {
        return;
    }
    add(f, name);
    for (; *value; value++) {
        char piece[4] = {*value};
        if (!strchr(plain, *value)) {
            (void)snprintf(piece, sizeof piece, "%%%02X", (unsigned)(unsigned char)*value);
        }
        add(f, piece);
    }
}

static bool add_token(struct form *f, const char *file, struct error *err)
{
    char *token = mem_alloc(TOKEN_FILE_MAX, 1);
    bool ok = aws_file_token(file, token, TOKEN_FILE_MAX, err);
    if (ok) {
        add_value(f, "&WebIdentityToken=", token);
    }
    secret_wipe(token, TOKEN_FILE_MAX);
    free(token);
    return ok;
}

static bool fill(struct form *f, const struct aws_role *role, struct error *err)
{
    add(f, role->token_file ? "Action=AssumeRoleWithWebIdentity" : "Action=AssumeRole");
    add(f, "&Version=2011-06-15");
    add_value(f, "&RoleArn=", role->arn);
    add_value(f, "&RoleSessionName=", role->session_name ? role->session_name : "drtop");
    add_value(f, "&DurationSeconds=", role->duration_s);
    if (!role->token_file) {
        add_value(f, "&ExternalId=", role->external_id);
    } else if (!add_token(f, role->token_file, err)) {
        return false;
    }
    if (f->full) {
        error_set(err, "STS: a request that is too long");
    }
    return !f->full;
}

/* --- the answer --- */

struct answer {
    struct aws_keys *keys;
    struct xml_reader *xml;
    int status;
    bool unreadable;
    struct error why;
    bool has_end;
    char code[96], message[256];
};

static bool ends_with(const char *path, const char *names)
{
    size_t len = strlen(path), n = strlen(names);
    return len > n && path[len - n - 1] == '/' && strcmp(path + len - n, names) == 0;
}

static void keep(struct answer *a, char *to, size_t size, const char *text, size_t len)
{
    if (len >= size) {
        error_set(&a->why, "answered with a key that is too long");
        a->unreadable = true;
        return;
    }
    memcpy(to, text, len + 1);
}

static void on_text(void *ctx, const char *path, const char *text, size_t len)
{
    struct answer *a = ctx;
    struct aws_keys *k = a->keys;
    if (ends_with(path, "Credentials/AccessKeyId")) {
        keep(a, k->id, sizeof k->id, text, len);
    } else if (ends_with(path, "Credentials/SecretAccessKey")) {
        keep(a, k->secret, sizeof k->secret, text, len);
    } else if (ends_with(path, "Credentials/SessionToken")) {
        keep(a, k->token, sizeof k->token, text, len);
    } else if (ends_with(path, "Credentials/Expiration")) {
        a->has_end = aws_time_parse(text, &k->expires_ms);
    } else if (ends_with(path, "Error/Code")) {
        (void)text_clean(a->code, sizeof a->code, text, len);
    } else if (ends_with(path, "Error/Message")) {
        (void)text_clean(a->message, sizeof a->message, text, len);
    }
}

static const struct xml_handler handler = {.text = on_text};

static bool take(void *ctx, int status, const char *piece, size_t len)
{
    struct answer *a = ctx;
    a->status = status;
    if (!a->unreadable && !xml_reader_feed(a->xml, piece, len, false, &a->why)) {
        a->unreadable = true;
    }
    return !a->unreadable || status != 200; /* what refuses need not be XML */
}

static bool judge(struct answer *a, int status, struct error *err)
{
    const struct aws_keys *k = a->keys;
    if (!a->unreadable) {
        a->unreadable = !xml_reader_feed(a->xml, "", 0, true, &a->why);
    }
    if (a->code[0]) {
        error_set(err, "STS: %s%s%s", a->code, a->message[0] ? ": " : "", a->message);
        return false;
    }
    if (status != 200) {
        error_set(err, "STS: answered with status %d", status);
        return false;
    }
    if (a->unreadable) {
        error_set(err, "STS: %s", a->why.text);
        return false;
    }
    if (!aws_is_value(k->id, sizeof k->id) || !aws_is_value(k->secret, sizeof k->secret) ||
        !aws_is_value(k->token, sizeof k->token) || !a->has_end) {
        error_set(err, "STS: no usable credentials in its answer");
        return false;
    }
    return true;
}

static bool ask(struct aws_http *http, const struct aws_role *role, const struct aws_keys *by,
                const char *form, struct answer *a, struct error *err)
{
    static const char *const headers[] = {
        "Content-Type: application/x-www-form-urlencoded; charset=utf-8", NULL};
    char url[128];
    struct error why = {0};
    struct aws_answer answer;
    aws_service_url(url, sizeof url, "sts", role->region);
    struct aws_request request = {.method = "POST",
                                  .url = role->endpoint ? role->endpoint : url,
                                  .headers = headers,
                                  .body = form,
                                  .keys = role->token_file ? NULL : by,
                                  .region = role->region[0] ? role->region : "us-east-1",
                                  .service = "sts",
                                  .max = AWS_TEXT_MAX,
                                  .take = take,
                                  .ctx = a};
    if (!aws_http_ask(http, &request, &answer, &why)) {
        error_set(err, "STS: %s", a->unreadable && a->status == 200 ? a->why.text : why.text);
        return false;
    }
    return judge(a, answer.status, err);
}

bool aws_role_assume(struct aws_http *http, const struct aws_role *role,
                     const struct aws_keys *by, struct aws_keys *out, struct error *err)
{
    struct form *form = mem_alloc(1, sizeof *form);
    struct answer a = {.keys = mem_alloc(1, sizeof *out)};
    bool ok = fill(form, role, err);
    if (ok) {
        a.xml = xml_reader_create(&handler, &a);
        if (!a.xml) {
            error_set(err, "STS: no XML parser");
        }
        ok = a.xml && ask(http, role, by, form->text, &a, err);
    }
    if (ok) {
        *out = *a.keys;
    }
    xml_reader_destroy(a.xml);
    secret_wipe((char *)form, sizeof *form);
    free(form);
    aws_keys_wipe(a.keys);
    free(a.keys);
    return ok;
}

void aws_service_url(char *out, size_t size, const char *service, const char *region)
{
    (void)snprintf(out, size, "https://%s%s%s.amazonaws.com%s/", service, region[0] ? "." : "",
                   region, strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
}
