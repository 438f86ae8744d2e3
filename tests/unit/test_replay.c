/* A moment of the past from a store or a recording: what was recorded comes back, what was not is
 * unknown, what came later is not known yet, and the file stays as it is. */
#include "tests/unit/replay_story.h"

#include <fcntl.h>
#include <math.h>

#include "backend/app/http_health.h"
#include "backend/record/replay.h"

struct moment {
    struct snapshot *s;
    struct record_view *v;
};

static struct moment at(struct replay *r, int64_t wall_ms)
{
    struct moment m;
    OK(replay_at(r, wall_ms, &m.s, &m.v, &err));
    assert_int_equal(m.s->wall_ms, wall_ms);
    assert_int_equal(m.s->taken_at_ms, wall_ms);
    return m;
}

static void done(struct moment *m)
{
    snapshot_unref(m->s);
    record_view_unref(m->v);
}

static struct replay *told(const struct place *p)
{
    story_write(p);
    struct replay *r = replay_open_file(p->path, &err);
    if (!r) {
        fail_msg("%s", err.text);
    }
    return r;
}

static void test_a_calm_moment(void **state)
{
    struct replay *r = told(*state);
    struct moment m = at(r, S(100));
    const struct snapshot *s = m.s;
    assert_int_equal(s->verdict.kind, VERDICT_NORMAL);
    assert_true(s->verdict.confirmed);
    assert_string_equal(s->verdict.sentence, "aws is normal");
    assert_int_equal(s->verdict.since_wall_ms, S(0));
    assert_true(s->lag.seconds.known && s->lag.seconds.v == 0.5);
    assert_true(snapshot_rtt_ms(s).known && snapshot_rtt_ms(s).v == 1.5);
    const struct db_facts *p = snapshot_db(s, SLOT_PRIMARY_DB);
    assert_string_equal(p->written.file, "bin.000002");
    assert_int_equal(p->written.pos, 15000);
    assert_int_equal(snapshot_db(s, SLOT_REPLICA_DB)->channel.applier, DB_THREAD_YES);
    assert_true(snapshot_in_sight(s, SLOT_PRIMARY_DB, S(100)));
    assert_int_equal(s->exposure.not_received.bytes.v, 300);
    assert_int_equal(s->exposure.not_received.tx.v, 2);
    assert_int_equal(s->exposure.not_applied.kind, BINLOG_EXACT);
    assert_true(s->exposure.unobserved.seconds.known && s->exposure.unobserved.seconds.v == 0);
    assert_false(s->rto.running);
    assert_int_equal(s->rto.n_runs, 1); /* the second came later */
    assert_int_equal(s->rto.last_took_ms.v, 480000);
    assert_int_equal(s->tunnels[0].state, TUNNEL_UP);
    assert_int_equal(s->tunnels[1].up, 1);
    const struct app_facts *app = s->sights[SLOT_PRIMARY_APP].last->value;
    assert_true(app->ok && app->status == 200);
    assert_int_equal(s->n_alerts, 0);
    assert_string_equal(s->incident.id, "");
    assert_int_equal(m.v->n_events, 1);
    done(&m);
    replay_close(r);
}

