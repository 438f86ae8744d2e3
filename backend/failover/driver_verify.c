/* What the run has left, seen with our own eyes: only that ends an attempt. */
#include "backend/failover/driver_state.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"

static bool seen_since(const struct snapshot *s, enum slot slot, int64_t since_ms)
{
    const struct reading *r = s->sights[slot].last;
    return !snapshot_watched(s->config, slot) || (r && r->taken_at_ms >= since_ms);
}

/* Are the facts younger than the run's end? Older ones tell what was before it. */
static bool is_fresh(const struct driver *d, const struct snapshot *s)
{
    return seen_since(s, SLOT_REPLICA_DB, d->ended_ms) &&
           seen_since(s, SLOT_DR_APP, d->ended_ms) && seen_since(s, SLOT_DNS, d->ended_ms);
}

/* Where the replica's own binary log stood when it was first seen without a channel. */
static void note_promotion(struct driver *d, const struct snapshot *s, int64_t now_ms)
{
    struct attempt *a = &d->now.attempt;
    const struct db_facts *f =
        snapshot_in_sight(s, SLOT_REPLICA_DB, now_ms) ? snapshot_db(s, SLOT_REPLICA_DB) : NULL;
    if (a->drill || binlog_known(&a->promotion) || !f || f->channels != 0 ||
        !binlog_known(&f->written)) {
        return;
    }
    a->promotion = f->written;
    (void)driver_put(d);
}

static void finish(struct driver *d, enum attempt_state state)
{
    struct attempt *a = &d->now.attempt;
    a->state = state;
    a->outcome = d->now.verify.outcome;
    (void)driver_say(d, "%s", d->now.verify.sentence);
    if (driver_put(d) && state == ATTEMPT_VERIFIED) {
        driver_learn(d);
    }
}

/* A bad outcome may be one that is about to pass: a site that still starts, a fact of before. */
static void decide(struct driver *d, int64_t now_ms)
{
    enum verify_outcome outcome = d->now.verify.outcome;
    if (outcome == OUTCOME_FAILED_OVER || outcome == OUTCOME_DRILL_DONE) {
        finish(d, ATTEMPT_VERIFIED);
        return;
    }
    int64_t stand_ms =
        outcome == OUTCOME_SUCCESS_NOT_SERVING ? d->terms.serving_ms : d->terms.stand_ms;
    if (outcome != d->standing) {
        d->standing = outcome;
        d->standing_ms = now_ms;
    }
    if (outcome != OUTCOME_PENDING && now_ms - d->standing_ms >= stand_ms) {
        finish(d, ATTEMPT_FAILED);
    }
}

/* Nobody else may start another attempt while this one waits for a fact that does not come. */
static void end_of_patience(struct driver *d, int64_t now_ms)
{
    struct verify *v = &d->now.verify;
    char why[sizeof v->sentence];
    if (now_ms - d->ended_ms < d->terms.verify_ms) {
        return;
    }
    (void)text_copy(why, sizeof why, v->sentence);
    (void)snprintf(v->sentence, sizeof v->sentence, "not verified: %.150s", why);
    finish(d, ATTEMPT_FAILED);
}

static struct verify look(const struct driver *d, const struct snapshot *s, bool lost,
                          int64_t now_ms)
{
    const struct attempt *a = &d->now.attempt;
    const struct verify_name name = verify_name_of(s, now_ms);
    bool known = d->verifies || d->now.build.number != 0;
    return verify_of(s, known ? &d->now.build : NULL, lost, a->drill, &a->promotion, &name,
                     now_ms);
}

void driver_lost(struct driver *d)
{
    struct snapshot *s = engine_look(d->engine);
    struct attempt *a = &d->now.attempt;
    int64_t now_ms = clock_mono_ms(d->clk);
    d->now.verify.outcome = OUTCOME_LOST;
    (void)text_copy(d->now.verify.sentence, sizeof d->now.verify.sentence,
                    "the run is gone from the controller");
    if (s) {
        d->now.verify = look(d, s, true, now_ms);
    }
    snapshot_unref(s);
    a->ended_wall_ms = clock_wall_ms(d->clk);
    finish(d, ATTEMPT_LOST);
}

void driver_verify(struct driver *d)
{
    const struct attempt *a = &d->now.attempt;
    int64_t now_ms = clock_mono_ms(d->clk);
    if (a->id == 0 || (a->state != ATTEMPT_RUNNING && a->state != ATTEMPT_ENDED)) {
        return;
    }
    struct snapshot *s = engine_look(d->engine);
    if (!s) {
        return;
    }
    if (d->now.drives) {
        note_promotion(d, s, now_ms);
    }
    d->now.verify = look(d, s, false, now_ms);
    if (d->now.drives && a->state == ATTEMPT_ENDED && d->verifies && is_fresh(d, s)) {
        decide(d, now_ms);
    }
    if (d->now.drives && a->state == ATTEMPT_ENDED && d->verifies) {
        end_of_patience(d, now_ms);
    }
    snapshot_unref(s);
}
