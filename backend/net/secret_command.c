#define _GNU_SOURCE /* pipe2() */
#include "backend/net/secret_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/fact/clock.h"

#define OUTPUT_MAX  65536
#define REAP_TRY_MS 5

static int left_ms(int64_t deadline_ms)
{
    int64_t left = deadline_ms - clock_mono_ms(&clock_system);
    return left <= 0 ? 0 : left > 60000 ? 60000 : (int)left;
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

static int set_actions(posix_spawn_file_actions_t *actions, int output)
{
    int rc = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    rc = rc ? rc : posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
    return rc ? rc
              : posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY,
                                                 0);
}

static int start(char *const *argv, int output, pid_t *out_pid)
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
    rc = rc ? rc : set_actions(&actions, output);
    rc = rc ? rc : posix_spawnp(out_pid, argv[0], &actions, &attr, argv, environ);
    (void)posix_spawnattr_destroy(&attr);
no_attr:
    (void)posix_spawn_file_actions_destroy(&actions);
    return rc;
}

/* Keeps the first out_size bytes and drops the rest, until the end of the output. */
static bool collect(int fd, int64_t deadline_ms, char *out, size_t out_size, size_t *out_len,
                    struct error *err)
{
    size_t len = 0, total = 0;
    char dropped[1024];
    while (total <= OUTPUT_MAX) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int left = left_ms(deadline_ms);
        int ready = left > 0 ? poll(&p, 1, left) : 0;
        if (left == 0) {
            error_set(err, "did not end in time");
            return false;
        }
        if (ready <= 0) {
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
    error_set(err, "prints more than %d bytes, expected one line", OUTPUT_MAX);
    return false;
}

/* Waits for the end of a command whose output has ended; it may still be busy. */
static bool reap(pid_t pid, int64_t deadline_ms, struct error *err)
{
    int status = 0;
    pid_t got;
    while ((got = waitpid(pid, &status, WNOHANG)) != pid) {
        if (got < 0 && errno != EINTR) {
            error_set(err, "its end was missed: %s", strerror(errno));
            return true;
        }
        int left = left_ms(deadline_ms);
        if (left == 0) {
            error_set(err, "did not end in time");
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

bool secret_command_run(char *const *argv, int64_t timeout_ms, char *out, size_t out_size,
                        size_t *out_len, struct error *err)
{
    int64_t deadline_ms = clock_mono_ms(&clock_system) + timeout_ms;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        error_set(err, "%s: %s", argv[0], strerror(errno));
        return false;
    }
    pid_t pid;
    int rc = start(argv, ends[1], &pid);
    (void)close(ends[1]);
    if (rc) {
        (void)close(ends[0]);
        error_set(err, "%s: %s, expected a program", argv[0], strerror(rc));
        return false;
    }
    struct error why = {0};
    size_t len = 0;
    bool ended = collect(ends[0], deadline_ms, out, out_size, &len, &why) &&
                 reap(pid, deadline_ms, &why);
    (void)close(ends[0]);
    if (!ended) {
        kill_group(pid);
    }
    if (why.text[0] != '\0') {
        error_set(err, "%s: %.600s", argv[0], why.text);
        return false;
    }
    *out_len = len;
    return true;
}
