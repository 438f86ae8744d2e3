#include "backend/tunnel/view.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"
#include "backend/snapshot.h"

#define SURE_STRIKES 2
#define STALE_AFTER_MS                                                                         \
    3000 /* a tunnel that just broke is down before the probes have noticed */

/* What the probes saw, which opinions are held against. */
struct look {
    const struct snapshot *s;
    int64_t now_ms;
    enum tri passes;
    int64_t failing_since_ms; /* with passes NO: when the last of them began to fail */
    int64_t passed_ms;        /* with passes YES: when one passed last */
};

/* Facts that still tell how things are, or NULL. */
static const struct tunnel_facts *facts_now(const struct snapshot *s, size_t i, int64_t now_ms)
{
    enum slot slot = SLOT_TUNNEL + (enum slot)i;
    const struct reading *last = s->sights[slot].last;
    bool fresh = last && last->state == READING_FRESH && snapshot_in_sight(s, slot, now_ms);
    return fresh ? last->value : NULL;
}

static bool is_up(enum tunnel_state state)
{
    return state == TUNNEL_UP || state == TUNNEL_DEGRADED;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static struct look look_of(const struct snapshot *s, int64_t now_ms)
{
    struct look look = {.s = s, .now_ms = now_ms};
    size_t probes = 0, failing = 0, passing = 0;
    for (size_t i = 0; i < s->config->n_tunnels; i++) {
        if (s->config->tunnels[i].kind != TUNNEL_PROBE) {
            continue;
        }
        const struct tunnel_facts *f = facts_now(s, i, now_ms);
        probes++;
        if (f && is_up(f->state)) {
            passing++;
            look.passed_ms =
                later(look.passed_ms, s->sights[SLOT_TUNNEL + i].last->taken_at_ms);
        } else if (f && f->state == TUNNEL_DOWN && f->strikes >= SURE_STRIKES) {
            failing++;
            look.failing_since_ms = later(look.failing_since_ms, f->since_ms);
        }
    }
    look.passes = passing > 0                       ? TRI_YES
                  : probes > 0 && failing == probes ? TRI_NO
                                                    : TRI_UNKNOWN;
    return look;
}

enum tri tunnel_passes(const struct snapshot *s, int64_t now_ms)
{
    return look_of(s, now_ms).passes;
}

/* As the view says, when it says it: it saw the change, we only the next poll. */
static int64_t since(const struct look *look, const struct tunnel_leg *leg,
                     const struct tunnel_leg_memory *m, int64_t taken_at_ms)
{
    if (leg->since_ms.known && leg->since_ms.v <= look->s->wall_ms) {
        return look->now_ms - (look->s->wall_ms - leg->since_ms.v);
    }
    return m ? m->since_ms : taken_at_ms;
}

/* Holds an opinion of one tunnel against what the probes saw. */
static void doubt(const struct look *look, const struct reading *r, struct tunnel_leg_view *out)
{
    if (!is_up(out->state) || look->passes != TRI_NO) {
        return;
    }
    if (r->taken_at_ms > look->failing_since_ms) {
        out->state = TUNNEL_BLACK_HOLED;
        out->since_ms = look->failing_since_ms;
    } else {
        out->doubts |= DOUBT_OLDER;
    }
}

static void see_leg(const struct look *look, const struct reading *r,
                    const struct tunnel_leg *leg, const struct tunnel_leg_memory *legs,
                    struct tunnel_leg_view *out)
{
    const struct tunnel_leg_memory *m = tunnel_memory_of(legs, leg->id);
    (void)text_copy(out->id, sizeof out->id, leg->id);
    out->state = leg->state;
    out->since_ms = since(look, leg, m, r->taken_at_ms);
    if (m) {
        out->in_rate = m->in_rate;
        out->out_rate = m->out_rate;
        out->doubts |=
            tunnel_is_flapping(m, &look->s->config->alerts, look->now_ms) ? DOUBT_FLAPPING : 0;
        out->doubts |= is_up(leg->state) && tunnel_is_one_way(m) ? DOUBT_ONE_WAY : 0;
    }
    doubt(look, r, out);
}

static bool claims_up(const struct tunnel_leg_view *leg)
{
    return is_up(leg->state) || leg->state == TUNNEL_BLACK_HOLED;
}

/* A spare one may be down while the view says of enough others that they are up. */
static void expect(struct tunnel_view *v)
{
    int claimed = 0, spare = (int)v->n_legs - v->expected_up;
    for (size_t i = 0; i < v->n_legs; i++) {
        v->up += v->legs[i].state == TUNNEL_UP;
        claimed += claims_up(&v->legs[i]);
        v->doubts |= v->legs[i].doubts;
    }
    for (size_t i = v->n_legs; i-- > 0;) {
        bool is_spare = !claims_up(&v->legs[i]) && spare > 0 && claimed >= v->expected_up;
        v->legs[i].expected = !is_spare;
        spare -= is_spare;
    }
}

static void see_opinion(const struct look *look, size_t i, const struct tunnel_facts *f,
                        const struct tunnel_leg_memory *legs, struct tunnel_view *out)
{
    const struct reading *r = look->s->sights[SLOT_TUNNEL + i].last;
    out->state = f->state;
    out->n_legs = f->n_legs;
    for (size_t k = 0; k < f->n_legs; k++) {
        see_leg(look, r, &f->legs[k], legs, &out->legs[k]);
        if (out->legs[k].state == TUNNEL_BLACK_HOLED) {
            out->state = TUNNEL_BLACK_HOLED;
        }
    }
    expect(out);
    if (f->state == TUNNEL_DOWN && look->passes == TRI_YES &&
        look->passed_ms - f->since_ms >= STALE_AFTER_MS) {
        out->doubts |= DOUBT_STALE;
    }
    if (out->state == TUNNEL_UP && out->doubts & (DOUBT_ONE_WAY | DOUBT_FLAPPING)) {
        out->state = TUNNEL_DEGRADED;
    }
}

static void see_probe(const struct look *look, const char *name, const struct tunnel_facts *f,
                      const struct tunnel_leg_memory *legs, struct tunnel_view *out)
{
    struct tunnel_leg_view *leg = &out->legs[0];
    const struct tunnel_leg_memory *m = tunnel_memory_of(legs, name);
    (void)text_copy(leg->id, sizeof leg->id, name);
    leg->state = f->state;
    leg->since_ms = f->since_ms;
    if (is_up(f->state) && f->large_passes == TRI_NO) {
        leg->state = TUNNEL_DEGRADED;
        leg->doubts |= DOUBT_LARGE_LOST;
    }
    leg->doubts |=
        m && tunnel_is_flapping(m, &look->s->config->alerts, look->now_ms) ? DOUBT_FLAPPING : 0;
    out->n_legs = 1;
    expect(out);
    out->state = leg->state;
}

/* Of a view that is out of sight its tunnels are remembered, and what they are is not known. */
static void see_none(const struct look *look, size_t i, const char *name,
                     struct tunnel_view *out)
{
    const struct reading *good = look->s->sights[SLOT_TUNNEL + i].good;
    const struct tunnel_facts *f = good ? good->value : NULL;
    out->n_legs = !f ? 0 : out->data_plane ? 1 : f->n_legs;
    for (size_t k = 0; k < out->n_legs; k++) {
        const char *id = out->data_plane ? name : f->legs[k].id;
        (void)text_copy(out->legs[k].id, sizeof out->legs[k].id, id);
        out->legs[k].expected = true;
    }
}

static void remark(const char *name, struct tunnel_view *v)
{
    const char *words = tunnel_doubt_words(v->doubts);
    if (v->state == TUNNEL_BLACK_HOLED) {
        (void)snprintf(v->remark, sizeof v->remark, "%.40s says up, and no probe passes%s",
                       name, v->doubts & DOUBT_ONE_WAY ? ": bytes go one way only" : "");
    } else if (words[0]) {
        (void)snprintf(v->remark, sizeof v->remark, "%.40s: %s", name, words);
    } else if (is_up(v->state) && !v->data_plane && v->up < v->expected_up) {
        (void)snprintf(v->remark, sizeof v->remark, "%.40s: %d of %zu up, %d expected", name,
                       v->up, v->n_legs, v->expected_up);
    }
}

static int64_t view_since(const struct look *look, const struct tunnel_view *v,
                          const struct tunnel_facts *f)
{
    if (f && v->data_plane && v->state == f->state) {
        return f->since_ms;
    }
    return v->state == TUNNEL_BLACK_HOLED ? look->failing_since_ms : look->now_ms;
}

static void see(const struct look *look, size_t i, struct tunnel_memory *memory,
                struct tunnel_view *out)
{
    const struct config_tunnel *cfg = &look->s->config->tunnels[i];
    const struct reading *last = look->s->sights[SLOT_TUNNEL + i].last;
    const struct tunnel_facts *f = facts_now(look->s, i, look->now_ms);
    struct tunnel_leg_memory *legs = memory->views[i].legs;
    *out = (struct tunnel_view){.data_plane = cfg->kind == TUNNEL_PROBE,
                                .expected_up = cfg->expected_up};
    if (f && last->taken_at_ms != memory->views[i].seen_ms) {
        memory->views[i].seen_ms = last->taken_at_ms;
        tunnel_memory_learn(legs, f, cfg->name, last->taken_at_ms);
    }
    if (f && out->data_plane) {
        see_probe(look, cfg->name, f, legs, out);
    } else if (f) {
        see_opinion(look, i, f, legs, out);
    } else {
        see_none(look, i, cfg->name, out);
    }
    if (memory->views[i].state != out->state || memory->views[i].since_ms == 0) {
        memory->views[i].state = out->state;
        memory->views[i].since_ms = view_since(look, out, f);
    }
    out->since_ms = memory->views[i].since_ms;
    remark(cfg->name, out);
}

void tunnel_views_gather(const struct snapshot *s, struct tunnel_memory *memory, int64_t now_ms,
                         struct tunnel_view out[CONFIG_TUNNELS_MAX])
{
    const struct look look = look_of(s, now_ms);
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

const char *tunnel_leg_detail(const struct snapshot *s, size_t i,
                              const struct tunnel_leg_view *leg)
{
    const struct reading *last = s->sights[SLOT_TUNNEL + i].last;
    const struct tunnel_facts *f = last && last->state == READING_FRESH ? last->value : NULL;
    if (!f) {
        return last ? last->reason : "";
    }
    bool one_of_several = leg && !s->tunnels[i].data_plane;
    return one_of_several ? f->legs[leg - s->tunnels[i].legs].detail : f->detail;
}

const char *tunnel_leg_words(const struct tunnel_view *v, const struct tunnel_leg_view *leg)
{
    bool down = leg->state == TUNNEL_DOWN && leg->expected;
    if (leg->state == TUNNEL_BLACK_HOLED) {
        return leg->doubts & DOUBT_ONE_WAY
                   ? "says up, and no probe passes: bytes go one way only"
                   : "says up, and no probe passes";
    }
    return tunnel_doubt_words(leg->doubts | (down ? v->doubts & DOUBT_STALE : 0));
}
