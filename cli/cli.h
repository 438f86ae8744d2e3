/* The command line: what every command shares. */
#ifndef DRTOP_CLI_CLI_H
#define DRTOP_CLI_CLI_H

#include "backend/observer.h"
#include "backend/record/record.h"
#include "cli/options.h"
#include "tui/app.h"

#include <stdbool.h>
#include <stdio.h>

/* Exit statuses: sysexits where they fit (operator-facing table in README.md). */
enum cli_exit {
    CLI_OK = 0,
    CLI_USAGE = 64,
    CLI_NO_INPUT = 66,    /* no record, or nothing of that name in it */
    CLI_UNAVAILABLE = 69, /* no terminal; no database answered */
    CLI_NOT_WRITTEN = 73, /* config init: one is there already, or the user left */
    CLI_CONFIG = 78,
};

/* `drtop check`: what a monitoring plugin says. */
enum check_exit { CHECK_OK = 0, CHECK_WARNING = 1, CHECK_CRITICAL = 2, CHECK_UNKNOWN = 3 };

/* Prints one line to stderr. Arguments, paths and the environment may hold anything: what reaches
 * the terminal is sanitised. */
void cli_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* From now on it says aliases (borrowed, or NULL). */
void cli_complain_share(struct alias_table *aliases);

/* One function a command; cfg is loaded and stays the caller's. Each returns enum cli_exit. */
int cmd_notify(const struct config *cfg, const struct cli_options *options); /* notify test */
int cmd_dashboard(const struct config *cfg, const struct cli_options *options);
int cmd_status(const struct config *cfg, const struct cli_options *options);
int cmd_frame(const struct config *cfg, const struct cli_options *options);
int cmd_record(const struct config *cfg, const struct cli_options *options);
int cmd_report(const struct config *cfg, const struct cli_options *options);

/* These do without a configuration, or load what they need. */
int cmd_config(const struct cli_options *options);
int cmd_replay(const struct cli_options *options);
int cmd_themes(const struct cli_options *options);

/* `drtop config init`: asks, and writes a new configuration to options->config or where the user's
 * own belongs. out_path, with room for PATH_MAX, takes where it was written with CLI_OK; NULL is
 * allowed. */
int cmd_config_init(const struct cli_options *options, char *out_path);

/* Is this the dashboard on a terminal, and nobody has ever said what to watch? */
bool first_run_wanted(const struct cli_options *options);

/* The screen of the first run, and what follows from it. With CLI_GO_ON a configuration has been
 * written to out_path, which has room for PATH_MAX. */
int first_run(const struct cli_options *options, char *out_path);

/* `drtop check` loads the configuration itself, because a plugin reports a wrong one like
 * everything else. Returns enum check_exit. */
int cmd_check(const struct cli_options *options);

/* By name or path: --theme's, else that of the mode, else the configuration's. */
const char *cli_theme(const struct config *cfg, const struct cli_options *options);

/* The glyphs that the options ask for. */
enum app_charset cli_charset(const struct cli_options *options);

/* Finds and loads the configuration; path is --config's, or NULL. NULL with err set. */
struct config *cli_load(const char *path, struct error *err);

/* One look at the pair by a command that does not stay. */
struct look {
    struct observer *observer;
    struct record *record;    /* only reads; NULL when the system gave no thread */
    struct snapshot *snap;    /* what was seen once every source had said something */
    struct record_view *view; /* what the record told by then, or NULL */
};

/* Starts an observer and a reader of the record, and waits until they have seen the pair, for
 * limit_ms at most (0: as long as the sources may need). Returns false after printing why. */
bool cli_look(const struct config *cfg, int64_t limit_ms, struct look *out);

/* Lets go of all of it. When a thread cannot be stopped, flushes and leaves the process with
 * status. */
void cli_leave(struct look *look, int status);

/* Stops an observer. When one of its threads cannot be stopped, flushes and leaves the process
 * with status. */
void cli_stop(struct observer *observer, int status);

/* Writes a snapshot, and what the record tells (view may be NULL; with aliases, or NULL), as config/status.schema.json
 * describes it; and as text for people. */
void status_write_json(const struct snapshot *s, const struct record_view *view, int64_t now_ms,
                       struct alias_table *aliases, FILE *out);
void status_write_text(const struct snapshot *s, int64_t now_ms, FILE *out);

/* The line of `drtop check` for a snapshot: state, verdict, sentence and perfdata, without a
 * newline. Pure. */
enum check_exit check_line(const struct snapshot *s, int64_t now_ms, char *out,
                           size_t out_size);

extern const char cli_version[];

#endif
