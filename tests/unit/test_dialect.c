/* How each version of MySQL and MariaDB is asked and understood. Long by the recorded rows
 * in it. */
#include "backend/mysql/dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tsv.h"

#define ROWS_MAX     80
#define STATES_MAX   24
#define ARRAY_LEN(a) (sizeof(a) / sizeof(a)[0])

/* A recorded status: a line is a column of the statement, a column is a state. */
struct status {
    unsigned n;
    size_t n_states;
    char *states[STATES_MAX];
    const char *names[ROWS_MAX];
    const char *values[STATES_MAX][ROWS_MAX];
};

static char *keep(const char *s)
{
    return s ? strdup(s) : NULL;
}

static void status_load(struct status *s, const char *path)
{
    static struct tsv t;
    *s = (struct status){.n = 0};
    tsv_open(&t, path);
    assert_true(tsv_next(&t));
    s->n_states = t.n - 1;
    for (size_t i = 0; i < s->n_states; i++) {
        s->states[i] = keep(t.cell[i + 1]);
    }
    while (tsv_next(&t)) {
        s->names[s->n] = keep(t.cell[0]);
        for (size_t i = 0; i < s->n_states; i++) {
            s->values[i][s->n] = keep(t.cell[i + 1]);
        }
        s->n++;
    }
}

static void status_free(struct status *s)
{
    for (size_t i = 0; i < s->n_states; i++) {
        free(s->states[i]);
        for (unsigned k = 0; k < s->n; k++) {
            free((void *)(uintptr_t)s->values[i][k]);
        }
    }
    for (unsigned k = 0; k < s->n; k++) {
        free((void *)(uintptr_t)s->names[k]);
    }
}

static struct dialect_row status_row(const struct status *s, const char *state)
{
    for (size_t i = 0; i < s->n_states; i++) {
        if (strcmp(s->states[i], state) == 0) {
            return (struct dialect_row){s->n, s->names, s->values[i]};
        }
    }
    fail_msg("no state %s", state);
    return (struct dialect_row){.n = 0};
}

/* What every state means, on every server that was recorded in it. seconds -1 is NULL. */
struct expected {
    const char *state;
    enum db_thread receiver, applier;
    int receiver_errno, applier_errno;
    int seconds_mysql, seconds_mariadb;
};

static const struct expected expected[] = {
    {"running", DB_THREAD_YES, DB_THREAD_YES, 0, 0, 0, 0},
    {"apply-blocked", DB_THREAD_YES, DB_THREAD_YES, 0, 0, 2, 2},
    {"io-stopped-applying", DB_THREAD_NO, DB_THREAD_YES, 0, 0, 2, -1},
    {"io-stopped", DB_THREAD_NO, DB_THREAD_YES, 0, 0, -1, -1},
    {"sql-stopped", DB_THREAD_YES, DB_THREAD_NO, 0, 0, -1, -1},
    {"both-stopped", DB_THREAD_NO, DB_THREAD_NO, 0, 0, -1, -1},
    {"sql-error-1062", DB_THREAD_YES, DB_THREAD_NO, 0, 1062, -1, -1},
    {"source-hung-unnoticed", DB_THREAD_YES, DB_THREAD_YES, 0, 0, 0, 0},
    {"source-hung-reconnecting", DB_THREAD_CONNECTING, DB_THREAD_YES, 0, 0, -1, -1},
    {"source-hung-2013", DB_THREAD_CONNECTING, DB_THREAD_YES, 2013, 0, -1, -1},
    {"wrong-password-1045", DB_THREAD_CONNECTING, DB_THREAD_YES, 1045, 0, -1, -1},
    {"source-refused-2003", DB_THREAD_CONNECTING, DB_THREAD_YES, 2003, 0, -1, -1},
    {"gave-up", DB_THREAD_NO, DB_THREAD_YES, 2003, 0, -1, -1},
    {"purged-13114", DB_THREAD_NO, DB_THREAD_YES, 13114, 0, -1, -1},
    {"purged-1236", DB_THREAD_NO, DB_THREAD_YES, 1236, 0, -1, -1},
};

static const struct expected *expected_of(const char *state)
{
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        if (strcmp(expected[i].state, state) == 0) {
            return &expected[i];
        }
    }
    return NULL;
}

