#include "lab/util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stopping;

int64_t util_now_ms(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void util_wait_until(int64_t then_ms)
{
    struct timespec ts = {.tv_sec = (time_t)(then_ms / 1000),
                          .tv_nsec = (long)(then_ms % 1000) * 1000000};
    while (!stopping && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR) {
    }
}

static void ask_to_stop(int number)
{
    (void)number;
    stopping = 1;
}

void util_catch_signals(void)
{
    struct sigaction stop = {.sa_handler = ask_to_stop};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGTERM, &stop, NULL);
    (void)sigaction(SIGINT, &stop, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

bool util_stopping(void)
{
    return stopping != 0;
}

bool util_parse(const char *text, int64_t min, int64_t max, int64_t *out_value)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < min || value > max) {
        return false;
    }
    *out_value = value;
    return true;
}

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
}

static int tcp_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        int on = 1;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    return fd;
}

static int close_failed(int fd)
{
    int why = errno;
    (void)close(fd);
    errno = why;
    return -1;
}

bool util_address(const char *text, uint16_t port, struct sockaddr_in *out)
{
    struct sockaddr_in at = loopback(port);
    if (text && inet_pton(AF_INET, text, &at.sin_addr) != 1) {
        return false;
    }
    *out = at;
    return true;
}

int util_listen(uint16_t port, int backlog)
{
    struct sockaddr_in at = loopback(port);
    return util_listen_at(&at, backlog);
}

int util_listen_at(const struct sockaddr_in *at, int backlog)
{
    int fd = tcp_socket();
    if (fd < 0) {
        return -1;
    }
    int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)at, sizeof *at) != 0 || listen(fd, backlog) != 0) {
        return close_failed(fd);
    }
    return fd;
}

int util_connect(uint16_t port)
{
    int fd = tcp_socket();
    if (fd < 0) {
        return -1;
    }
    struct sockaddr_in at = loopback(port);
    if (connect(fd, (const struct sockaddr *)&at, sizeof at) != 0 && errno != EINPROGRESS) {
        return close_failed(fd);
    }
    return fd;
}

void util_reset(int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    (void)close(fd);
}
