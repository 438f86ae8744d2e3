/* The terminal of `drtop config init`: questions line by line, without curses, so that it works
 * wherever text can be printed. Keys are read as they come: only text that any screen can show
 * gets into an answer or back onto the screen, whatever is typed or pasted. One thread; the
 * signals of app_block_signals() are blocked. */
#ifndef DRTOP_CLI_INIT_TTY_H
#define DRTOP_CLI_INIT_TTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

struct init_tty {
    struct termios before;
    int signal_fd;
    size_t n_ahead; /* typed while nobody asked */
    char ahead[512];
};

/* Takes standard input and output; false when they are no terminal. */
bool init_tty_open(struct init_tty *t);

/* Gives the terminal back as it was. */
void init_tty_close(struct init_tty *t);

/* Asks for a line, which is clean UTF-8. Backspace and Ctrl-U edit, Ctrl-Z stops the program.
 * False when the user leaves: Ctrl-C, Escape, Ctrl-D on an empty line, a signal, a terminal that
 * is gone. */
bool init_tty_ask(struct init_tty *t, const char *prompt, bool secret, char *out,
                  size_t out_size);

/* Prints a line, sanitised. */
void init_tty_say(const char *text);

/* Waits for fd to be readable. False when the user leaves meanwhile by Ctrl-C; what else is typed
 * waits for the next question. */
bool init_tty_wait(struct init_tty *t, int fd, int64_t timeout_ms);

#endif
