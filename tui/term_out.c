#define _GNU_SOURCE /* memfd_create() */
#include "tui/term_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "backend/mem.h"

static struct {
    int memory_fd; /* takes the place of standard output while we gather; -1: nothing does */
    int tty_fd;    /* standard output, kept meanwhile */
    int own_fd;  /* the terminal, not blocking: a description of our own, since the other one is
                      shared with the shell */
    char *bytes; /* [at, released) may be written, [released, n) not yet */
    size_t n, at, released, room;
} out = {.memory_fd = -1, .tty_fd = -1, .own_fd = -1};

int term_out_open(void)
{
    out.n = out.at = out.released = 0;
    out.own_fd = open("/proc/self/fd/1", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    out.tty_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    out.memory_fd =
        out.own_fd >= 0 && out.tty_fd >= 0 ? memfd_create("frame", MFD_CLOEXEC) : -1;
    return out.memory_fd >= 0 ? out.tty_fd : -1;
}

static void shut(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
    *fd = -1;
}

void term_out_close(void)
{
    shut(&out.memory_fd);
    shut(&out.tty_fd);
    shut(&out.own_fd);
    free(out.bytes);
    out.bytes = NULL;
    out.n = out.at = out.released = out.room = 0;
}

void term_out_gather(void)
{
    (void)fflush(stdout);
    if (out.memory_fd >= 0) {
        (void)dup2(out.memory_fd, STDOUT_FILENO);
    }
}

static void add(const char *bytes, size_t n)
{
    if (n == 0) {
        return;
    }
    if (out.n + n > out.room) {
        out.room = (out.n + n) * 2;
        out.bytes = mem_realloc(out.bytes, out.room, 1);
    }
    memcpy(out.bytes + out.n, bytes, n);
    out.n += n;
}

static void add_gathered(size_t n)
{
    char buf[4096];
    (void)lseek(out.memory_fd, 0, SEEK_SET);
    while (n > 0) {
        ssize_t got = read(out.memory_fd, buf, n < sizeof buf ? n : sizeof buf);
        if (got <= 0) {
            break;
        }
        add(buf, (size_t)got);
        n -= (size_t)got;
    }
    (void)lseek(out.memory_fd, 0, SEEK_SET);
}

void term_out_gathered(const char *lead, const char *tail)
{
    (void)fflush(stdout);
    if (out.memory_fd < 0) {
        return;
    }
    off_t n = lseek(out.memory_fd, 0, SEEK_CUR);
    (void)dup2(out.tty_fd, STDOUT_FILENO);
    if (n > 0) {
        add(lead, strlen(lead));
        add_gathered((size_t)n);
        add(tail, strlen(tail));
    }
}

size_t term_out_left(void)
{
    return out.n - out.released;
}

/* Where a sequence begins, something else may be put in. */
static size_t cut(size_t limit)
{
    size_t from = out.released;
    if (limit >= out.n - from) {
        return out.n;
    }
    for (size_t at = from + limit; at > from; at--) {
        if (out.bytes[at] == '\033') {
            return at;
        }
    }
    const char *next = limit > 0
                           ? memchr(out.bytes + from + limit, '\033', out.n - from - limit)
                           : out.bytes + from;
    return next ? (size_t)(next - out.bytes) : out.n;
}

size_t term_out_release(size_t limit, const char *tail)
{
    size_t end = cut(limit), n = end - out.released, more = strlen(tail);
    add(tail, more);
    if (more > 0 && end + more < out.n) {
        memmove(out.bytes + end + more, out.bytes + end, out.n - more - end);
        memcpy(out.bytes + end, tail, more);
    }
    out.released = end + more;
    (void)term_out_flush();
    return n;
}

bool term_out_flush(void)
{
    while (out.at < out.released) {
        ssize_t n = write(out.own_fd, out.bytes + out.at, out.released - out.at);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN) {
            return false;
        }
        if (n <= 0) {
            out.n = out.released = out.at; /* the terminal is gone: reading will say so */
            break;
        }
        out.at += (size_t)n;
    }
    if (out.at == out.n) {
        out.n = out.at = out.released = 0;
    }
    return true;
}

int term_out_fd(void)
{
    return out.at < out.released ? out.own_fd : -1;
}

void term_out_drop(void)
{
    out.n = out.at = out.released = 0;
    (void)tcflush(STDOUT_FILENO, TCOFLUSH);
    (void)fputs(TERM_OUT_SOUND, stdout);
    (void)fflush(stdout);
}
