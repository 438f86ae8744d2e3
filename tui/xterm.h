/* What xterm and its kin understand beside what terminfo tells: title, clipboard, pop-ups,
 * synchronized output. Each function writes its sequence to standard output, which is the caller's
 * to flush; the thread that owns the terminal. Texts are sanitised already. */
#ifndef DRTOP_TUI_XTERM_H
#define DRTOP_TUI_XTERM_H

#include "backend/config.h"

#include <stdbool.h>
#include <stddef.h>

/* Does a terminal of that name ($TERM) understand OSC and private modes, or at least pass over
 * them in silence? The consoles and the real VT100 do not. */
bool xterm_is_rich(const char *term);

void xterm_say(const char *sequence);

/* The title given back, the mouse let go: for who may call nothing. */
#define XTERM_LEAVE "\033[23;2t\033[?1000l\033[?1006l"

/* Keeps the title that the window has, and gives it back. */
void xterm_title_keep(void);
void xterm_title_restore(void);
void xterm_title(const char *text);

/* What of a text may stand in a sequence: where the locale is not UTF-8, a byte beyond ASCII could be
 * a control character and end it. Returns out. */
const char *xterm_plain(const char *text, bool utf8, char *out, size_t out_size);

#define XTERM_COPY_MAX 768 /* bytes */

/* Offers text to the clipboard (OSC 52); what is too long is cut. Whether it was taken cannot be
 * known. */
void xterm_copy(const char *text);

/* A pop-up of the desktop. */
void xterm_popup(enum popup kind, const char *text);

#endif
