#include "backend/fact/watchdog.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/fact/clock.h"

struct bell {
    int fd;
    atomic_int rung;
    atomic_bool slow;
};

static void ring(void *self)
{
    struct bell *bell = self;
    uint64_t one = 1;
    (void)atomic_fetch_add(&bell->rung, 1);
    assert_int_equal(write(bell->fd, &one, sizeof one), sizeof one);
    if (atomic_load(&bell->slow)) {
        (void)poll(NULL, 0, 30);
    }
    (void)atomic_fetch_add(&bell->rung, 1000);
}

/* Waits for the next ring; false when there is none within wait_ms. */
static bool await(struct bell *bell, int wait_ms)
{
    struct pollfd p = {.fd = bell->fd, .events = POLLIN};
    uint64_t n;
    return poll(&p, 1, wait_ms) == 1 && read(bell->fd, &n, sizeof n) == sizeof n;
}

static void bell_init(struct bell *bell)
{
    bell->fd = eventfd(0, EFD_CLOEXEC);
    atomic_init(&bell->rung, 0);
    atomic_init(&bell->slow, false);
}

static void fires_in_time_and_again(void **state)
{
    (void)state;
    struct watchdog *dog = watchdog_create();
    struct bell bell;
    bell_init(&bell);
    struct watch *w = watch_create(dog, ring, &bell);
    int64_t start_us = clock_real_us();
    watch_arm(w, 40);
    assert_true(await(&bell, 5000));
    int64_t first_us = clock_real_us() - start_us;
    assert_true(first_us >= 39000);
    assert_true(await(&bell, 5000));
    assert_true(clock_real_us() - start_us >= first_us + 45000);
    watch_disarm(w);
    watch_destroy(w);
    watch_destroy(NULL);
    watchdog_destroy(dog);
    watchdog_destroy(NULL);
    (void)close(bell.fd);
}

static void a_disarmed_watch_stays_silent(void **state)
{
    (void)state;
    struct watchdog *dog = watchdog_create();
    struct bell quiet, loud;
    bell_init(&quiet);
    bell_init(&loud);
    struct watch *w = watch_create(dog, ring, &quiet);
    struct watch *other = watch_create(dog, ring, &loud);
    watch_arm(w, 30);
    watch_disarm(w);
    watch_arm(other, 60);
    assert_true(await(&loud, 5000));
    assert_int_equal(atomic_load(&quiet.rung), 0);
    watch_destroy(other);
    watch_destroy(w);
    watchdog_destroy(dog);
    (void)close(quiet.fd);
    (void)close(loud.fd);
}

static void a_shorter_watch_overtakes_a_longer_one(void **state)
{
    (void)state;
    struct watchdog *dog = watchdog_create();
    struct bell late, soon;
    bell_init(&late);
    bell_init(&soon);
    struct watch *a = watch_create(dog, ring, &late);
    struct watch *b = watch_create(dog, ring, &soon);
    watch_arm(a, 60000);
    (void)poll(NULL, 0, 50); /* so that the dog is asleep until a minute from now */
    watch_arm(b, 20);
    assert_true(await(&soon, 5000));
    assert_int_equal(atomic_load(&late.rung), 0);
    watch_destroy(b);
    watch_destroy(a);
    watchdog_destroy(dog);
    (void)close(late.fd);
    (void)close(soon.fd);
}

static void disarm_waits_for_a_running_fire(void **state)
{
    (void)state;
    struct watchdog *dog = watchdog_create();
    struct bell bell;
    bell_init(&bell);
    atomic_store(&bell.slow, true);
    struct watch *w = watch_create(dog, ring, &bell);
    watch_arm(w, 1);
    assert_true(await(&bell, 5000));
    watch_disarm(w);
    int rung = atomic_load(&bell.rung);
    assert_int_equal(rung % 1000, rung / 1000); /* every fire that began has ended */
    watch_destroy(w);
    watchdog_destroy(dog);
    (void)close(bell.fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fires_in_time_and_again),
        cmocka_unit_test(a_disarmed_watch_stays_silent),
        cmocka_unit_test(a_shorter_watch_overtakes_a_longer_one),
        cmocka_unit_test(disarm_waits_for_a_running_fire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
