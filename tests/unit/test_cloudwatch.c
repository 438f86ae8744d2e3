#include "backend/tunnel/cloudwatch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "aws_fixture.h"
#include "backend/tunnel/aws_error.h"

#define NOW_MS INT64_C(1795389000000)

static char first[] = "vpn-tunnel1-down", second[] = "both";
static char *const names[] = {first, second, NULL};
static char a_tunnel[] = "198.51.100.11", b_tunnel[] = "198.51.100.12";
static char *const tunnels[] = {a_tunnel, b_tunnel, NULL};

static struct tunnel_alarm alarms[TUNNEL_ALARMS_MAX];
static size_t n_alarms;

static void read_alarms(const char *text)
{
    assert_true(cloudwatch_parse_alarms(text, strlen(text), names, alarms, &n_alarms));
    assert_int_equal(n_alarms, 2);
    assert_string_equal(alarms[0].name, "vpn-tunnel1-down");
    assert_string_equal(alarms[1].name, "both");
}

static void alarms_as_recorded(void **state)
{
    (void)state;
    size_t len;
    char *text = aws_fixture("cloudwatch-DescribeAlarms-OK.json", &len);
    read_alarms(text);
    free(text);
    assert_int_equal(alarms[0].state, ALARM_OK);
    assert_int_equal(alarms[0].changed_ms.v, INT64_C(1795388920811));
    assert_false(alarms[0].dated);
    assert_int_equal(alarms[1].state, ALARM_UNKNOWN);
    assert_string_equal(alarms[1].reason, "CloudWatch knows no alarm of this name");
    text = aws_fixture("cloudwatch-DescribeAlarms-ALARM.json", &len);
    read_alarms(text);
    free(text);
    assert_int_equal(alarms[0].state, ALARM_RAISED);
    assert_string_equal(alarms[0].reason, "Threshold Crossed: test");
    assert_int_equal(alarms[0].changed_ms.v, INT64_C(1795388920861));
}

static void composite_alarms_and_states(void **state)
{
    (void)state;
    read_alarms(
        "{\"MetricAlarms\":[{\"AlarmName\":\"vpn-tunnel1-down\",\"StateValue\":"
        "\"INSUFFICIENT_DATA\"},{\"AlarmName\":\"of others\",\"StateValue\":\"ALARM\"}],"
        "\"CompositeAlarms\":[{\"AlarmName\":\"both\",\"StateValue\":\"ALARM\","
        "\"StateReason\":\"a\\u001b[2J\",\"StateUpdatedTimestamp\":1795388999.5,"
        "\"StateTransitionedTimestamp\":1795388000}]}");
    assert_int_equal(alarms[0].state, ALARM_UNKNOWN);
    assert_string_equal(alarms[0].reason, "INSUFFICIENT_DATA");
    assert_false(alarms[0].changed_ms.known);
    assert_int_equal(alarms[1].state, ALARM_RAISED);
    assert_string_equal(alarms[1].reason, "a\xc2\xb7[2J");
    assert_int_equal(alarms[1].changed_ms.v, INT64_C(1795388000000));
    assert_true(alarms[1].dated);
}

#define CHANGE(at, data)                                                                       \
    "{\"AlarmName\":\"vpn-tunnel1-down\",\"AlarmType\":\"MetricAlarm\",\"Timestamp\":" at      \
    ",\"HistoryItemType\":\"StateUpdate\",\"HistorySummary\":\"s\",\"HistoryData\":\"" data    \
    "\"}"
#define FROM_TO(from, to)                                                                      \
    "{\\\"version\\\":\\\"1.0\\\",\\\"oldState\\\":{\\\"stateValue\\\":\\\"" from              \
    "\\\"},\\\"newState\\\":{\\\"stateValue\\\":\\\"" to                                       \
    "\\\",\\\"stateReason\\\":\\\"1 point\\\"}}"

