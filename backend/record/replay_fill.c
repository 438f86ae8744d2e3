/* The history in memory as it was at a moment: the day before it, the last hour of that by the
 * second, the rest by the minute. */
#include "backend/record/replay_state.h"

#include <math.h>
#include <string.h>

#include "backend/net/text.h"

#define DAY_MS    INT64_C(86400000)
#define HOUR_MS   INT64_C(3600000)
#define MINUTE_MS INT64_C(60000)

struct fill {
    struct replay *r;
    int64_t first_s; /* the first second that there is; minutes from there on are not needed */
    int64_t next_ms; /* after what was pushed last */
};

static double or_nan(struct opt_f64 v)
{
    return v.known ? v.v : (double)NAN;
}

static double bytes_or_nan(struct opt_i64 v)
{
    return v.known ? (double)v.v : (double)NAN;
}

static void turn(struct since *s, enum tunnel_state state, int64_t at_ms, bool fresh)
{
    if (fresh || s->state != state) {
        *s = (struct since){.state = state, .since_ms = at_ms};
    }
}

static void learn_view(struct replay_views *at, size_t i, int64_t at_ms, bool fresh)
{
    const struct scene_view *v = &at->views[i];
    turn(&at->since[i].self, v->state, at_ms, fresh);
    for (size_t k = 0; k < v->n_legs; k++) {
        bool other = strcmp(at->since[i].ids[k], v->legs[k].id) != 0;
        turn(&at->since[i].legs[k], v->legs[k].state, at_ms, fresh || other);
        (void)text_copy(at->since[i].ids[k], sizeof at->since[i].ids[k], v->legs[k].id);
    }
}

/* Most seconds say what the one before said; that need not be read again. */
static void learn_views(struct replay *r, const char *text, int64_t at_ms)
{
    struct replay_views *at = &r->at;
    if (at->known && strcmp(at->text, text) == 0) {
        return;
    }
    bool fresh = !at->known;
    at->known = scene_read(text, r->config, at->views);
    (void)text_copy(at->text, sizeof at->text, text);
    for (size_t i = 0; i < r->config->n_tunnels; i++) {
        learn_view(at, i, at_ms, fresh);
    }
}

/* A hole: what was before says nothing of what comes after. */
static void skip_to(struct fill *f, int64_t at_ms)
{
    if (at_ms - f->next_ms > 3000) {
        f->r->at.known = false;
    }
    f->next_ms = at_ms + 1000;
}

static void push_views(struct fill *f, int64_t at_ms)
{
    struct replay *r = f->r;
    for (size_t i = 0; r->at.known && i < r->config->n_tunnels; i++) {
        history_push_view(r->history, i, at_ms, r->at.views[i].state);
    }
}

static void push_second(struct fill *f, const struct store_sample *s, int64_t at_ms,
                        double lag_s)
{
    struct history *h = f->r->history;
    history_push(h, HISTORY_LAG_S, at_ms, lag_s);
    history_push(h, HISTORY_NOT_RECEIVED_B, at_ms, bytes_or_nan(s->not_received_b));
    history_push(h, HISTORY_NOT_APPLIED_B, at_ms, bytes_or_nan(s->not_applied_b));
    history_push(h, HISTORY_RTT_MS, at_ms, or_nan(s->rtt_ms));
    history_push(h, HISTORY_VERDICT, at_ms, (double)s->verdict);
    push_views(f, at_ms);
}

static void take_second(void *self, const struct store_sample *s, const struct then_minute *m)
{
    struct fill *f = self;
    (void)m;
    skip_to(f, s->at_wall_ms);
    learn_views(f->r, s->tunnels, s->at_wall_ms);
    push_second(f, s, s->at_wall_ms, or_nan(s->lag_s));
    history_push_coord(f->r->history, HISTORY_PRIMARY, s->at_wall_ms, &s->primary);
    history_push_coord(f->r->history, HISTORY_RECEIVED, s->at_wall_ms, &s->received);
    history_push_coord(f->r->history, HISTORY_APPLIED, s->at_wall_ms, &s->applied);
}

