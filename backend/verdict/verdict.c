#include "backend/verdict/verdict.h"

#include <string.h>

#include "backend/net/text.h"
#include "backend/verdict/verdict_words.h"

#define BIT(id) (1U << (id))
#define OPINIONS                                                                               \
    (BIT(EVIDENCE_TUNNEL_AWS) | BIT(EVIDENCE_TUNNEL_AZURE) | BIT(EVIDENCE_TUNNEL_GATEWAY))

/* Those of the rows in mask that say `wanted`. */
static uint32_t saying(const struct evidence *rows, uint32_t mask, enum tri wanted)
{
    uint32_t found = 0;
    for (int id = 0; id < EVIDENCE_COUNT; id++) {
        if (mask & BIT(id) && evidence_answer(rows, (enum evidence_id)id) == wanted) {
            found |= BIT(id);
        }
    }
    return found;
}

static int count(uint32_t mask)
{
    int n = 0;
    for (; mask; mask &= mask - 1) {
        n++;
    }
    return n;
}

int verdict_routes(const struct evidence rows[EVIDENCE_COUNT], uint32_t mask)
{
    uint32_t routes = 0;
    for (int id = 0; id < EVIDENCE_COUNT; id++) {
        if (mask & BIT(id)) {
            routes |= 1U << rows[id].route;
        }
    }
    return count(routes & (1U << ROUTE_PUBLIC | 1U << ROUTE_VPN | 1U << ROUTE_DIRECT));
}

/* Rows that travel the tunnel between the sites, as configured. */
static uint32_t through_vpn(const struct evidence *rows)
{
    static const enum evidence_id may[] = {EVIDENCE_TUNNEL, EVIDENCE_RECEIVER,
                                           EVIDENCE_PRIMARY_DB, EVIDENCE_REPLICA_DB};
    uint32_t mask = 0;
    for (size_t i = 0; i < sizeof may / sizeof may[0]; i++) {
        if (rows[may[i]].watched && rows[may[i]].route == ROUTE_VPN) {
            mask |= BIT(may[i]);
        }
    }
    return mask;
}

/* The row by which the site is seen to serve outside the VPN, or 0. */
static uint32_t serves_outside(const struct evidence *rows)
{
    bool app = rows[EVIDENCE_APP_SERVES].watched;
    enum evidence_id id = app ? EVIDENCE_APP_SERVES : EVIDENCE_PRIMARY_DB;
    return evidence_yes(rows, id) && rows[id].route != ROUTE_VPN ? BIT(id) : 0;
}

static bool tunnel_is_down(const struct evidence *rows, struct verdict_ruling *out)
{
    uint32_t site = serves_outside(rows), vpn = through_vpn(rows);
    uint32_t failing = saying(rows, vpn, TRI_NO);
    bool nothing_passes = !saying(rows, vpn, TRI_YES);
    bool enough = failing & BIT(EVIDENCE_TUNNEL) || count(failing) >= 2;
    out->decided = site | failing;
    out->contradicts = saying(rows, OPINIONS, TRI_YES);
    return site && nothing_passes && enough;
}

static bool old_primary_is_out(const struct evidence *rows, struct verdict_ruling *out)
{
    uint32_t silent = BIT(EVIDENCE_PRIMARY_DB) | BIT(EVIDENCE_APP_ANSWERS);
    out->decided = BIT(EVIDENCE_REPLICA_WRITABLE) | BIT(EVIDENCE_REPLICATES);
    out->contradicts = saying(rows, BIT(EVIDENCE_APP_SERVES), TRI_YES);
    if (evidence_no(rows, EVIDENCE_PRIMARY_WRITABLE)) {
        out->decided |= BIT(EVIDENCE_PRIMARY_WRITABLE);
        return true;
    }
    out->decided |= silent;
    return saying(rows, silent, TRI_NO) == silent;
}

