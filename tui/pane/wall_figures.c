/* The figures of the screen in a room: the RTO clock, the time to decide or the lag, and what a
 * failover would lose, each as a label, large digits and a note. */
#include "tui/pane/pane.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"
#include "tui/big.h"
#include "tui/format.h"

#define FIGURES 3
#define GAP     2

#define DAY_MS 86400000

/* Less than that beside them, and two columns are read better than three. */
#define SPARE_MIN 10

struct figure {
    enum role role;
    char label[64], brief_label[32];
    char number[48], brief[48]; /* brief: where there is no room for number; "": none */
    char unit[16];
    char note[160], brief_note[96];
};

/* Takes blanks out of the first part of words and gives the rest as unit: "≥ 3.2 s", "4.0 KiB". */
static void split(const char *words, struct figure *f)
{
    char number[48];
    const char *blank = strrchr(words, ' ');
    size_t n = blank ? (size_t)(blank - words) : strlen(words), to = 0;
    for (size_t i = 0; i < n && to + 1 < sizeof number; i++) {
        if (words[i] != ' ') {
            number[to++] = words[i];
        }
    }
    number[to] = '\0';
    if (strcmp(number, "unknown") == 0) {
        (void)snprintf(f->number, sizeof f->number, "?");
        f->unit[0] = '\0';
        return;
    }
    (void)snprintf(f->number, sizeof f->number, "%s", number);
    (void)snprintf(f->unit, sizeof f->unit, "%.15s", blank ? blank + 1 : "");
    if (strcmp(number, glyph(GLYPH_DASH)) == 0) {
        (void)snprintf(f->number, sizeof f->number, "--");
    }
}

/* "1:04:11" is too wide for a column; what is left out stands in the note. */
static void clock_brief(const char *number, char *out, size_t out_size)
{
    const char *first = strchr(number, ':'), *second = first ? strchr(first + 1, ':') : NULL;
    const char *zero = strstr(number, "0");
    if (second) {
        (void)snprintf(out, out_size, "%.*sh%.2s", (int)(first - number), number, first + 1);
    } else if (zero && first && zero + 2 == first) {
        (void)snprintf(out, out_size, "%.*s%s", (int)(zero - number), number, zero + 1);
    } else {
        out[0] = '\0';
    }
}

/* While it runs: what has passed of the objective. */
static void running_clock(const struct view *v, struct figure *f)
{
    char elapsed[48], of[FORMAT_MAX];
    const struct rto *o = &v->shown.rto;
    const struct opt_i64 passed =
        o->elapsed_max_ms.known ? o->elapsed_max_ms : o->elapsed_min_ms;
    rto_elapsed_words(o, elapsed, sizeof elapsed);
    split(elapsed, f);
    const char *blank = strchr(elapsed, ' ');
    if (blank && o->elapsed_min_ms.known) { /* "≥ 03:10" has no unit */
        (void)snprintf(f->number, sizeof f->number, "%s%s", glyph(GLYPH_AT_LEAST), blank + 1);
        f->unit[0] = '\0';
    }
    clock_brief(f->number, f->brief, sizeof f->brief);
    (void)format_clock(of, o->objective_ms, false);
    bool missed = passed.known && passed.v > o->objective_ms;
    (void)snprintf(f->label, sizeof f->label, "RTO ELAPSED");
    (void)snprintf(f->note, sizeof f->note, "%s of %s%s", elapsed, of,
                   missed ? ", MISSED" : "");
    (void)snprintf(f->brief_note, sizeof f->brief_note, "of %s%s", of,
                   missed ? ", MISSED" : "");
    f->role = v->shown.verdict.confirmed || missed ? ROLE_CRIT : ROLE_WARN;
}

