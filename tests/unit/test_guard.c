/* The operator's path: every state with every event, and random walks that must never send
 * anything that was not confirmed. Long, as each state meets each event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/failover/guard.h"

#define COUNTDOWN_MS 10000
#define PHRASE       "failover azure-eastus lose 14"
#define FORCED       "force failover azure-eastus lose 14 split-brain-risk"

static const struct guard_terms one = {.countdown_ms = COUNTDOWN_MS};
static const struct guard_terms two = {.countdown_ms = COUNTDOWN_MS, .two_person = true};
static const struct guard_terms watching = {.countdown_ms = COUNTDOWN_MS, .read_only = true};

/* A preflight of two rows and a verb. The hash is good enough here. */
static struct preflight facts(enum failover_verb verb, enum preflight_class drained,
                              const char *phrase)
{
    struct preflight p = {.verb = verb};
    (void)snprintf(p.phrase, sizeof p.phrase, "%s", phrase);
    p.rows[ROW_RECEIVER] = (struct preflight_row){.shown = true, .text = "receiver stopped"};
    p.rows[ROW_DRAINED] = (struct preflight_row){
        .shown = true, .class = drained, .may_override = true, .text = "relay log"};
    p.pass = drained == PREFLIGHT_PASS ? 2 : 1;
    p.warn = drained == PREFLIGHT_WARN;
    p.block = drained == PREFLIGHT_BLOCK;
    p.unknown = drained == PREFLIGHT_UNKNOWN;
    p.hash = (uint64_t)verb * 1000 + (uint64_t)drained * 100 + 7;
    for (const char *c = phrase; *c; c++) {
        p.hash = p.hash * 31 + (unsigned char)*c;
    }
    return p;
}

static struct preflight good(void)
{
    return facts(VERB_FAILOVER, PREFLIGHT_PASS, PHRASE);
}

static struct preflight blocked(void)
{
    return facts(VERB_FAILOVER, PREFLIGHT_BLOCK, PHRASE);
}

/* --- a guard with a clock */

struct walk {
    struct guard g;
    const struct guard_terms *terms;
    int64_t now_ms;
    int dispatched, asked, withdrawn;
};

static enum guard_effect step(struct walk *w, struct guard_event e)
{
    enum guard_effect effect = guard_step(&w->g, w->terms, &e, w->now_ms);
    w->dispatched += effect == GUARD_DISPATCH;
    w->asked += effect == GUARD_ASK_SECOND;
    w->withdrawn += effect == GUARD_WITHDRAW;
    return effect;
}

static enum guard_effect key(struct walk *w, enum guard_event_kind kind)
{
    return step(w, (struct guard_event){.kind = kind, .cp = 'x', .row = ROW_DRAINED});
}

static enum guard_effect see(struct walk *w, struct preflight p)
{
    return step(w, (struct guard_event){.kind = GUARD_FACTS, .facts = &p});
}

static void type(struct walk *w, const char *text)
{
    for (; *text; text++) {
        w->now_ms += 30;
        (void)step(w, (struct guard_event){.kind = GUARD_TEXT, .cp = (unsigned char)*text});
    }
}

static void settle(struct walk *w)
{
    w->now_ms += GUARD_DEAF_MS;
}

static void enter(struct walk *w, const char *text)
{
    settle(w);
    type(w, text);
    (void)key(w, GUARD_ENTER);
}

static void open_with(struct walk *w, const struct guard_terms *terms, struct preflight p)
{
    *w = (struct walk){.terms = terms, .now_ms = 1000};
    guard_init(&w->g);
    (void)key(w, GUARD_OPEN);
    (void)see(w, p);
}

static void approve(struct walk *w)
{
    (void)step(w, (struct guard_event){.kind = GUARD_APPROVED, .second = "bob@pts/3"});
}

static void count_down(struct walk *w)
{
    for (int64_t ms = 0; ms < COUNTDOWN_MS; ms += 250) {
        w->now_ms += 250;
        (void)see(w, good());
    }
}

