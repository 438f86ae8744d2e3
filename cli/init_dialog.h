/* The questions of `drtop config init`: one after another, each answer checked by the loader's own
 * rules, each part tried live as soon as it is whole. Pure apart from what init_io does, so that a
 * unit plays it with a table of answers. Blocks in there. */
#ifndef DRTOP_CLI_INIT_DIALOG_H
#define DRTOP_CLI_INIT_DIALOG_H

#include "cli/init_sheet.h"

/* How a live try ended; what was found has been said by then. */
enum init_tried {
    INIT_FAILED,
    INIT_WELL,
    INIT_LEFT, /* the user wants no more */
};

struct init_io {
    void *ctx;
    /* Prints the prompt and reads a line, without its end; a secret is not echoed. False when the
     * user leaves (Ctrl-C, Escape, the terminal's end). */
    bool (*ask)(void *ctx, const char *prompt, bool secret, char *out, size_t out_size);
    /* Prints a line of our own or of the loader; the text is sanitised there. */
    void (*say)(void *ctx, const char *text);
    /* Tries one part of the sheet, an enum init_part. */
    enum init_tried (*attempt)(void *ctx, const struct init_sheet *s, unsigned part);
};

/* Asks everything; path is where the configuration will be written. False when the user left. */
bool init_dialog(struct init_sheet *s, const char *path, const struct init_io *io);

/* Asks yes or no; Enter is otherwise. False when the user left. */
bool init_yes(const struct init_io *io, const char *prompt, bool otherwise, bool *out);

#endif
