#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tui/pace.h"

static void a_frame_waits_for_the_answer_to_the_one_before(void **state)
{
    (void)state;
    struct pace p = {0};
    assert_true(pace_ready(&p, 0));
    assert_true(pace_sent(&p, 0));
    assert_false(pace_ready(&p, 100));
    assert_int_equal(pace_wait_ms(&p, 100), PACE_MUTE_MS - 100);
    pace_answered(&p);
    assert_true(pace_ready(&p, 101));
    assert_int_equal(pace_wait_ms(&p, 101), -1);
    assert_true(pace_sent(&p, 200));
    assert_false(pace_ready(&p, 200 + PACE_STALL_MS - 1));
}

static void a_key_may_send_one_without_a_second_question(void **state)
{
    (void)state;
    struct pace p = {0};
    assert_true(pace_sent(&p, 0));
    assert_false(pace_sent(&p, 10));
    pace_answered(&p);
    assert_true(pace_ready(&p, 20));
}

static void a_mute_terminal_is_asked_once(void **state)
{
    (void)state;
    struct pace p = {0};
    assert_true(pace_sent(&p, 0));
    assert_false(pace_ready(&p, PACE_MUTE_MS - 1));
    assert_true(pace_ready(&p, PACE_MUTE_MS));
    assert_false(pace_sent(&p, PACE_MUTE_MS));
    assert_true(pace_ready(&p, PACE_MUTE_MS));
    assert_int_equal(pace_wait_ms(&p, PACE_MUTE_MS), -1);
}

/* A line that stands still for a while gets a frame now and then, and is asked again. */
static void a_stalled_line_is_tried_again(void **state)
{
    (void)state;
    struct pace p = {0};
    (void)pace_sent(&p, 0);
    pace_answered(&p);
    (void)pace_sent(&p, 100);
    assert_int_equal(pace_wait_ms(&p, 100 + PACE_STALL_MS + 5), 0);
    assert_true(pace_ready(&p, 100 + PACE_STALL_MS));
    assert_true(pace_sent(&p, 100 + PACE_STALL_MS));
    assert_false(pace_ready(&p, 101 + PACE_STALL_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_waits_for_the_answer_to_the_one_before),
        cmocka_unit_test(a_key_may_send_one_without_a_second_question),
        cmocka_unit_test(a_mute_terminal_is_asked_once),
        cmocka_unit_test(a_stalled_line_is_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
