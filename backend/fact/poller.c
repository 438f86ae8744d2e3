#include "backend/fact/poller.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/thread.h"

#define INTERRUPT_EVERY_US 20000

/* One source and its thread. */
struct worker {
    struct poller *poller;
    struct source source;
    pthread_t thread;
    bool started, joined; /* of the thread that starts and stops */
    /* below: of the worker's own thread */
    int failures; /* in a row */
    uint64_t random;
    /* below: guarded by poller->mu */
    bool poked;
    bool interrupting; /* ops->interrupt is running with the lock released */
    bool leaving;      /* no interrupt may begin any more */
    bool ended;
};

struct poller {
    struct board *board;
    const struct clock *clk;
    size_t n;
    struct worker *workers; /* does not move after poller_start() */
    bool running;
    pthread_mutex_t mu;
    pthread_cond_t wake;   /* workers wait on it for their next time */
    pthread_cond_t change; /* a worker ended, or an interrupt returned */
    /* below: guarded by mu */
    bool stop;
};

struct source source_make(const struct source_ops *ops, void *self, const char *name,
                          size_t slot, int64_t period_ms)
{
    struct source source = {.ops = ops,
                            .self = self,
                            .slot = slot,
                            .period_ms = period_ms,
                            .backoff_max_ms = period_ms};
    (void)text_clean_str(source.name, sizeof source.name, name);
    return source;
}

struct poller *poller_create(struct board *board, const struct clock *clk)
{
    struct poller *p = mem_alloc(1, sizeof *p);
    p->board = board;
    p->clk = clk;
    (void)pthread_mutex_init(&p->mu, NULL);
    thread_cond_init(&p->wake);
    thread_cond_init(&p->change);
    return p;
}

void poller_add(struct poller *p, const struct source *source)
{
    assert(!p->running);
    assert(source->ops && source->ops->poll && source->period_ms > 0);
    p->workers = mem_realloc(p->workers, p->n + 1, sizeof *p->workers);
    p->workers[p->n++] = (struct worker){.poller = p, .source = *source};
}

/* xorshift64 (Marsaglia, 2003): good enough to keep observers out of step. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* From one start to the next. The first failure does not slow the second try, so that a few
 * strikes take a few periods; from then on the wait doubles, within 20 % of chance, up to the
 * limit. */
static int64_t delay_us(struct worker *w)
{
    int64_t period_us = w->source.period_ms * 1000;
    int64_t max_us = w->source.backoff_max_ms * 1000;
    if (w->failures < 2 || max_us <= period_us) {
        return period_us;
    }
    int64_t us = period_us;
    for (int i = 1; i < w->failures && us < max_us; i++) {
        us *= 2;
    }
    us = us < max_us ? us : max_us;
    us = us / 100 * (80 + (int64_t)(next_random(&w->random) % 41));
    us = us > period_us ? us : period_us;
    return us < max_us ? us : max_us;
}

/* Returns false when the thread shall end. A poll that took longer than the period leaves
 * due_us in the past; the debt is forgiven, not polled off. */
static bool wait_for_turn(struct worker *w, int64_t *due_us)
{
    struct poller *p = w->poller;
    (void)pthread_mutex_lock(&p->mu);
    while (!p->stop && !w->poked && clock_real_us() < *due_us) {
        thread_cond_wait_until(&p->wake, &p->mu, *due_us);
    }
    bool go = !p->stop;
    bool poked = w->poked;
    w->poked = false;
    (void)pthread_mutex_unlock(&p->mu);
    int64_t now_us = clock_real_us();
    if (poked || now_us - *due_us > w->source.period_ms * 100) {
        *due_us = now_us;
    }
    return go;
}

static void poll_once(struct worker *w)
{
    struct reading *r = w->source.ops->poll(w->source.self, w->poller->clk);
    bool failed = r->state == READING_FAILED;
    w->failures = failed ? w->failures + 1 : 0;
    board_publish(w->poller->board, w->source.slot, r);
}

