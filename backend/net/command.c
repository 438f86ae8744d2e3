#define _GNU_SOURCE /* pipe2(), memfd_create() */
#include "backend/net/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/fact/clock.h"

#define OUTPUT_MAX  65536
#define REAP_TRY_MS 5
#define LOOK_MS     100 /* how often a wait looks whether it shall stop */

struct wait {
    int64_t deadline_ms;
    const atomic_bool *stop;
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

static int set_actions(posix_spawn_file_actions_t *actions, int input, int output)
{
    int rc = set_fd(actions, input, STDIN_FILENO, O_RDONLY);
    rc = rc ? rc : set_fd(actions, output, STDOUT_FILENO, O_WRONLY);
    return rc ? rc : set_fd(actions, -1, STDERR_FILENO, O_WRONLY);
}

static int start(char *const *argv, int input, int output, pid_t *out_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    int rc = posix_spawn_file_actions_init(&actions);
    if (rc) {
        return rc;
    }
    rc = posix_spawnattr_init(&attr);
    if (rc) {
        goto no_attr;
    }
    rc = set_attributes(&attr);
    rc = rc ? rc : set_actions(&actions, input, output);
    rc = rc ? rc : posix_spawnp(out_pid, argv[0], &actions, &attr, argv, environ);
    (void)posix_spawnattr_destroy(&attr);
no_attr:
    (void)posix_spawn_file_actions_destroy(&actions);
    return rc;
}

/* Keeps the first out_size bytes and drops the rest, until the end of the output. */
static bool collect(int fd, const struct wait *w, char *out, size_t out_size, size_t *out_len,
                    struct error *err)
{
    size_t len = 0, total = 0;
    char dropped[1024];
    while (total <= OUTPUT_MAX) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int left = left_ms(w, err);
        if (left == 0) {
            return false;
        }
        if (poll(&p, 1, left) <= 0) {
            continue; /* a signal, or a wait longer than one poll: the deadline decides */
        }
        bool keep = len < out_size;
        ssize_t n =
            keep ? read(fd, out + len, out_size - len) : read(fd, dropped, sizeof dropped);
        if (n < 0 && errno != EINTR) {
            error_set(err, "its output cannot be read: %s", strerror(errno));
            return false;
        }
        if (n == 0) {
            *out_len = len;
            return true;
        }
        total += n > 0 ? (size_t)n : 0;
        len += keep && n > 0 ? (size_t)n : 0;
    }
    error_set(err, "prints more than %d bytes", OUTPUT_MAX);
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

static void kill_group(pid_t pid)
{
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

/* Follows a started command to its end. */
static bool follow(pid_t pid, const struct command *c, int fd, char *out, size_t out_size,
                   size_t *out_len, struct error *err)
{
    struct wait w = {.deadline_ms = clock_mono_ms(&clock_system) + c->timeout_ms,
                     .stop = c->stop};
    struct error why = {0};
    bool ended = (!out || collect(fd, &w, out, out_size, out_len, &why)) && reap(pid, &w, &why);
    if (!ended) {
        kill_group(pid);
    }
    if (why.text[0] != '\0') {
        error_set(err, "%s: %.600s", c->argv[0], why.text);
        return false;
    }
    return true;
}

bool command_run(const struct command *c, char *out, size_t out_size, size_t *out_len,
                 struct error *err)
{
    enum { INPUT, READ, WRITE, FDS };
    int fds[FDS] = {-1, -1, -1};
    if (out && pipe2(fds + READ, O_CLOEXEC) != 0) {
        error_set(err, "%s: %s", c->argv[0], strerror(errno));
        return false;
    }
    if (c->input && (fds[INPUT] = input_file(c, err)) < 0) {
        close_all(fds, FDS);
        return false;
    }
    pid_t pid;
    int rc = start(c->argv, fds[INPUT], fds[WRITE], &pid);
    close_all(fds + WRITE, 1);
    bool ok = false;
    size_t len = 0;
    if (rc) {
        error_set(err, "%s: %s, expected a program", c->argv[0], strerror(rc));
    } else {
        ok = follow(pid, c, fds[READ], out, out_size, &len, err);
    }
    close_all(fds, WRITE);
    if (ok && out) {
        *out_len = len;
    }
    return ok;
}