static void check_state(const struct dialect_row *row, const char *state, bool mariadb)
{
    struct db_channel c;
    dialect_read_channel(row, &c);
    assert_string_equal(c.source_host, "127.0.0.1");
    assert_true(c.source_port > 1024);
    assert_int_equal(c.connect_retry_s.v, 1);
    assert_true(binlog_known(&c.received) && binlog_known(&c.applied));
    struct binlog_distance d = binlog_distance(NULL, &c.applied, &c.received);
    assert_int_not_equal(d.kind, BINLOG_FOREIGN);
    const struct expected *e = expected_of(state);
    if (e) {
        assert_int_equal(c.receiver, e->receiver);
        assert_int_equal(c.applier, e->applier);
        assert_int_equal(c.receiver_errno, e->receiver_errno);
        assert_int_equal(c.applier_errno, e->applier_errno);
        assert_int_equal(c.receiver_error[0] != '\0', e->receiver_errno != 0);
        assert_int_equal(c.applier_error[0] != '\0', e->applier_errno != 0);
        int seconds = mariadb ? e->seconds_mariadb : e->seconds_mysql;
        assert_int_equal(c.seconds_behind.known, seconds >= 0);
        assert_true(seconds < 0 || llabs(c.seconds_behind.v - seconds) <= 1);
    }
    if (strstr(state, "delayed-5s")) {
        assert_int_equal(c.delay_s.v, 5);
    }
    free(c.retrieved_gtid);
}

static void every_recorded_state_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        bool mariadb;
        size_t states;
    } files[] = {{FIXTURES "/mysql/mysql-9.7.replica-status.tsv", false, 19},
                 {FIXTURES "/mysql/mysql-5.6.slave-status.tsv", false, 18},
                 {FIXTURES "/mysql/mariadb-10.11.slave-status.tsv", true, 17},
                 {FIXTURES "/mysql/mariadb-10.11.all-slaves-status.tsv", true, 4}};
    static struct status s;
    for (size_t f = 0; f < ARRAY_LEN(files); f++) {
        status_load(&s, files[f].file);
        assert_int_equal(s.n_states, files[f].states);
        for (size_t i = 0; i < s.n_states; i++) {
            struct dialect_row row = {s.n, s.names, s.values[i]};
            check_state(&row, s.states[i], files[f].mariadb);
        }
        status_free(&s);
    }
}

static void details_of_each_flavour(void **state)
{
    (void)state;
    static struct status s;
    struct db_channel c;
    status_load(&s, FIXTURES "/mysql/mysql-9.7.replica-status.tsv");
    struct dialect_row row = status_row(&s, "apply-blocked");
    dialect_read_channel(&row, &c);
    assert_int_equal(c.received.pos, 6123);
    assert_int_equal(c.applied.pos, 5811);
    assert_string_equal(c.applied.file, "mysql-bin.000001");
    assert_string_equal(c.retrieved_gtid, "1292f885-e6d3-11f1-93e9-02fc00000001:1-21");
    assert_string_equal(c.source_uuid, "1292f885-e6d3-11f1-93e9-02fc00000001");
    assert_int_equal(c.source_server_id.v, 1);
    assert_int_equal(c.retry_count.v, 10);
    assert_int_equal(c.tls, TRI_YES);
    assert_int_equal(c.gtid_positioned, TRI_YES);
    assert_false(c.heartbeats.known);
    assert_string_equal(c.receiver_state, "Waiting for source to send event");
    free(c.retrieved_gtid);
    status_free(&s);

    status_load(&s, FIXTURES "/mysql/mariadb-10.11.all-slaves-status.tsv");
    row = status_row(&s, "apply-blocked");
    dialect_read_channel(&row, &c);
    assert_int_equal(c.heartbeats.v, 3);
    assert_int_equal(c.heartbeat_period_ms.v, 1000);
    assert_int_equal(c.gtid_positioned, TRI_NO);
    assert_int_equal(c.tls, TRI_NO);
    assert_false(c.retry_count.known);
    assert_string_equal(c.applier_state, "Waiting for table metadata lock");
    free(c.retrieved_gtid);
    status_free(&s);
}

