#include "backend/failover/preflight.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backend/failover/preflight_rows.h"
#include "backend/net/text.h"

/* Text of our own that may be too long for its place: cut between characters. */
__attribute__((format(printf, 3, 4))) static void say(char *out, size_t size,
                                                      const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)text_copy(out, size, text);
}

struct preflight_row *preflight_row(const struct preflight_view *v, enum preflight_row_id id,
                                    enum preflight_class class, const char *format, ...)
{
    struct preflight_row *row = &v->out->rows[id];
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    *row = (struct preflight_row){.shown = true, .class = class, .route = ROUTE_DIRECT};
    row->may_override = class == PREFLIGHT_BLOCK || class == PREFLIGHT_UNKNOWN;
    (void)text_copy(row->text, sizeof row->text, text);
    return row;
}

void preflight_detail(struct preflight_row *row, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)text_copy(row->detail, sizeof row->detail, text);
}

void preflight_no_override(struct preflight_row *row)
{
    row->may_override = false;
}

void preflight_span(int64_t ms, char out[24])
{
    int64_t s = ms / 1000;
    if (s < 60) {
        (void)snprintf(out, 24, "%.1f s", (double)ms / 1000);
    } else if (s < 3600) {
        (void)snprintf(out, 24, "%lldm%02llds", (long long)s / 60, (long long)s % 60);
    } else if (s < 48 * 3600) {
        (void)snprintf(out, 24, "%lldh%02lldm", (long long)s / 3600, (long long)s % 3600 / 60);
    } else {
        (void)snprintf(out, 24, "%lld days", (long long)s / 86400);
    }
}

void preflight_bytes(int64_t bytes, const char *gap, char out[24])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes / 1024;
    size_t unit = 0;
    if (bytes < 1024) {
        (void)snprintf(out, 24, "%lld%sB", (long long)bytes, gap);
        return;
    }
    while (value >= 1024 && unit + 1 < sizeof units / sizeof *units) {
        value /= 1024;
        unit++;
    }
    (void)snprintf(out, 24, "%.1f%s%s", value, gap, units[unit]);
}

/* A pair that is well but for its primary being read-only has no verdict of its own. It is how a
 * planned switchover begins. */
static bool is_handed_over(const struct snapshot *s)
{
    static const enum evidence_id well[] = {EVIDENCE_PRIMARY_DB, EVIDENCE_REPLICA_DB,
                                            EVIDENCE_REPLICATES, EVIDENCE_RECEIVER_RUNS,
                                            EVIDENCE_APPLIER_RUNS};
    for (size_t i = 0; i < sizeof well / sizeof *well; i++) {
        if (evidence_answer(s->evidence, well[i]) != TRI_YES) {
            return false;
        }
    }
    return evidence_answer(s->evidence, EVIDENCE_PRIMARY_WRITABLE) == TRI_NO;
}

static enum failover_verb verb_of(const struct snapshot *s, bool drill)
{
    switch (s->verdict.kind) {
    case VERDICT_OBSERVER_ISOLATED:
    case VERDICT_SPLIT_BRAIN:
    case VERDICT_FAILED_OVER:
        return VERB_NONE;
    default:
        break;
    }
    if (drill) {
        return VERB_DRILL;
    }
    switch (s->verdict.kind) {
    case VERDICT_PRIMARY_DOWN:
        return s->verdict.confirmed ? VERB_FAILOVER : VERB_FORCE;
    case VERDICT_NORMAL:
    case VERDICT_DEGRADED:
    case VERDICT_APP_DOWN:
        return VERB_SWITCHOVER;
    case VERDICT_REPLICATION_BROKEN:
        return evidence_answer(s->evidence, EVIDENCE_APPLIER_RUNS) == TRI_YES ? VERB_SWITCHOVER
                                                                              : VERB_FORCE;
    case VERDICT_UNKNOWN:
        return is_handed_over(s) ? VERB_SWITCHOVER : VERB_FORCE;
    default:
        return VERB_FORCE;
    }
}

static void because(struct preflight *p, const struct snapshot *s)
{
    const struct verdict *v = &s->verdict;
    const char *name = verdict_name(v->kind);
    switch (p->verb) {
    case VERB_NONE:
        say(p->because, sizeof p->because, "%s: %s", name, v->advice_why);
        break;
    case VERB_SWITCHOVER:
        say(p->because, sizeof p->because, "%s: the primary answers, so it is handed over",
            v->kind == VERDICT_UNKNOWN ? "primary read-only" : name);
        break;
    case VERB_FAILOVER:
        say(p->because, sizeof p->because, "%s", v->sentence);
        break;
    case VERB_FORCE:
        say(p->because, sizeof p->because, "%s%s: %s", name,
            v->confirmed || v->kind == VERDICT_UNKNOWN ? "" : " is only suspected",
            v->sentence);
        break;
    case VERB_DRILL:
        say(p->because, sizeof p->because, "a drill was asked for (%s)", name);
        break;
    }
}

