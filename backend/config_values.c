#include "backend/config_values.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/config.h"
#include "backend/mem.h"
#include "backend/net/text.h"

#define TEXT_MAX     1024
#define NAME_MAX_LEN 64  /* bytes; pane titles cut what does not fit */
#define HOST_MAX     253 /* RFC 1035, section 2.3.4 */
#define ARGV_MAX     32

static const char name_letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789";

static void *field(const struct config_key *key, void *base)
{
    return (char *)base + key->offset;
}

/* A string that any screen can show as it is: what text_clean() would change is refused here,
 * so nobody needs to clean a configured text again. */
static bool plain_text(const struct config_node *node, size_t max, const char **out,
                       struct error *err)
{
    const char *text = "";
    if (!config_node_string(node, &text, err)) {
        return false;
    }
    size_t len = strlen(text);
    if (len == 0 || len > max) {
        return config_node_fail(node, err, "%zu bytes long, expected 1 to %zu", len, max);
    }
    char clean[TEXT_MAX + 1];
    (void)text_clean(clean, sizeof clean, text, len);
    if (strcmp(clean, text) != 0) {
        return config_node_fail(node, err,
                                "holds control or invisible characters, expected plain text");
    }
    *out = text;
    return true;
}

static bool port_ok(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits] != '\0') {
        return false;
    }
    long port = strtol(text, NULL, 10);
    return port >= 1 && port <= UINT16_MAX;
}

/* Bare IPv6 addresses hold several colons; one colon is somebody's host:port. */
static bool check_host(const struct config_node *node, const char *text, struct error *err)
{
    const char *expected = "expected a name or an address, such as \"10.0.1.10\"";
    const char *colon = strchr(text, ':');
    if (colon && !strchr(colon + 1, ':')) {
        return config_node_fail(node, err, "a host with a port, %s, and \"port\" beside it",
                                expected);
    }
    if (text[strcspn(text, " /[]@\"'\\?#")] != '\0' || strlen(text) > HOST_MAX) {
        char shown[CONFIG_QUOTE_SIZE];
        return config_node_fail(node, err, "%s is no host, %s", config_node_quote(node, shown),
                                expected);
    }
    return true;
}

static bool check_url(const struct config_node *node, const char *text, struct error *err)
{
    const char *expected = "expected http://host/... or https://host/...";
    char shown[CONFIG_QUOTE_SIZE];
    size_t scheme = strncmp(text, "http://", 7) == 0    ? 7
                    : strncmp(text, "https://", 8) == 0 ? 8
                                                        : 0;
    size_t host = scheme ? strcspn(text + scheme, "/?#") : 0;
    if (host == 0 || strpbrk(text, " \"\\<>") || text[scheme] == ':') {
        return config_node_fail(node, err, "%s is no URL drtop can ask, %s",
                                config_node_quote(node, shown), expected);
    }
    if (memchr(text + scheme, '@', host)) {
        return config_node_fail(node, err,
                                "a URL with a user or password in it, expected one without");
    }
    return true;
}

/* An http(s) URL, or host:port where an IPv6 address stands in brackets. */
static bool check_target(const struct config_node *node, const char *text, struct error *err)
{
    if (strstr(text, "://")) {
        return check_url(node, text, err);
    }
    const char *colon = strrchr(text, ':');
    bool ok = colon && colon != text && port_ok(colon + 1);
    if (ok && text[0] == '[') {
        ok = colon[-1] == ']' && colon - text > 2;
    } else if (ok) {
        ok = strcspn(text, " /[]@:") == (size_t)(colon - text);
    }
    if (!ok) {
        char shown[CONFIG_QUOTE_SIZE];
        return config_node_fail(node, err,
                                "%s is no target, expected \"https://host/\" or \"host:port\"",
                                config_node_quote(node, shown));
    }
    return true;
}

/* The name goes into a query: letters that need no quoting only. */
static bool check_table(const struct config_node *node, const char *text, struct error *err)
{
    char letters[sizeof name_letters + 2];
    (void)snprintf(letters, sizeof letters, "%s_$", name_letters);
    size_t schema = strspn(text, letters);
    size_t table = text[schema] == '.' ? strspn(text + schema + 1, letters) : 0;
    if (schema == 0 || table == 0 || text[schema + 1 + table] != '\0') {
        char shown[CONFIG_QUOTE_SIZE];
        return config_node_fail(node, err,
                                "%s is no table, expected \"schema.table\" in plain letters",
                                config_node_quote(node, shown));
    }
    return true;
}

static char *join(const char *folder, const char *rest)
{
    size_t size = strlen(folder) + strlen(rest) + 2;
    char *path = mem_alloc(size, 1);
    (void)snprintf(path, size, "%s/%s", folder, rest);
    return path;
}

