/* What keys do on the failover screen, with facts and a driver's view made up. What leaves is
 * counted: one dispatch, or none. Long, as each page has its keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"
#include "tui/big.h"
#include "tui/failover.h"
#include "tui/ui.h"

#define PHRASE "failover azure-eastus lose 14"

struct stage {
    struct config cfg;
    struct failover screen;
    struct preflight facts;
    struct failover_view view;
    int64_t now_ms;
    unsigned effects; /* all that were asked for */
    int dispatches;
};

static void note(struct stage *t, unsigned effects)
{
    t->effects |= effects;
    t->dispatches += (effects & FAILOVER_DISPATCH) != 0;
}

static void feed(struct stage *t)
{
    note(t, failover_feed(&t->screen, &t->facts, &t->view, t->now_ms));
}

static void press(struct stage *t, uint32_t code)
{
    note(t, failover_key(&t->screen, code, &t->view, t->now_ms));
}

static void type(struct stage *t, const char *text)
{
    for (; *text; text++) {
        press(t, *text == '\r' ? KEYCODE_ENTER : (uint32_t)(unsigned char)*text);
    }
}

/* Time passes as in the loop: with facts each 200 ms. */
static void pass(struct stage *t, int64_t ms)
{
    for (int64_t end_ms = t->now_ms + ms; t->now_ms < end_ms;) {
        t->now_ms += 200;
        feed(t);
    }
}

static void row(struct stage *t, enum preflight_row_id id, enum preflight_class class)
{
    t->facts.rows[id] = (struct preflight_row){
        .shown = true, .class = class, .may_override = class >= PREFLIGHT_BLOCK};
    (void)text_copy(t->facts.rows[id].text, sizeof t->facts.rows[id].text, "a row");
}

static struct stage stage_of(bool two_person, bool read_only)
{
    struct stage t = {.now_ms = 1000000};
    t.cfg.failover.present = true;
    t.cfg.failover.countdown_ms = 10000;
    t.cfg.failover.two_person = two_person;
    t.facts.verb = VERB_FAILOVER;
    (void)text_copy(t.facts.phrase, sizeof t.facts.phrase, PHRASE);
    row(&t, ROW_VERDICT, PREFLIGHT_PASS);
    row(&t, ROW_RUN, PREFLIGHT_PASS);
    t.facts.pass = 2;
    t.facts.hash = 42;
    t.view.readable = true;
    failover_init(&t.screen, &t.cfg, read_only);
    return t;
}

static void open_screen(struct stage *t)
{
    note(t, failover_open(&t->screen, false, &t->view, t->now_ms));
    feed(t);
}

static void to_review(struct stage *t)
{
    open_screen(t);
    pass(t, 2000);
}

static void to_override(struct stage *t)
{
    row(t, ROW_RUN, PREFLIGHT_BLOCK);
    t->facts.block = 1;
    to_review(t);
    type(t, "o");
}

static void to_reason(struct stage *t)
{
    to_review(t);
    type(t, PHRASE "\r");
    pass(t, 2000);
}

static void to_countdown(struct stage *t)
{
    to_reason(t);
    type(t, "INC-4711\r");
    pass(t, 2000);
}

static void to_second(struct stage *t)
{
    t->screen.terms.two_person = true;
    to_countdown(t);
}

/* --- */

static void happy_path_sends_once(void **state)
{
    (void)state;
    struct stage t = stage_of(false, false);
    to_countdown(&t);
    assert_int_equal(failover_page(&t.screen, &t.view), PAGE_COUNTDOWN);
    pass(&t, 7000);
    assert_int_equal(t.dispatches, 0);
    pass(&t, 3000);
    assert_int_equal(t.dispatches, 1);
    assert_int_equal(failover_page(&t.screen, &t.view), PAGE_SENDING);
    assert_string_equal(t.screen.guard.reason, "INC-4711");
    pass(&t, 60000);
    type(&t, PHRASE "\rINC-4711\r");
    pass(&t, 60000);
    assert_int_equal(t.dispatches, 1);
    t.view.attempt = (struct attempt){.id = 1, .state = ATTEMPT_RUNNING};
    t.view.drives = true;
    assert_int_equal(failover_page(&t.screen, &t.view), PAGE_TRACK);
    press(&t, KEYCODE_ESCAPE);
    assert_false(t.screen.open);
    open_screen(&t);
    assert_int_equal(failover_page(&t.screen, &t.view), PAGE_TRACK);
    press(&t, 'q');
    assert_true(t.effects & FAILOVER_QUIT);
    assert_int_equal(t.dispatches, 1);
}

