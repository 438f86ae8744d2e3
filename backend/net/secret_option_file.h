/* The password of a MySQL option file, as the client programs read it. Pure. */
#ifndef DRTOP_NET_SECRET_OPTION_FILE_H
#define DRTOP_NET_SECRET_OPTION_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Writes the last password= of the groups [client] in text (len bytes, no NUL) to out,
 * NUL-terminated: quotes taken off, escapes resolved. Returns false when there is none or it
 * does not fit. !include lines are not followed. */
bool secret_option_file_password(const char *text, size_t len, char *out, size_t out_size);

#endif
