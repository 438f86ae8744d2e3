#include "backend/config_values.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/config.h"
#include "backend/config_text.h"
#include "backend/mem.h"

#define NAME_MAX_LEN 64 /* bytes; pane titles cut what does not fit */
#define WORDS_MAX    32

static void *field(const struct config_key *key, void *base)
{
    return (char *)base + key->offset;
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
    if (key->type == KEY_VALUE) {
        if (!config_node_string(node, &text, err)) {
            return false;
        }
        if (text[0] == '\0') {
            free(*out);
            *out = mem_strdup("");
            return true;
        }
    }
    if (!config_text_plain(node, key->type == KEY_NAME ? NAME_MAX_LEN : CONFIG_TEXT_MAX, &text,
                           err)) {
        return false;
    }
    if (!config_text_check(key->type, node, text, err)) {
        return false;
    }
    bool is_path =
        key->type == KEY_PATH || (key->type == KEY_THEME && strchr(text, '/') != NULL);
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

static bool load_literal(const struct config_reader *reader, const struct config_key *key,
                         const struct config_node *node, struct secret *out, struct error *err)
{
    const char *text = "";
    if (!config_node_string(node, &text, err)) {
        return false;
    }
    size_t len = strlen(text);
    if (len == 0 || len >= SECRET_MAX) {
        return config_node_fail(node, err, "a secret of %zu bytes, expected 1 to %d%s%s%s", len,
                                SECRET_MAX - 1, key->required ? "" : ", or no \"",
                                key->required ? "" : key->name,
                                key->required ? "" : "\" at all to do without");
    }
    if (reader->mode & 077) {
        return config_node_fail(node, err,
                                "a secret in a file that others may read (mode %04o), "
                                "expected `chmod 600 %s`, or a place such as {\"file\": "
                                "\"...\"}",
                                reader->mode, reader->path);
    }
    *out = (struct secret){.kind = SECRET_LITERAL, .name = mem_strdup(text)};
    return true;
}

static void free_argv(char **argv)
{
    for (char **word = argv; word && *word; word++) {
        free(*word);
    }
    free(argv);
}

/* Plain texts; of a program and its arguments, which no shell ever reads, the first may be a
 * path. */
static bool load_words(const struct config_reader *reader, enum config_key_type type,
                       const struct config_node *node, char ***out, struct error *err)
{
    if (!config_node_expect(node, CONFIG_NODE_ARRAY, err)) {
        return false;
    }
    size_t n = config_node_count(node);
    if (n == 0 || n > WORDS_MAX) {
        return config_node_fail(
            node, err, "%zu words, expected %s, at most %d", n,
            type == KEY_COMMAND ? "a program and its arguments" : "one or more", WORDS_MAX);
    }
    char **argv = mem_alloc(n + 1, sizeof *argv);
    size_t i = 0;
    for (const struct config_node *word = config_node_first(node); word;
         word = config_node_next(word)) {
        const char *text = "";
        if (!config_text_plain(word, CONFIG_TEXT_MAX, &text, err)) {
            free_argv(argv);
            return false;
        }
        /* Without a slash the program is looked up in $PATH. */
        bool is_path = type == KEY_COMMAND && i == 0 && strchr(text, '/');
        argv[i++] = is_path ? absolute(reader, text) : mem_strdup(text);
    }
    *out = argv;
    return true;
}

static bool load_place(const struct config_reader *reader, enum secret_kind kind,
                       const struct config_node *node, struct secret *out, struct error *err)
{
    if (kind == SECRET_COMMAND) {
        char **argv;
        if (!load_words(reader, KEY_COMMAND, node, &argv, err)) {
            return false;
        }
        *out = (struct secret){.kind = kind, .argv = argv};
        return true;
    }
    const char *text = "";
    if (!config_text_plain(node, CONFIG_TEXT_MAX, &text, err)) {
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

static bool load_secret(const struct config_reader *reader, const struct config_key *key,
                        const struct config_node *node, struct secret *out, struct error *err)
{
    static const enum secret_kind kinds[] = {SECRET_FILE, SECRET_CREDENTIAL, SECRET_COMMAND,
                                             SECRET_ENV, SECRET_OPTION_FILE};
    enum { N_KINDS = sizeof kinds / sizeof *kinds };
    const char *names[N_KINDS];
    for (size_t i = 0; i < N_KINDS; i++) {
        names[i] = config_secret_keys[i].name;
    }
    if (config_node_type(node) == CONFIG_NODE_STRING) {
        return load_literal(reader, key, node, out, err);
    }
    if (config_node_type(node) != CONFIG_NODE_OBJECT) {
        return config_node_fail(node, err,
                                "no secret, expected a place such as {\"file\": \"...\"}, "
                                "or a string");
    }
    if (!config_node_known(node, names, N_KINDS, err)) {
        return false;
    }
    if (config_node_count(node) != 1) {
        return config_node_fail(node, err,
                                "%zu places of a secret, expected exactly one, such as "
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
        return load_secret(reader, key, node, out, err);
    case KEY_WORDS:
    case KEY_COMMAND:
        return load_words(reader, key->type, node, out, err);
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
    } else if (key->type == KEY_WORDS || key->type == KEY_COMMAND) {
        char ***argv = field(key, base);
        free_argv(*argv);
        *argv = NULL;
    } else if (config_value_is_text(key->type)) {
        char **text = field(key, base);
        free(*text);
        *text = NULL;
    }
}
