/* The header while the primary's service stands still: what happened, how sure that is, and the
 * three clocks that decide. Readable aloud. */
#include "tui/pane/pane.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"
#include "tui/format.h"

/* Suspected is not yet a reason to wake anybody: another band, the same words. */
static enum role band_of(const struct shown *s)
{
    return s->verdict.confirmed ? ROLE_BAND_CRIT : ROLE_BAND_WARN;
}

/* The rows below, and the figures in them. */
static enum role facts_of(const struct shown *s)
{
    return s->verdict.confirmed ? ROLE_BAND_FACTS : ROLE_BAND_WARN;
}

static enum role figure_of(const struct shown *s)
{
    return s->verdict.confirmed ? ROLE_BAND_FIGURE : ROLE_BAND_WARN;
}

/* Gives len bytes at `part` of a text that stands at x the role of figures. */
static void make_figure(struct canvas *c, int x, int y, const struct shown *s, const char *text,
                        const char *part, size_t len)
{
    char before[PHRASE_MAX], figure[PHRASE_MAX];
    (void)snprintf(before, sizeof before, "%.*s", (int)(part - text), text);
    (void)snprintf(figure, sizeof figure, "%.*s", (int)len, part);
    canvas_tint(c, (struct rect){x + text_width_str(before), y, text_width_str(figure), 1},
                figure_of(s));
}

static enum glyph glyph_of(const struct shown *s)
{
    return s->verdict.confirmed ? GLYPH_DOWN : GLYPH_WARN;
}

static void verdict_line(struct canvas *c, struct rect r, const struct view *v, int end)
{
    const struct shown *s = &v->shown;
    char words[SENTENCE_MAX];
    int x = r.x + (r.w < 10 ? 0 : 1); /* down to one column: the glyph */
    x += canvas_printf(c, x, r.y, band_of(s), "%s %s%s   ", glyph(glyph_of(s)),
                       verdict_name(s->verdict.kind), verdict_doubt(s));
    verdict_words(v, end - x, words);
    (void)canvas_text_fit(c, x, r.y, end - x, band_of(s), words);
}

static void first_line(struct canvas *c, struct rect r, const struct view *v)
{
    enum role band = band_of(&v->shown);
    int end = header_right(c, r, v, band, false) - 2;
    if (r.w >= 100) {
        end = canvas_text_right(c, end, r.y, 24, band, v->snap->config->group) - 2;
    }
    verdict_line(c, r, v, end);
}

static const char *dr_words(const struct view *v)
{
    static const char *const words[] = {
        [TRI_UNKNOWN] = "DR unknown", [TRI_NO] = "DR not ready", [TRI_YES] = "DR ready"};
    if (v->snap->evidence[EVIDENCE_REPLICA_WRITABLE].answer == TRI_YES) {
        return "DR accepts writes";
    }
    return words[dr_ready(v->snap)];
}

static const char *observer_words(const struct view *v)
{
    static const char *const words[] = {
        [TRI_UNKNOWN] = "unknown", [TRI_NO] = "offline", [TRI_YES] = "online"};
    return words[v->snap->evidence[EVIDENCE_ANCHORS].answer];
}

/* Appends to a phrase as long as all of it fits into w cells. */
static bool add(char phrase[PHRASE_MAX], int w, const char *part)
{
    char longer[2 * PHRASE_MAX];
    (void)snprintf(longer, sizeof longer, "%s%s%s%s%s", phrase, phrase[0] ? " " : "",
                   phrase[0] ? glyph(GLYPH_DOT) : "", phrase[0] ? " " : "", part);
    if (text_width_str(longer) > w || strlen(longer) >= PHRASE_MAX) {
        return false;
    }
    memcpy(phrase, longer, strlen(longer) + 1);
    return true;
}

void proof_words(const struct view *v, int w, char out[PHRASE_MAX])
{
    char at[FORMAT_MAX], part[64];
    const struct verdict *d = &v->shown.verdict;
    const struct rto *rto = &v->shown.rto;
    out[0] = '\0';
    (void)snprintf(part, sizeof part, "%s %s", d->confirmed ? "confirmed" : "suspected",
                   format_utc_time(at, d->confirmed ? d->confirmed_wall_ms : d->since_wall_ms));
    (void)add(out, w, part);
    if (rto->running && rto->last_good_wall_ms.known) {
        (void)snprintf(part, sizeof part, "last good %s",
                       format_utc_time(at, rto->last_good_wall_ms.v));
        (void)add(out, w, part);
    } else if (rto->running) {
        (void)add(out, w, "last good unknown");
    }
    (void)add(out, w, dr_words(v));
    (void)snprintf(part, sizeof part, "this observer is %s", observer_words(v));
    if (!add(out, w, part)) {
        (void)snprintf(part, sizeof part, "observer %s", observer_words(v));
        (void)add(out, w, part);
    }
}

