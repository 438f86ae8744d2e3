/* CloudWatch in AWS JSON 1.0: the state of a tunnel as a metric, an alarm for each, and how those
 * alarms changed. At AWS an alarm needs a minute or more; here it follows at once. */
#include "lab/ec2.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS_MAX = 1440, RECORDS_MAX = 100, PERIOD_S = 60 };

#define NAMESPACE "AWS/VPN"
#define FAULT     "com.amazonaws.cloudwatch.v2010_08_01#"

static const char *const outside[CLOUD_LEGS] = {"198.51.100.11", "198.51.100.12"};
static const char *const alarms[CLOUD_LEGS] = {"vpn-tunnel1-down", "vpn-tunnel2-down"};

/* --- JSON in and out */

static void put(struct json_object *o, const char *key, const char *value)
{
    json_object_object_add(o, key, json_object_new_string(value));
}

static void put_number(struct json_object *o, const char *key, double value)
{
    json_object_object_add(o, key, json_object_new_double(value));
}

/* Seconds since 1970, with a fraction. */
static void put_time(struct json_object *o, const char *key, int64_t wall_ms)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%lld.%03d", (long long)(wall_ms / 1000),
                   (int)(wall_ms % 1000));
    json_object_object_add(o, key, json_object_new_double_s((double)wall_ms / 1000, text));
}

static const char *get_text(struct json_object *o, const char *key)
{
    struct json_object *v;
    return json_object_object_get_ex(o, key, &v) ? json_object_get_string(v) : NULL;
}

/* Milliseconds out of epoch seconds, or otherwise. */
static int64_t get_time(struct json_object *o, const char *key, int64_t otherwise)
{
    struct json_object *v;
    return json_object_object_get_ex(o, key, &v) ? (int64_t)(json_object_get_double(v) * 1000)
                                                 : otherwise;
}

static int64_t get_number(struct json_object *o, const char *key, int64_t otherwise)
{
    struct json_object *v;
    return json_object_object_get_ex(o, key, &v) ? json_object_get_int64(v) : otherwise;
}

static struct json_object *get_array(struct json_object *o, const char *key)
{
    struct json_object *v;
    return json_object_object_get_ex(o, key, &v) && json_object_is_type(v, json_type_array)
               ? v
               : NULL;
}

static void fail(struct cloud_reply *r, unsigned status, const char *code, const char *message)
{
    struct json_object *o = json_object_new_object();
    char type[120], query[120];
    (void)snprintf(type, sizeof type, FAULT "%s", code);
    (void)snprintf(query, sizeof query, "%s;Sender", code);
    put(o, "__type", type);
    put(o, "message", message);
    cloud_header(r, "x-amzn-query-error", query);
    cloud_json(r, status, o);
}

static bool refused(const struct cloud_request *q, struct cloud_reply *r)
{
    static const char *const codes[] = {
        [AUTH_MISSING] = "MissingAuthenticationToken",
        [AUTH_UNKNOWN] = "UnrecognizedClientException",
        [AUTH_EXPIRED] = "ExpiredTokenException",
        [AUTH_SKEWED] = "RequestExpired",
        [AUTH_SCOPE] = "SignatureDoesNotMatch",
        [AUTH_WRONG] = "SignatureDoesNotMatch",
    };
    if (q->mode == MODE_THROTTLE) {
        fail(r, 400, "ThrottlingException", "Rate exceeded");
        return true;
    }
    if (q->mode == MODE_FORBIDDEN) {
        fail(r, 400, "AccessDeniedException", "User is not authorized to perform this");
        return true;
    }
    enum auth auth = q->mode == MODE_UNAUTHORIZED ? AUTH_UNKNOWN : ec2_auth(q, "monitoring");
    if (auth != AUTH_OK) {
        fail(r, 400, codes[auth], "The security token included in the request is invalid.");
    }
    return auth != AUTH_OK;
}

/* --- alarms */

static const char *alarm_word(bool up)
{
    return up ? "OK" : "ALARM";
}

