/* The rule table of backend/verdict/verdict.h, written down once more as patterns, against
 * every combination of the evidence; then the sentences, the advice, and when a suspicion is
 * confirmed. Long by its table.
 * test-limit: 180 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "backend/verdict/verdict.h"

/* Columns of a pattern, in this order. */
enum column {
    ANCHORS,
    APP,
    PRIMARY,
    PRIMARY_WRITES,
    TUNNEL,
    HEARS,
    REPLICA,
    REPLICA_WRITES,
    CHANNEL,
    RECEIVER,
    APPLIER,
    PROMISES,
    COLUMNS,
};

/* What a column may hold:
 *   y n u   yes, no, unknown        a  not configured
 *   of APP: s serves, l lives but does not serve (503), n silent, u unknown, a not configured
 * and what a pattern may ask beside these:
 *   .  anything     Y  anything but yes     W  yes or not configured
 *   v  does not pass the VPN: not yes, or by another route
 *   m  no, by the VPN         o  yes, by another route than the VPN
 *   k  lives: s or l          L  does not serve: l or n */
struct rule {
    const char *pattern;
    enum verdict_kind kind;
    const char *needs; /* "v": the primary is asked through the VPN; "d": not; "": either */
};

/*  anchors, app, primary, writes, tunnel, hears, replica, writes, channel, receiver, applier,
 *  promises */
static const struct rule rules[] = {
    {"n...........", VERDICT_OBSERVER_ISOLATED, ""},
    {"...y...y....", VERDICT_SPLIT_BRAIN, ""},
    {"...n...yn...", VERDICT_FAILED_OVER, ""},
    {".nn....yn...", VERDICT_FAILED_OVER, ""},
    {".sv.nYv.....", VERDICT_TUNNEL_DOWN, ""},
    {".sm.Ynv.....", VERDICT_TUNNEL_DOWN, ""},
    {".sv.Ynm.....", VERDICT_TUNNEL_DOWN, ""},
    {".sm.YYm.....", VERDICT_TUNNEL_DOWN, ""},
    {".ao.nYv.....", VERDICT_TUNNEL_DOWN, ""},
    {".ao.Ynm.....", VERDICT_TUNNEL_DOWN, ""},
    {".Ly.........", VERDICT_APP_DOWN, ""},
    {"..n.yY......", VERDICT_DB_DOWN, "v"},
    {".kn..Y......", VERDICT_DB_DOWN, "d"},
    {".nn..n......", VERDICT_PRIMARY_DOWN, ""},
    {"......n.....", VERDICT_DR_NOT_READY, ""},
    {"........n...", VERDICT_DR_NOT_READY, ""},
    {"..y...y..n..", VERDICT_REPLICATION_BROKEN, ""},
    {"..y...y...n.", VERDICT_REPLICATION_BROKEN, ""},
    {"..y...y....n", VERDICT_DEGRADED, ""},
    {"WWyyWyynyyyy", VERDICT_NORMAL, ""},
    {"............", VERDICT_UNKNOWN, ""},
};
#define RULES (sizeof rules / sizeof rules[0])

struct combination {
    char cell[COLUMNS];
    bool primary_vpn, replica_vpn;
};

static bool column_matches(const struct combination *c, enum column i, char wanted)
{
    char is = c->cell[i];
    bool vpn = i == PRIMARY ? c->primary_vpn : c->replica_vpn;
    switch (wanted) {
    case '.':
        return true;
    case 'Y':
        return is != 'y';
    case 'W':
        return is == 'a' || is == (i == APP ? 's' : 'y');
    case 'v':
        return is != 'y' || !vpn;
    case 'm':
        return is == 'n' && vpn;
    case 'o':
        return is == 'y' && !vpn;
    case 'k':
        return is == 's' || is == 'l';
    case 'L':
        return is == 'l' || is == 'n';
    default:
        return is == wanted;
    }
}

