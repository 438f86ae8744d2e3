/* The names of what is watched, which the panes need and no other table has. */
#include "backend/record/store_then.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "backend/tunnel/provider.h"

static bool put(struct store *st, const char *key, const char *value, struct error *err)
{
    struct sql q = sql_begin(st, "INSERT INTO meta (key, value) VALUES (?, ?)"
                                 " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
                                 " WHERE value <> excluded.value");
    sql_text(&q, key);
    sql_text(&q, value);
    return sql_run(&q, err);
}

static bool put_i64(struct store *st, const char *key, int64_t value, struct error *err)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRId64, value);
    return put(st, key, text, err);
}

/* What the view asks or looks at. */
const char *store_meta_target(const struct config_tunnel *t)
{
    const char *target = t->kind == TUNNEL_PROBE        ? t->probe.host
                         : t->kind == TUNNEL_AWS        ? t->aws.vpn_connection
                         : t->kind == TUNNEL_AZURE      ? t->azure.connection
                         : t->kind == TUNNEL_STRONGSWAN ? t->socket
                         : t->command                   ? t->command[0]
                                                        : NULL;
    return target ? target : "";
}

static struct json_object *tunnel_json(const struct config_tunnel *t)
{
    struct json_object *o = json_object_new_object();
    const struct tunnel_provider *p = tunnel_provider_find(t->kind);
    (void)json_object_object_add(o, "name", json_object_new_string(t->name));
    (void)json_object_object_add(o, "type", json_object_new_string(p ? p->type : ""));
    (void)json_object_object_add(o, "expected_up", json_object_new_int(t->expected_up));
    (void)json_object_object_add(o, "target", json_object_new_string(store_meta_target(t)));
    (void)json_object_object_add(o, "port", json_object_new_int(t->probe.port));
    return o;
}

static bool put_tunnels(struct store *st, const struct config *cfg, struct error *err)
{
    struct json_object *all = json_object_new_array();
    for (size_t i = 0; i < cfg->n_tunnels; i++) {
        (void)json_object_array_add(all, tunnel_json(&cfg->tunnels[i]));
    }
    bool ok =
        put(st, "tunnels", json_object_to_json_string_ext(all, JSON_C_TO_STRING_PLAIN), err);
    (void)json_object_put(all);
    return ok;
}

bool store_meta_put(struct store *st, const struct config *cfg, struct error *err)
{
    const struct config_objectives *o = &cfg->objectives;
    return put(st, "group", cfg->group ? cfg->group : "", err) &&
           put(st, "primary", cfg->primary.name ? cfg->primary.name : "", err) &&
           put(st, "dr", cfg->dr.name ? cfg->dr.name : "", err) &&
           put_i64(st, "primary_app", cfg->primary.app.present, err) &&
           put_i64(st, "rpo_ms", o->rpo_ms, err) && put_i64(st, "rto_ms", o->rto_ms, err) &&
           put_i64(st, "pipeline_ms", o->pipeline_ms, err) &&
           put_i64(st, "validation_ms", o->validation_ms, err) && put_tunnels(st, cfg, err);
}
