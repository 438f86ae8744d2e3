#include "backend/tunnel/view.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"
#include "backend/snapshot.h"

#define FLAPS            4
#define FLAP_WINDOW_MS   (5 * 60 * 1000)
#define ONE_WAY_AFTER_MS 10000 /* bytes went out for so long, and none came in */
#define SURE_STRIKES     2     /* one lost try is no broken path */

struct look {
    const struct snapshot *s;
    int64_t now_ms;
    enum tri passes;
    struct opt_i64 failing_since_ms;
};

/* Facts that still tell how things are, or NULL. */
static const struct tunnel_facts *facts_now(const struct snapshot *s, size_t i, int64_t now_ms)
{
    enum slot slot = SLOT_TUNNEL + (enum slot)i;
    const struct reading *last = s->sights[slot].last;
    bool fresh = last && last->state == READING_FRESH && snapshot_in_sight(s, slot, now_ms);
    return fresh ? last->value : NULL;
}

static bool fails(const struct tunnel_facts *f)
{
    return f->state == TUNNEL_DOWN && f->strikes >= SURE_STRIKES;
}

enum tri tunnel_passes(const struct snapshot *s, int64_t now_ms)
{
    size_t probes = 0, failing = 0;
    for (size_t i = 0; i < s->config->n_tunnels; i++) {
        if (s->config->tunnels[i].kind != TUNNEL_PROBE) {
            continue;
        }
        const struct tunnel_facts *f = facts_now(s, i, now_ms);
        probes++;
        if (f && (f->state == TUNNEL_UP || f->state == TUNNEL_DEGRADED)) {
            return TRI_YES;
        }
        failing += f && fails(f);
    }
    return probes > 0 && failing == probes ? TRI_NO : TRI_UNKNOWN;
}

static struct tunnel_leg_memory *recall(struct tunnel_leg_memory *legs, const char *id,
                                        int64_t now_ms)
{
    struct tunnel_leg_memory *free_one = &legs[TUNNEL_LEGS_MAX - 1];
    for (size_t i = TUNNEL_LEGS_MAX; i-- > 0;) {
        if (strcmp(legs[i].id, id) == 0) {
            return &legs[i];
        }
        if (!legs[i].id[0]) {
            free_one = &legs[i];
        }
    }
    *free_one = (struct tunnel_leg_memory){
        .since_ms = now_ms, .in_moved_ms = now_ms, .out_moved_ms = now_ms};
    (void)text_copy(free_one->id, sizeof free_one->id, id);
    return free_one;
}

static struct opt_f64 rate(int64_t before, int64_t now, int64_t ms)
{
    struct opt_f64 unknown = {0};
    return ms > 0 && now >= before ? opt_f64((double)(now - before) * 1000 / (double)ms)
                                   : unknown;
}

/* Counters, at most once a reading. */
static void count_bytes(struct tunnel_leg_memory *m, const struct tunnel_leg *leg,
                        int64_t at_ms)
{
    if (!leg->bytes_in.known || !leg->bytes_out.known) {
        m->in_rate = m->out_rate = (struct opt_f64){0};
        m->counted_ms = 0;
        return;
    }
    bool same_run = m->counted_ms && strcmp(m->counter, leg->counter) == 0;
    if (same_run) {
        m->in_rate = rate(m->bytes_in, leg->bytes_in.v, at_ms - m->counted_ms);
        m->out_rate = rate(m->bytes_out, leg->bytes_out.v, at_ms - m->counted_ms);
    }
    if (!same_run || leg->bytes_in.v != m->bytes_in) {
        m->in_moved_ms = at_ms;
    }
    if (!same_run || leg->bytes_out.v != m->bytes_out) {
        m->out_moved_ms = at_ms;
    }
    (void)text_copy(m->counter, sizeof m->counter, leg->counter);
    m->counted_ms = at_ms;
    m->bytes_in = leg->bytes_in.v;
    m->bytes_out = leg->bytes_out.v;
}

