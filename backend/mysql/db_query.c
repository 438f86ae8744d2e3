#include "backend/mysql/db_query.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "backend/fact/clock.h"
#include "backend/mem.h"
#include "backend/mysql/db_lack.h"
#include "backend/net/text.h"

/* The list of binary logs is read again when the current file changes, and now and then for a
 * purge. */
#define LOGS_AGAIN_US 60000000

/* A worse measurement of the skew is only taken when the better one is old. */
#define SKEW_KEEP_US 10000000

/* An idle connection of a process that was killed ends by itself; a statement that waits for a
 * table's metadata fails instead of blocking; and stamps are UTC, in no hour that exists twice.
 */
#define SESSION_SETUP                                                                          \
    "SET SESSION time_zone = '+00:00', SESSION wait_timeout = 300, SESSION lock_wait_timeout " \
    "= 1"

typedef void row_reader(void *ctx, const struct dialect_row *row);

/* Asks in the words that this server knows. A refused statement may have a substitute that is
 * allowed, so later attempts are made too; the first refusal is what is reported. */
static enum dialect_error ask(struct db_memory *m, enum dialect_ask what, row_reader *on_row,
                              struct error *err)
{
    enum dialect_error worst = DIALECT_ERROR_STATEMENT;
    const char *sql;
    for (unsigned i = m->attempt[what]; (sql = dialect_statement(&m->dialect, what, i)); i++) {
        struct error e;
        enum dialect_error kind = db_link_ask(m->link, sql, on_row, m, &e);
        if (kind == DIALECT_ERROR_NONE) {
            m->attempt[what] = i;
            m->denied[what] = false;
            return kind;
        }
        if (worst != DIALECT_ERROR_DENIED || kind == DIALECT_ERROR_CONNECTION) {
            worst = kind;
            *err = e;
        }
        if (kind != DIALECT_ERROR_STATEMENT && kind != DIALECT_ERROR_DENIED) {
            break;
        }
    }
    m->denied[what] = worst == DIALECT_ERROR_DENIED;
    return worst;
}

/* Notes a refusal, or forgets an earlier one. False when the connection is lost. */
static bool settle(struct db_memory *m, enum dialect_ask what, const char *name,
                   enum dialect_error kind, const struct error *err)
{
    if (kind == DIALECT_ERROR_DENIED) {
        char grant[sizeof m->facts.lacks[0].grant];
        dialect_grant(&m->dialect, what, m->account, grant, sizeof grant);
        db_lack_note(&m->facts, name, err->text, grant);
    } else {
        db_lack_clear(&m->facts, name);
    }
    return kind != DIALECT_ERROR_CONNECTION;
}

static void replace_text(char **text, const char *from)
{
    char *copy = dialect_gtid_text(from);
    free(*text);
    *text = copy;
}

/* An empty set says something only where GTIDs are on. */
static void replace_gtids(const struct db_facts *f, char **text, const char *from)
{
    bool says = from && (from[0] != '\0' || f->gtid_mode == TRI_YES);
    replace_text(text, says ? from : NULL);
}

static void on_version(void *ctx, const struct dialect_row *row)
{
    struct db_memory *m = ctx;
    const char *version = dialect_column(row, "version", NULL);
    m->dialect = dialect_detect(version ? version : "");
    m->facts.flavour = m->dialect.flavour;
    (void)text_clean_str(m->facts.version, sizeof m->facts.version, version);
}

static void on_identity(void *ctx, const struct dialect_row *row)
{
    struct db_memory *m = ctx;
    dialect_read_identity(row, &m->facts, m->account, sizeof m->account);
    struct opt_f64 now_s = dialect_now_s(row);
    if (now_s.known) {
        /* Half a measurement; the rest is done when the round trip is over. */
        m->facts.clock_skew_ms = opt_i64(llround(now_s.v * 1000));
    }
}

/* The server read its clock at about the middle of the round trip. Quick ones are the better
 * measurements. */