static void calm_clock(const struct view *v, struct figure *f)
{
    char took[FORMAT_MAX], ago[FORMAT_MAX];
    const struct rto *o = &v->shown.rto;
    (void)snprintf(f->label, sizeof f->label, "RTO OBJECTIVE");
    (void)format_clock(f->number, o->objective_ms, false);
    clock_brief(f->number, f->brief, sizeof f->brief);
    if (o->last_took_ms.known && o->last_wall_ms.known) {
        (void)format_clock(took, o->last_took_ms.v, false);
        (void)format_age(ago, v->wall_ms - o->last_wall_ms.v);
        (void)snprintf(f->note, sizeof f->note, "last drill or run %s, %s ago", took, ago);
        (void)snprintf(f->brief_note, sizeof f->brief_note, "last %s, %s ago", took, ago);
    } else {
        (void)snprintf(f->note, sizeof f->note, "no drill yet, estimate %s",
                       format_clock(took, o->pipeline_ms, false));
        (void)snprintf(f->brief_note, sizeof f->brief_note, "estimate %s", took);
    }
    f->role = ROLE_DIM; /* a promise, no clock that runs */
}

static void decide(const struct view *v, struct figure *f)
{
    char at[FORMAT_MAX], late[FORMAT_MAX];
    int64_t before_ms = v->shown.rto.decide_before_wall_ms.v;
    int64_t left_ms = before_ms - v->wall_ms;
    (void)snprintf(f->label, sizeof f->label, "DECIDE BEFORE %s",
                   format_utc_time(at, before_ms));
    (void)snprintf(f->brief_label, sizeof f->brief_label, "BEFORE %s", at);
    f->role = v->shown.verdict.confirmed ? ROLE_CRIT : ROLE_WARN;
    if (left_ms >= 0) {
        (void)format_clock(f->number, left_ms, true);
        clock_brief(f->number, f->brief, sizeof f->brief);
        (void)snprintf(f->note, sizeof f->note, "left; failing over is %s",
                       advice_words(v->snap->verdict.advice));
        (void)snprintf(f->brief_note, sizeof f->brief_note, "left");
    } else {
        (void)snprintf(f->number, sizeof f->number, "NOW");
        (void)snprintf(f->note, sizeof f->note, "deadline passed %s ago",
                       format_clock(late, -left_ms, true));
        (void)snprintf(f->brief_note, sizeof f->brief_note, "%s late", late);
    }
}

static void lag(const struct view *v, struct figure *f)
{
    char words[48], rpo[FORMAT_MAX];
    lag_words(&v->shown, words, sizeof words);
    split(words, f);
    f->role = lag_role(v);
    (void)snprintf(f->label, sizeof f->label, "LAG");
    (void)format_seconds(rpo, (double)v->snap->config->objectives.rpo_ms / 1000);
    (void)snprintf(f->note, sizeof f->note, "RPO %s%s", rpo,
                   f->number[0] == '?'    ? ", lag unknown"
                   : f->role == ROLE_WARN ? ", exceeded"
                                          : "");
}

static void prefix(struct figure *f, const char *sign)
{
    char number[48];
    (void)snprintf(number, sizeof number, "%.8s%.39s", sign, f->number);
    memcpy(f->number, number, sizeof number);
}

/* What a failover now would lose. What nobody saw is never left out: "at least". */
static void risk(const struct view *v, struct figure *f)
{
    char words[48];
    const struct shown *s = &v->shown;
    const struct gap *gap = &s->not_received;
    bool tx = gap->tx.known && risk_fresh(s) != FRESHNESS_NONE;
    if (tx) {
        gap_tx(gap, risk_fresh(s), words, sizeof words);
    } else {
        gap_bytes(gap, risk_fresh(s), words, sizeof words);
    }
    split(words, f);
    bool none = gap->bytes.known && gap->bytes.v == 0 && (!gap->tx.known || gap->tx.v == 0);
    bool blank = none || f->number[0] == '?';
    if (s->unseen && blank && !s->hung && s->unobserved.bytes_max.known &&
        s->unobserved.bytes_max.v > 0) {
        split(format_bytes(words, (uint64_t)s->unobserved.bytes_max.v), f);
        prefix(f, glyph_in_use() == GLYPHS_UTF8 ? "≤" : "<=");
    } else if (s->unseen && blank) {
        (void)snprintf(f->number, sizeof f->number, "?");
        f->unit[0] = '\0';
    } else if (s->unseen) {
        prefix(f, glyph(GLYPH_AT_LEAST));
    }
    (void)snprintf(f->label, sizeof f->label, "%s",
                   s->verdict.kind == VERDICT_FAILED_OVER ? "LEFT BEHIND" : "AT RISK NOW");
    risk_words(s, 0, f->note, sizeof f->note);
    risk_words(s, 1, f->brief_note, sizeof f->brief_note);
    f->role = s->hung || risk_fresh(s) >= FRESHNESS_STALE              ? ROLE_STALE
              : f->number[0] == '?' || risk_fresh(s) == FRESHNESS_NONE ? ROLE_UNKNOWN
              : none && !s->unseen                                     ? ROLE_OK
                                                                       : ROLE_WARN;
}

