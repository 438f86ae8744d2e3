/* The views of the path beside each other: every combination of what a probe saw and what a
 * cloud or a gateway says, and what becomes of it in time. Long by its tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/snapshot.h"

#define WALL_MS 1700000000000 /* at 0 of the monotonic clock */

enum { PROBE, OTHER, AWS, GATEWAY };

static char names[][8] = {"probe", "other", "aws", "gateway"};
static struct config cfg = {
    .n_tunnels = 4,
    .tunnels = {[PROBE] = {.kind = TUNNEL_PROBE, .name = names[PROBE], .expected_up = 1},
                [OTHER] = {.kind = TUNNEL_PROBE, .name = names[OTHER], .expected_up = 1},
                [AWS] = {.kind = TUNNEL_AWS, .name = names[AWS]},
                [GATEWAY] = {.kind = TUNNEL_STRONGSWAN, .name = names[GATEWAY]}},
    .poll = {.status_ms = 1000},
};

struct rig {
    struct snapshot *s;
    struct tunnel_memory memory;
    struct tunnel_view v[CONFIG_TUNNELS_MAX];
};

static int setup(void **state)
{
    struct rig *rig = mem_alloc(1, sizeof *rig);
    cfg.n_tunnels = 4;
    cfg.alerts.flap_count = 4;
    cfg.alerts.flap_window_ms = (int64_t)5 * 60 * 1000;
    cfg.tunnels[PROBE].period_ms = cfg.tunnels[OTHER].period_ms = 1000;
    cfg.tunnels[AWS].period_ms = 20000;
    cfg.tunnels[GATEWAY].period_ms = 1000;
    cfg.tunnels[AWS].expected_up = cfg.tunnels[GATEWAY].expected_up = 1;
    rig->s = snapshot_create(NULL, 0);
    rig->s->config = &cfg;
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;
    snapshot_unref(rig->s);
    free(rig);
    return 0;
}

static void put(struct rig *rig, size_t view, struct tunnel_facts *f, int64_t at_ms)
{
    struct sight *sight = &rig->s->sights[SLOT_TUNNEL + view];
    struct reading *r = reading_fresh(f, free, at_ms, WALL_MS + at_ms);
    sight_finish(sight);
    *sight = (struct sight){reading_ref(r), r};
}

static void put_failed(struct rig *rig, size_t view, int64_t at_ms)
{
    struct sight *sight = &rig->s->sights[SLOT_TUNNEL + view];
    reading_unref(sight->last);
    sight->last = reading_failed(NULL, NULL, at_ms, WALL_MS + at_ms, "no answer");
}

static void look(struct rig *rig, int64_t now_ms)
{
    rig->s->wall_ms = WALL_MS + now_ms;
    tunnel_views_gather(rig->s, &rig->memory, now_ms, rig->v);
}

static struct tunnel_facts *probe_facts(enum tunnel_state is, int64_t since_ms, int strikes)
{
    struct tunnel_facts *f = mem_alloc(1, sizeof *f);
    *f = (struct tunnel_facts){
        .state = is, .data_plane = true, .since_ms = since_ms, .strikes = strikes};
    return f;
}

/* Both probes, tried at at_ms. */
static void probes(struct rig *rig, enum tunnel_state is, int64_t since_ms, int64_t at_ms)
{
    int strikes = is == TUNNEL_DOWN ? 2 : 0;
    put(rig, PROBE, probe_facts(is, since_ms, strikes), at_ms);
    put(rig, OTHER, probe_facts(is, since_ms, strikes), at_ms);
}

/* "ud": the first tunnel up, the second down. '~' degraded, 'c' connecting, '?' unknown. */
static struct tunnel_facts *legs(const char *states, int expected_up, int64_t since_ms)
{
    static const char ids[][16] = {"tunnel1", "tunnel2", "tunnel3", "tunnel4"};
    struct tunnel_facts *f = mem_alloc(1, sizeof *f);
    for (const char *p = states; *p; p++) {
        struct tunnel_leg *leg = &f->legs[f->n_legs];
        leg->state = *p == 'u'   ? TUNNEL_UP
                     : *p == 'd' ? TUNNEL_DOWN
                     : *p == '~' ? TUNNEL_DEGRADED
                     : *p == 'c' ? TUNNEL_CONNECTING
                                 : TUNNEL_UNKNOWN;
        (void)text_copy(leg->id, sizeof leg->id, ids[f->n_legs++]);
    }
    tunnel_facts_sum(f, expected_up, NULL, since_ms);
    return f;
}

