/* A theme file's text to a struct theme. */
#include "tui/theme.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/config_json.h"
#include "backend/net/text.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof(a)[0])

static const char *const ROLE_NAMES[ROLE_COUNT] = {
#define X(id, name, what) name,
    THEME_ROLES(X)
#undef X
};

enum { B = THEME_BOLD, D = THEME_DIM, U = THEME_UNDERLINE, R = THEME_REVERSE };

/* What a role is when a file says nothing. A parent stands before its children, so that one
 * pass resolves all. In mono no meaning rests on dim or bold alone: both are invisible on some
 * terminals. */
static const struct {
    enum role parent;
    uint8_t attrs; /* of a role that the file leaves out */
    uint8_t mono;  /* of a role without "mono" */
} FALLBACK[ROLE_COUNT] = {
    [ROLE_TEXT] = {ROLE_TEXT, 0, 0},
    [ROLE_STRONG] = {ROLE_TEXT, B, B},
    [ROLE_LABEL] = {ROLE_TEXT, 0, 0},
    [ROLE_DIM] = {ROLE_TEXT, 0, D},
    [ROLE_ACCENT] = {ROLE_STRONG, 0, B},
    [ROLE_OK] = {ROLE_TEXT, 0, 0},
    [ROLE_WARN] = {ROLE_STRONG, B, B},
    [ROLE_CRIT] = {ROLE_WARN, B, B | U},
    [ROLE_UNKNOWN] = {ROLE_WARN, 0, U},
    [ROLE_STALE] = {ROLE_DIM, 0, D},
    [ROLE_FRAME] = {ROLE_DIM, 0, 0},
    [ROLE_FRAME_FOCUS] = {ROLE_ACCENT, 0, B},
    [ROLE_TITLE] = {ROLE_STRONG, B, B},
    [ROLE_TITLE_FOCUS] = {ROLE_TITLE, B, B | R},
    [ROLE_BAR] = {ROLE_TEXT, 0, 0},
    [ROLE_BAR_STRONG] = {ROLE_BAR, B, B},
    [ROLE_BAND_OK] = {ROLE_TEXT, 0, 0},
    [ROLE_BAND_WARN] = {ROLE_WARN, R, R},
    [ROLE_BAND_CRIT] = {ROLE_CRIT, B | R, B | R},
    [ROLE_BAND_FACTS] = {ROLE_BAND_CRIT, R, R},
    [ROLE_BAND_FIGURE] = {ROLE_BAND_FACTS, B | R, B | R},
    [ROLE_BAND_UNKNOWN] = {ROLE_UNKNOWN, R, R},
    [ROLE_MODE] = {ROLE_ACCENT, B | R, B | R},
    [ROLE_GRAPH] = {ROLE_ACCENT, 0, 0},
    [ROLE_GRAPH_WARN] = {ROLE_WARN, 0, B},
    [ROLE_LIMIT] = {ROLE_WARN, 0, 0},
    [ROLE_AXIS] = {ROLE_DIM, 0, 0},
    [ROLE_KEY] = {ROLE_ACCENT, B, B},
    [ROLE_SELECTED] = {ROLE_TEXT, R, R},
    [ROLE_MATCH] = {ROLE_ACCENT, B | U, B | U},
};

struct parser {
    const struct config_node *palette; /* NULL: none */
    struct error *err;
};

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool parse_hex(const char *text, int32_t *out_rgb)
{
    if (text[0] != '#' || strlen(text) != 7) {
        return false;
    }
    int32_t rgb = 0;
    for (int i = 1; i < 7; i++) {
        int digit = hex_digit(text[i]);
        if (digit < 0) {
            return false;
        }
        rgb = rgb * 16 + digit;
    }
    *out_rgb = rgb;
    return true;
}

/* "expected", after a "did you mean" when a name of the palette is near. */
static void hint(const struct parser *p, const char *word, char *out, size_t size)
{
    const char *names[CONFIG_JSON_MEMBERS_MAX + 1] = {"default"};
    size_t n = 1;
    const struct config_node *colour = p->palette ? config_node_first(p->palette) : NULL;
    for (; colour && n < ARRAY_LEN(names); colour = config_node_next(colour)) {
        names[n++] = config_node_key(colour);
    }
    const char *nearest = config_json_nearest(word, names, n);
    if (!nearest) {
        (void)text_copy(out, size, "expected");
        return;
    }
    char shown[CONFIG_QUOTE_SIZE];
    (void)text_clean_str(shown, sizeof shown, nearest);
    (void)snprintf(out, size, "did you mean \"%s\"? Expected", shown);
}

static bool parse_palette(const struct parser *p)
{
    if (!p->palette) {
        return true;
    }
    if (!config_node_expect(p->palette, CONFIG_NODE_OBJECT, p->err)) {
        return false;
    }
    for (const struct config_node *node = config_node_first(p->palette); node;
         node = config_node_next(node)) {
        const char *key = config_node_key(node);
        if (key[0] == '#' || strcmp(key, "default") == 0) {
            return config_node_fail_key(node, p->err,
                                        "a palette name cannot be \"default\" or begin with "
                                        "\"#\", expected another name");
        }
        const char *text = NULL;
        int32_t rgb = 0;
        if (!config_node_string(node, &text, p->err)) {
            return false;
        }
        if (!parse_hex(text, &rgb)) {
            char shown[CONFIG_QUOTE_SIZE];
            return config_node_fail(node, p->err, "colour is %s, expected \"#rrggbb\"",
                                    config_node_quote(node, shown));
        }
    }
    return true;
}

