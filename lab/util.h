/* What the stand-ins of the lab share: a clock, loopback sockets, an orderly end. */
#ifndef DRTOP_LAB_UTIL_H
#define DRTOP_LAB_UTIL_H

#include <stdbool.h>
#include <stdint.h>

struct sockaddr_in;

/* Milliseconds on the monotonic clock. */
int64_t util_now_ms(void);

/* Waits until the monotonic clock shows then_ms, or until somebody asks us to end. */
void util_wait_until(int64_t then_ms);

/* SIGTERM and SIGINT raise the flag below and interrupt blocking calls; SIGPIPE is ignored. */
void util_catch_signals(void);
bool util_stopping(void);

/* A decimal number in [min, max] and nothing else. Returns false otherwise. */
bool util_parse(const char *text, int64_t min, int64_t max, int64_t *out_value);

/* Where to listen. NULL is 127.0.0.1; others make sense only in a network namespace of the lab.
 * Returns false when the text is no IPv4 address. */
bool util_address(const char *text, uint16_t port, struct sockaddr_in *out);

/* Listens, non-blocking; the former on 127.0.0.1. Returns a descriptor, or -1 with errno set. */
int util_listen(uint16_t port, int backlog);
int util_listen_at(const struct sockaddr_in *at, int backlog);

/* Begins a connection to 127.0.0.1 that may still be under way on return. Returns a
 * non-blocking descriptor, or -1 with errno set. */
int util_connect(uint16_t port);

/* Closes a TCP socket with a reset, as a host does that has gone away. */
void util_reset(int fd);

#endif
