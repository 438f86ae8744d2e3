/* Programs that the configuration names: run without a shell, in a process group of their own,
 * with an end to every wait. Any thread. */
#ifndef DRTOP_NET_COMMAND_H
#define DRTOP_NET_COMMAND_H

#include "backend/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct command {
    char *const *argv; /* NULL-terminated; argv[0] without a slash is sought in $PATH */
    const char *input; /* what it reads on its standard input; NULL: nothing */
    size_t input_len;
    int64_t timeout_ms;
    const atomic_bool
        *stop; /* another thread sets it to end the command at once; may be NULL */
    /* All below may be left out. */
    size_t output_max; /* more bytes of output than these are a failure; 0: 64 KiB */
    int64_t grace_ms;  /* after timeout_ms: SIGTERM first, and so long until SIGKILL */
    bool complains;    /* the first line of its error output belongs into err */
    bool c_locale;     /* runs with LC_ALL=C */
};

/* Runs it and writes at most out_size bytes of its output to out and their number to *out_len;
 * what follows them is read and dropped. With out NULL its output goes to /dev/null, and only its
 * end is awaited. Its error output goes there too, unless out is given and it complains. The
 * command is killed, with its process group, when it has not ended after timeout_ms. Returns false
 * with err set when it did not exit with 0. Blocks. */
bool command_run(const struct command *c, char *out, size_t out_size, size_t *out_len,
                 struct error *err);

#endif