static void enter(struct tunnel_leg_memory *m, enum tunnel_state state, int64_t at_ms)
{
    if (m->state == state) {
        return;
    }
    if (m->state != TUNNEL_UNKNOWN && state != TUNNEL_UNKNOWN) {
        m->changes_ms[m->n_changes++ % TUNNEL_CHANGES_MAX] = at_ms;
    }
    m->state = state;
    m->since_ms = at_ms;
}

static bool is_flapping(const struct tunnel_leg_memory *m, int64_t now_ms)
{
    int recent = 0;
    for (size_t i = 0; i < m->n_changes && i < TUNNEL_CHANGES_MAX; i++) {
        recent += now_ms - m->changes_ms[i] <= FLAP_WINDOW_MS;
    }
    return recent >= FLAPS;
}

static bool is_one_way(const struct tunnel_leg_memory *m)
{
    int64_t apart_ms = m->in_moved_ms - m->out_moved_ms;
    return m->counted_ms && (apart_ms >= ONE_WAY_AFTER_MS || -apart_ms >= ONE_WAY_AFTER_MS);
}

/* Holds an opinion of one tunnel against what the probes saw. */
static void doubt(const struct look *look, const struct reading *r, struct tunnel_leg_view *out)
{
    bool up = out->state == TUNNEL_UP || out->state == TUNNEL_DEGRADED;
    if (up && look->passes == TRI_NO) {
        if (r->taken_at_ms > look->failing_since_ms.v) {
            out->state = TUNNEL_BLACK_HOLED;
            out->since_ms = look->failing_since_ms.v;
        } else {
            out->doubts |= DOUBT_OLDER;
        }
    }
}

static void see_leg(const struct look *look, const struct reading *r,
                    const struct tunnel_leg *leg, struct tunnel_leg_memory *legs, bool news,
                    struct tunnel_leg_view *out)
{
    struct tunnel_leg_memory *m = recall(legs, leg->id, r->taken_at_ms);
    if (news) {
        count_bytes(m, leg, r->taken_at_ms);
        enter(m, leg->state, r->taken_at_ms);
    }
    (void)text_copy(out->id, sizeof out->id, leg->id);
    out->state = leg->state;
    out->since_ms = m->since_ms;
    out->in_rate = m->in_rate;
    out->out_rate = m->out_rate;
    out->doubts |= is_flapping(m, look->now_ms) ? DOUBT_FLAPPING : 0;
    out->doubts |= leg->state == TUNNEL_UP && is_one_way(m) ? DOUBT_ONE_WAY : 0;
    doubt(look, r, out);
}

static void see_probe(const struct look *look, size_t i, const struct tunnel_facts *f,
                      struct tunnel_view *out)
{
    struct tunnel_leg_view *leg = &out->legs[0];
    (void)text_copy(leg->id, sizeof leg->id, look->s->config->tunnels[i].name);
    leg->state = f->state;
    leg->since_ms = f->since_ms;
    leg->expected = true;
    leg->doubts = f->state != TUNNEL_DOWN && f->large_passes == TRI_NO ? DOUBT_LARGE_LOST : 0;
    out->n_legs = 1;
    out->state = f->state;
}

/* A spare one may be down while enough others are up. */
static void expect(struct tunnel_view *v)
{
    for (size_t i = 0; i < v->n_legs; i++) {
        v->up += v->legs[i].state == TUNNEL_UP;
    }
    int spare = (int)v->n_legs - v->expected_up;
    for (size_t i = v->n_legs; i-- > 0;) {
        bool idle = v->legs[i].state != TUNNEL_UP && v->legs[i].state != TUNNEL_BLACK_HOLED;
        v->legs[i].expected = !(idle && spare > 0 && v->up >= v->expected_up);
        spare -= !v->legs[i].expected;
        v->doubts |= v->legs[i].doubts;
    }
}

