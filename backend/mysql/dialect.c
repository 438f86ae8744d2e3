#include "backend/mysql/dialect.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof(a)[0])

/* Old MySQL clients would refuse a server that calls itself 10, so MariaDB's handshake pretends
 * to be a replication-compatible 5.5.5. */
#define MARIADB_PREFIX "5.5.5-"

static bool has_word(const char *text, const char *word)
{
    for (size_t len = strlen(word); *text; text++) {
        if (strncasecmp(text, word, len) == 0) {
            return true;
        }
    }
    return false;
}

struct dialect dialect_detect(const char *version)
{
    bool mariadb = has_word(version, "mariadb");
    if (mariadb && strncmp(version, MARIADB_PREFIX, strlen(MARIADB_PREFIX)) == 0) {
        version += strlen(MARIADB_PREFIX);
    }
    int major = 0, minor = 0, patch = 0;
    int n = sscanf(version, "%3d.%3d.%3d", &major, &minor, &patch);
    if (n < 2) {
        return (struct dialect){.flavour = mariadb ? DB_MARIADB : DB_FLAVOUR_UNKNOWN};
    }
    return (struct dialect){.flavour = mariadb ? DB_MARIADB : DB_MYSQL,
                            .version = major * 10000 + minor * 100 + patch};
}

/* Who it is. Variables that old versions lack are left out by the later attempts. The session's
 * zone is UTC, so UNIX_TIMESTAMP() meets no hour that exists twice. */
#define IDENTITY_HEAD                                                                          \
    "SELECT @@GLOBAL.server_id AS server_id, @@GLOBAL.log_bin AS log_bin, "                    \
    "@@GLOBAL.read_only AS read_only, CURRENT_USER() AS account, "                             \
    "UNIX_TIMESTAMP(NOW(6)) AS now_s"

static const char *const identity_mysql[] = {
    IDENTITY_HEAD ", @@GLOBAL.server_uuid AS server_uuid, @@GLOBAL.gtid_mode AS gtid_mode, "
                  "@@GLOBAL.super_read_only AS super_read_only",
    IDENTITY_HEAD ", @@GLOBAL.server_uuid AS server_uuid, @@GLOBAL.gtid_mode AS gtid_mode",
    IDENTITY_HEAD,
};
static const char *const identity_mariadb[] = {IDENTITY_HEAD};

static const char *const written_old[] = {"SHOW MASTER STATUS", "SHOW BINARY LOG STATUS",
                                          "SHOW BINLOG STATUS"};
static const char *const written_new[] = {"SHOW BINARY LOG STATUS", "SHOW MASTER STATUS"};
static const char *const logs[] = {"SHOW BINARY LOGS"};
static const char *const replica_old[] = {"SHOW SLAVE STATUS", "SHOW REPLICA STATUS"};
static const char *const replica_new[] = {"SHOW REPLICA STATUS", "SHOW SLAVE STATUS"};
/* All named connections at once, and with them heartbeats and the GTID position. RDS refuses
 * the statements to its users and has a procedure in their place. */
static const char *const replica_mariadb[] = {"SHOW ALL SLAVES STATUS", "SHOW SLAVE STATUS",
                                              "CALL mysql.rds_replica_status"};

static const char *const gtids_mysql[] = {"SELECT @@GLOBAL.gtid_executed AS gtid_written"};
static const char *const gtids_mariadb[] = {
    "SELECT @@GLOBAL.gtid_binlog_pos AS gtid_written, @@GLOBAL.gtid_slave_pos AS gtid_applied"};

/* 3030: stopped because another worker did, to keep the commit order. */
static const char *const workers_mysql[] = {
    "SELECT CHANNEL_NAME AS Channel_Name, LAST_ERROR_NUMBER AS error_number,"
    " LAST_ERROR_MESSAGE AS error_message"
    " FROM performance_schema.replication_applier_status_by_worker"
    " WHERE LAST_ERROR_NUMBER NOT IN (0, 3030) ORDER BY LAST_ERROR_TIMESTAMP",
};

/* The stamps of transactions are those of the server that committed them first; zero stamps
 * come out as 0. What is compared is stamps, not ids: without GTIDs every id is the same word.
 */
