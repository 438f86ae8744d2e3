/* The terminal: the only file that includes curses. Copies a canvas to the screen, reads keys,
 * and leaves the terminal sane however the process ends. One terminal a process; the thread that
 * opened it calls everything. */
#ifndef DRTOP_TUI_TERM_H
#define DRTOP_TUI_TERM_H

#include "backend/error.h"
#include "tui/canvas.h"
#include "tui/theme.h"
#include "tui/ui.h"
#include "tui/xterm.h"

#include <stdbool.h>
#include <stdint.h>

struct term_options {
    bool mono; /* no colour whatever the terminal can do; $NO_COLOR does the same */
    bool
        deaf; /* no key sends a signal or stops the output: for a screen that nobody stands at */
    bool sync; /* use synchronized output where the terminal says that it knows it */
};

/* Takes the terminal over. While it is open stderr goes to a buffer that term_close() prints. Returns false with
 * err set when there is no terminal or it cannot place the cursor. */
bool term_open(const struct theme *theme, const struct term_options *options,
               struct error *err);

/* Gives the terminal back. Harmless when it is not open. */
void term_close(void);

/* Can the locale and the terminal show UTF-8? Before term_open(). */
bool term_is_utf8(void);

/* What $TERM can show, for text that is only printed: 0, 8, 16 or 256; 256 where nothing tells, 0
 * with $NO_COLOR. Not while the terminal is open. */
int term_colours(void);

int term_fd(void);
void term_size(int *out_w, int *out_h);

/* After SIGWINCH. */
void term_resized(void);

/* On SIGTSTP: gives the terminal to the shell, stops this process, and takes the terminal again when
 * it goes on. */
void term_stop(void);
/* On SIGCONT: after a stop that did not ask. */
void term_resumed(void);

void term_set_theme(const struct theme *theme);

/* Sends what differs from the screen; with anew, everything. */
void term_present(const struct canvas *c, bool anew);

/* Has the terminal shown the frame before? If not, a frame sent now would only stand in a queue;
 * *out_wait_ms is how long to wait at the most, -1: for ever. Until then an answer makes term_fd()
 * readable, or term_full_fd() can be written to. */
bool term_ready(int64_t *out_wait_ms);

/* The terminal has not taken all of a frame: what to poll for POLLOUT. -1: it has. */
int term_full_fd(void);

/* The window's title, where the terminal has one. Sent only when it changes. */
void term_title(const char *text);

/* Calls for the operator: the bell, and a pop-up of the desktop. */
void term_call(bool ring, enum popup popup, const char *text);

/* The next key that was typed, or KEYCODE_NONE. Never blocks. What is pasted is one KEYCODE_PASTE
 * and dropped, where the terminal tells it apart from typing (bracketed paste). */
uint32_t term_key(void);

/* Takes the mouse, or leaves it to the terminal. */
void term_take_mouse(bool on);

/* What the mouse did, once after each KEYCODE_MOUSE. */
bool term_mouse(struct mouse *out);

/* Throws away what has been typed and not been read. */
void term_drop_typed(void);

/* Offers text to the terminal's clipboard (OSC 52). Whether it was taken cannot be known;
 * false: this one has no such thing. */
bool term_copy(const char *text);

#endif
