#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "azure_fixture.h"
#include "backend/net/http.h"
#include "backend/tunnel/provider.h"
#include "fake_server.h"
#include "jenkins_server.h"

#define WALL_MS  INT64_C(1795388920000)
#define START_MS INT64_C(1000000)
#define CONNECTION                                                                             \
    "/subscriptions/sub-1/resourceGroups/rg%201/providers/Microsoft.Network/connections/"      \
    "aws-conn?api-version=2024-05-01"

static char tenant_name[] = "tenant", client[] = "app-1", secret_text[] = "s3cr3t";
static char subscription[] = "sub-1", group[] = "rg 1", connection[] = "aws-conn";
static char view_name[] = "azure";

struct rig {
    struct jenkins_server *server;
    struct config_tunnel cfg;
    struct source source;
    struct clock_manual clk;
    char url[64], other_url[64];
};

static void aim(struct rig *rig, int64_t timeout_ms)
{
    if (rig->source.ops) {
        rig->source.ops->destroy(rig->source.self);
    }
    rig->cfg = (struct config_tunnel){
        .kind = TUNNEL_AZURE,
        .name = view_name,
        .tunnels = rig->cfg.tunnels,
        .expected_up = 1,
        .period_ms = 30000,
        .timeout_ms = timeout_ms,
        .azure = {.subscription = subscription,
                  .resource_group = group,
                  .connection = connection,
                  .login = AZURE_LOGIN_SECRET,
                  .tenant = tenant_name,
                  .client_id = client,
                  .client_secret = {.kind = SECRET_LITERAL, .name = secret_text},
                  .arm_endpoint = rig->other_url[0] ? rig->other_url : rig->url,
                  .login_endpoint = rig->url}};
    rig->source = tunnel_azure_source(&rig->cfg, 7);
}

static int setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    rig->server = js_start();
    (void)snprintf(rig->url, sizeof rig->url, "http://127.0.0.1:%u/",
                   (unsigned)rig->server->port);
    clock_manual_init(&rig->clk, START_MS, WALL_MS);
    aim(rig, 8000);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;
    rig->source.ops->destroy(rig->source.self);
    js_stop(rig->server);
    free(rig);
    return 0;
}

static void answer(struct rig *rig, const char *method, const char *status, const char *headers,
                   const char *body, int times)
{
    size_t size = strlen(body) + 512;
    char *reply = calloc(1, size);
    int n = snprintf(reply, size, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s", status,
                     headers, strlen(body), body);
    js_rule(rig->server, method, "/", JS_REPLY, reply, (size_t)n, times);
}

static void login(struct rig *rig, const char *token, int times)
{
    char body[128];
    (void)snprintf(body, sizeof body, "{\"access_token\":\"%s\",\"expires_in\":3599}", token);
    answer(rig, "POST", "200 OK", "", body, times);
}

static void answer_fixture(struct rig *rig, const char *name, int times)
{
    size_t len;
    char *body = azure_fixture(name, &len);
    answer(rig, "GET", "200 OK", "", body, times);
    free(body);
}

static struct reading *ask(struct rig *rig)
{
    return rig->source.ops->poll(rig->source.self, &rig->clk.base);
}

/* Asks, after so much time that the view does not answer from memory. */
static struct reading *ask_later(struct rig *rig)
{
    clock_manual_advance(&rig->clk, 30000);
    return ask(rig);
}

static void expect_failure(struct rig *rig, const char *reason)
{
    struct reading *r = ask_later(rig);
    assert_string_equal(r->reason, reason);
    assert_int_equal(r->state, READING_FAILED);
    reading_unref(r);
}

