/* config/status.schema.json closes every object, requires every key and describes each.
 * tests/integration/status-schema.sh holds what drtop prints to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <json-c/json_pointer.h>

#include "backend/tunnel/view.h"
#include "backend/verdict/verdict.h"

static struct json_object *schema;

static int load(void **state)
{
    (void)state;
    schema = json_object_from_file(SOURCE_DIR "/config/status.schema.json");
    return schema ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    (void)json_object_put(schema);
    return 0;
}

static void check_object(const char *where, struct json_object *object);

static void check_property(const char *where, const char *name, struct json_object *node)
{
    char place[256];
    (void)snprintf(place, sizeof place, "%s.%s", where, name);
    if (!json_object_object_get(node, "description")) {
        fail_msg("%s has no description", place);
    }
    if (json_object_object_get(node, "properties")) {
        check_object(place, node);
    }
}

static void check_object(const char *where, struct json_object *object)
{
    struct json_object *properties = json_object_object_get(object, "properties");
    struct json_object *required = json_object_object_get(object, "required");
    struct json_object *more = json_object_object_get(object, "additionalProperties");
    if (!more || json_object_get_boolean(more)) {
        fail_msg("%s lets unknown keys pass", where);
    }
    assert_int_equal(json_object_array_length(required), json_object_object_length(properties));
    for (size_t i = 0; i < json_object_array_length(required); i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(required, i));
        struct json_object *node = json_object_object_get(properties, name);
        if (!node) {
            fail_msg("%s requires %s and does not describe it", where, name);
        }
        check_property(where, name, node);
    }
}

static void every_object_is_closed_and_described(void **state)
{
    (void)state;
    check_object("", schema);
    struct json_object *defs = json_object_object_get(schema, "$defs");
    size_t n = 0;
    json_object_object_foreach(defs, name, def)
    {
        if (json_object_object_get(def, "properties")) {
            check_object(name, def);
            n++;
        }
    }
    assert_true(n > 10);
}

static bool lists(struct json_object *list, const char *word)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        if (strcmp(json_object_get_string(json_object_array_get_idx(list, i)), word) == 0) {
            return true;
        }
    }
    return false;
}

static void every_verdict_and_advice_is_listed(void **state)
{
    (void)state;
    struct json_object *properties = json_object_object_get(schema, "properties");
    struct json_object *verdicts =
        json_object_object_get(json_object_object_get(properties, "verdict"), "enum");
    struct json_object *advices =
        json_object_object_get(json_object_object_get(properties, "advice"), "enum");
    assert_int_equal(json_object_array_length(verdicts), VERDICT_KINDS);
    for (int kind = 0; kind < VERDICT_KINDS; kind++) {
        assert_true(lists(verdicts, verdict_name((enum verdict_kind)kind)));
    }
    for (int advice = ADVICE_NOT_ADVISED; advice <= ADVICE_IMPOSSIBLE; advice++) {
        assert_true(lists(advices, advice_key((enum verdict_advice)advice)));
    }
}

static struct json_object *enum_of(const char *def, const char *name)
{
    char path[128];
    struct json_object *list = NULL;
    (void)snprintf(path, sizeof path, "/$defs/%s/properties/%s/enum", def, name);
    assert_int_equal(json_pointer_get(schema, path, &list), 0);
    return list;
}

static void every_state_and_type_of_a_tunnel_is_listed(void **state)
{
    (void)state;
    struct json_object *states = enum_of("tunnel", "state"), *types = enum_of("tunnel", "type");
    assert_int_equal(json_object_array_length(states), TUNNEL_STATES);
    for (int i = 0; i < TUNNEL_STATES; i++) {
        assert_true(lists(states, tunnel_state_key((enum tunnel_state)i)));
    }
    assert_int_equal(json_object_array_length(types), tunnel_providers_n);
    for (size_t i = 0; i < tunnel_providers_n; i++) {
        assert_true(lists(types, tunnel_providers[i].type));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_object_is_closed_and_described),
        cmocka_unit_test(every_verdict_and_advice_is_listed),
        cmocka_unit_test(every_state_and_type_of_a_tunnel_is_listed),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
