/* The rows of the tunnel pane that are no tunnels: both applications, and the anchors. */
#include "tui/pane/tunnel.h"

#include <stdio.h>

#include "backend/app/anchor.h"
#include "backend/app/http_health.h"

/* label, name, state at the right: the shape of everything that is not a tunnel */
static void short_row(struct canvas *c, struct rows *rows, const char *label, const char *name,
                      enum role role, const char *text)
{
    struct rect row;
    if (!rows_next(rows, &row)) {
        return;
    }
    int room = row.w - TUNNEL_LABEL_W - 8;
    int from = canvas_text_right(c, row.x + row.w, row.y, room, role, text);
    (void)canvas_text(c, row.x, row.y, ROLE_LABEL, label);
    (void)canvas_text_fit(c, row.x + TUNNEL_LABEL_W, row.y, from - row.x - TUNNEL_LABEL_W - 1,
                          ROLE_TEXT, name);
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
        (void)snprintf(text, sizeof text, "? %.200s", last ? last->reason : "no answer yet");
        short_row(c, rows, "app", name, ROLE_UNKNOWN, text);
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

void tunnel_site_rows(struct canvas *c, struct rows *rows, const struct view *v)
{
    const struct config *cfg = v->snap->config;
    app_row(c, rows, v, SLOT_PRIMARY_APP, &cfg->primary.app, "primary");
    app_row(c, rows, v, SLOT_DR_APP, &cfg->dr.app, "DR");
    for (size_t i = 0; i < cfg->n_anchors; i++) {
        anchor_row(c, rows, v, i);
    }
}

int tunnel_site_count(const struct config *cfg)
{
    return cfg->primary.app.present + cfg->dr.app.present + (int)cfg->n_anchors;
}

void tunnel_app_word(struct canvas *c, struct rect r, int from, const struct view *v)
{
    const struct reading *app = v->snap->sights[SLOT_PRIMARY_APP].last;
    const struct app_facts *f = app ? app->value : NULL;
    char text[64];
    if (v->shown.past || !v->snap->config->primary.app.present) {
        return;
    }
    if (f && f->status) {
        (void)snprintf(text, sizeof text, "app %s %d", glyph(f->ok ? GLYPH_OK : GLYPH_WARN),
                       f->status);
    } else {
        (void)snprintf(text, sizeof text, "app %s", glyph(f ? GLYPH_DOWN : GLYPH_UNKNOWN));
    }
    (void)canvas_text_right(c, r.x + r.w, r.y, r.x + r.w - from - 1,
                            f && f->ok ? ROLE_OK
                            : f        ? ROLE_CRIT
                                       : ROLE_UNKNOWN,
                            text);
}
