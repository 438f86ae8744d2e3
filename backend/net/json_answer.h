/* JSON from outside that holds secrets beside facts. Before the parser, which copies what it
 * reads, sees a body, the secrets in it are taken out or blotted out in place. The values are read
 * with json_value.h. For .c files of the backend that parse. Pure; any thread. */
#ifndef DRTOP_NET_JSON_ANSWER_H
#define DRTOP_NET_JSON_ANSWER_H

#include "backend/fact/opt.h"

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

/* Overwrites the value of every member of one of these names (NULL-terminated), at any depth, in
 * any case, however the name is escaped, and also when the body ends within it. Returns false
 * when this is no JSON, or what was overwritten cannot be told: then parse nothing of it. */
bool json_answer_blot(char *body, size_t len, const char *const *names);

/* Copies the text of the first member of one of these names to out, terminated, and blots all of
 * them. Returns false, with out empty, when there is none, or none of printable ASCII that fits. */
bool json_answer_take(char *body, size_t len, const char *const *names, char *out,
                      size_t out_size);

/* NULL when it is not JSON as a whole, or nested deeper than answers are. json_object_put() it. */
struct json_object *json_answer_parse(const char *body, size_t len);

/* A whole number, or a text of nothing but digits: some services write them so. */
struct opt_i64 json_answer_i64(struct json_object *obj, const char *name);

#endif
