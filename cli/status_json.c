#include "cli/cli.h"

#include <json.h>
#include <math.h>
#include <string.h>

#include "backend/app/anchor.h"
#include "backend/app/http_health.h"
#include "backend/fact/freshness.h"
#include "backend/tunnel/provider.h"
#include "tui/format.h"

/* The shape is documented in README.md. Unknown is null, never 0. */

static void add(json_object *o, const char *key, json_object *v)
{
    (void)json_object_object_add(o, key, v);
}

static json_object *text(const char *s)
{
    return s && s[0] ? json_object_new_string(s) : NULL;
}

static json_object *integer(struct opt_i64 v)
{
    return v.known ? json_object_new_int64(v.v) : NULL;
}

static json_object *number(double v)
{
    char digits[40];
    (void)snprintf(digits, sizeof digits, "%.3f", v);
    return json_object_new_double_s(v, digits);
}

static json_object *real(struct opt_f64 v)
{
    return v.known ? number(v.v) : NULL;
}

static json_object *yes_no(enum tri t)
{
    return t == TRI_UNKNOWN ? NULL : json_object_new_boolean(t == TRI_YES);
}

static json_object *utc(int64_t wall_ms)
{
    char out[FORMAT_MAX];
    (void)format_utc(out, wall_ms);
    char *blank = strchr(out, ' ');
    if (blank) {
        *blank = 'T';
    }
    return json_object_new_string(out);
}

/* state, age of the newest good value, and why the last poll failed */
static void add_sight(json_object *o, const struct snapshot *s, enum slot slot, int64_t now_ms)
{
    static const char *const words[] = {[FRESHNESS_NONE] = "unknown",
                                        [FRESHNESS_LIVE] = "live",
                                        [FRESHNESS_AGED] = "aged",
                                        [FRESHNESS_STALE] = "stale",
                                        [FRESHNESS_GONE] = "gone"};
    const struct sight *sight = &s->sights[slot];
    enum freshness f = freshness_of(sight, snapshot_interval_ms(s->config, slot), now_ms);
    bool failed = sight->last && sight->last->state == READING_FAILED;
    add(o, "state", text(failed ? "failed" : words[f]));
    add(o, "freshness", text(words[f]));
    add(o, "age_seconds",
        sight->good ? number((double)(now_ms - sight->good->taken_at_ms) / 1000) : NULL);
    add(o, "reason", failed ? text(sight->last->reason) : NULL);
}

static json_object *coordinate(const struct binlog_coord *c)
{
    if (!binlog_known(c)) {
        return NULL;
    }
    json_object *o = json_object_new_object();
    add(o, "file", text(c->file));
    add(o, "position", json_object_new_int64((int64_t)c->pos));
    return o;
}

static json_object *milliseconds(struct opt_i64 us)
{
    return us.known ? number((double)us.v / 1000) : NULL;
}

static json_object *app(const struct snapshot *s, enum slot slot, const struct config_app *cfg,
                        int64_t now_ms)
{
    if (!cfg->present) {
        return NULL;
    }
    json_object *o = json_object_new_object();
    const struct reading *last = s->sights[slot].last;
    const struct app_facts *f = last ? last->value : NULL;
    add(o, "url", text(cfg->url));
    add(o, "expected", json_object_new_boolean(cfg->expected));
    add_sight(o, s, slot, now_ms);
    add(o, "ok", f ? json_object_new_boolean(f->ok) : NULL);
    add(o, "http_status", f && f->status ? json_object_new_int(f->status) : NULL);
    add(o, "strikes", f ? json_object_new_int(f->strikes) : NULL);
    add(o, "correlation_id", f ? text(f->id) : NULL);
    add(o, "connect_ms", f ? milliseconds(f->connect_us) : NULL);
    add(o, "first_byte_ms", f ? milliseconds(f->first_byte_us) : NULL);
    add(o, "total_ms", f ? milliseconds(f->total_us) : NULL);
    return o;
}

static json_object *lacks(const struct db_facts *f)
{
    json_object *list = json_object_new_array();
    for (size_t i = 0; f && i < f->n_lacks; i++) {
        json_object *o = json_object_new_object();
        add(o, "what", text(f->lacks[i].what));
        add(o, "error", text(f->lacks[i].error));
        add(o, "grant", text(f->lacks[i].grant));
        (void)json_object_array_add(list, o);
    }
    return list;
}

