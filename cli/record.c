/* `drtop record`: the observer without a screen, for a service. It takes the record when it is
 * free, tells its metrics, logs a line an event, and proves to systemd that it is alive. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "backend/net/http_server.h"
#include "backend/record/metrics.h"
#include "backend/record/recording.h"
#include "cli/event_log.h"
#include "cli/systemd.h"

#define WAKE_MS           1000 /* the longest sleep */
#define METRICS_FILE_MS   5000
#define RECORD_STOP_MS    1200 /* together with the observer's: gone within 2 s */
#define STOP_MS           500
#define RECORDING_STOP_MS 300

/* Main thread, but for what render_metrics() reads, which stands still while the server runs. */
struct station {
    const struct cli_options *options;
    const struct config *cfg;
    struct config *reloaded; /* cfg, when it is not the one that main loaded; ours */
    struct observer *observer;
    struct record *record;
    struct http_server *server;
    struct recording *recording; /* NULL: no --out */
    char recording_trouble[200]; /* as it was said */
    struct event_log log;
    int signal_fd;
    uint64_t seq; /* of the newest snapshot that was looked at */
    int64_t watchdog_ms, pinged_ms;
    uint64_t pinged_seq, pinged_turns;
    int64_t file_ms; /* when the textfile is due */
    bool file_failed;
    bool stuck; /* a thread is in a call that nothing interrupts: leave by _exit() */
    bool leave, reload;
};

/* --- metrics */

