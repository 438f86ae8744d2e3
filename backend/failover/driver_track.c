/* A request that was accepted, through the queue and its build to the build's end. */
#include "backend/failover/driver_state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/text.h"

struct jenkins *driver_client(struct driver *d)
{
    const struct config_failover *f = &d->cfg->failover;
    const struct attempt *a = &d->now.attempt;
    const char *path = a->drill ? f->drill.path : f->job.path;
    if (path && strcmp(path, a->job) == 0) {
        return a->drill ? d->drill : d->job;
    }
    if (!d->other || strcmp(d->other_path, a->job) != 0) {
        struct jenkins *j = jenkins_create(&f->jenkins, a->job);
        jenkins_destroy(d->other);
        d->other = j;
        (void)text_copy(d->other_path, sizeof d->other_path, a->job);
    }
    return d->other;
}

void driver_back_off(struct driver *d, int64_t now_ms)
{
    int64_t next_ms = d->back_off_ms > 0 ? 2 * d->back_off_ms : d->terms.ask_ms;
    d->back_off_ms = next_ms < d->terms.ask_max_ms ? next_ms : d->terms.ask_max_ms;
    d->next_ms = now_ms + d->back_off_ms;
}

void driver_found(struct driver *d, const struct jenkins_found *found)
{
    struct attempt *a = &d->now.attempt;
    d->search = (struct search){0};
    d->now.searching_ms = 0;
    d->now.may_resend = false;
    d->back_off_ms = 0;
    d->next_ms = clock_mono_ms(d->clk) + (a->state == ATTEMPT_RUNNING ? d->terms.ask_ms : 0);
    if (found->is_build) {
        a->state = ATTEMPT_RUNNING;
        a->build = opt_i64(found->number);
        (void)driver_say(d, "found at the controller as build %" PRId64 "%s", found->number,
                         found->copies > 0 ? "; there are replays of it" : "");
    } else {
        a->state = ATTEMPT_QUEUED;
        a->queue_id = opt_i64(found->queue_id);
        (void)driver_say(d, "found at the controller, in the queue");
    }
    (void)driver_put(d);
}

/* --- the queue */

static void on_item(struct driver *d, const struct jenkins_item *item)
{
    struct attempt *a = &d->now.attempt;
    d->back_off_ms = 0;
    d->search = (struct search){0};
    (void)text_copy(d->now.waits, sizeof d->now.waits, item->why);
    if (item->state == ITEM_CANCELLED) {
        a->state = ATTEMPT_FAILED;
        a->ended_wall_ms = clock_wall_ms(d->clk);
        (void)driver_say(d, "cancelled in the queue: nothing has run");
        (void)driver_put(d);
    } else if (item->build.known) {
        a->state = ATTEMPT_RUNNING;
        a->build = item->build;
        d->now.waits[0] = '\0';
        d->next_ms = 0;
        (void)driver_say(d, "runs as build %" PRId64, item->build.v);
        (void)driver_put(d);
    } else if (driver_say(d, "waits in the queue")) {
        (void)driver_put(d);
    }
}

static void follow_queue(struct driver *d, int64_t now_ms)
{
    const struct attempt *a = &d->now.attempt;
    struct jenkins_item item;
    struct error err = {0};
    struct jenkins *j = driver_client(d);
    if (!a->queue_id.known) {
        driver_search(d, now_ms);
        return;
    }
    if (!driver_call_begin(d, j, false)) {
        return;
    }
    enum jenkins_reach reach =
        jenkins_item(j, a->queue_id.v, d->cfg->failover.request_id_parameter, &item, &err);
    bool cut = driver_call_end(d);
    d->next_ms = now_ms + d->terms.ask_ms;
    if (reach == JENKINS_OK && strcmp(item.request_id, a->request_id) == 0) {
        on_item(d, &item);
    } else if (reach == JENKINS_OK || reach == JENKINS_ABSENT) {
        driver_search(d, now_ms); /* numbers begin anew after a crash: it is another's now */
    } else if (!cut) {
        driver_back_off(d, now_ms);
        if (driver_say(d, "no answer from the controller; the request is queued there")) {
            (void)driver_put(d);
        }
    }
}