static const char *const applier_mysql[] = {
    "SELECT s.CHANNEL_NAME AS Channel_Name, s.SERVICE_STATE AS io_state,"
    " s.LAST_QUEUED_TRANSACTION <> '' AS queued_any,"
    " UNIX_TIMESTAMP(s.LAST_QUEUED_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP) AS queued_s,"
    " w.applied_s, w.busy_s,"
    " IF(s.RECEIVED_TRANSACTION_SET = '', NULL,"
    " GTID_SUBSET(s.RECEIVED_TRANSACTION_SET, @@GLOBAL.gtid_executed)) AS gtid_drained,"
    " s.COUNT_RECEIVED_HEARTBEATS AS heartbeats, c.HEARTBEAT_INTERVAL AS heartbeat_s,"
    " UNIX_TIMESTAMP(NOW(6)) AS now_s"
    " FROM performance_schema.replication_connection_status AS s"
    " JOIN performance_schema.replication_connection_configuration AS c USING (CHANNEL_NAME)"
    " LEFT JOIN (SELECT CHANNEL_NAME,"
    " UNIX_TIMESTAMP(MAX(LAST_APPLIED_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP)) AS applied_s,"
    " UNIX_TIMESTAMP(MIN(IF(APPLYING_TRANSACTION <> '',"
    " APPLYING_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP, NULL))) AS busy_s"
    " FROM performance_schema.replication_applier_status_by_worker GROUP BY CHANNEL_NAME) AS w"
    " USING (CHANNEL_NAME)"};

struct attempts {
    size_t n;
    const char *const *texts;
};

#define ATTEMPTS(a)                                                                            \
    (struct attempts)                                                                          \
    {                                                                                          \
        ARRAY_LEN(a), a                                                                        \
    }

static struct attempts attempts_mariadb(enum dialect_ask ask)
{
    switch (ask) {
    case DIALECT_WRITTEN:
        return ATTEMPTS(written_old);
    case DIALECT_LOGS:
        return ATTEMPTS(logs);
    case DIALECT_REPLICA:
        return ATTEMPTS(replica_mariadb);
    case DIALECT_IDENTITY:
        return ATTEMPTS(identity_mariadb);
    case DIALECT_GTIDS:
        return ATTEMPTS(gtids_mariadb);
    case DIALECT_APPLIER:
    case DIALECT_WORKERS:
        break;
    }
    return (struct attempts){0, NULL};
}

static struct attempts attempts_mysql(int version, enum dialect_ask ask)
{
    switch (ask) {
    case DIALECT_WRITTEN:
        return version >= 80200 ? ATTEMPTS(written_new) : ATTEMPTS(written_old);
    case DIALECT_LOGS:
        return ATTEMPTS(logs);
    case DIALECT_REPLICA:
        return version >= 80022 ? ATTEMPTS(replica_new) : ATTEMPTS(replica_old);
    case DIALECT_IDENTITY:
        return ATTEMPTS(identity_mysql);
    case DIALECT_GTIDS:
        return ATTEMPTS(gtids_mysql);
    case DIALECT_APPLIER:
        if (version >= 80001) {
            return ATTEMPTS(applier_mysql);
        }
        break;
    case DIALECT_WORKERS:
        if (version >= 80001) {
            return ATTEMPTS(workers_mysql);
        }
        break;
    }
    return (struct attempts){0, NULL};
}

const char *dialect_statement(const struct dialect *d, enum dialect_ask ask, unsigned attempt)
{
    struct attempts a =
        d->flavour == DB_MARIADB ? attempts_mariadb(ask) : attempts_mysql(d->version, ask);
    return attempt < a.n ? a.texts[attempt] : NULL;
}

enum dialect_error dialect_classify(unsigned code)
{
    switch (code) {
    case 0:
        return DIALECT_ERROR_NONE;
    case 1064: /* syntax; comes before privileges */
    case 1193: /* unknown variable */
    case 1305: /* unknown function or procedure */
    case 1046: /* MySQL 9 for an unknown function without a default database */
    case 1054: /* unknown column */
        return DIALECT_ERROR_STATEMENT;
    case 1044: /* on a database */
    case 1045: /* MySQL 5.6 for a statement */
    case 1142: /* on a table; MariaDB and 5.6 also say so for one that does not exist */
    case 1143: /* on a column */
    case 1227: /* a global privilege */
    case 1370: /* on a routine */
        return DIALECT_ERROR_DENIED;
    case 1381:
        return DIALECT_ERROR_NO_BINLOG;
    case 1049:
    case 1146:
        return DIALECT_ERROR_ABSENT;
    case 1053: /* server shutdown in progress */
    case 1927: /* connection was killed (MariaDB) */
    case 4031: /* disconnected for inactivity (MySQL 8.0.24+) */
        return DIALECT_ERROR_CONNECTION;
    default:
        return code >= 2000 && code < 3000 ? DIALECT_ERROR_CONNECTION : DIALECT_ERROR_OTHER;
    }
}

