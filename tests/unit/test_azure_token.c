#include "backend/cloud/azure_token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "azure_fixture.h"
#include "backend/cloud/azure_login.h"
#include "backend/net/http.h"
#include "jenkins_server.h"

#define WALL_MS INT64_C(1795388920000)

static char tenant_name[] = "ten ant", client[] = "app-1", secret_text[] = "s3cr3t/&=+";
static char subscription[] = "sub-1";

struct rig {
    struct jenkins_server *server;
    struct config_azure cfg;
    struct azure_http *http;
    struct azure_token *token;
    struct clock_manual clk;
    struct azure_no_token why;
    char url[64];
    char folder[64], path[128];
};

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void clear_environment(void)
{
    static const char *const names[] = {"AZURE_TENANT_ID",     "AZURE_CLIENT_ID",
                                        "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE",
                                        "IDENTITY_ENDPOINT",   "IDENTITY_HEADER"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)unsetenv(names[i]);
    }
}

static int setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    clear_environment();
    rig->server = js_start();
    (void)snprintf(rig->url, sizeof rig->url, "http://127.0.0.1:%u",
                   (unsigned)rig->server->port);
    (void)snprintf(rig->folder, sizeof rig->folder, "/tmp/drtop-azure-XXXXXX");
    assert_non_null(mkdtemp(rig->folder));
    rig->cfg = (struct config_azure){.login_endpoint = rig->url,
                                     .identity_endpoint = rig->url,
                                     .subscription = subscription};
    rig->http = azure_http_create(NULL);
    rig->token = azure_token_create(&rig->cfg, rig->http);
    clock_manual_init(&rig->clk, 1000, WALL_MS);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;
    azure_token_destroy(rig->token);
    azure_http_destroy(rig->http);
    js_stop(rig->server);
    if (rig->path[0]) {
        (void)unlink(rig->path);
    }
    (void)rmdir(rig->folder);
    free(rig);
    clear_environment();
    return 0;
}

static void use_secret(struct rig *rig)
{
    rig->cfg.login = AZURE_LOGIN_SECRET;
    rig->cfg.tenant = tenant_name;
    rig->cfg.client_id = client;
    rig->cfg.client_secret = (struct secret){.kind = SECRET_LITERAL, .name = secret_text};
}

static void answer(struct rig *rig, const char *method, const char *path, const char *status,
                   const char *headers, const char *body, int times)
{
    size_t size = strlen(body) + 512;
    char *reply = calloc(1, size);
    int n = snprintf(reply, size, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s", status,
                     headers, strlen(body), body);
    js_rule(rig->server, method, path, JS_REPLY, reply, (size_t)n, times);
}

static const char *get_within(struct rig *rig, int64_t ms)
{
    return azure_token_get(rig->token, &rig->clk.base, clock_mono_ms(&clock_system) + ms,
                           &rig->why);
}

static const char *get(struct rig *rig)
{
    return get_within(rig, 8000);
}

static void expect_no_token(struct rig *rig, const char *why)
{
    assert_null(get(rig));
    assert_string_equal(rig->why.err.text, why);
    assert_null(strstr(rig->why.err.text, secret_text));
}

static void a_client_secret_gives_a_token(void **state)
{
    struct rig *rig = *state;
    size_t len;
    char *body = azure_fixture("token", &len);
    use_secret(rig);
    answer(rig, "POST", "/ten%20ant/oauth2/v2.0/token", "200 OK", "", body, -1);
    free(body);
    assert_string_equal(get(rig), "REDACTED");
    struct js_request r = js_request(rig->server, "POST", 0);
    assert_non_null(strstr(r.text, "grant_type=client_credentials&client_id=app-1&scope="
                                   "https%3A%2F%2Fmanagement.azure.com%2F.default"
                                   "&client_secret=s3cr3t%2F%26%3D%2B"));
    assert_non_null(strstr(r.text, "Content-Type: application/x-www-form-urlencoded\r\n"));
}

