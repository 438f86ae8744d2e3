/* drtop-watch CONFIG FILE: an observer that goes on looking, for scripts. Ten times a second it
 * replaces FILE with what `drtop status --json` would print, and adds a line to FILE.log:
 *
 *   milliseconds lag_seconds not_received_bytes not_applied_bytes not_received_tx
 *
 * with - for unknown. Ends when its standard input does. */
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"

enum { EVERY_MS = 100, USAGE = 64 };

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
    (void)fputc('\n', log);
    (void)fflush(log);
}

static bool replace(const char *file, const struct snapshot *s)
{
    char fresh[PATH_MAX];
    (void)snprintf(fresh, sizeof fresh, "%s.new", file);
    FILE *out = fopen(fresh, "we");
    if (!out) {
        return false;
    }
    status_write_json(s, NULL, clock_mono_ms(&clock_system), out);
    return fclose(out) == 0 && rename(fresh, file) == 0;
}

static bool is_over(void)
{
    struct pollfd in = {.fd = 0, .events = POLLIN};
    return poll(&in, 1, EVERY_MS) != 0;
}

static bool watch(struct observer *o, const char *file, FILE *log)
{
    int64_t began_ms = clock_mono_ms(&clock_system);
    uint64_t seen = 0;
    while (!is_over()) {
        struct snapshot *s = engine_look(observer_engine(o));
        bool ok = true;
        if (s && s->seq != seen) {
            seen = s->seq;
            log_line(log, s, began_ms);
            ok = replace(file, s);
        }
        snapshot_unref(s);
        if (!ok) {
            return false;
        }
    }
    return true;
}

static struct observer *start(const char *config)
{
    struct error err;
    struct config *cfg = config_load(config, &err);
    struct observer *o = NULL;
    if (cfg && observer_library_begin(&err)) {
        o = observer_start(cfg, &clock_system, &err);
    }
    if (!o) {
        (void)fprintf(stderr, "drtop-watch: %s\n", err.text);
    }
    return o;
}

int main(int argc, char **argv)
{
    char log_path[PATH_MAX];
    if (argc != 3) {
        (void)fputs("usage: drtop-watch CONFIG FILE\n", stderr);
        return USAGE;
    }
    (void)snprintf(log_path, sizeof log_path, "%s.log", argv[2]);
    FILE *log = fopen(log_path, "we");
    struct observer *o = log ? start(argv[1]) : NULL;
    /* The process is the observer: there is nobody to give its memory back to. */
    _Exit(o && watch(o, argv[2], log) ? EXIT_SUCCESS : EXIT_FAILURE);
}