static void reason(bool up, char *out, size_t size)
{
    (void)snprintf(out, size,
                   "Threshold Crossed: 1 datapoint [%s] was %sless than the threshold (1.0).",
                   up ? "1.0" : "0.0", up ? "not " : "");
}

static struct json_object *alarm_json(const struct cloud_view *view, int i)
{
    const struct cloud_leg *leg = &view->legs[i];
    struct json_object *o = json_object_new_object();
    struct json_object *dimensions = json_object_new_array();
    struct json_object *dimension = json_object_new_object();
    char text[160];
    put(o, "AlarmName", alarms[i]);
    (void)snprintf(text, sizeof text, "arn:aws:cloudwatch:%s:123456789012:alarm:%s",
                   ec2_options->region, alarms[i]);
    put(o, "AlarmArn", text);
    put_time(o, "AlarmConfigurationUpdatedTimestamp", view->began_ms);
    json_object_object_add(o, "ActionsEnabled", json_object_new_boolean(true));
    put(o, "StateValue", alarm_word(leg->up));
    reason(leg->up, text, sizeof text);
    put(o, "StateReason", text);
    if (leg->up) { /* it may be absent */
        put(o, "StateReasonData", "{}");
    }
    put_time(o, "StateUpdatedTimestamp", leg->changed_ms);
    put_time(o, "StateTransitionedTimestamp", leg->changed_ms);
    put(o, "MetricName", "TunnelState");
    put(o, "Namespace", NAMESPACE);
    put(o, "Statistic", "Maximum");
    put(dimension, "Name", "TunnelIpAddress");
    put(dimension, "Value", outside[i]);
    (void)json_object_array_add(dimensions, dimension);
    json_object_object_add(o, "Dimensions", dimensions);
    json_object_object_add(o, "Period", json_object_new_int(PERIOD_S));
    json_object_object_add(o, "EvaluationPeriods", json_object_new_int(1));
    put_number(o, "Threshold", 1.0);
    put(o, "ComparisonOperator", "LessThanThreshold");
    put(o, "TreatMissingData", "breaching");
    return o;
}

static bool named(struct json_object *in, const char *name)
{
    struct json_object *names = get_array(in, "AlarmNames");
    if (!names) {
        const char *prefix = get_text(in, "AlarmNamePrefix");
        return !prefix || strncmp(name, prefix, strlen(prefix)) == 0;
    }
    for (size_t i = 0; i < json_object_array_length(names); i++) {
        if (strcmp(json_object_get_string(json_object_array_get_idx(names, i)), name) == 0) {
            return true;
        }
    }
    return false;
}

static void describe_alarms(const struct cloud_view *view, struct json_object *in,
                            struct json_object *out, bool empty)
{
    struct json_object *list = json_object_new_array();
    json_object_object_add(out, "CompositeAlarms", json_object_new_array());
    for (int i = 0; i < CLOUD_LEGS && !empty; i++) {
        if (named(in, alarms[i])) {
            (void)json_object_array_add(list, alarm_json(view, i));
        }
    }
    json_object_object_add(out, "MetricAlarms", list);
}

static struct json_object *history_item(const struct cloud_change *c)
{
    struct json_object *o = json_object_new_object();
    char text[800], why[2][120], when[40];
    put(o, "AlarmName", alarms[c->leg]);
    put(o, "AlarmType", "MetricAlarm");
    put_time(o, "Timestamp", c->at_ms);
    put(o, "HistoryItemType", "StateUpdate");
    (void)snprintf(text, sizeof text, "Alarm updated from %s to %s", alarm_word(!c->up),
                   alarm_word(c->up));
    put(o, "HistorySummary", text);
    reason(!c->up, why[0], sizeof why[0]);
    reason(c->up, why[1], sizeof why[1]);
    cloud_iso(c->at_ms, when, sizeof when);
    (void)snprintf(text, sizeof text,
                   "{\"version\":\"1.0\",\"oldState\":{\"stateValue\":\"%s\","
                   "\"stateReason\":\"%s\"},\"newState\":{\"stateValue\":\"%s\","
                   "\"stateReason\":\"%s\",\"stateReasonData\":{\"queryDate\":\"%s\"}}}",
                   alarm_word(!c->up), why[0], alarm_word(c->up), why[1], when);
    put(o, "HistoryData", text);
    return o;
}

