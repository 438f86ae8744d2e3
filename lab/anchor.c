/* lab-anchor PORT [ADDRESS]: a third party that belongs to neither site. It accepts and hangs up, which
 * is all that an observer needs to know that it is on the network itself. */
#include "lab/util.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void hang_up_on_everybody(int door)
{
    struct pollfd pfd = {.fd = door, .events = POLLIN};
    while (!util_stopping()) {
        (void)poll(&pfd, 1, 1000);
        int fd = accept(door, NULL, NULL);
        if (fd >= 0) {
            (void)close(fd);
        }
    }
}

int main(int argc, char **argv)
{
    int64_t port;
    struct sockaddr_in at;
    if (argc < 2 || argc > 3 || !util_parse(argv[1], 1, UINT16_MAX, &port) ||
        !util_address(argv[2], (uint16_t)port, &at)) {
        (void)fprintf(stderr, "usage: lab-anchor PORT [ADDRESS]\n");
        return 64;
    }
    util_catch_signals();
    int door = util_listen_at(&at, SOMAXCONN);
    if (door < 0) {
        (void)fprintf(stderr, "lab-anchor: port %d: %s\n", (int)port, strerror(errno));
        return 1;
    }
    hang_up_on_everybody(door);
    (void)close(door);
    return 0;
}
