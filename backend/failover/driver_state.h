/* What the files of the driver share. Private to backend/failover/driver*.c and its tests; all of it
 * belongs to the driver's thread, except what stands below "guarded by mu". */
#ifndef DRTOP_FAILOVER_DRIVER_STATE_H
#define DRTOP_FAILOVER_DRIVER_STATE_H

#include "backend/failover/driver.h"

#include <limits.h>
#include <pthread.h>

/* How long things have to last; a test shortens them before it starts the driver. */
struct driver_terms {
    int64_t search_ms;  /* a controller that answers and does not know the request */
    int64_t stand_ms;   /* a bad outcome, on fresh facts */
    int64_t serving_ms; /* the same of a promoted site that does not serve yet */
    int64_t verify_ms;  /* what cannot be verified for so long is over nevertheless */
    int64_t turn_ms;    /* while there is something to do */
    int64_t look_ms;    /* the job, while somebody looks at the screen */
    int64_t idle_ms;    /* and while nobody does */
    int64_t ask_ms;     /* the controller, while an attempt is under way */
    int64_t ask_max_ms; /* and while it does not answer */
    int64_t
        dispatch_ms; /* from the lease to the request; longer, and another may have taken over */
};

enum wish_kind {
    WISH_DISPATCH,
    WISH_RESEND,
    WISH_GIVE_UP,
    WISH_STOP_RUN,
    WISH_INPUT,
    WISH_ACKNOWLEDGE,
    WISH_ASK_SECOND,
    WISH_ANSWER_SECOND,
};

/* A key that was pressed. */
struct wish {
    struct wish *next;
    enum wish_kind kind;
    int64_t at_us; /* clock_real_us() */
    bool proceed;
    char text[GUARD_LINE_MAX + ALERT_COMMENT_MAX];
    struct guard guard; /* of DISPATCH */
};

/* How long a request or a build has been looked for in vain; only time between two answers of the
 * controller counts. */
struct search {
    int64_t last_ms; /* monotonic: the newest answer; 0: none */
    int64_t lasted_ms;
};

struct driver {
    const struct config *cfg;
    struct engine *engine;
    const struct clock *clk;
    bool read_only;
    struct driver_terms terms;
    struct store_lease lease;
    char who[ALERT_WHO_MAX]; /* the operator here, with the host */
    bool asks_second;        /* and what it asks a second one is not withdrawn */
    int wake_fd, poke_fd;
    pthread_t thread;
    bool started;

    struct jenkins *job, *drill,
        *other; /* other: of an attempt at a job that is configured no more */
    char other_path[256];
    struct jenkins_job look; /* where a look is taken; too big for a stack */

    /* --- the store */
    char path[PATH_MAX];
    struct store *st;
    bool can_write, broken;
    char trouble[200];         /* of the store */
    char refused[200];         /* why the newest wish was not served */
    int64_t tried_ms, held_ms; /* monotonic; held_ms 0: the lease is not ours */
    int64_t seen_version;
    bool seen;     /* seen_version holds */
    bool glimpsed; /* the journal was read when the store, which cannot be written, was tried */

    /* --- the attempt in now.attempt */
    struct failover_view now; /* the next view */
    bool unwritten;           /* the journal does not know its newest state yet */
    bool resumed;             /* another process began it */
    int64_t unknown_ms;       /* monotonic: since when its fate is not known */
    int64_t next_ms;          /* when the controller is asked next */
    int64_t back_off_ms;
    struct search search;
    char boot[16];
    bool restarted;   /* the controller has, since it was sent */
    int64_t ended_ms; /* monotonic: facts from then on tell what the run has left */
    enum verify_outcome standing;
    int64_t standing_ms; /* monotonic: since when */
    int64_t log_at;
    bool verifies;     /* build holds what the verification rests on */
    bool knows_phases; /* phase_runs is read */
    struct rto_runs phase_runs[CONFIG_PHASES_MAX];
    int64_t report_due; /* id of the attempt whose report is to be written, once it is over */