static void a_connection_is_read(void **state)
{
    struct rig *rig = *state;
    login(rig, "tok-1", -1);
    answer_fixture(rig, "connection-connected", -1);
    struct reading *r = ask(rig);
    assert_int_equal(r->state, READING_FRESH);
    assert_int_equal(r->taken_at_ms, START_MS);
    const struct tunnel_facts *f = r->value;
    assert_int_equal(f->state, TUNNEL_UP); /* with nothing counted, as in life */
    assert_string_equal(f->detail, "1 of 1 up");
    assert_string_equal(f->endpoint, "aws-conn");
    assert_false(f->data_plane);
    assert_int_equal(f->since_ms, START_MS);
    struct js_request get = js_request(rig->server, "GET", 0);
    assert_string_equal(get.path, CONNECTION);
    assert_non_null(strstr(get.text, "Authorization: Bearer tok-1\r\n"));
    reading_unref(r);
    r = ask_later(rig);
    assert_int_equal(((const struct tunnel_facts *)r->value)->since_ms, START_MS);
    assert_int_equal(js_count(rig->server, "POST"), 1); /* the token is kept */
    reading_unref(r);
}

static void tunnels_come_in_the_order_of_the_configuration(void **state)
{
    struct rig *rig = *state;
    char first[] = "aws-conn_198.51.100.11", second[] = "aws-conn_198.51.100.12", gone[] = "x";
    char *tunnels[] = {first, second, gone, NULL};
    rig->cfg.tunnels = tunnels;
    rig->cfg.expected_up = 2;
    login(rig, "t", -1);
    answer_fixture(rig, "connection-two-tunnels", -1);
    struct reading *r = ask(rig);
    const struct tunnel_facts *f = r->value;
    assert_int_equal(f->n_legs, 3);
    assert_string_equal(f->legs[0].id, first);
    assert_string_equal(f->legs[1].id, second);
    assert_int_equal(f->legs[2].state, TUNNEL_UNKNOWN);
    assert_int_equal(f->state, TUNNEL_DEGRADED);
    assert_string_equal(f->detail, "1 of 3 up");
    reading_unref(r);
    rig->cfg.tunnels = NULL;
}

static void asked_too_soon_it_answers_from_memory(void **state)
{
    struct rig *rig = *state;
    login(rig, "t", -1);
    answer_fixture(rig, "connection-connected", 1);
    answer_fixture(rig, "connection-not-connected", -1);
    struct reading *first = ask(rig);
    clock_manual_advance(&rig->clk, 4999);
    struct reading *second = ask(rig);
    assert_int_equal(second->taken_at_ms, START_MS);
    assert_int_equal(((const struct tunnel_facts *)second->value)->state, TUNNEL_UP);
    assert_int_equal(js_count(rig->server, "GET"), 1);
    clock_manual_advance(&rig->clk, 1);
    struct reading *third = ask(rig);
    assert_int_equal(third->taken_at_ms, START_MS + 5000);
    const struct tunnel_facts *f = third->value;
    assert_int_equal(f->state, TUNNEL_DOWN);
    assert_int_equal(f->since_ms, START_MS + 5000);
    assert_int_equal(js_count(rig->server, "GET"), 2);
    reading_unref(first);
    reading_unref(second);
    reading_unref(third);
}

static void an_expired_token_is_replaced_once(void **state)
{
    struct rig *rig = *state;
    login(rig, "old", 1);
    login(rig, "new", -1);
    answer(rig, "GET", "401 Unauthorized",
           "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n",
           "{\"error\":{\"code\":\"ExpiredAuthenticationToken\",\"message\":\"x\"}}", 1);
    answer_fixture(rig, "connection-connected", 1);
    answer(rig, "GET", "401 Unauthorized", "",
           "{\"error\":{\"code\":\"InvalidAuthenticationToken\",\"message\":\"no\"}}", -1);
    struct reading *r = ask(rig);
    assert_int_equal(r->state, READING_FRESH);
    assert_non_null(
        strstr(js_request(rig->server, "GET", 1).text, "Authorization: Bearer new\r\n"));
    reading_unref(r);
    expect_failure(rig, "status 401, InvalidAuthenticationToken: no");
    assert_int_equal(js_count(rig->server, "GET"), 4);
    assert_int_equal(js_count(rig->server, "POST"), 3);
}

