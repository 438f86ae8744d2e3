#include "backend/mysql/gtid.h"

#include "backend/mem.h"
#include "backend/mysql/gtid_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UUID_LEN 36
#define TAG_MAX  32
/* The server's largest number; one more is malformed. */
#define NUMBER_MAX ((uint64_t)INT64_MAX - 1)

struct interval {
    uint64_t first, last; /* inclusive */
};

/* The transactions of one server under one tag (empty: untagged). */
struct sequence {
    char uuid[UUID_LEN + 1];
    char tag[TAG_MAX + 1];
    size_t n, cap;
    struct interval *iv; /* ascending, with a hole between any two, once the set is built */
};

/* Sequences ascend by uuid, then tag; none is empty once the set is built. */
struct gtid_set {
    size_t n, cap;
    struct sequence *seq;
};

static struct gtid_set *set_create(void)
{
    return mem_alloc(1, sizeof(struct gtid_set));
}

void gtid_destroy(struct gtid_set *set)
{
    if (!set) {
        return;
    }
    for (size_t i = 0; i < set->n; i++) {
        free(set->seq[i].iv);
    }
    free(set->seq);
    free(set);
}

static int sequence_order(const struct sequence *s, const char *uuid, const char *tag)
{
    int order = strcmp(s->uuid, uuid);
    return order != 0 ? order : strcmp(s->tag, tag);
}

/* Index of the first sequence that does not come before (uuid, tag). */
static size_t sequence_lower(const struct gtid_set *set, const char *uuid, const char *tag)
{
    size_t low = 0, high = set->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (sequence_order(&set->seq[mid], uuid, tag) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static const struct sequence *sequence_find(const struct gtid_set *set, const char *uuid,
                                            const char *tag)
{
    size_t i = sequence_lower(set, uuid, tag);
    return i < set->n && sequence_order(&set->seq[i], uuid, tag) == 0 ? &set->seq[i] : NULL;
}

/* The sequence of (uuid, tag), made when it is missing. Valid until the next call. */
static struct sequence *sequence_get(struct gtid_set *set, const char *uuid, const char *tag)
{
    size_t i = sequence_lower(set, uuid, tag);
    if (i < set->n && sequence_order(&set->seq[i], uuid, tag) == 0) {
        return &set->seq[i];
    }
    if (set->n == set->cap) {
        set->cap = set->cap ? set->cap * 2 : 4;
        set->seq = mem_realloc(set->seq, set->cap, sizeof *set->seq);
    }
    memmove(&set->seq[i + 1], &set->seq[i], (set->n - i) * sizeof *set->seq);
    set->n++;
    set->seq[i] = (struct sequence){.n = 0};
    (void)snprintf(set->seq[i].uuid, sizeof set->seq[i].uuid, "%s", uuid);
    (void)snprintf(set->seq[i].tag, sizeof set->seq[i].tag, "%s", tag);
    return &set->seq[i];
}

static void sequence_add(struct sequence *s, uint64_t first, uint64_t last)
{
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 4;
        s->iv = mem_realloc(s->iv, s->cap, sizeof *s->iv);
    }
    s->iv[s->n++] = (struct interval){.first = first, .last = last};
}

static int interval_order(const void *a, const void *b)
{
    const struct interval *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

/* Sorts, and joins what overlaps or touches. */
static void sequence_normalise(struct sequence *s)
{
    if (s->n < 2) {
        return;
    }
    qsort(s->iv, s->n, sizeof *s->iv, interval_order);
    size_t kept = 0;
    for (size_t i = 1; i < s->n; i++) {
        if (s->iv[i].first <= s->iv[kept].last + 1) {
            if (s->iv[i].last > s->iv[kept].last) {
                s->iv[kept].last = s->iv[i].last;
            }
        } else {
            s->iv[++kept] = s->iv[i];
        }
    }
    s->n = kept + 1;
}

static void set_normalise(struct gtid_set *set)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->n; i++) {
        sequence_normalise(&set->seq[i]);
        if (set->seq[i].n == 0) {
            free(set->seq[i].iv);
        } else {
            set->seq[kept++] = set->seq[i];
        }
    }
    set->n = kept;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool take_uuid(const char **p, char out[UUID_LEN + 1])
{
    for (int i = 0; i < UUID_LEN; i++) {
        char c = lower((*p)[i]);
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? c != '-' : !(is_digit(c) || (c >= 'a' && c <= 'f'))) {
            return false;
        }
        out[i] = c;
    }
    out[UUID_LEN] = '\0';
    *p += UUID_LEN;
    return true;
}