static void leave(struct worker *w)
{
    struct poller *p = w->poller;
    (void)pthread_mutex_lock(&p->mu);
    w->leaving = true;
    while (w->interrupting) {
        (void)pthread_cond_wait(&p->change, &p->mu);
    }
    (void)pthread_mutex_unlock(&p->mu);
    if (w->source.ops->thread_end) {
        w->source.ops->thread_end(w->source.self);
    }
    (void)pthread_mutex_lock(&p->mu);
    w->ended = true;
    (void)pthread_cond_broadcast(&p->change);
    (void)pthread_mutex_unlock(&p->mu);
}

static void *run(void *arg)
{
    struct worker *w = arg;
    thread_set_name(w->source.name);
    int64_t due_us = clock_real_us();
    w->random = (uint64_t)due_us * 0x9E3779B97F4A7C15U ^ (uint64_t)w->source.slot ^ 1U;
    while (wait_for_turn(w, &due_us)) {
        poll_once(w);
        due_us += delay_us(w);
    }
    leave(w);
    return NULL;
}

bool poller_start(struct poller *p)
{
    p->running = true;
    for (size_t i = 0; i < p->n; i++) {
        struct worker *w = &p->workers[i];
        w->started = thread_start(&w->thread, run, w);
        if (!w->started) {
            return false;
        }
    }
    return true;
}

void poller_poke(struct poller *p)
{
    (void)pthread_mutex_lock(&p->mu);
    for (size_t i = 0; i < p->n; i++) {
        p->workers[i].poked = true;
    }
    (void)pthread_cond_broadcast(&p->wake);
    (void)pthread_mutex_unlock(&p->mu);
}

/* Called with the lock held, releases it around ops->interrupt. */
static void interrupt(struct worker *w)
{
    struct poller *p = w->poller;
    if (w->leaving || !w->source.ops->interrupt) {
        return;
    }
    w->interrupting = true;
    (void)pthread_mutex_unlock(&p->mu);
    w->source.ops->interrupt(w->source.self);
    (void)pthread_mutex_lock(&p->mu);
    w->interrupting = false;
    (void)pthread_cond_broadcast(&p->change);
}

/* Called with the lock held. Returns how many are still running. */
static size_t interrupt_running(struct poller *p)
{
    size_t running = 0;
    for (size_t i = 0; i < p->n; i++) {
        struct worker *w = &p->workers[i];
        if (w->started && !w->ended) {
            running++;
            interrupt(w);
        }
    }
    return running;
}

static void join_ended(struct poller *p)
{
    for (size_t i = 0; i < p->n; i++) {
        struct worker *w = &p->workers[i];
        (void)pthread_mutex_lock(&p->mu);
        bool ended = w->ended;
        (void)pthread_mutex_unlock(&p->mu);
        if (w->started && ended && !w->joined) {
            (void)pthread_join(w->thread, NULL);
            w->joined = true;
        }
    }
}

bool poller_stop(struct poller *p, int64_t budget_ms)
{
    int64_t deadline_us = clock_real_us() + budget_ms * 1000;
    (void)pthread_mutex_lock(&p->mu);
    p->stop = true;
    (void)pthread_cond_broadcast(&p->wake);
    /* Again and again, because an interrupt that comes just before a poll begins is lost. */
    size_t running = interrupt_running(p);
    for (int64_t now_us = clock_real_us(); running > 0 && now_us < deadline_us;) {
        int64_t until_us = now_us + INTERRUPT_EVERY_US;
        thread_cond_wait_until(&p->change, &p->mu,
                               until_us < deadline_us ? until_us : deadline_us);
        running = interrupt_running(p);
        now_us = clock_real_us();
    }
    (void)pthread_mutex_unlock(&p->mu);
    join_ended(p);
    return running == 0;
}

void poller_destroy(struct poller *p)
{
    if (!p) {
        return;
    }
    for (size_t i = 0; i < p->n; i++) {
        struct worker *w = &p->workers[i];
        assert(!w->started || w->joined);
        if (w->source.ops->destroy) {
            w->source.ops->destroy(w->source.self);
        }
    }
    (void)pthread_cond_destroy(&p->change);
    (void)pthread_cond_destroy(&p->wake);
    (void)pthread_mutex_destroy(&p->mu);
    free(p->workers);
    free(p);
}
