/* What became of the request, and the run while it goes on. */
#include "tui/pane/failover.h"

#include <stdio.h>
#include <string.h>

#include "tui/format.h"

/* --- the fate of the request */

struct fate {
    const char *word;
    enum role role;
    const char *means;
};

static const struct fate fates[PAGE_COUNT] = {
    [PAGE_SENDING] = {"SENDING", ROLE_ACCENT,
                      "The decision is written to the journal, then the one request is sent."},
    [PAGE_ACCEPTED] = {"ACCEPTED", ROLE_OK,
                       "Jenkins has taken the request and put it into its queue."},
    [PAGE_JOINED] =
        {"JOINED", ROLE_WARN,
         "An identical request was queued already, and Jenkins has made ours part of "
         "it: there is one run, and this is it."},
    [PAGE_REFUSED] =
        {"REFUSED", ROLE_CRIT,
         "Jenkins has not taken the request. Nothing runs; nothing is sent again."},
    [PAGE_NOT_SENT] = {"NOT SENT", ROLE_CRIT,
                       "Nothing has left this host. No run was started."},
    [PAGE_UNKNOWN] = {"UNKNOWN", ROLE_UNKNOWN,
                      "The request may have been taken: no answer tells. Queue and builds are "
                      "searched for its id. Nothing is sent again unless a human says so."},
};

static void request_facts(struct sheet *s)
{
    char at[FORMAT_MAX], text[256];
    const struct attempt *a = &s->run->attempt;
    if (!a->id) {
        return;
    }
    (void)snprintf(text, sizeof text, "%s", a->job);
    sheet_named(s, "Job", ROLE_TEXT, text);
    sheet_named(s, "Request", ROLE_TEXT, a->request_id);
    if (a->queue_id.known) {
        (void)snprintf(text, sizeof text, "item %lld", (long long)a->queue_id.v);
        sheet_named(s, "Queue", ROLE_TEXT, text);
    }
    if (a->sent_wall_ms) {
        (void)snprintf(text, sizeof text, "%s%s", format_utc_time(at, a->sent_wall_ms),
                       a->posts > 1 ? ", and once more by a human" : "");
        sheet_named(s, "Sent", ROLE_TEXT, text);
    }
    sheet_named(s, "By", ROLE_TEXT, a->operator);
    if (a->second[0]) {
        sheet_named(s, "And by", ROLE_TEXT, a->second);
    }
    sheet_named(s, "Reason", ROLE_TEXT, a->reason);
}

static void search_words(struct sheet *s)
{
    char text[128], n[FORMAT_MAX];
    const struct failover_view *run = s->run;
    if (run->may_resend) {
        (void)snprintf(text, sizeof text,
                       "searched for %s without result: send it again, or say that it was not "
                       "accepted",
                       format_seconds(n, (double)run->searching_ms / 1000));
    } else {
        (void)snprintf(text, sizeof text, "searching for %s",
                       format_seconds(n, (double)run->searching_ms / 1000));
    }
    sheet_named(s, "Search", run->may_resend ? ROLE_WARN : ROLE_STRONG, text);
}

static void who_drives(struct sheet *s)
{
    if (s->run->attempt.id && !s->run->drives && !attempt_is_over(s->run->attempt.state)) {
        sheet_named(s, "Followed", ROLE_DIM,
                    s->run->past.holder[0] ? s->run->past.holder : "by another drtop");
    }
    if (s->run->why[0]) {
        sheet_named(s, "Hindered", ROLE_WARN, s->run->why);
    }
}

void failover_sent_paint(struct sheet *s)
{
    int y;
    const struct fate *fate = &fates[s->page];
    const struct attempt *a = &s->run->attempt;
    (void)sheet_rule(s, 0, "What became of the request", ROLE_TITLE, &y);
    sheet_blank(s);
    sheet_big(s, fate->role, fate->word);
    sheet_blank(s);
    sheet_text(s, ROLE_TEXT, fate->means);
    if (a->id && a->said[0]) {
        sheet_text(s, ROLE_STRONG, a->said);
    }
    sheet_blank(s);
    if (s->page == PAGE_UNKNOWN) {
        search_words(s);
    }
    if (s->run->waits[0] && a->id) {
        sheet_named(s, "It waits", ROLE_WARN, s->run->waits);
    }
    who_drives(s);
    request_facts(s);
}

/* --- phases */

static const struct {
    enum glyph glyph;
    enum role role;
} states[] = {
    [PHASE_AHEAD] = {GLYPH_DOT, ROLE_DIM},    [PHASE_RUNNING] = {GLYPH_RIGHT, ROLE_ACCENT},
    [PHASE_PAUSED] = {GLYPH_WARN, ROLE_WARN}, [PHASE_DONE] = {GLYPH_OK, ROLE_OK},
    [PHASE_FAILED] = {GLYPH_DOWN, ROLE_CRIT}, [PHASE_SKIPPED] = {GLYPH_DASH, ROLE_DIM},
};

static void no_return_line(struct sheet *s, const struct phases *p)
{
    struct rect row;
    const char *text = p->past_return ? " point of no return: passed "
                                      : " point of no return: stopping does not undo the rest ";
    enum role role = p->past_return ? ROLE_CRIT : ROLE_WARN;
    if (!sheet_row(s, &row)) {
        return;
    }
    for (int x = row.x; x < row.x + row.w; x++) {
        (void)canvas_text(s->c, x, row.y, role, glyph(GLYPH_LIMIT));
    }
    (void)canvas_text_fit(s->c, row.x + 3, row.y, row.w - 4, role, text);
}

