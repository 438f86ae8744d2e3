/* Files that hold keys and tokens of AWS. Any thread. */
#ifndef DRTOP_CLOUD_AWS_FILE_H
#define DRTOP_CLOUD_AWS_FILE_H

#include "backend/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Reads a regular file of fewer than size bytes; wiping buf is the caller's. False with err set;
 * *out_absent (may be NULL) then says that there is no such file. */
bool aws_file_read(const char *file, char *buf, size_t size, size_t *out_len, bool *out_absent,
                   struct error *err);

/* Reads a token: the file without blanks at its end, NUL-terminated, fit for a header. */
bool aws_file_token(const char *file, char *buf, size_t size, struct error *err);

#endif
