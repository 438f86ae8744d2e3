/* How one tunnel of a view is put into words: state, what is doubtful about it, its name, and
 * figures in less and less room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "backend/net/text.h"
#include "tui/pane/tunnel.h"

static struct config_tunnel cfg;
static struct tunnel_view view;
static struct tunnel_facts facts;

/* An opinion on tunnel 2 of 2 that has been up for three days. */
static struct tunnel_look a_look(const char *id)
{
    static char name[] = "aws";
    cfg = (struct config_tunnel){.kind = TUNNEL_AWS, .name = name, .expected_up = 1};
    view = (struct tunnel_view){.state = TUNNEL_UP, .up = 1, .expected_up = 1, .n_legs = 2};
    facts = (struct tunnel_facts){.state = TUNNEL_UP, .n_legs = 2};
    (void)text_copy(view.legs[1].id, sizeof view.legs[1].id, id);
    view.legs[1].expected = true;
    return (struct tunnel_look){.cfg = &cfg,
                                .view = &view,
                                .facts = &facts,
                                .leg = &view.legs[1],
                                .said = &facts.legs[1],
                                .number = 2,
                                .state = TUNNEL_UP,
                                .age_ms = opt_i64(4000),
                                .fresh = FRESHNESS_LIVE,
                                .lasted_ms = opt_i64(INT64_C(3) * 86400000 + 7200000)};
}

static struct tunnel_look a_probe(void)
{
    static char host[] = "10.0.2.50";
    struct tunnel_look l = a_look("probe");
    cfg.kind = TUNNEL_PROBE;
    cfg.probe.host = host;
    cfg.probe.port = 3306;
    view.n_legs = 1;
    view.data_plane = true;
    facts.rtt_ms = opt_f64(11.8);
    facts.greeting_ms = opt_f64(24.3);
    facts.loss = opt_f64(0.12);
    facts.window = 60;
    l.said = NULL;
    l.number = 1;
    return l;
}

static void check(const struct tunnel_look *l, const char *words, enum role role,
                  const char *wide, const char *narrow)
{
    char text[64];
    struct tunnel_mark m = tunnel_mark(l);
    tunnel_mark_words(m, text, sizeof text);
    assert_string_equal(text, words);
    assert_int_equal(m.role, role);
    tunnel_note(l, false, 60, text, sizeof text);
    assert_string_equal(text, wide);
    tunnel_note(l, false, 6, text, sizeof text);
    assert_string_equal(text, narrow);
    tunnel_note(l, false, 0, text, sizeof text);
    assert_string_equal(text, "");
}

static void test_states(void **state)
{
    (void)state;
    struct tunnel_look l = a_look("34.1.2.4");
    check(&l, "✓ UP", ROLE_OK, "3d02h", "3d02h");
    l.state = TUNNEL_DOWN;
    check(&l, "✗ DOWN", ROLE_CRIT, "3d02h", "3d02h");
    l.spare = true;
    check(&l, "· DOWN", ROLE_DIM, "(expected)", "spare");
    l.spare = false;
    l.state = TUNNEL_CONNECTING;
    check(&l, "! CONNECTING", ROLE_WARN, "3d02h", "3d02h");
    l.state = TUNNEL_BLACK_HOLED;
    check(&l, "✗ BLACK-HOLED", ROLE_CRIT, "3d02h", "3d02h");
    l.state = TUNNEL_UNKNOWN;
    check(&l, "? UNKNOWN", ROLE_UNKNOWN, "3d02h", "3d02h");
    l.lasted_ms = (struct opt_i64){0};
    check(&l, "? UNKNOWN", ROLE_UNKNOWN, "", "");
}

static void test_age_shows_once_it_is_old(void **state)
{
    (void)state;
    struct tunnel_look l = a_look("34.1.2.4");
    l.age_ms = opt_i64(41000);
    check(&l, "✓ UP", ROLE_OK, "3d02h", "3d02h");
    l.fresh = FRESHNESS_AGED;
    check(&l, "✓ UP", ROLE_OK, "41s ago", "");
    l.silent = true;
    check(&l, "~ STALE", ROLE_STALE, "41s", "41s");
}

