/* What `drtop record` says on stderr: one line an event, made by comparing what is with what was
 * said last. Main thread. */
#ifndef DRTOP_CLI_EVENT_LOG_H
#define DRTOP_CLI_EVENT_LOG_H

#include "backend/record/record.h"
#include "backend/snapshot.h"

#include <stdbool.h>
#include <stdio.h>

/* What was said last. */
struct event_log {
    FILE *out;
    bool journal; /* lines begin with a priority, "<4>", and the journal adds the time */
    bool verdict_said;
    enum verdict_kind verdict;
    bool confirmed;
    size_t n_open; /* alerts that were said to be open */
    struct {
        enum alert_kind kind;
        uint32_t subject;
        enum alert_severity severity;
        int64_t opened_ms;
        char text[ALERT_TEXT_MAX];
    } open[ALERTS_MAX];
    bool events_known;
    int64_t event_id; /* newest event of the store that was there */
    bool role_said;
    enum record_role role;
    bool maintained;
    char recorder[ALERT_WHO_MAX], why[200];
};

/* One line, sanitised; priority is syslog's. */
void event_log_say(struct event_log *log, int priority, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Verdict, alerts that opened and closed. */
void event_log_snapshot(struct event_log *log, const struct snapshot *s);

/* Who records, acknowledgements, notes, notifications. What the store held before is not said. */
void event_log_view(struct event_log *log, const struct record_view *view);

#endif
