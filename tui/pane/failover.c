/* The failover screen: bar, page, prompt, keys, and the watermark of a drill. */
#include "tui/pane/failover.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"
#include "tui/big.h"
#include "tui/format.h"

#define FRAMED_H 18 /* a page of so many rows has a frame */

static const struct failover_view nothing_known;

/* --- sheets */

bool sheet_row(struct sheet *s, struct rect *out_row)
{
    return rows_next(&s->rows, out_row);
}

int sheet_left(const struct sheet *s)
{
    int left = s->rows.r.h - s->rows.next;
    return left > 0 ? left : 0;
}

int sheet_rule(struct sheet *s, int number, const char *title, enum role role, int *out_y)
{
    struct rect row;
    bool seen = sheet_row(s, &row);
    int x = s->b.x, end = s->b.x + s->b.w;
    *out_y = seen ? row.y : -1;
    if (!seen) {
        return x;
    }
    for (int i = x; i < end; i++) {
        (void)canvas_text(s->c, i, row.y, ROLE_FRAME, glyph(GLYPH_H));
    }
    if (s->framed) {
        bool top = row.y == s->b.y;
        (void)canvas_text(s->c, x, row.y, ROLE_FRAME, glyph(top ? GLYPH_TL : GLYPH_TEE_LEFT));
        (void)canvas_text(s->c, end - 1, row.y, ROLE_FRAME,
                          glyph(top ? GLYPH_TR : GLYPH_TEE_RIGHT));
    }
    x += 2;
    x += canvas_text(s->c, x, row.y, ROLE_TITLE, " ");
    if (number > 0) {
        x += canvas_printf(s->c, x, row.y, ROLE_ACCENT, "%d ", number);
    }
    x += canvas_text_fit(s->c, x, row.y, end - x - 3, role, title);
    return x + canvas_text(s->c, x, row.y, ROLE_TITLE, " ");
}

void sheet_note(struct sheet *s, int y, enum role role, const char *text)
{
    char padded[96];
    if (y >= 0 && text[0]) {
        (void)snprintf(padded, sizeof padded, " %s ", text);
        (void)canvas_text_right(s->c, s->b.x + s->b.w - 2, y, s->b.w / 2, role, padded);
    }
}

void sheet_text(struct sheet *s, enum role role, const char *text)
{
    rows_text(&s->rows, s->c, 0, role, text);
}

void sheet_named(struct sheet *s, const char *name, enum role role, const char *text)
{
    rows_named(&s->rows, s->c, SHEET_NAME_W, name, role, text);
}

void sheet_fact(struct sheet *s, const char *name, enum role role, const char *text)
{
    struct rect row;
    if (s->framed) {
        sheet_named(s, name, role, text);
    } else if (sheet_row(s, &row)) {
        (void)canvas_text_fit(s->c, row.x, row.y, SHEET_NAME_W, ROLE_DIM, name);
        (void)canvas_text_fit(s->c, row.x + SHEET_NAME_W, row.y, row.w - SHEET_NAME_W, role,
                              text);
    }
}

void sheet_mark(struct sheet *s, struct rect row, enum role role, enum glyph mark,
                const char *word)
{
    (void)canvas_text(s->c, row.x, row.y, role, glyph(mark));
    (void)canvas_text(s->c, row.x + text_width_str(glyph(GLYPH_OK)) + 1, row.y, role, word);
}

void sheet_blank(struct sheet *s)
{
    struct rect row;
    if (s->framed) {
        (void)sheet_row(s, &row);
    }
}

void sheet_big(struct sheet *s, enum role role, const char *text)
{
    struct rect row;
    int w = big_width(text);
    bool seen = sheet_row(s, &row);
    if (!seen) {
        return;
    }
    if (!s->framed || w > row.w) {
        (void)canvas_text_fit(s->c, row.x, row.y, row.w, role, text);
        return;
    }
    (void)big_text(s->c, row.x + (row.w - w) / 2, row.y, role, text);
    for (int i = 1; i < BIG_ROWS; i++) {
        (void)sheet_row(s, &row);
    }
}

