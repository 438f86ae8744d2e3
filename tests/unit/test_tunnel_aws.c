/* The view of AWS against servers that answer as EC2 and CloudWatch do, or do not. Long by the
 * answers in it. */
#include "backend/tunnel/provider.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "aws_fixture.h"
#include "backend/app/http_health.h"
#include "backend/mem.h"
#include "fake_server.h"
#include "jenkins_server.h"

#define VPN     "vpn-db66b6b89dbca09d1"
#define WALL_MS INT64_C(1795388940000) /* 2026-11-22 23:09 UTC */
#define UP_DOWN "ec2-DescribeVpnConnections-up-down.xml"

static char region[] = "eu-central-1", name[] = "aws", vpn[] = VPN;
static char spare[] = "198.51.100.12", first[] = "198.51.100.11", third[] = "198.51.100.13";
static char alarm_a[] = "vpn-tunnel1-down", alarm_b[] = "both";
static char *two[] = {spare, first, NULL}, *three[] = {spare, third, first, NULL};
static char *one_alarm[] = {alarm_a, NULL}, *two_alarms[] = {alarm_a, alarm_b, NULL};

struct rig {
    struct jenkins_server *ec2, *cloudwatch;
    char ec2_url[64], cloudwatch_url[64];
    struct config_tunnel cfg;
    struct source source;
    struct clock_manual clk;
};

static void open_source(struct rig *rig)
{
    rig->source = tunnel_aws_source(&rig->cfg, 3);
}

static int setup(void **state)
{
    struct rig *rig = mem_alloc(1, sizeof *rig);
    (void)setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
    (void)setenv("AWS_SECRET_ACCESS_KEY", "a:secret", 1);
    (void)unsetenv("AWS_SESSION_TOKEN");
    rig->ec2 = js_start();
    rig->cloudwatch = js_start();
    (void)snprintf(rig->ec2_url, sizeof rig->ec2_url, "http://127.0.0.1:%u/", rig->ec2->port);
    (void)snprintf(rig->cloudwatch_url, sizeof rig->cloudwatch_url, "http://127.0.0.1:%u/",
                   rig->cloudwatch->port);
    clock_manual_init(&rig->clk, 100000, WALL_MS);
    rig->cfg = (struct config_tunnel){.kind = TUNNEL_AWS,
                                      .name = name,
                                      .expected_up = 1,
                                      .period_ms = 20000,
                                      .timeout_ms = 20000,
                                      .aws = {.region = region,
                                              .vpn_connection = vpn,
                                              .ec2_endpoint = rig->ec2_url,
                                              .cloudwatch_endpoint = rig->cloudwatch_url}};
    open_source(rig);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;
    rig->source.ops->destroy(rig->source.self);
    js_stop(rig->ec2);
    js_stop(rig->cloudwatch);
    free(rig);
    return 0;
}

/* With another configuration. */
static void reopen(struct rig *rig)
{
    rig->source.ops->destroy(rig->source.self);
    open_source(rig);
}

/* The next answers, times of them (-1: from now on). headers end with CRLF each, or are "". */
static void answer(struct jenkins_server *s, int status, const char *headers, const char *body,
                   int times)
{
    size_t room = strlen(body) + strlen(headers) + 128;
    char *reply = mem_alloc(room, 1);
    int len = snprintf(reply, room, "HTTP/1.1 %d Said\r\n%sContent-Length: %zu\r\n\r\n%s",
                       status, headers, strlen(body), body);
    js_rule(s, "POST", "/", JS_REPLY, reply, (size_t)len, times);
}

static void answer_file(struct jenkins_server *s, const char *file, int times)
{
    size_t len;
    char *body = aws_fixture(file, &len);
    answer(s, 200, "", body, times);
    free(body);
}

static void answer_error(struct jenkins_server *s, int status, const char *code, int times)
{
    char body[512];
    (void)snprintf(body, sizeof body,
                   "<Response><Errors><Error><Code>%s</Code><Message>said so</Message></Error>"
                   "</Errors><RequestID>1</RequestID></Response>",
                   code);
    answer(s, status, "Date: Sun, 22 Nov 2026 23:00:00 GMT\r\n", body, times);
}

/* Asks after that many seconds. unref it. */
static struct reading *ask_after(struct rig *rig, int64_t seconds)
{
    clock_manual_advance(&rig->clk, seconds * 1000);
    return rig->source.ops->poll(rig->source.self, &rig->clk.base);
}

