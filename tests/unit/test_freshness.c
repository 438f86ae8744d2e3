#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backend/fact/freshness.h"

#define INTERVAL_MS 1000

static void age_alone(void **state)
{
    static const struct {
        int64_t age_ms;
        enum freshness is;
    } cases[] = {{0, FRESHNESS_LIVE},    {1999, FRESHNESS_LIVE},  {2000, FRESHNESS_AGED},
                 {3999, FRESHNESS_AGED}, {4000, FRESHNESS_STALE}, {7999, FRESHNESS_STALE},
                 {8000, FRESHNESS_GONE}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(freshness_of_age(cases[i].age_ms, INTERVAL_MS), cases[i].is);
    }
}

static enum freshness seen(bool has_last, enum reading_state last_state, int64_t now_ms)
{
    struct reading good = {.state = READING_FRESH}, last = {.state = last_state};
    struct sight s = {.good = &good, .last = has_last ? &last : NULL};
    return freshness_of(&s, INTERVAL_MS, now_ms);
}

static void a_failed_try_is_stale_however_young(void **state)
{
    (void)state;
    assert_int_equal(seen(true, READING_FRESH, 10), FRESHNESS_LIVE);
    assert_int_equal(seen(true, READING_FAILED, 10), FRESHNESS_STALE);
    assert_int_equal(seen(true, READING_FAILED, 8000), FRESHNESS_GONE);
}

/* What an earlier drtop saw, before this one has tried: it is not seen by us. */
static void a_remembered_one_is_stale_however_young(void **state)
{
    (void)state;
    assert_int_equal(seen(false, READING_UNKNOWN, 10), FRESHNESS_STALE);
    assert_int_equal(seen(false, READING_UNKNOWN, 9000), FRESHNESS_GONE);
    assert_int_equal(freshness_of(&(struct sight){0}, INTERVAL_MS, 10), FRESHNESS_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(age_alone),
        cmocka_unit_test(a_failed_try_is_stale_however_young),
        cmocka_unit_test(a_remembered_one_is_stale_however_young),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