static void assert_view(const struct tunnel_view *v, enum tunnel_state is, unsigned doubts,
                        const char *remark)
{
    if (v->state != is || v->doubts != doubts) {
        fail_msg("%s with doubts %u, expected %s with %u (\"%s\")", tunnel_state_key(v->state),
                 v->doubts, tunnel_state_key(is), doubts, v->remark);
    }
    if (remark[0] ? !strstr(v->remark, remark) : v->remark[0] != '\0') {
        fail_msg("\"%s\", expected \"%s\"", v->remark, remark);
    }
}

/* --- what a view says of several tunnels */

static void one_of_two_is_well_where_one_is_expected(void **state)
{
    struct rig *rig = *state;
    probes(rig, TUNNEL_UP, 0, 1000);
    put(rig, AWS, legs("ud", 1, 1000), 1000);
    look(rig, 1100);
    assert_view(&rig->v[AWS], TUNNEL_UP, 0, "");
    assert_int_equal(rig->v[AWS].up, 1);
    assert_int_equal(rig->v[AWS].n_legs, 2);
    assert_true(rig->v[AWS].legs[0].expected);
    assert_false(rig->v[AWS].legs[1].expected);
    assert_int_equal(rig->v[AWS].legs[1].state, TUNNEL_DOWN);
    put(rig, AWS, legs("du", 1, 1200), 1200); /* the other one will do */
    look(rig, 1300);
    assert_view(&rig->v[AWS], TUNNEL_UP, 0, "");
    assert_false(rig->v[AWS].legs[0].expected);
    assert_true(rig->v[AWS].legs[1].expected);
    put(rig, AWS, legs("dd", 1, 1400), 1400); /* now both are missed */
    look(rig, 1500);
    assert_view(&rig->v[AWS], TUNNEL_DOWN, 0, "");
    assert_true(rig->v[AWS].legs[0].expected && rig->v[AWS].legs[1].expected);
}

static void fewer_than_expected_are_degraded(void **state)
{
    struct rig *rig = *state;
    cfg.tunnels[AWS].expected_up = 2;
    probes(rig, TUNNEL_UP, 0, 1000);
    put(rig, AWS, legs("ud", 2, 1000), 1000);
    look(rig, 1100);
    assert_view(&rig->v[AWS], TUNNEL_DEGRADED, 0, "aws: 1 of 2 up, 2 expected");
    assert_true(rig->v[AWS].legs[1].expected);
    put(rig, AWS, legs("udd", 2, 1200), 1200); /* one more than there should be is no spare */
    look(rig, 1300);
    assert_true(rig->v[AWS].legs[2].expected);
    put(rig, AWS, legs("uud", 2, 1400), 1400);
    look(rig, 1500);
    assert_view(&rig->v[AWS], TUNNEL_UP, 0, "");
    assert_false(rig->v[AWS].legs[2].expected);
    put(rig, AWS, legs("cd", 2, 1600), 1600);
    look(rig, 1700);
    assert_view(&rig->v[AWS], TUNNEL_CONNECTING, 0, "");
}

static void an_answer_without_tunnels_says_nothing(void **state)
{
    struct rig *rig = *state;
    put(rig, AWS, legs("", 1, 1000), 1000);
    look(rig, 1100);
    assert_view(&rig->v[AWS], TUNNEL_UNKNOWN, 0, "");
    assert_int_equal(rig->v[AWS].n_legs, 0);
    put(rig, AWS, legs("?d", 1, 1200), 1200); /* one that is not known may be up */
    look(rig, 1300);
    assert_view(&rig->v[AWS], TUNNEL_UNKNOWN, 0, "");
}

/* --- probes */