static bool db_is_down(const struct evidence *rows, struct verdict_ruling *out)
{
    bool vpn = rows[EVIDENCE_PRIMARY_DB].route == ROUTE_VPN;
    enum evidence_id path = vpn ? EVIDENCE_TUNNEL : EVIDENCE_APP_ANSWERS;
    out->decided = BIT(EVIDENCE_PRIMARY_DB) | BIT(path) |
                   saying(rows, BIT(EVIDENCE_RECEIVER) | BIT(EVIDENCE_APP_SERVES), TRI_NO);
    out->contradicts = saying(rows, BIT(EVIDENCE_APP_SERVES), TRI_YES);
    return evidence_no(rows, EVIDENCE_PRIMARY_DB) && evidence_yes(rows, path) &&
           !evidence_yes(rows, EVIDENCE_RECEIVER);
}

static bool primary_is_down(const struct evidence *rows, struct verdict_ruling *out)
{
    uint32_t needed =
        BIT(EVIDENCE_APP_ANSWERS) | BIT(EVIDENCE_PRIMARY_DB) | BIT(EVIDENCE_RECEIVER);
    uint32_t more = BIT(EVIDENCE_TUNNEL) | BIT(EVIDENCE_CONTROL_PLANE);
    uint32_t failing = saying(rows, needed, TRI_NO);
    out->decided = failing | saying(rows, more, TRI_NO);
    out->contradicts = saying(rows, BIT(EVIDENCE_TUNNEL), TRI_YES);
    return failing == needed && verdict_routes(rows, failing) >= 2;
}

/* Rows that NORMAL depends on, and what each has to say; those not watched are not asked. */
static bool all_is_well(const struct evidence *rows, struct verdict_ruling *out)
{
    uint32_t good = 0, bad = 0;
    for (int i = 0; i < EVIDENCE_COUNT; i++) {
        enum evidence_id id = (enum evidence_id)i;
        if (!rows[id].watched || id == EVIDENCE_CONTROL_PLANE || id == EVIDENCE_DR_APP ||
            evidence_is_opinion(id)) {
            continue;
        }
        enum tri wanted = id == EVIDENCE_REPLICA_WRITABLE ? TRI_NO : TRI_YES;
        *(rows[id].answer == wanted ? &good : &bad) |= BIT(id);
    }
    out->decided = bad ? bad : good;
    return !bad;
}

static bool replication_is_broken(const struct evidence *rows, struct verdict_ruling *out)
{
    out->decided =
        saying(rows, BIT(EVIDENCE_RECEIVER_RUNS) | BIT(EVIDENCE_APPLIER_RUNS), TRI_NO);
    return out->decided && evidence_yes(rows, EVIDENCE_PRIMARY_DB) &&
           evidence_yes(rows, EVIDENCE_REPLICA_DB);
}

static struct verdict_ruling ruling(enum verdict_kind kind, uint32_t decided,
                                    uint32_t contradicts)
{
    return (struct verdict_ruling){kind, decided, contradicts};
}

struct verdict_ruling verdict_rule(const struct evidence rows[EVIDENCE_COUNT])
{
    const uint32_t sites = BIT(EVIDENCE_APP_ANSWERS) | BIT(EVIDENCE_PRIMARY_DB) |
                           BIT(EVIDENCE_REPLICA_DB) | BIT(EVIDENCE_TUNNEL);
    struct verdict_ruling r = {0};
    if (evidence_no(rows, EVIDENCE_ANCHORS)) {
        return ruling(VERDICT_OBSERVER_ISOLATED, BIT(EVIDENCE_ANCHORS),
                      saying(rows, sites, TRI_YES));
    }
    if (evidence_yes(rows, EVIDENCE_PRIMARY_WRITABLE) &&
        evidence_yes(rows, EVIDENCE_REPLICA_WRITABLE)) {
        return ruling(VERDICT_SPLIT_BRAIN,
                      BIT(EVIDENCE_PRIMARY_WRITABLE) | BIT(EVIDENCE_REPLICA_WRITABLE), 0);
    }
    bool promoted =
        evidence_yes(rows, EVIDENCE_REPLICA_WRITABLE) && evidence_no(rows, EVIDENCE_REPLICATES);
    if (promoted && old_primary_is_out(rows, &r)) {
        return ruling(VERDICT_FAILED_OVER, r.decided, r.contradicts);
    }
    if (tunnel_is_down(rows, &r)) {
        return ruling(VERDICT_TUNNEL_DOWN, r.decided, r.contradicts);
    }
    if (evidence_no(rows, EVIDENCE_APP_SERVES) && evidence_yes(rows, EVIDENCE_PRIMARY_DB)) {
        return ruling(VERDICT_APP_DOWN, BIT(EVIDENCE_APP_SERVES) | BIT(EVIDENCE_PRIMARY_DB), 0);
    }
    if (db_is_down(rows, &r)) {
        return ruling(VERDICT_DB_DOWN, r.decided, r.contradicts);
    }
    if (primary_is_down(rows, &r)) {
        return ruling(VERDICT_PRIMARY_DOWN, r.decided, r.contradicts);
    }
    uint32_t dr = saying(rows, BIT(EVIDENCE_REPLICA_DB) | BIT(EVIDENCE_REPLICATES), TRI_NO);
    if (dr) {
        return ruling(VERDICT_DR_NOT_READY, dr, saying(rows, BIT(EVIDENCE_RECEIVER), TRI_YES));
    }
    if (replication_is_broken(rows, &r)) {
        return ruling(VERDICT_REPLICATION_BROKEN, r.decided, 0);
    }
    if (evidence_no(rows, EVIDENCE_OBJECTIVES) && evidence_yes(rows, EVIDENCE_PRIMARY_DB) &&
        evidence_yes(rows, EVIDENCE_REPLICA_DB)) {
        return ruling(VERDICT_DEGRADED, BIT(EVIDENCE_OBJECTIVES), 0);
    }
    if (all_is_well(rows, &r)) {
        return ruling(VERDICT_NORMAL, r.decided, 0);
    }
    return ruling(VERDICT_UNKNOWN, r.decided, 0);
}

