#include "backend/record/scene.h"

#include <json-c/json.h>
#include <string.h>

#include "backend/app/http_health.h"
#include "backend/net/text.h"

#define DEPTH_MAX 8 /* of JSON that anybody may have written */

/* --- from a snapshot */

static struct json_object *entry(const char *name, enum tunnel_state state, const char *detail)
{
    struct json_object *o = json_object_new_array();
    (void)json_object_array_add(o, json_object_new_string(name));
    (void)json_object_array_add(o, json_object_new_string(tunnel_state_key(state)));
    (void)json_object_array_add(o, json_object_new_string(detail));
    return o;
}

static const struct tunnel_facts *facts_of(const struct snapshot *s, size_t i)
{
    const struct reading *last = s->sights[SLOT_TUNNEL + i].last;
    return last && last->state == READING_FRESH ? last->value : NULL;
}

/* What is up needs no words; they would only make each second longer. */
static const char *words(enum tunnel_state state, const char *detail, bool brief)
{
    return brief || state == TUNNEL_UP ? "" : detail;
}

static struct json_object *view_entry(const struct snapshot *s, size_t i, bool brief)
{
    const struct tunnel_view *v = &s->tunnels[i];
    const struct tunnel_facts *f = facts_of(s, i);
    const struct reading *last = s->sights[SLOT_TUNNEL + i].last;
    const char *detail = f ? f->detail : last ? last->reason : "";
    struct json_object *o =
        entry(s->config->tunnels[i].name, v->state, words(v->state, detail, brief));
    for (size_t k = 0; k < v->n_legs && !v->data_plane; k++) {
        bool told = f && k < f->n_legs && strcmp(f->legs[k].id, v->legs[k].id) == 0;
        const char *said = told ? f->legs[k].detail : "";
        (void)json_object_array_add(
            o, entry(v->legs[k].id, v->legs[k].state, words(v->legs[k].state, said, brief)));
    }
    return o;
}

/* With every word if there is room, else without the details, else nothing. */
static void tunnels_text(const struct snapshot *s, char out[STORE_TUNNELS_MAX])
{
    out[0] = '\0';
    for (int brief = 0; s->config->n_tunnels > 0 && brief < 2 && !out[0]; brief++) {
        struct json_object *all = json_object_new_array();
        for (size_t i = 0; i < s->config->n_tunnels; i++) {
            (void)json_object_array_add(all, view_entry(s, i, brief));
        }
        const char *text = json_object_to_json_string_ext(
            all, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
        if (strlen(text) < STORE_TUNNELS_MAX) {
            (void)text_copy(out, STORE_TUNNELS_MAX, text);
        }
        (void)json_object_put(all);
    }
}

static void application(const struct snapshot *s, struct store_sample *out)
{
    const struct reading *last = s->sights[SLOT_PRIMARY_APP].last;
    const struct app_facts *f = last ? last->value : NULL;
    if (f && snapshot_watched(s->config, SLOT_PRIMARY_APP)) {
        out->app_status = opt_i64(f->status);
        out->app_ok = f->ok;
    }
}

void scene_of(const struct snapshot *s, struct store_sample *out)
{
    const struct db_facts *p = snapshot_db(s, SLOT_PRIMARY_DB);
    const struct db_facts *r = snapshot_db(s, SLOT_REPLICA_DB);
    if (p && snapshot_in_sight(s, SLOT_PRIMARY_DB, s->taken_at_ms)) {
        out->primary = p->written;
    }
    if (r && r->has_channel && snapshot_in_sight(s, SLOT_REPLICA_DB, s->taken_at_ms)) {
        out->received = r->channel.received;
        out->applied = r->channel.applied;
        out->receiver = r->channel.receiver;
        out->applier = r->channel.applier;
    }
    if (!s->lag.seconds.known) {
        out->lag_at_least_s = s->lag.at_least_s;
    }
    if (!s->exposure.unobserved.seconds.known || s->exposure.unobserved.seconds.v > 0) {
        out->unseen_min_b = s->exposure.unobserved.bytes_min;
        out->unseen_max_b = s->exposure.unobserved.bytes_max;
    }
    if (s->rto.running) {
        out->last_good_wall_ms = s->rto.last_good_wall_ms;
        out->first_bad_wall_ms = s->rto.first_bad_wall_ms;
    }
    application(s, out);
    tunnels_text(s, out->tunnels);
}

/* --- back */

static const char *item_text(struct json_object *list, size_t i)
{
    struct json_object *o = json_object_array_get_idx(list, i);
    return json_object_is_type(o, json_type_string) ? json_object_get_string(o) : "";
}

static enum tunnel_state item_state(struct json_object *list, size_t i)
{
    const char *key = item_text(list, i);
    for (int state = 0; state < TUNNEL_STATES; state++) {
        if (strcmp(key, tunnel_state_key((enum tunnel_state)state)) == 0) {
            return (enum tunnel_state)state;
        }
    }
    return TUNNEL_UNKNOWN;
}

static void read_view(struct json_object *o, struct scene_view *out)
{
    size_t n = json_object_array_length(o);
    *out = (struct scene_view){.known = true, .state = item_state(o, 1)};
    (void)text_clean_str(out->detail, sizeof out->detail, item_text(o, 2));
    for (size_t i = 3; i < n && out->n_legs < TUNNEL_LEGS_MAX; i++) {
        struct json_object *leg = json_object_array_get_idx(o, i);
        struct scene_leg *to = &out->legs[out->n_legs];
        if (json_object_is_type(leg, json_type_array)) {
            (void)text_clean_str(to->id, sizeof to->id, item_text(leg, 0));
            (void)text_clean_str(to->detail, sizeof to->detail, item_text(leg, 2));
            to->state = item_state(leg, 1);
            out->n_legs++;
        }
    }
}

static void read_all(struct json_object *all, const struct config *cfg,
                     struct scene_view out[CONFIG_TUNNELS_MAX])
{
    for (size_t i = 0; i < json_object_array_length(all); i++) {
        struct json_object *o = json_object_array_get_idx(all, i);
        for (size_t k = 0; json_object_is_type(o, json_type_array) && k < cfg->n_tunnels; k++) {
            if (strcmp(item_text(o, 0), cfg->tunnels[k].name) == 0) {
                read_view(o, &out[k]);
            }
        }
    }
}

bool scene_read(const char *text, const struct config *cfg,
                struct scene_view out[CONFIG_TUNNELS_MAX])
{
    memset(out, 0, CONFIG_TUNNELS_MAX * sizeof out[0]);
    size_t len = strlen(text);
    struct json_tokener *tok = len < STORE_TUNNELS_MAX ? json_tokener_new_ex(DEPTH_MAX) : NULL;
    struct json_object *all = tok ? json_tokener_parse_ex(tok, text, (int)len + 1) : NULL;
    bool good = json_object_is_type(all, json_type_array);
    if (good) {
        read_all(all, cfg, out);
    }
    (void)json_object_put(all);
    if (tok) {
        json_tokener_free(tok);
    }
    return good;
}