static bool query_identity(struct db_memory *m, const struct clock *clk, struct error *err)
{
    struct opt_i64 before = m->facts.clock_skew_ms;
    m->facts.clock_skew_ms.known = false;
    int64_t wall_ms = clock_wall_ms(clk), start_us = clock_real_us();
    enum dialect_error kind = ask(m, DIALECT_IDENTITY, on_identity, err);
    int64_t end_us = clock_real_us(), rtt_us = end_us - start_us;
    wall_ms += rtt_us / 2000;
    bool better = !before.known || rtt_us <= m->skew_rtt_us + m->skew_rtt_us / 2 ||
                  end_us - m->skew_us > SKEW_KEEP_US;
    if (m->facts.clock_skew_ms.known && better) {
        m->facts.clock_skew_ms.v -= wall_ms;
        m->skew_us = end_us;
        m->skew_rtt_us = rtt_us;
    } else {
        m->facts.clock_skew_ms = before;
    }
    return kind != DIALECT_ERROR_CONNECTION;
}

static void on_nothing(void *ctx, const struct dialect_row *row)
{
    (void)ctx;
    (void)row;
}

bool db_query_session(struct db_memory *m, const struct clock *clk, struct error *err)
{
    db_facts_finish(&m->facts);
    memset(m->attempt, 0, sizeof m->attempt);
    memset(m->denied, 0, sizeof m->denied);
    m->account[0] = '\0';
    m->gtid_at = m->logs_at = (struct binlog_coord){.pos = 0};
    const struct db_link_info *info = db_link_info(m->link);
    (void)text_copy(m->facts.address, sizeof m->facts.address, info->address);
    (void)text_copy(m->facts.tls_cipher, sizeof m->facts.tls_cipher, info->tls_cipher);
    m->facts.connect_us = opt_i64(info->connect_us);
    enum dialect_error kind = db_link_ask(m->link, SESSION_SETUP, on_nothing, m, err);
    if (kind == DIALECT_ERROR_CONNECTION) {
        return false;
    }
    kind = db_link_ask(m->link, "SELECT VERSION() AS version", on_version, m, err);
    return kind == DIALECT_ERROR_NONE && query_identity(m, clk, err);
}

static void on_written(void *ctx, const struct dialect_row *row)
{
    struct db_memory *m = ctx;
    (void)dialect_read_coord(row, &m->facts.written);
    const char *gtids = dialect_column(row, "Executed_Gtid_Set", NULL);
    if (gtids) {
        replace_gtids(&m->facts, &m->facts.gtid_written, gtids);
    }
}

static enum dialect_error query_written(struct db_memory *m, struct error *err)
{
    m->facts.written = (struct binlog_coord){.pos = 0};
    return ask(m, DIALECT_WRITTEN, on_written, err);
}

static bool is_wanted(const struct db_memory *m, const struct dialect_row *row)
{
    if (!m->cfg->channel) {
        return m->facts.channels == 0;
    }
    return strcasecmp(m->cfg->channel, dialect_channel_name(row)) == 0;
}

static void name_channel(struct db_facts *f, const char *name)
{
    char clean[sizeof f->channel.name];
    size_t used = strlen(f->channel_names);
    (void)text_clean_str(clean, sizeof clean, name);
    (void)snprintf(f->channel_names + used, sizeof f->channel_names - used, "%s%s",
                   f->channels > 0 ? ", " : "", clean[0] ? clean : "(default)");
}

static void on_channel(void *ctx, const struct dialect_row *row)
{
    struct db_memory *m = ctx;
    struct db_facts *f = &m->facts;
    if (is_wanted(m, row)) {
        struct opt_i64 beats = f->channel.heartbeats, period = f->channel.heartbeat_period_ms;
        free(f->channel.retrieved_gtid);
        dialect_read_channel(row, &f->channel);
        if (f->flavour == DB_MYSQL) { /* told elsewhere, more rarely */
            f->channel.heartbeats = beats;
            f->channel.heartbeat_period_ms = period;
        }
        f->has_channel = true;
        const char *gtids = dialect_column(row, "Executed_Gtid_Set", "Gtid_Slave_Pos");
        if (gtids) {
            replace_gtids(f, &f->gtid_applied, gtids);
        }
    }
    name_channel(f, dialect_channel_name(row));
    f->channels++;
}

static void forget_channel(struct db_facts *f)
{
    f->has_channel = false;
    free(f->channel.retrieved_gtid);
    f->channel = (struct db_channel){.source_port = 0};
}

/* No part of the applier's state survives a poll, so that none is older than the positions. */
static void forget_applier(struct db_facts *f)
{
    f->drained = TRI_UNKNOWN;
    f->commit_age_s = (struct opt_f64){.known = false};
}

