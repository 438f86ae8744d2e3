/* What the plugin "Pipeline: REST API" says of a run, and the flow graph behind it. */
#include "lab/jenkins.h"

#include <stdio.h>
#include <string.h>

enum { NODE_FIRST = 6, NODES_A_STAGE = 5 };

static void text(json_object *o, const char *key, const char *value)
{
    json_object_object_add(o, key, value ? json_object_new_string(value) : NULL);
}

static void number(json_object *o, const char *key, int64_t value)
{
    json_object_object_add(o, key, json_object_new_int64(value));
}

/* Under the context path, unlike other urls. */
static json_object *link_to(const struct ctl *c, const struct build *b, const char *rest)
{
    char path[400], href[600];
    json_object *o = json_object_new_object();
    (void)snprintf(href, sizeof href, "%s/%s/%lld/%s", c->opt.context,
                   job_url_path(b->job, path, sizeof path), (long long)b->number, rest);
    text(o, "href", href);
    return o;
}

static json_object *stage_json(const struct ctl *c, const struct build *b, size_t i)
{
    const struct stage *s = &b->stages[i];
    int64_t now_ms = wall_ms();
    char id[24], rest[80];
    json_object *o = json_object_new_object(), *links = json_object_new_object();
    (void)snprintf(id, sizeof id, "%zu", NODE_FIRST + i * NODES_A_STAGE);
    (void)snprintf(rest, sizeof rest, "execution/node/%s/wfapi/describe", id);
    json_object_object_add(links, "self", link_to(c, b, rest));
    json_object_object_add(o, "_links", links);
    text(o, "id", id);
    text(o, "name", s->name);
    text(o, "execNode", "");
    text(o, "status", s->paused_since_ms ? "PAUSED_PENDING_INPUT" : s->status);
    if (s->error_type[0]) {
        json_object *error = json_object_new_object();
        text(error, "message", s->error[0] ? s->error : NULL);
        text(error, "type", s->error_type);
        json_object_object_add(o, "error", error);
    }
    number(o, "startTimeMillis", s->started_ms);
    number(o, "durationMillis", (s->ended_ms ? s->ended_ms : now_ms) - s->started_ms);
    number(o, "pauseDurationMillis",
           s->paused_ms + (s->paused_since_ms ? now_ms - s->paused_since_ms : 0));
    return o;
}

static const char *run_status(const struct build *b)
{
    if (b->ended_ms == 0) {
        return b->input_id[0] ? "PAUSED_PENDING_INPUT" : "IN_PROGRESS";
    }
    if (b->n_stages == 0) {
        return "NOT_EXECUTED";
    }
    return strcmp(b->result, "FAILURE") == 0 ? "FAILED" : b->result;
}

json_object *wfapi_describe(const struct ctl *c, const struct build *b)
{
    char name[32];
    json_object *o = json_object_new_object(), *links = json_object_new_object();
    json_object *stages = json_object_new_array();
    int64_t end_ms = b->ended_ms ? b->ended_ms : wall_ms();
    json_object_object_add(links, "self", link_to(c, b, "wfapi/describe"));
    if (b->input_id[0]) {
        json_object_object_add(links, "pendingInputActions",
                               link_to(c, b, "wfapi/pendingInputActions"));
        json_object_object_add(links, "nextPendingInputAction",
                               link_to(c, b, "wfapi/nextPendingInputAction"));
    }
    json_object_object_add(o, "_links", links);
    (void)snprintf(name, sizeof name, "#%lld", (long long)b->number);
    text(o, "id", name + 1);
    text(o, "name", name);
    text(o, "status", run_status(b));
    number(o, "startTimeMillis", b->started_ms);
    number(o, "endTimeMillis", end_ms);
    number(o, "durationMillis", end_ms - b->started_ms);
    number(o, "queueDurationMillis", 3);
    number(o, "pauseDurationMillis", 0); /* it stays 0 here: only the stage has it */
    for (size_t i = 0; i < b->n_stages; i++) {
        json_object_array_add(stages, stage_json(c, b, i));
    }
    json_object_object_add(o, "stages", stages);
    return o;
}

