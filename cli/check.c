/* `drtop check`: one line for Nagios and everything that speaks its language (Icinga, Zabbix,
 * check_mk): STATE - text | perfdata. */
#include "cli/cli.h"

#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>

#include "backend/net/text.h"
#include "backend/tunnel/provider.h"

#define TIMEOUT_S      10
#define LINE_MAX_BYTES 1024

/* Appends to a line that is cut where it is full. */
__attribute__((format(printf, 3, 4))) static void append(char *line, size_t size,
                                                         const char *format, ...)
{
    size_t len = strlen(line);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line + len, size - len, format, args);
    va_end(args);
}

/* The protocol gives '|' and line breaks a meaning. */
static void plain(char *line)
{
    for (char *p = line; *p; p++) {
        if (*p == '|' || *p == '\n' || *p == '\r') {
            *p = '/';
        }
    }
}

/* A suspicion is no reason to wake anybody, so it is a warning at the most. */
static enum check_exit state_of(const struct verdict *v)
{
    if (v->level == LEVEL_UNKNOWN || v->kind == VERDICT_OBSERVER_ISOLATED) {
        return CHECK_UNKNOWN;
    }
    if (v->level == LEVEL_NORMAL) {
        return CHECK_OK;
    }
    return v->level == LEVEL_CRITICAL && v->confirmed ? CHECK_CRITICAL : CHECK_WARNING;
}

static struct opt_f64 round_trip_ms(const struct snapshot *s, int64_t now_ms)
{
    for (size_t i = 0; i < s->config->n_tunnels; i++) {
        enum slot slot = SLOT_TUNNEL + (enum slot)i;
        const struct reading *good = s->sights[slot].good;
        bool probe = s->config->tunnels[i].kind == TUNNEL_PROBE;
        if (probe && good && snapshot_in_sight(s, slot, now_ms)) {
            const struct tunnel_facts *f = good->value;
            return f->rtt_ms;
        }
    }
    return (struct opt_f64){.known = false};
}

static void bytes(char *out, size_t size, const char *name, struct opt_i64 v)
{
    if (v.known) {
        append(out, size, " %s=%lldB;;;0", name, (long long)v.v);
    }
}

/* name=value unit;warning;critical;minimum. What is unknown is left out, never 0. */
static void perfdata(const struct snapshot *s, int64_t now_ms, char *out, size_t size)
{
    const struct config_objectives *promised = &s->config->objectives;
    struct opt_f64 rtt_ms = round_trip_ms(s, now_ms);
    if (s->lag.seconds.known) {
        append(out, size, " lag=%.3fs;%g;;0", s->lag.seconds.v,
               (double)promised->rpo_ms / 1000);
    }
    bytes(out, size, "not_received", s->exposure.not_received.bytes);
    bytes(out, size, "not_applied", s->exposure.not_applied.bytes);
    if (rtt_ms.known) {
        append(out, size, " rtt=%.3fms;;;0", rtt_ms.v);
    }
    if (s->rto.running && s->rto.elapsed_min_ms.known) {
        append(out, size, " rto_elapsed=%.1fs;;%g;0", (double)s->rto.elapsed_min_ms.v / 1000,
               (double)promised->rto_ms / 1000);
    }
}

enum check_exit check_line(const struct snapshot *s, int64_t now_ms, char *out, size_t out_size)
{
    static const char *const states[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    const struct verdict *v = &s->verdict;
    enum check_exit state = state_of(v);
    char data[512] = "";
    (void)snprintf(out, out_size, "DRTOP %s - %s%s: %s", states[state], verdict_name(v->kind),
                   v->confirmed || v->kind == VERDICT_UNKNOWN || v->kind == VERDICT_NORMAL
                       ? ""
                       : " suspected",
                   v->sentence);
    plain(out);
    perfdata(s, now_ms, data, sizeof data);
    if (data[0]) {
        append(out, out_size, " |%s", data);
    }
    return state;
}

/* Looks on until the verdict stands, or until end_ms. */
static void look_on(struct look *look, int64_t end_ms)
{
    struct engine *engine = observer_engine(look->observer);
    struct pollfd fd = {.fd = engine_wake_fd(engine), .events = POLLIN};
    for (;;) {
        const struct verdict *v = look->snap ? &look->snap->verdict : NULL;
        bool stands =
            v && v->kind != VERDICT_UNKNOWN && (v->confirmed || v->kind == VERDICT_NORMAL);
        int64_t left_ms = end_ms - clock_mono_ms(&clock_system);
        if (stands || left_ms <= 0) {
            return;
        }
        (void)poll(&fd, 1, (int)left_ms);
        engine_drain(engine);
        struct snapshot *next = engine_look(engine);
        snapshot_unref(look->snap);
        look->snap = next;
    }
}

/* A plugin says on stdout what it has to say, also that it cannot say anything. */
static int unknown(const char *why)
{
    char line[LINE_MAX_BYTES];
    (void)text_clean_str(line, sizeof line, why);
    plain(line);
    (void)printf("DRTOP UNKNOWN - %s\n", line);
    return CHECK_UNKNOWN;
}

static int check(const struct config *cfg, const struct cli_options *options)
{
    int64_t limit_ms = (int64_t)1000 * (options->timeout_s ? options->timeout_s : TIMEOUT_S);
    int64_t end_ms = clock_mono_ms(&clock_system) + limit_ms;
    struct look look;
    char line[LINE_MAX_BYTES];
    if (!cli_look(cfg, limit_ms, &look)) {
        return unknown("the system gives no more threads or descriptors");
    }
    look_on(&look, end_ms);
    int status = CHECK_UNKNOWN;
    if (look.snap) {
        status = check_line(look.snap, clock_mono_ms(&clock_system), line, sizeof line);
        (void)printf("%s\n", line);
    } else {
        status = unknown("nothing was seen in time");
    }
    cli_leave(&look, status);
    return status;
}

int cmd_check(const struct cli_options *options)
{
    struct error err;
    struct config *cfg = cli_load(options->config, &err);
    if (!cfg) {
        return unknown(err.text);
    }
    int status;
    if (observer_library_begin(&err)) {
        status = check(cfg, options);
        observer_library_end();
    } else {
        status = unknown(err.text);
    }
    config_destroy(cfg);
    return status;
}
