/* Preflight rows about the controller, the job, and earlier attempts. */
#include "backend/failover/preflight_rows.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DESTROY      "DESTROY_TERRAFORM"
#define DRILL_OLD_MS (INT64_C(90) * 86400 * 1000)

/* Is what is known of the controller young enough to rest on? */
static bool is_current(const struct preflight_view *v)
{
    return v->job->asked && v->now_ms - v->job->taken_at_ms <= PREFLIGHT_JOB_MS;
}

static struct preflight_row *stamped(const struct preflight_view *v, struct preflight_row *row)
{
    if (v->job->asked) {
        row->age_ms = opt_i64(v->now_ms - v->job->taken_at_ms);
    }
    return row;
}

static struct preflight_row *refused(const struct preflight_view *v, enum preflight_row_id id,
                                     enum preflight_class class, const char *text)
{
    struct preflight_row *row = preflight_row(v, id, class, "%s", text);
    preflight_no_override(row);
    preflight_detail(row, "%s", v->job->why);
    return stamped(v, row);
}

static void jenkins_row(const struct preflight_view *v)
{
    const struct jenkins_job *job = &v->job->job;
    const char *url = v->s->config->failover.jenkins.url;
    if (!v->job->asked) {
        (void)refused(v, ROW_JENKINS, PREFLIGHT_UNKNOWN, "Jenkins has not been asked yet");
        return;
    }
    if (!is_current(v)) {
        (void)refused(v, ROW_JENKINS, PREFLIGHT_UNKNOWN,
                      "Jenkins has not answered for more than 10 s");
        return;
    }
    switch (v->job->reach) {
    case JENKINS_DENIED:
        (void)refused(v, ROW_JENKINS, PREFLIGHT_BLOCK, "Jenkins refuses our user");
        return;
    case JENKINS_STARTING:
        (void)refused(v, ROW_JENKINS, PREFLIGHT_BLOCK, "Jenkins is starting");
        return;
    case JENKINS_UNREACHED:
        (void)refused(v, ROW_JENKINS, PREFLIGHT_BLOCK, "Jenkins cannot be reached");
        return;
    case JENKINS_ODD:
        (void)refused(v, ROW_JENKINS, PREFLIGHT_UNKNOWN, "Jenkins' answer makes no sense");
        return;
    case JENKINS_ABSENT: /* of the job: its row says so */
        (void)stamped(v, preflight_row(v, ROW_JENKINS, PREFLIGHT_PASS, "Jenkins answers"));
        return;
    case JENKINS_OK:
        break;
    }
    struct preflight_row *row;
    if (job->quieting == TRI_YES) {
        row = preflight_row(v, ROW_JENKINS, PREFLIGHT_BLOCK,
                            "Jenkins prepares to shut down: a run would wait");
    } else if (job->quieting == TRI_UNKNOWN) {
        row = preflight_row(v, ROW_JENKINS, PREFLIGHT_UNKNOWN,
                            "cannot know whether Jenkins prepares to shut down");
    } else if (job->user[0] == '\0') {
        row = preflight_row(v, ROW_JENKINS, PREFLIGHT_UNKNOWN,
                            "cannot know as whom Jenkins knows us");
    } else {
        row = preflight_row(v, ROW_JENKINS, PREFLIGHT_PASS, "Jenkins reachable, as %s",
                            job->user);
    }
    preflight_detail(row, "%s, version %s", url, job->version[0] ? job->version : "unknown");
    (void)stamped(v, row);
}

/* False, with the row filled in, when nothing is known of the job. */
static bool job_is_known(const struct preflight_view *v, enum preflight_row_id id,
                         const char *unknown)
{
    if (is_current(v) && v->job->reach == JENKINS_OK) {
        return true;
    }
    (void)refused(v, id, PREFLIGHT_UNKNOWN, unknown);
    return false;
}

static void job_row(const struct preflight_view *v)
{
    const struct jenkins_job *job = &v->job->job;
    if (is_current(v) && v->job->reach == JENKINS_ABSENT) {
        (void)refused(v, ROW_JOB, PREFLIGHT_BLOCK, "no such job, or hidden from our user");
        return;
    }
    if (!job_is_known(v, ROW_JOB, "cannot know whether the job can be built")) {
        return;
    }
    if (job->disabled == TRI_YES) {
        (void)refused(v, ROW_JOB, PREFLIGHT_BLOCK, "the job is disabled");
    } else if (job->buildable == TRI_NO) {
        (void)refused(v, ROW_JOB, PREFLIGHT_BLOCK, "the job cannot be built");
    } else if (job->buildable == TRI_UNKNOWN) {
        (void)refused(v, ROW_JOB, PREFLIGHT_UNKNOWN,
                      "cannot know whether the job can be "
                      "built");
    } else if (!job->last_number.known && !job->declares) {
        (void)refused(v, ROW_JOB, PREFLIGHT_BLOCK,
                      "the job has never run, so it declares no parameters yet");
    } else if (!job->last_number.known) {
        (void)stamped(v, preflight_row(v, ROW_JOB, PREFLIGHT_WARN,
                                       "the job %s is buildable, but has never run",
                                       job->full_name));
    } else {
        (void)stamped(v, preflight_row(v, ROW_JOB, PREFLIGHT_PASS, "the job %s is buildable",
                                       job->full_name));
    }
}