/* What is not as it should be with drtop itself, or "". */
static void note_words(const struct view *v, char out[PHRASE_MAX])
{
    char text[PHRASE_MAX - 8];
    record_words(v, text, sizeof text);
    if (!text[0] && v->snap->maintenance) {
        (void)snprintf(text, sizeof text, "MAINT %.120s", v->snap->maintenance);
    }
    (void)snprintf(out, PHRASE_MAX, text[0] ? " %s " : "", text);
}

/* A note takes the place of the least of the facts; the advice, which nobody follows on a
 * suspicion, stands only where it takes none. */
static void second_line(struct canvas *c, struct rect r, const struct view *v)
{
    char text[PHRASE_MAX], note[PHRASE_MAX], advice[64];
    enum role facts = facts_of(&v->shown);
    int x = r.x + 3, end = r.x + r.w - 1;
    note_words(v, note);
    if (note[0] && r.w >= 70) {
        end = canvas_text_right(c, end, r.y, r.w < 112 ? 28 : r.w / 4, ROLE_MODE, note) - 2;
    }
    proof_words(v, end - x, text);
    x += canvas_text_fit(c, x, r.y, end - x, facts, text);
    (void)snprintf(advice, sizeof advice, "failing over is %s",
                   advice_words(v->shown.verdict.advice));
    if (v->shown.rto.running && v->shown.verdict.confirmed &&
        end - x >= text_width_str(advice) + 2) {
        (void)canvas_text_right(c, end, r.y, 40, facts, advice);
    }
}

/* How long there is to decide, in less and less room. */
static void decide_words(const struct view *v, int level, char out[PHRASE_MAX])
{
    char before[FORMAT_MAX], left[FORMAT_MAX];
    int64_t left_ms = v->shown.rto.decide_before_wall_ms.v - v->wall_ms;
    (void)format_utc_time(before, v->shown.rto.decide_before_wall_ms.v);
    (void)format_clock(left, left_ms < 0 ? -left_ms : left_ms, true);
    if (left_ms < 0 && level < 2) {
        (void)snprintf(out, PHRASE_MAX, "DECIDE NOW: deadline passed %s ago", left);
    } else if (left_ms < 0) {
        (void)snprintf(out, PHRASE_MAX, "DECIDE NOW: %s late", left);
    } else if (level < 2) {
        (void)snprintf(out, PHRASE_MAX, "DECIDE BEFORE %s (%s%s)", before, left,
                       level == 0 ? " left" : "");
    } else {
        (void)snprintf(out, PHRASE_MAX, "DECIDE %s (%s)", before, left);
    }
}

/* The clock of the outage in less and less room; without one, what was promised. */
static void clock_words(const struct view *v, int level, char out[PHRASE_MAX])
{
    char elapsed[48], of[FORMAT_MAX], decide[PHRASE_MAX] = "";
    const struct rto *rto = &v->shown.rto;
    (void)format_clock(of, rto->objective_ms, false);
    if (!rto->running) {
        (void)snprintf(out, PHRASE_MAX, level == 0 ? "RTO %s   failing over is %s" : "RTO %s",
                       of, advice_words(v->shown.verdict.advice));
        return;
    }
    rto_elapsed_words(rto, elapsed, sizeof elapsed);
    if (rto->decide_before_wall_ms.known) {
        decide_words(v, level, decide);
    }
    (void)snprintf(out, PHRASE_MAX, "RTO %s%s%s%s%.96s", elapsed, level < 2 ? " of " : "/", of,
                   !decide[0]   ? ""
                   : level == 0 ? "   "
                                : "  ",
                   decide);
}

/* What a failover now would lose, in less and less room. */
static void loss_words(const struct view *v, int level, char out[PHRASE_MAX])
{
    char risk[PHRASE_MAX - 16];
    risk_words(&v->shown, level, risk, sizeof risk);
    (void)snprintf(out, PHRASE_MAX, "%s%s", level < 3 ? "At risk " : "", risk);
}

static void clock_figures(struct canvas *c, int x, int y, const struct view *v,
                          const char *text)
{
    const char *elapsed = text + strlen("RTO "), *decide = strstr(text, "DECIDE");
    if (strncmp(text, "RTO ", strlen("RTO ")) == 0) {
        size_t n = strcspn(elapsed, v->shown.rto.running ? "o/" : " ");
        make_figure(c, x, y, &v->shown, text, elapsed, n);
    }
    if (decide) {
        make_figure(c, x, y, &v->shown, text, decide, strcspn(decide, "("));
    }
}

static void loss_figures(struct canvas *c, int x, int y, const struct view *v, const char *text)
{
    const char *label = "At risk ";
    size_t n = strncmp(text, label, strlen(label)) == 0 ? strlen(label) : 0;
    make_figure(c, x, y, &v->shown, text, text + n, strlen(text + n));
}

