/* The history of one pair on disk: an SQLite file in the state directory, in WAL mode, shared by
 * every drtop of this host that watches the pair. One struct store is one connection and belongs
 * to one thread; each thread and each process opens its own. Every call waits at most
 * STORE_BUSY_MS for others and then fails with a reason; none of them loses what was committed.
 *
 * Times are Unix milliseconds (wall), because they outlive processes and reboots. */
#ifndef DRTOP_RECORD_STORE_H
#define DRTOP_RECORD_STORE_H

#include "backend/config.h"
#include "backend/error.h"
#include "backend/fact/opt.h"
#include "backend/mysql/facts.h"
#include "backend/verdict/alert.h"
#include "backend/verdict/rto.h"
#include "backend/verdict/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_BUSY_MS 1000
#define STORE_SCHEMA  3 /* newest this program knows; backend/record/store_schema.c */

struct store;

enum store_mode {
    STORE_READ,      /* never writes, not even a schema */
    STORE_WRITE,     /* creates what is missing and migrates an older schema */
    STORE_RECORDING, /* a new file, mode 0600, never one that is there; it has no -wal beside it, so
                        that it is whole by itself after every transaction */
};

/* Where the history of this configuration lies: record.directory, else $STATE_DIRECTORY (systemd),
 * else $XDG_STATE_HOME/drtop, else ~/.local/state/drtop; in it one file a group. False with err set
 * when no such place is known. Creates nothing. */
bool store_path(const struct config *cfg, char *out, size_t out_size, struct error *err);

/* Opens it; NULL with err set. The directory is made, mode 0700, the file 0600. A schema newer than
 * STORE_SCHEMA opens, but only to read: store_is_newer(). */
struct store *store_open(const char *path, enum store_mode mode, struct error *err);
void store_close(struct store *st); /* NULL is allowed */
bool store_is_newer(const struct store *st);
/* Was the last failure only that others kept it locked? Then it is as good as before. */
bool store_is_locked(const struct store *st);

/* Grows whenever any process has committed something (PRAGMA data_version and own commits), so
 * that a viewer reads again only when there is something to read. False when unreadable, and when
 * the file is no longer where it was. STORE_READ: call it before reading, since it also notices
 * that somebody has begun to write. */
bool store_version(struct store *st, int64_t *out, struct error *err);

/* --- transactions: one at a time, IMMEDIATE. durable: fsync at commit, so that a power cut loses
 * nothing either; else only what a killed process cannot lose. */
bool store_begin(struct store *st, bool durable, struct error *err);
bool store_commit(struct store *st, struct error *err);
void store_rollback(struct store *st);

/* --- who writes: a lease, renewed every second; a holder that does not renew for
 * STORE_LEASE_MS (killed, stopped, cut off from the disk) has lost it to the next who asks. Its
 * token fences: what a former holder writes late fails. */
#define STORE_LEASE_MS 3000
struct store_lease {
    char token[40];          /* random, ours */
    char who[ALERT_WHO_MAX]; /* "drtop record, pid 4711, user root, host noc1" */
};
enum store_lease_state { LEASE_OURS, LEASE_THEIRS, LEASE_FAILED };

/* Takes a free or lost lease, or renews ours, in a transaction of its own. */
enum store_lease_state store_lease_take(struct store *st, const struct store_lease *mine,
                                        int64_t wall_ms, struct error *err);
/* Inside a transaction: still ours? Everything a recorder writes begins with this. */
bool store_lease_holds(struct store *st, const struct store_lease *mine, struct error *err);
/* Renews a lease that is still ours, within the caller's transaction. */
bool store_lease_renew(struct store *st, const struct store_lease *mine, int64_t wall_ms,
                       struct error *err);
/* Gives it up at once. */
void store_lease_release(struct store *st, const struct store_lease *mine);
/* Who holds it or held it last, and when they renewed it (0: they gave it up, or nobody ever
 * held it). */
bool store_lease_read(struct store *st, char who[ALERT_WHO_MAX], int64_t *out_beat_wall_ms,
                      struct error *err);

/* --- alerts */
struct store_alert {
    int64_t id;         /* of the store; 0: not stored */
    struct alert alert; /* its monotonic times are 0: reckon them from the wall times */
};

/* Inserts or updates, found by kind, subject and opened_wall_ms, and adds the event of every
 * transition that has none yet (opened, acknowledged, closed). What the store has as acknowledged
 * or closed stays so. Inside a transaction. */
bool store_alert_put(struct store *st, const struct alert *a, struct error *err);

/* The newest n, oldest first. Returns how many, or -1. */
int store_alerts(struct store *st, struct store_alert *out, int n, struct error *err);
/* Those not closed. */
int store_alerts_open(struct store *st, struct store_alert *out, int n, struct error *err);

/* Acknowledges an open alert by its id, in a transaction of its own; any process may. False with
 * err set, also when it is closed or acknowledged already. */
