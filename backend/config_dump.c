/* config_dump(): struct config back to JSON, by the same table that it was read by. */
#include "backend/config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "backend/config_json.h"
#include "backend/config_keys.h"
#include "backend/config_values.h"

static struct json_object *dump_object(const struct config_key *keys, const char *base,
                                       bool (*has)(const void *element, const char *key));

static struct json_object *text_or_null(const char *text)
{
    return text ? json_object_new_string(text) : NULL;
}

static struct json_object *dump_argv(char *const *argv)
{
    struct json_object *words = json_object_new_array();
    for (; *argv; argv++) {
        (void)json_object_array_add(words, json_object_new_string(*argv));
    }
    return words;
}

/* Places are no secrets; what stands in the configuration itself is. */
static struct json_object *dump_secret(const struct secret *s)
{
    if (s->kind == SECRET_NONE) {
        return NULL;
    }
    if (s->kind == SECRET_LITERAL) {
        return json_object_new_string("***");
    }
    static const char *const names[] = {
        [SECRET_FILE] = "file",
        [SECRET_CREDENTIAL] = "credential",
        [SECRET_COMMAND] = "command",
        [SECRET_ENV] = "env",
        [SECRET_OPTION_FILE] = "option_file",
    };
    struct json_object *place = json_object_new_object();
    (void)json_object_object_add(place, names[s->kind],
                                 s->argv ? dump_argv(s->argv) : text_or_null(s->name));
    return place;
}

static struct json_object *dump_duration(int64_t ms)
{
    char text[24];
    config_json_duration_text(ms, text);
    return json_object_new_string(text);
}

static struct json_object *dump_status(const struct config_app *app)
{
    struct json_object *range = json_object_new_array();
    (void)json_object_array_add(range, json_object_new_int(app->expect_status_min));
    (void)json_object_array_add(range, json_object_new_int(app->expect_status_max));
    return range;
}

static struct json_object *dump_choice(const struct config_key *key, const char *at)
{
    int index;
    memcpy(&index, at, sizeof index);
    return json_object_new_string(key->choices[index]);
}

static struct json_object *dump_list(const struct config_key *key, const char *base)
{
    size_t n = *(const size_t *)(const void *)(base + key->count_offset);
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < n; i++) {
        const char *element = base + key->offset + i * key->size;
        (void)json_object_array_add(list, dump_object(key->keys, element, key->has));
    }
    return list;
}

/* NULL where there is nothing to say. */
static struct json_object *dump_key(const struct config_key *key, const char *base)
{
    const void *at = base + key->offset;
    switch (key->type) {
    case KEY_IGNORED:
        return NULL;
    case KEY_OBJECT:
        return dump_object(key->keys, at, NULL);
    case KEY_LIST:
        return dump_list(key, base);
    case KEY_BOOL:
        return json_object_new_boolean(*(const bool *)at);
    case KEY_INT:
        return json_object_new_int(*(const int *)at);
    case KEY_PORT:
        return json_object_new_int(*(const uint16_t *)at);
    case KEY_DURATION:
        return dump_duration(*(const int64_t *)at);
    case KEY_CHOICE:
        return dump_choice(key, at);
    case KEY_STATUS:
        return dump_status((const struct config_app *)(const void *)base);
    case KEY_SECRET:
        return dump_secret(at);
    case KEY_WORDS:
    case KEY_COMMAND:
        return *(char *const *const *)at ? dump_argv(*(char *const *const *)at) : NULL;
    default:
        return text_or_null(*(char *const *)at);
    }
}

/* An object that lacks what it requires was never given (an application, mail): NULL. has: as of
 * struct config_key. */
static struct json_object *dump_object(const struct config_key *keys, const char *base,
                                       bool (*has)(const void *element, const char *key))
{
    struct json_object *object = json_object_new_object();
    for (const struct config_key *key = keys; key->name; key++) {
        if (has && !has(base, key->name)) {
            continue;
        }
        struct json_object *value = dump_key(key, base);
        if (value) {
            (void)json_object_object_add(object, key->name, value);
        } else if (key->required) {
            (void)json_object_put(object);
            return NULL;
        }
    }
    return object;
}

void config_dump(const struct config *cfg, FILE *out)
{
    struct json_object *object = dump_object(config_keys, (const char *)cfg, NULL);
    if (!object) {
        return;
    }
    (void)fputs(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
                                                           JSON_C_TO_STRING_SPACED |
                                                           JSON_C_TO_STRING_NOSLASHESCAPE),
                out);
    (void)fputc('\n', out);
    (void)json_object_put(object);
}
