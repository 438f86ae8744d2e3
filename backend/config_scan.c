#include "backend/config_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/text.h"

struct scan {
    struct config_json *doc;
    size_t at;
    int depth;
    struct error *err;
};

static bool scan_value(struct scan *s, size_t node);

void config_scan_place(const struct config_json *doc, size_t at, size_t *out_line,
                       size_t *out_column)
{
    size_t line = 1, column = 1;
    for (size_t i = 0; i < at && i < doc->len; i++) {
        unsigned char c = (unsigned char)doc->text[i];
        if (c == '\n') {
            line++;
            column = 1;
        } else if ((c & 0xC0) != 0x80) {
            column++;
        }
    }
    *out_line = line;
    *out_column = column;
}

bool config_scan_vfail(const struct config_json *doc, size_t at, struct error *err,
                       const char *format, va_list args)
{
    if (!err) {
        return false;
    }
    char message[sizeof err->text];
    (void)vsnprintf(message, sizeof message, format, args);
    size_t line, column;
    config_scan_place(doc, at, &line, &column);
    error_set(err, "%s:%zu:%zu: %s", doc->name, line, column, message);
    return false;
}

bool config_scan_fail(const struct config_json *doc, size_t at, struct error *err,
                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)config_scan_vfail(doc, at, err, format, args);
    va_end(args);
    return false;
}

/* The text ends with a NUL that is not part of it, so looking at s->at is always allowed. */
static char peek(const struct scan *s)
{
    return s->doc->text[s->at];
}

/* Says what stands at the cursor instead of what was expected. */
static bool unexpected(const struct scan *s, const char *expected)
{
    if (s->at >= s->doc->len) {
        return config_scan_fail(s->doc, s->at, s->err, "the text ends here, expected %s",
                                expected);
    }
    const char *p = s->doc->text + s->at;
    const char *hint = "";
    if (*p == '#') {
        hint = " (a comment starts with //)";
    } else if (*p == '\'') {
        hint = " (strings stand in double quotes)";
    }
    uint32_t cp;
    size_t n = text_decode(p, s->doc->text + s->doc->len, &cp);
    char shown[16];
    (void)text_clean(shown, sizeof shown, p, n);
    return config_scan_fail(s->doc, s->at, s->err, "unexpected %s, expected %s%s", shown,
                            expected, hint);
}

static bool skip_comment(struct scan *s)
{
    const char *text = s->doc->text;
    size_t start = s->at;
    const char *end;
    if (text[start + 1] == '/') {
        end = strchr(text + start, '\n');
        end = end ? end : text + s->doc->len;
    } else if (text[start + 1] == '*') {
        end = strstr(text + start + 2, "*/");
        if (!end) {
            return config_scan_fail(s->doc, start, s->err,
                                    "the comment does not end, expected */");
        }
        end += 2;
    } else {
        return unexpected(s, "a comment with // or /*");
    }
    s->at = (size_t)(end - text);
    memset(s->doc->plain + start, ' ', s->at - start);
    return true;
}

static bool skip_blank(struct scan *s)
{
    for (;;) {
        char c = peek(s);
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            s->at++;
        } else if (c != '/') {
            return true;
        } else if (!skip_comment(s)) {
            return false;
        }
    }
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool scan_escape(struct scan *s)
{
    const char *p = s->doc->text + s->at + 1;
    if (*p != '\0' && strchr("\"\\/bfnrt", *p)) {
        s->at += 2;
        return true;
    }
    if (*p != 'u') {
        return config_scan_fail(s->doc, s->at, s->err,
                                "unknown escape, expected one of \\\" \\\\ \\/ \\b \\f \\n "
                                "\\r \\t \\uXXXX");
    }
    for (int i = 1; i <= 4; i++) {
        if (!is_hex(p[i])) {
            return config_scan_fail(s->doc, s->at, s->err,
                                    "bad escape, expected \\u and four hexadecimal digits");
        }
    }
    if (memcmp(p + 1, "0000", 4) == 0) {
        return config_scan_fail(s->doc, s->at, s->err,
                                "a NUL in a string, expected text without one");
    }
    s->at += 6;
    return true;
}

