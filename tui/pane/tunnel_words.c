#include "tui/pane/tunnel.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"

/* What the view asks or looks at, before it has named a tunnel. */
static void target_of(const struct config_tunnel *cfg, char *out, size_t out_size)
{
    switch (cfg->kind) {
    case TUNNEL_PROBE:
        (void)snprintf(out, out_size, "%.100s:%u", cfg->probe.host, cfg->probe.port);
        return;
    case TUNNEL_AWS:
        (void)text_copy(out, out_size, cfg->aws.vpn_connection);
        return;
    case TUNNEL_AZURE:
        (void)text_copy(out, out_size, cfg->azure.connection);
        return;
    case TUNNEL_STRONGSWAN:
        (void)text_copy(out, out_size, cfg->socket);
        return;
    case TUNNEL_EXEC:
        (void)text_copy(out, out_size, cfg->command[0]);
        return;
    }
}

static bool is_address(const char *id)
{
    return id[0] && id[strspn(id, "0123456789abcdefABCDEF.:")] == '\0' && strpbrk(id, ".:");
}

/* Of these the end tells more than the beginning. */
static bool ends_matter(const char *id)
{
    for (const char *at = id; *at; at++) {
        if ((unsigned char)*at >= 0x80) {
            return false;
        }
    }
    return is_address(id) || id[0] == '/';
}

static void keep_end(const char *text, int max_w, char *out, size_t out_size)
{
    size_t n = strlen(text), keep = max_w > 1 ? (size_t)max_w - 1 : 0;
    (void)snprintf(out, out_size, "%s%s", glyph(GLYPH_ELLIPSIS),
                   text + (n > keep ? n - keep : 0));
}

void tunnel_id(const struct tunnel_look *l, int max_w, char *out, size_t out_size)
{
    char name[128], id[128], tagged[160];
    if (!l->leg && l->facts && l->view->n_legs > 1) {
        (void)snprintf(out, out_size, "%d of %zu up", l->view->up, l->view->n_legs);
        return;
    }
    if (l->leg && !l->view->data_plane) {
        (void)text_copy(name, sizeof name, l->leg->id);
    } else {
        target_of(l->cfg, name, sizeof name);
    }
    (void)alias_text(l->share, id, sizeof id, name); /* before its beginning is cut */
    if (l->view->data_plane && text_width_str(id) > max_w) {
        (void)alias_text(l->share, id, sizeof id, l->cfg->probe.host); /* its port tells less */
    }
    (void)snprintf(tagged, sizeof tagged, "t%zu %s", l->number, id);
    bool counted = l->leg && l->view->n_legs > 1 && is_address(name);
    if (counted && text_width_str(tagged) <= max_w) {
        (void)text_copy(out, out_size, tagged);
    } else if (ends_matter(id) && text_width_str(id) > max_w) {
        keep_end(id, max_w, out, out_size);
    } else {
        (void)text_copy(out, out_size, id);
    }
}

void tunnel_rates(const struct tunnel_look *l, char *out, size_t out_size)
{
    char in[FORMAT_MAX], outward[FORMAT_MAX];
    const struct tunnel_leg_view *leg = l->leg;
    out[0] = '\0';
    if (leg && leg->in_rate.known && leg->out_rate.known) {
        (void)snprintf(out, out_size, "%s%s %s%s", glyph(GLYPH_DOWNWARD),
                       format_bytes_brief(in, leg->in_rate.v), glyph(GLYPH_UP),
                       format_bytes_brief(outward, leg->out_rate.v));
    }
}

/* Both directions in one figure. A direction in which nothing goes is not in it. */
static void rates_brief(const struct tunnel_look *l, char *out, size_t out_size)
{
    char n[FORMAT_MAX];
    const struct tunnel_leg_view *leg = l->leg;
    out[0] = '\0';
    if (leg && leg->in_rate.known && leg->out_rate.known) {
        bool any = leg->in_rate.v > 0 || leg->out_rate.v > 0;
        (void)snprintf(out, out_size, "%s%s%s",
                       leg->in_rate.v > 0 || !any ? glyph(GLYPH_DOWNWARD) : "",
                       leg->out_rate.v > 0 || !any ? glyph(GLYPH_UP) : "",
                       format_bytes_brief(n, leg->in_rate.v + leg->out_rate.v));
    }
}