static void a_token_is_kept_until_five_minutes_before_its_end(void **state)
{
    struct rig *rig = *state;
    use_secret(rig);
    answer(rig, "POST", "/", "200 OK", "", "{\"access_token\":\"one\",\"expires_in\":3599}", 1);
    answer(rig, "POST", "/", "200 OK", "", "{\"access_token\":\"two\",\"expires_in\":\"100\"}",
           1);
    answer(rig, "POST", "/", "200 OK", "", "{\"access_token\":\"three\"}", 1);
    answer(rig, "POST", "/", "200 OK", "", "{\"access_token\":\"four\",\"expires_in\":0}", -1);
    assert_string_equal(get(rig), "one");
    clock_manual_advance(&rig->clk, INT64_C(3298) * 1000);
    assert_string_equal(get(rig), "one");
    clock_manual_advance(&rig->clk, INT64_C(1) * 1000);
    assert_string_equal(get(rig), "two"); /* a short one is used for half of its time */
    clock_manual_advance(&rig->clk, 49999);
    assert_string_equal(get(rig), "two");
    clock_manual_advance(&rig->clk, 1);
    assert_string_equal(get(rig), "three"); /* for how long was not said: five minutes */
    clock_manual_advance(&rig->clk, 299999);
    assert_string_equal(get(rig), "three");
    azure_token_forget(rig->token);
    assert_string_equal(get(rig), "four");
    assert_string_equal(get(rig), "four"); /* over at once: asked for again */
    assert_int_equal(js_count(rig->server, "POST"), 5);
}

static void the_old_token_is_used_while_there_is_no_new_one(void **state)
{
    struct rig *rig = *state;
    use_secret(rig);
    answer(rig, "POST", "/", "200 OK", "", "{\"access_token\":\"one\",\"expires_in\":3600}", 1);
    answer(rig, "POST", "/", "503 Busy", "Retry-After: 100\r\n", "", 1);
    answer(rig, "POST", "/", "500 Oops", "", "", 1);
    answer(rig, "POST", "/", "200 OK", "", "{\"access_token\":7}", -1);
    assert_string_equal(get(rig), "one");
    clock_manual_advance(&rig->clk, INT64_C(3300) * 1000);
    assert_string_equal(get(rig), "one");
    assert_int_equal(js_count(rig->server, "POST"), 2);
    clock_manual_advance(&rig->clk, 99999);
    assert_string_equal(get(rig), "one");
    assert_int_equal(js_count(rig->server, "POST"), 2); /* it asked for that time */
    clock_manual_advance(&rig->clk, 1);
    assert_string_equal(get(rig), "one");
    clock_manual_advance(&rig->clk, 59999);
    assert_string_equal(get(rig), "one");
    assert_int_equal(js_count(rig->server, "POST"), 3);
    clock_manual_advance(&rig->clk, 140000);
    assert_string_equal(get(rig), "one");
    clock_manual_advance(&rig->clk, 1); /* its end */
    expect_no_token(rig, "login by client secret: answered without a token");
    assert_int_equal(js_count(rig->server, "POST"), 5);
}

static void the_environment_fills_in(void **state)
{
    struct rig *rig = *state;
    rig->cfg.login = AZURE_LOGIN_SECRET;
    expect_no_token(rig, "login by client secret: no tenant, expected \"tenant\" or "
                         "$AZURE_TENANT_ID");
    (void)setenv("AZURE_TENANT_ID", "t", 1);
    expect_no_token(rig, "login by client secret: no application, expected \"client_id\" or "
                         "$AZURE_CLIENT_ID");
    (void)setenv("AZURE_CLIENT_ID", "c", 1);
    expect_no_token(rig, "login by client secret: $AZURE_CLIENT_SECRET: not set, expected a "
                         "secret of 1 to 1023 bytes");
    (void)setenv("AZURE_CLIENT_SECRET", "p", 1);
    answer(rig, "POST", "/t/oauth2/v2.0/token", "200 OK", "", "{\"access_token\":\"x\"}", -1);
    assert_string_equal(get(rig), "x");
    assert_non_null(strstr(js_request(rig->server, "POST", 0).text, "&client_secret=p"));
}