bool store_alert_acknowledge(struct store *st, int64_t id, const char *who, const char *comment,
                             int64_t wall_ms, struct error *err);

/* --- incidents; closed_wall_ms 0 while open. Inserts or updates, and adds the events of its
 * beginning and its end once. Inside a transaction. */
bool store_incident_put(struct store *st, const struct incident *i, const char *sentence,
                        struct error *err);
/* The one that is open, else the newest; id "" when there has been none. */
bool store_incident_newest(struct store *st, struct incident *out, struct error *err);

/* --- the timeline */
enum event_kind {
    EVENT_VERDICT, /* text: the sentence; data: JSON of the verdict and its evidence */
    EVENT_OPENED,  /* of an alert */
    EVENT_ACKED,
    EVENT_CLOSED,
    EVENT_NOTE,     /* somebody wrote it */
    EVENT_RECORDER, /* who records began or ended */
    EVENT_SENT,     /* a notification was delivered, or given up */
    EVENT_INCIDENT, /* began or ended */
    EVENT_FAILOVER, /* a decision, or what became of it */
    EVENT_ALARM,    /* an alarm of the cloud changed; who: the view that tells of it */
    EVENT_KINDS,
};
struct event {
    int64_t id, at_wall_ms;
    enum event_kind kind;
    char incident[INCIDENT_ID_MAX]; /* "" outside of one */
    char who[ALERT_WHO_MAX];        /* "" for drtop itself */
    char text[ALERT_TEXT_MAX + ALERT_COMMENT_MAX];
};
const char *event_kind_key(enum event_kind kind); /* "verdict", "opened", ... */

/* data is JSON or NULL; of EVENT_VERDICT it has "verdict" (verdict_key()) and "confirmed". Inside a
 * transaction. */
bool store_event_put(struct store *st, const struct event *e, const char *data,
                     struct error *err);
/* The same, unless the timeline has it already: of that kind, time, who and text. For what is told
 * again and again. Inside a transaction. */
bool store_event_put_new(struct store *st, const struct event *e, struct error *err);
/* A note in a transaction of its own, filed under the incident that is open; any process may. */
bool store_note(struct store *st, const char *who, const char *text, int64_t wall_ms,
                struct error *err);
/* The newest n, oldest first; of one incident, or of all (NULL). Returns how many, or -1. */
int store_events(struct store *st, const char *incident, struct event *out, int n,
                 struct error *err);

/* The verdict that the timeline ends with; *out_found false when there has been none. */
bool store_verdict_newest(struct store *st, enum verdict_kind *out_kind, bool *out_confirmed,
                          bool *out_found, struct error *err);

/* --- samples: a second's, kept for 24 h, and a minute's minimum, average and maximum, kept for 90
 * days, with the last of what has none of these. What is not known is NULL. */
#define STORE_TUNNELS_MAX 1536
struct store_sample {
    int64_t at_wall_ms;
    struct opt_f64 lag_s, rtt_ms, write_rate;
    struct opt_i64 not_received_b, not_received_tx, not_applied_b;
    enum verdict_kind verdict;
    bool confirmed;
    /* Since schema 3: what a picture of the moment needs beside these. */
    struct binlog_coord primary, received, applied; /* of a server that was in sight */
    enum db_thread receiver, applier;
    struct opt_f64 lag_at_least_s;             /* where lag_s is unknown */
    struct opt_i64 unseen_min_b, unseen_max_b; /* that the primary may have written unseen */
    struct opt_i64 last_good_wall_ms, first_bad_wall_ms; /* of the outage's clock */
    struct opt_i64 app_status; /* of the primary's application; 0: it answered nothing */
    bool app_ok;
    char tunnels[STORE_TUNNELS_MAX]; /* what the views said; backend/record/scene.h */
};
bool store_sample_put(struct store *st, const struct store_sample *s, struct error *err);
/* Makes minutes of the seconds before wall_ms that have none yet, and drops what is too old. A
 * little a call, so that nobody waits for it. Inside a transaction. */
bool store_prune(struct store *st, int64_t wall_ms, struct error *err);

/* --- names of what is watched, so that the file can be read without the configuration. Inside a
 * transaction; writes only what has changed. */
bool store_meta_put(struct store *st, const struct config *cfg, struct error *err);

/* --- what a start in mid-outage needs */
struct store_memory {
    struct rto_memory rto;
    struct rto_runs runs;
    struct opt_i64 primary_at_wall_ms; /* unknown: never seen */
    struct binlog_coord primary;
    char *gtid; /* heap, may be NULL; the caller frees it */
};
bool store_memory_put(struct store *st, const struct store_memory *m, struct error *err);
bool store_memory_get(struct store *st, struct store_memory *out, struct error *err);

/* A finished run of the failover pipeline or a drill that ended well; what rto_learn() learns from. */
bool store_run_put(struct store *st, const char *kind, int64_t started_wall_ms, int64_t took_ms,
                   bool ok, struct error *err);

#endif
