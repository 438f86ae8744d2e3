/* A part of the store as a recording that can be given away: what was recorded around an incident,
 * for `drtop replay` elsewhere. Belongs to the thread that owns the store. */
#ifndef DRTOP_RECORD_EXPORT_H
#define DRTOP_RECORD_EXPORT_H

#include "backend/record/report.h"
#include "backend/record/store.h"

/* Says a text without what tells where the pair lives: hosts, addresses, users, ids. Writes at most
 * out_size - 1 bytes plus NUL. */
struct export_share {
    void (*say)(void *self, char *out, size_t out_size, const char *text);
    void *self;
};

/* Writes a new file, mode 0600, whole or not at all, and never overwrites one. incident NULL: the
 * newest. share NULL: everything as it is; else every text goes through it, and who wrote,
 * acknowledged or recorded is somebody. REPORT_ABSENT: no such incident. */
enum report_end export_write(struct store *st, const struct config *cfg, const char *incident,
                             const struct export_share *share, const char *path,
                             struct error *err);

#endif
