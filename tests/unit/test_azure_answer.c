#include "backend/tunnel/azure_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "azure_fixture.h"
#include "backend/net/json_answer.h"

static const char *const keys[] = {"sharedKey", NULL};

static bool read_text(const char *text, struct tunnel_facts *out, struct error *err)
{
    char *body = strdup(text); /* of exactly that size: ASan sees a step beyond it */
    bool ok = azure_answer_connection(body, strlen(body), "conn", out, err);
    free(body);
    return ok;
}

static struct tunnel_facts read_fixture(const char *name)
{
    struct tunnel_facts facts = {0};
    struct error err = {0};
    size_t len;
    char *body = azure_fixture(name, &len);
    assert_true(azure_answer_connection(body, len, "conn", &facts, &err));
    assert_null(strstr(body, "REDACTED")); /* which stands for the key */
    free(body);
    return facts;
}

static void a_connection_without_tunnels_is_its_own_leg(void **state)
{
    (void)state;
    struct tunnel_facts f = read_fixture("connection-connected");
    assert_int_equal(f.n_legs, 1);
    assert_string_equal(f.legs[0].id, "conn");
    assert_int_equal(f.legs[0].state, TUNNEL_UP);
    assert_string_equal(f.legs[0].detail, "Connected");
    assert_true(f.legs[0].bytes_in.known && f.legs[0].bytes_in.v == 0);
    assert_true(f.legs[0].bytes_out.known && f.legs[0].bytes_out.v == 0);
    assert_false(f.legs[0].since_ms.known);
    assert_string_equal(f.detail, "");
    assert_int_equal(read_fixture("connection-unknown").legs[0].state, TUNNEL_UNKNOWN);
    assert_int_equal(read_fixture("connection-not-connected").legs[0].state, TUNNEL_DOWN);
}

static void tunnels_are_legs(void **state)
{
    (void)state;
    struct tunnel_facts f = read_fixture("connection-two-tunnels");
    assert_int_equal(f.n_legs, 2);
    const struct tunnel_leg *down = &f.legs[0], *up = &f.legs[1];
    assert_string_equal(down->id, "aws-conn_198.51.100.12");
    assert_int_equal(down->state, TUNNEL_DOWN);
    assert_false(down->since_ms.known); /* what it says is when it was last up */
    assert_string_equal(up->id, "aws-conn_198.51.100.11");
    assert_int_equal(up->state, TUNNEL_UP);
    assert_int_equal(up->bytes_in.v, 9001);
    assert_int_equal(up->bytes_out.v, 100);
    assert_true(up->since_ms.known);
    assert_int_equal(up->since_ms.v, INT64_C(1795388920000));
}

static void every_field_may_be_missing(void **state)
{
    (void)state;
    struct tunnel_facts f = {0};
    struct error err;
    assert_true(read_text("{\"properties\":{}}", &f, &err));
    assert_int_equal(f.n_legs, 1);
    assert_int_equal(f.legs[0].state, TUNNEL_UNKNOWN);
    assert_false(f.legs[0].bytes_in.known || f.legs[0].bytes_out.known);
    assert_string_equal(f.legs[0].detail, "no connectionStatus in the answer");
    assert_true(
        read_text("{\"properties\":{\"connectionStatus\":null,"
                  "\"tunnelConnectionStatus\":[null,7,{},{\"tunnel\":\"conn #3\"},"
                  "{\"tunnel\":\"t\",\"connectionStatus\":\"Resting\","
                  "\"ingressBytesTransferred\":-4,\"egressBytesTransferred\":\"17\"}]}}",
                  &f, &err));
    assert_int_equal(f.n_legs, 3);
    assert_string_equal(f.legs[0].id, "conn #3");
    assert_string_equal(f.legs[1].id, "conn #4"); /* its own name was taken */
    assert_string_equal(f.legs[2].id, "t");
    assert_int_equal(f.legs[2].state, TUNNEL_UNKNOWN);
    assert_string_equal(f.legs[2].detail, "Resting");
    assert_false(f.legs[2].bytes_in.known);
    assert_int_equal(f.legs[2].bytes_out.v, 17);
    assert_true(read_text("{\"properties\":{\"connectionStatus\":\"Connecting\","
                          "\"provisioningState\":\"Updating\"}}",
                          &f, &err));
    assert_int_equal(f.legs[0].state, TUNNEL_CONNECTING);
    assert_string_equal(f.detail, "Azure says Connecting, provisioning Updating");
}

static void more_tunnels_than_fit_are_left_out(void **state)
{
    (void)state;
    char text[1024] = "{\"properties\":{\"tunnelConnectionStatus\":[{}";
    struct tunnel_facts f = {0};
    struct error err;
    for (int i = 0; i < 20; i++) {
        memcpy(text + strlen(text), ",{}", 4);
    }
    memcpy(text + strlen(text), "]}}", 4);
    assert_true(read_text(text, &f, &err));
    assert_int_equal(f.n_legs, TUNNEL_LEGS_MAX);
}