/* The fullest pair of phrases that the row holds; the clock is the last to shrink. */
static void third_line(struct canvas *c, struct rect r, const struct view *v)
{
    static const struct {
        int clock, loss;
    } tries[] = {{0, 0}, {0, 1}, {0, 2}, {1, 1}, {1, 2}, {2, 1}, {2, 2}, {2, 3}};
    enum { TRIES = sizeof tries / sizeof tries[0] };
    char left[PHRASE_MAX], right[PHRASE_MAX];
    enum role facts = facts_of(&v->shown);
    for (int i = 0; i < TRIES; i++) {
        clock_words(v, tries[i].clock, left);
        loss_words(v, tries[i].loss, right);
        if (text_width_str(left) + 2 + text_width_str(right) <= r.w - 2) {
            break;
        }
    }
    int end = r.x + r.w - 1, x = r.x + 1;
    int used = canvas_text_fit(c, x, r.y, r.w - 2, facts, left);
    clock_figures(c, x, r.y, v, left);
    if (end - x - used - 2 >= text_width_str(right)) {
        x = canvas_text_right(c, end, r.y, r.w - 2, facts, right);
        loss_figures(c, x, r.y, v, right);
    }
}

void outage_paint(struct canvas *c, struct rect r, const struct view *v)
{
    canvas_fill(c, (struct rect){r.x, r.y, r.w, 1}, ' ', band_of(&v->shown));
    canvas_fill(c, (struct rect){r.x, r.y + 1, r.w, r.h - 1}, ' ', facts_of(&v->shown));
    first_line(c, (struct rect){r.x, r.y, r.w, 1}, v);
    second_line(c, (struct rect){r.x, r.y + 1, r.w, 1}, v);
    third_line(c, (struct rect){r.x, r.y + 2, r.w, 1}, v);
}

static void deadline_line(struct canvas *c, struct rect r, const struct view *v)
{
    char text[PHRASE_MAX];
    for (int level = 0; level < 3; level++) {
        decide_words(v, level, text);
        if (text_width_str(text) <= r.w - 2) {
            break;
        }
    }
    if (!v->shown.rto.decide_before_wall_ms.known) {
        (void)snprintf(text, sizeof text, "failing over is %s",
                       advice_words(v->shown.verdict.advice));
    }
    (void)canvas_text_fit(c, r.x + 1, r.y, r.w - 2, facts_of(&v->shown), text);
    clock_figures(c, r.x + 1, r.y, v, text);
}

static void elapsed_line(struct canvas *c, struct rect r, const struct view *v)
{
    char elapsed[48], of[FORMAT_MAX], text[PHRASE_MAX];
    const struct rto *rto = &v->shown.rto;
    (void)format_clock(of, rto->objective_ms, false);
    rto_elapsed_words(rto, elapsed, sizeof elapsed);
    (void)snprintf(text, sizeof text, "RTO %s%s%s", rto->running ? elapsed : "",
                   rto->running ? " of " : "", of);
    (void)canvas_text_fit(c, r.x + 1, r.y, r.w - 2, facts_of(&v->shown), text);
    clock_figures(c, r.x + 1, r.y, v, text);
}

static void small_line(struct canvas *c, struct rect r, const struct view *v, int which)
{
    char text[PHRASE_MAX];
    enum role band = which < 2 ? band_of(&v->shown) : facts_of(&v->shown);
    canvas_fill(c, r, ' ', band);
    switch (which) {
    case 0: {
        int end = header_right(c, r, v, band, false) - 2;
        (void)canvas_text_fit(c, r.x + 1, r.y, end - r.x - 1, band, v->snap->config->group);
        break;
    }
    case 1:
        verdict_line(c, r, v, r.x + r.w - 1);
        break;
    case 2:
        elapsed_line(c, r, v);
        break;
    case 3:
        deadline_line(c, r, v);
        break;
    case 4:
        for (int level = 0; level < 3; level++) {
            loss_words(v, level, text);
            if (text_width_str(text) <= r.w - 2) {
                break;
            }
        }
        (void)canvas_text_fit(c, r.x + 1, r.y, r.w - 2, band, text);
        loss_figures(c, r.x + 1, r.y, v, text);
        break;
    default:
        proof_words(v, r.w - 2, text);
        (void)canvas_text_fit(c, r.x + 1, r.y, r.w - 2, band, text);
        break;
    }
}

/* Too small for panes: the verdict and the clocks, the most important first. */
void outage_lines(struct canvas *c, struct rect r, const struct view *v)
{
    static const int order[] = {1, 3, 2, 0, 4, 5, 6}; /* which goes first when there are few */
    enum { LINES = sizeof order / sizeof order[0] };
    bool show[LINES] = {false};
    int y = r.y;
    for (int i = 0; i < LINES && i < r.h; i++) {
        show[order[i]] = true;
    }
    for (int i = 0; i < LINES; i++) {
        struct rect row = {r.x, y, r.w, 1};
        if (!show[i]) {
            continue;
        }
        y++;
        if (i == 6) {
            header_pane_line(c, row, v, PANE_ALERTS);
        } else {
            small_line(c, row, v, i);
        }
    }
}
