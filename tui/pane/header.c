#include "tui/pane/pane.h"

#include <stdio.h>
#include <string.h>

#include "backend/app/http_health.h"
#include "backend/net/text.h"
#include "tui/format.h"

static enum glyph status_glyph(enum verdict_level level)
{
    switch (level) {
    case LEVEL_NORMAL:
        return GLYPH_OK;
    case LEVEL_WARNING:
        return GLYPH_WARN;
    case LEVEL_CRITICAL:
        return GLYPH_DOWN;
    case LEVEL_UNKNOWN:
        break;
    }
    return GLYPH_UNKNOWN;
}

static enum role status_role(enum verdict_level level)
{
    switch (level) {
    case LEVEL_NORMAL:
        return ROLE_BAND_OK;
    case LEVEL_WARNING:
        return ROLE_BAND_WARN;
    case LEVEL_CRITICAL:
        return ROLE_BAND_CRIT;
    case LEVEL_UNKNOWN:
        break;
    }
    return ROLE_BAND_UNKNOWN;
}

/* Age of the older of the two positions: as old as the comparison is. -1 when one is missing. */
static int64_t data_age_ms(const struct view *v)
{
    const struct reading *p = v->snap->sights[SLOT_PRIMARY_DB].good;
    const struct reading *r = v->snap->sights[SLOT_REPLICA_DB].good;
    if (!p || !r) {
        return -1;
    }
    int64_t oldest_ms = p->taken_at_ms < r->taken_at_ms ? p->taken_at_ms : r->taken_at_ms;
    return v->now_ms - oldest_ms;
}

static void freshness_words(const struct view *v, char *out, size_t out_size,
                            enum role *out_role)
{
    char age[FORMAT_MAX];
    int64_t age_ms = data_age_ms(v);
    enum glyph beat = (enum glyph)(GLYPH_BEAT0 + (int)(v->ui->beat % 4));
    if (age_ms < 0) {
        (void)snprintf(out, out_size, "%s no data", glyph(beat));
        *out_role = ROLE_BAR;
        return;
    }
    enum freshness f = freshness_of_age(age_ms, v->snap->config->poll.status_ms);
    const char *word = f == FRESHNESS_LIVE ? "live" : f == FRESHNESS_AGED ? "aged" : "STALE";
    (void)snprintf(out, out_size, "%s %s %s", glyph(beat), word, format_age(age, age_ms));
    *out_role = f >= FRESHNESS_STALE ? ROLE_MODE : ROLE_BAR;
}

/* Right end of the top line: the mode, loudly, or the clock and the age of the data. */
static int top_right(struct canvas *c, struct rect r, const struct view *v)
{
    char at[FORMAT_MAX], age[FORMAT_MAX], text[64];
    enum role role = ROLE_BAR;
    if (v->shown.past) {
        (void)snprintf(text, sizeof text, " HISTORY %s ",
                       format_utc_time(at, v->shown.wall_ms));
        return canvas_text_right(c, r.x + r.w, r.y, r.w, ROLE_MODE, text);
    }
    if (v->ui->paused) {
        (void)snprintf(text, sizeof text, " PAUSED %s ", format_age(age, v->held_ms));
        return canvas_text_right(c, r.x + r.w, r.y, r.w, ROLE_MODE, text);
    }
    freshness_words(v, text, sizeof text, &role);
    int x = canvas_text_right(c, r.x + r.w - 1, r.y, r.w, role, text);
    (void)format_utc_time(at, v->wall_ms);
    if (x - 2 - r.x < text_width_str(at)) {
        return x; /* half a time is a wrong time */
    }
    return canvas_text_right(c, x - 2, r.y, r.w, ROLE_BAR_STRONG, at);
}

static void top_line(struct canvas *c, struct rect r, const struct view *v)
{
    const struct config *cfg = v->snap->config;
    canvas_fill(c, (struct rect){r.x, r.y, r.w, 1}, ' ', ROLE_BAR);
    int end = top_right(c, r, v) - 2;
    int x = r.x + 1;
    x += canvas_text_fit(c, x, r.y, end - x, ROLE_BAR_STRONG, cfg->group);
    char sites[256];
    (void)snprintf(sites, sizeof sites, "   %.100s %s %.100s", cfg->primary.name,
                   glyph(GLYPH_ARROW), cfg->dr.name);
    if (end - x > 8) {
        (void)canvas_text_fit(c, x, r.y, end - x, ROLE_BAR, sites);
    }
}

