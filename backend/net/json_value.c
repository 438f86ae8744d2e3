#include "backend/net/json_value.h"

#include <limits.h>
#include <string.h>

#include "backend/net/text.h"

#define DEPTH_MAX 24 /* an answer of Jenkins about a job has 8 */

static bool only_blanks(const char *p, const char *end)
{
    while (p < end && strchr(" \t\r\n", *p) && *p) {
        p++;
    }
    return p == end;
}

struct json_object *json_from(const char *body, size_t len)
{
    struct json_tokener *tok = len <= INT_MAX ? json_tokener_new_ex(DEPTH_MAX) : NULL;
    if (!tok) {
        return NULL;
    }
    struct json_object *root = json_tokener_parse_ex(tok, body, (int)len);
    bool whole = json_tokener_get_error(tok) == json_tokener_success &&
                 only_blanks(body + json_tokener_get_parse_end(tok), body + len);
    json_tokener_free(tok);
    if (!whole) {
        json_object_put(root);
        return NULL;
    }
    return root;
}

struct json_object *json_member(struct json_object *obj, const char *name)
{
    struct json_object *member = NULL;
    if (!json_object_is_type(obj, json_type_object)) {
        return NULL;
    }
    return json_object_object_get_ex(obj, name, &member) ? member : NULL;
}

struct json_object *json_list(struct json_object *obj, const char *name)
{
    struct json_object *list = json_member(obj, name);
    return json_object_is_type(list, json_type_array) ? list : NULL;
}

size_t json_length(struct json_object *list)
{
    return list ? json_object_array_length(list) : 0;
}

enum tri json_tri(struct json_object *obj, const char *name)
{
    struct json_object *member = json_member(obj, name);
    if (!json_object_is_type(member, json_type_boolean)) {
        return TRI_UNKNOWN;
    }
    return tri_of(json_object_get_boolean(member));
}

struct opt_i64 json_i64(struct json_object *obj, const char *name)
{
    struct json_object *member = json_member(obj, name);
    if (!json_object_is_type(member, json_type_int)) {
        return (struct opt_i64){0};
    }
    return opt_i64(json_object_get_int64(member));
}

static bool text(struct json_object *obj, const char *name, bool line, char *out, size_t size)
{
    struct json_object *member = json_member(obj, name);
    *out = '\0';
    if (!json_object_is_type(member, json_type_string)) {
        return false;
    }
    const char *says = json_object_get_string(member);
    size_t len = line ? strcspn(says, "\r\n") : (size_t)json_object_get_string_len(member);
    (void)text_clean(out, size, says, len);
    return true;
}

bool json_text(struct json_object *obj, const char *name, char *out, size_t out_size)
{
    return text(obj, name, false, out, out_size);
}

bool json_line(struct json_object *obj, const char *name, char *out, size_t out_size)
{
    return text(obj, name, true, out, out_size);
}

bool json_is(struct json_object *obj, const char *name, const char *value)
{
    struct json_object *member = json_member(obj, name);
    return json_object_is_type(member, json_type_string) &&
           (size_t)json_object_get_string_len(member) == strlen(value) &&
           strcmp(json_object_get_string(member), value) == 0;
}

bool json_has(struct json_object *obj, const char *name, const char *part)
{
    struct json_object *member = json_member(obj, name);
    return json_object_is_type(member, json_type_string) &&
           strstr(json_object_get_string(member), part);
}

bool json_ends(struct json_object *obj, const char *name, const char *end)
{
    struct json_object *member = json_member(obj, name);
    if (!json_object_is_type(member, json_type_string)) {
        return false;
    }
    const char *text = json_object_get_string(member);
    size_t len = strlen(text), n = strlen(end);
    return len >= n && strcmp(text + len - n, end) == 0;
}
