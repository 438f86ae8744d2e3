#include "backend/engine.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "backend/fact/freshness.h"
#include "backend/history_feed.h"
#include "backend/mem.h"
#include "backend/mysql/write_rate.h"
#include "backend/net/text.h"
#include "backend/thread.h"
#include "backend/tunnel/provider.h"
#include "backend/verdict/condition.h"
#include "backend/verdict/maintenance.h"

#define TICK_MS     250 /* without news: durations and staleness move on */
#define REST_MS     50 /* between two snapshots, so that readings that come together share one */
#define RECENT      16 /* newest positions of the primary, to compare a replica's reading with */
#define BLIND_MS    2000 /* without a look at the primary, at the least; eight polls by default */
#define BLIND_POLLS 4

struct sample {
    int64_t at_ms;
    struct binlog_coord coord;
};

#define ACKS_MAX 32

struct ack {
    enum alert_kind kind;
    uint32_t subject;
    char who[ALERT_WHO_MAX], comment[ALERT_COMMENT_MAX];
};

/* What others have asked for and the engine has not yet taken up. */
struct mail {
    bool has_memory, has_adopted, has_trouble;
    struct engine_memory memory; /* with a reference to its reading */
    size_t n_adopted;
    struct alert *adopted; /* heap */
    struct incident incident;
    char trouble[200];
    size_t n_acks;
    struct ack acks[ACKS_MAX];
};

struct engine {
    const struct config *cfg;
    struct board *board;
    const struct clock *clk;
    struct history *history;
    int wake_fd, news_fd, stop_fd;
    pthread_t thread;
    bool started;

    /* only the thread that steps: */
    struct lag_history *lag_history;
    struct alert_book book;
    struct tunnel_memory tunnel_memory;
    struct evidence_memory evidence_memory;
    struct verdict verdict;
    struct rto_memory rto_memory;
    bool outage_confirmed; /* the clock that runs is that of a confirmed outage */
    struct rto_runs runs;
    struct reading *remembered; /* the primary as an earlier drtop saw it last, or NULL */
    char trouble[200];          /* why the history is not recorded, or "" */
    void (*on_doubt)(void *self);
    void *on_doubt_self;
    uint64_t seq;
    int64_t seen_primary_ms, seen_replica_ms;
    struct sample recent[RECENT]; /* ring, newest at (n - 1) % RECENT */
    size_t n_recent;
    struct write_rate write_rate;

    pthread_mutex_t mu;
    // below: guarded by mu
    struct snapshot *current;
    struct mail mail;
    int subscriber_fd; /* or -1 */
};

