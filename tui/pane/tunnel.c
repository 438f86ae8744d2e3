#include "tui/pane/pane.h"

#include <stdio.h>

#include "backend/app/anchor.h"
#include "backend/app/http_health.h"
#include "backend/tunnel/provider.h"
#include "tui/format.h"

#define LABEL_W 7

struct word {
    enum role role;
    enum glyph glyph;
    const char *text;
};

static struct word word_of(enum tunnel_state t)
{
    switch (t) {
    case TUNNEL_UP:
        return (struct word){ROLE_OK, GLYPH_OK, "UP"};
    case TUNNEL_DEGRADED:
        return (struct word){ROLE_WARN, GLYPH_WARN, "LOSSY"};
    case TUNNEL_DOWN:
        return (struct word){ROLE_CRIT, GLYPH_DOWN, "DOWN"};
    default:
        break;
    }
    return (struct word){ROLE_UNKNOWN, GLYPH_UNKNOWN, "UNKNOWN"};
}

/* The state as of the viewer's clock: a view that says nothing new becomes STALE by itself. */
static struct word word_at(const struct view *v, enum slot slot)
{
    const struct sight *s = &v->snap->sights[slot];
    if (!s->last) {
        return word_of(TUNNEL_UNKNOWN);
    }
    if (pane_source_silent(v, slot)) {
        return (struct word){ROLE_STALE, GLYPH_STALE, "STALE"};
    }
    const struct tunnel_facts *f = s->last->value;
    return word_of(s->last->state == READING_FRESH && f ? f->state : TUNNEL_UNKNOWN);
}

struct pane_state tunnel_state_of(const struct view *v)
{
    size_t up = 0, n = v->snap->config->n_tunnels;
    struct pane_state s = {.role = ROLE_OK, .glyph = GLYPH_OK};
    for (size_t i = 0; i < n; i++) {
        struct word w = word_at(v, SLOT_TUNNEL + (enum slot)i);
        if (w.glyph == GLYPH_OK) {
            up++;
        } else {
            s.role = w.role;
            s.glyph = w.glyph;
        }
    }
    if (v->shown.past) {
        s = (struct pane_state){.role = ROLE_MODE, .glyph = GLYPH_DOT};
        (void)snprintf(s.text, sizeof s.text, "history");
    } else if (n == 0) {
        s = (struct pane_state){.role = ROLE_UNKNOWN, .glyph = GLYPH_UNKNOWN};
        (void)snprintf(s.text, sizeof s.text, "not configured");
    } else {
        (void)snprintf(s.text, sizeof s.text, "%zu of %zu", up, n);
    }
    return s;
}

static void view_row(struct canvas *c, struct rect r, const struct view *v, enum slot slot,
                     const struct tunnel_facts *f)
{
    const struct config_tunnel *cfg = &v->snap->config->tunnels[slot - SLOT_TUNNEL];
    struct word w = word_at(v, slot);
    char age[FORMAT_MAX] = "", text[64], target[300];
    if (f && f->state != TUNNEL_UNKNOWN) {
        (void)format_age(age, v->now_ms - f->since_ms);
    }
    (void)snprintf(text, sizeof text, "%s %s %s", glyph(w.glyph), w.text, age);
    int from = canvas_text_right(c, r.x + r.w, r.y, 18, w.role, text);
    (void)canvas_text_fit(c, r.x, r.y, LABEL_W - 1, ROLE_ACCENT, cfg->name);
    (void)snprintf(target, sizeof target, "%.250s:%u", cfg->probe.host, cfg->probe.port);
    (void)canvas_text_fit(c, r.x + LABEL_W, r.y, from - r.x - LABEL_W - 1, ROLE_TEXT, target);
}

