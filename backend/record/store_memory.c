/* What a start in mid-outage needs, and the runs that the deadline is learned from. */
#include "backend/record/store_db.h"

#include <stdlib.h>

#include "backend/mem.h"

bool store_memory_put(struct store *st, const struct store_memory *m, struct error *err)
{
    bool seen = m->primary_at_wall_ms.known;
    struct sql q = sql_begin(
        st, "INSERT OR REPLACE INTO memory (id, last_good_ms, first_bad_ms, primary_at_ms,"
            " primary_file, primary_pos, primary_gtid) VALUES (1, ?, ?, ?, ?, ?, ?)");
    sql_opt_i64(&q, m->rto.last_good_wall_ms);
    sql_opt_i64(&q, m->rto.first_bad_wall_ms);
    sql_opt_i64(&q, m->primary_at_wall_ms);
    sql_text(&q, seen ? m->primary.file : NULL);
    sql_opt_i64(&q, (struct opt_i64){.known = seen, .v = (int64_t)m->primary.pos});
    sql_text(&q, seen ? m->gtid : NULL);
    return sql_run(&q, err);
}

bool store_runs_read(struct sql *q, struct rto_runs *out, struct error *err)
{
    int64_t took_ms[STORE_RUNS_MAX];
    size_t n = 0;
    struct opt_i64 last_wall_ms = {0}, last_took_ms = {0};
    while (n < STORE_RUNS_MAX && sql_row(q)) {
        if (n == 0) {
            last_took_ms = opt_i64(sql_col_i64(q, 0));
            last_wall_ms = opt_i64(sql_col_i64(q, 1));
        }
        took_ms[n++] = sql_col_i64(q, 0);
    }
    if (!sql_end(q, err)) {
        return false;
    }
    *out = n > 0 ? rto_learn(took_ms, n) : (struct rto_runs){0};
    out->last_wall_ms = last_wall_ms;
    out->last_took_ms = last_took_ms;
    return true;
}

static bool read_runs(struct store *st, struct rto_runs *out, struct error *err)
{
    struct sql q = sql_begin(st, "SELECT took_ms, started_ms FROM run WHERE ok = 1"
                                 " ORDER BY started_ms DESC, id DESC LIMIT ?");
    sql_i64(&q, STORE_RUNS_MAX);
    return store_runs_read(&q, out, err);
}

bool store_memory_get(struct store *st, struct store_memory *out, struct error *err)
{
    struct store_memory m = {0};
    if (!read_runs(st, &m.runs, err)) {
        return false;
    }
    struct sql q = sql_begin(st, "SELECT last_good_ms, first_bad_ms, primary_at_ms,"
                                 " primary_file, primary_pos, primary_gtid FROM memory");
    if (sql_row(&q)) {
        m.rto.last_good_wall_ms = sql_col_opt_i64(&q, 0);
        m.rto.first_bad_wall_ms = sql_col_opt_i64(&q, 1);
        m.primary_at_wall_ms = sql_col_opt_i64(&q, 2);
        sql_col_text(&q, 3, m.primary.file, sizeof m.primary.file);
        m.primary.pos = (uint64_t)sql_col_i64(&q, 4);
        m.gtid = sql_col_raw(&q, 5)[0] ? mem_strdup(sql_col_raw(&q, 5)) : NULL;
    }
    if (!sql_end(&q, err)) {
        free(m.gtid);
        return false;
    }
    *out = m;
    return true;
}

bool store_run_put(struct store *st, const char *kind, int64_t started_wall_ms, int64_t took_ms,
                   bool ok, struct error *err)
{
    struct sql q =
        sql_begin(st, "INSERT INTO run (kind, started_ms, took_ms, ok) VALUES (?, ?, ?, ?)");
    sql_text(&q, kind);
    sql_i64(&q, started_wall_ms);
    sql_i64(&q, took_ms);
    sql_i64(&q, ok);
    return sql_run(&q, err);
}