/* "14 transactions, 3.1 KiB"; false when nothing of it is known. */
static bool amount(const struct gap *gap, char out[64])
{
    char bytes[24] = "";
    if (gap->bytes.known) {
        preflight_bytes(gap->bytes.v, " ", bytes);
    }
    if (gap->tx.known) {
        (void)snprintf(out, 64, "%lld transaction%s%s%s", (long long)gap->tx.v,
                       gap->tx.v == 1 ? "" : "s", bytes[0] ? ", " : "", bytes);
    } else {
        (void)snprintf(out, 64, "%s", bytes);
    }
    return gap->tx.known || gap->bytes.known;
}

static bool is_nothing(const struct gap *gap)
{
    return gap->tx.known ? gap->tx.v == 0 : gap->bytes.known && gap->bytes.v == 0;
}

/* " (last seen 14:02:04Z)" while the primary's database is out of sight. */
static void last_seen(const struct snapshot *s, int64_t now_ms, char out[40])
{
    const struct reading *good = s->sights[SLOT_PRIMARY_DB].good;
    out[0] = '\0';
    if (good && !snapshot_in_sight(s, SLOT_PRIMARY_DB, now_ms)) {
        long long day_s = good->wall_ms / 1000 % 86400;
        (void)snprintf(out, 40, " (last seen %02lld:%02lld:%02lldZ)", day_s / 3600,
                       day_s / 60 % 60, day_s % 60);
    }
}

static void losses(struct preflight *p, const struct snapshot *s, int64_t now_ms)
{
    const struct exposure *e = &s->exposure;
    const struct unobserved *u = &e->unobserved;
    char text[64], seen[40], bytes[24], span[24];
    last_seen(s, now_ms, seen);
    if (is_nothing(&e->not_received)) {
        say(p->lose, sizeof p->lose, "nothing known: all that was seen is received%s", seen);
    } else if (amount(&e->not_received, text)) {
        say(p->lose, sizeof p->lose, "%s not received%s", text, seen);
    } else {
        say(p->lose, sizeof p->lose,
            "cannot know: the positions of both servers are not known%s", seen);
    }
    preflight_span(u->seconds.known ? (int64_t)(u->seconds.v * 1000) : 0, span);
    if (!u->seconds.known) {
        say(p->unseen, sizeof p->unseen,
            "cannot know what was written: the primary was never "
            "seen");
    } else if (u->seconds.v > 0 && u->bytes_max.known) {
        preflight_bytes(u->bytes_max.v, " ", bytes);
        say(p->unseen, sizeof p->unseen, "up to %s written unseen in the %s since it was seen",
            bytes, span);
    } else if (u->seconds.v > 0) {
        say(p->unseen, sizeof p->unseen,
            "cannot know what was written unseen in the %s since it was seen", span);
    }
    if (!snapshot_in_sight(s, SLOT_REPLICA_DB, now_ms)) {
        say(p->keep, sizeof p->keep, "cannot know: the replica is out of sight");
    } else if (is_nothing(&e->not_applied)) {
        say(p->keep, sizeof p->keep, "all that is received is applied");
    } else if (amount(&e->not_applied, text)) {
        say(p->keep, sizeof p->keep, "%s received and still to be applied", text);
    } else {
        say(p->keep, sizeof p->keep, "cannot know what is received and not yet applied");
    }
}

/* The loss as one word. */
static void loss_word(const struct gap *gap, char out[24])
{
    if (gap->tx.known) {
        (void)snprintf(out, 24, "%lld", (long long)gap->tx.v);
    } else if (gap->bytes.known) {
        preflight_bytes(gap->bytes.v, "", out);
    } else {
        (void)snprintf(out, 24, "unknown");
    }
}

static void phrase(struct preflight *p, const struct snapshot *s)
{
    const char *target = s->config->failover.target;
    char loss[24];
    loss_word(&s->exposure.not_received, loss);
    switch (p->verb) {
    case VERB_NONE:
        break;
    case VERB_SWITCHOVER:
        say(p->phrase, sizeof p->phrase, "switchover %s", target);
        break;
    case VERB_FAILOVER:
        say(p->phrase, sizeof p->phrase, "failover %s lose %s", target, loss);
        break;
    case VERB_FORCE:
        say(p->phrase, sizeof p->phrase, "force failover %s lose %s split-brain-risk", target,
            loss);
        break;
    case VERB_DRILL:
        say(p->phrase, sizeof p->phrase, "drill %s", target);
        break;
    }
}