static void add_server(json_object *o, const struct db_facts *f)
{
    add(o, "address", f ? text(f->address) : NULL);
    add(o, "version", f ? text(f->version) : NULL);
    add(o, "server_id", f ? integer(f->server_id) : NULL);
    add(o, "server_uuid", f ? text(f->server_uuid) : NULL);
    add(o, "tls_cipher", f ? text(f->tls_cipher) : NULL);
    add(o, "round_trip_ms", f ? milliseconds(f->round_trip_us) : NULL);
    add(o, "clock_skew_ms", f ? integer(f->clock_skew_ms) : NULL);
    add(o, "read_only", f ? yes_no(f->read_only) : NULL);
    add(o, "super_read_only", f ? yes_no(f->super_read_only) : NULL);
    add(o, "gtid_mode", f ? yes_no(f->gtid_mode) : NULL);
    add(o, "missing_privileges", lacks(f));
}

static json_object *primary(const struct snapshot *s, int64_t now_ms)
{
    json_object *o = json_object_new_object();
    const struct db_facts *f = snapshot_db(s, SLOT_PRIMARY_DB);
    add(o, "site", text(s->config->primary.name));
    add_sight(o, s, SLOT_PRIMARY_DB, now_ms);
    add(o, "written", f ? coordinate(&f->written) : NULL);
    add(o, "gtid_written", f ? text(f->gtid_written) : NULL);
    add(o, "write_bytes_per_second", real(s->write_rate));
    add_server(o, f);
    add(o, "app", app(s, SLOT_PRIMARY_APP, &s->config->primary.app, now_ms));
    return o;
}

static json_object *thread(enum db_thread t, int err_no, const char *error, const char *state)
{
    static const char *const words[] = {[DB_THREAD_UNKNOWN] = "unknown",
                                        [DB_THREAD_NO] = "stopped",
                                        [DB_THREAD_CONNECTING] = "connecting",
                                        [DB_THREAD_YES] = "running"};
    json_object *o = json_object_new_object();
    add(o, "state", text(words[t]));
    add(o, "detail", text(state));
    add(o, "errno", json_object_new_int(err_no));
    add(o, "error", text(error));
    return o;
}

static void add_channel(json_object *o, const struct db_channel *ch)
{
    add(o, "channel", ch ? json_object_new_string(ch->name) : NULL);
    add(o, "source_host", ch ? text(ch->source_host) : NULL);
    add(o, "received", ch ? coordinate(&ch->received) : NULL);
    add(o, "applied", ch ? coordinate(&ch->applied) : NULL);
    add(o, "receiver",
        ch ? thread(ch->receiver, ch->receiver_errno, ch->receiver_error, ch->receiver_state)
           : NULL);
    add(o, "applier",
        ch ? thread(ch->applier, ch->applier_errno, ch->applier_error, ch->applier_state)
           : NULL);
    add(o, "seconds_behind_source", ch ? integer(ch->seconds_behind) : NULL);
}

static json_object *replica(const struct snapshot *s, int64_t now_ms)
{
    json_object *o = json_object_new_object();
    const struct db_facts *f = snapshot_db(s, SLOT_REPLICA_DB);
    add(o, "site", text(s->config->dr.name));
    add_sight(o, s, SLOT_REPLICA_DB, now_ms);
    add(o, "channels", f && f->channels >= 0 ? json_object_new_int(f->channels) : NULL);
    add_channel(o, f && f->has_channel ? &f->channel : NULL);
    add(o, "gtid_applied", f ? text(f->gtid_applied) : NULL);
    add(o, "heartbeat_lag_seconds", real(s->beat_lag_s));
    add_server(o, f);
    add(o, "app", app(s, SLOT_DR_APP, &s->config->dr.app, now_ms));
    return o;
}

