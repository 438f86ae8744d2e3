#include "tui/pane/tunnel.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"

size_t tunnel_looks(const struct view *v, size_t i)
{
    struct tunnel_look l = tunnel_look(v, i, TUNNEL_WHOLE);
    return l.facts && l.view->n_legs > 0 ? l.view->n_legs : 1;
}

/* Its own words on a tunnel, found by name: view and facts are of one snapshot, but not of one
 * hand. */
static const struct tunnel_leg *said_of(const struct tunnel_facts *f,
                                        const struct tunnel_leg_view *leg)
{
    for (size_t k = 0; k < f->n_legs; k++) {
        if (strcmp(f->legs[k].id, leg->id) == 0) {
            return &f->legs[k];
        }
    }
    return NULL;
}

static struct opt_i64 lasted(const struct view *v, const struct tunnel_look *l)
{
    int64_t since_ms = l->leg ? l->leg->since_ms : l->view->since_ms;
    const struct tunnel_leg *said = l->said;
    if (said && said->state == l->state && said->since_ms.known) {
        return opt_i64(v->wall_ms > said->since_ms.v ? v->wall_ms - said->since_ms.v : 0);
    }
    return since_ms > 0 ? opt_i64(v->now_ms - since_ms) : (struct opt_i64){0};
}

static void look_at_leg(const struct view *v, struct tunnel_look *l, size_t leg)
{
    l->leg = &l->view->legs[leg];
    l->said = said_of(l->facts, l->leg);
    l->state = l->leg->state;
    l->spare = !l->leg->expected;
    l->doubts = l->leg->doubts;
    if (l->state == TUNNEL_DOWN && !l->spare) {
        l->doubts |= l->view->doubts & DOUBT_STALE;
    }
    l->lasted_ms = lasted(v, l);
}

struct tunnel_look tunnel_look(const struct view *v, size_t i, int leg)
{
    enum slot slot = SLOT_TUNNEL + (enum slot)i;
    const struct reading *last = v->snap->sights[slot].last;
    struct tunnel_look l = {.cfg = &v->snap->config->tunnels[i],
                            .view = &v->snap->tunnels[i],
                            .share = v->share,
                            .number = leg < 0 ? 0 : (size_t)leg + 1};
    if (!last) {
        l.why = "no answer yet";
        return l;
    }
    l.age_ms = opt_i64(v->now_ms - last->taken_at_ms);
    l.fresh = freshness_of_age(l.age_ms.v, snapshot_interval_ms(v->snap->config, slot));
    l.silent = pane_source_silent(v, slot);
    if (last->state != READING_FRESH) {
        l.why = last->reason[0] ? last->reason : "no answer";
    }
    if (l.silent || l.why || !last->value) {
        l.why = l.why ? l.why : "no answer";
        return l;
    }
    l.facts = last->value;
    l.state = l.view->state;
    l.doubts = l.view->doubts;
    l.lasted_ms = lasted(v, &l);
    if (leg >= 0 && (size_t)leg < l.view->n_legs) {
        look_at_leg(v, &l, (size_t)leg);
    }
    return l;
}

static struct tunnel_mark mark_of(enum tunnel_state state)
{
    static const struct {
        enum role role;
        enum glyph glyph;
    } marks[TUNNEL_STATES] = {
        [TUNNEL_UNKNOWN] = {ROLE_UNKNOWN, GLYPH_UNKNOWN},
        [TUNNEL_UP] = {ROLE_OK, GLYPH_OK},
        [TUNNEL_DEGRADED] = {ROLE_WARN, GLYPH_WARN},
        [TUNNEL_DOWN] = {ROLE_CRIT, GLYPH_DOWN},
        [TUNNEL_CONNECTING] = {ROLE_WARN, GLYPH_WARN},
        [TUNNEL_BLACK_HOLED] = {ROLE_CRIT, GLYPH_DOWN},
    };
    return (struct tunnel_mark){marks[state].role, marks[state].glyph,
                                tunnel_state_word(state)};
}

struct tunnel_mark tunnel_mark(const struct tunnel_look *l)
{
    struct tunnel_mark m = mark_of(l->state);
    if (l->silent) {
        return (struct tunnel_mark){ROLE_STALE, GLYPH_STALE, "STALE"};
    }
    if (l->spare) {
        m.role = ROLE_DIM;
        m.glyph = GLYPH_DOT;
    } else if (l->doubts & (DOUBT_STALE | DOUBT_OLDER)) {
        m.role = ROLE_STALE;
        m.glyph = GLYPH_STALE;
    } else if (l->doubts && l->state == TUNNEL_UP) {
        m.role = ROLE_WARN;
        m.glyph = GLYPH_WARN;
    }
    return m;
}