static void test_the_outage(void **state)
{
    struct replay *r = told(*state);
    struct moment m = at(r, S(650));
    const struct snapshot *s = m.s;
    assert_int_equal(s->verdict.kind, VERDICT_PRIMARY_DOWN);
    assert_true(s->verdict.confirmed);
    assert_int_equal(s->verdict.level, LEVEL_CRITICAL);
    assert_int_equal(s->verdict.advice, ADVICE_ADVISED);
    assert_int_equal(s->verdict.scope, SCOPE_SITE);
    assert_int_equal(s->verdict.since_wall_ms, S(605));
    assert_int_equal(s->verdict.confirmed_wall_ms, S(610));
    assert_string_equal(s->verdict.sentence, "aws is primary_down");
    const struct evidence *e = &s->evidence[EVIDENCE_PRIMARY_DB];
    assert_true(e->watched);
    assert_int_equal(e->answer, TRI_NO);
    assert_int_equal(e->route, ROUTE_VPN);
    assert_int_equal(e->strikes, 3);
    assert_int_equal(e->age_ms.v, 400 + 40000);
    assert_string_equal(e->detail, "timed out");
    assert_int_equal(s->verdict.decided, 1U << EVIDENCE_PRIMARY_DB);
    assert_false(s->evidence[EVIDENCE_ANCHORS].watched);

    assert_false(s->lag.seconds.known);
    assert_true(s->lag.at_least_s.known && s->lag.at_least_s.v == 50);
    assert_false(s->exposure.not_received.bytes.known);
    assert_int_equal(s->exposure.unobserved.bytes_max.v, 9000);
    assert_true(s->exposure.unobserved.seconds.v == 51);
    const struct sight *p = &s->sights[SLOT_PRIMARY_DB];
    assert_int_equal(p->last->state, READING_FAILED);
    assert_int_equal(p->good->taken_at_ms, S(599));
    assert_int_equal(snapshot_db(s, SLOT_PRIMARY_DB)->written.pos, 5000 + 59900);
    assert_true(s->rto.running);
    assert_int_equal(s->rto.elapsed_max_ms.v, 51000);
    assert_int_equal(s->rto.elapsed_min_ms.v, 50000);
    assert_int_equal(s->tunnels[0].state, TUNNEL_DOWN);
    assert_int_equal(s->tunnels[0].since_ms, S(600));
    assert_int_equal(s->tunnels[1].state, TUNNEL_BLACK_HOLED);
    assert_string_equal(s->tunnels[1].legs[0].id, "198.51.100.11");
    assert_int_equal(s->tunnels[1].legs[0].since_ms, S(0));
    const struct tunnel_facts *f = s->sights[SLOT_TUNNEL].last->value;
    assert_string_equal(f->detail, "timed out");
    assert_false(snapshot_rtt_ms(s).known);
    assert_int_equal(s->sights[SLOT_PRIMARY_APP].last->state, READING_FAILED);

    assert_int_equal(s->n_alerts, 1);
    assert_int_equal(s->n_open, 1);
    assert_int_equal(s->alerts[0].state, ALERT_OPEN);
    assert_string_equal(s->alerts[0].text, "as it began");
    assert_string_equal(s->alerts[0].acked_by, "");
    assert_false(s->alerts[0].peak.known);
    assert_int_equal(s->alerts[0].opened_ms, S(610));
    assert_true(s->incident.open);
    assert_string_equal(m.v->incident.id, STORY_INCIDENT);
    assert_int_equal(m.v->incident.closed_wall_ms, 0);
    assert_true(m.v->readable && m.v->maintained);
    for (size_t i = 0; i < m.v->n_events; i++) {
        assert_true(m.v->events[i].at_wall_ms <= S(650));
    }
    done(&m);
    replay_close(r);
}

static void test_suspicion_acknowledgement_end(void **state)
{
    struct replay *r = told(*state);
    struct moment m = at(r, S(607));
    assert_int_equal(m.s->verdict.kind, VERDICT_PRIMARY_DOWN);
    assert_false(m.s->verdict.confirmed);
    assert_int_equal(m.s->n_alerts, 0);
    done(&m);
    m = at(r, S(800));
    assert_int_equal(m.s->alerts[0].state, ALERT_ACKED);
    assert_string_equal(m.s->alerts[0].acked_by, "mg");
    assert_int_equal(m.s->n_open, 1);
    done(&m);
    m = at(r, S(1000));
    assert_int_equal(m.s->alerts[0].state, ALERT_CLOSED);
    assert_true(m.s->alerts[0].peak.known && m.s->alerts[0].peak.v == 295);
    assert_string_equal(m.s->alerts[0].text, "as it ended");
    assert_int_equal(m.s->n_open, 0);
    assert_false(m.s->incident.open);
    assert_int_equal(m.s->incident.closed_wall_ms, S(905));
    done(&m);
    replay_close(r);
}

