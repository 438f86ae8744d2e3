#include "backend/tunnel/gateway_legs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"

#define PATIENCE       2 /* polls in a row without an SA that make a leg down */
#define CHILD_PATIENCE 3 /* the same of an IKE SA without a CHILD SA */

static struct opt_i64 least(struct opt_i64 a, struct opt_i64 b)
{
    return !b.known || (a.known && a.v <= b.v) ? a : b;
}

static struct opt_i64 greatest(struct opt_i64 a, struct opt_i64 b)
{
    return !b.known || (a.known && a.v >= b.v) ? a : b;
}

/* "42s", "14m", "2h11m", "3d4h" */
static void put_age(char *out, size_t size, struct opt_i64 age_s)
{
    int64_t m = age_s.v / 60, h = m / 60;
    if (!age_s.known) {
        (void)snprintf(out, size, "?");
    } else if (m == 0) {
        (void)snprintf(out, size, "%" PRId64 "s", age_s.v);
    } else if (h == 0) {
        (void)snprintf(out, size, "%" PRId64 "m", m);
    } else if (h < 24) {
        (void)snprintf(out, size, "%" PRId64 "h%" PRId64 "m", h, m % 60);
    } else {
        (void)snprintf(out, size, "%" PRId64 "d%" PRId64 "h", h / 24, h % 24);
    }
}

/* Adds up; unknown as soon as a part is. */
static struct opt_i64 plus(struct opt_i64 sum, struct opt_i64 part)
{
    return sum.known && part.known ? opt_i64(sum.v + part.v) : (struct opt_i64){0};
}

static void count(const struct gateway_connection *c, struct tunnel_leg *leg)
{
    leg->bytes_in = leg->bytes_out = opt_i64(0);
    for (size_t i = 0; i < c->n_children; i++) {
        const struct gateway_child *child = &c->children[i];
        leg->bytes_in = plus(leg->bytes_in, child->bytes_in);
        leg->bytes_out = plus(leg->bytes_out, child->bytes_out);
        size_t len = strlen(leg->counter);
        (void)snprintf(leg->counter + len, sizeof leg->counter - len, "%s%" PRId64,
                       i > 0 ? "+" : "", child->unique.v);
    }
    if (c->crowded) {
        leg->bytes_in = leg->bytes_out = (struct opt_i64){0};
    }
}

static void describe_up(const struct gateway_connection *c, struct tunnel_leg *leg)
{
    char ike[24], child[24], several[16] = "";
    leg->state = TUNNEL_UP;
    leg->ike_age_s = c->age_s;
    for (size_t i = 0; i < c->n_children; i++) {
        leg->silent_s = least(leg->silent_s, c->children[i].silent_s);
        leg->child_age_s = least(leg->child_age_s, c->children[i].age_s);
        leg->rekey_s = least(leg->rekey_s, c->children[i].rekey_s);
    }
    count(c, leg);
    put_age(ike, sizeof ike, leg->ike_age_s);
    put_age(child, sizeof child, leg->child_age_s);
    if (c->n_children > 1) {
        (void)snprintf(several, sizeof several, "%zu ", c->n_children);
    }
    (void)snprintf(leg->detail, sizeof leg->detail, "IKE %s %sCHILD %s", ike, several, child);
}

static void describe(struct tunnel_leg *leg, enum tunnel_state state, const char *what,
                     const char *reason)
{
    leg->state = state;
    (void)snprintf(leg->detail, sizeof leg->detail, "%s%s%s", what, reason[0] ? ": " : "",
                   reason);
}

static bool was_up(const struct gateway_leg *m)
{
    return m->leg.state == TUNNEL_UP;
}

/* Not up in this poll. Writes what is told of it, which is as before as long as it may be a
 * rekeying that was looked at in the wrong moment. */
static void doubt(const struct gateway_connection *c, struct gateway_leg *m, int64_t wall_ms,
                  struct tunnel_leg *leg)
{
    m->missed_ms = m->missed == 0 ? wall_ms : m->missed_ms;
    m->missed++;
    if (c->connecting && !c->up) {
        describe(leg, TUNNEL_CONNECTING, "connecting", m->reason);
    } else if (was_up(m) && m->missed < (c->up ? CHILD_PATIENCE : PATIENCE)) {
        *leg = m->leg;
    } else if (c->up && m->missed < CHILD_PATIENCE) {
        describe(leg, TUNNEL_CONNECTING, "IKE up, no CHILD SA yet", m->reason);
        leg->ike_age_s = c->age_s;
    } else if (c->up) {
        describe(leg, TUNNEL_DOWN, "IKE up, no CHILD SA", m->reason);
        leg->ike_age_s = c->age_s;
    } else {
        describe(leg, TUNNEL_DOWN, "no IKE SA", m->reason);
    }
}

/* Since when it is up: SAs tell since when they are, and are renewed without an end of what they
 * carry, so they are only asked when they are new to us. */
static struct opt_i64 up_since(const struct gateway_leg *m, const struct tunnel_leg *leg,
                               int64_t wall_ms)
{
    if (was_up(m) && !m->ended) {
        return m->leg.since_ms;
    }
    struct opt_i64 age_s =
        m->leg.id[0] ? leg->child_age_s : greatest(leg->ike_age_s, leg->child_age_s);
    struct opt_i64 since = age_s.known ? opt_i64(wall_ms - age_s.v * 1000) : opt_i64(wall_ms);
    return m->leg.id[0] && !was_up(m) ? greatest(since, opt_i64(m->looked_ms)) : since;
}

static struct opt_i64 not_up_since(const struct gateway_leg *m, const struct tunnel_leg *leg,
                                   int64_t wall_ms)
{
    if (!m->leg.id[0]) {
        return (struct opt_i64){0}; /* since before we looked */
    }
    if (m->leg.state == leg->state) {
        return m->leg.since_ms;
    }
    return opt_i64(was_up(m) ? m->missed_ms : wall_ms);
}

static void fold_leg(const struct gateway_connection *c, struct gateway_leg *m, int64_t wall_ms,
                     struct tunnel_leg *leg)
{
    if (c->up && c->n_children > 0) {
        describe_up(c, leg);
        leg->since_ms = up_since(m, leg, wall_ms);
        m->missed = 0;
        m->ended = false;
        m->reason[0] = '\0';
    } else {
        doubt(c, m, wall_ms, leg);
        leg->since_ms = not_up_since(m, leg, wall_ms);
    }
    (void)text_copy(leg->id, sizeof leg->id, c->name);
    m->leg = *leg;
    m->looked_ms = wall_ms;
}

void gateway_fold(const struct gateway_poll *poll, struct gateway_memory *memory,
                  int64_t wall_ms, struct tunnel_facts *out)
{
    struct gateway_memory next = {.n = poll->n};
    out->n_legs = poll->n;
    for (size_t i = 0; i < poll->n; i++) {
        for (size_t k = 0; k < memory->n; k++) {
            if (strcmp(memory->legs[k].leg.id, poll->connections[i].name) == 0) {
                next.legs[i] = memory->legs[k];
            }
        }
        out->legs[i] = (struct tunnel_leg){0};
        fold_leg(&poll->connections[i], &next.legs[i], wall_ms, &out->legs[i]);
    }
    *memory = next;
}