static void throttling_is_obeyed(void **state)
{
    struct rig *rig = *state;
    login(rig, "t", -1);
    answer_fixture(rig, "connection-connected", 1);
    answer(rig, "GET", "429 Too Many Requests", "Retry-After: 120\r\n", "", 1);
    answer(rig, "GET", "503 Service Unavailable", "", "", 1);
    answer_fixture(rig, "connection-not-connected", -1);
    reading_unref(ask(rig));
    struct reading *r = ask_later(rig);
    assert_int_equal(r->state, READING_FAILED);
    assert_non_null(strstr(r->reason, "throttles; asking again in 1"));
    int64_t taken_at_ms = r->taken_at_ms;
    reading_unref(r);
    clock_manual_advance(&rig->clk, 119999);
    r = ask(rig); /* poked */
    assert_int_equal(r->taken_at_ms, taken_at_ms);
    assert_int_equal(js_count(rig->server, "GET"), 2);
    reading_unref(r);
    clock_manual_advance(&rig->clk, 25001); /* a fifth more at most */
    r = ask(rig);
    assert_non_null(strstr(r->reason, "status 503; asking again in "));
    reading_unref(r);
    clock_manual_advance(&rig->clk, 59999); /* the second in a row: twice the period */
    reading_unref(ask(rig));
    assert_int_equal(js_count(rig->server, "GET"), 3);
    clock_manual_advance(&rig->clk, 13000);
    r = ask(rig);
    assert_int_equal(r->state, READING_FRESH);
    reading_unref(r);
}

static void a_date_to_wait_for_is_obeyed(void **state)
{
    struct rig *rig = *state;
    char header[96];
    time_t then = time(NULL) + 300;
    struct tm utc;
    login(rig, "t", -1);
    assert_non_null(gmtime_r(&then, &utc));
    assert_true(strftime(header, sizeof header, "Retry-After: %a, %d %b %Y %H:%M:%S GMT\r\n",
                         &utc) > 0);
    answer(rig, "GET", "429 Too Many Requests", header, "", -1);
    reading_unref(ask(rig));
    clock_manual_advance(&rig->clk, 280000);
    reading_unref(ask(rig));
    assert_int_equal(js_count(rig->server, "GET"), 1);
    clock_manual_advance(&rig->clk, 90000);
    reading_unref(ask(rig));
    assert_int_equal(js_count(rig->server, "GET"), 2);
}

static void a_login_that_throttles_is_left_alone(void **state)
{
    struct rig *rig = *state;
    answer(rig, "POST", "429 Too Many Requests", "Retry-After: 90\r\n", "", 1);
    login(rig, "t", -1);
    answer_fixture(rig, "connection-connected", -1);
    struct reading *r = ask(rig);
    assert_non_null(strstr(r->reason, "login by client secret: status 429; asking again in "));
    reading_unref(r);
    clock_manual_advance(&rig->clk, 89999);
    reading_unref(ask(rig));
    assert_int_equal(js_count(rig->server, NULL), 1);
    clock_manual_advance(&rig->clk, 20000);
    r = ask(rig);
    assert_int_equal(r->state, READING_FRESH);
    reading_unref(r);
}

static void few_reads_left_are_said(void **state)
{
    struct rig *rig = *state;
    const char *const body = "{\"properties\":{\"connectionStatus\":\"Connected\"}}";
    login(rig, "t", -1);
    answer(rig, "GET", "200 OK", "x-ms-ratelimit-remaining-subscription-reads: 249\r\n", body,
           1);
    answer(rig, "GET", "200 OK", "X-Ms-Ratelimit-Remaining-Subscription-Reads: 12\r\n", body,
           1);
    struct reading *r = ask(rig);
    assert_string_equal(((const struct tunnel_facts *)r->value)->detail, "1 of 1 up");
    reading_unref(r);
    r = ask_later(rig);
    assert_string_equal(((const struct tunnel_facts *)r->value)->detail,
                        "1 of 1 up; 12 reads until Azure throttles");
    reading_unref(r);
}

