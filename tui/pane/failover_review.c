/* What is read before anything is sent: evidence, preflight, and what has to be typed; then the
 * countdown. All of it is the guard's facts, so that what is confirmed is what is painted. */
#include "tui/pane/failover.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"
#include "tui/big.h"
#include "tui/format.h"

#define CLASS_W 8

/* --- evidence */

static const char *verb_note(enum failover_verb verb)
{
    static const char *const notes[] = {
        [VERB_NONE] = "",
        [VERB_SWITCHOVER] = "(planned)",
        [VERB_FAILOVER] = "(unplanned)",
        [VERB_FORCE] = "(against the evidence)",
        [VERB_DRILL] = "(the pair is left alone)",
    };
    return notes[verb];
}

static void verb_words(const struct preflight *p, char *out, size_t size)
{
    if (p->verb == VERB_NONE) {
        (void)snprintf(out, size, "no action is offered");
    } else {
        (void)snprintf(out, size, "%s %s", failover_verb_name(p->verb), verb_note(p->verb));
    }
}

/* The reason, an arrow, the verb; on two lines where one has no room. The verb is never cut. */
static void because_lines(struct sheet *s, const struct preflight *p)
{
    char verb[64];
    struct rect row;
    enum role role = p->verb == VERB_NONE ? ROLE_UNKNOWN : ROLE_CRIT;
    verb_words(p, verb, sizeof verb);
    int verb_w = text_width_str(verb) + 4 + text_width_str(glyph(GLYPH_ARROW));
    bool seen = sheet_row(s, &row);
    int x = row.x;
    bool two = s->framed && text_width_str(p->because) + verb_w > row.w;
    if (seen) {
        x += canvas_text_fit(s->c, x, row.y, two ? row.w : row.w - verb_w, ROLE_STRONG,
                             p->because[0] ? p->because : "reading the facts...");
    }
    if (two) {
        seen = sheet_row(s, &row);
        x = row.x;
    }
    if (seen && p->because[0]) {
        (void)canvas_printf(s->c, x, row.y, role, "%s%s  %s", two ? "" : "  ",
                            glyph(GLYPH_ARROW), verb);
    }
}

static void evidence(struct sheet *s, const struct preflight *p)
{
    int y;
    (void)sheet_rule(s, 1, "Evidence picks the action", ROLE_TITLE, &y);
    because_lines(s, p);
    bool nothing = strncmp(p->lose, "nothing", 7) == 0;
    if (p->lose[0]) {
        sheet_fact(s, "You lose", nothing ? ROLE_OK : ROLE_CRIT, p->lose);
    }
    if (p->unseen[0]) {
        char more[176];
        (void)snprintf(more, sizeof more, "+ %s", p->unseen);
        sheet_fact(s, "", ROLE_WARN, more);
    }
    if (p->keep[0] && s->b.h >= 14) {
        sheet_fact(s, "You keep", ROLE_OK, p->keep);
    }
}

/* --- preflight */

static enum role class_role(const struct preflight_row *row)
{
    static const enum role roles[] = {
        [PREFLIGHT_PASS] = ROLE_OK,
        [PREFLIGHT_WARN] = ROLE_WARN,
        [PREFLIGHT_BLOCK] = ROLE_CRIT,
        [PREFLIGHT_UNKNOWN] = ROLE_UNKNOWN,
    };
    return row->overridden ? ROLE_WARN : roles[row->class];
}

static enum glyph class_glyph(const struct preflight_row *row)
{
    static const enum glyph glyphs[] = {
        [PREFLIGHT_PASS] = GLYPH_OK,
        [PREFLIGHT_WARN] = GLYPH_WARN,
        [PREFLIGHT_BLOCK] = GLYPH_DOWN,
        [PREFLIGHT_UNKNOWN] = GLYPH_UNKNOWN,
    };
    return row->overridden ? GLYPH_WARN : glyphs[row->class];
}

static void preflight_line(struct sheet *s, struct rect r, const struct preflight_row *row,
                           bool selected)
{
    char age[FORMAT_MAX];
    struct canvas *c = s->c;
    int x = r.x, end = r.x + r.w;
    (void)snprintf(age, sizeof age, "%s", glyph(GLYPH_DASH));
    if (row->age_ms.known) {
        (void)format_age(age, row->age_ms.v);
    }
    (void)canvas_text_right(c, end, r.y, 8, ROLE_DIM, age);
    (void)canvas_text(c, x, r.y, class_role(row), glyph(class_glyph(row)));
    x += text_width_str(glyph(GLYPH_OK)) + 1;
    (void)canvas_text(c, x, r.y, class_role(row),
                      row->overridden ? "WARN" : preflight_class_word(row->class));
    x += CLASS_W;
    if (row->overridden) {
        x += canvas_text_fit(c, x, r.y, end - x - 9, ROLE_WARN, "overridden: ");
    }
    (void)canvas_text_fit(c, x, r.y, end - x - 9, ROLE_TEXT, row->text);
    if (selected) {
        canvas_tint(c, r, ROLE_SELECTED);
    }
}

