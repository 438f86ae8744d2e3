#include "backend/config_json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "backend/config_scan.h"
#include "backend/mem.h"

static bool check_file(const char *path, const struct stat *st, struct error *err)
{
    if (!S_ISREG(st->st_mode)) {
        error_set(err, "%s: %s, expected a regular file", path,
                  S_ISDIR(st->st_mode) ? "is a directory" : "is not a file");
        return false;
    }
    if (st->st_size > CONFIG_JSON_BYTES_MAX) {
        error_set(err, "%s: holds %jd bytes, expected at most %d", path, (intmax_t)st->st_size,
                  CONFIG_JSON_BYTES_MAX);
        return false;
    }
    return true;
}

/* Reads at most size bytes; a file that shrinks meanwhile just gives fewer. */
static bool read_all(int fd, char *buf, size_t size, size_t *out_len)
{
    size_t len = 0;
    while (len < size) {
        ssize_t n = read(fd, buf + len, size - len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return false;
        }
        if (n == 0) {
            break;
        }
        len += (size_t)n;
    }
    *out_len = len;
    return true;
}

char *config_json_read(const char *path, size_t *out_len, unsigned *out_mode, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        error_set(err, "%s: %s, expected a readable file", path, strerror(errno));
        return NULL;
    }
    char *text = NULL;
    struct stat st;
    if (fstat(fd, &st) != 0) {
        error_set(err, "%s: %s, expected a readable file", path, strerror(errno));
        goto done;
    }
    if (!check_file(path, &st, err)) {
        goto done;
    }
    size_t size = (size_t)st.st_size, len = 0;
    text = mem_alloc(size + 1, 1);
    if (!read_all(fd, text, size, &len)) {
        error_set(err, "%s: %s, expected a readable file", path, strerror(errno));
        config_json_release(text, size);
        text = NULL;
        goto done;
    }
    *out_len = len;
    *out_mode = (unsigned)st.st_mode & 07777;
done:
    (void)close(fd);
    return text;
}

void config_json_release(char *text, size_t len)
{
    if (text) {
        explicit_bzero(text, len);
        free(text);
    }
}

/* json-c gets what the scanner has passed already, so an error here is rare: say where. */
static bool convert(struct config_json *doc, struct error *err)
{
    struct json_tokener *tok = json_tokener_new_ex(CONFIG_JSON_DEPTH_MAX + 1);
    if (!tok) {
        abort();
    }
    json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    /* The NUL is passed too: a lone number ends only there. */
    doc->json = json_tokener_parse_ex(tok, doc->plain, (int)doc->len + 1);
    enum json_tokener_error why = json_tokener_get_error(tok);
    size_t at = json_tokener_get_parse_end(tok);
    json_tokener_free(tok);
    if (why != json_tokener_success) {
        return config_scan_fail(doc, at, err, "%s, expected JSON",
                                json_tokener_error_desc(why));
    }
    return true;
}

static void attach(struct config_json *doc)
{
    for (size_t i = 0; i < doc->n_nodes; i++) {
        struct config_node *node = &doc->nodes[i];
        const struct config_node *parent = &doc->nodes[node->parent];
        node->doc = doc;
        if (i == 0) {
            node->value = doc->json;
        } else if (parent->type == CONFIG_NODE_ARRAY) {
            node->value = json_object_array_get_idx(parent->value, node->index);
        } else {
            node->value = json_object_object_get(parent->value, node->key);
        }
    }
}

struct config_json *config_json_parse(const char *name, const char *text, size_t len,
                                      struct error *err)
{
    if (len > CONFIG_JSON_BYTES_MAX) {
        error_set(err, "%s: holds %zu bytes, expected at most %d", name, len,
                  CONFIG_JSON_BYTES_MAX);
        return NULL;
    }
    struct config_json *doc = mem_alloc(1, sizeof *doc);
    doc->name = mem_strdup(name);
    doc->text = mem_strndup(text, len);
    doc->plain = mem_strndup(text, len);
    doc->len = len;
    bool ok = config_scan(doc, err) && convert(doc, err);
    config_json_release(doc->plain, len);
    doc->plain = NULL;
    if (!ok) {
        config_json_destroy(doc);
        return NULL;
    }
    attach(doc);
    return doc;
}

void config_json_destroy(struct config_json *doc)
{
    if (!doc) {
        return;
    }
    for (size_t i = 0; i < doc->n_nodes; i++) {
        free(doc->nodes[i].key);
    }
    free(doc->nodes);
    (void)json_object_put(doc->json);
    config_json_release(doc->text, doc->len);
    free(doc->name);
    free(doc);
}

const struct config_node *config_json_root(const struct config_json *doc)
{
    return doc->nodes;
}

const struct config_node *config_node_first(const struct config_node *node)
{
    return node->n_children ? node + 1 : NULL;
}

const struct config_node *config_node_next(const struct config_node *node)
{
    return node->next ? &node->doc->nodes[node->next] : NULL;
}

size_t config_node_count(const struct config_node *node)
{
    return node->n_children;
}

static const struct config_node *find(const struct config_node *node, const char *key,
                                      size_t len)
{
    if (!node || node->type != CONFIG_NODE_OBJECT) {
        return NULL;
    }
    const struct config_node *child = config_node_first(node);
    while (child && (strlen(child->key) != len || memcmp(child->key, key, len) != 0)) {
        child = config_node_next(child);
    }
    return child;
}

const struct config_node *config_node_get(const struct config_node *node, const char *key)
{
    return find(node, key, strlen(key));
}

const struct config_node *config_node_at(const struct config_node *node, const char *pointer)
{
    while (*pointer == '/') {
        pointer++;
        size_t len = strcspn(pointer, "/");
        const struct config_node *child = find(node, pointer, len);
        if (!child) {
            break;
        }
        node = child;
        pointer += len;
    }
    return node;
}

const char *config_node_key(const struct config_node *node)
{
    return node->key;
}

enum config_node_type config_node_type(const struct config_node *node)
{
    return node->type;
}

size_t config_node_line(const struct config_node *node)
{
    size_t line, column;
    config_scan_place(node->doc, node->value_at, &line, &column);
    return line;
}

size_t config_node_column(const struct config_node *node)
{
    size_t line, column;
    config_scan_place(node->doc, node->value_at, &line, &column);
    return column;
}
