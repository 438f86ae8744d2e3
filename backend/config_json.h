/* A JSON document with places: every key and value knows its line and column, so that whoever
 * reads one (the configuration, a theme) can say "path:line:column: what, what was expected".
 *
 * The language is JSON in UTF-8 with two kindnesses for people, comments of both C forms and a
 * comma before a closing bracket. Everything else that JSON forbids is refused, and so are
 * duplicate keys, a NUL in a string and escapes in keys. json-c converts the values; it keeps
 * no places and is lenient, therefore a scanner of our own (config_scan.c) goes over the text
 * first.
 *
 * A document is immutable. Nodes are borrowed from it and end with it. One thread at a time. */
#ifndef DRTOP_CONFIG_JSON_H
#define DRTOP_CONFIG_JSON_H

#include "backend/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_JSON_BYTES_MAX   1048576 /* 1 MiB */
#define CONFIG_JSON_DEPTH_MAX   32
#define CONFIG_JSON_MEMBERS_MAX 1024 /* of one object or array */

struct config_json; /* a document */
struct config_node; /* a value in it */

enum config_node_type {
    CONFIG_NODE_NULL,
    CONFIG_NODE_BOOL,
    CONFIG_NODE_NUMBER,
    CONFIG_NODE_STRING,
    CONFIG_NODE_ARRAY,
    CONFIG_NODE_OBJECT,
};

/* Reads a regular file of at most CONFIG_JSON_BYTES_MAX. Returns its bytes, NUL-terminated, for
 * config_json_release(), and writes their number and the file's permission bits. Returns NULL
 * with err = "path: what, what was expected". */
char *config_json_read(const char *path, size_t *out_len, unsigned *out_mode,
                       struct error *err);

/* Frees what config_json_read() gave, wiped: it may hold a password. */
void config_json_release(char *text, size_t len);

/* Parses text, which the document copies. name stands for the path in every message. Returns
 * NULL with err set. */
struct config_json *config_json_parse(const char *name, const char *text, size_t len,
                                      struct error *err);
void config_json_destroy(struct config_json *doc);

/* The outermost value. */
const struct config_node *config_json_root(const struct config_json *doc);

/* Children of an object or array in the order of the text; NULL when there are none (left). */
const struct config_node *config_node_first(const struct config_node *node);
const struct config_node *config_node_next(const struct config_node *node);
size_t config_node_count(const struct config_node *node);

/* The member of that name, or NULL; also NULL when node is NULL or not an object. */
const struct config_node *config_node_get(const struct config_node *node, const char *key);

/* The node at a JSON pointer such as "/dr/mysql/port" (keys only), or the nearest of its
 * ancestors that exists: the place to blame for a value that was left to its default. */
const struct config_node *config_node_at(const struct config_node *node, const char *pointer);

/* Name of an object's member; NULL for the root and for elements of an array. */
const char *config_node_key(const struct config_node *node);
enum config_node_type config_node_type(const struct config_node *node);

/* Counted from 1; a column is a character, not a byte. */
size_t config_node_line(const struct config_node *node);
size_t config_node_column(const struct config_node *node);

/* Writes "path:line:column: " and the message to err, with the place of the node's value or
 * key. Both return false, for `return config_node_fail(...)`. Text that came from the document
 * passes config_node_quote() or text_clean() first. */
bool config_node_fail(const struct config_node *node, struct error *err, const char *format,
                      ...) __attribute__((format(printf, 3, 4)));
bool config_node_fail_key(const struct config_node *node, struct error *err, const char *format,
                          ...) __attribute__((format(printf, 3, 4)));

#define CONFIG_QUOTE_SIZE 64

/* The value as written, sanitised and cut to fit a message. Not for secrets. */
const char *config_node_quote(const struct config_node *node, char out[CONFIG_QUOTE_SIZE]);

/* Typed getters. Each refuses another type and returns false with err set and *out untouched.
 * Strings are the document's. */
bool config_node_expect(const struct config_node *node, enum config_node_type type,
                        struct error *err);
bool config_node_bool(const struct config_node *node, bool *out, struct error *err);
bool config_node_string(const struct config_node *node, const char **out, struct error *err);

/* A whole number within min..max. */
bool config_node_int(const struct config_node *node, int64_t min, int64_t max, int64_t *out,
                     struct error *err);

/* A string of digits and a unit (ms, s, m, h) within min_ms..max_ms. */
bool config_node_duration(const struct config_node *node, int64_t min_ms, int64_t max_ms,
                          int64_t *out_ms, struct error *err);

/* One of the strings names[n]; writes its index. */
bool config_node_choice(const struct config_node *node, const char *const *names, size_t n,
                        size_t *out_index, struct error *err);

/* Refuses an object that holds a key not in names[n], with the nearest name as a hint. */
bool config_node_known(const struct config_node *node, const char *const *names, size_t n,
                       struct error *err);

/* The name that word was probably meant to be, or NULL when none is near. */
const char *config_json_nearest(const char *word, const char *const *names, size_t n);

/* Writes ms in the largest unit that keeps it whole: "250ms", "2s", "20m". */
void config_json_duration_text(int64_t ms, char out[24]);

#endif
