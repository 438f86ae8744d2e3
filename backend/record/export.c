#include "backend/record/export.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/mem.h"
#include "backend/record/store_then.h"

#define AROUND_MS INT64_C(900000) /* before its beginning, and after its end */
#define TEXT_MAX  8192

/* What becomes of a column when the file is shared. */
enum share_as {
    AS_IS,     /* a number, or a word of ours */
    AS_TEXT,   /* may name something */
    AS_JSON,   /* strings in it may */
    AS_PERSON, /* names somebody */
};

struct column {
    const char *name;
    enum share_as as;
};

struct table {
    const char *name;
    const char *where; /* ?1: from, ?2: until, in ms */
    struct column columns[40];
};

#define SCENE                                                                                  \
    {"primary_file", AS_TEXT}, {"primary_pos", AS_IS}, {"received_file", AS_TEXT},             \
        {"received_pos", AS_IS}, {"applied_file", AS_TEXT}, {"applied_pos", AS_IS},            \
        {"receiver", AS_IS}, {"applier", AS_IS}, {"lag_at_least_s", AS_IS},                    \
        {"unseen_min_b", AS_IS}, {"unseen_max_b", AS_IS}, {"last_good_ms", AS_IS},             \
        {"first_bad_ms", AS_IS}, {"app_status", AS_IS}, {"app_ok", AS_IS},                     \
    {                                                                                          \
        "tunnels", AS_JSON                                                                     \
    }

static const struct table tables[] = {
    {"sample",
     "at_s * 1000 BETWEEN ?1 AND ?2",
     {{"at_s", AS_IS},
      {"lag_s", AS_IS},
      {"rtt_ms", AS_IS},
      {"write_rate", AS_IS},
      {"not_received_b", AS_IS},
      {"not_received_tx", AS_IS},
      {"not_applied_b", AS_IS},
      {"verdict", AS_IS},
      {"confirmed", AS_IS},
      SCENE}},
    {"sample_minute",
     "at_min * 60000 BETWEEN ?1 AND ?2",
     {{"at_min", AS_IS},
      {"n", AS_IS},
      {"lag_n", AS_IS},
      {"lag_min", AS_IS},
      {"lag_avg", AS_IS},
      {"lag_max", AS_IS},
      {"rtt_n", AS_IS},
      {"rtt_min", AS_IS},
      {"rtt_avg", AS_IS},
      {"rtt_max", AS_IS},
      {"not_received_n", AS_IS},
      {"not_received_min", AS_IS},
      {"not_received_avg", AS_IS},
      {"not_received_max", AS_IS},
      {"verdict", AS_IS},
      {"confirmed", AS_IS},
      {"write_rate", AS_IS},
      {"not_received_tx", AS_IS},
      {"not_applied_b", AS_IS},
      SCENE}},
    {"incident",
     "opened_ms <= ?2 AND (closed_ms = 0 OR closed_ms >= ?1)",
     {{"id", AS_IS},
      {"opened_ms", AS_IS},
      {"closed_ms", AS_IS},
      {"severity", AS_IS},
      {"sentence", AS_TEXT}}},
    {"alert",
     "opened_ms <= ?2 AND (closed_ms = 0 OR closed_ms >= ?1)",
     {{"id", AS_IS},
      {"kind", AS_IS},
      {"subject", AS_IS},
      {"severity", AS_IS},
      {"state", AS_IS},
      {"began_ms", AS_IS},
      {"opened_ms", AS_IS},
      {"acked_ms", AS_IS},
      {"closed_ms", AS_IS},
      {"flapping", AS_IS},
      {"muted", AS_IS},
      {"peak", AS_IS},
      {"text", AS_TEXT},
      {"incident", AS_IS},
      {"acked_by", AS_PERSON},
      {"comment", AS_TEXT}}},
    /* The verdict that stood when the recording begins was said before. */
    {"event",
     "at_ms BETWEEN ?1 AND ?2 OR id = (SELECT id FROM event WHERE kind = 'verdict' AND"
     " at_ms < ?1 ORDER BY at_ms DESC, id DESC LIMIT 1)",
     {{"id", AS_IS},
      {"at_ms", AS_IS},
      {"kind", AS_IS},
      {"incident", AS_IS},
      {"alert", AS_IS},
      {"who", AS_PERSON},
      {"text", AS_TEXT},
      {"data", AS_JSON}}},
    {"run",
     "?1 <= ?2 AND started_ms <= ?2",
     {{"kind", AS_IS}, {"started_ms", AS_IS}, {"took_ms", AS_IS}, {"ok", AS_IS}}},
};
#define TABLES (sizeof tables / sizeof tables[0])