static void sheet_begin(struct sheet *s, struct rect b)
{
    s->b = b;
    s->framed = b.h >= FRAMED_H;
    if (s->framed) {
        canvas_frame(s->c, b, ROLE_FRAME);
    }
    int side = s->framed ? 2 : 1;
    s->rows = (struct rows){
        .r = {b.x + side, b.y, b.w - 2 * side, b.h - (s->framed ? 1 : 0)},
        .scroll = &s->scroll,
        .page = &s->shown,
        .all = &s->all,
    };
}

/* --- the bar */

static bool is_drill(const struct sheet *s)
{
    bool ours = s->f->guard.state != GUARD_LOCKED;
    return ours ? s->f->guard.drill : s->run->attempt.drill;
}

const char *failover_verb_name(enum failover_verb verb)
{
    static const char *const names[] = {
        [VERB_NONE] = "FAILOVER",     [VERB_SWITCHOVER] = "SWITCHOVER",
        [VERB_FAILOVER] = "FAILOVER", [VERB_FORCE] = "FORCED FAILOVER",
        [VERB_DRILL] = "DRILL",
    };
    return names[verb];
}

static enum failover_verb verb_shown(const struct sheet *s)
{
    bool ours = s->f->guard.state != GUARD_LOCKED;
    return is_drill(s) ? VERB_DRILL : ours ? s->f->guard.facts.verb : s->run->attempt.verb;
}

struct opt_i64 failover_last_good(const struct sheet *s)
{
    const struct rto *rto = &s->v->shown.rto;
    const struct guard *g = &s->f->guard;
    return rto->running             ? rto->last_good_wall_ms
           : g->state == GUARD_SENT ? g->facts.last_good_wall_ms
                                    : (struct opt_i64){0};
}

/* Only what we have seen ourselves stops it: until then it runs, whatever serves already. */
static void clock_words(const struct sheet *s, char *out, size_t size)
{
    char elapsed[48], objective[FORMAT_MAX];
    struct rto rto = s->v->shown.rto;
    const struct attempt *a = &s->run->attempt;
    struct opt_i64 good = failover_last_good(s);
    if (is_drill(s) || (!rto.running && !good.known)) {
        (void)snprintf(out, size, "%s", format_utc_time(elapsed, s->v->wall_ms));
        return;
    }
    if (good.known) {
        bool stopped = s->page == PAGE_OVER && a->state == ATTEMPT_VERIFIED && a->ended_wall_ms;
        rto.elapsed_max_ms = opt_i64((stopped ? a->ended_wall_ms : s->v->wall_ms) - good.v);
    }
    rto_elapsed_words(&rto, elapsed, sizeof elapsed);
    (void)snprintf(out, size, "T+%s of %s", elapsed,
                   format_clock(objective, rto.objective_ms, false));
}

static void bar(const struct sheet *s)
{
    const struct config *cfg = s->v->snap->config;
    struct canvas *c = s->c;
    char clock[96];
    enum role role = is_drill(s) ? ROLE_MODE : ROLE_BAND_CRIT;
    clock_words(s, clock, sizeof clock);
    canvas_fill(c, (struct rect){0, 0, c->w, 1}, ' ', role);
    int end = canvas_text_right(c, c->w - 1, 0, c->w / 2, role, clock) - 2;
    int x = 1 + canvas_printf(c, 1, 0, role, "%s   ", failover_verb_name(verb_shown(s)));
    x += canvas_text_fit(c, x, 0, end - x, role, cfg->group);
    x += canvas_text_fit(c, x, 0, end - x, role, "   ");
    x += canvas_text_fit(c, x, 0, end - x, role, cfg->primary.name);
    if (end - x > 6) {
        x += canvas_printf(c, x, 0, role, " %s ", glyph(GLYPH_ARROW));
        (void)canvas_text_fit(c, x, 0, end - x, role, cfg->dr.name);
    }
}

/* --- keys */

struct hint {
    char key[12];
    const char *word;
};
#define HINTS_MAX 8

static size_t hint(struct hint hints[HINTS_MAX], size_t n, const char *key, const char *word)
{
    if (n < HINTS_MAX) {
        (void)snprintf(hints[n].key, sizeof hints[n].key, "%s", key);
        hints[n].word = word;
        n++;
    }
    return n;
}

