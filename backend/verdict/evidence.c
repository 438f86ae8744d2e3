#include "backend/verdict/evidence.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backend/app/anchor.h"
#include "backend/app/http_health.h"
#include "backend/fact/freshness.h"
#include "backend/mysql/db_source.h"
#include "backend/net/text.h"
#include "backend/verdict/evidence_rows.h"

#define HEARD_PERIODS 2 /* a living link has a heartbeat or a new position within two periods */

/* Of a server that does not tell its heartbeats: a thread that says it is connected is taken at its
 * word for as long as servers by default need to notice a silent source (60 s). */
#define HEARD_UNKNOWN_MS 60000

void evidence_detail(struct evidence *e, const char *format, ...)
{
    char text[sizeof e->detail];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)text_clean_str(e->detail, sizeof e->detail, text); /* a character may be cut in two */
}

struct evidence *evidence_row(struct gather *g, enum evidence_id id, enum route route)
{
    struct evidence *e = &g->out[id];
    *e = (struct evidence){.watched = true, .route = route};
    return e;
}

void evidence_rests_on(struct gather *g, struct evidence *e, const struct reading *r)
{
    if (r) {
        e->age_ms = opt_i64(g->now_ms - r->taken_at_ms);
    }
}

static void count_strike(int *strikes, int64_t *counted_ms, const struct reading *r,
                         bool failed)
{
    if (r->taken_at_ms != *counted_ms) {
        *counted_ms = r->taken_at_ms;
        *strikes = failed ? *strikes + 1 : 0;
    }
}

/* A server that refuses our login, or a password of ours that cannot be had, says nothing about
 * whether it serves. */
static bool is_silence(const struct reading *r)
{
    const struct db_failure *f = r->value;
    return r->state == READING_FAILED && f && f->silent;
}

static void database(struct gather *g, enum evidence_id id, enum slot slot, enum route route,
                     int *strikes, int64_t *counted_ms)
{
    struct evidence *e = evidence_row(g, id, route);
    const struct reading *last = g->s->sights[slot].last;
    if (!last) {
        evidence_detail(e, "not asked yet");
        return;
    }
    evidence_rests_on(g, e, last);
    count_strike(strikes, counted_ms, last, is_silence(last));
    if (last->state == READING_FAILED) {
        evidence_detail(e, "%.150s", last->reason);
        e->answer = is_silence(last) ? TRI_NO : TRI_UNKNOWN;
        e->strikes = e->answer == TRI_NO ? *strikes : 0;
    } else if (snapshot_in_sight(g->s, slot, g->now_ms)) {
        const struct db_facts *f = last->value;
        e->answer = TRI_YES;
        evidence_detail(e, "answers in %.1f ms",
                        f->round_trip_us.known ? (double)f->round_trip_us.v / 1000 : 0.0);
    } else {
        evidence_detail(e, "says nothing, not even an error");
    }
}

/* A fact that the newest good reading tells while it is in sight. */
static const struct db_facts *in_sight(struct gather *g, struct evidence *e, enum slot slot)
{
    if (!snapshot_in_sight(g->s, slot, g->now_ms)) {
        evidence_detail(e, "out of sight");
        return NULL;
    }
    evidence_rests_on(g, e, g->s->sights[slot].good);
    return snapshot_db(g->s, slot);
}

static void writable(struct gather *g, enum evidence_id id, enum slot slot, enum route route)
{
    struct evidence *e = evidence_row(g, id, route);
    const struct db_facts *f = in_sight(g, e, slot);
    if (f && f->read_only != TRI_UNKNOWN) {
        e->answer = tri_of(f->read_only == TRI_NO);
        evidence_detail(e, f->read_only == TRI_NO ? "read_only is off" : "read_only is on");
    }
}

static void app_row(struct gather *g, enum evidence_id id, enum slot slot,
                    const struct config_app *cfg)
{
    struct evidence *e = evidence_row(g, id, cfg->route);
    const struct reading *last = g->s->sights[slot].last;
    const struct app_facts *f = last ? last->value : NULL;
    e->watched = cfg->present;
    if (!f || !cfg->present) {
        evidence_detail(e, "not asked yet");
        return;
    }
    evidence_rests_on(g, e, last);
    int64_t interval_ms = snapshot_interval_ms(g->s->config, slot);
    if (freshness_of_age(e->age_ms.v, interval_ms) >= FRESHNESS_STALE) {
        evidence_detail(e, "says nothing, not even an error");
        return;
    }
    bool looked_up = f->status || f->address[0] || f->dns_us.known;
    bool good = id == EVIDENCE_APP_ANSWERS ? f->status != 0 : f->ok;
    if (looked_up) { /* a name that we cannot resolve tells about our resolver */
        e->answer = tri_of(good);
        e->strikes = good ? 0 : f->strikes;
    }
    if (f->status) {
        evidence_detail(e, "answers %d", f->status);
    } else {
        evidence_detail(e, "does not answer (%.100s)", f->why);
    }
}