static void escape_leaves_from_everywhere(void **state)
{
    (void)state;
    static const struct {
        void (*go)(struct stage *t);
        enum failover_page page;
    } ways[] = {{open_screen, PAGE_REVIEW},   {to_review, PAGE_REVIEW},
                {to_override, PAGE_OVERRIDE}, {to_reason, PAGE_REASON},
                {to_second, PAGE_SECOND},     {to_countdown, PAGE_COUNTDOWN}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct stage t = stage_of(false, false);
        ways[i].go(&t);
        assert_int_equal(failover_page(&t.screen, &t.view), ways[i].page);
        t.effects = 0;
        press(&t, KEYCODE_ESCAPE);
        assert_false(t.screen.open);
        assert_true(t.effects & FAILOVER_UNWATCH);
        assert_int_equal(t.effects & FAILOVER_WITHDRAW,
                         ways[i].page == PAGE_SECOND ? FAILOVER_WITHDRAW : 0);
        assert_int_equal(
            t.effects & ~(unsigned)(FAILOVER_PAINT | FAILOVER_UNWATCH | FAILOVER_WITHDRAW), 0);
        pass(&t, 20000);
        assert_int_equal(t.dispatches, 0);
    }
}

/* Letters that mean something elsewhere are letters here, until the request is out. */
static void q_is_a_letter_before_the_dispatch(void **state)
{
    (void)state;
    struct stage t = stage_of(false, false);
    to_review(&t);
    type(&t, "qFDa?");
    assert_string_equal(t.screen.guard.line, "qFDa?");
    assert_false(t.effects & FAILOVER_QUIT);
    press(&t, KEYCODE_REDRAW);
    assert_true(t.effects & FAILOVER_REDRAW);
    assert_string_equal(t.screen.guard.line, "qFDa?");
}

static void any_key_stops_the_countdown(void **state)
{
    (void)state;
    static const uint32_t keys_pressed[] = {'x',           KEYCODE_ENTER, KEYCODE_UP,
                                            KEYCODE_TAB,   KEYCODE_PGUP,  KEYCODE_PASTE,
                                            KEYCODE_OTHER, KEYCODE_REDRAW};
    for (size_t i = 0; i < sizeof keys_pressed / sizeof keys_pressed[0]; i++) {
        struct stage t = stage_of(false, false);
        to_countdown(&t);
        press(&t, keys_pressed[i]);
        assert_int_equal(failover_page(&t.screen, &t.view), PAGE_REVIEW);
        pass(&t, 20000);
        assert_int_equal(t.dispatches, 0);
    }
}

static void a_paste_never_types(void **state)
{
    (void)state;
    struct stage t = stage_of(false, false);
    to_review(&t);
    type(&t, "fail");
    press(&t, KEYCODE_PASTE);
    assert_string_equal(t.screen.guard.line, "fail");
    assert_non_null(strstr(t.screen.guard.said, "pasted"));
    t.view.attempt = (struct attempt){.id = 1, .state = ATTEMPT_FAILED};
    struct stage after = stage_of(false, false);
    after.view = t.view;
    open_screen(&after);
    type(&after, "a");
    press(&after, KEYCODE_PASTE);
    assert_string_equal(after.screen.text, "");
    type(&after, "\r");
    assert_false(after.effects & FAILOVER_ACKNOWLEDGE);
}

static void typed_ahead_is_dropped(void **state)
{
    (void)state;
    struct stage t = stage_of(false, false);
    open_screen(&t);
    pass(&t, 1400);
    type(&t, PHRASE "\r");
    assert_string_equal(t.screen.guard.line, "");
    assert_int_equal(failover_page(&t.screen, &t.view), PAGE_REVIEW);
    pass(&t, 200);
    type(&t, "f");
    assert_string_equal(t.screen.guard.line, "f");
}

