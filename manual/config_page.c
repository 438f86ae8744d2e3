#include "manual/manual.h"

#include <stdint.h>
#include <string.h>

#include <json-c/json.h>

#include "backend/config_json.h"
#include "backend/config_keys.h"
#include "backend/config_tunnel.h"
#include "cli/cli.h"
#include "manual/roff.h"

#define OBJECTS_MAX 64
#define PATH_ROOM   128

/* Objects that stand at several places (both databases) are described at the first. */
struct page {
    FILE *out;
    struct json_object *schema;
    bool complete;
    const struct config_key *told[OBJECTS_MAX];
    char paths[OBJECTS_MAX][PATH_ROOM];
    size_t n;
};

/* Follows "#/$defs/name", which is all that the schema uses. */
static struct json_object *resolve(const struct page *p, struct json_object *node)
{
    struct json_object *ref = json_object_object_get(node, "$ref");
    const char *name = ref ? json_object_get_string(ref) : NULL;
    if (!name || strncmp(name, "#/$defs/", 8) != 0) {
        return node;
    }
    return json_object_object_get(json_object_object_get(p->schema, "$defs"), name + 8);
}

/* A keyword beside the $ref or behind it, or NULL. */
static struct json_object *keyword(const struct page *p, struct json_object *node,
                                   const char *name)
{
    struct json_object *own = json_object_object_get(node, name);
    return own ? own : json_object_object_get(resolve(p, node), name);
}

static const char *type_word(enum config_key_type type)
{
    switch (type) {
    case KEY_OBJECT:
        return "object";
    case KEY_LIST:
        return "list of objects";
    case KEY_BOOL:
        return "true or false";
    case KEY_INT:
        return "number";
    case KEY_PORT:
        return "port";
    case KEY_DURATION:
        return "duration";
    case KEY_STATUS:
        return "number, or list of two";
    case KEY_SECRET:
        return "secret";
    case KEY_WORDS:
    case KEY_COMMAND:
        return "list of texts";
    case KEY_NAME:
        return "name";
    case KEY_HOST:
        return "host";
    case KEY_URL:
        return "URL";
    case KEY_TARGET:
        return "URL, or host:port";
    case KEY_TABLE:
        return "schema.table";
    case KEY_CLOCK:
        return "time of day";
    case KEY_LOOPBACK:
        return "host:port";
    case KEY_ADDRESS:
        return "mail address";
    case KEY_PATH:
        return "path";
    case KEY_THEME:
        return "name or path";
    case KEY_IGNORED:
    case KEY_TEXT:
    case KEY_VALUE:
    case KEY_WINDOW:
    case KEY_CHOICE: /* its words are told instead */
        break;
    }
    return "text";
}

static void write_choices(FILE *out, const char *const *choices)
{
    for (const char *const *word = choices; *word; word++) {
        (void)fputs(word == choices ? "" : word[1] ? ", " : " or ", out);
        roff_text(out, *word);
    }
}

static void write_needed(const struct page *p, const struct config_key *key,
                         const struct config_key *kinds)
{
    if (key->required) {
        (void)fputs(", required", p->out);
    }
    const char *between = ", required of ";
    for (int i = 0; kinds && !key->required && kinds->choices[i]; i++) {
        if (config_tunnel_needs((enum config_tunnel_kind)i, key->name)) {
            (void)fprintf(p->out, "%s%s", between, kinds->choices[i]);
            between = " and ";
        }
    }
}

/* "(port, default 3306)". kinds: the key "type" of a view of the tunnel, or NULL. */
static void write_form(const struct page *p, const struct config_key *key,
                       const struct config_key *kinds)
{
    (void)fputs(" (", p->out);
    if (key->type == KEY_CHOICE) {
        write_choices(p->out, key->choices);
    } else {
        (void)fputs(type_word(key->type), p->out);
    }
    if (key->type == KEY_INT || key->type == KEY_STATUS) {
        (void)fprintf(p->out, ", %lld to %lld", (long long)key->min, (long long)key->max);
    } else if (key->type == KEY_LIST) {
        (void)fprintf(p->out, ", at most %lld", (long long)key->max);
    }
    write_needed(p, key, kinds);
    if (key->fallback) {
        (void)fputs(", default ", p->out);
        roff_text(p->out, key->fallback);
    }
    (void)fputs(")\n", p->out);
}

/* Where an object of these keys is described already, or NULL. */
static const char *told_at(const struct page *p, const struct config_key *keys)
{
    for (size_t i = 0; i < p->n; i++) {
        if (p->told[i] == keys) {
            return p->paths[i];
        }
    }
    return NULL;
}

static void path_below(const char *path, const struct config_key *key, char out[PATH_ROOM])
{
    (void)snprintf(out, PATH_ROOM, "%s%s%s%s", path, path[0] ? "." : "", key->name,
                   key->type == KEY_LIST ? "[]" : "");
}

