#include "backend/failover/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backend/app/dns.h"
#include "backend/net/text.h"

struct look {
    const struct snapshot *s;
    const struct db_facts *replica; /* as it is now, or NULL */
    struct verify *out;
};

__attribute__((format(printf, 4, 5))) static void
row(const struct look *l, enum verify_row_id id, enum tri answer, const char *format, ...)
{
    struct verify_row *r = &l->out->rows[id];
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    r->asked = true;
    r->answer = answer;
    (void)text_copy(r->detail, sizeof r->detail, text);
}

__attribute__((format(printf, 3, 4))) static void
end(struct verify *v, enum verify_outcome outcome, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    v->outcome = outcome;
    (void)text_copy(v->sentence, sizeof v->sentence, text);
}

static void promoted_row(const struct look *l)
{
    const struct db_facts *f = l->replica;
    if (!f || f->channels < 0) {
        row(l, VERIFY_PROMOTED, TRI_UNKNOWN, f ? "its status is not readable" : "out of sight");
    } else if (f->channels > 0) {
        row(l, VERIFY_PROMOTED, TRI_NO, "it still has a channel");
    } else {
        row(l, VERIFY_PROMOTED, TRI_YES, "it has no channel any more");
    }
}

static void writable_row(const struct look *l)
{
    const struct db_facts *f = l->replica;
    if (!f || f->read_only == TRI_UNKNOWN) {
        row(l, VERIFY_WRITABLE, TRI_UNKNOWN, f ? "read_only is not readable" : "out of sight");
    } else if (f->read_only == TRI_YES || f->super_read_only == TRI_YES) {
        row(l, VERIFY_WRITABLE, TRI_NO, "%s is on",
            f->super_read_only == TRI_YES ? "super_read_only" : "read_only");
    } else {
        row(l, VERIFY_WRITABLE, TRI_YES, "read_only is off");
    }
}

static void moving_row(const struct look *l, const struct binlog_coord *promotion)
{
    const struct db_facts *f = l->replica;
    int order = 0;
    if (!f) {
        row(l, VERIFY_MOVING, TRI_UNKNOWN, "out of sight");
    } else if (f->log_bin == TRI_NO) {
        row(l, VERIFY_MOVING, TRI_NO, "it writes no binary log");
    } else if (!promotion || !binlog_known(promotion)) {
        row(l, VERIFY_MOVING, TRI_UNKNOWN, "not promoted yet, as far as was seen");
    } else if (!binlog_known(&f->written) || !binlog_compare(&f->written, promotion, &order)) {
        row(l, VERIFY_MOVING, TRI_UNKNOWN,
            "its position is not comparable to that at its "
            "promotion");
    } else {
        row(l, VERIFY_MOVING, tri_of(order > 0), "%s:%llu, at its promotion %s:%llu",
            f->written.file, (unsigned long long)f->written.pos, promotion->file,
            (unsigned long long)promotion->pos);
    }
}

/* Read-only, or silent; what cannot be told is not fenced. */
static void fenced_row(const struct look *l)
{
    const struct evidence *rows = l->s->evidence;
    enum tri writable = evidence_answer(rows, EVIDENCE_PRIMARY_WRITABLE);
    if (writable != TRI_UNKNOWN) {
        row(l, VERIFY_FENCED, tri_of(writable == TRI_NO), "%s",
            rows[EVIDENCE_PRIMARY_WRITABLE].detail);
    } else if (evidence_answer(rows, EVIDENCE_PRIMARY_DB) == TRI_NO) {
        row(l, VERIFY_FENCED, TRI_YES, "silent: %s", rows[EVIDENCE_PRIMARY_DB].detail);
    } else {
        row(l, VERIFY_FENCED, TRI_UNKNOWN, "%s", rows[EVIDENCE_PRIMARY_DB].detail);
    }
}