static void probes_pass_while_one_passes(void **state)
{
    struct rig *rig = *state;
    put(rig, PROBE, probe_facts(TUNNEL_DOWN, 500, 9), 1000);
    put(rig, OTHER, probe_facts(TUNNEL_DEGRADED, 0, 0), 1000);
    look(rig, 1100);
    assert_int_equal(tunnel_passes(rig->s, 1100), TRI_YES);
    assert_view(&rig->v[PROBE], TUNNEL_DOWN, 0, "");
    assert_view(&rig->v[OTHER], TUNNEL_DEGRADED, 0, "");
    assert_int_equal(rig->v[PROBE].since_ms, 500);
    assert_int_equal(rig->v[PROBE].legs[0].since_ms, 500);
    assert_string_equal(rig->v[PROBE].legs[0].id, "probe");
    assert_true(rig->v[PROBE].data_plane && rig->v[PROBE].legs[0].expected);
    assert_int_equal(rig->v[PROBE].up, 0);
    put(rig, OTHER, probe_facts(TUNNEL_DOWN, 1200, 1), 1200);
    look(rig, 1300); /* one lost try is no broken path */
    assert_int_equal(tunnel_passes(rig->s, 1300), TRI_UNKNOWN);
    assert_view(&rig->v[OTHER], TUNNEL_DOWN, 0, "");
    put(rig, OTHER, probe_facts(TUNNEL_DOWN, 1200, 2), 1400);
    assert_int_equal(tunnel_passes(rig->s, 1500), TRI_NO);
    assert_int_equal(tunnel_passes(rig->s, 9000), TRI_UNKNOWN); /* both are out of sight */
    put_failed(rig, OTHER, 1500);
    assert_int_equal(tunnel_passes(rig->s, 1600), TRI_UNKNOWN);
    cfg.n_tunnels = 0;
    assert_int_equal(tunnel_passes(rig->s, 1600), TRI_UNKNOWN);
}

static void large_packets_that_are_lost_degrade_a_probe(void **state)
{
    struct rig *rig = *state;
    struct tunnel_facts *f = probe_facts(TUNNEL_UP, 0, 0);
    f->large_passes = TRI_NO;
    put(rig, PROBE, f, 1000);
    look(rig, 1100);
    assert_view(&rig->v[PROBE], TUNNEL_DEGRADED, DOUBT_LARGE_LOST, "probe: large packets");
    assert_int_equal(tunnel_passes(rig->s, 1100), TRI_YES);
    f = probe_facts(TUNNEL_DOWN, 1200, 2); /* then nothing passes, of any size */
    f->large_passes = TRI_NO;
    put(rig, PROBE, f, 1200);
    look(rig, 1300);
    assert_view(&rig->v[PROBE], TUNNEL_DOWN, 0, "");
}

/* --- opinions against probes */

static void up_while_nothing_passes_is_a_black_hole(void **state)
{
    struct rig *rig = *state;
    cfg.tunnels[AWS].expected_up = 1;
    probes(rig, TUNNEL_UP, 0, 4000);
    put(rig, AWS, legs("ud", 1, 4000), 4000);
    look(rig, 4100);
    assert_view(&rig->v[AWS], TUNNEL_UP, 0, "");

    probes(rig, TUNNEL_DOWN, 5000, 6500);
    look(rig, 6600); /* asked before the failure: it cannot know */
    assert_view(&rig->v[AWS], TUNNEL_UP, DOUBT_OLDER, "aws: says up, from before the probes");
    assert_string_equal(tunnel_leg_words(&rig->v[AWS], &rig->v[AWS].legs[0]),
                        "says up, from before the probes failed");

    put(rig, AWS, legs("ud", 1, 4000), 5000);
    look(rig, 6700); /* at the very moment: neither */
    assert_view(&rig->v[AWS], TUNNEL_UP, DOUBT_OLDER, "aws");

    put(rig, AWS, legs("ud", 1, 4000), 5001);
    look(rig, 6800);
    assert_view(&rig->v[AWS], TUNNEL_BLACK_HOLED, 0, "aws says up, and no probe passes");
    assert_int_equal(rig->v[AWS].legs[0].state, TUNNEL_BLACK_HOLED);
    assert_int_equal(rig->v[AWS].legs[0].since_ms, 5000);
    assert_int_equal(rig->v[AWS].since_ms, 5000);
    assert_int_equal(rig->v[AWS].up, 0);
    assert_false(rig->v[AWS].legs[1].expected); /* the spare is still only a spare */
    assert_string_equal(tunnel_leg_words(&rig->v[AWS], &rig->v[AWS].legs[0]),
                        "says up, and no probe passes");

    put(rig, GATEWAY, legs("~", 1, 6900), 6900);
    look(rig, 7000);
    assert_view(&rig->v[GATEWAY], TUNNEL_BLACK_HOLED, 0, "gateway says up");

    put(rig, AWS, legs("dd", 1, 7100), 7100); /* it agrees: nothing to remark */
    look(rig, 7200);
    assert_view(&rig->v[AWS], TUNNEL_DOWN, 0, "");
    put(rig, AWS, legs("cd", 1, 7300), 7300);
    look(rig, 7400);
    assert_view(&rig->v[AWS], TUNNEL_CONNECTING, 0, "");
}