/* From the opening quote to behind the closing one. */
static bool scan_string(struct scan *s)
{
    size_t start = s->at++;
    for (;;) {
        unsigned char c = (unsigned char)peek(s);
        if (s->at >= s->doc->len || c == '\n') {
            return config_scan_fail(s->doc, start, s->err,
                                    "the string does not end on its line, expected \"");
        }
        if (c < 0x20) {
            return config_scan_fail(s->doc, s->at, s->err,
                                    "control character 0x%02x in a string, expected an escape "
                                    "such as \\t",
                                    c);
        }
        if (c == '\\') {
            if (!scan_escape(s)) {
                return false;
            }
            continue;
        }
        s->at++;
        if (c == '"') {
            return true;
        }
    }
}

static bool scan_digits(struct scan *s)
{
    if (!is_digit(peek(s))) {
        return unexpected(s, "a digit");
    }
    while (is_digit(peek(s))) {
        s->at++;
    }
    return true;
}

static bool scan_number(struct scan *s)
{
    size_t start = s->at;
    if (peek(s) == '-') {
        s->at++;
    }
    bool zero = peek(s) == '0';
    size_t digits = s->at;
    if (!scan_digits(s)) {
        return false;
    }
    if (zero && s->at > digits + 1) {
        return config_scan_fail(s->doc, start, s->err,
                                "a number with a leading zero, expected it without");
    }
    if (peek(s) == '.') {
        s->at++;
        if (!scan_digits(s)) {
            return false;
        }
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        s->at++;
        if (peek(s) == '+' || peek(s) == '-') {
            s->at++;
        }
        if (!scan_digits(s)) {
            return false;
        }
    }
    if (is_word(peek(s))) {
        return config_scan_fail(s->doc, start, s->err,
                                "a number that runs into a word, expected double quotes "
                                "around what has a unit, such as \"25s\"");
    }
    return true;
}

static bool scan_word(struct scan *s, enum config_node_type *out_type)
{
    static const struct {
        const char *word;
        enum config_node_type type;
    } words[] = {
        {"true", CONFIG_NODE_BOOL}, {"false", CONFIG_NODE_BOOL}, {"null", CONFIG_NODE_NULL}};
    const char *p = s->doc->text + s->at;
    size_t len = 0;
    while (is_word(p[len])) {
        len++;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (len == strlen(words[i].word) && memcmp(p, words[i].word, len) == 0) {
            *out_type = words[i].type;
            s->at += len;
            return true;
        }
    }
    if (len > 0) {
        return config_scan_fail(s->doc, s->at, s->err,
                                "the word %.*s, expected true, false, null or a string in "
                                "double quotes",
                                (int)(len > 40 ? 40 : len), p);
    }
    return unexpected(s, "a value");
}

static size_t add_node(struct config_json *doc)
{
    if (doc->n_nodes == doc->room) {
        doc->room = doc->room ? doc->room * 2 : 64;
        doc->nodes = mem_realloc(doc->nodes, doc->room, sizeof *doc->nodes);
    }
    memset(&doc->nodes[doc->n_nodes], 0, sizeof *doc->nodes);
    return doc->n_nodes++;
}

/* Appends a child to parent; *last is its newest child so far, 0 for none. */
static bool add_child(struct scan *s, size_t parent, size_t *last, size_t *out_node)
{
    struct config_json *doc = s->doc;
    if (doc->nodes[parent].n_children == CONFIG_JSON_MEMBERS_MAX) {
        return config_scan_fail(doc, s->at, s->err,
                                "too many values in one place, expected at most %d",
                                CONFIG_JSON_MEMBERS_MAX);
    }
    size_t node = add_node(doc);
    doc->nodes[node].parent = parent;
    doc->nodes[node].index = doc->nodes[parent].n_children++;
    if (*last) {
        doc->nodes[*last].next = node;
    }
    *last = node;
    *out_node = node;
    return true;
}

static bool check_duplicate(struct scan *s, size_t parent, size_t node)
{
    const struct config_node *nodes = s->doc->nodes;
    for (size_t i = parent + 1; i != node; i = nodes[i].next) {
        if (strcmp(nodes[i].key, nodes[node].key) == 0) {
            char key[CONFIG_QUOTE_SIZE];
            (void)text_clean_str(key, sizeof key, nodes[node].key);
            size_t line, column;
            config_scan_place(s->doc, nodes[i].key_at, &line, &column);
            return config_scan_fail(s->doc, nodes[node].key_at, s->err,
                                    "duplicate key \"%s\", expected once (it is on line %zu "
                                    "already)",
                                    key, line);
        }
    }
    return true;
}