static const struct jenkins_param *declared(const struct jenkins_job *job, const char *name)
{
    for (size_t i = 0; i < job->n_params; i++) {
        if (strcmp(job->params[i].name, name) == 0) {
            return &job->params[i];
        }
    }
    return NULL;
}

static const char *sent(const struct preflight_view *v, const char *name)
{
    for (size_t i = 0; i < v->n_values; i++) {
        if (strcmp(v->values[i].name, name) == 0) {
            return v->values[i].value;
        }
    }
    return NULL;
}

static enum tri is_choice(const struct jenkins_param *p, const char *value)
{
    size_t room = sizeof p->choices / sizeof *p->choices;
    for (size_t i = 0; i < p->n_choices && i < room; i++) {
        if (strcmp(p->choices[i], value) == 0) {
            return TRI_YES;
        }
    }
    bool cut = p->n_choices > room || strlen(value) >= sizeof p->choices[0];
    return cut ? TRI_UNKNOWN : TRI_NO;
}

/* NULL when there is nothing to say against it. */
static struct preflight_row *value_row(const struct preflight_view *v,
                                       const struct jenkins_value *value)
{
    const struct config_failover *cfg = &v->s->config->failover;
    const struct jenkins_param *p = declared(&v->job->job, value->name);
    struct preflight_row *row = NULL;
    if (strcasecmp(value->name, DESTROY) == 0 && strcmp(value->value, "false") != 0) {
        row = preflight_row(v, ROW_PARAMETERS, PREFLIGHT_BLOCK, DESTROY " would be \"%s\"",
                            value->value);
        preflight_no_override(row);
    } else if (!p) {
        row = preflight_row(v, ROW_PARAMETERS, PREFLIGHT_BLOCK,
                            "%s is not declared by the job, which would drop it", value->name);
        if (cfg->request_id_parameter && strcmp(value->name, cfg->request_id_parameter) == 0) {
            preflight_no_override(row); /* the run could not be found again */
        }
    } else if (p->type == JENKINS_BOOLEAN && strcmp(value->value, "true") != 0 &&
               strcmp(value->value, "false") != 0) {
        row = preflight_row(v, ROW_PARAMETERS, PREFLIGHT_BLOCK,
                            "%s is \"%s\", expected \"true\" or \"false\"", value->name,
                            value->value);
        preflight_no_override(row);
    } else if (p->type == JENKINS_CHOICE && is_choice(p, value->value) == TRI_NO) {
        row = preflight_row(v, ROW_PARAMETERS, PREFLIGHT_BLOCK,
                            "%s is \"%s\", which is none of the job's choices", value->name,
                            value->value);
        preflight_no_override(row);
    } else if (p->type == JENKINS_CHOICE && is_choice(p, value->value) == TRI_UNKNOWN) {
        row = preflight_row(v, ROW_PARAMETERS, PREFLIGHT_UNKNOWN,
                            "cannot know whether \"%s\" is a choice of %s", value->value,
                            value->name);
    }
    return row;
}

static struct preflight_row *unsent_row(const struct preflight_view *v)
{
    const struct jenkins_job *job = &v->job->job;
    for (size_t i = 0; i < job->n_params; i++) {
        const char *name = job->params[i].name;
        if (!sent(v, name)) {
            struct preflight_row *row = preflight_row(
                v, ROW_PARAMETERS, PREFLIGHT_BLOCK,
                "%s is declared and not configured: its default would be used", name);
            if (strcasecmp(name, DESTROY) == 0) {
                preflight_no_override(row);
            }
            return row;
        }
    }
    return NULL;
}

static struct preflight_row *unchecked_row(const struct preflight_view *v)
{
    const struct jenkins_job *job = &v->job->job;
    if (job->n_params >= JENKINS_PARAMS_MAX) {
        return preflight_row(v, ROW_PARAMETERS, PREFLIGHT_UNKNOWN,
                             "the job declares more parameters than drtop checks (%d)",
                             JENKINS_PARAMS_MAX - 1);
    }
    for (size_t i = 0; i < job->n_params; i++) {
        if (job->params[i].type == JENKINS_OTHER) {
            return preflight_row(v, ROW_PARAMETERS, PREFLIGHT_WARN,
                                 "the value of %s cannot be checked (%s)", job->params[i].name,
                                 job->params[i].type_name);
        }
    }
    return NULL;
}

