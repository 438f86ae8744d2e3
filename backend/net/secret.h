/* Where a secret comes from: a password, a webhook's URL, a key. The configuration names a place; the secret itself is fetched
 * when it is needed, on the thread that needs it, and wiped afterwards. It never reaches argv,
 * a log, the screen or `config dump`. */
#ifndef DRTOP_NET_SECRET_H
#define DRTOP_NET_SECRET_H

#include "backend/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum secret_kind {
    SECRET_NONE,    /* log in without a password */
    SECRET_LITERAL, /* in the configuration itself, which must then be mode 0600 or stricter */
    SECRET_FILE,    /* first line of a file that only its owner may read */
    SECRET_CREDENTIAL,  /* a name in $CREDENTIALS_DIRECTORY (systemd) */
    SECRET_COMMAND,     /* first line that a command prints: an argv array, no shell */
    SECRET_ENV,         /* an environment variable */
    SECRET_OPTION_FILE, /* password= in group [client] of a MySQL option file, as private */
};

struct secret {
    enum secret_kind kind;
    char *name;  /* literal, path, credential or variable; NULL for COMMAND and NONE */
    char **argv; /* COMMAND only, NULL-terminated; argv[0] without a slash is sought in $PATH */
};

#define SECRET_MAX 1024

/* Writes the secret, NUL-terminated, to out. A command is ended after timeout_ms, with all that
 * it started in its process group, and must exit 0; it has no terminal: /dev/null is its input
 * and its error output. Returns false with err set (which never holds the secret) and out empty
 * when the secret cannot be had. Blocks. */
bool secret_fetch(const struct secret *s, int64_t timeout_ms, char out[SECRET_MAX],
                  struct error *err);

/* Overwrites a buffer in a way that the compiler keeps. */
void secret_wipe(char *buf, size_t size);

/* Overwrites the stack below the caller, and the vector registers that memcpy() copies through: a
 * function that is bound at its first call has them saved there, with what was copied last. For
 * whoever has given a secret to a library. */
void secret_wipe_stack(void);

/* Frees (a literal is wiped first) and leaves SECRET_NONE. */
void secret_finish(struct secret *s);

#endif
