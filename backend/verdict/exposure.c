#include "backend/verdict/exposure.h"

#include "backend/mysql/gtid.h"

static struct gap gap_between(const struct binlog_list *sizes, const struct binlog_coord *from,
                              const struct binlog_coord *to)
{
    struct binlog_distance d = binlog_distance(sizes, from, to);
    struct gap gap = {.kind = d.kind, .bytes = d.bytes};
    if (d.kind == BINLOG_AHEAD) {
        gap.kind = BINLOG_EXACT;
        gap.bytes = opt_i64(0);
    }
    return gap;
}

static struct opt_i64 count_of(struct gtid_set *set)
{
    struct opt_i64 n = {0};
    if (set) {
        uint64_t count = gtid_count(set);
        n = opt_i64(count > INT64_MAX ? INT64_MAX : (int64_t)count);
        gtid_destroy(set);
    }
    return n;
}

static void mysql_transactions(const struct db_facts *primary, const struct db_facts *replica,
                               struct exposure *e)
{
    struct gtid_set *applied = gtid_parse(replica->gtid_applied);
    struct gtid_set *retrieved = gtid_parse(replica->channel.retrieved_gtid);
    if (applied && retrieved) {
        e->not_applied.tx = count_of(gtid_subtract(retrieved, applied));
    }
    struct gtid_set *written = primary ? gtid_parse(primary->gtid_written) : NULL;
    if (written && applied && retrieved) {
        struct gtid_set *received = gtid_union(retrieved, applied);
        e->not_received.tx = count_of(gtid_subtract(written, received));
        gtid_destroy(received);
    }
    gtid_destroy(written);
    gtid_destroy(retrieved);
    gtid_destroy(applied);
}

/* MariaDB tells what is applied, and what is received only when it replicates by GTID. With one
 * of the two gaps known to be empty, the other is the whole. */
static void mariadb_transactions(const struct db_facts *primary, const struct db_facts *replica,
                                 struct exposure *e)
{
    const char *received = replica->channel.retrieved_gtid;
    if (received && received[0]) {
        e->not_applied.tx = gtid_mariadb_behind(received, replica->gtid_applied);
    }
    if (!primary) {
        return;
    }
    struct opt_i64 all = gtid_mariadb_behind(primary->gtid_written, replica->gtid_applied);
    if (received && received[0]) {
        e->not_received.tx = gtid_mariadb_behind(primary->gtid_written, received);
    } else if (e->not_applied.bytes.known && e->not_applied.bytes.v == 0) {
        e->not_received.tx = all;
    } else if (e->not_received.bytes.known && e->not_received.bytes.v == 0) {
        e->not_applied.tx = all;
    }
}

static void agree(struct gap *gap)
{
    if (gap->bytes.known && gap->bytes.v == 0) {
        gap->tx = opt_i64(0);
    }
}

struct exposure exposure_measure(const struct binlog_coord *written,
                                 const struct db_facts *primary, const struct db_facts *replica)
{
    struct exposure e = {.not_received.kind = BINLOG_UNKNOWN,
                         .not_applied.kind = BINLOG_UNKNOWN};
    if (!replica || !replica->has_channel) {
        return e;
    }
    const struct db_channel *ch = &replica->channel;
    const struct binlog_list *sizes = primary ? &primary->logs : NULL;
    if (binlog_known(written)) {
        e.not_received = gap_between(sizes, &ch->received, written);
    }
    e.not_applied = gap_between(sizes, &ch->applied, &ch->received);
    if (replica->drained == TRI_YES) {
        e.not_applied = (struct gap){.kind = BINLOG_EXACT, .bytes = opt_i64(0)};
    }
    if (replica->flavour == DB_MARIADB) {
        mariadb_transactions(primary, replica, &e);
    } else if (replica->gtid_mode == TRI_YES) {
        mysql_transactions(primary, replica, &e);
    }
    agree(&e.not_received);
    agree(&e.not_applied);
    return e;
}

struct unobserved exposure_unobserved(struct opt_i64 seen_ms, struct opt_i64 failed_ms,
                                      struct opt_f64 rate, struct opt_f64 peak_rate,
                                      int64_t now_ms)
{
    struct unobserved u = {0};
    if (!seen_ms.known) {
        return u;
    }
    double blind_s = (double)(now_ms - seen_ms.v) / 1000;
    double until_failed_s = failed_ms.known && failed_ms.v > seen_ms.v
                                ? (double)(failed_ms.v - seen_ms.v) / 1000
                                : 0;
    u.seconds = opt_f64(blind_s);
    if (rate.known) {
        u.bytes_min = opt_i64((int64_t)(rate.v * until_failed_s));
    }
    if (peak_rate.known) {
        u.bytes_max = opt_i64((int64_t)(peak_rate.v * blind_s));
    }
    return u;
}