static void without_a_failing_probe_no_hole_is_black(void **state)
{
    struct rig *rig = *state;
    put(rig, PROBE, probe_facts(TUNNEL_DOWN, 500, 9), 1000);
    put(rig, OTHER, probe_facts(TUNNEL_UP, 0, 0), 1000);
    put(rig, AWS, legs("u", 1, 1000), 1000);
    look(rig, 1100);
    assert_view(&rig->v[AWS], TUNNEL_UP, 0, "");
    put(rig, OTHER, probe_facts(TUNNEL_DOWN, 1200, 1), 1200); /* not sure yet */
    put(rig, AWS, legs("u", 1, 1000), 1300);
    look(rig, 1400);
    assert_view(&rig->v[AWS], TUNNEL_UP, 0, "");
    /* The path failed when the last of the probes did. */
    put(rig, OTHER, probe_facts(TUNNEL_DOWN, 1500, 2), 1600);
    look(rig, 1700);
    assert_view(&rig->v[AWS], TUNNEL_UP, DOUBT_OLDER, "aws");
    put(rig, PROBE, probe_facts(TUNNEL_DOWN, 1800, 2), 1900);
    put(rig, AWS, legs("u", 1, 1000), 1700);
    look(rig, 2000);
    assert_view(&rig->v[AWS], TUNNEL_UP, DOUBT_OLDER, "aws");
}

static void down_while_traffic_passes_is_stale(void **state)
{
    struct rig *rig = *state;
    probes(rig, TUNNEL_UP, 0, 10000);
    put(rig, AWS, legs("dd", 1, 10500), 10500);
    look(rig, 10600); /* it may be right, and the probes late */
    assert_view(&rig->v[AWS], TUNNEL_DOWN, 0, "");
    probes(rig, TUNNEL_UP, 0, 13499);
    look(rig, 13600);
    assert_view(&rig->v[AWS], TUNNEL_DOWN, 0, "");
    put(rig, OTHER, probe_facts(TUNNEL_UP, 0, 0), 13500); /* of several the newest counts */
    look(rig, 13700);
    assert_view(&rig->v[AWS], TUNNEL_DOWN, DOUBT_STALE, "aws: says down, and traffic passes");
    assert_non_null(strstr(tunnel_leg_words(&rig->v[AWS], &rig->v[AWS].legs[0]), "stale"));
    /* Of one of two that is down, nobody doubts it. */
    put(rig, AWS, legs("ud", 1, 14000), 14000);
    look(rig, 14100);
    assert_view(&rig->v[AWS], TUNNEL_UP, 0, "");
    assert_string_equal(tunnel_leg_words(&rig->v[AWS], &rig->v[AWS].legs[1]), "");
    /* And without a probe that passes, DOWN is believed. */
    put(rig, AWS, legs("dd", 1, 14200), 14200);
    probes(rig, TUNNEL_DOWN, 14000, 18000);
    look(rig, 18100);
    assert_view(&rig->v[AWS], TUNNEL_DOWN, 0, "");
    put_failed(rig, PROBE, 18200);
    look(rig, 18300);
    assert_view(&rig->v[AWS], TUNNEL_DOWN, 0, "");
}

/* --- since when */

