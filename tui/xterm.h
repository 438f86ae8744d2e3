/* What xterm and its kin understand beside what terminfo tells: title, clipboard, pop-ups,
 * synchronized output. Each function writes its sequence to standard output at once, behind what
 * curses has sent; the thread that owns the terminal. Texts are sanitised already. */
#ifndef DRTOP_TUI_XTERM_H
#define DRTOP_TUI_XTERM_H

#include <stdbool.h>

enum xterm_popup { XTERM_POPUP_NONE, XTERM_POPUP_OSC9, XTERM_POPUP_OSC777 };

/* Does a terminal of that name ($TERM) understand OSC and private modes, or at least pass over
 * them in silence? The consoles and the real VT100 do not. */
bool xterm_is_rich(const char *term);

void xterm_say(const char *sequence);

/* Keeps the title that the window has, and gives it back. */
void xterm_title_keep(void);
void xterm_title_restore(void);
void xterm_title(const char *text);

/* Offers text to the clipboard (OSC 52); what is too long is cut. Whether it was taken cannot be
 * known. */
void xterm_copy(const char *text);

/* A pop-up of the desktop. */
void xterm_popup(enum xterm_popup kind, const char *text);

#endif