static void reach(struct walk *w, enum guard_state state)
{
    bool second = state == GUARD_SECOND;
    *w = (struct walk){.terms = second ? &two : &one, .now_ms = 1000};
    guard_init(&w->g);
    if (state == GUARD_LOCKED) {
        return;
    }
    open_with(w, w->terms, state == GUARD_OVERRIDE ? blocked() : good());
    if (state == GUARD_OVERRIDE) {
        settle(w);
        (void)key(w, GUARD_ROW);
    }
    if (state >= GUARD_REASON) {
        enter(w, PHRASE);
    }
    if (state >= GUARD_SECOND) {
        enter(w, "INC-7");
    }
    if (state == GUARD_SENT) {
        count_down(w);
    }
    assert_int_equal(w->g.state, state);
}

/* --- the table */

enum { OPEN, SAME, CHANGED, TEXT, PASTED, ERASE, ENTER, ESCAPE, ROW, APPROVED, CLOSED, EVENTS };

static void send(struct walk *w, int event)
{
    static const enum guard_event_kind kinds[EVENTS] = {
        [OPEN] = GUARD_OPEN,   [TEXT] = GUARD_TEXT,    [PASTED] = GUARD_PASTED,
        [ERASE] = GUARD_ERASE, [ENTER] = GUARD_ENTER,  [ESCAPE] = GUARD_ESCAPE,
        [ROW] = GUARD_ROW,     [CLOSED] = GUARD_CLOSED};
    bool over = w->g.state == GUARD_OVERRIDE;
    if (event == SAME) {
        (void)see(w, over ? blocked() : good());
    } else if (event == CHANGED) {
        (void)see(w, facts(VERB_FAILOVER, PREFLIGHT_WARN, PHRASE));
    } else if (event == APPROVED) {
        approve(w);
    } else {
        (void)key(w, kinds[event]);
    }
}

/* L(ocked) R(eview) O(verride) A (reason) S(econd) C(ountdown) X (sent), two seconds after the state
 * was entered. Columns: OPEN SAME CHANGED TEXT PASTED ERASE ENTER ESCAPE ROW APPROVED CLOSED */
static const char *const table[] = {
    [GUARD_LOCKED] = "RLLLLLLLLLL",   [GUARD_REVIEW] = "RRRRRRRLRRR",
    [GUARD_OVERRIDE] = "OOROOOOLOOO", [GUARD_REASON] = "AARAAAALAAA",
    [GUARD_SECOND] = "SSRSSSSLSCS",   [GUARD_COUNTDOWN] = "CCRRRRRLRCC",
    [GUARD_SENT] = "XXXXXXXXXXL",
};

static void every_state_has_an_answer_to_every_event(void **state)
{
    (void)state;
    static const char letters[] = "LROASCX";
    for (int from = GUARD_LOCKED; from <= GUARD_SENT; from++) {
        for (int event = 0; event < EVENTS; event++) {
            struct walk w;
            reach(&w, (enum guard_state)from);
            w.now_ms += 2000;
            int before = w.dispatched;
            send(&w, event);
            if (letters[w.g.state] != table[from][event] || w.dispatched != before) {
                fail_msg("%c, event %d: %c, expected %c", letters[from], event,
                         letters[w.g.state], table[from][event]);
            }
        }
    }
}

static void the_whole_path_sends_once(void **state)
{
    (void)state;
    struct walk w;
    reach(&w, GUARD_SENT);
    assert_int_equal(w.dispatched, 1);
    assert_string_equal(w.g.reason, "INC-7");
    assert_true(w.g.approved_hash == good().hash);
    for (int i = 0; i < 100; i++) {
        w.now_ms += 1000;
        (void)see(&w, good());
        send(&w, i % EVENTS == CLOSED ? TEXT : i % EVENTS);
    }
    assert_int_equal(w.dispatched, 1);
    (void)key(&w, GUARD_CLOSED);
    assert_int_equal(w.g.state, GUARD_LOCKED);
    assert_string_equal(w.g.reason, "");
}

static void escape_sends_nothing_from_anywhere(void **state)
{
    (void)state;
    for (int from = GUARD_REVIEW; from < GUARD_SENT; from++) {
        struct walk w;
        reach(&w, (enum guard_state)from);
        (void)key(&w, GUARD_ESCAPE); /* at once: Escape is never too early */
        assert_int_equal(w.g.state, GUARD_LOCKED);
        count_down(&w);
        assert_int_equal(w.dispatched, 0);
        assert_int_equal(w.withdrawn, from == GUARD_SECOND);
    }
}

