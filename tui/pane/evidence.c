/* Why the verdict is what it is: every row of the evidence, what it means, and the figures that a
 * decision rests on. */
#include "tui/pane/pane.h"

#include <stdio.h>
#include <string.h>

#include "tui/format.h"

#define NAME_W     16
#define EVIDENCE_H 52 /* more than all there is to say without opinions */
#define TWO_W      110

/* The table's columns; the detail takes what is left. */
struct columns {
    int label, answer, age, route, mark;
};

static struct columns columns_of(int w)
{
    int answer = glyph_in_use() == GLYPHS_UTF8 ? 10 : 13;
    return w >= 100  ? (struct columns){25, answer + 1, 8, 15, 8}
           : w >= 70 ? (struct columns){24, answer, 6, 8, 8}
                     : (struct columns){w - answer - 6 - 8, answer, 6, 0, 8};
}

static bool decides_nothing(enum evidence_id id)
{
    return id == EVIDENCE_DR_APP || evidence_is_opinion(id);
}

/* Some rows ask for trouble: there a no is good. Others decide nothing. */
static enum tri is_good(const struct evidence *e, enum evidence_id id)
{
    if (e->answer == TRI_UNKNOWN || decides_nothing(id)) {
        return TRI_UNKNOWN;
    }
    return tri_of((e->answer == TRI_YES) != (id == EVIDENCE_REPLICA_WRITABLE));
}

static void answer_cell(struct canvas *c, struct rect r, const struct evidence *e,
                        enum evidence_id id, bool stale)
{
    static const char *const words[] = {
        [TRI_UNKNOWN] = "unknown", [TRI_NO] = "no", [TRI_YES] = "yes"};
    char text[32], strikes[16] = "";
    enum tri good = is_good(e, id);
    enum glyph g = good == TRI_YES ? GLYPH_OK : good == TRI_NO ? GLYPH_DOWN : GLYPH_UNKNOWN;
    enum role role = good == TRI_YES ? ROLE_OK : good == TRI_NO ? ROLE_CRIT : ROLE_UNKNOWN;
    if (decides_nothing(id) && e->answer != TRI_UNKNOWN) {
        g = GLYPH_DOT;
        role = ROLE_TEXT;
    }
    if (e->answer == TRI_NO && e->strikes > 1) {
        (void)snprintf(strikes, sizeof strikes, e->strikes > 99 ? " x99+" : " x%d", e->strikes);
    }
    (void)snprintf(text, sizeof text, "%s %s%s", glyph(g), words[e->answer], strikes);
    (void)canvas_text_fit(c, r.x, r.y, r.w, stale ? ROLE_STALE : role, text);
}

static void age_cell(struct canvas *c, struct rect r, const struct view *v,
                     const struct evidence *e)
{
    char age[FORMAT_MAX];
    if (!e->age_ms.known) {
        (void)canvas_text_right(c, r.x + r.w, r.y, r.w, ROLE_DIM, glyph(GLYPH_DASH));
        return;
    }
    int64_t age_ms = e->age_ms.v + v->now_ms - v->snap->taken_at_ms;
    (void)canvas_text_right(c, r.x + r.w, r.y, r.w, ROLE_DIM, format_age(age, age_ms));
}

/* When all is well every row says so, and none of them is worth a mark. */
static uint32_t decided(const struct view *v)
{
    return v->snap->verdict.kind == VERDICT_NORMAL ? 0 : v->snap->verdict.decided;
}

