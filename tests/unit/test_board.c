#include "backend/fact/board.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static atomic_int alive; /* values that exist */

static void free_value(void *value)
{
    (void)atomic_fetch_sub(&alive, 1);
    free(value);
}

/* Two numbers that belong together: a torn or freed reading shows. */
static int *new_value(int v)
{
    int *value = malloc(2 * sizeof *value);
    assert_non_null(value);
    value[0] = v;
    value[1] = -v;
    (void)atomic_fetch_add(&alive, 1);
    return value;
}

static struct reading *fresh(int v)
{
    return reading_fresh(new_value(v), free_value, v, v);
}

static bool is_ringing(const struct board *board)
{
    struct pollfd p = {.fd = board_wake_fd(board), .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

static void shows_the_latest_and_the_latest_good(void **state)
{
    (void)state;
    struct board *board = board_create(2);
    struct sight s;
    board_look(board, 0, &s);
    assert_null(s.last);
    assert_null(s.good);
    board_publish(board, 0, fresh(1));
    board_publish(board, 0,
                  reading_failed(NULL, NULL, 2, 2, "refused by %s\x1b[2J", "10.0.0.1"));
    board_look(board, 0, &s);
    assert_int_equal(s.last->state, READING_FAILED);
    assert_string_equal(s.last->reason, "refused by 10.0.0.1\xc2\xb7[2J");
    assert_int_equal(s.good->taken_at_ms, 1);
    struct sight kept = sight_ref(&s);
    sight_finish(&s);
    assert_null(s.last);
    board_publish(board, 0, fresh(3));
    board_look(board, 0, &s);
    assert_ptr_equal(s.last, s.good);
    sight_finish(&s);
    assert_int_equal(atomic_load(&alive), 2);
    sight_finish(&kept);
    assert_int_equal(atomic_load(&alive), 1);
    board_destroy(board);
    assert_int_equal(atomic_load(&alive), 0);
    board_destroy(NULL);
}

static void rings_once_for_many(void **state)
{
    (void)state;
    struct board *board = board_create(1);
    assert_false(is_ringing(board));
    board_publish(board, 0, fresh(1));
    board_ring(board);
    assert_true(is_ringing(board));
    board_drain(board);
    assert_false(is_ringing(board));
    board_drain(board);
    board_destroy(board);
}

static void a_reading_outlives_its_board(void **state)
{
    (void)state;
    struct board *board = board_create(1);
    board_publish(board, 0, fresh(5));
    struct sight s;
    board_look(board, 0, &s);
    board_destroy(board);
    const int *value = s.last->value;
    assert_int_equal(value[0], 5);
    sight_finish(&s);
    assert_int_equal(atomic_load(&alive), 0);
    reading_unref(NULL);
    assert_null(reading_ref(NULL));
}

#define ROUNDS 20000

static void *write_rounds(void *arg)
{
    struct board *board = arg;
    for (int i = 1; i <= ROUNDS; i++) {
        board_publish(board, 0, i % 3 ? fresh(i) : reading_failed(NULL, NULL, i, i, "no"));
    }
    return NULL;
}

static void readers_never_see_a_torn_or_older_reading(void **state)
{
    (void)state;
    struct board *board = board_create(1);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, write_rounds, board), 0);
    int64_t newest = 0;
    while (newest < ROUNDS) {
        struct sight s;
        board_look(board, 0, &s);
        if (s.good) {
            const int *value = s.good->value;
            assert_int_equal(value[0], -value[1]);
            assert_true(s.good->taken_at_ms <= s.last->taken_at_ms);
        }
        if (s.last) {
            assert_true(s.last->taken_at_ms >= newest);
            newest = s.last->taken_at_ms;
        }
        sight_finish(&s);
    }
    assert_int_equal(pthread_join(writer, NULL), 0);
    board_destroy(board);
    assert_int_equal(atomic_load(&alive), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_the_latest_and_the_latest_good),
        cmocka_unit_test(rings_once_for_many),
        cmocka_unit_test(a_reading_outlives_its_board),
        cmocka_unit_test(readers_never_see_a_torn_or_older_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
