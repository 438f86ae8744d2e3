/* Alerts in memory. A condition that holds long enough opens an alert; when it no longer holds,
 * the alert closes and stays in the book with its peak and its duration. A condition that is
 * unknown changes nothing. Pure apart from the book itself, which belongs to the engine. */
#ifndef DRTOP_VERDICT_ALERT_H
#define DRTOP_VERDICT_ALERT_H

#include "backend/fact/opt.h"

#include <stddef.h>
#include <stdint.h>

#define ALERTS_MAX     128
#define ALERT_TEXT_MAX 200

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

enum alert_state { ALERT_PENDING, ALERT_OPEN, ALERT_CLOSED };

struct alert {
    uint64_t id; /* counts up; never 0 */
    enum alert_kind kind;
    uint32_t subject;
    enum alert_severity severity;
    enum alert_state state;
    int64_t began_ms, opened_ms, closed_ms; /* monotonic */
    int64_t opened_wall_ms, closed_wall_ms;
    struct opt_f64 peak;
    char text[ALERT_TEXT_MAX]; /* as it was when the alert was last true */
};

/* Alerts that are open or closed, oldest first; pending ones are kept apart. When it is full, the
 * oldest closed one makes room. */
struct alert_book {
    size_t n;
    struct alert alerts[ALERTS_MAX];
    size_t n_pending;
    struct alert pending[ALERTS_MAX];
    uint64_t next_id;
};

/* Applies the conditions of one moment. */
void alert_book_update(struct alert_book *book, const struct condition *conditions, size_t n,
                       int64_t now_ms, int64_t wall_ms);

size_t alert_book_open(const struct alert_book *book);

/* "LAG", "RECEIVER": a word for the screen and for JSON. */
const char *alert_kind_name(enum alert_kind kind);

/* How long the alert has been open, or was. */
int64_t alert_duration_ms(const struct alert *a, int64_t now_ms);

#endif
