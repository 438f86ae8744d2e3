/* The file of a replay: checked before anything is believed of it, and never written. */
#include "backend/record/replay_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/mem.h"
#include "backend/net/text.h"

#define CHECK_BYTES_MAX (INT64_C(64) * 1024 * 1024)

/* --- a copy that may be written */

static int64_t size_of(const char *path, const char *tail)
{
    char name[PATH_MAX + 16];
    struct stat s;
    (void)snprintf(name, sizeof name, "%s%s", path, tail);
    return stat(name, &s) == 0 ? (int64_t)s.st_size : -1;
}

static bool copy_bytes(int from, int to)
{
    char buffer[65536];
    ssize_t n;
    while ((n = read(from, buffer, sizeof buffer)) > 0) {
        for (ssize_t done = 0; done < n;) {
            ssize_t wrote = write(to, buffer + done, (size_t)(n - done));
            if (wrote < 0) {
                return false;
            }
            done += wrote;
        }
    }
    return n == 0;
}

/* A missing file is none to copy. */
static bool copy_file(const char *path, const char *folder, const char *tail, struct error *err)
{
    char from[PATH_MAX + 16], to[PATH_MAX + 32];
    (void)snprintf(from, sizeof from, "%s%s", path, tail);
    (void)snprintf(to, sizeof to, "%s/recording%s", folder, tail);
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0 && errno == ENOENT) {
        return true;
    }
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = in >= 0 && out >= 0 && copy_bytes(in, out);
    if (!ok) {
        error_set(err, "cannot copy the recording to mend it: %s (%s)", strerror(errno), from);
    }
    if (in >= 0) {
        (void)close(in);
    }
    if (out >= 0) {
        (void)close(out);
    }
    return ok;
}

void replay_file_drop(struct replay *r)
{
    static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; r->copy[0] && i < sizeof tails / sizeof tails[0]; i++) {
        char path[PATH_MAX + 32];
        (void)snprintf(path, sizeof path, "%s/recording%s", r->copy, tails[i]);
        (void)unlink(path);
    }
    if (r->copy[0]) {
        (void)rmdir(r->copy);
    }
}

/* Whoever wrote it was killed in the middle: SQLite takes the half-written back, in a copy. */
static bool mend(struct replay *r, const char *path, struct error *err)
{
    const char *tmp = getenv("TMPDIR");
    char copy[PATH_MAX + 32], *text = NULL;
    int n = snprintf(r->copy, sizeof r->copy, "%s/drtop-replay.XXXXXX",
                     tmp && tmp[0] == '/' ? tmp : "/tmp");
    if (n < 0 || (size_t)n >= sizeof r->copy || !mkdtemp(r->copy)) {
        r->copy[0] = '\0';
        error_set(err, "no place for a copy of the recording: %s", strerror(errno));
        return false;
    }
    if (!copy_file(path, r->copy, "", err) || !copy_file(path, r->copy, "-wal", err) ||
        !copy_file(path, r->copy, "-journal", err)) {
        return false;
    }
    (void)snprintf(copy, sizeof copy, "%s/recording", r->copy);
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(copy, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_exec(db, "PRAGMA trusted_schema = 0; PRAGMA journal_mode = DELETE;", NULL,
                          NULL, &text);
    }
    bool ok = rc == SQLITE_OK || store_db_failed(db, path, rc, err);
    sqlite3_free(text);
    (void)sqlite3_close(db);
    r->st = ok ? store_open(copy, STORE_READ, err) : NULL;
    return r->st != NULL;
}

/* --- what it is */

static bool ask(struct store *st, const char *text, int64_t *out, struct error *err)
{
    struct sql q = sql_begin(st, text);
    *out = sql_row(&q) ? sql_col_i64(&q, 0) : 0;
    return sql_end(&q, err);
}

/* Tables, not views: those of a stranger could reckon for ever. */
static bool is_ours(struct replay *r, const char *path, struct error *err)
{
    int64_t tables;
    if (!ask(r->st,
             "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('sample',"
             " 'sample_minute', 'event', 'alert', 'incident', 'run')",
             &tables, err)) {
        return false;
    }
    if (tables != 6) {
        error_set(err, "it is no recording of drtop (%s)", path);
        return false;
    }
    if (store_is_newer(r->st)) {
        error_set(err, "a newer drtop wrote it: schema %d, and this one knows %d (%s)",
                  r->st->schema, STORE_SCHEMA, path);
        return false;
    }
    return true;
}

static bool is_whole(struct replay *r, const char *path, struct error *err)
{
    if (size_of(path, "") > CHECK_BYTES_MAX) {
        return true; /* would take too long; what is damaged is said when it is met */
    }
    struct sql q = sql_begin(r->st, "PRAGMA quick_check(1)");
    bool good = !sql_row(&q) || strcmp(sql_col_raw(&q, 0), "ok") == 0;
    if (!sql_end(&q, err)) {
        return false;
    }
    if (!good) {
        error_set(err, "the recording is damaged (%s)", path);
    }
    return good;
}

/* --- from outside */

struct replay *replay_open_file(const char *path, struct error *err)
{
    struct replay *r = mem_alloc(1, sizeof *r);
    struct stat s;
    bool half = size_of(path, "-journal") > 0 ||
                (size_of(path, "-wal") > 0 && size_of(path, "-shm") < 0);
    if (stat(path, &s) != 0) {
        error_set(err, "%s: %s", path, strerror(errno));
    } else if (!S_ISREG(s.st_mode) || strlen(path) >= PATH_MAX) {
        error_set(err, "%s: not a file", path);
    } else if (s.st_size == 0) {
        error_set(err, "the recording is empty (%s)", path);
    } else if (half) {
        (void)mend(r, path, err);
    } else {
        r->st = store_open(path, STORE_READ, err);
    }
    if (r->st && is_ours(r, path, err) && is_whole(r, path, err)) {
        r->config = replay_config_read(r->st, path);
        return r;
    }
    replay_close(r);
    return NULL;
}

struct replay *replay_open_store(const struct config *cfg, struct error *err)
{
    char path[PATH_MAX];
    struct replay *r = mem_alloc(1, sizeof *r);
    r->st = store_path(cfg, path, sizeof path, err) ? store_open(path, STORE_READ, err) : NULL;
    if (r->st && is_ours(r, path, err)) {
        r->config = replay_config_of(cfg);
        return r;
    }
    replay_close(r);
    return NULL;
}
