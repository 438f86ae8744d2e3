/* lab-relay run SOCKET TARGET REPLICATION PROBE
 *     Stands for the VPN between the sites: carries connections from the ports REPLICATION (the
 *     replica's) and PROBE (the observer's) to TARGET, and answers commands at SOCKET.
 * lab-relay ctl SOCKET COMMAND [VALUE]
 *     slow MS     a round trip takes MS longer
 *     lag MS      replication arrives MS late; rises by half a second a second, falls at once
 *     drop 0|1    packets vanish: nothing moves, nobody is told, new connections get no answer
 *     reset 0|1   connections are cut, new ones refused
 *     status      prints all of the above */
#include "lab/relay_conn.h"
#include "lab/relay_ctl.h"
#include "lab/relay_door.h"
#include "lab/util.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DOORS = 2, CONNS_MAX = 256, FDS_MAX = 1 + DOORS + 2 * CONNS_MAX };

struct relay {
    struct weather weather;
    uint16_t target_port;
    int ctl_fd;
    struct door door[DOORS];
    int n_conns;
    struct conn *conn[CONNS_MAX];
};

static void cut_all(struct relay *relay)
{
    while (relay->n_conns > 0) {
        conn_destroy(relay->conn[--relay->n_conns]);
    }
}

static bool set_reset(struct relay *relay, bool on)
{
    bool done = true;
    if (on) {
        cut_all(relay);
    }
    for (int i = 0; i < DOORS; i++) {
        if (on) {
            door_shut(&relay->door[i]);
        } else {
            done = door_open(&relay->door[i]) && done;
        }
        if (relay->weather.drop) {
            done = door_block(&relay->door[i]) && done;
        }
    }
    relay->weather.reset = on;
    return done;
}

static bool set_drop(struct relay *relay, bool on)
{
    bool done = true;
    for (int i = 0; i < DOORS; i++) {
        if (on) {
            done = door_block(&relay->door[i]) && done;
        } else {
            door_unblock(&relay->door[i]);
        }
    }
    relay->weather.drop = on;
    return done;
}

static void describe(const struct relay *relay, char *reply, unsigned size)
{
    const struct weather *w = &relay->weather;
    int64_t lag_ms = 0;
    size_t held_bytes = 0;
    for (int i = 0; i < relay->n_conns; i++) {
        int64_t mine_ms = conn_lag_ms(relay->conn[i], util_now_ms());
        lag_ms = mine_ms > lag_ms ? mine_ms : lag_ms;
        held_bytes += conn_held_bytes(relay->conn[i]);
    }
    (void)snprintf(reply, size,
                   "drop=%d reset=%d slow_ms=%lld lag_target_ms=%lld lag_ms=%lld "
                   "held_bytes=%zu connections=%d",
                   w->drop, w->reset, (long long)w->slow_ms, (long long)w->lag_ms,
                   (long long)lag_ms, held_bytes, relay->n_conns);
}

/* The control socket's obey(). */
static bool obey(void *ctx, char *line, char *reply, unsigned size)
{
    struct relay *relay = ctx;
    char *save = NULL;
    const char *verb = strtok_r(line, " ", &save);
    const char *word = strtok_r(NULL, " ", &save);
    int64_t value = 0;
    if (!verb || (word && !util_parse(word, 0, 86400000, &value))) {
        return false;
    }
    bool done = true;
    if (strcmp(verb, "slow") == 0 && word) {
        relay->weather.slow_ms = value;
    } else if (strcmp(verb, "lag") == 0 && word) {
        relay->weather.lag_ms = value;
    } else if (strcmp(verb, "drop") == 0 && word) {
        done = set_drop(relay, value != 0);
    } else if (strcmp(verb, "reset") == 0 && word) {
        done = set_reset(relay, value != 0);
    } else if (strcmp(verb, "status") != 0) {
        return false;
    }
    describe(relay, reply, size);
    return done;
}

