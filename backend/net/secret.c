#include "backend/net/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/net/command.h"
#include "backend/net/secret_option_file.h"

#define FILE_MAX    (16 * 1024)
#define STACK_WIPED (32 * 1024) /* of 256 KiB; a parser takes 10 */

static bool check_private(const char *path, const struct stat *st, bool check_mode,
                          struct error *err)
{
    if (!S_ISREG(st->st_mode)) {
        error_set(err, "%s: is not a regular file", path);
        return false;
    }
    if (check_mode && (st->st_mode & 077)) {
        error_set(err, "%s: mode %04o, expected that only its owner may read it: chmod 600",
                  path, (unsigned)st->st_mode & 07777);
        return false;
    }
    return true;
}

/* Reads the beginning of a file: size bytes at most. */
static bool read_file(const char *path, bool check_mode, char *buf, size_t size,
                      size_t *out_len, struct error *err)
{
    /* Without O_NONBLOCK a FIFO would block here; whether it is one is known only afterwards.
     */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        error_set(err, "%s: %s, expected a file with the secret", path, strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return false;
    }
    bool ok = check_private(path, &st, check_mode, err);
    size_t len = 0;
    while (ok && len < size) {
        ssize_t n = read(fd, buf + len, size - len);
        if (n == 0) {
            break;
        }
        if (n < 0 && errno != EINTR) {
            error_set(err, "%s: %s, expected a file with the secret", path, strerror(errno));
            ok = false;
        }
        len += n > 0 ? (size_t)n : 0;
    }
    (void)close(fd);
    *out_len = len;
    return ok;
}

/* Takes the first line of buf. what names its origin in messages. */
static bool first_line(const char *what, const char *buf, size_t len, char out[SECRET_MAX],
                       struct error *err)
{
    const char *eol = memchr(buf, '\n', len);
    size_t n = eol ? (size_t)(eol - buf) : len;
    if (eol && n > 0 && buf[n - 1] == '\r') {
        n--;
    }
    if (n == 0 || n >= SECRET_MAX) {
        error_set(err, "%s: %s, expected 1 to %d bytes in the first line", what,
                  n == 0 ? "no secret" : "a line too long", SECRET_MAX - 1);
        return false;
    }
    if (memchr(buf, '\0', n)) {
        error_set(err, "%s: a NUL in the secret, expected text", what);
        return false;
    }
    memcpy(out, buf, n);
    out[n] = '\0';
    return true;
}

static bool fetch_file(const char *path, bool check_mode, char out[SECRET_MAX],
                       struct error *err)
{
    char buf[SECRET_MAX + 2];
    size_t len = 0;
    bool ok = read_file(path, check_mode, buf, sizeof buf, &len, err) &&
              first_line(path, buf, len, out, err);
    secret_wipe(buf, sizeof buf);
    return ok;
}

static bool fetch_credential(const char *name, char out[SECRET_MAX], struct error *err)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    if (!folder || folder[0] == '\0') {
        error_set(err,
                  "credential %s: $CREDENTIALS_DIRECTORY is not set, expected to run under "
                  "systemd with LoadCredential=",
                  name);
        return false;
    }
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (n < 0 || (size_t)n >= sizeof path) {
        error_set(err, "credential %s: $CREDENTIALS_DIRECTORY is too long", name);
        return false;
    }
    /* systemd guards that folder; the mode of the files in it depends on its version. */
    return fetch_file(path, false, out, err);
}

static bool fetch_command(char *const *argv, int64_t timeout_ms, char out[SECRET_MAX],
                          struct error *err)
{
    char buf[SECRET_MAX + 2];
    size_t len = 0;
    struct command c = {.argv = argv, .timeout_ms = timeout_ms};
    bool ok =
        command_run(&c, buf, sizeof buf, &len, err) && first_line(argv[0], buf, len, out, err);
    secret_wipe(buf, sizeof buf);
    return ok;
}

static bool fetch_env(const char *name, char out[SECRET_MAX], struct error *err)
{
    const char *value = getenv(name);
    size_t len = value ? strlen(value) : 0;
    if (len == 0 || len >= SECRET_MAX) {
        error_set(err, "$%s: %s, expected a secret of 1 to %d bytes", name,
                  !value     ? "not set"
                  : len == 0 ? "empty"
                             : "too long",
                  SECRET_MAX - 1);
        return false;
    }
    memcpy(out, value, len + 1);
    return true;
}

static bool fetch_option_file(const char *path, char out[SECRET_MAX], struct error *err)
{
    char buf[FILE_MAX];
    size_t len = 0;
    bool ok = read_file(path, true, buf, sizeof buf, &len, err);
    if (ok && len == sizeof buf) {
        error_set(err, "%s: too long, expected fewer than %d bytes", path, FILE_MAX);
        ok = false;
    } else if (ok && memchr(buf, '\0', len)) {
        error_set(err, "%s: a NUL byte, expected a MySQL option file", path);
        ok = false;
    } else if (ok &&
               (!secret_option_file_password(buf, len, out, SECRET_MAX) || out[0] == '\0')) {
        error_set(err, "%s: no password, expected password=... in the group [client]", path);
        ok = false;
    }
    secret_wipe(buf, sizeof buf);
    return ok;
}

static bool fetch(const struct secret *s, int64_t timeout_ms, char out[SECRET_MAX],
                  struct error *err)
{
    switch (s->kind) {
    case SECRET_NONE:
        return true;
    case SECRET_LITERAL:
        (void)snprintf(out, SECRET_MAX, "%s", s->name); /* the loader has checked its length */
        return true;
    case SECRET_FILE:
        return fetch_file(s->name, true, out, err);
    case SECRET_CREDENTIAL:
        return fetch_credential(s->name, out, err);
    case SECRET_COMMAND:
        return fetch_command(s->argv, timeout_ms, out, err);
    case SECRET_ENV:
        return fetch_env(s->name, out, err);
    case SECRET_OPTION_FILE:
        return fetch_option_file(s->name, out, err);
    }
    error_set(err, "no such kind of secret");
    return false;
}

bool secret_fetch(const struct secret *s, int64_t timeout_ms, char out[SECRET_MAX],
                  struct error *err)
{
    out[0] = '\0';
    bool ok = fetch(s, timeout_ms, out, err);
    if (!ok) {
        secret_wipe(out, SECRET_MAX);
    }
    return ok;
}

void secret_wipe(char *buf, size_t size)
{
    explicit_bzero(buf, size);
}

/* Through a pointer that may change, so that the compiler keeps the copies. */
static void *(*volatile copy)(void *, const void *, size_t) = memcpy;

__attribute__((noinline)) void secret_wipe_stack(void)
{
    char below[STACK_WIPED];
    secret_wipe(below, sizeof below);
    /* Each length is copied by a way, and through registers, of its own. */
    for (size_t n = 16; n <= sizeof below / 2; n *= 2) {
        (void)copy(below + sizeof below / 2, below, n);
        (void)copy(below + sizeof below / 2, below, n - 1);
    }
    secret_wipe(below, sizeof below);
}

void secret_finish(struct secret *s)
{
    if (s->kind == SECRET_LITERAL && s->name) {
        secret_wipe(s->name, strlen(s->name));
    }
    free(s->name);
    for (char **word = s->argv; word && *word; word++) {
        free(*word);
    }
    free(s->argv);
    *s = (struct secret){.kind = SECRET_NONE};
}
