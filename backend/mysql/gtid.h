/* GTID sets of MySQL (uuid:1-5:9, with tags from 8.3) and GTID positions of MariaDB
 * (domain-server-sequence). Pure; a set is a value on the heap that its creator destroys.
 *
 * Grammar, limits and corner cases are those of facts measured on MySQL 9.7: upper case, blanks,
 * empty members, unsorted and overlapping intervals are accepted, "5-1" and a bare uuid are
 * empty, 0, "1-" and numbers above 9223372036854775806 are malformed. */
#ifndef DRTOP_MYSQL_GTID_H
#define DRTOP_MYSQL_GTID_H

#include "backend/fact/opt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gtid_set;

/* Returns a new set, or NULL when the text is malformed. NULL text gives NULL. */
struct gtid_set *gtid_parse(const char *text);
void gtid_destroy(struct gtid_set *set);

/* New sets: members of a that are not in b; members of either. */
struct gtid_set *gtid_subtract(const struct gtid_set *a, const struct gtid_set *b);
struct gtid_set *gtid_union(const struct gtid_set *a, const struct gtid_set *b);

bool gtid_is_subset(const struct gtid_set *a, const struct gtid_set *b);
bool gtid_is_empty(const struct gtid_set *set);

/* Number of transactions; saturates at UINT64_MAX. */
uint64_t gtid_count(const struct gtid_set *set);

/* Canonical text as the server prints it (uuids and tags sorted, lower case), but joined by ","
 * without a newline. Returns the length that the whole text has, like snprintf. */
size_t gtid_format(const struct gtid_set *set, char *out, size_t out_size);

/* MariaDB: transactions by which position `behind` trails position `ahead` ("0-1-17,1-1-4"),
 * summed over the domains. Unknown when either is malformed or empty, or a domain of `behind` is
 * past `ahead` (another writer's history). Exact only with one writer a domain. */
struct opt_i64 gtid_mariadb_behind(const char *ahead, const char *behind);

#endif
