#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "backend/verdict/rto.h"

#define T0 1795356120000

static const struct rto_terms terms = {
    .objective_ms = 1200000, .pipeline_ms = 780000, .validation_ms = 120000};

static void test_the_clock_starts_at_the_last_good_moment(void **state)
{
    (void)state;
    struct rto_memory m = {0};
    rto_observe(&m, TRI_YES, false, T0);
    assert_false(rto_of(&m, &terms, T0).running);
    rto_observe(&m, TRI_NO, false, T0 + 900);
    rto_observe(&m, TRI_NO, true, T0 + 5000);
    struct rto rto = rto_of(&m, &terms, T0 + 60000);
    assert_true(rto.running);
    assert_int_equal(rto.elapsed_max_ms.v, 60000);
    assert_int_equal(rto.elapsed_min_ms.v, 59100);
    assert_int_equal(rto.decide_before_wall_ms.v, T0 + 1200000 - 780000 - 120000);
}

static void test_never_seen_well_has_no_upper_bound(void **state)
{
    (void)state;
    struct rto_memory m = {0};
    rto_observe(&m, TRI_NO, true, T0);
    struct rto rto = rto_of(&m, &terms, T0 + 1000);
    assert_int_equal(rto.elapsed_min_ms.v, 1000);
    assert_false(rto.elapsed_max_ms.known);
    assert_false(rto.last_good_wall_ms.known);
    assert_true(rto.decide_before_wall_ms.known);
}

static void test_the_unknown_ends_no_outage(void **state)
{
    (void)state;
    struct rto_memory m = {0};
    rto_observe(&m, TRI_YES, false, T0);
    rto_observe(&m, TRI_NO, true, T0 + 1000);
    rto_observe(&m, TRI_UNKNOWN, false, T0 + 2000);
    assert_true(rto_of(&m, &terms, T0 + 3000).running);
    assert_int_equal(m.first_bad_wall_ms.v, T0 + 1000);
    /* nor does a page that is still served while the verdict says outage */
    rto_observe(&m, TRI_YES, true, T0 + 4000);
    assert_true(rto_of(&m, &terms, T0 + 4000).running);
    assert_int_equal(m.last_good_wall_ms.v, T0);
    rto_observe(&m, TRI_YES, false, T0 + 5000);
    assert_false(rto_of(&m, &terms, T0 + 5000).running);
}

static void test_a_wall_clock_set_back_does_not_go_negative(void **state)
{
    (void)state;
    struct rto_memory m = {0};
    rto_observe(&m, TRI_NO, true, T0);
    assert_int_equal(rto_of(&m, &terms, T0 - 5000).elapsed_min_ms.v, 0);
}

static void test_past_runs_replace_the_estimate(void **state)
{
    (void)state;
    int64_t took_ms[] = {600000, 900000, 700000, 650000, 640000};
    struct rto_terms learnt = terms;
    learnt.runs = rto_learn(took_ms, 5);
    learnt.runs.last_took_ms = opt_i64(640000);
    learnt.runs.last_wall_ms = opt_i64(T0 - 86400000);
    assert_int_equal(learnt.runs.median_ms.v, 650000);
    assert_int_equal(learnt.runs.p95_ms.v, 900000);
    struct rto_memory m = {0};
    rto_observe(&m, TRI_YES, false, T0);
    rto_observe(&m, TRI_NO, true, T0);
    struct rto rto = rto_of(&m, &learnt, T0);
    assert_int_equal(rto.pipeline_ms, 900000);
    assert_int_equal(rto.n_runs, 5);
    assert_int_equal(rto.last_took_ms.v, 640000);
    assert_int_equal(rto.last_wall_ms.v, T0 - 86400000);
    assert_int_equal(rto.decide_before_wall_ms.v, T0 + 1200000 - 900000 - 120000);
}

static void test_nothing_is_learnt_from_no_runs(void **state)
{
    (void)state;
    struct rto_runs none = rto_learn(NULL, 0);
    assert_int_equal(none.n, 0);
    assert_false(none.p95_ms.known);
    struct rto_memory m = {0};
    assert_int_equal(rto_of(&m, &terms, T0).pipeline_ms, 780000);
}

static void test_nearest_rank(void **state)
{
    (void)state;
    int64_t one[] = {5}, many[20];
    for (int i = 0; i < 20; i++) {
        many[i] = 20 - i;
    }
    assert_int_equal(rto_learn(one, 1).p95_ms.v, 5);
    struct rto_runs runs = rto_learn(many, 20);
    assert_int_equal(runs.p95_ms.v, 19);
    assert_int_equal(runs.median_ms.v, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_clock_starts_at_the_last_good_moment),
        cmocka_unit_test(test_never_seen_well_has_no_upper_bound),
        cmocka_unit_test(test_the_unknown_ends_no_outage),
        cmocka_unit_test(test_a_wall_clock_set_back_does_not_go_negative),
        cmocka_unit_test(test_past_runs_replace_the_estimate),
        cmocka_unit_test(test_nothing_is_learnt_from_no_runs),
        cmocka_unit_test(test_nearest_rank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
