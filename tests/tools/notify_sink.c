/* notify-sink PATH: binds a datagram socket at PATH, as systemd does for a service, and prints each
 * line that arrives, with the milliseconds since its own start before it. Ends when its standard
 * input does. */
#include <inttypes.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { USAGE = 64 };

static int64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void print_lines(char *message, int64_t at_ms)
{
    for (char *line = strtok_r(message, "\n", &message); line;
         line = strtok_r(NULL, "\n", &message)) {
        (void)printf("%" PRId64 " %s\n", at_ms, line);
    }
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path) {
        (void)fputs("usage: notify-sink PATH\n", stderr);
        return USAGE;
    }
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", argv[1]);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        perror(argv[1]);
        return 1;
    }
    int64_t began_ms = now_ms();
    struct pollfd fds[2] = {{.fd = fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    while (poll(fds, 2, -1) > 0 && fds[1].revents == 0) {
        char message[4096];
        ssize_t n = recv(fd, message, sizeof message - 1, 0);
        if (n > 0) {
            message[n] = '\0';
            print_lines(message, now_ms() - began_ms);
        }
    }
    (void)unlink(argv[1]);
    return 0;
}