static struct reading *ask_well(struct rig *rig)
{
    struct reading *r = ask_after(rig, 20);
    if (r->state != READING_FRESH) {
        fail_msg("%s", r->reason);
    }
    return r;
}

static void assert_fails(struct rig *rig, const char *why)
{
    struct reading *r = ask_after(rig, 20);
    assert_int_equal(r->state, READING_FAILED);
    if (!strstr(r->reason, why)) {
        fail_msg("\"%s\" does not say \"%s\"", r->reason, why);
    }
    reading_unref(r);
}

static void what_ec2_says(void **state)
{
    struct rig *rig = *state;
    answer_file(rig->ec2, UP_DOWN, -1);
    struct reading *r = ask_well(rig);
    const struct tunnel_facts *f = r->value;
    assert_int_equal(r->taken_at_ms, 120000);
    assert_int_equal(f->state, TUNNEL_UP);
    assert_false(f->data_plane);
    assert_string_equal(f->endpoint, VPN);
    assert_string_equal(f->detail, "1 of 2 up");
    assert_int_equal(f->n_legs, 2);
    assert_string_equal(f->legs[0].id, first);
    assert_string_equal(f->legs[1].detail, "IPSEC IS DOWN");
    reading_unref(r);
    struct js_request asked = js_request(rig->ec2, "POST", 0);
    assert_non_null(strstr(asked.text, "Action=DescribeVpnConnections&Version=2016-11-15"
                                       "&VpnConnectionId.1=" VPN));
    assert_non_null(strstr(asked.text, "/eu-central-1/ec2/aws4_request"));
    assert_int_equal(js_count(rig->cloudwatch, NULL), 0);
}

static void tunnels_as_configured(void **state)
{
    struct rig *rig = *state;
    rig->cfg.tunnels = three;
    rig->cfg.expected_up = 2;
    reopen(rig);
    answer_file(rig->ec2, UP_DOWN, -1);
    struct reading *r = ask_well(rig);
    const struct tunnel_facts *f = r->value;
    assert_int_equal(f->state, TUNNEL_DEGRADED);
    assert_int_equal(f->n_legs, 3);
    assert_string_equal(f->legs[0].id, spare);
    assert_int_equal(f->legs[1].state, TUNNEL_UNKNOWN);
    assert_string_equal(f->legs[1].detail, "not in the answer");
    assert_int_equal(f->legs[2].state, TUNNEL_UP);
    reading_unref(r);
}

#define CONNECTION(inside)                                                                     \
    "<DescribeVpnConnectionsResponse><vpnConnectionSet><item><vpnConnectionId>" VPN            \
    "</vpnConnectionId>" inside "</item></vpnConnectionSet></DescribeVpnConnectionsResponse>"
#define LEG(address, status)                                                                   \
    "<item><outsideIpAddress>" address "</outsideIpAddress><status>" status "</status></item>"

static void a_state_and_since_when(void **state)
{
    struct rig *rig = *state;
    answer(rig->ec2, 200, "", CONNECTION("<state>available</state><vgwTelemetry/>"), 1);
    answer(rig->ec2, 200, "",
           CONNECTION("<state>deleting</state><vgwTelemetry>" LEG("a", "DOWN")
                          LEG("b", "DOWN") "</vgwTelemetry>"),
           2);
    struct reading *r = ask_well(rig);
    const struct tunnel_facts *f = r->value;
    assert_int_equal(f->state, TUNNEL_UNKNOWN);
    assert_string_equal(f->detail, "no telemetry");
    reading_unref(r);
    reading_unref(ask_well(rig));
    r = ask_well(rig);
    f = r->value;
    assert_int_equal(f->state, TUNNEL_DOWN);
    assert_int_equal(f->since_ms, 140000);
    assert_string_equal(f->detail, "0 of 2 up; the connection is deleting");
    reading_unref(r);
}

