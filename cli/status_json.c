#include "cli/cli.h"

#include "backend/app/anchor.h"
#include "backend/app/http_health.h"
#include "backend/fact/freshness.h"
#include "backend/net/alias_json.h"
#include "backend/tunnel/provider.h"
#include "cli/status_value.h"

/* The shape is that of config/status.schema.json. Unknown is null, never 0. */

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
    value_add(o, "state", value_text(failed ? "failed" : words[f]));
    value_add(o, "freshness", value_text(words[f]));
    value_add(o, "age_seconds",
              sight->good ? value_number((double)(now_ms - sight->good->taken_at_ms) / 1000)
                          : NULL);
    value_add(o, "reason", failed ? value_text(sight->last->reason) : NULL);
}

static json_object *coordinate(const struct binlog_coord *c)
{
    if (!binlog_known(c)) {
        return NULL;
    }
    json_object *o = json_object_new_object();
    value_add(o, "file", value_text(c->file));
    value_add(o, "position", json_object_new_int64((int64_t)c->pos));
    return o;
}

static json_object *milliseconds(struct opt_i64 us)
{
    return us.known ? value_number((double)us.v / 1000) : NULL;
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
    value_add(o, "url", value_text(cfg->url));
    value_add(o, "expected", json_object_new_boolean(cfg->expected));
    add_sight(o, s, slot, now_ms);
    value_add(o, "ok", f ? json_object_new_boolean(f->ok) : NULL);
    value_add(o, "http_status", f && f->status ? json_object_new_int(f->status) : NULL);
    value_add(o, "strikes", f ? json_object_new_int(f->strikes) : NULL);
    value_add(o, "correlation_id", f ? value_text(f->id) : NULL);
    value_add(o, "connect_ms", f ? milliseconds(f->connect_us) : NULL);
    value_add(o, "first_byte_ms", f ? milliseconds(f->first_byte_us) : NULL);
    value_add(o, "total_ms", f ? milliseconds(f->total_us) : NULL);
    return o;
}

static json_object *lacks(const struct db_facts *f)
{
    json_object *list = json_object_new_array();
    for (size_t i = 0; f && i < f->n_lacks; i++) {
        json_object *o = json_object_new_object();
        value_add(o, "what", value_text(f->lacks[i].what));
        value_add(o, "error", value_text(f->lacks[i].error));
        value_add(o, "grant", value_text(f->lacks[i].grant));
        (void)json_object_array_add(list, o);
    }
    return list;
}

static void add_server(json_object *o, const struct db_facts *f)
{
    value_add(o, "address", f ? value_text(f->address) : NULL);
    value_add(o, "version", f ? value_text(f->version) : NULL);
    value_add(o, "server_id", f ? value_integer(f->server_id) : NULL);
    value_add(o, "server_uuid", f ? value_text(f->server_uuid) : NULL);
    value_add(o, "tls_cipher", f ? value_text(f->tls_cipher) : NULL);
    value_add(o, "round_trip_ms", f ? milliseconds(f->round_trip_us) : NULL);
    value_add(o, "clock_skew_ms", f ? value_integer(f->clock_skew_ms) : NULL);
    value_add(o, "read_only", f ? value_yes_no(f->read_only) : NULL);
    value_add(o, "super_read_only", f ? value_yes_no(f->super_read_only) : NULL);
    value_add(o, "gtid_mode", f ? value_yes_no(f->gtid_mode) : NULL);
    value_add(o, "missing_privileges", lacks(f));
}

static json_object *primary(const struct snapshot *s, int64_t now_ms)
{
    json_object *o = json_object_new_object();
    const struct db_facts *f = snapshot_db(s, SLOT_PRIMARY_DB);
    value_add(o, "site", value_text(s->config->primary.name));
    add_sight(o, s, SLOT_PRIMARY_DB, now_ms);
    value_add(o, "written", f ? coordinate(&f->written) : NULL);
    value_add(o, "gtid_written", f ? value_text(f->gtid_written) : NULL);
    value_add(o, "write_bytes_per_second", value_real(s->write_rate));
    add_server(o, f);
    value_add(o, "app", app(s, SLOT_PRIMARY_APP, &s->config->primary.app, now_ms));
    return o;
}