static size_t run_hints(const struct sheet *s, struct hint hints[HINTS_MAX])
{
    size_t n = 0;
    for (int i = FAILOVER_TYPES_NOTHING + 1; i < FAILOVER_TYPINGS; i++) {
        enum failover_typing what = (enum failover_typing)i;
        char key[2] = {(char)failover_typing_key(what), '\0'};
        if (failover_offers(s->f, s->v->run, what)) {
            n = hint(hints, n, key, failover_typing_name(what));
        }
    }
    n = hint(hints, n, "Esc", "dashboard");
    n = hint(hints, n, "q",
             attempt_is_over(s->run->attempt.state) ? "quit" : "quit, the run goes on");
    return s->page == PAGE_TRACK ? hint(hints, n, "Up Down", "log") : n;
}

static size_t hints_of(const struct sheet *s, struct hint hints[HINTS_MAX])
{
    size_t n = 0;
    switch (s->page) {
    case PAGE_REVIEW:
        n = hint(hints, n, "Esc", "leave, nothing sent");
        n = failover_may_override(s->f) ? hint(hints, n, "o", "override this row") : n;
        n = hint(hints, n, "Tab", "detail of a row");
        return hint(hints, n, "Up Down", "select");
    case PAGE_OVERRIDE:
    case PAGE_REASON:
        n = hint(hints, n, "Esc", "leave, nothing sent");
        return hint(hints, n, "Enter", "go on");
    case PAGE_SECOND:
        return hint(hints, n, "Esc", "leave, nothing sent");
    case PAGE_COUNTDOWN:
        n = hint(hints, n, "any key", "stops it, nothing sent");
        return hint(hints, n, "Esc", "stops it and leaves");
    case PAGE_VOUCH:
        n = hint(hints, n, "Esc", "leave, nothing confirmed");
        return hint(hints, n, "Enter", "confirm");
    default:
        return run_hints(s, hints);
    }
}

static void keys_line(const struct sheet *s, int y)
{
    struct hint hints[HINTS_MAX];
    size_t n = hints_of(s, hints);
    int x = 1;
    for (size_t i = 0; i < n; i++) {
        int w = text_width_str(hints[i].key) + 1 + text_width_str(hints[i].word);
        if (x + w > s->c->w) {
            return;
        }
        x += canvas_text(s->c, x, y, ROLE_KEY, hints[i].key) + 1;
        x += canvas_text(s->c, x, y, ROLE_DIM, hints[i].word) + 3;
    }
}

/* What is typed once the request is out, or a word about it. */
static void prompt_line(const struct sheet *s, int y)
{
    const struct failover *f = s->f;
    struct canvas *c = s->c;
    const char *word = failover_typing_word(f->typing);
    if (f->typing == FAILOVER_TYPES_NOTHING) {
        (void)canvas_text_fit(c, 1, y, c->w - 2, ROLE_ACCENT, f->said);
        return;
    }
    int x = 1;
    x += canvas_printf(c, x, y, ROLE_KEY, "%s", failover_typing_name(f->typing));
    x += word ? canvas_printf(c, x, y, ROLE_TEXT, ", type \"%s\": ", word)
              : canvas_text(c, x, y, ROLE_TEXT, ", with a comment: ");
    const char *text = f->text;
    while (*text && text_width_str(text) > c->w - x - 2) {
        uint32_t cp;
        text += text_decode(text, text + strlen(text), &cp);
    }
    x += canvas_text(c, x, y, ROLE_STRONG, text);
    x += canvas_text(c, x, y, ROLE_KEY, "_") + 2;
    if (f->said[0] && c->w - x > 12) {
        (void)canvas_text_fit(c, x, y, c->w - x - 1, ROLE_WARN, f->said);
    }
}

/* --- the watermark */

static bool is_blank(const struct canvas *c, int x, int y, int w)
{
    for (int i = x; i < x + w; i++) {
        const struct cell *cell = &c->cells[(size_t)y * (size_t)c->w + (size_t)i];
        if (cell->cp[0] != ' ' || cell->role == ROLE_SELECTED) {
            return false;
        }
    }
    return true;
}

