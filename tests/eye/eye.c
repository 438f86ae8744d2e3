#include "tests/eye/eye.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "backend/mem.h"
#include "tests/eye/eye_priv.h"

extern char **environ;

const char *const eye_terms[] = {
    "xterm-256color", "xterm", "xterm-mono", "tmux-256color", "tmux", "screen-256color",
    "screen",         "linux", "vt100",      "vt220",         "ansi", NULL};

enum {
    POLL_SLICE_MS = 20,
    SLICE_MS = 10,
    SEND_LIMIT_MS = 1000,
    DRAIN_MS = 100,
    EXEC_FAILED = 127
};

static int64_t now_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t now_ms(void)
{
    return now_us() / 1000;
}

/* The program must see this terminal, not the one that the tests were started from. */
static void set_child_environment(const struct eye_options *o)
{
    static const char *const dropped[] = {"LINES",    "COLUMNS",  "COLORTERM", "NO_COLOR",
                                          "LANGUAGE", "LC_CTYPE", "ESCDELAY",  "TMUX"};
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++) {
        (void)unsetenv(dropped[i]);
    }
    (void)setenv("TERM", o->term, 1);
    (void)setenv("LC_ALL", o->locale, 1);
    for (const char *const *env = o->env; env && *env; env++) {
        const char *equals = strchr(*env, '=');
        if (!equals) {
            (void)unsetenv(*env);
            continue;
        }
        char *name = mem_strndup(*env, (size_t)(equals - *env));
        (void)setenv(name, equals + 1, 1);
        free(name);
    }
}

static void run_child(const struct eye_options *o, int report_fd)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    const struct sigaction normal = {.sa_handler = SIG_DFL};
    (void)sigaction(SIGPIPE, &normal, NULL);
    (void)sigaction(SIGINT, &normal, NULL);
    set_child_environment(o);
    /* execvp takes char *const[] for historic reasons only; it does not write. */
    char *const *argv = (char *const *)(uintptr_t)o->argv;
    (void)execvp(argv[0], argv);
    int reason = errno;
    (void)!write(report_fd, &reason, sizeof reason);
    _exit(EXEC_FAILED);
}

/* The pipe closes by itself when the program starts, or carries why it did not. */
static bool exec_succeeded(int report_fd, const char *name, struct error *err)
{
    int reason = 0;
    ssize_t n;
    do {
        n = read(report_fd, &reason, sizeof reason);
    } while (n < 0 && errno == EINTR);
    if (n == 0) {
        return true;
    }
    error_set(err, "cannot run %s: %s", name, strerror(reason));
    return false;
}

static bool spawn(struct eye *e, const struct eye_options *o, struct error *err)
{
    int report[2];
    if (pipe(report) != 0 || fcntl(report[1], F_SETFD, FD_CLOEXEC) != 0) {
        error_set(err, "pipe: %s", strerror(errno));
        return false;
    }
    const struct winsize size = {.ws_row = (unsigned short)e->h,
                                 .ws_col = (unsigned short)e->w};
    e->pid = forkpty(&e->fd, NULL, NULL, &size);
    if (e->pid == 0) {
        (void)close(report[0]);
        run_child(o, report[1]);
    }
    int reason = errno;
    (void)close(report[1]);
    bool ok = e->pid > 0 && exec_succeeded(report[0], o->argv[0], err);
    if (e->pid < 0) {
        error_set(err, "forkpty: %s", strerror(reason));
        e->reaped = true;
        e->fd = -1;
    }
    (void)close(report[0]);
    return ok;
}

struct eye *eye_start(const struct eye_options *options, struct error *err)
{
    struct eye_options o = *options;
    o.term = o.term ? o.term : "xterm-256color";
    o.locale = o.locale ? o.locale : "C.UTF-8";
    struct eye *e = mem_alloc(1, sizeof *e);
    e->w = o.w > 0 ? o.w : 80;
    e->h = o.h > 0 ? o.h : 24;
    e->keep_bytes = o.keep_bytes;
    e->bytes_per_s = o.bytes_per_s;
    e->answer_after_ms = o.answer_after_ms;
    (void)snprintf(e->term, sizeof e->term, "%s", o.term);
    eye_screen_open(e);
    if (!spawn(e, &o, err)) {
        eye_destroy(e);
        return NULL;
    }
    (void)fcntl(e->fd, F_SETFL, O_NONBLOCK);
    (void)fcntl(e->fd, F_SETFD, FD_CLOEXEC);
    return e;
}

static bool reap(struct eye *e, int options)
{
    if (!e->reaped && waitpid(e->pid, &e->status, options) == e->pid) {
        e->reaped = true;
    }
    return e->reaped;
}