static void detail_words(const struct failover *f, char *out, size_t size)
{
    const struct preflight_row *row = &f->guard.facts.rows[f->at];
    const char *why = f->guard.override_reason[f->at];
    (void)snprintf(out, size, "%s%s%s%s (%s)", row->overridden ? "overridden because: " : "",
                   row->overridden ? why : "", row->overridden ? "; " : "",
                   row->detail[0] ? row->detail : "no more is known", route_name(row->route));
}

/* Lines of the list before the selected row, which keeps itself in sight with its detail. */
static void keep_in_sight(struct failover *f, int h)
{
    int before = 0;
    for (int i = 0; i < (int)f->at; i++) {
        before += f->guard.facts.rows[i].shown;
    }
    int last = before + (f->detail ? 3 : 0);
    f->scroll = last >= f->scroll + h ? last - h + 1 : f->scroll;
    f->scroll = before < f->scroll ? before : f->scroll;
}

static void preflight_list(struct sheet *s, struct rect r)
{
    struct failover *f = s->f;
    char text[512];
    if (r.h < 1) {
        return;
    }
    keep_in_sight(f, r.h);
    struct rows rows = {.r = r, .scroll = &f->scroll, .page = &f->page, .all = &f->rows};
    struct rect before = canvas_clip(s->c, r);
    for (int i = 0; i < PREFLIGHT_ROWS; i++) {
        const struct preflight_row *row = &f->guard.facts.rows[i];
        bool selected = i == (int)f->at && s->page == PAGE_REVIEW;
        struct rect line;
        if (!row->shown) {
            continue;
        }
        if (rows_next(&rows, &line)) {
            preflight_line(s, line, row, selected);
        }
        if (selected && f->detail) {
            rows.r.x += CLASS_W + 2;
            rows.r.w -= CLASS_W + 2;
            detail_words(f, text, sizeof text);
            rows_text(&rows, s->c, 0, ROLE_DIM, text);
            rows.r = r;
        }
    }
    rows_end(&rows);
    canvas_unclip(s->c, before);
}

static void counts(struct sheet *s, int y, const struct preflight *p)
{
    struct {
        size_t n;
        const char *word;
        enum role role;
    } parts[] = {{p->pass, "pass", ROLE_OK},
                 {p->warn, "warn", ROLE_WARN},
                 {p->block, "block", ROLE_CRIT},
                 {p->unknown, "unknown", ROLE_UNKNOWN}};
    char text[4][24];
    int w = 2;
    for (int i = 0; i < 4; i++) {
        (void)snprintf(text[i], sizeof text[i], "%zu %s", parts[i].n, parts[i].word);
        w += text_width_str(text[i]) + (i ? 3 : 0);
    }
    int x = s->b.x + s->b.w - 2 - w;
    x += canvas_text(s->c, x, y, ROLE_DIM, " ");
    for (int i = 0; i < 4; i++) {
        if (i > 0) {
            x += canvas_printf(s->c, x, y, ROLE_DIM, " %s ", glyph(GLYPH_DOT));
        }
        x += canvas_text(s->c, x, y, parts[i].n ? parts[i].role : ROLE_DIM, text[i]);
    }
    (void)canvas_text(s->c, x, y, ROLE_DIM, " ");
}

static void more_mark(struct sheet *s, int y)
{
    char text[48];
    int below = s->f->rows - s->f->page - s->f->scroll;
    int n = below > 0 ? below : s->f->scroll;
    if (n > 0 && y >= 0) {
        (void)snprintf(text, sizeof text, "%s%d more",
                       glyph(below > 0 ? GLYPH_DOWNWARD : GLYPH_UP), n);
        sheet_note(s, y, ROLE_KEY, text);
    }
}

/* --- what has to be typed */

/* "> " and the end of what is typed. */
static void input_line(struct sheet *s)
{
    struct rect row;
    const char *text = s->f->guard.line;
    if (!sheet_row(s, &row)) {
        return;
    }
    (void)canvas_text(s->c, row.x, row.y, ROLE_DIM, ">");
    int x = row.x + 15, end = row.x + row.w;
    while (*text && text_width_str(text) > end - x - 1) {
        uint32_t cp;
        text += text_decode(text, text + strlen(text), &cp);
    }
    x += canvas_text(s->c, x, row.y, ROLE_STRONG, text);
    (void)canvas_text(s->c, x, row.y, ROLE_KEY, "_");
}

