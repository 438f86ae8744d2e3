/* Holds config/drtop.schema.json, config/drtop.example.json and the loader's table of keys to
 * each other, in both directions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <json-c/json_pointer.h>

#include "backend/config_json.h"
#include "backend/config_keys.h"
#include "backend/config_tunnel.h"

static struct json_object *schema; /* the whole file */

static int load_schema(void **state)
{
    (void)state;
    schema = json_object_from_file(SOURCE_DIR "/config/drtop.schema.json");
    return schema ? 0 : -1;
}

static int free_schema(void **state)
{
    (void)state;
    (void)json_object_put(schema);
    return 0;
}

/* Follows "#/$defs/name", which is all that the schema uses. */
static struct json_object *resolve(struct json_object *node)
{
    struct json_object *ref = json_object_object_get(node, "$ref");
    if (!ref) {
        return node;
    }
    const char *name = json_object_get_string(ref);
    assert_memory_equal(name, "#/$defs/", 8);
    struct json_object *found =
        json_object_object_get(json_object_object_get(schema, "$defs"), name + 8);
    assert_non_null(found);
    return found;
}

/* A keyword beside the $ref or behind it. */
static struct json_object *keyword(struct json_object *node, const char *name)
{
    struct json_object *own = json_object_object_get(node, name);
    return own ? own : json_object_object_get(resolve(node), name);
}

static const struct config_key *find_key(const struct config_key *keys, const char *name)
{
    while (keys->name && strcmp(keys->name, name) != 0) {
        keys++;
    }
    return keys->name ? keys : NULL;
}