static void failures_say_why(void **state)
{
    struct rig *rig = *state;
    size_t len;
    char *forbidden = azure_fixture("error-403", &len);
    login(rig, "tok-en", -1);
    answer(rig, "GET", "403 Forbidden", "", forbidden, 1);
    answer(rig, "GET", "302 Found", "Location: http://127.0.0.1:1/\r\n", "", 1);
    answer(rig, "GET", "200 OK", "", "{\"properties\":{\"sharedKey\":\"un", 1);
    js_rule(rig->server, "GET", "/", JS_REPLY_CLOSE,
            strdup("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"prop"), 44, 1);
    js_rule(rig->server, "GET", "/", JS_DROP, NULL, 0, 1);
    free(forbidden);
    expect_failure(rig, "may not read the connection: its identity needs a role with "
                        "Microsoft.Network/connections/read");
    expect_failure(rig, "status 302");
    expect_failure(rig, "answered something that is not JSON");
    expect_failure(rig, "answer cut short");
    expect_failure(rig, "closed without an answer");
}

static void an_answer_without_end_is_refused(void **state)
{
    struct rig *rig = *state;
    login(rig, "t", -1);
    js_say(rig->server, "GET", "/", JS_ENDLESS,
           "HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n{\"properties\":{\"a\":\"");
    expect_failure(rig, "answered more than 256 KiB");
    expect_failure(rig, "answered more than 256 KiB"); /* and that was no interruption */
}

static void a_slow_answer_ends_at_the_deadline(void **state)
{
    static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"properties\"";
    struct rig *rig = *state;
    struct fake_server *slow = fake_start(true);
    login(rig, "t", -1);
    fake_set(slow, FAKE_DRIP, reply, sizeof reply - 1);
    (void)snprintf(rig->other_url, sizeof rig->other_url, "http://127.0.0.1:%u",
                   (unsigned)slow->port);
    aim(rig, 1000);
    struct reading *r = ask(rig);
    assert_int_equal(r->state, READING_FAILED);
    assert_non_null(strstr(r->reason, "timed out after "));
    reading_unref(r);
    fake_stop(slow);
}

static void *interrupt_when_asked(void *arg)
{
    struct rig *rig = arg;
    js_await(rig->server, 2);
    rig->source.ops->interrupt(rig->source.self);
    return NULL;
}

static void a_poll_is_interruptible(void **state)
{
    struct rig *rig = *state;
    pthread_t thread;
    aim(rig, 600000); /* the test's own limit is shorter */
    login(rig, "t", -1);
    js_rule(rig->server, "GET", "/", JS_HANG, NULL, 0, 1);
    answer_fixture(rig, "connection-connected", -1);
    assert_int_equal(pthread_create(&thread, NULL, interrupt_when_asked, rig), 0);
    struct reading *r = ask(rig);
    (void)pthread_join(thread, NULL);
    assert_string_equal(r->reason, "interrupted");
    reading_unref(r);
    r = ask(rig); /* at once: that was no request to Azure that it could mind */
    assert_int_equal(r->state, READING_FRESH);
    reading_unref(r);
}

static void names_too_long_for_an_address_are_said(void **state)
{
    struct rig *rig = *state;
    char *longest = calloc(1, 3000);
    memset(longest, 'a', 2999);
    rig->source.ops->destroy(rig->source.self);
    rig->cfg.azure.connection = longest;
    rig->source = tunnel_azure_source(&rig->cfg, 7);
    expect_failure(rig, "names that are too long for an address");
    rig->cfg.azure.connection = connection;
    free(longest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        WITH_RIG(a_connection_is_read),
        WITH_RIG(tunnels_come_in_the_order_of_the_configuration),
        WITH_RIG(asked_too_soon_it_answers_from_memory),
        WITH_RIG(an_expired_token_is_replaced_once),
        WITH_RIG(throttling_is_obeyed),
        WITH_RIG(a_date_to_wait_for_is_obeyed),
        WITH_RIG(a_login_that_throttles_is_left_alone),
        WITH_RIG(few_reads_left_are_said),
        WITH_RIG(failures_say_why),
        WITH_RIG(an_answer_without_end_is_refused),
        WITH_RIG(a_slow_answer_ends_at_the_deadline),
        WITH_RIG(a_poll_is_interruptible),
        WITH_RIG(names_too_long_for_an_address_are_said),
    };
    if (!http_global_begin()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
