#include "backend/fact/freshness.h"

enum freshness freshness_of_age(int64_t age_ms, int64_t interval_ms)
{
    if (age_ms < 2 * interval_ms) {
        return FRESHNESS_LIVE;
    }
    if (age_ms < 4 * interval_ms) {
        return FRESHNESS_AGED;
    }
    return age_ms < 8 * interval_ms ? FRESHNESS_STALE : FRESHNESS_GONE;
}

enum freshness freshness_of(const struct sight *s, int64_t interval_ms, int64_t now_ms)
{
    if (!s->good) {
        return FRESHNESS_NONE;
    }
    enum freshness f = freshness_of_age(now_ms - s->good->taken_at_ms, interval_ms);
    /* Without a last one it is remembered from before a restart: not seen by us. */
    if (f < FRESHNESS_STALE && (!s->last || s->last->state == READING_FAILED)) {
        return FRESHNESS_STALE;
    }
    return f;
}
