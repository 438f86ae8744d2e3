#include "backend/record/record.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/record/record_state.h"
#include "backend/record/report.h"
#include "backend/thread.h"

/* How long what another process has brought may lie; the engine and people ring. */
#define TURN_MS 500
/* Notes that wait for a store that can be written again. */
#define WAITING_MAX 100

/* --- requests */

static void say_exported(struct record *r, bool ok, const char *what)
{
    (void)pthread_mutex_lock(&r->mu);
    r->exported = true;
    r->export_ok = ok;
    (void)text_copy(r->export_said, sizeof r->export_said, what);
    (void)pthread_mutex_unlock(&r->mu);
    (void)eventfd_write(r->wake_fd, 1);
}

static void ask(struct record *r, struct request *q)
{
    if (!r->started) { /* nothing is recorded: the engine's own book is all there is */
        if (q->kind == REQUEST_EXPORT) {
            say_exported(r, false, "nothing is recorded");
        } else if (q->kind == REQUEST_ACKNOWLEDGE) {
            engine_acknowledge(r->engine, q->alert.alert.kind, q->alert.alert.subject, r->who,
                               q->text);
        }
        free(q);
        return;
    }
    q->wall_ms = clock_wall_ms(r->clk);
    (void)pthread_mutex_lock(&r->mu);
    q->next = r->requests;
    r->requests = q;
    (void)pthread_mutex_unlock(&r->mu);
    (void)eventfd_write(r->poke_fd, 1);
}

void record_acknowledge(struct record *r, const struct store_alert *a, const char *comment)
{
    struct request *q = mem_alloc(1, sizeof *q);
    q->alert = *a;
    (void)text_clean_str(q->text, sizeof q->text, comment);
    ask(r, q);
}

void record_note(struct record *r, const char *text)
{
    struct request *q = mem_alloc(1, sizeof *q);
    q->kind = REQUEST_NOTE;
    (void)text_clean_str(q->text, sizeof q->text, text);
    ask(r, q);
}

void record_export(struct record *r, struct alias_table *aliases)
{
    struct request *q = mem_alloc(1, sizeof *q);
    q->kind = REQUEST_EXPORT;
    q->aliases = aliases;
    ask(r, q);
}

bool record_exported(struct record *r, bool *out_ok, char *out, size_t out_size)
{
    (void)pthread_mutex_lock(&r->mu);
    bool exported = r->exported;
    if (exported) {
        r->exported = false;
        *out_ok = r->export_ok;
        (void)text_copy(out, out_size, r->export_said);
    }
    (void)pthread_mutex_unlock(&r->mu);
    return exported;
}

