#include "backend/engine.h"

#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "backend/fact/freshness.h"
#include "backend/mem.h"
#include "backend/thread.h"
#include "backend/tunnel/provider.h"
#include "backend/verdict/condition.h"

#define TICK_MS     250 /* without news: durations and staleness move on */
#define REST_MS     50 /* between two snapshots, so that readings that come together share one */
#define RECENT      16 /* newest positions of the primary, to compare a replica's reading with */
#define RATE_MS     10000
#define BLIND_MS    2000 /* without a look at the primary, at the least; eight polls by default */
#define BLIND_POLLS 4

struct sample {
    int64_t at_ms;
    struct binlog_coord coord;
};

struct engine {
    const struct config *cfg;
    struct board *board;
    const struct clock *clk;
    struct history *history;
    int wake_fd, stop_fd;
    pthread_t thread;
    bool started;

    /* only the thread that steps: */
    struct lag_history *lag_history;
    struct alert_book book;
    struct status status;
    uint64_t seq;
    int64_t seen_primary_ms, seen_replica_ms;
    struct sample recent[RECENT]; /* ring, newest at (n - 1) % RECENT */
    size_t n_recent;
    struct sample rate_from;
    struct opt_f64 write_rate;

    pthread_mutex_t mu;
    // below: guarded by mu
    struct snapshot *current;
};

struct engine *engine_create(const struct config *cfg, struct board *board,
                             const struct clock *clk)
{
    int wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (wake_fd < 0 || stop_fd < 0) {
        return NULL;
    }
    struct engine *e = mem_alloc(1, sizeof *e);
    e->cfg = cfg;
    e->board = board;
    e->clk = clk;
    e->wake_fd = wake_fd;
    e->stop_fd = stop_fd;
    e->history = history_create();
    int64_t blind_ms = BLIND_POLLS * cfg->poll.positions_ms;
    e->lag_history = lag_history_create(blind_ms > BLIND_MS ? blind_ms : BLIND_MS);
    e->seen_primary_ms = e->seen_replica_ms = INT64_MIN;
    (void)pthread_mutex_init(&e->mu, NULL);
    return e;
}

/* Bytes a second between the oldest position of the last RATE_MS and this one. */
static void update_rate(struct engine *e, const struct db_facts *p, int64_t at_ms)
{
    struct binlog_distance d = binlog_distance(&p->logs, &e->rate_from.coord, &p->written);
    int64_t span_ms = at_ms - e->rate_from.at_ms;
    if (!binlog_known(&e->rate_from.coord) || d.kind != BINLOG_EXACT) {
        e->rate_from = (struct sample){at_ms, p->written};
        e->write_rate = (struct opt_f64){0};
        return;
    }
    if (span_ms >= RATE_MS / 10) {
        double rate = (double)d.bytes.v * 1000 / (double)span_ms;
        e->write_rate = opt_f64(rate);
    }
    if (span_ms >= RATE_MS) {
        e->rate_from = (struct sample){at_ms, p->written};
    }
}

static void learn_primary(struct engine *e, const struct reading *r)
{
    const struct db_facts *p = r->value;
    if (r->taken_at_ms == e->seen_primary_ms || !binlog_known(&p->written)) {
        return;
    }
    e->seen_primary_ms = r->taken_at_ms;
    lag_history_push(e->lag_history, r->taken_at_ms, &p->written);
    e->recent[e->n_recent++ % RECENT] = (struct sample){r->taken_at_ms, p->written};
    update_rate(e, p, r->taken_at_ms);
    history_push_coord(e->history, HISTORY_PRIMARY, r->taken_at_ms, &p->written);
}

/* The newest position of the primary read at or before at_ms. */
static struct binlog_coord written_before(const struct engine *e, int64_t at_ms)
{
    size_t n = e->n_recent < RECENT ? e->n_recent : RECENT;
    for (size_t i = 1; i <= n; i++) {
        const struct sample *s = &e->recent[(e->n_recent - i) % RECENT];
        if (s->at_ms <= at_ms) {
            return s->coord;
        }
    }
    return (struct binlog_coord){0};
}

