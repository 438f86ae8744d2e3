/* What the files of the store share: one statement from preparing to its end, and reasons in words.
 * Private to backend/record/store*.c. */
#ifndef DRTOP_RECORD_STORE_DB_H
#define DRTOP_RECORD_STORE_DB_H

#include "backend/record/store.h"

#include <sqlite3.h>
#include <sys/stat.h>

/* Statements that a connection keeps prepared: of what is asked every second there are fewer. */
#define STORE_KEPT_MAX 24

struct store {
    sqlite3 *db;
    sqlite3_stmt *kept[STORE_KEPT_MAX]; /* not in use, oldest first */
    size_t n_kept;
    char *path;
    enum store_mode mode;
    int schema;        /* of the file */
    bool immutable;    /* opened as a file that nobody writes: see store_file.c */
    struct stat found; /* the file as it was then */
    bool in_transaction;
    bool locked;  /* the last failure was a lock */
    bool durable; /* the level of `synchronous` that is set */
    int64_t version, data_version;
};

/* store_file.c: the file and its folder. */
bool store_file_make(const char *path, struct error *err);
bool store_file_new(const char *path, struct error *err); /* in a folder that is there */
/* Does nobody write it, and has nobody since found? */
bool store_file_rests(const char *path, const struct stat *found);
/* A database handle, or NULL with err set. */
sqlite3 *store_file_open(const char *path, enum store_mode mode, bool *out_immutable,
                         struct stat *out_found, struct error *err);

/* Says in words why the last call on the handle failed (rc), with the path; returns false. */
bool store_failed(struct store *st, int rc, struct error *err);
bool store_db_failed(sqlite3 *db, const char *path, int rc, struct error *err);

/* Frees the statements that are kept; and closes the connection as well. */
void store_drop_kept(struct store *st);
void store_disconnect(struct store *st);

/* Statements without parameters and rows. */
bool store_exec(struct store *st, const char *statements, struct error *err);

/* One statement. A failure at any point is remembered and comes out of sql_end(), so that what is
 * between need not ask. */
struct sql {
    struct store *st;
    sqlite3_stmt *stmt;
    int param;
    int rc;
};
struct sql sql_begin(struct store *st, const char *text);

/* Bind the next parameter. Texts must live until sql_end(). */
void sql_i64(struct sql *q, int64_t v);
void sql_text(struct sql *q, const char *v); /* NULL is NULL */
void sql_opt_i64(struct sql *q, struct opt_i64 v);
void sql_opt_f64(struct sql *q, struct opt_f64 v);

/* Is there a (next) row? */
bool sql_row(struct sql *q);

/* Columns of the row, from 0. Texts come out sanitised. */
int64_t sql_col_i64(const struct sql *q, int i);
struct opt_i64 sql_col_opt_i64(const struct sql *q, int i);
struct opt_f64 sql_col_opt_f64(const struct sql *q, int i);
void sql_col_text(const struct sql *q, int i, char *out, size_t out_size);
const char *sql_col_raw(const struct sql *q, int i); /* "" for NULL; until the next row */

/* Ends it; false with err set when anything had failed. */
bool sql_end(struct sql *q, struct error *err);
/* Runs it to its end and ends it. */
bool sql_run(struct sql *q, struct error *err);

/* store_lease_take() and its end for another table of the same shape; table is a name of ours. */
enum store_lease_state store_lease_take_in(struct store *st, const char *table,
                                           const struct store_lease *mine, int64_t wall_ms,
                                           struct error *err);
void store_lease_release_in(struct store *st, const char *table,
                            const struct store_lease *mine);

/* The id of the incident that is open, or "". */
bool store_incident_open(struct store *st, char out[INCIDENT_ID_MAX], struct error *err);

/* An event of an alert; the second of one kind and alert is none. */
bool store_event_once(struct store *st, int64_t alert, const struct event *e,
                      struct error *err);

/* What store_sample_read() reads, from `sample` and, with the worst lag of the minute, from
 * `sample_minute`; and from a store of before schema 3, which had less. */
#define SCENE_COLUMNS                                                                          \
    "primary_file, primary_pos, received_file, received_pos, applied_file, applied_pos,"       \
    " receiver, applier, lag_at_least_s, unseen_min_b, unseen_max_b, last_good_ms,"            \
    " first_bad_ms, app_status, app_ok, tunnels"
#define SCENE_COLUMNS_2                                                                        \
    "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,"      \
    " NULL, NULL"
#define SAMPLE_FIGURES                                                                         \
    "at_s, lag_s, rtt_ms, write_rate, not_received_b, not_received_tx, not_applied_b,"         \
    " verdict, confirmed, "
#define SAMPLE_COLUMNS   SAMPLE_FIGURES SCENE_COLUMNS
#define SAMPLE_COLUMNS_2 SAMPLE_FIGURES SCENE_COLUMNS_2
#define MINUTE_COLUMNS                                                                         \
    "at_min * 60, lag_max, rtt_max, write_rate, not_received_max, not_received_tx,"            \
    " not_applied_b, verdict, confirmed, " SCENE_COLUMNS
#define MINUTE_COLUMNS_2                                                                       \
    "at_min * 60, lag_max, rtt_max, NULL, not_received_max, NULL, NULL, verdict, "             \
    "1, " SCENE_COLUMNS_2

void store_sample_read(const struct sql *q, struct store_sample *out);

/* Has the file the columns of schema 3? A store that is only read may be older. */
static inline bool store_has_scenes(const struct store *st)
{
    return st->schema >= 3;
}

/* Rows of other tables. False for one that a newer drtop wrote in words that this one does not
 * know. */
#define ALERT_COLUMNS                                                                          \
    "id, kind, subject, severity, state, began_ms, opened_ms, acked_ms, closed_ms, flapping, " \
    "muted, peak, text, incident, acked_by, comment"
bool store_alert_read(const struct sql *q, struct store_alert *out);
#define EVENT_COLUMNS "id, at_ms, kind, incident, who, text"
bool store_event_read(const struct sql *q, struct event *out);

/* Ends a statement that selects took_ms and started_ms of runs that ended well, newest first, at most
 * STORE_RUNS_MAX, and learns from them. *out stays as it was on failure. */
#define STORE_RUNS_MAX 200 /* older pipelines tell little about today's */
bool store_runs_read(struct sql *q, struct rto_runs *out, struct error *err);

#endif