/* When heartbeats or the received position last moved. */
static void listen(struct evidence_memory *m, const struct db_channel *ch, int64_t at_ms)
{
    bool beat =
        ch->heartbeats.known && (!m->heartbeats.known || ch->heartbeats.v != m->heartbeats.v);
    bool moved =
        binlog_known(&ch->received) && (ch->received.pos != m->received.pos ||
                                        strcmp(ch->received.file, m->received.file) != 0);
    if (beat || moved || !m->heard_ms.known) {
        m->heard_ms = opt_i64(at_ms);
    }
    m->heartbeats = ch->heartbeats;
    m->received = ch->received;
}

/* Errors of the receiver that mean that its source does not answer: of the client library, and of
 * the server about a connection that broke. Others (a wrong account, a lost position) come from a
 * source that lives. 0 beside "Connecting": lost just now. */
static bool is_source_silent(int error)
{
    static const int silent[] = {2002, 2003, 2005, 2006, 2012, 2013,
                                 2055, 1158, 1159, 1160, 1161};
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++) {
        if (error == silent[i]) {
            return true;
        }
    }
    return false;
}

/* A receiver that somebody stopped does not listen: what it hears is not known. One that gave up
 * (an error beside "No") has tried and failed. */
static enum tri hears(struct gather *g, struct evidence *e, const struct db_channel *ch)
{
    int64_t limit_ms = HEARD_UNKNOWN_MS;
    if (ch->heartbeat_period_ms.known && ch->heartbeat_period_ms.v > 0) {
        limit_ms = HEARD_PERIODS * ch->heartbeat_period_ms.v +
                   snapshot_interval_ms(g->s->config, SLOT_REPLICA_DB);
    }
    int64_t silent_ms = g->now_ms - g->memory->heard_ms.v;
    switch (ch->receiver) {
    case DB_THREAD_YES:
        evidence_detail(e, "heard %.1f s ago", (double)silent_ms / 1000);
        return tri_of(silent_ms <= limit_ms);
    case DB_THREAD_CONNECTING:
        evidence_detail(e, "lost its source, reconnecting%s%.100s",
                        ch->receiver_error[0] ? ": " : "", ch->receiver_error);
        return !ch->receiver_errno || is_source_silent(ch->receiver_errno) ? TRI_NO
                                                                           : TRI_UNKNOWN;
    case DB_THREAD_NO:
        evidence_detail(e, "%s%.120s",
                        ch->receiver_errno ? "gave up: " : "stopped: it does not listen",
                        ch->receiver_error);
        return is_source_silent(ch->receiver_errno) ? TRI_NO : TRI_UNKNOWN;
    case DB_THREAD_UNKNOWN:
        break;
    }
    evidence_detail(e, "state not readable");
    return TRI_UNKNOWN;
}

static void receiver(struct gather *g)
{
    struct evidence *e = evidence_row(g, EVIDENCE_RECEIVER, ROUTE_VPN);
    struct evidence_memory *m = g->memory;
    const struct reading *good = g->s->sights[SLOT_REPLICA_DB].good;
    const struct db_facts *f = in_sight(g, e, SLOT_REPLICA_DB);
    if (!f || !f->has_channel) {
        m->receiver_strikes = 0;
        return;
    }
    bool news = good->taken_at_ms != m->replica_heard_ms;
    if (news) {
        listen(m, &f->channel, good->taken_at_ms);
        m->replica_heard_ms = good->taken_at_ms;
    }
    e->answer = hears(g, e, &f->channel);
    e->still_ms = opt_i64(g->now_ms - m->heard_ms.v);
    if (e->answer != TRI_NO) {
        m->receiver_strikes = 0;
    } else if (news) {
        m->receiver_strikes++;
    }
    e->strikes = m->receiver_strikes;
}

