/* drtop-watch [--record] CONFIG FILE: an observer that goes on looking, for scripts. Ten times a second it
 * replaces FILE with what `drtop status --json` would print, and adds a line to FILE.log:
 *
 *   milliseconds lag_seconds not_received_bytes not_applied_bytes not_received_tx verdict confirmed
 *
 * with - for unknown, and 0 or 1 for confirmed. What must not wait goes to FILE.events at once,
 * with the Unix time in milliseconds before it:
 *
 *   verdict KEY suspected|confirmed SENTENCE   whenever one of the first two changes
 *   alert KIND SEVERITY TEXT                   that opened, or became graver
 *   tunnel VIEW ID STATE                       as one view sees one tunnel, whenever it changes
 *
 * With --record it takes part in the record, as the dashboard does. Ends when its standard input
 * does. */
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/record/record.h"
#include "cli/cli.h"

enum { EVERY_MS = 100, USAGE = 64 };

struct watch {
    struct observer *observer;
    struct record *record; /* NULL without --record */
    const char *file;
    FILE *log, *events;
    int64_t began_ms, logged_ms;
    struct snapshot *before; /* the newest that was looked at */
};

static void log_count(FILE *log, struct opt_i64 v)
{
    if (v.known) {
        (void)fprintf(log, " %" PRId64, v.v);
    } else {
        (void)fputs(" -", log);
    }
}

static void log_line(FILE *log, const struct snapshot *s, int64_t began_ms)
{
    (void)fprintf(log, "%" PRId64, s->taken_at_ms - began_ms);
    if (s->lag.seconds.known) {
        (void)fprintf(log, " %.3f", s->lag.seconds.v);
    } else {
        (void)fputs(" -", log);
    }
    log_count(log, s->exposure.not_received.bytes);
    log_count(log, s->exposure.not_applied.bytes);
    log_count(log, s->exposure.not_received.tx);
    (void)fprintf(log, " %s %d\n", verdict_key(s->verdict.kind), s->verdict.confirmed);
    (void)fflush(log);
}

static bool replace(const struct watch *w, const struct snapshot *s)
{
    char fresh[PATH_MAX];
    (void)snprintf(fresh, sizeof fresh, "%s.new", w->file);
    FILE *out = fopen(fresh, "we");
    if (!out) {
        return false;
    }
    struct record_view *view = w->record ? record_look(w->record) : NULL;
    status_write_json(s, view, clock_mono_ms(&clock_system), NULL, out);
    record_view_unref(view);
    return fclose(out) == 0 && rename(fresh, w->file) == 0;
}

/* Did an alert stand in a snapshot, as grave as it is now? */
static bool stood_in(const struct snapshot *s, const struct alert *a)
{
    for (size_t i = 0; s && i < s->n_alerts; i++) {
        if (s->alerts[i].id == a->id) {
            return s->alerts[i].severity == a->severity;
        }
    }
    return false;
}

static const struct tunnel_leg_view *leg_named(const struct tunnel_view *v, const char *id)
{
    for (size_t i = 0; i < v->n_legs; i++) {
        if (strcmp(v->legs[i].id, id) == 0) {
            return &v->legs[i];
        }
    }
    return NULL;
}

static bool tell_tunnels(struct watch *w, const struct snapshot *s, int64_t now_ms)
{
    bool told = false;
    for (size_t i = 0; i < s->config->n_tunnels; i++) {
        const struct tunnel_view *is = &s->tunnels[i];
        for (size_t k = 0; k < is->n_legs; k++) {
            const struct tunnel_leg_view *leg = &is->legs[k];
            const struct tunnel_leg_view *was =
                w->before ? leg_named(&w->before->tunnels[i], leg->id) : NULL;
            if (!was || was->state != leg->state) {
                told = true;
                (void)fprintf(w->events, "%" PRId64 " tunnel %s %s %s\n", now_ms,
                              s->config->tunnels[i].name, leg->id,
                              tunnel_state_key(leg->state));
            }
        }
    }
    return told;
}

/* Whether there was anything to tell. */
static bool tell(struct watch *w, const struct snapshot *s)
{
    int64_t now_ms = clock_wall_ms(&clock_system);
    const struct verdict *is = &s->verdict, *was = w->before ? &w->before->verdict : NULL;
    bool told = !was || is->kind != was->kind || is->confirmed != was->confirmed;
    if (told) {
        (void)fprintf(w->events, "%" PRId64 " verdict %s %s %s\n", now_ms,
                      verdict_key(is->kind), is->confirmed ? "confirmed" : "suspected",
                      is->sentence);
    }
    for (size_t i = 0; i < s->n_alerts; i++) {
        const struct alert *a = &s->alerts[i];
        if (!stood_in(w->before, a)) {
            told = true;
            (void)fprintf(w->events, "%" PRId64 " alert %s %s %s\n", now_ms,
                          alert_kind_name(a->kind), alert_severity_key(a->severity), a->text);
        }
    }
    told = tell_tunnels(w, s, now_ms) || told;
    (void)fflush(w->events);
    return told;
}

/* False when a file cannot be written. */
static bool look(struct watch *w)
{
    struct engine *engine = observer_engine(w->observer);
    engine_drain(engine);
    struct snapshot *s = engine_look(engine);
    if (!s || (w->before && s->seq == w->before->seq)) {
        snapshot_unref(s);
        return true;
    }
    bool urgent = tell(w, s), ok = true;
    if (urgent || s->taken_at_ms - w->logged_ms >= EVERY_MS) {
        w->logged_ms = s->taken_at_ms;
        log_line(w->log, s, w->began_ms);
        ok = replace(w, s);
    }
    snapshot_unref(w->before);
    w->before = s;
    return ok;
}

/* Until something is new, or a while has passed. False at the end of standard input. */
static bool wait_for_news(const struct watch *w)
{
    struct pollfd fds[] = {
        {.fd = 0, .events = POLLIN},
        {.fd = engine_wake_fd(observer_engine(w->observer)), .events = POLLIN},
    };
    return poll(fds, 2, EVERY_MS) >= 0 && fds[0].revents == 0;
}

static bool start(struct watch *w, const char *config, bool recording)
{
    struct error err;
    struct config *cfg = config_load(config, &err);
    if (cfg && observer_library_begin(&err)) {
        w->observer = observer_start(cfg, &clock_system, &err);
    }
    if (w->observer && recording) {
        w->record = record_start(cfg, observer_engine(w->observer), &clock_system, RECORD_MAY,
                                 "drtop-watch", &err);
    }
    if (!w->observer || (recording && !w->record)) {
        (void)fprintf(stderr, "drtop-watch: %s\n", err.text);
        return false;
    }
    return true;
}

static FILE *open_beside(const char *file, const char *ending)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s.%s", file, ending);
    return fopen(path, "we");
}

int main(int argc, char **argv)
{
    bool recording = argc == 4 && strcmp(argv[1], "--record") == 0;
    if (argc != 3 && !recording) {
        (void)fputs("usage: drtop-watch [--record] CONFIG FILE\n", stderr);
        return USAGE;
    }
    const char *file = argv[argc - 1];
    struct watch w = {
        .file = file,
        .log = open_beside(file, "log"),
        .events = open_beside(file, "events"),
        .began_ms = clock_mono_ms(&clock_system),
    };
    bool ok = w.log && w.events && start(&w, argv[argc - 2], recording);
    while (ok && wait_for_news(&w)) {
        ok = look(&w);
    }
    /* The process is the observer: there is nobody to give its memory back to. */
    _Exit(ok ? EXIT_SUCCESS : EXIT_FAILURE);
}
