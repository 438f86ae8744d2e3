/* A folder with a store, for the tests of the store and what stands on it. */
#ifndef DRTOP_TESTS_STORE_PLACE_H
#define DRTOP_TESTS_STORE_PLACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/mem.h"
#include "backend/record/store.h"
#include "backend/record/store_schema.h"

#define T0 1764000000000LL

static struct error err; /* of the test that runs */

struct place {
    char folder[PATH_MAX], path[PATH_MAX + 16];
};

static inline int setup(void **state)
{
    struct place *p = mem_alloc(1, sizeof *p);
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(p->folder, sizeof p->folder, "%s/store.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(p->folder));
    (void)snprintf(p->path, sizeof p->path, "%s/pair.db", p->folder);
    *state = p;
    return 0;
}

static inline void remove_tree(const char *folder)
{
    DIR *d = opendir(folder);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        char path[PATH_MAX];
        (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && remove(path) != 0) {
            remove_tree(path);
        }
    }
    if (d) {
        (void)closedir(d);
    }
    (void)remove(folder);
}

static inline int teardown(void **state)
{
    struct place *p = *state;
    remove_tree(p->folder);
    free(p);
    return 0;
}

static inline struct store *open_store(const struct place *p, enum store_mode mode)
{
    struct store *st = store_open(p->path, mode, &err);
    if (!st) {
        fail_msg("%s", err.text);
    }
    return st;
}

#define OK(call)                                                                               \
    do {                                                                                       \
        if (!(call)) {                                                                         \
            fail_msg("%s: %s", #call, err.text);                                               \
        }                                                                                      \
    } while (0)

/* Runs one statement on a connection of its own; returns the first column of the first row. */
static inline int64_t raw(const struct place *p, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *q;
    assert_int_equal(sqlite3_open(p->path, &db), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    }
    int rc = sqlite3_step(q);
    int64_t v = rc == SQLITE_ROW ? sqlite3_column_int64(q, 0) : 0;
    assert_true(rc == SQLITE_ROW || rc == SQLITE_DONE);
    (void)sqlite3_finalize(q);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return v;
}

/* A store as a drtop of an older schema left it. */
static inline void make_older(const struct place *p, int schema)
{
    sqlite3 *db;
    char pragma[40];
    assert_int_equal(sqlite3_open(p->path, &db), SQLITE_OK);
    for (int i = 0; i < schema; i++) {
        assert_int_equal(sqlite3_exec(db, store_steps[i], NULL, NULL, NULL), SQLITE_OK);
    }
    (void)snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d", schema);
    assert_int_equal(sqlite3_exec(db, pragma, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static inline struct alert lag_alert(void)
{
    return (struct alert){.kind = ALERT_LAG,
                          .subject = 2,
                          .severity = ALERT_WARN,
                          .state = ALERT_OPEN,
                          .began_wall_ms = T0 - 3000,
                          .opened_wall_ms = T0,
                          .peak = opt_f64(2.5),
                          .text = "lag above 1 s",
                          .incident = "DR-20251124-160000"};
}

static inline void put(struct store *st, const struct alert *a)
{
    OK(store_begin(st, true, &err));
    OK(store_alert_put(st, a, &err));
    OK(store_commit(st, &err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