/* RDS MariaDB: CALL mysql.rds_replica_status. */
static void mixed_names_and_missing_columns(void **state)
{
    (void)state;
    static const char *const names[] = {"Replica_IO_Running",  "Source_Log_File",
                                        "Read_Source_Log_Pos", "relay_master_log_file",
                                        "EXEC_MASTER_LOG_POS", "Seconds_Behind_Master",
                                        "Source_Host"};
    static const char *const values[] = {
        "Yes", "mysql-bin-changelog.000042", "700", "mysql-bin-changelog.000041", "120",
        NULL,  "db\x1b[31m.example"};
    struct dialect_row row = {ARRAY_LEN(names), names, values};
    struct db_channel c;
    dialect_read_channel(&row, &c);
    assert_int_equal(c.receiver, DB_THREAD_YES);
    assert_int_equal(c.applier, DB_THREAD_UNKNOWN);
    assert_string_equal(c.received.file, "mysql-bin-changelog.000042");
    assert_int_equal(c.received.pos, 700);
    assert_string_equal(c.applied.file, "mysql-bin-changelog.000041");
    assert_int_equal(c.applied.pos, 120);
    assert_false(c.seconds_behind.known);
    assert_false(c.delay_s.known);
    assert_int_equal(c.tls, TRI_UNKNOWN);
    assert_null(c.retrieved_gtid);
    assert_null(strchr(c.source_host, '\x1b'));

    struct dialect_row nothing = {.n = 0};
    dialect_read_channel(&nothing, &c);
    assert_int_equal(c.receiver, DB_THREAD_UNKNOWN);
    assert_false(binlog_known(&c.received));
    assert_string_equal(dialect_channel_name(&nothing), "");
}

static void expect_version(const char *text, enum db_flavour flavour, int version)
{
    struct dialect d = dialect_detect(text);
    assert_int_equal(d.flavour, flavour);
    assert_int_equal(d.version, version);
}

static void versions_are_detected(void **state)
{
    (void)state;
    expect_version("10.11.19-MariaDB-0+deb12u1-log", DB_MARIADB, 101119);
    expect_version("5.5.5-10.11.19-MariaDB-0+deb12u1-log", DB_MARIADB, 101119);
    expect_version("9.7.4-2", DB_MYSQL, 90704);
    expect_version("5.6.24-log", DB_MYSQL, 50624);
    expect_version("8.0.22", DB_MYSQL, 80022);
    expect_version("8.4", DB_MYSQL, 80400);
    expect_version("garbage", DB_FLAVOUR_UNKNOWN, 0);
    expect_version("", DB_FLAVOUR_UNKNOWN, 0);
}

static void expect_statement(const char *version, enum dialect_ask ask, unsigned attempt,
                             const char *text)
{
    struct dialect d = dialect_detect(version);
    const char *got = dialect_statement(&d, ask, attempt);
    if (text) {
        assert_non_null(got);
        assert_string_equal(got, text);
    } else {
        assert_null(got);
    }
}

static void statements_follow_the_version(void **state)
{
    (void)state;
    expect_statement("9.7.4", DIALECT_WRITTEN, 0, "SHOW BINARY LOG STATUS");
    expect_statement("9.7.4", DIALECT_REPLICA, 0, "SHOW REPLICA STATUS");
    expect_statement("8.0.30", DIALECT_WRITTEN, 0, "SHOW MASTER STATUS");
    expect_statement("8.0.30", DIALECT_REPLICA, 0, "SHOW REPLICA STATUS");
    expect_statement("8.0.21", DIALECT_REPLICA, 0, "SHOW SLAVE STATUS");
    expect_statement("8.0.21", DIALECT_REPLICA, 1, "SHOW REPLICA STATUS");
    expect_statement("8.0.21", DIALECT_REPLICA, 2, NULL);
    expect_statement("5.6.24", DIALECT_APPLIER, 0, NULL);
    expect_statement("10.11.19-MariaDB", DIALECT_WRITTEN, 0, "SHOW MASTER STATUS");
    expect_statement("10.11.19-MariaDB", DIALECT_REPLICA, 0, "SHOW ALL SLAVES STATUS");
    expect_statement("10.11.19-MariaDB", DIALECT_APPLIER, 0, NULL);
}