static json_object *tunnels(const struct snapshot *s, int64_t now_ms)
{
    static const char *const words[] = {[TUNNEL_UNKNOWN] = "unknown",
                                        [TUNNEL_UP] = "up",
                                        [TUNNEL_DEGRADED] = "degraded",
                                        [TUNNEL_DOWN] = "down"};
    json_object *list = json_object_new_array();
    for (size_t i = 0; i < s->config->n_tunnels; i++) {
        const struct reading *last = s->sights[SLOT_TUNNEL + i].last;
        const struct tunnel_facts *f =
            last && last->state == READING_FRESH ? last->value : NULL;
        json_object *o = json_object_new_object();
        add(o, "id", text(s->config->tunnels[i].name));
        add(o, "state", text(words[f ? f->state : TUNNEL_UNKNOWN]));
        add(o, "age_seconds",
            last ? number((double)(now_ms - last->taken_at_ms) / 1000) : NULL);
        add(o, "since_seconds", f ? number((double)(now_ms - f->since_ms) / 1000) : NULL);
        add(o, "rtt_ms", f ? real(f->rtt_ms) : NULL);
        add(o, "greeting_ms", f ? real(f->greeting_ms) : NULL);
        add(o, "loss", f ? real(f->loss) : NULL);
        add(o, "detail", f ? text(f->detail) : last ? text(last->reason) : NULL);
        (void)json_object_array_add(list, o);
    }
    return list;
}

static json_object *anchors(const struct snapshot *s, int64_t now_ms)
{
    json_object *list = json_object_new_array();
    for (size_t i = 0; i < s->config->n_anchors; i++) {
        json_object *o = json_object_new_object();
        add(o, "name", text(s->config->anchors[i].name));
        add_sight(o, s, SLOT_ANCHOR + (enum slot)i, now_ms);
        (void)json_object_array_add(list, o);
    }
    return list;
}

static json_object *alerts(const struct snapshot *s, int64_t now_ms)
{
    json_object *list = json_object_new_array();
    for (size_t i = 0; i < s->n_alerts; i++) {
        const struct alert *a = &s->alerts[i];
        json_object *o = json_object_new_object();
        add(o, "kind", text(alert_kind_name(a->kind)));
        add(o, "severity", text(a->severity == ALERT_CRIT ? "critical" : "warning"));
        add(o, "state", text(alert_state_key(a->state)));
        add(o, "text", text(a->text));
        add(o, "opened", utc(a->opened_wall_ms));
        add(o, "closed", a->state == ALERT_CLOSED ? utc(a->closed_wall_ms) : NULL);
        add(o, "duration_seconds", number((double)alert_duration_ms(a, now_ms) / 1000));
        add(o, "peak_seconds", real(a->peak));
        (void)json_object_array_add(list, o);
    }
    return list;
}

static void add_exposure(json_object *o, const struct snapshot *s)
{
    add(o, "not_received_bytes", integer(s->exposure.not_received.bytes));
    add(o, "not_received_tx", integer(s->exposure.not_received.tx));
    add(o, "not_applied_bytes", integer(s->exposure.not_applied.bytes));
    add(o, "not_applied_tx", integer(s->exposure.not_applied.tx));
    add(o, "lag_seconds", real(s->lag.seconds));
    add(o, "lag_at_least_seconds", real(s->lag.at_least_s));
    add(o, "lag_method", text(lag_method_name(s->lag.method)));
    add(o, "lag_note", text(s->lag.why));
}

void status_write_json(const struct snapshot *s, int64_t now_ms, FILE *out)
{
    json_object *o = json_object_new_object();
    add(o, "drtop", text(cli_version));
    add(o, "group", text(s->config->group));
    add(o, "time", utc(s->wall_ms));
    add(o, "age_seconds", number((double)(now_ms - s->taken_at_ms) / 1000));
    add(o, "status", text(level_key(s->verdict.level)));
    add(o, "verdict", text(verdict_name(s->verdict.kind)));
    add(o, "confirmed", json_object_new_boolean(s->verdict.confirmed));
    add(o, "sentence", text(s->verdict.sentence));
    add_exposure(o, s);
    add(o, "primary", primary(s, now_ms));
    add(o, "replica", replica(s, now_ms));
    add(o, "tunnels", tunnels(s, now_ms));
    add(o, "anchors", anchors(s, now_ms));
    add(o, "alerts", alerts(s, now_ms));
    (void)fprintf(out, "%s\n",
                  json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
                                                        JSON_C_TO_STRING_SPACED |
                                                        JSON_C_TO_STRING_NOSLASHESCAPE));
    (void)json_object_put(o);
}