static void what_is_no_connection_is_said(void **state)
{
    (void)state;
    static const char *const not_json[] = {
        "",
        "<html>",
        "{\"properties\":{\"connectionStatus\":\"Conn",
        "{\"properties\":{}} {}",
        "{\"properties\":{}/**/}",
        "{'properties':{}}",
        "\"",
        "{\"a\\",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"};
    static const char *const other[] = {"[]", "\"7\"", "{}", "{\"properties\":[]}",
                                        "{\"value\":[{\"properties\":{}}]}"};
    struct tunnel_facts f = {0};
    struct error err = {0};
    for (size_t i = 0; i < sizeof not_json / sizeof *not_json; i++) {
        assert_false(read_text(not_json[i], &f, &err));
        assert_string_equal(err.text, "answered something that is not JSON");
    }
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        assert_false(read_text(other[i], &f, &err));
        assert_string_equal(err.text, "answered JSON that is no connection");
    }
    assert_true(read_text("\xef\xbb\xbf{\"properties\":{}}", &f, &err)); /* with a mark */
}

static void words_cannot_move_the_terminal(void **state)
{
    (void)state;
    struct tunnel_facts f = {0};
    struct error err;
    assert_true(read_text("{\"properties\":{\"tunnelConnectionStatus\":[{\"tunnel\":"
                          "\"a\\u001b[2J\",\"connectionStatus\":\"\\u001b]0;x\\u0007\"}]}}",
                          &f, &err));
    assert_null(strchr(f.legs[0].id, 27));
    assert_null(strchr(f.legs[0].detail, 27));
    assert_null(strchr(f.legs[0].detail, 7));
}

struct blot_case {
    const char *body, *after;
    bool json;
};

static void keys_are_blotted_wherever_they_stand(void **state)
{
    (void)state;
    static const struct blot_case cases[] = {
        {"{\"sharedKey\":\"pw\"}", "{\"sharedKey\":\"**\"}", true},
        {"{\"SHAREDKEY\" :\n \"pw\",\"a\":1}", "{\"SHAREDKEY\" :\n \"**\",\"a\":1}", true},
        {"{\"a\":[{\"sharedKey\":\"p\\\"w\"}]}", "{\"a\":[{\"sharedKey\":\"****\"}]}", true},
        {"{\"\\u0073hared\\u004bey\":\"pw\"}", "{\"\\u0073hared\\u004bey\":\"**\"}", true},
        {"{\"sharedKey\":\"pw\\\\\",\"b\":\"c\"}", "{\"sharedKey\":\"****\",\"b\":\"c\"}",
         true},
        {"{\"sharedKey\":\"pw", "{\"sharedKey\":\"**", true},
        {"{\"sharedKey\":\"pw\\", "{\"sharedKey\":\"***", true},
        {"{\"sharedKey\":-12.5e3}", "{\"sharedKey\":1111111}", true},
        {"{\"sharedKey\":null}", "{\"sharedKey\":1111}", true},
        {"{\"sharedKey\":{\"v\":[\"pw\",5,{}]},\"b\":\"c\"}",
         "{\"sharedKey\":{\"*\":[\"**\",1,{}]},\"b\":\"c\"}", true},
        {"{\"sharedKey\":\"p\",\"sharedkey\":\"w\"}",
         "{\"sharedKey\":\"*\",\"sharedkey\":\"*\"}", true},
        /* What only looks like one stays. */
        {"{\"a\":\"sharedKey\",\"b\":\"c\"}", "{\"a\":\"sharedKey\",\"b\":\"c\"}", true},
        {"{\"sharedKeys\":\"pw\"}", "{\"sharedKeys\":\"pw\"}", true},
        {"{\"xsharedKey\":\"pw\"}", "{\"xsharedKey\":\"pw\"}", true},
        /* Where the parser might see other strings than we do, it gets nothing. */
        {"{'sharedKey':\"pw\"}", "{'sharedKey':\"pw\"}", false},
        {"/*\"*/{\"sharedKey\":\"pw\"}", "/*\"*/{\"sharedKey\":\"pw\"}", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = strlen(cases[i].body);
        char *exact = malloc(len); /* ASan sees a step beyond it */
        for (size_t j = 0; j < len; j++) {
            exact[j] = cases[i].body[j];
        }
        assert_int_equal(json_answer_blot(exact, len, keys), cases[i].json);
        assert_memory_equal(exact, cases[i].after, len);
        free(exact);
    }
}

static void a_text_is_taken_out(void **state)
{
    (void)state;
    char body[] = "{\"a\":\"b\",\"sharedKey\":\"p\\/\\u0077\",\"sharedKey\":\"x\"}";
    char out[8];
    assert_true(json_answer_take(body, strlen(body), keys, out, sizeof out));
    assert_string_equal(out, "p/w");
    assert_string_equal(body, "{\"a\":\"b\",\"sharedKey\":\"*********\",\"sharedKey\":\"*\"}");
    char none[] = "{\"a\":\"b\"}", unfit[] = "{\"sharedKey\":\"12345678\"}";
    char alien[] = "{\"sharedKey\":\"a\\nb\"}", number[] = "{\"sharedKey\":12}";
    assert_false(json_answer_take(none, strlen(none), keys, out, sizeof out));
    assert_false(json_answer_take(unfit, strlen(unfit), keys, out, sizeof out));
    assert_string_equal(out, "");
    assert_null(strchr(unfit, '5'));
    assert_false(json_answer_take(alien, strlen(alien), keys, out, sizeof out));
    assert_false(json_answer_take(number, strlen(number), keys, out, sizeof out));
}

static void times_are_read_in_both_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; /* 0: none */
    } cases[] = {
        {"2026-11-22T23:08:40Z", INT64_C(1795388920000)},
        {"2026-11-22T23:08:40.1234567Z", INT64_C(1795388920000)},
        {"2026-11-22 23:08:40", INT64_C(1795388920000)},
        {"2026-11-22T23:08:40+00:00", INT64_C(1795388920000)},
        {"11/22/2026 11:08:40 PM", INT64_C(1795388920000)},
        {"11/22/2026 23:08:40", INT64_C(1795388920000)},
        {"2/29/2024 12:00:00 AM", INT64_C(1709164800000)},
        {"2026-11-22T23:08:40+01:00", 0},
        {"0001-01-01T00:00:00Z", 0},
        {"2026-13-22T23:08:40Z", 0},
        {"11/22/2026 13:08:40 PM", 0},
        {"yesterday", 0},
        {"", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct opt_i64 ms = azure_answer_time_ms(cases[i].text);
        assert_int_equal(ms.known, cases[i].ms != 0);
        assert_int_equal(ms.v, cases[i].ms);
    }
}