    int64_t looked_ms, drill_looked_ms; /* monotonic; INT64_MIN: never */
    int64_t published_ms;
    bool watched, watches_drill; /* as of this turn */

    pthread_mutex_t mu;
    pthread_cond_t done;
    // below: guarded by mu
    struct failover_view *view;
    struct wish *wishes; /* newest first */
    bool urgent;         /* one of them must not wait for a controller that is slow */
    bool is_watched, is_drill_watched;
    struct jenkins *calling; /* what has a request under way */
    bool posting;            /* it is one that must not be cut short for a wish */
    bool stop, finished;
};

void driver_terms_default(struct driver_terms *out, const struct config *cfg);

/* driver_start() in two steps, so that a test can change the terms between them. */
struct driver *driver_create(const struct config *cfg, struct engine *engine,
                             const struct clock *clk, bool read_only, struct error *err);
bool driver_run(struct driver *d, struct error *err); /* false: destroyed */

/* --- driver.c: calls to the controller */

/* Before each call. False: there is something more urgent, call nothing. */
bool driver_call_begin(struct driver *d, struct jenkins *j, bool posting);
/* After it. True: it may have been cut short for something more urgent; what it says when it has
 * failed means nothing. */
bool driver_call_end(struct driver *d);

/* --- driver_store.c */

/* Opens the store, reads the journal when it has changed, takes, renews or gives up the lease. */
void driver_store_turn(struct driver *d);
void driver_store_end(struct driver *d);
/* The store has failed: says so, and has it opened anew. */
void driver_store_failed(struct driver *d, const struct error *err);
/* Takes or renews the lease. False when it is another's or the store fails. */
bool driver_hold(struct driver *d);
/* Journals now.attempt. False when it could not: it is tried again each turn. */
bool driver_put(struct driver *d);
/* The newest word about the attempt; driver_put() writes it. Returns whether it is a new one. */
bool driver_say(struct driver *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Why a wish was not served. */
void driver_refuse(struct driver *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A run that ended well, for the deadline. */
void driver_learn(struct driver *d);
/* now.attempt is another than before: nothing of the old one holds. */
void driver_forget_run(struct driver *d);

/* --- driver_json.c; heap */
char *driver_parameters_json(const struct jenkins_value *values, size_t n);
char *driver_preflight_json(const struct guard *g);
/* Reads driver_parameters_json() back; the strings lie in *out_keep, which driver_json_free()
 * frees. Returns how many, 0 when it makes no sense. */
struct json_object;
size_t driver_parameters_read(const char *text, struct jenkins_value out[JENKINS_PARAMS_MAX],
                              struct json_object **out_keep);
void driver_json_free(struct json_object *keep);

/* --- driver_wish.c */
void driver_serve(struct driver *d, const struct wish *w);

/* --- driver_send.c */

/* Journals the intent and sends the one request. */
void driver_begin(struct driver *d, const struct wish *w);
/* The same request again, after a search without result. */
void driver_again(struct driver *d, const struct wish *w);
/* Looks for the request by its id: UNKNOWN, or QUEUED and RUNNING when the controller does not know
 * the number any more. */
void driver_search(struct driver *d, int64_t now_ms);

/* --- driver_track.c */

/* The client of the attempt's job; NULL when libcurl gives none. */
struct jenkins *driver_client(struct driver *d);
/* One step of an attempt that is under way; of somebody else's only what can be looked at. */
void driver_follow(struct driver *d);
/* The request was found as a build, or in the queue. */
void driver_found(struct driver *d, const struct jenkins_found *found);
/* Stages, log and input of the build. False when the stages could not be read. */
bool driver_observe(struct driver *d);
/* The controller has not answered: asks it less often. */
void driver_back_off(struct driver *d, int64_t now_ms);

/* --- driver_verify.c */

/* With our own eyes: rows in the view, and the end of an attempt that has ENDED. */
void driver_verify(struct driver *d);
/* The run is gone from the controller, for good. */
void driver_lost(struct driver *d);

#endif
