#include "backend/record/store_db.h"

#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backend/fact/clock.h"
#include "backend/mem.h"
#include "backend/record/store_schema.h"

/* Of pages kept a connection: what is asked is small, and there are several connections. */
#define CACHE_KIB "256"

/* Reading all of a larger file would take longer than a start may. */
#define CHECK_BYTES_MAX ((int64_t)64 * 1024 * 1024)

static bool read_schema(struct store *st, struct error *err)
{
    struct sql q = sql_begin(st, "PRAGMA user_version");
    int schema = sql_row(&q) ? (int)sql_col_i64(&q, 0) : 0;
    if (!sql_end(&q, err)) {
        return false;
    }
    if (schema < 0) {
        error_set(err, "the file is damaged or no history of drtop (%s)", st->path);
        return false;
    }
    st->schema = schema;
    return true;
}

static bool step_up(struct store *st, struct error *err)
{
    char pragma[40];
    (void)snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d", st->schema + 1);
    return store_exec(st, store_steps[st->schema], err) && store_exec(st, pragma, err);
}

/* Two that start at once both come here; the second finds the work done. */
static bool migrate(struct store *st, struct error *err)
{
    if (st->schema >= store_steps_n) {
        return true;
    }
    if (!store_exec(st, "BEGIN IMMEDIATE", err)) {
        return false;
    }
    bool ok = read_schema(st, err);
    while (ok && st->schema < store_steps_n) {
        ok = step_up(st, err);
        st->schema += ok;
    }
    if (ok && store_exec(st, "COMMIT", err)) {
        return true;
    }
    store_rollback(st);
    return false;
}

/* SQLite does not wait for others at this switch, so we do. */
static bool switch_to_wal(struct store *st, struct error *err)
{
    int64_t until_us = clock_real_us() + (int64_t)STORE_BUSY_MS * 1000;
    while (!store_exec(st, "PRAGMA journal_mode = WAL", err)) {
        bool busy = (sqlite3_errcode(st->db) & 0xFF) == SQLITE_BUSY;
        if (!busy || clock_real_us() > until_us) {
            return false;
        }
        struct pollfd none;
        (void)poll(&none, 0, 20);
    }
    return true;
}

/* A damaged file is refused, not mended and not replaced: whatever can be saved is in there. */
static bool check(struct store *st, struct error *err)
{
    struct stat s;
    if (stat(st->path, &s) != 0 || s.st_size > CHECK_BYTES_MAX) {
        return true;
    }
    struct sql q = sql_begin(st, "PRAGMA quick_check(1)");
    bool good = !sql_row(&q) || strcmp(sql_col_raw(&q, 0), "ok") == 0;
    if (!sql_end(&q, err)) {
        return false;
    }
    if (!good) {
        error_set(err, "the file is damaged (%s)", st->path);
    }
    return good;
}

static bool prepare_to_write(struct store *st, struct error *err)
{
    if (st->schema > STORE_SCHEMA) {
        return store_exec(st, "PRAGMA query_only = 1", err);
    }
    if (sqlite3_db_readonly(st->db, "main") != 0) {
        return store_failed(st, SQLITE_READONLY, err);
    }
    return check(st, err) && (st->mode == STORE_RECORDING || switch_to_wal(st, err)) &&
           store_exec(st,
                      "PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 4194304;"
                      "PRAGMA foreign_keys = 1",
                      err) &&
           migrate(st, err);
}

static bool run(struct store *st, const char *statement, struct error *err)
{
    struct sql q = sql_begin(st, statement);
    return sql_run(&q, err);
}

static bool connect_db(struct store *st, struct error *err)
{
    st->db = store_file_open(st->path, st->mode, &st->immutable, &st->found, err);
    if (!st->db ||
        !store_exec(st,
                    "PRAGMA trusted_schema = 0; PRAGMA cell_size_check = 1;"
                    "PRAGMA cache_size = -" CACHE_KIB,
                    err) ||
        !read_schema(st, err)) {
        return false;
    }
    if (st->mode != STORE_READ) {
        bool ok = prepare_to_write(st, err);
        store_drop_kept(st); /* they were of the start only */
        return ok;
    }
    if (st->schema == 0) {
        error_set(err, "no history yet (%s)", st->path);
        return false;
    }
    return true;
}

struct store *store_open(const char *path, enum store_mode mode, struct error *err)
{
    if ((mode == STORE_WRITE && !store_file_make(path, err)) ||
        (mode == STORE_RECORDING && !store_file_new(path, err))) {
        return NULL;
    }
    struct store *st = mem_alloc(1, sizeof *st);
    st->path = mem_strdup(path);
    st->mode = mode;
    if (!connect_db(st, err)) {
        store_close(st);
        return NULL;
    }
    return st;
}

void store_close(struct store *st)
{
    if (!st) {
        return;
    }
    store_rollback(st);
    store_disconnect(st);
    free(st->path);
    free(st);
}

bool store_is_newer(const struct store *st)
{
    return st->schema > STORE_SCHEMA;
}

bool store_is_locked(const struct store *st)
{
    return st->locked;
}

/* What was opened as a file that nobody writes is opened anew once somebody does, or has. */
static bool reconnect(struct store *st, struct error *err)
{
    if (!st->immutable || store_file_rests(st->path, &st->found)) {
        return true;
    }
    store_disconnect(st);
    st->version++;
    return connect_db(st, err);
}

/* Somebody may have moved the file away; what would be written then, nobody would find. */
static bool in_place(struct store *st, struct error *err)
{
    int moved = 0;
    int rc = sqlite3_file_control(st->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (rc == SQLITE_OK && moved) {
        error_set(err, "the file was moved or deleted (%s)", st->path);
        return false;
    }
    return true;
}

bool store_version(struct store *st, int64_t *out, struct error *err)
{
    if (!st->db && !connect_db(st, err)) {
        return false;
    }
    if (!reconnect(st, err) || !in_place(st, err)) {
        return false;
    }
    struct sql q = sql_begin(st, "PRAGMA data_version");
    int64_t seen = sql_row(&q) ? sql_col_i64(&q, 0) : 0;
    if (!sql_end(&q, err)) {
        return false;
    }
    st->version += seen != st->data_version;
    st->data_version = seen;
    *out = st->version;
    return true;
}

static bool set_durable(struct store *st, bool durable, struct error *err)
{
    if (st->durable == durable) {
        return true;
    }
    if (!store_exec(st, durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
                    err)) {
        return false;
    }
    st->durable = durable;
    return true;
}

bool store_begin(struct store *st, bool durable, struct error *err)
{
    assert(!st->in_transaction);
    if (st->mode == STORE_READ) {
        error_set(err, "the history is open to be read only (%s)", st->path);
        return false;
    }
    if (store_is_newer(st)) {
        error_set(err,
                  "a newer drtop wrote the history (schema %d, this one knows %d): read only",
                  st->schema, STORE_SCHEMA);
        return false;
    }
    st->in_transaction =
        in_place(st, err) && set_durable(st, durable, err) && run(st, "BEGIN IMMEDIATE", err);
    return st->in_transaction;
}

bool store_commit(struct store *st, struct error *err)
{
    assert(st->in_transaction);
    if (!run(st, "COMMIT", err)) {
        store_rollback(st);
        return false;
    }
    st->in_transaction = false;
    st->version++;
    return true;
}

void store_rollback(struct store *st)
{
    if (st->db && !sqlite3_get_autocommit(st->db)) {
        (void)sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
    }
    st->in_transaction = false;
}