/* The worst comes first: what may never be sent, then what may with a reason, then doubts. */
static void parameters_row(const struct preflight_view *v)
{
    struct preflight_row *row = NULL, worst;
    bool found = false;
    if (!job_is_known(v, ROW_PARAMETERS, "cannot know which parameters the job declares")) {
        return;
    }
    if (!v->job->job.declares) {
        (void)refused(v, ROW_PARAMETERS, PREFLIGHT_BLOCK, "the job declares no parameters");
        return;
    }
    for (size_t i = 0; i < v->n_values; i++) {
        row = value_row(v, &v->values[i]);
        if (row && !row->may_override) {
            (void)stamped(v, row);
            return;
        }
        if (row && (!found || row->class < worst.class)) {
            worst = *row;
            found = true;
        }
    }
    row = unsent_row(v);
    if (row && (!row->may_override || !found || worst.class == PREFLIGHT_UNKNOWN)) {
        (void)stamped(v, row);
        return;
    }
    if (found) {
        v->out->rows[ROW_PARAMETERS] = worst;
        (void)stamped(v, &v->out->rows[ROW_PARAMETERS]);
        return;
    }
    row = unchecked_row(v);
    if (!row) {
        row = preflight_row(v, ROW_PARAMETERS, PREFLIGHT_PASS,
                            "all %zu parameters declared and valid", v->n_values);
    }
    (void)stamped(v, row);
}

static void run_row(const struct preflight_view *v)
{
    const struct jenkins_job *job = &v->job->job;
    bool never = !job->last_number.known;
    if (v->past->running) {
        (void)refused(v, ROW_RUN, PREFLIGHT_BLOCK, "an attempt of drtop's is under way");
        return;
    }
    if (!job_is_known(v, ROW_RUN, "cannot know whether a run is in progress")) {
        return;
    }
    if (job->last_building == TRI_YES) {
        (void)refused(v, ROW_RUN, PREFLIGHT_BLOCK, "a run of the job is in progress");
    } else if (job->in_queue == TRI_YES) {
        (void)refused(v, ROW_RUN, PREFLIGHT_BLOCK, "a run of the job is queued");
    } else if (job->in_queue == TRI_UNKNOWN || (job->last_building == TRI_UNKNOWN && !never)) {
        (void)refused(v, ROW_RUN, PREFLIGHT_UNKNOWN,
                      "cannot know whether a run is in "
                      "progress");
    } else if (job->concurrent == TRI_YES) {
        (void)stamped(v, preflight_row(v, ROW_RUN, PREFLIGHT_WARN,
                                       "no newer run in progress, but the job allows several"));
    } else {
        (void)stamped(v, preflight_row(v, ROW_RUN, PREFLIGHT_PASS,
                                       "no run of the job in progress or queued"));
    }
}

void preflight_job_rows(const struct preflight_view *v)
{
    jenkins_row(v);
    job_row(v);
    parameters_row(v);
    run_row(v);
}

static void cooldown_row(const struct preflight_view *v)
{
    int64_t cooldown_ms = v->s->config->failover.cooldown_ms;
    const struct preflight_past *past = v->past;
    char span[24];
    if (past->unacknowledged) {
        struct preflight_row *row =
            preflight_row(v, ROW_COOLDOWN, PREFLIGHT_BLOCK,
                          "nobody has acknowledged how the last attempt ended");
        preflight_no_override(row);
        return;
    }
    int64_t since_ms = past->ended_wall_ms.known ? v->wall_ms - past->ended_wall_ms.v : 0;
    if (past->ended_wall_ms.known && since_ms < cooldown_ms) {
        preflight_span(cooldown_ms - since_ms, span);
        struct preflight_row *row = preflight_row(v, ROW_COOLDOWN, PREFLIGHT_BLOCK,
                                                  "an attempt has ended lately: %s left", span);
        row->age_ms = opt_i64(since_ms);
        return;
    }
    (void)preflight_row(v, ROW_COOLDOWN, PREFLIGHT_PASS,
                        "no earlier attempt within the "
                        "cooldown");
}

static void drill_row(const struct preflight_view *v)
{
    const struct preflight_past *past = v->past;
    char ago[24], took[24] = "";
    if (!past->drill_wall_ms.known) {
        (void)preflight_row(v, ROW_DRILL, PREFLIGHT_WARN, "no drill was ever done");
        return;
    }
    int64_t age_ms = v->wall_ms - past->drill_wall_ms.v;
    preflight_span(age_ms, ago);
    if (past->drill_took_ms.known) {
        preflight_span(past->drill_took_ms.v, took);
    }
    (void)preflight_row(v, ROW_DRILL, age_ms > DRILL_OLD_MS ? PREFLIGHT_WARN : PREFLIGHT_PASS,
                        "last drill %s ago%s%s", ago, took[0] ? ": " : "", took);
}

void preflight_past_rows(const struct preflight_view *v)
{
    if (v->past->holder[0] != '\0') {
        struct preflight_row *row = preflight_row(v, ROW_OPERATOR, PREFLIGHT_BLOCK,
                                                  "%s holds the failover", v->past->holder);
        preflight_no_override(row);
    } else {
        (void)preflight_row(v, ROW_OPERATOR, PREFLIGHT_PASS, "nobody else holds the failover");
    }
    cooldown_row(v);
    if (v->out->verb != VERB_DRILL) {
        drill_row(v);
    }
}
