/* What the parts of the eye share: eye.c (the program and its pty), eye_screen.c (looking),
 * eye_key.c (pressing). */
#ifndef DRTOP_EYE_PRIV_H
#define DRTOP_EYE_PRIV_H

#include "tests/eye/eye.h"
#include "tests/eye/osc.h"

#include <vterm.h>

enum { EYE_LATE_MAX = 64 };

struct eye {
    pid_t pid;
    int fd; /* our end of the pty, non-blocking */
    int w, h;
    char term[64];
    bool eof;    /* the program's side is closed */
    bool reaped; /* status is valid, pid no longer ours */
    int status;
    VTerm *vt;
    VTermScreen *screen; /* belongs to vt */
    bool altscreen, cursor_visible;
    bool restoring; /* libvterm is about to put back what it saved with the cursor */
    struct osc osc;
    uint64_t bytes_written;
    int bytes_per_s;
    int64_t paid_us; /* until when what was read has taken, on a slow line */
    bool stalls;
    int answer_after_ms;
    bool taking; /* what libvterm sends meanwhile is an answer */
    struct {
        int64_t due_ms;
        char bytes[32];
        size_t len;
    } late[EYE_LATE_MAX];
    int n_late; /* in order */
    bool keep_bytes;
    char *bytes;
    size_t bytes_len, bytes_room;
    char *text; /* what eye_line() and eye_screen_text() lend */
};

/* Sends bytes to the program as if typed; gives up when it does not read for a second. */
void eye_send(struct eye *e, const char *bytes, size_t len);

/* Sends an answer when it is due, if ever. */
void eye_answer(struct eye *e, const char *bytes, size_t len);

/* Makes the emulator, blank, in the eye's size and colours. */
void eye_screen_open(struct eye *e);

#endif
