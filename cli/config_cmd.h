/* `drtop config check [--online]` and `drtop config dump`. Main thread, before curses. */
#ifndef DRTOP_CLI_CONFIG_CMD_H
#define DRTOP_CLI_CONFIG_CMD_H

#include "backend/config.h"

#include <stdio.h>

/* argv[0] is "config", its verb and options follow; config_path is --config's, or NULL. Returns
 * the exit code: 0, 64 (usage) or 78 (the configuration is missing or wrong). */
int cmd_config(int argc, char **argv, const char *config_path);

/* Logs in to both servers and asks every other source once, printing a line for each to out.
 * Returns the exit code: 0 when all answered. In cli/config_online.c. */
int config_check_online(const struct config *cfg, FILE *out);

#endif
