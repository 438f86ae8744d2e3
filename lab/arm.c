/* lab-arm --port N --vici SOCKET --run DIR --subscription S --tenant T --client C [--address A]
 *     A stand-in for Azure: its login and its Resource Manager, which says of the connection
 *     "to-aws" in the group "rg-dr" what the charon at SOCKET says, with the real shared key in
 *     it, as Azure does. Secrets are in DIR: azure.secret, identity.token. DIR/arm.mode makes it
 *     answer badly (lab/cloud.h), DIR/arm.lifetime is how many seconds a token lasts (3600). */
#include "lab/cloud.h"

#include "lab/util.h"

#include <json-c/json.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKENS_MAX = 64, READS = 250, READS_A_SECOND = 25 };

#define GROUP      "rg-dr"
#define CONNECTION "to-aws"
#define PROVIDER   "/providers/Microsoft.Network/connections"

static const struct cloud_options *options;

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
/* guarded by mu */
static struct {
    char text[80];
    int64_t expires_ms; /* wall clock */
} tokens[TOKENS_MAX];   /* a ring */
static size_t n_tokens;
static double reads = READS; /* that are left */
static int64_t refilled_ms;  /* monotonic */

static void put(struct json_object *o, const char *key, const char *value)
{
    json_object_object_add(o, key, json_object_new_string(value));
}

static void put_int(struct json_object *o, const char *key, int64_t value)
{
    json_object_object_add(o, key, json_object_new_int64(value));
}

static void put_bool(struct json_object *o, const char *key, bool value)
{
    json_object_object_add(o, key, json_object_new_boolean(value));
}

/* --- tokens */

static int64_t new_token(char *out, size_t size)
{
    char dice[41], *lifetime = cloud_secret(options->run, "arm.lifetime");
    int64_t seconds = lifetime[0] ? strtol(lifetime, NULL, 10) : 3600;
    free(lifetime);
    cloud_random_hex(dice, sizeof dice);
    (void)snprintf(out, size, "eyJ0eXAiOiJsYWIifQ.%s", dice);
    (void)pthread_mutex_lock(&mu);
    size_t i = n_tokens++ % TOKENS_MAX;
    (void)snprintf(tokens[i].text, sizeof tokens[i].text, "%s", out);
    tokens[i].expires_ms = cloud_wall_ms() + seconds * 1000;
    (void)pthread_mutex_unlock(&mu);
    return seconds;
}

enum bearer { BEARER_OK, BEARER_MISSING, BEARER_WRONG, BEARER_EXPIRED };

static enum bearer check_bearer(const struct cloud_request *q)
{
    const char *header = cloud_request_header(q, "Authorization");
    enum bearer result = BEARER_WRONG;
    if (strncmp(header, "Bearer ", 7) != 0) {
        return BEARER_MISSING;
    }
    (void)pthread_mutex_lock(&mu);
    for (size_t i = 0; i < TOKENS_MAX; i++) {
        if (tokens[i].text[0] != '\0' && strcmp(tokens[i].text, header + 7) == 0) {
            result = tokens[i].expires_ms > cloud_wall_ms() ? BEARER_OK : BEARER_EXPIRED;
        }
    }
    (void)pthread_mutex_unlock(&mu);
    return result;
}

static void login_error(struct cloud_reply *r, unsigned status, const char *error, int code,
                        const char *why)
{
    struct json_object *o = json_object_new_object(), *codes = json_object_new_array();
    char text[400];
    put(o, "error", error);
    (void)snprintf(text, sizeof text,
                   "AADSTS%d: %s\r\nTrace ID: 00000000-0000-0000-0000-000000000000\r\n"
                   "Correlation ID: 00000000-0000-0000-0000-000000000000",
                   code, why);
    put(o, "error_description", text);
    (void)json_object_array_add(codes, json_object_new_int(code));
    json_object_object_add(o, "error_codes", codes);
    cloud_json(r, status, o);
}