static void replicates(struct gather *g)
{
    struct evidence *e = evidence_row(g, EVIDENCE_REPLICATES, g->s->config->dr.db.route);
    const struct db_facts *f = in_sight(g, e, SLOT_REPLICA_DB);
    const struct db_facts *p = snapshot_db(g->s, SLOT_PRIMARY_DB);
    if (!f) {
        return;
    }
    if (f->channels < 0) {
        evidence_detail(e, "replica status not readable: a privilege is missing");
    } else if (p && db_facts_same_server(p, f)) {
        e->answer = TRI_NO;
        evidence_detail(e, "primary and replica are one and the same server");
    } else if (f->channels == 0) {
        e->answer = TRI_NO;
        evidence_detail(e, p && p->channels > 0
                               ? "primary and replica look swapped in the configuration"
                               : "it does not replicate: it has no channel");
    } else if (!f->has_channel) {
        evidence_detail(e, "several channels: name one with \"channel\"");
    } else {
        e->answer = TRI_YES;
        evidence_detail(e, "from %.100s:%u", f->channel.source_host,
                        (unsigned)f->channel.source_port);
    }
    e->strikes = e->answer == TRI_NO ? g->memory->replica_looks : 0;
}

static void thread_row(struct gather *g, enum evidence_id id, bool receiver_thread)
{
    struct evidence *e = evidence_row(g, id, g->s->config->dr.db.route);
    const struct db_facts *f = in_sight(g, e, SLOT_REPLICA_DB);
    if (!f || !f->has_channel) {
        return;
    }
    const struct db_channel *ch = &f->channel;
    const char *name = receiver_thread ? "receiver" : "applier";
    enum db_thread state = receiver_thread ? ch->receiver : ch->applier;
    const char *error = receiver_thread ? ch->receiver_error : ch->applier_error;
    if (state == DB_THREAD_UNKNOWN) {
        evidence_detail(e, "%s: state not readable", name);
        return;
    }
    e->answer = tri_of(state == DB_THREAD_YES);
    e->strikes = e->answer == TRI_NO ? g->memory->replica_looks : 0;
    int number = receiver_thread ? ch->receiver_errno : ch->applier_errno;
    if (state == DB_THREAD_YES) {
        evidence_detail(e, "%s running", name);
    } else if (state == DB_THREAD_CONNECTING) {
        evidence_detail(e, "%s lost its source, reconnecting%s%.110s", name,
                        error[0] ? ": " : "", error);
    } else if (number) {
        evidence_detail(e, "%s stopped with error %d: %.100s", name, number, error);
    } else { /* MySQL's coordinator reports its workers' error without its number */
        evidence_detail(e, "%s stopped%s%.110s", name, error[0] ? ": " : "", error);
    }
}

/* Alerts that speak of what was promised, not of what is broken. */
static const struct alert *missed(const struct alert_book *book)
{
    for (size_t i = book->n; i-- > 0;) {
        const struct alert *a = &book->alerts[i];
        if (alert_is_open(a) && (a->kind == ALERT_LAG || a->kind == ALERT_TUNNEL ||
                                 a->kind == ALERT_APP || a->kind == ALERT_ROLE)) {
            return a;
        }
    }
    return NULL;
}

static void objectives(struct gather *g, const struct alert_book *book)
{
    struct evidence *e = evidence_row(g, EVIDENCE_OBJECTIVES, g->s->config->dr.db.route);
    const struct lag *lag = &g->s->lag;
    const struct alert *a = missed(book);
    evidence_rests_on(g, e, g->s->sights[SLOT_REPLICA_DB].good);
    if (a) {
        e->answer = TRI_NO;
        e->strikes = 1 + (int)((g->now_ms - a->began_ms) / 1000);
        evidence_detail(e, "%.150s", a->text);
    } else if (lag->seconds.known) {
        e->answer = TRI_YES;
        evidence_detail(e, "lag %.2f s", lag->seconds.v);
    } else {
        evidence_detail(e, "%.150s", lag->why && lag->why[0] ? lag->why : "lag not known yet");
    }
}

