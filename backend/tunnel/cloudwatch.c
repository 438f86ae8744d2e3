#include "backend/tunnel/cloudwatch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "backend/mem.h"
#include "backend/net/json_answer.h"
#include "backend/net/json_value.h"
#include "backend/net/text.h"
#include "backend/tunnel/aws_error.h"

#define HISTORY_ROOM 20
#define GRAIN_S      60
#define AHEAD_MS     (5 * 60 * 1000) /* a point from the future: our clock may be slow */
#define SECONDS_MAX  1e11            /* of a time that is meant: the year 5138 */

/* --- requests */

static void add(struct json_object *to, const char *key, struct json_object *value)
{
    (void)json_object_object_add(to, key, value);
}

static struct json_object *string(const char *text)
{
    return json_object_new_string(text);
}

static struct json_object *seconds(int64_t ms)
{
    return json_object_new_int64(ms / 1000);
}

static char *finish(struct json_object *root)
{
    char *text = mem_strdup(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PLAIN));
    (void)json_object_put(root);
    return text;
}

/* Without the types, composite alarms are left out. */
char *cloudwatch_ask_alarms(char *const *names)
{
    struct json_object *root = json_object_new_object(), *list = json_object_new_array(),
                       *types = json_object_new_array();
    for (size_t i = 0; names[i] && i < TUNNEL_ALARMS_MAX; i++) {
        (void)json_object_array_add(list, string(names[i]));
    }
    (void)json_object_array_add(types, string("MetricAlarm"));
    (void)json_object_array_add(types, string("CompositeAlarm"));
    add(root, "AlarmNames", list);
    add(root, "AlarmTypes", types);
    return finish(root);
}

char *cloudwatch_ask_history(const char *alarm, int64_t from_wall_ms, int64_t until_wall_ms)
{
    struct json_object *root = json_object_new_object(), *types = json_object_new_array();
    (void)json_object_array_add(types, string("MetricAlarm"));
    (void)json_object_array_add(types, string("CompositeAlarm"));
    add(root, "AlarmName", string(alarm));
    add(root, "AlarmTypes", types);
    add(root, "HistoryItemType", string("StateUpdate"));
    add(root, "StartDate", seconds(from_wall_ms));
    add(root, "EndDate", seconds(until_wall_ms));
    add(root, "MaxRecords", json_object_new_int(HISTORY_ROOM));
    add(root, "ScanBy", string("TimestampDescending"));
    return finish(root);
}

static struct json_object *dimension(const char *name, const char *value)
{
    struct json_object *d = json_object_new_object();
    add(d, "Name", string(name));
    add(d, "Value", string(value));
    return d;
}

/* The average, because it tells a minute that was half up from one that was up or down. */
static struct json_object *query(size_t i, const char *vpn, const char *tunnel)
{
    struct json_object *q = json_object_new_object(), *stat = json_object_new_object(),
                       *metric = json_object_new_object(), *dims = json_object_new_array();
    char id[24];
    (void)snprintf(id, sizeof id, "t%zu", i);
    (void)json_object_array_add(dims, dimension("VpnId", vpn));
    (void)json_object_array_add(dims, dimension("TunnelIpAddress", tunnel));
    add(metric, "Namespace", string("AWS/VPN"));
    add(metric, "MetricName", string("TunnelState"));
    add(metric, "Dimensions", dims);
    add(stat, "Metric", metric);
    add(stat, "Period", json_object_new_int(GRAIN_S));
    add(stat, "Stat", string("Average"));
    add(q, "Id", string(id));
    add(q, "MetricStat", stat);
    return q;
}

char *cloudwatch_ask_states(const char *vpn, char *const *tunnels, int64_t now_wall_ms)
{
    struct json_object *root = json_object_new_object(), *queries = json_object_new_array();
    for (size_t i = 0; tunnels[i] && i < TUNNEL_LEGS_MAX; i++) {
        (void)json_object_array_add(queries, query(i, vpn, tunnels[i]));
    }
    add(root, "MetricDataQueries", queries);
    add(root, "StartTime", seconds(now_wall_ms - CLOUDWATCH_WINDOW_MS));
    add(root, "EndTime", seconds(now_wall_ms + GRAIN_S * 1000));
    add(root, "ScanBy", string("TimestampDescending"));
    return finish(root);
}