static void read_only_never_opens(void **state)
{
    (void)state;
    struct stage t = stage_of(false, true);
    open_screen(&t);
    assert_false(t.screen.open);
    pass(&t, 2000);
    type(&t, PHRASE "\r");
    assert_int_equal(t.effects, 0);
    assert_non_null(failover_refusal(&t.cfg, true, false));
    assert_null(failover_refusal(&t.cfg, false, false));
    assert_non_null(failover_refusal(&t.cfg, false, true)); /* no drill is configured */
    t.cfg.failover.present = false;
    assert_non_null(failover_refusal(&t.cfg, false, false));
}

/* The dashboard's own keys: a refusal is said and opens nothing; what is held makes way. */
static void keys_of_the_dashboard(void **state)
{
    (void)state;
    struct ui ui;
    ui_init(&ui);
    ui.failover_refusal = "read-only";
    assert_int_equal(ui_key(&ui, 'F', NULL, 0), UI_PAINT);
    assert_string_equal(ui.toast, "read-only");
    ui.failover_refusal = NULL;
    ui.overlay = OVERLAY_HELP;
    ui.cursor_ms = 77;
    assert_int_equal(ui_key(&ui, 'F', NULL, 0), UI_PAINT | UI_FAILOVER);
    assert_int_equal(ui.overlay, OVERLAY_NONE);
    assert_int_equal(ui.cursor_ms, 0);
    assert_int_equal(ui_key(&ui, 'D', NULL, 0), UI_PAINT | UI_DRILL);
    ui_finish(&ui);
}

/* o overrides a row that blocks, while nothing is typed; else it is a letter. */
static void o_is_an_override_or_a_letter(void **state)
{
    (void)state;
    struct stage t = stage_of(false, false);
    row(&t, ROW_RUN, PREFLIGHT_BLOCK);
    t.facts.block = 1;
    to_review(&t);
    assert_int_equal(t.screen.at, ROW_RUN); /* the first that stops the path */
    type(&t, "fo");
    assert_string_equal(t.screen.guard.line, "fo");
    press(&t, KEYCODE_BACKSPACE);
    press(&t, KEYCODE_BACKSPACE);
    press(&t, KEYCODE_UP);
    assert_int_equal(t.screen.at, ROW_VERDICT);
    type(&t, "o");
    assert_string_equal(t.screen.guard.line, "o");
    press(&t, KEYCODE_BACKSPACE);
    press(&t, KEYCODE_DOWN);
    type(&t, "o");
    assert_int_equal(failover_page(&t.screen, &t.view), PAGE_OVERRIDE);
    pass(&t, 2000);
    type(&t, "seen it\r");
    assert_true(t.screen.guard.facts.rows[ROW_RUN].overridden);
    assert_string_equal(t.screen.guard.override_reason[ROW_RUN], "seen it");
    t.facts.rows[ROW_RUN].may_override = false;
    struct stage none = stage_of(false, false);
    none.facts = t.facts;
    to_review(&none);
    type(&none, "o");
    assert_int_equal(failover_page(&none.screen, &none.view), PAGE_REVIEW);
}

static void changed_facts_void_the_countdown(void **state)
{
    (void)state;
    struct stage t = stage_of(false, false);
    to_countdown(&t);
    row(&t, ROW_RUN, PREFLIGHT_BLOCK);
    t.facts.hash = 43;
    t.facts.block = 1;
    pass(&t, 20000);
    assert_int_equal(failover_page(&t.screen, &t.view), PAGE_REVIEW);
    assert_int_equal(t.dispatches, 0);
    assert_non_null(strstr(t.screen.guard.said, "void"));
}