static void evidence_row(struct canvas *c, struct rect r, const struct view *v,
                         enum evidence_id id)
{
    const struct evidence *e = &v->snap->evidence[id];
    const struct verdict *d = &v->snap->verdict;
    struct columns w = columns_of(r.w);
    bool decides = decided(v) >> id & 1, against = d->contradicts >> id & 1;
    int x = r.x;
    (void)canvas_text_fit(c, x, r.y, w.label - 1, decides ? ROLE_STRONG : ROLE_LABEL,
                          evidence_label(id));
    x += w.label;
    int answer_x = x;
    x += w.answer;
    age_cell(c, (struct rect){x, r.y, w.age, 1}, v, e);
    answer_cell(c, (struct rect){answer_x, r.y, w.answer, 1}, e, id, v->shown.hung);
    x += w.age + 2;
    if (w.route) {
        bool brief = e->route == ROUTE_CONTROL_PLANE && w.route < 14;
        (void)canvas_text_fit(c, x, r.y, w.route - 1, ROLE_DIM,
                              brief ? "control" : route_name(e->route));
        x += w.route;
    }
    int end = r.x + r.w - w.mark;
    (void)canvas_text_fit(c, x, r.y, end - x - 1, ROLE_TEXT, e->detail);
    if (decides || against) {
        (void)canvas_text(c, end, r.y, decides ? ROLE_ACCENT : ROLE_WARN,
                          decides ? " decided" : " against");
    }
}

static void table(struct rows *rows, struct canvas *c, const struct view *v)
{
    char others[512] = "";
    struct rect row;
    for (int id = 0; id < EVIDENCE_COUNT; id++) {
        if (v->snap->evidence[id].watched) {
            if (rows_next(rows, &row)) {
                evidence_row(c, row, v, (enum evidence_id)id);
            }
            continue;
        }
        if (evidence_is_opinion((enum evidence_id)id)) { /* there is no need of one */
            continue;
        }
        size_t n = strlen(others);
        (void)snprintf(others + n, sizeof others - n, "%s%s", n ? ", " : "",
                       evidence_label((enum evidence_id)id));
    }
    if (others[0]) {
        rows_named(rows, c, 11, "not asked:", ROLE_DIM, others);
    }
}

static void heading(struct rows *rows, struct canvas *c, const char *text)
{
    rows_text(rows, c, 0, ROLE_DIM, "");
    rows_text(rows, c, 0, ROLE_TITLE, text);
}

static void meanings(struct rows *rows, struct canvas *c, const struct view *v, uint32_t which,
                     const char *title)
{
    if (!which) {
        return;
    }
    heading(rows, c, title);
    for (int id = 0; id < EVIDENCE_COUNT; id++) {
        if (which >> id & 1) {
            rows_named(rows, c, 25, evidence_label((enum evidence_id)id), ROLE_TEXT,
                       evidence_meaning((enum evidence_id)id, v->snap->evidence[id].answer));
        }
    }
}

static void advice(struct rows *rows, struct canvas *c, const struct view *v)
{
    char text[256];
    const struct verdict *d = &v->snap->verdict;
    static const enum role roles[] = {[ADVICE_NOT_ADVISED] = ROLE_TEXT,
                                      [ADVICE_ADVISED] = ROLE_STRONG,
                                      [ADVICE_IMPOSSIBLE] = ROLE_WARN};
    heading(rows, c, "Failing over");
    (void)snprintf(text, sizeof text, "%s%s%s", advice_words(d->advice),
                   d->advice_why[0] ? ": " : "", d->advice_why);
    rows_named(rows, c, NAME_W, "to the DR site", roles[d->advice], text);
}

static void gap_row(struct rows *rows, struct canvas *c, const char *name,
                    const struct gap *gap, enum freshness f, const char *means)
{
    char tx[48], bytes[48], text[256];
    gap_tx(gap, f, tx, sizeof tx);
    gap_bytes(gap, f, bytes, sizeof bytes);
    (void)snprintf(text, sizeof text, "%s  %s  %s", bytes, gap->tx.known ? tx : "", means);
    rows_named(rows, c, NAME_W, name, ROLE_TEXT, text);
}