/* Statements on the replica that exist on that server for an account without privileges. */
static void recorded_errors_are_classified(void **state)
{
    (void)state;
    static struct tsv t;
    unsigned denied = 0, unknown = 0, fine = 0;
    tsv_open(&t, FIXTURES "/mysql/errors.tsv");
    assert_true(tsv_next(&t));
    while (tsv_next(&t)) {
        unsigned code = (unsigned)strtoul(t.cell[5], NULL, 10);
        switch (dialect_classify(code)) {
        case DIALECT_ERROR_NONE:
            assert_string_equal(t.cell[4], "rows");
            fine++;
            break;
        case DIALECT_ERROR_DENIED:
            assert_true(strstr(t.cell[7], "enied") != NULL);
            denied++;
            break;
        case DIALECT_ERROR_STATEMENT:
            unknown++;
            break;
        default:
            fail_msg("%s: %u", t.cell[3], code);
        }
    }
    assert_true(denied > 20 && unknown > 20 && fine > 40);
    assert_int_equal(dialect_classify(2013), DIALECT_ERROR_CONNECTION);
    assert_int_equal(dialect_classify(4031), DIALECT_ERROR_CONNECTION);
    assert_int_equal(dialect_classify(1381), DIALECT_ERROR_NO_BINLOG);
    assert_int_equal(dialect_classify(1146), DIALECT_ERROR_ABSENT);
    assert_int_equal(dialect_classify(1205), DIALECT_ERROR_OTHER);
}

static void expect_grant(const char *version, enum dialect_ask ask, const char *account,
                         const char *text)
{
    char out[192];
    struct dialect d = dialect_detect(version);
    dialect_grant(&d, ask, account, out, sizeof out);
    assert_string_equal(out, text);
}

static void grants_can_be_pasted(void **state)
{
    (void)state;
    expect_grant("10.11.19-MariaDB", DIALECT_REPLICA, "mon@10.0.0.%",
                 "GRANT SLAVE MONITOR ON *.* TO 'mon'@'10.0.0.%'");
    expect_grant("10.11.19-MariaDB", DIALECT_LOGS, "mon@localhost",
                 "GRANT BINLOG MONITOR ON *.* TO 'mon'@'localhost'");
    expect_grant("10.4.1-MariaDB", DIALECT_REPLICA, "mon@%",
                 "GRANT REPLICATION CLIENT ON *.* TO 'mon'@'%'");
    expect_grant("9.7.4", DIALECT_WRITTEN, "o'brien@x@%",
                 "GRANT REPLICATION CLIENT ON *.* TO 'o''brien@x'@'%'");
    expect_grant("9.7.4", DIALECT_APPLIER, "mon",
                 "GRANT SELECT ON performance_schema.* TO 'mon'");
    char out[192], small[12];
    dialect_grant_table("percona.heartbeat", "mon@%", out, sizeof out);
    assert_string_equal(out, "GRANT SELECT ON `percona`.`heartbeat` TO 'mon'@'%'");
    struct dialect d = dialect_detect("9.7.4");
    dialect_grant(&d, DIALECT_REPLICA, "mon@%", small, sizeof small);
    assert_string_equal(small, "GRANT REPLI");
}

static void heartbeats_are_asked_for_and_read(void **state)
{
    (void)state;
    char out[96];
    assert_true(dialect_heartbeat("percona.heartbeat", out, sizeof out));
    assert_string_equal(out, "SELECT MAX(ts) AS ts FROM `percona`.`heartbeat`");
    assert_true(dialect_heartbeat("a`b.c", out, sizeof out));
    assert_string_equal(out, "SELECT MAX(ts) AS ts FROM `a``b`.`c`");
    assert_false(dialect_heartbeat("heartbeat", out, sizeof out));
    assert_false(dialect_heartbeat("a.b.c", out, sizeof out));
    assert_false(dialect_heartbeat("a.", out, sizeof out));
    assert_false(dialect_heartbeat(".a", out, sizeof out));
    assert_false(dialect_heartbeat("percona.heartbeat", out, 30));

    assert_true(dialect_beat_ms("1970-01-01T00:00:01.250").v == 1250);
    assert_true(dialect_beat_ms("2026-11-22T23:47:25.945200").v == 1795391245945);
    assert_true(dialect_beat_ms("2026-11-22 23:47:25").v == 1795391245000);
    assert_false(dialect_beat_ms("2026-11-22").known);
    assert_false(dialect_beat_ms("2026-13-22T23:47:25").known);
    assert_false(dialect_beat_ms("0000-00-00 00:00:00").known);
    assert_false(dialect_beat_ms(NULL).known);
}

