/* What was sent and what it was decided on, as the journal keeps it. */
#include "backend/failover/driver_state.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>

#include "backend/mem.h"

static void add_text(struct json_object *o, const char *key, const char *text)
{
    (void)json_object_object_add(o, key, json_object_new_string(text));
}

static char *text_of(struct json_object *o)
{
    char *text = mem_strdup(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
    (void)json_object_put(o);
    return text;
}

char *driver_parameters_json(const struct jenkins_value *values, size_t n)
{
    struct json_object *o = json_object_new_object();
    for (size_t i = 0; i < n; i++) {
        add_text(o, values[i].name, values[i].value);
    }
    return text_of(o);
}

size_t driver_parameters_read(const char *text, struct jenkins_value out[JENKINS_PARAMS_MAX],
                              struct json_object **out_keep)
{
    size_t n = 0;
    struct json_object *o = json_tokener_parse(text);
    *out_keep = o;
    if (!json_object_is_type(o, json_type_object)) {
        return 0;
    }
    json_object_object_foreach(o, name, value)
    {
        if (n == JENKINS_PARAMS_MAX || !json_object_is_type(value, json_type_string)) {
            return 0;
        }
        out[n++] = (struct jenkins_value){name, json_object_get_string(value)};
    }
    return n;
}

void driver_json_free(struct json_object *keep)
{
    (void)json_object_put(keep);
}

static struct json_object *row_json(const struct guard *g, enum preflight_row_id id)
{
    const struct preflight_row *row = &g->facts.rows[id];
    struct json_object *o = json_object_new_object();
    add_text(o, "id", preflight_row_key(id));
    add_text(o, "class", preflight_class_word(row->class));
    add_text(o, "text", row->text);
    add_text(o, "detail", row->detail);
    add_text(o, "route", route_name(row->route));
    (void)json_object_object_add(
        o, "age_ms", row->age_ms.known ? json_object_new_int64(row->age_ms.v) : NULL);
    (void)json_object_object_add(o, "overridden", json_object_new_boolean(row->overridden));
    if (row->overridden) {
        add_text(o, "override_reason", g->override_reason[id]);
    }
    return o;
}

char *driver_preflight_json(const struct guard *g)
{
    const struct preflight *p = &g->facts;
    struct json_object *o = json_object_new_object(), *rows = json_object_new_array();
    char hash[24];
    (void)snprintf(hash, sizeof hash, "%016" PRIx64, p->hash);
    add_text(o, "verb", verb_word(p->verb));
    add_text(o, "because", p->because);
    add_text(o, "lose", p->lose);
    add_text(o, "unseen", p->unseen);
    add_text(o, "keep", p->keep);
    add_text(o, "phrase", p->phrase);
    add_text(o, "hash", hash);
    (void)json_object_object_add(
        o, "last_good_ms",
        p->last_good_wall_ms.known ? json_object_new_int64(p->last_good_wall_ms.v) : NULL);
    for (int i = 0; i < PREFLIGHT_ROWS; i++) {
        if (p->rows[i].shown) {
            (void)json_object_array_add(rows, row_json(g, (enum preflight_row_id)i));
        }
    }
    (void)json_object_object_add(o, "rows", rows);
    return text_of(o);
}
