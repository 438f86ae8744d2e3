/* Figures by the second, and by the minute once they are old. */
#include "backend/record/store_db.h"

#include <string.h>

#include "backend/net/text.h"

#define SECONDS_KEPT ((int64_t)24 * 3600)
#define MINUTES_KEPT ((int64_t)90 * 24 * 60)

/* What one call of store_prune() may do: a day's arrears are worked off in a minute of calls. */
#define MINUTES_A_CALL 30
#define ROWS_A_CALL    2000

/* What a minute keeps the last of. */
#define LAST_COLUMNS "confirmed, write_rate, not_received_tx, not_applied_b, " SCENE_COLUMNS

static void bind_coord(struct sql *q, const struct binlog_coord *c)
{
    bool known = binlog_known(c);
    sql_text(q, known ? c->file : NULL);
    sql_opt_i64(q, (struct opt_i64){.known = known, .v = (int64_t)c->pos});
}

static void bind_thread(struct sql *q, enum db_thread t)
{
    sql_opt_i64(q, (struct opt_i64){.known = t != DB_THREAD_UNKNOWN, .v = t});
}

static void bind_scene(struct sql *q, const struct store_sample *s)
{
    bind_coord(q, &s->primary);
    bind_coord(q, &s->received);
    bind_coord(q, &s->applied);
    bind_thread(q, s->receiver);
    bind_thread(q, s->applier);
    sql_opt_f64(q, s->lag_at_least_s);
    sql_opt_i64(q, s->unseen_min_b);
    sql_opt_i64(q, s->unseen_max_b);
    sql_opt_i64(q, s->last_good_wall_ms);
    sql_opt_i64(q, s->first_bad_wall_ms);
    sql_opt_i64(q, s->app_status);
    sql_opt_i64(q, (struct opt_i64){.known = s->app_status.known, .v = s->app_ok});
    sql_text(q, s->tunnels[0] ? s->tunnels : NULL);
}

