/* The file of the store, its folder, and how it is opened.
 *
 * A reader must not create anything, and has to work in a folder that it may not write to. SQLite
 * wants to create -wal and -shm beside a database in WAL mode even to read it. So a reader that
 * finds no -wal opens the file as immutable: whoever closed it last has left everything in it. As
 * soon as a -wal appears, somebody writes, and store_version() opens it anew, as a shared one. */
#include "backend/record/store_db.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/mem.h"
#include "backend/net/text.h"

/* A name that is safe in a path: what is replaced leaves a trace, so that two groups do not meet in
 * one file. */
static void file_name(const char *group, char out[96])
{
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                               "0123456789-_.";
    uint32_t hash = 2166136261U; /* FNV-1a */
    bool changed = strlen(group) > 64 || group[0] == '\0';
    size_t n = 0;
    for (const char *p = group; *p; p++) {
        hash = (hash ^ (unsigned char)*p) * 16777619U;
        bool keep = strchr(safe, *p) && !(p == group && *p == '.');
        changed |= !keep;
        if (n < 64) {
            out[n++] = *p;
            out[n - 1] = keep ? *p : '_';
        }
    }
    out[n] = '\0';
    if (changed) {
        (void)snprintf(out + n, 96 - n, "-%08x", (unsigned)hash);
    }
}

/* The folder, from the configuration or the environment. */
static bool directory(const struct config *cfg, char out[PATH_MAX])
{
    const char *state = getenv("STATE_DIRECTORY"), *xdg = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int n = -1;
    if (cfg->record.directory) {
        n = snprintf(out, PATH_MAX, "%s", cfg->record.directory);
    } else if (state && state[0] == '/') { /* systemd.exec(5): a list with colons */
        n = snprintf(out, PATH_MAX, "%.*s", (int)strcspn(state, ":"), state);
    } else if (xdg && xdg[0] == '/') {
        n = snprintf(out, PATH_MAX, "%s/drtop", xdg);
    } else if (home && home[0] == '/') {
        n = snprintf(out, PATH_MAX, "%s/.local/state/drtop", home);
    }
    return n > 0 && n < PATH_MAX;
}

bool store_path(const struct config *cfg, char *out, size_t out_size, struct error *err)
{
    char folder[PATH_MAX], name[96];
    file_name(cfg->group, name);
    if (!directory(cfg, folder)) {
        error_set(err, "no place for the history: set record.directory or HOME");
        return false;
    }
    int n = snprintf(out, out_size, "%s/%s.db", folder, name);
    if (n < 0 || (size_t)n >= out_size) {
        error_set(err, "the path of the history is too long");
        return false;
    }
    return true;
}

static bool make_folder(const char *path, struct error *err)
{
    char folder[PATH_MAX];
    if (text_copy(folder, sizeof folder, path) != strlen(path)) {
        error_set(err, "the path of the history is too long");
        return false;
    }
    for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0700) != 0 && errno != EEXIST && access(folder, F_OK) != 0) {
            error_set(err, "cannot create a folder for the history: %s (%s)", strerror(errno),
                      folder);
            return false;
        }
        *slash = '/';
    }
    return true;
}

bool store_file_make(const char *path, struct error *err)
{
    if (access(path, F_OK) == 0) {
        return true;
    }
    if (!make_folder(path, err)) {
        return false;
    }
    /* Not open(): closing a descriptor would end the locks that other connections of this process
     * hold on the file (fcntl(2)). SQLite gives -wal and -shm the same mode. */
    if (mknod(path, S_IFREG | 0600, 0) != 0 && errno != EEXIST) {
        error_set(err, "cannot create the history: %s (%s)", strerror(errno), path);
        return false;
    }
    return true;
}

bool store_file_new(const char *path, struct error *err)
{
    if (mknod(path, S_IFREG | 0600, 0) == 0) {
        return true;
    }
    error_set(err,
              errno == EEXIST ? "%s: it is there already, and is not overwritten" : "%s: %s",
              path, strerror(errno));
    return false;
}

static bool has_wal(const char *path)
{
    char wal[PATH_MAX + 8];
    struct stat s;
    (void)snprintf(wal, sizeof wal, "%s-wal", path);
    return stat(wal, &s) == 0;
}

bool store_file_rests(const char *path, const struct stat *found)
{
    struct stat now;
    return !has_wal(path) && stat(path, &now) == 0 && now.st_ino == found->st_ino &&
           now.st_size == found->st_size && now.st_mtim.tv_sec == found->st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == found->st_mtim.tv_nsec;
}

/* "file:" with everything escaped that an URI gives a meaning. Heap. */
static char *immutable_uri(const char *path)
{
    static const char tail[] = "?immutable=1";
    char *uri = mem_alloc(3 * strlen(path) + sizeof tail + 8, 1), *p = uri;
    p += snprintf(p, 6, "file:");
    for (const char *c = path; *c; c++) {
        if (strchr("?#%", *c)) {
            (void)snprintf(p, 4, "%%%02X", (unsigned)(unsigned char)*c);
            p += 3;
        } else {
            *p++ = *c;
        }
    }
    memcpy(p, tail, sizeof tail);
    return uri;
}

sqlite3 *store_file_open(const char *path, enum store_mode mode, bool *out_immutable,
                         struct stat *out_found, struct error *err)
{
    struct stat found;
    if (stat(path, &found) != 0) {
        error_set(err, "%s (%s)", errno == ENOENT ? "no history yet" : strerror(errno), path);
        return NULL;
    }
    bool immutable = mode == STORE_READ && !has_wal(path);
    char *uri = immutable ? immutable_uri(path) : NULL;
    int flags = SQLITE_OPEN_NOMUTEX |
                (mode == STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                (uri ? SQLITE_OPEN_URI : 0);
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(uri ? uri : path, &db, flags, NULL);
    free(uri);
    if (rc != SQLITE_OK) {
        (void)store_db_failed(db, path, rc, err);
        (void)sqlite3_close(db);
        return NULL;
    }
    (void)sqlite3_extended_result_codes(db, 1);
    (void)sqlite3_busy_timeout(db, STORE_BUSY_MS);
    *out_immutable = immutable;
    *out_found = found;
    return db;
}
