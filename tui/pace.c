#include "tui/pace.h"

static int64_t patience_ms(const struct pace *p)
{
    return p->answered ? PACE_STALL_MS : PACE_MUTE_MS;
}

bool pace_ready(struct pace *p, int64_t now_ms)
{
    if (!p->waits || p->off) {
        return true;
    }
    if (now_ms - p->asked_ms < patience_ms(p)) {
        return false;
    }
    p->waits = false;
    p->off = !p->answered;
    return true;
}

bool pace_sent(struct pace *p, int64_t now_ms)
{
    if (p->off || p->waits) {
        return false; /* one question at a time: its answer may be for an earlier frame */
    }
    p->waits = true;
    p->asked_ms = now_ms;
    return true;
}

void pace_answered(struct pace *p)
{
    p->waits = false;
    p->answered = true;
}

int64_t pace_wait_ms(const struct pace *p, int64_t now_ms)
{
    if (!p->waits || p->off) {
        return -1;
    }
    int64_t left_ms = p->asked_ms + patience_ms(p) - now_ms;
    return left_ms > 0 ? left_ms : 0;
}