static bool rule_matches(const struct combination *c, const struct rule *rule)
{
    if (rule->needs[0] && (rule->needs[0] == 'v') != c->primary_vpn) {
        return false;
    }
    for (int i = 0; i < COLUMNS; i++) {
        if (!column_matches(c, (enum column)i, rule->pattern[i])) {
            return false;
        }
    }
    return true;
}

static size_t first_match(const struct combination *c)
{
    size_t i = 0;
    while (!rule_matches(c, &rules[i])) {
        i++;
    }
    return i;
}

static void set(struct evidence *e, char is, enum route route)
{
    e->watched = is != 'a';
    e->answer = is == 'y' ? TRI_YES : is == 'n' ? TRI_NO : TRI_UNKNOWN;
    e->route = route;
}

static void spread(const struct combination *c, struct evidence rows[EVIDENCE_COUNT])
{
    enum route primary = c->primary_vpn ? ROUTE_VPN : ROUTE_DIRECT;
    enum route replica = c->replica_vpn ? ROUTE_VPN : ROUTE_DIRECT;
    char app = c->cell[APP];
    memset(rows, 0, EVIDENCE_COUNT * sizeof rows[0]);
    set(&rows[EVIDENCE_ANCHORS], c->cell[ANCHORS], ROUTE_NEUTRAL);
    set(&rows[EVIDENCE_APP_ANSWERS], app == 's' || app == 'l' ? 'y' : app, ROUTE_PUBLIC);
    set(&rows[EVIDENCE_APP_SERVES], app == 's' ? 'y' : app == 'l' ? 'n' : app, ROUTE_PUBLIC);
    set(&rows[EVIDENCE_PRIMARY_DB], c->cell[PRIMARY], primary);
    set(&rows[EVIDENCE_PRIMARY_WRITABLE], c->cell[PRIMARY_WRITES], primary);
    set(&rows[EVIDENCE_TUNNEL], c->cell[TUNNEL], ROUTE_VPN);
    set(&rows[EVIDENCE_RECEIVER], c->cell[HEARS], ROUTE_VPN);
    set(&rows[EVIDENCE_REPLICA_DB], c->cell[REPLICA], replica);
    set(&rows[EVIDENCE_REPLICA_WRITABLE], c->cell[REPLICA_WRITES], replica);
    set(&rows[EVIDENCE_REPLICATES], c->cell[CHANNEL], replica);
    set(&rows[EVIDENCE_RECEIVER_RUNS], c->cell[RECEIVER], replica);
    set(&rows[EVIDENCE_APPLIER_RUNS], c->cell[APPLIER], replica);
    set(&rows[EVIDENCE_OBJECTIVES], c->cell[PROMISES], replica);
}

/* The clouds and the gateway say anything, another thing in every combination: no rule of the
 * table knows them. */
static void chatter(struct evidence rows[EVIDENCE_COUNT])
{
    static unsigned turn;
    unsigned n = turn++ * 2654435761U >> 16;
    for (enum evidence_id id = EVIDENCE_TUNNEL_AWS; id <= EVIDENCE_TUNNEL_GATEWAY; id++) {
        set(&rows[id], "auny"[n % 4], ROUTE_CONTROL_PLANE);
        n /= 4;
    }
}

static size_t hits[RULES];

/* What must hold whatever the table says. */
static void check_invariants(const struct combination *c, enum verdict_kind kind)
{
    bool lost = c->cell[APP] == 'n' && c->cell[PRIMARY] == 'n' && c->cell[HEARS] == 'n';
    if (kind == VERDICT_PRIMARY_DOWN && !lost) {
        fail_msg("PRIMARY DOWN on %.12s", c->cell);
    }
    if (kind == VERDICT_NORMAL && memchr(c->cell, 'u', COLUMNS)) {
        fail_msg("NORMAL on %.12s", c->cell);
    }
}

