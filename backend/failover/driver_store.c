/* The driver and the journal: one process at a time writes what becomes of an attempt. */
#include "backend/failover/driver_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/net/text.h"

/* How often a store that cannot be written is tried again: seldom, so that the record's tries, which
 * are more urgent, do not always meet one of ours (see driver_store_turn()). */
#define RETRY_MS 5000
#define RENEW_MS 1000

static bool under_way(const struct driver *d)
{
    return d->now.attempt.id != 0 && !attempt_is_over(d->now.attempt.state);
}

/* Is there something that only this process can write down? */
static bool is_busy(const struct driver *d)
{
    return under_way(d) || (d->now.drives && d->unwritten);
}

bool driver_say(struct driver *d, const char *format, ...)
{
    char text[768], clean[sizeof d->now.attempt.said];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)text_clean_str(clean, sizeof clean, text);
    if (strcmp(d->now.attempt.said, clean) == 0) {
        return false;
    }
    (void)text_copy(d->now.attempt.said, sizeof d->now.attempt.said, clean);
    return true;
}

void driver_refuse(struct driver *d, const char *format, ...)
{
    char text[768];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)text_clean_str(d->refused, sizeof d->refused, text);
}

void driver_forget_run(struct driver *d)
{
    struct failover_view *v = &d->now;
    v->build = (struct jenkins_build){0};
    v->phases = (struct phases){.current = -1, .no_return = -1};
    v->input = (struct jenkins_input){0};
    v->verify = (struct verify){.outcome = v->attempt.outcome};
    if (attempt_is_over(v->attempt.state)) {
        (void)text_copy(v->verify.sentence, sizeof v->verify.sentence, v->attempt.said);
    }
    v->waits[0] = v->log[0] = '\0';
    v->searching_ms = 0;
    v->may_resend = false;
    d->search = (struct search){0};
    d->unwritten = d->resumed = d->verifies = d->restarted = d->knows_phases = false;
    d->unknown_ms = d->ended_ms = clock_mono_ms(d->clk);
    d->next_ms = d->back_off_ms = d->log_at = 0;
    d->standing = OUTCOME_PENDING;
    (void)text_copy(d->boot, sizeof d->boot, v->attempt.boot);
}

void driver_store_failed(struct driver *d, const struct error *err)
{
    (void)text_clean_str(d->trouble, sizeof d->trouble, err->text);
    d->broken = true;
}

/* --- what the journal says */

static bool read_past(struct driver *d, struct error *err)
{
    struct preflight_past *p = &d->now.past;
    const struct attempt *a = &d->now.attempt;
    p->running = under_way(d);
    p->unacknowledged = a->id != 0 && !p->running && !a->acknowledged;
    p->ended_wall_ms = (struct opt_i64){0};
    if (a->id != 0 && !p->running) {
        p->ended_wall_ms = opt_i64(a->ended_wall_ms ? a->ended_wall_ms : a->intended_wall_ms);
    }
    return journal_drill(d->st, &p->drill_wall_ms, &p->drill_took_ms, err);
}

/* What this process drives, it knows better than the journal. */
static bool read_attempt(struct driver *d, struct error *err)
{
    struct attempt a;
    if (d->now.drives && is_busy(d)) {
        return true;
    }
    if (!journal_newest(d->st, &a, err)) {
        return false;
    }
    bool other = a.id != d->now.attempt.id;
    d->now.attempt = a;
    if (other) {
        driver_forget_run(d);
    }
    if (attempt_is_over(a.state)) {
        d->now.may_resend = false;
        d->now.waits[0] = '\0';
        d->now.input = (struct jenkins_input){0};
        d->now.verify.outcome = a.outcome;
        (void)text_copy(d->now.verify.sentence, sizeof d->now.verify.sentence, a.said);
    }
    return true;
}

static void read_holder(struct driver *d)
{
    struct preflight_past *p = &d->now.past;
    int64_t beat_wall_ms = 0;
    p->holder[0] = '\0';
    if (!under_way(d) || d->now.drives ||
        !journal_holder(d->st, p->holder, &beat_wall_ms, NULL)) {
        return;
    }
    int64_t age_ms = clock_wall_ms(d->clk) - beat_wall_ms;
    if (beat_wall_ms == 0 || age_ms > STORE_LEASE_MS || age_ms < -STORE_LEASE_MS) {
        p->holder[0] = '\0';
    }
}

static void read_journal(struct driver *d, bool anew)
{
    struct error err = {0};
    int64_t version = 0;
    if (!d->st) {
        d->now.readable = d->glimpsed;
        return;
    }
    if (!store_version(d->st, &version, &err)) {
        driver_store_failed(d, &err);
        d->now.readable = false;
        return;
    }
    struct failover_view *v = &d->now;
    if (!anew && d->seen && version == d->seen_version && !v->challenge[0]) {
        return;
    }
    v->readable = read_attempt(d, &err) && read_past(d, &err) &&
                  journal_second(d->st, clock_wall_ms(d->clk), v->second_asked_by, v->challenge,
                                 v->second_answered_by, &err);
    d->seen = v->readable;
    d->seen_version = version;
    if (!v->readable) {
        driver_store_failed(d, &err);
    }
}

/* --- the file */

