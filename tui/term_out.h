/* The half of the terminal that writes. Curses writes into memory; from there it goes to the
 * terminal as far as that takes it, without ever blocking: a terminal that nobody reads must not
 * keep drtop from hearing `q` or a signal. Private to tui/term.c. */
#ifndef DRTOP_TUI_TERM_OUT_H
#define DRTOP_TUI_TERM_OUT_H

#include <stdbool.h>
#include <stddef.h>

/* Sound again whatever was cut in two: cancel; end a synchronized update; plain characters of the
 * normal set. */
#define TERM_OUT_SOUND "\030\033[?2026l\033[m\033(B\017"

/* While standard output is the terminal. Returns a descriptor that stays the terminal meanwhile;
 * -1 without what it needs (memory files, a terminal that may be opened once more): then writing
 * blocks, as everybody's does. */
int term_out_open(void);
void term_out_close(void);

/* Between the two, what is written to standard output is gathered. lead and tail go around it where
 * there was anything. */
void term_out_gather(void);
void term_out_gathered(const char *lead, const char *tail);

/* How much has been gathered and not been released. */
size_t term_out_left(void);

/* Lets go of at most limit bytes, or a sequence more, and of tail behind them. Returns how many. What
 * was let go of before has to be written. */
size_t term_out_release(size_t limit, const char *tail);

/* Writes more of what was let go of. Returns whether all has been written. */
bool term_out_flush(void);

/* What has to be polled for POLLOUT before term_out_flush() can go on; -1: nothing. */
int term_out_fd(void);

/* Forgets what was gathered, and what the kernel holds and nobody has read; then cancels the
 * sequence that this may have cut in two. */
void term_out_drop(void);

#endif