static void a_refusal_is_its_first_line_without_the_secret(void **state)
{
    struct rig *rig = *state;
    size_t len;
    char *body = azure_fixture("login-7000215", &len);
    use_secret(rig);
    answer(rig, "POST", "/", "401 Unauthorized", "", body, 1);
    answer(rig, "POST", "/", "400 Bad Request", "",
           "{\"error\":\"bad\",\"error_description\":\"we got s3cr3t/&=+ from \\u001byou\"}",
           1);
    answer(rig, "POST", "/", "503 Service Unavailable", "Retry-After: 7\r\n", "<html>", 1);
    free(body);
    expect_no_token(rig, "login by client secret: AADSTS7000215: Invalid client secret "
                         "provided.");
    assert_false(rig->why.throttled);
    expect_no_token(rig, "login by client secret: we got ********** from \xc2\xb7you");
    expect_no_token(rig, "login by client secret: status 503");
    assert_true(rig->why.throttled);
    assert_int_equal(rig->why.retry_after_s.v, 7);
}

static void what_is_no_token_is_none(void **state)
{
    struct rig *rig = *state;
    use_secret(rig);
    answer(rig, "POST", "/", "200 OK", "", "{\"access_token\":\"a\\r\\nHost: x\"}", 1);
    answer(rig, "POST", "/", "200 OK", "", "{\"access_token\":7}", 1);
    answer(rig, "POST", "/", "200 OK", "", "{\"access_token\":\"abc\"", 1);
    answer(rig, "POST", "/", "200 OK", "", "", 1);
    expect_no_token(rig, "login by client secret: answered without a token");
    expect_no_token(rig, "login by client secret: answered without a token");
    expect_no_token(rig, "login by client secret: answered something that is not JSON");
    expect_no_token(rig, "login by client secret: answered something that is not JSON");
}

static void a_federated_token_is_read_again_each_time(void **state)
{
    struct rig *rig = *state;
    (void)snprintf(rig->path, sizeof rig->path, "%s/token", rig->folder);
    rig->cfg.login = AZURE_LOGIN_FEDERATED;
    rig->cfg.tenant = tenant_name;
    rig->cfg.client_id = client;
    (void)setenv("AZURE_FEDERATED_TOKEN_FILE", rig->path, 1);
    assert_null(get(rig));
    assert_non_null(strstr(rig->why.err.text, "expected a file with a token"));
    write_file(rig->path, "  \n", 0644);
    assert_null(get(rig));
    write_file(rig->path, "first.jwt\n", 0644);
    answer(rig, "POST", "/", "200 OK", "", "{\"access_token\":\"x\",\"expires_in\":600}", -1);
    assert_string_equal(get(rig), "x");
    write_file(rig->path, "second.jwt", 0644);
    azure_token_forget(rig->token);
    assert_string_equal(get(rig), "x");
    assert_non_null(strstr(js_request(rig->server, "POST", 0).text,
                           "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-"
                           "assertion-type%3Ajwt-bearer&client_assertion=first.jwt"));
    assert_non_null(
        strstr(js_request(rig->server, "POST", 1).text, "&client_assertion=second.jwt"));
}

static void the_managed_identity_answers_with_texts(void **state)
{
    struct rig *rig = *state;
    rig->cfg.login = AZURE_LOGIN_MANAGED;
    rig->cfg.cloud = AZURE_GOVERNMENT;
    rig->cfg.client_id = client;
    answer(rig, "GET",
           "/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
           "https%3A%2F%2Fmanagement.usgovcloudapi.net%2F&client_id=app-1",
           "200 OK", "", "{\"access_token\":\"m\",\"expires_in\":\"86399\"}", -1);
    (void)setenv("http_proxy", "http://127.0.0.1:1", 1);
    assert_string_equal(get(rig), "m");
    (void)unsetenv("http_proxy");
    assert_non_null(strstr(js_request(rig->server, "GET", 0).text, "Metadata: true\r\n"));
    clock_manual_advance(&rig->clk, INT64_C(86098) * 1000);
    assert_string_equal(get(rig), "m");
    assert_int_equal(js_count(rig->server, "GET"), 1);
}

