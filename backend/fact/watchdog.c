#include "backend/fact/watchdog.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "backend/fact/clock.h"
#include "backend/mem.h"
#include "backend/thread.h"

#define FIRE_AGAIN_US 50000

struct watch {
    struct watchdog *dog;
    void (*fire)(void *self);
    void *self;
    /* below: guarded by dog->mu */
    struct watch *next;
    bool armed;
    bool firing; /* fire() is running with the lock released */
    int64_t due_us;
};

struct watchdog {
    pthread_t thread;
    pthread_mutex_t mu;
    pthread_cond_t sooner; /* the dog sleeps on it */
    pthread_cond_t fired;  /* watch_disarm() waits on it while fire() runs */
    /* below: guarded by mu */
    bool stop;
    int64_t wake_at_us; /* when the dog will look again by itself; INT64_MAX: never */
    struct watch *watches;
};

static struct watch *earliest(struct watchdog *dog)
{
    struct watch *found = NULL;
    for (struct watch *w = dog->watches; w; w = w->next) {
        if (w->armed && (!found || w->due_us < found->due_us)) {
            found = w;
        }
    }
    return found;
}

/* Called with the lock held, releases it around fire(). */
static void fire(struct watchdog *dog, struct watch *w)
{
    w->due_us = clock_real_us() + FIRE_AGAIN_US;
    w->firing = true;
    (void)pthread_mutex_unlock(&dog->mu);
    w->fire(w->self);
    (void)pthread_mutex_lock(&dog->mu);
    w->firing = false;
    (void)pthread_cond_broadcast(&dog->fired);
}

/* A disarmed watch does not wake the dog: it finds nothing due and sleeps on. So a worker that
 * arms and disarms four times a second costs a wake-up a timeout, not a wake-up a call. */
static void sleep_until(struct watchdog *dog, const struct watch *w)
{
    dog->wake_at_us = w ? w->due_us : INT64_MAX;
    if (w) {
        thread_cond_wait_until(&dog->sooner, &dog->mu, w->due_us);
    } else {
        (void)pthread_cond_wait(&dog->sooner, &dog->mu);
    }
}

static void *run(void *arg)
{
    struct watchdog *dog = arg;
    thread_set_name("watchdog");
    (void)pthread_mutex_lock(&dog->mu);
    while (!dog->stop) {
        struct watch *w = earliest(dog);
        if (w && w->due_us <= clock_real_us()) {
            fire(dog, w);
        } else {
            sleep_until(dog, w);
        }
    }
    (void)pthread_mutex_unlock(&dog->mu);
    return NULL;
}

static void finish(struct watchdog *dog)
{
    (void)pthread_cond_destroy(&dog->fired);
    (void)pthread_cond_destroy(&dog->sooner);
    (void)pthread_mutex_destroy(&dog->mu);
    free(dog);
}

struct watchdog *watchdog_create(void)
{
    struct watchdog *dog = mem_alloc(1, sizeof *dog);
    (void)pthread_mutex_init(&dog->mu, NULL);
    thread_cond_init(&dog->sooner);
    thread_cond_init(&dog->fired);
    if (!thread_start(&dog->thread, run, dog)) {
        finish(dog);
        return NULL;
    }
    return dog;
}

void watchdog_destroy(struct watchdog *dog)
{
    if (!dog) {
        return;
    }
    (void)pthread_mutex_lock(&dog->mu);
    dog->stop = true;
    (void)pthread_cond_signal(&dog->sooner);
    (void)pthread_mutex_unlock(&dog->mu);
    (void)pthread_join(dog->thread, NULL);
    finish(dog);
}

struct watch *watch_create(struct watchdog *dog, void (*fire_fn)(void *self), void *self)
{
    struct watch *w = mem_alloc(1, sizeof *w);
    w->dog = dog;
    w->fire = fire_fn;
    w->self = self;
    (void)pthread_mutex_lock(&dog->mu);
    w->next = dog->watches;
    dog->watches = w;
    (void)pthread_mutex_unlock(&dog->mu);
    return w;
}

void watch_destroy(struct watch *w)
{
    if (!w) {
        return;
    }
    watch_disarm(w);
    (void)pthread_mutex_lock(&w->dog->mu);
    struct watch **link = &w->dog->watches;
    while (*link != w) {
        link = &(*link)->next;
    }
    *link = w->next;
    (void)pthread_mutex_unlock(&w->dog->mu);
    free(w);
}

void watch_arm(struct watch *w, int64_t timeout_ms)
{
    struct watchdog *dog = w->dog;
    (void)pthread_mutex_lock(&dog->mu);
    w->armed = true;
    w->due_us = clock_real_us() + timeout_ms * 1000;
    if (w->due_us < dog->wake_at_us) {
        (void)pthread_cond_signal(&dog->sooner);
    }
    (void)pthread_mutex_unlock(&dog->mu);
}

void watch_disarm(struct watch *w)
{
    struct watchdog *dog = w->dog;
    (void)pthread_mutex_lock(&dog->mu);
    w->armed = false;
    while (w->firing) {
        (void)pthread_cond_wait(&dog->fired, &dog->mu);
    }
    (void)pthread_mutex_unlock(&dog->mu);
}
