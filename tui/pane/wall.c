/* The screen in a room. It is read from across it: the verdict and the figures in letters five rows
 * high and more; what is below is for whoever steps up. Nothing here waits for a key. */
#include "tui/pane/pane.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"
#include "tui/big.h"
#include "tui/format.h"

/* A red field is seen before a word is read. One that stands for days would burn in, so after that
 * time the letters say it alone. */
#define FIELD_MS 3600000

#define RECORD_SILENT_MS 15000
#define STRIP_W          59 /* 60x16 without the margin */
#define STRIP_H          15
#define CLOCK_GAP        4

struct places {
    struct rect top, verdict, sentence, figures, pages, sweep;
    int times; /* of the figures */
};

static enum role level_role(const struct shown *s)
{
    switch (s->verdict.level) {
    case LEVEL_NORMAL:
        return ROLE_OK;
    case LEVEL_WARNING:
        return ROLE_WARN;
    case LEVEL_CRITICAL:
        return s->verdict.confirmed ? ROLE_CRIT : ROLE_WARN;
    case LEVEL_UNKNOWN:
        break;
    }
    return ROLE_UNKNOWN;
}

static enum role field_role(const struct view *v)
{
    const struct verdict *d = &v->shown.verdict;
    if (v->shown.hung) {
        return v->now_ms - v->snap->taken_at_ms < FIELD_MS ? ROLE_BAND_UNKNOWN : ROLE_TEXT;
    }
    if (!verdict_is_loud(&v->shown) || v->now_ms - d->since_ms >= FIELD_MS) {
        return ROLE_TEXT;
    }
    return d->confirmed ? ROLE_BAND_CRIT : ROLE_BAND_WARN;
}

/* What is written largest; level 1 is shorter, where there is no room for the name. */
static void verdict_word(const struct view *v, int level, char *out, size_t out_size)
{
    static const char *const shorter[VERDICT_KINDS] = {
        [VERDICT_REPLICATION_BROKEN] = "REPL BROKEN",
        [VERDICT_DR_NOT_READY] = "DR UNREADY",
        [VERDICT_PRIMARY_DOWN] = "PRIM DOWN",
        [VERDICT_OBSERVER_ISOLATED] = "ISOLATED"};
    char age[FORMAT_MAX];
    const struct shown *s = &v->shown;
    if (s->hung) {
        (void)snprintf(out, out_size, level ? "STALE" : "STALE %s",
                       format_age(age, v->now_ms - v->snap->taken_at_ms));
        return;
    }
    const char *name = level && shorter[s->verdict.kind] ? shorter[s->verdict.kind]
                                                         : verdict_name(s->verdict.kind);
    (void)snprintf(out, out_size, "%s%s", name, verdict_doubt(s)[0] ? "?" : "");
}

/* The word as large as it can be; returns the size, 0 where not even the shorter one fits. */
static int verdict_fit(const struct view *v, int w, int max, char *out, size_t out_size)
{
    for (int level = 0; level < 2; level++) {
        verdict_word(v, level, out, out_size);
        for (int times = max; times > 0; times--) {
            if (big_width_times(out, times) <= w) {
                return times;
            }
        }
    }
    return 0;
}

/* The clock in large digits, where the verdict leaves room: one that stands still is seen. */
static void large_clock(struct canvas *c, struct rect r, const struct view *v, int x, int times)
{
    char at[FORMAT_MAX];
    (void)format_utc_time(at, v->wall_ms);
    at[strcspn(at, "Z")] = '\0';
    for (; times > 0; times--) {
        int w = big_width_times(at, times);
        if (r.x + r.w - x - CLOCK_GAP >= w) {
            (void)big_text_times(c, r.x + r.w - w, r.y + r.h - BIG_ROWS * times, times,
                                 ROLE_DIM, at);
            return;
        }
    }
}