static void figures_row(struct canvas *c, struct rect r, const struct tunnel_facts *f)
{
    char rtt[FORMAT_MAX], loss[FORMAT_MAX], greeting[FORMAT_MAX];
    int x = r.x + LABEL_W, end = r.x + r.w;
    if (f->loss.known) {
        char text[64];
        (void)snprintf(text, sizeof text, "loss %s", format_percent(loss, f->loss.v));
        end = canvas_text_right(c, end, r.y, 12, f->loss.v > 0 ? ROLE_WARN : ROLE_DIM, text);
    }
    if (f->state == TUNNEL_DOWN || !f->rtt_ms.known) {
        (void)canvas_text_fit(c, x, r.y, end - x - 1, ROLE_WARN, f->detail);
        return;
    }
    x += canvas_text(c, x, r.y, ROLE_DIM, "rtt ");
    x += canvas_text(c, x, r.y, ROLE_STRONG, format_ms(rtt, f->rtt_ms.v));
    if (f->greeting_ms.known && end - x > 18) {
        x += canvas_text(c, x, r.y, ROLE_DIM, "  sql ");
        (void)canvas_text(c, x, r.y, ROLE_TEXT, format_ms(greeting, f->greeting_ms.v));
    }
}

static void view_rows(struct canvas *c, struct rows *rows, const struct view *v, enum slot slot)
{
    const struct reading *last = v->snap->sights[slot].last;
    const struct tunnel_facts *f = last ? last->value : NULL;
    struct rect row;
    if (rows_next(rows, &row)) {
        view_row(c, row, v, slot, f);
    }
    if (!rows_next(rows, &row)) {
        return;
    }
    if (f && last->state == READING_FRESH) {
        figures_row(c, row, f);
    } else {
        (void)canvas_text_fit(c, row.x + LABEL_W, row.y, row.w - LABEL_W, ROLE_UNKNOWN,
                              last ? last->reason : "no answer yet");
    }
}

/* label, name, state at the right: the shape of everything that is not a tunnel */
static void short_row(struct canvas *c, struct rows *rows, const char *label, const char *name,
                      enum role role, const char *text)
{
    struct rect row;
    if (!rows_next(rows, &row)) {
        return;
    }
    int room = row.w - LABEL_W - 8;
    int from = canvas_text_right(c, row.x + row.w, row.y, room, role, text);
    (void)canvas_text(c, row.x, row.y, ROLE_LABEL, label);
    (void)canvas_text_fit(c, row.x + LABEL_W, row.y, from - row.x - LABEL_W - 1, ROLE_TEXT,
                          name);
}

static void app_row(struct canvas *c, struct rows *rows, const struct view *v, enum slot slot,
                    const struct config_app *cfg, const char *name)
{
    const struct reading *last = v->snap->sights[slot].last;
    const struct app_facts *f = last ? last->value : NULL;
    char text[320], ms[FORMAT_MAX] = "";
    if (!cfg->present) {
        return;
    }
    if (!f) {
        short_row(c, rows, "app", name, ROLE_UNKNOWN, "? no answer yet");
        return;
    }
    if (f->total_us.known) {
        (void)format_ms(ms, (double)f->total_us.v / 1000);
    }
    enum role role = f->ok ? ROLE_OK : cfg->expected ? ROLE_CRIT : ROLE_DIM;
    if (pane_source_silent(v, slot)) {
        (void)snprintf(text, sizeof text, "%s STALE", glyph(GLYPH_STALE));
        role = ROLE_STALE;
    } else if (f->ok) {
        (void)snprintf(text, sizeof text, "%s %d  %s", glyph(GLYPH_OK), f->status, ms);
    } else if (!cfg->expected && last->state == READING_FAILED) {
        (void)snprintf(text, sizeof text, "%s none, as expected", glyph(GLYPH_DOT));
    } else if (last->state == READING_FAILED) {
        (void)snprintf(text, sizeof text, "%s %s", glyph(GLYPH_DOWN), last->reason);
    } else {
        (void)snprintf(text, sizeof text, "%s %d  %s", glyph(GLYPH_WARN), f->status, ms);
    }
    short_row(c, rows, "app", name, role, text);
}

