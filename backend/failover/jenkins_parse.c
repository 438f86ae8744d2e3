#include "backend/failover/jenkins_parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/failover/jenkins_url.h"
#include "backend/mem.h"
#include "backend/net/json_value.h"
#include "backend/net/text.h"

static enum jenkins_param_type param_type(const char *name)
{
    static const struct {
        const char *name;
        enum jenkins_param_type type;
    } types[] = {
        {"StringParameterDefinition", JENKINS_STRING},
        {"TextParameterDefinition", JENKINS_STRING},
        {"BooleanParameterDefinition", JENKINS_BOOLEAN},
        {"ChoiceParameterDefinition", JENKINS_CHOICE},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].name, name) == 0) {
            return types[i].type;
        }
    }
    return JENKINS_OTHER;
}

static void read_choices(struct json_object *choices, struct jenkins_param *out)
{
    size_t room = sizeof out->choices / sizeof *out->choices;
    size_t n = json_length(choices);
    out->n_choices = n > room ? room + 1 : n;
    for (size_t i = 0; i < n && i < room; i++) {
        struct json_object *choice = json_object_array_get_idx(choices, i);
        if (json_object_is_type(choice, json_type_string)) {
            (void)text_clean_str(out->choices[i], sizeof out->choices[i],
                                 json_object_get_string(choice));
        }
    }
}

static void read_params(struct json_object *definitions, struct jenkins_job *out)
{
    out->declares = true;
    for (size_t i = 0; i < json_length(definitions) && out->n_params < JENKINS_PARAMS_MAX;
         i++) {
        struct json_object *def = json_object_array_get_idx(definitions, i);
        struct jenkins_param *p = &out->params[out->n_params];
        *p = (struct jenkins_param){0};
        if (json_text(def, "name", p->name, sizeof p->name)) {
            (void)json_text(def, "type", p->type_name, sizeof p->type_name);
            p->type = param_type(p->type_name);
            read_choices(json_list(def, "choices"), p);
            out->n_params++;
        }
    }
}

static void read_job(struct json_object *root, struct jenkins_job *out)
{
    struct json_object *last = json_member(root, "lastBuild");
    struct json_object *properties = json_list(root, "property");
    out->buildable = json_tri(root, "buildable");
    out->disabled = json_tri(root, "disabled");
    out->concurrent = json_tri(root, "concurrentBuild");
    out->in_queue = json_tri(root, "inQueue");
    out->next_number = json_i64(root, "nextBuildNumber");
    out->last_number = json_i64(last, "number");
    out->last_building = json_tri(last, "building");
    /* lastBuild is there and null: there is none, so none is running. */
    if (!last && json_object_object_get_ex(root, "lastBuild", NULL)) {
        out->last_building = TRI_NO;
    }
    for (size_t i = 0; i < json_length(properties); i++) {
        struct json_object *property = json_object_array_get_idx(properties, i);
        struct json_object *definitions = json_list(property, "parameterDefinitions");
        if (definitions) {
            read_params(definitions, out);
        }
    }
}

bool jenkins_parse_job(const char *body, size_t len, struct jenkins_job *out)
{
    struct json_object *root = json_from(body, len);
    char name[sizeof out->full_name];
    bool ok = json_text(root, "fullName", name, sizeof name);
    if (ok) {
        memset(out, 0, sizeof *out); /* too large for the stack of a thread */
        memcpy(out->full_name, name, sizeof name);
        read_job(root, out);
    }
    json_object_put(root);
    return ok;
}

bool jenkins_parse_quieting(const char *body, size_t len, enum tri *out)
{
    struct json_object *root = json_from(body, len);
    enum tri quieting = json_tri(root, "quietingDown");
    json_object_put(root);
    if (quieting != TRI_UNKNOWN) {
        *out = quieting;
    }
    return quieting != TRI_UNKNOWN;
}

bool jenkins_parse_user(const char *body, size_t len, char *out, size_t out_size)
{
    char name[64];
    struct json_object *root = json_from(body, len);
    bool ok = json_text(root, "name", name, sizeof name);
    json_object_put(root);
    if (ok) {
        (void)text_copy(out, out_size, name);
    }
    return ok;
}

/* What may stand in a header without starting another one. */
static bool is_token(const char *text)
{
    for (const char *p = text; *p; p++) {
        bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                     (*p >= '0' && *p <= '9') || strchr("-_.:", *p);
        if (!plain) {
            return false;
        }
    }
    return *text != '\0';
}

bool jenkins_parse_crumb(const char *body, size_t len, char *out, size_t out_size)
{
    char field[64], crumb[192];
    struct json_object *root = json_from(body, len);
    bool ok = json_text(root, "crumbRequestField", field, sizeof field) &&
              json_text(root, "crumb", crumb, sizeof crumb);
    json_object_put(root);
    if (!ok || !is_token(field) || !is_token(crumb) || strchr(field, ':')) {
        return false;
    }
    int n = snprintf(out, out_size, "%s: %s", field, crumb);
    return n > 0 && (size_t)n < out_size;
}

