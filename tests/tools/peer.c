/* drtop-peer HOW: something that is no healthy database server, on a loopback port that it
 * prints. Ends when its standard input does.
 *
 *   silent    accepts and says nothing
 *   deaf      its queue is full: a connection never comes up (on 127.0.0.0/8)
 *   text      says what an SSH server says
 *   noise     sends bytes of no meaning
 *   stall     stops within a MySQL greeting
 *   drip      sends the greeting at a byte a second
 *   tls       a whole greeting that offers TLS, then silence
 *   close     hangs up at once */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 64, USAGE = 64, STALL_AFTER = 20 };

/* Protocol 10, with its packet header and every capability. */
static const unsigned char greeting[] = "\x51\0\0\0\x0a"
                                        "9.7.4-nothing\0"
                                        "\x09\0\0\0"
                                        "abcdefgh\0"
                                        "\xff\xff\xff\x02\0\xff\xdf\x15"
                                        "\0\0\0\0\0\0\0\0\0\0"
                                        "ijklmnopqrst\0"
                                        "caching_sha2_password";

struct peer {
    const char *how;
    const unsigned char *says;
    size_t len;
    int fds[CONNECTIONS_MAX];
    size_t sent[CONNECTIONS_MAX];
    size_t n;
};

static bool is(const struct peer *p, const char *how)
{
    return strcmp(p->how, how) == 0;
}

static bool prepare(struct peer *p)
{
    static unsigned char noise[64];
    memset(noise, 0xa5, sizeof noise);
    p->says = greeting;
    if (is(p, "silent") || is(p, "deaf") || is(p, "close")) {
        p->len = 0;
    } else if (is(p, "text")) {
        p->says = (const unsigned char *)"SSH-2.0-OpenSSH_9.2p1\r\n";
        p->len = strlen((const char *)p->says);
    } else if (is(p, "noise")) {
        p->says = noise;
        p->len = sizeof noise;
    } else if (is(p, "stall")) {
        p->len = STALL_AFTER;
    } else if (is(p, "drip") || is(p, "tls")) {
        p->len = sizeof greeting;
    } else {
        return false;
    }
    return true;
}

static int listen_on_loopback(const struct peer *p, struct sockaddr_in *out)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *out = (struct sockaddr_in){.sin_family = AF_INET};
    out->sin_addr.s_addr = htonl(is(p, "deaf") ? INADDR_ANY : INADDR_LOOPBACK);
    socklen_t len = sizeof *out;
    if (fd < 0 || bind(fd, (struct sockaddr *)out, len) != 0 ||
        listen(fd, is(p, "deaf") ? 0 : CONNECTIONS_MAX) != 0 ||
        getsockname(fd, (struct sockaddr *)out, &len) != 0) {
        return -1;
    }
    return fd;
}

/* Fills the queue of connections nobody accepts; from then on the kernel drops every SYN. */
static void fill_queue(struct sockaddr_in to)
{
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < 4; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(fd, (const struct sockaddr *)&to, sizeof to);
    }
}

static void take(struct peer *p, int door)
{
    int fd = accept(door, NULL, NULL);
    if (fd < 0) {
        return;
    }
    if (is(p, "close") || p->n == CONNECTIONS_MAX) {
        (void)close(fd);
        return;
    }
    p->fds[p->n] = fd;
    p->sent[p->n++] = 0;
}

static void speak(struct peer *p)
{
    for (size_t i = 0; i < p->n; i++) {
        size_t left = p->len - p->sent[i];
        size_t now = left > 1 && is(p, "drip") ? 1 : left;
        if (now > 0 && send(p->fds[i], p->says + p->sent[i], now, MSG_NOSIGNAL) > 0) {
            p->sent[i] += now;
        }
    }
}

static void serve(struct peer *p, int door)
{
    struct pollfd fds[] = {{.fd = 0, .events = POLLIN},
                           {.fd = is(p, "deaf") ? -1 : door, .events = POLLIN}};
    for (;;) {
        int ready = poll(fds, 2, 1000);
        if (fds[0].revents) {
            return;
        }
        if (fds[1].revents) {
            take(p, door);
        }
        if (fds[1].revents || ready == 0) {
            speak(p);
        }
    }
}

int main(int argc, char **argv)
{
    struct peer p = {.how = argc == 2 ? argv[1] : ""};
    struct sockaddr_in at;
    if (!prepare(&p)) {
        (void)fputs("usage: drtop-peer HOW\n", stderr);
        return USAGE;
    }
    int door = listen_on_loopback(&p, &at);
    if (door < 0) {
        perror("drtop-peer");
        return EXIT_FAILURE;
    }
    if (is(&p, "deaf")) {
        fill_queue(at);
    }
    (void)printf("%d\n", ntohs(at.sin_port));
    (void)fflush(stdout);
    serve(&p, door);
    return EXIT_SUCCESS;
}