static void a_state_lasts_since_the_view_says_so(void **state)
{
    struct rig *rig = *state;
    probes(rig, TUNNEL_UP, 0, 100000);
    struct tunnel_facts *f = legs("ud", 1, 100000);
    f->legs[0].since_ms = opt_i64(WALL_MS + 40000);
    put(rig, AWS, f, 100000);
    look(rig, 100500);
    assert_int_equal(rig->v[AWS].legs[0].since_ms, 40000);
    assert_int_equal(rig->v[AWS].legs[1].since_ms, 100000); /* it does not say: as we saw it */
    assert_int_equal(rig->v[AWS].since_ms, 100500);
    f = legs("du", 1, 120000);
    f->legs[0].since_ms = opt_i64(WALL_MS + 999999); /* a clock that goes ahead */
    put(rig, AWS, f, 120000);
    look(rig, 120500);
    assert_int_equal(rig->v[AWS].legs[0].since_ms, 120000);
    assert_int_equal(rig->v[AWS].legs[1].since_ms, 120000);
    assert_int_equal(rig->v[AWS].since_ms, 100500); /* as a whole it is up as before */
    put(rig, AWS, legs("du", 1, 120000), 140000);
    look(rig, 140500);
    assert_int_equal(rig->v[AWS].legs[0].since_ms, 120000);
    put(rig, AWS, legs("dd", 1, 160000), 160000);
    look(rig, 160500);
    assert_int_equal(rig->v[AWS].since_ms, 160500);
}

/* --- out of sight */

static void a_view_out_of_sight_is_unknown_and_keeps_its_tunnels(void **state)
{
    struct rig *rig = *state;
    look(rig, 500);
    assert_view(&rig->v[AWS], TUNNEL_UNKNOWN, 0, "");
    assert_int_equal(rig->v[AWS].n_legs, 0);
    assert_int_equal(rig->v[PROBE].n_legs, 0);
    probes(rig, TUNNEL_UP, 0, 1000);
    put(rig, AWS, legs("ud", 1, 1000), 1000);
    look(rig, 1100);
    put_failed(rig, AWS, 21000);
    look(rig, 21100);
    assert_view(&rig->v[AWS], TUNNEL_UNKNOWN, 0, "");
    assert_int_equal(rig->v[AWS].n_legs, 2);
    assert_string_equal(rig->v[AWS].legs[1].id, "tunnel2");
    assert_int_equal(rig->v[AWS].legs[1].state, TUNNEL_UNKNOWN);
    assert_int_equal(rig->v[AWS].up, 0);
    assert_view(&rig->v[PROBE], TUNNEL_UNKNOWN, 0, ""); /* it has said nothing for 20 s */
    assert_string_equal(rig->v[PROBE].legs[0].id, "probe");
    put(rig, AWS, legs("ud", 1, 1000), 41000);
    look(rig, 41100 + 80000); /* fresh, and much too old for its period */
    assert_view(&rig->v[AWS], TUNNEL_UNKNOWN, 0, "");
}

/* --- flapping */

static void what_comes_and_goes_is_flapping(void **state)
{
    struct rig *rig = *state;
    int64_t at_ms = 1000;
    const char *const story[] = {"u", "d", "?", "u", "c", "d", "u"};
    cfg.alerts.flap_count = 3; /* as the operator has it for alerts */
    for (size_t i = 0; i < sizeof story / sizeof story[0]; i++, at_ms += 1000) {
        put(rig, GATEWAY, legs(story[i], 1, at_ms), at_ms);
        look(rig, at_ms + 100);
        assert_int_equal(rig->v[GATEWAY].doubts, 0); /* twice: what is unknown, and the way
                                                        from connecting to down, are none */
    }
    put(rig, GATEWAY, legs("d", 1, at_ms), at_ms);
    look(rig, at_ms + 100);
    put(rig, GATEWAY, legs("u", 1, at_ms + 1000), at_ms + 1000);
    look(rig, at_ms + 1100);
    assert_view(&rig->v[GATEWAY], TUNNEL_DEGRADED, DOUBT_FLAPPING, "gateway: flapping");
    cfg.alerts.flap_count = 4;
    look(rig, at_ms + 1200);
    assert_view(&rig->v[GATEWAY], TUNNEL_UP, 0, "");
    cfg.alerts.flap_count = 3;
    put(rig, GATEWAY, legs("~", 1, at_ms), at_ms + 297000); /* the first time is forgotten */
    look(rig, at_ms + 297100);
    cfg.alerts.flap_count = 4;
    assert_view(&rig->v[GATEWAY], TUNNEL_DEGRADED, 0, "gateway: 0 of 1 up, 1 expected");
}