static void exposure(struct rows *rows, struct canvas *c, const struct view *v)
{
    char text[160], unseen[96], age[FORMAT_MAX];
    const struct shown *s = &v->shown;
    heading(rows, c, "At risk");
    gap_row(rows, c, "not received", &s->not_received, risk_fresh(s), "lost by a failover now");
    gap_row(rows, c, "not applied", &s->not_applied, s->not_applied_fresh, "safe once applied");
    unseen_words(s, unseen, sizeof unseen);
    if (!unseen[0]) {
        rows_named(rows, c, NAME_W, "not seen", ROLE_TEXT, "nothing: it is in sight");
    } else if (s->unobserved.bytes_max.known && s->primary.fresh != FRESHNESS_NONE) {
        unseen[strlen(unseen) - strlen(" unseen")] = '\0';
        (void)snprintf(text, sizeof text, "%s, out of sight for %s", unseen + strlen(" + "),
                       format_age(age, s->primary.age_ms));
        rows_named(rows, c, NAME_W, "not seen", ROLE_WARN, text);
    } else {
        rows_named(rows, c, NAME_W, "not seen", ROLE_UNKNOWN,
                   s->primary.fresh == FRESHNESS_NONE ? "unknown: the primary was never seen"
                                                      : unseen + strlen(" + "));
    }
}

/* Where the deadline comes from, as the sum that it is. */
static void deadline_rows(struct rows *rows, struct canvas *c, const struct view *v)
{
    char text[256], left[48], before[FORMAT_MAX], n[4][FORMAT_MAX];
    const struct rto *o = &v->shown.rto;
    if (o->decide_before_wall_ms.known) {
        deadline_words(o, v->wall_ms, left, sizeof left);
        (void)snprintf(text, sizeof text, "%s (%s)",
                       format_utc_time(before, o->decide_before_wall_ms.v), left);
        rows_named(rows, c, NAME_W, "decide before", ROLE_STRONG, text);
    }
    (void)snprintf(text, sizeof text, "%s + RTO %s - pipeline %s - validation %s",
                   o->last_good_wall_ms.known || !o->running ? "last good" : "first bad",
                   format_clock(n[0], o->objective_ms, false),
                   format_clock(n[1], o->pipeline_ms, false),
                   format_clock(n[2], v->snap->config->objectives.validation_ms, false));
    rows_named(rows, c, NAME_W, "reckoned as", ROLE_TEXT, text);
    if (o->n_runs == 0) {
        rows_named(rows, c, NAME_W, "pipeline", ROLE_TEXT,
                   "the configured estimate: there are no runs to learn from");
    } else if (o->median_ms.known) {
        (void)snprintf(text, sizeof text, "p95 of %zu run%s, median %s", o->n_runs,
                       o->n_runs == 1 ? "" : "s", format_clock(n[3], o->median_ms.v, false));
        rows_named(rows, c, NAME_W, "pipeline", ROLE_TEXT, text);
    }
}

static void clocks(struct rows *rows, struct canvas *c, const struct view *v)
{
    char text[160], elapsed[48], of[FORMAT_MAX], n[FORMAT_MAX];
    const struct rto *o = &v->shown.rto;
    heading(rows, c, "Clock");
    (void)format_clock(of, o->objective_ms, false);
    if (o->running) {
        rto_elapsed_words(o, elapsed, sizeof elapsed);
        (void)snprintf(text, sizeof text, "%s of %s", elapsed, of);
        if (o->elapsed_max_ms.known && o->elapsed_min_ms.known) {
            size_t len = strlen(text);
            (void)snprintf(text + len, sizeof text - len, ", at least %s",
                           format_clock(n, o->elapsed_min_ms.v, false));
        }
    } else {
        (void)snprintf(text, sizeof text, "%s, not running", of);
    }
    rows_named(rows, c, NAME_W, "RTO", o->running ? ROLE_STRONG : ROLE_TEXT, text);
    if (o->running) {
        rows_named(rows, c, NAME_W, "last good", ROLE_TEXT,
                   o->last_good_wall_ms.known ? format_utc(n, o->last_good_wall_ms.v)
                                              : "unknown: never seen to serve");
        rows_named(rows, c, NAME_W, "first bad", ROLE_TEXT,
                   o->first_bad_wall_ms.known ? format_utc(n, o->first_bad_wall_ms.v)
                                              : "unknown");
    }
    deadline_rows(rows, c, v);
}

