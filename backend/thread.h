/* The few things that every thread of drtop has in common. */
#ifndef DRTOP_THREAD_H
#define DRTOP_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Enough for a TLS handshake, a client library and getaddrinfo; the default of 8 MiB a thread
 * is not resident, but it counts where address space is limited. */
#define THREAD_STACK_BYTES ((size_t)256 * 1024)

/* Starts a joinable thread with every signal blocked: signals belong to the main thread. */
bool thread_start(pthread_t *out_thread, void *(*run)(void *arg), void *arg);

/* Names the calling thread for debuggers and top; cut to what the kernel keeps (15 bytes). */
void thread_set_name(const char *name);

/* A condition variable whose timed waits are on CLOCK_MONOTONIC. */
void thread_cond_init(pthread_cond_t *cond);

/* Waits until signalled or until clock_real_us() reaches until_us. May wake up early. */
void thread_cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *mu, int64_t until_us);

#endif
