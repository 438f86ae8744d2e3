/* What differs between MySQL and MariaDB and between their versions: which statement asks for
 * what, under which name a column comes back, what an error number means, and which GRANT would
 * help. Pure; nothing here talks to a server.
 *
 * Statements are chosen by version but never trusted to be known: a server that answers
 * DIALECT_ERROR_STATEMENT is asked with the next attempt. Columns are found by either name,
 * whatever statement was used: MariaDB answers SHOW REPLICA STATUS with the old names, and a
 * procedure of Amazon RDS mixes both. */
#ifndef DRTOP_MYSQL_DIALECT_H
#define DRTOP_MYSQL_DIALECT_H

#include "backend/mysql/facts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dialect {
    enum db_flavour flavour;
    int version; /* 80422 is 8.4.22, 101119 is 10.11.19; 0 when it cannot be read */
};

/* Reads SELECT VERSION() or a handshake's version ("5.5.5-10.11.19-MariaDB-..."). */
struct dialect dialect_detect(const char *version);

enum dialect_ask {
    DIALECT_WRITTEN,  /* position of the server's own binary log */
    DIALECT_LOGS,     /* names and sizes of its files */
    DIALECT_REPLICA,  /* status of its replication channels */
    DIALECT_IDENTITY, /* who it is, whether it is writable, its clock */
    DIALECT_GTIDS,    /* its GTID positions, where the statements above do not tell */
    DIALECT_APPLIER,  /* time stamps of receiver and appliers (MySQL 8.0.1+) */
    DIALECT_WORKERS,  /* what the appliers' workers failed of, first failure first (the same) */
};

/* The statement to try as number `attempt` (from 0), or NULL when there is no other. */
const char *dialect_statement(const struct dialect *d, enum dialect_ask ask, unsigned attempt);

enum dialect_error {
    DIALECT_ERROR_NONE,
    DIALECT_ERROR_STATEMENT, /* this server does not know the statement, variable or function */
    DIALECT_ERROR_DENIED,    /* it does, but the account may not */
    DIALECT_ERROR_NO_BINLOG, /* log_bin is OFF */
    DIALECT_ERROR_ABSENT,    /* no such table */
    DIALECT_ERROR_CONNECTION, /* the connection is gone or out of step */
    DIALECT_ERROR_OTHER,
};
enum dialect_error dialect_classify(unsigned code);

/* Writes the GRANT that would allow `ask` (DIALECT_APPLIER, DIALECT_REPLICA, DIALECT_WRITTEN,
 * ...) to an account as CURRENT_USER() prints it ("mon@10.0.0.%"). */
void dialect_grant(const struct dialect *d, enum dialect_ask ask, const char *account,
                   char *out, size_t out_size);

/* The same for SELECT on one table, given as "schema.table". */
void dialect_grant_table(const char *table, const char *account, char *out, size_t out_size);

/* Writes the statement that reads the newest beat of a heartbeat table ("schema.table"). False
 * when the name is not of that form or too long. */
bool dialect_heartbeat(const char *table, char *out, size_t out_size);

/* Reads a beat's time stamp ("2026-11-22T23:47:25.945200", blank for T allowed) as Unix ms. */
struct opt_i64 dialect_beat_ms(const char *ts);

/* One row as the client library hands it out. A NULL value is SQL NULL. */
struct dialect_row {
    unsigned n;
    const char *const *names;
    const char *const *values;
};

/* Value of the column with either name (older may be NULL), compared without case. NULL for SQL
 * NULL and for a column that is not there. */
const char *dialect_column(const struct dialect_row *row, const char *name, const char *older);
struct opt_i64 dialect_number(const struct dialect_row *row, const char *name,
                              const char *older);

/* File and Position; an empty file is left unknown. */
bool dialect_read_coord(const struct dialect_row *row, struct binlog_coord *out);

/* Name of the channel or connection that a status row speaks of; "" for the default one. */
const char *dialect_channel_name(const struct dialect_row *row);

/* Fills *out from a row of replica status; retrieved_gtid is new heap memory. What the row does
 * not hold is unknown. */
void dialect_read_channel(const struct dialect_row *row, struct db_channel *out);

/* GTID text on the heap without the blanks and newlines that servers put in; characters that no
 * GTID has are dropped. NULL gives NULL. */
char *dialect_gtid_text(const char *text);

/* Identity, read-only state and clock; account gets CURRENT_USER(). The skew is left alone. */
void dialect_read_identity(const struct dialect_row *row, struct db_facts *out, char *account,
                           size_t account_size);

/* Seconds since 1970 by the server's clock in an identity or applier row. */
struct opt_f64 dialect_now_s(const struct dialect_row *row);

/* drained, commit_age_s, last_applied_age_s and the channel's heartbeats, from a row of
 * DIALECT_APPLIER. Ages need facts->clock_skew_ms. */
void dialect_read_applier(const struct dialect_row *row, struct db_facts *facts);

/* The applier's error from a row of DIALECT_WORKERS. */
void dialect_read_worker(const struct dialect_row *row, struct db_channel *out);

/* drained from what a status row says: positions first, then GTID sets (MySQL). UNKNOWN when
 * they do not tell. */
enum tri dialect_drained(const struct db_facts *facts);

#endif