static void check(const struct combination *c)
{
    struct evidence rows[EVIDENCE_COUNT];
    spread(c, rows);
    chatter(rows);
    size_t i = first_match(c);
    struct verdict_ruling r = verdict_rule(rows);
    hits[i]++;
    if (r.kind != rules[i].kind) {
        fail_msg("%.12s (primary by %s, replica by %s): %s, expected %s", c->cell,
                 c->primary_vpn ? "vpn" : "direct", c->replica_vpn ? "vpn" : "direct",
                 verdict_name(r.kind), verdict_name(rules[i].kind));
    }
    if (r.kind != VERDICT_UNKNOWN && !r.decided) {
        fail_msg("%.12s: %s rests on nothing", c->cell, verdict_name(r.kind));
    }
    check_invariants(c, r.kind);
}

static void each(struct combination *c, int column)
{
    static const char *const values[COLUMNS] = {
        [ANCHORS] = "auny", [APP] = "aunls",    [PRIMARY] = "uny", [PRIMARY_WRITES] = "uny",
        [TUNNEL] = "auny",  [HEARS] = "uny",    [REPLICA] = "uny", [REPLICA_WRITES] = "uny",
        [CHANNEL] = "uny",  [RECEIVER] = "uny", [APPLIER] = "uny", [PROMISES] = "uny",
    };
    if (column == COLUMNS) {
        check(c);
        return;
    }
    for (const char *v = values[column]; *v; v++) {
        c->cell[column] = *v;
        each(c, column + 1);
    }
}

static void test_every_combination_has_the_verdict_of_the_table(void **state)
{
    (void)state;
    struct combination c;
    for (int routes = 0; routes < 4; routes++) {
        c.primary_vpn = routes & 1;
        c.replica_vpn = routes & 2;
        each(&c, 0);
    }
    for (size_t i = 0; i < RULES; i++) {
        if (!hits[i]) {
            fail_msg("rule %zu (%s) is never reached", i, verdict_name(rules[i].kind));
        }
    }
}

/* --- the rest starts from a pair that is well */

static const struct verdict_terms terms = {
    .primary_name = "aws", .dr_name = "azure", .strikes = 3, .hold_ms = 2000};

static void well(struct evidence rows[EVIDENCE_COUNT])
{
    struct combination c = {.primary_vpn = true};
    memcpy(c.cell, "ysyyyyynyyyy", COLUMNS);
    spread(&c, rows);
    set(&rows[EVIDENCE_CONTROL_PLANE], 'y', ROUTE_CONTROL_PLANE);
    set(&rows[EVIDENCE_DR_APP], 'n', ROUTE_PUBLIC);
}

static void lost(struct evidence rows[EVIDENCE_COUNT], int strikes)
{
    static const enum evidence_id failing[] = {EVIDENCE_APP_ANSWERS, EVIDENCE_APP_SERVES,
                                               EVIDENCE_PRIMARY_DB, EVIDENCE_TUNNEL,
                                               EVIDENCE_RECEIVER};
    well(rows);
    for (size_t i = 0; i < sizeof failing / sizeof failing[0]; i++) {
        rows[failing[i]].answer = TRI_NO;
        rows[failing[i]].strikes = strikes;
    }
    rows[EVIDENCE_PRIMARY_WRITABLE].answer = TRI_UNKNOWN;
    rows[EVIDENCE_RECEIVER_RUNS].answer = TRI_NO;
}

static void test_one_route_alone_does_not_lose_the_primary(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    lost(rows, 9);
    assert_int_equal(verdict_rule(rows).kind, VERDICT_PRIMARY_DOWN);
    rows[EVIDENCE_APP_ANSWERS].route = ROUTE_VPN;
    rows[EVIDENCE_APP_SERVES].route = ROUTE_VPN;
    assert_int_equal(verdict_rule(rows).kind, VERDICT_UNKNOWN);
    rows[EVIDENCE_PRIMARY_DB].route = ROUTE_DIRECT;
    assert_int_equal(verdict_rule(rows).kind, VERDICT_PRIMARY_DOWN);
}