static void test_doubts(void **state)
{
    (void)state;
    struct tunnel_look l = a_look("34.1.2.4");
    l.doubts = DOUBT_FLAPPING;
    check(&l, "! UP", ROLE_WARN, "flapping", "flaps");
    l.doubts = DOUBT_ONE_WAY;
    check(&l, "! UP", ROLE_WARN, "bytes one way", "");
    view.legs[1].in_rate = opt_f64(0);
    view.legs[1].out_rate = opt_f64(4096);
    check(&l, "! UP", ROLE_WARN, "bytes ↑ only", "↑ only");
    view.legs[1].in_rate = opt_f64(31744);
    view.legs[1].out_rate = opt_f64(0);
    check(&l, "! UP", ROLE_WARN, "bytes ↓ only", "↓ only");
    l.doubts |= DOUBT_OLDER;
    check(&l, "~ UP", ROLE_STALE, "from before the failure", "");
    l.state = TUNNEL_DOWN;
    l.doubts = DOUBT_STALE;
    check(&l, "~ DOWN", ROLE_STALE, "stale opinion", "stale");
    l.state = TUNNEL_BLACK_HOLED;
    l.doubts = DOUBT_ONE_WAY;
    check(&l, "✗ BLACK-HOLED", ROLE_CRIT, "3d02h", "3d02h");
}

static void test_probe(void **state)
{
    (void)state;
    char text[64];
    struct tunnel_look l = a_probe();
    check(&l, "✓ UP", ROLE_OK, "11.8 ms", "");
    tunnel_note(&l, true, 60, text, sizeof text);
    assert_string_equal(text, "3d02h");
    l.state = TUNNEL_DEGRADED;
    check(&l, "! DEGRADED", ROLE_WARN, "loss 12 %", "12 %");
    l.doubts = DOUBT_LARGE_LOST;
    check(&l, "! DEGRADED", ROLE_WARN, "large packets lost", "MTU");
}

static void check_id(const struct tunnel_look *l, int max_w, const char *want)
{
    char text[160];
    tunnel_id(l, max_w, text, sizeof text);
    assert_string_equal(text, want);
}

static void test_ids(void **state)
{
    (void)state;
    struct tunnel_look l = a_look("203.0.113.120");
    check_id(&l, 16, "t2 203.0.113.120");
    check_id(&l, 15, "203.0.113.120");
    check_id(&l, 8, "…113.120");
    l = a_look("conn-to-aws");
    check_id(&l, 40, "conn-to-aws");
    l.leg = NULL;
    check_id(&l, 40, "1 of 2 up");
    l = a_probe();
    check_id(&l, 14, "10.0.2.50:3306");
    check_id(&l, 13, "10.0.2.50");
    check_id(&l, 5, "…2.50");
}

static void check_figures(const struct tunnel_look *l, const char *const want[])
{
    char text[200];
    for (int level = 0; level < TUNNEL_FIGURE_LEVELS; level++) {
        tunnel_figures(l, level, text, sizeof text);
        assert_string_equal(text, want[level]);
    }
}

static void test_figures(void **state)
{
    (void)state;
    static const char *const gateway[] = {"IKE 2h11m  CHILD 14m00s  rekey in 46m  ↓26k ↑5.0k",
                                          "IKE 2h  CHILD 14m  ↓↑31k", "IKE 2h  ↓↑31k",
                                          "IKE 2h  ↓↑31k"};
    static const char *const probe[] = {
        "rtt 11.8 ms  sql 24.3 ms  loss 12 % of 60  large packets are lost: the MTU",
        "rtt 11.8 ms  sql 24.3 ms  loss 12 %", "rtt 11.8 ms  loss 12 %", "rtt 11.8 ms"};
    static const char *const down[] = {"no route to host  loss 12 % of 60",
                                       "no route to host  loss 12 %", "no route to host",
                                       "no route to host"};
    static const char *const none[] = {"", "", "", ""};
    struct tunnel_look l = a_look("tunnel2");
    check_figures(&l, none);
    facts.legs[1].ike_age_s = opt_i64(7860);
    facts.legs[1].child_age_s = opt_i64(840);
    facts.legs[1].rekey_s = opt_i64(2760);
    view.legs[1].in_rate = opt_f64(26 * 1024);
    view.legs[1].out_rate = opt_f64(5 * 1024);
    check_figures(&l, gateway);
    l.facts = NULL;
    check_figures(&l, none);
    l = a_probe();
    facts.large_passes = TRI_NO;
    check_figures(&l, probe);
    l.state = TUNNEL_DOWN;
    (void)text_copy(facts.detail, sizeof facts.detail, "no route to host");
    check_figures(&l, down);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(test_states), cmocka_unit_test(test_age_shows_once_it_is_old),
        cmocka_unit_test(test_doubts), cmocka_unit_test(test_probe),
        cmocka_unit_test(test_ids),    cmocka_unit_test(test_figures),
    };
    glyph_use(GLYPHS_UTF8);
    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
