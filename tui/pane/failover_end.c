/* After the run: what our own eyes see, and what is to be said of it. */
#include "tui/pane/failover.h"

#include <stdio.h>
#include <string.h>

#include "tui/format.h"

void failover_eyes(struct sheet *s)
{
    static const struct {
        enum glyph glyph;
        enum role role;
        const char *word;
    } answers[] = {
        [TRI_UNKNOWN] = {GLYPH_UNKNOWN, ROLE_UNKNOWN, "UNKNOWN"},
        [TRI_NO] = {GLYPH_DOWN, ROLE_CRIT, "NO"},
        [TRI_YES] = {GLYPH_OK, ROLE_OK, "YES"},
    };
    for (int i = 0; i < VERIFY_ROWS; i++) {
        const struct verify_row *row = &s->run->verify.rows[i];
        struct rect r;
        if (!row->asked || !sheet_row(s, &r)) {
            continue;
        }
        int x = r.x + SHEET_NAME_W, end = r.x + r.w;
        enum role role = answers[row->answer].role;
        sheet_mark(s, r, role, answers[row->answer].glyph, answers[row->answer].word);
        (void)canvas_text_fit(s->c, x, r.y, end - x, ROLE_TEXT,
                              verify_row_label((enum verify_row_id)i));
        x += 33;
        (void)canvas_text_fit(s->c, x, r.y, end - x, ROLE_DIM, row->detail);
    }
}

const char *failover_outcome_word(const struct attempt *a, enum role *out_role)
{
    *out_role = a->state == ATTEMPT_VERIFIED ? ROLE_OK : ROLE_CRIT;
    if (a->state == ATTEMPT_REFUSED) {
        return "REFUSED";
    }
    if (a->state == ATTEMPT_NOT_SENT) {
        return "NOT SENT";
    }
    switch (a->outcome) {
    case OUTCOME_FAILED_OVER:
        return "FAILED OVER";
    case OUTCOME_DRILL_DONE:
        return "DRILL DONE";
    case OUTCOME_SUCCESS_NOT_PROMOTED:
        return "NOT PROMOTED";
    case OUTCOME_SUCCESS_NOT_SERVING:
        return "NOT SERVING";
    case OUTCOME_FAILED_BEFORE:
        return "RUN FAILED";
    case OUTCOME_FAILED_AFTER:
        return "HALF DONE";
    case OUTCOME_LOST:
        return "BUILD LOST";
    case OUTCOME_PENDING:
        break;
    }
    if (a->state == ATTEMPT_VERIFIED) {
        return "DONE";
    }
    if (a->state == ATTEMPT_LOST) {
        return "BUILD LOST";
    }
    /* Given up before anything was seen to run; or it ran, and what it left could not be seen. */
    return !a->build.known ? "NOT ACCEPTED" : "NOT VERIFIED";
}

/* As the journal has it, for who comes after the run. */
static const char *result_words(enum jenkins_result result)
{
    static const char *const words[] = {
        [RESULT_NONE] = "no result known", [RESULT_SUCCESS] = "SUCCESS",
        [RESULT_UNSTABLE] = "UNSTABLE",    [RESULT_FAILURE] = "FAILURE",
        [RESULT_ABORTED] = "ABORTED",      [RESULT_NOT_BUILT] = "NOT_BUILT",
        [RESULT_OTHER] = "another result"};
    return words[result];
}

/* "SUCCESS after 17:32", "no result yet". */
static void jenkins_words(const struct sheet *s, char *out, size_t size)
{
    char took[FORMAT_MAX], number[32] = "";
    const struct jenkins_build *b = &s->run->build;
    const struct attempt *a = &s->run->attempt;
    const char *word = b->result_word[0] ? b->result_word : result_words(a->result);
    if (a->build.known) {
        (void)snprintf(number, sizeof number, " #%lld", (long long)a->build.v);
    }
    if (b->took_ms.known && b->took_ms.v > 0) {
        (void)snprintf(out, size, "%s%s: %s after %s", a->job, number, word,
                       format_clock(took, b->took_ms.v, false));
    } else {
        (void)snprintf(out, size, "%s%s: %s", a->job, number, word);
    }
}

void failover_verify_paint(struct sheet *s)
{
    char text[384];
    int y;
    (void)sheet_rule(s, 0, "Seen with our own eyes", ROLE_TITLE, &y);
    failover_eyes(s);
    sheet_blank(s);
    sheet_text(s, ROLE_STRONG,
               s->run->verify.sentence[0] ? s->run->verify.sentence
                                          : "looking whether the DR site has taken over");
    jenkins_words(s, text, sizeof text);
    sheet_named(s, "Jenkins", ROLE_TEXT, text);
    (void)sheet_rule(s, 0, "Phases", ROLE_TITLE, &y);
    failover_phases(s);
}

