/* The configuration that a picture of the past is painted with: names and objectives, and nothing
 * that could be asked, told or started. */
#include "backend/record/replay_state.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/tunnel/provider.h"

#define WALL_ROTATE_MS 15000 /* the defaults of screen.wall */
#define WALL_SHIFT_MS  180000
#define PERIOD_MS      INT64_C(1000) /* of a second's sample */
#define DEPTH_MAX      8
#define META_MAX       8192

/* As a configuration that does not say. */
#define RPO_MS        INT64_C(1000)
#define RTO_MS        INT64_C(1200000)
#define PIPELINE_MS   INT64_C(600000)
#define VALIDATION_MS INT64_C(120000)
#define OBJECTIVE_MAX (INT64_C(168) * 3600 * 1000)

static struct config *blank(void)
{
    struct config *c = mem_alloc(1, sizeof *c);
    c->poll.positions_ms = c->poll.status_ms = PERIOD_MS;
    c->primary.app.period_ms = PERIOD_MS;
    c->primary.app.expected = true;
    c->screen.refresh_ms = PERIOD_MS;
    c->screen.title = true;
    return c;
}

/* A replay has no night. */
static void set_wall(struct config_wall *wall, int64_t rotate_ms, int64_t shift_ms)
{
    *wall = (struct config_wall){.rotate_ms = rotate_ms,
                                 .shift_ms = shift_ms,
                                 .night_theme = mem_strdup("default"),
                                 .night_from = mem_strdup("00:00"),
                                 .night_to = mem_strdup("00:00")};
}

static char *clean(const char *text)
{
    char out[256];
    (void)text_clean_str(out, sizeof out, text);
    return mem_strdup(out);
}

/* --- from the recording */

/* Heap, sanitised; "" when it is not there. */
static char *meta_text(struct store *st, const char *key, size_t max)
{
    struct sql q = sql_begin(st, "SELECT value FROM meta WHERE key = ?");
    sql_text(&q, key);
    bool found = sql_row(&q) && strlen(sql_col_raw(&q, 0)) < max;
    char *text = mem_strdup(found ? sql_col_raw(&q, 0) : "");
    (void)sql_end(&q, NULL);
    return text;
}

static char *meta_name(struct store *st, const char *key, const char *fallback)
{
    char *text = meta_text(st, key, META_MAX);
    char *name = clean(text[0] ? text : fallback);
    free(text);
    return name;
}

static int64_t meta_ms(struct store *st, const char *key, int64_t fallback)
{
    char *text = meta_text(st, key, 24), *end;
    long long v = strtoll(text, &end, 10);
    bool good = text[0] && !*end && v >= 0 && v <= OBJECTIVE_MAX;
    free(text);
    return good ? v : fallback;
}

static const char *json_text(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;
    bool found = json_object_object_get_ex(o, key, &v);
    return found && json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";
}

static int json_number(struct json_object *o, const char *key, int max)
{
    struct json_object *v = NULL;
    bool found = json_object_object_get_ex(o, key, &v);
    int n = found && json_object_is_type(v, json_type_int) ? json_object_get_int(v) : 0;
    return n >= 0 && n <= max ? n : 0;
}

static enum config_tunnel_kind kind_of(const char *type)
{
    for (size_t i = 0; i < tunnel_providers_n; i++) {
        if (strcmp(tunnel_providers[i].type, type) == 0) {
            return tunnel_providers[i].kind;
        }
    }
    return TUNNEL_EXEC; /* an opinion, whosever */
}

/* Where a view of its kind keeps what it asks. */
static void set_target(struct config_tunnel *t, const char *target, int port)
{
    switch (t->kind) {
    case TUNNEL_PROBE:
        t->probe.host = clean(target);
        t->probe.port = (uint16_t)port;
        return;
    case TUNNEL_AWS:
        t->aws.vpn_connection = clean(target);
        return;
    case TUNNEL_AZURE:
        t->azure.connection = clean(target);
        return;
    case TUNNEL_STRONGSWAN:
        t->socket = clean(target);
        return;
    case TUNNEL_EXEC:
        t->command = mem_alloc(2, sizeof t->command[0]);
        t->command[0] = clean(target);
        return;
    }
}

static void add_tunnel(struct config *c, const char *name, enum config_tunnel_kind kind,
                       int expected_up, const char *target, int port)
{
    struct config_tunnel *t = &c->tunnels[c->n_tunnels++];
    t->name = clean(name);
    t->kind = kind;
    t->expected_up = expected_up;
    t->period_ms = PERIOD_MS;
    set_target(t, target, port);
}

static void read_tunnels(struct config *c, const char *text)
{
    struct json_tokener *tok = json_tokener_new_ex(DEPTH_MAX);
    struct json_object *all =
        tok ? json_tokener_parse_ex(tok, text, (int)strlen(text) + 1) : NULL;
    size_t n = json_object_is_type(all, json_type_array) ? json_object_array_length(all) : 0;
    for (size_t i = 0; i < n && c->n_tunnels < CONFIG_TUNNELS_MAX; i++) {
        struct json_object *o = json_object_array_get_idx(all, i);
        if (json_object_is_type(o, json_type_object) && json_text(o, "name")[0]) {
            add_tunnel(c, json_text(o, "name"), kind_of(json_text(o, "type")),
                       json_number(o, "expected_up", TUNNEL_LEGS_MAX), json_text(o, "target"),
                       json_number(o, "port", UINT16_MAX));
        }
    }
    (void)json_object_put(all);
    if (tok) {
        json_tokener_free(tok);
    }
}

struct config *replay_config_read(struct store *st, const char *path)
{
    struct config *c = blank();
    const char *slash = strrchr(path, '/');
    c->path = clean(path);
    c->group = meta_name(st, "group", slash ? slash + 1 : path);
    c->primary.name = meta_name(st, "primary", "primary");
    c->dr.name = meta_name(st, "dr", "DR");
    c->primary.app.present = meta_ms(st, "primary_app", 0) == 1;
    c->objectives.rpo_ms = meta_ms(st, "rpo_ms", RPO_MS);
    c->objectives.rto_ms = meta_ms(st, "rto_ms", RTO_MS);
    c->objectives.pipeline_ms = meta_ms(st, "pipeline_ms", PIPELINE_MS);
    c->objectives.validation_ms = meta_ms(st, "validation_ms", VALIDATION_MS);
    c->screen.theme = mem_strdup("default");
    set_wall(&c->screen.wall, WALL_ROTATE_MS, WALL_SHIFT_MS);
    char *tunnels = meta_text(st, "tunnels", META_MAX);
    read_tunnels(c, tunnels);
    free(tunnels);
    return c;
}

/* --- from the configuration */

struct config *replay_config_of(const struct config *cfg)
{
    struct config *c = blank();
    c->path = clean(cfg->path ? cfg->path : "");
    c->group = clean(cfg->group);
    c->primary.name = clean(cfg->primary.name);
    c->dr.name = clean(cfg->dr.name);
    c->primary.app.present = cfg->primary.app.present;
    c->objectives = cfg->objectives;
    for (size_t i = 0; i < cfg->n_tunnels; i++) {
        const struct config_tunnel *t = &cfg->tunnels[i];
        add_tunnel(c, t->name, t->kind, t->expected_up, store_meta_target(t), t->probe.port);
    }
    c->screen = cfg->screen;
    c->screen.theme = mem_strdup(cfg->screen.theme ? cfg->screen.theme : "default");
    set_wall(&c->screen.wall, cfg->screen.wall.rotate_ms, cfg->screen.wall.shift_ms);
    return c;
}
