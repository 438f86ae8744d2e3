/* Where a password comes from. The configuration names a place; the secret itself is fetched when
 * it is needed, on the thread that needs it, and wiped afterwards. It never reaches argv, a log,
 * the screen or `config dump`. */
#ifndef DRTOP_NET_SECRET_H
#define DRTOP_NET_SECRET_H

#include "backend/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum secret_kind {
    SECRET_NONE,       /* log in without a password */
    SECRET_LITERAL,    /* in the configuration itself, which must then be mode 0600 or stricter */
    SECRET_FILE,       /* first line of a file that only its owner may read */
    SECRET_CREDENTIAL, /* a name in $CREDENTIALS_DIRECTORY (systemd) */
    SECRET_COMMAND,    /* first line that a command prints: an argv array, no shell */
    SECRET_ENV,        /* an environment variable */
};

struct secret {
    enum secret_kind kind;
    char *name;   /* literal, path, credential or variable; NULL for COMMAND and NONE */
    char **argv;  /* COMMAND only, NULL-terminated */
};

#define SECRET_MAX 1024

/* Writes the secret, NUL-terminated, to out. A command is ended after timeout_ms. Returns false
 * with err set (which never holds the secret) when it cannot be had. Blocks. */
bool secret_fetch(const struct secret *s, int64_t timeout_ms, char out[SECRET_MAX],
                  struct error *err);

/* Overwrites a buffer in a way that the compiler keeps. */
void secret_wipe(char *buf, size_t size);

void secret_finish(struct secret *s);

#endif
