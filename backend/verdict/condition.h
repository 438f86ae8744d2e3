/* From facts to conditions (backend/verdict/alert.h): which of the things that drtop watches hold
 * at this moment. Pure. */
#ifndef DRTOP_VERDICT_CONDITION_H
#define DRTOP_VERDICT_CONDITION_H

#include "backend/snapshot.h"

#define CONDITIONS_MAX 64

/* Looks at the sights, lag and exposure of a snapshot under construction; fills out and returns
 * how many. */
size_t condition_list(const struct snapshot *s, int64_t now_ms,
                      struct condition out[CONDITIONS_MAX]);

/* Has everything been seen that NORMAL depends on? *out_missing names the first that has not. */
bool condition_complete(const struct snapshot *s, int64_t now_ms, const char **out_missing);

#endif
