/* The command line: what every command shares. */
#ifndef DRTOP_CLI_CLI_H
#define DRTOP_CLI_CLI_H

#include "backend/observer.h"

#include <stdbool.h>
#include <stdio.h>

/* Exit statuses: sysexits where they fit (operator-facing table in README.md). */
enum cli_exit {
    CLI_OK = 0,
    CLI_USAGE = 64,
    CLI_UNAVAILABLE = 69, /* no terminal; no database answered */
    CLI_CONFIG = 78,
};

struct cli_options {
    const char *config; /* --config, or NULL */
    const char *theme;  /* --theme, or NULL */
    bool ascii, utf8, mono, json;
    int frame_w, frame_h; /* --size */
};

/* Prints one line to stderr. Arguments, paths and the environment may hold anything: what reaches
 * the terminal is sanitised. */
void cli_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One function a command; cfg is loaded and stays the caller's. Each returns enum cli_exit. */
int cmd_notify(const struct config *cfg, const struct cli_options *options); /* notify test */
int cmd_dashboard(const struct config *cfg, const struct cli_options *options);
int cmd_status(const struct config *cfg, const struct cli_options *options);
int cmd_frame(const struct config *cfg, const struct cli_options *options);

/* Finds and loads the configuration; path is --config's, or NULL. NULL with err set. */
struct config *cli_load(const char *path, struct error *err);

/* Starts an observer, waits until it has seen every source, and stops it. Returns the snapshot
 * with a reference for the caller, or NULL after printing why. */
struct snapshot *cli_look(const struct config *cfg, struct observer **out_observer);

/* Stops an observer. When one of its threads cannot be stopped, flushes and leaves the process
 * with status. */
void cli_stop(struct observer *observer, int status);

/* Writes a snapshot as JSON, as config/ and README.md describe it. */
void status_write_json(const struct snapshot *s, int64_t now_ms, FILE *out);
void status_write_text(const struct snapshot *s, int64_t now_ms, FILE *out);

extern const char cli_version[];

#endif