static void many_changes_wrap_around(void **state)
{
    struct rig *rig = *state;
    int64_t at_ms = 1000;
    for (int i = 0; i < 2 * TUNNEL_FALLS_MAX + 3; i++, at_ms += 1000) {
        put(rig, GATEWAY, legs(i % 2 ? "u" : "d", 1, at_ms), at_ms);
        look(rig, at_ms + 100);
    }
    assert_true(rig->v[GATEWAY].doubts & DOUBT_FLAPPING);
    put(rig, GATEWAY, legs("u", 1, at_ms), at_ms + 310000);
    look(rig, at_ms + 310100);
    assert_int_equal(rig->v[GATEWAY].doubts, 0);
}

static void a_probe_flaps_by_broken_paths_and_not_by_lost_tries(void **state)
{
    struct rig *rig = *state;
    int64_t at_ms = 1000;
    for (int strikes = 1; strikes <= 2; strikes++) {
        for (int i = 0; i < 4; i++) {
            put(rig, PROBE, probe_facts(TUNNEL_UP, at_ms, 0), at_ms);
            look(rig, at_ms + 100);
            at_ms += 1000;
            put(rig, PROBE, probe_facts(TUNNEL_DOWN, at_ms, strikes), at_ms);
            look(rig, at_ms + 100);
            at_ms += 1000;
        }
        assert_int_equal(rig->v[PROBE].doubts, strikes == 1 ? 0 : DOUBT_FLAPPING);
    }
    assert_int_equal(rig->v[PROBE].state, TUNNEL_DOWN);
}

/* --- bytes */

struct bytes {
    int64_t in, out;
    const char *counter;
    int silent_s; /* -1: not told */
};

static void count(struct rig *rig, int64_t at_ms, struct bytes b)
{
    struct tunnel_facts *f = legs("u", 1, 1000);
    f->legs[0].bytes_in = b.in >= 0 ? opt_i64(b.in) : (struct opt_i64){0};
    f->legs[0].bytes_out = b.out >= 0 ? opt_i64(b.out) : (struct opt_i64){0};
    f->legs[0].silent_s = b.silent_s >= 0 ? opt_i64(b.silent_s) : (struct opt_i64){0};
    (void)text_copy(f->legs[0].counter, sizeof f->legs[0].counter, b.counter);
    put(rig, GATEWAY, f, at_ms);
    look(rig, at_ms + 100);
}

static const struct tunnel_leg_view *leg(const struct rig *rig)
{
    return &rig->v[GATEWAY].legs[0];
}

static void rates_are_between_two_readings_of_one_run(void **state)
{
    struct rig *rig = *state;
    count(rig, 1000, (struct bytes){1000, 2000, "a", -1});
    assert_false(leg(rig)->in_rate.known);
    count(rig, 3000, (struct bytes){1500, 2000, "a", -1});
    assert_true(leg(rig)->in_rate.known && leg(rig)->in_rate.v == 250);
    assert_true(leg(rig)->out_rate.known && leg(rig)->out_rate.v == 0);
    look(rig, 3500); /* the same reading is counted once */
    assert_true(leg(rig)->in_rate.v == 250);
    count(rig, 4000, (struct bytes){100, 100, "b", -1}); /* a rekey: a run of its own */
    assert_false(leg(rig)->in_rate.known || leg(rig)->out_rate.known);
    count(rig, 5000, (struct bytes){400, 300, "b", -1});
    assert_true(leg(rig)->in_rate.v == 300 && leg(rig)->out_rate.v == 200);
    count(rig, 6000, (struct bytes){10, 400, "b", -1}); /* it shrank without saying so */
    assert_false(leg(rig)->in_rate.known || leg(rig)->out_rate.known);
    count(rig, 7000, (struct bytes){20, -1, "b", -1});
    assert_false(leg(rig)->in_rate.known || leg(rig)->out_rate.known);
    count(rig, 8000, (struct bytes){-1, 500, "b", -1});
    count(rig, 9000, (struct bytes){-1, 600, "b", -1});
    assert_false(leg(rig)->in_rate.known);
    assert_true(leg(rig)->out_rate.v == 100);
}

