#include "backend/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "backend/config_failover.h"
#include "backend/config_json.h"
#include "backend/config_keys.h"
#include "backend/config_tunnel.h"
#include "backend/config_values.h"
#include "backend/mem.h"

#define FILE_NAME "drtop/drtop.json"

static bool load_object(const struct config_reader *reader, const struct config_key *keys,
                        const struct config_node *node, void *base, struct error *err);

static bool load_list(const struct config_reader *reader, const struct config_key *key,
                      const struct config_node *node, void *base, struct error *err)
{
    size_t *n = (size_t *)(void *)((char *)base + key->count_offset);
    if (!config_node_expect(node, CONFIG_NODE_ARRAY, err)) {
        return false;
    }
    if (config_node_count(node) > (size_t)key->max) {
        return config_node_fail(node, err, "\"%s\" has %zu elements, expected at most %d",
                                key->name, config_node_count(node), (int)key->max);
    }
    const struct config_node *child = config_node_first(node);
    while (child) {
        /* Counted before it is whole, so that config_destroy() sees a half-read one. */
        char *element = (char *)base + key->offset + (*n)++ * key->size;
        if (!load_object(reader, key->keys, child, element, err)) {
            return false;
        }
        child = config_node_next(child);
    }
    return true;
}

/* node is NULL where the file says nothing: the defaults then. */
static bool load_key(const struct config_reader *reader, const struct config_key *key,
                     const struct config_node *node, void *base, struct error *err)
{
    if (key->type == KEY_OBJECT) {
        return load_object(reader, key->keys, node, (char *)base + key->offset, err);
    }
    if (!node) {
        config_value_default(key, base);
        return true;
    }
    if (key->type == KEY_LIST) {
        return load_list(reader, key, node, base, err);
    }
    return config_value_load(reader, key, node, base, err);
}

static bool check_known(const struct config_key *keys, const struct config_node *node,
                        struct error *err)
{
    const char *names[CONFIG_KEYS_MAX];
    size_t n = 0;
    while (keys[n].name) {
        names[n] = keys[n].name;
        n++;
    }
    return config_node_known(node, names, n, err);
}

static bool load_object(const struct config_reader *reader, const struct config_key *keys,
                        const struct config_node *node, void *base, struct error *err)
{
    if (node && !check_known(keys, node, err)) {
        return false;
    }
    for (const struct config_key *key = keys; key->name; key++) {
        const struct config_node *child = config_node_get(node, key->name);
        if (node && key->required && !child) {
            const char *inside = config_node_key(node);
            return config_node_fail(node, err, "no \"%s\" in %s%s%s, expected one", key->name,
                                    inside ? "\"" : "", inside ? inside : "this object",
                                    inside ? "\"" : "");
        }
        if (!load_key(reader, key, child, base, err)) {
            return false;
        }
    }
    return true;
}

static void finish_object(const struct config_key *keys, void *base)
{
    for (const struct config_key *key = keys; key->name; key++) {
        char *at = (char *)base + key->offset;
        if (key->type == KEY_OBJECT) {
            finish_object(key->keys, at);
        } else if (key->type == KEY_LIST) {
            size_t n = *(size_t *)(void *)((char *)base + key->count_offset);
            for (size_t i = 0; i < n; i++) {
                finish_object(key->keys, at + i * key->size);
            }
        } else {
            config_value_finish(key, base);
        }
    }
}

static void default_text(char **text, const char *fallback)
{
    *text = *text ? *text : mem_strdup(fallback);
}

static void derive_notify(struct config_notify *notify)
{
    static const char *const kinds[] = {"generic", "slack", "discord"};
    notify->mail.present = notify->mail.host != NULL;
    for (size_t i = 0; i < notify->mail.n_recipients; i++) {
        default_text(&notify->mail.recipients[i].role, notify->mail.recipients[i].address);
    }
    for (size_t i = 0; i < notify->n_webhooks; i++) {
        default_text(&notify->webhooks[i].name, kinds[notify->webhooks[i].kind]);
    }
    for (size_t i = 0; i < notify->n_execs; i++) {
        default_text(&notify->execs[i].name, "exec");
    }
}