static enum verdict_scope scope_of(const struct evidence *rows, enum verdict_kind kind)
{
    if (kind != VERDICT_PRIMARY_DOWN) {
        return SCOPE_NONE;
    }
    return evidence_no(rows, EVIDENCE_CONTROL_PLANE) ? SCOPE_REGION : SCOPE_SITE;
}

/* These two rest on facts that have lasted already, or on none. */
static bool needs_no_proof(enum verdict_kind kind)
{
    return kind == VERDICT_NORMAL || kind == VERDICT_DEGRADED;
}

/* The anchors must have answered since the suspicion began: else it may be us. */
static bool is_proven(const struct evidence *rows, const struct verdict *v,
                      const struct verdict_terms *terms, int64_t now_ms)
{
    int64_t stood_ms = now_ms - v->since_ms;
    if (v->kind == VERDICT_UNKNOWN || stood_ms < terms->hold_ms) {
        return false;
    }
    for (int id = 0; id < EVIDENCE_COUNT; id++) {
        if (v->decided & BIT(id) && evidence_no(rows, (enum evidence_id)id) &&
            rows[id].strikes < terms->strikes) {
            return false;
        }
    }
    const struct evidence *anchors = &rows[EVIDENCE_ANCHORS];
    bool asked = !anchors->watched || (anchors->age_ms.known && anchors->age_ms.v <= stood_ms);
    return v->kind != VERDICT_PRIMARY_DOWN || asked;
}

struct verdict verdict_of(const struct evidence rows[EVIDENCE_COUNT],
                          const struct verdict_terms *terms, const struct verdict *before,
                          int64_t now_ms, int64_t wall_ms)
{
    struct verdict_ruling r = verdict_rule(rows);
    bool same = before && before->kind == r.kind;
    struct verdict v = {.kind = r.kind,
                        .level = verdict_level_of(r.kind),
                        .scope = scope_of(rows, r.kind),
                        .decided = r.decided,
                        .contradicts = r.contradicts,
                        .since_ms = same ? before->since_ms : now_ms,
                        .since_wall_ms = same ? before->since_wall_ms : wall_ms};
    char sentence[sizeof v.sentence];
    verdict_sentence(rows, terms, &r, sentence, sizeof sentence);
    (void)text_clean_str(v.sentence, sizeof v.sentence, sentence); /* it may be cut in two */
    v.advice = verdict_advise(rows, r.kind, v.advice_why, sizeof v.advice_why);
    v.confirmed = needs_no_proof(r.kind) || (same && before->confirmed) ||
                  is_proven(rows, &v, terms, now_ms);
    if (v.advice == ADVICE_ADVISED && !v.confirmed) {
        v.advice = ADVICE_NOT_ADVISED;
        (void)text_copy(v.advice_why, sizeof v.advice_why, "suspected, not yet confirmed");
    }
    if (v.confirmed) {
        v.confirmed_wall_ms = same && before->confirmed ? before->confirmed_wall_ms : wall_ms;
    }
    return v;
}

