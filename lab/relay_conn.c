#include "lab/relay_conn.h"

#include "backend/mem.h"
#include "lab/delay.h"
#include "lab/util.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* A line that holds this much stops reading: the sender then feels a slow receiver. */
#define LINE_MAX_BYTES ((size_t)256 << 20)
#define READ_BYTES     ((size_t)64 << 10)

enum side { CLIENT, SERVER };
enum stage { STAGE_ON_ITS_WAY, STAGE_CONNECTING, STAGE_OPEN };

/* What one side sends and the other has yet to get. */
struct half {
    struct delay_line *line;
    bool ended;   /* the sender has said its last */
    bool shut;    /* and the receiver was told */
    bool blocked; /* the receiver takes no more for now */
};

struct conn {
    enum stage stage;
    int64_t connect_at_ms;
    uint16_t target_port;
    bool carries_lag;
    int fd[2];
    struct half from[2];
    struct delay_ramp lag;
};

struct conn *conn_create(int client_fd, uint16_t target_port, bool carries_lag,
                         const struct weather *weather, int64_t now_ms)
{
    struct conn *conn = mem_alloc(1, sizeof *conn);
    conn->connect_at_ms = now_ms + weather->slow_ms / 2;
    conn->target_port = target_port;
    conn->carries_lag = carries_lag;
    conn->fd[CLIENT] = client_fd;
    conn->fd[SERVER] = -1;
    conn->from[CLIENT].line = delay_line_create();
    conn->from[SERVER].line = delay_line_create();
    return conn;
}

void conn_destroy(struct conn *conn)
{
    if (!conn) {
        return;
    }
    for (int i = 0; i < 2; i++) {
        if (conn->fd[i] >= 0) {
            util_reset(conn->fd[i]);
        }
        delay_line_destroy(conn->from[i].line);
    }
    free(conn);
}

static int64_t delay_of(const struct conn *conn, enum side sender,
                        const struct weather *weather, int64_t now_ms)
{
    int64_t lag_ms = sender == SERVER ? delay_ramp_at(&conn->lag, now_ms) : 0;
    return weather->slow_ms / 2 + lag_ms;
}

static short wanted(const struct conn *conn, enum side side)
{
    const struct half *sends = &conn->from[side];
    short events = 0;
    if (!sends->ended && delay_line_bytes(sends->line) < LINE_MAX_BYTES) {
        events |= POLLIN;
    }
    if (conn->from[!side].blocked) {
        events |= POLLOUT;
    }
    return events;
}

void conn_poll(const struct conn *conn, const struct weather *weather, struct pollfd pfd[2])
{
    for (int i = 0; i < 2; i++) {
        short events = 0;
        if (conn->stage == STAGE_OPEN) {
            events = wanted(conn, i);
        } else if (conn->stage == STAGE_CONNECTING && i == SERVER) {
            events = POLLOUT;
        }
        if (weather->drop) {
            events = 0;
        }
        pfd[i] = (struct pollfd){.fd = events ? conn->fd[i] : -1, .events = events};
    }
}

static void lower(int64_t *io_value, int64_t candidate)
{
    if (candidate < *io_value) {
        *io_value = candidate;
    }
}

void conn_wake(const struct conn *conn, const struct weather *weather, int64_t now_ms,
               int64_t *io_wake_ms)
{
    if (weather->drop) {
        return;
    }
    if (conn->stage == STAGE_ON_ITS_WAY) {
        lower(io_wake_ms, conn->connect_at_ms);
        return;
    }
    for (int i = 0; i < 2; i++) {
        int64_t arrived_ms;
        if (!conn->from[i].blocked && delay_line_oldest(conn->from[i].line, &arrived_ms)) {
            lower(io_wake_ms, arrived_ms + delay_of(conn, i, weather, now_ms));
        }
    }
}

static bool start_connecting(struct conn *conn, int64_t now_ms)
{
    if (now_ms >= conn->connect_at_ms) {
        conn->fd[SERVER] = util_connect(conn->target_port);
        conn->stage = STAGE_CONNECTING;
        return conn->fd[SERVER] >= 0;
    }
    return true;
}

static bool finish_connecting(struct conn *conn, short revents)
{
    if (revents == 0) {
        return true;
    }
    int why = 0;
    socklen_t size = sizeof why;
    if (getsockopt(conn->fd[SERVER], SOL_SOCKET, SO_ERROR, &why, &size) != 0 || why != 0) {
        return false;
    }
    conn->stage = STAGE_OPEN;
    return true;
}

static bool read_side(struct conn *conn, enum side side, int64_t now_ms)
{
    static unsigned char buf[READ_BYTES];
    ssize_t n = recv(conn->fd[side], buf, sizeof buf, 0);
    if (n > 0) {
        delay_line_push(conn->from[side].line, buf, (size_t)n, now_ms);
    } else if (n == 0) {
        conn->from[side].ended = true;
    } else {
        return errno == EAGAIN || errno == EINTR;
    }
    return true;
}

static bool deliver(struct conn *conn, enum side sender, int64_t delay_ms, int64_t now_ms)
{
    struct half *half = &conn->from[sender];
    int to = conn->fd[!sender];
    const void *bytes;
    size_t len;
    half->blocked = false;
    while ((len = delay_line_due(half->line, delay_ms, now_ms, &bytes)) > 0) {
        ssize_t n = send(to, bytes, len, MSG_NOSIGNAL);
        if (n < 0) {
            half->blocked = errno == EAGAIN;
            return errno == EAGAIN || errno == EINTR;
        }
        delay_line_pop(half->line, (size_t)n);
    }
    if (half->ended && !half->shut && delay_line_bytes(half->line) == 0) {
        (void)shutdown(to, SHUT_WR);
        half->shut = true;
    }
    return true;
}

static bool pump(struct conn *conn, const struct weather *weather, const struct pollfd pfd[2],
                 int64_t now_ms)
{
    for (int i = 0; i < 2; i++) {
        if ((pfd[i].events & POLLIN) && (pfd[i].revents & ~POLLOUT) &&
            !read_side(conn, i, now_ms)) {
            return false;
        }
    }
    for (int i = 0; i < 2; i++) {
        if (!deliver(conn, i, delay_of(conn, i, weather, now_ms), now_ms)) {
            return false;
        }
    }
    return !(conn->from[CLIENT].shut && conn->from[SERVER].shut);
}

bool conn_step(struct conn *conn, const struct weather *weather, const struct pollfd pfd[2],
               int64_t now_ms)
{
    if (conn->carries_lag) {
        delay_ramp_aim(&conn->lag, weather->lag_ms, now_ms);
    }
    if (weather->drop) {
        return true;
    }
    switch (conn->stage) {
    case STAGE_ON_ITS_WAY:
        return start_connecting(conn, now_ms);
    case STAGE_CONNECTING:
        return finish_connecting(conn, pfd[SERVER].revents);
    case STAGE_OPEN:
        break;
    }
    return pump(conn, weather, pfd, now_ms);
}

int64_t conn_lag_ms(const struct conn *conn, int64_t now_ms)
{
    return delay_ramp_at(&conn->lag, now_ms);
}

size_t conn_held_bytes(const struct conn *conn)
{
    return delay_line_bytes(conn->from[CLIENT].line) +
           delay_line_bytes(conn->from[SERVER].line);
}
