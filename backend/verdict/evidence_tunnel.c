/* The path between the sites as rows of the evidence: what the probes saw, and beside it what the
 * clouds and the gateway say. */
#include "backend/verdict/evidence_rows.h"

#include "backend/tunnel/view.h"

void evidence_tunnel(struct gather *g)
{
    struct evidence *e = evidence_row(g, EVIDENCE_TUNNEL, ROUTE_VPN);
    const struct config *cfg = g->s->config;
    size_t down = 0, watched = 0;
    evidence_detail(e, "not asked yet");
    for (size_t i = 0; i < cfg->n_tunnels; i++) {
        enum slot slot = SLOT_TUNNEL + (enum slot)i;
        const struct reading *last = g->s->sights[slot].last;
        const struct tunnel_facts *f = last ? last->value : NULL;
        if (cfg->tunnels[i].kind != TUNNEL_PROBE) {
            continue;
        }
        watched++;
        if (!f || last->state != READING_FRESH || !snapshot_in_sight(g->s, slot, g->now_ms) ||
            f->state == TUNNEL_UNKNOWN) {
            continue;
        }
        bool passes = f->state != TUNNEL_DOWN;
        if (!passes) {
            down++;
            e->strikes = e->strikes && e->strikes < f->strikes ? e->strikes : f->strikes;
        }
        if (passes || e->answer != TRI_YES) {
            evidence_rests_on(g, e, last);
            evidence_detail(e, "%.40s: %.100s", cfg->tunnels[i].name,
                            f->detail[0] ? f->detail
                            : passes     ? "passes"
                                         : "nothing passes");
        }
        if (passes) {
            e->answer = TRI_YES;
        }
    }
    e->watched = watched > 0;
    if (e->answer != TRI_YES && watched > 0 && down == watched) {
        e->answer = TRI_NO;
    }
    if (e->answer != TRI_NO) {
        e->strikes = 0;
    }
}

static enum tri says_up(const struct tunnel_view *v)
{
    switch (v->state) {
    case TUNNEL_UP:
    case TUNNEL_DEGRADED:
    case TUNNEL_BLACK_HOLED:
        return v->doubts & DOUBT_OLDER ? TRI_UNKNOWN : TRI_YES;
    case TUNNEL_DOWN:
    case TUNNEL_CONNECTING:
        return TRI_NO;
    case TUNNEL_UNKNOWN:
    case TUNNEL_STATES:
        break;
    }
    return TRI_UNKNOWN;
}

static bool is_of(enum config_tunnel_kind kind, enum evidence_id id)
{
    return id == EVIDENCE_TUNNEL_AWS     ? kind == TUNNEL_AWS
           : id == EVIDENCE_TUNNEL_AZURE ? kind == TUNNEL_AZURE
                                         : kind == TUNNEL_STRONGSWAN || kind == TUNNEL_EXEC;
}

static void opinion_words(struct evidence *e, const struct snapshot *s, size_t i)
{
    const struct tunnel_view *v = &s->tunnels[i];
    const char *name = s->config->tunnels[i].name;
    const struct reading *last = s->sights[SLOT_TUNNEL + i].last;
    const struct tunnel_facts *f = last ? last->value : NULL;
    if (!last) {
        evidence_detail(e, "%.40s: not asked yet", name);
    } else if (last->state == READING_FAILED) {
        evidence_detail(e, "%.40s: %.110s", name, last->reason);
    } else if (v->remark[0]) {
        evidence_detail(e, "%s", v->remark);
    } else if (v->state == TUNNEL_UNKNOWN) {
        evidence_detail(e, "%.40s: out of sight", name);
    } else {
        evidence_detail(e, "%.40s: %.110s", name, f->detail);
    }
}

/* Of several views of one kind the one counts that says up; down only if all say so. */
static void opinion(struct gather *g, enum evidence_id id, enum route route)
{
    static const int rank[] = {[TRI_NO] = 1, [TRI_UNKNOWN] = 2, [TRI_YES] = 3};
    const struct config *cfg = g->s->config;
    struct evidence *e = evidence_row(g, id, route);
    int best = 0;
    for (size_t i = 0; i < cfg->n_tunnels; i++) {
        enum tri says = says_up(&g->s->tunnels[i]);
        if (is_of(cfg->tunnels[i].kind, id) && rank[says] > best) {
            best = rank[says];
            e->answer = says;
            e->age_ms = (struct opt_i64){0};
            evidence_rests_on(g, e, g->s->sights[SLOT_TUNNEL + i].last);
            opinion_words(e, g->s, i);
        }
    }
    e->watched = best > 0;
    e->strikes = e->answer == TRI_NO;
}

void evidence_opinions(struct gather *g)
{
    opinion(g, EVIDENCE_TUNNEL_AWS, ROUTE_CONTROL_PLANE);
    opinion(g, EVIDENCE_TUNNEL_AZURE, ROUTE_CONTROL_PLANE);
    opinion(g, EVIDENCE_TUNNEL_GATEWAY, ROUTE_DIRECT);
}
