/* Alerts: a state machine a condition.
 *
 *   (none) -> PENDING    the condition holds
 *   PENDING -> (none)    it no longer does, before its time
 *   PENDING -> OPEN      it has held for for_ms
 *   OPEN -> ACKED        somebody says that they know (alert_book_acknowledge())
 *   OPEN, ACKED -> CLOSED  it has not held for clear_for_ms
 *
 * A condition that is unknown changes nothing. A condition that opens its alert flap_count times
 * within flap_window_ms is flapping: the alert stays open until the condition has been quiet for
 * the whole window. Closed alerts stay in the book with peak and duration.
 *
 * Alerts that are open together, and those that open before an incident is over, share an incident,
 * "DR-20261122-140204": UTC of its first alert. It is over when none of its alerts is open.
 *
 * Pure apart from the book, which belongs to the engine. */
#ifndef DRTOP_VERDICT_ALERT_H
#define DRTOP_VERDICT_ALERT_H

#include "backend/fact/opt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALERTS_MAX        128
#define ALERT_TEXT_MAX    200
#define ALERT_WHO_MAX     96
#define ALERT_COMMENT_MAX 200
#define INCIDENT_ID_MAX   24

enum alert_severity { ALERT_WARN, ALERT_CRIT };

/* What is watched. subject tells several of one kind apart (tunnel 0, tunnel 1). */
enum alert_kind {
    ALERT_LAG,
    ALERT_RECEIVER,
    ALERT_APPLIER,
    ALERT_DB,
    ALERT_APP,
    ALERT_TUNNEL,
    ALERT_STALE,
    ALERT_OBSERVER,
    ALERT_ROLE,
    ALERT_VERDICT, /* a confirmed verdict of level critical: the sentence itself */
    ALERT_RECORD,  /* the history cannot be written */
    ALERT_ALARM,   /* one that the customer set in the cloud; subject: alert_subject() */
    ALERT_KINDS,
};

struct condition {
    enum alert_kind kind;
    uint32_t subject;
    enum tri holds;
    enum alert_severity severity;
    int64_t for_ms;       /* must hold this long before the alert opens */
    struct opt_f64 value; /* its largest becomes the peak; seconds */
    char text[ALERT_TEXT_MAX];
};

enum alert_state { ALERT_PENDING, ALERT_OPEN, ALERT_ACKED, ALERT_CLOSED };

struct alert {
    uint64_t id; /* of this book; counts up; never 0. The store has ids of its own */
    enum alert_kind kind;
    uint32_t subject;
    enum alert_severity severity; /* the highest it has had */
    enum alert_state state;
    int64_t began_ms, opened_ms, acked_ms, closed_ms; /* monotonic */
    int64_t began_wall_ms, opened_wall_ms, acked_wall_ms, closed_wall_ms;
    int64_t quiet_since_ms; /* the condition has not held since; 0: it holds */
    bool flapping;
    bool muted; /* opened in a maintenance window: recorded, nobody is told */
    struct opt_f64 peak;
    char text[ALERT_TEXT_MAX]; /* as it was when the alert was last true */
    char incident[INCIDENT_ID_MAX];
    char acked_by[ALERT_WHO_MAX];
    char comment[ALERT_COMMENT_MAX]; /* of the acknowledgement */
};

/* One outage, from its first alert to its last. */
struct incident {
    char id[INCIDENT_ID_MAX]; /* "": there has been none */
    bool open;
    int64_t opened_ms, opened_wall_ms, closed_wall_ms;
    enum alert_severity severity; /* the highest of its alerts */
};

struct alert_terms {
    int64_t clear_for_ms;
    int flap_count;
    int64_t flap_window_ms;
    bool muted; /* a maintenance window is open */
};

#define ALERT_OPENINGS_MAX 256

/* Alerts that are open, acknowledged or closed, oldest first; pending ones are kept apart. When it
 * is full, the oldest closed one makes room. */
struct alert_book {
    size_t n;
    struct alert alerts[ALERTS_MAX];
    size_t n_pending;
    struct alert pending[ALERTS_MAX];
    uint64_t next_id;
    struct incident incident; /* the newest */
    struct {                  /* ring: when which condition opened, for flapping */
        enum alert_kind kind;
        uint32_t subject;
        int64_t at_ms;
    } openings[ALERT_OPENINGS_MAX];
    size_t n_openings;
};

/* Applies the conditions of one moment. */
void alert_book_update(struct alert_book *book, const struct alert_terms *terms,
                       const struct condition *conditions, size_t n, int64_t now_ms,
                       int64_t wall_ms);

/* OPEN -> ACKED for the open alert of that kind and subject; false when there is none or it is
 * acknowledged already. who and comment are sanitised and copied. */
bool alert_book_acknowledge(struct alert_book *book, enum alert_kind kind, uint32_t subject,
                            const char *who, const char *comment, int64_t now_ms,
                            int64_t wall_ms);

/* Takes over what another process has opened and not closed: alerts that are open here under the
 * same kind and subject become those, the rest is added, and the incident is theirs: while it goes
 * on, all that is open here belongs to it. Monotonic times are reckoned back from the wall times. */
void alert_book_adopt(struct alert_book *book, const struct alert *open, size_t n,
                      const struct incident *incident, int64_t now_ms, int64_t wall_ms);

/* Open or acknowledged. */
bool alert_is_open(const struct alert *a);
size_t alert_book_open(const struct alert_book *book);

/* "LAG", "RECEIVER": a word for the screen, for JSON and the store. */
const char *alert_kind_name(enum alert_kind kind);
bool alert_kind_from_name(const char *name, enum alert_kind *out);
const char *alert_state_key(enum alert_state state);          /* "open" */
const char *alert_severity_key(enum alert_severity severity); /* "critical" */

/* A subject made of names, that stays the same from run to run: of an alarm, by the view that tells
 * of it and its name. */
uint32_t alert_subject(const char *view, const char *name);

/* How long the alert has been open, or was. */
int64_t alert_duration_ms(const struct alert *a, int64_t now_ms);

/* "DR-YYYYMMDD-HHMMSS", UTC. */
void incident_id(int64_t wall_ms, char out[INCIDENT_ID_MAX]);

#endif
