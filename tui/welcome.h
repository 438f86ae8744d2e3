/* The loop of the first run's screen, before there is a configuration. */
#ifndef DRTOP_TUI_WELCOME_H
#define DRTOP_TUI_WELCOME_H

#include "tui/app.h"

enum welcome_choice { WELCOME_LEAVE, WELCOME_BEGIN };

/* Shows the screen until the user decides; of the options it takes theme, charset and mono. place
 * is where a configuration would be written, or "". Returns false with err set when there is no
 * usable terminal. Blocks. */
bool welcome_run(const struct app_options *options, const char *version, const char *place,
                 enum welcome_choice *out, struct error *err);

#endif
