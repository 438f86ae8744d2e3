/* From facts to conditions (backend/verdict/alert.h): which of the things that drtop watches hold
 * at this moment. Pure. */
#ifndef DRTOP_VERDICT_CONDITION_H
#define DRTOP_VERDICT_CONDITION_H

#include "backend/snapshot.h"

#define CONDITIONS_MAX 96

/* Looks at the sights, lag, exposure and verdict of a snapshot under construction; trouble says why
 * the history is not recorded, or "". Fills out and returns how many. */
size_t condition_list(const struct snapshot *s, const char *trouble, int64_t now_ms,
                      struct condition out[CONDITIONS_MAX]);

#endif
