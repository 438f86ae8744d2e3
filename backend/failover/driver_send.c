/* From the decision to the answer: the intent on disk, one request, and what its answer means. What
 * has no answer is looked for by its id and never sent again without a human. */
#include "backend/failover/driver_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "backend/net/text.h"

size_t driver_values(const struct config *cfg, bool drill, const char *request_id,
                     const char *operator, const char * reason,
                     struct jenkins_value out[JENKINS_PARAMS_MAX])
{
    const struct config_failover *f = &cfg->failover;
    const struct config_job *job = drill ? &f->drill : &f->job;
    const struct jenkins_value ours[] = {
        {f->request_id_parameter, request_id ? request_id : ""},
        {f->operator_parameter, operator? operator: "" },
         {f->reason_parameter, reason ? reason : ""}, };
    size_t n = 0;
    for (size_t i = 0; i < job->n_parameters && n < JENKINS_PARAMS_MAX; i++) {
        out[n++] = (struct jenkins_value){job->parameters[i].name, job->parameters[i].value};
    }
    for (size_t i = 0; i < sizeof ours / sizeof *ours && n < JENKINS_PARAMS_MAX; i++) {
        if (ours[i].name) {
            out[n++] = ours[i];
        }
    }
    return n;
}

/* "drtop-20261122-140812-5f3a9c"; false without randomness, since then it may not be unique. */
static bool make_request_id(int64_t wall_ms, char *out, size_t size)
{
    unsigned char bytes[3];
    char stamp[32];
    struct tm tm;
    time_t s = (time_t)(wall_ms / 1000);
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes || !gmtime_r(&s, &tm) ||
        strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &tm) == 0) {
        return false;
    }
    (void)snprintf(out, size, "drtop-%s-%02x%02x%02x", stamp, bytes[0], bytes[1], bytes[2]);
    return true;
}

static void name_incident(struct driver *d, struct attempt *a)
{
    struct snapshot *s = engine_look(d->engine);
    if (s && s->incident.open) {
        (void)text_copy(a->incident, sizeof a->incident, s->incident.id);
    }
    snapshot_unref(s);
}

static bool compose(struct driver *d, const struct guard *g, struct attempt *out)
{
    const struct config_failover *f = &d->cfg->failover;
    const struct preflight_job *job = g->drill ? &d->now.drill_job : &d->now.job;
    struct attempt a = {
        .state = ATTEMPT_INTENT,
        .drill = g->drill,
        .verb = g->facts.verb,
        .facts_hash = g->approved_hash,
        .intended_wall_ms = clock_wall_ms(d->clk),
        .posts = 1,
    };
    (void)text_copy(a.job, sizeof a.job, g->drill ? f->drill.path : f->job.path);
    (void)text_copy(a.operator, sizeof a.operator, d->who);
    (void)text_copy(a.second, sizeof a.second, g->second);
    (void)text_copy(a.reason, sizeof a.reason, g->reason);
    (void)text_copy(a.promised_lose, sizeof a.promised_lose, g->facts.lose);
    (void)text_copy(a.boot, sizeof a.boot, job->job.boot);
    name_incident(d, &a);
    *out = a;
    return make_request_id(a.intended_wall_ms, out->request_id, sizeof out->request_id);
}

/* --- the one request */

static void enter_queue(struct attempt *a, const struct jenkins_triggered *t)
{
    a->state = ATTEMPT_QUEUED;
    a->joined = t->what == TRIGGER_JOINED;
    a->queue_id = t->queue_id;
}

/* What the answer to the first request means. */
static void settle_first(struct driver *d, const struct jenkins_triggered *t,
                         const struct error *err, double wire_ms)
{
    struct attempt *a = &d->now.attempt;
    switch (t->what) {
    case TRIGGER_ACCEPTED:
    case TRIGGER_JOINED:
        enter_queue(a, t);
        (void)driver_say(d, "%s; on the wire %.1f ms after the decision",
                         a->joined ? "accepted, joined to the same request in the queue"
                                   : "accepted by the controller",
                         wire_ms);
        break;
    case TRIGGER_REFUSED:
        a->state = ATTEMPT_REFUSED;
        a->ended_wall_ms = clock_wall_ms(d->clk);
        (void)driver_say(d, "refused: %s", err->text);
        break;
    case TRIGGER_NOT_SENT:
        a->state = ATTEMPT_NOT_SENT;
        a->posts = 0;
        a->ended_wall_ms = clock_wall_ms(d->clk);
        (void)driver_say(d, "nothing was sent: %s", err->text);
        break;
    case TRIGGER_UNKNOWN:
        a->state = ATTEMPT_UNKNOWN;
        (void)driver_say(d, "sent, and no answer came (%s): looking for the request",
                         err->text);
        break;
    }
}