enum verdict_level verdict_level_of(enum verdict_kind kind)
{
    switch (kind) {
    case VERDICT_NORMAL:
        return LEVEL_NORMAL;
    case VERDICT_DEGRADED:
    case VERDICT_FAILED_OVER:
        return LEVEL_WARNING;
    case VERDICT_UNKNOWN:
    case VERDICT_OBSERVER_ISOLATED:
    case VERDICT_KINDS:
        return LEVEL_UNKNOWN;
    default:
        return LEVEL_CRITICAL;
    }
}

bool verdict_is_outage(enum verdict_kind kind)
{
    return kind == VERDICT_APP_DOWN || kind == VERDICT_DB_DOWN || kind == VERDICT_PRIMARY_DOWN;
}

static const struct {
    const char *name, *key;
} kinds[VERDICT_KINDS] = {
    [VERDICT_UNKNOWN] = {"UNKNOWN", "unknown"},
    [VERDICT_NORMAL] = {"NORMAL", "normal"},
    [VERDICT_DEGRADED] = {"DEGRADED", "degraded"},
    [VERDICT_REPLICATION_BROKEN] = {"REPLICATION BROKEN", "replication_broken"},
    [VERDICT_DR_NOT_READY] = {"DR NOT READY", "dr_not_ready"},
    [VERDICT_APP_DOWN] = {"APP DOWN", "app_down"},
    [VERDICT_DB_DOWN] = {"DB DOWN", "db_down"},
    [VERDICT_TUNNEL_DOWN] = {"TUNNEL DOWN", "tunnel_down"},
    [VERDICT_PRIMARY_DOWN] = {"PRIMARY DOWN", "primary_down"},
    [VERDICT_SPLIT_BRAIN] = {"SPLIT BRAIN", "split_brain"},
    [VERDICT_FAILED_OVER] = {"FAILED OVER", "failed_over"},
    [VERDICT_OBSERVER_ISOLATED] = {"OBSERVER ISOLATED", "observer_isolated"},
};

const char *verdict_name(enum verdict_kind kind)
{
    return kinds[kind].name;
}

const char *verdict_key(enum verdict_kind kind)
{
    return kinds[kind].key;
}

bool verdict_from_key(const char *key, enum verdict_kind *out)
{
    for (int i = 0; i < VERDICT_KINDS; i++) {
        if (strcmp(kinds[i].key, key) == 0) {
            *out = (enum verdict_kind)i;
            return true;
        }
    }
    return false;
}

const char *level_word(enum verdict_level level)
{
    static const char *const words[] = {[LEVEL_UNKNOWN] = "UNKNOWN",
                                        [LEVEL_NORMAL] = "NORMAL",
                                        [LEVEL_WARNING] = "WARNING",
                                        [LEVEL_CRITICAL] = "CRITICAL"};
    return words[level];
}

const char *level_key(enum verdict_level level)
{
    static const char *const keys[] = {[LEVEL_UNKNOWN] = "unknown",
                                       [LEVEL_NORMAL] = "normal",
                                       [LEVEL_WARNING] = "warning",
                                       [LEVEL_CRITICAL] = "critical"};
    return keys[level];
}

const char *advice_key(enum verdict_advice advice)
{
    static const char *const keys[] = {[ADVICE_NOT_ADVISED] = "not_advised",
                                       [ADVICE_ADVISED] = "advised",
                                       [ADVICE_IMPOSSIBLE] = "impossible"};
    return keys[advice];
}

const char *advice_words(enum verdict_advice advice)
{
    return advice == ADVICE_NOT_ADVISED ? "not advised" : advice_key(advice);
}

const char *scope_key(enum verdict_scope scope)
{
    static const char *const keys[] = {
        [SCOPE_NONE] = NULL, [SCOPE_SITE] = "site", [SCOPE_REGION] = "region"};
    return keys[scope];
}
