#include "cli/init_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool init_file_exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

static bool make_folders(const char *path, struct error *err)
{
    char folder[PATH_MAX];
    (void)snprintf(folder, sizeof folder, "%s", path);
    for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
            error_set(err, "%s: %s, expected a folder that can be made", folder,
                      strerror(errno));
            return false;
        }
        *slash = '/';
    }
    return true;
}

static bool write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        text += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

static unsigned cut_by_umask(unsigned mode)
{
    mode_t mask = umask(077);
    (void)umask(mask);
    return mode & ~(unsigned)mask;
}

/* On the disk before it has its name: what is there is whole. */
static bool fill(int fd, const char *text, size_t len, unsigned mode)
{
    bool ok = write_all(fd, text, len) && fchmod(fd, cut_by_umask(mode)) == 0 && fsync(fd) == 0;
    return close(fd) == 0 && ok;
}

enum init_written init_file_write(const char *path, const char *text, size_t len, unsigned mode,
                                  struct error *err)
{
    char temporary[PATH_MAX];
    int n = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (n < 0 || (size_t)n >= sizeof temporary) {
        error_set(err, "%.40s...: too long for a path", path);
        return INIT_FILE_FAILED;
    }
    if (!make_folders(path, err)) {
        return INIT_FILE_FAILED;
    }
    int fd = mkstemp(temporary);
    if (fd < 0) {
        error_set(err, "%s: %s, expected a folder that can be written", path, strerror(errno));
        return INIT_FILE_FAILED;
    }
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    enum init_written written = INIT_FILE_FAILED;
    if (fill(fd, text, len, mode)) {
        /* link() never replaces, unlike rename(). */
        written = link(temporary, path) == 0 ? INIT_FILE_NEW
                  : errno == EEXIST          ? INIT_FILE_THERE
                                             : INIT_FILE_FAILED;
    }
    if (written != INIT_FILE_NEW) {
        error_set(err, "%s: %s", path,
                  written == INIT_FILE_THERE ? "is there already, and is never overwritten"
                                             : strerror(errno));
    }
    (void)unlink(temporary);
    return written;
}