static bool in_history(struct json_object *in, const struct cloud_change *c)
{
    const char *name = get_text(in, "AlarmName"), *type = get_text(in, "HistoryItemType");
    return (!name || strcmp(name, alarms[c->leg]) == 0) &&
           (!type || strcmp(type, "StateUpdate") == 0) &&
           c->at_ms >= get_time(in, "StartDate", 0) &&
           c->at_ms < get_time(in, "EndDate", INT64_MAX);
}

/* NextToken is how many have been told. */
static void alarm_history(const struct cloud_view *view, struct json_object *in,
                          struct json_object *out)
{
    const char *order = get_text(in, "ScanBy"), *token = get_text(in, "NextToken");
    bool ascending = order && strcmp(order, "TimestampAscending") == 0;
    int64_t max = get_number(in, "MaxRecords", RECORDS_MAX);
    int64_t skip = token ? strtoll(token, NULL, 10) : 0, seen = 0;
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < view->n_changes; i++) {
        const struct cloud_change *c = &view->changes[ascending ? i : view->n_changes - 1 - i];
        if (!in_history(in, c) || seen++ < skip) {
            continue;
        }
        if (seen > skip + max) {
            char next[24];
            (void)snprintf(next, sizeof next, "%lld", (long long)skip + (long long)max);
            put(out, "NextToken", next);
            break;
        }
        (void)json_object_array_add(list, history_item(c));
    }
    json_object_object_add(out, "AlarmHistoryItems", list);
}

/* --- metrics */

/* What a leg was at a time: its changes backwards from now. */
static bool up_at(const struct cloud_view *view, int leg, int64_t at_ms)
{
    bool up = view->legs[leg].up;
    for (size_t i = view->n_changes; i-- > 0 && view->changes[i].at_ms > at_ms;) {
        if (view->changes[i].leg == leg) {
            up = !view->changes[i].up;
        }
    }
    return up;
}

/* The leg that the dimensions name; -1: all of the connection; -2: none. */
static int leg_of(struct json_object *metric)
{
    struct json_object *dimensions = get_array(metric, "Dimensions");
    int leg = -2;
    for (size_t i = 0; dimensions && i < json_object_array_length(dimensions); i++) {
        struct json_object *d = json_object_array_get_idx(dimensions, i);
        const char *name = get_text(d, "Name"), *value = get_text(d, "Value");
        if (name && value && strcmp(name, "TunnelIpAddress") == 0) {
            for (int k = 0; k < CLOUD_LEGS; k++) {
                leg = strcmp(value, outside[k]) == 0 ? k : leg;
            }
            return leg;
        }
        if (name && value && strcmp(name, "VpnId") == 0 &&
            strcmp(value, ec2_options->connection) == 0) {
            leg = -1;
        }
    }
    return leg;
}

/* Over the legs of the connection it is a fraction, unless the most or the least is asked for. */
static double state_value(const struct cloud_view *view, int leg, const char *stat,
                          int64_t at_ms)
{
    int n = 0;
    if (leg >= 0) {
        return up_at(view, leg, at_ms) ? 1.0 : 0.0;
    }
    for (int i = 0; i < CLOUD_LEGS; i++) {
        n += up_at(view, i, at_ms);
    }
    if (strcmp(stat, "Maximum") == 0) {
        return n > 0 ? 1.0 : 0.0;
    }
    if (strcmp(stat, "Minimum") == 0) {
        return n == CLOUD_LEGS ? 1.0 : 0.0;
    }
    return (double)n / CLOUD_LEGS;
}

static double bytes_value(const struct cloud_view *view, int leg, bool in)
{
    double sum = 0;
    for (int i = 0; i < CLOUD_LEGS; i++) {
        if (leg < 0 || leg == i) {
            sum += (double)(in ? view->legs[i].in_b : view->legs[i].out_b);
        }
    }
    return sum;
}

