#include "lab/relay_door.h"

#include "lab/util.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { QUEUE = 64, ANSWER_MS = 100 };

bool door_open(struct door *door)
{
    if (door->fd < 0) {
        door->fd = util_listen(door->port, QUEUE);
    }
    return door->fd >= 0;
}

static void drop_fillers(struct door *door)
{
    while (door->n_fillers > 0) {
        util_reset(door->filler[--door->n_fillers]);
    }
}

void door_shut(struct door *door)
{
    drop_fillers(door);
    if (door->fd >= 0) {
        (void)close(door->fd);
        door->fd = -1;
    }
}

static bool answered(int fd)
{
    struct pollfd pfd = {.fd = fd, .events = POLLOUT};
    return poll(&pfd, 1, ANSWER_MS) > 0;
}

bool door_block(struct door *door)
{
    if (door->fd < 0 || door->n_fillers > 0) {
        return true;
    }
    (void)listen(door->fd, 0);
    while (door->n_fillers < DOOR_FILLERS) {
        int fd = util_connect(door->port);
        if (fd < 0) {
            return false;
        }
        if (!answered(fd)) {
            (void)close(fd);
            return true; /* with no filler at all, others who came before fill the queue */
        }
        door->filler[door->n_fillers++] = fd;
    }
    return false;
}

void door_unblock(struct door *door)
{
    drop_fillers(door);
    if (door->fd >= 0) {
        (void)listen(door->fd, QUEUE);
    }
}

static bool still_there(int fd)
{
    char byte;
    return recv(fd, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno == EAGAIN;
}

int door_accept(struct door *door)
{
    int fd;
    while (door->fd >= 0 && (fd = accept(door->fd, NULL, NULL)) >= 0) {
        if (still_there(fd)) {
            int on = 1;
            (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            (void)fcntl(fd, F_SETFL, O_NONBLOCK);
            return fd;
        }
        (void)close(fd);
    }
    return -1;
}