/* --- answers */

/* An array, or NULL. */
static struct opt_f64 number_of(struct json_object *value)
{
    bool is_number = json_object_is_type(value, json_type_double) ||
                     json_object_is_type(value, json_type_int);
    return is_number ? opt_f64(json_object_get_double(value)) : (struct opt_f64){0};
}

static struct opt_i64 ms_of(struct json_object *value)
{
    struct opt_f64 s = number_of(value);
    if (!s.known || !(s.v > 0 && s.v < SECONDS_MAX)) {
        return (struct opt_i64){0};
    }
    return opt_i64((int64_t)(s.v * 1000 + 0.5));
}

static enum tunnel_alarm_state state_of(struct json_object *obj, const char *key)
{
    if (json_is(obj, key, "ALARM")) {
        return ALARM_RAISED;
    }
    return json_is(obj, key, "OK") ? ALARM_OK : ALARM_UNKNOWN;
}

static void take_alarm(struct json_object *obj, struct tunnel_alarm *out)
{
    out->state = state_of(obj, "StateValue");
    (void)json_text(obj, "StateReason", out->reason, sizeof out->reason);
    if (!out->reason[0] && out->state == ALARM_UNKNOWN) {
        (void)json_text(obj, "StateValue", out->reason, sizeof out->reason);
    }
    out->changed_ms = ms_of(json_member(obj, "StateTransitionedTimestamp"));
    out->dated = out->changed_ms.known;
    if (!out->dated) { /* moves with the reason too */
        out->changed_ms = ms_of(json_member(obj, "StateUpdatedTimestamp"));
    }
}

static void take_alarms(struct json_object *list, char *const *names, struct tunnel_alarm *out,
                        size_t n)
{
    for (size_t i = 0; i < json_length(list); i++) {
        struct json_object *obj = json_object_array_get_idx(list, i);
        for (size_t k = 0; k < n; k++) {
            if (json_is(obj, "AlarmName", names[k])) {
                take_alarm(obj, &out[k]);
            }
        }
    }
}

bool cloudwatch_parse_alarms(const char *body, size_t len, char *const *names,
                             struct tunnel_alarm *out, size_t *out_n)
{
    struct json_object *root = json_answer_parse(body, len);
    struct json_object *metric = json_list(root, "MetricAlarms");
    struct json_object *composite = json_list(root, "CompositeAlarms");
    size_t n = 0;
    bool ok = metric || composite;
    for (; ok && names[n] && n < TUNNEL_ALARMS_MAX; n++) {
        out[n] = (struct tunnel_alarm){.reason = "CloudWatch knows no alarm of this name"};
        (void)text_clean_str(out[n].name, sizeof out[n].name, names[n]);
    }
    if (ok) {
        take_alarms(metric, names, out, n);
        take_alarms(composite, names, out, n);
        *out_n = n;
    }
    json_object_put(root);
    return ok;
}

/* Old and new state are in a text that is JSON itself. */
static bool take_change(struct json_object *item, struct tunnel_transition *out)
{
    struct json_object *data = json_member(item, "HistoryData");
    struct opt_i64 at_ms = ms_of(json_member(item, "Timestamp"));
    if (!json_is(item, "HistoryItemType", "StateUpdate") || !at_ms.known ||
        !json_object_is_type(data, json_type_string)) {
        return false;
    }
    struct json_object *inner = json_answer_parse(json_object_get_string(data),
                                                  (size_t)json_object_get_string_len(data));
    struct json_object *old = json_member(inner, "oldState");
    struct json_object *new = json_member(inner, "newState");
    struct tunnel_transition t = {.at_ms = at_ms.v,
                                  .from = state_of(old, "stateValue"),
                                  .to = state_of(new, "stateValue")};
    bool ok = json_text(item, "AlarmName", t.alarm, sizeof t.alarm) && t.alarm[0] && new;
    (void)json_text(new, "stateReason", t.reason, sizeof t.reason);
    json_object_put(inner);
    if (ok) {
        *out = t;
    }
    return ok && t.from != t.to;
}