/* What it took, or has taken so far. */
static void took_words(const struct sheet *s, const struct phase *p, char out[FORMAT_MAX])
{
    bool runs = p->state == PHASE_RUNNING || p->state == PHASE_PAUSED;
    if (p->took_ms.known) {
        (void)format_clock(out, p->took_ms.v, false);
    } else if (runs && p->started_wall_ms.known) {
        (void)format_clock(out, s->v->wall_ms - p->started_wall_ms.v, false);
    } else {
        out[0] = '\0';
    }
}

static bool is_slow(const struct sheet *s, const struct phase *p)
{
    int64_t ms = p->took_ms.known           ? p->took_ms.v
                 : p->started_wall_ms.known ? s->v->wall_ms - p->started_wall_ms.v
                                            : 0;
    return p->p95_ms.known && ms > p->p95_ms.v;
}

static void phase_line(struct sheet *s, const struct phase *p)
{
    char took[FORMAT_MAX], median[FORMAT_MAX], p95[FORMAT_MAX];
    struct rect row;
    enum role role = states[p->state].role;
    if (!sheet_row(s, &row)) {
        return;
    }
    int x = row.x + SHEET_NAME_W, name_w = row.w >= 100 ? 32 : 20;
    sheet_mark(s, row, role, states[p->state].glyph, phase_state_word(p->state));
    (void)canvas_text_fit(s->c, x, row.y, name_w,
                          p->state == PHASE_AHEAD ? ROLE_DIM : ROLE_STRONG, p->name);
    x += name_w;
    took_words(s, p, took);
    (void)canvas_text_right(s->c, x + 7, row.y, 7, is_slow(s, p) ? ROLE_WARN : ROLE_STRONG,
                            took);
    x += 9;
    if (p->median_ms.known && row.x + row.w - x < 24) {
        (void)canvas_printf(s->c, x, row.y, ROLE_DIM, "usual %s",
                            format_clock(median, p->median_ms.v, false));
    } else if (p->median_ms.known && p->p95_ms.known) {
        (void)canvas_printf(s->c, x, row.y, ROLE_DIM, "median %s, p95 %s",
                            format_clock(median, p->median_ms.v, false),
                            format_clock(p95, p->p95_ms.v, false));
    } else if (row.w >= 70) {
        (void)canvas_text(s->c, x, row.y, ROLE_DIM, "no past run");
    }
}

void failover_phases(struct sheet *s)
{
    const struct phases *p = &s->run->phases;
    for (size_t i = 0; i < p->n; i++) {
        if ((int)i == p->no_return) {
            no_return_line(s, p);
        }
        phase_line(s, &p->phases[i]);
    }
}

/* --- the log */

static int count_lines(const char *log)
{
    int n = 0;
    for (; *log; log++) {
        n += *log == '\n' || !log[1];
    }
    return n;
}

static void log_lines(struct sheet *s, struct rect r)
{
    struct failover *f = s->f;
    const char *at = s->run->log;
    char line[512];
    int all = count_lines(at);
    f->log_page = r.h;
    f->log_rows = all;
    int last = all > r.h ? all - r.h : 0;
    f->log_back = f->log_back > last ? last : f->log_back;
    int first = last - f->log_back;
    for (int i = 0; *at; i++) {
        size_t len = strcspn(at, "\n");
        if (i >= first && i < first + r.h) {
            (void)snprintf(line, sizeof line, "%.*s", (int)len, at);
            (void)canvas_text_fit(s->c, r.x, r.y + i - first, r.w, ROLE_DIM, line);
        }
        at += len + (at[len] == '\n');
    }
}

static void log_part(struct sheet *s)
{
    char back[48] = "";
    int y;
    (void)sheet_rule(s, 0, "Console", ROLE_TITLE, &y);
    struct rect r = s->rows.r;
    r.y += s->rows.next;
    r.h -= s->rows.next;
    if (r.h < 1) {
        return;
    }
    log_lines(s, r);
    if (s->f->log_back > 0) {
        (void)snprintf(back, sizeof back, "%s%d newer", glyph(GLYPH_DOWNWARD), s->f->log_back);
    }
    sheet_note(s, y, ROLE_KEY, back);
}

/* --- the run */

static void input_part(struct sheet *s)
{
    char text[384];
    const struct jenkins_input *in = &s->run->input;
    if (!in->pending) {
        return;
    }
    if (in->n_inputs > 0) {
        (void)snprintf(text, sizeof text,
                       "%s (it asks for %zu value%s: answer it in Jenkins, not here)",
                       in->message, in->n_inputs, in->n_inputs == 1 ? "" : "s");
    } else {
        (void)snprintf(text, sizeof text, "%s (p lets it proceed, x aborts)", in->message);
    }
    sheet_named(s, "PAUSED", ROLE_WARN, text);
}

void failover_track_paint(struct sheet *s)
{
    char title[384], number[32] = "", took[FORMAT_MAX];
    int y;
    const struct attempt *a = &s->run->attempt;
    const struct jenkins_build *b = &s->run->build;
    if (a->build.known) {
        (void)snprintf(number, sizeof number, " #%lld", (long long)a->build.v);
    }
    (void)snprintf(title, sizeof title, "%.200s%s", a->job, number);
    (void)sheet_rule(s, 0, title, ROLE_TITLE, &y);
    if (b->started_wall_ms) {
        (void)snprintf(title, sizeof title, "running %s",
                       format_clock(took, s->v->wall_ms - b->started_wall_ms, false));
        sheet_note(s, y, ROLE_STRONG, title);
    }
    failover_phases(s);
    input_part(s);
    if (s->run->waits[0]) {
        sheet_named(s, "It waits", ROLE_WARN, s->run->waits);
    }
    who_drives(s);
    if (sheet_left(s) >= 16) {
        sheet_blank(s);
        request_facts(s);
    }
    log_part(s);
}
