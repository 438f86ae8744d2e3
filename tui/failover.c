#include "tui/failover.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"

#define SENT_FOR_NOTHING_MS 10000 /* no attempt came of it: the screen may begin anew */

static const struct {
    uint32_t key;
    const char *word, *name;
    unsigned effect;
} typings[FAILOVER_TYPINGS] = {
    [FAILOVER_TYPES_STOP] = {'s', "stop", "stop the run", FAILOVER_STOP_RUN},
    [FAILOVER_TYPES_PROCEED] = {'p', "proceed", "let it proceed", FAILOVER_ANSWER},
    [FAILOVER_TYPES_ABORT] = {'x', "abort", "abort it there", FAILOVER_ANSWER},
    [FAILOVER_TYPES_RESEND] = {'r', "send again", "send again, same id", FAILOVER_RESEND},
    [FAILOVER_TYPES_GIVE_UP] = {'g', "not accepted", "it was not accepted", FAILOVER_GIVE_UP},
    [FAILOVER_TYPES_ACKNOWLEDGEMENT] = {'a', NULL, "acknowledge", FAILOVER_ACKNOWLEDGE},
};

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

__attribute__((format(printf, 2, 3))) static void say(struct failover *f, const char *format,
                                                      ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)text_copy(f->said, sizeof f->said, text);
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

static unsigned leave(struct failover *f, int64_t now_ms)
{
    const struct guard_event escape = {.kind = GUARD_ESCAPE};
    return step(f, &escape, NULL, now_ms) | shut(f);
}