static void test_nothing_is_invented(void **state)
{
    struct replay *r = told(*state);
    struct moment m = at(r, S(1900));
    assert_int_equal(m.s->verdict.kind, VERDICT_UNKNOWN);
    assert_string_equal(m.s->verdict.sentence, "nothing was recorded at that moment");
    assert_false(m.s->evidence[EVIDENCE_PRIMARY_DB].watched);
    assert_false(m.s->lag.seconds.known);
    assert_false(m.s->exposure.not_received.bytes.known);
    assert_int_equal(m.s->tunnels[0].state, TUNNEL_UNKNOWN);
    assert_string_equal(m.s->sights[SLOT_TUNNEL].last->reason, "not recorded");
    assert_null(m.s->sights[SLOT_PRIMARY_APP].last->value);
    assert_int_equal(m.s->sights[SLOT_PRIMARY_DB].good->taken_at_ms, S(1799));
    assert_false(snapshot_in_sight(m.s, SLOT_PRIMARY_DB, S(1900)));
    assert_int_equal(m.s->n_alerts, 1); /* what had happened has happened */
    done(&m);
    /* From before the record, and after it. */
    m = at(r, S(-40000));
    assert_int_equal(m.s->verdict.kind, VERDICT_UNKNOWN);
    assert_int_equal(m.s->n_alerts, 0);
    done(&m);
    m = at(r, S(90000));
    assert_int_equal(m.s->verdict.kind, VERDICT_UNKNOWN);
    done(&m);
    replay_close(r);
}

/* The graph shows what was before, and not what came after. */
static void test_the_history_before_it(void **state)
{
    double v;
    struct series_column c[2];
    struct replay *r = told(*state);
    struct moment m = at(r, S(1700));
    enum tunnel_state states[2];
    assert_true(history_at(m.s->history, HISTORY_LAG_S, S(1000), &v) && fabs(v - 0.5) < 0.01);
    assert_false(history_at(m.s->history, HISTORY_LAG_S, S(700), &v));
    history_columns(m.s->history, HISTORY_VERDICT, S(500), S(700), c, 2);
    assert_true(c[0].max == VERDICT_NORMAL && c[1].max == VERDICT_PRIMARY_DOWN);
    history_view_columns(m.s->history, 0, S(500), S(700), states, 2);
    assert_int_equal(states[0], TUNNEL_UP);
    assert_int_equal(states[1], TUNNEL_DOWN);
    done(&m);
    m = at(r, S(1000)); /* back */
    assert_false(history_at(m.s->history, HISTORY_LAG_S, S(1001), &v));
    struct moment later = at(r, S(1005)); /* and on: the picture before may still be shown */
    assert_true(history_at(later.s->history, HISTORY_LAG_S, S(1004), &v));
    done(&later);
    assert_true(history_at(m.s->history, HISTORY_LAG_S, S(999), &v));
    done(&m);
    replay_close(r);
}

static void test_old_minutes_tell_the_worst(void **state)
{
    double v;
    struct series_column c;
    int64_t minute_ms = (T0 - 2 * INT64_C(86400000)) / 60000 * 60000;
    struct replay *r = told(*state);
    struct moment m = at(r, minute_ms + 90000);
    assert_true(m.s->lag.seconds.known && m.s->lag.seconds.v == 59);
    assert_non_null(strstr(m.s->lag.why, "worst"));
    assert_string_equal(snapshot_db(m.s, SLOT_PRIMARY_DB)->written.file, "bin.000002");
    assert_int_equal(m.s->tunnels[0].state, TUNNEL_UP);
    history_columns(m.s->history, HISTORY_LAG_S, minute_ms, minute_ms + 60000, &c, 1);
    assert_int_equal(c.n, 60);
    assert_true(c.min == 0 && fabs(c.max - 59) < 0.1 && fabs(c.avg - 29.5) < 1);
    assert_false(history_at(m.s->history, HISTORY_LAG_S, minute_ms - 1000, &v));
    done(&m);
    replay_close(r);
}

static void test_names_come_from_the_recording(void **state)
{
    struct replay *r = told(*state);
    const struct config *c = replay_config(r);
    assert_string_equal(c->group, "gitea");
    assert_string_equal(c->primary.name, "aws");
    assert_int_equal(c->n_tunnels, 2);
    assert_string_equal(c->tunnels[0].name, "probe");
    assert_int_equal(c->tunnels[0].kind, TUNNEL_PROBE);
    assert_int_equal(c->tunnels[1].kind, TUNNEL_AWS);
    assert_int_equal(c->tunnels[1].expected_up, 1);
    assert_int_equal(c->objectives.rpo_ms, 2000);
    assert_false(c->failover.present);
    replay_close(r);
}

