#include "tui/pace.h"

static bool waits(const struct pace *p)
{
    return p->owed > 0 && !p->never && !p->mute;
}

static int64_t patience_ms(const struct pace *p)
{
    return p->grace         ? PACE_GRACE_MS
           : p->answered    ? PACE_AGAIN_MS
           : p->sent_b == 0 ? PACE_GREET_MS
                            : PACE_MUTE_MS;
}

bool pace_ready(struct pace *p, int64_t now_ms)
{
    if (!waits(p)) {
        return true;
    }
    if (now_ms - p->asked_ms < patience_ms(p) || (p->answered && !p->grace)) {
        return false;
    }
    p->mute = !p->answered && p->sent_b > 0;
    if (p->grace) {
        pace_restart(p);
    }
    return true;
}

static void ask(struct pace *p, int64_t now_ms, bool again)
{
    p->owed++;
    p->again = again;
    p->grace = false;
    p->asked_ms = now_ms;
}

size_t pace_window(const struct pace *p)
{
    return p->never || !p->answered ? SIZE_MAX : p->window_b ? p->window_b : PACE_FIRST_B;
}

bool pace_sent(struct pace *p, size_t n, int64_t now_ms)
{
    if (p->never || p->mute) {
        return false;
    }
    if (!p->began) {
        p->began = true;
        p->began_ms = now_ms;
    }
    p->sent_b = n;
    ask(p, now_ms, false);
    return true;
}

bool pace_asks_again(struct pace *p, int64_t now_ms)
{
    if (!waits(p) || !p->answered || p->grace || now_ms - p->asked_ms < PACE_AGAIN_MS) {
        return false;
    }
    ask(p, now_ms, true);
    return true;
}

/* What took long is made smaller; what did not fill the window says nothing for a larger one. */
static void measure(struct pace *p, int64_t took_ms)
{
    size_t window = pace_window(p);
    p->round_trip_ms = took_ms < p->round_trip_ms ? took_ms : p->round_trip_ms;
    int64_t beyond_ms = took_ms - p->round_trip_ms;
    if (beyond_ms > PACE_SLOW_MS) {
        p->window_b = window / 2 > PACE_LEAST_B ? window / 2 : PACE_LEAST_B;
    } else if (beyond_ms < PACE_FAST_MS && p->sent_b > window / 2 && window < SIZE_MAX / 2) {
        p->window_b = window * 2;
    }
}

void pace_answered(struct pace *p, int64_t now_ms)
{
    if (p->owed == 0) {
        return;
    }
    if (!p->answered) {
        p->round_trip_ms = now_ms - p->began_ms;
    } else if (p->owed == 1 && !p->again && !p->mute) {
        measure(p, now_ms - p->asked_ms);
    }
    p->owed--;
    p->answered = true;
    p->mute = false;
    if (p->again) {
        p->grace = true;
        p->asked_ms = now_ms;
    }
}

void pace_restart(struct pace *p)
{
    p->owed = 0;
    p->again = p->grace = false;
}

int64_t pace_wait_ms(const struct pace *p, int64_t now_ms)
{
    if (!waits(p)) {
        return -1;
    }
    int64_t left_ms = p->asked_ms + patience_ms(p) - now_ms;
    return left_ms > 0 ? left_ms : 0;
}
