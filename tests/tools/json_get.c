/* json_get FILE|- PATH: prints the value at a path such as sources.0.state; "length" of an
 * array or object is its size. Strings come without quotes, null as "null". Exit status: 0
 * found, 1 not there, 2 no JSON or wrong usage. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

enum { NOT_THERE = 1, NO_JSON = 2 };

static struct json_object *read_json(const char *file)
{
    return strcmp(file, "-") == 0 ? json_object_from_fd(fileno(stdin))
                                  : json_object_from_file(file);
}

static bool element(struct json_object *array, const char *key, struct json_object **out_value)
{
    char *end = NULL;
    errno = 0;
    unsigned long i = strtoul(key, &end, 10);
    if (errno != 0 || end == key || *end != '\0' || i >= json_object_array_length(array)) {
        return false;
    }
    *out_value = json_object_array_get_idx(array, i);
    return true;
}

static bool step(struct json_object *at, const char *key, struct json_object **out_value)
{
    switch (json_object_get_type(at)) {
    case json_type_object:
        return json_object_object_get_ex(at, key, out_value);
    case json_type_array:
        return element(at, key, out_value);
    default:
        return false;
    }
}

static bool print_length(struct json_object *at)
{
    switch (json_object_get_type(at)) {
    case json_type_object:
        return printf("%d\n", json_object_object_length(at)) > 0;
    case json_type_array:
        return printf("%zu\n", json_object_array_length(at)) > 0;
    default:
        return false;
    }
}

static void print_value(struct json_object *value)
{
    const char *text = json_object_get_type(value) == json_type_string
                           ? json_object_get_string(value)
                           : json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
    (void)puts(text);
}

static bool print_at(struct json_object *at, char *path)
{
    char *rest = path;
    for (char *key; (key = strsep(&rest, ".")) != NULL;) {
        struct json_object *value = NULL;
        if (!step(at, key, &value)) {
            return !rest && strcmp(key, "length") == 0 && print_length(at);
        }
        at = value;
    }
    print_value(at);
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fputs("usage: json_get FILE|- path.to.key\n", stderr);
        return NO_JSON;
    }
    struct json_object *root = read_json(argv[1]);
    if (!root) {
        (void)fprintf(stderr, "json_get: %s", json_util_get_last_err());
        return NO_JSON;
    }
    bool found = print_at(root, argv[2]);
    (void)json_object_put(root);
    return found ? EXIT_SUCCESS : NOT_THERE;
}