/* The decision is behind us. */
static void since(const struct view *v, struct figure *f)
{
    char at[FORMAT_MAX];
    const struct verdict *d = &v->shown.verdict;
    (void)snprintf(f->label, sizeof f->label, "SINCE %s",
                   format_utc_time(at, d->since_wall_ms));
    (void)format_clock(f->number, v->now_ms - d->since_ms, true);
    if (v->now_ms - d->since_ms >= DAY_MS) {
        (void)format_age(f->number, v->now_ms - d->since_ms);
    }
    clock_brief(f->number, f->brief, sizeof f->brief);
    f->role = ROLE_WARN;
}

static void figure(const struct view *v, int which, struct figure *f)
{
    *f = (struct figure){.role = ROLE_TEXT};
    if (which == 0) {
        (v->shown.rto.running ? running_clock : calm_clock)(v, f);
    } else if (which == 2) {
        risk(v, f);
    } else if (v->shown.verdict.kind == VERDICT_FAILED_OVER) {
        since(v, f);
    } else if (v->shown.rto.running && v->shown.rto.decide_before_wall_ms.known) {
        decide(v, f);
    } else {
        lag(v, f);
    }
    if (v->shown.hung) {
        f->role = ROLE_STALE;
    }
}

/* Number and unit in less and less room; what does not fit as a letter is written behind it. */
struct fit {
    const char *number, *unit;
    int times, unit_times; /* 0: as plain text */
};

static int width(const struct figure *f, const struct fit *fit)
{
    int w = big_width_times(fit->number, fit->times);
    if (!f->unit[0]) {
        return w;
    }
    return w + (fit->unit_times ? 2 + big_width_times(fit->unit, fit->unit_times)
                                : 1 + text_width_str(f->unit));
}

/* K of KiB, where there is no room for all of it: the note says it again. */
static const char *unit_brief(const char *unit)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    static const char *const letters[] = {"K", "M", "G", "T"};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(unit, units[i]) == 0) {
            return letters[i];
        }
    }
    return unit;
}

static struct fit fit(const struct figure *f, int w, int times)
{
    const char *brief = f->brief[0] ? f->brief : f->number, *unit = unit_brief(f->unit);
    for (int t = times; t >= 1; t--) {
        const struct fit tries[] = {{f->number, f->unit, t, t > 1 ? t - 1 : 1},
                                    {f->number, f->unit, t, 1},
                                    {f->number, unit, t, 1},
                                    {brief, unit, t, 1},
                                    {f->number, f->unit, t, 0},
                                    {brief, f->unit, t, 0}};
        for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
            if (width(f, &tries[i]) <= w) {
                return tries[i];
            }
        }
    }
    return (struct fit){.number = f->number, .unit = f->unit}; /* not even so */
}

static const char *label_of(const struct figure *f, int w)
{
    return f->brief_label[0] && text_width_str(f->label) > w ? f->brief_label : f->label;
}