static bool form_is(const struct cloud_request *q, const char *name, const char *wanted)
{
    char *value = cloud_form(q, name);
    bool same = wanted[0] != '\0' && strcmp(value, wanted) == 0;
    free(value);
    return same;
}

/* Whether the client showed its secret, or a token of somebody whom Azure believes. */
static bool proves_itself(const struct cloud_request *q)
{
    char *secret = cloud_secret(options->run, "azure.secret");
    char *assertion = cloud_secret(options->run, "identity.token");
    bool ok = form_is(q, "client_secret", secret) ||
              (form_is(q, "client_assertion_type",
                       "urn:ietf:params:oauth:client-assertion-type:jwt-bearer") &&
               form_is(q, "client_assertion", assertion));
    free(secret);
    free(assertion);
    return ok;
}

/* Fills in what a token is about; the numbers are texts where the metadata service says them. */
static void token_json(struct cloud_reply *r, bool texts)
{
    struct json_object *o = json_object_new_object();
    char token[80], number[24];
    int64_t seconds = new_token(token, sizeof token);
    put(o, "token_type", "Bearer");
    if (texts) {
        (void)snprintf(number, sizeof number, "%lld", (long long)seconds);
        put(o, "expires_in", number);
        (void)snprintf(number, sizeof number, "%lld",
                       (long long)cloud_wall_ms() / 1000 + (long long)seconds);
        put(o, "expires_on", number);
    } else {
        put_int(o, "expires_in", seconds);
        put_int(o, "ext_expires_in", seconds);
    }
    put(o, "access_token", token);
    cloud_json(r, 200, o);
}

static void login_answer(const struct cloud_request *q, struct cloud_reply *r)
{
    char *scope = cloud_form(q, "scope");
    size_t len = strlen(scope), suffix = strlen("/.default");
    bool scoped = len > suffix && strcmp(scope + len - suffix, "/.default") == 0;
    free(scope);
    if (strncmp(q->path + 1, options->tenant, strlen(options->tenant)) != 0) {
        login_error(r, 400, "invalid_request", 90002, "Tenant not found.");
    } else if (!form_is(q, "grant_type", "client_credentials")) {
        login_error(r, 400, "unsupported_grant_type", 70003, "Grant type not supported.");
    } else if (!scoped) {
        login_error(r, 400, "invalid_scope", 70011, "The provided scope is not valid.");
    } else if (!form_is(q, "client_id", options->client)) {
        login_error(r, 400, "unauthorized_client", 700016,
                    "Application was not found in the directory.");
    } else if (q->mode == MODE_UNAUTHORIZED || !proves_itself(q)) {
        login_error(r, 401, "invalid_client", 7000215, "Invalid client secret provided.");
    } else {
        token_json(r, false);
    }
}

static void identity_answer(const struct cloud_request *q, struct cloud_reply *r)
{
    if (strcmp(cloud_request_header(q, "Metadata"), "true") != 0) {
        login_error(r, 400, "invalid_request", 0, "Required metadata header not specified");
    } else {
        token_json(r, true);
    }
}

/* --- the Resource Manager */

static void arm_error(struct cloud_reply *r, unsigned status, const char *code,
                      const char *message)
{
    struct json_object *o = json_object_new_object(), *error = json_object_new_object();
    put(error, "code", code);
    put(error, "message", message);
    json_object_object_add(o, "error", error);
    cloud_json(r, status, o);
}

/* Takes one of the reads that a subscription has; false when none is left. */
static bool take_read(struct cloud_reply *r)
{
    char left[24];
    (void)pthread_mutex_lock(&mu);
    int64_t now_ms = util_now_ms();
    reads += (double)(now_ms - refilled_ms) / 1000 * READS_A_SECOND;
    reads = reads < READS ? reads : READS;
    refilled_ms = now_ms;
    bool ok = reads >= 1;
    reads -= ok;
    (void)snprintf(left, sizeof left, "%d", (int)reads);
    (void)pthread_mutex_unlock(&mu);
    cloud_header(r, "x-ms-ratelimit-remaining-subscription-reads", left);
    return ok;
}

