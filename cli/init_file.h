/* The files that `drtop config init` writes: new ones, whole ones, never over another. */
#ifndef DRTOP_CLI_INIT_FILE_H
#define DRTOP_CLI_INIT_FILE_H

#include "backend/error.h"

#include <stdbool.h>
#include <stddef.h>

enum init_written {
    INIT_FILE_NEW,
    INIT_FILE_THERE, /* there is one of that name; it is as it was */
    INIT_FILE_FAILED,
};

/* Writes a file beside its name and links it there when it is whole and on the disk. mode is cut
 * by the umask. Makes the folders above it, for their owner alone. Sets err but for
 * INIT_FILE_NEW. */
enum init_written init_file_write(const char *path, const char *text, size_t len, unsigned mode,
                                  struct error *err);

/* Is there something of that name, also a link that leads nowhere? */
bool init_file_exists(const char *path);

#endif