/* --- the build */

static void append_log(struct driver *d, const char *text, bool anew)
{
    char *log = d->now.log;
    size_t have = anew ? 0 : strlen(log), more = strlen(text);
    const size_t room = sizeof d->now.log - 1;
    if (more > room) {
        text += more - room;
        more = room;
    }
    if (have + more > room) { /* the oldest go, as whole lines where there are any */
        size_t drop = have + more - room;
        const char *newline = memchr(log + drop, '\n', have - drop);
        drop = newline ? (size_t)(newline - log) + 1 : drop;
        have -= drop;
        memmove(log, log + drop, have);
    }
    memcpy(log + have, text, more);
    log[have + more] = '\0';
}

static void read_log(struct driver *d, struct jenkins *j)
{
    bool more = false;
    int64_t at = d->log_at;
    if (!driver_call_begin(d, j, false)) {
        return;
    }
    char *text = mem_alloc(1, DRIVER_LOG_MAX);
    if (jenkins_log(j, d->now.attempt.build.v, &at, text, DRIVER_LOG_MAX, &more, NULL) ==
        JENKINS_OK) {
        append_log(d, text, at < d->log_at);
        d->log_at = at;
    }
    (void)driver_call_end(d);
    free(text);
}

static void add_medians(struct driver *d)
{
    struct phases *p = &d->now.phases;
    for (size_t i = 0; i < p->n; i++) {
        if (!d->knows_phases && d->st) {
            (void)journal_phase_runs(d->st, p->phases[i].name, &d->phase_runs[i], NULL);
        }
        p->phases[i].median_ms = d->phase_runs[i].median_ms;
        p->phases[i].p95_ms = d->phase_runs[i].p95_ms;
    }
    d->knows_phases = true;
}

static bool read_stages(struct driver *d, struct jenkins *j)
{
    struct jenkins_stages stages;
    if (!driver_call_begin(d, j, false)) {
        return false;
    }
    enum jenkins_reach reach =
        jenkins_stages(j, d->now.attempt.build.v, d->now.log, &stages, NULL);
    (void)driver_call_end(d);
    if (reach != JENKINS_OK) {
        return false;
    }
    d->now.phases = phases_of(&d->cfg->failover, &stages, &d->now.build);
    add_medians(d);
    return true;
}

bool driver_observe(struct driver *d)
{
    struct jenkins *j = driver_client(d);
    read_log(d, j);
    bool seen = read_stages(d, j);
    struct jenkins_input input = {0};
    if (d->now.build.building && driver_call_begin(d, j, false)) {
        if (jenkins_input(j, d->now.attempt.build.v, &input, NULL) != JENKINS_OK) {
            input = (struct jenkins_input){0};
        }
        (void)driver_call_end(d);
    }
    d->now.input = input;
    return seen;
}

static void write_phases(struct driver *d)
{
    const struct phases *p = &d->now.phases;
    for (size_t i = 0; i < p->n; i++) {
        const struct phase *phase = &p->phases[i];
        bool over = phase->state == PHASE_DONE || phase->state == PHASE_FAILED;
        if (over && phase->took_ms.known && d->can_write) {
            (void)journal_phase(d->st, d->now.attempt.id, phase->name, phase->took_ms.v,
                                phase->state == PHASE_DONE, NULL);
        }
    }
}

static void note_boot(struct driver *d, const struct jenkins_build *b)
{
    d->restarted = d->restarted || (d->boot[0] && b->boot[0] && strcmp(d->boot, b->boot) != 0);
    if (b->boot[0]) {
        (void)text_copy(d->boot, sizeof d->boot, b->boot);
    }
}