bool store_sample_put(struct store *st, const struct store_sample *s, struct error *err)
{
    struct sql q =
        sql_begin(st, "INSERT OR REPLACE INTO sample (at_s, lag_s, rtt_ms,"
                      " write_rate, not_received_b, not_received_tx, not_applied_b,"
                      " verdict, confirmed, " SCENE_COLUMNS ") VALUES (?, ?, ?, ?, ?,"
                      " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    sql_i64(&q, s->at_wall_ms / 1000);
    sql_opt_f64(&q, s->lag_s);
    sql_opt_f64(&q, s->rtt_ms);
    sql_opt_f64(&q, s->write_rate);
    sql_opt_i64(&q, s->not_received_b);
    sql_opt_i64(&q, s->not_received_tx);
    sql_opt_i64(&q, s->not_applied_b);
    sql_text(&q, verdict_key(s->verdict));
    sql_i64(&q, s->confirmed);
    bind_scene(&q, s);
    return sql_run(&q, err);
}

/* A position without a file, or below 0, is none. */
static struct binlog_coord read_coord(const struct sql *q, int i)
{
    struct binlog_coord c = {0};
    struct opt_i64 pos = sql_col_opt_i64(q, i + 1);
    if (pos.known && pos.v >= 0) {
        sql_col_text(q, i, c.file, sizeof c.file);
        c.pos = (uint64_t)pos.v;
    }
    return c;
}

static enum db_thread read_thread(const struct sql *q, int i)
{
    int64_t v = sql_col_i64(q, i);
    return v >= DB_THREAD_UNKNOWN && v <= DB_THREAD_YES ? (enum db_thread)v : DB_THREAD_UNKNOWN;
}

void store_sample_read(const struct sql *q, struct store_sample *out)
{
    struct store_sample s = {.at_wall_ms = sql_col_i64(q, 0) * 1000,
                             .lag_s = sql_col_opt_f64(q, 1),
                             .rtt_ms = sql_col_opt_f64(q, 2),
                             .write_rate = sql_col_opt_f64(q, 3),
                             .not_received_b = sql_col_opt_i64(q, 4),
                             .not_received_tx = sql_col_opt_i64(q, 5),
                             .not_applied_b = sql_col_opt_i64(q, 6),
                             .confirmed = sql_col_i64(q, 8) != 0,
                             .primary = read_coord(q, 9),
                             .received = read_coord(q, 11),
                             .applied = read_coord(q, 13),
                             .receiver = read_thread(q, 15),
                             .applier = read_thread(q, 16),
                             .lag_at_least_s = sql_col_opt_f64(q, 17),
                             .unseen_min_b = sql_col_opt_i64(q, 18),
                             .unseen_max_b = sql_col_opt_i64(q, 19),
                             .last_good_wall_ms = sql_col_opt_i64(q, 20),
                             .first_bad_wall_ms = sql_col_opt_i64(q, 21),
                             .app_status = sql_col_opt_i64(q, 22),
                             .app_ok = sql_col_i64(q, 23) != 0};
    if (!verdict_from_key(sql_col_raw(q, 7), &s.verdict)) {
        s.verdict = VERDICT_UNKNOWN; /* a newer drtop's */
    }
    *out = s;
    const char *tunnels = sql_col_raw(q, 24);
    if (strlen(tunnels) < sizeof out->tunnels) {
        (void)text_copy(out->tunnels, sizeof out->tunnels, tunnels);
    }
}

/* The first minute that has seconds and comes after all that are made. What a clock that ran ahead
 * has left in the future does not count. */
static bool next_minute(struct store *st, int64_t before_min, struct opt_i64 *out,
                        struct error *err)
{
    struct sql q =
        sql_begin(st, "SELECT min(at_s) / 60 FROM sample WHERE at_s < ?1 * 60 AND at_s >= 60 *"
                      " (SELECT coalesce(max(at_min) + 1, 0) FROM sample_minute"
                      "  WHERE at_min < ?1)");
    sql_i64(&q, before_min);
    struct opt_i64 minute = sql_row(&q) ? sql_col_opt_i64(&q, 0) : (struct opt_i64){0};
    if (!sql_end(&q, err)) {
        return false;
    }
    *out = minute;
    return true;
}

/* The verdict of a minute is the gravest of its seconds; enum verdict_kind is in that order. */
static bool gravest(struct store *st, int64_t minute, enum verdict_kind *out, struct error *err)
{
    struct sql q = sql_begin(st, "SELECT DISTINCT verdict FROM sample"
                                 " WHERE at_s >= ?1 * 60 AND at_s < (?1 + 1) * 60");
    sql_i64(&q, minute);
    enum verdict_kind worst = VERDICT_UNKNOWN, kind;
    while (sql_row(&q)) {
        if (verdict_from_key(sql_col_raw(&q, 0), &kind) && kind > worst) {
            worst = kind;
        }
    }
    *out = worst;
    return sql_end(&q, err);
}

static bool make_minute(struct store *st, int64_t minute, struct error *err)
{
    enum verdict_kind verdict;
    if (!gravest(st, minute, &verdict, err)) {
        return false;
    }
    struct sql q = sql_begin(
        st, "INSERT INTO sample_minute (at_min, n, lag_n, lag_min, lag_avg, lag_max, rtt_n,"
            " rtt_min, rtt_avg, rtt_max, not_received_n, not_received_min, not_received_avg,"
            " not_received_max, verdict, " LAST_COLUMNS ")"
            " SELECT a.*, ?2, " LAST_COLUMNS " FROM"
            " (SELECT ?1, count(*), count(lag_s), min(lag_s), avg(lag_s), max(lag_s),"
            " count(rtt_ms), min(rtt_ms), avg(rtt_ms), max(rtt_ms), count(not_received_b),"
            " min(not_received_b), avg(not_received_b), max(not_received_b)"
            " FROM sample WHERE at_s >= ?1 * 60 AND at_s < (?1 + 1) * 60) a,"
            " (SELECT * FROM sample WHERE at_s >= ?1 * 60 AND at_s < (?1 + 1) * 60"
            "  ORDER BY at_s DESC LIMIT 1)"
            " WHERE true ON CONFLICT (at_min) DO NOTHING");
    sql_i64(&q, minute);
    sql_text(&q, verdict_key(verdict));
    return sql_run(&q, err);
}

/* A second goes only after its minute has been made. */
static bool drop_seconds(struct store *st, int64_t before_s, struct error *err)
{
    struct sql q = sql_begin(
        st, "DELETE FROM sample WHERE at_s IN (SELECT at_s FROM sample WHERE at_s < ?1"
            " AND EXISTS (SELECT 1 FROM sample_minute WHERE at_min = at_s / 60)"
            " ORDER BY at_s LIMIT ?2)");
    sql_i64(&q, before_s);
    sql_i64(&q, ROWS_A_CALL);
    return sql_run(&q, err);
}

static bool drop_minutes(struct store *st, int64_t before_min, struct error *err)
{
    struct sql q = sql_begin(st, "DELETE FROM sample_minute WHERE at_min IN"
                                 " (SELECT at_min FROM sample_minute WHERE at_min < ?"
                                 "  ORDER BY at_min LIMIT ?)");
    sql_i64(&q, before_min);
    sql_i64(&q, ROWS_A_CALL);
    return sql_run(&q, err);
}

bool store_prune(struct store *st, int64_t wall_ms, struct error *err)
{
    int64_t now_s = wall_ms / 1000, now_min = now_s / 60;
    for (int i = 0; i < MINUTES_A_CALL; i++) {
        struct opt_i64 minute;
        if (!next_minute(st, now_min, &minute, err)) {
            return false;
        }
        if (!minute.known) {
            break;
        }
        if (!make_minute(st, minute.v, err)) {
            return false;
        }
    }
    return drop_seconds(st, now_s - SECONDS_KEPT, err) &&
           drop_minutes(st, now_min - MINUTES_KEPT, err);
}