static bool refused(const struct cloud_request *q, struct cloud_reply *r)
{
    enum bearer bearer = q->mode == MODE_UNAUTHORIZED ? BEARER_WRONG : check_bearer(q);
    if (q->mode == MODE_THROTTLE || !take_read(r)) {
        char seconds[24];
        (void)snprintf(seconds, sizeof seconds, "%d", q->mode_value > 0 ? q->mode_value : 1);
        cloud_header(r, "Retry-After", seconds);
        arm_error(r, 429, "TooManyRequests", "Too many requests.");
    } else if (bearer != BEARER_OK) {
        cloud_header(r, "WWW-Authenticate",
                     "Bearer authorization_uri=\"https://login.windows.net/\", "
                     "error=\"invalid_token\"");
        arm_error(r, 401,
                  bearer == BEARER_EXPIRED   ? "ExpiredAuthenticationToken"
                  : bearer == BEARER_MISSING ? "AuthenticationFailed"
                                             : "InvalidAuthenticationToken",
                  "The access token is missing, expired or not one of ours.");
    } else if (q->mode == MODE_FORBIDDEN) {
        arm_error(r, 403, "AuthorizationFailed",
                  "The client does not have authorization to perform action "
                  "'Microsoft.Network/connections/read'.");
    } else {
        return false;
    }
    return true;
}

static const char *status_word(bool up, bool connecting)
{
    return up ? "Connected" : connecting ? "Connecting" : "NotConnected";
}

static struct json_object *policies(void)
{
    struct json_object *list = json_object_new_array(), *p = json_object_new_object();
    put_int(p, "saLifeTimeSeconds", 3600);
    put_int(p, "saDataSizeKilobytes", 102400000);
    put(p, "ipsecEncryption", "AES256");
    put(p, "ipsecIntegrity", "SHA256");
    put(p, "ikeEncryption", "AES256");
    put(p, "ikeIntegrity", "SHA256");
    put(p, "dhGroup", "DHGroup14");
    put(p, "pfsGroup", "PFS2048");
    (void)json_object_array_add(list, p);
    return list;
}

static struct json_object *tunnel_status(const struct cloud_leg *leg, int i)
{
    static const char *const names[CLOUD_LEGS] = {"198.51.100.11", "198.51.100.12"};
    struct json_object *o = json_object_new_object();
    char when[40];
    put(o, "tunnel", names[i]);
    put(o, "connectionStatus", status_word(leg->up, leg->connecting));
    put_int(o, "ingressBytesTransferred", leg->in_b);
    put_int(o, "egressBytesTransferred", leg->out_b);
    if (leg->established_ms > 0) {
        cloud_iso(leg->established_ms, when, sizeof when);
        put(o, "lastConnectionEstablishedUtcTime", when);
    }
    return o;
}

/* What only the GET of one connection tells. */
static void put_live(struct json_object *o, bool old)
{
    struct cloud_view view;
    struct json_object *list = json_object_new_array();
    bool up = false, connecting = false;
    int64_t in_b = 0, out_b = 0;
    cloud_look(&view);
    for (int i = 0; i < CLOUD_LEGS; i++) {
        up |= view.legs[i].up;
        connecting |= view.legs[i].connecting;
        in_b += view.legs[i].in_b;
        out_b += view.legs[i].out_b;
        (void)json_object_array_add(list, tunnel_status(&view.legs[i], i));
    }
    put(o, "connectionStatus", status_word(up, connecting));
    put_int(o, "ingressBytesTransferred", old ? 0 : in_b);
    put_int(o, "egressBytesTransferred", old ? 0 : out_b);
    if (old) {
        json_object_put(list);
    } else {
        json_object_object_add(o, "tunnelConnectionStatus", list);
    }
}

