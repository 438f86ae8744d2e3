/* Stages by wfapi. It calls stages that never ran after a failure failed too, and a running
 * parallel one done; both are put right here. */
#include "backend/failover/jenkins_parse.h"

#include <stdio.h>
#include <string.h>

#include "backend/failover/jenkins_markers.h"
#include "backend/net/json_value.h"

/* Stages that never ran took 32 to 102 ms in the recordings. */
#define SKIPPED_MS_MAX 200

/* A stage and what only wfapi tells of it. */
struct told {
    struct jenkins_stage *stage;
    struct json_object *error; /* borrowed; NULL: none */
    struct opt_i64 took_ms;    /* also negative */
};

static enum stage_state state_of(struct json_object *stage)
{
    static const struct {
        const char *word;
        enum stage_state state;
    } states[] = {
        {"NOT_EXECUTED", STAGE_SKIPPED},
        {"IN_PROGRESS", STAGE_RUNNING},
        {"PAUSED_PENDING_INPUT", STAGE_PAUSED},
        {"SUCCESS", STAGE_DONE},
        {"UNSTABLE", STAGE_UNSTABLE},
        {"FAILED", STAGE_FAILED},
        {"ABORTED", STAGE_ABORTED},
    };
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (json_is(stage, "status", states[i].word)) {
            return states[i].state;
        }
    }
    return STAGE_RUNNING; /* a word to come: not an end that we know */
}

static struct opt_i64 not_negative(struct opt_i64 v)
{
    return v.known && v.v >= 0 ? v : (struct opt_i64){0};
}

static bool same_error(struct json_object *a, struct json_object *b)
{
    return (!a && !b) || (a && b && json_object_equal(a, b));
}

static bool ended_badly(const struct jenkins_stage *s)
{
    return s->state == STAGE_FAILED || s->state == STAGE_ABORTED;
}

/* Of stages that failed with the same error only the first one did. */
static void find_skipped(struct told *told, size_t n, const char *log_text)
{
    const struct told *first = NULL;
    for (size_t i = 0; i < n; i++) {
        struct jenkins_stage *stage = told[i].stage;
        if (!ended_badly(stage)) {
            continue;
        }
        bool by_log = log_text && markers_skipped(log_text, stage->name);
        bool by_error = first && first->stage->state == stage->state &&
                        same_error(first->error, told[i].error) && told[i].took_ms.known &&
                        told[i].took_ms.v < SKIPPED_MS_MAX;
        if (by_log || by_error) {
            stage->state = STAGE_SKIPPED;
            stage->took_ms = (struct opt_i64){0};
        } else if (!first) {
            first = &told[i];
        }
    }
}

/* While a run goes on: a branch with a negative duration runs, and so does a stage within whose
 * time a running one began. */
static void find_running(struct told *told, size_t n)
{
    for (size_t i = n; i-- > 0;) {
        struct jenkins_stage *stage = told[i].stage;
        if (stage->state != STAGE_DONE || !told[i].took_ms.known) {
            continue;
        }
        bool runs = told[i].took_ms.v < 0;
        int64_t end = stage->started_wall_ms + (runs ? 0 : told[i].took_ms.v);
        for (size_t k = i + 1; k < n && !runs; k++) {
            const struct jenkins_stage *later = told[k].stage;
            bool open = later->state == STAGE_RUNNING || later->state == STAGE_PAUSED;
            runs = open && later->started_wall_ms >= stage->started_wall_ms &&
                   later->started_wall_ms < end;
        }
        if (runs) {
            stage->state = STAGE_RUNNING;
            stage->took_ms = (struct opt_i64){0};
        }
    }
}

static void read_stage(struct json_object *from, struct told *told)
{
    struct jenkins_stage *s = told->stage;
    struct opt_i64 start = not_negative(json_i64(from, "startTimeMillis"));
    *s = (struct jenkins_stage){.state = state_of(from)};
    (void)json_text(from, "name", s->name, sizeof s->name);
    s->started_wall_ms = start.known && start.v < INT64_MAX / 2 ? start.v : 0;
    told->took_ms = json_i64(from, "durationMillis");
    if (told->took_ms.known && told->took_ms.v > INT64_MAX / 2) {
        told->took_ms = (struct opt_i64){0};
    }
    told->error = json_member(from, "error");
    s->took_ms = s->state == STAGE_SKIPPED ? (struct opt_i64){0} : not_negative(told->took_ms);
    s->paused_ms = not_negative(json_i64(from, "pauseDurationMillis"));
}

bool jenkins_parse_wfapi(const char *body, size_t len, const char *log_text,
                         struct jenkins_stages *out)
{
    struct told told[JENKINS_STAGES_MAX];
    size_t n = 0;
    struct json_object *root = json_from(body, len);
    struct json_object *stages = json_list(root, "stages");
    if (!stages) {
        json_object_put(root);
        return false;
    }
    *out = (struct jenkins_stages){.from = STAGES_WFAPI};
    while (n < json_length(stages) && n < JENKINS_STAGES_MAX) {
        told[n].stage = &out->stages[n];
        read_stage(json_object_array_get_idx(stages, n), &told[n]);
        n++;
    }
    out->n = n;
    bool goes_on = json_is(root, "status", "IN_PROGRESS") ||
                   json_is(root, "status", "PAUSED_PENDING_INPUT");
    find_skipped(told, n, log_text);
    if (goes_on) {
        find_running(told, n);
    }
    json_object_put(root);
    return true;
}