/* A missing colour leaves *out as it is: the parent's. */
static bool parse_colour(const struct parser *p, const struct config_node *node, int32_t *out)
{
    const char *text = NULL;
    if (!node) {
        return true;
    }
    if (!config_node_string(node, &text, p->err)) {
        return false;
    }
    if (strcmp(text, "default") == 0) {
        *out = THEME_DEFAULT_COLOUR;
        return true;
    }
    const struct config_node *named = config_node_get(p->palette, text);
    if (named) {
        return config_node_string(named, &text, p->err) && parse_hex(text, out);
    }
    if (parse_hex(text, out)) {
        return true;
    }
    char shown[CONFIG_QUOTE_SIZE];
    char expected[CONFIG_QUOTE_SIZE + 32];
    hint(p, text, expected, sizeof expected);
    return config_node_fail(
        node, p->err, "colour is %s, %s \"#rrggbb\", \"default\" or a name of the palette",
        config_node_quote(node, shown), expected);
}

static bool parse_attrs(const struct parser *p, const struct config_node *node, uint8_t *out)
{
    static const char *const NAMES[] = {"bold", "dim", "underline", "reverse"};
    static const uint8_t BITS[] = {THEME_BOLD, THEME_DIM, THEME_UNDERLINE, THEME_REVERSE};

    if (!node) {
        return true;
    }
    if (!config_node_expect(node, CONFIG_NODE_ARRAY, p->err)) {
        return false;
    }
    uint8_t attrs = 0;
    for (const struct config_node *attr = config_node_first(node); attr;
         attr = config_node_next(attr)) {
        size_t i = 0;
        if (!config_node_choice(attr, NAMES, ARRAY_LEN(NAMES), &i, p->err)) {
            return false;
        }
        attrs |= BITS[i];
    }
    *out = attrs;
    return true;
}

static bool parse_role(const struct parser *p, const struct config_node *node,
                       struct theme_style *style)
{
    static const char *const KEYS[] = {"fg", "bg", "attrs", "mono"};

    return config_node_known(node, KEYS, ARRAY_LEN(KEYS), p->err) &&
           parse_colour(p, config_node_get(node, "fg"), &style->fg) &&
           parse_colour(p, config_node_get(node, "bg"), &style->bg) &&
           parse_attrs(p, config_node_get(node, "attrs"), &style->attrs) &&
           parse_attrs(p, config_node_get(node, "mono"), &style->mono_attrs);
}

static bool parse_roles(const struct parser *p, const struct config_node *roles,
                        struct theme_style style[ROLE_COUNT])
{
    if (!config_node_known(roles, ROLE_NAMES, ROLE_COUNT, p->err)) {
        return false;
    }
    for (int i = 0; i < ROLE_COUNT; i++) {
        const struct config_node *node = config_node_get(roles, ROLE_NAMES[i]);
        struct theme_style parent = {THEME_DEFAULT_COLOUR, THEME_DEFAULT_COLOUR, 0, 0};
        if (i != ROLE_TEXT) {
            parent = style[FALLBACK[i].parent];
        }
        style[i] = (struct theme_style){.fg = parent.fg,
                                        .bg = parent.bg,
                                        .attrs = node ? 0 : FALLBACK[i].attrs,
                                        .mono_attrs = FALLBACK[i].mono};
        if (node && !parse_role(p, node, &style[i])) {
            return false;
        }
    }
    return true;
}

/* A theme is called as its file says, or else as the file is called. */
static bool parse_name(const struct config_node *root, const char *path, struct theme *out,
                       struct error *err)
{
    const struct config_node *node = config_node_get(root, "name");
    if (node) {
        const char *name = NULL;
        if (!config_node_string(node, &name, err)) {
            return false;
        }
        (void)text_clean_str(out->name, sizeof out->name, name);
        return true;
    }
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t len = strlen(base);
    if (len > 5 && strcmp(base + len - 5, ".json") == 0) {
        len -= 5;
    }
    (void)text_clean(out->name, sizeof out->name, base, len);
    return true;
}

static bool parse_root(const struct config_node *root, const char *path, struct theme *out,
                       struct error *err)
{
    static const char *const KEYS[] = {"name", "description", "palette", "roles"};

    if (!config_node_known(root, KEYS, ARRAY_LEN(KEYS), err)) {
        return false;
    }
    const struct config_node *description = config_node_get(root, "description");
    if (description && !config_node_expect(description, CONFIG_NODE_STRING, err)) {
        return false;
    }
    const struct config_node *roles = config_node_get(root, "roles");
    if (!roles) {
        return config_node_fail(root, err, "\"roles\" is missing, expected an object of roles");
    }
    struct parser p = {config_node_get(root, "palette"), err};
    return parse_name(root, path, out, err) && parse_palette(&p) &&
           parse_roles(&p, roles, out->style);
}

bool theme_parse(const char *name_in_messages, const char *text, size_t len, struct theme *out,
                 struct error *err)
{
    struct config_json *doc = config_json_parse(name_in_messages, text, len, err);
    if (!doc) {
        return false;
    }
    struct theme theme = {0};
    bool is_good = parse_root(config_json_root(doc), name_in_messages, &theme, err);
    config_json_destroy(doc);
    if (is_good) {
        *out = theme;
    }
    return is_good;
}