bool cloudwatch_parse_history(const char *body, size_t len, struct tunnel_transition *out,
                              size_t room, size_t *out_n)
{
    struct json_object *root = json_answer_parse(body, len);
    struct json_object *list = json_list(root, "AlarmHistoryItems");
    size_t n = 0;
    for (size_t i = 0; n < room && i < json_length(list); i++) {
        n += take_change(json_object_array_get_idx(list, i), &out[n]);
    }
    if (list) {
        *out_n = n;
    }
    json_object_put(root);
    return list != NULL;
}

/* The newest of the two lists' points that lies between the times. */
static bool newest_point(struct json_object *result, int64_t from_ms, int64_t until_ms,
                         double *out_value, int64_t *out_ms)
{
    struct json_object *times = json_list(result, "Timestamps");
    struct json_object *values = json_list(result, "Values");
    bool found = false;
    for (size_t i = 0; i < json_length(times) && i < json_length(values); i++) {
        struct opt_i64 at = ms_of(json_object_array_get_idx(times, i));
        struct opt_f64 v = number_of(json_object_array_get_idx(values, i));
        bool counts = at.known && v.known && at.v >= from_ms && at.v <= until_ms;
        if (counts && (!found || at.v > *out_ms)) {
            *out_value = v.v;
            *out_ms = at.v;
            found = true;
        }
    }
    return found;
}

static void take_state(struct json_object *result, int64_t now_ms, struct tunnel_leg *leg)
{
    double value;
    int64_t at_ms = 0;
    if (json_is(result, "StatusCode", "InternalError") ||
        json_is(result, "StatusCode", "Forbidden") ||
        !newest_point(result, now_ms - CLOUDWATCH_WINDOW_MS, now_ms + AHEAD_MS, &value,
                      &at_ms)) {
        return;
    }
    char at[16] = "";
    time_t s = (time_t)(at_ms / 1000);
    struct tm utc;
    if (gmtime_r(&s, &utc)) {
        (void)strftime(at, sizeof at, "%H:%M", &utc);
    }
    if (value >= 1) {
        leg->state = TUNNEL_UP;
    } else if (value > 0) {
        leg->state = TUNNEL_DEGRADED;
    } else if (value == 0) {
        leg->state = TUNNEL_DOWN;
    }
    (void)snprintf(leg->detail, sizeof leg->detail, "TunnelState %.2g at %s UTC%s", value, at,
                   value > 0 && value < 1 ? ", up part of the time" : "");
}

bool cloudwatch_parse_states(const char *body, size_t len, char *const *tunnels,
                             int64_t now_wall_ms, struct tunnel_leg *out, size_t *out_n)
{
    struct json_object *root = json_answer_parse(body, len);
    struct json_object *results = json_list(root, "MetricDataResults");
    size_t n = 0;
    for (; results && tunnels[n] && n < TUNNEL_LEGS_MAX; n++) {
        char id[24];
        (void)snprintf(id, sizeof id, "t%zu", n);
        out[n] = (struct tunnel_leg){.detail = "no point of TunnelState in 10 min"};
        (void)text_clean_str(out[n].id, sizeof out[n].id, tunnels[n]);
        for (size_t i = 0; i < json_length(results); i++) {
            struct json_object *result = json_object_array_get_idx(results, i);
            if (json_is(result, "Id", id)) {
                take_state(result, now_wall_ms, &out[n]);
            }
        }
    }
    if (results) {
        *out_n = n;
    }
    json_object_put(root);
    return results != NULL;
}

bool cloudwatch_parse_error(const char *body, size_t len, struct aws_error *out)
{
    struct json_object *root = json_answer_parse(body, len);
    struct json_object *type = json_member(root, "__type");
    struct json_object *message = json_member(root, "message");
    message = message ? message : json_member(root, "Message");
    bool ok = json_object_is_type(type, json_type_string);
    if (ok) {
        const char *code = json_object_get_string(type), *mark = strrchr(code, '#');
        code = mark ? mark + 1 : code;
        aws_error_code(out, code, strlen(code));
    }
    if (ok && json_object_is_type(message, json_type_string)) {
        aws_error_message(out, json_object_get_string(message),
                          (size_t)json_object_get_string_len(message));
    }
    json_object_put(root);
    return ok;
}