static void asked_too_soon_it_remembers(void **state)
{
    struct rig *rig = *state;
    answer_file(rig->ec2, UP_DOWN, -1);
    struct reading *a = ask_well(rig), *b = ask_after(rig, 4);
    assert_int_equal(b->taken_at_ms, a->taken_at_ms);
    assert_int_equal(b->state, READING_FRESH);
    assert_int_equal(js_count(rig->ec2, NULL), 1);
    reading_unref(b);
    b = ask_after(rig, 1);
    assert_int_equal(b->taken_at_ms, a->taken_at_ms + 5000);
    assert_int_equal(js_count(rig->ec2, NULL), 2);
    reading_unref(a);
    reading_unref(b);
}

/* Asks every 6 s, as a poke may, until there is another request; returns how long that took. */
static int64_t silence_s(struct rig *rig)
{
    int before = js_count(rig->ec2, NULL);
    int64_t s = 0;
    while (js_count(rig->ec2, NULL) == before && s < 1000) {
        s += 6;
        reading_unref(ask_after(rig, 6));
    }
    return s;
}

static void throttling_makes_it_ask_less(void **state)
{
    struct rig *rig = *state;
    answer_error(rig->ec2, 503, "RequestLimitExceeded", 6);
    answer_file(rig->ec2, UP_DOWN, 1);
    answer_error(rig->ec2, 400, "ThrottlingException", 1);
    answer_file(rig->ec2, UP_DOWN, -1);
    assert_fails(rig, "throttled, RequestLimitExceeded: said so; asks again after ");
    struct reading *r = ask_after(rig, 6); /* as a poke does */
    assert_int_equal(r->state, READING_FAILED);
    assert_int_equal(r->taken_at_ms, 120000);
    reading_unref(r);
    int64_t first_s = silence_s(rig);
    assert_in_range(first_s, 24, 48); /* 40 s +- 20 %, of which 6 are over */
    assert_in_range(silence_s(rig), 64, 102);
    assert_in_range(silence_s(rig), 128, 198);
    for (int i = 0; i < 3; i++) {
        assert_in_range(silence_s(rig), 240, 306); /* 5 min at most */
    }
    r = ask_after(rig, 20); /* the seventh was good, and the eighth throttles from anew */
    assert_int_equal(r->state, READING_FAILED);
    reading_unref(r);
    assert_in_range(silence_s(rig), 30, 54);
    r = ask_well(rig);
    reading_unref(r);
}

static void a_wait_that_is_told_is_kept(void **state)
{
    struct rig *rig = *state;
    answer(rig->ec2, 429, "Retry-After: 120\r\n", "slow down", 1);
    answer_file(rig->ec2, UP_DOWN, -1);
    assert_fails(rig, "answered with status 429; asks again after 120 s");
    assert_in_range(silence_s(rig), 120, 126);
}

static void expired_keys_are_renewed_once(void **state)
{
    struct rig *rig = *state;
    answer_error(rig->ec2, 400, "ExpiredToken", 1);
    answer_file(rig->ec2, UP_DOWN, 1);
    answer_error(rig->ec2, 400, "ExpiredToken", -1);
    reading_unref(ask_well(rig));
    assert_int_equal(js_count(rig->ec2, NULL), 2);
    assert_fails(rig, "ExpiredToken: said so");
    assert_int_equal(js_count(rig->ec2, NULL), 4);
}

static void errors_say_what_to_do(void **state)
{
    struct rig *rig = *state;
    answer_error(rig->ec2, 403, "SignatureDoesNotMatch", 1);
    answer_error(rig->ec2, 403, "UnauthorizedOperation", 1);
    answer_file(rig->ec2, "ec2-DescribeVpnConnections-empty.xml", 1);
    size_t len;
    char *body = aws_fixture("ec2-error-InvalidVpnConnectionID.xml", &len);
    answer(rig->ec2, 400, "", body, 1);
    free(body);
    answer(rig->ec2, 502, "", "<html><p>bad gateway</html>", 1);
    assert_fails(rig, "SignatureDoesNotMatch: this machine's clock is 9 min fast");
    assert_fails(rig, "the credentials lack the IAM action ec2:DescribeVpnConnections");
    assert_fails(rig, VPN " is not in the answer (region eu-central-1)");
    assert_fails(rig, "'vpn-deadbeef' does not exist (region eu-central-1)");
    assert_fails(rig, "answered with status 502");
}