static void welcome(struct relay *relay, struct door *door, int64_t now_ms)
{
    int fd;
    while ((fd = door_accept(door)) >= 0) {
        if (relay->n_conns == CONNS_MAX) {
            util_reset(fd);
            continue;
        }
        relay->conn[relay->n_conns++] =
            conn_create(fd, relay->target_port, door->carries_lag, &relay->weather, now_ms);
    }
}

static int fill_poll(const struct relay *relay, struct pollfd *pfd)
{
    int n = 0;
    pfd[n++] = (struct pollfd){.fd = relay->ctl_fd, .events = POLLIN};
    for (int i = 0; i < DOORS; i++) {
        int fd = relay->weather.drop ? -1 : relay->door[i].fd;
        pfd[n++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    for (int i = 0; i < relay->n_conns; i++) {
        conn_poll(relay->conn[i], &relay->weather, &pfd[n]);
        n += 2;
    }
    return n;
}

static int patience_ms(const struct relay *relay, int64_t now_ms)
{
    int64_t wake_ms = now_ms + 1000;
    for (int i = 0; i < relay->n_conns; i++) {
        conn_wake(relay->conn[i], &relay->weather, now_ms, &wake_ms);
    }
    return wake_ms > now_ms ? (int)(wake_ms - now_ms) : 1;
}

static void step_all(struct relay *relay, const struct pollfd *pfd, int64_t now_ms)
{
    int kept = 0;
    for (int i = 0; i < relay->n_conns; i++) {
        struct conn *conn = relay->conn[i];
        if (conn_step(conn, &relay->weather, &pfd[1 + DOORS + 2 * i], now_ms)) {
            relay->conn[kept++] = conn;
        } else {
            conn_destroy(conn);
        }
    }
    relay->n_conns = kept;
}

static void carry(struct relay *relay)
{
    struct pollfd pfd[FDS_MAX];
    while (!util_stopping()) {
        int n = fill_poll(relay, pfd);
        if (poll(pfd, (nfds_t)n, patience_ms(relay, util_now_ms())) < 0) {
            continue;
        }
        int64_t now_ms = util_now_ms();
        step_all(relay, pfd, now_ms);
        for (int i = 0; i < DOORS; i++) {
            if (pfd[1 + i].revents) {
                welcome(relay, &relay->door[i], now_ms);
            }
        }
        if (pfd[0].revents) {
            ctl_serve(relay->ctl_fd, obey, relay);
        }
    }
}

static int run(const char *socket_path, char **ports)
{
    int64_t port[3];
    for (int i = 0; i < 3; i++) {
        if (!util_parse(ports[i], 1, UINT16_MAX, &port[i])) {
            (void)fprintf(stderr, "lab-relay: %s: not a port\n", ports[i]);
            return 64;
        }
    }
    static struct relay relay;
    relay.target_port = (uint16_t)port[0];
    relay.door[0] = (struct door){.port = (uint16_t)port[1], .fd = -1, .carries_lag = true};
    relay.door[1] = (struct door){.port = (uint16_t)port[2], .fd = -1};
    util_catch_signals();
    relay.ctl_fd = ctl_listen(socket_path);
    if (relay.ctl_fd < 0 || !set_reset(&relay, false)) {
        (void)fprintf(stderr, "lab-relay: %s\n", strerror(errno));
        return 1;
    }
    carry(&relay);
    set_reset(&relay, true);
    (void)close(relay.ctl_fd);
    (void)unlink(socket_path);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "run") == 0) {
        return run(argv[2], &argv[3]);
    }
    if (argc >= 4 && strcmp(argv[1], "ctl") == 0) {
        return ctl_call(argv[2], argc - 3, &argv[3]);
    }
    (void)fprintf(stderr, "usage: lab-relay run SOCKET TARGET REPLICATION PROBE\n"
                          "       lab-relay ctl SOCKET COMMAND [VALUE]\n");
    return 64;
}