void tunnel_mark_words(struct tunnel_mark m, char *out, size_t out_size)
{
    (void)snprintf(out, out_size, "%s %s", glyph(m.glyph), m.word);
}

/* The direction in which bytes still go. */
static void one_way(const struct tunnel_look *l, char *out, size_t out_size)
{
    const struct tunnel_leg_view *leg = l->leg ? l->leg : &l->view->legs[0];
    bool in = leg->in_rate.known && leg->in_rate.v > 0;
    bool outward = leg->out_rate.known && leg->out_rate.v > 0;
    if (in == outward) {
        (void)snprintf(out, out_size, "one way");
    } else {
        (void)snprintf(out, out_size, "%s only", glyph(in ? GLYPH_DOWNWARD : GLYPH_UP));
    }
}

struct note {
    char wide[48], brief[24];
};

static struct note say(const char *wide, const char *brief)
{
    struct note n;
    (void)text_copy(n.wide, sizeof n.wide, wide);
    (void)text_copy(n.brief, sizeof n.brief, brief);
    return n;
}

static struct note doubt_note(const struct tunnel_look *l)
{
    char way[24], wide[32];
    if (l->doubts & DOUBT_STALE) {
        return say("stale opinion", "stale");
    }
    if (l->doubts & DOUBT_OLDER) {
        return say("from before the failure", "too old");
    }
    if (l->doubts & DOUBT_ONE_WAY) {
        one_way(l, way, sizeof way);
        (void)snprintf(wide, sizeof wide, "bytes %s", way);
        return say(wide, way);
    }
    return l->doubts & DOUBT_LARGE_LOST ? say("large packets lost", "MTU")
                                        : say("flapping", "flaps");
}

static struct note figure_note(const struct tunnel_look *l, bool figures)
{
    char text[FORMAT_MAX] = "", wide[FORMAT_MAX + 8] = "";
    const struct tunnel_facts *f = l->facts;
    bool up = l->state == TUNNEL_UP || l->state == TUNNEL_DEGRADED;
    bool path = f && l->view->data_plane && up && !figures;
    if (path && l->state == TUNNEL_DEGRADED && f->loss.known && f->loss.v > 0) {
        (void)snprintf(wide, sizeof wide, "loss %s", format_percent(text, f->loss.v));
        return say(wide, text);
    }
    if (path && f->rtt_ms.known) {
        return say(format_ms(text, f->rtt_ms.v), text);
    }
    if (l->lasted_ms.known) {
        (void)format_age(text, l->lasted_ms.v);
        return say(text, format_age_brief(wide, l->lasted_ms.v));
    }
    return say("", "");
}

static struct note note_of(const struct tunnel_look *l, bool figures)
{
    char age[FORMAT_MAX] = "", wide[FORMAT_MAX + 8] = "";
    if (l->age_ms.known) {
        (void)format_age(age, l->age_ms.v);
        (void)snprintf(wide, sizeof wide, "%s ago", age);
    }
    if (l->silent) {
        return say(age, age);
    }
    if (l->doubts && l->state != TUNNEL_BLACK_HOLED) {
        return doubt_note(l);
    }
    if (l->spare) {
        return say("(expected)", "spare");
    }
    if (l->fresh >= FRESHNESS_AGED) {
        return say(wide, wide);
    }
    return figure_note(l, figures);
}

void tunnel_note(const struct tunnel_look *l, bool figures, int max_w, char *out,
                 size_t out_size)
{
    struct note n = note_of(l, figures);
    const char *text = text_width_str(n.wide) <= max_w    ? n.wide
                       : text_width_str(n.brief) <= max_w ? n.brief
                                                          : "";
    (void)text_copy(out, out_size, text);
}

int tunnel_state_width(const struct tunnel_look *l)
{
    char words[48];
    struct note n = note_of(l, false);
    tunnel_mark_words(tunnel_mark(l), words, sizeof words);
    return text_width_str(words) + (n.brief[0] ? 1 : 0) + text_width_str(n.brief);
}