/* The value of a parameter among a queue item's or a build's actions; NULL: it has none. */
static struct json_object *parameter_of(struct json_object *thing, const char *parameter)
{
    struct json_object *actions = json_list(thing, "actions");
    for (size_t i = 0; i < json_length(actions); i++) {
        struct json_object *action = json_object_array_get_idx(actions, i);
        struct json_object *list = json_list(action, "parameters");
        for (size_t k = 0; k < json_length(list); k++) {
            struct json_object *p = json_object_array_get_idx(list, k);
            if (json_is(p, "name", parameter)) {
                return p;
            }
        }
    }
    return NULL;
}

/* Replays, rebuilds and restarts copy every parameter; only their causes differ. */
static bool is_copy(struct json_object *thing)
{
    static const char *const causes[] = {"ReplayCause", "RestartDeclarativePipelineCause",
                                         "RebuildCause", "NaginatorCause"};
    struct json_object *actions = json_list(thing, "actions");
    for (size_t i = 0; i < json_length(actions); i++) {
        struct json_object *list = json_list(json_object_array_get_idx(actions, i), "causes");
        for (size_t k = 0; k < json_length(list); k++) {
            struct json_object *cause = json_object_array_get_idx(list, k);
            for (size_t c = 0; c < sizeof causes / sizeof *causes; c++) {
                if (json_ends(cause, "_class", causes[c])) {
                    return true;
                }
            }
        }
    }
    return false;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* A task names itself without its folders; its URL, where it is given, has them. A task that says
 * nothing may be ours. */
static bool task_is_ours(struct json_object *item, const char *job)
{
    struct json_object *task = json_member(item, "task");
    if (!json_member(task, "name")) {
        return true;
    }
    if (json_ends(task, "_class", "PlaceholderTask")) {
        return false;
    }
    return json_is(task, "name", last_part(job)) || json_is(task, "name", job);
}

static enum jenkins_item_state item_state(struct json_object *root)
{
    bool cancelled = json_tri(root, "cancelled") == TRI_YES;
    bool left = json_ends(root, "_class", "$LeftItem") || json_member(root, "executable");
    if (cancelled || left) {
        return cancelled ? ITEM_CANCELLED : ITEM_LEFT;
    }
    if (json_ends(root, "_class", "$BlockedItem") || json_tri(root, "blocked") == TRI_YES) {
        return ITEM_BLOCKED;
    }
    if (json_ends(root, "_class", "$BuildableItem") || json_tri(root, "buildable") == TRI_YES) {
        return ITEM_BUILDABLE;
    }
    return ITEM_WAITING;
}

bool jenkins_parse_item(const char *body, size_t len, const char *job, const char *parameter,
                        struct jenkins_item *out, bool *out_ours)
{
    struct json_object *root = json_from(body, len);
    struct opt_i64 id = json_i64(root, "id");
    if (!id.known) {
        json_object_put(root);
        return false;
    }
    *out = (struct jenkins_item){
        .id = id.v,
        .state = item_state(root),
        .stuck = json_tri(root, "stuck") == TRI_YES,
        .build = json_i64(json_member(root, "executable"), "number"),
    };
    (void)json_text(root, "why", out->why, sizeof out->why);
    (void)json_text(parameter_of(root, parameter), "value", out->request_id,
                    sizeof out->request_id);
    *out_ours = task_is_ours(root, job);
    json_object_put(root);
    return true;
}

bool jenkins_parse_queue_search(const char *body, size_t len, const char *job,
                                const char *parameter, const char *request_id,
                                struct jenkins_found *out)
{
    struct json_object *root = json_from(body, len);
    struct json_object *items = json_list(root, "items");
    for (size_t i = 0; i < json_length(items); i++) {
        struct json_object *item = json_object_array_get_idx(items, i);
        struct opt_i64 id = json_i64(item, "id");
        if (!id.known || !task_is_ours(item, job) ||
            !json_is(parameter_of(item, parameter), "value", request_id)) {
            continue;
        }
        if (is_copy(item) || out->in_queue) {
            out->copies++;
        } else {
            out->in_queue = true;
            out->queue_id = id.v;
        }
    }
    json_object_put(root);
    return items != NULL;
}

bool jenkins_parse_build_search(const char *body, size_t len, const char *parameter,
                                const char *request_id, struct jenkins_found *out)
{
    struct json_object *root = json_from(body, len);
    struct json_object *builds = json_list(root, "builds");
    for (size_t i = 0; i < json_length(builds); i++) {
        struct json_object *build = json_object_array_get_idx(builds, i);
        struct opt_i64 number = json_i64(build, "number");
        if (!number.known || !json_is(parameter_of(build, parameter), "value", request_id)) {
            continue;
        }
        if (is_copy(build)) {
            out->copies++;
            continue;
        }
        /* Of several originals the oldest is the one; the others are shown as copies. */
        out->copies += out->is_build ? 1 : 0;
        out->number = out->is_build && out->number < number.v ? out->number : number.v;
        out->is_build = true;
    }
    json_object_put(root);
    return builds != NULL;
}

static enum jenkins_result result_of(const char *word)
{
    static const struct {
        const char *word;
        enum jenkins_result result;
    } results[] = {
        {"", RESULT_NONE},
        {"SUCCESS", RESULT_SUCCESS},
        {"UNSTABLE", RESULT_UNSTABLE},
        {"FAILURE", RESULT_FAILURE},
        {"ABORTED", RESULT_ABORTED},
        {"NOT_BUILT", RESULT_NOT_BUILT},
    };
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        if (strcmp(results[i].word, word) == 0) {
            return results[i].result;
        }
    }
    return RESULT_OTHER;
}