static void two_operators(void **state)
{
    (void)state;
    struct stage t = stage_of(true, false), other = stage_of(true, false);
    to_countdown(&t);
    assert_true(t.effects & FAILOVER_ASK_SECOND);
    assert_int_equal(failover_page(&t.screen, &t.view), PAGE_SECOND);
    (void)text_copy(other.view.second_asked_by, ALERT_WHO_MAX, "mg on pts/3");
    (void)text_copy(other.view.challenge, 16, t.screen.guard.challenge);
    to_review(&other);
    assert_int_equal(failover_page(&other.screen, &other.view), PAGE_VOUCH);
    type(&other, "nonsense\r");
    assert_false(other.effects & FAILOVER_ANSWER_SECOND);
    for (int i = 0; i < 8; i++) {
        press(&other, KEYCODE_BACKSPACE);
    }
    type(&other, t.screen.guard.challenge);
    type(&other, "\r");
    assert_true(other.effects & FAILOVER_ANSWER_SECOND);
    t.view = other.view;
    (void)text_copy(t.view.second_answered_by, ALERT_WHO_MAX, "jd on pts/1");
    (void)text_copy(t.view.challenge, 16, "OTHER1"); /* an answer to another question */
    pass(&t, 1000);
    assert_int_equal(failover_page(&t.screen, &t.view), PAGE_SECOND);
    (void)text_copy(t.view.challenge, 16, t.screen.guard.challenge);
    pass(&t, 200);
    assert_int_equal(failover_page(&t.screen, &t.view), PAGE_COUNTDOWN);
    pass(&t, 10000);
    assert_int_equal(t.dispatches, 1);
    assert_string_equal(t.screen.guard.second, "jd on pts/1");
}

/* --- once the request is out */

static struct stage run_of(enum attempt_state attempt)
{
    struct stage t = stage_of(false, false);
    t.view.attempt = (struct attempt){.id = 5, .state = attempt};
    t.view.drives = true;
    open_screen(&t);
    t.effects = 0;
    return t;
}

static void each_fate_has_its_page(void **state)
{
    (void)state;
    static const struct {
        enum attempt_state state;
        bool joined;
        enum failover_page page;
    } fates[] = {
        {ATTEMPT_INTENT, false, PAGE_SENDING},    {ATTEMPT_QUEUED, false, PAGE_ACCEPTED},
        {ATTEMPT_QUEUED, true, PAGE_JOINED},      {ATTEMPT_REFUSED, false, PAGE_REFUSED},
        {ATTEMPT_NOT_SENT, false, PAGE_NOT_SENT}, {ATTEMPT_UNKNOWN, false, PAGE_UNKNOWN},
        {ATTEMPT_RUNNING, false, PAGE_TRACK},     {ATTEMPT_ENDED, false, PAGE_VERIFY},
        {ATTEMPT_VERIFIED, false, PAGE_OVER},     {ATTEMPT_FAILED, false, PAGE_OVER},
        {ATTEMPT_LOST, false, PAGE_OVER}};
    for (size_t i = 0; i < sizeof fates / sizeof fates[0]; i++) {
        struct stage t = run_of(fates[i].state);
        t.view.attempt.joined = fates[i].joined;
        assert_int_equal(failover_page(&t.screen, &t.view), fates[i].page);
    }
}

static void send_again_needs_time_and_a_human(void **state)
{
    (void)state;
    struct stage t = run_of(ATTEMPT_UNKNOWN);
    type(&t, "rsend again\r");
    assert_false(t.effects & FAILOVER_RESEND);
    t.view.may_resend = true;
    type(&t, "rsend\r");
    assert_false(t.effects & FAILOVER_RESEND);
    type(&t, " again\r");
    assert_true(t.effects & FAILOVER_RESEND);
    t.effects = 0;
    t.view.drives = false;
    type(&t, "rsend again\r");
    assert_false(t.effects & FAILOVER_RESEND);
}

static void stop_only_before_the_point_of_no_return(void **state)
{
    (void)state;
    struct stage t = run_of(ATTEMPT_RUNNING);
    type(&t, "sstop");
    t.view.phases.past_return = true; /* while it was typed */
    type(&t, "\r");
    assert_false(t.effects & FAILOVER_STOP_RUN);
    type(&t, "sstop\r");
    assert_false(t.effects & FAILOVER_STOP_RUN);
    t.view.phases.past_return = false;
    type(&t, "sstop\r");
    assert_true(t.effects & FAILOVER_STOP_RUN);
}

