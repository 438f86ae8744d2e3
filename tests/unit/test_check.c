/* The line of `drtop check`, which other programs read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backend/tunnel/provider.h"
#include "cli/cli.h"

static struct config cfg;
static struct snapshot *snap;
static char line[1024];

static int begin(void **state)
{
    (void)state;
    cfg = (struct config){.objectives = {.rpo_ms = 1000, .rto_ms = 1200000},
                          .n_tunnels = 1,
                          .tunnels = {{.period_ms = 1000}},
                          .poll = {.status_ms = 1000}};
    snap = snapshot_create(NULL, 0);
    snap->config = &cfg;
    (void)snprintf(snap->verdict.sentence, sizeof snap->verdict.sentence, "as it is");
    return 0;
}

static int end(void **state)
{
    (void)state;
    snapshot_unref(snap);
    return 0;
}

static enum check_exit check(enum verdict_kind kind, bool confirmed)
{
    snap->verdict.kind = kind;
    snap->verdict.confirmed = confirmed;
    snap->verdict.level = verdict_level_of(kind);
    return check_line(snap, 1000, line, sizeof line);
}

static void every_verdict_has_its_state(void **state)
{
    (void)state;
    static const struct {
        enum verdict_kind kind;
        enum check_exit suspected, confirmed;
    } table[] = {
        {VERDICT_UNKNOWN, CHECK_UNKNOWN, CHECK_UNKNOWN},
        {VERDICT_OBSERVER_ISOLATED, CHECK_UNKNOWN, CHECK_UNKNOWN},
        {VERDICT_NORMAL, CHECK_OK, CHECK_OK},
        {VERDICT_DEGRADED, CHECK_WARNING, CHECK_WARNING},
        {VERDICT_PRIMARY_DOWN, CHECK_WARNING, CHECK_CRITICAL},
        {VERDICT_DB_DOWN, CHECK_WARNING, CHECK_CRITICAL},
        {VERDICT_APP_DOWN, CHECK_WARNING, CHECK_CRITICAL},
        {VERDICT_SPLIT_BRAIN, CHECK_WARNING, CHECK_CRITICAL},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_int_equal(check(table[i].kind, false), table[i].suspected);
        assert_int_equal(check(table[i].kind, true), table[i].confirmed);
    }
    for (int kind = 0; kind < VERDICT_KINDS; kind++) { /* a suspicion wakes nobody */
        assert_int_not_equal(check((enum verdict_kind)kind, false), CHECK_CRITICAL);
    }
}

static void what_is_unknown_is_left_out(void **state)
{
    (void)state;
    (void)check(VERDICT_PRIMARY_DOWN, true);
    assert_string_equal(line, "DRTOP CRITICAL - PRIMARY DOWN: as it is");
    (void)check(VERDICT_PRIMARY_DOWN, false);
    assert_string_equal(line, "DRTOP WARNING - PRIMARY DOWN suspected: as it is");
    (void)check(VERDICT_UNKNOWN, false);
    assert_string_equal(line, "DRTOP UNKNOWN - UNKNOWN: as it is");
}

static void perfdata_tells_what_is_known(void **state)
{
    (void)state;
    struct tunnel_facts facts = {.state = TUNNEL_UP, .rtt_ms = {true, 21.5}};
    struct reading *r = reading_fresh(&facts, NULL, 900, 1);
    snap->sights[SLOT_TUNNEL].good = snap->sights[SLOT_TUNNEL].last = r;
    snap->lag.seconds = opt_f64(0.25);
    snap->exposure.not_received.bytes = opt_i64(0);
    snap->exposure.not_applied.bytes = opt_i64(4096);
    assert_int_equal(check(VERDICT_NORMAL, true), CHECK_OK);
    assert_string_equal(line, "DRTOP OK - NORMAL: as it is | lag=0.250s;1;;0 "
                              "not_received=0B;;;0 not_applied=4096B;;;0 rtt=21.500ms;;;0");
    snap->exposure.not_applied.bytes.known = false;
    snap->lag.seconds.known = false;
    snap->sights[SLOT_TUNNEL] = (struct sight){0};
    snap->rto = (struct rto){.running = true, .elapsed_min_ms = opt_i64(61500)};
    (void)check(VERDICT_PRIMARY_DOWN, true);
    assert_string_equal(line, "DRTOP CRITICAL - PRIMARY DOWN: as it is | not_received=0B;;;0 "
                              "rto_elapsed=61.5s;;1200;0");
    reading_unref(r);
}

/* A cloud that stands first in the configuration has no round trip. */
static void the_round_trip_is_that_of_a_probe(void **state)
{
    (void)state;
    struct tunnel_facts cloud = {.state = TUNNEL_UP}, probe = {.rtt_ms = {true, 3}};
    cfg.n_tunnels = 2;
    cfg.tunnels[0].kind = TUNNEL_AWS;
    cfg.tunnels[1].period_ms = 1000;
    struct reading *r[] = {reading_fresh(&cloud, NULL, 900, 1),
                           reading_fresh(&probe, NULL, 900, 1)};
    for (size_t i = 0; i < 2; i++) {
        snap->sights[SLOT_TUNNEL + i].good = snap->sights[SLOT_TUNNEL + i].last = r[i];
    }
    (void)check(VERDICT_NORMAL, true);
    assert_string_equal(line, "DRTOP OK - NORMAL: as it is | rtt=3.000ms;;;0");
    for (size_t i = 0; i < 2; i++) {
        snap->sights[SLOT_TUNNEL + i] = (struct sight){0};
        reading_unref(r[i]);
    }
}

static void a_sentence_cannot_break_the_line(void **state)
{
    (void)state;
    (void)snprintf(snap->verdict.sentence, sizeof snap->verdict.sentence, "a|b\nc\rd|e=1");
    snap->lag.seconds = opt_f64(1);
    (void)check(VERDICT_NORMAL, true);
    assert_string_equal(line, "DRTOP OK - NORMAL: a/b/c/d/e=1 | lag=1.000s;1;;0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_verdict_has_its_state),      TEST(what_is_unknown_is_left_out),
        TEST(perfdata_tells_what_is_known),     TEST(the_round_trip_is_that_of_a_probe),
        TEST(a_sentence_cannot_break_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
