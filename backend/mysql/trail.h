/* Where a binary log stood, second by second, for a fixed span in fixed memory: four bytes a
 * second, and beside them the few moments at which the file changed. A second without a position
 * is a hole. Not thread-safe; its owner locks. */
#ifndef DRTOP_MYSQL_TRAIL_H
#define DRTOP_MYSQL_TRAIL_H

#include "backend/mysql/binlog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trail;

struct trail *trail_create(size_t span_s);
void trail_destroy(struct trail *t);

/* Records c for the second that holds at_ms; the furthest of a second is kept, and of a second in
 * which the file changes, the old file's. An unknown coordinate, and a position past 4 GiB, are
 * holes. Files under another base name are another server's: the trail begins anew. */
void trail_push(struct trail *t, int64_t at_ms, const struct binlog_coord *c);

/* Where it stood in that second; false for a hole, outside the span, and before the last 4096
 * changes of the file. */
bool trail_at(const struct trail *t, int64_t at_ms, struct binlog_coord *out);

#endif