/* Cut off, no XML, and far too long, with the length that is true. */
static void what_is_no_answer(void **state)
{
    struct rig *rig = *state;
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n"
                               "<DescribeVpnConnectionsResponse><a>";
    answer(rig->ec2, 200, "", "<DescribeVpnConnectionsResponse><vpnConnectionSet>", 1);
    answer(rig->ec2, 200, "", "{}", 1);
    js_rule(rig->ec2, "POST", "/", JS_REPLY_CLOSE, mem_strdup(head), sizeof head - 1, 1);
    size_t huge = 50 * 1024 * 1024;
    char *reply = mem_alloc(huge, 1);
    memset(reply, 'k', huge);
    memcpy(reply, head, sizeof head - 1);
    js_rule(rig->ec2, "POST", "/", JS_REPLY_CLOSE, reply, huge, 1);
    js_rule(rig->ec2, "POST", "/", JS_DROP, NULL, 0, 1);
    answer_file(rig->ec2, UP_DOWN, 1);
    assert_fails(rig, "the answer is not understood: ");
    assert_fails(rig, "the answer is not understood: ");
    assert_fails(rig, "answer cut short");
    assert_fails(rig, "4194304 bytes");
    assert_fails(rig, "closed without an answer");
    reading_unref(ask_well(rig));
}

static void a_byte_now_and_then(void **state)
{
    struct rig *rig = *state;
    struct fake_server *slow = fake_start(true);
    static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n<a>"
                                "                                                    ";
    fake_set(slow, FAKE_DRIP, reply, sizeof reply - 1);
    (void)snprintf(rig->ec2_url, sizeof rig->ec2_url, "http://127.0.0.1:%u/", slow->port);
    rig->cfg.timeout_ms = 300;
    reopen(rig);
    assert_fails(rig, "timed out after 0.3 s");
    fake_stop(slow);
}

static void *interrupt_when_asked(void *arg)
{
    struct rig *rig = arg;
    js_await(rig->ec2, 1);
    rig->source.ops->interrupt(rig->source.self);
    return NULL;
}