static bool lists(struct json_object *list, const char *text)
{
    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        if (strcmp(json_object_get_string(json_object_array_get_idx(list, i)), text) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_required(struct json_object *object, const char *name)
{
    return lists(json_object_object_get(object, "required"), name);
}

static void check_default(const struct config_key *key, struct json_object *node)
{
    struct json_object *stated = keyword(node, "default");
    struct json_object *real = key->fallback ? json_tokener_parse(key->fallback) : NULL;
    if (!json_object_equal(stated, real)) {
        fail_msg("%s: the schema's default is %s, the loader's %s", key->name,
                 json_object_to_json_string(stated), key->fallback ? key->fallback : "none");
    }
    (void)json_object_put(real);
}

static void check_choices(const struct config_key *key, struct json_object *node)
{
    struct json_object *list = keyword(node, "enum");
    assert_non_null(list);
    size_t n = 0;
    for (; key->choices[n]; n++) {
        assert_true(n < json_object_array_length(list));
        assert_string_equal(json_object_get_string(json_object_array_get_idx(list, n)),
                            key->choices[n]);
    }
    assert_int_equal(n, json_object_array_length(list));
}

static void check_range(const struct config_key *key, struct json_object *node)
{
    assert_int_equal(json_object_get_int64(keyword(node, "minimum")), key->min);
    assert_int_equal(json_object_get_int64(keyword(node, "maximum")), key->max);
}

/* The bounds of a duration cannot be a pattern: they are in the description. */
static void check_duration(const struct config_key *key, struct json_object *node)
{
    char low[24], high[24], range[64];
    config_json_duration_text(key->min, low);
    config_json_duration_text(key->max, high);
    (void)snprintf(range, sizeof range, "%s to %s", low, high);
    const char *told = json_object_get_string(keyword(node, "description"));
    if (!told || !strstr(told, range)) {
        fail_msg("%s: \"%s\" does not tell the range %s", key->name, told ? told : "", range);
    }
    assert_non_null(keyword(node, "pattern"));
}

static void check_object(const struct config_key *keys, struct json_object *object);

/* A password is text or an object: its keys are in the second alternative. */
static void check_secret(const struct config_key *key, struct json_object *node)
{
    struct json_object *either = keyword(node, "oneOf");
    assert_int_equal(json_object_array_length(either), 2);
    check_object(key->keys, json_object_array_get_idx(either, 1));
}

static void check_key(const struct config_key *key, struct json_object *node)
{
    if (!keyword(node, "description")) {
        fail_msg("%s: no description in the schema", key->name);
    }
    check_default(key, node);
    switch (key->type) {
    case KEY_OBJECT:
        check_object(key->keys, resolve(node));
        break;
    case KEY_LIST:
        assert_int_equal(json_object_get_int64(keyword(node, "maxItems")), key->max);
        check_object(key->keys, resolve(keyword(node, "items")));
        break;
    case KEY_CHOICE:
        check_choices(key, node);
        break;
    case KEY_INT:
    case KEY_PORT:
        check_range(key, node);
        break;
    case KEY_DURATION:
        check_duration(key, node);
        break;
    case KEY_SECRET:
        check_secret(key, node);
        break;
    default:
        break;
    }
}

static void check_object(const struct config_key *keys, struct json_object *object)
{
    struct json_object *properties = json_object_object_get(object, "properties");
    struct json_object *more = json_object_object_get(object, "additionalProperties");
    assert_non_null(properties);
    assert_true(json_object_is_type(more, json_type_boolean));
    assert_false(json_object_get_boolean(more));
    json_object_object_foreach(properties, name, value)
    {
        (void)value;
        if (!find_key(keys, name)) {
            fail_msg("the schema has \"%s\", the loader does not know it", name);
        }
    }
    for (const struct config_key *key = keys; key->name; key++) {
        struct json_object *node = json_object_object_get(properties, key->name);
        if (!node) {
            fail_msg("the loader knows \"%s\", the schema does not", key->name);
        }
        assert_int_equal(is_required(object, key->name), key->required);
        check_key(key, node);
    }
}

static void the_schema_and_the_loader_agree(void **state)
{
    (void)state;
    check_object(config_keys, schema);
}

/* What holds for one value of "type": the "then" behind the "if" that names it. */
static struct json_object *branch(struct json_object *object, const char *type)
{
    struct json_object *all = json_object_object_get(object, "allOf");
    for (size_t i = 0; i < json_object_array_length(all); i++) {
        struct json_object *rule = json_object_array_get_idx(all, i), *named;
        bool is_it = json_pointer_get(rule, "/if/properties/type/const", &named) == 0 &&
                     strcmp(json_object_get_string(named), type) == 0;
        if (is_it) {
            return json_object_object_get(rule, "then");
        }
    }
    fail_msg("the schema has no rule for the type \"%s\"", type);
    return NULL;
}

/* One table of keys is shared by all types: the schema says of each which keys are its own, and
 * which it needs. */
static void the_schema_knows_the_keys_of_each_type_of_tunnel(void **state)
{
    (void)state;
    const struct config_key *keys = find_key(config_keys, "tunnels")->keys;
    const struct config_key *type = find_key(keys, "type");
    struct json_object *object =
        json_object_object_get(json_object_object_get(schema, "$defs"), "tunnel");
    for (int i = 0; type->choices[i]; i++) {
        struct config_tunnel t = {.kind = (enum config_tunnel_kind)i};
        struct json_object *then = branch(object, type->choices[i]);
        struct json_object *own = NULL, *needed = json_object_object_get(then, "required");
        assert_int_equal(json_pointer_get(then, "/propertyNames/enum", &own), 0);
        size_t n_own = 0, n_needed = 0;
        for (const struct config_key *key = keys; key->name; key++) {
            bool has = config_tunnel_has(&t, key->name);
            bool needs = config_tunnel_needs(t.kind, key->name);
            if (lists(own, key->name) != has || lists(needed, key->name) != needs) {
                fail_msg("%s: the schema and the loader do not agree on \"%s\"",
                         type->choices[i], key->name);
            }
            n_own += has;
            n_needed += needs;
        }
        assert_int_equal(json_object_array_length(own), n_own);
        assert_int_equal(needed ? json_object_array_length(needed) : 0, n_needed);
    }
    assert_string_equal(type->choices[TUNNEL_EXEC], "exec");
}

/* Keys that the example uses; both sites share a table, and one of them using a key is enough.
 */
#define USED_MAX 256
static const struct config_key *used[USED_MAX];
static size_t n_used;

static bool is_used(const struct config_key *key)
{
    for (size_t i = 0; i < n_used; i++) {
        if (used[i] == key) {
            return true;
        }
    }
    return false;
}

static void collect_used(const struct config_key *keys, const struct config_node *object)
{
    for (const struct config_node *node = config_node_first(object); node;
         node = config_node_next(node)) {
        const struct config_key *key = find_key(keys, config_node_key(node));
        assert_non_null(key);
        assert_true(n_used < USED_MAX);
        used[n_used++] = key;
        if (key->type == KEY_OBJECT) {
            collect_used(key->keys, node);
        }
        const struct config_node *child =
            key->type == KEY_LIST ? config_node_first(node) : NULL;
        for (; child; child = config_node_next(child)) {
            collect_used(key->keys, child);
        }
    }
}

static void check_used(const struct config_key *keys)
{
    for (const struct config_key *key = keys; key->name; key++) {
        if (!is_used(key)) {
            fail_msg("the example does not use \"%s\"", key->name);
        }
        if (key->type == KEY_OBJECT || key->type == KEY_LIST) {
            check_used(key->keys);
        }
    }
}

static void the_example_uses_every_key(void **state)
{
    (void)state;
    size_t len;
    unsigned mode;
    struct error err = {0};
    char *text = config_json_read(SOURCE_DIR "/config/drtop.example.json", &len, &mode, &err);
    assert_non_null(text);
    struct config_json *doc = config_json_parse("example", text, len, &err);
    assert_non_null(doc);
    collect_used(config_keys, config_json_root(doc));
    check_used(config_keys);
    /* A password comes from one place only: the others are shown in a comment. */
    for (const struct config_key *key = config_secret_keys; key->name; key++) {
        char place[64];
        (void)snprintf(place, sizeof place, "{\"%s\": ", key->name);
        if (!strstr(text, place)) {
            fail_msg("the example does not show %s", place);
        }
    }
    config_json_destroy(doc);
    config_json_release(text, len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schema_and_the_loader_agree),
        cmocka_unit_test(the_schema_knows_the_keys_of_each_type_of_tunnel),
        cmocka_unit_test(the_example_uses_every_key),
    };
    return cmocka_run_group_tests(tests, load_schema, free_schema);
}