unsigned failover_shut(struct failover *f, int64_t now_ms)
{
    return f->open ? leave(f, now_ms) : FAILOVER_NOTHING;
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
        return leave(f, now_ms);
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

/* --- keys after it */

bool failover_offers(const struct failover *f, const struct failover_view *fv,
                     enum failover_typing what)
{
    enum failover_page page = failover_page(f, fv);
    if (!fv || f->terms.read_only) {
        return false;
    }
    switch (what) {
    case FAILOVER_TYPES_STOP:
        return fv->drives && !fv->phases.past_return &&
               (page == PAGE_TRACK || page == PAGE_ACCEPTED || page == PAGE_JOINED);
    case FAILOVER_TYPES_PROCEED:
    case FAILOVER_TYPES_ABORT:
        return fv->drives && page == PAGE_TRACK && fv->input.pending && fv->input.n_inputs == 0;
    case FAILOVER_TYPES_RESEND:
    case FAILOVER_TYPES_GIVE_UP:
        return fv->drives && page == PAGE_UNKNOWN && fv->may_resend;
    case FAILOVER_TYPES_ACKNOWLEDGEMENT:
        return page == PAGE_OVER || page == PAGE_REFUSED || page == PAGE_NOT_SENT;
    case FAILOVER_TYPES_NOTHING:
    case FAILOVER_TYPINGS:
        break;
    }
    return false;
}

uint32_t failover_typing_key(enum failover_typing what)
{
    return typings[what].key;
}

const char *failover_typing_name(enum failover_typing what)
{
    return typings[what].name;
}

const char *failover_typing_word(enum failover_typing what)
{
    return typings[what].word;
}

/* What the sanitiser would replace is not taken. */
static void add_character(struct failover *f, uint32_t code)
{
    char in[4], clean[8];
    size_t n = strlen(f->text);
    if (code < 0x20 || code >= KEYCODE_SPECIAL || n + sizeof in >= sizeof f->text) {
        return;
    }
    size_t len = text_encode(code, in);
    if (text_clean(clean, sizeof clean, in, len) == len && memcmp(in, clean, len) == 0) {
        memcpy(f->text + n, in, len);
        f->text[n + len] = '\0';
    }
}

static void drop_character(struct failover *f)
{
    size_t n = strlen(f->text);
    while (n > 0 && ((unsigned char)f->text[--n] & 0xc0) == 0x80) {
    }
    f->text[n] = '\0';
}

/* True when the key was one that edits the line. */
static void edit(struct failover *f, uint32_t code)
{
    f->said[0] = '\0';
    if (code == KEYCODE_PASTE) {
        say(f, "pasted text is not taken: type it");
    } else if (code == KEYCODE_BACKSPACE) {
        drop_character(f);
    } else {
        add_character(f, code);
    }
}

static unsigned finish_typing(struct failover *f, const struct failover_view *fv)
{
    enum failover_typing what = f->typing;
    const char *word = typings[what].word;
    if (!failover_offers(f, fv, what) ||
        (typings[what].effect == FAILOVER_ANSWER && strcmp(f->input_id, fv->input.id) != 0)) {
        f->typing = FAILOVER_TYPES_NOTHING;
        say(f, "%s: that is no longer possible", typings[what].name);
        return FAILOVER_PAINT;
    }
    if (word && strcmp(f->text, word) != 0) {
        say(f, "type \"%s\", or Esc", word);
        return FAILOVER_PAINT;
    }
    if (!word && strlen(f->text + strspn(f->text, " ")) < GUARD_REASON_MIN) {
        say(f, "say what became of it, in at least %d characters", GUARD_REASON_MIN);
        return FAILOVER_PAINT;
    }
    f->typing = FAILOVER_TYPES_NOTHING;
    f->proceed = what == FAILOVER_TYPES_PROCEED;
    say(f, "%s: asked for", typings[what].name);
    return typings[what].effect | FAILOVER_PAINT;
}

static unsigned typing_key(struct failover *f, uint32_t code, const struct failover_view *fv)
{
    if (code == KEYCODE_ENTER) {
        return finish_typing(f, fv);
    }
    if (code == KEYCODE_ESCAPE) {
        f->typing = FAILOVER_TYPES_NOTHING;
        f->text[0] = f->said[0] = '\0';
    } else {
        edit(f, code);
    }
    return FAILOVER_PAINT;
}

static unsigned begin_typing(struct failover *f, enum failover_typing what,
                             const struct failover_view *fv)
{
    f->typing = what;
    f->text[0] = f->said[0] = '\0';
    (void)text_copy(f->input_id, sizeof f->input_id, fv->input.id);
    return FAILOVER_PAINT;
}

static void scroll_log(struct failover *f, int lines)
{
    int last = f->log_rows > f->log_page ? f->log_rows - f->log_page : 0;
    f->log_back += lines;
    f->log_back = f->log_back > last ? last : f->log_back;
    f->log_back = f->log_back < 0 ? 0 : f->log_back;
}

static unsigned run_key(struct failover *f, uint32_t code, const struct failover_view *fv,
                        int64_t now_ms)
{
    int page = f->log_page > 1 ? f->log_page - 1 : 1;
    for (int i = FAILOVER_TYPES_NOTHING + 1; i < FAILOVER_TYPINGS; i++) {
        enum failover_typing what = (enum failover_typing)i;
        if (typings[i].key == code && failover_offers(f, fv, what)) {
            return begin_typing(f, what, fv);
        }
    }
    switch (code) {
    case KEYCODE_ESCAPE:
        return leave(f, now_ms);
    case 'q':
        return FAILOVER_QUIT;
    case KEYCODE_UP:
    case 'k':
        scroll_log(f, 1);
        break;
    case KEYCODE_DOWN:
    case 'j':
        scroll_log(f, -1);
        break;
    case KEYCODE_PGUP:
        scroll_log(f, page);
        break;
    case KEYCODE_PGDN:
        scroll_log(f, -page);
        break;
    case KEYCODE_HOME:
        scroll_log(f, 100000);
        break;
    case KEYCODE_END:
        scroll_log(f, -100000);
        break;
    default:
        return FAILOVER_NOTHING;
    }
    return FAILOVER_PAINT;
}

/* The second operator retypes what their own screen shows. */
static unsigned vouch_key(struct failover *f, uint32_t code, const struct failover_view *fv,
                          int64_t now_ms)
{
    if (code == KEYCODE_ESCAPE) {
        return leave(f, now_ms);
    }
    if (code != KEYCODE_ENTER) {
        if (code == KEYCODE_PASTE || now_ms - f->opened_ms >= GUARD_DEAF_MS) {
            edit(f, code);
        }
        return FAILOVER_PAINT;
    }
    if (strcmp(f->text, fv->challenge) != 0) {
        say(f, "that is not %s", fv->challenge);
        return FAILOVER_PAINT;
    }
    say(f, "confirmed; the other screen goes on");
    return FAILOVER_ANSWER_SECOND | FAILOVER_PAINT;
}

unsigned failover_key(struct failover *f, uint32_t code, const struct failover_view *fv,
                      int64_t now_ms)
{
    if (!f->open) {
        return FAILOVER_NOTHING;
    }
    if (code == KEYCODE_REDRAW) {
        return FAILOVER_REDRAW | FAILOVER_PAINT;
    }
    if (is_before_dispatch(f)) {
        return guarded_key(f, code, fv, now_ms);
    }
    if (failover_page(f, fv) == PAGE_VOUCH) {
        return vouch_key(f, code, fv, now_ms);
    }
    return f->typing != FAILOVER_TYPES_NOTHING ? typing_key(f, code, fv)
                                               : run_key(f, code, fv, now_ms);
}
