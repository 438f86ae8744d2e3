#define _GNU_SOURCE /* memmem() */
#include "backend/cloud/azure_ways.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/mem.h"
#include "backend/net/command.h"
#include "backend/net/secret.h"

#define LOOK_MS       1000 /* how long a metadata service is looked for */
#define RETRIES       4
#define RETRY_MS      200 /* doubles */
#define URL_MAX       2048
#define AZ_MAX        (64 * 1024)
#define ASSERTION_MAX 16384
/* Both of a client's texts, percent-encoded at the worst. */
#define FORM_MAX ((size_t)3 * ASSERTION_MAX + 4096)

#define METADATA "http://169.254.169.254"

static const struct {
    const char *login, *arm;
} clouds[] = {
    [AZURE_PUBLIC] = {"https://login.microsoftonline.com", "https://management.azure.com"},
    [AZURE_GOVERNMENT] = {"https://login.microsoftonline.us",
                          "https://management.usgovcloudapi.net"},
    [AZURE_CHINA] = {"https://login.chinacloudapi.cn", "https://management.chinacloudapi.cn"},
};

const char *azure_arm_host(const struct config_azure *cfg)
{
    return clouds[cfg->cloud].arm;
}

/* What the configuration says, or else the environment; NULL when both are silent. */
static const char *said(const char *configured, const char *variable)
{
    const char *value = configured ? configured : getenv(variable);
    return value && *value ? value : NULL;
}

static const char *tenant(const struct config_azure *cfg)
{
    return said(cfg->tenant, "AZURE_TENANT_ID");
}

static const char *client_id(const struct config_azure *cfg)
{
    return said(cfg->client_id, "AZURE_CLIENT_ID");
}

static const char *token_file(const struct config_azure *cfg)
{
    return said(cfg->token_file, "AZURE_FEDERATED_TOKEN_FILE");
}

bool azure_has_secret(const struct config_azure *cfg)
{
    return (cfg->client_secret.kind != SECRET_NONE || said(NULL, "AZURE_CLIENT_SECRET")) &&
           tenant(cfg) && client_id(cfg);
}

bool azure_has_federation(const struct config_azure *cfg)
{
    return token_file(cfg) && tenant(cfg) && client_id(cfg);
}

static int64_t left_ms(const struct azure_attempt *a)
{
    return a->deadline_ms - clock_mono_ms(&clock_system);
}

static bool fail(struct azure_attempt *a, const char *what, const struct error *err)
{
    error_set(&a->why->err, "%s: %.600s", what, err->text);
    return false;
}

/* Takes the token out of an answer, or says why there is none. */
static bool take(struct azure_attempt *a, const char *what, const struct azure_answer *answer)
{
    struct error err = {0};
    bool took = false;
    if (answer->status == 200) {
        took = azure_login_grant(answer->body, answer->len, a->wall_ms, a->grant, &err);
    } else {
        azure_login_refusal(answer->status, answer->body, answer->len, &err);
        a->why->throttled = answer->status == 429 || answer->status >= 500;
        a->why->retry_after_s = answer->retry_after_s;
    }
    azure_http_wipe(a->http);
    return took || fail(a, what, &err);
}

/* A service that repeats what was sent must not carry a secret into its own words. */
static void blot(struct azure_answer *answer, const char *secret)
{
    size_t n = strlen(secret);
    char *p = answer->body, *end = answer->body + answer->len;
    while (n > 0 && (p = memmem(p, (size_t)(end - p), secret, n))) {
        memset(p, '*', n);
    }
}

static size_t append(char *form, size_t used, const char *text)
{
    size_t len = strlen(text);
    if (used >= FORM_MAX || FORM_MAX - used <= len) {
        return FORM_MAX;
    }
    memcpy(form + used, text, len + 1);
    return used + len;
}

static bool login_url(const struct config_azure *cfg, char url[URL_MAX])
{
    static const char path[] = "/oauth2/v2.0/token";
    const char *host = cfg->login_endpoint;
    host = host ? host : clouds[cfg->cloud].login;
    size_t len = strcspn(host, "?#");
    while (len > 0 && host[len - 1] == '/') {
        len--;
    }
    int n = snprintf(url, URL_MAX, "%.*s/", (int)len, host);
    size_t used = n > 0 && n < URL_MAX ? (size_t)n : URL_MAX;
    used = azure_http_escape(url, URL_MAX, used, tenant(cfg));
    if (used + sizeof path > URL_MAX) {
        return false;
    }
    memcpy(url + used, path, sizeof path);
    return true;
}