static void test_an_answer_of_any_kind_proves_that_the_site_lives(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    lost(rows, 9);
    rows[EVIDENCE_APP_ANSWERS].answer = TRI_YES; /* 503 */
    struct verdict v = verdict_of(rows, &terms, NULL, 0, 0);
    assert_int_equal(v.kind, VERDICT_UNKNOWN);
    assert_non_null(strstr(v.sentence, "database or tunnel"));
}

static void test_the_replica_that_still_hears_it_contradicts(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    lost(rows, 9);
    rows[EVIDENCE_RECEIVER].answer = TRI_YES;
    struct verdict v = verdict_of(rows, &terms, NULL, 0, 0);
    assert_int_equal(v.kind, VERDICT_UNKNOWN);
    assert_non_null(strstr(v.sentence, "still hears"));
}

static void test_scope_follows_the_control_plane(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    lost(rows, 3);
    struct verdict v = verdict_of(rows, &terms, NULL, 0, 0);
    assert_int_equal(v.scope, SCOPE_SITE);
    assert_string_equal(v.sentence, "aws: app, database, tunnel fail, 2 routes");
    rows[EVIDENCE_CONTROL_PLANE].answer = TRI_NO;
    v = verdict_of(rows, &terms, NULL, 0, 0);
    assert_int_equal(v.scope, SCOPE_REGION);
    assert_non_null(strstr(v.sentence, "aws (region)"));
    assert_true(v.decided & 1U << EVIDENCE_CONTROL_PLANE);
    rows[EVIDENCE_CONTROL_PLANE].watched = false;
    assert_int_equal(verdict_of(rows, &terms, NULL, 0, 0).scope, SCOPE_SITE);
}

static enum verdict_advice advice_in_the_end(const struct evidence *rows)
{
    struct verdict first = verdict_of(rows, &terms, NULL, 0, 0);
    assert_int_not_equal(first.advice, ADVICE_ADVISED); /* never on a suspicion */
    return verdict_of(rows, &terms, &first, 5000, 5000).advice;
}

static void test_advice_depends_on_the_replica(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    lost(rows, 3);
    rows[EVIDENCE_ANCHORS].age_ms = opt_i64(100);
    assert_int_equal(advice_in_the_end(rows), ADVICE_ADVISED);
    rows[EVIDENCE_REPLICATES].answer = TRI_NO;
    assert_int_equal(advice_in_the_end(rows), ADVICE_IMPOSSIBLE);
    rows[EVIDENCE_REPLICATES].answer = TRI_UNKNOWN;
    assert_int_equal(advice_in_the_end(rows), ADVICE_NOT_ADVISED);
    well(rows);
    assert_int_equal(advice_in_the_end(rows), ADVICE_NOT_ADVISED);
    rows[EVIDENCE_ANCHORS].answer = TRI_NO;
    assert_int_equal(advice_in_the_end(rows), ADVICE_IMPOSSIBLE);
}

static void test_what_speaks_against_it_is_kept(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    lost(rows, 3);
    rows[EVIDENCE_PRIMARY_DB].route = ROUTE_DIRECT;
    rows[EVIDENCE_TUNNEL].answer = TRI_YES;
    struct verdict v = verdict_of(rows, &terms, NULL, 0, 0);
    assert_int_equal(v.kind, VERDICT_PRIMARY_DOWN);
    assert_int_equal(v.contradicts, 1U << EVIDENCE_TUNNEL);
}

#define OPINIONS                                                                               \
    (1U << EVIDENCE_TUNNEL_AWS | 1U << EVIDENCE_TUNNEL_AZURE | 1U << EVIDENCE_TUNNEL_GATEWAY)