static void look(const struct look *l, const struct binlog_coord *promotion,
                 const struct verify_name *name)
{
    promoted_row(l);
    writable_row(l);
    moving_row(l, promotion);
    if (l->s->config->dr.app.present) {
        const struct evidence *app = &l->s->evidence[EVIDENCE_DR_APP];
        row(l, VERIFY_APP, evidence_answer(l->s->evidence, EVIDENCE_DR_APP), "%s", app->detail);
    }
    if (name && name->asked) {
        row(l, VERIFY_NAME, name->matches, "%s", name->detail);
    }
    fenced_row(l);
}

/* How far the database has come, in words. */
static const char *database_words(const struct look *l)
{
    enum tri promoted = l->out->rows[VERIFY_PROMOTED].answer;
    enum tri writable = l->out->rows[VERIFY_WRITABLE].answer;
    const struct db_facts *f = l->replica;
    if (promoted == TRI_UNKNOWN) {
        return "the state of the replica is not known";
    }
    if (promoted == TRI_YES) {
        return writable == TRI_YES ? "the replica is promoted and takes writes: the database "
                                     "has moved"
               : writable == TRI_NO
                   ? "the replica has given up its channel and is still read-only"
                   : "the replica has given up its channel; not known whether it takes writes";
    }
    if (writable == TRI_YES) {
        return "the replica takes writes and still has its channel: two sources in one "
               "database";
    }
    if (f && f->has_channel && f->channel.receiver == DB_THREAD_NO) {
        return "the replica is not promoted, but its receiver is stopped: start it again";
    }
    return "the replica is as it was";
}

/* Has anything been done to the replica that a stopped run leaves behind? */
static bool database_has_moved(const struct verify *v)
{
    return v->rows[VERIFY_PROMOTED].answer == TRI_YES ||
           v->rows[VERIFY_WRITABLE].answer == TRI_YES;
}

static const struct verify_row *first_saying(const struct verify *v, enum tri answer,
                                             const char **out_label)
{
    for (size_t i = 0; i < VERIFY_ROWS; i++) {
        if (v->rows[i].asked && v->rows[i].answer == answer) {
            *out_label = verify_row_label((enum verify_row_id)i);
            return &v->rows[i];
        }
    }
    return NULL;
}

static void after_success(const struct look *l)
{
    struct verify *v = l->out;
    const char *label = "";
    if (v->rows[VERIFY_PROMOTED].answer == TRI_NO) {
        end(v, OUTCOME_SUCCESS_NOT_PROMOTED, "Jenkins says SUCCESS, but %s", database_words(l));
        return;
    }
    const struct verify_row *no = first_saying(v, TRI_NO, &label);
    if (v->rows[VERIFY_PROMOTED].answer == TRI_YES && no) {
        end(v, OUTCOME_SUCCESS_NOT_SERVING, "promoted, but not serving yet; failing: %s (%s)",
            label, no->detail);
        return;
    }
    const struct verify_row *unknown = first_saying(v, TRI_UNKNOWN, &label);
    if (unknown) {
        end(v, OUTCOME_PENDING, "Jenkins says SUCCESS; not known yet whether %s (%s)", label,
            unknown->detail);
        return;
    }
    end(v, OUTCOME_FAILED_OVER, "%s has taken over, seen by us", l->s->config->dr.name);
}

static void after_failure(const struct look *l, const char *result)
{
    struct verify *v = l->out;
    if (database_has_moved(v)) {
        end(v, OUTCOME_FAILED_AFTER, "the run ended %s, and %s", result, database_words(l));
    } else if (v->rows[VERIFY_PROMOTED].answer == TRI_UNKNOWN) {
        end(v, OUTCOME_PENDING, "the run ended %s; %s yet", result, database_words(l));
    } else {
        end(v, OUTCOME_FAILED_BEFORE, "the run ended %s; %s", result, database_words(l));
    }
}

