/* What an operator asks for while an attempt is under way, and around it. */
#include "backend/failover/driver_state.h"

#include <string.h>

#include "backend/net/text.h"

static void give_up(struct driver *d)
{
    struct attempt *a = &d->now.attempt;
    int64_t now_ms = clock_mono_ms(d->clk);
    bool searched = d->now.may_resend || now_ms - d->unknown_ms >= d->terms.search_ms;
    if (!d->now.drives || a->state != ATTEMPT_UNKNOWN || !searched) {
        driver_refuse(d, "not given up: the search is not over, or it is not ours");
        return;
    }
    a->state = ATTEMPT_FAILED;
    a->ended_wall_ms = clock_wall_ms(d->clk);
    (void)driver_say(d, "given up by %s: not found at the controller", d->who);
    (void)driver_put(d);
}

static void cancel(struct driver *d, struct jenkins *j)
{
    struct error err = {0};
    bool ended = false;
    if (!d->now.attempt.queue_id.known) {
        driver_refuse(d, "not stopped: its place in the queue is not known");
    } else if (driver_call_begin(d, j, true)) {
        enum jenkins_reach reach = jenkins_cancel(j, d->now.attempt.queue_id.v, &ended, &err);
        (void)driver_call_end(d);
        if (reach != JENKINS_OK) {
            driver_refuse(d, "not cancelled: %s", err.text);
        }
    }
}

static void stop_build(struct driver *d, struct jenkins *j)
{
    struct error err = {0};
    bool ended = false;
    /* Where it stands now, not where it stood a second ago. */
    if (!driver_observe(d)) {
        driver_refuse(d, "not stopped: cannot see whether it can still be undone");
    } else if (d->now.phases.past_return) {
        driver_refuse(d, "not stopped: the point of no return is behind it");
    } else if (driver_call_begin(d, j, true)) {
        enum jenkins_reach reach = jenkins_stop(j, d->now.attempt.build.v, &ended, &err);
        (void)driver_call_end(d);
        if (reach != JENKINS_OK) {
            driver_refuse(d, "not stopped: %s", err.text);
        } else if (driver_say(d, "asked to stop by %s", d->who)) {
            (void)driver_put(d);
        }
    }
}

static void stop_run(struct driver *d)
{
    const struct attempt *a = &d->now.attempt;
    if (!d->now.drives) {
        driver_refuse(d, "not stopped: this drtop does not drive it");
    } else if (a->state == ATTEMPT_QUEUED) {
        cancel(d, driver_client(d));
    } else if (a->state == ATTEMPT_RUNNING && a->build.known) {
        stop_build(d, driver_client(d));
    } else {
        driver_refuse(d, "not stopped: no run is under way");
    }
    d->next_ms = 0;
}

static void answer_input(struct driver *d, const struct wish *w)
{
    const struct attempt *a = &d->now.attempt;
    struct error err = {0};
    struct jenkins *j = driver_client(d);
    if (!d->now.drives || a->state != ATTEMPT_RUNNING || !a->build.known) {
        driver_refuse(d, "not answered: this drtop does not drive the run");
    } else if (driver_call_begin(d, j, true)) {
        enum jenkins_reach reach = jenkins_answer(j, a->build.v, w->text, w->proceed, &err);
        (void)driver_call_end(d);
        if (reach != JENKINS_OK) {
            driver_refuse(d, "not answered: %s", err.text);
        } else if (driver_say(d, "input answered by %s: %s", d->who,
                              w->proceed ? "go on" : "abort")) {
            (void)driver_put(d);
        }
        d->next_ms = 0;
    }
}

/* What needs the journal and nothing else. */
static void write_down(struct driver *d, const struct wish *w)
{
    struct error err = {0};
    int64_t wall_ms = clock_wall_ms(d->clk);
    bool ok = false;
    if (d->read_only || !d->can_write) {
        error_set(&err, "%s", d->read_only ? "this drtop only watches" : d->trouble);
    } else if (w->kind == WISH_ASK_SECOND) {
        ok = w->text[0] ? journal_ask_second(d->st, d->who, w->text, wall_ms, &err)
                        : journal_withdraw_second(d->st, d->who, &err);
        d->asks_second = w->text[0] || !ok; /* a failed withdrawal is tried at the end */
    } else if (w->kind == WISH_ANSWER_SECOND) {
        ok = journal_answer_second(d->st, d->who, w->text, wall_ms, &err);
    } else if (d->now.attempt.id == 0 || !attempt_is_over(d->now.attempt.state)) {
        error_set(&err, "there is nothing to acknowledge");
    } else {
        ok = journal_acknowledge(d->st, d->now.attempt.id, d->who, w->text, wall_ms, &err);
    }
    if (!ok) {
        driver_refuse(d, "%s", err.text);
    }
    d->seen = false;
}

void driver_serve(struct driver *d, const struct wish *w)
{
    d->refused[0] = '\0';
    switch (w->kind) {
    case WISH_DISPATCH:
        driver_begin(d, w);
        break;
    case WISH_RESEND:
        driver_again(d, w);
        break;
    case WISH_GIVE_UP:
        give_up(d);
        break;
    case WISH_STOP_RUN:
        stop_run(d);
        break;
    case WISH_INPUT:
        answer_input(d, w);
        break;
    case WISH_ACKNOWLEDGE:
    case WISH_ASK_SECOND:
    case WISH_ANSWER_SECOND:
        write_down(d, w);
        break;
    }
}