static enum role verdict_role(const struct shown *s)
{
    return s->verdict.level == LEVEL_NORMAL     ? ROLE_OK
           : s->verdict.level == LEVEL_WARNING  ? ROLE_WARN
           : s->verdict.level == LEVEL_CRITICAL ? ROLE_CRIT
                                                : ROLE_UNKNOWN;
}

/* Below the table; side by side where there is room. */
static void figures(struct rows *rows, struct canvas *c, const struct view *v)
{
    struct rows right = *rows;
    bool two = rows->r.w >= TWO_W;
    if (two) {
        right.r.w = rows->r.w / 2 - 1;
        right.r.x = rows->r.x + rows->r.w - right.r.w;
        rows->r.w = right.r.w;
    }
    meanings(rows, c, v, decided(v), "What that means");
    meanings(rows, c, v, v->snap->verdict.contradicts, "What speaks against it");
    advice(rows, c, v);
    if (!two) {
        right.next = rows->next;
    }
    exposure(&right, c, v);
    clocks(&right, c, v);
    rows->next = right.next > rows->next ? right.next : rows->next;
}

static void verdict_rows(struct rows *rows, struct canvas *c, const struct view *v)
{
    char text[320], at[FORMAT_MAX];
    const struct shown *s = &v->shown;
    (void)snprintf(text, sizeof text, "%s %s%s: %s", glyph(level_glyph(s->verdict.level)),
                   verdict_name(s->verdict.kind), verdict_doubt(s), s->verdict.sentence);
    rows_text(rows, c, 2, verdict_role(s), text);
    (void)snprintf(text, sizeof text, "since %s", format_utc(at, s->verdict.since_wall_ms));
    if (s->verdict.confirmed && s->verdict.confirmed_wall_ms) {
        size_t n = strlen(text);
        (void)snprintf(text + n, sizeof text - n, ", confirmed %s",
                       format_utc_time(at, s->verdict.confirmed_wall_ms));
    }
    rows_named(rows, c, 2, "", ROLE_DIM, text);
    rows_text(rows, c, 0, ROLE_DIM, "");
}

static void all(struct rows *rows, struct canvas *c, const struct view *v, bool header)
{
    if (v->shown.past) {
        rows_text(rows, c, 0, ROLE_DIM,
                  "The evidence is of now; of the past the timeline knows. Esc, Esc: live.");
        return;
    }
    if (!header) {
        verdict_rows(rows, c, v);
    }
    table(rows, c, v);
    figures(rows, c, v);
}

/* Each opinion may have a row in the table and one below what speaks against it. */
static int height(const struct view *v)
{
    int opinions = 0;
    for (int id = 0; id < EVIDENCE_COUNT; id++) {
        opinions += evidence_is_opinion((enum evidence_id)id) && v->snap->evidence[id].watched;
    }
    return EVIDENCE_H + (opinions ? 2 + 2 * opinions : 0);
}

void evidence_brief_paint(struct canvas *c, struct rect r, struct view *v)
{
    uint32_t first[] = {decided(v), v->snap->verdict.contradicts, UINT32_MAX}, done = 0;
    int y = r.y;
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
        for (int id = 0; id < EVIDENCE_COUNT && y < r.y + r.h; id++) {
            if (v->snap->evidence[id].watched && first[i] >> id & 1 && !(done >> id & 1)) {
                evidence_row(c, (struct rect){r.x, y++, r.w, 1}, v, (enum evidence_id)id);
                done |= UINT32_C(1) << id;
            }
        }
    }
}

void evidence_paint(struct canvas *c, struct view *v)
{
    struct rect in = overlay_open(c, 116, height(v), overlay_spare(c), "Evidence");
    struct rect before = canvas_clip(c, in);
    struct rows rows = rows_over(in, v);
    all(&rows, c, v, overlay_spare(c).top > 0);
    rows_end(&rows);
    canvas_unclip(c, before);
    overlay_close(c, in, v);
}
