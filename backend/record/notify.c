#include "backend/record/notify.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/fact/clock.h"
#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/record/notify_channel.h"
#include "backend/record/notify_text.h"
#include "backend/thread.h"

/* How often a thread looks at the queue without being poked, and how soon it tries a store again
 * that failed. */
#define LOOK_MS 1000

/* One channel. It has a thread of its own, so that one that hangs holds up no other. */
struct worker {
    struct notifier *notifier;
    struct channel channel;
    pthread_t thread;
};

struct notifier {
    char *store_path;
    struct store_lease lease;
    atomic_bool stop;
    size_t n_workers;
    struct worker workers[CHANNELS_MAX];
    pthread_mutex_t mu;
    pthread_cond_t cond;
    /* below: guarded by mu */
    uint64_t pokes;
};

/* Waits for a poke that has not been seen, or for ms. */
static void wait_for_poke(struct notifier *n, uint64_t *seen, int64_t ms)
{
    int64_t until_us = clock_real_us() + ms * 1000;
    (void)pthread_mutex_lock(&n->mu);
    while (n->pokes == *seen && !atomic_load(&n->stop) && clock_real_us() < until_us) {
        thread_cond_wait_until(&n->cond, &n->mu, until_us);
    }
    *seen = n->pokes;
    (void)pthread_mutex_unlock(&n->mu);
}

/* A worker's own view of the store; opened anew after a failure. */
static bool ready(struct worker *w, struct store **st)
{
    if (!*st) {
        *st = store_open(w->notifier->store_path, STORE_WRITE, NULL);
    }
    return *st != NULL;
}

static void forget(struct store **st)
{
    store_close(*st);
    *st = NULL;
}

/* What was accepted must not be sent again, so nothing else is sent before this is written down. */
static void mark_sent(struct worker *w, struct store **st, const struct message *m,
                      uint64_t *seen)
{
    while (!ready(w, st) || !queue_sent(*st, m, clock_wall_ms(&clock_system), NULL)) {
        forget(st);
        if (atomic_load(&w->notifier->stop)) {
            return;
        }
        wait_for_poke(w->notifier, seen, LOOK_MS);
    }
}

static void deliver(struct worker *w, struct store **st, const struct message *m,
                    uint64_t *seen)
{
    struct error why = {0};
    if (channel_send(&w->channel, m, &w->notifier->stop, &why)) {
        mark_sent(w, st, m, seen);
        return;
    }
    if (atomic_load(&w->notifier->stop)) {
        return; /* interrupted: as if it had not been tried */
    }
    if (!queue_failed(*st, m, why.text, clock_wall_ms(&clock_system), NULL)) {
        forget(st);
        wait_for_poke(w->notifier, seen, LOOK_MS);
    }
}

static void *run(void *arg)
{
    struct worker *w = arg;
    struct notifier *n = w->notifier;
    struct store *st = NULL;
    uint64_t seen = 0;
    thread_set_name("notifier");
    while (!atomic_load(&n->stop)) {
        struct message m = {0};
        int64_t pause_ms = LOOK_MS;
        if (!ready(w, &st) || !queue_next(st, w->channel.key, n->lease.token,
                                          clock_wall_ms(&clock_system), &m, &pause_ms, NULL)) {
            forget(&st);
            pause_ms = LOOK_MS;
        }
        if (m.id[0]) {
            deliver(w, &st, &m, &seen);
        } else {
            wait_for_poke(n, &seen, pause_ms < LOOK_MS ? pause_ms : LOOK_MS);
        }
        queue_message_finish(&m);
    }
    store_close(st);
    return NULL;
}

static void destroy(struct notifier *n)
{
    (void)pthread_cond_destroy(&n->cond);
    (void)pthread_mutex_destroy(&n->mu);
    free(n->store_path);
    free(n);
}

struct notifier *notifier_start(const struct config *cfg, const char *store_path,
                                const struct store_lease *mine, struct error *err)
{
    struct channel channels[CHANNELS_MAX];
    struct notifier *n = mem_alloc(1, sizeof *n);
    size_t wanted = channel_list(cfg, channels);
    n->store_path = mem_strdup(store_path);
    n->lease = *mine;
    atomic_init(&n->stop, false);
    (void)pthread_mutex_init(&n->mu, NULL);
    thread_cond_init(&n->cond);
    while (n->n_workers < wanted) {
        struct worker *w = &n->workers[n->n_workers];
        *w = (struct worker){.notifier = n, .channel = channels[n->n_workers]};
        if (!thread_start(&w->thread, run, w)) {
            error_set(err, "no thread for notifications");
            notifier_stop(n);
            return NULL;
        }
        n->n_workers++;
    }
    return n;
}

void notifier_poke(struct notifier *n)
{
    (void)pthread_mutex_lock(&n->mu);
    n->pokes++;
    (void)pthread_cond_broadcast(&n->cond);
    (void)pthread_mutex_unlock(&n->mu);
}

void notifier_stop(struct notifier *n)
{
    if (!n) {
        return;
    }
    atomic_store(&n->stop, true);
    notifier_poke(n);
    for (size_t i = 0; i < n->n_workers; i++) {
        (void)pthread_join(n->workers[i].thread, NULL);
    }
    destroy(n);
}

/* --- the test --- */

struct trial {
    const struct config *cfg;
    int64_t wall_ms;
    char *body;
    int n;
    bool all_well;
    void (*say)(void *ctx, const char *channel, bool ok, const char *why);
    void *ctx;
};

static void try_one(struct trial *t, const struct channel *c, const char *recipient)
{
    struct message m = {.body = t->body, .created_wall_ms = t->wall_ms};
    struct error why = {0};
    char name[MESSAGE_CHANNEL_MAX + MESSAGE_ADDRESS_MAX + 8], words[sizeof why.text];
    (void)snprintf(m.id, sizeof m.id, "TEST-%lld-%d", (long long)t->wall_ms, t->n++);
    (void)text_copy(m.what, sizeof m.what, notice_key(NOTICE_TEST));
    (void)text_copy(m.channel, sizeof m.channel, c->key);
    (void)text_copy(m.recipient, sizeof m.recipient, recipient);
    bool ok = channel_send(c, &m, NULL, &why);
    (void)snprintf(name, sizeof name, "%s%s%s", c->key, recipient[0] ? " to " : "", recipient);
    (void)text_clean_str(words, sizeof words, ok ? "" : why.text);
    t->say(t->ctx, name, ok, words);
    t->all_well = t->all_well && ok;
}

bool notify_test(const struct config *cfg,
                 void (*say)(void *ctx, const char *channel, bool ok, const char *why),
                 void *ctx)
{
    struct channel channels[CHANNELS_MAX];
    size_t n = channel_list(cfg, channels);
    struct trial t = {.cfg = cfg,
                      .wall_ms = clock_wall_ms(&clock_system),
                      .all_well = true,
                      .say = say,
                      .ctx = ctx};
    struct notice notice = {.what = NOTICE_TEST, .config = cfg, .wall_ms = t.wall_ms};
    t.body = notify_body(&notice);
    for (size_t i = 0; i < n; i++) {
        const struct config_mail *mail = channels[i].mail;
        for (size_t k = 0; mail && k < mail->n_recipients; k++) {
            try_one(&t, &channels[i], mail->recipients[k].address);
        }
        if (!mail) {
            try_one(&t, &channels[i], "");
        }
    }
    free(t.body);
    return t.all_well;
}
