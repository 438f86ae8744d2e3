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

#include "backend/fact/opt.h"
#include "backend/net/connect.h"

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

/* Bytes that follow the login's end, to see whether they arrive. The host's count of errors knows
 * nothing of them, however they fare, because the login is over by then: a login that itself
 * were large and did not arrive would be an unfinished one, and 100 of these block the host.
 * Measured with max_connect_errors=5 on both servers behind a router that drops what is longer
 * than 1300 bytes, without and with the account: no error counted, no connection left over. With
 * the account each large one that stalls is an "aborted connection" in the server's log. */
enum greeting_coda {
    CODA_NONE,
    CODA_SMALL, /* the control: a packet that any path carries */
    CODA_LARGE, /* two segments filled to the brim, as large as the connection sends them */
};

enum greeting_end {
    LEFT_IN,         /* the server let PROBE_USER in; says nothing about the path */
    LEFT_REFUSED,    /* it did not, or closed */
    LEFT_UNANSWERED, /* no answer to the login in time */
};

/* After GREETING_SERVER: ends the handshake so that it is not counted as an error. Then, unless
 * CODA_NONE, *out_arrived says whether the coda was answered: by the server to a COM_PING that is
 * padded, when it let PROBE_USER in; otherwise by the TCP of its host, which acknowledges what
 * comes before the server has closed and refuses what comes after. UNKNOWN when the connection
 * was gone before the coda was on its way, or on an interrupt. A coda without an answer resets
 * the connection, so that no server keeps a thread for it. */
enum greeting_end greeting_leave(int fd, const struct wake *wake, int64_t deadline_us,
                                 enum greeting_coda coda, enum tri *out_arrived);

#endif