static void verdict_paint(struct canvas *c, struct rect r, const struct view *v, int max)
{
    char word[64];
    enum role field = field_role(v), role = level_role(&v->shown);
    int times = verdict_fit(v, r.w - (field == ROLE_TEXT ? 0 : 2), max, word, sizeof word);
    int x = r.x;
    if (field != ROLE_TEXT) {
        canvas_fill(c, r, ' ', field);
        role = field;
        x += 1;
    }
    if (times == 0) {
        (void)canvas_text_fit(c, x, r.y + r.h / 2, r.w, role, word);
        return;
    }
    x += big_text_times(c, x, r.y + r.h - BIG_ROWS * times, times, role, word);
    if (field == ROLE_TEXT) {
        large_clock(c, r, v, x, times);
    }
}

static void top_line(struct canvas *c, struct rect r, const struct view *v)
{
    char at[FORMAT_MAX], text[256];
    const struct config *cfg = v->snap->config;
    enum role role = ROLE_DIM;
    int end = canvas_text_right(c, r.x + r.w, r.y, r.w, ROLE_STRONG,
                                format_utc_time(at, v->wall_ms)) -
              2;
    freshness_words(v, text, sizeof text, &role);
    if (r.w >= STRIP_W) {
        end =
            canvas_text_right(c, end, r.y, 24, role == ROLE_BAR ? ROLE_DIM : ROLE_WARN, text) -
            2;
    }
    int x = r.x + canvas_text_fit(c, r.x, r.y, end - r.x, ROLE_STRONG, cfg->group);
    (void)snprintf(text, sizeof text, "   %.100s %s %.100s", cfg->primary.name,
                   glyph(GLYPH_ARROW), cfg->dr.name);
    if (end - x > 12) {
        (void)canvas_text_fit(c, x, r.y, end - x, ROLE_DIM, text);
    }
}

/* All of it, or as much as w cells hold. */
static void sentence_words(const struct view *v, int w, char *out, size_t out_size)
{
    static const char stale[] = "STALE: "; /* the large word says it already */
    const struct shown *s = &v->shown;
    char words[SENTENCE_MAX];
    (void)snprintf(out, out_size, "%s%s%s ",
                   glyph(s->hung               ? GLYPH_STALE
                         : verdict_doubt(s)[0] ? GLYPH_WARN
                                               : level_glyph(s->verdict.level)),
                   verdict_doubt(s)[0] ? " suspected:" : "",
                   s->verdict.kind == VERDICT_UNKNOWN && !s->hung ? " nothing is certain:"
                                                                  : "");
    size_t n = strlen(out);
    verdict_words(v, w - text_width_str(out), words);
    bool said = s->hung && strncmp(words, stale, strlen(stale)) == 0;
    (void)snprintf(out + n, out_size - n, "%s", words + (said ? strlen(stale) : 0));
}

/* In as many rows as there are; since when, where there is room beside it. */
static void sentence_paint(struct canvas *c, struct rect r, const struct view *v)
{
    char text[320], since[96], at[FORMAT_MAX], age[FORMAT_MAX];
    enum role role = level_role(&v->shown), field = field_role(v);
    const struct verdict *d = &v->shown.verdict;
    int scroll = 0, page = 0, all = 0;
    sentence_words(v, r.h > 1 ? 2 * (int)sizeof text : r.w - (field != ROLE_TEXT ? 2 : 0), text,
                   sizeof text);
    if (field != ROLE_TEXT) {
        canvas_fill(c, (struct rect){r.x, r.y, r.w, 1}, ' ', field);
        (void)canvas_text_fit(c, r.x + 1, r.y, r.w - 2, field, text);
        return;
    }
    (void)snprintf(since, sizeof since, "since %s (%s)", format_utc_time(at, d->since_wall_ms),
                   format_age(age, v->now_ms - d->since_ms));
    if (!v->shown.hung && text_width_str(text) + text_width_str(since) + 2 <= r.w) {
        (void)canvas_text_right(c, r.x + r.w, r.y, r.w, ROLE_DIM, since);
    }
    struct rows rows = {.r = r, .scroll = &scroll, .page = &page, .all = &all};
    rows_text(&rows, c, 2, role == ROLE_OK ? ROLE_TEXT : role, text);
}

