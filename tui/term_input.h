/* The half of the terminal that reads: keys, pastes, the mouse, and answers to what the terminal was
 * asked. Private to tui/term.c, the other one; term.h is for everybody else. */
#ifndef DRTOP_TUI_TERM_INPUT_H
#define DRTOP_TUI_TERM_INPUT_H

#include "tui/pace.h"

#include <stdbool.h>
#include <stdint.h>

/* Once curses is on. rich: xterm_is_rich(). */
void term_input_begin(bool rich);

/* After curses has gone: waits a little for the answers that are owed, which would be typed to the
 * shell. */
void term_input_end(void);

struct pace *term_input_pace(void);
bool term_input_sync(void); /* the terminal has said that it knows synchronized output */
void term_input_no_paste(void);

int64_t term_now_ms(void);

#endif
