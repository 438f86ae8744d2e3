/* A client of one Jenkins job. Blocks; used by the driver's thread alone, except
 * jenkins_interrupt(). Every call has a deadline. Nothing is ever sent twice: a POST goes over a
 * connection of its own, fresh and not kept, without redirects and without a retry
 * (libcurl resends a POST in silence on a reused connection).
 *
 * URLs are built from the configured base, the job's path and numbers; hosts found in answers are
 * never followed, and the token is sent nowhere else. Texts are sanitised. Error bodies are HTML:
 * what is said of them is our own words, and the title at most. */
#ifndef DRTOP_FAILOVER_JENKINS_H
#define DRTOP_FAILOVER_JENKINS_H

#include "backend/config.h"
#include "backend/error.h"
#include "backend/fact/opt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jenkins;

/* cfg stays the caller's. job is a path of names: "ops/db team/fail over". NULL when libcurl gives
 * no handle. Each request of a call takes cfg->timeout_ms at most, and as long again to fetch the
 * token; no call makes more than four. */
struct jenkins *jenkins_create(const struct config_jenkins *cfg, const char *job);
void jenkins_destroy(struct jenkins *j); /* NULL is allowed */

/* Ends a running call soon; it then fails as not reached, a POST as unknown if it was on its way.
 * Without a running call it does nothing: say it again until the call has ended. Any thread. */
void jenkins_interrupt(struct jenkins *j);

/* How a GET ended. */
enum jenkins_reach {
    JENKINS_OK,
    JENKINS_ABSENT, /* 404 by Jenkins: job, build, item or plugin unknown, or hidden from us */
    JENKINS_DENIED, /* 401; 403 for want of a permission */
    JENKINS_STARTING,  /* 503, and 500 or 403 as a controller gives them while it starts */
    JENKINS_UNREACHED, /* nothing came back, or something that is not Jenkins */
    JENKINS_ODD,       /* an answer that makes no sense */
};

#define JENKINS_PARAMS_MAX 32
#define JENKINS_NAME_MAX   128
#define JENKINS_VALUE_MAX  512

enum jenkins_param_type { JENKINS_STRING, JENKINS_BOOLEAN, JENKINS_CHOICE, JENKINS_OTHER };

struct jenkins_param {
    char name[JENKINS_NAME_MAX];
    enum jenkins_param_type type;
    char type_name[64]; /* "StringParameterDefinition" */
    size_t n_choices;
    char choices[24][64]; /* of CHOICE; more are dropped and n_choices says 25 */
};

/* What the job declares, and what goes on at the controller. */
struct jenkins_job {
    char full_name[JENKINS_NAME_MAX * 2];
    char boot[16]; /* X-Jenkins-Session: changes at every start of the controller */
    char version[24];
    enum tri buildable, disabled, concurrent, in_queue, quieting;
    struct opt_i64 next_number, last_number;
    enum tri last_building;
    bool declares; /* has a parameters property; a pipeline that never ran has none */
    size_t n_params;
    struct jenkins_param params[JENKINS_PARAMS_MAX];
    char user[64]; /* whom the token belongs to */
};
enum jenkins_reach jenkins_look(struct jenkins *j, struct jenkins_job *out, struct error *err);

struct jenkins_value {
    const char *name, *value;
};

/* The meaning of the answer to a trigger. */
enum jenkins_trigger {
    TRIGGER_ACCEPTED, /* 201 with the queue item's id */
    TRIGGER_JOINED,  /* 303 to an item: an identical request was queued already, as that item */
    TRIGGER_REFUSED, /* not accepted; err says why */
    TRIGGER_NOT_SENT, /* nothing was sent: no connection came about */
    TRIGGER_UNKNOWN,  /* may have been accepted: only a search by the request id tells */
};
struct jenkins_triggered {
    enum jenkins_trigger what;
    struct opt_i64
        queue_id;    /* of ACCEPTED and JOINED; unknown when Location does not tell: search */
    int http_status; /* 0: none */
    int64_t wire_us; /* clock_real_us() when the request began to be written; 0: never */
};
/* One POST of buildWithParameters with all of the values, form-encoded. Exactly one, or none. */
struct jenkins_triggered jenkins_trigger(struct jenkins *j, const struct jenkins_value *values,
                                         size_t n, struct error *err);

