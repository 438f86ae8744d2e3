/* Calls to AWS: what is an answer and what is none, what is never followed, and that nothing of an
 * answer stays behind the reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws_rig.h"
#include "backend/cloud/aws_client.h"
#include "backend/cloud/aws_role.h"
#include "backend/net/http.h"
#include "backend/thread.h"

/* What take() got, and what it says. */
struct taken {
    char text[512];
    size_t len, pieces;
    int status;
    bool refuse;
    const char *last; /* the newest piece, in libcurl's buffer */
    size_t last_len;
    bool left_behind; /* the piece before it was still there */
};

static bool take(void *ctx, int status, const char *piece, size_t len)
{
    struct taken *t = ctx;
    for (size_t i = 0; i < t->last_len; i++) {
        t->left_behind |= t->last[i] != '\0';
    }
    t->status = status;
    t->pieces++;
    size_t room = sizeof t->text - 1 - t->len;
    size_t n = len < room ? len : room;
    memcpy(t->text + t->len, piece, n);
    t->len += n;
    t->last = piece;
    t->last_len = len;
    return !t->refuse;
}

struct trial {
    struct aws_client *client;
    struct taken taken;
    struct aws_answer answer;
    struct error err;
    bool whole;
};

static struct aws_client *make(const struct aws_rig *rig, int64_t timeout_ms)
{
    const struct aws_client_options options = {
        .region = "us-east-1", .sts_endpoint = rig->url, .timeout_ms = timeout_ms};
    (void)setenv("AWS_ACCESS_KEY_ID", "AKENV", 1);
    (void)setenv("AWS_SECRET_ACCESS_KEY", "sEcReT", 1);
    return aws_client_create(&options);
}

static void ask(struct aws_rig *rig, struct trial *t, size_t max)
{
    const struct aws_call call = {.service = "ec2",
                                  .endpoint = rig->url,
                                  .body = "Action=A",
                                  .max = max,
                                  .take = take,
                                  .ctx = &t->taken};
    t->err.text[0] = '\0';
    t->whole = aws_client_call(t->client, &call, &t->answer, &t->err);
}

static struct trial ask_once(struct aws_rig *rig, size_t max)
{
    struct trial t = {.client = make(rig, 20000)};
    ask(rig, &t, max);
    aws_client_destroy(t.client);
    return t;
}

static void assert_says(const struct error *err, const char *part)
{
    if (!strstr(err->text, part)) {
        fail_msg("\"%s\" is not in: %s", part, err->text);
    }
}

static void test_an_answer(void **state)
{
    struct aws_rig *rig = *state;
    js_say(
        rig->server, "POST", "/", JS_REPLY,
        "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 23:08:40 GMT\r\ncontent-type:  text/xml \r\n"
        "Content-Length: 4\r\n\r\n<a/>");
    struct trial t = ask_once(rig, 4);
    assert_true(t.whole);
    assert_int_equal(t.answer.status, 200);
    assert_int_equal(t.taken.status, 200);
    assert_string_equal(t.taken.text, "<a/>");
    assert_true(t.answer.date_ms == AWS_NOW_MS);
    assert_string_equal(t.answer.content_type, "text/xml");
    assert_true(t.answer.retry_after_s == 0);
    assert_false(t.answer.interrupted);
}

static void test_a_refusal_is_an_answer(void **state)
{
    struct aws_rig *rig = *state;
    js_say(rig->server, "POST", "/", JS_REPLY,
           "HTTP/1.1 503 Slow\r\nRetry-After: 7\r\nContent-Type: a\x1b[2Jb\r\n"
           "Content-Length: 2\r\n\r\nno");
    struct trial t = ask_once(rig, 100);
    assert_true(t.whole);
    assert_int_equal(t.answer.status, 503);
    assert_int_equal(t.taken.status, 503);
    assert_string_equal(t.taken.text, "no");
    assert_true(t.answer.retry_after_s == 7);
    assert_string_equal(t.answer.content_type, "a\xc2\xb7[2Jb");
    assert_true(t.answer.date_ms == 0);
}

