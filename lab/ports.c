/* lab-ports COUNT: prints COUNT neighbouring TCP ports of 127.0.0.1 that nobody uses. They lie
 * below the range from which the kernel takes ports for outgoing connections, so that none of
 * those can sit on a server's port while the server is down. */
#include "lab/util.h"

#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

enum { LOWEST = 10000, HIGHEST = 32000, COUNT_MAX = 64, TRIES = 1000 };

static uint16_t first_ephemeral(void)
{
    unsigned first = HIGHEST;
    FILE *f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
    if (f) {
        if (fscanf(f, "%5u", &first) != 1) {
            first = HIGHEST;
        }
        (void)fclose(f);
    }
    return first > LOWEST + COUNT_MAX && first < HIGHEST ? (uint16_t)first : HIGHEST;
}

static bool all_free(uint16_t base, int count)
{
    int fd[COUNT_MAX];
    int n = 0;
    while (n < count && (fd[n] = util_listen((uint16_t)(base + n), 1)) >= 0) {
        n++;
    }
    for (int i = 0; i < n; i++) {
        (void)close(fd[i]);
    }
    return n == count;
}

static uint16_t find_base(int count)
{
    unsigned span = (unsigned)(first_ephemeral() - LOWEST - count);
    for (int i = 0; i < TRIES; i++) {
        unsigned dice;
        if (getrandom(&dice, sizeof dice, 0) != (ssize_t)sizeof dice) {
            return 0;
        }
        uint16_t base = (uint16_t)(LOWEST + dice % span);
        if (all_free(base, count)) {
            return base;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    int64_t count;
    if (argc != 2 || !util_parse(argv[1], 1, COUNT_MAX, &count)) {
        (void)fprintf(stderr, "usage: lab-ports COUNT\n");
        return 64;
    }
    uint16_t base = find_base((int)count);
    if (base == 0) {
        (void)fprintf(stderr, "lab-ports: no %d free ports in a row\n", (int)count);
        return 1;
    }
    for (int i = 0; i < (int)count; i++) {
        (void)printf("%d\n", base + i);
    }
    return 0;
}