enum jenkins_item_state {
    ITEM_WAITING,
    ITEM_BLOCKED,
    ITEM_BUILDABLE,
    ITEM_LEFT,
    ITEM_CANCELLED
};
struct jenkins_item {
    int64_t id;
    enum jenkins_item_state state;
    bool stuck;
    char why[200];        /* the controller's words, localised: shown, never parsed */
    struct opt_i64 build; /* number, once it has left */
    char request_id[64];  /* value of the parameter that was asked for; "" when it has none */
};
/* parameter names the one that holds the request id. */
enum jenkins_reach jenkins_item(struct jenkins *j, int64_t id, const char *parameter,
                                struct jenkins_item *out, struct error *err);

/* Looks through the queue and the newest 50 builds for a request id. Replays and restarts from a
 * stage copy it: those are counted in *out_copies and not taken. */
struct jenkins_found {
    bool in_queue, is_build;
    int64_t queue_id, number;
    size_t copies;
};
enum jenkins_reach jenkins_find(struct jenkins *j, const char *parameter,
                                const char *request_id, struct jenkins_found *out,
                                struct error *err);

enum jenkins_result {
    RESULT_NONE, /* not yet */
    RESULT_SUCCESS,
    RESULT_UNSTABLE,
    RESULT_FAILURE,
    RESULT_ABORTED,
    RESULT_NOT_BUILT,
    RESULT_OTHER, /* a word we do not know */
};
struct jenkins_build {
    int64_t number;
    bool building; /* the end is building false, whatever the result says before */
    enum jenkins_result result;
    char result_word[24];
    int64_t started_wall_ms; /* the controller's clock */
    struct opt_i64 took_ms, estimated_ms;
    char boot[16];
    char waits[200]; /* why a running pipeline has no executor, or "" */
};
enum jenkins_reach jenkins_build(struct jenkins *j, int64_t number, struct jenkins_build *out,
                                 struct error *err);

enum stage_state {
    STAGE_RUNNING,
    STAGE_PAUSED,
    STAGE_DONE,
    STAGE_UNSTABLE,
    STAGE_FAILED,
    STAGE_ABORTED,
    STAGE_SKIPPED
};
#define JENKINS_STAGES_MAX 48
struct jenkins_stage {
    char name[JENKINS_NAME_MAX];
    enum stage_state state;  /* skipped ones told apart from the one that failed */
    int64_t started_wall_ms; /* the controller's clock; 0 when not by wfapi: unknown */
    struct opt_i64 took_ms, paused_ms;
};
struct jenkins_stages {
    size_t n;
    struct jenkins_stage stages[JENKINS_STAGES_MAX];
    enum { STAGES_WFAPI, STAGES_FLOWGRAPH, STAGES_LOG } from;
};
/* By wfapi; without the plugin by the flow graph; failing that by the log's markers in log_text. */
enum jenkins_reach jenkins_stages(struct jenkins *j, int64_t number, const char *log_text,
                                  struct jenkins_stages *out, struct error *err);

struct jenkins_input {
    bool pending;
    char id[JENKINS_NAME_MAX], message[200];
    size_t n_inputs; /* parameters it asks for: then drtop does not answer it */
};
enum jenkins_reach jenkins_input(struct jenkins *j, int64_t number, struct jenkins_input *out,
                                 struct error *err);
/* Re-reads the pending input first; answers only the one with this id and without parameters. */
enum jenkins_reach jenkins_answer(struct jenkins *j, int64_t number, const char *id,
                                  bool proceed, struct error *err);

/* The console from *inout_start on (raw bytes, X-Text-Size), at most out_size - 1 bytes of it, the
 * newest where there is more; sanitised line by line. *inout_start becomes where to go on; less
 * than before says that the log was replaced and out begins anew. *out_more: the build still
 * writes. */
enum jenkins_reach jenkins_log(struct jenkins *j, int64_t number, int64_t *inout_start,
                               char *out, size_t out_size, bool *out_more, struct error *err);

/* Asks to stop a build or to cancel a queue item, and re-reads: *out_ended says that it has ended,
 * or is cancelled; an item that left for a build is not. OK without that: it was asked for. */
enum jenkins_reach jenkins_stop(struct jenkins *j, int64_t number, bool *out_ended,
                                struct error *err);
enum jenkins_reach jenkins_cancel(struct jenkins *j, int64_t queue_id, bool *out_ended,
                                  struct error *err);

#endif
