#include "backend/net/resolve.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/fact/clock.h"
#include "backend/mem.h"
#include "backend/thread.h"

#define TTL_US 30000000

struct answer {
    int failed; /* an EAI_ code, 0 when it holds addresses */
    size_t n;
    struct address list[RESOLVE_MAX];
};

struct resolver {
    char *host;
    char service[8];
    struct answer good; /* n == 0: none yet */
    int64_t good_until_us;
    bool has_thread; /* started and not yet joined */
    pthread_t thread;
    pthread_mutex_t mu;
    pthread_cond_t done;
    /* below: guarded by mu */
    bool busy;
    bool interrupted;
    bool abandoned;       /* the thread frees the resolver when its lookup ends */
    struct answer latest; /* of the lookup that ended last */
};

static void take_addresses(const struct addrinfo *list, struct answer *out)
{
    for (const struct addrinfo *ai = list; ai && out->n < RESOLVE_MAX; ai = ai->ai_next) {
        struct address *a = &out->list[out->n];
        if (ai->ai_family != AF_INET && ai->ai_family != AF_INET6) {
            continue;
        }
        if (getnameinfo(ai->ai_addr, ai->ai_addrlen, a->text, sizeof a->text, NULL, 0,
                        NI_NUMERICHOST) != 0) {
            continue;
        }
        memcpy(&a->sa, ai->ai_addr, ai->ai_addrlen);
        a->sa_len = ai->ai_addrlen;
        a->family = ai->ai_family;
        out->n++;
    }
}

static void look_up(const char *host, const char *service, int flags, struct answer *out)
{
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    *out = (struct answer){.failed = getaddrinfo(host, service, &hints, &list)};
    if (out->failed) {
        return;
    }
    take_addresses(list, out);
    freeaddrinfo(list);
    if (out->n == 0) {
        out->failed = EAI_NONAME;
    }
}

struct resolver *resolver_create(const char *host, uint16_t port)
{
    struct resolver *r = mem_alloc(1, sizeof *r);
    r->host = mem_strdup(host);
    (void)snprintf(r->service, sizeof r->service, "%u", (unsigned)port);
    (void)pthread_mutex_init(&r->mu, NULL);
    thread_cond_init(&r->done);
    look_up(host, r->service, AI_NUMERICHOST, &r->good);
    r->good_until_us = r->good.n > 0 ? INT64_MAX : 0;
    return r;
}

static void free_resolver(struct resolver *r)
{
    (void)pthread_cond_destroy(&r->done);
    (void)pthread_mutex_destroy(&r->mu);
    free(r->host);
    free(r);
}

static void *run(void *arg)
{
    struct resolver *r = arg;
    struct answer found;
    thread_set_name("resolve");
    look_up(r->host, r->service, 0, &found);
    (void)pthread_mutex_lock(&r->mu);
    r->latest = found;
    r->busy = false;
    bool abandoned = r->abandoned;
    (void)pthread_cond_signal(&r->done);
    (void)pthread_mutex_unlock(&r->mu);
    if (abandoned) {
        free_resolver(r);
    }
    return NULL;
}

static bool is_busy(struct resolver *r)
{
    (void)pthread_mutex_lock(&r->mu);
    bool busy = r->busy;
    (void)pthread_mutex_unlock(&r->mu);
    return busy;
}

/* Takes over what an ended lookup found and lets its thread go. */
static void collect(struct resolver *r)
{
    if (!r->has_thread || is_busy(r)) {
        return;
    }
    (void)pthread_join(r->thread, NULL);
    r->has_thread = false;
    if (r->latest.n > 0) {
        r->good = r->latest;
        r->good_until_us = clock_real_us() + TTL_US;
    }
}

static void begin(struct resolver *r)
{
    (void)pthread_mutex_lock(&r->mu);
    r->busy = true;
    r->latest = (struct answer){.failed = EAI_AGAIN};
    (void)pthread_mutex_unlock(&r->mu);
    r->has_thread = thread_start(&r->thread, run, r);
    if (!r->has_thread) {
        (void)pthread_mutex_lock(&r->mu);
        r->busy = false;
        (void)pthread_mutex_unlock(&r->mu);
    }
}

/* Returns false when the lookup is still under way at the end of the time. */
static bool wait_done(struct resolver *r, int64_t timeout_ms)
{
    int64_t until_us = clock_real_us() + timeout_ms * 1000;
    (void)pthread_mutex_lock(&r->mu);
    r->interrupted = false;
    while (r->busy && !r->interrupted && clock_real_us() < until_us) {
        thread_cond_wait_until(&r->done, &r->mu, until_us);
    }
    bool done = !r->busy;
    (void)pthread_mutex_unlock(&r->mu);
    return done;
}

static void explain(const struct resolver *r, bool done, int64_t timeout_ms, struct error *err)
{
    if (!done) {
        error_set(err, "name lookup timed out after %.1f s: %s", (double)timeout_ms / 1000.0,
                  r->host);
    } else if (r->latest.failed == EAI_NONAME) {
        error_set(err, "name not found: %s", r->host);
    } else {
        error_set(err, "name lookup failed: %s: %s", r->host, gai_strerror(r->latest.failed));
    }
}

size_t resolver_get(struct resolver *r, int64_t timeout_ms, struct address *out,
                    struct error *err)
{
    collect(r);
    if (!r->has_thread && clock_real_us() >= r->good_until_us) {
        begin(r);
    }
    /* With addresses in hand a refresh goes on in the background: a name server that hangs
     * costs the wait once, not at every poll. */
    if (r->good.n == 0) {
        bool done = wait_done(r, timeout_ms);
        collect(r);
        if (r->good.n == 0) {
            explain(r, done, timeout_ms, err);
            return 0;
        }
    }
    memcpy(out, r->good.list, r->good.n * sizeof out[0]);
    return r->good.n;
}

void resolver_forget(struct resolver *r)
{
    if (r->good_until_us != INT64_MAX) {
        r->good.n = 0;
        r->good_until_us = 0;
    }
}

void resolver_interrupt(struct resolver *r)
{
    (void)pthread_mutex_lock(&r->mu);
    r->interrupted = true;
    (void)pthread_cond_signal(&r->done);
    (void)pthread_mutex_unlock(&r->mu);
}

void resolver_destroy(struct resolver *r)
{
    if (!r) {
        return;
    }
    (void)pthread_mutex_lock(&r->mu);
    bool busy = r->busy;
    r->abandoned = busy;
    (void)pthread_mutex_unlock(&r->mu);
    if (busy) {
        return;
    }
    if (r->has_thread) {
        (void)pthread_join(r->thread, NULL);
    }
    free_resolver(r);
}
