#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tui/pace.h"

/* A terminal that has answered the question before the first frame. */
static struct pace lively(void)
{
    struct pace p = {0};
    assert_true(pace_sent(&p, 0, 0));
    pace_answered(&p, 1);
    assert_true(pace_ready(&p, 1));
    return p;
}

static void a_frame_waits_for_the_answer_to_the_one_before(void **state)
{
    (void)state;
    struct pace p = lively();
    assert_int_equal(pace_wait_ms(&p, 1), -1);
    assert_true(pace_sent(&p, 0, 100));
    assert_false(pace_ready(&p, 150));
    assert_int_equal(pace_wait_ms(&p, 150), PACE_AGAIN_MS - 50);
    pace_answered(&p, 160);
    assert_true(pace_ready(&p, 160));
    assert_int_equal(pace_wait_ms(&p, 160), -1);
}

/* That of the question before the first frame says that it lives, not that it has shown one. */
static void answers_are_counted(void **state)
{
    (void)state;
    struct pace p = {0};
    assert_true(pace_sent(&p, 0, 0));
    assert_true(pace_sent(&p, 9000, 1));
    pace_answered(&p, 2);
    assert_false(pace_ready(&p, 2));
    assert_false(pace_ready(&p, 2 + PACE_MUTE_MS));
    pace_answered(&p, 2000);
    assert_true(pace_ready(&p, 2000));
    pace_answered(&p, 2001); /* nobody has asked */
    assert_true(pace_sent(&p, 0, 2002));
    assert_false(pace_ready(&p, 2003));
}

static void a_mute_terminal_gets_its_frames(void **state)
{
    (void)state;
    struct pace p = {0};
    assert_true(pace_sent(&p, 0, 0));
    assert_false(pace_ready(&p, PACE_GREET_MS - 1));
    assert_int_equal(pace_wait_ms(&p, 0), PACE_GREET_MS);
    assert_true(pace_ready(&p, PACE_GREET_MS));
    assert_true(pace_window(&p) > 1000000); /* nobody can tell how it goes on */
    assert_true(pace_sent(&p, 9000, 0));
    assert_false(pace_ready(&p, PACE_MUTE_MS - 1));
    assert_true(pace_ready(&p, PACE_MUTE_MS));
    assert_false(pace_sent(&p, 100, PACE_MUTE_MS));
    assert_false(pace_asks_again(&p, PACE_MUTE_MS * 100));
    assert_true(pace_ready(&p, PACE_MUTE_MS));
    assert_int_equal(pace_wait_ms(&p, PACE_MUTE_MS), -1);
}

/* The first frame alone takes longer than that over 2 KB/s. */
static void a_late_answer_ends_muteness(void **state)
{
    (void)state;
    struct pace p = {0};
    (void)pace_sent(&p, 0, 0);
    (void)pace_sent(&p, 9000, 0);
    assert_true(pace_ready(&p, PACE_MUTE_MS));
    pace_answered(&p, 4000);
    assert_false(pace_ready(&p, 4000)); /* the first frame is still owed */
    pace_answered(&p, 5000);
    assert_true(pace_ready(&p, 5000));
    assert_true(pace_sent(&p, 0, 5000));
}

static void who_is_not_to_be_asked_never_is(void **state)
{
    (void)state;
    struct pace p = {.never = true};
    assert_false(pace_sent(&p, 0, 0));
    assert_true(pace_ready(&p, 0));
    pace_answered(&p, 1);
    assert_false(pace_sent(&p, 0, 2));
    assert_int_equal(pace_wait_ms(&p, 2), -1);
}

/* It gets no frame, however long: those would stand in a queue. */
static void a_line_that_stands_still_is_asked_again(void **state)
{
    (void)state;
    struct pace p = lively();
    (void)pace_sent(&p, 0, 0);
    assert_false(pace_asks_again(&p, PACE_AGAIN_MS - 1));
    assert_true(pace_asks_again(&p, PACE_AGAIN_MS));
    assert_false(pace_asks_again(&p, PACE_AGAIN_MS + 1));
    assert_int_equal(pace_wait_ms(&p, PACE_AGAIN_MS), PACE_AGAIN_MS);
    assert_true(pace_asks_again(&p, 2 * PACE_AGAIN_MS));
    assert_false(pace_ready(&p, 100 * PACE_AGAIN_MS));
    for (int i = 0; i < 3; i++) {
        assert_false(pace_ready(&p, 100 * PACE_AGAIN_MS));
        pace_answered(&p, 100 * PACE_AGAIN_MS);
    }
    assert_true(pace_ready(&p, 100 * PACE_AGAIN_MS));
}