static void test_no_redirect(void **state)
{
    struct aws_rig *rig = *state;
    js_say(rig->server, "POST", "/", JS_REPLY,
           "HTTP/1.1 307 There\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
    struct trial t = ask_once(rig, 100);
    assert_true(t.whole);
    assert_int_equal(t.answer.status, 307);
    assert_int_equal(js_count(rig->server, NULL), 1);
}

static void test_no_proxy(void **state)
{
    struct aws_rig *rig = *state;
    (void)setenv("http_proxy", "http://127.0.0.1:1", 1);
    (void)setenv("all_proxy", "http://127.0.0.1:1", 1);
    rig_answer(rig, "POST", "/", "200 OK", "", -1);
    struct trial t = ask_once(rig, 100);
    (void)unsetenv("http_proxy");
    (void)unsetenv("all_proxy");
    assert_true(t.whole);
}

static void test_no_answer(void **state)
{
    struct aws_rig *rig = *state;
    static const struct {
        enum js_how how;
        const char *reply, *why;
    } bad[] = {
        {JS_DROP, NULL, "closed without an answer"},
        {JS_REPLY_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "answer cut short"},
        {JS_REPLY_CLOSE, "SSH-2.0-x\r\n", "answered something that is not HTTP"},
        {JS_ENDLESS, "HTTP/1.1 200 OK\r\n\r\n", "answered with more than 100 bytes"},
        {JS_ENDLESS, "HTTP/1.1 200 OK\r\nX: ", "answered with a header without end"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        js_forget(rig->server);
        js_say(rig->server, "POST", "/", bad[i].how, bad[i].reply);
        struct trial t = ask_once(rig, 100);
        assert_false(t.whole);
        assert_says(&t.err, bad[i].why);
        assert_true(t.taken.len <= 100);
    }
}

static void test_headers_without_end(void **state)
{
    struct aws_rig *rig = *state;
    static const char head[] = "HTTP/1.1 200 OK\r\n", line[] = "X-Pad: 0123456789abcdef\r\n";
    size_t n = 3000;
    char *reply = calloc(1, sizeof head + n * sizeof line);
    char *p = stpcpy(reply, head);
    for (size_t i = 0; i < n; i++) {
        p = stpcpy(p, line);
    }
    js_rule(rig->server, "POST", "/", JS_REPLY, reply, strlen(reply), -1);
    struct trial t = ask_once(rig, 100);
    assert_false(t.whole);
    assert_says(&t.err, "answered with headers without end");
}

static void test_slow(void **state)
{
    struct aws_rig *rig = *state;
    js_say(rig->server, "POST", "/", JS_REPLY,
           "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na");
    struct trial t = {.client = make(rig, 200)};
    ask(rig, &t, 100);
    aws_client_destroy(t.client);
    assert_false(t.whole);
    assert_says(&t.err, "body timed out after 0.2 s");
}

static void test_reader_refuses(void **state)
{
    struct aws_rig *rig = *state;
    struct trial t = {.client = make(rig, 600000), .taken.refuse = true}; /* does not wait */
    js_say(rig->server, "POST", "/", JS_ENDLESS, "HTTP/1.1 200 OK\r\n\r\nabc");
    ask(rig, &t, 1000000000);
    assert_false(t.whole);
    assert_says(&t.err, "answer refused");
    assert_int_equal(t.taken.pieces, 1);
    js_forget(rig->server);
    t.taken = (struct taken){0}; /* and the next call is a call like any other */
    rig_answer(rig, "POST", "/", "200 OK", "fine", -1);
    ask(rig, &t, 100);
    assert_true(t.whole);
    assert_string_equal(t.taken.text, "fine");
    aws_client_destroy(t.client);
}

/* Chunks that come together lie in one buffer: while the second is read, the first must be gone. */
static void test_pieces_are_wiped(void **state)
{
    struct aws_rig *rig = *state;
    js_say(rig->server, "POST", "/", JS_REPLY,
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nSECRET\r\n5\r\nother\r\n"
           "0\r\n\r\n");
    struct trial t = ask_once(rig, 100);
    assert_true(t.whole);
    assert_int_equal(t.taken.pieces, 2);
    assert_string_equal(t.taken.text, "SECRETother");
    assert_false(t.taken.left_behind);
}

static void test_nothing_is_asked_without_keys(void **state)
{
    struct aws_rig *rig = *state;
    struct trial t = {.client = make(rig, 20000)};
    rig_answer(rig, "POST", "/", "200 OK", "", -1);
    (void)unsetenv("AWS_ACCESS_KEY_ID");
    ask(rig, &t, 100);
    assert_false(t.whole);
    assert_says(&t.err, "credentials: environment: no access key id");
    (void)unsetenv("AWS_SECRET_ACCESS_KEY");
    ask(rig, &t, 100);
    assert_false(t.whole);
    assert_says(&t.err, "no credentials: environment: ");
    assert_int_equal(js_count(rig->server, NULL), 0);
    (void)setenv("AWS_ACCESS_KEY_ID", "AKENV", 1);
    (void)setenv("AWS_SECRET_ACCESS_KEY", "sEcReT", 1);
    ask(rig, &t, 100);
    assert_true(t.whole);
    (void)setenv("AWS_ACCESS_KEY_ID", "AKNEW", 1); /* kept until they are forgotten */
    ask(rig, &t, 100);
    aws_client_forget(t.client);
    ask(rig, &t, 100);
    assert_non_null(strstr(js_request(rig->server, "POST", 1).text, "Credential=AKENV/"));
    assert_non_null(strstr(js_request(rig->server, "POST", 2).text, "Credential=AKNEW/"));
    aws_client_destroy(t.client);
}

static void test_endpoints(void **state)
{
    struct aws_rig *rig = *state;
    static const char *const bad[] = {"http://127.0.0.1:1/path", "http://127.0.0.1:1/?a=b",
                                      "http://a:b@127.0.0.1:1/", "http://[::1", ""};
    struct aws_client *client = make(rig, 20000);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct aws_call call = {
            .service = "ec2", .endpoint = bad[i], .body = "", .take = take};
        struct aws_answer answer;
        struct error err = {0};
        assert_false(aws_client_call(client, &call, &answer, &err));
        assert_says(&err, "endpoint: expected http(s)://HOST[:PORT] without a path");
    }
    aws_client_destroy(client);
    char url[128];
    aws_service_url(url, sizeof url, "ec2", "us-gov-east-1");
    assert_string_equal(url, "https://ec2.us-gov-east-1.amazonaws.com/");
    aws_service_url(url, sizeof url, "monitoring", "cn-north-1");
    assert_string_equal(url, "https://monitoring.cn-north-1.amazonaws.com.cn/");
    aws_service_url(url, sizeof url, "sts", "");
    assert_string_equal(url, "https://sts.amazonaws.com/");
}

static void test_region_of_the_profile(void **state)
{
    struct aws_rig *rig = *state;
    const struct aws_client_options options = {.timeout_ms = 20000};
    struct trial t = {.client = make(rig, 20000)};
    assert_string_equal(aws_client_region(t.client), "us-east-1");
    aws_client_destroy(t.client);
    t.client = aws_client_create(&options);
    assert_string_equal(aws_client_region(t.client), "");
    ask(rig, &t, 100);
    assert_says(&t.err, "no region: ");
    (void)rig_file(rig, ".aws/config", "[default]\nregion = eu-west-3\n");
    rig_answer(rig, "POST", "/", "200 OK", "", -1);
    ask(rig, &t, 100);
    assert_true(t.whole);
    assert_string_equal(aws_client_region(t.client), "eu-west-3");
    assert_non_null(strstr(js_request(rig->server, "POST", 0).text, "/eu-west-3/ec2/aws4_"));
    aws_client_destroy(t.client);
}

struct interrupter {
    struct aws_rig *rig;
    struct aws_client *client;
};

static void *interrupt_when_asked(void *arg)
{
    struct interrupter *i = arg;
    js_await(i->rig->server, 1);
    aws_client_interrupt(i->client);
    return NULL;
}

static void interrupt(struct aws_rig *rig, struct trial *t)
{
    struct interrupter i = {rig, t->client};
    pthread_t thread;
    assert_true(thread_start(&thread, interrupt_when_asked, &i));
    ask(rig, t, 100);
    (void)pthread_join(thread, NULL);
    assert_false(t->whole);
    assert_true(t->answer.interrupted);
    assert_says(&t->err, "interrupted");
}

static void test_interrupt(void **state)
{
    struct aws_rig *rig = *state;
    struct trial t = {.client = make(rig, 60000)};
    js_say(rig->server, "POST", "/", JS_HANG, NULL);
    interrupt(rig, &t);
    js_forget(rig->server);
    rig_answer(rig, "POST", "/", "200 OK", "", -1);
    ask(rig, &t, 100);
    assert_true(t.whole);
    assert_false(t.answer.interrupted);
    aws_client_destroy(t.client);
}

static void test_interrupt_while_fetching_keys(void **state)
{
    struct aws_rig *rig = *state;
    struct trial t = {.client = make(rig, 60000)};
    (void)unsetenv("AWS_ACCESS_KEY_ID");
    (void)unsetenv("AWS_SECRET_ACCESS_KEY");
    (void)setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", rig->url, 1);
    js_say(rig->server, "GET", "/", JS_HANG, NULL);
    interrupt(rig, &t);
    aws_client_destroy(t.client);
}

static int global_begin(void **state)
{
    (void)state;
    return http_global_begin() ? 0 : -1;
}

static int global_end(void **state)
{
    (void)state;
    http_global_end();
    return 0;
}

#define RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG(test_an_answer),
        RIG(test_a_refusal_is_an_answer),
        RIG(test_no_redirect),
        RIG(test_no_proxy),
        RIG(test_no_answer),
        RIG(test_headers_without_end),
        RIG(test_slow),
        RIG(test_reader_refuses),
        RIG(test_pieces_are_wiped),
        RIG(test_nothing_is_asked_without_keys),
        RIG(test_endpoints),
        RIG(test_region_of_the_profile),
        RIG(test_interrupt),
        RIG(test_interrupt_while_fetching_keys),
    };
    return cmocka_run_group_tests(tests, global_begin, global_end);
}
