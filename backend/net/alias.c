#include "backend/net/alias.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "backend/mem.h"
#include "backend/net/alias_shape.h"
#include "backend/net/text.h"

#define NAMES_MAX 2048 /* told and found; what is found after that shares one alias a kind */
#define KEPT_MAX  64
#define REST_MIN  4 /* what is left of a name that was cut tells something from here on */
#define REST_WORD 5 /* the same where it may be a word of its own */

struct name {
    char *text;
    size_t len;
    enum alias_kind kind;
    unsigned number;
    size_t next; /* with the same first letter: its index + 1; 0: none */
};

struct alias_table {
    pthread_mutex_t mu;
    // below: guarded by mu
    size_t n, room;
    struct name *names;
    size_t first[256]; /* the newest name that begins so, index + 1; letters in lower case */
    unsigned counts[ALIAS_KIND_COUNT];
    size_t n_kept;
    char *kept[KEPT_MAX];
};

static const char *const kinds[ALIAS_KIND_COUNT] = {
    [ALIAS_SOURCE] = "src", [ALIAS_DR] = "dr",     [ALIAS_HOST] = "host",
    [ALIAS_ADDRESS] = "ip", [ALIAS_USER] = "user", [ALIAS_MAIL] = "mail",
    [ALIAS_UUID] = "uuid",  [ALIAS_URL] = "url",   [ALIAS_JOB] = "job",
    [ALIAS_VPN] = "vpn",    [ALIAS_ID] = "id",     [ALIAS_PATH] = "path",
};

/* What is being written. */
struct pen {
    char *out;
    size_t size, n;
    bool full;
};

/* All of s or none of it. */
static void put(struct pen *pen, const char *s, size_t len)
{
    if (pen->full || pen->n + len >= pen->size) {
        pen->full = true;
        return;
    }
    memcpy(pen->out + pen->n, s, len);
    pen->n += len;
}

struct alias_table *alias_create(void)
{
    struct alias_table *t = mem_alloc(1, sizeof *t);
    (void)pthread_mutex_init(&t->mu, NULL);
    return t;
}

void alias_destroy(struct alias_table *t)
{
    if (!t) {
        return;
    }
    for (size_t i = 0; i < t->n; i++) {
        free(t->names[i].text);
    }
    for (size_t i = 0; i < t->n_kept; i++) {
        free(t->kept[i]);
    }
    free(t->names);
    (void)pthread_mutex_destroy(&t->mu);
    free(t);
}

static bool same(const char *a, const char *b, size_t len)
{
    return strncasecmp(a, b, len) == 0;
}

static unsigned char letter_of(const char *p)
{
    return (unsigned char)(*p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p);
}

static const struct name *first_like(const struct alias_table *t, const char *p)
{
    size_t at = t->first[letter_of(p)];
    return at ? &t->names[at - 1] : NULL;
}

static const struct name *next_like(const struct alias_table *t, const struct name *name)
{
    return name->next ? &t->names[name->next - 1] : NULL;
}

static const struct name *find(const struct alias_table *t, const char *p, size_t len)
{
    const struct name *name = first_like(t, p);
    while (name && !(name->len == len && same(name->text, p, len))) {
        name = next_like(t, name);
    }
    return name;
}

/* NULL when the table is full. */
static const struct name *add(struct alias_table *t, enum alias_kind kind, const char *p,
                              size_t len)
{
    if (t->n == NAMES_MAX) {
        return NULL;
    }
    if (t->n == t->room) {
        t->room = t->room ? 2 * t->room : 64;
        t->names = mem_realloc(t->names, t->room, sizeof *t->names);
    }
    size_t *first = &t->first[letter_of(p)];
    t->names[t->n] = (struct name){mem_strndup(p, len), len, kind, ++t->counts[kind], *first};
    *first = t->n + 1;
    return &t->names[t->n++];
}

static bool is_number(const char *s)
{
    return s[strspn(s, "0123456789")] == '\0';
}

void alias_add(struct alias_table *t, enum alias_kind kind, const char *name)
{
    size_t len = name ? strlen(name) : 0;
    if (len < 2 || is_number(name) || alias_is_plain_word(name, len)) {
        return;
    }
    (void)pthread_mutex_lock(&t->mu);
    if (!find(t, name, len)) {
        (void)add(t, kind, name, len);
    }
    (void)pthread_mutex_unlock(&t->mu);
}

void alias_keep(struct alias_table *t, const char *text)
{
    (void)pthread_mutex_lock(&t->mu);
    while (text && *text) {
        size_t len = strcspn(text, " ");
        bool name = find(t, text, len) || alias_shape(text, text).len >= len;
        if (len > 0 && t->n_kept < KEPT_MAX && !name) {
            t->kept[t->n_kept++] = mem_strndup(text, len);
        }
        text += len + strspn(text + len, " ");
    }
    (void)pthread_mutex_unlock(&t->mu);
}

/* --- in a text */

static bool is_kept(const struct alias_table *t, const char *p, size_t len)
{
    for (size_t i = 0; i < t->n_kept; i++) {
        if (strlen(t->kept[i]) == len && same(t->kept[i], p, len)) {
            return true;
        }
    }
    return alias_is_plain_word(p, len);
}

