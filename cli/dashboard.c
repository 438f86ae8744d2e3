#include "cli/cli.h"

#include <unistd.h>

#include "backend/failover/driver.h"
#include "cli/systemd.h"
#include "tui/app.h"

#define RECORD_STOP_MS 1000
#define DRIVER_STOP_MS 1000
#define PAST_STOP_MS   500

/* A wall as a service is ready with its first frame, and alive as long as there are more. */
static void alive(void)
{
    (void)systemd_notify("READY=1\nWATCHDOG=1");
}

static int dashboard(const struct config *cfg, const struct cli_options *options,
                     struct observer *o, struct app_options *app, struct error *driver_err)
{
    struct error err = {""};
    enum record_wish wish = options->read_only ? RECORD_NEVER : RECORD_MAY;
    app->record = record_start(cfg, observer_engine(o), &clock_system, wish, "drtop", &err);
    int status = CLI_OK;
    app->driver = driver_start(cfg, observer_engine(o), &clock_system,
                               options->read_only || options->share, driver_err);
    app->driver_why = driver_err->text[0] ? driver_err->text : NULL;
    app->past = cfg->record.enabled ? replay_reader_start(NULL, cfg, &err) : NULL;
    if (!app->record || !app_run(o, cfg, &clock_system, app, &err)) {
        cli_complain("drtop: %s", err.text);
        status = CLI_UNAVAILABLE;
    }
    bool driver_stopped = driver_stop(app->driver, DRIVER_STOP_MS);
    bool past_stopped = replay_reader_stop(app->past, PAST_STOP_MS);
    if (!record_stop(app->record, RECORD_STOP_MS) || !driver_stopped || !past_stopped) {
        (void)fflush(NULL);
        _exit(status);
    }
    return status;
}

int cmd_dashboard(const struct config *cfg, const struct cli_options *options)
{
    struct error err = {""}, driver_err = {""}; /* the app shows the latter while it runs */
    struct theme theme, night;
    bool wall_by_clock = options->wall && !options->theme;
    if (!theme_load(cli_theme(cfg, options), &theme, &err)) {
        cli_complain("drtop: %s", err.text);
        return CLI_CONFIG;
    }
    if (wall_by_clock && !theme_load(cfg->screen.wall.night_theme, &night, &err)) {
        cli_complain("drtop: %s", err.text);
        return CLI_CONFIG;
    }
    struct observer *o = observer_start(cfg, &clock_system, &err);
    if (!o) {
        cli_complain("drtop: %s", err.text);
        return CLI_UNAVAILABLE;
    }
    struct app_options app = {.theme = &theme,
                              .mono = options->mono,
                              .read_only = options->read_only,
                              .wall = options->wall,
                              .night = wall_by_clock ? &night : NULL,
                              .alive = options->wall ? alive : NULL,
                              .share = options->aliases,
                              .charset = cli_charset(options)};
    int status = dashboard(cfg, options, o, &app, &driver_err);
    cli_stop(o, status);
    return status;
}
