/* The dashboard: one loop over the keyboard, the engine, signals and the clock. */
#ifndef DRTOP_TUI_APP_H
#define DRTOP_TUI_APP_H

#include "backend/error.h"
#include "backend/fact/clock.h"
#include "backend/failover/driver.h"
#include "backend/net/alias.h"
#include "backend/observer.h"
#include "backend/record/record.h"
#include "backend/record/replay_reader.h"
#include "tui/theme.h"

enum app_charset { APP_CHARSET_AUTO, APP_CHARSET_UTF8, APP_CHARSET_ASCII };

struct app_options {
    const struct theme *theme; /* to begin with */
    enum app_charset charset;
    bool mono;
    struct record *record; /* borrowed; NULL: nothing is kept */
    bool read_only;        /* nothing can be acknowledged, noted or started from here */
    bool wall;             /* a screen in a room: read_only, and no key but q and Ctrl-L */
    const struct theme
        *night;          /* of a wall, from night_from to night_to; NULL: the same all day */
    void (*alive)(void); /* called after each frame that the terminal has taken; or NULL */
    struct alias_table *share; /* many eyes look: read-only for a failover; borrowed; or NULL */
    struct driver *driver;     /* of the failover; borrowed; NULL: there is none */
    const char *driver_why;    /* why there is none although one is configured, or NULL */
    struct replay_reader *past; /* of what is recorded; borrowed; NULL: nothing is */
    int64_t
        replay_from_ms; /* wall clock: all of it is a replay of past, from there; 0: it is not */
    int replay_speed;
};

/* Call first in main, before any thread: blocks the signals that app_run() reads. */
void app_block_signals(void);

/* Runs until the user leaves or the terminal goes away. Returns true, or false with err set when
 * there is no usable terminal. Blocks. A replay has no observer (NULL), no record and no driver. */
bool app_run(struct observer *observer, const struct config *cfg, const struct clock *clk,
             const struct app_options *options, struct error *err);

#endif
