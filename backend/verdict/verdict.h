/* What the evidence means, as one word and one sentence. Pure.
 *
 * The rules, first match wins. A row that is unknown never satisfies one.
 *
 *   verdict             when                                                    failing over
 *   OBSERVER ISOLATED   no anchor answers                                       impossible
 *   SPLIT BRAIN         primary and replica are both writable                   impossible
 *   FAILED OVER         the replica is writable and has no channel, and the     impossible
 *                       primary is read-only, or neither its database nor its
 *                       app answers
 *   TUNNEL DOWN         the site serves by a route outside the VPN, and nothing not advised
 *                       passes the VPN: the probe fails, or two other rows that
 *                       go through it do, and none that does answers
 *   APP DOWN            the app does not serve, the primary's database answers  not advised
 *   DB DOWN             the database fails, its path carries other traffic (in  not advised
 *                       the VPN: the probe passes; outside: the app answers),
 *                       and the replica does not hear it either
 *   PRIMARY DOWN        app, database and the replica's receiver all fail, by   advised, if the
 *                       two independent routes at least                         replica is ready
 *   DR NOT READY        the replica's database fails, or it has no channel      impossible
 *   REPLICATION BROKEN  receiver or applier do not run, both databases answer   not advised
 *   DEGRADED            an objective is missed, both databases answer           not advised
 *   NORMAL              every row that is watched answers, and well             not advised
 *   UNKNOWN             otherwise                                               not advised
 *
 * An app that answers at all, even 503, proves that its site lives: PRIMARY DOWN never follows
 * then. What the clouds and the gateway say of the tunnel is in no rule; with TUNNEL DOWN it
 * speaks against it where it says up. tests/unit/test_verdict.c holds this table against every
 * combination.
 *
 * A verdict is suspected at first. It is confirmed when every row that decided it and says no has
 * said so `strikes` times in a row, and the verdict has stood for `hold_ms`. */
#ifndef DRTOP_VERDICT_VERDICT_H
#define DRTOP_VERDICT_VERDICT_H

#include "backend/verdict/evidence.h"

#include <stddef.h>

enum verdict_kind {
    VERDICT_UNKNOWN,
    VERDICT_NORMAL,
    VERDICT_DEGRADED,
    VERDICT_REPLICATION_BROKEN,
    VERDICT_DR_NOT_READY,
    VERDICT_APP_DOWN,
    VERDICT_DB_DOWN,
    VERDICT_TUNNEL_DOWN,
    VERDICT_PRIMARY_DOWN,
    VERDICT_SPLIT_BRAIN,
    VERDICT_FAILED_OVER,
    VERDICT_OBSERVER_ISOLATED,
    VERDICT_KINDS,
};

/* How loud it is on the screen, in checks and in metrics. */
enum verdict_level { LEVEL_UNKNOWN, LEVEL_NORMAL, LEVEL_WARNING, LEVEL_CRITICAL };

enum verdict_advice { ADVICE_NOT_ADVISED, ADVICE_ADVISED, ADVICE_IMPOSSIBLE };

/* How much of the primary the evidence says is lost; only with PRIMARY DOWN. */
enum verdict_scope { SCOPE_NONE, SCOPE_SITE, SCOPE_REGION };

/* The rule that matched, and the rows that made it so. */
struct verdict_ruling {
    enum verdict_kind kind;
    uint32_t decided;     /* bits 1 << enum evidence_id */
    uint32_t contradicts; /* rows that speak against it */
};
struct verdict_ruling verdict_rule(const struct evidence rows[EVIDENCE_COUNT]);

struct verdict {
    enum verdict_kind kind;
    bool confirmed;
    enum verdict_level level;
    enum verdict_advice advice;
    enum verdict_scope scope;
    uint32_t decided, contradicts;
    char sentence[200];   /* "aws us-east-1: app, database and receiver fail on 2 routes" */
    char advice_why[160]; /* one line */
    int64_t since_ms;     /* monotonic: when this kind began to be suspected */
    int64_t since_wall_ms;
    int64_t confirmed_wall_ms; /* 0 unless confirmed */
};

struct verdict_terms {
    const char *primary_name, *dr_name; /* of the sites */
    int strikes;
    int64_t hold_ms;
};

/* The verdict of this moment. `since` and `confirmed` are carried over from before (NULL: the
 * first) while the kind stays. */
struct verdict verdict_of(const struct evidence rows[EVIDENCE_COUNT],
                          const struct verdict_terms *terms, const struct verdict *before,
                          int64_t now_ms, int64_t wall_ms);

enum verdict_level verdict_level_of(enum verdict_kind kind);

/* Does the primary's service stand still, as far as the verdict tells? The RTO clock runs then. */
bool verdict_is_outage(enum verdict_kind kind);

const char *verdict_name(enum verdict_kind kind); /* "PRIMARY DOWN" */
const char *verdict_key(enum verdict_kind kind);  /* "primary_down": metrics, the store */
bool verdict_from_key(const char *key, enum verdict_kind *out);
const char *level_word(enum verdict_level level);     /* "CRITICAL" */
const char *level_key(enum verdict_level level);      /* "critical" */
const char *advice_key(enum verdict_advice advice);   /* "not_advised" */
const char *advice_words(enum verdict_advice advice); /* "not advised" */
const char *scope_key(enum verdict_scope scope);      /* "site", "region"; NULL for none */

#endif