/* What there is to say beside the verdict: a failover under way, drtop's own trouble, a window. */
static enum role remark_words(const struct view *v, char *out, size_t out_size)
{
    char age[FORMAT_MAX];
    enum role role = failover_words(v, out, out_size);
    if (out[0]) {
        return role == ROLE_BAND_OK ? ROLE_OK : ROLE_CRIT;
    }
    int64_t silent_ms = wall_record_silent_ms(v->wall, v->now_ms);
    if (v->wall->turns && silent_ms >= RECORD_SILENT_MS) {
        (void)snprintf(out, out_size, "%s STALE: the record has said nothing for %s",
                       glyph(GLYPH_WARN), format_age(age, silent_ms));
        return ROLE_WARN;
    }
    record_words(v, out, out_size);
    if (!out[0] && v->snap->maintenance) {
        (void)snprintf(out, out_size, "MAINT %.200s", v->snap->maintenance);
    }
    return ROLE_WARN;
}

/* Below the sentence: a remark, or in an outage what there is to rely on. */
static bool second_line(struct canvas *c, struct rect r, const struct view *v)
{
    char text[256];
    enum role role = remark_words(v, text, sizeof text);
    if (!text[0] && verdict_is_loud(&v->shown)) {
        proof_words(v, r.w - 1, text);
        role = ROLE_TEXT;
        r.x += 1;
        r.w -= 1;
    }
    return text[0] && canvas_text_fit(c, r.x, r.y, r.w, role, text);
}

/* One step with every new snapshot, and only then. Where it stands, the wall hangs. */
static void sweep(struct canvas *c, struct rect r, const struct view *v)
{
    int at = (int)(v->wall->beats % (unsigned)r.w);
    canvas_solid(c, (struct rect){r.x + at, r.y, 1, 1},
                 v->shown.hung ? ROLE_STALE : ROLE_ACCENT);
}

static struct pane_state page_state(const struct view *v, enum wall_page page)
{
    struct pane_state none = {.role = ROLE_DIM, .glyph = GLYPH_COUNT};
    return page == WALL_EVIDENCE ? none : panes[(enum pane_id)page].state(v);
}

static void page_title(struct canvas *c, struct rect r, const struct view *v,
                       enum wall_page page)
{
    static const char *const names[] = {[WALL_TUNNEL] = "TUNNEL",
                                        [WALL_BINLOG] = "BINLOG",
                                        [WALL_LAG] = "LAG",
                                        [WALL_ALERTS] = "ALERTS",
                                        [WALL_EVIDENCE] = "EVIDENCE"};
    struct pane_state s = page_state(v, page);
    char text[128];
    int end = r.x + r.w;
    for (int x = r.x; x < end; x++) {
        (void)canvas_text(c, x, r.y, ROLE_FRAME, glyph(GLYPH_H));
    }
    int x = r.x + canvas_printf(c, r.x, r.y, ROLE_LABEL, "%s ", names[page]);
    (void)snprintf(text, sizeof text, " %s%s%s", s.text, s.glyph < GLYPH_COUNT ? " " : "",
                   s.glyph < GLYPH_COUNT ? glyph(s.glyph) : "");
    if (s.text[0]) {
        (void)canvas_text_right(c, end, r.y, end - x - 1, s.role, text);
    }
}

static void page_paint(struct canvas *c, struct rect r, struct view *v, enum wall_page page)
{
    struct rect in = {r.x, r.y + 1, r.w, r.h - 1};
    page_title(c, r, v, page);
    struct rect before = canvas_clip(c, in);
    if (page == WALL_EVIDENCE) {
        evidence_brief_paint(c, in, v);
    } else {
        panes[(enum pane_id)page].paint(c, in, v);
    }
    canvas_unclip(c, before);
}