static void a_wrong_phrase_says_what_differs(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *said;
    } wrong[] = {
        {"", "word 1 is missing: \"failover\""},
        {"failover azure-eastus lose", "word 4 is missing: \"14\""},
        {"failover azure-eastus lose 13", "word 4 is \"13\", expected \"14\""},
        {"failover aws lose 13", "word 2 is \"aws\", expected \"azure-eastus\""},
        {"Failover azure-eastus lose 14", "word 1 is \"Failover\", expected \"failover\""},
        {PHRASE " now", "word 5 is too much: \"now\""},
        {"failover  azure-eastus lose 14", "the words are right, the blanks between them are "
                                           "not"},
        {PHRASE " ", "the words are right, the blanks between them are not"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct walk w;
        open_with(&w, &one, good());
        enter(&w, wrong[i].typed);
        assert_int_equal(w.g.state, GUARD_REVIEW);
        assert_string_equal(w.g.said, wrong[i].said);
        assert_string_equal(w.g.line, wrong[i].typed); /* to be mended */
    }
}

static void what_is_typed_ahead_is_dropped(void **state)
{
    (void)state;
    struct walk w;
    open_with(&w, &one, good());
    for (const char *c = PHRASE; *c; c++) { /* all of it within the first instant */
        (void)step(&w, (struct guard_event){.kind = GUARD_TEXT, .cp = (unsigned char)*c});
    }
    w.now_ms += GUARD_DEAF_MS - 1;
    (void)key(&w, GUARD_TEXT);
    assert_string_equal(w.g.line, "");
    w.now_ms += 1;
    (void)key(&w, GUARD_ENTER);
    assert_int_equal(w.g.state, GUARD_REVIEW);
    enter(&w, PHRASE);
    assert_int_equal(w.g.state, GUARD_REASON);
    type(&w, "INC-7"); /* 150 ms */
    (void)key(&w, GUARD_ENTER);
    assert_int_equal(w.g.state, GUARD_REASON);
    assert_string_equal(w.g.line, "");
}

static void pasted_text_is_refused_with_a_word(void **state)
{
    (void)state;
    static const enum guard_state typed[] = {GUARD_REVIEW, GUARD_OVERRIDE, GUARD_REASON,
                                             GUARD_SECOND};
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
        struct walk w;
        reach(&w, typed[i]);
        settle(&w);
        (void)key(&w, GUARD_PASTED);
        assert_int_equal(w.g.state, typed[i]);
        assert_string_equal(w.g.said, "pasted text is not taken: type it");
        assert_string_equal(w.g.line, "");
    }
}

static void the_line_is_edited_by_characters(void **state)
{
    (void)state;
    struct walk w;
    open_with(&w, &one, good());
    settle(&w);
    (void)step(&w, (struct guard_event){.kind = GUARD_TEXT, .cp = 0xe9});
    (void)step(&w, (struct guard_event){.kind = GUARD_TEXT, .cp = 0x1b});
    (void)step(&w, (struct guard_event){.kind = GUARD_TEXT, .cp = 0x9b});
    (void)step(&w, (struct guard_event){.kind = GUARD_TEXT, .cp = 0x1f600});
    assert_string_equal(w.g.line, "\xc3\xa9\xf0\x9f\x98\x80");
    (void)key(&w, GUARD_ERASE);
    assert_string_equal(w.g.line, "\xc3\xa9");
    (void)key(&w, GUARD_ERASE);
    (void)key(&w, GUARD_ERASE);
    assert_string_equal(w.g.line, "");
    for (int i = 0; i < 2 * GUARD_LINE_MAX; i++) {
        (void)key(&w, GUARD_TEXT);
    }
    assert_int_equal(strlen(w.g.line), GUARD_LINE_MAX - 1);
}

static void a_reason_has_three_characters(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "ab", "  a b"};
    for (size_t i = 0; i < 3; i++) {
        struct walk w;
        reach(&w, GUARD_REASON);
        enter(&w, bad[i]);
        assert_int_equal(w.g.state, i == 2 ? GUARD_COUNTDOWN : GUARD_REASON);
        assert_string_equal(w.g.reason, i == 2 ? "a b" : "");
    }
}