static bool is_tag_start(char c)
{
    return (c >= 'a' && c <= 'z') || c == '_';
}

static bool take_tag(const char **p, char out[TAG_MAX + 1])
{
    size_t n = 0;
    for (; is_tag_start(lower(**p)) || is_digit(**p); (*p)++) {
        if (n == TAG_MAX) {
            return false;
        }
        out[n++] = lower(**p);
    }
    out[n] = '\0';
    return n > 0;
}

static bool take_interval(const char **p, struct sequence *s)
{
    uint64_t first, last;
    if (!scan_number(p, NUMBER_MAX, &first) || first == 0) {
        return false;
    }
    last = first;
    if (scan_mark(p, '-') && (!scan_number(p, NUMBER_MAX, &last) || last == 0)) {
        return false;
    }
    if (first <= last) {
        sequence_add(s, first, last);
    }
    return true;
}

/* One member: a uuid and what follows it up to a comma or the end. */
static bool take_member(const char **p, struct gtid_set *set)
{
    char uuid[UUID_LEN + 1], tag[TAG_MAX + 1] = "";
    if (!take_uuid(p, uuid)) {
        return false;
    }
    struct sequence *s = NULL;
    while (scan_mark(p, ':')) {
        scan_blanks(p);
        if (is_tag_start(lower(**p))) {
            if (!take_tag(p, tag)) {
                return false;
            }
            s = NULL;
            continue;
        }
        if (!s) {
            s = sequence_get(set, uuid, tag);
        }
        if (!take_interval(p, s)) {
            return false;
        }
    }
    return true;
}

struct gtid_set *gtid_parse(const char *text)
{
    if (!text) {
        return NULL;
    }
    struct gtid_set *set = set_create();
    const char *p = text;
    for (;;) {
        while (scan_mark(&p, ',')) {
        }
        if (*p == '\0') {
            break;
        }
        if (!take_member(&p, set)) {
            goto fail;
        }
        scan_blanks(&p);
        if (*p != ',' && *p != '\0') {
            goto fail;
        }
    }
    set_normalise(set);
    return set;

fail:
    gtid_destroy(set);
    return NULL;
}

/* Adds to out what iv holds beyond the intervals of b from *j on; *j only moves forward. */
static void interval_subtract(struct sequence *out, struct interval iv,
                              const struct sequence *b, size_t *j)
{
    while (*j < b->n && b->iv[*j].last < iv.first) {
        (*j)++;
    }
    for (size_t k = *j; k < b->n && b->iv[k].first <= iv.last; k++) {
        if (b->iv[k].first > iv.first) {
            sequence_add(out, iv.first, b->iv[k].first - 1);
        }
        if (b->iv[k].last >= iv.last) {
            return;
        }
        iv.first = b->iv[k].last + 1;
    }
    sequence_add(out, iv.first, iv.last);
}

struct gtid_set *gtid_subtract(const struct gtid_set *a, const struct gtid_set *b)
{
    static const struct sequence nothing;
    struct gtid_set *set = set_create();
    for (size_t i = 0; i < a->n; i++) {
        const struct sequence *from = &a->seq[i];
        const struct sequence *away = sequence_find(b, from->uuid, from->tag);
        struct sequence *out = sequence_get(set, from->uuid, from->tag);
        size_t j = 0;
        for (size_t k = 0; k < from->n; k++) {
            interval_subtract(out, from->iv[k], away ? away : &nothing, &j);
        }
    }
    set_normalise(set);
    return set;
}