/* --- where to go */

static void expect_jump(struct replay *r, enum replay_jump jump, int64_t from, int64_t want)
{
    struct opt_i64 to;
    OK(replay_jump(r, jump, from, &to, &err));
    assert_int_equal(to.known ? to.v : 0, want);
}

static void test_jumps(void **state)
{
    struct replay *r = told(*state);
    expect_jump(r, REPLAY_ALERT_BEFORE, S(3000), S(610));
    expect_jump(r, REPLAY_ALERT_BEFORE, S(610), 0);
    expect_jump(r, REPLAY_ALERT_NEXT, S(100), S(610));
    expect_jump(r, REPLAY_ALERT_NEXT, S(610), 0);
    expect_jump(r, REPLAY_INCIDENT_BEFORE, S(3000), S(610));
    expect_jump(r, REPLAY_INCIDENT_NEXT, S(0), S(610));
    replay_close(r);
}

static void test_moments_in_words(void **state)
{
    static const struct {
        const char *text;
        int64_t at;
    } good[] = {
        {"2025-11-24T16:10:00Z", S(600)},
        {"2025-11-24 16:10", S(600)},
        {"2025-11-24", S(-57600)},
        {"16:10:05", S(605)},
        {"16:10", S(600)},
        {"23:00", S(25200 - 86400)},
        {"30m", S(3599 - 1800)},
        {"1h", S(-1)},
        {"2d", S(3599 - 172800)},
        {"9s ago", S(3590)},
        {STORY_INCIDENT, S(610)},
        {"alert", S(610)},
        {"incident", S(610)},
    };
    static const char *const bad[] = {
        "",           "yesterday",          "25:00", "16:10x", "2025-02-30",
        "2025-13-01", "DR-20200101-000000", "30",    "-5m",    "2025-11-24T"};
    struct replay *r = told(*state);
    int64_t ms;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (!replay_find(r, good[i].text, &ms, &err) || ms != good[i].at) {
            fail_msg("%s: %lld, not %lld", good[i].text, (long long)ms, (long long)good[i].at);
        }
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (replay_find(r, bad[i], &ms, &err)) {
            fail_msg("%s was taken for a moment", bad[i]);
        }
    }
    OK(replay_span(r, &(int64_t){0}, &ms, &err));
    assert_int_equal(ms, S(3599));
    replay_close(r);
}

/* --- files */

static uint64_t sum_of(const char *path)
{
    uint64_t h = UINT64_C(1469598103934665603);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    for (int c = fgetc(f); c != EOF; c = fgetc(f)) {
        h = (h ^ (unsigned char)c) * UINT64_C(1099511628211);
    }
    (void)fclose(f);
    return h;
}

static int entries(const char *folder)
{
    int n = 0;
    DIR *d = opendir(folder);
    while (readdir(d)) {
        n++;
    }
    (void)closedir(d);
    return n - 2;
}

static void test_the_file_stays_as_it_is(void **state)
{
    struct place *p = *state;
    story_write(p);
    uint64_t before = sum_of(p->path);
    assert_int_equal(chmod(p->path, 0400), 0);
    assert_int_equal(chmod(p->folder, 0500), 0);
    struct replay *r = replay_open_file(p->path, &err);
    assert_non_null(r);
    struct moment m = at(r, S(700));
    assert_int_equal(entries(p->folder), 1);
    done(&m);
    replay_close(r);
    assert_int_equal(chmod(p->folder, 0700), 0);
    assert_true(before == sum_of(p->path));
    assert_int_equal(entries(p->folder), 1);
}

static void expect_refused(const struct place *p, const char *why)
{
    struct replay *r = replay_open_file(p->path, &err);
    assert_null(r);
    if (!strstr(err.text, why)) {
        fail_msg("%s does not say %s", err.text, why);
    }
}