/* Defaults that come from other values. */
static void derive(struct config *cfg)
{
    struct config_control_plane *plane = &cfg->primary.control_plane;
    default_text(&cfg->primary.name, "primary");
    default_text(&cfg->dr.name, "dr");
    cfg->primary.app.present = cfg->primary.app.url != NULL;
    cfg->dr.app.present = cfg->dr.app.url != NULL;
    plane->present = plane->target != NULL;
    if (plane->present) {
        default_text(&plane->name, plane->target);
    }
    for (size_t i = 0; i < cfg->n_tunnels; i++) {
        config_tunnel_derive(&cfg->tunnels[i]);
    }
    for (size_t i = 0; i < cfg->n_anchors; i++) {
        default_text(&cfg->anchors[i].name, cfg->anchors[i].target);
    }
    derive_notify(&cfg->notify);
    config_failover_derive(cfg);
}

static bool check_tls(const struct config_tls *tls, const struct config_node *db,
                      struct error *err)
{
    if (tls->mode >= TLS_VERIFY_CA && !tls->ca) {
        return config_node_fail(config_node_at(db, "/tls/mode"), err,
                                "a mode that verifies, expected \"ca\" beside it: the file "
                                "with the certificate authority");
    }
    if (!tls->cert != !tls->key) {
        return config_node_fail(config_node_at(db, tls->cert ? "/tls/cert" : "/tls/key"), err,
                                "half of a client certificate, expected both \"cert\" and "
                                "\"key\"");
    }
    return true;
}

/* Readings, alerts and messages are told apart by the names of one list. first is the name of its
 * first element; the next one lies stride bytes further on. */
static bool check_names(const struct config_node *list, const void *first, size_t stride,
                        size_t n, struct error *err)
{
    const struct config_node *element = n > 0 ? config_node_first(list) : NULL;
    for (size_t i = 0; i < n; i++, element = config_node_next(element)) {
        const char *name;
        memcpy(&name, (const char *)first + i * stride, sizeof name);
        for (size_t j = 0; j < i; j++) {
            const char *earlier;
            memcpy(&earlier, (const char *)first + j * stride, sizeof earlier);
            if (strcmp(name, earlier) == 0) {
                return config_node_fail(config_node_at(element, "/name"), err,
                                        "the name \"%s\" is taken, expected another \"name\" "
                                        "for each of \"%s\"",
                                        name, config_node_key(list));
            }
        }
    }
    return true;
}

static bool check_tunnels(const struct config *cfg, const struct config_node *list,
                          struct error *err)
{
    const struct config_node *element = cfg->n_tunnels > 0 ? config_node_first(list) : NULL;
    for (size_t i = 0; i < cfg->n_tunnels; i++, element = config_node_next(element)) {
        if (!config_tunnel_check(&cfg->tunnels[i], element, err)) {
            return false;
        }
    }
    return check_names(list, &cfg->tunnels[0].name, sizeof cfg->tunnels[0], cfg->n_tunnels,
                       err);
}

static bool check_lists(const struct config *cfg, const struct config_node *root,
                        struct error *err)
{
    const struct config_notify *notify = &cfg->notify;
    return check_tunnels(cfg, config_node_get(root, "tunnels"), err) &&
           check_names(config_node_get(root, "anchors"), &cfg->anchors[0].name,
                       sizeof cfg->anchors[0], cfg->n_anchors, err) &&
           check_names(config_node_at(root, "/notify/webhooks"), &notify->webhooks[0].name,
                       sizeof notify->webhooks[0], notify->n_webhooks, err) &&
           check_names(config_node_at(root, "/notify/execs"), &notify->execs[0].name,
                       sizeof notify->execs[0], notify->n_execs, err);
}

/* What no single value can show to be wrong. */
static bool check_together(const struct config *cfg, const struct config_node *root,
                           struct error *err)
{
    const struct config_db *primary = &cfg->primary.db, *dr = &cfg->dr.db;
    if (strcasecmp(primary->host, dr->host) == 0 && primary->port == dr->port) {
        return config_node_fail(config_node_at(root, "/dr/mysql/host"), err,
                                "the same server as primary.mysql, expected the replica");
    }
    if (cfg->poll.status_ms < cfg->poll.positions_ms) {
        return config_node_fail(config_node_at(root, "/poll/status"), err,
                                "\"status\" is shorter than \"positions\", expected the same "
                                "or longer");
    }
    return check_tls(&primary->tls, config_node_at(root, "/primary/mysql"), err) &&
           check_tls(&dr->tls, config_node_at(root, "/dr/mysql"), err) &&
           check_lists(cfg, root, err) &&
           config_failover_check(&cfg->failover, config_node_get(root, "failover"), err);
}