static void set_add_all(struct gtid_set *set, const struct gtid_set *from)
{
    for (size_t i = 0; i < from->n; i++) {
        struct sequence *s = sequence_get(set, from->seq[i].uuid, from->seq[i].tag);
        for (size_t k = 0; k < from->seq[i].n; k++) {
            sequence_add(s, from->seq[i].iv[k].first, from->seq[i].iv[k].last);
        }
    }
}

struct gtid_set *gtid_union(const struct gtid_set *a, const struct gtid_set *b)
{
    struct gtid_set *set = set_create();
    set_add_all(set, a);
    set_add_all(set, b);
    set_normalise(set);
    return set;
}

static bool sequence_is_subset(const struct sequence *a, const struct sequence *b)
{
    size_t j = 0;
    for (size_t k = 0; k < a->n; k++) {
        while (j < b->n && b->iv[j].last < a->iv[k].first) {
            j++;
        }
        /* Intervals of b do not touch, so one alone has to hold all of it. */
        if (j == b->n || b->iv[j].first > a->iv[k].first || b->iv[j].last < a->iv[k].last) {
            return false;
        }
    }
    return true;
}

bool gtid_is_subset(const struct gtid_set *a, const struct gtid_set *b)
{
    for (size_t i = 0; i < a->n; i++) {
        const struct sequence *other = sequence_find(b, a->seq[i].uuid, a->seq[i].tag);
        if (!other || !sequence_is_subset(&a->seq[i], other)) {
            return false;
        }
    }
    return true;
}

bool gtid_is_empty(const struct gtid_set *set)
{
    return set->n == 0;
}

uint64_t gtid_count(const struct gtid_set *set)
{
    uint64_t count = 0;
    for (size_t i = 0; i < set->n; i++) {
        const struct sequence *s = &set->seq[i];
        for (size_t k = 0; k < s->n; k++) {
            uint64_t n = s->iv[k].last - s->iv[k].first + 1;
            if (count > UINT64_MAX - n) {
                return UINT64_MAX;
            }
            count += n;
        }
    }
    return count;
}

/* Where formatted text goes: what does not fit is only counted. */
struct sink {
    char *out;
    size_t size, len;
};

static void sink_put(struct sink *sink, const char *text)
{
    size_t n = strlen(text);
    if (sink->len < sink->size) {
        size_t room = sink->size - sink->len - 1;
        size_t part = n < room ? n : room;
        memcpy(sink->out + sink->len, text, part);
        sink->out[sink->len + part] = '\0';
    }
    sink->len += n;
}

static void format_intervals(struct sink *sink, const struct sequence *s)
{
    for (size_t k = 0; k < s->n; k++) {
        char text[48];
        if (s->iv[k].first == s->iv[k].last) {
            (void)snprintf(text, sizeof text, ":%llu", (unsigned long long)s->iv[k].first);
        } else {
            (void)snprintf(text, sizeof text, ":%llu-%llu", (unsigned long long)s->iv[k].first,
                           (unsigned long long)s->iv[k].last);
        }
        sink_put(sink, text);
    }
}

size_t gtid_format(const struct gtid_set *set, char *out, size_t out_size)
{
    struct sink sink = {.out = out, .size = out_size};
    sink_put(&sink, "");
    for (size_t i = 0; i < set->n; i++) {
        const struct sequence *s = &set->seq[i];
        if (i == 0 || strcmp(set->seq[i - 1].uuid, s->uuid) != 0) {
            sink_put(&sink, i == 0 ? "" : ",");
            sink_put(&sink, s->uuid);
        }
        if (s->tag[0] != '\0') {
            sink_put(&sink, ":");
            sink_put(&sink, s->tag);
        }
        format_intervals(&sink, s);
    }
    return sink.len;
}
