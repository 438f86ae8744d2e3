#include "backend/record/recording.h"

#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/record/record_state.h"
#include "backend/thread.h"

struct recording {
    /* The thread's. Of a record only what it writes with: clock, configuration, store, writer. */
    struct record record;
    struct snapshot *last; /* that was written, or NULL */
    pthread_t thread;

    pthread_mutex_t mu;
    pthread_cond_t changed;
    // below: guarded by mu
    struct snapshot *newest; /* not yet taken, or NULL */
    bool busy, stop, finished;
    char trouble[200];
};

/* --- the thread */

static void forget(struct writer *w)
{
    pending_said(w, w->n_spoken);
    free(w->queue);
    *w = (struct writer){.settled = true}; /* nobody else writes here */
}

static bool transact(struct record *r, const struct snapshot *s, bool last, struct error *err)
{
    if (store_begin(r->st, false, err) && record_put(r, s, last, err) &&
        store_commit(r->st, err)) {
        return true;
    }
    store_rollback(r->st);
    return false;
}

static bool put(struct record *r, const struct snapshot *s, bool last, struct error *err)
{
    struct writer *w = &r->writer;
    pending_collect(w, s);
    pending_hear(w, s);
    bool news = last || !w->announced || w->n_spoken > 0 || pending_has_transition(w);
    if (!news && w->sample_s == s->wall_ms / 1000) {
        return true;
    }
    if (!transact(r, s, last, err)) {
        return false;
    }
    pending_committed(w, s);
    return true;
}

static void say(struct recording *g, const char *why)
{
    (void)pthread_mutex_lock(&g->mu);
    (void)text_clean_str(g->trouble, sizeof g->trouble, why);
    (void)pthread_mutex_unlock(&g->mu);
}

/* Waits for a snapshot; NULL when it is time to end. */
static struct snapshot *take(struct recording *g)
{
    (void)pthread_mutex_lock(&g->mu);
    g->busy = false;
    (void)pthread_cond_broadcast(&g->changed);
    while (!g->newest && !g->stop) {
        (void)pthread_cond_wait(&g->changed, &g->mu);
    }
    struct snapshot *s = g->newest;
    g->newest = NULL;
    g->busy = s != NULL;
    (void)pthread_mutex_unlock(&g->mu);
    return s;
}

static void *run(void *self)
{
    struct recording *g = self;
    struct snapshot *s;
    thread_set_name("recording");
    record_sign(&g->record.lease, "drtop record --out");
    while ((s = take(g))) {
        struct error err = {""};
        say(g, put(&g->record, s, false, &err) ? "" : err.text);
        snapshot_unref(g->last);
        g->last = s;
    }
    if (g->last) {
        (void)put(&g->record, g->last, true, NULL);
    }
    store_close(g->record.st);
    (void)pthread_mutex_lock(&g->mu);
    g->finished = true;
    (void)pthread_cond_broadcast(&g->changed);
    (void)pthread_mutex_unlock(&g->mu);
    return NULL;
}

/* --- from outside */

static void destroy(struct recording *g)
{
    snapshot_unref(g->newest);
    snapshot_unref(g->last);
    pending_said(&g->record.writer, g->record.writer.n_spoken);
    free(g->record.writer.queue);
    (void)pthread_mutex_destroy(&g->mu);
    (void)pthread_cond_destroy(&g->changed);
    free(g);
}

struct recording *recording_start(const char *path, const struct config *cfg,
                                  const struct clock *clk, struct error *err)
{
    struct store *st = store_open(path, STORE_RECORDING, err);
    if (!st) {
        return NULL;
    }
    struct recording *g = mem_alloc(1, sizeof *g);
    g->record.cfg = cfg;
    g->record.clk = clk;
    g->record.st = st;
    g->record.writer.settled = true;
    (void)pthread_mutex_init(&g->mu, NULL);
    thread_cond_init(&g->changed);
    if (thread_start(&g->thread, run, g)) {
        return g;
    }
    error_set(err, "the system gives no more threads");
    store_close(st);
    destroy(g);
    return NULL;
}

bool recording_stop(struct recording *g, int64_t budget_ms)
{
    if (!g) {
        return true;
    }
    int64_t until_us = clock_real_us() + budget_ms * 1000;
    (void)pthread_mutex_lock(&g->mu);
    g->stop = true;
    (void)pthread_cond_broadcast(&g->changed);
    while (!g->finished && clock_real_us() < until_us) {
        thread_cond_wait_until(&g->changed, &g->mu, until_us);
    }
    bool finished = g->finished;
    (void)pthread_mutex_unlock(&g->mu);
    if (!finished) {
        return false;
    }
    (void)pthread_join(g->thread, NULL);
    destroy(g);
    return true;
}

void recording_offer(struct recording *g, struct snapshot *s)
{
    (void)pthread_mutex_lock(&g->mu);
    struct snapshot *before = g->newest;
    g->newest = snapshot_ref(s);
    (void)pthread_cond_broadcast(&g->changed);
    (void)pthread_mutex_unlock(&g->mu);
    snapshot_unref(before);
}

void recording_change(struct recording *g, const struct config *cfg)
{
    (void)pthread_mutex_lock(&g->mu);
    struct snapshot *before = g->newest;
    g->newest = NULL;
    while (g->busy) {
        (void)pthread_cond_wait(&g->changed, &g->mu);
    }
    g->record.cfg = cfg; /* the thread waits for a snapshot, and looks at nothing meanwhile */
    forget(&g->record.writer);
    snapshot_unref(g->last);
    g->last = NULL;
    (void)pthread_mutex_unlock(&g->mu);
    snapshot_unref(before);
}

void recording_trouble(struct recording *g, char out[200])
{
    (void)pthread_mutex_lock(&g->mu);
    (void)text_copy(out, 200, g->trouble);
    (void)pthread_mutex_unlock(&g->mu);
}
