#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "tui/welcome.h"

bool first_run_wanted(const struct cli_options *o)
{
    char path[4096];
    const char *variable = getenv("DRTOP_CONFIG");
    /* A wall has nobody before it who could answer. */
    return !o->config && !o->wall && !(variable && variable[0]) && isatty(STDIN_FILENO) &&
           isatty(STDOUT_FILENO) && !config_find(NULL, path, sizeof path, NULL);
}

int first_run(const struct cli_options *o, char *out_path)
{
    char place[4096] = "";
    struct error err;
    struct theme theme;
    enum welcome_choice choice = WELCOME_LEAVE;
    if (!theme_load(o->theme ? o->theme : "default", &theme, &err)) {
        cli_complain("drtop: %s", err.text);
        return CLI_CONFIG;
    }
    const struct app_options app = {
        .theme = &theme, .mono = o->mono, .charset = cli_charset(o)};
    (void)config_place(NULL, place, sizeof place, NULL);
    if (!welcome_run(&app, cli_version, place, &choice, &err)) {
        /* Text can still be printed where no screen can be painted. */
        (void)config_find(NULL, place, sizeof place, &err);
        cli_complain("drtop: %s; or make one with `drtop config init`", err.text);
        return CLI_CONFIG;
    }
    if (choice == WELCOME_LEAVE) {
        return CLI_OK;
    }
    int status = cmd_config_init(o, out_path);
    return status == CLI_OK ? CLI_GO_ON : status;
}
