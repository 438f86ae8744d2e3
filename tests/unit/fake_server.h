/* A TCP server on a loopback port of the kernel's choosing, one connection at a time, that says
 * what a test wants. Header only: each test is one executable. */
#ifndef DRTOP_TESTS_FAKE_SERVER_H
#define DRTOP_TESTS_FAKE_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef POLLRDHUP
#define POLLRDHUP 0x2000 /* Linux; the header names it with _GNU_SOURCE only */
#endif

enum fake_mode {
    FAKE_REPLY,   /* sends the reply, reads what comes, closes when the client does */
    FAKE_CLOSE,   /* sends the reply and closes */
    FAKE_DRIP,    /* sends the reply a byte every 30 ms */
    FAKE_ENDLESS, /* sends the reply, then bytes without end */
    FAKE_DEAF,    /* sends the reply and reads nothing; its window takes about 1 KiB */
};

struct fake_server {
    int listen_fd, stop_fd;
    uint16_t port;
    pthread_t thread;
    bool wait_request; /* hear an HTTP request before replying */
    atomic_int mode;
    atomic_int accepted;
    pthread_mutex_t mu;
    /* below: guarded by mu */
    void (*hook)(struct fake_server *s, int fd); /* fake_set_hook() */
    const char *reply;
    size_t reply_len;
    char heard[4096]; /* of the newest connection */
    size_t heard_len;
};

/* Waits until fd is readable; false when the server shall stop. */
static inline bool fake_wait(const struct fake_server *s, int fd, int wait_ms)
{
    struct pollfd p[2] = {{.fd = fd, .events = POLLIN}, {.fd = s->stop_fd, .events = POLLIN}};
    return poll(p, 2, wait_ms) >= 0 && !p[1].revents;
}

/* Reads once and keeps it; false at the end of the connection. */
static inline bool fake_hear(struct fake_server *s, int fd)
{
    char buf[1024];
    ssize_t n = recv(fd, buf, sizeof buf, 0);
    if (n <= 0) {
        return false;
    }
    (void)pthread_mutex_lock(&s->mu);
    size_t room = sizeof s->heard - 1 - s->heard_len;
    size_t take = (size_t)n < room ? (size_t)n : room;
    memcpy(s->heard + s->heard_len, buf, take);
    s->heard_len += take;
    s->heard[s->heard_len] = '\0';
    (void)pthread_mutex_unlock(&s->mu);
    return true;
}

static inline bool fake_heard_request(struct fake_server *s)
{
    (void)pthread_mutex_lock(&s->mu);
    bool heard = strstr(s->heard, "\r\n\r\n") != NULL;
    (void)pthread_mutex_unlock(&s->mu);
    return heard;
}

static inline void fake_say(struct fake_server *s, int fd, const char *reply, size_t len)
{
    if (atomic_load(&s->mode) != FAKE_DRIP) {
        (void)!send(fd, reply, len, MSG_NOSIGNAL);
        return;
    }
    for (size_t i = 0; i < len && fake_wait(s, -1, 30); i++) {
        if (send(fd, reply + i, 1, MSG_NOSIGNAL) != 1) {
            return;
        }
    }
}

/* Until the client closes or resets. */
static inline void fake_be_deaf(const struct fake_server *s, int fd)
{
    struct pollfd p[2] = {{.fd = fd, .events = POLLRDHUP},
                          {.fd = s->stop_fd, .events = POLLIN}};
    (void)poll(p, 2, -1);
}

static inline void fake_serve(struct fake_server *s, int fd)
{
    (void)pthread_mutex_lock(&s->mu);
    s->heard_len = 0;
    s->heard[0] = '\0';
    const char *reply = s->reply;
    size_t len = s->reply_len;
    (void)pthread_mutex_unlock(&s->mu);
    while (s->wait_request && !fake_heard_request(s)) {
        if (!fake_wait(s, fd, -1) || !fake_hear(s, fd)) {
            return;
        }
    }
    fake_say(s, fd, reply, len);
    static const char filler[4096];
    while (atomic_load(&s->mode) == FAKE_ENDLESS && fake_wait(s, -1, 0)) {
        if (send(fd, filler, sizeof filler, MSG_NOSIGNAL) < 0) {
            return;
        }
    }
    if (atomic_load(&s->mode) == FAKE_DEAF) {
        fake_be_deaf(s, fd);
        return;
    }
    while (atomic_load(&s->mode) != FAKE_CLOSE && fake_wait(s, fd, -1) && fake_hear(s, fd)) {
        (void)pthread_mutex_lock(&s->mu);
        void (*hook)(struct fake_server *, int) = s->hook;
        (void)pthread_mutex_unlock(&s->mu);
        if (hook) {
            hook(s, fd);
        }
    }
}

static inline void *fake_run(void *arg)
{
    struct fake_server *s = arg;
    while (fake_wait(s, s->listen_fd, -1)) {
        int fd = accept(s->listen_fd, NULL, NULL);
        if (fd >= 0) {
            (void)atomic_fetch_add(&s->accepted, 1);
            fake_serve(s, fd);
            (void)close(fd);
        }
    }
    return NULL;
}

/* Called after each FAKE_REPLY that heard more; or NULL. */
static inline void fake_set_hook(struct fake_server *s,
                                 void (*hook)(struct fake_server *s, int fd))
{
    (void)pthread_mutex_lock(&s->mu);
    s->hook = hook;
    (void)pthread_mutex_unlock(&s->mu);
}

static inline void fake_set(struct fake_server *s, enum fake_mode mode, const char *reply,
                            size_t len)
{
    int window = mode == FAKE_DEAF ? 1 : 131072; /* the kernel makes more of 1 */
    (void)setsockopt(s->listen_fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
    (void)pthread_mutex_lock(&s->mu);
    atomic_store(&s->mode, (int)mode);
    s->reply = reply;
    s->reply_len = len;
    (void)pthread_mutex_unlock(&s->mu);
}

static inline struct fake_server *fake_start(bool wait_request)
{
    struct fake_server *s = calloc(1, sizeof *s);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    s->wait_request = wait_request;
    (void)pthread_mutex_init(&s->mu, NULL);
    s->stop_fd = eventfd(0, EFD_CLOEXEC);
    s->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(s->listen_fd, (struct sockaddr *)&a, sizeof a) != 0 ||
        listen(s->listen_fd, 16) != 0 ||
        getsockname(s->listen_fd, (struct sockaddr *)&a, &len) != 0) {
        abort();
    }
    s->port = ntohs(a.sin_port);
    fake_set(s, FAKE_CLOSE, "", 0);
    if (pthread_create(&s->thread, NULL, fake_run, s) != 0) {
        abort();
    }
    return s;
}

static inline void fake_stop(struct fake_server *s)
{
    uint64_t one = 1;
    (void)!write(s->stop_fd, &one, sizeof one);
    (void)pthread_join(s->thread, NULL);
    (void)close(s->listen_fd);
    (void)close(s->stop_fd);
    (void)pthread_mutex_destroy(&s->mu);
    free(s);
}

/* A port that nobody listens on: taken from the kernel and given back. */
static inline uint16_t fake_closed_port(void)
{
    struct fake_server *s = fake_start(false);
    uint16_t port = s->port;
    fake_stop(s);
    return port;
}

#endif
