/* A charon that says what a test wants: a recording, one connection at a time, well or badly. */
#ifndef DRTOP_TESTS_VICI_SERVER_H
#define DRTOP_TESTS_VICI_SERVER_H

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "vici_recording.h"

enum vici_manner {
    VICI_GOOD,
    VICI_HANGS,    /* hears and is silent */
    VICI_HALF,     /* sends half of an answer and is silent */
    VICI_LEAVES,   /* sends half of an answer and closes */
    VICI_GARBAGE,  /* speaks HTTP */
    VICI_HUGE,     /* announces a frame of 512 KiB and a byte */
    VICI_ENDLESS,  /* events without an end */
    VICI_IGNORANT, /* knows no command */
    VICI_MUDDLED,  /* a frame that is whole, with an event in it that is not */
};

struct vici_server {
    char path[108];
    int listen_fd, stop_fd;
    pthread_t thread;
    _Atomic(const char *) recording; /* of what it knows */
    _Atomic(const char *) aside;     /* an event that it tells of before it answers; NULL */
    atomic_int manner, accepted, listeners; /* listeners: of its log */
};

static inline bool vici_server_waits(const struct vici_server *s, int fd)
{
    struct pollfd p[2] = {{.fd = fd, .events = POLLIN}, {.fd = s->stop_fd, .events = POLLIN}};
    return poll(p, 2, -1) >= 0 && !p[1].revents;
}

static inline bool vici_server_hears(const struct vici_server *s, int fd, unsigned char *out,
                                     size_t len)
{
    while (len > 0) {
        ssize_t n = vici_server_waits(s, fd) ? recv(fd, out, len, 0) : 0;
        if (n <= 0) {
            return false;
        }
        out += n;
        len -= (size_t)n;
    }
    return true;
}

static inline bool vici_server_says(int fd, const void *bytes, size_t len)
{
    return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* The recording's answer to a command: up to its first response, or what follows that. */
static inline bool vici_server_answers(struct vici_server *s, int fd, bool sas, bool half)
{
    struct vici_recording rec = vici_recording_load(atomic_load(&s->recording));
    const unsigned char *bytes;
    size_t len;
    int responses = 0;
    bool ok = true;
    while (ok && vici_recording_next(&rec, &bytes, &len)) {
        if (bytes[0] != VICI_CONFIRMED && responses == (sas ? 1 : 0)) {
            ok =
                vici_server_says(fd, bytes - VICI_HEADER, (VICI_HEADER + len) / (half ? 2 : 1));
            ok = ok && !half;
        }
        responses += bytes[0] == VICI_RESPONSE;
    }
    vici_recording_free(&rec);
    return ok;
}

static inline bool vici_server_replies(struct vici_server *s, int fd,
                                       const struct vici_frame *frame)
{
    static const char endless[VICI_HEADER + 0x8000] = "\0\0\x80\0\x07\x02hi";
    static const char http[] = "HTTP/1.1 400 Bad Request\r\n";
    bool request = frame->type == VICI_REQUEST, sas = vici_is(frame->name, "list-sas");
    int manner = atomic_load(&s->manner);
    const char *aside = atomic_load(&s->aside);
    if (!request) {
        bool log = vici_is(frame->name, "log");
        (void)atomic_fetch_add(&s->listeners, !log ? 0 : frame->type == VICI_REGISTER ? 1 : -1);
        return vici_server_says(fd, "\0\0\0\x01\x05", 5);
    }
    switch (manner) {
    case VICI_HANGS:
        return true;
    case VICI_HALF:
        (void)vici_server_answers(s, fd, sas, true);
        return true;
    case VICI_LEAVES:
        return vici_server_answers(s, fd, sas, true);
    case VICI_GARBAGE:
        return vici_server_says(fd, http, sizeof http - 1);
    case VICI_HUGE:
        return vici_server_says(fd, "\0\x08\0\x01", 4);
    case VICI_ENDLESS:
        while (vici_server_says(fd, endless, sizeof endless)) {
        }
        return false;
    case VICI_IGNORANT:
        return vici_server_says(fd, "\0\0\0\x01\x02", 5);
    case VICI_MUDDLED:
        return vici_server_says(fd, "\0\0\0\x0b\x07\x07list-sa\x01\x09", 15);
    default:
        break;
    }
    if (aside && sas) {
        struct vici_recording rec = vici_recording_load(aside);
        bool ok = vici_server_says(fd, rec.bytes, rec.len);
        vici_recording_free(&rec);
        atomic_store(&s->aside, NULL);
        return ok && vici_server_answers(s, fd, sas, false);
    }
    return vici_server_answers(s, fd, sas, false);
}

static inline void *vici_server_run(void *arg)
{
    struct vici_server *s = arg;
    while (vici_server_waits(s, s->listen_fd)) {
        int fd = accept(s->listen_fd, NULL, NULL);
        unsigned char bytes[512];
        struct vici_frame frame;
        (void)atomic_fetch_add(&s->accepted, 1);
        atomic_store(&s->listeners, 0);
        while (vici_server_hears(s, fd, bytes, VICI_HEADER)) {
            size_t len = vici_length(bytes);
            if (len == 0 || len > sizeof bytes || !vici_server_hears(s, fd, bytes, len) ||
                !vici_frame_read(bytes, len, &frame) || !vici_server_replies(s, fd, &frame)) {
                break;
            }
        }
        (void)close(fd);
    }
    return NULL;
}

static inline struct vici_server *vici_server_start(const char *recording)
{
    struct vici_server *s = calloc(1, sizeof *s);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const char *folder = getenv("TMPDIR");
    (void)snprintf(s->path, sizeof s->path, "%s/vici.%d", folder ? folder : "/tmp", getpid());
    (void)unlink(s->path);
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", s->path);
    atomic_store(&s->recording, recording);
    s->stop_fd = eventfd(0, EFD_CLOEXEC);
    s->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(s->listen_fd, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(s->listen_fd, 4) != 0 ||
        pthread_create(&s->thread, NULL, vici_server_run, s) != 0) {
        abort();
    }
    return s;
}

/* What is connected is disconnected; the path goes away. */
static inline void vici_server_stop(struct vici_server *s)
{
    uint64_t one = 1;
    (void)!write(s->stop_fd, &one, sizeof one);
    (void)pthread_join(s->thread, NULL);
    (void)close(s->listen_fd);
    (void)close(s->stop_fd);
    (void)unlink(s->path);
    free(s);
}

#endif