/* As much of the time since when as leaves the sentence whole; the age at least. */
static void since_words(const struct view *v, int room, char out[96])
{
    char since[FORMAT_MAX], age[FORMAT_MAX];
    const struct verdict *s = &v->shown.verdict;
    (void)format_age(age, v->now_ms - s->since_ms);
    (void)snprintf(out, 96, "since %s (%s)", format_utc_time(since, s->since_wall_ms), age);
    if (text_width_str(s->sentence) + 2 + text_width_str(out) > room) {
        (void)snprintf(out, 96, "%s", age);
    }
}

static void status_line(struct canvas *c, struct rect r, const struct view *v)
{
    const struct verdict *s = &v->shown.verdict;
    enum role role = status_role(s->level);
    bool calm = s->level == LEVEL_NORMAL;
    int x = r.x + (r.w < 10 ? 0 : 1); /* down to one column: the glyph */
    int end = r.x + r.w - 1;
    canvas_fill(c, r, ' ', role);
    x += canvas_printf(c, x, r.y, calm ? ROLE_OK : role, "%s %s   ",
                       glyph(status_glyph(s->level)), verdict_name(s->kind));
    if (!v->shown.past && r.w >= 60) {
        char since[96];
        since_words(v, end - x, since);
        end = canvas_text_right(c, end, r.y, 28, calm ? ROLE_DIM : role, since) - 2;
    }
    (void)canvas_text_fit(c, x, r.y, end - x, role, s->sentence);
}

/* What a failover now would lose, and how blind that figure is. */
static int at_risk(struct canvas *c, struct rect r, const struct view *v)
{
    const struct shown *s = &v->shown;
    char tx[48], bytes[48], lag[48], more[64], age[FORMAT_MAX], text[256];
    gap_tx(&s->not_received, s->not_received_fresh, tx, sizeof tx);
    gap_bytes(&s->not_received, s->not_received_fresh, bytes, sizeof bytes);
    lag_words(s, lag, sizeof lag);
    if (s->unseen && s->primary.fresh != FRESHNESS_NONE && !s->past) {
        (void)snprintf(more, sizeof more, "+ %s unseen", format_age(age, s->primary.age_ms));
    } else {
        (void)snprintf(more, sizeof more, "%s %s", glyph(GLYPH_DOT), lag);
    }
    if (s->not_received.bytes.known || s->not_received.tx.known) {
        (void)snprintf(text, sizeof text, "%s %s %s %s", tx, glyph(GLYPH_DOT), bytes, more);
    } else if (strcmp(lag, "unknown") == 0) {
        (void)snprintf(text, sizeof text, "unknown");
    } else {
        (void)snprintf(text, sizeof text, "unknown %s", more);
    }
    bool none = s->not_received.bytes.known && s->not_received.bytes.v == 0 && !s->unseen;
    enum role role = none && s->not_received_fresh == FRESHNESS_LIVE ? ROLE_STRONG
                     : s->not_received.bytes.known && !none          ? ROLE_WARN
                                                                     : ROLE_UNKNOWN;
    int x = canvas_text_right(c, r.x + r.w - 1, r.y, r.w - 9, role, text);
    return canvas_text_right(c, x - 1, r.y, 7, ROLE_DIM, "At risk");
}

