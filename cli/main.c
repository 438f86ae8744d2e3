#include <limits.h>
#include <locale.h>

#include "backend/config_alias.h"
#include "cli/cli.h"
#include "tui/app.h"

static int with_config(const struct cli_options *o,
                       int (*command)(const struct config *, const struct cli_options *))
{
    struct error err;
    struct config *cfg = cli_load(o->config, &err);
    if (!cfg) {
        cli_complain("drtop: %s", err.text);
        return CLI_CONFIG;
    }
    int status = CLI_UNAVAILABLE;
    if (o->aliases) {
        config_alias(cfg, o->aliases);
    }
    if (observer_library_begin(&err)) {
        status = command(cfg, o);
        observer_library_end();
    } else {
        cli_complain("drtop: %s", err.text);
    }
    config_destroy(cfg);
    return status;
}

/* The dashboard; on a terminal it makes its configuration first where there is none. */
static int start(const struct cli_options *o)
{
    char path[PATH_MAX];
    struct cli_options made = *o;
    if (first_run_wanted(o)) {
        int status = first_run(o, path);
        if (status != CLI_GO_ON) {
            return status;
        }
        made.config = path;
    }
    return with_config(&made, cmd_dashboard);
}

static int run(const struct cli_options *o)
{
    switch (o->command) {
    case COMMAND_STATUS:
        return with_config(o, cmd_status);
    case COMMAND_CHECK:
        return cmd_check(o);
    case COMMAND_RECORD:
        return with_config(o, cmd_record);
    case COMMAND_FRAME:
        return with_config(o, cmd_frame);
    case COMMAND_REPORT:
        return with_config(o, cmd_report);
    case COMMAND_NOTIFY:
        return with_config(o, cmd_notify);
    case COMMAND_CONFIG:
        return cmd_config(o);
    case COMMAND_REPLAY:
        return cmd_replay(o);
    case COMMAND_THEMES:
        return cmd_themes(o);
    default:
        return start(o);
    }
}

int main(int argc, char **argv)
{
    struct cli_options o;
    (void)setlocale(LC_CTYPE, "");
    app_block_signals();
    int status = cli_parse(argc, argv, &o);
    if (status != CLI_GO_ON) {
        return status;
    }
    o.aliases = o.share ? alias_create() : NULL;
    cli_complain_share(o.aliases);
    status = run(&o);
    cli_complain_share(NULL);
    alias_destroy(o.aliases);
    return status;
}