static bool scan_key(struct scan *s, size_t parent, size_t node)
{
    struct config_json *doc = s->doc;
    size_t start = s->at;
    if (peek(s) != '"') {
        return unexpected(s, "a key in double quotes or }");
    }
    if (!scan_string(s)) {
        return false;
    }
    const char *key = doc->text + start + 1;
    size_t len = s->at - start - 2;
    if (memchr(key, '\\', len)) {
        return config_scan_fail(doc, start, s->err,
                                "an escape in a key, expected plain letters");
    }
    doc->nodes[node].key_at = start;
    doc->nodes[node].key = mem_strndup(key, len);
    return check_duplicate(s, parent, node);
}

static bool scan_member(struct scan *s, size_t parent, size_t node)
{
    if (s->doc->nodes[parent].type == CONFIG_NODE_ARRAY) {
        return scan_value(s, node);
    }
    if (!scan_key(s, parent, node) || !skip_blank(s)) {
        return false;
    }
    if (peek(s) != ':') {
        return unexpected(s, "a colon after the key");
    }
    s->at++;
    return skip_blank(s) && scan_value(s, node);
}

/* Behind a member: its comma, or the closing bracket for the caller to find. */
static bool scan_comma(struct scan *s, char close)
{
    if (!skip_blank(s)) {
        return false;
    }
    if (peek(s) == close) {
        return true;
    }
    if (peek(s) != ',') {
        return unexpected(s, close == '}' ? "a comma or }" : "a comma or ]");
    }
    size_t comma = s->at++;
    if (!skip_blank(s)) {
        return false;
    }
    if (peek(s) == close) {
        s->doc->plain[comma] = ' ';
    }
    return true;
}

static bool scan_members(struct scan *s, size_t node)
{
    char close = s->doc->nodes[node].type == CONFIG_NODE_ARRAY ? ']' : '}';
    if (s->depth == CONFIG_JSON_DEPTH_MAX) {
        return config_scan_fail(s->doc, s->at, s->err,
                                "nesting too deep, expected at most %d levels",
                                CONFIG_JSON_DEPTH_MAX);
    }
    s->depth++;
    s->at++;
    size_t last = 0, child = 0;
    if (!skip_blank(s)) {
        return false;
    }
    while (peek(s) != close) {
        if (!add_child(s, node, &last, &child) || !scan_member(s, node, child) ||
            !scan_comma(s, close)) {
            return false;
        }
    }
    s->at++;
    s->depth--;
    return true;
}

static bool scan_value(struct scan *s, size_t node)
{
    struct config_json *doc = s->doc;
    char c = peek(s);
    doc->nodes[node].value_at = s->at;
    bool ok;
    if (c == '{' || c == '[') {
        doc->nodes[node].type = c == '{' ? CONFIG_NODE_OBJECT : CONFIG_NODE_ARRAY;
        ok = scan_members(s, node);
    } else if (c == '"') {
        doc->nodes[node].type = CONFIG_NODE_STRING;
        ok = scan_string(s);
    } else if (c == '-' || is_digit(c)) {
        doc->nodes[node].type = CONFIG_NODE_NUMBER;
        ok = scan_number(s);
    } else {
        enum config_node_type type = CONFIG_NODE_NULL;
        ok = scan_word(s, &type);
        doc->nodes[node].type = type;
    }
    doc->nodes[node].value_end = s->at;
    return ok;
}

/* What no part of the document may hold, comments included. */
static bool check_encoding(const struct config_json *doc, struct error *err)
{
    const char *end = doc->text + doc->len;
    if (doc->len >= 3 && memcmp(doc->text, "\xEF\xBB\xBF", 3) == 0) {
        return config_scan_fail(doc, 0, err, "a byte order mark, expected UTF-8 without one");
    }
    for (const char *p = doc->text; p < end;) {
        uint32_t cp;
        size_t n = text_decode(p, end, &cp);
        size_t at = (size_t)(p - doc->text);
        if (*p == '\0') {
            return config_scan_fail(doc, at, err, "a NUL byte, expected text");
        }
        if (n == 1 && (unsigned char)*p >= 0x80) {
            return config_scan_fail(doc, at, err, "byte 0x%02x is not UTF-8, expected UTF-8",
                                    (unsigned)(unsigned char)*p);
        }
        p += n;
    }
    return true;
}

bool config_scan(struct config_json *doc, struct error *err)
{
    if (!check_encoding(doc, err)) {
        return false;
    }
    struct scan s = {.doc = doc, .err = err};
    size_t root = add_node(doc);
    if (!skip_blank(&s) || !scan_value(&s, root) || !skip_blank(&s)) {
        return false;
    }
    if (s.at < doc->len) {
        return unexpected(&s, "nothing after the document");
    }
    return true;
}
