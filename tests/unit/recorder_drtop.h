/* A drtop on a real store, for the tests of the record: an engine whose only source is the test. */
#ifndef DRTOP_TESTS_RECORDER_DRTOP_H
#define DRTOP_TESTS_RECORDER_DRTOP_H

#include "tests/unit/store_place.h"

#include <poll.h>

#include "backend/engine.h"
#include "backend/fact/clock.h"
#include "backend/record/record.h"

#define PATIENCE_MS 20000

/* One drtop: an engine whose only source is the test, and its record. */
struct drtop {
    struct config *cfg;
    struct board *board;
    struct engine *engine;
    struct record *record;
};

static inline struct config *configure(const struct place *p)
{
    char text[PATH_MAX + 400];
    (void)snprintf(text, sizeof text,
                   "{ \"group\": \"pair\", \"primary\": { \"mysql\": { \"host\": \"127.0.0.1\","
                   " \"user\": \"u\" } }, \"dr\": { \"mysql\": { \"host\": \"127.0.0.2\","
                   " \"user\": \"u\" } }, \"record\": { \"directory\": \"%s\" } }",
                   p->folder);
    struct config *cfg = config_parse("test", text, strlen(text), 0600, &err);
    if (!cfg) {
        fail_msg("%s", err.text);
        return NULL;
    }
    cfg->alerts.fail_for_ms = cfg->alerts.clear_for_ms = 0;
    cfg->alerts.stale_for_ms = 3600000;
    cfg->alerts.flap_count = 0;
    cfg->verdict.strikes = 1;
    cfg->verdict.hold_ms = 0;
    return cfg;
}

static inline void say(struct drtop *d, enum slot slot, bool well)
{
    int64_t now_ms = clock_mono_ms(&clock_system), wall_ms = clock_wall_ms(&clock_system);
    struct db_facts *f = NULL;
    if (well) {
        f = mem_alloc(1, sizeof *f);
        f->channels = -1;
    }
    board_publish(d->board, slot,
                  well ? reading_fresh(f, db_facts_destroy, now_ms, wall_ms)
                       : reading_failed(NULL, NULL, now_ms, wall_ms, "refused"));
}

static inline void say_writable(struct drtop *d, enum slot slot)
{
    struct db_facts *f = mem_alloc(1, sizeof *f);
    f->channels = -1;
    f->read_only = f->super_read_only = TRI_NO;
    board_publish(d->board, slot,
                  reading_fresh(f, db_facts_destroy, clock_mono_ms(&clock_system),
                                clock_wall_ms(&clock_system)));
}

static inline struct drtop *begin(const struct place *p, enum record_wish wish, bool enabled)
{
    struct drtop *d = mem_alloc(1, sizeof *d);
    d->cfg = configure(p);
    d->cfg->record.enabled = enabled;
    d->board = board_create(SLOT_COUNT);
    d->engine = engine_create(d->cfg, d->board, &clock_system);
    say(d, SLOT_PRIMARY_DB, true);
    say(d, SLOT_REPLICA_DB, true);
    assert_true(engine_start(d->engine));
    d->record = record_start(d->cfg, d->engine, &clock_system, wish, "test", &err);
    assert_non_null(d->record);
    return d;
}

static inline void end(struct drtop *d)
{
    assert_true(record_stop(d->record, PATIENCE_MS));
    engine_destroy(d->engine);
    board_destroy(d->board);
    config_destroy(d->cfg);
    free(d);
}

/* Waits until holds(view, arg); returns that view. */
static inline struct record_view *
await(struct drtop *d, const char *what,
      bool (*holds)(const struct record_view *v, const void *arg), const void *arg)
{
    int64_t until_us = clock_real_us() + (int64_t)PATIENCE_MS * 1000;
    struct record_view *v = NULL;
    while (clock_real_us() < until_us) {
        v = record_look(d->record);
        if (v && holds(v, arg)) {
            return v;
        }
        record_view_unref(v);
        struct pollfd fd = {.fd = record_wake_fd(d->record), .events = POLLIN};
        (void)poll(&fd, 1, 500);
        record_drain(d->record);
    }
    v = record_look(d->record);
    fail_msg("no %s: role %d, why %s", what, v ? (int)v->role : -1, v ? v->why : "");
    return NULL;
}

static inline bool has_role(const struct record_view *v, const void *role)
{
    return v->role == *(const enum record_role *)role;
}

static inline void await_role(struct drtop *d, enum record_role role)
{
    record_view_unref(await(d, "such role", has_role, &role));
}

static inline const struct store_alert *newest(const struct record_view *v,
                                               enum alert_kind kind)
{
    for (size_t i = v->n_alerts; i-- > 0;) {
        if (v->alerts[i].alert.kind == kind) {
            return &v->alerts[i];
        }
    }
    return NULL;
}

static inline bool db_in_state(const struct record_view *v, const void *state)
{
    const struct store_alert *a = newest(v, ALERT_DB);
    return a && a->alert.state == *(const enum alert_state *)state;
}

/* Waits for the newest alert of a database to be seen in that state. */
static inline struct store_alert await_db(struct drtop *d, enum alert_state state)
{
    struct record_view *v = await(d, "such alert", db_in_state, &state);
    struct store_alert a = *newest(v, ALERT_DB);
    record_view_unref(v);
    return a;
}

/* Waits until the engine's own book has that many alerts of a kind in a state. */
static inline void await_own(struct drtop *d, enum alert_kind kind, enum alert_state state,
                             int want)
{
    int64_t until_us = clock_real_us() + (int64_t)PATIENCE_MS * 1000;
    int n = -1;
    while (n != want && clock_real_us() < until_us) {
        struct pollfd none;
        (void)poll(&none, 0, 20);
        struct snapshot *s = engine_look(d->engine);
        n = 0;
        for (size_t i = 0; s && i < s->n_alerts; i++) {
            n += s->alerts[i].kind == kind && s->alerts[i].state == state;
        }
        snapshot_unref(s);
    }
    assert_int_equal(n, want);
}

/* An engine that steps only when told, so that what it knows at which moment is certain. */
static inline struct drtop *begin_by_hand(const struct place *p, struct clock_manual *clk)
{
    struct drtop *d = mem_alloc(1, sizeof *d);
    clock_manual_init(clk, clock_mono_ms(&clock_system), clock_wall_ms(&clock_system));
    d->cfg = configure(p);
    d->board = board_create(SLOT_COUNT);
    d->engine = engine_create(d->cfg, d->board, &clk->base);
    return d;
}

static inline void step(struct drtop *d, struct clock_manual *clk, int steps)
{
    for (int i = 0; i < steps; i++) {
        clock_manual_advance(clk, 10);
        engine_step(d->engine);
    }
}

#endif