/* As many seconds as had a lag have one: one the largest, one the smallest, the others the average.
 * So the extremes of every column are right, and holes stay as large as they were. */
static double lag_of_second(const struct store_sample *s, const struct then_minute *m,
                            int64_t i)
{
    if (i >= m->lag_n || !s->lag_s.known) {
        return (double)NAN;
    }
    if (i == 1 && m->lag_min_s.known) {
        return m->lag_min_s.v;
    }
    return i > 1 && m->lag_avg_s.known ? m->lag_avg_s.v : s->lag_s.v;
}

static void take_minute(void *self, const struct store_sample *s, const struct then_minute *m)
{
    struct fill *f = self;
    if (s->at_wall_ms / 1000 >= f->first_s) {
        return;
    }
    skip_to(f, s->at_wall_ms);
    learn_views(f->r, s->tunnels, s->at_wall_ms);
    for (int64_t i = 0; i < m->n; i++) {
        push_second(f, s, s->at_wall_ms + i * 1000, lag_of_second(s, m, i));
    }
    f->next_ms = s->at_wall_ms + MINUTE_MS;
}

static bool first_second(struct replay *r, int64_t from_ms, int64_t to_ms, int64_t *out_s,
                         struct error *err)
{
    struct sql q = sql_begin(
        r->st, "SELECT min(at_s) / 60 * 60 FROM sample WHERE at_s >= ? AND at_s <= ?");
    sql_i64(&q, from_ms / 1000);
    sql_i64(&q, to_ms / 1000);
    struct opt_i64 first = sql_row(&q) ? sql_col_opt_i64(&q, 0) : (struct opt_i64){0};
    *out_s = first.known ? first.v : INT64_MAX;
    return sql_end(&q, err);
}

static bool fill_anew(struct replay *r, int64_t wall_ms, struct error *err)
{
    struct fill f = {.r = r};
    int64_t fine_ms = (wall_ms - HOUR_MS) / MINUTE_MS * MINUTE_MS;
    int64_t from_ms = wall_ms - DAY_MS;
    history_destroy(r->history);
    r->history = history_create();
    r->at.known = false;
    fine_ms = fine_ms > 0 ? fine_ms : 0;
    from_ms = from_ms > 0 ? from_ms : 0;
    return first_second(r, fine_ms, wall_ms, &f.first_s, err) &&
           store_then_walk(r->st, THEN_MINUTE, from_ms, wall_ms, take_minute, &f, err) &&
           store_then_walk(r->st, THEN_SECOND, fine_ms, wall_ms, take_second, &f, err);
}

/* Seconds that follow on what is there; a day ago there are only minutes. */
static bool fill_on(struct replay *r, int64_t wall_ms, bool *out_enough, struct error *err)
{
    int64_t first_s, from_ms = r->filled_ms + 1000;
    struct fill f = {.r = r, .next_ms = from_ms};
    if (!first_second(r, from_ms, wall_ms, &first_s, err)) {
        return false;
    }
    bool any = first_s != INT64_MAX;
    *out_enough = any || wall_ms / MINUTE_MS == r->filled_ms / MINUTE_MS;
    return !any || store_then_walk(r->st, THEN_SECOND, from_ms, wall_ms, take_second, &f, err);
}

bool replay_fill(struct replay *r, int64_t wall_ms, struct error *err)
{
    bool follows = r->history && wall_ms >= r->filled_ms && wall_ms - r->filled_ms < HOUR_MS;
    bool same_second = follows && wall_ms / 1000 == r->filled_ms / 1000;
    bool enough = same_second;
    if (follows && !same_second && !fill_on(r, wall_ms, &enough, err)) {
        return false;
    }
    if (!enough && !fill_anew(r, wall_ms, err)) {
        return false;
    }
    r->filled_ms = wall_ms;
    return true;
}