static void on_build(struct driver *d)
{
    struct attempt *a = &d->now.attempt;
    const struct jenkins_build *b = &d->now.build;
    bool over = !b->building && b->result != RESULT_NONE;
    if (over) {
        a->state = ATTEMPT_ENDED;
        a->result = b->result;
        a->ended_wall_ms = clock_wall_ms(d->clk);
        d->ended_ms = clock_mono_ms(d->clk);
        d->verifies = true;
    }
    bool news =
        over ? driver_say(d, "the run ended %s: looking at what it has left", b->result_word)
             : driver_say(d, "runs as build %" PRId64 "%s", b->number,
                          d->restarted ? "; the controller has restarted" : "");
    if (news) {
        (void)driver_put(d);
    }
    if (over) {
        write_phases(d);
    }
}

static void follow_build(struct driver *d, int64_t now_ms)
{
    struct jenkins_build b = {0};
    struct error err = {0};
    struct jenkins *j = driver_client(d);
    bool ours = d->now.drives;
    if (!driver_call_begin(d, j, false)) {
        return;
    }
    enum jenkins_reach reach = jenkins_build(j, d->now.attempt.build.v, &b, &err);
    bool cut = driver_call_end(d);
    d->next_ms = now_ms + d->terms.ask_ms;
    if (reach == JENKINS_OK) {
        d->back_off_ms = 0;
        d->search = (struct search){0};
        note_boot(d, &b);
        d->now.build = b;
        (void)text_copy(d->now.waits, sizeof d->now.waits, b.waits);
        (void)driver_observe(d);
        if (ours) {
            on_build(d);
        }
    } else if (reach == JENKINS_ABSENT && ours) {
        driver_search(d, now_ms);
    } else if (!cut) {
        driver_back_off(d, now_ms);
        if (ours && driver_say(d, "no answer from the controller; the run may go on")) {
            (void)driver_put(d);
        }
    }
}

/* --- a run that had ended when we came */

static const char *result_word(enum jenkins_result result)
{
    static const char *const words[] = {[RESULT_NONE] = "",
                                        [RESULT_SUCCESS] = "SUCCESS",
                                        [RESULT_UNSTABLE] = "UNSTABLE",
                                        [RESULT_FAILURE] = "FAILURE",
                                        [RESULT_ABORTED] = "ABORTED",
                                        [RESULT_NOT_BUILT] = "NOT_BUILT",
                                        [RESULT_OTHER] = "OTHER"};
    return words[result];
}

/* The journal has its result; the controller may tell more, and need not. */
static void recall_build(struct driver *d)
{
    const struct attempt *a = &d->now.attempt;
    struct jenkins_build b = {0};
    struct error err = {0};
    struct jenkins *j = driver_client(d);
    enum jenkins_reach reach = JENKINS_ABSENT;
    if (a->build.known && driver_call_begin(d, j, false)) {
        reach = jenkins_build(j, a->build.v, &b, &err);
        (void)driver_call_end(d);
    }
    if (reach == JENKINS_OK && !b.building && b.result != RESULT_NONE) {
        d->now.build = b;
        (void)driver_observe(d);
        if (d->now.drives) {
            write_phases(d);
        }
    } else {
        b = (struct jenkins_build){.number = a->build.known ? a->build.v : 0,
                                   .result = a->result};
        (void)text_copy(b.result_word, sizeof b.result_word, result_word(a->result));
        d->now.build = b;
    }
    d->verifies = true;
}

void driver_follow(struct driver *d)
{
    const struct attempt *a = &d->now.attempt;
    int64_t now_ms = clock_mono_ms(d->clk);
    bool ours = d->now.drives;
    if (a->id == 0 || attempt_is_over(a->state) || now_ms < d->next_ms ||
        (!ours && !d->watched)) {
        return;
    }
    if (a->state == ATTEMPT_UNKNOWN && ours) {
        driver_search(d, now_ms);
    }
    if (a->state == ATTEMPT_QUEUED && ours) {
        follow_queue(d, now_ms);
    }
    if (a->state == ATTEMPT_RUNNING && a->build.known) {
        follow_build(d, now_ms);
    }
    if (a->state == ATTEMPT_ENDED && !d->verifies) {
        recall_build(d);
    }
}