static void ask_line(struct sheet *s, const char *name, enum role role, const char *text)
{
    struct rect row;
    if (sheet_row(s, &row)) {
        (void)canvas_text(s->c, row.x, row.y, ROLE_DIM, name);
        (void)canvas_text_fit(s->c, row.x + 15, row.y, row.w - 15, role, text);
    }
}

/* What differs, or what comes next; keys that are not taken yet are said, too. */
static void said_line(struct sheet *s, const char *next)
{
    char text[96];
    struct rect row;
    const struct guard *g = &s->f->guard;
    int64_t deaf_ms = GUARD_DEAF_MS - (s->v->now_ms - g->entered_ms);
    if (!sheet_row(s, &row)) {
        return;
    }
    if (g->said[0]) {
        (void)canvas_text_fit(s->c, row.x, row.y, row.w, ROLE_WARN, g->said);
    } else if (deaf_ms > 0 && s->page != PAGE_SECOND) {
        (void)snprintf(text, sizeof text, "read first: what is typed counts in %.1f s",
                       (double)deaf_ms / 1000);
        (void)canvas_text_fit(s->c, row.x, row.y, row.w, ROLE_DIM, text);
    } else {
        (void)canvas_text_fit(s->c, row.x, row.y, row.w, ROLE_DIM, next);
    }
}

static void confirm_phrase(struct sheet *s)
{
    char next[128], number[24];
    const struct preflight *p = &s->f->guard.facts;
    int64_t countdown_s = s->f->terms.countdown_ms / 1000;
    bool clear = preflight_clear(p);
    (void)snprintf(number, sizeof number, "%lld s", (long long)countdown_s);
    (void)snprintf(next, sizeof next,
                   "then a reason, %sthen a countdown of %s that any key "
                   "stops",
                   s->f->terms.two_person ? "a second operator, " : "", number);
    if (p->verb == VERB_NONE) {
        ask_line(s, "", ROLE_UNKNOWN, "nothing can be started from here");
    } else {
        ask_line(s, "Type exactly", clear ? ROLE_ACCENT : ROLE_DIM, p->phrase);
    }
    input_line(s);
    said_line(s, clear                  ? next
                 : p->verb == VERB_NONE ? "no override leads past this"
                 : failover_may_override(s->f)
                     ? "this row stops the path: o overrides it, with a reason for the journal"
                     : "a row stops the path, and this one takes no override");
}

static void confirm(struct sheet *s)
{
    char text[256];
    int y;
    const struct guard *g = &s->f->guard;
    switch (s->page) {
    case PAGE_OVERRIDE:
        (void)sheet_rule(s, 3, "Override a row that stops the path", ROLE_WARN, &y);
        ask_line(s, preflight_class_word(g->facts.rows[g->row].class), ROLE_CRIT,
                 g->facts.rows[g->row].text);
        input_line(s);
        said_line(s, "type why it may be passed over; it is written to the journal");
        break;
    case PAGE_REASON:
        (void)sheet_rule(s, 4, "Reason", ROLE_TITLE, &y);
        ask_line(s, "Confirmed", ROLE_ACCENT, g->facts.phrase);
        input_line(s);
        said_line(s, "type why, or the incident's number: for the journal and the build");
        break;
    case PAGE_SECOND:
        (void)sheet_rule(s, 5, "Second operator", ROLE_TITLE, &y);
        (void)snprintf(text, sizeof text, "in their own drtop: F, then retype %s",
                       g->challenge);
        ask_line(s, "Waiting", ROLE_ACCENT, text);
        ask_line(s, "Reason", ROLE_TEXT, g->reason);
        said_line(s, "the countdown begins when they have confirmed");
        break;
    default:
        (void)sheet_rule(s, 3, "Confirm", ROLE_TITLE, &y);
        confirm_phrase(s);
        break;
    }
    more_mark(s, y);
}

void failover_review_paint(struct sheet *s)
{
    int y;
    const struct preflight *p = &s->f->guard.facts;
    evidence(s, p);
    (void)sheet_rule(s, 2, "Preflight", ROLE_TITLE, &y);
    if (y >= 0) {
        counts(s, y, p);
    }
    struct rect list = s->rows.r;
    list.y += s->rows.next;
    list.h -= s->rows.next + 4; /* the line above what is typed, and three for that */
    preflight_list(s, list);
    s->rows.next += list.h > 0 ? list.h : 0;
    confirm(s);
}

