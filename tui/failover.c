#include "tui/failover.h"
#include "tui/failover_keys.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"

#define SENT_FOR_NOTHING_MS 10000 /* no attempt came of it: the screen may begin anew */

void failover_init(struct failover *f, const struct config *cfg, bool read_only)
{
    *f = (struct failover){.terms = {.countdown_ms = cfg->failover.countdown_ms,
                                     .two_person = cfg->failover.two_person,
                                     .read_only = read_only || !cfg->failover.present}};
    guard_init(&f->guard);
}

const char *failover_refusal(const struct config *cfg, bool read_only, bool drill)
{
    if (!cfg->failover.present) {
        return "no failover is configured";
    }
    if (read_only) {
        return "read-only: this dashboard only looks";
    }
    return drill && !cfg->failover.drill.path ? "no drill is configured" : NULL;
}

/* --- what is shown */

bool failover_has_run(const struct failover_view *fv)
{
    return fv && fv->attempt.id != 0 &&
           (!attempt_is_over(fv->attempt.state) || !fv->attempt.acknowledged);
}

static bool is_asked_for_second(const struct failover_view *fv)
{
    return fv && fv->second_asked_by[0] && fv->challenge[0] && !fv->second_answered_by[0];
}

static enum failover_page page_of_attempt(const struct attempt *a)
{
    switch (a->state) {
    case ATTEMPT_INTENT:
        return PAGE_SENDING;
    case ATTEMPT_UNKNOWN:
        return PAGE_UNKNOWN;
    case ATTEMPT_REFUSED:
        return PAGE_REFUSED;
    case ATTEMPT_NOT_SENT:
        return PAGE_NOT_SENT;
    case ATTEMPT_QUEUED:
        return a->joined ? PAGE_JOINED : PAGE_ACCEPTED;
    case ATTEMPT_RUNNING:
        return PAGE_TRACK;
    case ATTEMPT_ENDED:
        return PAGE_VERIFY;
    case ATTEMPT_VERIFIED:
    case ATTEMPT_FAILED:
    case ATTEMPT_LOST:
    case ATTEMPT_STATES:
        break;
    }
    return PAGE_OVER;
}

enum failover_page failover_page(const struct failover *f, const struct failover_view *fv)
{
    switch (f->guard.state) {
    case GUARD_REVIEW:
        return PAGE_REVIEW;
    case GUARD_OVERRIDE:
        return PAGE_OVERRIDE;
    case GUARD_REASON:
        return PAGE_REASON;
    case GUARD_SECOND:
        return PAGE_SECOND;
    case GUARD_COUNTDOWN:
        return PAGE_COUNTDOWN;
    case GUARD_SENT:
        if (!fv || fv->attempt.id <= f->attempt_before) {
            return PAGE_SENDING;
        }
        break;
    case GUARD_LOCKED:
        break;
    }
    if (failover_has_run(fv)) {
        return page_of_attempt(&fv->attempt);
    }
    return is_asked_for_second(fv) ? PAGE_VOUCH : PAGE_NONE;
}

static bool is_before_dispatch(const struct failover *f)
{
    return f->guard.state != GUARD_LOCKED && f->guard.state != GUARD_SENT;
}

static bool stops_the_path(const struct preflight_row *row)
{
    return row->shown && !row->overridden &&
           (row->class == PREFLIGHT_BLOCK || row->class == PREFLIGHT_UNKNOWN);
}

bool failover_may_override(const struct failover *f)
{
    const struct preflight_row *row = &f->guard.facts.rows[f->at];
    return f->guard.state == GUARD_REVIEW && f->guard.facts.verb != VERB_NONE &&
           f->guard.line[0] == '\0' && stops_the_path(row) && row->may_override;
}

/* Until the user chooses a row, it is the first that stops the path. */
static void settle_row(struct failover *f)
{
    const struct preflight_row *rows = f->guard.facts.rows;
    if (f->chosen && rows[f->at].shown) {
        return;
    }
    int first = -1, stop = -1;
    for (int i = 0; i < PREFLIGHT_ROWS; i++) {
        first = first < 0 && rows[i].shown ? i : first;
        stop = stop < 0 && stops_the_path(&rows[i]) ? i : stop;
    }
    f->at = (enum preflight_row_id)(stop >= 0 ? stop : first >= 0 ? first : 0);
}

static void select_row(struct failover *f, int step)
{
    for (int i = (int)f->at + step; i >= 0 && i < PREFLIGHT_ROWS; i += step) {
        if (f->guard.facts.rows[i].shown) {
            f->at = (enum preflight_row_id)i;
            f->chosen = true;
            return;
        }
    }
}

/* --- into the guard */

static unsigned effects_of(struct failover *f, enum guard_effect effect,
                           const struct failover_view *fv, int64_t now_ms)
{
    switch (effect) {
    case GUARD_DISPATCH:
        f->sent_ms = now_ms;
        f->attempt_before = fv ? fv->attempt.id : 0;
        return FAILOVER_DISPATCH | FAILOVER_PAINT;
    case GUARD_ASK_SECOND:
        return FAILOVER_ASK_SECOND | FAILOVER_PAINT;
    case GUARD_WITHDRAW:
        return FAILOVER_WITHDRAW | FAILOVER_PAINT;
    case GUARD_NONE:
        break;
    }
    return FAILOVER_PAINT;
}