static void facts_that_change_void_the_approval_and_say_which(void **state)
{
    (void)state;
    static const struct {
        enum failover_verb verb;
        enum preflight_class class;
        const char *phrase, *said;
    } changes[] = {
        {VERB_FAILOVER, PREFLIGHT_BLOCK, PHRASE,
         "approval void: drained went from PASS to BLOCK: relay log"},
        {VERB_FAILOVER, PREFLIGHT_WARN, PHRASE,
         "approval void: drained went from PASS to WARN: relay log"},
        {VERB_FORCE, PREFLIGHT_PASS, FORCED, "approval void: it is now FORCE, not FAILOVER: "},
        {VERB_FAILOVER, PREFLIGHT_PASS, "failover azure-eastus lose 15",
         "approval void: the phrase is now \"failover azure-eastus lose 15\""},
    };
    static const enum guard_state states[] = {GUARD_REASON, GUARD_SECOND, GUARD_COUNTDOWN};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        for (size_t k = 0; k < 3; k++) {
            struct walk w;
            reach(&w, states[k]);
            w.now_ms += 250;
            (void)see(&w, facts(changes[i].verb, changes[i].class, changes[i].phrase));
            assert_int_equal(w.g.state, GUARD_REVIEW);
            assert_string_equal(w.g.said, changes[i].said);
            assert_int_equal(w.withdrawn, states[k] == GUARD_SECOND);
            count_down(&w);
            assert_int_equal(w.dispatched, 0);
        }
    }
}

static void an_approval_lasts_five_minutes(void **state)
{
    (void)state;
    struct walk w;
    reach(&w, GUARD_REASON);
    w.now_ms += GUARD_APPROVAL_MS - 1;
    (void)see(&w, good());
    assert_int_equal(w.g.state, GUARD_REASON);
    w.now_ms += 1;
    (void)see(&w, good());
    assert_int_equal(w.g.state, GUARD_REVIEW);
    assert_string_equal(w.g.said, "approval void: five minutes have passed");
    reach(&w, GUARD_SECOND);
    w.now_ms += GUARD_APPROVAL_MS;
    approve(&w);
    assert_int_equal(w.g.state, GUARD_REVIEW);
    assert_int_equal(w.withdrawn, 1);
}

static void a_countdown_runs_its_length_and_is_watched(void **state)
{
    (void)state;
    struct walk w;
    reach(&w, GUARD_COUNTDOWN);
    assert_int_equal(guard_left_ms(&w.g, &one, w.now_ms), COUNTDOWN_MS);
    int64_t start_ms = w.now_ms;
    while (w.now_ms < start_ms + COUNTDOWN_MS - 1) {
        w.now_ms += 1000;
        w.now_ms = w.now_ms < start_ms + COUNTDOWN_MS ? w.now_ms : start_ms + COUNTDOWN_MS - 1;
        assert_int_equal(see(&w, good()), GUARD_NONE);
    }
    assert_int_equal(guard_left_ms(&w.g, &one, w.now_ms), 1);
    w.now_ms += 1;
    assert_int_equal(see(&w, good()), GUARD_DISPATCH);
    assert_int_equal(guard_left_ms(&w.g, &one, w.now_ms), 0);
    reach(&w, GUARD_COUNTDOWN);
    w.now_ms += COUNTDOWN_MS; /* stopped by Ctrl-Z, say: keys may wait that nobody read */
    assert_int_equal(see(&w, good()), GUARD_NONE);
    assert_int_equal(w.g.state, GUARD_REVIEW);
}