/* proof_name tells apart the two ways that name an application. */
static bool make_form(const struct config_azure *cfg, const char *proof_name, const char *proof,
                      char *form)
{
    size_t n = append(form, 0, "grant_type=client_credentials&client_id=");
    n = azure_http_escape(form, FORM_MAX, n, client_id(cfg));
    n = append(form, n, "&scope=");
    n = azure_http_escape(form, FORM_MAX, n, azure_arm_host(cfg));
    n = append(form, n, "%2F.default");
    n = append(form, n, proof_name);
    return azure_http_escape(form, FORM_MAX, n, proof) < FORM_MAX;
}

static bool post_proof(struct azure_attempt *a, const char *what, const char *proof_name,
                       const char *proof)
{
    char url[URL_MAX];
    char *form = mem_alloc(FORM_MAX, 1);
    struct azure_answer answer;
    struct error err = {0};
    bool answered = false;
    if (login_url(a->cfg, url) && make_form(a->cfg, proof_name, proof, form)) {
        const struct azure_request request = {
            .url = url, .form = form, .timeout_ms = left_ms(a)};
        answered = azure_http_ask(a->http, &request, &answer, &err);
    } else {
        error_set(&err, "its request is too long");
    }
    secret_wipe(form, FORM_MAX);
    free(form);
    if (!answered) {
        return fail(a, what, &err);
    }
    if (answer.status != 200) { /* then it is words */
        blot(&answer, proof);
    }
    return take(a, what, &answer);
}

static bool need_names(struct azure_attempt *a, const char *what)
{
    struct error err;
    if (!tenant(a->cfg)) {
        error_set(&err, "no tenant, expected \"tenant\" or $AZURE_TENANT_ID");
        return fail(a, what, &err);
    }
    if (!client_id(a->cfg)) {
        error_set(&err, "no application, expected \"client_id\" or $AZURE_CLIENT_ID");
        return fail(a, what, &err);
    }
    return true;
}

bool azure_by_secret(struct azure_attempt *a)
{
    static const char what[] = "login by client secret";
    static char variable[] = "AZURE_CLIENT_SECRET";
    const struct secret of_environment = {.kind = SECRET_ENV, .name = variable};
    const struct secret *secret = &a->cfg->client_secret;
    char text[SECRET_MAX];
    struct error err = {0};
    if (!need_names(a, what)) {
        return false;
    }
    if (secret->kind == SECRET_NONE) {
        secret = &of_environment;
    }
    if (!secret_fetch(secret, left_ms(a), text, &err)) {
        return fail(a, what, &err);
    }
    bool took = post_proof(a, what, "&client_secret=", text);
    secret_wipe(text, sizeof text);
    return took;
}

/* The whole of a small file, without the blanks at its end. It is replaced now and then, so it is
 * read each time. */
