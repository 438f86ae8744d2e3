/* What the three writers of completions ask the tables. Private to manual/. */
#ifndef DRTOP_MANUAL_COMPLETE_H
#define DRTOP_MANUAL_COMPLETE_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/options.h"

/* Can the option's value, or what follows the command, be a file? */
bool complete_takes_file(const char *value);

/* Are there words that the option's value can be? Writes them, with a blank between. */
bool complete_has_values(const struct cli_option_word *option);
void complete_values(FILE *out, const struct cli_option_word *option);

/* Writes the command's verbs with a blank between. */
void complete_verbs(FILE *out, const struct cli_command_word *command);

/* Writes text that is to stand within single quotes of a shell whose escape for one is `quote`,
 * with a backslash before every character of special. */
void complete_escaped(FILE *out, const char *text, const char *quote, const char *special);

#endif