static void test_what_is_refused(void **state)
{
    struct place *p = *state;
    expect_refused(p, "No such file");
    FILE *f = fopen(p->path, "w");
    expect_refused(p, "empty");
    (void)fputs("these are not the bytes that you look for", f);
    (void)fclose(f);
    expect_refused(p, "damaged or no history");
    (void)remove(p->path);
    (void)raw(p, "CREATE TABLE t (x)");
    (void)raw(p, "PRAGMA user_version = 3");
    expect_refused(p, "no recording of drtop");
    (void)remove(p->path);
    story_write(p);
    (void)raw(p, "PRAGMA user_version = 99");
    expect_refused(p, "a newer drtop");
    (void)raw(p, "PRAGMA user_version = 3");
    (void)raw(p, "DROP TABLE run");
    (void)raw(p,
              "CREATE VIEW run AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n)"
              " SELECT i AS took_ms, 1 AS ok, 1 AS started_ms, i AS id FROM n");
    expect_refused(p, "no recording of drtop");
}

static void test_an_older_schema_is_replayed(void **state)
{
    struct place *p = *state;
    make_older(p, 2);
    (void)raw(p, "INSERT INTO sample (at_s, lag_s, verdict, confirmed)"
                 " VALUES (1764000000, 0.5, 'normal', 1)");
    struct replay *r = replay_open_file(p->path, &err);
    assert_non_null(r);
    struct moment m = at(r, T0);
    assert_int_equal(m.s->verdict.kind, VERDICT_NORMAL);
    assert_true(m.s->lag.seconds.known && m.s->lag.seconds.v == 0.5);
    assert_null(snapshot_db(m.s, SLOT_PRIMARY_DB));
    assert_string_equal(replay_config(r)->group, "pair.db");
    done(&m);
    replay_close(r);
}

/* Figures and times that nobody can reckon with. */
static void test_hostile_rows(void **state)
{
    struct place *p = *state;
    story_write(p);
    (void)raw(p, "UPDATE sample SET lag_s = 9e999, lag_at_least_s = -1, rtt_ms = -9e999,"
                 " not_received_b = -9223372036854775807, primary_pos = -1,"
                 " last_good_ms = 9223372036854775807, first_bad_ms = -9223372036854775807,"
                 " app_status = 77777777777, receiver = 4444, verdict = 'x', tunnels = '[[[['");
    (void)raw(p, "UPDATE alert SET began_ms = -9223372036854775807, opened_ms = 5,"
                 " acked_ms = 9223372036854775807, subject = 9223372036854775807,"
                 " text = char(27) || '[2J', severity = 'critical'");
    (void)raw(p, "UPDATE event SET data = '{\"verdict\":\"normal\",\"evidence\":[{\"id\":"
                 "\"primary_db\",\"age_ms\":9223372036854775807,\"strikes\":-5}]}', at_ms = 5");
    (void)raw(p, "UPDATE incident SET opened_ms = -9223372036854775807,"
                 " closed_ms = 9223372036854775807");
    (void)raw(p, "UPDATE run SET took_ms = 9223372036854775807, started_ms = 1");
    (void)raw(p, "UPDATE meta SET value = '{' || value");
    (void)raw(p, "INSERT INTO sample (at_s, verdict, confirmed)"
                 " VALUES (9223372036854775807, '', 1), (-9223372036854775807, '', 1)");
    struct replay *r = replay_open_file(p->path, &err);
    assert_non_null(r);
    int64_t first, last;
    OK(replay_span(r, &first, &last, &err));
    struct moment m = at(r, S(700));
    assert_false(m.s->lag.seconds.known);
    assert_false(m.s->rto.running);
    assert_null(strchr(m.s->alerts[0].text, 0x1b));
    assert_false(m.s->evidence[EVIDENCE_PRIMARY_DB].age_ms.known);
    assert_int_equal(m.s->n_alerts, 1);
    done(&m);
    for (int64_t ms = INT64_MIN;; ms = ms < 0 ? 0 : INT64_MAX) {
        OK(replay_at(r, ms, &m.s, &m.v, &err));
        done(&m);
        if (ms == INT64_MAX) {
            break;
        }
    }
    replay_close(r);
}