static void identity_differs_by_flavour(void **state)
{
    (void)state;
    static const char *const names[] = {"server_id", "log_bin",        "read_only",
                                        "account",   "now_s",          "server_uuid",
                                        "gtid_mode", "super_read_only"};
    static const char *const values[] = {
        "7", "1", "NO_LOCK", "mon@%", "1795391245.945200", "u-u", "OFF_PERMISSIVE", "0"};
    struct dialect_row row = {ARRAY_LEN(names), names, values};
    struct db_facts f = {.flavour = DB_MYSQL};
    char account[32];
    dialect_read_identity(&row, &f, account, sizeof account);
    assert_int_equal(f.server_id.v, 7);
    assert_int_equal(f.log_bin, TRI_YES);
    assert_int_equal(f.read_only, TRI_YES);
    assert_int_equal(f.super_read_only, TRI_NO);
    assert_int_equal(f.gtid_mode, TRI_NO);
    assert_string_equal(f.server_uuid, "u-u");
    assert_string_equal(account, "mon@%");
    assert_true(dialect_now_s(&row).v > 1795391245.9);
    f.flavour = DB_MARIADB;
    row.n = 4;
    dialect_read_identity(&row, &f, account, sizeof account);
    assert_int_equal(f.gtid_mode, TRI_YES);
    assert_int_equal(f.super_read_only, TRI_UNKNOWN);
    assert_false(dialect_now_s(&row).known);
}

/* One row of the applier's stamps: what changes between the states of the lag query. */
static struct db_facts applier(const char *io, const char *queued_any, const char *queued,
                               const char *applied, const char *busy, const char *gtid)
{
    static const char *const names[] = {"io_state",   "queued_any",  "queued_s",
                                        "applied_s",  "busy_s",      "gtid_drained",
                                        "heartbeats", "heartbeat_s", "now_s"};
    const char *values[] = {io,   queued_any, queued,  applied,      busy,
                            gtid, "12",       "1.000", "1000.500000"};
    struct dialect_row row = {ARRAY_LEN(names), names, values};
    struct db_facts f = {.flavour = DB_MYSQL, .clock_skew_ms = opt_i64(-250)};
    dialect_read_applier(&row, &f);
    assert_int_equal(f.channel.heartbeats.v, 12);
    assert_int_equal(f.channel.heartbeat_period_ms.v, 1000);
    return f;
}

static void stamps_say_what_is_unapplied(void **state)
{
    (void)state;
    struct db_facts f = applier("ON", "1", "999.0", "999.0", NULL, "1");
    assert_int_equal(f.drained, TRI_YES);
    assert_true(f.commit_age_s.known && f.commit_age_s.v == 0);
    assert_true(f.last_applied_age_s.v > 1.7499 && f.last_applied_age_s.v < 1.7501);
    /* A worker applies; its stamp is the lag, corrected for the skew. */
    f = applier("ON", "1", "999.0", "990.0", "998.0", "0");
    assert_int_equal(f.drained, TRI_NO);
    assert_true(f.commit_age_s.v > 2.7499 && f.commit_age_s.v < 2.7501);
    /* The receiver is gone: what it did not bring is not known. */
    f = applier("OFF", "1", "999.0", "999.0", NULL, "1");
    assert_int_equal(f.drained, TRI_YES);
    assert_false(f.commit_age_s.known);
    f = applier("CONNECTING", "1", "999.0", "990.0", "998.0", "0");
    assert_false(f.commit_age_s.known);
    /* Without GTIDs the stamps are compared. */
    assert_int_equal(applier("ON", "1", "999.0", "999.0", NULL, NULL).drained, TRI_YES);
    assert_int_equal(applier("ON", "1", "999.0", "998.0", NULL, NULL).drained, TRI_NO);
    assert_int_equal(applier("ON", "0", "0.000000", "0.000000", NULL, NULL).drained,
                     TRI_UNKNOWN);
    assert_int_equal(applier("ON", "1", "999.0", "0.000000", NULL, NULL).drained, TRI_UNKNOWN);
    assert_false(applier("ON", "1", "999.0", "998.0", NULL, NULL).commit_age_s.known);
    assert_false(applier("ON", "1", "999.0", NULL, NULL, NULL).last_applied_age_s.known);
}