static void see_opinion(const struct look *look, size_t i, const struct tunnel_facts *f,
                        struct tunnel_memory *memory, struct tunnel_view *out)
{
    const struct reading *r = look->s->sights[SLOT_TUNNEL + i].last;
    bool news = r->taken_at_ms != memory->views[i].seen_ms, black = false;
    memory->views[i].seen_ms = r->taken_at_ms;
    out->n_legs = f->n_legs;
    for (size_t k = 0; k < f->n_legs; k++) {
        see_leg(look, r, &f->legs[k], memory->views[i].legs, news, &out->legs[k]);
        black = black || out->legs[k].state == TUNNEL_BLACK_HOLED;
    }
    expect(out);
    out->state = black ? TUNNEL_BLACK_HOLED : f->state;
    if (f->state == TUNNEL_DOWN && look->passes == TRI_YES) {
        out->doubts |= DOUBT_STALE;
    }
    if (out->state == TUNNEL_UP && out->doubts & (DOUBT_ONE_WAY | DOUBT_FLAPPING)) {
        out->state = TUNNEL_DEGRADED;
    }
}

static void remark(const struct look *look, size_t i, struct tunnel_view *v)
{
    const char *name = look->s->config->tunnels[i].name;
    const char *words = tunnel_doubt_words(v->doubts);
    if (v->state == TUNNEL_BLACK_HOLED) {
        (void)snprintf(v->remark, sizeof v->remark, "%.40s says up, and no probe passes", name);
    } else if (words[0]) {
        (void)snprintf(v->remark, sizeof v->remark, "%.40s: %s", name, words);
    }
}

static void see(const struct look *look, size_t i, struct tunnel_memory *memory,
                struct tunnel_view *out)
{
    const struct config_tunnel *cfg = &look->s->config->tunnels[i];
    const struct tunnel_facts *f = facts_now(look->s, i, look->now_ms);
    *out = (struct tunnel_view){.data_plane = cfg->kind == TUNNEL_PROBE,
                                .expected_up = cfg->expected_up};
    if (f && out->data_plane) {
        see_probe(look, i, f, out);
    } else if (f) {
        see_opinion(look, i, f, memory, out);
    }
    if (memory->views[i].state != out->state || memory->views[i].since_ms == 0) {
        memory->views[i].state = out->state;
        memory->views[i].since_ms = look->now_ms;
    }
    out->since_ms = memory->views[i].since_ms;
    remark(look, i, out);
}

void tunnel_views_gather(const struct snapshot *s, struct tunnel_memory *memory, int64_t now_ms,
                         struct tunnel_view out[CONFIG_TUNNELS_MAX])
{
    struct look look = {.s = s, .now_ms = now_ms, .passes = tunnel_passes(s, now_ms)};
    if (look.passes != TRI_NO) {
        memory->nothing_passes_ms = (struct opt_i64){0};
    } else if (!memory->nothing_passes_ms.known) {
        memory->nothing_passes_ms = opt_i64(now_ms);
    }
    look.failing_since_ms = memory->nothing_passes_ms;
    for (size_t i = 0; i < s->config->n_tunnels; i++) {
        see(&look, i, memory, &out[i]);
    }
}

static const struct {
    const char *key, *word;
    int rank;
} states[TUNNEL_STATES] = {
    [TUNNEL_UNKNOWN] = {"unknown", "UNKNOWN", 0},
    [TUNNEL_UP] = {"up", "UP", 1},
    [TUNNEL_DEGRADED] = {"degraded", "DEGRADED", 2},
    [TUNNEL_DOWN] = {"down", "DOWN", 4},
    [TUNNEL_CONNECTING] = {"connecting", "CONNECTING", 3},
    [TUNNEL_BLACK_HOLED] = {"black-holed", "BLACK-HOLED", 5},
};

const char *tunnel_state_key(enum tunnel_state state)
{
    return states[state].key;
}

const char *tunnel_state_word(enum tunnel_state state)
{
    return states[state].word;
}

int tunnel_state_rank(enum tunnel_state state)
{
    return states[state].rank;
}

const char *tunnel_doubt_words(unsigned doubts)
{
    static const struct {
        unsigned doubt;
        const char *words;
    } words[] = {
        {DOUBT_STALE, "says down, and traffic passes: a stale opinion"},
        {DOUBT_ONE_WAY, "bytes one way only"},
        {DOUBT_LARGE_LOST, "large packets are lost, small ones pass: the MTU"},
        {DOUBT_FLAPPING, "flapping"},
        {DOUBT_OLDER, "says up, from before the probes failed"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (doubts & words[i].doubt) {
            return words[i].words;
        }
    }
    return "";
}
