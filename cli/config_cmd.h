/* What `drtop config check --online` does. Main thread, before curses. */
#ifndef DRTOP_CLI_CONFIG_CMD_H
#define DRTOP_CLI_CONFIG_CMD_H

#include "backend/config.h"

#include <stdio.h>

/* Logs in to both servers and asks every other source once, printing a line for each to out.
 * Returns the exit code: 0 when all answered. In cli/config_online.c. */
int config_check_online(const struct config *cfg, FILE *out);

#endif