static void open_store(struct driver *d, struct error *err)
{
    struct error why = {0};
    if (d->path[0] == '\0' && !store_path(d->cfg, d->path, sizeof d->path, err)) {
        d->path[0] = '\0';
        return;
    }
    d->st = d->read_only ? NULL : store_open(d->path, STORE_WRITE, err);
    d->can_write = d->st && !store_is_newer(d->st);
    if (d->st && !d->can_write) {
        error_set(err, "the journal was written by a newer drtop");
    }
    if (!d->st) {
        d->st = store_open(d->path, STORE_READ, &why);
        if (d->read_only) {
            *err = why;
        }
    }
}

static void reopen(struct driver *d)
{
    struct error err = {0};
    int64_t now_ms = clock_mono_ms(d->clk);
    bool well = d->st && !d->broken && (d->can_write || d->read_only);
    if (well || (d->tried_ms != INT64_MIN && now_ms - d->tried_ms < RETRY_MS)) {
        return;
    }
    d->tried_ms = now_ms;
    store_close(d->st);
    d->st = NULL;
    d->can_write = d->broken = d->seen = d->glimpsed = false;
    open_store(d, &err);
    (void)text_clean_str(d->trouble, sizeof d->trouble, err.text);
}

/* --- the lease */

static void let_go(struct driver *d)
{
    d->now.drives = false;
    d->unwritten = false;
    d->held_ms = 0;
    d->seen = false; /* the journal is what counts now */
}

bool driver_hold(struct driver *d)
{
    struct error err = {0};
    int64_t now_ms = clock_mono_ms(d->clk);
    if (!d->can_write || d->read_only) {
        return false;
    }
    switch (journal_hold(d->st, &d->lease, clock_wall_ms(d->clk), &err)) {
    case LEASE_OURS:
        d->held_ms = now_ms;
        return true;
    case LEASE_THEIRS:
        let_go(d);
        return false;
    case LEASE_FAILED:
        driver_store_failed(d, &err);
        return false;
    }
    return false;
}

/* Whoever drove it is gone. */
static void take_over(struct driver *d)
{
    read_journal(d, true);
    if (!d->now.readable || !under_way(d)) {
        return;
    }
    driver_forget_run(d);
    d->now.drives = d->resumed = true;
    if (d->now.attempt.state == ATTEMPT_INTENT) {
        d->now.attempt.state = ATTEMPT_UNKNOWN;
        (void)driver_say(d, "the process that decided it ended before it wrote down an answer; "
                            "looking for the request at the controller");
        (void)driver_put(d);
    }
}

static void lease_turn(struct driver *d)
{
    int64_t now_ms = clock_mono_ms(d->clk);
    if (!is_busy(d)) {
        if (d->held_ms != 0 && d->can_write) {
            journal_release(d->st, &d->lease);
        }
        d->held_ms = 0;
        d->now.drives = false;
    } else if (d->held_ms == 0 || now_ms - d->held_ms >= RENEW_MS) {
        if (driver_hold(d) && !d->now.drives) {
            take_over(d);
        }
    }
}

bool driver_put(struct driver *d)
{
    struct error err = {0};
    d->unwritten = true;
    bool fresh = clock_mono_ms(d->clk) - d->held_ms < STORE_LEASE_MS - 500;
    if (!d->now.drives || !d->can_write || (!fresh && !driver_hold(d))) {
        return false;
    }
    if (!journal_put(d->st, &d->now.attempt, clock_wall_ms(d->clk), &err)) {
        driver_store_failed(d, &err);
        return false;
    }
    d->unwritten = false;
    return true;
}

void driver_learn(struct driver *d)
{
    const struct attempt *a = &d->now.attempt;
    const struct jenkins_build *b = &d->now.build;
    struct store_memory m;
    struct error err = {0};
    if (b->number == 0 || !b->took_ms.known || !store_begin(d->st, true, &err)) {
        return;
    }
    if (!store_run_put(d->st, a->drill ? "drill" : "failover", b->started_wall_ms, b->took_ms.v,
                       true, &err) ||
        !store_commit(d->st, &err)) {
        store_rollback(d->st);
        driver_store_failed(d, &err);
        return;
    }
    if (store_memory_get(d->st, &m, &err)) {
        engine_remember(d->engine, &(struct engine_memory){.runs = m.runs});
        free(m.gtid);
    }
}

void driver_store_turn(struct driver *d)
{
    reopen(d);
    read_journal(d, false);
    if (!d->st) {
        return;
    }
    lease_turn(d);
    if (d->now.drives && d->unwritten) {
        (void)driver_put(d);
    }
    read_holder(d);
    if (!d->can_write && !d->read_only) {
        /* A glimpse has to do. Connections of a process share what SQLite maps beside the file, as
         * the first of them could open it: one that is kept open to read would keep the record's
         * from ever writing again. */
        store_close(d->st);
        d->st = NULL;
        d->glimpsed = d->now.readable;
    }
}

void driver_store_end(struct driver *d)
{
    if (d->asks_second && d->can_write) { /* a wish to withdraw may have come too late */
        (void)journal_withdraw_second(d->st, d->who, NULL);
    }
    if (d->held_ms != 0 && d->can_write) {
        journal_release(d->st, &d->lease);
    }
    store_close(d->st);
    d->st = NULL;
}
