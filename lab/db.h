/* One account's connection to a database of the lab, over its UNIX socket; made when needed,
 * given up on the first error, and never waited for longer than a second a step. A connection
 * belongs to one thread. */
#ifndef DRTOP_LAB_DB_H
#define DRTOP_LAB_DB_H

#include <mysql.h>
#include <stdbool.h>
#include <stddef.h>

struct db {
    const char *socket_path, *user, *password;
    MYSQL *handle;   /* NULL: not connected */
    char error[256]; /* why the last call failed */
};

/* Call in main before any thread starts. Returns false when the library cannot be used. */
bool db_library_begin(void);
void db_library_end(void);

/* Call at the end of a thread that used a connection. */
void db_thread_end(void);

/* Reads a password: the next line of standard input, so that it never shows in a list of
 * processes. Returns false when there is none. */
bool db_read_password(char *out, size_t size);

/* Runs a statement, connecting first where that is needed. Returns false on any error; the next
 * call then starts with a new connection. */
bool db_run(struct db *db, const char *sql);

/* The same for a query that gives one whole number. */
bool db_ask(struct db *db, const char *sql, long long *out_value);

void db_close(struct db *db);

#endif
