/* How lag_measure() decides. "applied" is the applied position, or the received one when the
 * replica says that everything received is applied (`drained`: MySQL publishes the applied
 * position only at checkpoints, 300 ms apart by default).
 *
 *   replica not read, or stale                        unknown
 *   no channel, or it follows another server          unknown
 *   applied is
 *     a position that the primary has left (KNOWN)    replica_at - when it left; holds, and
 *                                                     grows, with the primary observed or not
 *       and MySQL, not drained, receiver running      the commit stamp's age where it is less,
 *                                                     never below the received position's lag
 *     one that it left while not observed (BLIND)     by heartbeat rows, else at least since the
 *                                                     primary was seen again
 *     at or past the newest position (LATEST)
 *       receiver running, primary observed            0
 *       receiver running, primary not observed        unknown: a hung primary reads Yes, Yes, 0
 *       receiver stopped or connecting                unknown, never 0
 *     older than the history (BEFORE)                 by commit stamp while a worker applies,
 *                                                     else by heartbeat rows, else at most the
 *                                                     age of the last applied commit; without
 *                                                     any, at least since the history's start
 *     not comparable, or there is no history (NEVER)  by heartbeat rows, else unknown
 */
#include "backend/mysql/lag.h"

#include "backend/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* 15 min of a change every 250 ms, and a day of one in 10 s. */
#define FINE_SPOTS   3600
#define COARSE_SPOTS 8640
#define COARSE_MS    10000

/* A position of the primary, and when it was first and last seen there. */
struct spot {
    int64_t first_ms, last_ms;
    uint64_t number, pos;
};

struct ring {
    size_t cap, start, n;
    struct spot *at;
};

struct lag_history {
    int64_t blind_ms;
    char base[BINLOG_NAME_MAX]; /* of the files that every spot's number belongs to */
    struct ring coarse, fine;   /* coarse is older than fine */
};

static struct spot *ring_at(const struct ring *r, size_t i)
{
    assert(r->cap > 0);
    return &r->at[(r->start + i) % r->cap];
}

static struct spot ring_shift(struct ring *r)
{
    struct spot oldest = *ring_at(r, 0);
    r->start = (r->start + 1) % r->cap;
    r->n--;
    return oldest;
}

static void ring_push(struct ring *r, const struct spot *s)
{
    if (r->n == r->cap) {
        (void)ring_shift(r);
    }
    r->n++;
    *ring_at(r, r->n - 1) = *s;
}

struct lag_history *lag_history_create(int64_t blind_ms)
{
    struct lag_history *h = mem_alloc(1, sizeof *h);
    h->blind_ms = blind_ms;
    h->fine = (struct ring){.cap = FINE_SPOTS, .at = mem_alloc(FINE_SPOTS, sizeof *h->fine.at)};
    h->coarse =
        (struct ring){.cap = COARSE_SPOTS, .at = mem_alloc(COARSE_SPOTS, sizeof *h->coarse.at)};
    return h;
}

void lag_history_destroy(struct lag_history *h)
{
    if (!h) {
        return;
    }
    free(h->fine.at);
    free(h->coarse.at);
    free(h);
}

static size_t history_len(const struct lag_history *h)
{
    return h->coarse.n + h->fine.n;
}

static struct spot *history_at(const struct lag_history *h, size_t i)
{
    return i < h->coarse.n ? ring_at(&h->coarse, i) : ring_at(&h->fine, i - h->coarse.n);
}

static void history_forget(struct lag_history *h)
{
    h->coarse.n = h->fine.n = 0;
}

static int spot_order(const struct spot *s, uint64_t number, uint64_t pos)
{
    if (s->number != number) {
        return s->number < number ? -1 : 1;
    }
    return (s->pos > pos) - (s->pos < pos);
}

/* Makes room for a new change: the oldest fine spot becomes a coarse one, or is dropped when
 * the newest coarse one is near enough in time. */
