/* The engine's thread between publishing sources and a reading viewer; also run under TSan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "backend/app/anchor.h"
#include "backend/app/http_health.h"
#include "backend/engine.h"
#include "backend/mem.h"
#include "backend/mysql/db_source.h"

static const char config_text[] =
    "{ \"group\": \"g\", \"primary\": { \"mysql\": { \"host\": \"127.0.0.1\", \"user\": \"u\" "
    "} },"
    " \"dr\": { \"mysql\": { \"host\": \"127.0.0.2\", \"user\": \"u\" } } }";

struct fixture {
    struct config *cfg;
    struct board *board;
    struct engine *engine;
    atomic_bool stop;
};

static const char watched_text[] =
    "{ \"group\": \"g\", \"primary\": { \"mysql\": { \"host\": \"127.0.0.1\", \"user\": \"u\" "
    "},"
    " \"app\": { \"url\": \"http://127.0.0.1/\" } },"
    " \"dr\": { \"mysql\": { \"host\": \"127.0.0.2\", \"user\": \"u\" } },"
    " \"anchors\": [ { \"target\": \"127.0.0.3:53\", \"period\": \"1s\" } ] }";

static struct fixture *begin_with(const char *text, const struct clock *clk)
{
    struct error err;
    struct fixture *f = mem_alloc(1, sizeof *f);
    f->cfg = config_parse("test", text, strlen(text), 0600, &err);
    if (!f->cfg) {
        fail_msg("%s", err.text);
    }
    f->board = board_create(SLOT_COUNT);
    f->engine = engine_create(f->cfg, f->board, clk);
    return f;
}

static struct fixture *begin(const struct clock *clk)
{
    return begin_with(config_text, clk);
}

static void end(struct fixture *f)
{
    engine_destroy(f->engine);
    board_destroy(f->board);
    config_destroy(f->cfg);
    free(f);
}

static struct reading *position(const struct clock *clk, uint64_t pos)
{
    struct db_facts *f = mem_alloc(1, sizeof *f);
    (void)snprintf(f->written.file, sizeof f->written.file, "mysql-bin.000001");
    f->written.pos = pos;
    return reading_fresh(f, db_facts_destroy, clock_mono_ms(clk), 0);
}

static void *publisher(void *self)
{
    struct fixture *f = self;
    for (uint64_t pos = 4; !atomic_load(&f->stop); pos++) {
        board_publish(f->board, SLOT_PRIMARY_DB, position(&clock_system, pos));
        board_publish(f->board, SLOT_REPLICA_DB,
                      reading_failed(NULL, NULL, clock_mono_ms(&clock_system), 0, "refused"));
        struct pollfd none;
        (void)poll(&none, 0, 1);
    }
    return NULL;
}

static void test_snapshots_flow_while_sources_publish(void **state)
{
    (void)state;
    struct fixture *f = begin(&clock_system);
    pthread_t thread;
    assert_true(engine_start(f->engine));
    assert_int_equal(pthread_create(&thread, NULL, publisher, f), 0);
    struct pollfd fd = {.fd = engine_wake_fd(f->engine), .events = POLLIN};
    uint64_t seen = 0, pos = 0;
    while (seen < 5) {
        assert_int_equal(poll(&fd, 1, 10000), 1);
        engine_drain(f->engine);
        struct snapshot *s = engine_look(f->engine);
        const struct db_facts *p = s ? snapshot_db(s, SLOT_PRIMARY_DB) : NULL;
        if (p && s->seq > seen) {
            assert_true(p->written.pos >= pos);
            pos = p->written.pos;
            seen = s->seq;
        }
        snapshot_unref(s);
    }
    atomic_store(&f->stop, true);
    (void)pthread_join(thread, NULL);
    end(f);
}

static void test_a_snapshot_outlives_what_it_shows(void **state)
{
    (void)state;
    struct clock_manual clk;
    clock_manual_init(&clk, 1000, 0);
    struct fixture *f = begin(&clk.base);
    board_publish(f->board, SLOT_PRIMARY_DB, position(&clk.base, 100));
    engine_step(f->engine);
    struct snapshot *held = engine_look(f->engine);
    board_publish(f->board, SLOT_PRIMARY_DB, position(&clk.base, 200));
    clock_manual_advance(&clk, 250);
    engine_step(f->engine);
    assert_int_equal(snapshot_db(held, SLOT_PRIMARY_DB)->written.pos, 100);
    assert_int_equal(held->verdict.kind, VERDICT_UNKNOWN);
    snapshot_unref(held);
    end(f);
}

static void test_a_subscriber_is_rung_too(void **state)
{
    (void)state;
    struct clock_manual clk;
    clock_manual_init(&clk, 1000, 0);
    struct fixture *f = begin(&clk.base);
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    eventfd_t rung = 0;
    engine_subscribe(f->engine, fd);
    engine_step(f->engine);
    engine_drain(f->engine); /* a viewer's, and not the subscriber's */
    assert_int_equal(eventfd_read(fd, &rung), 0);
    engine_subscribe(f->engine, -1);
    engine_step(f->engine);
    assert_int_equal(eventfd_read(fd, &rung), -1);
    (void)close(fd);
    end(f);
}

