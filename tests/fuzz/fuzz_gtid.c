/* GTID sets from raw bytes: what is printed has to parse to the same set, and subtraction and
 * union have to obey the laws of sets. */
#include "backend/mysql/gtid.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool equal(const struct gtid_set *a, const struct gtid_set *b)
{
    return gtid_is_subset(a, b) && gtid_is_subset(b, a);
}

static void check_round_trip(const struct gtid_set *set)
{
    size_t len = gtid_format(set, NULL, 0);
    char *text = malloc(len + 1);
    assert(text && gtid_format(set, text, len + 1) == len && strlen(text) == len);
    struct gtid_set *again = gtid_parse(text);
    assert(again && equal(set, again) && gtid_count(set) == gtid_count(again));
    gtid_destroy(again);
    free(text);
}

static void check_laws(const struct gtid_set *a, const struct gtid_set *b)
{
    struct gtid_set *a_only = gtid_subtract(a, b), *b_only = gtid_subtract(b, a);
    struct gtid_set *all = gtid_union(a, b), *joined = gtid_union(a_only, b);
    struct gtid_set *common = gtid_subtract(a, a_only);
    assert(equal(joined, all));
    assert(gtid_is_subset(a, all) && gtid_is_subset(b, all));
    assert(gtid_is_subset(common, b) && gtid_is_subset(a_only, a));
    assert(gtid_is_empty(a_only) == gtid_is_subset(a, b));
    uint64_t total = gtid_count(all);
    if (total < UINT64_MAX) {
        assert(total == gtid_count(a_only) + gtid_count(b_only) + gtid_count(common));
    }
    check_round_trip(a_only);
    check_round_trip(all);
    gtid_destroy(a_only);
    gtid_destroy(b_only);
    gtid_destroy(all);
    gtid_destroy(joined);
    gtid_destroy(common);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(size + 1, 1);
    assert(text);
    if (size > 0) {
        memcpy(text, data, size);
    }
    char *bar = strchr(text, '|');
    if (bar) {
        *bar = '\0';
    }
    const char *other = bar ? bar + 1 : "";
    struct gtid_set *a = gtid_parse(text), *b = gtid_parse(other);
    if (a && b) {
        check_laws(a, b);
    }
    struct opt_i64 n = gtid_mariadb_behind(text, other);
    struct opt_i64 back = gtid_mariadb_behind(other, text);
    assert(!n.known || (n.v >= 0 && (!back.known || n.v == back.v)));
    gtid_destroy(a);
    gtid_destroy(b);
    free(text);
    return 0;
}
