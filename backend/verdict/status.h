/* The state of the pair in one plain sentence, from the alerts of this moment. Pure. */
#ifndef DRTOP_VERDICT_STATUS_H
#define DRTOP_VERDICT_STATUS_H

#include "backend/verdict/alert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum status_level { STATUS_UNKNOWN, STATUS_NORMAL, STATUS_WARNING, STATUS_CRITICAL };

struct status {
    enum status_level level;
    char sentence[160];
    int64_t since_ms; /* monotonic: when this level began */
    int64_t since_wall_ms;
};

/* "NORMAL", "WARNING", "CRITICAL", "UNKNOWN" */
const char *status_word(enum status_level level);
/* "normal", ... as JSON has it */
const char *status_key(enum status_level level);

/* Level and sentence of this moment, from the open alerts and from what is about to become one (a
 * database that failed once is worth a WARNING at once; a lag or an age must last first). `since`
 * is carried over from `before` while the level stays. Without `complete` (everything NORMAL
 * depends on has been seen) the best that can be said is UNKNOWN, waiting for `missing`. */
struct status status_of(const struct alert_book *book, bool complete, const char *missing,
                        const struct status *before, int64_t now_ms, int64_t wall_ms);

#endif
