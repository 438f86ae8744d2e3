/* One database server of the pair as a source (backend/fact/poller.h). All the I/O with MySQL
 * and MariaDB is here. Readings hold a struct db_facts (backend/mysql/facts.h).
 *
 * Every wait is bounded: the name by the resolver, TCP connect by the library on one numeric
 * address at a time, everything else (TLS, handshake, queries, peers that drip a byte a second)
 * by the watchdog, which shuts the socket down. */
#ifndef DRTOP_MYSQL_DB_SOURCE_H
#define DRTOP_MYSQL_DB_SOURCE_H

#include "backend/config.h"
#include "backend/fact/poller.h"
#include "backend/fact/watchdog.h"

enum db_role { DB_PRIMARY, DB_REPLICA };

/* The value of a FAILED reading. */
struct db_failure {
    bool
        silent; /* nothing that is a database server answered: not a refused login, nor a name or
                    a password that we could not find */
};

/* Call once in main before any thread starts, and once after the last one ended. */
bool db_library_begin(void);
void db_library_end(void);

/* cfg and dog stay the caller's and must outlive the source. positions_ms is the cadence of
 * positions (the source's period), slow_ms that of the rest. */
struct source db_source(const struct config_db *cfg, const struct config_poll *poll,
                        enum db_role role, struct watchdog *dog, size_t slot);

/* Name and version of the client library in use, for --version. */
const char *db_library_version(void);

#endif