static struct opt_i64 not_negative(struct opt_i64 v)
{
    return v.known && v.v >= 0 ? v : (struct opt_i64){0};
}

bool jenkins_parse_build(const char *body, size_t len, struct jenkins_build *out,
                         bool *out_pipeline)
{
    struct json_object *root = json_from(body, len);
    struct opt_i64 number = json_i64(root, "number"), start = json_i64(root, "timestamp");
    enum tri building = json_tri(root, "building");
    bool ok = number.known && building != TRI_UNKNOWN;
    if (ok) {
        *out = (struct jenkins_build){
            .number = number.v,
            .building = building == TRI_YES || json_tri(root, "inProgress") == TRI_YES,
            .started_wall_ms = start.known ? start.v : 0,
            .estimated_ms = not_negative(json_i64(root, "estimatedDuration")),
        };
        (void)json_text(root, "result", out->result_word, sizeof out->result_word);
        out->result = result_of(out->result_word);
        if (!out->building) { /* before its end Jenkins says 0 */
            out->took_ms = not_negative(json_i64(root, "duration"));
        }
        *out_pipeline = json_ends(root, "_class", "WorkflowRun");
    }
    json_object_put(root);
    return ok;
}

/* An item of the build's own: by its URL, or by its name "part of x #1", "x #1 (Stage)". */
static bool waits_for(struct json_object *task, const char *job, int64_t number)
{
    char end[1024], name[400];
    if (!json_ends(task, "_class", "PlaceholderTask")) {
        return false;
    }
    if (json_member(task, "url")) {
        char *folder = jenkins_url_job(job);
        int n = snprintf(end, sizeof end, "%s%" PRId64 "/", folder, number);
        free(folder);
        if (n <= 0 || (size_t)n >= sizeof end) {
            return false;
        }
        /* Relative as a rule; a whole URL may have a context path before the job. */
        return json_is(task, "url", end) ||
               (json_has(task, "url", "://") && json_ends(task, "url", end));
    }
    (void)snprintf(end, sizeof end, "part of %s #%" PRId64, last_part(job), number);
    if (json_is(task, "name", end)) {
        return true;
    }
    int n = snprintf(end, sizeof end, "%s #%" PRId64 " (", last_part(job), number);
    return json_text(task, "name", name, sizeof name) && n > 0 &&
           strncmp(name, end, strlen(end)) == 0;
}

bool jenkins_parse_waits(const char *body, size_t len, const char *job, int64_t number,
                         char *out, size_t out_size)
{
    struct json_object *root = json_from(body, len);
    struct json_object *items = json_list(root, "items");
    *out = '\0';
    for (size_t i = 0; i < json_length(items) && !*out; i++) {
        struct json_object *item = json_object_array_get_idx(items, i);
        if (waits_for(json_member(item, "task"), job, number)) {
            (void)json_text(item, "why", out, out_size);
        }
    }
    json_object_put(root);
    return items != NULL;
}

bool jenkins_parse_input(const char *body, size_t len, struct jenkins_input *out,
                         char **out_raw_id)
{
    struct json_object *root = json_from(body, len);
    bool ok = json_object_is_type(root, json_type_array);
    struct json_object *first = NULL;
    if (ok && json_object_array_length(root) > 0) {
        first = json_object_array_get_idx(root, 0);
        ok = json_object_is_type(json_member(first, "id"), json_type_string);
    }
    if (ok) {
        *out = (struct jenkins_input){.pending = first != NULL};
    }
    if (ok && first) {
        (void)json_text(first, "id", out->id, sizeof out->id);
        (void)json_text(first, "message", out->message, sizeof out->message);
        out->n_inputs = json_length(json_list(first, "inputs"));
        if (out_raw_id) {
            *out_raw_id = mem_strdup(json_object_get_string(json_member(first, "id")));
        }
    }
    json_object_put(root);
    return ok;
}
