/* The few packets of the MySQL protocol that a probe needs: it hears the greeting, then leaves
 * without harm.
 *
 * Leaving is the delicate part. A server counts every connection that ends before its login did
 * as a handshake error of the client's host and, after max_connect_errors of them (100),
 * refuses that host altogether: error 1129, for every client on it, until FLUSH HOSTS. Measured
 * with 220 connections from an address other than 127.0.0.1, without skip-name-resolve, on
 * MariaDB 10.11 and on MySQL 9.7:
 *
 *   closing after the greeting:                                 blocked at 100
 *   closing at once, after a COM_QUIT or after an SSL request:  blocked at 100 (MariaDB only)
 *   logging in as a user that does not exist:                   never, no error counted
 *   the same with require_secure_transport=ON:                  never, no error counted
 *   logging in as a user that exists, then COM_QUIT:            never, no error counted
 *
 * From 127.0.0.1 nothing is counted. So the probe logs in without a password as PROBE_USER and
 * takes whatever answer comes. MariaDB logs a warning for each (as it does when the connection
 * is just closed), MySQL 9.7 one about the method of an unknown user. An account of that name
 * without any privilege keeps both silent: config/mysql/monitor-*.sql make it. */
#ifndef DRTOP_TUNNEL_MYSQL_GREETING_H
#define DRTOP_TUNNEL_MYSQL_GREETING_H

#include "backend/net/connect.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROBE_USER "drtop_probe"

enum greeting_kind {
    GREETING_SERVER,  /* protocol 10: a MySQL or MariaDB that would let us log in */
    GREETING_ERROR,   /* an error packet ("Too many connections"): a MySQL all the same */
    GREETING_ALIEN,   /* something that is not MySQL answered, or closed without a word */
    GREETING_NOTHING, /* silence, or not enough of it in time */
};

struct greeting {
    enum greeting_kind kind;
    char words[128]; /* sanitised: the version, the error or why not; empty for NOTHING */
};

/* Waits on a fresh connection for what the other side says first. */
void greeting_read(int fd, const struct wake *wake, int64_t deadline_us, struct greeting *out);

/* After GREETING_SERVER: ends the handshake so that it is not counted as an error. Returns
 * whether the server let PROBE_USER in; that says nothing about the path. */
bool greeting_leave(int fd, const struct wake *wake, int64_t deadline_us);

#endif
