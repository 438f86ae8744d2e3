#include "cli/systemd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MESSAGE_MAX 1024

bool systemd_notify(const char *format, ...)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    size_t len = path ? strlen(path) : 0;
    if (len < 2 || len >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) {
        return false;
    }
    memcpy(address.sun_path, path, len);
    if (path[0] == '@') {
        address.sun_path[0] = '\0'; /* a name without a file */
    }
    char message[MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || n < 0) {
        return false;
    }
    size_t size = (size_t)n < sizeof message ? (size_t)n : sizeof message - 1;
    socklen_t address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    ssize_t sent = sendto(fd, message, size, MSG_NOSIGNAL | MSG_DONTWAIT,
                          (const struct sockaddr *)(const void *)&address, address_len);
    (void)close(fd);
    return sent >= 0;
}

static bool number(const char *text, uint64_t *out)
{
    if (!text || text[0] < '0' || text[0] > '9') {
        return false;
    }
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (*end || errno) {
        return false;
    }
    *out = value;
    return true;
}

int64_t systemd_watchdog_ms(void)
{
    const char *pid_text = getenv("WATCHDOG_PID");
    uint64_t us, pid;
    bool ours = !pid_text || (number(pid_text, &pid) && pid == (uint64_t)getpid());
    if (!ours || !number(getenv("WATCHDOG_USEC"), &us) || us / 2000 > INT32_MAX) {
        return 0;
    }
    return (int64_t)(us / 2000);
}

bool systemd_stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM"); /* "device:inode" */
    const char *colon = stream ? strchr(stream, ':') : NULL;
    struct stat st;
    char expected[64];
    if (!colon || fstat(STDERR_FILENO, &st) != 0) {
        return false;
    }
    (void)snprintf(expected, sizeof expected, "%" PRIuMAX ":%" PRIuMAX, (uintmax_t)st.st_dev,
                   (uintmax_t)st.st_ino);
    return strcmp(stream, expected) == 0;
}