static void the_metadata_service_is_asked_again(void **state)
{
    struct rig *rig = *state;
    rig->cfg.login = AZURE_LOGIN_MANAGED;
    answer(rig, "GET", "/", "404 Not Found", "", "", 1);
    answer(rig, "GET", "/", "500 Oops", "", "{}", 1);
    answer(rig, "GET", "/", "200 OK", "", "{\"access_token\":\"m\"}", 1);
    answer(rig, "GET", "/", "400 Bad Request", "",
           "{\"error\":\"invalid_request\",\"error_description\":\"Identity not found\"}", 1);
    answer(rig, "GET", "/", "429 Too Many", "Retry-After: 60\r\n", "", -1);
    assert_string_equal(get(rig), "m");
    assert_int_equal(js_count(rig->server, "GET"), 3);
    azure_token_forget(rig->token);
    expect_no_token(rig, "login by managed identity: Identity not found");
    assert_int_equal(js_count(rig->server, "GET"), 4);
    expect_no_token(rig, "login by managed identity: status 429"); /* it asked for more time */
    assert_int_equal(js_count(rig->server, "GET"), 5);
    assert_int_equal(rig->why.retry_after_s.v, 60);
}

static void app_service_has_its_own_endpoint(void **state)
{
    struct rig *rig = *state;
    char endpoint[96];
    (void)snprintf(endpoint, sizeof endpoint, "%s/msi/token", rig->url);
    rig->cfg.login = AZURE_LOGIN_MANAGED;
    rig->cfg.identity_endpoint = NULL;
    (void)setenv("IDENTITY_ENDPOINT", endpoint, 1);
    (void)setenv("IDENTITY_HEADER", "pass-word", 1);
    answer(rig, "GET", "/msi/token?api-version=2019-08-01&resource=", "200 OK", "",
           "{\"access_token\":\"a\",\"expires_on\":\"1795392520\"}", -1);
    assert_string_equal(get(rig), "a");
    assert_non_null(
        strstr(js_request(rig->server, "GET", 0).text, "X-IDENTITY-HEADER: pass-word\r\n"));
    clock_manual_advance(&rig->clk, INT64_C(3299) * 1000); /* its hour, without five minutes */
    assert_string_equal(get(rig), "a");
    clock_manual_advance(&rig->clk, 1000);
    (void)get(rig);
    assert_int_equal(js_count(rig->server, "GET"), 2);
}

/* A program az that says what it was asked and what the test wants. */
static void install_az(struct rig *rig, const char *does)
{
    char script[512], path[256];
    (void)snprintf(rig->path, sizeof rig->path, "%s/az", rig->folder);
    (void)snprintf(script, sizeof script, "#!/bin/sh\n%s\n", does);
    write_file(rig->path, script, 0755);
    (void)snprintf(path, sizeof path, "%s:/usr/bin:/bin", rig->folder);
    (void)setenv("PATH", path, 1);
}

static void az_is_asked(void **state)
{
    struct rig *rig = *state;
    rig->cfg.login = AZURE_LOGIN_AZ;
    rig->cfg.cloud = AZURE_CHINA;
    install_az(rig, "[ \"$*\" = 'account get-access-token --resource "
                    "https://management.chinacloudapi.cn/ --subscription sub-1 -o json' ] && "
                    "echo '{\"accessToken\":\"z\",\"expiresOn\":\"2026-11-23 00:08:40.000000\","
                    "\"expires_on\":1795392520}'");
    assert_string_equal(get(rig), "z");
    clock_manual_advance(&rig->clk, INT64_C(3299) * 1000);
    install_az(rig, "exit 1");
    assert_string_equal(get(rig), "z");
    clock_manual_advance(&rig->clk, INT64_C(301) * 1000);
    expect_no_token(rig, "login by az: az: exited with 1, expected 0");
    install_az(rig, "echo '{\"accessToken\":\"y\",\"expiresOn\":\"2026-11-23 00:08:40\"}'");
    assert_string_equal(get(rig), "y"); /* its end has no time zone: used for five minutes */
    install_az(rig, "exit 1");
    clock_manual_advance(&rig->clk, 300000);
    assert_null(get(rig));
}

static void auto_takes_the_first_that_is_set_up(void **state)
{
    struct rig *rig = *state;
    install_az(rig, "echo '{\"accessToken\":\"of az\"}' | tr -d ' '");
    answer(rig, "GET", "/metadata/", "400 Bad Request", "", "{\"error\":\"none\"}", 1);
    answer(rig, "GET", "/metadata/", "200 OK", "", "{\"access_token\":\"managed\"}", 1);
    answer(rig, "POST", "/", "200 OK", "", "{\"access_token\":\"posted\"}", -1);
    assert_string_equal(get(rig), "ofaz"); /* no identity here */
    azure_token_forget(rig->token);
    assert_string_equal(get(rig), "managed");
    azure_token_forget(rig->token);
    (void)setenv("AZURE_FEDERATED_TOKEN_FILE", "/dev/null", 1);
    (void)setenv("AZURE_TENANT_ID", "t", 1);
    (void)setenv("AZURE_CLIENT_ID", "c", 1);
    assert_null(get(rig));
    assert_non_null(strstr(rig->why.err.text, "login by federated token"));
    (void)setenv("AZURE_CLIENT_SECRET", "p", 1);
    assert_string_equal(get(rig), "posted");
}