struct engine *engine_create(const struct config *cfg, struct board *board,
                             const struct clock *clk)
{
    int wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int news_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (wake_fd < 0 || news_fd < 0 || stop_fd < 0) {
        return NULL;
    }
    struct engine *e = mem_alloc(1, sizeof *e);
    e->cfg = cfg;
    e->board = board;
    e->clk = clk;
    e->wake_fd = wake_fd;
    e->news_fd = news_fd;
    e->stop_fd = stop_fd;
    e->subscriber_fd = -1;
    e->history = history_create();
    int64_t blind_ms = BLIND_POLLS * cfg->poll.positions_ms;
    e->lag_history = lag_history_create(blind_ms > BLIND_MS ? blind_ms : BLIND_MS);
    e->seen_primary_ms = e->seen_replica_ms = INT64_MIN;
    (void)pthread_mutex_init(&e->mu, NULL);
    return e;
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
    write_rate_push(&e->write_rate, &p->logs, r->taken_at_ms, &p->written);
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

static struct unobserved measure_unobserved(const struct engine *e, const struct snapshot *s,
                                            int64_t now_ms)
{
    const struct sight *p = &s->sights[SLOT_PRIMARY_DB];
    if (p->good && p->good == p->last && snapshot_in_sight(s, SLOT_PRIMARY_DB, now_ms)) {
        return (struct unobserved){opt_f64(0), opt_i64(0), opt_i64(0)};
    }
    struct opt_i64 seen_ms = {0};
    if (p->good) {
        seen_ms = opt_i64(p->good->taken_at_ms);
    }
    return exposure_unobserved(seen_ms, e->evidence_memory.primary_failed_ms, e->write_rate.now,
                               write_rate_peak(&e->write_rate), now_ms);
}

static void measure(struct engine *e, struct snapshot *s, int64_t now_ms)
{
    const struct reading *p = s->sights[SLOT_PRIMARY_DB].good;
    const struct reading *r = s->sights[SLOT_REPLICA_DB].good;
    struct binlog_coord written = written_to_compare(e, s, now_ms);
    if (!binlog_known(&written) && e->remembered && p == e->remembered) {
        written = ((const struct db_facts *)p->value)->written;
    }
    s->exposure = exposure_measure(&written, p ? p->value : NULL, r ? r->value : NULL);
    s->exposure.unobserved = measure_unobserved(e, s, now_ms);
    s->write_rate = e->write_rate.now;
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

/* The primary serves when its application does; without one, when its database answers. After a
 * failover it is the DR site that has to. */
static enum tri serves(const struct snapshot *s)
{
    const struct evidence *rows = s->evidence;
    if (s->verdict.kind == VERDICT_FAILED_OVER) {
        return rows[EVIDENCE_DR_APP].watched ? rows[EVIDENCE_DR_APP].answer : TRI_YES;
    }
    bool app = rows[EVIDENCE_APP_SERVES].watched;
    return rows[app ? EVIDENCE_APP_SERVES : EVIDENCE_PRIMARY_DB].answer;
}

static void judge(struct engine *e, struct snapshot *s, int64_t now_ms, int64_t wall_ms)
{
    const struct config *cfg = e->cfg;
    const struct verdict_terms terms = {.primary_name = cfg->primary.name,
                                        .dr_name = cfg->dr.name,
                                        .strikes = cfg->verdict.strikes,
                                        .hold_ms = cfg->verdict.hold_ms};
    const struct verdict *before = e->seq ? &e->verdict : NULL;
    tunnel_views_gather(s, &e->tunnel_memory, now_ms, s->tunnels);
    evidence_gather(s, &e->book, &e->evidence_memory, now_ms, s->evidence);
    s->verdict = verdict_of(s->evidence, &terms, before, now_ms, wall_ms);
    bool doubt = before && before->level < LEVEL_CRITICAL && before->kind != s->verdict.kind &&
                 s->verdict.level != LEVEL_NORMAL;
    e->verdict = s->verdict;
    if (doubt && e->on_doubt) {
        e->on_doubt(e->on_doubt_self);
    }
}

static void run_clock(struct engine *e, struct snapshot *s, int64_t wall_ms)
{
    const struct config_objectives *o = &e->cfg->objectives;
    const struct rto_terms terms = {.objective_ms = o->rto_ms,
                                    .pipeline_ms = o->pipeline_ms,
                                    .validation_ms = o->validation_ms,
                                    .runs = e->runs};
    bool outage = verdict_is_outage(s->verdict.kind);
    if (s->verdict.kind != VERDICT_OBSERVER_ISOLATED) {
        rto_observe(&e->rto_memory, serves(s), outage, wall_ms);
    } else if (!e->outage_confirmed) { /* what looked like an outage was ours */
        e->rto_memory.first_bad_wall_ms = (struct opt_i64){0};
    }
    e->outage_confirmed = e->rto_memory.first_bad_wall_ms.known &&
                          (e->outage_confirmed || (outage && s->verdict.confirmed));
    s->rto = rto_of(&e->rto_memory, &terms, wall_ms);
}

static void alarm_all(struct engine *e, struct snapshot *s, int64_t now_ms, int64_t wall_ms)
{
    struct condition conditions[CONDITIONS_MAX];
    const struct config_maintenance *m = maintenance_open(e->cfg, wall_ms);
    const struct alert_terms terms = {.clear_for_ms = e->cfg->alerts.clear_for_ms,
                                      .flap_count = e->cfg->alerts.flap_count,
                                      .flap_window_ms = e->cfg->alerts.flap_window_ms,
                                      .muted = m != NULL};
    size_t n = condition_list(s, e->trouble, now_ms, conditions);
    n += condition_alarms_gone(e->cfg, &e->book, conditions + n, CONDITIONS_MAX - n);
    alert_book_update(&e->book, &terms, conditions, n, now_ms, wall_ms);
    s->maintenance = m ? m->reason : NULL;
    s->incident = e->book.incident;
}

/* Only the engine's thread writes e->current, so it may read it without the lock. */
static void publish(struct engine *e, struct snapshot *s)
{
    bool news = snapshot_is_news(e->current, s);
    (void)pthread_mutex_lock(&e->mu);
    struct snapshot *before = e->current;
    e->current = s;
    if (news && e->subscriber_fd >= 0) { /* does not block; is not closed under the lock */
        (void)eventfd_write(e->subscriber_fd, 1);
    }
    (void)pthread_mutex_unlock(&e->mu);
    if (news) {
        (void)eventfd_write(e->news_fd, 1);
    }
    snapshot_unref(before);
    (void)eventfd_write(e->wake_fd, 1);
}

static bool is_older(struct opt_i64 a, struct opt_i64 b)
{
    return !a.known || (b.known && b.v > a.v);
}

static void remember(struct engine *e, const struct engine_memory *m)
{
    struct rto_memory *mine = &e->rto_memory;
    if (is_older(mine->last_good_wall_ms, m->rto.last_good_wall_ms)) {
        mine->last_good_wall_ms = m->rto.last_good_wall_ms;
    }
    /* An outage that was going on then goes on, unless the primary has been seen to serve since. */
    struct opt_i64 bad = m->rto.first_bad_wall_ms, good = mine->last_good_wall_ms;
    bool goes_on = bad.known && (!good.known || good.v <= bad.v);
    if (goes_on && (!mine->first_bad_wall_ms.known || bad.v < mine->first_bad_wall_ms.v)) {
        mine->first_bad_wall_ms = bad;
        e->outage_confirmed = true;
    }
    e->runs = m->runs;
    if (m->primary) {
        reading_unref(e->remembered);
        e->remembered = reading_ref(m->primary);
    }
}

static void finish_mail(struct mail *mail)
{
    reading_unref(mail->memory.primary);
    free(mail->adopted);
}

static void take_mail(struct engine *e, int64_t now_ms, int64_t wall_ms)
{
    (void)pthread_mutex_lock(&e->mu);
    struct mail mail = e->mail;
    e->mail = (struct mail){0};
    (void)pthread_mutex_unlock(&e->mu);
    if (mail.has_memory) {
        remember(e, &mail.memory);
    }
    if (mail.has_adopted) {
        alert_book_adopt(&e->book, mail.adopted, mail.n_adopted, &mail.incident, now_ms,
                         wall_ms);
    }
    if (mail.has_trouble) {
        (void)text_copy(e->trouble, sizeof e->trouble, mail.trouble);
    }
    for (size_t i = 0; i < mail.n_acks; i++) {
        const struct ack *a = &mail.acks[i];
        (void)alert_book_acknowledge(&e->book, a->kind, a->subject, a->who, a->comment, now_ms,
                                     wall_ms);
    }
    finish_mail(&mail);
}

void engine_step(struct engine *e)
{
    int64_t now_ms = clock_mono_ms(e->clk), wall_ms = clock_wall_ms(e->clk);
    take_mail(e, now_ms, wall_ms);
    struct snapshot draft = {
        .config = e->cfg, .history = e->history, .taken_at_ms = now_ms, .wall_ms = wall_ms};
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        board_look(e->board, i, &draft.sights[i]);
    }
    if (draft.sights[SLOT_PRIMARY_DB].good) {
        learn_primary(e, draft.sights[SLOT_PRIMARY_DB].good);
    }
    if (e->remembered && !draft.sights[SLOT_PRIMARY_DB].good) {
        draft.sights[SLOT_PRIMARY_DB].good = reading_ref(e->remembered);
    }
    measure(e, &draft, now_ms);
    judge(e, &draft, now_ms, wall_ms);
    run_clock(e, &draft, wall_ms);
    alarm_all(e, &draft, now_ms, wall_ms);
    draft.seq = ++e->seq;
    draft.n_open = alert_book_open(&e->book);

    struct snapshot *s = snapshot_create(e->book.alerts, e->book.n);
    draft.alerts = s->alerts;
    draft.n_alerts = s->n_alerts;
    *s = draft;
    history_feed(e->history, s, &e->seen_replica_ms);
    publish(e, s);
}

void engine_remember(struct engine *e, const struct engine_memory *memory)
{
    (void)pthread_mutex_lock(&e->mu);
    struct reading *before = e->mail.memory.primary;
    e->mail.memory = *memory;
    e->mail.memory.primary = reading_ref(memory->primary);
    e->mail.has_memory = true;
    (void)pthread_mutex_unlock(&e->mu);
    reading_unref(before);
}

void engine_adopt(struct engine *e, const struct alert *open, size_t n,
                  const struct incident *incident)
{
    struct alert *copy = mem_alloc(n ? n : 1, sizeof *copy);
    if (n) {
        memcpy(copy, open, n * sizeof *copy);
    }
    (void)pthread_mutex_lock(&e->mu);
    struct alert *before = e->mail.adopted;
    e->mail.adopted = copy;
    e->mail.n_adopted = n;
    e->mail.incident = *incident;
    e->mail.has_adopted = true;
    (void)pthread_mutex_unlock(&e->mu);
    free(before);
}

void engine_acknowledge(struct engine *e, enum alert_kind kind, uint32_t subject,
                        const char *who, const char *comment)
{
    struct ack ack = {.kind = kind, .subject = subject};
    (void)text_copy(ack.who, sizeof ack.who, who);
    (void)text_copy(ack.comment, sizeof ack.comment, comment);
    (void)pthread_mutex_lock(&e->mu);
    if (e->mail.n_acks < ACKS_MAX) {
        e->mail.acks[e->mail.n_acks++] = ack;
    }
    (void)pthread_mutex_unlock(&e->mu);
}

void engine_record_trouble(struct engine *e, const char *why)
{
    (void)pthread_mutex_lock(&e->mu);
    (void)text_copy(e->mail.trouble, sizeof e->mail.trouble, why);
    e->mail.has_trouble = true;
    (void)pthread_mutex_unlock(&e->mu);
}

void engine_on_doubt(struct engine *e, void (*on_doubt)(void *self), void *self)
{
    e->on_doubt = on_doubt;
    e->on_doubt_self = self;
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

int engine_news_fd(const struct engine *e)
{
    return e->news_fd;
}

void engine_subscribe(struct engine *e, int fd)
{
    (void)pthread_mutex_lock(&e->mu);
    e->subscriber_fd = fd;
    (void)pthread_mutex_unlock(&e->mu);
}

void engine_drain(struct engine *e)
{
    eventfd_t ignored;
    (void)eventfd_read(e->wake_fd, &ignored);
    (void)eventfd_read(e->news_fd, &ignored);
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
    finish_mail(&e->mail);
    reading_unref(e->remembered);
    lag_history_destroy(e->lag_history);
    history_destroy(e->history);
    (void)close(e->wake_fd);
    (void)close(e->news_fd);
    (void)close(e->stop_fd);
    (void)pthread_mutex_destroy(&e->mu);
    free(e);
}