/* One page at 80x24, two side by side, or four. */
static void pages(struct canvas *c, struct rect r, struct view *v)
{
    bool two = r.w >= 110, four = r.w >= 150 && r.h >= 16;
    int n = four ? 4 : two ? 2 : 1;
    for (int i = 0; i < n; i++) {
        int half_w = (r.w - 3) / 2, half_h = r.h / 2;
        struct rect at = r;
        if (n > 1) {
            at.x += i % 2 ? r.w - half_w : 0;
            at.w = half_w;
        }
        if (n > 2) {
            at.y += i / 2 ? half_h : 0;
            at.h = i / 2 ? r.h - half_h : half_h - 1;
        }
        page_paint(c, at, v, wall_page(v->wall, verdict_is_loud(&v->shown), n, i, v->now_ms));
    }
}

/* From top to bottom; what is left goes to the pages. */
static struct places places_of(struct rect f, const struct view *v)
{
    char word[64];
    struct places p = {.top = {f.x, f.y, f.w, 1}, .sweep = {f.x, f.y + f.h - 1, f.w, 1}};
    int max = f.h >= 50 ? 3 : f.h >= 33 ? 2 : 1;
    bool airy = f.h >= 21;
    int word_times = verdict_fit(v, f.w - 2, max, word, sizeof word);
    p.times = wall_figures_times(f.w, max);
    int y = f.y + 1 + (f.h >= 23);
    p.verdict = (struct rect){f.x, y, f.w, BIG_ROWS * (word_times ? word_times : 1)};
    y += p.verdict.h;
    p.sentence = (struct rect){f.x, y, f.w, 1 + airy};
    y += 1 + airy + (f.h >= 33);
    p.figures = (struct rect){f.x, y, f.w, BIG_ROWS * p.times + 2};
    y += p.figures.h + (f.h >= 30);
    p.pages = (struct rect){f.x, y, f.w, p.sweep.y - y};
    return p;
}

static void small(struct canvas *c, struct rect f, struct view *v)
{
    char text[64], at[FORMAT_MAX], age[FORMAT_MAX];
    enum role role = field_role(v) == ROLE_TEXT ? level_role(&v->shown) : field_role(v);
    if (v->shown.hung) {
        (void)snprintf(text, sizeof text, "%s no snapshot for %s", glyph(GLYPH_STALE),
                       format_age(age, v->now_ms - v->snap->taken_at_ms));
    } else {
        (void)snprintf(text, sizeof text, "%s %s%s", glyph(level_glyph(v->shown.verdict.level)),
                       verdict_name(v->shown.verdict.kind), verdict_doubt(&v->shown));
    }
    int end = canvas_text_right(c, f.x + f.w, f.y, f.w, ROLE_STRONG,
                                format_utc_time(at, v->wall_ms)) -
              1;
    (void)canvas_text_fit(c, f.x, f.y, end - f.x, role, text);
    if (v->shown.hung) {
        verdict_paint(c, (struct rect){f.x, f.y + 1, f.w, BIG_ROWS}, v, 1);
    } else {
        wall_one_figure_paint(c, (struct rect){f.x, f.y + 1, f.w, f.h - 2}, v);
    }
    sweep(c, (struct rect){f.x, f.y + f.h - 1, f.w, 1}, v);
}

void wall_paint(struct canvas *c, struct view *v)
{
    int x, y;
    wall_shift(v->wall, v->now_ms, &x, &y);
    struct rect f = {x, y, c->w - WALL_MARGIN, c->h - WALL_MARGIN};
    if (f.w < STRIP_W || f.h < STRIP_H) {
        small(c, f, v);
        return;
    }
    struct places p = places_of(f, v);
    top_line(c, p.top, v);
    verdict_paint(c, p.verdict, v, p.verdict.h / BIG_ROWS);
    bool taken =
        p.sentence.h > 1 && second_line(c, (struct rect){f.x, p.sentence.y + 1, f.w, 1}, v);
    p.sentence.h -= taken;
    sentence_paint(c, p.sentence, v);
    wall_figures_paint(c, p.figures, v, p.times);
    if (p.pages.h >= 3) {
        pages(c, p.pages, v);
    }
    sweep(c, p.sweep, v);
}
