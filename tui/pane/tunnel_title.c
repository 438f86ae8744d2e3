/* All views of the path in a few words: the pane's title, and its line in small windows. */
#include "tui/pane/tunnel.h"

#include <stdio.h>

/* What probes and opinions say, each summed up at the viewer's clock. */
struct sum {
    size_t probes, passing, failing;
    int up, expected; /* tunnels, as the opinions have it */
    bool trouble, unknown, black_holed;
};

static void add_probe(struct sum *sum, const struct tunnel_look *l)
{
    sum->probes++;
    sum->passing += l->state == TUNNEL_UP || l->state == TUNNEL_DEGRADED;
    sum->failing += l->state == TUNNEL_DOWN;
    sum->trouble |= l->state == TUNNEL_DEGRADED || l->state == TUNNEL_DOWN || l->doubts;
    sum->unknown |= l->state == TUNNEL_UNKNOWN;
}

static void add_opinion(struct sum *sum, const struct tunnel_look *l)
{
    bool known = l->facts && l->state != TUNNEL_UNKNOWN;
    int up = known ? l->view->up : 0;
    sum->expected += l->cfg->expected_up;
    sum->up += up < l->cfg->expected_up ? up : l->cfg->expected_up;
    sum->unknown |= !known;
    sum->trouble |= known && (l->state != TUNNEL_UP || l->doubts);
    sum->black_holed |= l->state == TUNNEL_BLACK_HOLED;
}

static struct sum sum_of(const struct view *v)
{
    struct sum sum = {0};
    for (size_t i = 0; i < v->snap->config->n_tunnels; i++) {
        struct tunnel_look l = tunnel_look(v, i, TUNNEL_WHOLE);
        if (l.cfg->kind == TUNNEL_PROBE) {
            add_probe(&sum, &l);
        } else {
            add_opinion(&sum, &l);
        }
    }
    return sum;
}

static const char *path_word(const struct sum *sum)
{
    if (sum->probes == 0) {
        return "no probe";
    }
    if (sum->passing > 0) {
        return "passes";
    }
    if (sum->failing < sum->probes) {
        return "unknown";
    }
    return sum->black_holed ? "BLACK-HOLED" : "DOWN";
}

/* Probes decide. Without one that tells, nothing here is green. */
static struct pane_state judge(const struct sum *sum)
{
    if (sum->probes > 0 && sum->failing == sum->probes) {
        return (struct pane_state){.role = ROLE_CRIT, .glyph = GLYPH_DOWN};
    }
    if (sum->trouble) {
        return (struct pane_state){.role = ROLE_WARN, .glyph = GLYPH_WARN};
    }
    if (sum->passing == 0 || sum->unknown) {
        return (struct pane_state){.role = ROLE_UNKNOWN, .glyph = GLYPH_UNKNOWN};
    }
    return (struct pane_state){.role = ROLE_OK, .glyph = GLYPH_OK};
}

struct pane_state tunnel_state_of(const struct view *v)
{
    struct sum sum = sum_of(v);
    struct pane_state s = judge(&sum);
    if (v->shown.past) {
        s = (struct pane_state){.role = ROLE_MODE, .glyph = GLYPH_DOT};
        (void)snprintf(s.text, sizeof s.text, "history");
        return s;
    }
    if (v->snap->config->n_tunnels == 0) {
        (void)snprintf(s.text, sizeof s.text, "not configured");
        return s;
    }
    int n = snprintf(s.text, sizeof s.text, "%s", path_word(&sum));
    if (sum.passing > 0 && sum.passing < sum.probes) {
        n = snprintf(s.text, sizeof s.text, "%zu/%zu pass", sum.passing, sum.probes);
    }
    if (sum.expected > 0) {
        (void)snprintf(s.text + n, sizeof s.text - (size_t)n,
                       s.role == ROLE_CRIT ? " %d/%d" : ", %d of %d", sum.up, sum.expected);
    }
    return s;
}

void tunnel_line(struct canvas *c, struct rect r, const struct view *v)
{
    struct pane_state s = tunnel_state_of(v);
    char ms[FORMAT_MAX];
    int x = r.x + canvas_text(c, r.x, r.y, ROLE_TITLE, "Tunnel ");
    x += canvas_printf(c, x, r.y, s.role, "%s %s", glyph(s.glyph), s.text);
    if (v->shown.rtt_ms.known) {
        x += canvas_printf(c, x, r.y, ROLE_TEXT, "  rtt %s", format_ms(ms, v->shown.rtt_ms.v));
    }
    tunnel_app_word(c, r, x, v);
}
