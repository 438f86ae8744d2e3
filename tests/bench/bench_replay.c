/* bench-replay DIRECTORY [SEEKS]
 *     How long a replay takes to a moment: a store of 90 days (a day of seconds, the rest minutes, a
 * verdict every ten minutes, an alert an hour) is made in DIRECTORY, and SEEKS (100) moments are read
 * in no order, most of them far apart; then moments a minute apart, as a replay at 60x asks. And what
 * the recorder's transaction of a second costs on that store, without waiting for the disk. */
#include "tests/bench/bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "backend/record/replay.h"
#include "backend/record/store.h"

#define DAY_S  86400
#define DAYS   90
#define END_MS INT64_C(1795000000000)

static struct error err = {""};

static const char tunnels[] = "[[\"vpn\",\"up\",\"\"],[\"aws\",\"up\",\"\",[\"198.51.100.11\","
                              "\"up\",\"\"],[\"198.51.100.12\",\"up\",\"\"]]]";

static struct store_sample second(int64_t at_ms)
{
    struct store_sample s = {.at_wall_ms = at_ms,
                             .lag_s = opt_f64((double)(at_ms / 1000 % 7) / 10),
                             .rtt_ms = opt_f64(11.5),
                             .write_rate = opt_f64(24000),
                             .not_received_b = opt_i64(1200),
                             .not_received_tx = opt_i64(3),
                             .not_applied_b = opt_i64(700),
                             .verdict = VERDICT_NORMAL,
                             .confirmed = true,
                             .primary = {.file = "mysql-bin.000123", .pos = 1000},
                             .received = {.file = "mysql-bin.000123", .pos = 900},
                             .applied = {.file = "mysql-bin.000123", .pos = 800},
                             .receiver = DB_THREAD_YES,
                             .applier = DB_THREAD_YES,
                             .app_status = opt_i64(200),
                             .app_ok = true};
    (void)snprintf(s.tunnels, sizeof s.tunnels, "%s", tunnels);
    return s;
}

/* By hand: what the recorder makes in 90 days takes it long to make of arrears. */
static bool fill_minutes(const char *path)
{
    sqlite3 *db = NULL;
    char text[1024];
    (void)snprintf(
        text, sizeof text,
        "INSERT INTO sample_minute (at_min, n, lag_n, lag_min, lag_avg, lag_max, rtt_n,"
        " rtt_max, not_received_n, not_received_max, verdict, confirmed, primary_file,"
        " primary_pos, received_file, received_pos, applied_file, applied_pos, tunnels)"
        " WITH RECURSIVE m(i) AS (SELECT %" PRId64
        " UNION ALL SELECT i + 1 FROM m LIMIT %d) SELECT i, 60, 60, 0.1, 0.2,"
        " 0.6, 60, 11.5, 60, 1200, 'normal', 1, 'mysql-bin.000123', 1000,"
        " 'mysql-bin.000123', 900, 'mysql-bin.000123', 800, '%s' FROM m",
        END_MS / 60000 - DAYS * DAY_S / 60, DAYS * DAY_S / 60, tunnels);
    bool ok = sqlite3_open(path, &db) == SQLITE_OK &&
              sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK;
    if (!ok) {
        error_set(&err, "%s", sqlite3_errmsg(db));
    }
    (void)sqlite3_close(db);
    return ok;
}

static bool fill_seconds(struct store *st)
{
    for (int64_t s = DAY_S; s > 0; s--) {
        const struct store_sample sample = second(END_MS - s * 1000);
        if (!store_sample_put(st, &sample, &err)) {
            return false;
        }
    }
    return true;
}

static bool fill_events(struct store *st)
{
    for (int64_t s = (int64_t)DAYS * DAY_S; s > 0; s -= 600) {
        struct event e = {.kind = EVENT_VERDICT,
                          .at_wall_ms = END_MS - s * 1000,
                          .text = "NORMAL: all is well"};
        struct alert a = {.kind = ALERT_LAG,
                          .severity = ALERT_WARN,
                          .state = ALERT_CLOSED,
                          .opened_wall_ms = e.at_wall_ms,
                          .closed_wall_ms = e.at_wall_ms + 60000,
                          .text = "lag above 1 s",
                          .incident = "DR-x"};
        if (!store_event_put(
                st, &e, "{\"verdict\":\"normal\",\"confirmed\":true,\"evidence\":[]}", &err) ||
            (s % 3600 == 0 && !store_alert_put(st, &a, &err))) {
            return false;
        }
    }
    return true;
}

static bool fill(const char *path, const struct config *cfg)
{
    struct store *st = store_open(path, STORE_WRITE, &err);
    bool ok = st && store_begin(st, false, &err) && store_meta_put(st, cfg, &err) &&
              fill_seconds(st) && fill_events(st) && store_commit(st, &err);
    store_close(st);
    return ok && fill_minutes(path);
}

static bool seek(struct replay *r, int64_t at_ms, struct sample *out)
{
    struct snapshot *s;
    struct record_view *v;
    int64_t begin_us = bench_now_us();
    if (!replay_at(r, at_ms, &s, &v, &err)) {
        return false;
    }
    sample_add(out, (double)(bench_now_us() - begin_us) / 1000);
    snapshot_unref(s);
    record_view_unref(v);
    return true;
}

static bool measure_seeks(const char *path, int n)
{
    struct sample far = {0}, near = {0};
    struct replay *r = replay_open_file(path, &err);
    uint64_t seed = 42;
    bool ok = r != NULL;
    for (int i = 0; ok && i < n; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        ok = seek(r, END_MS - (int64_t)(seed >> 33) % (DAYS * DAY_S) * 1000, &far);
    }
    for (int i = 0; ok && i < n; i++) {
        ok = seek(r, END_MS - (3600 - i * 12) * INT64_C(1000), &near);
    }
    sample_print(&far, "seek_ms");
    sample_print(&near, "play_ms");
    sample_finish(&far);
    sample_finish(&near);
    replay_close(r);
    return ok;
}

static bool measure_writes(const char *path, int n)
{
    struct sample write = {0};
    struct store *st = store_open(path, STORE_WRITE, &err);
    bool ok = st != NULL;
    for (int i = 0; ok && i < n; i++) {
        const struct store_sample s = second(END_MS + i * 1000);
        int64_t begin_us = bench_now_us();
        ok = store_begin(st, false, &err) && store_sample_put(st, &s, &err) &&
             store_commit(st, &err);
        sample_add(&write, (double)(bench_now_us() - begin_us) / 1000);
    }
    sample_print(&write, "write_ms");
    sample_finish(&write);
    store_close(st);
    return ok;
}

int main(int argc, char **argv)
{
    static char name[] = "bench", aws[] = "aws", vpn[] = "vpn";
    static struct config cfg = {.group = name,
                                .primary = {.name = aws, .app = {.present = true}},
                                .dr = {.name = name},
                                .n_tunnels = 2,
                                .tunnels = {{.name = vpn}, {.name = aws, .kind = TUNNEL_AWS}}};
    char path[4096];
    int n = 100;
    if (argc < 2 || (argc > 2 && !bench_parse_count(argv[2], &n))) {
        (void)fprintf(stderr, "usage: bench-replay DIRECTORY [SEEKS]\n");
        return 64;
    }
    (void)snprintf(path, sizeof path, "%s/bench-replay.db", argv[1]);
    (void)remove(path);
    bool ok = fill(path, &cfg) && measure_seeks(path, n) && measure_writes(path, n);
    if (!ok) {
        (void)fprintf(stderr, "bench-replay: %s\n", err.text);
    }
    (void)remove(path);
    return ok ? 0 : 1;
}