static void bytes_one_way_need_traffic_time_and_looks(void **state)
{
    struct rig *rig = *state;
    int64_t in = 1000, out = 1000, s = 0;
    for (; s < 30; s++) { /* idle: nothing to tell */
        count(rig, (1 + s) * 1000, (struct bytes){in, out, "a", -1});
        assert_int_equal(leg(rig)->doubts, 0);
    }
    for (int i = 0; i < 30; i++, s++) { /* a question in one look, its answer in the next */
        in += i % 2 ? 100 : 0;
        out += i % 2 ? 0 : 100;
        count(rig, (1 + s) * 1000, (struct bytes){in, out, "a", -1});
        assert_int_equal(leg(rig)->doubts, 0);
    }
    int64_t begun_s = s;
    for (; s < begun_s + 12; s++) { /* out goes on, in stands still since begun_s - 1 */
        out += 100;
        count(rig, (1 + s) * 1000, (struct bytes){in, out, "a", -1});
        assert_int_equal(leg(rig)->doubts, s + 1 - begun_s >= 10 ? DOUBT_ONE_WAY : 0);
    }
    assert_view(&rig->v[GATEWAY], TUNNEL_DEGRADED, DOUBT_ONE_WAY,
                "gateway: bytes one way only");
    count(rig, (1 + s) * 1000, (struct bytes){in, out, "a", -1}); /* quiet: still so */
    assert_int_equal(leg(rig)->doubts, DOUBT_ONE_WAY);
    s++;
    count(rig, (1 + s) * 1000, (struct bytes){in + 1, out + 1, "a", -1});
    assert_view(&rig->v[GATEWAY], TUNNEL_UP, 0, "");
}

static void the_other_way_round_and_long_periods(void **state)
{
    struct rig *rig = *state;
    cfg.tunnels[GATEWAY].period_ms = 30000;
    count(rig, 1000, (struct bytes){1000, 1000, "", -1});
    for (int i = 1; i <= 4; i++) { /* two looks of 30 s are no proof, three are */
        count(rig, 1000 + i * 30000, (struct bytes){1000 + i, 1000, "", -1});
        assert_int_equal(leg(rig)->doubts, i >= 3 ? DOUBT_ONE_WAY : 0);
    }
    /* A rekey begins anew. */
    count(rig, 1000 + 5 * 30000, (struct bytes){1, 0, "b", -1});
    count(rig, 1000 + 6 * 30000, (struct bytes){2, 0, "b", -1});
    assert_int_equal(leg(rig)->doubts, 0);
    /* In a row: two out, one in, two out are not three. */
    static const struct bytes story[] = {{0, 0, "c", -1}, {0, 1, "c", -1}, {0, 2, "c", -1},
                                         {1, 2, "c", -1}, {1, 3, "c", -1}, {1, 4, "c", -1}};
    for (int i = 0; i < 6; i++) {
        count(rig, 1000 + (7 + i) * 30000, story[i]);
        assert_int_equal(leg(rig)->doubts, 0);
    }
}

static void silence_stands_in_for_bytes_that_are_not_told(void **state)
{
    struct rig *rig = *state;
    for (int s = 0; s < 12; s++) {
        count(rig, 1000 + s * 1000, (struct bytes){-1, 100 * s, "a", s});
        assert_int_equal(leg(rig)->doubts, s >= 10 ? DOUBT_ONE_WAY : 0);
    }
    count(rig, 13000, (struct bytes){-1, 1300, "a", 0});
    assert_int_equal(leg(rig)->doubts, 0);
    for (int s = 0; s < 12; s++) { /* neither is told: nothing is known */
        count(rig, 14000 + s * 1000, (struct bytes){-1, 1400 + 100 * s, "a", -1});
        assert_int_equal(leg(rig)->doubts, 0);
    }
}

static void a_black_hole_says_which_way_bytes_still_go(void **state)
{
    struct rig *rig = *state;
    for (int s = 0; s < 12; s++) {
        count(rig, 1000 + s * 1000, (struct bytes){7, 100 * s, "a", -1});
    }
    probes(rig, TUNNEL_DOWN, 2000, 12000);
    look(rig, 12200);
    assert_view(&rig->v[GATEWAY], TUNNEL_BLACK_HOLED, DOUBT_ONE_WAY,
                "gateway says up, and no probe passes: bytes go one way only");
    assert_string_equal(tunnel_leg_words(&rig->v[GATEWAY], leg(rig)),
                        "says up, and no probe passes: bytes go one way only");
}