/* One point a period, the newest first; none from before the lab. Bytes: one point with all. */
static void add_points(const struct cloud_view *view, struct json_object *query,
                       struct json_object *metric, struct json_object *in,
                       struct json_object *result)
{
    struct json_object *times = json_object_new_array(), *values = json_object_new_array();
    const char *what = get_text(metric, "MetricName"), *stat = get_text(query, "Stat");
    int64_t period_ms = get_number(query, "Period", PERIOD_S) * 1000;
    int64_t end_ms = get_time(in, "EndTime", cloud_wall_ms());
    int64_t begin_ms = get_time(in, "StartTime", end_ms - period_ms);
    int leg = leg_of(metric);
    end_ms = end_ms < cloud_wall_ms() ? end_ms : cloud_wall_ms();
    period_ms = period_ms > 0 ? period_ms : PERIOD_S * 1000;
    bool state = what && strcmp(what, "TunnelState") == 0;
    int64_t at_ms = end_ms / period_ms * period_ms;
    for (int i = 0; i < POINTS_MAX && at_ms >= begin_ms / period_ms * period_ms && leg > -2;
         i++, at_ms -= period_ms) {
        int64_t closes_ms = at_ms + period_ms - 1;
        if (closes_ms < view->began_ms || (!state && i > 0)) {
            break;
        }
        (void)json_object_array_add(times, json_object_new_int64(at_ms / 1000));
        (void)json_object_array_add(
            values, json_object_new_double(
                        state ? state_value(view, leg, stat ? stat : "", closes_ms)
                              : bytes_value(view, leg, what && strstr(what, "In") != NULL)));
    }
    json_object_object_add(result, "Timestamps", times);
    json_object_object_add(result, "Values", values);
}

static void metric_data(const struct cloud_view *view, struct json_object *in,
                        struct json_object *out, bool empty)
{
    struct json_object *queries = get_array(in, "MetricDataQueries");
    struct json_object *results = json_object_new_array();
    for (size_t i = 0; queries && !empty && i < json_object_array_length(queries); i++) {
        struct json_object *q = json_object_array_get_idx(queries, i);
        struct json_object *stat, *metric, *result = json_object_new_object();
        const char *id = get_text(q, "Id");
        put(result, "Id", id ? id : "");
        if (json_object_object_get_ex(q, "MetricStat", &stat) &&
            json_object_object_get_ex(stat, "Metric", &metric)) {
            const char *label = get_text(metric, "MetricName");
            put(result, "Label", label ? label : "");
            add_points(view, stat, metric, in, result);
        }
        put(result, "StatusCode", "Complete");
        (void)json_object_array_add(results, result);
    }
    json_object_object_add(out, "MetricDataResults", results);
}

void ec2_watch_answer(const struct cloud_request *q, struct cloud_reply *r)
{
    static const char target[] = "GraniteServiceVersion20100801.";
    const char *operation = cloud_request_header(q, "X-Amz-Target");
    r->type = "application/x-amz-json-1.0";
    if (refused(q, r)) {
        return;
    }
    struct json_object *in = q->body.data ? json_tokener_parse(q->body.data) : NULL;
    struct json_object *out = json_object_new_object();
    struct cloud_view view;
    cloud_look(&view);
    operation += strncmp(operation, target, sizeof target - 1) == 0 ? sizeof target - 1 : 0;
    if (strcmp(operation, "DescribeAlarms") == 0) {
        describe_alarms(&view, in, out, q->mode == MODE_EMPTY);
    } else if (strcmp(operation, "DescribeAlarmHistory") == 0) {
        alarm_history(&view, in, out);
    } else if (strcmp(operation, "GetMetricData") == 0) {
        metric_data(&view, in, out, q->mode == MODE_EMPTY);
    } else {
        json_object_put(out);
        out = NULL;
        fail(r, 400, "UnknownOperationException", operation);
    }
    if (out) {
        cloud_json(r, 200, out);
    }
    json_object_put(in);
}