/* A replica that stopped answering is compared with all that the primary wrote since. */
static struct binlog_coord written_to_compare(const struct engine *e, const struct snapshot *s,
                                              int64_t now_ms)
{
    const struct sight *replica = &s->sights[SLOT_REPLICA_DB];
    int64_t interval_ms = snapshot_interval_ms(e->cfg, SLOT_REPLICA_DB);
    bool live = freshness_of(replica, interval_ms, now_ms) == FRESHNESS_LIVE;
    int64_t at_ms = replica->good && live ? replica->good->taken_at_ms : INT64_MAX;
    return written_before(e, at_ms);
}

/* Only of rows that were read now: of a primary that hangs, the replica soon has the last beat,
 * and the difference would say that it keeps up. */
static struct opt_f64 measure_beat(const struct snapshot *s, int64_t now_ms)
{
    struct opt_f64 unknown = {0};
    if (!snapshot_in_sight(s, SLOT_PRIMARY_DB, now_ms) ||
        !snapshot_in_sight(s, SLOT_REPLICA_DB, now_ms)) {
        return unknown;
    }
    const struct db_facts *p = snapshot_db(s, SLOT_PRIMARY_DB);
    const struct db_facts *r = snapshot_db(s, SLOT_REPLICA_DB);
    if (!p->beat_ms.known || !r->beat_ms.known) {
        return unknown;
    }
    return opt_f64((double)(p->beat_ms.v - r->beat_ms.v) / 1000);
}

static void measure(struct engine *e, struct snapshot *s, int64_t now_ms)
{
    const struct reading *p = s->sights[SLOT_PRIMARY_DB].good;
    const struct reading *r = s->sights[SLOT_REPLICA_DB].good;
    struct binlog_coord written = written_to_compare(e, s, now_ms);
    s->exposure = exposure_measure(&written, p ? p->value : NULL, r ? r->value : NULL);
    s->write_rate = e->write_rate;
    struct lag_evidence evidence = {
        .history = e->lag_history,
        .primary = p ? p->value : NULL,
        .primary_at_ms = p ? p->taken_at_ms : 0,
        .replica = r ? r->value : NULL,
        .replica_at_ms = r ? r->taken_at_ms : 0,
        .now_ms = now_ms,
        .stale_after_ms = 2 * snapshot_interval_ms(e->cfg, SLOT_PRIMARY_DB),
    };
    s->lag = lag_measure(&evidence);
    s->beat_lag_s = measure_beat(s, now_ms);
}

static double or_nan(struct opt_i64 v)
{
    return v.known ? (double)v.v : (double)NAN;
}

static void record_tunnel(struct engine *e, const struct snapshot *s, int64_t now_ms)
{
    const struct reading *r = s->sights[SLOT_TUNNEL].last;
    const struct tunnel_facts *f = r && r->state == READING_FRESH ? r->value : NULL;
    bool up = f && f->state != TUNNEL_DOWN && f->rtt_ms.known;
    history_push(e->history, HISTORY_RTT_MS, now_ms, up ? f->rtt_ms.v : (double)NAN);
}

/* What a silent server hides is a hole, not the last value: a viewer can age that, history
 * cannot. A silent replica is known to lack what the primary wrote meanwhile. */
static void record_exposure(struct engine *e, const struct snapshot *s, int64_t now_ms)
{
    bool primary = snapshot_in_sight(s, SLOT_PRIMARY_DB, now_ms);
    bool replica = snapshot_in_sight(s, SLOT_REPLICA_DB, now_ms);
    history_push(e->history, HISTORY_NOT_RECEIVED_B, now_ms,
                 primary ? or_nan(s->exposure.not_received.bytes) : (double)NAN);
    history_push(e->history, HISTORY_NOT_APPLIED_B, now_ms,
                 replica ? or_nan(s->exposure.not_applied.bytes) : (double)NAN);
}