/* On every row that has room for it, so that no part of a drill is taken for the real thing. */
static void watermark(const struct sheet *s)
{
    struct canvas *c = s->c;
    for (int y = 1; y < c->h - 1; y++) {
        int first = 3 + y * 7 % 26;
        for (int x = first; x + 9 < c->w; x += 26) {
            if (is_blank(c, x, y, 9)) {
                (void)canvas_text(c, x + 2, y, ROLE_FRAME, "DRILL");
            }
        }
    }
}

/* --- the whole */

static bool has_prompt(enum failover_page page)
{
    return page >= PAGE_VOUCH;
}

static void page(struct sheet *s)
{
    static void (*const paint[PAGE_COUNT])(struct sheet *) = {
        [PAGE_REVIEW] = failover_review_paint,       [PAGE_OVERRIDE] = failover_review_paint,
        [PAGE_REASON] = failover_review_paint,       [PAGE_SECOND] = failover_review_paint,
        [PAGE_COUNTDOWN] = failover_countdown_paint, [PAGE_VOUCH] = failover_vouch_paint,
        [PAGE_SENDING] = failover_sent_paint,        [PAGE_ACCEPTED] = failover_sent_paint,
        [PAGE_JOINED] = failover_sent_paint,         [PAGE_REFUSED] = failover_sent_paint,
        [PAGE_NOT_SENT] = failover_sent_paint,       [PAGE_UNKNOWN] = failover_sent_paint,
        [PAGE_TRACK] = failover_track_paint,         [PAGE_VERIFY] = failover_verify_paint,
        [PAGE_OVER] = failover_over_paint,
    };
    if (paint[s->page]) {
        paint[s->page](s);
    }
}

void failover_paint(struct canvas *c, struct view *v)
{
    struct sheet s = {.c = c,
                      .v = v,
                      .f = v->failover,
                      .run = v->run ? v->run : &nothing_known,
                      .page = failover_page(v->failover, v->run)};
    int prompt = has_prompt(s.page) ? 1 : 0;
    sheet_begin(&s, (struct rect){0, 1, c->w, c->h - 2 - prompt});
    bar(&s);
    struct rect before =
        canvas_clip(c, (struct rect){0, s.b.y, c->w, s.b.h - (s.framed ? 1 : 0)});
    page(&s);
    canvas_unclip(c, before);
    if (prompt) {
        prompt_line(&s, c->h - 2);
    }
    keys_line(&s, c->h - 1);
    if (is_drill(&s)) {
        watermark(&s);
    }
}

/* --- on the dashboard */

enum role failover_words(const struct view *v, char *out, size_t out_size)
{
    char took[FORMAT_MAX] = "";
    const struct failover_view *run = v->run;
    enum role role = ROLE_BAND_CRIT;
    out[0] = '\0';
    if (!failover_has_run(run)) {
        if (run && run->second_asked_by[0] && !run->second_answered_by[0] && !v->read_only) {
            (void)snprintf(out, out_size, "%s asks for a second operator: F shows it",
                           run->second_asked_by);
        }
        return role;
    }
    const struct attempt *a = &run->attempt;
    const char *name = failover_verb_name(a->drill ? VERB_DRILL : a->verb);
    const char *how = v->read_only ? "" : ": F shows it";
    if (attempt_is_over(a->state)) {
        const char *word = failover_outcome_word(a, &role);
        (void)snprintf(out, out_size, "%s: %s, not acknowledged yet%s", name, word, how);
        return role == ROLE_OK ? ROLE_BAND_OK : ROLE_BAND_CRIT;
    }
    (void)format_clock(took, v->wall_ms - a->intended_wall_ms, false);
    const struct phases *p = &run->phases;
    if (p->current >= 0 && p->current < (int)p->n) {
        (void)snprintf(out, out_size, "%s UNDER WAY for %s, %s (%d of %zu)%s", name, took,
                       p->phases[p->current].name, p->current + 1, p->n, how);
    } else {
        (void)snprintf(out, out_size, "%s UNDER WAY for %s, %s%s", name, took,
                       attempt_state_key(a->state), how);
    }
    return a->drill ? ROLE_MODE : role;
}