static void write_key(struct page *p, const char *path, const struct config_key *key,
                      struct json_object *node, const struct config_key *kinds)
{
    struct json_object *told = keyword(p, node, "description");
    (void)fputs(".TP\n", p->out);
    roff_bold(p->out, key->name);
    write_form(p, key, kinds);
    p->complete = p->complete && told;
    roff_text(p->out, told ? json_object_get_string(told) : "");
    if (key->type == KEY_OBJECT || key->type == KEY_LIST) {
        char below[PATH_ROOM];
        const char *first = told_at(p, key->keys);
        path_below(path, key, below);
        (void)fputs(" See ", p->out);
        roff_bold(p->out, first ? first : below);
        (void)fputc('.', p->out);
    }
    (void)fputc('\n', p->out);
}

/* The schema of an element of a list, or of an object. */
static struct json_object *inside(const struct page *p, const struct config_key *key,
                                  struct json_object *node)
{
    return resolve(p, key->type == KEY_LIST ? keyword(p, node, "items") : node);
}

/* The keys of one object, then the objects in it. */
// NOLINTNEXTLINE(misc-no-recursion): as deep as the table
static void write_object(struct page *p, const char *path, const struct config_key *keys,
                         struct json_object *schema, const struct config_key *kinds)
{
    struct json_object *properties = json_object_object_get(schema, "properties");
    if (p->n < OBJECTS_MAX) {
        p->told[p->n] = keys;
        (void)snprintf(p->paths[p->n++], PATH_ROOM, "%s", path);
    }
    roff_part(p->out, path[0] ? path : "The file");
    for (const struct config_key *key = keys; key->name; key++) {
        write_key(p, path, key, json_object_object_get(properties, key->name), kinds);
    }
    for (const struct config_key *key = keys; key->name; key++) {
        bool object = key->type == KEY_OBJECT || key->type == KEY_LIST;
        if (object && !told_at(p, key->keys)) {
            char below[PATH_ROOM];
            path_below(path, key, below);
            struct json_object *node = json_object_object_get(properties, key->name);
            write_object(p, below, key->keys, inside(p, key, node),
                         key->has == config_tunnel_has ? key->keys : NULL);
        }
    }
}

static void write_forms(FILE *out)
{
    roff_section(out, "DESCRIPTION");
    roff_line(out,
              "The file describes one disaster-recovery pair. It is JSON in UTF-8; comments "
              "as in C and a comma after the last element are allowed, keys that drtop does "
              "not know are not. drtop config check names line and column of what is wrong, "
              "and says what the configuration leaves undecidable; drtop config dump prints "
              "it with every default and without secrets.");
    (void)fputs(".PP\n", out);
    roff_line(out, "A duration is a text such as \"250ms\", \"2s\", \"20m\" or \"24h\". A path "
                   "that does not begin with / counts from the folder of the file. What has "
                   "neither a default nor a word on being left out stays unset.");
}

static void write_secrets(struct page *p)
{
    struct json_object *secret =
        json_object_object_get(json_object_object_get(p->schema, "$defs"), "secret");
    struct json_object *either = json_object_object_get(secret, "oneOf");
    struct json_object *object = json_object_array_get_idx(either, 1);
    struct json_object *properties = json_object_object_get(object, "properties");
    roff_section(p->out, "SECRETS");
    roff_line(p->out,
              "A secret is a text, in a file that then needs mode 0600, or an object with "
              "one of these keys:");
    for (const struct config_key *key = config_secret_keys; key->name; key++) {
        /* The loader takes a command apart itself; the schema knows that it is a list. */
        struct config_key shown = *key;
        shown.type = strcmp(key->name, "command") == 0 ? KEY_COMMAND : key->type;
        write_key(p, "", &shown, json_object_object_get(properties, key->name), NULL);
    }
}

bool manual_config(struct json_object *schema, FILE *out)
{
    struct page p = {.out = out, .schema = schema, .complete = true};
    (void)fputs(".\\\" Made from the tables of drtop by drtop-manual.\n"
                ".TH DRTOP.JSON 5 \"\" \"drtop ",
                out);
    roff_text(out, cli_version);
    (void)fputs("\" \"File Formats\"\n.nh\n.ad l\n", out);
    roff_section(out, "NAME");
    (void)fputs("drtop.json \\- configuration of drtop\n", out);
    roff_section(out, "SYNOPSIS");
    (void)fputs("/etc/drtop/drtop.json\n.br\n\\(ti/.config/drtop/drtop.json\n", out);
    write_forms(out);
    roff_section(out, "KEYS");
    write_object(&p, "", config_keys, schema, NULL);
    write_secrets(&p);
    roff_section(out, "FILES");
    (void)fputs(
        ".TP\n/usr/share/drtop/drtop.schema.json\nThe same for editors, as a JSON schema.\n"
        ".TP\n/usr/share/doc/drtop/drtop.example.json\nAn example with every key.\n",
        out);
    roff_section(out, "SEE ALSO");
    (void)fputs("\\fBdrtop\\fR(1)\n", out);
    return p.complete;
}
