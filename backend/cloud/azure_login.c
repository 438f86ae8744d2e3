#include "backend/cloud/azure_login.h"

#include <string.h>

#include "backend/net/json_answer.h"
#include "backend/net/json_value.h"
#include "backend/net/secret.h"

static const char *const token_names[] = {"access_token", "accessToken", NULL};
static const char *const secret_names[] = {"access_token",     "accessToken", "refresh_token",
                                           "refreshToken",     "id_token",    "client_secret",
                                           "client_assertion", NULL};

/* expires_on is Unix time. expiresOn of az is local time without a zone, twice a year ambiguous:
 * it is left alone. */
static struct opt_i64 lasting(struct json_object *root, int64_t wall_ms)
{
    struct opt_i64 in_s = json_answer_i64(root, "expires_in");
    struct opt_i64 on_s = json_answer_i64(root, "expires_on");
    if (in_s.known && in_s.v >= 0) {
        return in_s;
    }
    if (!on_s.known) {
        return on_s;
    }
    int64_t lasts_s = on_s.v - wall_ms / 1000;
    return opt_i64(lasts_s > 0 ? lasts_s : 0);
}

bool azure_login_grant(char *body, size_t len, int64_t wall_ms, struct azure_grant *out,
                       struct error *err)
{
    bool took = json_answer_take(body, len, token_names, out->token, sizeof out->token);
    bool clean = json_answer_blot(body, len, secret_names);
    struct json_object *root = clean ? json_answer_parse(body, len) : NULL;
    if (!root) {
        error_set(err, "answered something that is not JSON");
    } else if (!took || strchr(out->token, ' ')) {
        error_set(err, "answered without a token");
    } else {
        out->lasts_s = lasting(root, wall_ms);
        json_object_put(root);
        return true;
    }
    json_object_put(root);
    secret_wipe(out->token, sizeof out->token);
    return false;
}

void azure_login_refusal(int status, char *body, size_t len, struct error *err)
{
    char code[64] = "", says[300] = "";
    bool clean = json_answer_blot(body, len, secret_names);
    struct json_object *root = clean ? json_answer_parse(body, len) : NULL;
    struct json_object *inner = json_member(root, "error");
    if (!json_line(root, "error_description", says, sizeof says)) {
        (void)json_line(inner, "message", says, sizeof says); /* App Service */
    }
    if (!json_line(root, "error", code, sizeof code)) {
        (void)json_line(inner, "code", code, sizeof code);
    }
    json_object_put(root);
    if (*says) {
        error_set(err, "%s", says);
    } else if (*code) {
        error_set(err, "status %d, %s", status, code);
    } else {
        error_set(err, "status %d", status);
    }
}