/* Into the thread's own list, oldest first. Returns whether the thread has to end. */
static bool take_requests(struct record *r)
{
    (void)pthread_mutex_lock(&r->mu);
    struct request *newest = r->requests;
    r->requests = NULL;
    bool stop = r->stop;
    r->turns++;
    (void)pthread_mutex_unlock(&r->mu);
    struct request *oldest = NULL, **end = &r->todo;
    while (newest) {
        struct request *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (*end) {
        end = &(*end)->next;
    }
    *end = oldest;
    return stop;
}

static void acknowledge(struct record *r, const struct request *q)
{
    const struct store_alert *a = &q->alert;
    if (a->id != 0 && r->can_write && store_begin(r->st, false, NULL)) {
        store_rollback(r->st);
        /* Refused: somebody was faster, or it is over. */
        (void)store_alert_acknowledge(r->st, a->id, r->who, q->text, q->wall_ms, NULL);
        return;
    }
    engine_acknowledge(r->engine, a->alert.kind, a->alert.subject, r->who, q->text);
}

static void export_timeline(struct record *r, const struct request *q)
{
    char path[PATH_MAX] = "";
    struct error err = {"there is no record"};
    bool ok =
        r->st && report_export(r->st, r->cfg, q->aliases, q->wall_ms, path, sizeof path, &err);
    say_exported(r, ok, ok ? path : err.text);
}

/* Returns whether nothing is left to do. */
static bool serve(struct record *r, const struct request *q)
{
    if (q->kind != REQUEST_NOTE) {
        (q->kind == REQUEST_EXPORT ? export_timeline : acknowledge)(r, q);
        return true;
    }
    bool never = r->wish == RECORD_NEVER || (r->st && store_is_newer(r->st));
    return never || (r->can_write && store_note(r->st, r->who, q->text, q->wall_ms, NULL));
}

static void serve_requests(struct record *r)
{
    int waiting = 0;
    struct request **at = &r->todo;
    while (*at) {
        struct request *q = *at;
        if (waiting >= WAITING_MAX || serve(r, q)) {
            *at = q->next;
            free(q);
        } else {
            waiting++;
            at = &q->next;
        }
    }
}

static void drop_requests(struct request *q)
{
    while (q) {
        struct request *next = q->next;
        free(q);
        q = next;
    }
}

/* --- the thread */

static void turn(struct record *r, bool last)
{
    struct error err = {0};
    if (!last) {
        record_role_turn(r);
    }
    serve_requests(r);
    if (!record_write(r, last, &err)) {
        record_failed(r, &err);
    }
    if (!last) {
        record_view_turn(r);
    }
}

static void *run(void *self)
{
    struct record *r = self;
    thread_set_name("record");
    record_who(r->who); /* here, since names of users may come over a network */
    record_sign(&r->lease, r->name);
    struct pollfd poke = {.fd = r->poke_fd, .events = POLLIN};
    bool stop = false;
    while (!stop) {
        stop = take_requests(r);
        turn(r, stop);
        eventfd_t ignored;
        if (!stop && poll(&poke, 1, TURN_MS) > 0) {
            (void)eventfd_read(r->poke_fd, &ignored);
        }
    }
    record_role_end(r);
    (void)pthread_mutex_lock(&r->mu);
    r->finished = true;
    (void)pthread_cond_signal(&r->done);
    (void)pthread_mutex_unlock(&r->mu);
    return NULL;
}

/* --- from outside */

static void destroy(struct record *r)
{
    engine_subscribe(r->engine, -1);
    pending_said(&r->writer, r->writer.n_spoken);
    record_view_unref(r->view);
    drop_requests(r->requests);
    drop_requests(r->todo);
    free(r->writer.queue);
    (void)close(r->wake_fd);
    (void)close(r->poke_fd);
    (void)pthread_mutex_destroy(&r->mu);
    (void)pthread_cond_destroy(&r->done);
    free(r);
}

struct record *record_start(const struct config *cfg, struct engine *engine,
                            const struct clock *clk, enum record_wish wish, const char *name,
                            struct error *err)
{
    struct record *r = mem_alloc(1, sizeof *r);
    r->cfg = cfg;
    r->engine = engine;
    r->clk = clk;
    r->wish = wish;
    r->lease_ms = INT64_MIN;
    r->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    r->poke_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    (void)pthread_mutex_init(&r->mu, NULL);
    thread_cond_init(&r->done);
    (void)text_copy(r->name, sizeof r->name, name);
    if (r->wake_fd < 0 || r->poke_fd < 0) {
        error_set(err, "the system gives no more descriptors");
    } else if (!cfg->record.enabled) {
        record_who(r->who);
        record_view_turn(r); /* once, and for good */
        return r;
    } else {
        engine_subscribe(engine, r->poke_fd);
        r->started = thread_start(&r->thread, run, r);
        if (r->started) {
            return r;
        }
        error_set(err, "the system gives no more threads");
    }
    destroy(r);
    return NULL;
}

struct record_view *record_look(struct record *r)
{
    (void)pthread_mutex_lock(&r->mu);
    struct record_view *v = record_view_ref(r->view);
    (void)pthread_mutex_unlock(&r->mu);
    return v;
}

uint64_t record_turns(struct record *r)
{
    (void)pthread_mutex_lock(&r->mu);
    uint64_t turns = r->turns;
    (void)pthread_mutex_unlock(&r->mu);
    return turns;
}

int record_wake_fd(const struct record *r)
{
    return r->wake_fd;
}

void record_drain(struct record *r)
{
    eventfd_t ignored;
    (void)eventfd_read(r->wake_fd, &ignored);
}

bool record_stop(struct record *r, int64_t budget_ms)
{
    if (!r) {
        return true;
    }
    int64_t until_us = clock_real_us() + budget_ms * 1000;
    (void)pthread_mutex_lock(&r->mu);
    r->stop = true;
    (void)eventfd_write(r->poke_fd, 1);
    while (r->started && !r->finished && clock_real_us() < until_us) {
        thread_cond_wait_until(&r->done, &r->mu, until_us);
    }
    bool finished = r->finished || !r->started;
    (void)pthread_mutex_unlock(&r->mu);
    if (!finished) {
        return false;
    }
    if (r->started) {
        (void)pthread_join(r->thread, NULL);
    }
    destroy(r);
    return true;
}
