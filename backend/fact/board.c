#include "backend/fact/board.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "backend/mem.h"

struct board {
    int wake_fd;
    size_t n;
    pthread_mutex_t mu;
    /* below: guarded by mu */
    struct sight slots[];
};

struct board *board_create(size_t n)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fd < 0) {
        return NULL;
    }
    struct board *board = mem_alloc(1, sizeof *board + n * sizeof board->slots[0]);
    board->wake_fd = fd;
    board->n = n;
    (void)pthread_mutex_init(&board->mu, NULL);
    return board;
}

void board_destroy(struct board *board)
{
    if (!board) {
        return;
    }
    for (size_t i = 0; i < board->n; i++) {
        sight_finish(&board->slots[i]);
    }
    (void)pthread_mutex_destroy(&board->mu);
    (void)close(board->wake_fd);
    free(board);
}

void board_publish(struct board *board, size_t slot, struct reading *r)
{
    assert(slot < board->n);
    bool fresh = r && r->state == READING_FRESH;
    struct sight next = {.last = r, .good = fresh ? reading_ref(r) : NULL};
    (void)pthread_mutex_lock(&board->mu);
    struct sight old = board->slots[slot];
    if (!fresh) {
        next.good = old.good;
        old.good = NULL;
    }
    board->slots[slot] = next;
    (void)pthread_mutex_unlock(&board->mu);
    sight_finish(&old);
    board_ring(board);
}

void board_look(struct board *board, size_t slot, struct sight *out)
{
    assert(slot < board->n);
    (void)pthread_mutex_lock(&board->mu);
    *out = sight_ref(&board->slots[slot]);
    (void)pthread_mutex_unlock(&board->mu);
}

struct sight sight_ref(const struct sight *s)
{
    return (struct sight){.last = reading_ref(s->last), .good = reading_ref(s->good)};
}

void sight_finish(struct sight *s)
{
    reading_unref(s->last);
    reading_unref(s->good);
    *s = (struct sight){0};
}

int board_wake_fd(const struct board *board)
{
    return board->wake_fd;
}

void board_drain(struct board *board)
{
    uint64_t rings;
    (void)!read(board->wake_fd, &rings, sizeof rings);
}

void board_ring(struct board *board)
{
    uint64_t one = 1;
    (void)!write(board->wake_fd, &one, sizeof one);
}
