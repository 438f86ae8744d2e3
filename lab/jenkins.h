/* lab-jenkins: a stand-in for a Jenkins controller (2.462) with a handful of jobs, whose pipelines
 * really run. It answers as a real one does, with its oddities, and no more than drtop needs.
 *
 * One lock (ctl_lock) guards everything that hangs on struct ctl. The threads that answer requests
 * take it while they read or change the state, the main thread while it ticks; nobody waits for
 * the network with it. */
#ifndef DRTOP_LAB_JENKINS_H
#define DRTOP_LAB_JENKINS_H

#include "lab/jenkins_buf.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { NAME_MAX_ = 128, WHY_MAX = 160, STAGES_MAX = 24, USERS_MAX = 8 };

/* --- what there is: jenkins_jobs.c */

enum param_type { PARAM_STRING, PARAM_BOOLEAN, PARAM_CHOICE };

struct param {
    const char *name;
    enum param_type type;
    const char *fallback;
    const char *choices[4]; /* NULL-terminated */
};

struct job {
    const char *path; /* "ops/db team/fail over" */
    bool pipeline;
    const struct param *params; /* NULL: takes none; the last one's name is NULL */
    bool one_at_a_time;
    bool declared; /* a pipeline's parameters are unknown until it has run once */
    bool disabled;
    int64_t next_number;
    struct build **builds; /* oldest first */
    size_t n_builds;
};

const char *job_name(const struct job *job); /* the last part of its path */

/* The values of a request as Jenkins takes them, with defaults for what is missing; unknown names
 * are dropped. given: an object of strings. NULL when a choice is none. */
json_object *job_values(const struct job *job, json_object *given);

/* --- queue and builds: jenkins_core.c, jenkins_build.c, jenkins_store.c */

enum item_state { ITEM_WAITING, ITEM_BLOCKED, ITEM_BUILDABLE, ITEM_LEFT };

struct item {
    int64_t id;
    struct job *job;
    json_object *values, *causes; /* arrays, as they are shown */
    enum item_state state;
    bool stuck, cancelled;
    int64_t since_ms, quiet_until_ms, left_ms; /* wall clock */
    int64_t number;                            /* of the build; 0: none */
    char why[WHY_MAX];
};

enum stage_mark { MARK_PLAIN, MARK_SKIPPED };

struct stage {
    char name[NAME_MAX_];
    enum stage_mark mark;
    int64_t started_ms, ended_ms; /* ended 0: not yet */
    int64_t paused_since_ms, paused_ms;
    char status[24]; /* of wfapi */
    char error[NAME_MAX_], error_type[NAME_MAX_];
};

struct build {
    struct job *job;
    int64_t number, queue_id;
    json_object *values, *causes;
    int64_t started_ms, ended_ms; /* ended 0: runs */
    char result[16];              /* "": none yet */
    pid_t pid;
    int64_t born;        /* when the kernel started pid: together they name a process */
    bool waits_for_node; /* its pipeline was not begun for want of an executor */
    int64_t node_item;   /* the queue item of that wait */
    /* What follows is read off the script's output, again after every restart. */
    int64_t out_offset;
    struct buf line; /* not yet complete */
    struct buf log;  /* raw, with console notes */
    struct stage stages[STAGES_MAX];
    size_t n_stages;
    bool aborted;
    char input_id[NAME_MAX_], input_message[WHY_MAX]; /* "": none pending */
    char error[NAME_MAX_], error_type[NAME_MAX_];
};

struct user {
    char name[32], token[80], password[80]; /* "": none */
    bool may_build, may_cancel;
};

struct options {
    uint16_t port;
    const char *address; /* NULL: 127.0.0.1 */
    const char *home, *knobs, *ledger, *users, *lab;
    char *script;
    const char *context;  /* "" or "/ci" */
    const char *root_url; /* NULL: JSON urls follow the request */
    int64_t left_ms, quiet_ms, boot_ms, pace_ms, save_ms;
    bool dry;
};

struct ctl {
    struct options opt;
    char session[12];  /* X-Jenkins-Session */
    int64_t booted_ms; /* wall clock: until then it boots */
    struct job *jobs;
    size_t n_jobs;
    struct item **items; /* oldest first */
    size_t n_items;
    int64_t next_id;
    int64_t saved_ms;
    struct user users[USERS_MAX];
    size_t n_users;
    int ledger_fd;
};

void ctl_lock(void);
void ctl_unlock(void);

int64_t wall_ms(void);

struct job *ctl_job(struct ctl *c, const char *path);
struct build *job_build(const struct job *job, int64_t number);
bool job_running(const struct job *job);
struct item *ctl_item(struct ctl *c, int64_t id);

/* Queues a request, or joins it to an identical one that waits (*out_joined). Takes values. */
struct item *ctl_enqueue(struct ctl *c, struct job *job, json_object *values, const char *user,
                         int64_t delay_ms, bool *out_joined);
void ctl_cancel(struct item *item);

/* Moves the queue and the builds on. */
void ctl_tick(struct ctl *c);

struct build *build_begin(struct ctl *c, struct job *job, struct item *item);
void build_launch(struct ctl *c, struct build *b); /* the script, once there is an executor */
void build_tick(struct ctl *c, struct build *b);
/* Writes a line into the script's output, where the build's story is. */
void build_note(struct ctl *c, struct build *b, const char *line);
void build_stop(struct ctl *c, struct build *b, const char *user);
void build_answer(struct ctl *c, struct build *b, bool proceed, const char *user);
bool build_alive(const struct build *b);
const char *build_file(const struct ctl *c, const struct build *b, const char *ending,
                       char *out, size_t size);
void build_free(struct build *b);

/* What a controller knows again after a restart. The queue is saved by an orderly end and every
 * save_ms; builds when they begin. */
bool store_load(struct ctl *c);
void store_queue(struct ctl *c);
void store_build(struct ctl *c, const struct build *b);

/* A fault that the test wants: a file of that name in the folder of knobs. Its number goes to
 * out_value (0 without one); out_value may be NULL. */
bool knob(const struct ctl *c, const char *name, int64_t *out_value);

/* --- answers: jenkins_json.c, jenkins_wfapi.c. The caller puts the object. */

/* base is "http://host/ci" without a slash at the end. */
json_object *json_root(struct ctl *c, const char *base);
/* tree (NULL: none) only spares work: what it does not name may be left out. */
json_object *json_job(struct ctl *c, const struct job *job, const char *base, const char *tree);
json_object *json_build(const struct build *b, const char *base, const char *tree);
json_object *json_item(const struct item *item, const char *base);
json_object *json_queue(const struct ctl *c, const char *base);

/* The part of an object that tree= asks for; NULL when tree makes no sense. */
json_object *tree_filter(json_object *whole, const char *tree);

json_object *wfapi_describe(const struct ctl *c, const struct build *b);
json_object *wfapi_pending(const struct ctl *c, const struct build *b);
json_object *wfapi_nodes(const struct build *b); /* of the FlowGraphAction */

/* "job/ops/job/db%20team/job/fail%20over" */
const char *job_url_path(const struct job *job, char *out, size_t size);

#endif
