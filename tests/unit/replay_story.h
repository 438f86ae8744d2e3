/* A store with an outage in it, for the tests of the replay: an hour by the second from T0 on.
 *
 *   T0 - 2 days   two minutes, long pruned: lag 0 to 59 s
 *   T0            all is well, lag 0.5 s, the positions go on by 100 bytes a second
 *   T0 + 600 s    the primary goes out of sight, its tunnel is down, its application is silent
 *   T0 + 605 s    PRIMARY DOWN suspected, + 610 s confirmed: the alert, the incident
 *   T0 + 700 s    acknowledged
 *   T0 + 900 s    all is well again; + 905 s the alert and the incident are over
 *   T0 + 1800 s   nobody records until + 2000 s */
#ifndef DRTOP_TESTS_REPLAY_STORY_H
#define DRTOP_TESTS_REPLAY_STORY_H

#include "tests/unit/store_place.h"

#include "backend/net/text.h"

#define S(seconds)     (T0 + (int64_t)(seconds)*1000)
#define STORY_INCIDENT "DR-20251124-161010"

static inline struct config *story_config(void)
{
    static char group[] = "gitea", primary[] = "aws", dr[] = "azure", probe[] = "probe",
                vpn[] = "vpn", host[] = "10.0.2.50";
    static struct config cfg;
    cfg = (struct config){
        .group = group,
        .primary = {.name = primary, .app = {.present = true}},
        .dr = {.name = dr},
        .n_tunnels = 2,
        .tunnels = {{.name = probe, .probe = {.host = host, .port = 3306}},
                    {.name = vpn, .kind = TUNNEL_AWS, .expected_up = 1}},
        .objectives = {.rpo_ms = 2000, .rto_ms = 1200000, .pipeline_ms = 600000}};
    return &cfg;
}

static inline struct store_sample story_second(int i)
{
    bool down = i >= 600 && i < 900;
    struct store_sample s = {.at_wall_ms = S(i),
                             .verdict =
                                 i < 605 || !down ? VERDICT_NORMAL : VERDICT_PRIMARY_DOWN,
                             .confirmed = i < 605 || i >= 610,
                             .received = {.file = "bin.000001", .pos = 4000},
                             .applied = {.file = "bin.000001", .pos = 4000},
                             .receiver = down ? DB_THREAD_CONNECTING : DB_THREAD_YES,
                             .applier = DB_THREAD_YES,
                             .app_status = opt_i64(down ? 0 : 200),
                             .app_ok = !down,
                             .not_applied_b = opt_i64(0)};
    (void)text_copy(s.tunnels, sizeof s.tunnels,
                    down ? "[[\"probe\",\"down\",\"timed out\"],[\"vpn\",\"black-holed\",\"\","
                           "[\"198.51.100.11\",\"up\",\"\"]]]"
                         : "[[\"probe\",\"up\",\"\"],[\"vpn\",\"up\",\"\","
                           "[\"198.51.100.11\",\"up\",\"\"]]]");
    if (down) {
        s.lag_at_least_s = opt_f64(i - 600);
        s.unseen_min_b = opt_i64(1000);
        s.unseen_max_b = opt_i64(9000);
        s.last_good_wall_ms = opt_i64(S(599));
        s.first_bad_wall_ms = opt_i64(S(600));
    } else {
        s.lag_s = opt_f64(0.5);
        s.rtt_ms = opt_f64(1.5);
        s.not_received_b = opt_i64(300);
        s.not_received_tx = opt_i64(2);
        s.primary =
            (struct binlog_coord){.file = "bin.000002", .pos = 5000 + 100 * (uint64_t)i};
    }
    return s;
}

static inline void story_verdict(struct store *st, int at, const char *kind, bool confirmed)
{
    char data[1024];
    struct event e = {.kind = EVENT_VERDICT, .at_wall_ms = S(at), .text = "the story"};
    (void)snprintf(
        data, sizeof data,
        "{\"verdict\":\"%s\",\"confirmed\":%s,\"sentence\":\"aws is %s\",\"advice\":"
        "\"advised\",\"advice_why\":\"because\",\"scope\":\"site\",\"evidence\":["
        "{\"id\":\"primary_db\",\"answer\":\"no\",\"route\":\"vpn\",\"age_ms\":400,"
        "\"strikes\":3,\"detail\":\"timed out\",\"decided\":true,\"contradicts\":false},"
        "{\"id\":\"of_tomorrow\",\"answer\":\"yes\"}]}",
        kind, confirmed ? "true" : "false", kind);
    OK(store_event_put(st, &e, data, &err));
}

static inline void story_alert(struct store *st)
{
    struct alert a = {.kind = ALERT_VERDICT,
                      .severity = ALERT_CRIT,
                      .state = ALERT_OPEN,
                      .began_wall_ms = S(605),
                      .opened_wall_ms = S(610),
                      .text = "as it began",
                      .incident = STORY_INCIDENT};
    struct incident in = {
        .id = STORY_INCIDENT, .open = true, .opened_wall_ms = S(610), .severity = ALERT_CRIT};
    OK(store_incident_put(st, &in, "aws is gone", &err));
    OK(store_alert_put(st, &a, &err));
    a.state = ALERT_ACKED;
    a.acked_wall_ms = S(700);
    (void)text_copy(a.acked_by, sizeof a.acked_by, "mg");
    OK(store_alert_put(st, &a, &err));
    a.state = ALERT_CLOSED;
    a.closed_wall_ms = in.closed_wall_ms = S(905);
    a.peak = opt_f64(295);
    (void)text_copy(a.text, sizeof a.text, "as it ended");
    OK(store_alert_put(st, &a, &err));
    OK(store_incident_put(st, &in, "", &err));
}

static inline void story_old_minutes(struct store *st)
{
    int64_t from_ms = (T0 - 2 * INT64_C(86400000)) / 60000 * 60000;
    for (int i = 0; i < 120; i++) {
        struct store_sample s = story_second(0);
        s.at_wall_ms = from_ms + i * 1000;
        s.lag_s = opt_f64(i % 60);
        OK(store_sample_put(st, &s, &err));
    }
    OK(store_prune(st, T0, &err));
}

static inline void story_write(const struct place *p)
{
    struct store *st = open_store(p, STORE_WRITE);
    OK(store_begin(st, false, &err));
    OK(store_meta_put(st, story_config(), &err));
    story_old_minutes(st);
    for (int i = 0; i < 3600; i++) {
        const struct store_sample s = story_second(i);
        if (i < 1800 || i >= 2000) {
            OK(store_sample_put(st, &s, &err));
        }
    }
    story_verdict(st, 0, "normal", true);
    story_verdict(st, 605, "primary_down", false);
    story_verdict(st, 610, "primary_down", true);
    story_verdict(st, 900, "normal", true);
    story_alert(st);
    OK(store_run_put(st, "drill", S(-90000), 480000, true, &err));
    OK(store_run_put(st, "failover", S(3000), 100000, true, &err));
    OK(store_commit(st, &err));
    store_close(st);
}

#endif
