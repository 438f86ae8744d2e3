#include "backend/tunnel/memory.h"

#include <string.h>

#include "backend/net/text.h"

#define ONE_WAY_AFTER_MS 10000
#define ONE_WAY_LOOKS    3
#define SURE_STRIKES     2 /* one lost try is no broken path */

/* TUNNEL_LEGS_MAX: nowhere. */
static size_t place_of(const struct tunnel_leg_memory *legs, const char *id)
{
    size_t i = 0;
    while (i < TUNNEL_LEGS_MAX && (!legs[i].id[0] || strcmp(legs[i].id, id) != 0)) {
        i++;
    }
    return i;
}

/* A free place has not been seen for longest of all. */
static struct tunnel_leg_memory *make_room(struct tunnel_leg_memory *legs)
{
    struct tunnel_leg_memory *oldest = &legs[0];
    for (size_t i = 1; i < TUNNEL_LEGS_MAX && oldest->id[0]; i++) {
        if (!legs[i].id[0] || legs[i].seen_ms < oldest->seen_ms) {
            oldest = &legs[i];
        }
    }
    return oldest;
}

static struct tunnel_leg_memory *recall(struct tunnel_leg_memory *legs, const char *id,
                                        int64_t at_ms)
{
    size_t i = place_of(legs, id);
    struct tunnel_leg_memory *m = i < TUNNEL_LEGS_MAX ? &legs[i] : make_room(legs);
    if (i == TUNNEL_LEGS_MAX) {
        *m = (struct tunnel_leg_memory){.since_ms = at_ms};
        (void)text_copy(m->id, sizeof m->id, id);
    }
    m->seen_ms = at_ms;
    return m;
}

static enum tri passing(enum tunnel_state state)
{
    return state == TUNNEL_UNKNOWN ? TRI_UNKNOWN
                                   : tri_of(state == TUNNEL_UP || state == TUNNEL_DEGRADED);
}

static void note_passing(struct tunnel_leg_memory *m, enum tri passes, int64_t at_ms)
{
    if (passes == TRI_UNKNOWN) {
        return; /* what it was before counts on */
    }
    if (m->passed == TRI_YES && passes == TRI_NO) {
        m->falls_ms[m->n_falls++ % TUNNEL_FALLS_MAX] = at_ms;
    }
    m->passed = passes;
}

static void enter(struct tunnel_leg_memory *m, enum tunnel_state state, int64_t at_ms)
{
    if (m->state != state) {
        m->state = state;
        m->since_ms = at_ms;
    }
}

static struct opt_f64 rate(int64_t before, int64_t now, int64_t ms)
{
    return ms > 0 ? opt_f64((double)(now - before) * 1000 / (double)ms) : (struct opt_f64){0};
}

/* Did anything come in since the look before? By the counter, else by how long it has been
 * silent. */
static enum tri came_in(const struct tunnel_leg_memory *m, const struct tunnel_leg *leg,
                        int64_t at_ms)
{
    if (leg->bytes_in.known && m->bytes_in.known) {
        return tri_of(leg->bytes_in.v > m->bytes_in.v);
    }
    return leg->silent_s.known ? tri_of(leg->silent_s.v * 1000 < at_ms - m->counted_ms)
                               : TRI_UNKNOWN;
}

static void count_sides(struct tunnel_leg_memory *m, enum tri in, bool out)
{
    int side = in == TRI_NO && out ? 1 : in == TRI_YES && !out ? -1 : 0;
    if (in == TRI_UNKNOWN || (in == TRI_YES && out) || side * m->one_sided < 0) {
        m->one_sided = 0;
    }
    m->one_sided += side; /* of an idle tunnel nothing changes */
}

/* The counters go on from those of the look before: neither another run of them nor a peer that
 * began again without saying so. */
static bool goes_on(const struct tunnel_leg_memory *m, const struct tunnel_leg *leg)
{
    bool same = m->counted_ms && strcmp(m->counter, leg->counter) == 0;
    bool shrank = leg->bytes_out.v < m->bytes_out ||
                  (leg->bytes_in.known && m->bytes_in.known && leg->bytes_in.v < m->bytes_in.v);
    return same && !shrank;
}