void eye_destroy(struct eye *e)
{
    if (!e) {
        return;
    }
    if (!reap(e, WNOHANG)) {
        /* forkpty made the child the leader of its own session and group. */
        (void)kill(-e->pid, SIGKILL);
        (void)kill(e->pid, SIGKILL);
        (void)reap(e, 0);
    }
    if (e->fd >= 0) {
        (void)close(e->fd);
    }
    vterm_free(e->vt);
    free(e->bytes);
    free(e->text);
    free(e);
}

static void remember(struct eye *e, const char *bytes, size_t len)
{
    e->bytes_written += len;
    if (!e->keep_bytes) {
        return;
    }
    if (e->bytes_len + len + 1 > e->bytes_room) {
        e->bytes_room = (e->bytes_len + len + 1) * 2;
        e->bytes = mem_realloc(e->bytes, e->bytes_room, 1);
    }
    memcpy(e->bytes + e->bytes_len, bytes, len);
    e->bytes_len += len;
    e->bytes[e->bytes_len] = '\0';
}

/* How many bytes may be read now. */
static size_t allowance(const struct eye *e)
{
    if (e->stalls) {
        return 0;
    }
    int64_t past_us = now_us() - e->paid_us;
    return e->bytes_per_s == 0 ? SIZE_MAX
           : past_us > 0       ? (size_t)(past_us * e->bytes_per_s / 1000000)
                               : 0;
}

/* A line that was idle does not catch up. */
static void pay(struct eye *e, size_t n)
{
    int64_t now = now_us(), slack_us = SLICE_MS * 1000;
    if (e->bytes_per_s) {
        int64_t from_us = e->paid_us > now - slack_us ? e->paid_us : now - slack_us;
        e->paid_us = from_us + (int64_t)n * 1000000 / e->bytes_per_s;
    }
}

/* One read; false when there is nothing more for now. A pty whose program is gone gives EIO. */
static bool read_some(struct eye *e)
{
    char buffer[16384];
    size_t most = allowance(e);
    if (most == 0) {
        return false;
    }
    ssize_t n = read(e->fd, buffer, most < sizeof buffer ? most : sizeof buffer);
    if (n > 0) {
        pay(e, (size_t)n);
        remember(e, buffer, (size_t)n);
        osc_feed(&e->osc, buffer, (size_t)n);
        e->taking = true;
        (void)vterm_input_write(e->vt, buffer, (size_t)n);
        e->taking = false;
        return true;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return false;
    }
    e->eof = true;
    return false;
}

void eye_answer(struct eye *e, const char *bytes, size_t len)
{
    if (e->answer_after_ms == 0) {
        eye_send(e, bytes, len);
    }
    if (e->answer_after_ms <= 0 || e->n_late == EYE_LATE_MAX || len > sizeof e->late[0].bytes) {
        return;
    }
    e->late[e->n_late].due_ms = now_ms() + e->answer_after_ms;
    e->late[e->n_late].len = len;
    memcpy(e->late[e->n_late++].bytes, bytes, len);
}

static void send_late(struct eye *e)
{
    while (e->n_late > 0 && e->late[0].due_ms <= now_ms()) {
        eye_send(e, e->late[0].bytes, e->late[0].len);
        memmove(&e->late[0], &e->late[1], (size_t)--e->n_late * sizeof e->late[0]);
    }
}

void eye_stall(struct eye *e, bool stalls)
{
    e->stalls = stalls;
}

/* Waits until something may be read, or an answer is due, or left_ms have passed. */
static bool await(struct eye *e, int64_t left_ms)
{
    struct pollfd p = {.fd = e->fd, .events = POLLIN};
    int64_t due_ms = e->n_late > 0 ? e->late[0].due_ms - now_ms() : left_ms;
    int64_t wait = due_ms < left_ms ? (due_ms > 0 ? due_ms : 0) : left_ms;
    if (allowance(e) == 0) {
        (void)poll(NULL, 0, wait < SLICE_MS ? (int)wait : SLICE_MS);
        return false;
    }
    return poll(&p, 1, (int)wait) > 0;
}

bool eye_pump(struct eye *e, int timeout_ms)
{
    int64_t end_ms = now_ms() + timeout_ms, left_ms = timeout_ms;
    bool may = false;
    while (!e->eof && !(may = await(e, left_ms)) && left_ms > 0) {
        send_late(e);
        left_ms = end_ms - now_ms();
        left_ms = left_ms > 0 ? left_ms : 0;
    }
    if (!may) {
        return false;
    }
    /* A program that writes without end must not keep the condition from being looked at. */
    bool any = false;
    for (int reads = 0; reads < 16 && read_some(e); reads++) {
        any = true;
    }
    send_late(e);
    vterm_screen_flush_damage(e->screen);
    return any;
}

