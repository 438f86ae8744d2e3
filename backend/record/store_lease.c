/* Who writes. The clock of the lease is the wall, since it has to be read by processes that share
 * nothing else; they share the host, and so the wall. */
#include "backend/record/store_db.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"

#define RECORDER "recorder"

struct lease_row {
    char token[sizeof((struct store_lease *)0)->token];
    char who[ALERT_WHO_MAX];
    int64_t beat_ms; /* 0: free */
};

static bool read_row(struct store *st, const char *table, struct lease_row *out,
                     struct error *err)
{
    struct lease_row row = {0};
    char text[128];
    (void)snprintf(text, sizeof text, "SELECT token, who, beat_ms FROM %s WHERE id = 1", table);
    struct sql q = sql_begin(st, text);
    if (sql_row(&q)) {
        (void)text_copy(row.token, sizeof row.token, sql_col_raw(&q, 0));
        sql_col_text(&q, 1, row.who, sizeof row.who);
        row.beat_ms = sql_col_i64(&q, 2);
    }
    if (!sql_end(&q, err)) {
        return false;
    }
    *out = row;
    return true;
}

/* A beat from the future is one from before the clock was set back: it proves nothing. */
static bool is_theirs(const struct lease_row *row, const struct store_lease *mine,
                      int64_t wall_ms)
{
    int64_t age_ms = wall_ms - row->beat_ms;
    return row->beat_ms != 0 && strcmp(row->token, mine->token) != 0 &&
           age_ms <= STORE_LEASE_MS && age_ms >= -STORE_LEASE_MS;
}

static bool write_row(struct store *st, const char *table, const struct store_lease *mine,
                      int64_t wall_ms, struct error *err)
{
    char who[ALERT_WHO_MAX], text[256];
    (void)text_clean_str(who, sizeof who, mine->who);
    (void)snprintf(text, sizeof text,
                   "INSERT INTO %s (id, token, who, beat_ms) VALUES (1, ?, ?, ?)"
                   " ON CONFLICT (id) DO UPDATE SET token = excluded.token,"
                   " who = excluded.who, beat_ms = excluded.beat_ms",
                   table);
    struct sql q = sql_begin(st, text);
    sql_text(&q, mine->token);
    sql_text(&q, who);
    sql_i64(&q, wall_ms);
    return sql_run(&q, err);
}

enum store_lease_state store_lease_take_in(struct store *st, const char *table,
                                           const struct store_lease *mine, int64_t wall_ms,
                                           struct error *err)
{
    struct lease_row row;
    if (!read_row(st, table, &row, err)) {
        return LEASE_FAILED;
    }
    if (is_theirs(&row, mine, wall_ms)) {
        return LEASE_THEIRS; /* seen without asking for the lock that its holder needs */
    }
    if (!store_begin(st, false, err)) {
        return LEASE_FAILED;
    }
    enum store_lease_state state = LEASE_FAILED;
    if (read_row(st, table, &row, err)) {
        if (is_theirs(&row, mine, wall_ms)) {
            state = LEASE_THEIRS;
        } else if (write_row(st, table, mine, wall_ms, err) && store_commit(st, err)) {
            return LEASE_OURS;
        }
    }
    store_rollback(st);
    return state;
}

enum store_lease_state store_lease_take(struct store *st, const struct store_lease *mine,
                                        int64_t wall_ms, struct error *err)
{
    return store_lease_take_in(st, RECORDER, mine, wall_ms, err);
}

bool store_lease_holds(struct store *st, const struct store_lease *mine, struct error *err)
{
    struct lease_row row;
    if (!read_row(st, RECORDER, &row, err)) {
        return false;
    }
    if (row.beat_ms == 0 || strcmp(row.token, mine->token) != 0) {
        error_set(err, "another drtop records now: %s", row.who);
        return false;
    }
    return true;
}

bool store_lease_renew(struct store *st, const struct store_lease *mine, int64_t wall_ms,
                       struct error *err)
{
    return store_lease_holds(st, mine, err) && write_row(st, RECORDER, mine, wall_ms, err);
}

void store_lease_release(struct store *st, const struct store_lease *mine)
{
    store_lease_release_in(st, RECORDER, mine);
}

void store_lease_release_in(struct store *st, const char *table, const struct store_lease *mine)
{
    char text[128];
    if (!store_begin(st, false, NULL)) {
        return;
    }
    (void)snprintf(text, sizeof text,
                   "UPDATE %s SET token = '', beat_ms = 0 WHERE id = 1 AND token = ?", table);
    struct sql q = sql_begin(st, text);
    sql_text(&q, mine->token);
    if (!sql_run(&q, NULL) || !store_commit(st, NULL)) {
        store_rollback(st);
    }
}

bool store_lease_read(struct store *st, char who[ALERT_WHO_MAX], int64_t *out_beat_wall_ms,
                      struct error *err)
{
    struct lease_row row;
    if (!read_row(st, RECORDER, &row, err)) {
        return false;
    }
    memcpy(who, row.who, sizeof row.who);
    *out_beat_wall_ms = row.beat_ms;
    return true;
}
