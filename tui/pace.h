/* One frame at a time, a large one in pieces: after each the terminal is asked for a sign of life (DSR, answered in
 * order with what came before), and the next frame waits for the answer. A slow line skips frames
 * instead of queueing them, and what it shows next is the newest. Pure; the terminal's thread.
 *
 * Before the first frame it is asked once, too: whether it answers at all is known before the
 * first frame, which is the largest, has crept over a slow line. */
#ifndef DRTOP_TUI_PACE_H
#define DRTOP_TUI_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A terminal that has answered nothing for PACE_MUTE_MS gets its frames as they come, until an
 * answer comes after all. One that has answered before gets no frame, but is asked again, which
 * fills no buffer: if that is answered and nothing more comes for PACE_GRACE_MS, an answer was
 * lost. */
#define PACE_GREET_MS 150 /* that the first frame waits for the first answer at the most */
#define PACE_MUTE_MS  1500
#define PACE_AGAIN_MS 3000
#define PACE_GRACE_MS 500

/* How much goes over at a time: as much as the line takes in PACE_SLOW_MS beyond its round trip, so
 * that leaving need not wait for more than that. It begins small and doubles. */
#define PACE_FIRST_B 1536
#define PACE_LEAST_B 512
#define PACE_FAST_MS 200
#define PACE_SLOW_MS 400

struct pace {
    bool never;    /* it is not to be asked */
    bool mute;     /* it has not answered in time, and gets its frames as they come */
    bool answered; /* at least once */
    bool again;    /* the newest question had no frame before it */
    bool grace;    /* an answer has come since */
    int owed;      /* answers */
    int64_t asked_ms;
    bool began;
    int64_t began_ms, round_trip_ms; /* the first question, and the shortest answer */
    size_t window_b, sent_b;         /* 0: PACE_FIRST_B */
};

/* May a frame be sent now? */
bool pace_ready(struct pace *p, int64_t now_ms);

/* How much of it at once. */
size_t pace_window(const struct pace *p);

/* So much has been sent; 0: the first frame is about to be. Returns whether the terminal is to be
 * asked behind it. */
bool pace_sent(struct pace *p, size_t n, int64_t now_ms);

/* Is it time to ask again, without a frame? */
bool pace_asks_again(struct pace *p, int64_t now_ms);

void pace_answered(struct pace *p, int64_t now_ms);

/* Somebody else has had the terminal: what is still owed went to them. */
void pace_restart(struct pace *p);

/* How long until time alone changes something; -1: never. */
int64_t pace_wait_ms(const struct pace *p, int64_t now_ms);

#endif
