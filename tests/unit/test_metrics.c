#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/record/metrics.h"
#include "backend/tunnel/provider.h"

#define NOW_MS 50000

static struct config cfg;
static struct snapshot *snap;
static char *text;

static int begin(void **state)
{
    (void)state;
    static char group[] = "gitea \"prod\"\\\nx", tunnel[] = "vpn";
    cfg = (struct config){.group = group, .n_tunnels = 1};
    cfg.tunnels[0].name = tunnel;
    cfg.tunnels[0].period_ms = 1000;
    cfg.poll.status_ms = 1000;
    snap = snapshot_create(NULL, 0);
    snap->config = &cfg;
    snap->taken_at_ms = NOW_MS - 250;
    snap->wall_ms = 1700000000000;
    snap->verdict.since_ms = NOW_MS - 4000;
    return 0;
}

static int end(void **state)
{
    (void)state;
    snapshot_unref(snap);
    free(text);
    text = NULL;
    return 0;
}

static void render(const struct record_view *view)
{
    size_t size = 0;
    free(text);
    text = NULL;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    metrics_write(snap, view, NOW_MS, out);
    assert_int_equal(fclose(out), 0);
}

/* Is there a line that is exactly this? */
static bool has(const char *line)
{
    size_t len = strlen(line);
    for (const char *p = text; (p = strstr(p, line)) != NULL; p++) {
        if ((p == text || p[-1] == '\n') && p[len] == '\n') {
            return true;
        }
    }
    return false;
}

static void expect(const char *line)
{
    if (!has(line)) {
        fail_msg("no line \"%s\" in\n%s", line, text);
    }
}

/* Has no sample of this name, whatever its labels. */
static void expect_none(const char *name)
{
    size_t len = strlen(name);
    for (const char *p = text; (p = strstr(p, name)) != NULL; p++) {
        if ((p == text || p[-1] == '\n') && (p[len] == ' ' || p[len] == '{')) {
            fail_msg("there is a sample of %s in\n%s", name, text);
        }
    }
}

static void what_is_unknown_has_no_sample(void **state)
{
    (void)state;
    static const char *const names[] = {
        "lag_seconds",
        "lag_at_least_seconds",
        "not_received_bytes",
        "not_applied_bytes",
        "not_received_transactions",
        "not_applied_transactions",
        "unobserved_seconds",
        "unobserved_min_bytes",
        "unobserved_max_bytes",
        "rto_elapsed_min_seconds",
        "rto_elapsed_max_seconds",
        "rto_left_seconds",
        "write_bytes_per_second",
    };
    render(NULL);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[64], known[64];
        (void)snprintf(name, sizeof name, "drtop_%s", names[i]);
        (void)snprintf(known, sizeof known, "%s_known 0", name);
        expect_none(name);
        expect(known);
    }
    expect_none("drtop_tunnel_up");
    expect("drtop_tunnel_up_known{view=\"vpn\",tunnel=\"vpn\"} 0");
    expect_none("drtop_database_round_trip_seconds");
    expect("drtop_database_round_trip_seconds_known{server=\"primary\"} 0");
    expect_none("drtop_evidence");
    expect("drtop_up 1");
    expect("drtop_snapshot_age_seconds 0.25");
}

static void what_is_known_is_told(void **state)
{
    (void)state;
    snap->lag.seconds = opt_f64(0.25);
    snap->exposure.not_received.bytes = opt_i64(123456789012);
    snap->exposure.not_applied.tx = opt_i64(0);
    snap->rto = (struct rto){.running = true,
                             .elapsed_min_ms = opt_i64(1500),
                             .objective_ms = 1200000,
                             .decide_before_wall_ms = opt_i64(snap->wall_ms + 10250)};
    render(NULL);
    expect("drtop_lag_seconds 0.25");
    expect("drtop_lag_seconds_known 1");
    expect("drtop_not_received_bytes 123456789012");
    expect("drtop_not_applied_transactions 0");
    expect("drtop_not_applied_transactions_known 1");
    expect_none("drtop_not_applied_bytes");
    expect("drtop_rto_running 1");
    expect("drtop_rto_elapsed_min_seconds 1.5");
    expect_none("drtop_rto_elapsed_max_seconds");
    expect("drtop_rto_objective_seconds 1200");
    expect("drtop_rto_left_seconds 10");
}