static json_object *thread(enum db_thread t, int err_no, const char *error, const char *state)
{
    static const char *const words[] = {[DB_THREAD_UNKNOWN] = "unknown",
                                        [DB_THREAD_NO] = "stopped",
                                        [DB_THREAD_CONNECTING] = "connecting",
                                        [DB_THREAD_YES] = "running"};
    json_object *o = json_object_new_object();
    value_add(o, "state", value_text(words[t]));
    value_add(o, "detail", value_text(state));
    value_add(o, "errno", json_object_new_int(err_no));
    value_add(o, "error", value_text(error));
    return o;
}

static void add_channel(json_object *o, const struct db_channel *ch)
{
    value_add(o, "channel", ch ? json_object_new_string(ch->name) : NULL);
    value_add(o, "source_host", ch ? value_text(ch->source_host) : NULL);
    value_add(o, "received", ch ? coordinate(&ch->received) : NULL);
    value_add(o, "applied", ch ? coordinate(&ch->applied) : NULL);
    value_add(
        o, "receiver",
        ch ? thread(ch->receiver, ch->receiver_errno, ch->receiver_error, ch->receiver_state)
           : NULL);
    value_add(o, "applier",
              ch ? thread(ch->applier, ch->applier_errno, ch->applier_error, ch->applier_state)
                 : NULL);
    value_add(o, "seconds_behind_source", ch ? value_integer(ch->seconds_behind) : NULL);
}

static json_object *replica(const struct snapshot *s, int64_t now_ms)
{
    json_object *o = json_object_new_object();
    const struct db_facts *f = snapshot_db(s, SLOT_REPLICA_DB);
    value_add(o, "site", value_text(s->config->dr.name));
    add_sight(o, s, SLOT_REPLICA_DB, now_ms);
    value_add(o, "channels", f && f->channels >= 0 ? json_object_new_int(f->channels) : NULL);
    add_channel(o, f && f->has_channel ? &f->channel : NULL);
    value_add(o, "gtid_applied", f ? value_text(f->gtid_applied) : NULL);
    value_add(o, "heartbeat_lag_seconds", value_real(s->beat_lag_s));
    add_server(o, f);
    value_add(o, "app", app(s, SLOT_DR_APP, &s->config->dr.app, now_ms));
    return o;
}

/* One tunnel as one view sees it; leg is NULL while the view has not told of any. */
static json_object *tunnel(const struct snapshot *s, size_t i,
                           const struct tunnel_leg_view *leg, int64_t now_ms)
{
    const struct config_tunnel *cfg = &s->config->tunnels[i];
    const struct tunnel_view *view = &s->tunnels[i];
    const struct reading *last = s->sights[SLOT_TUNNEL + i].last;
    const struct tunnel_facts *f = last && last->state == READING_FRESH ? last->value : NULL;
    bool known = leg && leg->state != TUNNEL_UNKNOWN;
    json_object *o = json_object_new_object();
    value_add(o, "id", value_text(leg ? leg->id : cfg->name));
    value_add(o, "view", value_text(cfg->name));
    value_add(o, "type", value_text(tunnel_provider_find(cfg->kind)->type));
    value_add(o, "state", value_text(tunnel_state_key(leg ? leg->state : TUNNEL_UNKNOWN)));
    value_add(o, "expected", json_object_new_boolean(!leg || leg->expected));
    value_add(o, "since",
              known ? value_utc(s->wall_ms - (s->taken_at_ms - leg->since_ms)) : NULL);
    value_add(o, "age_seconds",
              last ? value_number((double)(now_ms - last->taken_at_ms) / 1000) : NULL);
    value_add(o, "detail", value_text(tunnel_leg_detail(s, i, leg)));
    value_add(o, "remark", leg ? value_text(tunnel_leg_words(view, leg)) : NULL);
    value_add(o, "rtt_ms", f ? value_real(f->rtt_ms) : NULL);
    value_add(o, "greeting_ms", f ? value_real(f->greeting_ms) : NULL);
    value_add(o, "loss", f ? value_real(f->loss) : NULL);
    value_add(o, "large_packets_pass", f ? value_yes_no(f->large_passes) : NULL);
    return o;
}

