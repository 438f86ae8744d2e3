/* That what goes out to AWS is signed as AWS signs: the checker against signatures that AWS
 * publishes, and the client against the checker. integration/aws-sigv4.sh asks botocore too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws_rig.h"
#include "backend/cloud/aws_client.h"
#include "backend/net/http.h"
#include "sigv4_check.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

#define HEAD(method)                                                                           \
    method " / HTTP/1.1\r\nHost:example.amazonaws.com\r\nX-Amz-Date:20150830T123600Z\r\n"
#define AUTH(headers, signature)                                                               \
    "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/"       \
    "aws4_request, SignedHeaders=" headers ", Signature=" signature "\r\n"
#define STS_TOKEN                                                                              \
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmx" \
    "fpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0K" \
    "PkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZb" \
    "qBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="

/* Of AWS's own suite: get-vanilla, post-vanilla, post-x-www-form-urlencoded,
 * post-sts-header-before. */
static void test_the_checker_agrees_with_aws(void **state)
{
    (void)state;
    static const char *const known[] = {
        HEAD("GET")
            AUTH("host;x-amz-date",
                 "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31") "\r\n",
        HEAD("POST")
            AUTH("host;x-amz-date",
                 "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b") "\r\n",
        HEAD("POST") "Content-Type:application/x-www-form-urlencoded\r\n" AUTH(
            "content-type;host;x-amz-date", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9"
                                            "d196a0fe09473a") "\r\nParam1=value1",
        HEAD("POST") "X-Amz-Security-Token:" STS_TOKEN "\r\n" AUTH(
            "host;x-amz-date;x-amz-security-token",
            "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead") "\r\n",
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct sigv4_claim claim;
        char changed[2048];
        assert_true(sigv4_holds(known[i], SECRET, &claim));
        assert_string_equal(claim.id, "AKIDEXAMPLE");
        assert_false(sigv4_holds(known[i], SECRET "x", &claim));
        (void)snprintf(changed, sizeof changed, "%sx", known[i]); /* another body */
        assert_false(sigv4_holds(changed, SECRET, &claim));
        (void)snprintf(changed, sizeof changed, "%s", known[i]);
        strstr(changed, "example.amaz")[0] = 'E'; /* another host */
        assert_false(sigv4_holds(changed, SECRET, &claim));
    }
}

static bool take_nothing(void *ctx, int status, const char *piece, size_t len)
{
    (void)ctx;
    (void)status;
    (void)piece;
    (void)len;
    return true;
}

struct asking {
    const char *id, *secret, *token, *region, *service, *target, *body;
};

/* Asks, and holds the request against the checker. */
static void assert_signed(struct aws_rig *rig, const struct asking *a)
{
    struct sigv4_claim claim;
    struct aws_answer answer;
    char value[AWS_TOKEN_MAX];
    const struct aws_client_options options = {.region = a->region, .timeout_ms = 20000};
    const struct aws_call call = {.service = a->service,
                                  .endpoint = rig->url,
                                  .target = a->target,
                                  .body = a->body,
                                  .max = 100,
                                  .take = take_nothing};
    (void)setenv("AWS_ACCESS_KEY_ID", a->id, 1);
    (void)setenv("AWS_SECRET_ACCESS_KEY", a->secret, 1);
    (void)setenv("AWS_SESSION_TOKEN", a->token ? a->token : "", 1);
    struct aws_client *client = aws_client_create(&options);
    js_forget(rig->server);
    rig_answer(rig, "POST", "/", "200 OK", "", -1);
    if (!aws_client_call(client, &call, &answer, &rig->err)) {
        fail_msg("%s", rig->err.text);
    }
    aws_client_destroy(client);
    assert_int_equal(answer.status, 200);
    struct js_request r = js_request(rig->server, "POST", 0);
    if (!sigv4_holds(r.text, a->secret, &claim)) {
        fail_msg("another signature on: %s", r.text);
    }
    assert_string_equal(claim.id, a->id);
    assert_string_equal(claim.region, a->region);
    assert_string_equal(claim.service, a->service);
    assert_string_equal(strstr(r.text, "\r\n\r\n") + 4, a->body);
    assert_int_equal(sigv4_header(r.text, "X-Amz-Security-Token", value, sizeof value),
                     a->token != NULL);
    assert_int_equal(strstr(claim.headers, "x-amz-security-token") != NULL, a->token != NULL);
    assert_int_equal(strstr(claim.headers, "x-amz-target") != NULL, a->target != NULL);
    assert_true(sigv4_header(r.text, "Content-Type", value, sizeof value));
    assert_string_equal(value, a->target ? "application/x-amz-json-1.0"
                                         : "application/x-www-form-urlencoded; charset=utf-8");
    assert_non_null(strstr(claim.headers, "content-type;host;x-amz-date"));
}

static void test_what_the_client_signs(void **state)
{
    struct aws_rig *rig = *state;
    static char long_token[1201], long_body[1501];
    memset(long_token, '/', sizeof long_token - 1);
    memset(long_body, '%', sizeof long_body - 1);
    const struct asking all[] = {
        {"AKIDEXAMPLE", SECRET, NULL, "us-east-1", "ec2", NULL, "Action=A&Version=2016-11-15"},
        {"AKIDEXAMPLE", SECRET, STS_TOKEN, "us-east-1", "ec2", NULL, "Action=A"},
        {"AKIDEXAMPLE", SECRET, STS_TOKEN, "eu-central-1", "monitoring",
         "GraniteServiceVersion20100801.DescribeAlarms", "{\"AlarmNames\": [\"a\"]}"},
        {"AKIDEXAMPLE", "a:b@c/+=%x", NULL, "cn-north-1", "monitoring", "G.GetMetricData",
         "{}"},
        {"A", "s", long_token, "us-gov-west-1", "ec2", NULL, ""},
        {"A:B", "s", "=", "cn-northwest-1", "sts", NULL, "\xc3\xa9 &=?;:*/"},
        {"A", "s", NULL, "eu-west-1", "ec2", NULL, long_body},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_signed(rig, &all[i]);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_checker_agrees_with_aws),
        cmocka_unit_test_setup_teardown(test_what_the_client_signs, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, global_begin, global_end);
}