static void a_verdict_excludes_others_only_when_it_is_one(void **state)
{
    (void)state;
    render(NULL);
    expect("drtop_verdict{verdict=\"unknown\"} 1");
    expect("drtop_verdict_known 0");
    assert_null(strstr(text, "verdict=\"primary_down\""));
    assert_null(strstr(text, "verdict=\"normal\""));
    snap->verdict.kind = VERDICT_PRIMARY_DOWN;
    snap->verdict.confirmed = true;
    snap->verdict.advice = ADVICE_ADVISED;
    render(NULL);
    expect("drtop_verdict{verdict=\"primary_down\"} 1");
    expect("drtop_verdict{verdict=\"normal\"} 0");
    expect("drtop_verdict{verdict=\"unknown\"} 0");
    expect("drtop_verdict_known 1");
    expect("drtop_verdict_confirmed 1");
    expect("drtop_verdict_age_seconds 4");
    expect("drtop_failover_advice{advice=\"advised\"} 1");
    expect("drtop_failover_advice{advice=\"impossible\"} 0");
}

static void evidence_is_yes_no_or_absent(void **state)
{
    (void)state;
    snap->evidence[EVIDENCE_ANCHORS] =
        (struct evidence){.watched = true, .answer = TRI_YES, .route = ROUTE_NEUTRAL};
    snap->evidence[EVIDENCE_PRIMARY_DB] =
        (struct evidence){.watched = true, .answer = TRI_NO, .route = ROUTE_VPN};
    snap->evidence[EVIDENCE_TUNNEL] = (struct evidence){.watched = true, .route = ROUTE_VPN};
    snap->evidence[EVIDENCE_DR_APP] = (struct evidence){.answer = TRI_YES};
    render(NULL);
    char line[128];
    (void)snprintf(line, sizeof line, "drtop_evidence{evidence=\"%s\",route=\"neutral\"} 1",
                   evidence_key(EVIDENCE_ANCHORS));
    expect(line);
    (void)snprintf(line, sizeof line, "drtop_evidence{evidence=\"%s\",route=\"vpn\"} 0",
                   evidence_key(EVIDENCE_PRIMARY_DB));
    expect(line);
    (void)snprintf(line, sizeof line, "drtop_evidence_known{evidence=\"%s\",route=\"vpn\"} 0",
                   evidence_key(EVIDENCE_TUNNEL));
    expect(line);
    (void)snprintf(line, sizeof line, "drtop_evidence{evidence=\"%s\"",
                   evidence_key(EVIDENCE_TUNNEL));
    assert_null(strstr(text, line));
    assert_null(strstr(text, evidence_key(EVIDENCE_DR_APP))); /* nobody asks it */
}