static void anchor_row(struct canvas *c, struct rows *rows, const struct view *v, size_t i)
{
    const struct reading *last = v->snap->sights[SLOT_ANCHOR + i].last;
    const struct anchor_facts *f = last ? last->value : NULL;
    char text[320], ms[FORMAT_MAX] = "";
    enum role role = ROLE_UNKNOWN;
    if (!last) {
        (void)snprintf(text, sizeof text, "%s no answer yet", glyph(GLYPH_UNKNOWN));
    } else if (last->state == READING_FRESH) {
        if (f && f->round_trip_us.known) {
            (void)format_ms(ms, (double)f->round_trip_us.v / 1000);
        }
        role = ROLE_OK;
        (void)snprintf(text, sizeof text, "%s %s", glyph(GLYPH_OK), ms);
    } else {
        role = ROLE_WARN;
        (void)snprintf(text, sizeof text, "%s %s", glyph(GLYPH_WARN), last->reason);
    }
    short_row(c, rows, "anchor", v->snap->config->anchors[i].name, role, text);
}

static void past_rows(struct canvas *c, struct rows *rows, const struct view *v)
{
    char ms[FORMAT_MAX];
    const struct opt_f64 *rtt = &v->shown.rtt_ms;
    const char *name = v->snap->config->n_tunnels ? v->snap->config->tunnels[0].name : "tunnel";
    if (rtt->known) {
        short_row(c, rows, "rtt", name, ROLE_STRONG, format_ms(ms, rtt->v));
    } else {
        short_row(c, rows, "rtt", name, ROLE_UNKNOWN, "no answer then");
    }
}

void tunnel_paint(struct canvas *c, struct rect r, struct view *v)
{
    const struct config *cfg = v->snap->config;
    struct rows rows = rows_begin(r, v, PANE_TUNNEL);
    if (v->shown.past) {
        past_rows(c, &rows, v);
        rows_end(&rows);
        return;
    }
    for (size_t i = 0; i < cfg->n_tunnels; i++) {
        view_rows(c, &rows, v, SLOT_TUNNEL + (enum slot)i);
    }
    app_row(c, &rows, v, SLOT_PRIMARY_APP, &cfg->primary.app, "primary");
    app_row(c, &rows, v, SLOT_DR_APP, &cfg->dr.app, "DR");
    for (size_t i = 0; i < cfg->n_anchors; i++) {
        anchor_row(c, &rows, v, i);
    }
    rows_end(&rows);
}

void tunnel_line(struct canvas *c, struct rect r, const struct view *v)
{
    struct pane_state s = tunnel_state_of(v);
    const struct reading *app = v->snap->sights[SLOT_PRIMARY_APP].last;
    const struct app_facts *f = app ? app->value : NULL;
    char text[64], ms[FORMAT_MAX];
    int x = r.x + canvas_text(c, r.x, r.y, ROLE_TITLE, "Tunnel ");
    x += canvas_printf(c, x, r.y, s.role, "%s %s", glyph(s.glyph), s.text);
    if (v->shown.rtt_ms.known) {
        x += canvas_printf(c, x, r.y, ROLE_TEXT, "  rtt %s", format_ms(ms, v->shown.rtt_ms.v));
    }
    if (v->shown.past || !v->snap->config->primary.app.present) {
        return;
    }
    if (f && f->status) {
        (void)snprintf(text, sizeof text, "app %s %d", glyph(f->ok ? GLYPH_OK : GLYPH_WARN),
                       f->status);
    } else {
        (void)snprintf(text, sizeof text, "app %s", glyph(f ? GLYPH_DOWN : GLYPH_UNKNOWN));
    }
    (void)canvas_text_right(c, r.x + r.w, r.y, r.x + r.w - x - 1,
                            f && f->ok ? ROLE_OK
                            : f        ? ROLE_CRIT
                                       : ROLE_UNKNOWN,
                            text);
}
