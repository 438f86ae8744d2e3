/* One thread that ends waits which nothing else bounds. A worker arms its watch before a call
 * that may block and disarms it afterwards; when the time runs out in between, the watchdog calls
 * fire() on its own thread, again every 50 ms until the watch is disarmed (the descriptor to shut
 * down may not exist at the first try). After watch_disarm() returned, fire() is neither running
 * nor will it run. */
#ifndef DRTOP_FACT_WATCHDOG_H
#define DRTOP_FACT_WATCHDOG_H

#include <stdint.h>

struct watchdog;
struct watch;

/* Starts the thread. Returns NULL when it cannot be started. */
struct watchdog *watchdog_create(void);

/* Stops and joins the thread. Every watch must have been destroyed. NULL is allowed. */
void watchdog_destroy(struct watchdog *dog);

/* fire(self) runs on the watchdog's thread, must not block, and must not arm or disarm. */
struct watch *watch_create(struct watchdog *dog, void (*fire)(void *self), void *self);
void watch_destroy(struct watch *w);

void watch_arm(struct watch *w, int64_t timeout_ms);
void watch_disarm(struct watch *w);

#endif