static void an_interruption_ends_the_wait(void **state)
{
    struct rig *rig = *state;
    pthread_t thread;
    js_rule(rig->ec2, "POST", "/", JS_HANG, NULL, 0, 1);
    assert_int_equal(pthread_create(&thread, NULL, interrupt_when_asked, rig), 0);
    assert_fails(rig, "interrupted");
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void by_the_metric_alone(void **state)
{
    struct rig *rig = *state;
    rig->cfg.aws.source = AWS_CLOUDWATCH;
    rig->cfg.tunnels = two;
    reopen(rig);
    answer(rig->cloudwatch, 200, "",
           "{\"MetricDataResults\":[{\"Id\":\"t1\",\"Timestamps\":[1795388880],"
           "\"Values\":[1]}]}",
           1);
    answer(rig->cloudwatch, 200, "", "{\"MetricDataResults\":[]}", 1);
    answer(rig->cloudwatch, 400, "",
           "{\"__type\":\"a#AccessDeniedException\",\"message\":\"User x\"}", 1);
    answer(rig->cloudwatch, 200, "", "<p>", 1);
    js_rule(rig->cloudwatch, "POST", "/", JS_ENDLESS,
            mem_strdup("HTTP/1.1 200 OK\r\n\r\n{\"MetricDataResults\":["), 41, 1);
    struct reading *r = ask_well(rig);
    const struct tunnel_facts *f = r->value;
    assert_int_equal(f->state, TUNNEL_UP);
    assert_int_equal(f->legs[0].state, TUNNEL_UNKNOWN);
    assert_string_equal(f->legs[1].detail, "TunnelState 1 at 23:08 UTC");
    reading_unref(r);
    r = ask_well(rig);
    f = r->value;
    assert_int_equal(f->state, TUNNEL_UNKNOWN);
    assert_string_equal(f->detail, "no point of TunnelState in 10 min");
    reading_unref(r);
    assert_fails(rig, "lack the IAM action cloudwatch:GetMetricData");
    assert_fails(rig, "no data of the metric");
    assert_fails(rig, "262144 bytes");
    struct js_request asked = js_request(rig->cloudwatch, "POST", 0);
    assert_non_null(strstr(asked.text, "GraniteServiceVersion20100801.GetMetricData"));
    assert_non_null(strstr(asked.text, "/monitoring/aws4_request"));
    assert_int_equal(js_count(rig->ec2, NULL), 0);
}

static struct config *configured(const char *aws, struct error *err)
{
    char text[1024];
    (void)snprintf(text, sizeof text,
                   "{\"group\":\"g\",\"primary\":{\"mysql\":{\"host\":\"a\",\"user\":\"u\"}},"
                   "\"dr\":{\"mysql\":{\"host\":\"b\",\"user\":\"u\"}},\"tunnels\":[{\"type\":"
                   "\"aws\",\"vpn_connection\":\"vpn-1\"%s}]}",
                   aws);
    return config_parse("t", text, strlen(text), 0600, err);
}

/* The metric is billed by the question. */
static void paces_and_bounds(void **state)
{
    (void)state;
    static const struct {
        const char *aws;
        int64_t period_ms;
    } paces[] = {
        {"", 20000},
        {",\"source\":\"cloudwatch\",\"tunnels\":[\"a\"]", 60000},
        {",\"source\":\"cloudwatch\",\"tunnels\":[\"a\"],\"period\":\"30s\"", 30000},
    };
    struct error err = {0};
    for (size_t i = 0; i < 3; i++) {
        struct config *cfg = configured(paces[i].aws, &err);
        assert_non_null(cfg);
        assert_int_equal(cfg->tunnels[0].period_ms, paces[i].period_ms);
        config_destroy(cfg);
    }
    char many[256] = ",\"alarms\":[\"0\"";
    for (int i = 1; i <= TUNNEL_ALARMS_MAX; i++) {
        size_t at = strlen(many);
        (void)snprintf(many + at, sizeof many - at, ",\"%d\"%s", i,
                       i == TUNNEL_ALARMS_MAX ? "]" : "");
    }
    assert_null(configured(many, &err));
    assert_non_null(strstr(err.text, "17 names, expected at most 16"));
}

/* --- alarms */

static const char *alarms_text(const char *state_value, int64_t changed_s)
{
    static char text[512];
    (void)snprintf(text, sizeof text,
                   "{\"MetricAlarms\":[{\"AlarmName\":\"vpn-tunnel1-down\",\"StateValue\":"
                   "\"%s\",\"StateReason\":\"1 point\",\"StateTransitionedTimestamp\":%lld}]}",
                   state_value, (long long)changed_s);
    return text;
}

#define CHANGE(at, from, to)                                                                   \
    "{\"AlarmName\":\"vpn-tunnel1-down\",\"Timestamp\":" at                                    \
    ",\"HistoryItemType\":\"StateUpdate\",\"HistoryData\":\"{\\\"oldState\\\":{\\\"stateValue" \
    "\\\":\\\"" from "\\\"},\\\"newState\\\":{\\\"stateValue\\\":\\\"" to "\\\"}}\"}"
#define HISTORY(changes) "{\"AlarmHistoryItems\":[" changes "]}"

static int asked_for(struct rig *rig, const char *operation)
{
    int n = 0, all = js_count(rig->cloudwatch, NULL);
    for (int i = 0; i < all; i++) {
        n += strstr(js_request(rig->cloudwatch, "POST", i).text, operation) != NULL;
    }
    return n;
}

/* The state is asked once a minute, the history at the start and when it has changed; what came
 * and went between is known then. */
static void alarms_and_what_was_missed(void **state)
{
    struct rig *rig = *state;
    rig->cfg.aws.alarms = one_alarm;
    answer_file(rig->ec2, UP_DOWN, -1);
    answer(rig->cloudwatch, 200, "", alarms_text("OK", 1795388000), 1);
    answer(rig->cloudwatch, 200, "", HISTORY(CHANGE("1795388000", "ALARM", "OK")), 1);
    answer(rig->cloudwatch, 200, "", alarms_text("OK", 1795388000), 1);
    answer(rig->cloudwatch, 200, "", alarms_text("OK", 1795389100), 1);
    answer(rig->cloudwatch, 200, "",
           HISTORY(CHANGE("1795389100", "ALARM", "OK") "," CHANGE(
               "1795389050", "OK", "ALARM") "," CHANGE("1795388000", "ALARM", "OK")),
           1);
    struct reading *r = ask_well(rig);
    const struct tunnel_facts *f = r->value;
    assert_int_equal(f->n_alarms, 1);
    assert_int_equal(f->alarms[0].state, ALARM_OK);
    assert_int_equal(f->n_transitions, 1);
    reading_unref(r);
    for (int i = 0; i < 3; i++) { /* a minute later, once */
        r = ask_well(rig);
        f = r->value;
        assert_int_equal(f->n_alarms, 1);
        reading_unref(r);
    }
    assert_int_equal(asked_for(rig, "DescribeAlarms"), 2);
    assert_int_equal(asked_for(rig, "DescribeAlarmHistory"), 1);
    reading_unref(ask_after(rig, 60));
    assert_int_equal(asked_for(rig, "DescribeAlarms"), 3);
    assert_int_equal(asked_for(rig, "DescribeAlarmHistory"), 2);
    r = ask_well(rig);
    f = r->value;
    assert_int_equal(f->n_transitions, 3);
    assert_int_equal(f->transitions[1].at_ms, INT64_C(1795389050000));
    assert_int_equal(f->transitions[1].to, ALARM_RAISED);
    assert_int_equal(f->transitions[2].at_ms, INT64_C(1795389100000));
    reading_unref(r);
    assert_non_null(strstr(js_request(rig->cloudwatch, "POST", 1).text,
                           "\"StartDate\":1795302560")); /* a day before */
    assert_non_null(strstr(js_request(rig->cloudwatch, "POST", 4).text,
                           "\"StartDate\":1795388840")); /* from the first on, and some */
}

/* What CloudWatch refuses leaves the tunnels alone. */
static void alarms_that_are_refused(void **state)
{
    struct rig *rig = *state;
    rig->cfg.aws.alarms = two_alarms;
    answer_file(rig->ec2, UP_DOWN, -1);
    answer(rig->cloudwatch, 200, "", alarms_text("ALARM", 1795388000), 1);
    answer(rig->cloudwatch, 400, "",
           "{\"__type\":\"AccessDenied\",\"message\":\"User x may not\"}", 1);
    answer(rig->cloudwatch, 400, "",
           "{\"__type\":\"a#ThrottlingException\",\"message\":\"Rate exceeded\"}", 1);
    answer(rig->cloudwatch, 200, "", alarms_text("ALARM", 1795388000), -1);
    struct reading *r = ask_well(rig);
    const struct tunnel_facts *f = r->value;
    assert_int_equal(f->alarms[0].state, ALARM_RAISED);
    assert_int_equal(f->alarms[1].state, ALARM_UNKNOWN);
    assert_string_equal(f->alarms[1].reason, "CloudWatch knows no alarm of this name");
    assert_string_equal(f->detail,
                        "1 of 2 up; alarm history: AccessDenied: the credentials lack "
                        "the IAM action cloudwatch:DescribeAlarmHistor");
    reading_unref(r);
    r = ask_after(rig, 60);
    f = r->value;
    assert_int_equal(r->state, READING_FRESH);
    assert_int_equal(f->state, TUNNEL_UP);
    assert_int_equal(f->n_alarms, 2);
    assert_int_equal(f->alarms[0].state, ALARM_UNKNOWN);
    assert_string_equal(f->alarms[0].name, "vpn-tunnel1-down");
    assert_memory_equal(f->alarms[0].reason, "throttled, ThrottlingException: Rate exceeded",
                        45);
    reading_unref(r);
    for (int i = 0; i < 4; i++) { /* 80 s, of at least 96 */
        reading_unref(ask_well(rig));
    }
    assert_int_equal(asked_for(rig, "DescribeAlarms"), 2);
    reading_unref(ask_after(rig, 80));
    assert_int_equal(asked_for(rig, "DescribeAlarms"), 3);
    r = ask_well(rig);
    f = r->value;
    assert_int_equal(f->alarms[0].state, ALARM_RAISED);
    reading_unref(r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    if (!http_library_begin()) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        TEST(what_ec2_says),
        TEST(tunnels_as_configured),
        TEST(a_state_and_since_when),
        TEST(asked_too_soon_it_remembers),
        TEST(throttling_makes_it_ask_less),
        TEST(a_wait_that_is_told_is_kept),
        TEST(expired_keys_are_renewed_once),
        TEST(errors_say_what_to_do),
        TEST(what_is_no_answer),
        TEST(a_byte_now_and_then),
        TEST(an_interruption_ends_the_wait),
        TEST(by_the_metric_alone),
        cmocka_unit_test(paces_and_bounds),
        TEST(alarms_and_what_was_missed),
        TEST(alarms_that_are_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    http_library_end();
    return failed;
}