/* The line below stays where it is, whatever the size of the letters above. */
static void paint(struct canvas *c, struct rect r, const struct figure *f, int times)
{
    struct fit how = fit(f, r.w, times);
    int base = r.y + 1 + BIG_ROWS * times, x = r.x;
    (void)canvas_text_fit(c, r.x, r.y, r.w, ROLE_LABEL, label_of(f, r.w));
    if (how.times == 0) {
        char text[80];
        (void)snprintf(text, sizeof text, "%s %s", f->number, f->unit);
        (void)canvas_text_fit(c, x, base - 1, r.w, f->role, text);
    } else {
        x += big_text_times(c, x, base - BIG_ROWS * how.times, how.times, f->role, how.number);
        if (how.unit_times) {
            (void)big_text_times(c, x + 2, base - BIG_ROWS * how.unit_times, how.unit_times,
                                 f->role, how.unit);
        } else {
            (void)canvas_text_fit(c, x + 1, base - 1, r.x + r.w - x - 1, f->role, f->unit);
        }
    }
    const char *note =
        text_width_str(f->note) <= r.w || !f->brief_note[0] ? f->note : f->brief_note;
    (void)canvas_text_fit(c, r.x, base, r.w, ROLE_TEXT, note);
}

/* What the columns need at least; returns what is left of w. */
static int columns(int w, int times, int out_w[FIGURES])
{
    int other = big_width_times("0.00", times) + GAP;
    out_w[0] = big_width_times("00:00", times) + GAP;
    out_w[1] = out_w[2] = other;
    return w - out_w[0] - 2 * other;
}

int wall_figures_times(int w, int max)
{
    int columns_w[FIGURES], times = max;
    while (times > 1 && columns(w, times, columns_w) < 0) {
        times--;
    }
    return times;
}

/* Columns keep their places, whatever stands in them: a figure that moves is read wrongly. */
void wall_figures_paint(struct canvas *c, struct rect r, const struct view *v, int times)
{
    struct figure f;
    int w[FIGURES], spare = columns(r.w, times, w);
    if (spare < SPARE_MIN) {
        wall_two_figures_paint(c, r, v);
        return;
    }
    w[0] += spare / 5;
    w[1] += spare * 2 / 5;
    w[2] = r.w - w[0] - w[1];
    for (int i = 0, x = r.x; i < FIGURES; x += w[i], i++) {
        figure(v, i, &f);
        int gap = i + 1 < FIGURES ? GAP : 0;
        paint(c, (struct rect){x, r.y, w[i] - gap, r.h}, &f, times);
    }
}

/* Where there is room for two, the promise that nobody waits for makes way for the lag, and in an
 * outage what is at risk stands in the note. */
void wall_two_figures_paint(struct canvas *c, struct rect r, const struct view *v)
{
    struct figure f;
    bool running = v->shown.rto.running;
    int half = r.w / 2;
    figure(v, running ? 0 : 1, &f);
    paint(c, (struct rect){r.x, r.y, half - GAP, r.h}, &f, 1);
    figure(v, running ? 1 : 2, &f);
    if (running) {
        char words[160];
        risk_words(&v->shown, 2, words, sizeof words);
        (void)snprintf(f.note, sizeof f.note, "at risk %.140s", words);
        f.brief_note[0] = '\0';
    }
    paint(c, (struct rect){r.x + half, r.y, r.w - half, r.h}, &f, 1);
}

/* The smallest wall: the one figure that matters most, and the others as words beside it. */
void wall_one_figure_paint(struct canvas *c, struct rect r, const struct view *v)
{
    struct figure f;
    int first = v->shown.rto.running ? 0 : 1;
    figure(v, first, &f);
    struct fit how = fit(&f, r.w - 12, 1);
    int x = r.x + big_text_times(c, r.x, r.y, 1, f.role, how.number);
    if (f.unit[0]) {
        x += 1 + canvas_text_fit(c, x + 1, r.y + BIG_ROWS - 1, 4, f.role, f.unit);
    }
    x += GAP;
    int y = r.y, w = r.x + r.w - x;
    for (int i = 0; i < FIGURES; i++) {
        char text[80];
        figure(v, i, &f);
        if (i == first) {
            (void)canvas_text_fit(c, x, y++, w, ROLE_LABEL, label_of(&f, w));
            continue;
        }
        (void)snprintf(text, sizeof text, "%s%s%s", f.number, f.unit[0] ? " " : "", f.unit);
        (void)canvas_text_fit(c, x, y++, w, ROLE_LABEL, label_of(&f, w));
        (void)canvas_text_fit(c, x, y++, w, f.role, text);
    }
}
