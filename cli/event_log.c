#include "cli/event_log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <syslog.h>

#include "backend/fact/clock.h"
#include "backend/net/text.h"
#include "tui/format.h"

#define LINE_BYTES 1024

void event_log_say(struct event_log *log, int priority, const char *format, ...)
{
    static const char *const words[] = {
        [LOG_EMERG] = "critical", [LOG_ALERT] = "critical",  [LOG_CRIT] = "critical",
        [LOG_ERR] = "error",      [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice",
        [LOG_INFO] = "info",      [LOG_DEBUG] = "debug"};
    char raw[LINE_BYTES], line[LINE_BYTES], at[FORMAT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    (void)text_clean_str(line, sizeof line, raw);
    if (log->journal) {
        (void)fprintf(log->out, "<%d>%s\n", priority, line);
    } else {
        (void)fprintf(log->out, "%s %s: %s\n", format_utc(at, clock_wall_ms(&clock_system)),
                      words[priority & 7], line);
    }
    (void)fflush(log->out);
}

static void verdict(struct event_log *log, const struct verdict *v)
{
    if (log->verdict_said && log->verdict == v->kind && log->confirmed == v->confirmed) {
        return;
    }
    log->verdict_said = true;
    log->verdict = v->kind;
    log->confirmed = v->confirmed;
    int priority = v->level == LEVEL_NORMAL                     ? LOG_NOTICE
                   : v->level == LEVEL_CRITICAL && v->confirmed ? LOG_CRIT
                                                                : LOG_WARNING;
    event_log_say(log, priority, "verdict %s, %s: %s; failing over %s%s%s",
                  verdict_name(v->kind), v->confirmed ? "confirmed" : "suspected", v->sentence,
                  advice_words(v->advice), v->advice_why[0] ? ": " : "", v->advice_why);
}

static int priority_of(enum alert_severity severity)
{
    return severity == ALERT_CRIT ? LOG_CRIT : LOG_WARNING;
}

static const struct alert *find_open(const struct snapshot *s, enum alert_kind kind,
                                     uint32_t subject)
{
    for (size_t i = 0; i < s->n_alerts; i++) {
        const struct alert *a = &s->alerts[i];
        if (a->kind == kind && a->subject == subject && alert_is_open(a)) {
            return a;
        }
    }
    return NULL;
}

static void closed_alerts(struct event_log *log, const struct snapshot *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < log->n_open; i++) {
        if (find_open(s, log->open[i].kind, log->open[i].subject)) {
            log->open[kept++] = log->open[i];
            continue;
        }
        char after[FORMAT_MAX];
        double seconds = (double)(s->taken_at_ms - log->open[i].opened_ms) / 1000;
        event_log_say(log, LOG_NOTICE, "alert closed, %s after %s: %s",
                      alert_kind_name(log->open[i].kind), format_seconds(after, seconds),
                      log->open[i].text);
    }
    log->n_open = kept;
}

static bool was_said(const struct event_log *log, const struct alert *a)
{
    for (size_t i = 0; i < log->n_open; i++) {
        if (log->open[i].kind == a->kind && log->open[i].subject == a->subject) {
            return true;
        }
    }
    return false;
}

static void opened_alerts(struct event_log *log, const struct snapshot *s)
{
    for (size_t i = 0; i < s->n_alerts; i++) {
        const struct alert *a = &s->alerts[i];
        if (!alert_is_open(a) || was_said(log, a) || log->n_open == ALERTS_MAX) {
            continue;
        }
        size_t n = log->n_open++;
        log->open[n].kind = a->kind;
        log->open[n].subject = a->subject;
        log->open[n].severity = a->severity;
        log->open[n].opened_ms = a->opened_ms;
        (void)text_copy(log->open[n].text, sizeof log->open[n].text, a->text);
        event_log_say(log, priority_of(a->severity), "alert opened, %s %s%s%s: %s",
                      alert_kind_name(a->kind), alert_severity_key(a->severity),
                      a->incident[0] ? " " : "", a->incident, a->text);
    }
}

void event_log_snapshot(struct event_log *log, const struct snapshot *s)
{
    verdict(log, &s->verdict);
    closed_alerts(log, s);
    opened_alerts(log, s);
}

static void role(struct event_log *log, const struct record_view *view)
{
    bool same = log->role_said && log->role == view->role &&
                log->maintained == view->maintained &&
                strcmp(log->recorder, view->recorder) == 0 && strcmp(log->why, view->why) == 0;
    if (same) {
        return;
    }
    log->role_said = true;
    log->role = view->role;
    log->maintained = view->maintained;
    (void)text_copy(log->recorder, sizeof log->recorder, view->recorder);
    (void)text_copy(log->why, sizeof log->why, view->why);
    switch (view->role) {
    case RECORD_OFF:
        event_log_say(log, LOG_NOTICE, "record off%s%s", view->why[0] ? ": " : "", view->why);
        break;
    case RECORD_RECORDER:
        event_log_say(log, LOG_NOTICE, "record taken: this process writes");
        break;
    case RECORD_VIEWER:
        event_log_say(
            log, view->why[0] ? LOG_WARNING : LOG_NOTICE, "record not taken: %s writes%s%s",
            view->maintained ? view->recorder : "nobody", view->why[0] ? ": " : "", view->why);
        break;
    case RECORD_ORPHAN:
        event_log_say(log, LOG_ERR, "record in trouble, nobody writes: %s", view->why);
        break;
    }
}

static void event(struct event_log *log, const struct event *e)
{
    const char *by = e->who[0] ? " by " : "";
    switch (e->kind) {
    case EVENT_ACKED:
        event_log_say(log, LOG_NOTICE, "alert acknowledged%s%s: %s", by, e->who, e->text);
        break;
    case EVENT_NOTE:
        event_log_say(log, LOG_INFO, "note%s%s: %s", by, e->who, e->text);
        break;
    case EVENT_SENT:
        event_log_say(log, strncmp(e->text, "sent:", 5) == 0 ? LOG_NOTICE : LOG_ERR,
                      "notification %s", e->text);
        break;
    case EVENT_ALARM:
        event_log_say(log, LOG_NOTICE, "%s: %s", e->who, e->text);
        break;
    case EVENT_INCIDENT:
        event_log_say(log, LOG_NOTICE, "incident %s: %s", e->incident, e->text);
        break;
    default: /* said already, from the snapshot or as the role */
        break;
    }
}

void event_log_view(struct event_log *log, const struct record_view *view)
{
    role(log, view);
    if (!view->readable) {
        return;
    }
    int64_t newest = view->n_events > 0 ? view->events[view->n_events - 1].id : 0;
    for (size_t i = 0; log->events_known && i < view->n_events; i++) {
        if (view->events[i].id > log->event_id) {
            event(log, &view->events[i]);
        }
    }
    log->events_known = true;
    log->event_id = newest; /* also when another store took its place */
}