static void add(char *out, size_t out_size, const char *name, const char *value)
{
    size_t n = strlen(out);
    (void)snprintf(out + n, out_size - n, "%s%s%s", n > 0 ? "  " : "", name, value);
}

static void add_age(char *out, size_t out_size, const char *name, struct opt_i64 s, bool brief)
{
    char age[FORMAT_MAX];
    if (s.known) {
        add(out, out_size, name,
            brief ? format_age_brief(age, s.v * 1000) : format_age(age, s.v * 1000));
    }
}

static void gateway_figures(const struct tunnel_look *l, int level, char *out, size_t out_size)
{
    char rates[2 * FORMAT_MAX];
    add_age(out, out_size, "IKE ", l->said->ike_age_s, level > 0);
    if (level < 2) {
        add_age(out, out_size, "CHILD ", l->said->child_age_s, level > 0);
    }
    if (level == 0) {
        add_age(out, out_size, "rekey in ", l->said->rekey_s, true);
        tunnel_rates(l, rates, sizeof rates);
    } else {
        rates_brief(l, rates, sizeof rates);
    }
    if (rates[0]) {
        add(out, out_size, "", rates);
    }
}

static void add_loss(const struct tunnel_facts *f, bool tries, char *out, size_t out_size)
{
    char n[FORMAT_MAX], text[FORMAT_MAX + 24];
    if (f->loss.known) {
        (void)snprintf(text, sizeof text, tries ? "%s of %d" : "%s",
                       format_percent(n, f->loss.v), f->window);
        add(out, out_size, "loss ", text);
    }
}

static void probe_figures(const struct tunnel_look *l, int level, char *out, size_t out_size)
{
    const struct tunnel_facts *f = l->facts;
    char n[FORMAT_MAX];
    if (l->state == TUNNEL_DOWN || !f->rtt_ms.known) {
        (void)text_copy(out, out_size, f->detail);
        if (level < 2) {
            add_loss(f, level == 0, out, out_size);
        }
        return;
    }
    add(out, out_size, "rtt ", format_ms(n, f->rtt_ms.v));
    if (level < 2 && f->greeting_ms.known) {
        add(out, out_size, "sql ", format_ms(n, f->greeting_ms.v));
    }
    if (level < 3) {
        add_loss(f, level == 0, out, out_size);
    }
    if (level == 0 && l->state == TUNNEL_DEGRADED && f->detail[0] && !l->doubts) {
        add(out, out_size, "", f->detail);
    } else if (level == 0 && f->large_passes != TRI_UNKNOWN) {
        add(out, out_size, "large packets ",
            f->large_passes == TRI_YES ? "pass" : "are lost: the MTU");
    }
}

void tunnel_keys(const struct tunnel_look *l, char *out, size_t out_size)
{
    out[0] = '\0';
    if (l->said) {
        add_age(out, out_size, "IKE ", l->said->ike_age_s, false);
        add_age(out, out_size, "CHILD ", l->said->child_age_s, false);
        add_age(out, out_size, "rekey in ", l->said->rekey_s, false);
    }
}

void tunnel_figures(const struct tunnel_look *l, int level, char *out, size_t out_size)
{
    char rates[2 * FORMAT_MAX];
    out[0] = '\0';
    if (!l->facts) {
        return;
    }
    if (l->view->data_plane) {
        probe_figures(l, level, out, out_size);
        return;
    }
    if (!l->said) {
        return;
    }
    if (l->said->ike_age_s.known || l->said->child_age_s.known) {
        gateway_figures(l, level, out, out_size);
        return;
    }
    if (level == 0) {
        (void)text_copy(out, out_size, l->said->detail);
    }
    if (level < TUNNEL_FIGURE_LEVELS - 1) {
        tunnel_rates(l, rates, sizeof rates);
        if (rates[0]) {
            add(out, out_size, "", rates);
        }
    }
}