static bool rings(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

static void step_after(struct fixture *f, struct clock_manual *clk, int64_t ms)
{
    clock_manual_advance(clk, ms);
    engine_drain(f->engine);
    engine_step(f->engine);
}

/* A screen wakes for these alone; the rest it finds when it paints. */
static void test_news_ring_apart_from_snapshots(void **state)
{
    (void)state;
    struct clock_manual clk;
    clock_manual_init(&clk, 1000, 0);
    struct fixture *f = begin(&clk.base);
    int news_fd = engine_news_fd(f->engine);
    engine_step(f->engine);
    assert_true(rings(news_fd)); /* the first */
    for (int i = 0; i < 20; i++) {
        step_after(f, &clk, 250);
    }
    assert_false(rings(news_fd));
    assert_true(rings(engine_wake_fd(f->engine)));
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    engine_subscribe(f->engine, fd);
    step_after(f, &clk, 250);
    assert_false(rings(fd));
    engine_record_trouble(f->engine, "the disk is full");
    struct snapshot *s = NULL;
    for (int i = 0; i < 100 && (!s || s->n_open == 0); i++) {
        assert_false(rings(news_fd));
        step_after(f, &clk, 250);
        snapshot_unref(s);
        s = engine_look(f->engine);
    }
    assert_int_equal(s->n_open, 1);
    snapshot_unref(s);
    assert_true(rings(news_fd));
    assert_true(rings(fd));
    engine_drain(f->engine);
    assert_false(rings(news_fd));
    engine_subscribe(f->engine, -1);
    (void)close(fd);
    end(f);
}

static void test_write_rate_is_bytes_a_second(void **state)
{
    (void)state;
    struct clock_manual clk;
    clock_manual_init(&clk, 1000, 0);
    struct fixture *f = begin(&clk.base);
    struct opt_f64 rate = {0};
    for (uint64_t i = 0; i < 20; i++) {
        board_publish(f->board, SLOT_PRIMARY_DB, position(&clk.base, 100 + i * 500));
        engine_step(f->engine);
        clock_manual_advance(&clk, 250);
    }
    struct snapshot *s = engine_look(f->engine);
    rate = s->write_rate;
    snapshot_unref(s);
    assert_true(rate.known);
    assert_true(rate.v > 1999 && rate.v < 2001);
    end(f);
}

static struct reading *beat(const struct clock *clk, int64_t beat_ms)
{
    struct db_facts *f = mem_alloc(1, sizeof *f);
    f->beat_ms = opt_i64(beat_ms);
    return reading_fresh(f, db_facts_destroy, clock_mono_ms(clk), 0);
}

static void test_heartbeat_of_a_silent_primary_says_nothing(void **state)
{
    (void)state;
    struct clock_manual clk;
    clock_manual_init(&clk, 1000, 0);
    struct fixture *f = begin(&clk.base);
    board_publish(f->board, SLOT_PRIMARY_DB, beat(&clk.base, 9000));
    board_publish(f->board, SLOT_REPLICA_DB, beat(&clk.base, 8500));
    engine_step(f->engine);
    struct snapshot *s = engine_look(f->engine);
    assert_true(s->beat_lag_s.known);
    assert_int_equal((int)(s->beat_lag_s.v * 1000), 500);
    snapshot_unref(s);
    clock_manual_advance(&clk, 5000);
    board_publish(f->board, SLOT_REPLICA_DB, beat(&clk.base, 9000));
    engine_step(f->engine);
    s = engine_look(f->engine);
    assert_false(s->beat_lag_s.known);
    snapshot_unref(s);
    end(f);
}

static struct reading *channel(const struct clock *clk, uint64_t pos)
{
    struct db_facts *f = mem_alloc(1, sizeof *f);
    f->channels = 1;
    f->has_channel = true;
    (void)snprintf(f->channel.received.file, sizeof f->channel.received.file,
                   "mysql-bin.000001");
    f->channel.received.pos = pos;
    f->channel.applied = f->channel.received;
    return reading_fresh(f, db_facts_destroy, clock_mono_ms(clk), 0);
}

static void test_history_keeps_no_exposure_of_a_silent_primary(void **state)
{
    (void)state;
    struct clock_manual clk;
    clock_manual_init(&clk, 1000, 0);
    struct fixture *f = begin(&clk.base);
    board_publish(f->board, SLOT_PRIMARY_DB, position(&clk.base, 300));
    board_publish(f->board, SLOT_REPLICA_DB, channel(&clk.base, 100));
    engine_step(f->engine);
    clock_manual_advance(&clk, 10000);
    board_publish(f->board, SLOT_REPLICA_DB, channel(&clk.base, 100));
    engine_step(f->engine);
    struct snapshot *s = engine_look(f->engine);
    double v = -1;
    assert_true(history_at(s->history, HISTORY_NOT_RECEIVED_B, 1000, &v));
    assert_int_equal((int)v, 200);
    assert_false(history_at(s->history, HISTORY_NOT_RECEIVED_B, 11000, &v));
    assert_true(history_at(s->history, HISTORY_NOT_APPLIED_B, 11000, &v));
    assert_int_equal((int)v, 0);
    snapshot_unref(s);
    end(f);
}

/* One look at everything of a primary that is gone; the anchor answers or not. */
static struct rto look(struct fixture *f, struct clock_manual *clk, bool online)
{
    clock_manual_advance(clk, 1000);
    int64_t ms = clock_mono_ms(&clk->base);
    struct db_failure *silence = mem_alloc(1, sizeof *silence);
    silence->silent = true;
    struct app_facts *app = mem_alloc(1, sizeof *app);
    *app = (struct app_facts){.strikes = 9, .address = "127.0.0.1:80"};
    struct db_facts *replica = mem_alloc(1, sizeof *replica);
    replica->channels = 1;
    replica->has_channel = true;
    replica->channel.receiver = DB_THREAD_CONNECTING;
    board_publish(f->board, SLOT_PRIMARY_DB, reading_failed(silence, free, ms, 0, "refused"));
    board_publish(f->board, SLOT_PRIMARY_APP, reading_failed(app, free, ms, 0, "refused"));
    board_publish(f->board, SLOT_REPLICA_DB, reading_fresh(replica, db_facts_destroy, ms, 0));
    board_publish(f->board, SLOT_ANCHOR,
                  online ? reading_fresh(mem_alloc(1, sizeof(struct anchor_facts)), free, ms, 0)
                         : reading_failed(NULL, NULL, ms, 0, "timed out"));
    engine_step(f->engine);
    struct snapshot *s = engine_look(f->engine);
    struct rto rto = s->rto;
    assert_int_equal(s->verdict.kind,
                     online ? VERDICT_PRIMARY_DOWN : VERDICT_OBSERVER_ISOLATED);
    snapshot_unref(s);
    return rto;
}

static void test_what_looked_like_an_outage_and_was_ours_starts_no_clock(void **state)
{
    (void)state;
    struct clock_manual clk;
    clock_manual_init(&clk, 100000, 5000000);
    struct fixture *f = begin_with(watched_text, &clk.base);
    assert_true(look(f, &clk, true).running);
    assert_false(look(f, &clk, false).running);
    for (int i = 0; i < 4; i++) { /* once it is confirmed, it stays an outage */
        (void)look(f, &clk, true);
    }
    assert_true(look(f, &clk, false).running);
    end(f);
}

static void test_an_outage_goes_on_across_a_restart(void **state)
{
    (void)state;
    struct clock_manual clk;
    clock_manual_init(&clk, 100000, 5000000);
    struct fixture *f = begin_with(watched_text, &clk.base);
    struct reading *known = position(&clk.base, 4711);
    struct engine_memory memory = {
        .rto = {.last_good_wall_ms = opt_i64(4900000), .first_bad_wall_ms = opt_i64(4900400)},
        .primary = known};
    engine_remember(f->engine, &memory);
    reading_unref(known);
    struct rto rto = look(f, &clk, true);
    assert_true(rto.running);
    assert_int_equal(rto.elapsed_max_ms.v, 101000);
    assert_int_equal(rto.elapsed_min_ms.v, 100600);
    struct snapshot *s = engine_look(f->engine);
    assert_int_equal(snapshot_db(s, SLOT_PRIMARY_DB)->written.pos, 4711);
    assert_true(s->exposure.unobserved.seconds.known);
    snapshot_unref(s);
    end(f);
}

static void count(void *self)
{
    (*(int *)self)++;
}

static void test_a_doubt_asks_for_news_once(void **state)
{
    (void)state;
    struct clock_manual clk;
    clock_manual_init(&clk, 100000, 5000000);
    struct fixture *f = begin_with(watched_text, &clk.base);
    int asked = 0;
    engine_on_doubt(f->engine, count, &asked);
    engine_step(f->engine);
    assert_int_equal(asked, 0);
    (void)look(f, &clk, true);
    (void)look(f, &clk, true);
    assert_int_equal(asked, 1);
    end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_snapshots_flow_while_sources_publish),
        cmocka_unit_test(test_a_snapshot_outlives_what_it_shows),
        cmocka_unit_test(test_a_subscriber_is_rung_too),
        cmocka_unit_test(test_news_ring_apart_from_snapshots),
        cmocka_unit_test(test_write_rate_is_bytes_a_second),
        cmocka_unit_test(test_heartbeat_of_a_silent_primary_says_nothing),
        cmocka_unit_test(test_history_keeps_no_exposure_of_a_silent_primary),
        cmocka_unit_test(test_what_looked_like_an_outage_and_was_ours_starts_no_clock),
        cmocka_unit_test(test_an_outage_goes_on_across_a_restart),
        cmocka_unit_test(test_a_doubt_asks_for_news_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