/* --- tunnels that come and go */

static void put_named(struct rig *rig, const char *const *ids, size_t n, int64_t at_ms)
{
    struct tunnel_facts *f = mem_alloc(1, sizeof *f);
    for (size_t i = 0; i < n; i++) {
        f->legs[i].state = TUNNEL_UP;
        f->legs[i].bytes_in = f->legs[i].bytes_out = opt_i64(at_ms);
        (void)text_copy(f->legs[i].id, sizeof f->legs[i].id, ids[i]);
    }
    f->n_legs = n;
    tunnel_facts_sum(f, 1, NULL, at_ms);
    put(rig, GATEWAY, f, at_ms);
    look(rig, at_ms + 100);
}

static void a_new_tunnel_takes_the_place_of_the_one_not_seen_for_longest(void **state)
{
    struct rig *rig = *state;
    const char *const eight[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    const char *const next[] = {"i", "a", "b", "c", "d", "e", "f", "g"};
    put_named(rig, eight, 8, 1000);
    put_named(rig, next, 8, 2000); /* the new one stands first: none of the others may go */
    for (size_t i = 1; i < 8; i++) {
        assert_true(rig->v[GATEWAY].legs[i].in_rate.known);
        assert_int_equal(rig->v[GATEWAY].legs[i].since_ms, 1000);
    }
    assert_false(rig->v[GATEWAY].legs[0].in_rate.known);
    assert_int_equal(rig->v[GATEWAY].legs[0].since_ms, 2000);
    put_named(rig, next + 1, 2, 3000); /* a and b only */
    put_named(rig, next, 8, 4000);     /* the others were only away */
    assert_int_equal(rig->v[GATEWAY].legs[7].since_ms, 1000);
    const char *const odd[] = {"", "b"}; /* without a name there is nothing to remember */
    put_named(rig, odd, 2, 5000);
    assert_int_equal(rig->v[GATEWAY].legs[0].since_ms, 5000);
    assert_false(rig->v[GATEWAY].legs[0].in_rate.known);
    assert_true(rig->v[GATEWAY].legs[1].in_rate.known);
}

static void every_state_has_a_key_a_word_and_a_rank(void **state)
{
    (void)state;
    for (int i = 0; i < TUNNEL_STATES; i++) {
        assert_true(tunnel_state_key((enum tunnel_state)i)[0]);
        assert_true(tunnel_state_word((enum tunnel_state)i)[0]);
        for (int k = 0; k < i; k++) {
            assert_int_not_equal(tunnel_state_rank((enum tunnel_state)i),
                                 tunnel_state_rank((enum tunnel_state)k));
        }
    }
    assert_int_equal(tunnel_state_rank(TUNNEL_UNKNOWN), 0);
    assert_string_equal(tunnel_doubt_words(0), "");
    for (unsigned doubt = DOUBT_STALE; doubt <= DOUBT_LARGE_LOST; doubt *= 2) {
        assert_true(tunnel_doubt_words(doubt)[0]);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_of_two_is_well_where_one_is_expected),
        TEST(fewer_than_expected_are_degraded),
        TEST(an_answer_without_tunnels_says_nothing),
        TEST(probes_pass_while_one_passes),
        TEST(large_packets_that_are_lost_degrade_a_probe),
        TEST(up_while_nothing_passes_is_a_black_hole),
        TEST(without_a_failing_probe_no_hole_is_black),
        TEST(down_while_traffic_passes_is_stale),
        TEST(a_state_lasts_since_the_view_says_so),
        TEST(a_view_out_of_sight_is_unknown_and_keeps_its_tunnels),
        TEST(what_comes_and_goes_is_flapping),
        TEST(many_changes_wrap_around),
        TEST(a_probe_flaps_by_broken_paths_and_not_by_lost_tries),
        TEST(rates_are_between_two_readings_of_one_run),
        TEST(bytes_one_way_need_traffic_time_and_looks),
        TEST(the_other_way_round_and_long_periods),
        TEST(silence_stands_in_for_bytes_that_are_not_told),
        TEST(a_black_hole_says_which_way_bytes_still_go),
        TEST(a_new_tunnel_takes_the_place_of_the_one_not_seen_for_longest),
        TEST(every_state_has_a_key_a_word_and_a_rank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