/* All that the three can say, beside a tunnel that is down and beside a pair that is well. */
static void test_opinions_speak_against_a_dead_tunnel_and_decide_nothing(void **state)
{
    (void)state;
    for (int well_one = 0; well_one < 2; well_one++) {
        struct evidence rows[EVIDENCE_COUNT];
        well(rows);
        if (!well_one) {
            rows[EVIDENCE_TUNNEL].answer = rows[EVIDENCE_PRIMARY_DB].answer = TRI_NO;
            rows[EVIDENCE_RECEIVER].answer = TRI_NO;
        }
        struct verdict_ruling bare = verdict_rule(rows);
        assert_int_equal(bare.kind, well_one ? VERDICT_NORMAL : VERDICT_TUNNEL_DOWN);
        for (int n = 0; n < 64; n++) {
            uint32_t up = 0;
            for (unsigned k = 0; k < 3; k++) {
                enum evidence_id id = EVIDENCE_TUNNEL_AWS + k;
                set(&rows[id], "auny"[n >> 2 * k & 3], ROUTE_CONTROL_PLANE);
                up |= evidence_yes(rows, id) ? 1U << id : 0;
            }
            struct verdict_ruling r = verdict_rule(rows);
            assert_int_equal(r.kind, bare.kind);
            assert_int_equal(r.decided, bare.decided);
            assert_int_equal(r.decided & OPINIONS, 0);
            assert_int_equal(r.contradicts, well_one ? bare.contradicts : up);
        }
    }
}

static void assert_tunnel_sentence(const char *opinions, const char *end)
{
    struct evidence rows[EVIDENCE_COUNT];
    well(rows);
    rows[EVIDENCE_TUNNEL].answer = rows[EVIDENCE_PRIMARY_DB].answer = TRI_NO;
    rows[EVIDENCE_RECEIVER].answer = TRI_NO;
    for (unsigned k = 0; k < 3; k++) {
        set(&rows[EVIDENCE_TUNNEL_AWS + k], opinions[k], ROUTE_CONTROL_PLANE);
    }
    struct verdict v = verdict_of(rows, &terms, NULL, 0, 0);
    char expected[200];
    (void)snprintf(expected, sizeof expected, "aws serves by the public route, %s", end);
    assert_string_equal(v.sentence, expected);
}

static void test_a_black_hole_is_named_in_the_sentence(void **state)
{
    (void)state;
    assert_tunnel_sentence("aaa", "nothing passes the VPN");
    assert_tunnel_sentence("nun", "nothing passes the VPN");
    assert_tunnel_sentence("yna", "the VPN is black-holed: AWS says UP");
    assert_tunnel_sentence("uyy", "the VPN is black-holed: Azure and the gateway say UP");
    assert_tunnel_sentence("yyy", "the VPN is black-holed: AWS, Azure and the gateway say UP");
}

static struct verdict step(const struct evidence *rows, const struct verdict *before,
                           int64_t ms)
{
    return verdict_of(rows, &terms, before, ms, 1000000 + ms);
}

static void test_a_suspicion_is_confirmed_by_strikes_and_time(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    well(rows);
    struct verdict v = step(rows, NULL, 0);
    assert_true(v.confirmed); /* NORMAL needs no proof */
    lost(rows, 1);
    rows[EVIDENCE_ANCHORS].age_ms = opt_i64(100);
    v = step(rows, &v, 1000);
    assert_int_equal(v.kind, VERDICT_PRIMARY_DOWN);
    assert_false(v.confirmed);
    v = step(rows, &v, 9000); /* time alone is no proof */
    assert_false(v.confirmed);
    assert_int_equal(v.since_ms, 1000);
    lost(rows, 3);
    rows[EVIDENCE_ANCHORS].age_ms = opt_i64(100);
    struct verdict early = step(rows, NULL, 9000); /* nor are strikes alone */
    assert_false(early.confirmed);
    v = step(rows, &v, 9250);
    assert_true(v.confirmed);
    assert_int_equal(v.confirmed_wall_ms, 1009250);
    v = step(rows, &v, 9500);
    assert_int_equal(v.confirmed_wall_ms, 1009250);
    assert_int_equal(v.since_wall_ms, 1001000);
}