/* A drill leaves the replica alone, or it was none. */
static void after_drill(const struct look *l, bool succeeded, const char *result)
{
    struct verify *v = l->out;
    if (database_has_moved(v)) {
        end(v, OUTCOME_FAILED_AFTER, "the drill ended %s, and %s", result, database_words(l));
    } else if (succeeded) {
        end(v, OUTCOME_DRILL_DONE, "the drill ended %s; %s", result, database_words(l));
    } else {
        end(v, OUTCOME_FAILED_BEFORE, "the drill ended %s; %s", result, database_words(l));
    }
}

struct verify_name verify_name_of(const struct snapshot *s, int64_t now_ms)
{
    struct verify_name name = {.asked = snapshot_watched(s->config, SLOT_DNS)};
    const struct sight *sight = &s->sights[SLOT_DNS];
    const struct reading *last = sight->last;
    if (!name.asked) {
        return name;
    }
    if (!last) {
        (void)text_copy(name.detail, sizeof name.detail, "not looked up yet");
    } else if (last->state == READING_FAILED) {
        (void)text_copy(name.detail, sizeof name.detail, last->reason);
    } else if (!snapshot_in_sight(s, SLOT_DNS, now_ms)) {
        (void)text_copy(name.detail, sizeof name.detail, "looked up too long ago");
    } else {
        const struct dns_facts *f = last->value;
        name.matches = tri_of(f->matches);
        (void)text_copy(name.detail, sizeof name.detail, f->addresses);
    }
    return name;
}

static bool is_over(const struct jenkins_build *build)
{
    return build && !build->building && build->result != RESULT_NONE;
}

struct verify verify_of(const struct snapshot *s, const struct jenkins_build *build, bool lost,
                        bool drill, const struct binlog_coord *written_at_promotion,
                        const struct verify_name *name, int64_t now_ms)
{
    struct verify v = {.outcome = OUTCOME_PENDING};
    bool seen = snapshot_in_sight(s, SLOT_REPLICA_DB, now_ms);
    const struct look l = {
        .s = s, .replica = seen ? snapshot_db(s, SLOT_REPLICA_DB) : NULL, .out = &v};
    look(&l, written_at_promotion, name);
    bool succeeded =
        build && (build->result == RESULT_SUCCESS || build->result == RESULT_UNSTABLE);
    if (lost) {
        end(&v, OUTCOME_LOST, "the run is gone from the controller; %s", database_words(&l));
    } else if (!is_over(build)) {
        end(&v, OUTCOME_PENDING, "the run is not over; %s", database_words(&l));
    } else if (drill) {
        after_drill(&l, succeeded, build->result_word);
    } else if (succeeded) {
        after_success(&l);
    } else {
        after_failure(&l, build->result_word);
    }
    for (size_t i = 0; drill && i < VERIFY_ROWS; i++) {
        v.rows[i].asked = false; /* none of it is a drill's aim */
    }
    return v;
}

const char *verify_row_label(enum verify_row_id id)
{
    static const char *const labels[VERIFY_ROWS] = {
        [VERIFY_PROMOTED] = "the replica is promoted",
        [VERIFY_WRITABLE] = "it takes writes",
        [VERIFY_MOVING] = "its own binary log moves on",
        [VERIFY_APP] = "the DR application serves",
        [VERIFY_NAME] = "the name leads to the DR site",
        [VERIFY_FENCED] = "the old primary takes no writes",
    };
    return labels[id];
}

const char *verify_outcome_key(enum verify_outcome o)
{
    static const char *const keys[] = {
        [OUTCOME_PENDING] = "pending",
        [OUTCOME_FAILED_OVER] = "failed_over",
        [OUTCOME_SUCCESS_NOT_PROMOTED] = "success_not_promoted",
        [OUTCOME_SUCCESS_NOT_SERVING] = "success_not_serving",
        [OUTCOME_FAILED_BEFORE] = "failed_before",
        [OUTCOME_FAILED_AFTER] = "failed_after",
        [OUTCOME_LOST] = "lost",
        [OUTCOME_DRILL_DONE] = "drill_done",
    };
    return keys[o];
}