static void changes_of_the_history(void **state)
{
    (void)state;
    struct tunnel_transition t[4];
    size_t n = 99;
    const char *text =
        "{\"AlarmHistoryItems\":[" CHANGE("1795388900.25", FROM_TO("OK", "ALARM")) "," CHANGE(
            "1795388800",
            FROM_TO(
                "INSUFFICIENT_DATA",
                "OK")) "," CHANGE("1795388700",
                                  FROM_TO(
                                      "OK",
                                      "OK")) "," CHANGE("1795388600",
                                                        "no json") "," CHANGE("\\\"never\\\"",
                                                                              FROM_TO(
                                                                                  "OK",
                                                                                  "ALARM")) "]"
                                                                                            "}";
    assert_false(cloudwatch_parse_history(text, strlen(text), t, 4, &n)); /* a broken time */
    assert_int_equal(n, 99);
    text = "{\"AlarmHistoryItems\":[" CHANGE(
        "1795388900.25",
        FROM_TO(
            "OK",
            "ALARM")) ","
                      "{\"AlarmName\":\"vpn-tunnel1-down\",\"HistoryItemType\":"
                      "\"ConfigurationUpdate\","
                      "\"Timestamp\":1795388850,\"HistoryData\":\"{}\"}," CHANGE("1795388800", FROM_TO("INSUFFICIENT_DATA", "OK")) "," CHANGE(
                          "1795388700",
                          FROM_TO(
                              "OK",
                              "OK")) "," CHANGE("1795388600",
                                                "no json") "," CHANGE("null",
                                                                      FROM_TO(
                                                                          "OK",
                                                                          "ALARM")) "," CHANGE("-5",
                                                                                               FROM_TO(
                                                                                                   "OK",
                                                                                                   "ALARM")) "," CHANGE("1e300",
                                                                                                                        FROM_TO(
                                                                                                                            "OK",
                                                                                                                            "ALARM")) "]}";
    assert_true(cloudwatch_parse_history(text, strlen(text), t, 4, &n));
    assert_int_equal(n, 2);
    assert_string_equal(t[0].alarm, "vpn-tunnel1-down");
    assert_int_equal(t[0].from, ALARM_OK);
    assert_int_equal(t[0].to, ALARM_RAISED);
    assert_int_equal(t[0].at_ms, INT64_C(1795388900250));
    assert_string_equal(t[0].reason, "1 point");
    assert_int_equal(t[1].from, ALARM_UNKNOWN);
    assert_int_equal(t[1].to, ALARM_OK);
    assert_true(cloudwatch_parse_history(text, strlen(text), t, 1, &n));
    assert_int_equal(n, 1);
}

static struct tunnel_leg legs[TUNNEL_LEGS_MAX];

static void read_states(const char *text, int64_t now_ms)
{
    size_t n = 0;
    assert_true(cloudwatch_parse_states(text, strlen(text), tunnels, now_ms, legs, &n));
    assert_int_equal(n, 2);
    assert_string_equal(legs[0].id, "198.51.100.11");
    assert_string_equal(legs[1].id, "198.51.100.12");
}

/* The recording names its one metric t1: the second tunnel. */
static void states_as_recorded(void **state)
{
    (void)state;
    size_t len;
    char *text = aws_fixture("cloudwatch-GetMetricData.json", &len);
    read_states(text, NOW_MS);
    assert_int_equal(legs[0].state, TUNNEL_UNKNOWN);
    assert_string_equal(legs[0].detail, "no point of TunnelState in 10 min");
    assert_int_equal(legs[1].state, TUNNEL_DOWN);
    assert_string_equal(legs[1].detail, "TunnelState 0 at 23:08 UTC");
    read_states(text, NOW_MS + CLOUDWATCH_WINDOW_MS);
    assert_int_equal(legs[1].state, TUNNEL_UNKNOWN); /* too old to tell */
    read_states(text, NOW_MS - 3600000);
    assert_int_equal(legs[1].state, TUNNEL_UNKNOWN); /* of the future */
    free(text);
}