static struct json_object *connection(bool single, bool old)
{
    struct json_object *o = json_object_new_object(), *p = json_object_new_object();
    struct buf id = {0};
    char *key = cloud_secret(options->run, "psk1.password");
    buf_printf(&id, "/subscriptions/%s/resourceGroups/" GROUP PROVIDER "/" CONNECTION,
               options->subscription);
    put(o, "name", CONNECTION);
    put(o, "id", id.data);
    put(o, "etag", "W/\"22222222-2222-2222-2222-222222222222\"");
    put(o, "type", "Microsoft.Network/connections");
    put(o, "location", "eastus");
    put(p, "provisioningState", "Succeeded");
    put(p, "connectionType", "IPsec");
    put(p, "connectionProtocol", "IKEv2");
    put_int(p, "routingWeight", 10);
    put(p, "sharedKey", key);
    put_bool(p, "enableBgp", false);
    put_bool(p, "useLocalAzureIpAddress", false);
    put_bool(p, "usePolicyBasedTrafficSelectors", false);
    json_object_object_add(p, "ipsecPolicies", policies());
    json_object_object_add(p, "trafficSelectorPolicies", json_object_new_array());
    put_int(p, "dpdTimeoutSeconds", 45);
    put(p, "connectionMode", "Default");
    if (single) {
        put_live(p, old);
    }
    json_object_object_add(o, "properties", p);
    buf_free(&id);
    free(key);
    return o;
}

static void connections(const struct cloud_request *q, const char *name, struct cloud_reply *r)
{
    if (*name == '\0') {
        struct json_object *o = json_object_new_object(), *list = json_object_new_array();
        (void)json_object_array_add(list, connection(false, false));
        json_object_object_add(o, "value", list);
        cloud_json(r, 200, o);
    } else if (strcmp(name, "/" CONNECTION) != 0 || q->mode == MODE_EMPTY) {
        arm_error(r, 404, "ResourceNotFound",
                  "The Resource 'Microsoft.Network/connections' was not found.");
    } else {
        cloud_json(r, 200, connection(true, q->mode == MODE_OLD));
    }
}

static void resource_answer(const struct cloud_request *q, struct cloud_reply *r)
{
    struct buf subscription = {0}, group = {0};
    char *version = cloud_form(q, "api-version");
    buf_printf(&subscription, "/subscriptions/%s/resourceGroups/", options->subscription);
    buf_printf(&group, "%s" GROUP PROVIDER, subscription.data);
    if (refused(q, r)) {
        /* it has been said */
    } else if (version[0] == '\0') {
        arm_error(r, 400, "MissingApiVersionParameter",
                  "The api-version query parameter (?api-version=) is required.");
    } else if (strncmp(version, "20", 2) != 0) {
        arm_error(r, 400, "InvalidApiVersionParameter", "The api-version is not valid.");
    } else if (strncmp(q->path, subscription.data, subscription.len) != 0) {
        arm_error(r, 404, "SubscriptionNotFound", "The subscription could not be found.");
    } else if (strncmp(q->path, group.data, group.len) != 0) {
        arm_error(r, 404, "ResourceGroupNotFound", "The group could not be found.");
    } else {
        connections(q, q->path + group.len, r);
    }
    free(version);
    buf_free(&subscription);
    buf_free(&group);
}

static void answer(const struct cloud_request *q, struct cloud_reply *r)
{
    static const char login[] = "/oauth2/v2.0/token";
    size_t len = strlen(q->path);
    r->type = "application/json; charset=utf-8";
    if (strcmp(q->path, "/metadata/identity/oauth2/token") == 0) {
        identity_answer(q, r);
    } else if (strcmp(q->method, "POST") == 0 && len > sizeof login &&
               strcmp(q->path + len - (sizeof login - 1), login) == 0) {
        login_answer(q, r);
    } else if (strcmp(q->method, "GET") == 0) {
        resource_answer(q, r);
    } else {
        arm_error(r, 405, "MethodNotAllowed", "Only GET is understood here.");
    }
}

static bool begin(struct cloud_options *o)
{
    options = o;
    return o->subscription && o->tenant && o->client;
}

int main(int argc, char **argv)
{
    return cloud_main(argc, argv, "arm", begin, answer);
}
