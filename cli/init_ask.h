/* How `drtop config init` asks: one question until its answer is one that the loader takes, a
 * question for a secret, one for yes or no. What differs from question to question is in
 * init_dialog.c. Private to the two. */
#ifndef DRTOP_CLI_INIT_ASK_H
#define DRTOP_CLI_INIT_ASK_H

#include "cli/init_dialog.h"

struct init_dialog {
    struct init_sheet *sheet;
    const char *path;
    const struct init_io *io;
    unsigned parts; /* answered so far */
};

/* How a question ended. */
enum init_answer {
    INIT_GIVEN,
    INIT_AGAIN, /* the step is to begin anew */
    INIT_GONE,  /* the user has left */
};

struct init_question {
    enum init_field field;
    const char *prompt;
    const char *fallback; /* taken by Enter; NULL: none */
    bool optional;        /* Enter without a fallback, or "-", leaves it out */
    const char *without;  /* what stands in its place then; NULL: nothing */
};

/* Prints a line of ours; and the name of a part with what is to be known about it. */
void init_say(const struct init_dialog *d, const char *text);
void init_title(const struct init_dialog *d, const char *name, const char *const *lines);

/* Puts the answer into the sheet; what stands there before is offered. part is the enum init_part
 * that it belongs to. */
enum init_answer init_ask(struct init_dialog *d, unsigned part, const struct init_question *q);

/* One after another, as long as each is answered. */
enum init_answer init_ask_all(struct init_dialog *d, unsigned part,
                              const struct init_question *q, size_t n);

/* Where a secret comes from, and the secret or its place. file is the name of the file that a
 * typed one is kept in. A token comes from fewer places than a password. */
enum init_answer init_ask_secret(struct init_dialog *d, unsigned part, const char *what,
                                 const char *file, bool token, struct init_secret *s);

#endif
