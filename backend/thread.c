#include "backend/thread.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <time.h>

bool thread_start(pthread_t *out_thread, void *(*run)(void *arg), void *arg)
{
    pthread_attr_t attr;
    if (pthread_attr_init(&attr) != 0) {
        return false;
    }
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    int failed = pthread_create(&thread, &attr, run, arg);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attr);
    if (failed) {
        return false;
    }
    *out_thread = thread;
    return true;
}

void thread_set_name(const char *name)
{
    char cut[16];
    (void)snprintf(cut, sizeof cut, "%s", name);
    (void)prctl(PR_SET_NAME, cut, 0, 0, 0);
}

void thread_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(cond, &attr);
    (void)pthread_condattr_destroy(&attr);
}

void thread_cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *mu, int64_t until_us)
{
    struct timespec until = {.tv_sec = until_us / 1000000,
                             .tv_nsec = (long)(until_us % 1000000) * 1000};
    (void)pthread_cond_timedwait(cond, mu, &until);
}