static void anchors(struct gather *g)
{
    struct evidence *e = evidence_row(g, EVIDENCE_ANCHORS, ROUTE_NEUTRAL);
    const struct config *cfg = g->s->config;
    size_t silent = 0;
    e->watched = cfg->n_anchors > 0;
    for (size_t i = 0; i < cfg->n_anchors; i++) {
        enum slot slot = SLOT_ANCHOR + (enum slot)i;
        const struct reading *last = g->s->sights[slot].last;
        const struct anchor_facts *f = last ? last->value : NULL;
        if (!last) {
            continue;
        }
        bool answers = last->state == READING_FRESH && snapshot_in_sight(g->s, slot, g->now_ms);
        if (last->state == READING_FAILED) {
            silent++;
            e->strikes =
                f && (!e->strikes || f->strikes < e->strikes) ? f->strikes : e->strikes;
        }
        int64_t age_ms = g->now_ms - last->taken_at_ms;
        if (answers && (e->answer != TRI_YES || age_ms < e->age_ms.v)) {
            e->answer = TRI_YES;
            e->age_ms = opt_i64(age_ms);
            evidence_detail(e, "%.60s answers", cfg->anchors[i].name);
        } else if (e->answer != TRI_YES) {
            e->age_ms = opt_i64(age_ms);
            evidence_detail(e, "%.60s: %.90s", cfg->anchors[i].name, last->reason);
        }
    }
    if (e->answer != TRI_YES && silent == cfg->n_anchors && silent > 0) {
        e->answer = TRI_NO;
    } else {
        e->strikes = 0;
    }
}

static void control_plane(struct gather *g)
{
    struct evidence *e = evidence_row(g, EVIDENCE_CONTROL_PLANE, ROUTE_CONTROL_PLANE);
    const struct reading *last = g->s->sights[SLOT_CONTROL_PLANE].last;
    const struct anchor_facts *f = last ? last->value : NULL;
    e->watched = g->s->config->primary.control_plane.present;
    if (!last) {
        evidence_detail(e, "not asked yet");
        return;
    }
    evidence_rests_on(g, e, last);
    if (last->state == READING_FAILED) {
        e->answer = TRI_NO;
        e->strikes = f ? f->strikes : 1;
        evidence_detail(e, "%.150s", last->reason);
    } else if (snapshot_in_sight(g->s, SLOT_CONTROL_PLANE, g->now_ms)) {
        e->answer = TRI_YES;
        evidence_detail(e, "answers");
    }
}

static void note_primary(struct gather *g)
{
    const struct reading *last = g->s->sights[SLOT_PRIMARY_DB].last;
    if (last && last->state == READING_FRESH) {
        g->memory->primary_failed_ms = (struct opt_i64){0};
    } else if (last && !g->memory->primary_failed_ms.known) {
        g->memory->primary_failed_ms = opt_i64(last->taken_at_ms);
    }
}

/* Looks at the replica in a row: what it reports of itself is counted by them. */
static void note_replica(struct gather *g)
{
    struct evidence_memory *m = g->memory;
    const struct reading *good = g->s->sights[SLOT_REPLICA_DB].good;
    const struct db_facts *f = good ? good->value : NULL;
    bool well = f && f->has_channel && f->channel.receiver == DB_THREAD_YES &&
                f->channel.applier == DB_THREAD_YES;
    if (good && good->taken_at_ms != m->replica_looked_ms) {
        m->replica_looked_ms = good->taken_at_ms;
        m->replica_looks = well ? 0 : m->replica_looks + 1;
    }
}

void evidence_gather(const struct snapshot *s, const struct alert_book *book,
                     struct evidence_memory *memory, int64_t now_ms,
                     struct evidence out[EVIDENCE_COUNT])
{
    struct gather g = {s, memory, now_ms, out};
    const struct config *cfg = s->config;
    note_primary(&g);
    note_replica(&g);
    anchors(&g);
    app_row(&g, EVIDENCE_APP_ANSWERS, SLOT_PRIMARY_APP, &cfg->primary.app);
    app_row(&g, EVIDENCE_APP_SERVES, SLOT_PRIMARY_APP, &cfg->primary.app);
    database(&g, EVIDENCE_PRIMARY_DB, SLOT_PRIMARY_DB, cfg->primary.db.route,
             &memory->primary_strikes, &memory->primary_at_ms);
    writable(&g, EVIDENCE_PRIMARY_WRITABLE, SLOT_PRIMARY_DB, cfg->primary.db.route);
    evidence_tunnel(&g);
    evidence_opinions(&g);
    receiver(&g);
    control_plane(&g);
    database(&g, EVIDENCE_REPLICA_DB, SLOT_REPLICA_DB, cfg->dr.db.route,
             &memory->replica_strikes, &memory->replica_at_ms);
    writable(&g, EVIDENCE_REPLICA_WRITABLE, SLOT_REPLICA_DB, cfg->dr.db.route);
    replicates(&g);
    thread_row(&g, EVIDENCE_RECEIVER_RUNS, true);
    thread_row(&g, EVIDENCE_APPLIER_RUNS, false);
    objectives(&g, book);
    app_row(&g, EVIDENCE_DR_APP, SLOT_DR_APP, &cfg->dr.app);
}
