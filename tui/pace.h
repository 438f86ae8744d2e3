/* One frame at a time: after each one the terminal is asked for a sign of life (DSR, answered in
 * order with what came before), and the next frame waits for the answer. A slow line skips frames
 * instead of queueing them, and what it shows next is the newest. Pure; the terminal's thread. */
#ifndef DRTOP_TUI_PACE_H
#define DRTOP_TUI_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* A terminal that does not answer its first question within PACE_MUTE_MS never will: it gets its
 * frames as they come. One that did and stopped gets a frame every PACE_STALL_MS. */
#define PACE_MUTE_MS  1500
#define PACE_STALL_MS 10000

struct pace {
    bool waits;    /* for an answer */
    bool answered; /* at least once */
    bool off;      /* it never answers, or was told not to be asked */
    int64_t asked_ms;
};

/* May a frame be sent now? */
bool pace_ready(struct pace *p, int64_t now_ms);

/* A frame has been sent. Returns whether the terminal is to be asked behind it. */
bool pace_sent(struct pace *p, int64_t now_ms);

void pace_answered(struct pace *p);

/* How long until pace_ready() changes its mind without an answer; -1: it says yes. */
int64_t pace_wait_ms(const struct pace *p, int64_t now_ms);

#endif
