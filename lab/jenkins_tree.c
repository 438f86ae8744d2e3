/* tree=a,b[c,d]{0,30}: which part of an object is wanted. */
#include "lab/jenkins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 12 };

/* Parses up to a ']' or the end into {name: {"sub": {...}, "from": n, "to": n}}. */
static json_object *parse(const char **at, int depth)
{
    json_object *spec = json_object_new_object();
    while (depth < DEPTH_MAX) {
        size_t len = strcspn(*at, ",[]{}");
        if (len == 0 || len > 100) {
            break;
        }
        char name[104];
        (void)snprintf(name, sizeof name, "%.*s", (int)len, *at);
        *at += len;
        json_object *one = json_object_new_object();
        json_object_object_add(spec, name, one);
        if (**at == '[') {
            ++*at;
            json_object *sub = parse(at, depth + 1);
            if (!sub || **at != ']') {
                json_object_put(sub);
                break;
            }
            ++*at;
            json_object_object_add(one, "sub", sub);
        }
        if (**at == '{') {
            long from = 0, to = 0;
            int used = 0;
            if (sscanf(*at, "{%ld,%ld}%n", &from, &to, &used) < 2 || used == 0) {
                break;
            }
            json_object_object_add(one, "from", json_object_new_int64(from));
            json_object_object_add(one, "to", json_object_new_int64(to));
            *at += used;
        }
        if (**at != ',') {
            return spec;
        }
        ++*at;
    }
    json_object_put(spec);
    return NULL;
}

static json_object *take(json_object *whole, json_object *spec);

static json_object *take_array(json_object *whole, json_object *spec, json_object *one)
{
    json_object *list = json_object_new_array(), *bound;
    size_t from = 0, to = json_object_array_length(whole);
    if (one && json_object_object_get_ex(one, "from", &bound)) {
        from = (size_t)json_object_get_int64(bound);
    }
    if (one && json_object_object_get_ex(one, "to", &bound)) {
        size_t limit = (size_t)json_object_get_int64(bound);
        to = limit < to ? limit : to;
    }
    for (size_t i = from; i < to; i++) {
        json_object_array_add(list, take(json_object_array_get_idx(whole, i), spec));
    }
    return list;
}

static json_object *take_object(json_object *whole, json_object *spec)
{
    json_object *part = json_object_new_object(), *all = NULL;
    (void)json_object_object_get_ex(spec, "*", &all);
    json_object_object_foreach(whole, key, value)
    {
        json_object *one = NULL, *sub = NULL;
        if (strcmp(key, "_class") == 0) {
            json_object_object_add(part, key, json_object_get(value));
            continue;
        }
        if (!json_object_object_get_ex(spec, key, &one) && !all) {
            continue;
        }
        if (one) {
            (void)json_object_object_get_ex(one, "sub", &sub);
        }
        json_object_object_add(part, key,
                               json_object_is_type(value, json_type_array)
                                   ? take_array(value, sub, one)
                                   : take(value, sub));
    }
    return part;
}

/* spec NULL: of an object, nothing but its class. */
static json_object *take(json_object *whole, json_object *spec)
{
    if (!json_object_is_type(whole, json_type_object)) {
        return json_object_get(whole);
    }
    json_object *none = spec ? NULL : json_object_new_object();
    json_object *part = take_object(whole, spec ? spec : none);
    json_object_put(none);
    return part;
}

json_object *tree_filter(json_object *whole, const char *tree)
{
    const char *at = tree;
    json_object *spec = parse(&at, 0);
    if (!spec || *at) {
        json_object_put(spec);
        return NULL;
    }
    json_object *part = take(whole, spec);
    json_object_put(spec);
    return part;
}