static void an_override_is_typed_and_kept_while_its_row_stays(void **state)
{
    (void)state;
    struct walk w;
    open_with(&w, &one, blocked());
    enter(&w, PHRASE);
    assert_int_equal(w.g.state, GUARD_REVIEW);
    assert_string_equal(w.g.said, "drained BLOCK: relay log");
    (void)step(&w, (struct guard_event){.kind = GUARD_ROW, .row = ROW_RECEIVER});
    assert_string_equal(w.g.said, "receiver needs no override");
    (void)key(&w, GUARD_ROW);
    assert_int_equal(w.g.state, GUARD_OVERRIDE);
    enter(&w, "no");
    assert_int_equal(w.g.state, GUARD_OVERRIDE);
    enter(&w, "rm: drained by hand");
    assert_int_equal(w.g.state, GUARD_REVIEW);
    assert_true(w.g.facts.rows[ROW_DRAINED].overridden);
    assert_string_equal(w.g.override_reason[ROW_DRAINED], "norm: drained by hand");
    (void)see(&w, blocked());
    assert_true(w.g.facts.rows[ROW_DRAINED].overridden);
    enter(&w, PHRASE);
    assert_int_equal(w.g.state, GUARD_REASON);
    enter(&w, "INC-7");
    assert_int_equal(w.g.state, GUARD_COUNTDOWN);
    (void)see(&w, facts(VERB_FAILOVER, PREFLIGHT_UNKNOWN, PHRASE));
    assert_int_equal(w.g.state, GUARD_REVIEW);
    assert_false(w.g.overridden[ROW_DRAINED]);
    assert_string_equal(w.g.override_reason[ROW_DRAINED], "");
    (void)see(&w, blocked());
    assert_false(w.g.facts.rows[ROW_DRAINED].overridden);
}

static void what_may_not_be_overridden_is_not(void **state)
{
    (void)state;
    struct walk w;
    struct preflight p = blocked();
    p.rows[ROW_DRAINED].may_override = false;
    open_with(&w, &one, p);
    settle(&w);
    (void)key(&w, GUARD_ROW);
    assert_int_equal(w.g.state, GUARD_REVIEW);
    assert_string_equal(w.g.said, "drained cannot be overridden, whatever the reason");
}

static void the_second_operator_is_asked_and_answers(void **state)
{
    (void)state;
    struct walk w;
    reach(&w, GUARD_SECOND);
    assert_int_equal(w.asked, 1);
    assert_int_equal(strlen(w.g.challenge), 6);
    char first[16];
    (void)snprintf(first, sizeof first, "%s", w.g.challenge);
    (void)step(&w, (struct guard_event){.kind = GUARD_APPROVED, .second = ""});
    assert_int_equal(w.g.state, GUARD_SECOND);
    approve(&w);
    assert_int_equal(w.g.state, GUARD_COUNTDOWN);
    assert_string_equal(w.g.second, "bob@pts/3");
    (void)key(&w, GUARD_TEXT);
    assert_int_equal(w.g.state, GUARD_REVIEW);
    assert_string_equal(w.g.second, "");
    assert_int_equal(w.withdrawn, 1);
    enter(&w, PHRASE);
    enter(&w, "INC-7");
    assert_string_not_equal(w.g.challenge, first); /* an old answer fits no new question */
    approve(&w);
    count_down(&w);
    assert_int_equal(w.dispatched, 1);
}

static void a_dashboard_that_only_watches_has_no_path(void **state)
{
    (void)state;
    struct walk w;
    open_with(&w, &watching, good());
    assert_int_equal(w.g.state, GUARD_LOCKED);
    assert_string_equal(w.g.said, "this drtop only watches");
    reach(&w, GUARD_COUNTDOWN);
    w.terms = &watching;
    count_down(&w);
    assert_int_equal(w.g.state, GUARD_LOCKED);
    assert_int_equal(w.dispatched, 0);
}

static void a_drill_is_not_confirmed_with_the_facts_of_a_failover(void **state)
{
    (void)state;
    struct walk w;
    open_with(&w, &one, good());
    (void)key(&w, GUARD_ESCAPE);
    (void)step(&w, (struct guard_event){.kind = GUARD_OPEN, .drill = true});
    (void)see(&w, good());
    enter(&w, PHRASE);
    assert_int_equal(w.g.state, GUARD_REVIEW);
    (void)see(&w, facts(VERB_DRILL, PREFLIGHT_PASS, "drill azure-eastus"));
    (void)key(&w, GUARD_ESCAPE);
    (void)step(&w, (struct guard_event){.kind = GUARD_OPEN, .drill = true});
    (void)see(&w, facts(VERB_DRILL, PREFLIGHT_PASS, "drill azure-eastus"));
    enter(&w, "drill azure-eastus");
    assert_int_equal(w.g.state, GUARD_REASON);
    (void)see(&w, good());
    assert_int_equal(w.g.state, GUARD_REASON); /* of the other screen */
}