/* "host-12": one of ours, that stays. */
static bool is_alias(const struct alias_table *t, const char *p, size_t len)
{
    for (int kind = 0; kind < ALIAS_KIND_COUNT; kind++) {
        size_t head = strlen(kinds[kind]);
        if (len <= head + 1 || !same(p, kinds[kind], head) || p[head] != '-') {
            continue;
        }
        char digits[12] = "";
        size_t n = len - head - 1;
        memcpy(digits, p + head + 1, n < sizeof digits ? n : sizeof digits - 1);
        if (n == 1 && digits[0] == 'x') {
            return true;
        }
        unsigned long number = strtoul(digits, NULL, 10);
        return n < sizeof digits && is_number(digits) && number > 0 &&
               number <= t->counts[kind];
    }
    return false;
}

/* Was the text cut here? */
static bool is_cut(const char *p)
{
    return !*p || *p == '\n' || strncmp(p, "\xe2\x80\xa6", 3) == 0 ||
           strncmp(p, "...", 3) == 0 || (p[0] == '~' && !p[1]);
}

/* Does it tell anything? Digits with fewer than two dots are a number. */
static bool tells(const char *p, size_t len)
{
    size_t dots = 0;
    bool letters = false;
    for (size_t i = 0; i < len; i++) {
        dots += p[i] == '.';
        letters = letters || !strchr("0123456789.", p[i]);
    }
    return len >= REST_MIN && (letters || dots >= 2);
}

static size_t in_common(const struct name *name, const char *p)
{
    size_t n = 0;
    while (n < name->len && p[n] && same(name->text + n, p + n, 1)) {
        n++;
    }
    return n;
}

/* How much of a name stands at p: all of it, or the beginning that a cut has left. */
static size_t stands(const struct alias_table *t, const struct name *name, const char *p)
{
    size_t n = in_common(name, p);
    if (n == name->len) {
        return alias_is_letter(name->text[n - 1]) && alias_is_letter(p[n]) ? 0 : n;
    }
    while (n > 0 && p[n - 1] == '.' && !is_cut(p + n)) {
        n--; /* of an ellipsis */
    }
    if (!tells(p, n) || is_kept(t, p, n)) {
        return 0;
    }
    if (is_cut(p + n)) {
        return n;
    }
    size_t word = alias_word(p), more = strspn(p + word, ".-_");
    return n >= REST_WORD && (n == word || n == word + more) && !is_kept(t, p, word) ? n : 0;
}

/* The name at p of which most stands there. */
static const struct name *known(const struct alias_table *t, const char *p, size_t *out_len)
{
    const struct name *best = NULL;
    *out_len = 0;
    for (const struct name *name = first_like(t, p); name; name = next_like(t, name)) {
        size_t n = stands(t, name, p);
        bool whole = n == name->len;
        if (n > *out_len || (n > 0 && n == *out_len && (whole || best->len != n))) {
            best = name; /* of equals the one that was told first */
            *out_len = n;
        }
    }
    return best;
}

static void put_alias(struct pen *pen, enum alias_kind kind, const struct name *name)
{
    char alias[24];
    int n = name ? snprintf(alias, sizeof alias, "%s-%u", kinds[name->kind], name->number)
                 : snprintf(alias, sizeof alias, "%s-x", kinds[kind]);
    put(pen, alias, (size_t)n);
}

/* Writes an alias for what stands at p, the beginning of a word, and returns how much it stands
 * for; 0: nothing to hide. */
static size_t hide(struct alias_table *t, struct pen *pen, const char *text, const char *p)
{
    size_t word = alias_word(p), len;
    const struct name *name = known(t, p, &len);
    struct alias_shape shape = alias_shape(text, p);
    bool stays = word > 0 && (is_kept(t, p, word) || is_alias(t, p, word));
    if (stays && word >= len && word >= shape.len) {
        put(pen, p, word);
        return word;
    }
    if (len == 0 && shape.len == 0) {
        return 0;
    }
    if (shape.len > len) {
        const struct name *before = find(t, p, shape.len);
        name = before ? before : add(t, shape.kind, p, shape.len);
        len = shape.len;
    }
    put_alias(pen, shape.kind, name);
    return len;
}

static bool begins_word(const char *text, const char *p)
{
    return p == text || !alias_is_letter(p[-1]) || !alias_is_letter(*p);
}

static void rewrite(struct alias_table *t, struct pen *pen, const char *text)
{
    const char *p = text, *end = text + strlen(text);
    while (*p && !pen->full) {
        size_t n = *p != ' ' && begins_word(text, p) ? hide(t, pen, text, p) : 0;
        if (n == 0) {
            uint32_t cp;
            n = text_decode(p, end, &cp);
            put(pen, p, n);
        }
        p += n;
    }
}

size_t alias_text(struct alias_table *t, char *out, size_t out_size, const char *text)
{
    struct pen pen = {.out = out, .size = out_size};
    if (out_size == 0) {
        return 0;
    }
    if (!t) {
        return text_copy(out, out_size, text);
    }
    (void)pthread_mutex_lock(&t->mu);
    rewrite(t, &pen, text);
    (void)pthread_mutex_unlock(&t->mu);
    out[pen.n] = '\0';
    return pen.n;
}
