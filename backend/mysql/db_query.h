/* Fills the facts about one server from its answers. What the account may not read becomes a
 * lack with the GRANT that would help; only a lost connection, or a position statement that
 * fails for another reason, fails the poll. Called from the source's own thread. */
#ifndef DRTOP_MYSQL_DB_QUERY_H
#define DRTOP_MYSQL_DB_QUERY_H

#include "backend/mysql/db_link.h"
#include "backend/mysql/db_source.h"
#include "backend/mysql/dialect.h"
#include "backend/mysql/facts.h"

#include <stdbool.h>
#include <stdint.h>

#define DB_ASKS (DIALECT_WORKERS + 1)

/* What is remembered of a server from one poll to the next. */
struct db_memory {
    const struct config_db *cfg;
    enum db_role role;
    struct db_link *link;
    struct dialect dialect;
    unsigned attempt[DB_ASKS]; /* the statement that this server knows */
    bool denied[DB_ASKS];      /* not asked again before the next slow round */
    char account[128];
    bool worker_told;             /* the first failed worker has been read in this poll */
    struct db_facts facts;        /* the latest of everything */
    struct binlog_coord gtid_at;  /* position that facts.gtid_written was read at */
    struct binlog_coord logs_at;  /* position that facts.logs was read at */
    int64_t logs_us;              /* and when */
    int64_t skew_us, skew_rtt_us; /* when the skew was measured, and how long that took */
};

/* When the positions were true: the middle of the round trip that fetched them. */
struct db_moment {
    int64_t mono_ms, wall_ms;
};

/* Forgets the previous server, sets the session up and learns who answers. */
bool db_query_session(struct db_memory *m, const struct clock *clk, struct error *err);

/* The statement of every poll: what the primary has written, or what the replica has received
 * and applied. */
bool db_query_positions(struct db_memory *m, const struct clock *clk, struct db_moment *out,
                        struct error *err);

/* Everything that changes slowly. */
bool db_query_rest(struct db_memory *m, const struct clock *clk, struct error *err);

#endif
