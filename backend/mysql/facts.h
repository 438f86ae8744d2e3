/* What one poll of one database server said: the value of a db_source's reading. Immutable once
 * published. Anything that the server, its version or the account did not tell is unknown. */
#ifndef DRTOP_MYSQL_FACTS_H
#define DRTOP_MYSQL_FACTS_H

#include "backend/fact/opt.h"
#include "backend/mysql/binlog.h"

#include <stddef.h>
#include <stdint.h>

enum db_flavour { DB_FLAVOUR_UNKNOWN, DB_MYSQL, DB_MARIADB };

/* State of a receiver (IO) or applier (SQL) thread as the server prints it. */
enum db_thread { DB_THREAD_UNKNOWN, DB_THREAD_NO, DB_THREAD_CONNECTING, DB_THREAD_YES };

/* One replication channel: a row of SHOW REPLICA STATUS. Texts are sanitised. */
struct db_channel {
    char name[64]; /* empty for the default channel */
    char source_host[256];
    uint16_t source_port;
    struct opt_i64 source_server_id;
    char source_uuid[40];
    enum db_thread receiver, applier;
    char receiver_state[128]; /* the server's words: "Waiting for source to send event" */
    char applier_state[128];
    struct binlog_coord received;  /* Source_Log_File, Read_Source_Log_Pos */
    struct binlog_coord applied;   /* Relay_Source_Log_File, Exec_Source_Log_Pos */
    struct opt_i64 seconds_behind; /* the server's own figure; NULL is unknown */
    struct opt_i64 delay_s;        /* configured SQL_Delay */
    int receiver_errno, applier_errno;
    char receiver_error[384], applier_error[384];
    enum tri gtid_positioned; /* Auto_Position, Using_Gtid */
    char *retrieved_gtid; /* MySQL Retrieved_Gtid_Set, MariaDB Gtid_IO_Pos; heap, may be NULL */
    struct opt_i64 heartbeat_period_ms;
    struct opt_i64 heartbeats; /* received so far */
    struct opt_i64 retry_count, connect_retry_s;
    enum tri tls;
};

/* Something the account may not read, and the statement that would allow it. */
struct db_lack {
    char what[64];   /* "replica status" */
    char error[256]; /* the server's words, sanitised */
    char grant[192]; /* "GRANT SLAVE MONITOR ON *.* TO 'mon'@'10.0.0.1'" */
};
#define DB_LACKS_MAX 8

struct db_facts {
    /* who answered */
    enum db_flavour flavour;
    char version[64];    /* as SELECT VERSION() says */
    char address[56];    /* numeric address and port that was used */
    char tls_cipher[64]; /* empty: the connection is in clear */
    struct opt_i64 server_id;
    char server_uuid[40];         /* MySQL only */
    struct opt_i64 connect_us;    /* of the connection in use: TCP to authenticated */
    struct opt_i64 round_trip_us; /* of this poll's position query */
    struct opt_i64 clock_skew_ms; /* server's clock minus this machine's, ± half a round trip */

    /* as a source */
    enum tri log_bin;
    struct binlog_coord written;
    struct binlog_list logs; /* n == 0: unknown */
    enum tri gtid_mode;      /* MariaDB always has GTIDs: YES */
    char *gtid_written; /* gtid_executed, or MariaDB's gtid_binlog_pos; heap, may be NULL */

    /* as a replica */
    int channels;            /* rows of the status; -1 unknown, 0 not a replica */
    char channel_names[256]; /* comma-separated, for the message when one must be chosen */
    bool has_channel;        /* channel below is filled: the configured or the only one */
    struct db_channel channel;
    char *gtid_applied; /* gtid_executed, or gtid_slave_pos; heap, may be NULL */
    enum tri read_only, super_read_only; /* super: UNKNOWN where the server has none */
    enum tri drained; /* MySQL: everything received is applied, by commit stamps or GTIDs */
    struct opt_f64 commit_age_s; /* MySQL: age of the oldest received transaction that a worker
                                    applies, 0 when all are applied; by the replica's clock minus
                                    the skew; unknown while no worker says, or the receiver is
                                    not connected */
    struct opt_f64 last_applied_age_s; /* MySQL: time since the last applied transaction was
                                    committed on its source, corrected for the skew */
    struct opt_i64
        beat_ms; /* newest row of the heartbeat table, Unix ms by the source's clock */

    size_t n_lacks;
    struct db_lack lacks[DB_LACKS_MAX];
    int64_t slow_taken_at_ms; /* when the 1 s part was last read; positions are newer */
};

void db_facts_destroy(void *facts); /* struct db_facts *; NULL is allowed */

/* Are the two one and the same server, as far as they say? */
bool db_facts_same_server(const struct db_facts *a, const struct db_facts *b);

/* A copy on the heap that shares nothing with f. */
struct db_facts *db_facts_copy(const struct db_facts *f);

/* Frees what the fields point to and leaves facts that know nothing (channels is -1). */
void db_facts_finish(struct db_facts *f);

#endif
