#include "backend/net/connect.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend/fact/clock.h"
#include "backend/net/text.h"

bool wake_init(struct wake *wake)
{
    wake->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return wake->fd >= 0;
}

void wake_finish(struct wake *wake)
{
    if (wake->fd >= 0) {
        (void)close(wake->fd);
    }
    wake->fd = -1;
}

void wake_ring(struct wake *wake)
{
    uint64_t one = 1;
    (void)!write(wake->fd, &one, sizeof one);
}

void wake_clear(struct wake *wake)
{
    uint64_t rings;
    (void)!read(wake->fd, &rings, sizeof rings);
}

bool wake_is_rung(const struct wake *wake)
{
    struct pollfd p = {.fd = wake->fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

enum wait_end wait_for(int fd, short events, const struct wake *wake, int64_t deadline_us)
{
    struct pollfd p[2] = {{.fd = fd, .events = events}, {.fd = wake->fd, .events = POLLIN}};
    for (;;) {
        int64_t left_us = deadline_us - clock_real_us();
        int left_ms = left_us > 0 ? (int)((left_us + 999) / 1000) : 0;
        int n = poll(p, 2, left_ms);
        if (n > 0) {
            return p[1].revents ? WAIT_INTERRUPTED : WAIT_READY;
        }
        if (n == 0 && clock_real_us() >= deadline_us) {
            return WAIT_TIMEOUT;
        }
    }
}

void net_errno_text(int errnum, char *out, size_t out_size)
{
    const char *words = NULL;
    switch (errnum) {
    case ECONNREFUSED:
        words = "connection refused";
        break;
    case ECONNRESET:
    case EPIPE:
        words = "connection reset";
        break;
    case EHOSTUNREACH:
        words = "no route to host";
        break;
    case ENETUNREACH:
        words = "network unreachable";
        break;
    case ETIMEDOUT:
        words = "timed out";
        break;
    default:
        break;
    }
    if (words) {
        (void)text_copy(out, out_size, words);
    } else if (strerror_r(errnum, out, out_size) != 0) {
        (void)snprintf(out, out_size, "error %d", errnum);
    }
}

static void explain_errno(struct error *err, int errnum)
{
    char words[96];
    net_errno_text(errnum, words, sizeof words);
    error_set(err, "%s", words);
}

/* Waits for the handshake that fd has begun. */
static bool finish_connect(int fd, const struct wake *wake, int64_t start_us,
                           int64_t deadline_us, struct error *err)
{
    enum wait_end end = wait_for(fd, POLLOUT, wake, deadline_us);
    if (end == WAIT_INTERRUPTED) {
        error_set(err, "interrupted");
        return false;
    }
    if (end == WAIT_TIMEOUT) {
        error_set(err, "connect timed out after %.1f s",
                  (double)(deadline_us - start_us) / 1e6);
        return false;
    }
    int failed = 0;
    socklen_t len = sizeof failed;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &len) != 0) {
        failed = errno;
    }
    if (failed) {
        explain_errno(err, failed);
    }
    return failed == 0;
}

static bool connect_one(const struct address *a, const struct wake *wake, int64_t deadline_us,
                        struct connection *out, struct error *err)
{
    int fd = socket(a->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        explain_errno(err, errno);
        return false;
    }
    int64_t start_us = clock_real_us();
    if (connect(fd, (const struct sockaddr *)&a->sa, a->sa_len) != 0) {
        if (errno != EINPROGRESS) {
            explain_errno(err, errno);
            goto fail;
        }
        if (!finish_connect(fd, wake, start_us, deadline_us, err)) {
            goto fail;
        }
    }
    out->fd = fd;
    out->connect_us = clock_real_us() - start_us;
    return true;
fail:
    (void)close(fd);
    return false;
}

bool connect_any(const struct address *list, size_t n, const struct wake *wake,
                 int64_t deadline_us, struct connection *out, struct error *err)
{
    error_set(err, "no address to connect to");
    for (size_t i = 0; i < n; i++) {
        int64_t now_us = clock_real_us();
        int64_t share_us = (deadline_us - now_us) / (int64_t)(n - i);
        struct connection c = {.used = i};
        if (connect_one(&list[i], wake, now_us + share_us, &c, err)) {
            *out = c;
            return true;
        }
    }
    return false;
}

bool host_port_split(const char *text, char *out_host, size_t host_size, uint16_t *out_port)
{
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text || colon[1] < '0' || colon[1] > '9') {
        return false;
    }
    char *end;
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (*end || port == 0 || port > UINT16_MAX) {
        return false;
    }
    const char *from = text;
    const char *to = colon;
    if (*from == '[' && to[-1] == ']') {
        from++;
        to--;
    } else if (memchr(from, ':', (size_t)(to - from))) {
        return false; /* an IPv6 address needs its brackets */
    }
    size_t len = (size_t)(to - from);
    if (len == 0 || len >= host_size) {
        return false;
    }
    memcpy(out_host, from, len);
    out_host[len] = '\0';
    *out_port = (uint16_t)port;
    return true;
}

void host_port_join(char *out, size_t out_size, const char *host, uint16_t port)
{
    bool v6 = strchr(host, ':') != NULL;
    char raw[300];
    (void)snprintf(raw, sizeof raw, "%s%s%s:%u", v6 ? "[" : "", host, v6 ? "]" : "",
                   (unsigned)port);
    (void)text_clean_str(out, out_size, raw);
}
