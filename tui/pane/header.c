#include "tui/pane/pane.h"

#include <stdio.h>
#include <string.h>

#include "backend/app/http_health.h"
#include "backend/net/text.h"
#include "tui/format.h"

static enum role level_role(const struct shown *s)
{
    switch (s->verdict.level) {
    case LEVEL_NORMAL:
        return ROLE_BAND_OK;
    case LEVEL_WARNING:
        return ROLE_BAND_WARN;
    case LEVEL_CRITICAL:
        return s->past || s->verdict.confirmed ? ROLE_BAND_CRIT : ROLE_BAND_WARN;
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

void freshness_words(const struct view *v, char *out, size_t out_size, enum role *out_role)
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

/* That it is not now is the loudest thing to know of a picture. */
static int when_right(struct canvas *c, struct rect r, const struct view *v)
{
    char at[FORMAT_MAX], day[FORMAT_MAX], how[32] = "", now[64] = "", text[160];
    const struct view_when *w = &v->when;
    (void)format_utc(day, v->wall_ms);
    day[strcspn(day, " ")] = '\0';
    if (w->kind == WHEN_HISTORY && verdict_level_of(w->now) > LEVEL_NORMAL && r.w >= 100) {
        (void)snprintf(now, sizeof now, "now: %s   ", verdict_name(w->now));
    }
    if (w->kind == WHEN_REPLAY && w->playing) {
        (void)snprintf(how, sizeof how, " x%d", w->speed);
    } else if (w->kind == WHEN_REPLAY) {
        (void)snprintf(how, sizeof how, " paused");
    }
    (void)snprintf(text, sizeof text, " %s%s%s%s %s%s%s ", now, r.w >= 60 ? day : "",
                   r.w >= 60 ? " " : "", w->kind == WHEN_REPLAY ? "REPLAY" : "HISTORY",
                   format_utc_time(at, v->wall_ms), how, w->reading ? "..." : "");
    return canvas_text_right(c, r.x + r.w, r.y, r.w, ROLE_MODE, text);
}

int header_right(struct canvas *c, struct rect r, const struct view *v, enum role role,
                 bool with_age)
{
    char at[FORMAT_MAX], age[FORMAT_MAX], text[64];
    if (v->when.kind != WHEN_NOW) {
        return when_right(c, r, v);
    }
    if (v->shown.past) {
        (void)snprintf(text, sizeof text, " HISTORY %s ",
                       format_utc_time(at, v->shown.wall_ms));
        return canvas_text_right(c, r.x + r.w, r.y, r.w, ROLE_MODE, text);
    }
    if (v->ui->paused) {
        (void)snprintf(text, sizeof text, " PAUSED %s ", format_age(age, v->held_ms));
        return canvas_text_right(c, r.x + r.w, r.y, r.w, ROLE_MODE, text);
    }
    enum role age_role = role;
    if (with_age) {
        freshness_words(v, text, sizeof text, &age_role);
    } else {
        (void)snprintf(text, sizeof text, "%s",
                       glyph((enum glyph)(GLYPH_BEAT0 + (int)(v->ui->beat % 4))));
    }
    int x = canvas_text_right(c, r.x + r.w - 1, r.y, r.w, age_role, text);
    (void)format_utc_time(at, v->wall_ms);
    int gap = with_age ? 2 : 1;
    if (x - gap - r.x < text_width_str(at)) {
        return x; /* half a time is a wrong time */
    }
    return canvas_text_right(c, x - gap, r.y, r.w, with_age ? ROLE_BAR_STRONG : role, at);
}

/* What is not as it should be with drtop itself; the clock stays, the sites' names may go. */
static int top_notes(struct canvas *c, int x, int end, int y, const struct view *v)
{
    char text[256], framed[280];
    record_words(v, text, sizeof text);
    if (text[0] && end - x > 12) {
        (void)snprintf(framed, sizeof framed, " %s ", text);
        int room = c->w * 2 / 5 < end - x ? c->w * 2 / 5 : end - x;
        end = canvas_text_right(c, end, y, room, ROLE_MODE, framed) - 1;
    }
    if (v->snap->maintenance && !v->shown.past && end - x > 12) {
        (void)snprintf(framed, sizeof framed, " MAINT %.200s ", v->snap->maintenance);
        end = canvas_text_right(c, end, y, end - x > 40 ? 40 : end - x, ROLE_MODE, framed) - 1;
    }
    if (v->read_only && end - x > 50) {
        end = canvas_text_right(c, end - 1, y, 9, ROLE_BAR, "read-only") - 1;
    }
    return end;
}

static void top_line(struct canvas *c, struct rect r, const struct view *v)
{
    const struct config *cfg = v->snap->config;
    canvas_fill(c, (struct rect){r.x, r.y, r.w, 1}, ' ', ROLE_BAR);
    int end = header_right(c, r, v, ROLE_BAR, true) - 2;
    int x = r.x + 1;
    x += canvas_text_fit(c, x, r.y, end - x, ROLE_BAR_STRONG, cfg->group);
    char sites[256];
    (void)snprintf(sites, sizeof sites, "   %.100s %s %.100s", cfg->primary.name,
                   glyph(GLYPH_ARROW), cfg->dr.name);
    end = top_notes(c, x + 2, end, r.y, v);
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

static void verdict_line(struct canvas *c, struct rect r, const struct view *v)
{
    const struct shown *s = &v->shown;
    enum role role = level_role(s);
    bool calm = s->verdict.level == LEVEL_NORMAL;
    int x = r.x + (r.w < 10 ? 0 : 1); /* down to one column: the glyph */
    int end = r.x + r.w - 1;
    canvas_fill(c, r, ' ', role);
    x += canvas_printf(c, x, r.y, calm ? ROLE_OK : role, "%s %s%s   ",
                       glyph(level_glyph(s->verdict.level)), verdict_name(s->verdict.kind),
                       verdict_doubt(s));
    if (!s->past && r.w >= 60) {
        char since[96];
        since_words(v, end - x, since);
        end = canvas_text_right(c, end, r.y, 28, calm ? ROLE_DIM : role, since) - 2;
    }
    char words[SENTENCE_MAX];
    verdict_words(v, end - x, words);
    (void)canvas_text_fit(c, x, r.y, end - x, role, words);
}

/* What a failover now would lose, and how blind that figure is. */
static int at_risk(struct canvas *c, struct rect r, const struct view *v)
{
    const struct shown *s = &v->shown;
    char risk[160], lag[48], text[256];
    bool known = s->not_received.bytes.known;
    lag_words(s, lag, sizeof lag);
    for (int level = 0; level < 3; level++) {
        risk_words(s, level, risk, sizeof risk);
        if (text_width_str(risk) <= r.w - 10) {
            break;
        }
    }
    bool aside = !s->unseen && (known || strcmp(lag, "unknown") != 0);
    (void)snprintf(text, sizeof text, "%s%s%s%s%s", risk, aside ? " " : "",
                   aside ? glyph(GLYPH_DOT) : "", aside ? " " : "", aside ? lag : "");
    bool none = known && s->not_received.bytes.v == 0 && !s->unseen;
    enum role role = none && s->not_received_fresh == FRESHNESS_LIVE ? ROLE_STRONG
                     : known && !none                                ? ROLE_WARN
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

/* How long a failover may take, and how long it took, or is thought to take, in less and less
 * room. */
static void ready_words(const struct view *v, int level, char *out, size_t out_size)
{
    char rto[FORMAT_MAX], took[FORMAT_MAX], ago[FORMAT_MAX];
    const struct rto *o = &v->shown.rto;
    (void)format_clock(rto, o->objective_ms, false);
    if (v->shown.past || level == 2) {
        (void)snprintf(out, out_size, "RTO %s", rto);
    } else if (o->last_took_ms.known && o->last_wall_ms.known) {
        (void)format_clock(took, o->last_took_ms.v, false);
        (void)format_age(ago, v->wall_ms - o->last_wall_ms.v);
        (void)snprintf(out, out_size,
                       level == 1 ? "RTO %s %s run %s" : "RTO %s %s last run %s, %s ago", rto,
                       glyph(GLYPH_DOT), took, ago);
    } else {
        (void)format_clock(took, o->pipeline_ms, false);
        (void)snprintf(out, out_size, "RTO %s %s %sestimate %s", rto, glyph(GLYPH_DOT),
                       level == 1 ? "" : "failover ", took);
    }
}

static void risk_line(struct canvas *c, struct rect r, const struct view *v)
{
    char text[128];
    int end = at_risk(c, r, v) - 2;
    int x = r.x + 1;
    for (int level = 0; level < 3; level++) {
        ready_words(v, level, text, sizeof text);
        if (text_width_str(text) <= end - x) {
            x += canvas_text(c, x, r.y, ROLE_DIM, text) + 3;
            break;
        }
    }
    if (r.w >= 100 && end - x >= 16) { /* the app's longest state */
        (void)app_words(c, x, r.y, v);
    }
}

static void big_lag(struct canvas *c, struct rect r, const struct view *v)
{
    char lag[48];
    lag_words(&v->shown, lag, sizeof lag);
    int x = r.x + 1 + canvas_text(c, r.x + 1, r.y, ROLE_DIM, "Lag ");
    (void)canvas_text_fit(c, x, r.y, r.x + r.w - x, lag_role(v), lag);
}

void header_pane_line(struct canvas *c, struct rect r, const struct view *v, enum pane_id id)
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
            verdict_line(c, row, v);
        } else if (i == 2) {
            risk_line(c, row, v);
        } else if (i == 3) {
            big_lag(c, row, v);
        } else {
            static const enum pane_id ids[] = {PANE_BINLOG, PANE_TUNNEL, PANE_ALERTS};
            header_pane_line(c, row, v, ids[i - 4]);
        }
    }
}

void header_paint(struct canvas *c, struct rect r, const struct view *v)
{
    bool loud = verdict_is_loud(&v->shown);
    if (v->tier < TIER_STRIP) {
        (loud ? outage_lines : lines)(c, r, v);
        return;
    }
    if (loud) {
        outage_paint(c, r, v);
        return;
    }
    top_line(c, r, v);
    verdict_line(c, (struct rect){r.x, r.y + 1, r.w, 1}, v);
    risk_line(c, (struct rect){r.x, r.y + 2, r.w, 1}, v);
}
