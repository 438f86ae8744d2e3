/* Stages by the flow graph: a list of nodes in the order in which they began, without parents and
 * without times. Starts and ends nest; the colour of an end is the worst of its inside. */
#include "backend/failover/jenkins_parse.h"

#include <string.h>

#include "backend/failover/jenkins_markers.h"
#include "backend/net/json_value.h"

#define DEPTH_MAX 64

struct level {
    int stage;     /* index, -1: not kept */
    bool red_step; /* a step inside failed */
};

struct walk {
    struct jenkins_stages *out;
    const char *log_text;
    bool failed;   /* a stage has failed before */
    bool expected; /* the next start node names a stage */
    size_t depth;  /* open stages */
    struct level levels[DEPTH_MAX];
};

static void begin(struct walk *w, struct json_object *node)
{
    struct level level = {.stage = -1};
    if (w->out->n < JENKINS_STAGES_MAX) {
        struct jenkins_stage *s = &w->out->stages[w->out->n];
        *s = (struct jenkins_stage){.state = STAGE_RUNNING};
        (void)json_text(node, "displayName", s->name, sizeof s->name);
        level.stage = (int)w->out->n++;
    }
    if (w->depth < DEPTH_MAX) {
        w->levels[w->depth] = level;
    }
    w->depth++;
}

static enum stage_state end_state(const struct walk *w, struct json_object *node,
                                  const struct level *level, const char *name)
{
    bool red = json_has(node, "iconColor", "red");
    bool aborted = json_has(node, "iconColor", "aborted");
    if (json_has(node, "iconColor", "yellow")) {
        return STAGE_UNSTABLE;
    }
    if (!red && !aborted) {
        return json_has(node, "iconColor", "notbuilt") ? STAGE_SKIPPED : STAGE_DONE;
    }
    bool by_log = w->log_text && markers_skipped(w->log_text, name);
    if (by_log || (w->failed && !level->red_step)) {
        return STAGE_SKIPPED;
    }
    return red ? STAGE_FAILED : STAGE_ABORTED;
}

static void end(struct walk *w, struct json_object *node)
{
    if (w->depth == 0) {
        return;
    }
    w->depth--;
    if (w->depth >= DEPTH_MAX || w->levels[w->depth].stage < 0) {
        return;
    }
    const struct level *level = &w->levels[w->depth];
    struct jenkins_stage *s = &w->out->stages[level->stage];
    s->state = end_state(w, node, level, s->name);
    if (s->state == STAGE_FAILED || s->state == STAGE_ABORTED) {
        w->failed = true;
    }
}

static void step(struct walk *w, struct json_object *node)
{
    bool red = json_has(node, "iconColor", "red") || json_has(node, "iconColor", "aborted");
    size_t depth = w->depth < DEPTH_MAX ? w->depth : DEPTH_MAX;
    for (size_t i = 0; i < depth && red; i++) {
        w->levels[i].red_step = true;
    }
    if (depth > 0 && w->levels[depth - 1].stage >= 0 && json_tri(node, "running") == TRI_YES &&
        json_is(node, "displayName", "Wait for interactive input")) {
        w->out->stages[w->levels[depth - 1].stage].state = STAGE_PAUSED;
    }
}

static void visit(struct walk *w, struct json_object *node)
{
    bool start = json_ends(node, "_class", "StepStartNode");
    if (w->expected && start) {
        begin(w, node);
        w->expected = false;
    } else if (start && json_is(node, "displayName", "Stage : Start")) {
        w->expected = true;
    } else if (json_is(node, "displayName", "Stage : End")) {
        end(w, node);
    } else if (json_ends(node, "_class", "StepAtomNode")) {
        step(w, node);
    }
}

bool jenkins_parse_flowgraph(const char *body, size_t len, const char *log_text,
                             struct jenkins_stages *out)
{
    struct walk w = {.out = out, .log_text = log_text};
    struct json_object *root = json_from(body, len);
    struct json_object *actions = json_list(root, "actions");
    struct json_object *nodes = NULL;
    for (size_t i = 0; i < json_length(actions) && !nodes; i++) {
        nodes = json_list(json_object_array_get_idx(actions, i), "nodes");
    }
    if (nodes) {
        *out = (struct jenkins_stages){.from = STAGES_FLOWGRAPH};
    }
    for (size_t i = 0; i < json_length(nodes); i++) {
        visit(&w, json_object_array_get_idx(nodes, i));
    }
    json_object_put(root);
    return nodes != NULL;
}
