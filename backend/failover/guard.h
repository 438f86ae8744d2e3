/* The operator's path from the key to the request: a state machine over (state, event, time). Pure.
 *
 *   LOCKED     --F, D-->        REVIEW     rows are read, overridden, the phrase is typed
 *   REVIEW     --phrase-->      REASON     a reason or incident reference is typed
 *   REASON     --reason-->      SECOND     only with the two-person rule: a second operator retypes
 *                                          a value from their own screen
 *   REASON, SECOND ------->     COUNTDOWN  any key stops it
 *   COUNTDOWN  --its end-->     SENT       out of our hands: GUARD_DISPATCH is returned, once
 *
 * Escape leads to LOCKED from everywhere before SENT. The approval (phrase, reason, second) is void,
 * and REVIEW begins anew with a word why, when the preflight's hash changes, when a row blocks, or
 * when five minutes have passed since the phrase and the countdown does not run yet. So does a
 * countdown that was not fed with facts for GUARD_GAP_MS: nobody saw it run. Typed ahead: keys within
 * 1.5 s of entering a state are dropped, except that they stop a countdown; and so is pasted text,
 * always. Overrides stay as long as the verb and their row's class do. */
#ifndef DRTOP_FAILOVER_GUARD_H
#define DRTOP_FAILOVER_GUARD_H

#include "backend/failover/preflight.h"

#define GUARD_DEAF_MS     1500
#define GUARD_APPROVAL_MS 300000
#define GUARD_GAP_MS      3000
#define GUARD_LINE_MAX    160
#define GUARD_REASON_MIN  3 /* characters */

enum guard_state {
    GUARD_LOCKED,
    GUARD_REVIEW,
    GUARD_OVERRIDE, /* of REVIEW: the reason for overriding `row` is typed */
    GUARD_REASON,
    GUARD_SECOND,
    GUARD_COUNTDOWN,
    GUARD_SENT,
};

enum guard_event_kind {
    GUARD_OPEN,   /* F, or D with drill set */
    GUARD_FACTS,  /* a new preflight; also the passage of time: send one at least each 250 ms */
    GUARD_TEXT,   /* one typed character (cp) */
    GUARD_PASTED, /* something was pasted */
    GUARD_ERASE,  /* Backspace */
    GUARD_ENTER,
    GUARD_ESCAPE,
    GUARD_ROW,      /* o: override the selected row */
    GUARD_APPROVED, /* the second operator has retyped the value, seen in the store */
    GUARD_CLOSED,   /* the run is over and acknowledged: back to LOCKED from SENT */
};

struct guard_event {
    enum guard_event_kind kind;
    bool drill;
    uint32_t cp;
    enum preflight_row_id row;
    const struct preflight *facts; /* of FACTS */
    const char *second;            /* of APPROVED: who */
};

struct guard_terms {
    int64_t countdown_ms;
    bool two_person, read_only;
};

struct guard {
    enum guard_state state;
    bool drill;
    int64_t entered_ms;        /* this state */
    int64_t approved_ms;       /* the phrase */
    int64_t fed_ms;            /* the newest FACTS */
    char line[GUARD_LINE_MAX]; /* what is being typed */
    char reason[GUARD_LINE_MAX];
    char second[ALERT_WHO_MAX];
    char challenge[16];        /* what the second operator has to retype */
    char said[160];            /* one line to the operator: what differs, why void; or "" */
    enum preflight_row_id row; /* being overridden */
    bool overridden[PREFLIGHT_ROWS];
    char override_reason[PREFLIGHT_ROWS][GUARD_LINE_MAX];
    struct preflight facts; /* as displayed, overrides applied */
    uint64_t approved_hash;
};

enum guard_effect {
    GUARD_NONE,
    GUARD_DISPATCH, /* journal the intent and send it: facts, reason, overrides are in the guard */
    GUARD_ASK_SECOND, /* publish the challenge in the store */
    GUARD_WITHDRAW,   /* take it back */
};

void guard_init(struct guard *g);
enum guard_effect guard_step(struct guard *g, const struct guard_terms *terms,
                             const struct guard_event *e, int64_t now_ms);

/* Of COUNTDOWN: what is left. */
int64_t guard_left_ms(const struct guard *g, const struct guard_terms *terms, int64_t now_ms);

#endif