/* The folder of a file, absolute, so that `config dump` means the same from anywhere. */
static char *folder_of(const char *path)
{
    char here[4096] = "";
    if (path[0] != '/' && !getcwd(here, sizeof here)) {
        (void)snprintf(here, sizeof here, ".");
    }
    const char *slash = strrchr(path, '/');
    int len = slash ? (int)(slash - path) : 0;
    size_t size = strlen(here) + (size_t)len + 2;
    char *folder = mem_alloc(size, 1);
    (void)snprintf(folder, size, "%s%s%.*s", here, path[0] != '/' && slash ? "/" : "", len,
                   path);
    return folder;
}

static bool load_all(const struct config_reader *reader, const struct config_json *doc,
                     struct config *cfg, struct error *err)
{
    const struct config_node *root = config_json_root(doc);
    cfg->path = mem_strdup(reader->path);
    cfg->primary.app.expected = true;
    cfg->primary.db.route =
        ROUTE_VPN; /* an observer stands where it outlives the primary's site */
    cfg->dr.db.route = ROUTE_DIRECT;
    if (!load_object(reader, config_keys, root, cfg, err)) {
        return false;
    }
    derive(cfg);
    return check_together(cfg, root, err);
}

struct config *config_parse(const char *name, const char *text, size_t len, unsigned mode,
                            struct error *err)
{
    struct config_json *doc = config_json_parse(name, text, len, err);
    if (!doc) {
        return NULL;
    }
    char *folder = folder_of(name);
    const struct config_reader reader = {.path = name, .folder = folder, .mode = mode};
    struct config *cfg = mem_alloc(1, sizeof *cfg);
    if (!load_all(&reader, doc, cfg, err)) {
        config_destroy(cfg);
        cfg = NULL;
    }
    free(folder);
    config_json_destroy(doc);
    return cfg;
}

struct config *config_load(const char *path, struct error *err)
{
    size_t len;
    unsigned mode;
    char *text = config_json_read(path, &len, &mode, err);
    if (!text) {
        return NULL;
    }
    struct config *cfg = config_parse(path, text, len, mode, err);
    config_json_release(text, len);
    return cfg;
}

void config_destroy(struct config *cfg)
{
    if (cfg) {
        finish_object(config_keys, cfg);
        free(cfg->path);
        free(cfg);
    }
}

/* The user's own place: empty when neither variable tells. XDG wants its paths absolute. */
static void user_path(char *out, size_t out_size)
{
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    out[0] = '\0';
    int n = 0;
    if (xdg && xdg[0] == '/') {
        n = snprintf(out, out_size, "%s/" FILE_NAME, xdg);
    } else if (home && home[0] == '/') {
        n = snprintf(out, out_size, "%s/.config/" FILE_NAME, home);
    }
    if (n < 0 || (size_t)n >= out_size) {
        out[0] = '\0';
    }
}

static bool write_path(const char *path, char *out, size_t out_size, struct error *err)
{
    if (strlen(path) >= out_size) {
        error_set(err, "%.40s...: a path of %zu bytes, expected fewer than %zu", path,
                  strlen(path), out_size);
        return false;
    }
    memcpy(out, path, strlen(path) + 1);
    return true;
}

/* What somebody has said: the option before the variable. */
static const char *said_path(const char *explicit_path)
{
    const char *variable = getenv("DRTOP_CONFIG");
    return explicit_path ? explicit_path : variable && variable[0] != '\0' ? variable : NULL;
}

bool config_place(const char *explicit_path, char *out, size_t out_size, struct error *err)
{
    char user[4096];
    const char *said = said_path(explicit_path);
    user_path(user, sizeof user);
    if (!said && user[0] == '\0') {
        error_set(err, "no place for a configuration, expected --config FILE or $HOME");
        return false;
    }
    return write_path(said ? said : user, out, out_size, err);
}

bool config_find(const char *explicit_path, char *out, size_t out_size, struct error *err)
{
    const char *said = said_path(explicit_path);
    if (said) {
        return write_path(said, out, out_size, err);
    }
    char user[4096];
    user_path(user, sizeof user);
    /* A file that exists but cannot be read is an error to be shown, not a reason to go on. */
    if (user[0] != '\0' && access(user, F_OK) == 0) {
        return write_path(user, out, out_size, err);
    }
    if (access("/etc/" FILE_NAME, F_OK) == 0) {
        return write_path("/etc/" FILE_NAME, out, out_size, err);
    }
    error_set(err,
              "no configuration, expected --config FILE, $DRTOP_CONFIG (not set), "
              "%.300s%s/etc/" FILE_NAME,
              user, user[0] != '\0' ? " or " : "");
    return false;
}
