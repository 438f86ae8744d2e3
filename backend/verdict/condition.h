/* From facts to conditions (backend/verdict/alert.h): which of the things that drtop watches hold
 * at this moment. Pure. */
#ifndef DRTOP_VERDICT_CONDITION_H
#define DRTOP_VERDICT_CONDITION_H

#include "backend/snapshot.h"

#define CONDITIONS_MAX 256 /* 128 of them for alarms of the clouds */

/* Looks at the sights, lag, exposure and verdict of a snapshot under construction; trouble says why
 * the history is not recorded, or "". Fills out and returns how many. */
size_t condition_list(const struct snapshot *s, const char *trouble, int64_t now_ms,
                      struct condition out[CONDITIONS_MAX]);

/* Alarms that the book has open and the configuration does not name any more: they no longer hold.
 * Fills out, at most room, and returns how many. */
size_t condition_alarms_gone(const struct config *cfg, const struct alert_book *book,
                             struct condition *out, size_t room);

#endif
