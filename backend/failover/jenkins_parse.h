/* What the answers of a controller mean. Pure: bytes in, facts out; nothing that comes in is
 * trusted, and every text that goes out is sanitised. Internal to the client. */
#ifndef DRTOP_FAILOVER_JENKINS_PARSE_H
#define DRTOP_FAILOVER_JENKINS_PARSE_H

#include "backend/failover/jenkins.h"

/* The headers that tell something, of the newest answer. */
struct jenkins_head {
    int status; /* 0: none came */
    char location[512];
    char version[24];         /* X-Jenkins; "": not given, perhaps not Jenkins at all */
    char boot[16];            /* X-Jenkins-Session */
    char permission[128];     /* X-Required-Permission */
    char error[200];          /* X-Error */
    char cookie[160];         /* "JSESSIONID.x=y", raw, or "" */
    struct opt_i64 text_size; /* X-Text-Size */
    bool more_data;           /* X-More-Data: true */
};
/* Takes one line, as it came. A status line starts anew. */
void jenkins_parse_head(struct jenkins_head *head, const char *line, size_t len);

/* The queue item's number at the end of a Location, whatever host and context it names. */
struct opt_i64 jenkins_parse_location(const char *location);

/* The answer to a trigger; head->status is not 0. Leaves wire_us alone. */
struct jenkins_triggered jenkins_parse_trigger(const struct jenkins_head *head,
                                               struct error *err);

/* What kind of address was asked, as absence and strangers look different. */
enum jenkins_kind {
    KIND_API,    /* api/json: a 200 or 404 without X-Jenkins is not by Jenkins */
    KIND_PLUGIN, /* wfapi: no X-Jenkins; a 404 says the plugin is missing */
    KIND_LOG,    /* progressiveText: no X-Jenkins on a 200 */
    KIND_ACTION, /* a POST: done is 200, 201, 204 or a redirect to the build */
};
/* OK when the status says so; otherwise err says what came, with a title of the body at most. */
enum jenkins_reach jenkins_parse_reach(enum jenkins_kind kind, const struct jenkins_head *head,
                                       const char *body, size_t len, struct error *err);

/* 403 as a missing crumb gives it. */
bool jenkins_parse_wants_crumb(const struct jenkins_head *head);

/* The title of an HTML page without "Error 403" and the like; "" when there is none. */
void jenkins_parse_title(const char *body, size_t len, char *out, size_t out_size);

/* All of these return false when body is not JSON or lacks what it must have, and leave *out
 * alone. job is the job's path. */
bool jenkins_parse_job(const char *body, size_t len, struct jenkins_job *out);
bool jenkins_parse_quieting(const char *body, size_t len, enum tri *out);
bool jenkins_parse_user(const char *body, size_t len, char *out, size_t out_size);
/* A header line "Jenkins-Crumb: ..." that is safe to send. */
bool jenkins_parse_crumb(const char *body, size_t len, char *out, size_t out_size);
/* *out_ours: the item's task is this job, as far as it says. */
bool jenkins_parse_item(const char *body, size_t len, const char *job, const char *parameter,
                        struct jenkins_item *out, bool *out_ours);
/* Both add to *out. */
bool jenkins_parse_queue_search(const char *body, size_t len, const char *job,
                                const char *parameter, const char *request_id,
                                struct jenkins_found *out);
bool jenkins_parse_build_search(const char *body, size_t len, const char *parameter,
                                const char *request_id, struct jenkins_found *out);
/* Leaves boot and waits empty; *out_pipeline: a pipeline's build, which waits by its own items. */
bool jenkins_parse_build(const char *body, size_t len, struct jenkins_build *out,
                         bool *out_pipeline);
/* Why a pipeline's build has no executor: the words of its item in the queue, or "". */
bool jenkins_parse_waits(const char *body, size_t len, const char *job, int64_t number,
                         char *out, size_t out_size);
/* raw_id (may be NULL) gets the pending input's id as it came: free() it. */
bool jenkins_parse_input(const char *body, size_t len, struct jenkins_input *out,
                         char **out_raw_id);

/* log_text may be NULL. */
bool jenkins_parse_wfapi(const char *body, size_t len, const char *log_text,
                         struct jenkins_stages *out);
bool jenkins_parse_flowgraph(const char *body, size_t len, const char *log_text,
                             struct jenkins_stages *out);
void jenkins_parse_markers(const char *log_text, struct jenkins_stages *out);

/* Raw log to lines that may be shown: CR before LF and escape sequences go, the rest is cleaned.
 * Keeps the newest out_size - 1 bytes, from the start of a line where there is one. */
void jenkins_parse_log(const char *raw, size_t len, char *out, size_t out_size);

#endif