/* Where text is gathered; what does not fit is cut. */
struct line {
    char *out;
    size_t size, len;
};

static void line_put(struct line *l, const char *text, size_t n)
{
    for (size_t i = 0; i < n && l->len + 1 < l->size; i++) {
        l->out[l->len++] = text[i];
    }
    l->out[l->len] = '\0';
}

/* Between two marks, each mark inside written twice. */
static void line_quote(struct line *l, const char *text, size_t n, char mark)
{
    line_put(l, &mark, 1);
    for (size_t i = 0; i < n; i++) {
        line_put(l, &text[i], 1);
        if (text[i] == mark) {
            line_put(l, &mark, 1);
        }
    }
    line_put(l, &mark, 1);
}

static void line_account(struct line *l, const char *account)
{
    const char *host = strrchr(account, '@');
    if (!host) {
        line_quote(l, account, strlen(account), '\'');
        return;
    }
    line_quote(l, account, (size_t)(host - account), '\'');
    line_put(l, "@", 1);
    line_quote(l, host + 1, strlen(host + 1), '\'');
}

static const char *privilege_for(const struct dialect *d, enum dialect_ask ask)
{
    if (ask == DIALECT_APPLIER || ask == DIALECT_WORKERS) {
        return "GRANT SELECT ON performance_schema.* TO ";
    }
    /* MariaDB 10.5 split the privilege in two and kept the old name for one of them only. */
    if (d->flavour == DB_MARIADB && d->version >= 100500) {
        return ask == DIALECT_REPLICA ? "GRANT SLAVE MONITOR ON *.* TO "
                                      : "GRANT BINLOG MONITOR ON *.* TO ";
    }
    return "GRANT REPLICATION CLIENT ON *.* TO ";
}

void dialect_grant(const struct dialect *d, enum dialect_ask ask, const char *account,
                   char *out, size_t out_size)
{
    struct line l = {.out = out, .size = out_size};
    const char *start = privilege_for(d, ask);
    line_put(&l, start, strlen(start));
    line_account(&l, account);
}

static bool line_table(struct line *l, const char *table)
{
    const char *dot = strchr(table, '.');
    if (!dot || dot == table || dot[1] == '\0' || strchr(dot + 1, '.')) {
        return false;
    }
    line_quote(l, table, (size_t)(dot - table), '`');
    line_put(l, ".", 1);
    line_quote(l, dot + 1, strlen(dot + 1), '`');
    return true;
}

void dialect_grant_table(const char *table, const char *account, char *out, size_t out_size)
{
    struct line l = {.out = out, .size = out_size};
    line_put(&l, "GRANT SELECT ON ", 16);
    (void)line_table(&l, table);
    line_put(&l, " TO ", 4);
    line_account(&l, account);
}

bool dialect_heartbeat(const char *table, char *out, size_t out_size)
{
    static const char start[] = "SELECT MAX(ts) AS ts FROM ";
    struct line l = {.out = out, .size = out_size};
    line_put(&l, start, sizeof start - 1);
    return line_table(&l, table) && l.len + 1 < out_size;
}

struct opt_i64 dialect_beat_ms(const char *ts)
{
    struct opt_i64 unknown = {.known = false};
    struct tm tm = {.tm_isdst = 0};
    char mark;
    int used = 0;
    if (!ts || sscanf(ts, "%4d-%2d-%2d%c%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
                      &mark, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &used) != 7) {
        return unknown;
    }
    if ((mark != 'T' && mark != ' ') || tm.tm_year < 1970 || tm.tm_mon < 1 || tm.tm_mon > 12 ||
        tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour < 0 || tm.tm_hour > 23 ||
        tm.tm_min < 0 || tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60) {
        return unknown;
    }
    int64_t ms = 0;
    if (ts[used] == '.') {
        const char *digit = &ts[used + 1];
        for (int64_t weight = 100; weight > 0 && isdigit((unsigned char)*digit); weight /= 10) {
            ms += weight * (*digit++ - '0');
        }
    }
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    return opt_i64((int64_t)timegm(&tm) * 1000 + ms);
}
