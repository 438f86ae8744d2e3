#include "backend/mysql/binlog.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Reads a run of decimal digits that ends at end. */
static bool read_digits(const char *p, const char *end, uint64_t *out)
{
    if (p == end) {
        return false;
    }
    uint64_t n = 0;
    for (; p < end; p++) {
        if (*p < '0' || *p > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(*p - '0');
        if (n > (UINT64_MAX - digit) / 10) {
            return false;
        }
        n = n * 10 + digit;
    }
    *out = n;
    return true;
}

bool binlog_number(const char *file, size_t *out_base_len, uint64_t *out_number)
{
    const char *dot = strrchr(file, '.');
    uint64_t number;
    if (!dot || dot == file || !read_digits(dot + 1, dot + strlen(dot), &number)) {
        return false;
    }
    *out_base_len = (size_t)(dot - file);
    *out_number = number;
    return true;
}

/* The numbers of two files under one base name. */
static bool numbers_of(const char *a, const char *b, uint64_t *out_a, uint64_t *out_b)
{
    size_t len_a, len_b;
    uint64_t num_a, num_b;
    if (!binlog_number(a, &len_a, &num_a) || !binlog_number(b, &len_b, &num_b)) {
        return false;
    }
    if (len_a != len_b || memcmp(a, b, len_a) != 0) {
        return false;
    }
    *out_a = num_a;
    *out_b = num_b;
    return true;
}

bool binlog_compare(const struct binlog_coord *a, const struct binlog_coord *b, int *out)
{
    uint64_t num_a, num_b;
    if (!numbers_of(a->file, b->file, &num_a, &num_b)) {
        return false;
    }
    if (num_a != num_b) {
        *out = num_a < num_b ? -1 : 1;
    } else {
        *out = (a->pos > b->pos) - (a->pos < b->pos);
    }
    return true;
}

static struct binlog_distance distance_of(enum binlog_distance_kind kind)
{
    return (struct binlog_distance){.kind = kind};
}

static struct binlog_distance distance_exact(uint64_t bytes)
{
    if (bytes > INT64_MAX) {
        return distance_of(BINLOG_UNKNOWN);
    }
    return (struct binlog_distance){.kind = BINLOG_EXACT, .bytes = opt_i64((int64_t)bytes)};
}

/* Where the file with this number stands in the list, or list->n. */
static size_t find_file(const struct binlog_list *list, const char *like, uint64_t number)
{
    for (size_t i = 0; i < list->n; i++) {
        uint64_t wanted, n;
        if (numbers_of(like, list->files[i].name, &wanted, &n) && n == number) {
            return i;
        }
    }
    return list->n;
}

/* True when every file of the list has a larger number: `number` is gone from the source. */
static bool is_purged(const struct binlog_list *list, const char *file, uint64_t number)
{
    uint64_t mine, first;
    return list->n > 0 && numbers_of(file, list->files[0].name, &mine, &first) &&
           number < first;
}

/* From a file to a later one. Every file in [from, to] has to be listed: the last file of a
 * list may still have been growing when it was read, so its size only serves once a newer one
 * shows. */
static struct binlog_distance across_files(const struct binlog_list *list,
                                           const struct binlog_coord *from,
                                           uint64_t from_number, const struct binlog_coord *to,
                                           uint64_t to_number)
{
    if (!list || list->n == 0) {
        return distance_of(BINLOG_UNKNOWN);
    }
    if (is_purged(list, from->file, from_number)) {
        return distance_of(BINLOG_PURGED);
    }
    size_t i = find_file(list, from->file, from_number);
    if (i == list->n || list->files[i].size < from->pos) {
        return distance_of(BINLOG_UNKNOWN);
    }
    uint64_t bytes = list->files[i].size - from->pos;
    for (uint64_t number = from_number + 1;; number++) {
        i++;
        uint64_t base, listed;
        if (i == list->n || !numbers_of(from->file, list->files[i].name, &base, &listed) ||
            listed != number) {
            return distance_of(BINLOG_UNKNOWN);
        }
        uint64_t add = number == to_number ? to->pos : list->files[i].size;
        if (bytes > UINT64_MAX - add) {
            return distance_of(BINLOG_UNKNOWN);
        }
        bytes += add;
        if (number == to_number) {
            return distance_exact(bytes);
        }
    }
}

struct binlog_distance binlog_distance(const struct binlog_list *list,
                                       const struct binlog_coord *from,
                                       const struct binlog_coord *to)
{
    if (!binlog_known(from) || !binlog_known(to)) {
        return distance_of(BINLOG_UNKNOWN);
    }
    uint64_t from_number, to_number;
    if (!numbers_of(from->file, to->file, &from_number, &to_number)) {
        return distance_of(BINLOG_FOREIGN);
    }
    if (from_number < to_number) {
        return across_files(list, from, from_number, to, to_number);
    }
    if (from_number == to_number && from->pos <= to->pos) {
        return distance_exact(to->pos - from->pos);
    }
    struct binlog_distance back = binlog_distance(list, to, from);
    return (struct binlog_distance){.kind = BINLOG_AHEAD, .bytes = back.bytes};
}

bool binlog_parse(const char *text, struct binlog_coord *out)
{
    const char *colon = strrchr(text, ':');
    if (!colon || (size_t)(colon - text) >= BINLOG_NAME_MAX) {
        return false;
    }
    struct binlog_coord c = {.pos = 0};
    memcpy(c.file, text, (size_t)(colon - text));
    size_t base_len;
    uint64_t number;
    if (!read_digits(colon + 1, colon + strlen(colon), &c.pos) ||
        !binlog_number(c.file, &base_len, &number)) {
        return false;
    }
    *out = c;
    return true;
}

void binlog_list_finish(struct binlog_list *list)
{
    if (!list) {
        return;
    }
    free(list->files);
    *list = (struct binlog_list){.n = 0};
}