static void labels_are_escaped(void **state)
{
    (void)state;
    render(NULL);
    expect("drtop_group_info{group=\"gitea \\\"prod\\\"\\\\\\nx\"} 1");
    char name[1200];
    memset(name, '"', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    cfg.group = name; /* longer than any label may be: cut, and still well formed */
    render(NULL);
    const char *line = strstr(text, "drtop_group_info{group=\"\\\"");
    assert_non_null(line);
    const char *eol = strchr(line, '\n');
    assert_non_null(eol);
    assert_memory_equal(eol - 6, "\\\"\"} 1", 6);
}

/* From a reading of view i, as the engine does it. */
static void see(size_t i, struct reading *r)
{
    static struct tunnel_memory memory;
    snap->sights[SLOT_TUNNEL + i].good = snap->sights[SLOT_TUNNEL + i].last = r;
    memory = (struct tunnel_memory){0};
    tunnel_views_gather(snap, &memory, NOW_MS, snap->tunnels);
    render(NULL);
}

static void unsee(size_t i, struct reading *r)
{
    snap->sights[SLOT_TUNNEL + i] = (struct sight){0};
    snap->tunnels[i] = (struct tunnel_view){0};
    reading_unref(r);
}

static void a_tunnel_that_is_out_of_sight_is_unknown(void **state)
{
    (void)state;
    static struct tunnel_facts facts = {
        .state = TUNNEL_UP, .data_plane = true, .rtt_ms = {true, 20}, .loss = {true, 0.5}};
    struct reading *r = reading_fresh(&facts, NULL, NOW_MS - 500, 1);
    see(0, r);
    expect("drtop_tunnel_up{view=\"vpn\",tunnel=\"vpn\"} 1");
    expect("drtop_tunnel_black_holed{view=\"vpn\",tunnel=\"vpn\"} 0");
    expect("drtop_tunnel_round_trip_seconds{view=\"vpn\",tunnel=\"vpn\"} 0.02");
    expect("drtop_tunnel_loss_ratio{view=\"vpn\",tunnel=\"vpn\"} 0.5");
    expect("drtop_tunnel_view_age_seconds{view=\"vpn\"} 0.5");
    facts.state = TUNNEL_DOWN;
    see(0, r);
    expect("drtop_tunnel_up{view=\"vpn\",tunnel=\"vpn\"} 0");
    unsee(0, r);
    r = reading_fresh(&facts, NULL, NOW_MS - 30000, 1);
    see(0, r);
    expect_none("drtop_tunnel_up");
    expect_none("drtop_tunnel_black_holed");
    expect_none("drtop_tunnel_loss_ratio");
    expect("drtop_tunnel_up_known{view=\"vpn\",tunnel=\"vpn\"} 0");
    expect("drtop_tunnel_view_age_seconds{view=\"vpn\"} 30");
    unsee(0, r);
}

static void every_view_tells_of_its_own_tunnels(void **state)
{
    (void)state;
    static char aws[] = "aws";
    static struct tunnel_facts down = {.state = TUNNEL_DOWN,
                                       .data_plane = true,
                                       .strikes = 2,
                                       .since_ms = NOW_MS - 900,
                                       .rtt_ms = {true, 20}};
    static struct tunnel_facts says = {.state = TUNNEL_UP,
                                       .n_legs = 3,
                                       .legs = {{.state = TUNNEL_UP, .id = "198.51.100.11"},
                                                {.state = TUNNEL_DOWN, .id = "198.51.100.12"},
                                                {.state = TUNNEL_UNKNOWN, .id = "x"}}};
    cfg.n_tunnels = 2;
    cfg.tunnels[1] = (struct config_tunnel){
        .kind = TUNNEL_AWS, .name = aws, .expected_up = 1, .period_ms = 20000};
    struct reading *probe = reading_fresh(&down, NULL, NOW_MS - 500, 1);
    struct reading *cloud = reading_fresh(&says, NULL, NOW_MS - 500, 1);
    render(NULL);
    expect(
        "drtop_tunnel_up_known{view=\"aws\",tunnel=\"aws\"} 0"); /* it has told of none yet */
    see(1, cloud);
    expect("drtop_tunnel_up{view=\"aws\",tunnel=\"198.51.100.11\"} 1");
    expect("drtop_tunnel_up{view=\"aws\",tunnel=\"198.51.100.12\"} 0");
    expect("drtop_tunnel_up_known{view=\"aws\",tunnel=\"x\"} 0");
    expect("drtop_tunnel_black_holed{view=\"aws\",tunnel=\"198.51.100.11\"} 0");
    see(0, probe);
    expect("drtop_tunnel_up{view=\"aws\",tunnel=\"198.51.100.11\"} 0");
    expect("drtop_tunnel_black_holed{view=\"aws\",tunnel=\"198.51.100.11\"} 1");
    expect("drtop_tunnel_black_holed{view=\"aws\",tunnel=\"198.51.100.12\"} 0");
    /* Round trips and loss are of probes. */
    expect("drtop_tunnel_round_trip_seconds{view=\"vpn\",tunnel=\"vpn\"} 0.02");
    assert_null(strstr(text, "drtop_tunnel_round_trip_seconds_known{view=\"aws\""));
    unsee(0, probe);
    unsee(1, cloud);
    cfg.n_tunnels = 1;
}

static void an_engine_that_stands_still_knows_nothing(void **state)
{
    (void)state;
    snap->lag.seconds = opt_f64(0);
    snap->verdict.kind = VERDICT_NORMAL;
    snap->taken_at_ms = NOW_MS - METRICS_STILL_MS;
    render(NULL);
    expect("drtop_up 0");
    expect("drtop_snapshot_age_seconds 5");
    expect_none("drtop_lag_seconds");
    expect_none("drtop_verdict");
    struct snapshot *real = snap;
    snap = NULL; /* not even a first snapshot */
    render(NULL);
    snap = real;
    expect("drtop_up 0");
    expect_none("drtop_snapshot_age_seconds");
}

static void alerts_are_those_of_the_record(void **state)
{
    (void)state;
    const struct alert own[] = {{.state = ALERT_OPEN, .severity = ALERT_CRIT},
                                {.state = ALERT_CLOSED, .severity = ALERT_CRIT}};
    const struct store_alert stored[] = {
        {.alert = {.state = ALERT_OPEN, .severity = ALERT_WARN}},
        {.alert = {.state = ALERT_ACKED, .severity = ALERT_WARN}},
        {.alert = {.state = ALERT_CLOSED, .severity = ALERT_WARN}}};
    snapshot_unref(snap);
    snap = snapshot_create(own, 2);
    snap->config = &cfg;
    snap->taken_at_ms = NOW_MS;
    struct record_view view = {.role = RECORD_ORPHAN, .alerts = stored, .n_alerts = 3};
    render(&view);
    expect("drtop_alerts_open{severity=\"critical\"} 1");
    expect("drtop_alerts_open{severity=\"warning\"} 0");
    expect("drtop_record_role{role=\"orphan\"} 1");
    expect("drtop_record_role{role=\"recorder\"} 0");
    expect("drtop_record_maintained 0");
    view = (struct record_view){.role = RECORD_RECORDER,
                                .readable = true,
                                .maintained = true,
                                .incident.open = true,
                                .alerts = stored,
                                .n_alerts = 3};
    render(&view);
    expect("drtop_alerts_open{severity=\"critical\"} 0");
    expect("drtop_alerts_open{severity=\"warning\"} 2");
    expect("drtop_incident_open 1");
    expect("drtop_record_role{role=\"recorder\"} 1");
    expect("drtop_record_maintained 1");
}

/* Every family is announced once and its samples stand together. */
static void families_stand_together(void **state)
{
    (void)state;
    struct record_view view = {0};
    render(&view);
    char family[128] = "", copy[128];
    for (char *line = text; *line; line = strchr(line, '\n') + 1) {
        if (strncmp(line, "# HELP ", 7) == 0) {
            (void)snprintf(family, sizeof family, "%.*s", (int)strcspn(line + 7, " "),
                           line + 7);
            (void)snprintf(copy, sizeof copy, "# HELP %s ", family);
            assert_null(strstr(line + 1, copy));
            (void)snprintf(copy, sizeof copy, "\n# TYPE %s gauge\n", family);
            assert_ptr_equal(strstr(text, copy), strchr(line, '\n'));
        } else if (line[0] != '#') {
            size_t len = strlen(family);
            assert_memory_equal(line, family, len);
            assert_true(line[len] == ' ' || line[len] == '{');
        }
    }
    assert_int_not_equal(family[0], '\0');
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_unknown_has_no_sample),
        TEST(what_is_known_is_told),
        TEST(a_verdict_excludes_others_only_when_it_is_one),
        TEST(evidence_is_yes_no_or_absent),
        TEST(labels_are_escaped),
        TEST(a_tunnel_that_is_out_of_sight_is_unknown),
        TEST(every_view_tells_of_its_own_tunnels),
        TEST(an_engine_that_stands_still_knows_nothing),
        TEST(alerts_are_those_of_the_record),
        TEST(families_stand_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
