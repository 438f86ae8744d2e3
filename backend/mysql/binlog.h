/* Binary-log coordinates and the distance between them. Pure.
 *
 * Files are ordered by their numeric suffix (7 digits follow 6) under one base name. The distance
 * between two coordinates is the sum over the sizes in the source's SHOW BINARY LOGS:
 *     p2 - p1                                     in one file
 *     size(f1) - p1 + sizes between + p2          across rotations
 * and is unknown, never 0, when f1 has been purged from that list. */
#ifndef DRTOP_MYSQL_BINLOG_H
#define DRTOP_MYSQL_BINLOG_H

#include "backend/fact/opt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BINLOG_NAME_MAX 128

/* A zeroed coordinate (empty file) is unknown. */
struct binlog_coord {
    char file[BINLOG_NAME_MAX];
    uint64_t pos;
};

struct binlog_file {
    char name[BINLOG_NAME_MAX];
    uint64_t size;
};

/* The source's list, oldest first. Heap memory of the owner. */
struct binlog_list {
    size_t n;
    struct binlog_file *files;
};

enum binlog_distance_kind {
    BINLOG_EXACT,   /* bytes is the distance */
    BINLOG_UNKNOWN, /* a coordinate, or a file between the two, is not known */
    BINLOG_PURGED,  /* the first file is older than the list: gone from the source */
    BINLOG_AHEAD,   /* from is past to; bytes is the amount (positive) where it is known */
    BINLOG_FOREIGN, /* the base names differ: not positions of one server */
};

struct binlog_distance {
    enum binlog_distance_kind kind;
    struct opt_i64 bytes;
};

static inline bool binlog_known(const struct binlog_coord *c)
{
    return c->file[0] != '\0';
}

/* Splits "mysql-bin.000124" into its base length and number. False when there is no numeric
 * suffix or it does not fit. */
bool binlog_number(const char *file, size_t *out_base_len, uint64_t *out_number);

/* Orders two coordinates: sets *out to <0, 0, >0. False when they cannot be compared. */
bool binlog_compare(const struct binlog_coord *a, const struct binlog_coord *b, int *out);

/* Distance from `from` to `to`, with the sizes in list. list may be NULL (one file only). The
 * size of the file that `to` stands in is never needed, so a list read a moment earlier serves. */
struct binlog_distance binlog_distance(const struct binlog_list *list,
                                       const struct binlog_coord *from,
                                       const struct binlog_coord *to);

/* Parses "file:pos", as tests and fixtures write it. */
bool binlog_parse(const char *text, struct binlog_coord *out);

void binlog_list_finish(struct binlog_list *list);

#endif