static const char *failed_phase(const struct phases *p)
{
    for (size_t i = 0; i < p->n; i++) {
        if (p->phases[i].state == PHASE_FAILED) {
            return p->phases[i].name;
        }
    }
    return NULL;
}

/* From there to the moment we saw the DR site serve; at least from the incident's beginning. */
static void rto_words(const struct sheet *s, char *out, size_t size)
{
    char measured[FORMAT_MAX], objective[FORMAT_MAX];
    const struct rto *rto = &s->v->shown.rto;
    const struct attempt *a = &s->run->attempt;
    const struct incident *in = view_incident(s->v);
    struct opt_i64 good = failover_last_good(s), from = good;
    (void)format_clock(objective, rto->objective_ms, false);
    if (!good.known && in->id[0] && strcmp(in->id, a->incident) == 0) {
        from = opt_i64(in->opened_wall_ms);
    }
    if (!from.known || a->ended_wall_ms <= from.v) {
        (void)snprintf(out, size, "objective %s; when service was last good is not known here",
                       objective);
        return;
    }
    int64_t ms = a->ended_wall_ms - from.v;
    const char *word = ms > rto->objective_ms ? ", missed" : good.known ? ", kept" : "";
    (void)snprintf(out, size, "%s%s%s of %s%s", good.known ? "" : glyph(GLYPH_AT_LEAST),
                   good.known ? "" : " ", format_clock(measured, ms, false), objective, word);
}

static void figures(struct sheet *s)
{
    char text[384], from[FORMAT_MAX], took[FORMAT_MAX];
    const struct attempt *a = &s->run->attempt;
    const char *failed = failed_phase(&s->run->phases);
    if (failed) {
        sheet_named(s, "Failed in", ROLE_CRIT, failed);
    }
    if (!a->drill && a->state == ATTEMPT_VERIFIED) {
        rto_words(s, text, sizeof text);
        sheet_named(s, "RTO", ROLE_STRONG, text);
    }
    (void)snprintf(text, sizeof text, "drtop report --incident %s%s%s",
                   a->incident[0] && !a->drill ? a->incident : a->request_id,
                   s->run->report[0] ? "; written to " : "", s->run->report);
    sheet_named(s, "Report", ROLE_ACCENT, text);
    if (a->ended_wall_ms) {
        (void)snprintf(text, sizeof text, "%s from decision (%s) to end",
                       format_clock(took, a->ended_wall_ms - a->intended_wall_ms, false),
                       format_utc_time(from, a->intended_wall_ms));
        sheet_named(s, "Took", ROLE_TEXT, text);
    }
    if (!a->drill && a->promised_lose[0]) {
        sheet_named(s, "Loss", ROLE_TEXT, a->promised_lose);
    }
    jenkins_words(s, text, sizeof text);
    sheet_named(s, "Jenkins", ROLE_TEXT, text);
    if (a->reason[0]) {
        (void)snprintf(text, sizeof text, "%s: %s", a->operator, a->reason);
        sheet_named(s, "Decided by", ROLE_TEXT, text);
    }
}

/* What keeps the next attempt away. */
static void cooldown(struct sheet *s)
{
    char text[192], until[FORMAT_MAX];
    const struct attempt *a = &s->run->attempt;
    int64_t until_ms = a->ended_wall_ms + s->v->snap->config->failover.cooldown_ms;
    if (a->ended_wall_ms && until_ms > s->v->wall_ms) {
        (void)snprintf(text, sizeof text, "acknowledge it (a); no other attempt before %s",
                       format_utc_time(until, until_ms));
    } else {
        (void)snprintf(text, sizeof text, "acknowledge it (a); no other attempt before that");
    }
    sheet_named(s, "Next", ROLE_WARN, text);
}

void failover_over_paint(struct sheet *s)
{
    int y;
    enum role role;
    const struct failover_view *run = s->run;
    const char *word = failover_outcome_word(&run->attempt, &role);
    const char *sentence = run->verify.sentence[0] ? run->verify.sentence : run->attempt.said;
    (void)sheet_rule(s, 0, "Outcome", ROLE_TITLE, &y);
    sheet_big(s, role, word);
    sheet_text(s, ROLE_STRONG, sentence);
    cooldown(s);
    (void)sheet_rule(s, 0, "Seen with our own eyes", ROLE_TITLE, &y);
    failover_eyes(s);
    (void)sheet_rule(s, 0, "Figures", ROLE_TITLE, &y);
    figures(s);
    if (sheet_left(s) >= (int)run->phases.n + 2 && run->phases.n > 0) {
        (void)sheet_rule(s, 0, "Phases", ROLE_TITLE, &y);
        failover_phases(s);
    }
}
