/* The relay's control socket: one line in, one line out. Whoever may open the socket may change
 * the weather. One thread. */
#ifndef DRTOP_LAB_RELAY_CTL_H
#define DRTOP_LAB_RELAY_CTL_H

#include <stdbool.h>

/* Listens at path (replacing what a dead relay left). Returns a descriptor, or -1 with errno.
 */
int ctl_listen(const char *path);

/* Accepts one caller, hands its line to obey() and sends back what that wrote to reply. */
void ctl_serve(int fd, bool (*obey)(void *ctx, char *line, char *reply, unsigned size),
               void *ctx);

/* The caller's side: sends the words as one line and prints the answer. Returns an exit status,
 * 0 when the relay obeyed. */
int ctl_call(const char *path, int n_words, char **words);

#endif