static void history_age(struct lag_history *h)
{
    struct spot oldest = ring_shift(&h->fine);
    if (h->coarse.n > 0 &&
        oldest.last_ms - ring_at(&h->coarse, h->coarse.n - 1)->last_ms < COARSE_MS) {
        return;
    }
    ring_push(&h->coarse, &oldest);
}

static bool same_base(const struct lag_history *h, const char *file, size_t base_len)
{
    return strlen(h->base) == base_len && memcmp(h->base, file, base_len) == 0;
}

void lag_history_push(struct lag_history *h, int64_t at_ms, const struct binlog_coord *c)
{
    size_t base_len;
    uint64_t number;
    if (!binlog_number(c->file, &base_len, &number)) {
        return;
    }
    if (!same_base(h, c->file, base_len)) {
        history_forget(h);
        memcpy(h->base, c->file, base_len);
        h->base[base_len] = '\0';
    }
    size_t n = history_len(h);
    if (n > 0) {
        struct spot *newest = history_at(h, n - 1);
        int order = spot_order(newest, number, c->pos);
        if (order == 0) {
            newest->last_ms = at_ms;
            return;
        }
        if (order > 0) {
            history_forget(h);
        }
    }
    if (h->fine.n == h->fine.cap) {
        history_age(h);
    }
    ring_push(&h->fine, &(struct spot){at_ms, at_ms, number, c->pos});
}

/* When the primary left (number, pos), which lies in [a, b). */
static int64_t left_between(const struct spot *a, const struct spot *b, uint64_t number,
                            uint64_t pos)
{
    int64_t gap = b->first_ms - a->last_ms;
    if (spot_order(a, number, pos) == 0) {
        /* A primary that stood there left at any moment of the gap; one that was seen there
         * only once was on the move, and left at once. */
        return a->first_ms == a->last_ms ? a->last_ms : a->last_ms + gap / 2;
    }
    if (a->number != b->number) {
        return a->last_ms + gap / 2;
    }
    double part = (double)(pos - a->pos) / (double)(b->pos - a->pos);
    return a->last_ms + (int64_t)(part * (double)gap);
}

enum lag_when lag_history_when(const struct lag_history *h, const struct binlog_coord *c,
                               int64_t *out_ms)
{
    size_t n = history_len(h), base_len;
    uint64_t number;
    if (n == 0 || !binlog_number(c->file, &base_len, &number) ||
        !same_base(h, c->file, base_len)) {
        return LAG_WHEN_NEVER;
    }
    if (spot_order(history_at(h, n - 1), number, c->pos) <= 0) {
        return LAG_WHEN_LATEST;
    }
    if (spot_order(history_at(h, 0), number, c->pos) > 0) {
        *out_ms = history_at(h, 0)->first_ms;
        return LAG_WHEN_BEFORE;
    }
    size_t low = 0, high = n - 1; /* spot low <= c < spot high */
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (spot_order(history_at(h, mid), number, c->pos) <= 0) {
            low = mid;
        } else {
            high = mid;
        }
    }
    const struct spot *a = history_at(h, low), *b = history_at(h, high);
    int64_t apart_ms = low < h->coarse.n ? COARSE_MS + h->blind_ms : h->blind_ms;
    if (b->first_ms - a->last_ms > apart_ms) {
        *out_ms = b->first_ms;
        return LAG_WHEN_BLIND;
    }
    *out_ms = left_between(a, b, number, c->pos);
    return LAG_WHEN_KNOWN;
}

static struct lag lag_unknown(const char *why)
{
    return (struct lag){.method = LAG_METHOD_NONE, .why = why};
}

static struct lag lag_is(double seconds, enum lag_method method, const char *why)
{
    return (struct lag){.seconds = opt_f64(seconds), .method = method, .why = why};
}

static bool primary_is_fresh(const struct lag_evidence *e)
{
    return e->primary && e->now_ms - e->primary_at_ms <= e->stale_after_ms;
}

/* Commit stamps are the primary's clock, their age was taken by the replica's less its skew to
 * this machine: what is left is the primary's own skew to this machine. */