static void states_by_the_newest_point(void **state)
{
    (void)state;
    read_states("{\"MetricDataResults\":["
                "{\"Id\":\"t1\",\"Timestamps\":[1795388880,1795388940,1795388820],"
                "\"Values\":[0,1.0,0]},"
                "{\"Id\":\"t0\",\"Timestamps\":[1795388940,1795388880],\"Values\":[0.5,1]}]}",
                NOW_MS);
    assert_int_equal(legs[0].state, TUNNEL_DEGRADED);
    assert_string_equal(legs[0].detail, "TunnelState 0.5 at 23:09 UTC, up part of the time");
    assert_int_equal(legs[1].state, TUNNEL_UP);
    assert_string_equal(legs[1].detail, "TunnelState 1 at 23:09 UTC");
    assert_false(legs[1].since_ms.known);
}

static void points_that_do_not_tell(void **state)
{
    (void)state;
    static const char *const results[] = {
        "{\"Id\":\"t0\",\"Timestamps\":[],\"Values\":[]}",
        "{\"Id\":\"t0\",\"Timestamps\":[1795388940],\"Values\":[]}",
        "{\"Id\":\"t0\",\"Timestamps\":[1795388940]}",
        "{\"Id\":\"t0\",\"Timestamps\":[\"x\"],\"Values\":[1]}",
        "{\"Id\":\"t0\",\"Timestamps\":[1795388940],\"Values\":[null]}",
        "{\"Id\":\"t0\",\"Timestamps\":[1795388940],\"Values\":[-1]}",
        "{\"Id\":\"t0\",\"Timestamps\":[1795388940],\"Values\":[NaN]}",
        ("{\"Id\":\"t0\",\"Timestamps\":[1795388940],\"Values\":[1],"
         "\"StatusCode\":\"InternalError\"}"),
        "{\"Id\":7}",
        "[]",
    };
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        char text[512];
        (void)snprintf(text, sizeof text, "{\"MetricDataResults\":[%s]}", results[i]);
        read_states(text, NOW_MS);
        assert_int_equal(legs[0].state, TUNNEL_UNKNOWN);
    }
}

static void what_is_no_answer(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "{",
                                        "[]",
                                        "null",
                                        "{}",
                                        "<html>",
                                        "{\"MetricAlarms\":{},\"MetricDataResults\":1}",
                                        "{\"MetricAlarms\":[]} x"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct tunnel_transition t[2];
        size_t n = 7, len = strlen(texts[i]);
        assert_false(cloudwatch_parse_alarms(texts[i], len, names, alarms, &n));
        assert_false(cloudwatch_parse_history(texts[i], len, t, 2, &n));
        assert_false(cloudwatch_parse_states(texts[i], len, tunnels, NOW_MS, legs, &n));
        assert_int_equal(n, 7);
    }
}

static void errors(void **state)
{
    (void)state;
    struct aws_error e = {0};
    const char *text = "{\"__type\":\"com.amazon.coral.service#ThrottlingException\","
                       "\"message\":\"Rate exceeded\"}";
    assert_true(cloudwatch_parse_error(text, strlen(text), &e));
    assert_string_equal(e.code, "ThrottlingException");
    assert_string_equal(e.message, "Rate exceeded");
    text = "{\"__type\":\"AccessDenied\",\"Message\":\"no\"}";
    e = (struct aws_error){0};
    assert_true(cloudwatch_parse_error(text, strlen(text), &e));
    assert_string_equal(e.code, "AccessDenied");
    assert_string_equal(e.message, "no");
    assert_false(cloudwatch_parse_error("<p>", 3, &e));
    assert_false(cloudwatch_parse_error("{\"message\":1}", 13, &e));
}

