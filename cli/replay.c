#include "cli/cli.h"

int cmd_replay(const struct cli_options *options)
{
    (void)options;
    cli_complain("drtop: replay is not there yet");
    return CLI_UNAVAILABLE;
}