static double by_our_clock(const struct lag_evidence *e, double age_s)
{
    bool known = e->primary && e->primary->clock_skew_ms.known;
    double s = age_s + (known ? (double)e->primary->clock_skew_ms.v / 1000.0 : 0.0);
    return s > 0 ? s : 0;
}

static bool follows_another(const struct db_facts *primary, const struct db_channel *c)
{
    if (!primary) {
        return false;
    }
    if (primary->server_uuid[0] != '\0' && c->source_uuid[0] != '\0') {
        return strcmp(primary->server_uuid, c->source_uuid) != 0;
    }
    /* 0 until the channel has connected for the first time. */
    return primary->server_id.known && c->source_server_id.known &&
           c->source_server_id.v != 0 && primary->server_id.v != c->source_server_id.v;
}

static const char *why_no_channel(const struct db_facts *replica)
{
    if (replica->channels == 0) {
        return "not a replica";
    }
    if (replica->channels > 0) {
        return "the replication channel to watch is not known";
    }
    return "the replica's status may not be read";
}

/* Both beats are stamps of the primary's clock, so their difference is the replica's lag to one
 * beat, whatever the clocks say. */
static bool heartbeat_lag(const struct lag_evidence *e, struct lag *out)
{
    if (!primary_is_fresh(e) || !e->primary->beat_ms.known || !e->replica->beat_ms.known) {
        return false;
    }
    int64_t ms = e->primary->beat_ms.v - e->replica->beat_ms.v;
    if (ms <= 0 && e->replica->channel.receiver != DB_THREAD_YES) {
        return false;
    }
    *out = lag_is(ms > 0 ? (double)ms / 1000.0 : 0.0, LAG_METHOD_HEARTBEAT,
                  "to one beat of the heartbeat table");
    return true;
}

static struct lag lag_latest(const struct lag_evidence *e)
{
    switch (e->replica->channel.receiver) {
    case DB_THREAD_YES:
        if (primary_is_fresh(e)) {
            return lag_is(0, LAG_METHOD_POSITION, NULL);
        }
        return lag_unknown("the primary is not observed");
    case DB_THREAD_CONNECTING:
        return lag_unknown(primary_is_fresh(e)
                               ? "receiver not connected; the primary has written nothing since"
                               : "receiver not connected, and the primary is not observed");
    case DB_THREAD_NO:
        return lag_unknown(primary_is_fresh(e)
                               ? "receiver stopped; the primary has written nothing since"
                               : "receiver stopped, and the primary is not observed");
    case DB_THREAD_UNKNOWN:
        break;
    }
    return lag_unknown("the receiver's state is not known");
}

/* Seconds since the primary left c, 0 when it has not been seen to leave it. */
static double position_lag_s(const struct lag_evidence *e, const struct binlog_coord *c)
{
    int64_t left_ms;
    if (!binlog_known(c) || lag_history_when(e->history, c, &left_ms) != LAG_WHEN_KNOWN ||
        left_ms >= e->replica_at_ms) {
        return 0;
    }
    return (double)(e->replica_at_ms - left_ms) / 1000.0;
}

static struct lag lag_sharpened(const struct lag_evidence *e, double seconds)
{
    const struct db_facts *r = e->replica;
    if (r->flavour != DB_MYSQL || r->drained == TRI_YES ||
        r->channel.receiver != DB_THREAD_YES) {
        return lag_is(seconds, LAG_METHOD_POSITION, NULL);
    }
    if (!r->commit_age_s.known) {
        return lag_is(seconds, LAG_METHOD_POSITION,
                      "the applied position moves at checkpoints, 300 ms apart");
    }
    double sharp = by_our_clock(e, r->commit_age_s.v);
    double floor_s = position_lag_s(e, &r->channel.received);
    sharp = sharp > floor_s ? sharp : floor_s;
    if (sharp < seconds) {
        return lag_is(sharp, LAG_METHOD_POSITION, "sharpened by commit stamps");
    }
    return lag_is(seconds, LAG_METHOD_POSITION, NULL);
}