static char subscription[] = "sub", group[] = "rg1", connection[] = "aws-conn";
static struct config_azure cfg = {
    .subscription = subscription, .resource_group = group, .connection = connection};

static struct azure_refusal refused(int status, const char *text)
{
    struct azure_refusal why;
    char *body = strdup(text);
    azure_answer_refusal(status, body, strlen(body), &cfg, &why);
    free(body);
    return why;
}

static void refusals_are_said_in_words(void **state)
{
    (void)state;
    struct azure_refusal why;
    size_t len;
    char *body = azure_fixture("error-403", &len);
    azure_answer_refusal(403, body, len, &cfg, &why);
    free(body);
    assert_non_null(strstr(why.err.text, "Microsoft.Network/connections/read"));
    assert_false(why.token_refused);
    body = azure_fixture("error-404", &len);
    azure_answer_refusal(404, body, len, &cfg, &why);
    free(body);
    assert_string_equal(why.err.text,
                        "no connection \"aws-conn\" in the resource group \"rg1\"");
    assert_string_equal(
        refused(404, "{\"error\":{\"code\":\"SubscriptionNotFound\"}}").err.text,
        "no subscription \"sub\", or none that its identity sees");
    assert_string_equal(refused(502, "<html>").err.text, "status 502");
    assert_string_equal(refused(429, "").err.text, "throttles");
    assert_string_equal(
        refused(400, "{\"error\":{\"code\":\"InvalidApiVersionParameter\","
                     "\"message\":\"The api-version\\u001b is bad.\\nMore\"}}")
            .err.text,
        "status 400, InvalidApiVersionParameter: The api-version\xc2\xb7 is bad.");
}

static void a_refused_token_is_told_from_a_refusal(void **state)
{
    (void)state;
    assert_true(
        refused(401, "{\"error\":{\"code\":\"ExpiredAuthenticationToken\"}}").token_refused);
    assert_true(
        refused(401, "{\"error\":{\"code\":\"InvalidAuthenticationToken\"}}").token_refused);
    assert_false(refused(401, "").token_refused);
    assert_false(
        refused(403, "{\"error\":{\"code\":\"ExpiredAuthenticationToken\"}}").token_refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_without_tunnels_is_its_own_leg),
        cmocka_unit_test(tunnels_are_legs),
        cmocka_unit_test(every_field_may_be_missing),
        cmocka_unit_test(more_tunnels_than_fit_are_left_out),
        cmocka_unit_test(what_is_no_connection_is_said),
        cmocka_unit_test(words_cannot_move_the_terminal),
        cmocka_unit_test(keys_are_blotted_wherever_they_stand),
        cmocka_unit_test(a_text_is_taken_out),
        cmocka_unit_test(times_are_read_in_both_forms),
        cmocka_unit_test(refusals_are_said_in_words),
        cmocka_unit_test(a_refused_token_is_told_from_a_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
