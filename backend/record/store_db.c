#include "backend/record/store_db.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "backend/net/text.h"

static const char *system_reason(int error, const char *otherwise)
{
    switch (error) {
    case ENOSPC:
        return "the disk is full";
    case EDQUOT:
        return "the disk quota is used up";
    case EFBIG:
        return "the file may not grow any further";
    case EROFS:
        return "the file system is read-only";
    case EACCES:
    case EPERM:
        return "permission denied";
    case EIO:
        return "the disk fails";
    default:
        return otherwise;
    }
}

/* Why the last read or write failed. SQLite tells it of opening; of the log it has to be asked. */
static int last_errno(sqlite3 *db)
{
    int error = sqlite3_system_errno(db);
    sqlite3_file *log = NULL;
    if (error == 0 &&
        sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
        log && log->pMethods) {
        (void)log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &error);
    }
    return error;
}

static int refused_to_write(const char *path)
{
    return access(path, W_OK) == 0 ? 0 : errno;
}

bool store_db_failed(sqlite3 *db, const char *path, int rc, struct error *err)
{
    const char *words = db ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
    int error = db ? last_errno(db) : 0;
    switch (rc & 0xFF) {
    case SQLITE_FULL:
        words = system_reason(error, "the disk is full");
        break;
    case SQLITE_IOERR:
        words = system_reason(error, words);
        break;
    case SQLITE_CANTOPEN: /* of a file beside it as well, which it may not make */
        words = system_reason(error, system_reason(refused_to_write(path), words));
        break;
    case SQLITE_READONLY:
        words = system_reason(refused_to_write(path), "it may not be written");
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        words = "another program keeps it locked";
        break;
    case SQLITE_CORRUPT:
        words = "the file is damaged";
        break;
    case SQLITE_NOTADB:
        words = "the file is damaged or no history of drtop";
        break;
    default:
        break;
    }
    error_set(err, "%s (%s)", words, path);
    return false;
}

bool store_failed(struct store *st, int rc, struct error *err)
{
    st->locked = (rc & 0xFF) == SQLITE_BUSY || (rc & 0xFF) == SQLITE_LOCKED;
    return store_db_failed(st->db, st->path, rc, err);
}

bool store_exec(struct store *st, const char *statements, struct error *err)
{
    int rc = sqlite3_exec(st->db, statements, NULL, NULL, NULL);
    return rc == SQLITE_OK || store_failed(st, rc, err);
}

void store_drop_kept(struct store *st)
{
    while (st->n_kept > 0) {
        (void)sqlite3_finalize(st->kept[--st->n_kept]);
    }
}

void store_disconnect(struct store *st)
{
    store_drop_kept(st);
    (void)sqlite3_close(st->db);
    st->db = NULL;
}

static sqlite3_stmt *drop_kept(struct store *st, size_t i)
{
    sqlite3_stmt *stmt = st->kept[i];
    st->n_kept--;
    for (; i < st->n_kept; i++) {
        st->kept[i] = st->kept[i + 1];
    }
    return stmt;
}

static sqlite3_stmt *take_kept(struct store *st, const char *text)
{
    for (size_t i = st->n_kept; i-- > 0;) {
        if (strcmp(sqlite3_sql(st->kept[i]), text) == 0) {
            return drop_kept(st, i);
        }
    }
    return NULL;
}

/* A transaction is as open as its statements are, so it is reset now and not when it is used next. */
static void keep(struct store *st, sqlite3_stmt *stmt)
{
    (void)sqlite3_reset(stmt);
    (void)sqlite3_clear_bindings(stmt);
    if (st->n_kept == STORE_KEPT_MAX) {
        (void)sqlite3_finalize(drop_kept(st, 0));
    }
    st->kept[st->n_kept++] = stmt;
}

struct sql sql_begin(struct store *st, const char *text)
{
    struct sql q = {.st = st, .stmt = take_kept(st, text)};
    if (!q.stmt) {
        q.rc = st->db ? sqlite3_prepare_v3(st->db, text, -1, SQLITE_PREPARE_PERSISTENT, &q.stmt,
                                           NULL)
                      : SQLITE_CANTOPEN;
    }
    return q;
}

static void bound(struct sql *q, int rc)
{
    if (q->rc == SQLITE_OK) {
        q->rc = rc;
    }
}

void sql_i64(struct sql *q, int64_t v)
{
    bound(q, sqlite3_bind_int64(q->stmt, ++q->param, v));
}

void sql_text(struct sql *q, const char *v)
{
    bound(q, sqlite3_bind_text(q->stmt, ++q->param, v, -1, SQLITE_STATIC));
}

void sql_opt_i64(struct sql *q, struct opt_i64 v)
{
    q->param++;
    if (v.known) {
        bound(q, sqlite3_bind_int64(q->stmt, q->param, v.v));
    }
}

void sql_opt_f64(struct sql *q, struct opt_f64 v)
{
    q->param++;
    if (v.known) {
        bound(q, sqlite3_bind_double(q->stmt, q->param, v.v));
    }
}

bool sql_row(struct sql *q)
{
    if (q->rc == SQLITE_OK || q->rc == SQLITE_ROW) {
        q->rc = sqlite3_step(q->stmt);
    }
    return q->rc == SQLITE_ROW;
}

int64_t sql_col_i64(const struct sql *q, int i)
{
    return sqlite3_column_int64(q->stmt, i);
}

struct opt_i64 sql_col_opt_i64(const struct sql *q, int i)
{
    if (sqlite3_column_type(q->stmt, i) == SQLITE_NULL) {
        return (struct opt_i64){0};
    }
    return opt_i64(sqlite3_column_int64(q->stmt, i));
}

struct opt_f64 sql_col_opt_f64(const struct sql *q, int i)
{
    if (sqlite3_column_type(q->stmt, i) == SQLITE_NULL) {
        return (struct opt_f64){0};
    }
    return opt_f64(sqlite3_column_double(q->stmt, i));
}

const char *sql_col_raw(const struct sql *q, int i)
{
    const char *text = (const char *)sqlite3_column_text(q->stmt, i);
    return text ? text : "";
}

void sql_col_text(const struct sql *q, int i, char *out, size_t out_size)
{
    (void)text_clean_str(out, out_size, sql_col_raw(q, i));
}

bool sql_end(struct sql *q, struct error *err)
{
    bool ok = q->rc == SQLITE_OK || q->rc == SQLITE_ROW || q->rc == SQLITE_DONE;
    if (!ok) {
        (void)store_failed(q->st, q->rc, err);
    }
    if (q->stmt) {
        keep(q->st, q->stmt);
    }
    q->stmt = NULL;
    return ok;
}

bool sql_run(struct sql *q, struct error *err)
{
    while (sql_row(q)) {
    }
    return sql_end(q, err);
}