static void a_question_is_answered_as_it_was_read(void **state)
{
    (void)state;
    struct stage t = run_of(ATTEMPT_RUNNING);
    t.view.input.pending = true;
    (void)text_copy(t.view.input.id, sizeof t.view.input.id, "First");
    type(&t, "pproceed");
    (void)text_copy(t.view.input.id, sizeof t.view.input.id, "Second");
    type(&t, "\r");
    assert_false(t.effects & FAILOVER_ANSWER);
    type(&t, "pproceed\r");
    assert_true(t.effects & FAILOVER_ANSWER);
    assert_true(t.screen.proceed);
    assert_string_equal(t.screen.input_id, "Second");
    t.effects = 0;
    type(&t, "xabort\r");
    assert_true(t.effects & FAILOVER_ANSWER);
    assert_false(t.screen.proceed);
    t.effects = 0;
    t.view.input.n_inputs = 1;
    type(&t, "pproceed\r");
    assert_false(t.effects & FAILOVER_ANSWER);
}

static void acknowledging_needs_a_comment_and_closes(void **state)
{
    (void)state;
    struct stage t = run_of(ATTEMPT_FAILED);
    type(&t, "a\r");
    assert_false(t.effects & FAILOVER_ACKNOWLEDGE);
    type(&t, "q is a letter\r");
    assert_true(t.effects & FAILOVER_ACKNOWLEDGE);
    assert_false(t.effects & FAILOVER_QUIT);
    assert_string_equal(t.screen.text, "q is a letter");
    t.view.attempt.acknowledged = true;
    feed(&t);
    assert_false(t.screen.open);
    open_screen(&t);
    assert_int_equal(failover_page(&t.screen, &t.view), PAGE_REVIEW);
}

static void shutting_is_as_escape(void **state)
{
    (void)state;
    struct stage t = stage_of(true, false);
    to_countdown(&t);
    t.effects = 0;
    note(&t, failover_shut(&t.screen, t.now_ms));
    assert_true(t.effects & FAILOVER_WITHDRAW);
    assert_true(t.effects & FAILOVER_UNWATCH);
    assert_int_equal(failover_page(&t.screen, &t.view), PAGE_NONE);
    assert_int_equal(failover_shut(&t.screen, t.now_ms), FAILOVER_NOTHING);
}

/* Every digit is as wide as any other, and a word is as wide as it says. */
static void large_letters(void **state)
{
    (void)state;
    struct canvas c;
    canvas_init(&c, 80, BIG_ROWS);
    for (char digit[] = "0"; digit[0] <= '9'; digit[0]++) {
        assert_int_equal(big_width(digit), big_width("0"));
    }
    canvas_clear(&c);
    assert_int_equal(big_text(&c, 0, 0, ROLE_TEXT, "Lose 14"), big_width("LOSE 14"));
    assert_int_equal(big_width(""), 0);
    canvas_finish(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(happy_path_sends_once),
        cmocka_unit_test(escape_leaves_from_everywhere),
        cmocka_unit_test(q_is_a_letter_before_the_dispatch),
        cmocka_unit_test(any_key_stops_the_countdown),
        cmocka_unit_test(a_paste_never_types),
        cmocka_unit_test(typed_ahead_is_dropped),
        cmocka_unit_test(read_only_never_opens),
        cmocka_unit_test(keys_of_the_dashboard),
        cmocka_unit_test(o_is_an_override_or_a_letter),
        cmocka_unit_test(changed_facts_void_the_countdown),
        cmocka_unit_test(two_operators),
        cmocka_unit_test(each_fate_has_its_page),
        cmocka_unit_test(send_again_needs_time_and_a_human),
        cmocka_unit_test(stop_only_before_the_point_of_no_return),
        cmocka_unit_test(a_question_is_answered_as_it_was_read),
        cmocka_unit_test(acknowledging_needs_a_comment_and_closes),
        cmocka_unit_test(shutting_is_as_escape),
        cmocka_unit_test(large_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
