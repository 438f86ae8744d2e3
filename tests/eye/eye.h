/* The test's eye: runs a program in a pseudo-terminal and sees its screen through libvterm, a
 * real terminal emulator. Nothing sleeps: every wait ends as soon as its condition holds, and a
 * wait that fails prints the screen to stderr. One thread; heap-owned.
 *
 * Works under the TERMs of eye_terms; under ansi, borders are other letters. libvterm 0.1 does not record dim or conceal. */
#ifndef DRTOP_EYE_H
#define DRTOP_EYE_H

#include "backend/error.h"
#include "tests/eye/cell.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct eye;

struct eye_options {
    int w, h;                /* 0: 80x24 */
    const char *term;        /* NULL: xterm-256color */
    const char *locale;      /* LC_ALL; NULL: C.UTF-8 */
    const char *const *argv; /* ends with NULL; argv[0] is searched in PATH */
    const char *const *env; /* "NAME=value" adds, "NAME" removes; ends with NULL; may be NULL */
    bool keep_bytes;        /* remember all that the program writes, for eye_bytes() */
    int bytes_per_s;        /* a slow line: the eye reads no faster; 0: as fast as it comes */
    int answer_after_ms;    /* what the program asks the terminal; -1: it never answers */
};

/* The TERMs that the matrix tests run through; ends with NULL. */
extern const char *const eye_terms[];

/* Starts the program. The child inherits the environment without LINES, COLUMNS, COLORTERM,
 * NO_COLOR and the locale. NULL and err when it cannot be started. */
struct eye *eye_start(const struct eye_options *options, struct error *err);

/* Kills the program's process group if it still runs, reaps it and frees. NULL is allowed. */
void eye_destroy(struct eye *e);

/* Reads what the program has written, waiting at most timeout_ms for the first byte. Returns
 * whether there was any. */
bool eye_pump(struct eye *e, int timeout_ms);

/* Wait until the condition holds; false after timeout_ms, or as soon as the program has ended
 * and can no longer fulfil it. */
bool eye_wait(struct eye *e, bool (*condition)(struct eye *e, void *ctx), void *ctx,
              int timeout_ms);
bool eye_wait_text(struct eye *e, const char *text, int timeout_ms);
bool eye_gone_text(struct eye *e, const char *text, int timeout_ms);

/* Waits until nothing was written for quiet_ms; false when it never calms within timeout_ms. */
bool eye_settle(struct eye *e, int quiet_ms, int timeout_ms);

/* Waits for the end; stores the status of waitpid(). */
bool eye_wait_exit(struct eye *e, int timeout_ms, int *out_status);

/* Presses a key: Up Down Left Right PgUp PgDn Home End Insert Delete Tab S-Tab Enter Escape
 * Backspace Space F1..F12, C-a..C-z, or one character as UTF-8. False for an unknown name. */
bool eye_key(struct eye *e, const char *name);

/* Presses each character of the text. */
void eye_type(struct eye *e, const char *utf8);

/* Presses and lets go of the left button; arrives only while the program captures the mouse. */
void eye_click(struct eye *e, int row, int col);

/* Turns the wheel by one notch; the same holds. */
void eye_wheel(struct eye *e, int row, int col, bool down);

/* Sends bytes as they are, as a terminal or a paste does. */
void eye_send_bytes(struct eye *e, const char *bytes, size_t len);

/* Reads nothing any more, or goes on: a line that stands still. */
void eye_stall(struct eye *e, bool stalls);

void eye_resize(struct eye *e, int w, int h);
bool eye_signal(struct eye *e, int sig);

/* Closes the terminal under the program, as a lost connection does. */
void eye_hang_up(struct eye *e);

/* What stands on the screen, trailing blanks removed. Borrowed: valid until the next call. */
const char *eye_line(struct eye *e, int row);
const char *eye_screen_text(struct eye *e);
bool eye_sees(struct eye *e, const char *text);

/* Where a text stands first; false when it does not. Columns are cells, from 0. */
bool eye_find(struct eye *e, const char *text, int *out_row, int *out_col);

struct eye_cell eye_cell(const struct eye *e, int row, int col);
int eye_width(const struct eye *e);
int eye_height(const struct eye *e);

bool eye_altscreen(const struct eye *e);
bool eye_cooked(const struct eye *e); /* lines are edited and echoed, as a shell expects */
bool eye_cursor_visible(const struct eye *e);
void eye_cursor(const struct eye *e, int *out_row, int *out_col);
const char *eye_title(const struct eye *e);     /* OSC 0 or 2; "" if never set */
const char *eye_clipboard(const struct eye *e); /* OSC 52, decoded; "" if never set */
unsigned eye_bells(const struct eye *e);
unsigned eye_popups(const struct eye *e);   /* OSC 9 and OSC 777;notify */
const char *eye_popup(const struct eye *e); /* the last one, whole; "" if there was none */

uint64_t eye_bytes_written(const struct eye *e);

/* Everything written so far, where keep_bytes was set; else NULL. */
const char *eye_bytes(const struct eye *e, size_t *out_len);

pid_t eye_pid(const struct eye *e);
bool eye_alive(struct eye *e);

/* Prints the screen in a frame, with the reason, to stderr. */
void eye_dump(struct eye *e, const char *why);

#endif