/* FNV-1a, 64 bits. */
static void mix(uint64_t *hash, const void *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        *hash = (*hash ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3;
    }
}

static uint64_t hash_of(const struct preflight *p)
{
    uint64_t hash = 0xcbf29ce484222325;
    unsigned char verb = (unsigned char)p->verb;
    mix(&hash, &verb, 1);
    mix(&hash, p->phrase, strlen(p->phrase) + 1);
    for (size_t i = 0; i < PREFLIGHT_ROWS; i++) {
        unsigned char row = p->rows[i].shown ? (unsigned char)(p->rows[i].class + 1) : 0;
        mix(&hash, &row, 1);
    }
    return hash;
}

/* An override counts as a warning: it is no pass. */
static void count(struct preflight *p)
{
    p->pass = p->warn = p->block = p->unknown = 0;
    for (size_t i = 0; i < PREFLIGHT_ROWS; i++) {
        const struct preflight_row *row = &p->rows[i];
        if (!row->shown) {
            continue;
        }
        size_t *const of[] = {&p->pass, &p->warn, &p->block, &p->unknown};
        ++*(row->overridden ? &p->warn : of[row->class]);
    }
}

struct preflight preflight_of(const struct snapshot *s, const struct preflight_job *job,
                              const struct preflight_past *past,
                              const struct jenkins_value *values, size_t n_values, bool drill,
                              int64_t now_ms, int64_t wall_ms)
{
    struct preflight p = {.verb = verb_of(s, drill)};
    const struct preflight_view view = {
        .s = s,
        .job = job,
        .past = past,
        .values = values,
        .n_values = n_values,
        .now_ms = now_ms,
        .wall_ms = wall_ms,
        .out = &p,
    };
    if (s->rto.running) {
        p.last_good_wall_ms = s->rto.last_good_wall_ms;
    }
    because(&p, s);
    phrase(&p, s);
    if (p.verb == VERB_DRILL) {
        say(p.lose, sizeof p.lose, "nothing: a drill leaves the replica alone");
    } else {
        losses(&p, s, now_ms);
    }
    preflight_site_rows(&view);
    preflight_job_rows(&view);
    preflight_past_rows(&view);
    count(&p);
    p.hash = hash_of(&p);
    return p;
}

bool preflight_override(struct preflight *p, enum preflight_row_id id)
{
    struct preflight_row *row = &p->rows[id];
    bool needs = row->class == PREFLIGHT_BLOCK || row->class == PREFLIGHT_UNKNOWN;
    if (!row->shown || !needs || !row->may_override || row->overridden) {
        return false;
    }
    row->overridden = true;
    count(p);
    return true;
}

bool preflight_clear(const struct preflight *p)
{
    return p->verb != VERB_NONE && p->block == 0 && p->unknown == 0;
}

const char *verb_word(enum failover_verb verb)
{
    static const char *const words[] = {
        [VERB_NONE] = "NONE",   [VERB_SWITCHOVER] = "SWITCHOVER", [VERB_FAILOVER] = "FAILOVER",
        [VERB_FORCE] = "FORCE", [VERB_DRILL] = "DRILL",
    };
    return words[verb];
}

const char *preflight_class_word(enum preflight_class class)
{
    static const char *const words[] = {
        [PREFLIGHT_PASS] = "PASS",
        [PREFLIGHT_WARN] = "WARN",
        [PREFLIGHT_BLOCK] = "BLOCK",
        [PREFLIGHT_UNKNOWN] = "UNKNOWN",
    };
    return words[class];
}

const char *preflight_row_key(enum preflight_row_id id)
{
    static const char *const keys[PREFLIGHT_ROWS] = {
        [ROW_VERDICT] = "verdict",       [ROW_FRESH] = "fresh",     [ROW_RECEIVER] = "receiver",
        [ROW_DRAINED] = "drained",       [ROW_REPLICA] = "replica", [ROW_PRIMARY] = "primary",
        [ROW_DURABLE] = "durable",       [ROW_JENKINS] = "jenkins", [ROW_JOB] = "job",
        [ROW_PARAMETERS] = "parameters", [ROW_RUN] = "run",         [ROW_OPERATOR] = "operator",
        [ROW_COOLDOWN] = "cooldown",     [ROW_DRILL] = "drill",
    };
    return keys[id];
}
