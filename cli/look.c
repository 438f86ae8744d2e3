#include "cli/cli.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#define STOP_MS 500
#define VIEW_MS 1000 /* a store that is busy for longer is done without */

const char cli_version[] = DRTOP_VERSION;

struct config *cli_load(const char *path, struct error *err)
{
    char found[PATH_MAX];
    return config_find(path, found, sizeof found, err) ? config_load(found, err) : NULL;
}

const char *cli_theme(const struct config *cfg, const struct cli_options *options)
{
    return options->theme   ? options->theme
           : options->share ? "high-contrast"
                            : cfg->screen.theme;
}

enum app_charset cli_charset(const struct cli_options *options)
{
    return options->ascii  ? APP_CHARSET_ASCII
           : options->utf8 ? APP_CHARSET_UTF8
                           : APP_CHARSET_AUTO;
}

/* The first view of the record. The engine then has what an earlier drtop knew of an outage. */
static struct record_view *first_view(struct record *r)
{
    int64_t end_ms = clock_mono_ms(&clock_system) + VIEW_MS;
    struct record_view *view = record_look(r);
    while (!view) {
        int64_t left_ms = end_ms - clock_mono_ms(&clock_system);
        struct pollfd fd = {.fd = record_wake_fd(r), .events = POLLIN};
        if (left_ms <= 0) {
            break;
        }
        (void)poll(&fd, 1, (int)left_ms);
        record_drain(r);
        view = record_look(r);
    }
    return view;
}

bool cli_look(const struct config *cfg, int64_t limit_ms, struct look *out)
{
    struct error err;
    struct observer *o = observer_start(cfg, &clock_system, &err);
    if (!o) {
        cli_complain("drtop: %s", err.text);
        return false;
    }
    *out = (struct look){.observer = o};
    struct engine *engine = observer_engine(o);
    int64_t patience_ms = observer_patience_ms(cfg), begin_ms = clock_mono_ms(&clock_system);
    out->record = record_start(cfg, engine, &clock_system, RECORD_NEVER, "drtop", &err);
    if (out->record) {
        out->view = first_view(out->record);
    }
    int64_t took_ms = clock_mono_ms(&clock_system) - begin_ms;
    int64_t wait_ms = limit_ms && limit_ms < patience_ms ? limit_ms : patience_ms;
    out->snap = observer_wait(o, wait_ms > took_ms ? wait_ms - took_ms : 0);
    out->snap = out->snap ? out->snap : engine_look(engine); /* no time was left to wait */
    return true;
}

void cli_stop(struct observer *observer, int status)
{
    if (!observer_stop(observer, STOP_MS)) {
        (void)fflush(NULL);
        _exit(status);
    }
}

void cli_leave(struct look *look, int status)
{
    record_view_unref(look->view);
    snapshot_unref(look->snap);
    if (!record_stop(look->record, STOP_MS)) {
        (void)fflush(NULL);
        _exit(status);
    }
    cli_stop(look->observer, status);
}
