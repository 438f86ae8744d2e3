/* What the end-to-end tests share: a folder of their own, a lab, servers that say nothing, and
 * the real program, in a terminal or without one. One thread; cmocka's assertions inside. */
#ifndef DRTOP_TESTS_E2E_STAGE_H
#define DRTOP_TESTS_E2E_STAGE_H

#include "tests/eye/eye.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STAGE_LIMIT_MS = 10000, /* for what comes at once, on a machine that is busy */
    STAGE_PATH = 256,
};

/* A folder for this program's files; goes away with it where tests/run gave none. */
const char *stage_dir(void);

/* Writes a file below stage_dir(), with the folders it needs, mode 0600; stores its path. */
void stage_write(const char *name, const char *text, char out_path[STAGE_PATH]);

/* For cmocka_run_group_tests(): raises a MariaDB lab in stage_dir() and takes it down, even if
 * the program is killed before. */
int stage_raise(void **state);
int stage_drop(void **state);

/* Runs lab/COMMAND ("break", "heal") with an argument or NULL, and waits for its end. */
void stage_lab(const char *command, const char *what);

/* The configuration that the lab has written. */
const char *stage_lab_config(void);

/* Writes the lab's configuration with another folder for the history of alerts. */
void stage_config_with_history(const char *folder, char out_path[STAGE_PATH]);

/* The same, with members more at its beginning: "\"screen\": {...},". */
void stage_config_with(const char *folder, const char *more, char out_path[STAGE_PATH]);

/* Listens on a loopback port: who connects is let in and hears nothing. */
int stage_listen_silent(uint16_t *out_port);

/* The same with its queue full: packets that would open a connection vanish. */
int stage_listen_full(uint16_t *out_port);

/* Writes a configuration all of whose sources hang. timeout is drtop's own for each of them. */
void stage_silent_config(const char *timeout, char out_path[STAGE_PATH]);

struct stage_options {
    const char *config; /* NULL: the lab's */
    int w, h;           /* 0: 120x36 */
    const char *term, *locale;
    const char *args[4];              /* further arguments; ends with NULL */
    const char *env[4];               /* as in struct eye_options; ends with NULL */
    int bytes_per_s, answer_after_ms; /* as in struct eye_options */
};

/* Starts the dashboard, remembering its bytes. Its user's configuration folder is
 * stage_dir()/config. */
struct eye *stage_start(const struct stage_options *options);

/* The same, and waits for a text, in a frame that is whole. */
struct eye *stage_open(const struct stage_options *options, const char *text);

/* Waits until a frame that has begun to come in is whole: the terminal falls quiet. */
void stage_whole(struct eye *e);

/* Presses a key and waits for what it shall do, in a frame that is whole. */
void stage_press(struct eye *e, const char *key, const char *seen);
void stage_press_gone(struct eye *e, const char *key, const char *gone);

/* Writes to the program's terminal as another program would, where the last pane is blank, and
 * waits until it stands there. */
void stage_scribble(struct eye *e, const char *text);

/* Alternate screen off, cursor shown, lines edited and echoed: what a shell expects. */
void stage_assert_sane(struct eye *e);

/* Presses q: the program ends at once with status 0 and a sane terminal. Frees the eye. */
void stage_quit(struct eye *e);

int64_t stage_now_ms(void);

/* Runs a command without a terminal; returns its exit status, or -1. The output, both streams
 * together, is the caller's to free. */
int stage_run(const char *const *argv, char **out_text, size_t *out_len);

#endif