/* --- what is said of it */

static void share_json(const struct export_share *share, struct json_object *o)
{
    char text[TEXT_MAX];
    switch (json_object_get_type(o)) {
    case json_type_string:
        share->say(share->self, text, sizeof text, json_object_get_string(o));
        (void)json_object_set_string(o, text);
        break;
    case json_type_array:
        for (size_t i = 0; i < json_object_array_length(o); i++) {
            share_json(share, json_object_array_get_idx(o, i));
        }
        break;
    case json_type_object: {
        json_object_object_foreach(o, key, value)
        {
            (void)key; /* ours */
            share_json(share, value);
        }
        break;
    }
    default:
        break;
    }
}

/* Heap; NULL for what cannot be read, so that nothing slips through. */
static char *shared_json(const struct export_share *share, const char *text)
{
    struct json_object *o = json_tokener_parse(text);
    if (!o) {
        return NULL;
    }
    share_json(share, o);
    char *out = mem_strdup(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
    (void)json_object_put(o);
    return out;
}

static char *shared(const struct export_share *share, enum share_as as, const char *text)
{
    char out[TEXT_MAX];
    if (as == AS_JSON) {
        return shared_json(share, text);
    }
    if (as == AS_PERSON) {
        return mem_strdup(text[0] ? "somebody" : "");
    }
    share->say(share->self, out, sizeof out, text);
    return mem_strdup(out);
}

/* --- rows */

static int bind(sqlite3_stmt *put, int i, sqlite3_stmt *row, enum share_as as,
                const struct export_share *share)
{
    bool text = sqlite3_column_type(row, i) == SQLITE_TEXT;
    if (!share || as == AS_IS || !text) {
        return sqlite3_bind_value(put, i + 1, sqlite3_column_value(row, i));
    }
    char *said = shared(share, as, (const char *)sqlite3_column_text(row, i));
    int rc = sqlite3_bind_text(put, i + 1, said, -1, SQLITE_TRANSIENT);
    free(said);
    return rc;
}

static int columns_of(const struct table *t, char *out, size_t out_size)
{
    int n = 0;
    size_t at = 0;
    for (; t->columns[n].name; n++) {
        at += (size_t)snprintf(out + at, out_size - at, "%s%s", n ? ", " : "",
                               t->columns[n].name);
    }
    return n;
}

/* "?, ?, ?" */
static void marks(int n, char *out, size_t out_size)
{
    size_t at = 0;
    for (int i = 0; i < n; i++) {
        at += (size_t)snprintf(out + at, out_size - at, "%s", i ? ", ?" : "?");
    }
}

static bool copy_table(struct store *from, struct store *to, const struct table *t,
                       const int64_t span_ms[2], const struct export_share *share,
                       struct error *err)
{
    char names[1024], places[160], text[2048];
    int n = columns_of(t, names, sizeof names), rc = SQLITE_DONE;
    marks(n, places, sizeof places);
    (void)snprintf(text, sizeof text, "SELECT %s FROM %s WHERE %s", names, t->name, t->where);
    struct sql get = sql_begin(from, text);
    sql_i64(&get, span_ms[0]);
    sql_i64(&get, span_ms[1]);
    (void)snprintf(text, sizeof text, "INSERT INTO %s (%s) VALUES (%s)", t->name, names,
                   places);
    struct sql put = sql_begin(to, text);
    while (put.rc == SQLITE_OK && rc == SQLITE_DONE && sql_row(&get)) {
        (void)sqlite3_reset(put.stmt);
        for (int i = 0; i < n; i++) {
            (void)bind(put.stmt, i, get.stmt, t->columns[i].as, share);
        }
        rc = sqlite3_step(put.stmt);
    }
    bool written = rc == SQLITE_DONE || store_failed(to, rc, err);
    bool got = sql_end(&get, written ? err : NULL);
    return sql_end(&put, written && got ? err : NULL) && written && got;
}

/* Names of the pair and of the sites are kept: without them nobody knows what it is about; share->say
 * decides. */
static bool share_meta(struct store *to, const struct export_share *share, struct error *err)
{
    static const char *const keys[] = {"group", "primary", "dr", "tunnels"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct sql get = sql_begin(to, "SELECT value FROM meta WHERE key = ?");
        sql_text(&get, keys[i]);
        char *said = sql_row(&get)
                         ? shared(share, i == 3 ? AS_JSON : AS_TEXT, sql_col_raw(&get, 0))
                         : NULL;
        bool ok = sql_end(&get, err);
        struct sql put = sql_begin(to, "UPDATE meta SET value = ?1 WHERE key = ?2");
        sql_text(&put, said ? said : "");
        sql_text(&put, keys[i]);
        ok = sql_run(&put, err) && ok;
        free(said);
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool copy_all(struct store *from, struct store *to, const struct config *cfg,
                     const int64_t span_ms[2], const struct export_share *share,
                     struct error *err)
{
    if (!store_begin(to, true, err)) {
        return false;
    }
    bool ok = store_meta_put(to, cfg, err) && (!share || share_meta(to, share, err));
    for (size_t i = 0; ok && i < TABLES; i++) {
        ok = copy_table(from, to, &tables[i], span_ms, share, err);
    }
    if (ok && store_commit(to, err)) {
        return true;
    }
    store_rollback(to);
    return false;
}

/* --- which part */

static bool span_of(struct store *st, const char *id, int64_t out_ms[2], bool *out_found,
                    struct error *err)
{
    struct sql q = sql_begin(st, id ? "SELECT opened_ms, closed_ms FROM incident WHERE id = ?"
                                    : "SELECT opened_ms, closed_ms FROM incident"
                                      " ORDER BY opened_ms DESC LIMIT 1");
    if (id) {
        sql_text(&q, id);
    }
    bool found = sql_row(&q);
    int64_t opened_ms = found ? sql_col_i64(&q, 0) : 0, closed_ms = sql_col_i64(&q, 1);
    *out_found = found && opened_ms > 0 && opened_ms <= THEN_MAX_MS;
    out_ms[0] = opened_ms - AROUND_MS;
    out_ms[1] = closed_ms > 0 && closed_ms <= THEN_MAX_MS ? closed_ms + AROUND_MS : THEN_MAX_MS;
    return sql_end(&q, err);
}

enum report_end export_write(struct store *st, const struct config *cfg, const char *incident,
                             const struct export_share *share, const char *path,
                             struct error *err)
{
    int64_t span_ms[2];
    bool found;
    if (!store_has_scenes(st)) {
        error_set(err, "the history is of an older drtop: let this one record once");
        return REPORT_FAILED;
    }
    if (!span_of(st, incident, span_ms, &found, err)) {
        return REPORT_FAILED;
    }
    if (!found) {
        error_set(err, "no such incident on record: %.80s",
                  incident ? incident : "none at all");
        return REPORT_ABSENT;
    }
    struct store *to = store_open(path, STORE_RECORDING, err);
    if (!to) {
        return REPORT_FAILED;
    }
    bool ok = copy_all(st, to, cfg, span_ms, share, err);
    store_close(to);
    if (!ok) {
        (void)unlink(path);
    }
    return ok ? REPORT_DONE : REPORT_FAILED;
}
