#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "backend/verdict/exposure.h"

static struct binlog_file files[] = {
    {"mysql-bin.000001", 1000}, {"mysql-bin.000002", 5000}, {"mysql-bin.000003", 700}};

static char written_gtid[] = "0-1-120", applied_gtid[] = "0-1-100";

static struct db_facts primary_at(const char *coord)
{
    struct db_facts p = {
        .flavour = DB_MARIADB, .logs = {3, files}, .gtid_written = written_gtid};
    assert_true(binlog_parse(coord, &p.written));
    return p;
}

static struct db_facts replica_at(const char *received, const char *applied)
{
    struct db_facts r = {.flavour = DB_MARIADB,
                         .channels = 1,
                         .has_channel = true,
                         .gtid_mode = TRI_YES,
                         .gtid_applied = applied_gtid};
    assert_true(binlog_parse(received, &r.channel.received));
    assert_true(binlog_parse(applied, &r.channel.applied));
    return r;
}

static void test_sums_over_a_rotation(void **state)
{
    (void)state;
    struct db_facts p = primary_at("mysql-bin.000003:500");
    struct db_facts r = replica_at("mysql-bin.000001:900", "mysql-bin.000001:800");
    struct exposure e = exposure_measure(&p.written, &p, &r);
    assert_int_equal(e.not_received.kind, BINLOG_EXACT);
    assert_int_equal(e.not_received.bytes.v, 100 + 5000 + 500);
    assert_int_equal(e.not_applied.bytes.v, 100);
}

static void test_replica_past_the_sample_is_zero(void **state)
{
    (void)state;
    struct db_facts p = primary_at("mysql-bin.000003:500");
    struct db_facts r = replica_at("mysql-bin.000003:560", "mysql-bin.000003:560");
    struct exposure e = exposure_measure(&p.written, &p, &r);
    assert_true(e.not_received.bytes.known);
    assert_int_equal(e.not_received.bytes.v, 0);
    assert_true(e.not_received.tx.known);
    assert_int_equal(e.not_received.tx.v, 0);
}

static void test_blind_is_not_zero(void **state)
{
    (void)state;
    struct binlog_coord nothing = {{0}, 0};
    struct db_facts r = replica_at("mysql-bin.000003:500", "mysql-bin.000003:500");
    struct exposure e = exposure_measure(&nothing, NULL, &r);
    assert_false(e.not_received.bytes.known);
    assert_false(e.not_received.tx.known);
    assert_true(e.not_applied.bytes.known);
    e = exposure_measure(&nothing, NULL, NULL);
    assert_false(e.not_applied.bytes.known);
}

static void test_purged_is_unknown(void **state)
{
    (void)state;
    struct db_facts p = primary_at("mysql-bin.000003:500");
    struct db_facts r = replica_at("mysql-bin.000000:10", "mysql-bin.000000:10");
    struct exposure e = exposure_measure(&p.written, &p, &r);
    assert_int_equal(e.not_received.kind, BINLOG_PURGED);
    assert_false(e.not_received.bytes.known);
}

static void test_mariadb_counts_where_only_one_gap_is_open(void **state)
{
    (void)state;
    struct db_facts p = primary_at("mysql-bin.000003:500");
    struct db_facts r = replica_at("mysql-bin.000003:200", "mysql-bin.000003:200");
    struct exposure e = exposure_measure(&p.written, &p, &r);
    assert_true(e.not_received.tx.known);
    assert_int_equal(e.not_received.tx.v, 20);
    r = replica_at("mysql-bin.000003:300", "mysql-bin.000003:200");
    e = exposure_measure(&p.written, &p, &r);
    assert_false(e.not_received.tx.known); /* both are open: nobody can tell */
    assert_false(e.not_applied.tx.known);
}

static void test_mysql_counts_by_sets(void **state)
{
    (void)state;
    char written[] = "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-120";
    char applied[] = "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-100";
    char retrieved[] = "3e11fa47-71ca-11e1-9e33-c80aa9429562:90-110";
    struct db_facts p = primary_at("mysql-bin.000003:500");
    struct db_facts r = replica_at("mysql-bin.000003:300", "mysql-bin.000003:200");
    p.flavour = r.flavour = DB_MYSQL;
    p.gtid_written = written;
    r.gtid_applied = applied;
    r.channel.retrieved_gtid = retrieved;
    struct exposure e = exposure_measure(&p.written, &p, &r);
    assert_int_equal(e.not_received.tx.v, 10);
    assert_int_equal(e.not_applied.tx.v, 10);
}

static void test_drained_corrects_the_checkpoint(void **state)
{
    (void)state;
    struct db_facts p = primary_at("mysql-bin.000003:500");
    struct db_facts r = replica_at("mysql-bin.000003:500", "mysql-bin.000003:200");
    r.drained = TRI_YES;
    struct exposure e = exposure_measure(&p.written, &p, &r);
    assert_int_equal(e.not_applied.bytes.v, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_over_a_rotation),
        cmocka_unit_test(test_replica_past_the_sample_is_zero),
        cmocka_unit_test(test_blind_is_not_zero),
        cmocka_unit_test(test_purged_is_unknown),
        cmocka_unit_test(test_mariadb_counts_where_only_one_gap_is_open),
        cmocka_unit_test(test_mysql_counts_by_sets),
        cmocka_unit_test(test_drained_corrects_the_checkpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