/* Whatever page is damaged: an error or a picture, and nothing else. */
static void test_damaged_pages(void **state)
{
    struct place *p = *state;
    struct stat st;
    story_write(p);
    assert_int_equal(stat(p->path, &st), 0);
    int fd = open(p->path, O_RDWR | O_CLOEXEC), refused = 0;
    uint32_t seed = 7;
    for (int round = 0; round < 30; round++) {
        char page[512], junk[512];
        off_t where = round * (st.st_size / 30);
        assert_int_equal(pread(fd, page, sizeof page, where), sizeof page);
        for (size_t i = 0; i < sizeof junk; i++) {
            seed = seed * 1664525U + 1013904223U;
            junk[i] = (char)(seed >> 24);
        }
        assert_int_equal(pwrite(fd, junk, sizeof junk, where), sizeof junk);
        struct replay *r = replay_open_file(p->path, &err);
        struct moment m;
        if (!r) {
            refused++;
        } else if (replay_at(r, S(700), &m.s, &m.v, &err)) {
            done(&m);
        }
        replay_close(r);
        assert_int_equal(pwrite(fd, page, sizeof page, where), sizeof page);
    }
    (void)close(fd);
    assert_true(refused > 15);
}

/* A recorder that was killed while it wrote: the -wal or -journal that it left beside is needed. */
static void test_what_a_killed_writer_left(void **state)
{
    struct place *p = *state, copy = *p;
    char from[PATH_MAX + 32], to[PATH_MAX + 32];
    story_write(p);
    struct store *st = open_store(p, STORE_WRITE);
    OK(store_begin(st, false, &err));
    struct store_sample s = story_second(0);
    s.at_wall_ms = S(5000);
    OK(store_sample_put(st, &s, &err));
    OK(store_commit(st, &err)); /* lies in the -wal alone */
    (void)snprintf(copy.path, sizeof copy.path, "%s/killed.db", p->folder);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(from, sizeof from, "%s%s", p->path, i ? "-wal" : "");
        (void)snprintf(to, sizeof to, "%s%s", copy.path, i ? "-wal" : "");
        FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
        for (int c = fgetc(in); c != EOF; c = fgetc(in)) {
            (void)fputc(c, out);
        }
        (void)fclose(in);
        (void)fclose(out);
    }
    store_close(st);
    int before = entries(p->folder);
    uint64_t sum = sum_of(copy.path);
    struct replay *r = replay_open_file(copy.path, &err);
    assert_non_null(r);
    struct moment m = at(r, S(5000));
    assert_int_equal(m.s->verdict.kind, VERDICT_NORMAL);
    done(&m);
    replay_close(r);
    assert_int_equal(entries(p->folder), before);
    assert_true(sum == sum_of(copy.path));
}

/* Somebody else begins to write while we read. */
static void test_the_store_goes_on(void **state)
{
    struct place *p = *state;
    struct config *cfg = story_config();
    char folder[PATH_MAX];
    (void)snprintf(folder, sizeof folder, "%s", p->folder);
    cfg->record.directory = folder;
    OK(store_path(cfg, p->path, sizeof p->path, &err));
    story_write(p);
    cfg->record.directory = folder; /* the story has made it anew */
    struct replay *r = replay_open_store(cfg, &err);
    assert_non_null(r);
    struct moment m = at(r, S(5000));
    assert_int_equal(m.s->verdict.kind, VERDICT_UNKNOWN);
    done(&m);
    struct store *st = open_store(p, STORE_WRITE);
    OK(store_begin(st, false, &err));
    struct store_sample s = story_second(0);
    s.at_wall_ms = S(5000);
    OK(store_sample_put(st, &s, &err));
    OK(store_commit(st, &err));
    m = at(r, S(5000));
    assert_int_equal(m.s->verdict.kind, VERDICT_NORMAL);
    assert_string_equal(replay_config(r)->group, "gitea");
    done(&m);
    store_close(st);
    replay_close(r);
    cfg->record.directory = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_calm_moment),
        TEST(test_the_outage),
        TEST(test_suspicion_acknowledgement_end),
        TEST(test_nothing_is_invented),
        TEST(test_the_history_before_it),
        TEST(test_old_minutes_tell_the_worst),
        TEST(test_names_come_from_the_recording),
        TEST(test_jumps),
        TEST(test_moments_in_words),
        TEST(test_the_file_stays_as_it_is),
        TEST(test_what_is_refused),
        TEST(test_an_older_schema_is_replayed),
        TEST(test_hostile_rows),
        TEST(test_damaged_pages),
        TEST(test_what_a_killed_writer_left),
        TEST(test_the_store_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