static struct lag lag_known(const struct lag_evidence *e, int64_t left_ms)
{
    int64_t ms = e->replica_at_ms - left_ms;
    if (ms <= 0 && e->replica->channel.receiver != DB_THREAD_YES) {
        /* Written after the replica was read, and it cannot have arrived. */
        ms = e->now_ms > left_ms ? e->now_ms - left_ms : 1;
    }
    return lag_sharpened(e, ms > 0 ? (double)ms / 1000.0 : 0.0);
}

static struct lag lag_before(const struct lag_evidence *e, int64_t start_ms)
{
    const struct db_facts *r = e->replica;
    double at_least = (double)(e->replica_at_ms - start_ms) / 1000.0;
    at_least = at_least > 0 ? at_least : 0;
    struct lag lag = lag_unknown("older than what was observed of the primary");
    if (r->commit_age_s.known && r->commit_age_s.v > 0 && r->channel.applier == DB_THREAD_YES) {
        lag = lag_is(by_our_clock(e, r->commit_age_s.v), LAG_METHOD_COMMIT, NULL);
    } else if (!heartbeat_lag(e, &lag) && r->last_applied_age_s.known) {
        lag = lag_is(by_our_clock(e, r->last_applied_age_s.v), LAG_METHOD_COMMIT,
                     "at most: the age of the last applied commit");
    }
    if (lag.seconds.known && lag.seconds.v < at_least) {
        lag.seconds.v = at_least;
    }
    if (!lag.seconds.known) {
        lag.at_least_s = opt_f64(at_least);
    }
    return lag;
}

static struct lag lag_blind(const struct lag_evidence *e, int64_t next_ms)
{
    struct lag lag;
    if (heartbeat_lag(e, &lag)) {
        return lag;
    }
    lag = lag_unknown("the primary moved on while it was not observed");
    int64_t ms = e->replica_at_ms - next_ms;
    lag.at_least_s = opt_f64(ms > 0 ? (double)ms / 1000.0 : 0.0);
    return lag;
}

static struct lag lag_never(const struct lag_evidence *e)
{
    struct lag lag;
    if (heartbeat_lag(e, &lag)) {
        return lag;
    }
    return lag_unknown(e->history && history_len(e->history) > 0
                           ? "the replica's position is not one of this primary's"
                           : "the primary's position has not been seen");
}

struct lag lag_measure(const struct lag_evidence *e)
{
    const struct db_facts *r = e->replica;
    if (!r || e->now_ms - e->replica_at_ms > e->stale_after_ms) {
        return lag_unknown("the replica is not observed");
    }
    if (!r->has_channel) {
        return lag_unknown(why_no_channel(r));
    }
    if (follows_another(e->primary, &r->channel)) {
        return lag_unknown("the replica follows another server");
    }
    const struct binlog_coord *c = &r->channel.applied;
    if (r->drained == TRI_YES && binlog_known(&r->channel.received)) {
        c = &r->channel.received;
    }
    if (!binlog_known(c) || !e->history) {
        return lag_never(e);
    }
    int64_t ms = 0;
    switch (lag_history_when(e->history, c, &ms)) {
    case LAG_WHEN_KNOWN:
        return lag_known(e, ms);
    case LAG_WHEN_BLIND:
        return lag_blind(e, ms);
    case LAG_WHEN_LATEST:
        return lag_latest(e);
    case LAG_WHEN_BEFORE:
        return lag_before(e, ms);
    case LAG_WHEN_NEVER:
        break;
    }
    return lag_never(e);
}

const char *lag_method_name(enum lag_method m)
{
    switch (m) {
    case LAG_METHOD_POSITION:
        return "position clock";
    case LAG_METHOD_COMMIT:
        return "commit stamps";
    case LAG_METHOD_HEARTBEAT:
        return "heartbeat table";
    case LAG_METHOD_NONE:
        break;
    }
    return "none";
}