static void record(struct engine *e, const struct snapshot *s, int64_t now_ms)
{
    double lag_s = s->lag.seconds.known ? s->lag.seconds.v : (double)NAN;
    history_push(e->history, HISTORY_LAG_S, now_ms, lag_s);
    record_exposure(e, s, now_ms);
    history_push(e->history, HISTORY_STATUS, now_ms, (double)s->status.level);
    record_tunnel(e, s, now_ms);
    const struct reading *r = s->sights[SLOT_REPLICA_DB].good;
    const struct db_facts *rf = r ? r->value : NULL;
    if (rf && rf->has_channel && r->taken_at_ms != e->seen_replica_ms) {
        e->seen_replica_ms = r->taken_at_ms;
        history_push_coord(e->history, HISTORY_RECEIVED, r->taken_at_ms, &rf->channel.received);
        history_push_coord(e->history, HISTORY_APPLIED, r->taken_at_ms, &rf->channel.applied);
    }
}

static void judge(struct engine *e, struct snapshot *s, int64_t now_ms, int64_t wall_ms)
{
    struct condition conditions[CONDITIONS_MAX];
    size_t n = condition_list(s, now_ms, conditions);
    alert_book_update(&e->book, conditions, n, now_ms, wall_ms);
    const char *missing = "";
    bool complete = condition_complete(s, now_ms, &missing);
    e->status =
        status_of(&e->book, complete, missing, e->seq ? &e->status : NULL, now_ms, wall_ms);
}

static void publish(struct engine *e, struct snapshot *s)
{
    (void)pthread_mutex_lock(&e->mu);
    struct snapshot *before = e->current;
    e->current = s;
    (void)pthread_mutex_unlock(&e->mu);
    snapshot_unref(before);
    (void)eventfd_write(e->wake_fd, 1);
}

void engine_step(struct engine *e)
{
    int64_t now_ms = clock_mono_ms(e->clk), wall_ms = clock_wall_ms(e->clk);
    struct snapshot draft = {.config = e->cfg, .history = e->history};
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        board_look(e->board, i, &draft.sights[i]);
    }
    if (draft.sights[SLOT_PRIMARY_DB].good) {
        learn_primary(e, draft.sights[SLOT_PRIMARY_DB].good);
    }
    measure(e, &draft, now_ms);
    judge(e, &draft, now_ms, wall_ms);
    draft.status = e->status;
    draft.seq = ++e->seq;
    draft.taken_at_ms = now_ms;
    draft.wall_ms = wall_ms;
    draft.n_open = alert_book_open(&e->book);

    struct snapshot *s = snapshot_create(e->book.alerts, e->book.n);
    draft.alerts = s->alerts;
    draft.n_alerts = s->n_alerts;
    *s = draft;
    record(e, s, now_ms);
    publish(e, s);
}

static void *run(void *self)
{
    struct engine *e = self;
    thread_set_name("engine");
    struct pollfd fds[] = {{.fd = e->stop_fd, .events = POLLIN},
                           {.fd = board_wake_fd(e->board), .events = POLLIN}};
    for (;;) {
        (void)poll(fds, 2, TICK_MS);
        if (poll(fds, 1, REST_MS) != 0) {
            return NULL;
        }
        board_drain(e->board);
        engine_step(e);
    }
}

bool engine_start(struct engine *e)
{
    e->started = thread_start(&e->thread, run, e);
    return e->started;
}

struct snapshot *engine_look(struct engine *e)
{
    (void)pthread_mutex_lock(&e->mu);
    struct snapshot *s = snapshot_ref(e->current);
    (void)pthread_mutex_unlock(&e->mu);
    return s;
}

int engine_wake_fd(const struct engine *e)
{
    return e->wake_fd;
}

void engine_drain(struct engine *e)
{
    eventfd_t ignored;
    (void)eventfd_read(e->wake_fd, &ignored);
}

void engine_destroy(struct engine *e)
{
    if (!e) {
        return;
    }
    if (e->started) {
        (void)eventfd_write(e->stop_fd, 1);
        (void)pthread_join(e->thread, NULL);
    }
    snapshot_unref(e->current);
    lag_history_destroy(e->lag_history);
    history_destroy(e->history);
    (void)close(e->wake_fd);
    (void)close(e->stop_fd);
    (void)pthread_mutex_destroy(&e->mu);
    free(e);
}
