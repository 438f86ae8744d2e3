/* The story of one incident, or of one failover attempt, as the record has it: what happened when
 * and on what evidence, who decided what, how long each phase took, what was promised and what came
 * of it. Reads the store; belongs to the thread that owns that store. */
#ifndef DRTOP_RECORD_REPORT_H
#define DRTOP_RECORD_REPORT_H

#include "backend/net/alias.h"
#include "backend/record/store.h"

#include <stdio.h>

enum report_format { REPORT_MARKDOWN, REPORT_JSON };
enum report_end {
    REPORT_DONE,
    REPORT_ABSENT, /* no such incident or attempt; err says so */
    REPORT_FAILED, /* the store cannot be read, out cannot be written */
};

/* id: of an incident, or the request id of an attempt (a drill and a switchover have no incident);
 * NULL: the newest incident. Times of the report are UTC. Everything in it is sanitised, and
 * with aliases (else NULL) it names no host, address, user or id. */
enum report_end report_print(struct store *st, const struct config *cfg, const char *id,
                             enum report_format format, struct alias_table *aliases,
                             int64_t wall_ms, FILE *out, struct error *err);

/* Writes report-ID.md beside the store, mode 0600, whole or not at all; an older one of the same id
 * is replaced. out_path says where, for people. Blocks on the disk: not for the user interface's
 * thread. */
bool report_write(struct store *st, const struct config *cfg, const char *id, int64_t wall_ms,
                  char *out_path, size_t out_size, struct error *err);

/* Writes the timeline of the newest incident as Markdown for a post-mortem (Time (UTC), Event,
 * Evidence) into a new file beside the store, mode 0600; its name has the incident and the time, and
 * no file is ever replaced. Blocks on the disk. */
bool report_export(struct store *st, const struct config *cfg, struct alias_table *aliases,
                   int64_t wall_ms, char *out_path, size_t out_size, struct error *err);

#endif
