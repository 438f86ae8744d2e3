/* The record: a thread between the engine and the store. One drtop of a host, the recorder, writes
 * the history and sends the notifications; every other reads them, so that all tell one story. If
 * the recorder is lost, another takes over within 5 s.
 *
 * What is shown of alerts and of the timeline is what is committed: a view is read back from the
 * store. Where the store cannot be used, the view says why and the dashboard goes on with what its
 * own engine knows.
 *
 * record_look() and the requests may be called by any thread and never block. */
#ifndef DRTOP_RECORD_RECORD_H
#define DRTOP_RECORD_RECORD_H

#include "backend/engine.h"
#include "backend/net/alias.h"
#include "backend/record/store.h"

enum record_role {
    RECORD_OFF,      /* switched off, or not yet tried */
    RECORD_RECORDER, /* this process writes */
    RECORD_VIEWER,   /* another does */
    RECORD_ORPHAN,   /* nobody does: the store cannot be written (why says the reason) */
};

#define RECORD_EVENTS_MAX 200

/* Immutable and refcounted. */
struct record_view {
    enum record_role role;
    bool readable;   /* alerts and events below are the store's; else they are empty */
    bool newer;      /* written by a newer drtop: read only */
    bool maintained; /* somebody records now: the lease is fresh */
    char why[200];   /* of RECORD_ORPHAN, or why not readable; sanitised */
    char recorder[ALERT_WHO_MAX]; /* who records, or did last */
    int64_t beat_wall_ms;         /* when they renewed their lease last; 0: never */
    int64_t read_ms;              /* monotonic: when this was read */
    struct incident incident;     /* the newest; monotonic times of this machine */
    size_t n_alerts;
    const struct store_alert
        *alerts; /* newest ALERTS_MAX, oldest first; monotonic times filled */
    size_t n_events;
    const struct event *events; /* newest RECORD_EVENTS_MAX, oldest first */
};
struct record_view *record_view_ref(struct record_view *v);
void record_view_unref(struct record_view *v);

struct record;

enum record_wish {
    RECORD_MAY,   /* take the role when it is free: the dashboard, `drtop record` */
    RECORD_NEVER, /* only look: status, check, frame, --read-only */
};

/* Starts the thread. cfg, engine and clk stay the caller's; name is said of us as recorder: "drtop
 * record". Never fails for the store's sake. NULL when the system gives no thread. */
struct record *record_start(const struct config *cfg, struct engine *engine,
                            const struct clock *clk, enum record_wish wish, const char *name,
                            struct error *err);

/* The newest view with a reference for the caller; NULL before the first. */
struct record_view *record_look(struct record *r);

/* How often the thread has come round, whether or not there was anything new: a watchdog's proof
 * that it is alive. At least once a second, unless the disk holds it up. */
uint64_t record_turns(struct record *r);

/* Readable when there is a new view; record_drain() makes it quiet again. */
int record_wake_fd(const struct record *r);
void record_drain(struct record *r);

/* Ask the thread to write; answers come as a view. id is of the store; where the store cannot be
 * used, kind and subject reach the engine's own alert. who: record_who(). */
void record_acknowledge(struct record *r, const struct store_alert *a, const char *comment);
void record_note(struct record *r, const char *text);

/* Asks the thread to write the newest incident's timeline into a file (report_export()); aliases may
 * be NULL and outlives the record. Once it is done record_exported() returns true, once: with where
 * it is, or why it is not. */
void record_export(struct record *r, struct alias_table *aliases);
bool record_exported(struct record *r, bool *out_ok, char *out, size_t out_size);

/* Who this process's user is: "mg on pts/3 from 10.0.0.7". */
void record_who(char out[ALERT_WHO_MAX]);
/* A lease for this process; name is what it calls itself. */
void record_sign(struct store_lease *out, const char *name);

/* Writes what is pending, gives up the role and joins the thread; at most budget_ms (a stalled disk
 * may keep it longer: false then, and the caller leaves with _exit()). NULL is allowed. */
bool record_stop(struct record *r, int64_t budget_ms);

#endif
