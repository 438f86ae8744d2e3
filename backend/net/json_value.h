/* Reading JSON from outside without trusting its shape: what is not there, or of another type, is
 * unknown. For .c files of the backend that parse. Pure; any thread, each object its own. */
#ifndef DRTOP_NET_JSON_VALUE_H
#define DRTOP_NET_JSON_VALUE_H

#include "backend/fact/opt.h"

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

/* NULL when it is not JSON as a whole, or nested deeper than answers are. json_object_put() it. */
struct json_object *json_from(const char *body, size_t len);

/* NULL: absent, null, or obj is no object. */
struct json_object *json_member(struct json_object *obj, const char *name);
struct json_object *json_list(struct json_object *obj,
                              const char *name); /* an array, or NULL */
size_t json_length(struct json_object *list);    /* NULL: 0 */

enum tri json_tri(struct json_object *obj, const char *name);
struct opt_i64 json_i64(struct json_object *obj, const char *name);

/* Sanitised; "" for what is no string. Returns whether it is one. */
bool json_text(struct json_object *obj, const char *name, char *out, size_t out_size);
/* The same, of the first line only. */
bool json_line(struct json_object *obj, const char *name, char *out, size_t out_size);
bool json_is(struct json_object *obj, const char *name, const char *value);
bool json_has(struct json_object *obj, const char *name, const char *part);
/* Does the string end so? For _class, whose packages move. */
bool json_ends(struct json_object *obj, const char *name, const char *end);

#endif