static void a_lost_answer_is_given_up(void **state)
{
    (void)state;
    struct pace p = lively();
    (void)pace_sent(&p, 0, 0);
    assert_true(pace_asks_again(&p, PACE_AGAIN_MS));
    int64_t now_ms = PACE_AGAIN_MS + 30;
    pace_answered(&p, now_ms);
    assert_false(pace_ready(&p, now_ms + PACE_GRACE_MS - 1));
    assert_int_equal(pace_wait_ms(&p, now_ms), PACE_GRACE_MS);
    assert_true(pace_ready(&p, now_ms + PACE_GRACE_MS));
    assert_true(pace_sent(&p, 0, now_ms + PACE_GRACE_MS));
    pace_answered(&p, now_ms + PACE_GRACE_MS + 1);
    assert_true(pace_ready(&p, now_ms + PACE_GRACE_MS + 1));
}

static void after_a_stop_nothing_is_owed(void **state)
{
    (void)state;
    struct pace p = lively();
    (void)pace_sent(&p, 0, 0);
    assert_false(pace_ready(&p, 1));
    pace_restart(&p);
    assert_true(pace_ready(&p, 1));
    assert_true(pace_sent(&p, 0, 2));
}

/* A window that is always filled. */
static void passes(struct pace *p, int64_t *now_ms, int64_t took_ms)
{
    assert_true(pace_ready(p, *now_ms));
    assert_true(pace_sent(p, pace_window(p), *now_ms));
    *now_ms += took_ms;
    pace_answered(p, *now_ms);
}

static void pieces_are_as_large_as_the_line(void **state)
{
    (void)state;
    struct pace p = lively();
    int64_t now_ms = 100;
    assert_int_equal(pace_window(&p), PACE_FIRST_B);
    passes(&p, &now_ms, 1);
    assert_int_equal(pace_window(&p), 2 * PACE_FIRST_B);
    passes(&p, &now_ms, PACE_FAST_MS + 50);
    assert_int_equal(pace_window(&p), 2 * PACE_FIRST_B);
    for (int i = 0; i < 9; i++) {
        passes(&p, &now_ms, 2 * PACE_SLOW_MS);
    }
    assert_int_equal(pace_window(&p), PACE_LEAST_B);
    assert_true(pace_sent(&p, 100, now_ms)); /* a small one proves nothing */
    pace_answered(&p, now_ms + 1);
    assert_int_equal(pace_window(&p), PACE_LEAST_B);
}

/* A satellite is far away, and takes a lot. */
static void a_long_way_is_not_a_slow_line(void **state)
{
    (void)state;
    struct pace p = {0};
    int64_t now_ms = 700;
    assert_true(pace_sent(&p, 0, 0));
    pace_answered(&p, now_ms);
    for (int i = 0; i < 4; i++) {
        passes(&p, &now_ms, 650 + 20 * i);
    }
    assert_int_equal(pace_window(&p), 16 * PACE_FIRST_B);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_waits_for_the_answer_to_the_one_before),
        cmocka_unit_test(answers_are_counted),
        cmocka_unit_test(a_mute_terminal_gets_its_frames),
        cmocka_unit_test(a_late_answer_ends_muteness),
        cmocka_unit_test(who_is_not_to_be_asked_never_is),
        cmocka_unit_test(a_line_that_stands_still_is_asked_again),
        cmocka_unit_test(a_lost_answer_is_given_up),
        cmocka_unit_test(pieces_are_as_large_as_the_line),
        cmocka_unit_test(a_long_way_is_not_a_slow_line),
        cmocka_unit_test(after_a_stop_nothing_is_owed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