static char *absolute(const struct config_reader *reader, const char *text)
{
    const char *home = getenv("HOME");
    if (text[0] == '/') {
        return mem_strdup(text);
    }
    if (strncmp(text, "~/", 2) == 0 && home && home[0] == '/') {
        return join(home, text + 2);
    }
    return join(reader->folder, strncmp(text, "./", 2) == 0 ? text + 2 : text);
}

bool config_value_is_text(enum config_key_type type)
{
    return type >= KEY_NAME && type <= KEY_THEME;
}

static bool load_text(const struct config_reader *reader, const struct config_key *key,
                      const struct config_node *node, char **out, struct error *err)
{
    const char *text = "";
    if (!plain_text(node, key->type == KEY_NAME ? NAME_MAX_LEN : TEXT_MAX, &text, err)) {
        return false;
    }
    bool is_path = key->type == KEY_PATH;
    bool ok = true;
    switch (key->type) {
    case KEY_HOST:
        ok = check_host(node, text, err);
        break;
    case KEY_URL:
        ok = check_url(node, text, err);
        break;
    case KEY_TARGET:
        ok = check_target(node, text, err);
        break;
    case KEY_TABLE:
        ok = check_table(node, text, err);
        break;
    case KEY_THEME:
        is_path = strchr(text, '/') != NULL;
        break;
    default:
        break;
    }
    if (!ok) {
        return false;
    }
    free(*out);
    *out = is_path ? absolute(reader, text) : mem_strdup(text);
    return true;
}

static bool load_int(const struct config_key *key, const struct config_node *node, void *out,
                     struct error *err)
{
    int64_t value;
    if (!config_node_int(node, key->min, key->max, &value, err)) {
        return false;
    }
    if (key->type == KEY_PORT) {
        *(uint16_t *)out = (uint16_t)value;
    } else {
        *(int *)out = (int)value;
    }
    return true;
}

/* An enum is as wide as an int in every ABI that drtop is built for. */
static bool load_choice(const struct config_key *key, const struct config_node *node, void *out,
                        struct error *err)
{
    _Static_assert(sizeof(enum config_tls_mode) == sizeof(int), "enums are ints");
    size_t n = 0, index;
    while (key->choices[n]) {
        n++;
    }
    if (!config_node_choice(node, key->choices, n, &index, err)) {
        return false;
    }
    int value = (int)index;
    memcpy(out, &value, sizeof value);
    return true;
}

static bool load_status(const struct config_key *key, const struct config_node *node,
                        struct config_app *out, struct error *err)
{
    const char *expected = "expected a status such as 200 or a range such as [200, 399]";
    const struct config_node *low = node, *high = node;
    if (config_node_type(node) == CONFIG_NODE_ARRAY) {
        if (config_node_count(node) != 2) {
            return config_node_fail(node, err, "%zu elements, %s", config_node_count(node),
                                    expected);
        }
        low = config_node_first(node);
        high = config_node_next(low);
    }
    int64_t min, max;
    if (!config_node_int(low, key->min, key->max, &min, err) ||
        !config_node_int(high, key->min, key->max, &max, err)) {
        return false;
    }
    if (min > max) {
        return config_node_fail(node, err, "the range ends before it begins, %s", expected);
    }
    out->expect_status_min = (int)min;
    out->expect_status_max = (int)max;
    return true;
}

static bool load_literal(const struct config_reader *reader, const struct config_node *node,
                         struct secret *out, struct error *err)
{
    const char *text = "";
    if (!config_node_string(node, &text, err)) {
        return false;
    }
    size_t len = strlen(text);
    if (len == 0 || len >= SECRET_MAX) {
        return config_node_fail(node, err,
                                "a password of %zu bytes, expected 1 to %d, or no "
                                "\"password\" at all to log in without",
                                len, SECRET_MAX - 1);
    }
    if (reader->mode & 077) {
        return config_node_fail(node, err,
                                "a password in a file that others may read (mode %04o), "
                                "expected `chmod 600 %s`, or a place such as {\"file\": "
                                "\"...\"}",
                                reader->mode, reader->path);
    }
    *out = (struct secret){.kind = SECRET_LITERAL, .name = mem_strdup(text)};
    return true;
}