static char *render_metrics(void *self, size_t *out_len)
{
    struct station *st = self;
    char *text = NULL;
    FILE *out = open_memstream(&text, out_len);
    if (!out) {
        return NULL;
    }
    struct snapshot *s = engine_look(observer_engine(st->observer));
    struct record_view *view = record_look(st->record);
    metrics_write(s, view, clock_mono_ms(&clock_system), out);
    record_view_unref(view);
    snapshot_unref(s);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static bool write_file(const char *path, const char *text, size_t len)
{
    char fresh[PATH_MAX];
    int n = snprintf(fresh, sizeof fresh, "%s.new", path);
    if (n < 0 || (size_t)n >= sizeof fresh) {
        errno = ENAMETOOLONG;
        return false;
    }
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) {
        return false;
    }
    size_t done = 0;
    while (done < len) {
        ssize_t wrote = write(fd, text + done, len - done);
        if (wrote < 0 && errno != EINTR) {
            break;
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    bool whole = close(fd) == 0 && done == len;
    if (!whole || rename(fresh, path) != 0) {
        int why = errno;
        (void)unlink(fresh);
        errno = why;
        return false;
    }
    return true;
}

/* A reader never sees half of it: the file is replaced. */
static void metrics_file(struct station *st, int64_t now_ms)
{
    const char *path = st->cfg->record.metrics_file;
    if (!path || now_ms < st->file_ms || st->seq == 0) { /* nothing has been seen yet */
        return;
    }
    size_t len = 0;
    char *text = render_metrics(st, &len);
    bool ok = text && write_file(path, text, len);
    if (!ok && !st->file_failed) {
        event_log_say(&st->log, LOG_ERR, "%s: %s, expected to write the metrics there", path,
                      strerror(errno));
    }
    free(text);
    st->file_failed = !ok;
    st->file_ms = now_ms + METRICS_FILE_MS;
}

/* --- start and stop */

static bool start_server(struct station *st, struct error *err)
{
    const struct http_page page = {.path = "/metrics",
                                   .content_type = METRICS_CONTENT_TYPE,
                                   .render = render_metrics,
                                   .self = st};
    const char *address = st->cfg->record.metrics;
    st->server = address ? http_server_start(address, &page, err) : NULL;
    return st->server || !address;
}

static bool start(struct station *st, struct error *err)
{
    enum record_wish wish = st->options->read_only ? RECORD_NEVER : RECORD_MAY;
    st->observer = observer_start(st->cfg, &clock_system, err);
    if (!st->observer) {
        return false;
    }
    st->record = record_start(st->cfg, observer_engine(st->observer), &clock_system, wish,
                              "drtop record", err);
    st->seq = st->pinged_seq = st->pinged_turns = 0;
    st->file_ms = 0;
    return st->record != NULL;
}

/* What the textfile says is true no longer. */
static void stop(struct station *st)
{
    http_server_stop(st->server);
    st->server = NULL;
    if (st->cfg->record.metrics_file) {
        (void)unlink(st->cfg->record.metrics_file);
    }
    st->stuck = !record_stop(st->record, RECORD_STOP_MS) || st->stuck;
    st->record = NULL;
    if (!st->stuck) { /* the record's thread looks at the engine */
        st->stuck = !observer_stop(st->observer, STOP_MS);
    }
    st->observer = NULL;
}

/* The old configuration stays in force until the new one is known to be right. What the engine
 * knew comes back to it by way of the store. */
static void reload(struct station *st)
{
    struct error err;
    (void)systemd_notify("RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_real_us());
    struct config *cfg = cli_load(st->options->config, &err);
    if (!cfg) {
        event_log_say(&st->log, LOG_ERR, "not reloaded, the old configuration stays: %s",
                      err.text);
        (void)systemd_notify("READY=1");
        return;
    }
    stop(st);
    if (st->stuck) { /* whoever restarts the service starts with the new one */
        config_destroy(cfg);
        event_log_say(&st->log, LOG_ERR, "a thread cannot be stopped: leaving");
        st->leave = true;
        return;
    }
    if (st->recording) {
        recording_change(st->recording, cfg);
    }
    config_destroy(st->reloaded);
    st->cfg = st->reloaded = cfg;
    if (!start(st, &err)) {
        event_log_say(&st->log, LOG_CRIT, "not started again: %s", err.text);
        st->leave = true;
        return;
    }
    if (!start_server(st, &err)) {
        event_log_say(&st->log, LOG_ERR, "no metrics: %s", err.text);
    }
    event_log_say(&st->log, LOG_NOTICE, "reloaded %s", cfg->path);
    (void)systemd_notify("READY=1");
}

/* --- the loop */

static void read_signals(struct station *st)
{
    struct signalfd_siginfo info;
    while (read(st->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        st->reload = st->reload || info.ssi_signo == SIGHUP;
        st->leave = st->leave || info.ssi_signo != SIGHUP;
    }
}

static void tell_status(struct station *st, const struct snapshot *s)
{
    const struct verdict *v = &s->verdict;
    if (!st->log.verdict_said || st->log.verdict != v->kind ||
        st->log.confirmed != v->confirmed) {
        (void)systemd_notify("STATUS=%s%s: %s", verdict_name(v->kind),
                             v->confirmed ? "" : ", suspected", v->sentence);
    }
}

static void record_out(struct station *st, struct snapshot *s)
{
    char why[sizeof st->recording_trouble];
    if (!st->recording) {
        return;
    }
    recording_offer(st->recording, s);
    recording_trouble(st->recording, why);
    if (strcmp(why, st->recording_trouble) != 0) {
        memcpy(st->recording_trouble, why, sizeof why);
        event_log_say(&st->log, why[0] ? LOG_ERR : LOG_NOTICE, "%s: %s", st->options->out,
                      why[0] ? why : "recording again");
    }
}

static void look(struct station *st)
{
    struct engine *engine = observer_engine(st->observer);
    engine_drain(engine);
    record_drain(st->record);
    struct snapshot *s = engine_look(engine);
    if (s && s->seq != st->seq) {
        st->seq = s->seq;
        tell_status(st, s);
        event_log_snapshot(&st->log, s);
        record_out(st, s);
    }
    snapshot_unref(s);
    struct record_view *view = record_look(st->record);
    if (view) {
        event_log_view(&st->log, view);
    }
    record_view_unref(view);
}

/* systemd hears nothing while the engine or the record stands still, and restarts us. */
static void ping(struct station *st, int64_t now_ms)
{
    if (st->watchdog_ms == 0 || now_ms - st->pinged_ms < st->watchdog_ms) {
        return;
    }
    uint64_t turns = record_turns(st->record);
    bool turns_count = st->cfg->record.enabled; /* switched off, it has no thread */
    if (st->seq != st->pinged_seq && (!turns_count || turns != st->pinged_turns)) {
        (void)systemd_notify("WATCHDOG=1");
        st->pinged_ms = now_ms;
        st->pinged_seq = st->seq;
        st->pinged_turns = turns;
    }
}

static void loop(struct station *st)
{
    int sleep_ms =
        st->watchdog_ms > 0 && st->watchdog_ms < WAKE_MS ? (int)st->watchdog_ms : WAKE_MS;
    while (!st->leave) {
        struct pollfd fds[3] = {
            {.fd = st->signal_fd, .events = POLLIN},
            {.fd = engine_wake_fd(observer_engine(st->observer)), .events = POLLIN},
            {.fd = record_wake_fd(st->record), .events = POLLIN}};
        (void)poll(fds, 3, sleep_ms);
        read_signals(st);
        if (st->reload && !st->leave) {
            st->reload = false;
            reload(st);
            continue;
        }
        int64_t now_ms = clock_mono_ms(&clock_system);
        look(st);
        ping(st, now_ms);
        metrics_file(st, now_ms);
    }
}

/* The signals are blocked since main began; the terminal's stop works as everywhere. */
static int open_signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTSTP);
    (void)sigaddset(&set, SIGCONT);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int serve(struct station *st)
{
    struct error err = {""};
    int status = CLI_OK;
    if (!start(st, &err) || !start_server(st, &err)) {
        event_log_say(&st->log, LOG_CRIT, "not started: %s", err.text);
        status = CLI_UNAVAILABLE;
    } else {
        if (!st->cfg->record.enabled) {
            event_log_say(&st->log, LOG_WARNING, "record.enabled is false: nothing is kept");
        }
        event_log_say(&st->log, LOG_NOTICE, "drtop %s watches %s", cli_version, st->cfg->group);
        (void)systemd_notify("READY=1\nSTATUS=looking");
        st->pinged_ms = clock_mono_ms(&clock_system);
        loop(st);
        (void)systemd_notify("STOPPING=1");
    }
    st->stuck = !recording_stop(st->recording, RECORDING_STOP_MS) || st->stuck;
    st->recording = NULL;
    if (st->observer) {
        stop(st);
    }
    if (status == CLI_OK) {
        event_log_say(&st->log, LOG_NOTICE, "ended");
    }
    return status;
}

static bool open_recording(struct station *st)
{
    struct error err;
    if (!st->options->out) {
        return true;
    }
    st->recording = recording_start(st->options->out, st->cfg, &clock_system, &err);
    if (!st->recording) {
        cli_complain("drtop record: %s", err.text);
    }
    return st->recording != NULL;
}

int cmd_record(const struct config *cfg, const struct cli_options *options)
{
    struct station st = {.options = options,
                         .cfg = cfg,
                         .log = {.out = stderr, .journal = systemd_stderr_is_journal()},
                         .signal_fd = open_signals(),
                         .watchdog_ms = systemd_watchdog_ms()};
    if (st.signal_fd < 0) {
        cli_complain("drtop record: no signalfd: %s", strerror(errno));
        return CLI_UNAVAILABLE;
    }
    int status = open_recording(&st) ? serve(&st) : CLI_UNAVAILABLE;
    (void)close(st.signal_fd);
    if (st.stuck) {
        (void)fflush(NULL);
        _exit(status);
    }
    config_destroy(st.reloaded);
    return status;
}
