/* One connection to one database server: made, kept, bounded, and asked one statement at a
 * time. Everything but db_link_interrupt() is called from the source's own thread. */
#ifndef DRTOP_MYSQL_DB_LINK_H
#define DRTOP_MYSQL_DB_LINK_H

#include "backend/config.h"
#include "backend/error.h"
#include "backend/fact/watchdog.h"
#include "backend/mysql/dialect.h"
#include "backend/net/resolve.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db_link;

/* The numbers and names that a connection brought. */
struct db_link_info {
    char address[56]; /* numeric address and port */
    char tls_cipher[64];
    int64_t connect_us;
};

struct db_link *db_link_create(const struct config_db *cfg, struct watchdog *dog);
void db_link_destroy(struct db_link *link);

bool db_link_is_open(const struct db_link *link);
const struct db_link_info *db_link_info(const struct db_link *link);

/* Connects to the next address in turn, beginning with the one that last served. Takes at most
 * the configured time for each of: the name, the password, the connection. */
bool db_link_open(struct db_link *link, struct error *err);
void db_link_close(struct db_link *link);

/* Everything asked between the two shares one deadline; end closes the link when it has passed.
 */
void db_link_begin(struct db_link *link);
void db_link_end(struct db_link *link);

/* Sends a statement and calls on_row() for each row of its first result. Returns how it ended;
 * err holds the server's words, sanitised. A connection that is gone is closed. */
enum dialect_error db_link_ask(struct db_link *link, const char *sql,
                               void (*on_row)(void *ctx, const struct dialect_row *row),
                               void *ctx, struct error *err);

/* Was the newest failure that of a server that does not answer? */
bool db_link_was_silent(const struct db_link *link);

/* Makes what blocks return soon. Any thread. Holds until db_link_end() or a failed open. */
void db_link_interrupt(struct db_link *link);

#endif
