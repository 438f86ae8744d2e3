#include "lab/relay_ctl.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINE = 256, PATIENCE_S = 5 };

static int unix_socket(const char *path, struct sockaddr_un *out_at)
{
    *out_at = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof out_at->sun_path) {
        return -1;
    }
    memcpy(out_at->sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        struct timeval patience = {.tv_sec = PATIENCE_S};
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    return fd;
}

int ctl_listen(const char *path)
{
    struct sockaddr_un at;
    int fd = unix_socket(path, &at);
    (void)unlink(path);
    if (fd >= 0 &&
        (bind(fd, (const struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 4) != 0)) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* Reads up to the newline or the end, whichever comes first. */
static bool read_line(int fd, char *line, size_t size)
{
    size_t len = 0;
    while (len < size - 1) {
        ssize_t n = recv(fd, line + len, size - 1 - len, 0);
        if (n <= 0) {
            break;
        }
        len += (size_t)n;
        if (memchr(line, '\n', len)) {
            break;
        }
    }
    line[len] = '\0';
    char *end = strchr(line, '\n');
    if (!end) {
        return false;
    }
    *end = '\0';
    return true;
}

void ctl_serve(int fd, bool (*obey)(void *ctx, char *line, char *reply, unsigned size),
               void *ctx)
{
    int caller = accept(fd, NULL, NULL);
    if (caller < 0) {
        return;
    }
    struct timeval patience = {.tv_sec = 1};
    (void)setsockopt(caller, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    char line[LINE], text[LINE] = "", reply[2 * LINE];
    bool ok = read_line(caller, line, sizeof line) && obey(ctx, line, text, sizeof text);
    int n = snprintf(reply, sizeof reply, "%s %s\n", ok ? "ok" : "error", text);
    (void)send(caller, reply, (size_t)n, MSG_NOSIGNAL);
    (void)close(caller);
}

static bool send_words(int fd, int n_words, char **words)
{
    char line[LINE];
    size_t len = 0;
    for (int i = 0; i < n_words; i++) {
        int n = snprintf(line + len, sizeof line - len, "%s%c", words[i],
                         i + 1 < n_words ? ' ' : '\n');
        if (n < 0 || (size_t)n >= sizeof line - len) {
            return false;
        }
        len += (size_t)n;
    }
    return send(fd, line, len, MSG_NOSIGNAL) == (ssize_t)len;
}

int ctl_call(const char *path, int n_words, char **words)
{
    struct sockaddr_un at;
    char answer[2 * LINE] = "";
    int fd = unix_socket(path, &at);
    bool heard = fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof at) == 0 &&
                 send_words(fd, n_words, words) && read_line(fd, answer, sizeof answer);
    if (fd >= 0) {
        (void)close(fd);
    }
    if (!heard) {
        (void)fprintf(stderr, "lab-relay: no answer at %s\n", path);
        return 1;
    }
    (void)printf("%s\n", answer);
    return strncmp(answer, "ok", 2) == 0 ? 0 : 1;
}