static void test_one_row_short_of_strikes_holds_it_back(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    lost(rows, 3);
    rows[EVIDENCE_ANCHORS].age_ms = opt_i64(0);
    rows[EVIDENCE_RECEIVER].strikes = 2;
    struct verdict v = step(rows, NULL, 0);
    v = step(rows, &v, 5000);
    assert_false(v.confirmed);
    rows[EVIDENCE_RECEIVER].strikes = 3;
    assert_true(step(rows, &v, 5250).confirmed);
}

static void test_the_anchors_must_have_answered_since(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    lost(rows, 3);
    rows[EVIDENCE_ANCHORS].age_ms = opt_i64(4000);
    struct verdict v = step(rows, NULL, 0);
    v = step(rows, &v, 3000);
    assert_false(v.confirmed);
    rows[EVIDENCE_ANCHORS].age_ms = opt_i64(200);
    assert_true(step(rows, &v, 3250).confirmed);
    rows[EVIDENCE_ANCHORS].watched = false; /* without anchors the replica's view has to do */
    assert_true(step(rows, &v, 3250).confirmed);
}

static void test_another_kind_is_suspected_anew(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    lost(rows, 3);
    rows[EVIDENCE_ANCHORS].age_ms = opt_i64(0);
    struct verdict v = step(rows, NULL, 0);
    v = step(rows, &v, 3000);
    assert_true(v.confirmed);
    rows[EVIDENCE_APP_ANSWERS].answer = rows[EVIDENCE_APP_SERVES].answer = TRI_YES;
    v = step(rows, &v, 3250);
    assert_int_equal(v.kind, VERDICT_TUNNEL_DOWN);
    assert_false(v.confirmed);
    assert_int_equal(v.since_ms, 3250);
}

static void test_unknown_is_never_confirmed(void **state)
{
    (void)state;
    struct evidence rows[EVIDENCE_COUNT];
    well(rows);
    rows[EVIDENCE_TUNNEL].answer = TRI_UNKNOWN;
    struct verdict v = step(rows, NULL, 0);
    v = step(rows, &v, 60000);
    assert_int_equal(v.kind, VERDICT_UNKNOWN);
    assert_false(v.confirmed);
    assert_non_null(strstr(v.sentence, "tunnel carries traffic"));
}

static void test_keys_come_back(void **state)
{
    (void)state;
    for (int i = 0; i < VERDICT_KINDS; i++) {
        enum verdict_kind kind = VERDICT_KINDS;
        assert_true(verdict_from_key(verdict_key((enum verdict_kind)i), &kind));
        assert_int_equal(kind, i);
    }
    enum verdict_kind none;
    assert_false(verdict_from_key("fine", &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_combination_has_the_verdict_of_the_table),
        cmocka_unit_test(test_one_route_alone_does_not_lose_the_primary),
        cmocka_unit_test(test_an_answer_of_any_kind_proves_that_the_site_lives),
        cmocka_unit_test(test_the_replica_that_still_hears_it_contradicts),
        cmocka_unit_test(test_scope_follows_the_control_plane),
        cmocka_unit_test(test_advice_depends_on_the_replica),
        cmocka_unit_test(test_what_speaks_against_it_is_kept),
        cmocka_unit_test(test_opinions_speak_against_a_dead_tunnel_and_decide_nothing),
        cmocka_unit_test(test_a_black_hole_is_named_in_the_sentence),
        cmocka_unit_test(test_a_suspicion_is_confirmed_by_strikes_and_time),
        cmocka_unit_test(test_one_row_short_of_strikes_holds_it_back),
        cmocka_unit_test(test_the_anchors_must_have_answered_since),
        cmocka_unit_test(test_another_kind_is_suspected_anew),
        cmocka_unit_test(test_unknown_is_never_confirmed),
        cmocka_unit_test(test_keys_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