/* --- random walks: what came before a request is looked up in the log of the walk */

#define LOG_MAX 400

struct entry {
    struct guard_event e;
    int64_t at_ms;
    enum guard_state before, after;
    uint64_t hash; /* of FACTS */
    bool clear;
    char phrase[128];
};

struct log {
    struct entry entries[LOG_MAX];
    size_t n;
};

/* What was typed and taken between two entries of the log, by the rules and not by the guard. */
static void typed(const struct log *log, size_t from, size_t to, char *out, size_t size)
{
    size_t len = 0;
    int64_t entered_ms = log->entries[from].at_ms;
    for (size_t i = from + 1; i < to; i++) {
        const struct entry *x = &log->entries[i];
        bool deaf = x->at_ms - entered_ms < 1500;
        if (x->e.kind == GUARD_TEXT && !deaf && len + 1 < size) {
            out[len++] = (char)x->e.cp;
        } else if (x->e.kind == GUARD_ERASE && !deaf && len > 0) {
            len--;
        }
    }
    out[len] = '\0';
}

/* The newest entry before `end` that led into a state from another one. */
static size_t entered(const struct log *log, size_t end, enum guard_state state)
{
    for (size_t i = end; i-- > 0;) {
        if (log->entries[i].after == state && log->entries[i].before != state) {
            return i;
        }
    }
    fail_msg("state %d was never entered", (int)state);
    return 0;
}

static void check_request(const struct log *log, const struct guard_terms *terms)
{
    char text[512];
    size_t sent = log->n - 1;
    size_t counting = entered(log, sent, GUARD_COUNTDOWN);
    size_t reason = entered(log, counting, GUARD_REASON);
    size_t review = entered(log, reason, GUARD_REVIEW);
    size_t reason_end = terms->two_person ? entered(log, counting, GUARD_SECOND) : counting;
    const struct entry *shown = NULL;
    for (size_t i = review; i < reason; i++) {
        shown = log->entries[i].e.kind == GUARD_FACTS ? &log->entries[i] : shown;
    }
    for (size_t i = review; !shown && i-- > 0;) { /* seen before REVIEW began anew */
        shown = log->entries[i].e.kind == GUARD_FACTS ? &log->entries[i] : NULL;
    }
    if (!shown) {
        fail_msg("something was sent that was never shown");
        return;
    }
    typed(log, review, reason, text, sizeof text);
    assert_string_equal(text, shown->phrase);
    typed(log, reason, reason_end, text, sizeof text);
    assert_true(strlen(text) >= 3);
    assert_true(shown->clear);
    for (size_t i = reason; i <= sent; i++) {
        const struct entry *x = &log->entries[i];
        assert_true(x->e.kind != GUARD_FACTS || (x->hash == shown->hash && x->clear));
        assert_true(x->e.kind != GUARD_ESCAPE && x->e.kind != GUARD_OPEN);
    }
    for (size_t i = counting + 1; i <= sent; i++) {
        enum guard_event_kind kind = log->entries[i].e.kind;
        assert_true(kind == GUARD_FACTS || kind == GUARD_APPROVED); /* no key */
    }
    assert_true(log->entries[sent].at_ms - log->entries[counting].at_ms >= COUNTDOWN_MS);
}

static struct preflight random_facts(void)
{
    switch (rand() % 40) {
    case 0:
        return blocked();
    case 1:
        return facts(VERB_FORCE, PREFLIGHT_PASS, FORCED);
    case 2:
        return facts(VERB_FAILOVER, PREFLIGHT_PASS, "failover azure-eastus lose 15");
    case 3:
        return facts(VERB_NONE, PREFLIGHT_PASS, "");
    default:
        return good();
    }
}