static const char *words(int status, const char *code, const char *message, int64_t off_ms)
{
    static struct error err;
    struct aws_error e = {0};
    aws_error_code(&e, code, strlen(code));
    aws_error_message(&e, message, strlen(message));
    aws_error_say(status, &e, "ec2:DescribeVpnConnections", NOW_MS, NOW_MS + off_ms, &err);
    return err.text;
}

static void errors_in_words(void **state)
{
    (void)state;
    assert_string_equal(words(502, "", "", 0), "answered with status 502");
    assert_string_equal(words(403, "UnauthorizedOperation", "You are not authorized", 0),
                        "UnauthorizedOperation: the credentials lack the IAM action "
                        "ec2:DescribeVpnConnections");
    assert_string_equal(words(403, "SignatureDoesNotMatch", "m", 0),
                        "SignatureDoesNotMatch: m");
    assert_string_equal(words(403, "SignatureDoesNotMatch", "m", 7 * 60000 + 20000),
                        "SignatureDoesNotMatch: this machine's clock is 7 min fast");
    assert_string_equal(words(400, "RequestExpired", "m", -11 * 60000),
                        "RequestExpired: this machine's clock is 11 min slow");
    assert_string_equal(words(400, "InvalidVpnConnectionID.NotFound", "m", 9999999),
                        "InvalidVpnConnectionID.NotFound: m");
    assert_string_equal(words(401, "AuthFailure", "m", 0),
                        "AWS does not take the credentials, AuthFailure: m");
    assert_string_equal(words(503, "RequestLimitExceeded", "", 0),
                        "throttled, RequestLimitExceeded");
    struct aws_error e = {.code = "ExpiredTokenException"};
    assert_true(aws_error_is_expiry(&e));
    assert_false(aws_error_is_throttling(400, &e));
    e = (struct aws_error){0};
    assert_true(aws_error_is_throttling(429, &e));
    assert_true(aws_error_is_throttling(503, &e));
    assert_false(aws_error_is_throttling(500, &e));
    assert_false(aws_error_is_expiry(&e));
    e = (struct aws_error){.code = "ThrottlingException"};
    assert_true(aws_error_is_throttling(400, &e));
}

static void questions(void **state)
{
    (void)state;
    char *body = cloudwatch_ask_alarms(names);
    assert_string_equal(body, "{\"AlarmNames\":[\"vpn-tunnel1-down\",\"both\"],"
                              "\"AlarmTypes\":[\"MetricAlarm\",\"CompositeAlarm\"]}");
    free(body);
    body = cloudwatch_ask_history("a\"b", 5000, 9999);
    assert_string_equal(body, "{\"AlarmName\":\"a\\\"b\",\"AlarmTypes\":[\"MetricAlarm\","
                              "\"CompositeAlarm\"],\"HistoryItemType\":\"StateUpdate\","
                              "\"StartDate\":5,\"EndDate\":9,\"MaxRecords\":20,"
                              "\"ScanBy\":\"TimestampDescending\"}");
    free(body);
    body = cloudwatch_ask_states("vpn-1", tunnels, NOW_MS);
    assert_non_null(strstr(body,
                           "\"Dimensions\":[{\"Name\":\"VpnId\",\"Value\":\"vpn-1\"},"
                           "{\"Name\":\"TunnelIpAddress\",\"Value\":\"198.51.100.12\"}]"));
    assert_non_null(strstr(body, "\"Id\":\"t1\""));
    assert_non_null(strstr(body, "\"StartTime\":1795388400,\"EndTime\":1795389060"));
    free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alarms_as_recorded),
        cmocka_unit_test(composite_alarms_and_states),
        cmocka_unit_test(changes_of_the_history),
        cmocka_unit_test(states_as_recorded),
        cmocka_unit_test(states_by_the_newest_point),
        cmocka_unit_test(points_that_do_not_tell),
        cmocka_unit_test(what_is_no_answer),
        cmocka_unit_test(errors),
        cmocka_unit_test(errors_in_words),
        cmocka_unit_test(questions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