static bool load_argv(const struct config_reader *reader, const struct config_node *node,
                      struct secret *out, struct error *err)
{
    if (!config_node_expect(node, CONFIG_NODE_ARRAY, err)) {
        return false;
    }
    size_t n = config_node_count(node);
    if (n == 0 || n > ARGV_MAX) {
        return config_node_fail(node, err,
                                "%zu words, expected a program and its arguments, at most %d",
                                n, ARGV_MAX);
    }
    struct secret s = {.kind = SECRET_COMMAND, .argv = mem_alloc(n + 1, sizeof *s.argv)};
    size_t i = 0;
    for (const struct config_node *word = config_node_first(node); word;
         word = config_node_next(word)) {
        const char *text = "";
        if (!plain_text(word, TEXT_MAX, &text, err)) {
            secret_finish(&s);
            return false;
        }
        /* Without a slash the program is looked up in $PATH. */
        bool is_path = i == 0 && strchr(text, '/');
        s.argv[i++] = is_path ? absolute(reader, text) : mem_strdup(text);
    }
    *out = s;
    return true;
}

static bool load_place(const struct config_reader *reader, enum secret_kind kind,
                       const struct config_node *node, struct secret *out, struct error *err)
{
    if (kind == SECRET_COMMAND) {
        return load_argv(reader, node, out, err);
    }
    const char *text = "";
    if (!plain_text(node, TEXT_MAX, &text, err)) {
        return false;
    }
    if (kind == SECRET_CREDENTIAL && (strchr(text, '/') || text[0] == '.')) {
        return config_node_fail(node, err,
                                "a path, expected the name of a credential (see "
                                "LoadCredential= of systemd)");
    }
    if (kind == SECRET_ENV && strchr(text, '=')) {
        return config_node_fail(node, err, "holds a =, expected the name of a variable");
    }
    bool is_path = kind == SECRET_FILE || kind == SECRET_OPTION_FILE;
    *out = (struct secret){.kind = kind,
                           .name = is_path ? absolute(reader, text) : mem_strdup(text)};
    return true;
}

static bool load_secret(const struct config_reader *reader, const struct config_node *node,
                        struct secret *out, struct error *err)
{
    static const enum secret_kind kinds[] = {SECRET_FILE, SECRET_CREDENTIAL, SECRET_COMMAND,
                                             SECRET_ENV, SECRET_OPTION_FILE};
    enum { N_KINDS = sizeof kinds / sizeof *kinds };
    const char *names[N_KINDS];
    for (size_t i = 0; i < N_KINDS; i++) {
        names[i] = config_secret_keys[i].name;
    }
    if (config_node_type(node) == CONFIG_NODE_STRING) {
        return load_literal(reader, node, out, err);
    }
    if (config_node_type(node) != CONFIG_NODE_OBJECT) {
        return config_node_fail(node, err,
                                "no password, expected a place such as {\"file\": \"...\"}, "
                                "or a string");
    }
    if (!config_node_known(node, names, N_KINDS, err)) {
        return false;
    }
    if (config_node_count(node) != 1) {
        return config_node_fail(node, err,
                                "%zu places of a password, expected exactly one, such as "
                                "{\"file\": \"...\"}",
                                config_node_count(node));
    }
    const struct config_node *place = config_node_first(node);
    size_t i = 0;
    while (strcmp(names[i], config_node_key(place)) != 0) {
        i++;
    }
    return load_place(reader, kinds[i], place, out, err);
}

bool config_value_load(const struct config_reader *reader, const struct config_key *key,
                       const struct config_node *node, void *base, struct error *err)
{
    void *out = field(key, base);
    switch (key->type) {
    case KEY_IGNORED:
        return config_node_expect(node, CONFIG_NODE_STRING, err);
    case KEY_BOOL:
        return config_node_bool(node, out, err);
    case KEY_INT:
    case KEY_PORT:
        return load_int(key, node, out, err);
    case KEY_DURATION:
        return config_node_duration(node, key->min, key->max, out, err);
    case KEY_CHOICE:
        return load_choice(key, node, out, err);
    case KEY_STATUS:
        return load_status(key, node, base, err);
    case KEY_SECRET:
        return load_secret(reader, node, out, err);
    default:
        assert(config_value_is_text(key->type));
        return load_text(reader, key, node, out, err);
    }
}

/* Defaults take the same path as the file, so they cannot mean something else. */
void config_value_default(const struct config_key *key, void *base)
{
    if (!key->fallback) {
        return;
    }
    const struct config_reader nowhere = {.path = "default", .folder = "."};
    struct config_json *doc =
        config_json_parse("default", key->fallback, strlen(key->fallback), NULL);
    bool ok = doc && config_value_load(&nowhere, key, config_json_root(doc), base, NULL);
    if (!ok) {
        abort(); /* the table of keys is wrong; a unit test loads every default */
    }
    config_json_destroy(doc);
}

void config_value_finish(const struct config_key *key, void *base)
{
    if (key->type == KEY_SECRET) {
        secret_finish(field(key, base));
    } else if (config_value_is_text(key->type)) {
        char **text = field(key, base);
        free(*text);
        *text = NULL;
    }
}