static void random_event(struct walk *w, struct log *log, struct guard_event e)
{
    struct preflight p = random_facts();
    struct entry *x = &log->entries[log->n];
    if (log->n == LOG_MAX) {
        return;
    }
    *x = (struct entry){.e = e, .at_ms = w->now_ms, .before = w->g.state};
    if (e.kind == GUARD_FACTS) {
        e.facts = &p;
        x->hash = p.hash;
        x->clear = preflight_clear(&p);
        (void)snprintf(x->phrase, sizeof x->phrase, "%s", p.phrase);
    }
    enum guard_effect effect = step(w, e);
    x->after = w->g.state;
    log->n++;
    assert_true((effect == GUARD_DISPATCH) ==
                (x->after == GUARD_SENT && x->before != GUARD_SENT));
    if (effect == GUARD_DISPATCH) {
        check_request(log, w->terms);
    }
}

/* Mostly what an operator does in that state, often something else. */
static void random_move(struct walk *w, struct log *log)
{
    static const enum guard_event_kind keys[] = {GUARD_TEXT,    GUARD_PASTED, GUARD_ERASE,
                                                 GUARD_ENTER,   GUARD_ESCAPE, GUARD_ROW,
                                                 GUARD_APPROVED};
    const char *line = w->g.state == GUARD_REVIEW ? w->g.facts.phrase : "INC-7";
    int luck = rand() % 100;
    w->now_ms += rand() % 3 ? rand() % 600 : rand() % 2500;
    if (luck < 8) {
        random_event(w, log,
                     (struct guard_event){.kind = keys[rand() % 7],
                                          .cp = 'a' + (uint32_t)(rand() % 26),
                                          .row = ROW_DRAINED,
                                          .second = "bob"});
    } else if (w->g.state == GUARD_SECOND) {
        random_event(w, log, (struct guard_event){.kind = GUARD_APPROVED, .second = "bob"});
    } else if (w->g.state == GUARD_COUNTDOWN || luck < 20) {
        random_event(w, log, (struct guard_event){.kind = GUARD_FACTS});
    } else {
        w->now_ms += rand() % 2 ? 1500 : 0;
        for (; *line && log->n < LOG_MAX - 1; line++) {
            w->now_ms += 20;
            random_event(w, log,
                         (struct guard_event){.kind = GUARD_TEXT, .cp = (unsigned char)*line});
        }
        random_event(w, log, (struct guard_event){.kind = GUARD_ENTER});
    }
}

static void no_walk_sends_what_was_not_confirmed(void **state)
{
    (void)state;
    static struct log log;
    static struct walk w;
    int sent = 0;
    srand(20261127);
    for (int i = 0; i < 3000; i++) {
        w = (struct walk){.terms = i % 3 ? &one : &two, .now_ms = 1000};
        guard_init(&w.g);
        log.n = 0;
        random_event(&w, &log, (struct guard_event){.kind = GUARD_OPEN});
        random_event(&w, &log, (struct guard_event){.kind = GUARD_FACTS});
        while (w.g.state != GUARD_LOCKED && log.n < LOG_MAX) {
            random_move(&w, &log);
        }
        assert_in_range(w.dispatched, 0, 1);
        sent += w.dispatched;
    }
    assert_in_range(sent, 100, 2900); /* both ends are seen */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_has_an_answer_to_every_event),
        cmocka_unit_test(the_whole_path_sends_once),
        cmocka_unit_test(escape_sends_nothing_from_anywhere),
        cmocka_unit_test(a_wrong_phrase_says_what_differs),
        cmocka_unit_test(what_is_typed_ahead_is_dropped),
        cmocka_unit_test(pasted_text_is_refused_with_a_word),
        cmocka_unit_test(the_line_is_edited_by_characters),
        cmocka_unit_test(a_reason_has_three_characters),
        cmocka_unit_test(facts_that_change_void_the_approval_and_say_which),
        cmocka_unit_test(an_approval_lasts_five_minutes),
        cmocka_unit_test(a_countdown_runs_its_length_and_is_watched),
        cmocka_unit_test(an_override_is_typed_and_kept_while_its_row_stays),
        cmocka_unit_test(what_may_not_be_overridden_is_not),
        cmocka_unit_test(the_second_operator_is_asked_and_answers),
        cmocka_unit_test(a_dashboard_that_only_watches_has_no_path),
        cmocka_unit_test(a_drill_is_not_confirmed_with_the_facts_of_a_failover),
        cmocka_unit_test(no_walk_sends_what_was_not_confirmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