static unsigned step(struct failover *f, const struct guard_event *e,
                     const struct failover_view *fv, int64_t now_ms)
{
    return effects_of(f, guard_step(&f->guard, &f->terms, e, now_ms), fv, now_ms);
}

static unsigned shut(struct failover *f)
{
    f->open = false;
    f->typing = FAILOVER_TYPES_NOTHING;
    f->text[0] = f->said[0] = '\0';
    return FAILOVER_UNWATCH | FAILOVER_PAINT;
}

unsigned failover_leave(struct failover *f, int64_t now_ms)
{
    const struct guard_event escape = {.kind = GUARD_ESCAPE};
    return step(f, &escape, NULL, now_ms) | shut(f);
}

unsigned failover_shut(struct failover *f, int64_t now_ms)
{
    return f->open ? failover_leave(f, now_ms) : FAILOVER_NOTHING;
}

unsigned failover_open(struct failover *f, bool drill, const struct failover_view *fv,
                       int64_t now_ms)
{
    const struct guard_event open = {.kind = GUARD_OPEN, .drill = drill};
    const struct guard_event closed = {.kind = GUARD_CLOSED};
    if (f->open || f->terms.read_only) {
        return FAILOVER_NOTHING;
    }
    f->typing = FAILOVER_TYPES_NOTHING;
    f->text[0] = f->said[0] = '\0';
    f->log_back = f->scroll = 0;
    f->chosen = f->detail = false;
    f->opened_ms = now_ms;
    enum failover_page page = failover_page(f, fv);
    if (page == PAGE_SENDING && !failover_has_run(fv) &&
        now_ms - f->sent_ms >= SENT_FOR_NOTHING_MS) {
        page = PAGE_NONE;
    }
    if (page == PAGE_NONE) {
        (void)step(f, &closed, fv, now_ms); /* of an attempt that is over */
        (void)step(f, &open, fv, now_ms);
    }
    f->open = true;
    return FAILOVER_WATCH | FAILOVER_PAINT;
}

unsigned failover_feed(struct failover *f, const struct preflight *facts,
                       const struct failover_view *fv, int64_t now_ms)
{
    const struct guard_event fed = {.kind = GUARD_FACTS, .facts = facts};
    unsigned effects = FAILOVER_NOTHING;
    if (!f->open) {
        return effects;
    }
    if (is_before_dispatch(f)) {
        effects |= step(f, &fed, fv, now_ms);
        settle_row(f);
    }
    if (f->guard.state == GUARD_SECOND && fv && fv->second_answered_by[0] &&
        strcmp(fv->challenge, f->guard.challenge) == 0) {
        const struct guard_event seconded = {.kind = GUARD_APPROVED,
                                             .second = fv->second_answered_by};
        effects |= step(f, &seconded, fv, now_ms);
    }
    if (failover_page(f, fv) == PAGE_NONE) {
        effects |= shut(f);
    }
    return effects;
}

/* --- keys before the dispatch */

static unsigned review_key(struct failover *f, uint32_t code, const struct failover_view *fv,
                           int64_t now_ms, bool *out_taken)
{
    const struct guard_event override = {.kind = GUARD_ROW, .row = f->at};
    *out_taken = true;
    switch (code) {
    case KEYCODE_TAB:
        f->detail = !f->detail;
        return FAILOVER_PAINT;
    case KEYCODE_UP:
    case KEYCODE_DOWN:
        select_row(f, code == KEYCODE_UP ? -1 : 1);
        return FAILOVER_PAINT;
    case 'o':
        if (failover_may_override(f)) {
            return step(f, &override, fv, now_ms);
        }
        break;
    default:
        break;
    }
    *out_taken = false;
    return FAILOVER_NOTHING;
}

static unsigned guarded_key(struct failover *f, uint32_t code, const struct failover_view *fv,
                            int64_t now_ms)
{
    struct guard_event e = {.kind = GUARD_TEXT, .cp = code};
    if (code == KEYCODE_ESCAPE) {
        return failover_leave(f, now_ms);
    }
    if (f->guard.state == GUARD_REVIEW) {
        bool taken;
        unsigned effects = review_key(f, code, fv, now_ms, &taken);
        if (taken) {
            return effects;
        }
    }
    if (code == KEYCODE_PASTE) {
        e.kind = GUARD_PASTED;
    } else if (code == KEYCODE_BACKSPACE) {
        e.kind = GUARD_ERASE;
    } else if (code == KEYCODE_ENTER) {
        e.kind = GUARD_ENTER;
    } else if (code >= KEYCODE_SPECIAL) {
        e.cp = 0; /* types nothing, and stops a countdown */
    }
    return step(f, &e, fv, now_ms);
}

unsigned failover_key(struct failover *f, uint32_t code, const struct failover_view *fv,
                      int64_t now_ms)
{
    if (!f->open) {
        return FAILOVER_NOTHING;
    }
    if (code == KEYCODE_REDRAW) { /* which is a key as well, and any key stops a countdown */
        bool counting = is_before_dispatch(f) && f->guard.state == GUARD_COUNTDOWN;
        return FAILOVER_REDRAW | FAILOVER_PAINT |
               (counting ? guarded_key(f, KEYCODE_OTHER, fv, now_ms) : FAILOVER_NOTHING);
    }
    if (is_before_dispatch(f)) {
        return guarded_key(f, code, fv, now_ms);
    }
    if (failover_page(f, fv) == PAGE_VOUCH) {
        return failover_vouch_key(f, code, fv, now_ms);
    }
    return failover_run_key(f, code, fv, now_ms);
}
