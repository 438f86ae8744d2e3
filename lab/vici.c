#include "lab/vici.h"

#include "backend/mem.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { FRAME_MAX = 512 * 1024, DEPTH_MAX = 8, NAME_MAX_LENGTH = 255 };

enum packet { CMD_REQUEST, CMD_RESPONSE, CMD_UNKNOWN, EVENT_REGISTER, EVENT_UNREGISTER };
enum { EVENT_CONFIRM = 5, EVENT = 7 };

enum element { SECTION_START = 1, SECTION_END, KEY_VALUE, LIST_START, LIST_ITEM, LIST_END };

/* --- the socket */

static int dial(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = 1};
    if (strlen(path) >= sizeof at.sun_path) {
        return -1;
    }
    memcpy(at.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, (const struct sockaddr *)&at, sizeof at) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static bool read_all(int fd, void *to, size_t size)
{
    for (char *p = to; size > 0;) {
        ssize_t n = read(fd, p, size);
        if (n <= 0) {
            return false;
        }
        p += n;
        size -= (size_t)n;
    }
    return true;
}

/* A packet with a name and without a message. */
static bool send_named(int fd, enum packet type, const char *name)
{
    char frame[4 + 2 + NAME_MAX_LENGTH + 1];
    size_t len = strlen(name);
    uint32_t rest = htonl((uint32_t)(2 + len));
    memcpy(frame, &rest, sizeof rest);
    frame[4] = (char)type;
    frame[5] = (char)len;
    (void)snprintf(frame + 6, sizeof frame - 6, "%s", name);
    return send(fd, frame, 6 + len, MSG_NOSIGNAL) == (ssize_t)(6 + len);
}

/* The caller frees it; NULL: nothing came. */
static unsigned char *receive(int fd, size_t *out_len)
{
    uint32_t len;
    if (!read_all(fd, &len, sizeof len)) {
        return NULL;
    }
    len = ntohl(len);
    if (len < 1 || len > FRAME_MAX) {
        return NULL;
    }
    unsigned char *frame = mem_alloc(1, len);
    if (!read_all(fd, frame, len)) {
        free(frame);
        return NULL;
    }
    *out_len = len;
    return frame;
}

/* --- a message */

struct text {
    const char *at;
    size_t len;
};

struct reader {
    const unsigned char *at, *end;
};

static bool take(struct reader *r, size_t bytes_of_length, struct text *out)
{
    size_t len = 0;
    if ((size_t)(r->end - r->at) < bytes_of_length) {
        return false;
    }
    for (size_t i = 0; i < bytes_of_length; i++) {
        len = len << 8 | *r->at++;
    }
    if ((size_t)(r->end - r->at) < len) {
        return false;
    }
    *out = (struct text){(const char *)r->at, len};
    r->at += len;
    return true;
}

static bool is(struct text t, const char *word)
{
    return t.len == strlen(word) && memcmp(t.at, word, t.len) == 0;
}

static int64_t number(struct text t)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%.*s", (int)t.len, t.at);
    return strtoll(digits, NULL, 10);
}

static struct vici_tunnel *tunnel_called(struct vici_tunnels *all, struct text name)
{
    for (size_t i = 0; i < all->n; i++) {
        if (is(name, all->at[i].name)) {
            return &all->at[i];
        }
    }
    if (all->n == VICI_TUNNELS_MAX) {
        return NULL;
    }
    struct vici_tunnel *t = &all->at[all->n++];
    (void)snprintf(t->name, sizeof t->name, "%.*s", (int)name.len, name.at);
    return t;
}

/* A key below an IKE SA (depth 1) or below one of its children (depth 3). */
static void take_value(struct vici_tunnel *t, int depth, struct text key, struct text value)
{
    if (depth == 1 && is(key, "state")) {
        t->established |=
            is(value, "ESTABLISHED") || is(value, "REKEYING") || is(value, "REKEYED");
        t->connecting |= is(value, "CONNECTING");
    } else if (depth == 3 && is(key, "state")) {
        t->installed |= is(value, "INSTALLED") || is(value, "REKEYING") || is(value, "REKEYED");
    } else if (depth == 3 && is(key, "bytes-in")) {
        t->bytes_in = number(value);
    } else if (depth == 3 && is(key, "bytes-out")) {
        t->bytes_out = number(value);
    }
}

/* The message of an event list-sa. What is not understood ends it. */
static void take_sa(struct reader r, struct vici_tunnels *all)
{
    struct vici_tunnel *t = NULL;
    int depth = 0;
    while (r.at < r.end) {
        struct text key = {0}, value = {0};
        enum element type = *r.at++;
        if (type == SECTION_END) {
            depth--;
            continue;
        }
        if (type == LIST_END) {
            continue;
        }
        if (type == LIST_ITEM ? !take(&r, 2, &value) : !take(&r, 1, &key)) {
            return;
        }
        if (type == SECTION_START) {
            depth++;
            if (depth == 1) {
                t = tunnel_called(all, key);
            } else if (depth == 3 && t) {
                (void)snprintf(t->child, sizeof t->child, "%.*s", (int)key.len, key.at);
            }
            if (depth > DEPTH_MAX) {
                return;
            }
        } else if (type == KEY_VALUE) {
            if (!take(&r, 2, &value)) {
                return;
            }
            if (t) {
                take_value(t, depth, key, value);
            }
        } else if (type != LIST_START && type != LIST_ITEM) {
            return;
        }
    }
}

static bool is_list_sa(const unsigned char *frame, size_t len)
{
    static const char name[] = "list-sa";
    return len >= 2 + strlen(name) && frame[0] == EVENT && frame[1] == strlen(name) &&
           memcmp(frame + 2, name, strlen(name)) == 0;
}

static bool ask(int fd, struct vici_tunnels *out)
{
    bool over = false, answered = false;
    if (!send_named(fd, EVENT_REGISTER, "list-sa")) {
        return false;
    }
    while (!over) {
        size_t len;
        unsigned char *frame = receive(fd, &len);
        if (!frame) {
            return false;
        }
        if (frame[0] == EVENT_CONFIRM) {
            over = !send_named(fd, CMD_REQUEST, "list-sas");
        } else if (is_list_sa(frame, len)) {
            take_sa((struct reader){frame + 2 + frame[1], frame + len}, out);
        } else if (frame[0] != EVENT) {
            answered = frame[0] == CMD_RESPONSE;
            over = true;
        }
        free(frame);
    }
    return answered;
}

bool vici_look(const char *socket_path, struct vici_tunnels *out)
{
    struct vici_tunnels seen = {0};
    int fd = dial(socket_path);
    if (fd < 0) {
        return false;
    }
    bool answered = ask(fd, &seen);
    (void)close(fd);
    if (answered) {
        *out = seen;
    }
    return answered;
}