static int app_words(struct canvas *c, int x, int y, const struct view *v)
{
    const struct reading *last = v->snap->sights[SLOT_PRIMARY_APP].last;
    const struct app_facts *f = last ? last->value : NULL;
    if (!v->snap->config->primary.app.present || v->shown.past) {
        return 0;
    }
    int from = x;
    x += canvas_text(c, x, y, ROLE_DIM, "app ");
    if (!f) {
        x += canvas_printf(c, x, y, ROLE_UNKNOWN, "%s   ", glyph(GLYPH_UNKNOWN));
    } else if (pane_source_silent(v, SLOT_PRIMARY_APP)) {
        x += canvas_printf(c, x, y, ROLE_STALE, "%s stale   ", glyph(GLYPH_STALE));
    } else if (!f->status) {
        x += canvas_printf(c, x, y, ROLE_CRIT, "%s silent   ", glyph(GLYPH_DOWN));
    } else {
        x += canvas_printf(c, x, y, f->ok ? ROLE_OK : ROLE_CRIT, "%s %d   ",
                           glyph(f->ok ? GLYPH_OK : GLYPH_DOWN), f->status);
    }
    return x - from;
}

static void risk_line(struct canvas *c, struct rect r, const struct view *v)
{
    char rpo[FORMAT_MAX], rto[FORMAT_MAX];
    int end = at_risk(c, r, v) - 2;
    int x = r.x + 1;
    if (end - x < 16) { /* the app's longest state */
        return;
    }
    x += app_words(c, x, r.y, v);
    const struct config_objectives *o = &v->snap->config->objectives;
    char text[96];
    (void)snprintf(text, sizeof text, "RTO %s  RPO %s",
                   format_seconds(rto, (double)o->rto_ms / 1000),
                   format_seconds(rpo, (double)o->rpo_ms / 1000));
    if (text_width_str(text) <= end - x) {
        (void)canvas_text(c, x, r.y, ROLE_DIM, text);
    }
}

/* A site lost turns the whole header into one red band. */
static void band(struct canvas *c, struct rect r, const struct view *v)
{
    if (v->shown.verdict.level == LEVEL_CRITICAL && !v->shown.past && !v->ui->paused) {
        canvas_tint(c, r, ROLE_BAND_CRIT);
    }
}

static void big_lag(struct canvas *c, struct rect r, const struct view *v)
{
    char lag[48];
    lag_words(&v->shown, lag, sizeof lag);
    int x = r.x + 1 + canvas_text(c, r.x + 1, r.y, ROLE_DIM, "Lag ");
    (void)canvas_text_fit(c, x, r.y, r.x + r.w - x, lag_role(v), lag);
}

static void pane_line(struct canvas *c, struct rect r, const struct view *v, enum pane_id id)
{
    struct pane_state s = panes[id].state(v);
    int x = r.x + 1 + canvas_printf(c, r.x + 1, r.y, ROLE_DIM, "%-7s", panes[id].name);
    if (s.glyph < GLYPH_COUNT) {
        x += canvas_printf(c, x, r.y, s.role, "%s ", glyph(s.glyph));
    }
    (void)canvas_text_fit(c, x, r.y, r.x + r.w - x, s.role, s.text);
}

/* Too small for panes: a line a fact, the most important first. */
static void lines(struct canvas *c, struct rect r, const struct view *v)
{
    int order[] = {1, 3, 0, 2, 4, 5, 6}; /* which line goes first when there are few */
    bool show[7] = {false};
    for (int i = 0; i < 7 && i < r.h; i++) {
        show[order[i]] = true;
    }
    int y = r.y;
    for (int i = 0; i < 7; i++) {
        struct rect row = {r.x, y, r.w, 1};
        if (!show[i]) {
            continue;
        }
        y++;
        if (i == 0) {
            top_line(c, row, v);
        } else if (i == 1) {
            status_line(c, row, v);
        } else if (i == 2) {
            risk_line(c, row, v);
        } else if (i == 3) {
            big_lag(c, row, v);
        } else {
            static const enum pane_id ids[] = {PANE_BINLOG, PANE_TUNNEL, PANE_ALERTS};
            pane_line(c, row, v, ids[i - 4]);
        }
    }
}

void header_paint(struct canvas *c, struct rect r, const struct view *v)
{
    if (v->tier < TIER_STRIP) {
        lines(c, r, v);
        return;
    }
    top_line(c, r, v);
    status_line(c, (struct rect){r.x, r.y + 1, r.w, 1}, v);
    risk_line(c, (struct rect){r.x, r.y + 2, r.w, 1}, v);
    band(c, r, v);
}