static bool read_assertion(const char *path, char *out, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    ssize_t n = -1;
    bool there = fd >= 0 && fstat(fd, &st) == 0;
    if (there && (!S_ISREG(st.st_mode) || st.st_size >= ASSERTION_MAX)) {
        error_set(err, "%s: expected a file of less than %d bytes", path, ASSERTION_MAX);
    } else if (!there || (n = read(fd, out, ASSERTION_MAX - 1)) < 0) {
        error_set(err, "%s: %s, expected a file with a token", path, strerror(errno));
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    if (n < 0) {
        return false;
    }
    while (n > 0 && (unsigned char)out[n - 1] <= ' ') {
        n--;
    }
    out[n] = '\0';
    if (n == 0 || strlen(out) != (size_t)n) {
        error_set(err, "%s: no token in it", path);
        return false;
    }
    return true;
}

bool azure_by_federation(struct azure_attempt *a)
{
    static const char what[] = "login by federated token";
    const char *path = token_file(a->cfg);
    struct error err = {0};
    if (!need_names(a, what)) {
        return false;
    }
    if (!path) {
        error_set(&err, "no file, expected \"token_file\" or $AZURE_FEDERATED_TOKEN_FILE");
        return fail(a, what, &err);
    }
    char *assertion = mem_alloc(ASSERTION_MAX, 1);
    bool took = read_assertion(path, assertion, &err)
                    ? post_proof(a, what,
                                 "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
                                 "client-assertion-type%3Ajwt-bearer&client_assertion=",
                                 assertion)
                    : fail(a, what, &err);
    secret_wipe(assertion, ASSERTION_MAX);
    free(assertion);
    return took;
}

/* The metadata service of a virtual machine, or App Service's, which the environment names. */
static bool managed_request(const struct config_azure *cfg, char url[URL_MAX], char header[512],
                            struct azure_request *out)
{
    const char *set = cfg->identity_endpoint;
    const char *app_service = set ? NULL : said(NULL, "IDENTITY_ENDPOINT");
    const char *key = said(NULL, "IDENTITY_HEADER");
    bool app = app_service && key;
    set = set ? set : METADATA;
    int n = app ? snprintf(url, URL_MAX, "%s?api-version=2019-08-01", app_service)
                : snprintf(url, URL_MAX,
                           "%.*s/metadata/identity/oauth2/token"
                           "?api-version=2018-02-01",
                           (int)(strlen(set) - (set[strlen(set) - 1] == '/')), set);
    size_t used = n > 0 && n < URL_MAX ? (size_t)n : URL_MAX;
    if (used + sizeof "&resource=" <= URL_MAX) {
        used += (size_t)snprintf(url + used, URL_MAX - used, "&resource=");
    }
    used = azure_http_escape(url, URL_MAX, used, azure_arm_host(cfg));
    used = azure_http_escape(url, URL_MAX, used, "/");
    if (client_id(cfg) && used + sizeof "&client_id=" <= URL_MAX) {
        used += (size_t)snprintf(url + used, URL_MAX - used, "&client_id=");
        used = azure_http_escape(url, URL_MAX, used, client_id(cfg));
    }
    n = snprintf(header, 512, app ? "X-IDENTITY-HEADER: %s" : "Metadata: true%s",
                 app ? key : "");
    *out = (struct azure_request){.url = url, .header = {header}};
    return used < URL_MAX && n > 0 && n < 512;
}

/* The metadata service is asked again while it is busy or does not know its identities yet, as
 * its documentation demands; while only looking whether there is one, it is not. */
static bool ask_managed(struct azure_attempt *a, struct azure_request *request, bool look,
                        struct azure_answer *answer, struct error *err)
{
    int64_t wait_ms = RETRY_MS;
    for (int tries = 1;; tries++, wait_ms *= 2) {
        int64_t left = left_ms(a);
        request->timeout_ms = look && left > LOOK_MS ? LOOK_MS : left;
        if (!azure_http_ask(a->http, request, answer, err)) {
            return false;
        }
        bool again = answer->status == 404 || answer->status == 429 || answer->status >= 500;
        if (!again || look || tries == RETRIES || left_ms(a) <= 2 * wait_ms ||
            (answer->retry_after_s.known && answer->retry_after_s.v * 1000 > wait_ms)) {
            return true;
        }
        if (!azure_http_wait(a->http, wait_ms)) {
            error_set(err, "interrupted");
            return false;
        }
    }
}

bool azure_by_identity(struct azure_attempt *a, bool look)
{
    static const char what[] = "login by managed identity";
    char url[URL_MAX], header[512];
    struct azure_request request;
    struct azure_answer answer;
    struct error err = {0};
    bool answered = false;
    if (managed_request(a->cfg, url, header, &request)) {
        answered = ask_managed(a, &request, look, &answer, &err);
    } else {
        error_set(&err, "its address is too long");
    }
    secret_wipe(header, sizeof header);
    return answered ? take(a, what, &answer) : fail(a, what, &err);
}

bool azure_by_az(struct azure_attempt *a)
{
    static const char what[] = "login by az";
    char resource[128];
    char *out = mem_alloc(AZ_MAX, 1);
    (void)snprintf(resource, sizeof resource, "%s/", azure_arm_host(a->cfg));
    char *const account = a->cfg->tenant ? a->cfg->tenant : a->cfg->subscription;
    char *const argv[] = {(char[]){"az"},
                          (char[]){"account"},
                          (char[]){"get-access-token"},
                          (char[]){"--resource"},
                          resource,
                          a->cfg->tenant ? (char[]){"--tenant"} : (char[]){"--subscription"},
                          account,
                          (char[]){"-o"},
                          (char[]){"json"},
                          NULL};
    const struct command command = {
        .argv = argv, .timeout_ms = left_ms(a), .stop = azure_http_interrupted(a->http)};
    size_t len = 0;
    struct error err = {0};
    bool took = command_run(&command, out, AZ_MAX, &len, &err) &&
                azure_login_grant(out, len, a->wall_ms, a->grant, &err);
    secret_wipe(out, AZ_MAX);
    free(out);
    return took || fail(a, what, &err);
}
