/* The little of systemd that a service needs: telling how it is, the watchdog, and whether stderr
 * is the journal. The protocol is a datagram with lines of KEY=VALUE; sd_notify(3) shows how to
 * send one without libsystemd and recommends that to programs which need nothing else of it. */
#ifndef DRTOP_CLI_SYSTEMD_H
#define DRTOP_CLI_SYSTEMD_H

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

/* Sends lines such as "READY=1\nSTATUS=..." to $NOTIFY_SOCKET. Does nothing without one, and never
 * blocks: what systemd cannot take at once is lost. Returns whether it was taken. */
bool systemd_notify(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How often WATCHDOG=1 is due, half of what systemd waits; 0 when it does not wait for it. */
int64_t systemd_watchdog_ms(void);

/* Is stderr connected to the journal? Then lines may begin with "<4>", a syslog priority. */
bool systemd_stderr_is_journal(void);

#endif
