#include "backend/fact/poller.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmocka.h>

#define TRIES_MAX 256

/* A source that does as told and notes when it was asked. */
struct fake {
    atomic_int polls, interrupts, thread_ends, destroys;
    atomic_int fail_first; /* how many polls fail before the first good one */
    atomic_bool hang;      /* a poll waits for its interrupt */
    atomic_bool deaf;      /* ... and a hanging poll ignores that too, until released */
    int wake_fd;
    int64_t at_us[TRIES_MAX];
    char thread_name[32];
    bool signals_blocked;
};

static struct reading *fake_poll(void *self, const struct clock *clk)
{
    struct fake *f = self;
    int i = atomic_load(&f->polls);
    f->at_us[i % TRIES_MAX] = clock_real_us();
    if (i == 0) {
        sigset_t mask;
        (void)prctl(PR_GET_NAME, f->thread_name, 0, 0, 0);
        (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
        f->signals_blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGWINCH);
    }
    (void)atomic_fetch_add(&f->polls, 1);
    while (atomic_load(&f->hang)) {
        struct pollfd p = {.fd = f->wake_fd, .events = POLLIN};
        uint64_t n;
        if (poll(&p, 1, 5) == 1 && read(f->wake_fd, &n, sizeof n) > 0 &&
            !atomic_load(&f->deaf)) {
            break;
        }
    }
    int64_t now_ms = clock_mono_ms(clk);
    if (i < atomic_load(&f->fail_first)) {
        return reading_failed(NULL, NULL, now_ms, clock_wall_ms(clk), "try %d", i);
    }
    return reading_fresh(NULL, NULL, now_ms, clock_wall_ms(clk));
}

static void fake_interrupt(void *self)
{
    struct fake *f = self;
    uint64_t one = 1;
    assert_int_equal(atomic_load(&f->thread_ends), 0);
    (void)atomic_fetch_add(&f->interrupts, 1);
    (void)!write(f->wake_fd, &one, sizeof one);
}

static void fake_thread_end(void *self)
{
    struct fake *f = self;
    (void)atomic_fetch_add(&f->thread_ends, 1);
}

static void fake_destroy(void *self)
{
    struct fake *f = self;
    (void)atomic_fetch_add(&f->destroys, 1);
}

static const struct source_ops fake_ops = {.poll = fake_poll,
                                           .interrupt = fake_interrupt,
                                           .thread_end = fake_thread_end,
                                           .destroy = fake_destroy};

struct rig {
    struct board *board;
    struct poller *poller;
    struct fake fakes[3];
};

static int setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    rig->board = board_create(3);
    rig->poller = poller_create(rig->board, &clock_system);
    for (int i = 0; i < 3; i++) {
        rig->fakes[i].wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    }
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;
    poller_destroy(rig->poller);
    board_destroy(rig->board);
    for (int i = 0; i < 3; i++) {
        (void)close(rig->fakes[i].wake_fd);
    }
    free(rig);
    return 0;
}

static void add(struct rig *rig, size_t slot, int64_t period_ms, int64_t backoff_max_ms)
{
    struct source s = {.ops = &fake_ops,
                       .self = &rig->fakes[slot],
                       .name = "a name longer than fifteen",
                       .slot = slot,
                       .period_ms = period_ms,
                       .backoff_max_ms = backoff_max_ms};
    poller_add(rig->poller, &s);
}

/* Waits on the board until source i was asked n times; the polls themselves ring it. */
static void await_polls(struct rig *rig, int i, int n)
{
    int64_t deadline_us = clock_real_us() + 10000000;
    while (atomic_load(&rig->fakes[i].polls) < n) {
        assert_true(clock_real_us() < deadline_us);
        struct pollfd p = {.fd = board_wake_fd(rig->board), .events = POLLIN};
        (void)poll(&p, 1, 20);
        board_drain(rig->board);
    }
}

static int64_t gap_us(const struct fake *f, int i)
{
    return f->at_us[i + 1] - f->at_us[i];
}

static void asks_every_period(void **state)
{
    struct rig *rig = *state;
    add(rig, 0, 20, 0);
    assert_true(poller_start(rig->poller));
    await_polls(rig, 0, 11);
    assert_true(poller_stop(rig->poller, 2000));
    struct fake *f = &rig->fakes[0];
    int64_t total_us = f->at_us[10] - f->at_us[0];
    assert_true(total_us >= 197000);
    assert_true(total_us < 400000);
    assert_string_equal(f->thread_name, "a name longer t");
    assert_true(f->signals_blocked);
    struct sight s;
    board_look(rig->board, 0, &s);
    assert_int_equal(s.last->state, READING_FRESH);
    sight_finish(&s);
}