static json_object *tunnels(const struct snapshot *s, int64_t now_ms)
{
    json_object *list = json_object_new_array();
    for (size_t i = 0; i < s->config->n_tunnels; i++) {
        const struct tunnel_view *view = &s->tunnels[i];
        for (size_t k = 0; k < view->n_legs; k++) {
            (void)json_object_array_add(list, tunnel(s, i, &view->legs[k], now_ms));
        }
        if (view->n_legs == 0) {
            (void)json_object_array_add(list, tunnel(s, i, NULL, now_ms));
        }
    }
    return list;
}

static json_object *anchors(const struct snapshot *s, int64_t now_ms)
{
    json_object *list = json_object_new_array();
    for (size_t i = 0; i < s->config->n_anchors; i++) {
        json_object *o = json_object_new_object();
        value_add(o, "name", value_text(s->config->anchors[i].name));
        add_sight(o, s, SLOT_ANCHOR + (enum slot)i, now_ms);
        (void)json_object_array_add(list, o);
    }
    return list;
}

static json_object *control_plane(const struct snapshot *s, int64_t now_ms)
{
    if (!s->config->primary.control_plane.present) {
        return NULL;
    }
    json_object *o = json_object_new_object();
    value_add(o, "name", value_text(s->config->primary.control_plane.name));
    add_sight(o, s, SLOT_CONTROL_PLANE, now_ms);
    return o;
}

static void add_distance(json_object *o, const struct snapshot *s)
{
    value_add(o, "not_received_bytes", value_integer(s->exposure.not_received.bytes));
    value_add(o, "not_received_tx", value_integer(s->exposure.not_received.tx));
    value_add(o, "not_applied_bytes", value_integer(s->exposure.not_applied.bytes));
    value_add(o, "not_applied_tx", value_integer(s->exposure.not_applied.tx));
    value_add(o, "lag_seconds", value_real(s->lag.seconds));
    value_add(o, "lag_at_least_seconds", value_real(s->lag.at_least_s));
    value_add(o, "lag_method", value_text(lag_method_name(s->lag.method)));
    value_add(o, "lag_note", value_text(s->lag.why));
}

void status_write_json(const struct snapshot *s, const struct record_view *view, int64_t now_ms,
                       struct alias_table *aliases, FILE *out)
{
    json_object *o = json_object_new_object();
    value_add(o, "drtop", value_text(cli_version));
    value_add(o, "group", value_text(s->config->group));
    value_add(o, "time", value_utc(s->wall_ms));
    value_add(o, "age_seconds", value_number((double)(now_ms - s->taken_at_ms) / 1000));
    status_add_verdict(o, s, now_ms);
    add_distance(o, s);
    status_add_outage(o, s, now_ms);
    value_add(o, "primary", primary(s, now_ms));
    value_add(o, "replica", replica(s, now_ms));
    value_add(o, "tunnels", tunnels(s, now_ms));
    value_add(o, "anchors", anchors(s, now_ms));
    value_add(o, "control_plane", control_plane(s, now_ms));
    status_add_record(o, s, view, now_ms);
    alias_json(aliases, o);
    (void)fprintf(out, "%s\n",
                  json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
                                                        JSON_C_TO_STRING_SPACED |
                                                        JSON_C_TO_STRING_NOSLASHESCAPE));
    (void)json_object_put(o);
}
