/* The failover driver: a thread that asks the controller, journals, sends the one request, follows
 * the run and verifies. It publishes an immutable view; keys reach it as intents in a mailbox. Every
 * drtop has one where a failover is configured: whoever holds the journal's lease drives, the others
 * show what the journal says. None of the calls blocks. */
#ifndef DRTOP_FAILOVER_DRIVER_H
#define DRTOP_FAILOVER_DRIVER_H

#include "backend/engine.h"
#include "backend/failover/guard.h"
#include "backend/failover/journal.h"
#include "backend/failover/phase.h"

#define DRIVER_LOG_MAX 16384

struct failover_view {
    bool readable; /* the journal can be read */
    bool drives;   /* this process holds the attempt */
    char why[200]; /* what hinders, "" when nothing does */
    struct preflight_job job, drill_job;
    struct preflight_past past;
    struct attempt attempt; /* id 0: none yet */
    struct jenkins_build build;
    struct phases phases;
    struct jenkins_input input;
    struct verify verify;
    char waits[200];          /* why it waits: the queue's or the executor's words */
    char log[DRIVER_LOG_MAX]; /* newest lines of the console, sanitised, LF between them */
    char report[256];         /* the file that this process wrote when it was over, or "" */
    int64_t searching_ms; /* UNKNOWN: how long the search has lasted; may_resend after 60 s */
    bool may_resend;
    char second_asked_by[ALERT_WHO_MAX], challenge[16], second_answered_by[ALERT_WHO_MAX];
};
struct failover_view *failover_view_ref(struct failover_view *v);
void failover_view_unref(struct failover_view *v);

struct driver;

/* NULL when cfg has no failover, or with err set. read_only: looks at the journal, never sends. */
struct driver *driver_start(const struct config *cfg, struct engine *engine,
                            const struct clock *clk, bool read_only, struct error *err);
struct failover_view *driver_look(struct driver *d);
int driver_wake_fd(const struct driver *d);
void driver_drain(struct driver *d);

/* The values that would be sent, request id and reason included where they are known. Returns n. */
size_t driver_values(const struct config *cfg, bool drill, const char *request_id,
                     const char *operator, const char * reason,
                     struct jenkins_value out[JENKINS_PARAMS_MAX]);

/* Intents. */
void driver_watch(struct driver *d,
                  bool drill); /* the screen is open: ask the controller each second */
void driver_unwatch(struct driver *d);
/* What GUARD_DISPATCH asks for. Copies the guard. The time from here to the wire is budgeted. */
void driver_dispatch(struct driver *d, const struct guard *g);
void driver_resend(struct driver *d);   /* a human, after a search without result */
void driver_give_up(struct driver *d);  /* a human: it was not accepted */
void driver_stop_run(struct driver *d); /* before the point of no return */
void driver_answer_input(struct driver *d, const char *id, bool proceed);
void driver_acknowledge(struct driver *d, const char *comment);
void driver_ask_second(struct driver *d, const char *challenge);
void driver_answer_second(struct driver *d, const char *typed);

bool driver_stop(struct driver *d, int64_t budget_ms); /* as record_stop() */

#endif
