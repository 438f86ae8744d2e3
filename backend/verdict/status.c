#include "backend/verdict/status.h"

#include <stdio.h>

const char *status_word(enum status_level level)
{
    static const char *const words[] = {[STATUS_UNKNOWN] = "UNKNOWN",
                                        [STATUS_NORMAL] = "NORMAL",
                                        [STATUS_WARNING] = "WARNING",
                                        [STATUS_CRITICAL] = "CRITICAL"};
    return words[level];
}

const char *status_key(enum status_level level)
{
    static const char *const keys[] = {[STATUS_UNKNOWN] = "unknown",
                                       [STATUS_NORMAL] = "normal",
                                       [STATUS_WARNING] = "warning",
                                       [STATUS_CRITICAL] = "critical"};
    return keys[level];
}

/* Kinds in the order in which they explain an outage: a dead database explains a stopped
 * receiver, which explains a lag. */
static int rank(enum alert_kind kind)
{
    static const int ranks[ALERT_KINDS] = {
        [ALERT_ROLE] = 9,    [ALERT_DB] = 8,       [ALERT_APP] = 7,
        [ALERT_APPLIER] = 6, [ALERT_RECEIVER] = 5, [ALERT_TUNNEL] = 4,
        [ALERT_LAG] = 3,     [ALERT_OBSERVER] = 2, [ALERT_STALE] = 1,
    };
    return ranks[kind];
}

struct worst {
    const struct alert *alert;
    enum alert_severity severity;
    size_t holding;
};

static void weigh(struct worst *w, const struct alert *a, enum alert_severity severity)
{
    w->holding++;
    if (!w->alert || severity > w->severity ||
        (severity == w->severity && rank(a->kind) > rank(w->alert->kind))) {
        w->alert = a;
        w->severity = severity;
    }
}

static struct worst worst_of(const struct alert_book *book)
{
    struct worst w = {0};
    for (size_t i = 0; i < book->n; i++) {
        if (book->alerts[i].state == ALERT_OPEN) {
            weigh(&w, &book->alerts[i], book->alerts[i].severity);
        }
    }
    for (size_t i = 0; i < book->n_pending; i++) {
        enum alert_kind kind = book->pending[i].kind;
        if (kind != ALERT_LAG && kind != ALERT_STALE) {
            weigh(&w, &book->pending[i], ALERT_WARN);
        }
    }
    return w;
}

struct status status_of(const struct alert_book *book, bool complete, const char *missing,
                        const struct status *before, int64_t now_ms, int64_t wall_ms)
{
    struct status s = {.since_ms = now_ms, .since_wall_ms = wall_ms};
    struct worst w = worst_of(book);
    if (w.alert) {
        s.level = w.severity == ALERT_CRIT ? STATUS_CRITICAL : STATUS_WARNING;
        char more[32] = "";
        if (w.holding > 1) {
            (void)snprintf(more, sizeof more, " (+%zu)", w.holding - 1);
        }
        (void)snprintf(s.sentence, sizeof s.sentence, "%.120s%s", w.alert->text, more);
    } else if (!complete) {
        s.level = STATUS_UNKNOWN;
        (void)snprintf(s.sentence, sizeof s.sentence, "%s", missing);
    } else {
        s.level = STATUS_NORMAL;
        (void)snprintf(s.sentence, sizeof s.sentence, "primary serving, replica in step");
    }
    if (before && before->level == s.level) {
        s.since_ms = before->since_ms;
        s.since_wall_ms = before->since_wall_ms;
    }
    return s;
}
