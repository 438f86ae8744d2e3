#include "cli/cli.h"

#include "tui/app.h"

int cmd_dashboard(const struct config *cfg, const struct cli_options *options)
{
    struct error err = {""};
    struct theme theme;
    if (!theme_load(options->theme ? options->theme : cfg->screen.theme, &theme, &err)) {
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
                              .charset = options->ascii  ? APP_CHARSET_ASCII
                                         : options->utf8 ? APP_CHARSET_UTF8
                                                         : APP_CHARSET_AUTO};
    int status = CLI_OK;
    if (!app_run(o, cfg, &clock_system, &app, &err)) {
        cli_complain("drtop: %s", err.text);
        status = CLI_UNAVAILABLE;
    }
    cli_stop(o, status);
    return status;
}