/* Of the second: the first may still have been accepted, so a refusal ends nothing. */
static void settle_again(struct driver *d, const struct jenkins_triggered *t,
                         const struct error *err)
{
    struct attempt *a = &d->now.attempt;
    switch (t->what) {
    case TRIGGER_ACCEPTED:
    case TRIGGER_JOINED:
        enter_queue(a, t);
        (void)driver_say(d, "sent again, by hand, and accepted");
        break;
    case TRIGGER_REFUSED:
        (void)driver_say(d, "sent again, by hand, and refused: %s; looking for the first",
                         err->text);
        break;
    case TRIGGER_NOT_SENT:
        a->posts--;
        (void)driver_say(d, "not sent again: %s; looking for the first", err->text);
        break;
    case TRIGGER_UNKNOWN:
        (void)driver_say(d, "sent again, by hand, and no answer came (%s): looking for it",
                         err->text);
        break;
    }
}

/* Exactly one request, or none. at_us: when it was asked for. */
static void send_it(struct driver *d, const struct jenkins_value *values, size_t n,
                    int64_t at_us, bool again)
{
    struct error err = {0};
    struct jenkins_triggered t = {.what = TRIGGER_NOT_SENT};
    struct jenkins *j = driver_client(d);
    /* A process that slept here, stopped or swapped out, may have been taken for dead meanwhile. */
    bool late = clock_mono_ms(d->clk) - d->held_ms > d->terms.dispatch_ms;
    if (late) {
        error_set(&err, "the journal took too long, another drtop may have taken over");
    } else if (driver_call_begin(d, j, true)) {
        t = jenkins_trigger(j, values, n, &err);
        (void)driver_call_end(d);
    } else {
        error_set(&err, "drtop is being ended");
    }
    if (t.wire_us != 0) {
        d->now.attempt.sent_wall_ms = clock_wall_ms(d->clk);
    }
    if (again) {
        settle_again(d, &t, &err);
    } else {
        settle_first(d, &t, &err, (double)(t.wire_us - at_us) / 1000.0);
    }
    d->search = (struct search){0};
    d->now.searching_ms = 0;
    d->now.may_resend = false;
    d->next_ms = 0;
    d->unknown_ms = clock_mono_ms(d->clk);
    (void)driver_put(d);
}

/* --- the intent */

static bool may_begin(struct driver *d, const struct guard *g)
{
    const struct attempt *a = &d->now.attempt;
    if (d->read_only) {
        driver_refuse(d, "nothing was sent: this drtop only watches");
    } else if (!d->can_write || !d->now.readable) {
        driver_refuse(d, "nothing was sent: the journal cannot be written");
    } else if (a->id != 0 && !attempt_is_over(a->state)) {
        driver_refuse(d, "nothing was sent: %s is under way", a->request_id);
    } else if (g->drill && !d->drill) {
        driver_refuse(d, "nothing was sent: no drill is configured");
    } else if (g->facts.verb == VERB_NONE || (g->facts.verb == VERB_DRILL) != g->drill ||
               g->facts.hash != g->approved_hash || !preflight_clear(&g->facts)) {
        driver_refuse(d, "nothing was sent: the approval does not hold");
    } else {
        return true;
    }
    return false;
}

static bool intend(struct driver *d, struct attempt *a, const struct guard *g,
                   const struct jenkins_value *values, size_t n)
{
    struct error err = {0};
    char *parameters = driver_parameters_json(values, n);
    char *preflight = driver_preflight_json(g);
    bool ok = journal_intend(d->st, a, parameters, preflight, &err);
    if (!ok) {
        driver_refuse(d, "nothing was sent: %s", err.text);
    }
    free(parameters);
    free(preflight);
    return ok;
}

