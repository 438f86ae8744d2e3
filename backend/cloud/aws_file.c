#include "backend/cloud/aws_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/cloud/aws_keys.h"
#include "backend/net/secret.h"

static bool read_all(int fd, const char *file, char *buf, size_t size, size_t *out_len,
                     struct error *err)
{
    struct stat st;
    size_t len = 0;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        error_set(err, "%s: is not a regular file", file);
        return false;
    }
    while (len < size) {
        ssize_t n = read(fd, buf + len, size - len);
        if (n == 0) {
            *out_len = len;
            return true;
        }
        if (n < 0 && errno != EINTR) {
            error_set(err, "%s: %s", file, strerror(errno));
            return false;
        }
        len += n > 0 ? (size_t)n : 0;
    }
    error_set(err, "%s: too long, expected fewer than %zu bytes", file, size);
    return false;
}

bool aws_file_read(const char *file, char *buf, size_t size, size_t *out_len, bool *out_absent,
                   struct error *err)
{
    /* A FIFO would block without O_NONBLOCK. */
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        int why = errno;
        error_set(err, "%s: %s", file, strerror(why));
        if (out_absent) {
            *out_absent = why == ENOENT || why == ENOTDIR;
        }
        return false;
    }
    bool ok = read_all(fd, file, buf, size, out_len, err);
    (void)close(fd);
    return ok;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool aws_file_token(const char *file, char *buf, size_t size, struct error *err)
{
    size_t len = 0;
    bool ok = aws_file_read(file, buf, size, &len, NULL, err);
    while (ok && len > 0 && is_blank(buf[len - 1])) {
        len--;
    }
    if (ok) {
        buf[len] = '\0';
        ok = strlen(buf) == len && aws_is_value(buf, size);
        if (!ok) {
            error_set(err, "%s: expected a token, of printable characters without blanks",
                      file);
        }
    }
    if (!ok) {
        secret_wipe(buf, size);
    }
    return ok;
}
