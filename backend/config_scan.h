/* The scanner below config_json.h, and the insides of a document that the two share. Pure; a
 * document is of one thread. */
#ifndef DRTOP_CONFIG_SCAN_H
#define DRTOP_CONFIG_SCAN_H

#include "backend/config_json.h"

#include <stdarg.h>

/* Nodes lie in the order of the text, a parent before its children: the first child of node i
 * is i + 1. */
struct config_node {
    const struct config_json *doc;
    struct json_object *value; /* borrowed from doc->json; NULL for null */
    char *key;
    size_t key_at; /* offsets in doc->text */
    size_t value_at, value_end;
    size_t parent;
    size_t index; /* among its parent's children */
    size_t next;  /* sibling; 0: none */
    size_t n_children;
    enum config_node_type type;
};

struct config_json {
    char *name;
    char *text;  /* as given, len bytes and a NUL */
    char *plain; /* without comments; only while parsing */
    size_t len;
    struct config_node *nodes;
    size_t n_nodes, room;
    struct json_object *json;
};

/* Checks doc->text and fills doc->nodes except doc and value. In doc->plain, a copy of the
 * text, comments and commas before a closing bracket become blanks: what remains there is JSON
 * to the letter. */
bool config_scan(struct config_json *doc, struct error *err);

/* Writes "name:line:column: " and the message; returns false. */
bool config_scan_fail(const struct config_json *doc, size_t at, struct error *err,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));
bool config_scan_vfail(const struct config_json *doc, size_t at, struct error *err,
                       const char *format, va_list args) __attribute__((format(printf, 4, 0)));

/* Line and column of an offset, from 1. */
void config_scan_place(const struct config_json *doc, size_t at, size_t *out_line,
                       size_t *out_column);

#endif
