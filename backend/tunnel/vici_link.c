#include "backend/tunnel/vici_link.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "backend/fact/clock.h"
#include "backend/mem.h"

#define ANSWER_MAX (8 * 1024 * 1024) /* bytes of one answer: some thousand SAs */

void vici_link_init(struct vici_link *link)
{
    *link = (struct vici_link){.fd = -1};
}

void vici_link_close(struct vici_link *link)
{
    if (link->fd >= 0) {
        (void)close(link->fd);
    }
    free(link->frame);
    link->frame = NULL;
    link->room = 0;
    link->fd = -1;
}

bool vici_link_is_open(const struct vici_link *link)
{
    return link->fd >= 0;
}

static void explain_open(const char *path, int errnum, struct error *err)
{
    switch (errnum) {
    case ENOENT:
        error_set(err,
                  "no socket %.100s: charon does not run, or charon.plugins.vici.socket in "
                  "strongswan.conf has it elsewhere",
                  path);
        break;
    case EACCES:
    case EPERM:
        error_set(err,
                  "%.80s: permission denied; expected a member of charon.group "
                  "(strongswan.conf), or an ACL: setfacl -m u:USER:rw on it",
                  path);
        break;
    case ECONNREFUSED:
        error_set(err, "%.100s: nobody listens; charon has ended", path);
        break;
    case EAGAIN:
        error_set(err, "%.100s: charon takes no more connections", path);
        break;
    default: {
        char words[96];
        net_errno_text(errnum, words, sizeof words);
        error_set(err, "%.100s: %s", path, words);
        break;
    }
    }
}

bool vici_link_open(struct vici_link *link, const char *path, struct error *err)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len >= sizeof to.sun_path) {
        error_set(err, "%.60s...: %zu characters, expected a socket's path of at most %zu",
                  path, len, sizeof to.sun_path - 1);
        return false;
    }
    memcpy(to.sun_path, path, len);
    vici_link_close(link);
    link->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (link->fd < 0 || connect(link->fd, (const struct sockaddr *)&to, sizeof to) != 0) {
        explain_open(path, errno, err);
        vici_link_close(link);
        return false;
    }
    return true;
}

/* The deadline holds for a peer that goes on sending, too. */
static bool await_fd(const struct vici_link *link, short events, const struct vici_talk *talk,
                     struct error *err)
{
    enum wait_end end = clock_real_us() < talk->deadline_us
                            ? wait_for(link->fd, events, talk->wake, talk->deadline_us)
                            : WAIT_TIMEOUT;
    if (end != WAIT_READY) {
        error_set(err, "%s",
                  end == WAIT_TIMEOUT ? "charon did not answer in time" : "interrupted");
        return false;
    }
    return true;
}

static bool fail_io(int errnum, struct error *err)
{
    char words[96];
    net_errno_text(errnum, words, sizeof words);
    error_set(err, "charon's socket: %s", words);
    return false;
}

static bool passes(int errnum)
{
    return errnum == EINTR || errnum == EAGAIN;
}

static bool send_all(struct vici_link *link, const unsigned char *bytes, size_t len,
                     const struct vici_talk *talk, struct error *err)
{
    for (size_t done = 0; done < len;) {
        if (!await_fd(link, POLLOUT, talk, err)) {
            return false;
        }
        ssize_t n = send(link->fd, bytes + done, len - done, MSG_NOSIGNAL);
        if (n < 0 && !passes(errno)) {
            return fail_io(errno, err);
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool receive(struct vici_link *link, unsigned char *out, size_t len,
                    const struct vici_talk *talk, struct error *err)
{
    for (size_t done = 0; done < len;) {
        if (!await_fd(link, POLLIN, talk, err)) {
            return false;
        }
        ssize_t n = recv(link->fd, out + done, len - done, 0);
        if (n == 0) {
            error_set(err, "charon closed the connection");
            return false;
        }
        if (n < 0 && !passes(errno)) {
            return fail_io(errno, err);
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool receive_frame(struct vici_link *link, const struct vici_talk *talk, size_t *total,
                          struct vici_frame *out, struct error *err)
{
    unsigned char header[VICI_HEADER];
    if (!receive(link, header, sizeof header, talk, err)) {
        return false;
    }
    size_t len = vici_length(header);
    *total += VICI_HEADER + len;
    if (len == 0 || *total > ANSWER_MAX) {
        error_set(err, "the answer is not VICI, or too large");
        return false;
    }
    if (link->room < len) {
        link->frame = mem_realloc(link->frame, len, 1);
        link->room = len;
    }
    if (!receive(link, link->frame, len, talk, err)) {
        return false;
    }
    if (!vici_frame_read(link->frame, len, out)) {
        error_set(err, "the answer is not VICI");
        return false;
    }
    return true;
}

/* Sends one frame and hears events until that of type good or bad comes. */
static bool exchange(struct vici_link *link, enum vici_type type, const char *name,
                     enum vici_type good, enum vici_type bad, const struct vici_talk *talk,
                     struct error *err)
{
    unsigned char bytes[VICI_HEADER + 2 + 255];
    size_t len = vici_frame_write(bytes, sizeof bytes, type, name), total = 0;
    if (!send_all(link, bytes, len, talk, err)) {
        return false;
    }
    for (;;) {
        struct vici_frame frame;
        if (!receive_frame(link, talk, &total, &frame, err)) {
            return false;
        }
        if (frame.type == good) {
            return true;
        }
        if (frame.type == bad) {
            error_set(err, "charon does not know %s, expected strongSwan 5.4 or newer", name);
            return false;
        }
        if (frame.type != VICI_EVENT || !talk->on_event(talk->ctx, &frame)) {
            error_set(err, "charon's answer to %s makes no sense", name);
            return false;
        }
    }
}

bool vici_link_register(struct vici_link *link, const char *event, bool on,
                        const struct vici_talk *talk, struct error *err)
{
    bool ok = exchange(link, on ? VICI_REGISTER : VICI_UNREGISTER, event, VICI_CONFIRMED,
                       VICI_UNKNOWN_EVENT, talk, err);
    if (!ok) {
        vici_link_close(link);
    }
    return ok;
}

bool vici_link_ask(struct vici_link *link, const char *command, const struct vici_talk *talk,
                   struct error *err)
{
    bool ok =
        exchange(link, VICI_REQUEST, command, VICI_RESPONSE, VICI_UNKNOWN_COMMAND, talk, err);
    if (!ok) {
        vici_link_close(link);
    }
    return ok;
}