static enum dialect_error query_channels(struct db_memory *m, struct error *err)
{
    struct db_facts *f = &m->facts;
    f->channels = 0;
    f->channel_names[0] = '\0';
    f->has_channel = false;
    forget_applier(f);
    enum dialect_error kind = ask(m, DIALECT_REPLICA, on_channel, err);
    if (kind != DIALECT_ERROR_NONE) {
        f->channels = -1;
    }
    if (!f->has_channel || (f->channels > 1 && !m->cfg->channel)) {
        forget_channel(f);
    }
    return kind;
}

static void on_applier(void *ctx, const struct dialect_row *row)
{
    struct db_memory *m = ctx;
    if (strcasecmp(dialect_channel_name(row), m->facts.channel.name) == 0) {
        dialect_read_applier(row, &m->facts);
    }
}

static void on_worker(void *ctx, const struct dialect_row *row)
{
    struct db_memory *m = ctx;
    struct db_channel *ch = &m->facts.channel;
    if (!m->worker_told && strcasecmp(dialect_channel_name(row), ch->name) == 0) {
        dialect_read_worker(row, ch);
        m->worker_told = true;
    }
}

/* A stopped applier's status repeats what its coordinator heard last, which may be that the other
 * workers stopped too. The worker that failed first says why. */
static bool query_workers(struct db_memory *m, struct error *err)
{
    const struct db_channel *ch = &m->facts.channel;
    m->worker_told = false;
    if (ch->applier != DB_THREAD_NO || ch->applier_errno == 0 || m->denied[DIALECT_APPLIER]) {
        return true;
    }
    return ask(m, DIALECT_WORKERS, on_worker, err) != DIALECT_ERROR_CONNECTION;
}

/* How far the applier is by its own account. The stamps are only asked for while positions and
 * GTIDs leave something open: caught up, a poll is one statement. */
static bool query_applier(struct db_memory *m, bool always, struct error *err)
{
    struct db_facts *f = &m->facts;
    if (!f->has_channel || f->flavour != DB_MYSQL) {
        return true;
    }
    enum tri drained = dialect_drained(f);
    enum dialect_error kind = DIALECT_ERROR_NONE;
    if ((always || drained != TRI_YES) && (always || !m->denied[DIALECT_APPLIER])) {
        kind = ask(m, DIALECT_APPLIER, on_applier, err);
        if (!settle(m, DIALECT_APPLIER, "applier time stamps", kind, err)) {
            return false;
        }
    }
    if (drained != TRI_UNKNOWN && f->drained == TRI_UNKNOWN) {
        f->drained = drained;
    }
    if (drained == TRI_YES) {
        /* Read with the positions themselves, and what came later is later. */
        f->drained = TRI_YES;
        f->commit_age_s = (struct opt_f64){.known = f->channel.receiver == DB_THREAD_YES};
    }
    return query_workers(m, err);
}

static void on_gtids(void *ctx, const struct dialect_row *row)
{
    struct db_memory *m = ctx;
    const char *written = dialect_column(row, "gtid_written", NULL);
    const char *applied = dialect_column(row, "gtid_applied", NULL);
    replace_gtids(&m->facts, &m->facts.gtid_written, written);
    if (m->facts.flavour == DB_MYSQL) {
        applied = written; /* one set holds both */
    }
    replace_gtids(&m->facts, &m->facts.gtid_applied, applied);
}

static bool same_coord(const struct binlog_coord *a, const struct binlog_coord *b)
{
    return a->pos == b->pos && strcmp(a->file, b->file) == 0;
}

/* MariaDB's position statement holds no GTIDs: they are read when the position has moved. MySQL
 * is only asked where a refused statement would have told. */
static bool query_gtids(struct db_memory *m, struct error *err)
{
    const struct db_facts *f = &m->facts;
    bool lacking = m->denied[DIALECT_WRITTEN] || m->denied[DIALECT_REPLICA];
    bool moved = f->flavour == DB_MARIADB && !same_coord(&f->written, &m->gtid_at);
    if (!moved && !lacking) {
        return true;
    }
    m->gtid_at = f->written;
    return ask(m, DIALECT_GTIDS, on_gtids, err) != DIALECT_ERROR_CONNECTION;
}

static bool is_failure(enum dialect_error kind)
{
    return kind == DIALECT_ERROR_CONNECTION || kind == DIALECT_ERROR_OTHER;
}