static void auto_says_all_that_failed(void **state)
{
    struct rig *rig = *state;
    install_az(rig, "exit 3");
    js_say(rig->server, "GET", "/", JS_HANG, NULL);
    expect_no_token(rig,
                    "no login is set up: login by az: az: exited with 3, expected 0; login "
                    "by managed identity: timed out after 1.0 s");
}

static void a_deadline_holds(void **state)
{
    struct rig *rig = *state;
    use_secret(rig);
    js_say(rig->server, "POST", "/", JS_HANG, NULL);
    assert_null(get_within(rig, 1000));
    assert_non_null(strstr(rig->why.err.text, "timed out after "));
    assert_null(get_within(rig, 0));
    assert_int_equal(js_count(rig->server, "POST"), 1);
}

static void *interrupt_when_asked(void *arg)
{
    struct rig *rig = arg;
    js_await(rig->server, 1);
    azure_http_interrupt(rig->http);
    return NULL;
}

static void waiting_is_interruptible(void **state)
{
    struct rig *rig = *state;
    pthread_t thread;
    rig->cfg.login = AZURE_LOGIN_MANAGED;
    js_say(rig->server, "GET", "/", JS_HANG, NULL);
    assert_int_equal(pthread_create(&thread, NULL, interrupt_when_asked, rig), 0);
    assert_null(get_within(rig, 600000)); /* the test's own limit is shorter */
    (void)pthread_join(thread, NULL);
    assert_string_equal(rig->why.err.text, "login by managed identity: interrupted");
}

static void the_clouds_have_hosts_of_their_own(void **state)
{
    (void)state;
    struct config_azure cfg = {.cloud = AZURE_PUBLIC};
    assert_string_equal(azure_arm_host(&cfg), "https://management.azure.com");
    cfg.cloud = AZURE_GOVERNMENT;
    assert_string_equal(azure_arm_host(&cfg), "https://management.usgovcloudapi.net");
    cfg.cloud = AZURE_CHINA;
    assert_string_equal(azure_arm_host(&cfg), "https://management.chinacloudapi.cn");
}

static void escaping_cuts_nothing(void **state)
{
    (void)state;
    char out[8] = "";
    assert_int_equal(azure_http_escape(out, sizeof out, 0, "a/b"), 5);
    assert_string_equal(out, "a%2Fb");
    assert_int_equal(azure_http_escape(out, sizeof out, 5, "cd"), 7);
    assert_string_equal(out, "a%2Fbcd");
    assert_int_equal(azure_http_escape(out, sizeof out, 7, "e"), sizeof out);
    assert_int_equal(azure_http_escape(out, sizeof out, 5, "\xff"), sizeof out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        WITH_RIG(a_client_secret_gives_a_token),
        WITH_RIG(a_token_is_kept_until_five_minutes_before_its_end),
        WITH_RIG(the_old_token_is_used_while_there_is_no_new_one),
        WITH_RIG(the_environment_fills_in),
        WITH_RIG(a_refusal_is_its_first_line_without_the_secret),
        WITH_RIG(what_is_no_token_is_none),
        WITH_RIG(a_federated_token_is_read_again_each_time),
        WITH_RIG(the_managed_identity_answers_with_texts),
        WITH_RIG(the_metadata_service_is_asked_again),
        WITH_RIG(app_service_has_its_own_endpoint),
        WITH_RIG(az_is_asked),
        WITH_RIG(auto_takes_the_first_that_is_set_up),
        WITH_RIG(auto_says_all_that_failed),
        WITH_RIG(a_deadline_holds),
        WITH_RIG(waiting_is_interruptible),
        cmocka_unit_test(the_clouds_have_hosts_of_their_own),
        cmocka_unit_test(escaping_cuts_nothing),
    };
    if (!http_global_begin()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
