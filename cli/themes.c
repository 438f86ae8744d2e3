#include "cli/cli.h"

int cmd_themes(const struct cli_options *options)
{
    (void)options;
    cli_complain("drtop: themes is not there yet");
    return CLI_UNAVAILABLE;
}
