/* The password of a command: runs it without a shell and takes the first line it prints. */
#ifndef DRTOP_NET_SECRET_COMMAND_H
#define DRTOP_NET_SECRET_COMMAND_H

#include "backend/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Runs argv and writes at most out_size bytes of its output to out and their number to
 * *out_len; what follows them is read and dropped. The command is killed, with its process
 * group, when it has not ended after timeout_ms. Returns false with err set when it did not
 * exit with 0. */
bool secret_command_run(char *const *argv, int64_t timeout_ms, char *out, size_t out_size,
                        size_t *out_len, struct error *err);

#endif
