#include "lab/delay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static void ramp_rises_by_half_a_second_a_second(void **state)
{
    (void)state;
    struct delay_ramp ramp = {0};
    delay_ramp_aim(&ramp, 3000, 10000);
    assert_int_equal(delay_ramp_at(&ramp, 10000), 0);
    assert_int_equal(delay_ramp_at(&ramp, 12000), 1000);
    assert_int_equal(delay_ramp_at(&ramp, 16000), 3000);
    assert_int_equal(delay_ramp_at(&ramp, 99000), 3000);
}

static void ramp_goes_on_from_where_it_stands(void **state)
{
    (void)state;
    struct delay_ramp ramp = {0};
    delay_ramp_aim(&ramp, 3000, 0);
    delay_ramp_aim(&ramp, 3000, 1500); /* said again: no new start */
    assert_int_equal(delay_ramp_at(&ramp, 2000), 1000);
    delay_ramp_aim(&ramp, 5000, 2000);
    assert_int_equal(delay_ramp_at(&ramp, 2000), 1000);
    assert_int_equal(delay_ramp_at(&ramp, 4000), 2000);
}

static void ramp_falls_at_once(void **state)
{
    (void)state;
    struct delay_ramp ramp = {0};
    delay_ramp_aim(&ramp, 3000, 0);
    delay_ramp_aim(&ramp, 500, 6000);
    assert_int_equal(delay_ramp_at(&ramp, 6000), 500);
    delay_ramp_aim(&ramp, 0, 6001);
    assert_int_equal(delay_ramp_at(&ramp, 6001), 0);
}

/* Takes what is due and returns how much that was. */
static size_t take(struct delay_line *line, int64_t delay_ms, int64_t now_ms, char *out)
{
    const void *bytes;
    size_t total = 0, len;
    while ((len = delay_line_due(line, delay_ms, now_ms, &bytes)) > 0) {
        memcpy(out + total, bytes, len);
        total += len;
        delay_line_pop(line, len);
    }
    return total;
}

static void bytes_wait_their_turn_and_keep_their_order(void **state)
{
    (void)state;
    char out[16];
    struct delay_line *line = delay_line_create();
    delay_line_push(line, "abc", 3, 1000);
    delay_line_push(line, "de", 2, 1400);
    assert_int_equal(delay_line_bytes(line), 5);
    assert_int_equal(take(line, 500, 1499, out), 0);
    assert_int_equal(take(line, 500, 1500, out), 3);
    assert_memory_equal(out, "abc", 3);
    assert_int_equal(take(line, 500, 1899, out), 0);
    assert_int_equal(take(line, 500, 1900, out), 2);
    assert_memory_equal(out, "de", 2);
    assert_int_equal(delay_line_bytes(line), 0);
    delay_line_destroy(line);
}

static void shorter_delay_frees_what_waits(void **state)
{
    (void)state;
    char out[16];
    struct delay_line *line = delay_line_create();
    delay_line_push(line, "abc", 3, 1000);
    delay_line_push(line, "de", 2, 1400);
    assert_int_equal(take(line, 60000, 1400, out), 0);
    assert_int_equal(take(line, 0, 1400, out), 5);
    assert_memory_equal(out, "abcde", 5);
    delay_line_destroy(line);
}

static void part_of_a_piece_can_be_taken(void **state)
{
    (void)state;
    char out[16];
    int64_t arrived_ms = -1;
    struct delay_line *line = delay_line_create();
    assert_false(delay_line_oldest(line, &arrived_ms));
    assert_int_equal(arrived_ms, -1);
    delay_line_push(line, "abc", 3, 1000);
    delay_line_pop(line, 2);
    assert_true(delay_line_oldest(line, &arrived_ms));
    assert_int_equal(arrived_ms, 1000);
    assert_int_equal(take(line, 0, 1000, out), 1);
    assert_memory_equal(out, "c", 1);
    delay_line_destroy(line);
    delay_line_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ramp_rises_by_half_a_second_a_second),
        cmocka_unit_test(ramp_goes_on_from_where_it_stands),
        cmocka_unit_test(ramp_falls_at_once),
        cmocka_unit_test(bytes_wait_their_turn_and_keep_their_order),
        cmocka_unit_test(shorter_delay_frees_what_waits),
        cmocka_unit_test(part_of_a_piece_can_be_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