bool eye_wait(struct eye *e, bool (*condition)(struct eye *e, void *ctx), void *ctx,
              int timeout_ms)
{
    int64_t deadline = now_ms() + timeout_ms;
    (void)eye_pump(e, 0);
    while (!condition(e, ctx)) {
        int64_t left = deadline - now_ms();
        if (left <= 0 || e->eof) {
            return false;
        }
        (void)eye_pump(e, (int)left);
    }
    return true;
}

struct text_condition {
    const char *text;
    bool wanted;
};

static bool text_stands(struct eye *e, void *ctx)
{
    const struct text_condition *c = ctx;
    return eye_sees(e, c->text) == c->wanted;
}

static bool wait_text(struct eye *e, struct text_condition c, int timeout_ms)
{
    if (eye_wait(e, text_stands, &c, timeout_ms)) {
        return true;
    }
    char why[256];
    (void)snprintf(why, sizeof why, "%s \"%s\" within %d ms%s",
                   c.wanted ? "did not see" : "still sees", c.text, timeout_ms,
                   e->eof ? " (the program has ended)" : "");
    eye_dump(e, why);
    return false;
}

bool eye_wait_text(struct eye *e, const char *text, int timeout_ms)
{
    return wait_text(e, (struct text_condition){text, true}, timeout_ms);
}

bool eye_gone_text(struct eye *e, const char *text, int timeout_ms)
{
    return wait_text(e, (struct text_condition){text, false}, timeout_ms);
}

bool eye_settle(struct eye *e, int quiet_ms, int timeout_ms)
{
    int64_t deadline = now_ms() + timeout_ms;
    while (!e->eof && eye_pump(e, quiet_ms)) {
        if (now_ms() >= deadline) {
            return false;
        }
    }
    return true;
}

bool eye_wait_exit(struct eye *e, int timeout_ms, int *out_status)
{
    int64_t deadline = now_ms() + timeout_ms;
    while (!reap(e, WNOHANG)) {
        if (now_ms() >= deadline) {
            eye_dump(e, "the program did not end");
            return false;
        }
        if (e->eof) {
            (void)poll(NULL, 0, 1); /* closed its terminal, about to end */
        } else {
            (void)eye_pump(e, POLL_SLICE_MS);
        }
    }
    /* The kernel hands the last output over in its own time; then comes the end of file, unless
     * a child of the program still holds the terminal. */
    while (eye_pump(e, DRAIN_MS)) {
    }
    *out_status = e->status;
    return true;
}

void eye_send(struct eye *e, const char *bytes, size_t len)
{
    int64_t deadline = now_ms() + SEND_LIMIT_MS;
    while (len > 0 && !e->eof) {
        ssize_t n = write(e->fd, bytes, len);
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
            continue;
        }
        if ((n < 0 && errno != EAGAIN && errno != EINTR) || now_ms() >= deadline) {
            return;
        }
        struct pollfd p = {.fd = e->fd, .events = POLLOUT};
        (void)poll(&p, 1, POLL_SLICE_MS);
    }
}

void eye_resize(struct eye *e, int w, int h)
{
    const struct winsize size = {.ws_row = (unsigned short)h, .ws_col = (unsigned short)w};
    (void)eye_pump(e, 0); /* what was written belongs to the old size */
    e->w = w;
    e->h = h;
    vterm_set_size(e->vt, h, w);
    (void)ioctl(e->fd, TIOCSWINSZ, &size);
}

bool eye_signal(struct eye *e, int sig)
{
    return !reap(e, WNOHANG) && kill(e->pid, sig) == 0;
}

void eye_hang_up(struct eye *e)
{
    while (eye_pump(e, 0)) {
    }
    (void)close(e->fd);
    e->fd = -1;
    e->eof = true;
}

bool eye_cooked(const struct eye *e)
{
    struct termios t;
    return tcgetattr(e->fd, &t) == 0 && (t.c_lflag & ICANON) && (t.c_lflag & ECHO);
}

pid_t eye_pid(const struct eye *e)
{
    return e->pid;
}

bool eye_alive(struct eye *e)
{
    return !reap(e, WNOHANG);
}

uint64_t eye_bytes_written(const struct eye *e)
{
    return e->bytes_written;
}

const char *eye_bytes(const struct eye *e, size_t *out_len)
{
    if (!e->keep_bytes) {
        return NULL;
    }
    *out_len = e->bytes_len;
    return e->bytes ? e->bytes : "";
}