void driver_begin(struct driver *d, const struct wish *w)
{
    const struct guard *g = &w->guard;
    struct jenkins_value values[JENKINS_PARAMS_MAX];
    struct attempt a;
    if (!may_begin(d, g)) {
        return;
    }
    if (!compose(d, g, &a)) {
        driver_refuse(d, "nothing was sent: the system gives no random numbers");
        return;
    }
    if (!driver_hold(d)) {
        driver_refuse(d, "nothing was sent: another drtop holds the failover, or the journal "
                         "cannot be written");
        return;
    }
    size_t n = driver_values(d->cfg, a.drill, a.request_id, a.operator, a.reason, values);
    if (!intend(d, &a, g, values, n)) {
        journal_release(d->st, &d->lease);
        d->held_ms = 0;
        d->seen = false;
        return;
    }
    d->now.attempt = a;
    driver_forget_run(d);
    d->now.drives = true;
    d->now.past.running = true;
    send_it(d, values, n, w->at_us, false);
}

void driver_again(struct driver *d, const struct wish *w)
{
    struct attempt *a = &d->now.attempt;
    struct jenkins_value values[JENKINS_PARAMS_MAX];
    struct json_object *keep = NULL;
    struct error err = {0};
    if (!d->now.drives || a->state != ATTEMPT_UNKNOWN || !d->now.may_resend) {
        driver_refuse(d, "not sent again: the search is not over, or it is not ours to send");
        return;
    }
    char *text = journal_parameters(d->st, a->id, &err);
    size_t n = text ? driver_parameters_read(text, values, &keep) : 0;
    free(text);
    if (n == 0) {
        driver_refuse(d, "not sent again: %s",
                      err.text[0] ? err.text : "the journal does not tell what was sent");
    } else {
        a->posts++;
        (void)driver_say(d, "being sent again by %s", d->who);
        if (driver_hold(d) && driver_put(d)) {
            send_it(d, values, n, w->at_us, true);
        } else {
            a->posts--;
            driver_refuse(d, "not sent again: the journal cannot be written");
        }
    }
    driver_json_free(keep);
}

/* --- the search */

static void count_vain(struct driver *d, int64_t now_ms)
{
    struct search *s = &d->search;
    if (s->last_ms != 0) {
        int64_t gap_ms = now_ms - s->last_ms;
        s->lasted_ms += gap_ms < d->terms.ask_max_ms ? gap_ms : d->terms.ask_max_ms;
    }
    s->last_ms = now_ms;
}

/* The controller answers and does not know it. */
static bool in_vain(struct driver *d, int64_t now_ms)
{
    struct attempt *a = &d->now.attempt;
    count_vain(d, now_ms);
    bool over = d->search.lasted_ms >= d->terms.search_ms;
    if (a->state == ATTEMPT_RUNNING) {
        if (over) {
            driver_lost(d);
            return false;
        }
        return driver_say(d, "the controller does not know the run any more: looking on");
    }
    if (a->state == ATTEMPT_QUEUED && !over) {
        return driver_say(d, "it left the queue unseen: looking on");
    }
    a->state = ATTEMPT_UNKNOWN;
    d->now.searching_ms = d->search.lasted_ms;
    d->now.may_resend = over;
    return driver_say(d, over ? "the controller does not know the request: send it again, or "
                                "give it up"
                              : "the controller answers and does not know the request yet: "
                                "looking on");
}

void driver_search(struct driver *d, int64_t now_ms)
{
    struct jenkins_found found = {0};
    struct error err = {0};
    struct jenkins *j = driver_client(d);
    bool news = false;
    if (!driver_call_begin(d, j, false)) {
        return;
    }
    enum jenkins_reach reach = jenkins_find(j, d->cfg->failover.request_id_parameter,
                                            d->now.attempt.request_id, &found, &err);
    bool cut = driver_call_end(d);
    if (reach == JENKINS_OK && (found.is_build || found.in_queue)) {
        driver_found(d, &found);
    } else if (reach == JENKINS_OK) {
        d->back_off_ms = 0;
        d->next_ms = now_ms + d->terms.ask_ms;
        news = in_vain(d, now_ms);
    } else if (!cut) {
        d->search.last_ms = 0;
        driver_back_off(d, now_ms);
        news = driver_say(d, "no answer from the controller: looking on");
    }
    if (news) {
        (void)driver_put(d);
    }
}
