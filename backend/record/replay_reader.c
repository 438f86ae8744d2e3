#include "backend/record/replay_reader.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "backend/fact/clock.h"
#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/thread.h"

struct replay_reader {
    const struct config *cfg;
    struct replay *replay; /* the thread's */
    int wake_fd;
    pthread_t thread;

    pthread_mutex_t mu;
    pthread_cond_t changed;
    // below: guarded by mu
    struct replay_wish wish;
    uint64_t asked, taken; /* numbers of wishes */
    struct replay_answer answer;
    bool stop, finished;
};

void replay_answer_finish(struct replay_answer *a)
{
    snapshot_unref(a->snapshot);
    record_view_unref(a->view);
    *a = (struct replay_answer){0};
}

/* --- the thread */

static const char *none_words(enum replay_jump jump)
{
    static const char *const words[] = {
        [REPLAY_ALERT_BEFORE] = "no alert before",
        [REPLAY_ALERT_NEXT] = "no alert after",
        [REPLAY_INCIDENT_BEFORE] = "no incident before",
        [REPLAY_INCIDENT_NEXT] = "no incident after",
    };
    return words[jump];
}

/* Where the wish leads, within the record. */
static bool where(struct replay_reader *d, const struct replay_wish *wish,
                  struct replay_answer *out, struct error *err)
{
    struct opt_i64 to = opt_i64(wish->wall_ms);
    if (!replay_span(d->replay, &out->first_wall_ms, &out->last_wall_ms, err) ||
        (wish->jumps && !replay_jump(d->replay, wish->jump, wish->wall_ms, &to, err))) {
        return false;
    }
    if (!to.known) {
        error_set(err, "%s", none_words(wish->jump));
        return false;
    }
    if (wish->jumps) {
        to.v = to.v / 1000 * 1000 + 999; /* with all that happened in that second */
    }
    int64_t end_ms = out->last_wall_ms + 999; /* its second is not over yet */
    out->wall_ms = to.v < out->first_wall_ms ? out->first_wall_ms
                   : to.v > end_ms           ? end_ms
                                             : to.v;
    return true;
}

static void serve(struct replay_reader *d, const struct replay_wish *wish,
                  struct replay_answer *out)
{
    struct error err = {""};
    if (!d->replay) {
        d->replay = replay_open_store(d->cfg, &err);
    }
    out->found = d->replay && where(d, wish, out, &err) &&
                 replay_at(d->replay, out->wall_ms, &out->snapshot, &out->view, &err);
    if (!out->found) {
        (void)text_clean_str(out->why, sizeof out->why, err.text);
    }
}

static void *run(void *self)
{
    struct replay_reader *d = self;
    thread_set_name("replay");
    (void)pthread_mutex_lock(&d->mu);
    while (!d->stop) {
        if (d->taken == d->asked) {
            (void)pthread_cond_wait(&d->changed, &d->mu);
            continue;
        }
        struct replay_wish wish = d->wish;
        struct replay_answer answer = {.number = d->taken = d->asked};
        (void)pthread_mutex_unlock(&d->mu);
        serve(d, &wish, &answer);
        (void)pthread_mutex_lock(&d->mu);
        struct replay_answer before = d->answer;
        d->answer = answer;
        (void)pthread_mutex_unlock(&d->mu);
        replay_answer_finish(&before);
        (void)eventfd_write(d->wake_fd, 1);
        (void)pthread_mutex_lock(&d->mu);
    }
    d->finished = true;
    (void)pthread_cond_broadcast(&d->changed);
    (void)pthread_mutex_unlock(&d->mu);
    return NULL;
}

/* --- from outside */

static void destroy(struct replay_reader *d)
{
    replay_answer_finish(&d->answer);
    replay_close(d->replay);
    if (d->wake_fd >= 0) {
        (void)close(d->wake_fd);
    }
    (void)pthread_mutex_destroy(&d->mu);
    (void)pthread_cond_destroy(&d->changed);
    free(d);
}

struct replay_reader *replay_reader_start(struct replay *r, const struct config *cfg,
                                          struct error *err)
{
    struct replay_reader *d = mem_alloc(1, sizeof *d);
    d->cfg = cfg;
    d->replay = r;
    d->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    (void)pthread_mutex_init(&d->mu, NULL);
    thread_cond_init(&d->changed);
    if (d->wake_fd >= 0 && thread_start(&d->thread, run, d)) {
        return d;
    }
    error_set(err, "the system gives no more %s", d->wake_fd < 0 ? "descriptors" : "threads");
    destroy(d);
    return NULL;
}

bool replay_reader_stop(struct replay_reader *d, int64_t budget_ms)
{
    if (!d) {
        return true;
    }
    int64_t until_us = clock_real_us() + budget_ms * 1000;
    (void)pthread_mutex_lock(&d->mu);
    d->stop = true;
    (void)pthread_cond_broadcast(&d->changed);
    while (!d->finished && clock_real_us() < until_us) {
        thread_cond_wait_until(&d->changed, &d->mu, until_us);
    }
    bool finished = d->finished;
    (void)pthread_mutex_unlock(&d->mu);
    if (!finished) {
        return false;
    }
    (void)pthread_join(d->thread, NULL);
    destroy(d);
    return true;
}

uint64_t replay_reader_ask(struct replay_reader *d, const struct replay_wish *wish)
{
    (void)pthread_mutex_lock(&d->mu);
    d->wish = *wish;
    uint64_t number = ++d->asked;
    (void)pthread_cond_broadcast(&d->changed);
    (void)pthread_mutex_unlock(&d->mu);
    return number;
}

void replay_reader_look(struct replay_reader *d, struct replay_answer *out)
{
    (void)pthread_mutex_lock(&d->mu);
    *out = d->answer;
    (void)snapshot_ref(out->snapshot);
    (void)record_view_ref(out->view);
    (void)pthread_mutex_unlock(&d->mu);
}

int replay_reader_fd(const struct replay_reader *d)
{
    return d->wake_fd;
}

void replay_reader_drain(struct replay_reader *d)
{
    eventfd_t ignored;
    (void)eventfd_read(d->wake_fd, &ignored);
}