static void backs_off_and_comes_straight_back(void **state)
{
    struct rig *rig = *state;
    atomic_store(&rig->fakes[0].fail_first, 5);
    add(rig, 0, 50, 300);
    assert_true(poller_start(rig->poller));
    await_polls(rig, 0, 8);
    assert_true(poller_stop(rig->poller, 2000));
    const struct fake *f = &rig->fakes[0];
    /* Lower bounds: 80 % of the wait less the tenth of a period by which a start may be late. */
    assert_true(gap_us(f, 0) >= 45000 && gap_us(f, 0) < 79000); /* not slowed */
    assert_true(gap_us(f, 1) >= 75000);
    assert_true(gap_us(f, 2) >= 155000);
    assert_true(gap_us(f, 3) >= 235000 && gap_us(f, 3) < 600000);
    assert_true(gap_us(f, 4) >= 235000 && gap_us(f, 4) < 600000); /* 640000 without a limit */
    assert_true(gap_us(f, 5) < 79000);
    assert_true(gap_us(f, 6) < 79000);
}

static void strikes_are_not_slowed_without_back_off(void **state)
{
    struct rig *rig = *state;
    atomic_store(&rig->fakes[0].fail_first, 100);
    add(rig, 0, 20, 20);
    assert_true(poller_start(rig->poller));
    await_polls(rig, 0, 6);
    assert_true(poller_stop(rig->poller, 2000));
    int64_t total_us = rig->fakes[0].at_us[5] - rig->fakes[0].at_us[0];
    assert_true(total_us >= 97000 && total_us < 300000);
}

static void a_hung_source_delays_nobody(void **state)
{
    struct rig *rig = *state;
    atomic_store(&rig->fakes[0].hang, true);
    add(rig, 0, 10, 0);
    add(rig, 1, 10, 0);
    assert_true(poller_start(rig->poller));
    await_polls(rig, 1, 10);
    assert_int_equal(atomic_load(&rig->fakes[0].polls), 1);
    int64_t start_us = clock_real_us();
    assert_true(poller_stop(rig->poller, 5000));
    assert_true(clock_real_us() - start_us < 500000);
    assert_true(atomic_load(&rig->fakes[0].interrupts) >= 1);
    assert_int_equal(atomic_load(&rig->fakes[0].thread_ends), 1);
    assert_int_equal(atomic_load(&rig->fakes[1].thread_ends), 1);
    poller_destroy(rig->poller);
    rig->poller = NULL;
    assert_int_equal(atomic_load(&rig->fakes[0].destroys), 1);
}

static void stop_keeps_its_budget(void **state)
{
    struct rig *rig = *state;
    struct fake *f = &rig->fakes[0];
    atomic_store(&f->hang, true);
    atomic_store(&f->deaf, true);
    add(rig, 0, 10, 0);
    assert_true(poller_start(rig->poller));
    await_polls(rig, 0, 1);
    int64_t start_us = clock_real_us();
    assert_false(poller_stop(rig->poller, 100));
    int64_t took_us = clock_real_us() - start_us;
    assert_true(took_us >= 95000 && took_us < 400000);
    assert_true(atomic_load(&f->interrupts) >= 2); /* it keeps trying */
    atomic_store(&f->deaf, false);
    assert_true(poller_stop(rig->poller, 5000));
}

static void poke_asks_at_once(void **state)
{
    struct rig *rig = *state;
    add(rig, 0, 60000, 0);
    assert_true(poller_start(rig->poller));
    await_polls(rig, 0, 1);
    poller_poke(rig->poller);
    await_polls(rig, 0, 2);
    assert_true(poller_stop(rig->poller, 2000));
}

static void a_slow_poll_starts_again_at_once(void **state)
{
    struct rig *rig = *state;
    struct fake *f = &rig->fakes[0];
    atomic_store(&f->hang, true);
    add(rig, 0, 40, 0);
    assert_true(poller_start(rig->poller));
    await_polls(rig, 0, 1);
    (void)poll(NULL, 0, 200);
    atomic_store(&f->hang, false);
    await_polls(rig, 0, 4);
    assert_true(poller_stop(rig->poller, 2000));
    assert_true(gap_us(f, 0) >= 195000);
    assert_true(gap_us(f, 1) >= 35000); /* five missed turns are not made up for */
    assert_true(gap_us(f, 2) >= 35000);
}

static void never_started_is_stopped(void **state)
{
    struct rig *rig = *state;
    add(rig, 0, 10, 0);
    assert_true(poller_stop(rig->poller, 10));
    poller_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(asks_every_period, setup, teardown),
        cmocka_unit_test_setup_teardown(backs_off_and_comes_straight_back, setup, teardown),
        cmocka_unit_test_setup_teardown(strikes_are_not_slowed_without_back_off, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_hung_source_delays_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(stop_keeps_its_budget, setup, teardown),
        cmocka_unit_test_setup_teardown(poke_asks_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_slow_poll_starts_again_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(never_started_is_stopped, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