json_object *wfapi_pending(const struct ctl *c, const struct build *b)
{
    char path[400], url[700];
    json_object *list = json_object_new_array();
    if (!b->input_id[0] || b->ended_ms) {
        return list;
    }
    json_object *o = json_object_new_object();
    job_url_path(b->job, path, sizeof path);
    text(o, "id", b->input_id);
    text(o, "proceedText", "Proceed");
    text(o, "message", b->input_message);
    json_object_object_add(o, "inputs", json_object_new_array());
    (void)snprintf(url, sizeof url, "%s/%s/%lld/wfapi/inputSubmit?inputId=%s", c->opt.context,
                   path, (long long)b->number, b->input_id);
    text(o, "proceedUrl", url);
    (void)snprintf(url, sizeof url, "%s/%s/%lld/input/%s/abort", c->opt.context, path,
                   (long long)b->number, b->input_id);
    text(o, "abortUrl", url);
    (void)snprintf(url, sizeof url, "%s/%s/%lld/input/", c->opt.context, path,
                   (long long)b->number);
    text(o, "redirectApprovalUrl", url);
    json_object_array_add(list, o);
    return list;
}

struct graph {
    const struct build *b;
    json_object *nodes;
    int id;
};

static void add_node(struct graph *g, const char *class, const char *name, bool red,
                     bool running)
{
    char path[400], line[700];
    json_object *o = json_object_new_object(), *actions = json_object_new_array();
    int id = g->id++;
    (void)snprintf(line, sizeof line, "org.jenkinsci.plugins.workflow.%s", class);
    text(o, "_class", line);
    json_object_array_add(actions, json_object_new_object());
    json_object_object_add(o, "actions", actions);
    text(o, "displayName", name);
    text(o, "iconColor", running ? "blue_anime" : red ? "red" : "blue");
    (void)snprintf(line, sizeof line, "%d", id);
    text(o, "id", line);
    json_object_object_add(o, "running", json_object_new_boolean(running));
    (void)snprintf(line, sizeof line, "%s/%lld/execution/node/%d/",
                   job_url_path(g->b->job, path, sizeof path), (long long)g->b->number, id);
    text(o, "url", line);
    json_object_array_add(g->nodes, o);
}

static void add_stage(struct graph *g, const struct stage *s)
{
    bool bad = s->error_type[0] != '\0', running = s->ended_ms == 0;
    bool skipped = s->mark == MARK_SKIPPED;
    add_node(g, "cps.nodes.StepStartNode", "Stage : Start", false, false);
    add_node(g, "cps.nodes.StepStartNode", s->name, false, false);
    add_node(g, "cps.nodes.StepAtomNode",
             skipped ? "Get contextual object from internal APIs" : "Shell Script",
             bad && !skipped, running);
    if (!running) {
        add_node(g, "cps.nodes.StepEndNode", "Stage : Body : End", bad, false);
        add_node(g, "cps.nodes.StepEndNode", "Stage : End", bad, false);
    }
}

json_object *wfapi_nodes(const struct build *b)
{
    struct graph g = {.b = b, .nodes = json_object_new_array(), .id = 2};
    bool bad = b->ended_ms && strcmp(b->result, "SUCCESS") != 0;
    add_node(&g, "graph.FlowStartNode", "Start of Pipeline", false, false);
    add_node(&g, "cps.nodes.StepStartNode", "Allocate node : Start", false, b->waits_for_node);
    if (b->waits_for_node) {
        return g.nodes;
    }
    add_node(&g, "cps.nodes.StepStartNode", "Allocate node : Body : Start", false, false);
    for (size_t i = 0; i < b->n_stages; i++) {
        add_stage(&g, &b->stages[i]);
    }
    if (b->ended_ms) {
        add_node(&g, "cps.nodes.StepEndNode", "Allocate node : Body : End", bad, false);
        add_node(&g, "cps.nodes.StepEndNode", "Allocate node : End", bad, false);
        add_node(&g, "graph.FlowEndNode", "End of Pipeline", bad, false);
    }
    return g.nodes;
}
