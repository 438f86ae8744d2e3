#define _GNU_SOURCE /* pipe2(), memfd_create() */
#include "backend/net/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/fact/clock.h"
#include "backend/mem.h"

#define OUTPUT_MAX  65536
#define COMPLAINT   256 /* bytes of error output that are looked at */
#define REAP_TRY_MS 5
#define LOOK_MS     100 /* how often a wait looks whether it shall stop */

struct wait {
    int64_t deadline_ms;
    const atomic_bool *stop;
};

/* What comes out of a command. */
struct output {
    int fd, error_fd; /* pipes; -1: none, or ended */
    char *out;        /* NULL: not wanted */
    size_t size, len, total, max;
    char complaint[COMPLAINT]; /* what it wrote to error_fd first */
    size_t complaint_len;
};

/* How long one poll() may take; 0 when the wait is over, and err says why. */
static int left_ms(const struct wait *w, struct error *err)
{
    int64_t left = w->deadline_ms - clock_mono_ms(&clock_system);
    if (w->stop && atomic_load(w->stop)) {
        error_set(err, "interrupted");
        return 0;
    }
    if (left <= 0) {
        error_set(err, "did not end in time");
        return 0;
    }
    int64_t most = w->stop ? LOOK_MS : 60000;
    return (int)(left < most ? left : most);
}

/* A group of its own, so that one kill ends what the command started too; and the signals that
 * drtop blocks or ignores as any program expects them. */
static int set_attributes(posix_spawnattr_t *attr)
{
    sigset_t none, all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    int rc = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                POSIX_SPAWN_SETSIGDEF);
    rc = rc ? rc : posix_spawnattr_setpgroup(attr, 0);
    rc = rc ? rc : posix_spawnattr_setsigmask(attr, &none);
    return rc ? rc : posix_spawnattr_setsigdefault(attr, &all);
}

/* fd becomes the descriptor `as`; without one (-1) that is /dev/null. */
static int set_fd(posix_spawn_file_actions_t *actions, int fd, int as, int flags)
{
    return fd >= 0 ? posix_spawn_file_actions_adddup2(actions, fd, as)
                   : posix_spawn_file_actions_addopen(actions, as, "/dev/null", flags, 0);
}

static int set_actions(posix_spawn_file_actions_t *actions, int input, int output, int error)
{
    int rc = set_fd(actions, input, STDIN_FILENO, O_RDONLY);
    rc = rc ? rc : set_fd(actions, output, STDOUT_FILENO, O_WRONLY);
    return rc ? rc : set_fd(actions, error, STDERR_FILENO, O_WRONLY);
}

/* The environment with LC_ALL=C in it: an array of the caller's, over borrowed strings. */
static char **c_environment(void)
{
    static char lc_all[] = "LC_ALL=C";
    size_t n = 0, kept = 0;
    while (environ[n]) {
        n++;
    }
    char **out = mem_alloc(n + 2, sizeof out[0]);
    for (size_t i = 0; i < n; i++) {
        if (strncmp(environ[i], lc_all, 7) != 0) {
            out[kept++] = environ[i];
        }
    }
    out[kept] = lc_all;
    return out;
}

static int start(const struct command *c, int input, int output, int error, pid_t *out_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    char **own = c->c_locale ? c_environment() : NULL;
    int rc = posix_spawn_file_actions_init(&actions);
    if (rc) {
        goto no_actions;
    }
    rc = posix_spawnattr_init(&attr);
    if (rc) {
        goto no_attr;
    }
    rc = set_attributes(&attr);
    rc = rc ? rc : set_actions(&actions, input, output, error);
    rc = rc ? rc
            : posix_spawnp(out_pid, c->argv[0], &actions, &attr, c->argv, own ? own : environ);
    (void)posix_spawnattr_destroy(&attr);
no_attr:
    (void)posix_spawn_file_actions_destroy(&actions);
no_actions:
    free(own);
    return rc;
}

/* Keeps the beginning of the error output; the rest is read, so that nobody waits for room. */
static void hear_complaint(struct output *o)
{
    char dropped[1024];
    size_t room = sizeof o->complaint - o->complaint_len;
    ssize_t n = room ? read(o->error_fd, o->complaint + o->complaint_len, room)
                     : read(o->error_fd, dropped, sizeof dropped);
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {
        (void)close(o->error_fd);
        o->error_fd = -1;
    } else if (n > 0 && room) {
        o->complaint_len += (size_t)n;
    }
}

/* Keeps the first bytes of the output and drops the rest, until its end. Returns false when the
 * command has to be killed, with err set. */
static bool collect(struct output *o, const struct wait *w, struct error *err)
{
    char dropped[1024];
    while (o->total <= o->max) {
        struct pollfd p[2] = {{.fd = o->fd, .events = POLLIN},
                              {.fd = o->error_fd, .events = POLLIN}};
        int left = left_ms(w, err);
        if (left == 0) {
            return false;
        }
        if (poll(p, 2, left) <= 0) {
            continue; /* a signal, or a wait longer than one poll: the deadline decides */
        }
        if (p[1].revents) {
            hear_complaint(o);
        }
        if (!p[0].revents) {
            continue;
        }
        bool keep = o->len < o->size;
        ssize_t n = keep ? read(o->fd, o->out + o->len, o->size - o->len)
                         : read(o->fd, dropped, sizeof dropped);
        if (n < 0 && errno != EINTR) {
            error_set(err, "its output cannot be read: %s", strerror(errno));
            return false;
        }
        if (n == 0) {
            return true;
        }
        o->total += n > 0 ? (size_t)n : 0;
        o->len += keep && n > 0 ? (size_t)n : 0;
    }
    error_set(err, "prints more than %zu bytes", o->max);
    return false;
}

