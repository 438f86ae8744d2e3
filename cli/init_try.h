/* The live tries of `drtop config init`: one part of what was answered is asked by the sources that
 * the dashboard will use, once, and what they say is told. Main thread, before curses. */
#ifndef DRTOP_CLI_INIT_TRY_H
#define DRTOP_CLI_INIT_TRY_H

#include "backend/mysql/facts.h"
#include "cli/init_dialog.h"
#include "cli/init_tty.h"

struct init_try {
    struct init_tty *tty;
    const char *path; /* of the configuration to be */
    bool stuck;       /* a thread could not be stopped; the process has to leave by _exit() */
};

/* As init_io.attempt. Blocks for as long as the sources may need; Ctrl-C ends it. */
enum init_tried init_try(struct init_try *t, const struct init_sheet *s, unsigned part);

/* What was found at a database, a line each; false when it is no such server. Pure: for a unit.
 * primary is what was found there, or NULL. */
bool init_try_primary(const struct db_facts *f, void (*say)(const char *text));
bool init_try_replica(const struct db_facts *f, const struct db_facts *primary,
                      void (*say)(const char *text));

#endif