static void compare(struct tunnel_leg_memory *m, const struct tunnel_leg *leg, int64_t at_ms)
{
    int64_t ms = at_ms - m->counted_ms;
    enum tri in = came_in(m, leg, at_ms);
    bool out = leg->bytes_out.v > m->bytes_out;
    m->out_rate = rate(m->bytes_out, leg->bytes_out.v, ms);
    if (leg->bytes_in.known && m->bytes_in.known) {
        m->in_rate = rate(m->bytes_in.v, leg->bytes_in.v, ms);
    }
    m->in_moved_ms = in == TRI_NO ? m->in_moved_ms : at_ms;
    m->out_moved_ms = out ? at_ms : m->out_moved_ms;
    count_sides(m, in, out);
}

static void count_bytes(struct tunnel_leg_memory *m, const struct tunnel_leg *leg,
                        int64_t at_ms)
{
    m->in_rate = m->out_rate = (struct opt_f64){0};
    if (!leg->bytes_out.known) {
        m->counted_ms = 0;
        return;
    }
    if (goes_on(m, leg)) {
        compare(m, leg, at_ms);
    } else {
        m->in_moved_ms = m->out_moved_ms = at_ms;
        m->one_sided = 0;
    }
    (void)text_copy(m->counter, sizeof m->counter, leg->counter);
    m->counted_ms = at_ms;
    m->bytes_in = leg->bytes_in;
    m->bytes_out = leg->bytes_out.v;
}

static void learn_probe(struct tunnel_leg_memory *m, const struct tunnel_facts *f,
                        int64_t at_ms)
{
    bool unsure = f->state == TUNNEL_DOWN && f->strikes < SURE_STRIKES;
    enter(m, f->state, at_ms);
    note_passing(m, unsure ? TRI_UNKNOWN : passing(f->state), at_ms);
}

void tunnel_memory_learn(struct tunnel_leg_memory legs[TUNNEL_LEGS_MAX],
                         const struct tunnel_facts *f, const char *name, int64_t at_ms)
{
    if (f->data_plane) {
        learn_probe(recall(legs, name, at_ms), f, at_ms);
        return;
    }
    for (size_t i = 0; i < f->n_legs; i++) { /* those that are known first: none makes room */
        size_t place = place_of(legs, f->legs[i].id);
        if (place < TUNNEL_LEGS_MAX) {
            legs[place].seen_ms = at_ms;
        }
    }
    for (size_t i = 0; i < f->n_legs; i++) {
        struct tunnel_leg_memory *m = recall(legs, f->legs[i].id, at_ms);
        count_bytes(m, &f->legs[i], at_ms);
        enter(m, f->legs[i].state, at_ms);
        note_passing(m, passing(f->legs[i].state), at_ms);
    }
}

const struct tunnel_leg_memory *
tunnel_memory_of(const struct tunnel_leg_memory legs[TUNNEL_LEGS_MAX], const char *id)
{
    size_t i = place_of(legs, id);
    return i < TUNNEL_LEGS_MAX ? &legs[i] : NULL;
}

bool tunnel_is_flapping(const struct tunnel_leg_memory *m, const struct config_alerts *when,
                        int64_t now_ms)
{
    int recent = 0;
    for (size_t i = 0; i < m->n_falls && i < TUNNEL_FALLS_MAX; i++) {
        recent += now_ms - m->falls_ms[i] <= when->flap_window_ms;
    }
    return when->flap_count > 0 && recent >= when->flap_count;
}

bool tunnel_is_one_way(const struct tunnel_leg_memory *m)
{
    bool out_only = m->one_sided > 0;
    int looks = out_only ? m->one_sided : -m->one_sided;
    int64_t still_ms =
        out_only ? m->out_moved_ms - m->in_moved_ms : m->in_moved_ms - m->out_moved_ms;
    return m->counted_ms && looks >= ONE_WAY_LOOKS && still_ms >= ONE_WAY_AFTER_MS;
}