bool db_query_positions(struct db_memory *m, const struct clock *clk, struct db_moment *out,
                        struct error *err)
{
    bool primary = m->role == DB_PRIMARY;
    enum dialect_ask what = primary ? DIALECT_WRITTEN : DIALECT_REPLICA;
    struct db_moment start = {clock_mono_ms(clk), clock_wall_ms(clk)};
    *out = start;
    if (m->denied[what]) {
        return true;
    }
    int64_t start_us = clock_real_us();
    enum dialect_error kind = primary ? query_written(m, err) : query_channels(m, err);
    m->facts.round_trip_us = opt_i64(clock_real_us() - start_us);
    out->mono_ms = start.mono_ms + (clock_mono_ms(clk) - start.mono_ms) / 2;
    out->wall_ms = start.wall_ms + (clock_wall_ms(clk) - start.wall_ms) / 2;
    if (!settle(m, what, primary ? "binary log position" : "replica status", kind, err) ||
        is_failure(kind)) {
        return false;
    }
    return primary ? m->facts.flavour != DB_MARIADB || query_gtids(m, err)
                   : query_applier(m, false, err);
}

static void on_log(void *ctx, const struct dialect_row *row)
{
    struct db_memory *m = ctx;
    struct binlog_list *list = &m->facts.logs;
    const char *name = dialect_column(row, "Log_name", NULL);
    struct opt_i64 size = dialect_number(row, "File_size", NULL);
    if (!name || !size.known || size.v < 0 || strlen(name) >= BINLOG_NAME_MAX) {
        return;
    }
    if ((list->n & (list->n - 1)) == 0) { /* full at every power of two */
        list->files = mem_realloc(list->files, list->n ? list->n * 2 : 1, sizeof *list->files);
    }
    struct binlog_file *f = &list->files[list->n++];
    f->size = (uint64_t)size.v;
    (void)text_clean_str(f->name, sizeof f->name, name);
}

static bool query_logs(struct db_memory *m, struct error *err)
{
    int64_t now_us = clock_real_us();
    if (strcmp(m->logs_at.file, m->facts.written.file) == 0 &&
        now_us - m->logs_us < LOGS_AGAIN_US) {
        return true;
    }
    binlog_list_finish(&m->facts.logs);
    if (!binlog_known(&m->facts.written)) {
        return true;
    }
    m->logs_at = m->facts.written;
    m->logs_us = now_us;
    return ask(m, DIALECT_LOGS, on_log, err) != DIALECT_ERROR_CONNECTION;
}

static void on_beat(void *ctx, const struct dialect_row *row)
{
    struct db_memory *m = ctx;
    m->facts.beat_ms = dialect_beat_ms(dialect_column(row, "ts", NULL));
}

static bool query_heartbeat(struct db_memory *m, struct error *err)
{
    static const char name[] = "heartbeat table";
    const char *table = m->cfg->heartbeat_table;
    char sql[320];
    if (!table || !dialect_heartbeat(table, sql, sizeof sql)) {
        return true;
    }
    m->facts.beat_ms = (struct opt_i64){.known = false};
    enum dialect_error kind = db_link_ask(m->link, sql, on_beat, m, err);
    if (kind == DIALECT_ERROR_DENIED) {
        char grant[sizeof m->facts.lacks[0].grant];
        dialect_grant_table(table, m->account, grant, sizeof grant);
        db_lack_note(&m->facts, name, err->text, grant);
    } else {
        db_lack_clear(&m->facts, name);
    }
    return kind != DIALECT_ERROR_CONNECTION;
}

bool db_query_rest(struct db_memory *m, const struct clock *clk, struct error *err)
{
    if (!query_identity(m, clk, err)) {
        return false;
    }
    /* A refusal may have been lifted: the next poll asks again. */
    bool primary = m->role == DB_PRIMARY;
    enum dialect_ask other = primary ? DIALECT_REPLICA : DIALECT_WRITTEN;
    enum dialect_error kind = primary ? query_channels(m, err) : query_written(m, err);
    if (!settle(m, other, primary ? "replica status" : "binary log position", kind, err)) {
        return false;
    }
    bool ok = query_applier(m, true, err) && query_gtids(m, err) && query_logs(m, err) &&
              query_heartbeat(m, err);
    if (m->facts.channels == 0 && m->facts.flavour == DB_MYSQL) {
        replace_text(&m->facts.gtid_applied,
                     m->facts.gtid_written); /* promoted, or a primary */
    }
    m->denied[primary ? DIALECT_WRITTEN : DIALECT_REPLICA] = false;
    return ok;
}