static void drained_by_positions_then_sets(void **state)
{
    (void)state;
    char received[] = "3e11fa47-71ca-11e1-9e33-c80aa9429562:4-9";
    char all[] = "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-9";
    char less[] = "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-8";
    struct db_facts f = {.flavour = DB_MYSQL};
    assert_int_equal(dialect_drained(&f), TRI_UNKNOWN);
    assert_true(binlog_parse("b.000001:500", &f.channel.received));
    assert_true(binlog_parse("b.000001:158", &f.channel.applied));
    assert_int_equal(dialect_drained(&f), TRI_UNKNOWN);
    f.channel.retrieved_gtid = received;
    assert_int_equal(dialect_drained(&f), TRI_UNKNOWN);
    f.gtid_applied = all;
    assert_int_equal(dialect_drained(&f), TRI_YES);
    f.gtid_applied = less;
    assert_int_equal(dialect_drained(&f), TRI_NO);
    f.channel.applied = f.channel.received;
    assert_int_equal(dialect_drained(&f), TRI_YES);
}

static void gtid_text_is_tidied(void **state)
{
    (void)state;
    char *text = dialect_gtid_text("AB:1-2,\ncd:\x1b[1m3:my_tag:4");
    assert_string_equal(text, "AB:1-2,cd:1m3:my_tag:4");
    free(text);
    assert_null(dialect_gtid_text(NULL));
}

/* As MySQL 9.7 says it. */
static void the_failed_worker_says_why(void **state)
{
    (void)state;
    const char *names[] = {"Channel_Name", "error_number", "error_message"};
    const char *values[] = {
        "", "1062",
        "Worker 1 failed executing transaction '14aeec34-e6ec-11f1-9eda-02fc00000001:248' at "
        "source log mysql-bin.000001, end_log_pos 334338; Could not execute Write_rows event "
        "on table lab.conflict; Duplicate entry '9' for key 'conflict.PRIMARY'"};
    struct dialect_row row = {ARRAY_LEN(names), names, values};
    struct db_channel ch = {.applier_errno = 3030};
    dialect_read_worker(&row, &ch);
    assert_int_equal(ch.applier_errno, 1062);
    assert_string_equal(ch.applier_error,
                        "Could not execute Write_rows event on table lab.conflict; Duplicate "
                        "entry '9' for key 'conflict.PRIMARY'");
    values[2] = "Query was killed";
    dialect_read_worker(&row, &ch);
    assert_string_equal(ch.applier_error, "Query was killed");
    struct dialect mysql = {.flavour = DB_MYSQL, .version = 80036};
    struct dialect mariadb = {.flavour = DB_MARIADB, .version = 101119};
    assert_non_null(dialect_statement(&mysql, DIALECT_WORKERS, 0));
    assert_null(dialect_statement(&mariadb, DIALECT_WORKERS, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recorded_state_is_read),
        cmocka_unit_test(details_of_each_flavour),
        cmocka_unit_test(mixed_names_and_missing_columns),
        cmocka_unit_test(versions_are_detected),
        cmocka_unit_test(statements_follow_the_version),
        cmocka_unit_test(recorded_errors_are_classified),
        cmocka_unit_test(grants_can_be_pasted),
        cmocka_unit_test(heartbeats_are_asked_for_and_read),
        cmocka_unit_test(identity_differs_by_flavour),
        cmocka_unit_test(stamps_say_what_is_unapplied),
        cmocka_unit_test(drained_by_positions_then_sets),
        cmocka_unit_test(the_failed_worker_says_why),
        cmocka_unit_test(gtid_text_is_tidied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
