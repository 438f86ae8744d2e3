/* The schema of the store, as the steps that lead to it: step i takes PRAGMA user_version from i to
 * i + 1. Steps that have been released are never changed. */
#include "backend/record/store_schema.h"

const char *const store_steps[] = {
    /* 0 -> 1 */
    "CREATE TABLE recorder ("
    " id INTEGER PRIMARY KEY CHECK (id = 1), token TEXT NOT NULL, who TEXT NOT NULL,"
    " beat_ms INTEGER NOT NULL) STRICT;"

    "CREATE TABLE incident ("
    " id TEXT PRIMARY KEY, opened_ms INTEGER NOT NULL, closed_ms INTEGER NOT NULL DEFAULT 0,"
    " severity TEXT NOT NULL, sentence TEXT NOT NULL DEFAULT '') STRICT;"
    "CREATE INDEX incident_opened ON incident (opened_ms);"

    "CREATE TABLE alert ("
    " id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject INTEGER NOT NULL,"
    " severity TEXT NOT NULL, state TEXT NOT NULL, began_ms INTEGER NOT NULL,"
    " opened_ms INTEGER NOT NULL, acked_ms INTEGER NOT NULL DEFAULT 0,"
    " closed_ms INTEGER NOT NULL DEFAULT 0, flapping INTEGER NOT NULL DEFAULT 0,"
    " muted INTEGER NOT NULL DEFAULT 0, peak REAL, text TEXT NOT NULL,"
    " incident TEXT NOT NULL, acked_by TEXT NOT NULL DEFAULT '',"
    " comment TEXT NOT NULL DEFAULT '', UNIQUE (kind, subject, opened_ms)) STRICT;"
    "CREATE INDEX alert_opened ON alert (opened_ms);"
    "CREATE INDEX alert_open ON alert (id) WHERE state <> 'closed';"

    "CREATE TABLE event ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, kind TEXT NOT NULL,"
    " incident TEXT NOT NULL DEFAULT '', alert INTEGER, who TEXT NOT NULL DEFAULT '',"
    " text TEXT NOT NULL, data TEXT) STRICT;"
    "CREATE INDEX event_incident ON event (incident, id);"
    "CREATE UNIQUE INDEX event_once ON event (alert, kind) WHERE alert IS NOT NULL;"

    "CREATE TABLE sample ("
    " at_s INTEGER PRIMARY KEY, lag_s REAL, rtt_ms REAL, write_rate REAL,"
    " not_received_b INTEGER, not_received_tx INTEGER, not_applied_b INTEGER,"
    " verdict TEXT NOT NULL, confirmed INTEGER NOT NULL) STRICT;"
    "CREATE TABLE sample_minute ("
    " at_min INTEGER PRIMARY KEY, n INTEGER NOT NULL,"
    " lag_n INTEGER NOT NULL, lag_min REAL, lag_avg REAL, lag_max REAL,"
    " rtt_n INTEGER NOT NULL, rtt_min REAL, rtt_avg REAL, rtt_max REAL,"
    " not_received_n INTEGER NOT NULL, not_received_min INTEGER, not_received_avg REAL,"
    " not_received_max INTEGER,"
    " verdict TEXT NOT NULL) STRICT;"

    "CREATE TABLE memory ("
    " id INTEGER PRIMARY KEY CHECK (id = 1), last_good_ms INTEGER, first_bad_ms INTEGER,"
    " primary_at_ms INTEGER, primary_file TEXT, primary_pos INTEGER, primary_gtid TEXT) STRICT;"

    "CREATE TABLE run ("
    " id INTEGER PRIMARY KEY, kind TEXT NOT NULL, started_ms INTEGER NOT NULL,"
    " took_ms INTEGER NOT NULL, ok INTEGER NOT NULL) STRICT;"

    /* The queue of notifications. id is what the receiver sees, and stays the same. */
    "CREATE TABLE message ("
    " id TEXT PRIMARY KEY, incident TEXT NOT NULL, what TEXT NOT NULL, channel TEXT NOT NULL,"
    " recipient TEXT NOT NULL DEFAULT '', body TEXT NOT NULL, created_ms INTEGER NOT NULL,"
    " due_ms INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0,"
    " state TEXT NOT NULL DEFAULT 'queued', done_ms INTEGER NOT NULL DEFAULT 0,"
    " error TEXT NOT NULL DEFAULT '') STRICT;"
    "CREATE INDEX message_due ON message (due_ms) WHERE state = 'queued';"
    "CREATE INDEX message_incident ON message (incident);",

    /* 1 -> 2: the journal of the failover */
    "CREATE TABLE failover_lease ("
    " id INTEGER PRIMARY KEY CHECK (id = 1), token TEXT NOT NULL, who TEXT NOT NULL,"
    " beat_ms INTEGER NOT NULL) STRICT;"

    "CREATE TABLE attempt ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, request_id TEXT NOT NULL UNIQUE,"
    " state TEXT NOT NULL, drill INTEGER NOT NULL, joined INTEGER NOT NULL, verb TEXT NOT NULL,"
    " job TEXT NOT NULL, operator TEXT NOT NULL, second TEXT NOT NULL, reason TEXT NOT NULL,"
    " incident TEXT NOT NULL, facts_hash INTEGER NOT NULL, parameters TEXT NOT NULL,"
    " preflight TEXT NOT NULL, promised TEXT NOT NULL, intended_ms INTEGER NOT NULL,"
    " sent_ms INTEGER NOT NULL DEFAULT 0, ended_ms INTEGER NOT NULL DEFAULT 0,"
    " posts INTEGER NOT NULL DEFAULT 0, queue_id INTEGER, build INTEGER,"
    " boot TEXT NOT NULL DEFAULT '', result INTEGER NOT NULL DEFAULT 0,"
    " outcome TEXT NOT NULL DEFAULT 'pending', said TEXT NOT NULL DEFAULT '',"
    " promotion_file TEXT NOT NULL DEFAULT '', promotion_pos INTEGER NOT NULL DEFAULT 0,"
    " acked_by TEXT NOT NULL DEFAULT '', ack_comment TEXT NOT NULL DEFAULT '',"
    " acked_ms INTEGER NOT NULL DEFAULT 0) STRICT;"

    "CREATE TABLE attempt_phase ("
    " attempt INTEGER NOT NULL, phase TEXT NOT NULL, took_ms INTEGER NOT NULL,"
    " ok INTEGER NOT NULL, PRIMARY KEY (attempt, phase)) STRICT;"

    "CREATE TABLE second ("
    " id INTEGER PRIMARY KEY CHECK (id = 1), asked_by TEXT NOT NULL, challenge TEXT NOT NULL,"
    " asked_ms INTEGER NOT NULL, answered_by TEXT NOT NULL DEFAULT '',"
    " answered_ms INTEGER NOT NULL DEFAULT 0) STRICT;",

    /* 2 -> 3: what a picture of the moment needs */
    "ALTER TABLE sample ADD COLUMN primary_file TEXT;"
    "ALTER TABLE sample ADD COLUMN primary_pos INTEGER;"
    "ALTER TABLE sample ADD COLUMN received_file TEXT;"
    "ALTER TABLE sample ADD COLUMN received_pos INTEGER;"
    "ALTER TABLE sample ADD COLUMN applied_file TEXT;"
    "ALTER TABLE sample ADD COLUMN applied_pos INTEGER;"
    "ALTER TABLE sample ADD COLUMN receiver INTEGER;"
    "ALTER TABLE sample ADD COLUMN applier INTEGER;"
    "ALTER TABLE sample ADD COLUMN lag_at_least_s REAL;"
    "ALTER TABLE sample ADD COLUMN unseen_min_b INTEGER;"
    "ALTER TABLE sample ADD COLUMN unseen_max_b INTEGER;"
    "ALTER TABLE sample ADD COLUMN last_good_ms INTEGER;"
    "ALTER TABLE sample ADD COLUMN first_bad_ms INTEGER;"
    "ALTER TABLE sample ADD COLUMN app_status INTEGER;"
    "ALTER TABLE sample ADD COLUMN app_ok INTEGER;"
    "ALTER TABLE sample ADD COLUMN tunnels TEXT;"

    "ALTER TABLE sample_minute ADD COLUMN confirmed INTEGER;"
    "ALTER TABLE sample_minute ADD COLUMN write_rate REAL;"
    "ALTER TABLE sample_minute ADD COLUMN not_received_tx INTEGER;"
    "ALTER TABLE sample_minute ADD COLUMN not_applied_b INTEGER;"
    "ALTER TABLE sample_minute ADD COLUMN primary_file TEXT;"
    "ALTER TABLE sample_minute ADD COLUMN primary_pos INTEGER;"
    "ALTER TABLE sample_minute ADD COLUMN received_file TEXT;"
    "ALTER TABLE sample_minute ADD COLUMN received_pos INTEGER;"
    "ALTER TABLE sample_minute ADD COLUMN applied_file TEXT;"
    "ALTER TABLE sample_minute ADD COLUMN applied_pos INTEGER;"
    "ALTER TABLE sample_minute ADD COLUMN receiver INTEGER;"
    "ALTER TABLE sample_minute ADD COLUMN applier INTEGER;"
    "ALTER TABLE sample_minute ADD COLUMN lag_at_least_s REAL;"
    "ALTER TABLE sample_minute ADD COLUMN unseen_min_b INTEGER;"
    "ALTER TABLE sample_minute ADD COLUMN unseen_max_b INTEGER;"
    "ALTER TABLE sample_minute ADD COLUMN last_good_ms INTEGER;"
    "ALTER TABLE sample_minute ADD COLUMN first_bad_ms INTEGER;"
    "ALTER TABLE sample_minute ADD COLUMN app_status INTEGER;"
    "ALTER TABLE sample_minute ADD COLUMN app_ok INTEGER;"
    "ALTER TABLE sample_minute ADD COLUMN tunnels TEXT;"

    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
    "CREATE INDEX event_at ON event (at_ms, id);"
    "CREATE INDEX event_verdict ON event (at_ms, id) WHERE kind = 'verdict';",
};
const int store_steps_n = (int)(sizeof store_steps / sizeof store_steps[0]);