/* --- the countdown */

/* "LOSE 14" of "failover azure-eastus lose 14"; "+ ?" stands for what nobody saw. */
static void consequence(const struct preflight *p, char *out, size_t size)
{
    const char *lose = strstr(p->phrase, " lose ");
    char number[32];
    if (p->verb == VERB_DRILL || !lose) {
        (void)snprintf(out, size, "%s", failover_verb_name(p->verb));
        return;
    }
    lose += strlen(" lose ");
    (void)snprintf(number, sizeof number, "%.*s", (int)strcspn(lose, " "), lose);
    bool unknown = strcmp(number, "unknown") == 0;
    (void)snprintf(out, size, "LOSE %s%s", unknown ? "?" : number,
                   p->unseen[0] && !unknown ? " + ?" : "");
}

static void center(struct sheet *s, enum role role, const char *text)
{
    struct rect row;
    if (sheet_row(s, &row)) {
        int w = text_width_str(text), x = row.x + (row.w > w ? (row.w - w) / 2 : 0);
        (void)canvas_text_fit(s->c, x, row.y, row.w, role, text);
    }
}

static void centered_big(struct sheet *s, enum role role, const char *text)
{
    struct rect row;
    bool seen = sheet_row(s, &row);
    int w = big_width(text), y = row.y;
    for (int i = 1; i < BIG_ROWS; i++) {
        seen = sheet_row(s, &row) && seen;
    }
    if (seen && w <= row.w) {
        (void)big_text(s->c, row.x + (row.w - w) / 2, y, role, text);
    } else {
        (void)canvas_text_fit(s->c, row.x, y, row.w, role, text);
    }
}

void failover_countdown_paint(struct sheet *s)
{
    char text[512], big[64];
    int y;
    const struct guard *g = &s->f->guard;
    const struct config *cfg = s->v->snap->config;
    const struct config_job *job = g->drill ? &cfg->failover.drill : &cfg->failover.job;
    int64_t left_ms = guard_left_ms(g, &s->f->terms, s->v->now_ms);
    (void)sheet_rule(s, 6, "Countdown: any key stops it", ROLE_WARN, &y);
    sheet_blank(s);
    (void)snprintf(big, sizeof big, "%lld", (long long)(left_ms + 999) / 1000);
    centered_big(s, ROLE_STRONG, big);
    (void)snprintf(text, sizeof text, "until the %s to %s is sent as %s",
                   failover_verb_name(g->facts.verb), cfg->failover.target, job->path);
    center(s, ROLE_TEXT, text);
    sheet_blank(s);
    consequence(&g->facts, big, sizeof big);
    centered_big(s, ROLE_CRIT, big);
    sheet_blank(s);
    center(s, ROLE_CRIT, g->facts.lose);
    if (g->facts.unseen[0] && sheet_left(s) > 0) {
        (void)snprintf(text, sizeof text, "+ %s", g->facts.unseen);
        center(s, ROLE_WARN, text);
    }
    (void)snprintf(text, sizeof text, "because: %s", g->reason);
    center(s, ROLE_DIM, text);
    if (g->second[0] && sheet_left(s) > 0) {
        (void)snprintf(text, sizeof text, "confirmed by %s, too", g->second);
        center(s, ROLE_DIM, text);
    }
}

/* --- somebody else's question */

void failover_vouch_paint(struct sheet *s)
{
    char text[256];
    int y;
    struct rect row;
    (void)sheet_rule(s, 0, "A second operator is asked for", ROLE_WARN, &y);
    sheet_blank(s);
    sheet_named(s, "Asked by", ROLE_STRONG, s->run->second_asked_by);
    (void)snprintf(text, sizeof text, "%s: %s", verdict_name(s->v->shown.verdict.kind),
                   s->v->shown.verdict.sentence);
    sheet_named(s, "You see", ROLE_TEXT, text);
    sheet_blank(s);
    sheet_text(s, ROLE_TEXT,
               "They want to start the failover. Look at your own dashboard first (Esc). "
               "If you agree, retype:");
    sheet_blank(s);
    sheet_big(s, ROLE_ACCENT, s->run->challenge);
    sheet_blank(s);
    if (sheet_row(s, &row)) {
        int x = row.x + canvas_text(s->c, row.x, row.y, ROLE_DIM, "> ");
        x += canvas_text_fit(s->c, x, row.y, row.w - 3, ROLE_STRONG, s->f->text);
        (void)canvas_text(s->c, x, row.y, ROLE_KEY, "_");
    }
}