/* Waits for the end of a command whose output has ended; it may still be busy. */
static bool reap(pid_t pid, const struct wait *w, struct error *err)
{
    int status = 0;
    pid_t got;
    while ((got = waitpid(pid, &status, WNOHANG)) != pid) {
        if (got < 0 && errno != EINTR) {
            error_set(err, "its end was missed: %s", strerror(errno));
            return true;
        }
        int left = left_ms(w, err);
        if (left == 0) {
            return false;
        }
        (void)poll(NULL, 0, left < REAP_TRY_MS ? left : REAP_TRY_MS);
    }
    if (WIFSIGNALED(status)) {
        error_set(err, "was ended by signal %d", WTERMSIG(status));
    } else if (WEXITSTATUS(status) != 0) {
        error_set(err, "exited with %d, expected 0", WEXITSTATUS(status));
    }
    return true;
}

/* Waits until the process that leads the group has ended, without taking note of it: its number
 * is the group's as long as nobody did. */
static void await_end(pid_t pid, int64_t grace_ms, const atomic_bool *stop)
{
    struct wait w = {.deadline_ms = clock_mono_ms(&clock_system) + grace_ms, .stop = stop};
    siginfo_t ended = {0};
    while (left_ms(&w, NULL) > 0 &&
           waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           ended.si_pid != pid) {
        (void)poll(NULL, 0, REAP_TRY_MS);
    }
}

static void kill_group(pid_t pid, const struct command *c)
{
    if (c->grace_ms > 0) {
        (void)kill(-pid, SIGTERM);
        await_end(pid, c->grace_ms, c->stop);
    }
    (void)kill(-pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

/* A file without a name, rather than a pipe: nobody has to feed it, and a command that does not
 * read it is no broken pipe. -1 with err set. */
static int input_file(const struct command *c, struct error *err)
{
    int fd = memfd_create("drtop-input", MFD_CLOEXEC);
    size_t done = 0;
    while (fd >= 0 && done < c->input_len) {
        ssize_t n = write(fd, c->input + done, c->input_len - done);
        if (n < 0 && errno != EINTR) {
            break;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    if (fd < 0 || done < c->input_len || lseek(fd, 0, SEEK_SET) != 0) {
        error_set(err, "%s: no input for it: %s", c->argv[0], strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    return fd;
}

static void close_all(const int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
}

/* The first line of what it complained about; "" for nothing. */
static const char *complaint_of(struct output *o)
{
    for (ssize_t n = -1; o->error_fd >= 0 && n != (ssize_t)o->complaint_len;) {
        n = (ssize_t)o->complaint_len; /* what is there already, without waiting */
        hear_complaint(o);
    }
    size_t len =
        o->complaint_len < sizeof o->complaint ? o->complaint_len : sizeof o->complaint - 1;
    o->complaint[len] = '\0';
    o->complaint[strcspn(o->complaint, "\r\n")] = '\0';
    return o->complaint;
}

/* Follows a started command to its end. */
static bool follow(pid_t pid, const struct command *c, struct output *o, struct error *err)
{
    struct wait w = {.deadline_ms = clock_mono_ms(&clock_system) + c->timeout_ms,
                     .stop = c->stop};
    struct error why = {0};
    bool ended = (!o->out || collect(o, &w, &why)) && reap(pid, &w, &why);
    if (!ended) {
        kill_group(pid, c);
    }
    if (why.text[0] != '\0') {
        const char *complaint = complaint_of(o);
        error_set(err, "%s: %.300s%s%s", c->argv[0], why.text, complaint[0] ? ": " : "",
                  complaint);
        return false;
    }
    return true;
}

enum { INPUT, READ, WRITE, ERROR_READ, ERROR_WRITE, FDS };

/* What connects a command with us, in fds (-1: not needed). */
static bool open_all(const struct command *c, bool output, int *fds, struct error *err)
{
    bool complains = output && c->complains;
    if ((output && pipe2(fds + READ, O_CLOEXEC) != 0) ||
        (complains && pipe2(fds + ERROR_READ, O_CLOEXEC) != 0) ||
        (complains && fcntl(fds[ERROR_READ], F_SETFL, O_NONBLOCK) != 0)) {
        error_set(err, "%s: %s", c->argv[0], strerror(errno));
        return false;
    }
    return !c->input || (fds[INPUT] = input_file(c, err)) >= 0;
}

bool command_run(const struct command *c, char *out, size_t out_size, size_t *out_len,
                 struct error *err)
{
    int fds[FDS] = {-1, -1, -1, -1, -1};
    if (!open_all(c, out != NULL, fds, err)) {
        close_all(fds, FDS);
        return false;
    }
    pid_t pid;
    int rc = start(c, fds[INPUT], fds[WRITE], fds[ERROR_WRITE], &pid);
    close_all(fds + WRITE, 1);
    close_all(fds + ERROR_WRITE, 1);
    struct output o = {.fd = fds[READ],
                       .error_fd = fds[ERROR_READ],
                       .out = out,
                       .size = out_size,
                       .max = c->output_max ? c->output_max : OUTPUT_MAX};
    bool ok = false;
    if (rc) {
        error_set(err, "%s: %s, expected a program", c->argv[0], strerror(rc));
    } else {
        ok = follow(pid, c, &o, err);
    }
    close_all(fds + INPUT, 2);
    close_all(&o.error_fd, 1);
    if (ok && out) {
        *out_len = o.len;
    }
    return ok;
}
