#include "backend/mysql/dialect.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "backend/mem.h"
#include "backend/mysql/gtid.h"
#include "backend/net/text.h"

const char *dialect_column(const struct dialect_row *row, const char *name, const char *older)
{
    for (unsigned i = 0; i < row->n; i++) {
        if (strcasecmp(row->names[i], name) == 0 ||
            (older && strcasecmp(row->names[i], older) == 0)) {
            return row->values[i];
        }
    }
    return NULL;
}

struct opt_i64 dialect_number(const struct dialect_row *row, const char *name,
                              const char *older)
{
    struct opt_i64 unknown = {.known = false};
    const char *text = dialect_column(row, name, older);
    if (!text || *text == '\0') {
        return unknown;
    }
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0') {
        return unknown;
    }
    return opt_i64(v);
}

/* "2.000": decimals, as periods and stamps are printed. */
static struct opt_f64 decimal(const struct dialect_row *row, const char *name)
{
    struct opt_f64 unknown = {.known = false};
    const char *text = dialect_column(row, name, NULL);
    if (!text || *text == '\0') {
        return unknown;
    }
    char *end;
    double v = strtod(text, &end);
    if (*end != '\0' || !isfinite(v)) {
        return unknown;
    }
    return opt_f64(v);
}

static void read_text(const struct dialect_row *row, const char *name, const char *older,
                      char *out, size_t out_size)
{
    (void)text_clean_str(out, out_size, dialect_column(row, name, older));
}

/* A switch: 0, OFF, No are no; 1, ON, Yes and the named modes of newer versions are yes. */
static enum tri read_switch(const struct dialect_row *row, const char *name, const char *older)
{
    const char *text = dialect_column(row, name, older);
    if (!text || *text == '\0') {
        return TRI_UNKNOWN;
    }
    bool no = strcmp(text, "0") == 0 || strcasecmp(text, "OFF") == 0 ||
              strcasecmp(text, "No") == 0 || strncasecmp(text, "OFF_", 4) == 0;
    return tri_of(!no);
}

static enum db_thread read_thread(const struct dialect_row *row, const char *name,
                                  const char *older)
{
    const char *text = dialect_column(row, name, older);
    if (!text) {
        return DB_THREAD_UNKNOWN;
    }
    if (strcasecmp(text, "Yes") == 0) {
        return DB_THREAD_YES;
    }
    if (strcasecmp(text, "No") == 0) {
        return DB_THREAD_NO;
    }
    if (strcasecmp(text, "Connecting") == 0 || strcasecmp(text, "Preparing") == 0) {
        return DB_THREAD_CONNECTING;
    }
    return DB_THREAD_UNKNOWN;
}

/* A coordinate from two columns, each under either name. False leaves *out alone. */
static bool read_coord(const struct dialect_row *row, const char *file, const char *older_file,
                       const char *pos, const char *older_pos, struct binlog_coord *out)
{
    const char *name = dialect_column(row, file, older_file);
    struct opt_i64 at = dialect_number(row, pos, older_pos);
    if (!name || *name == '\0' || strlen(name) >= sizeof out->file || !at.known || at.v < 0) {
        return false;
    }
    (void)text_clean_str(out->file, sizeof out->file, name);
    out->pos = (uint64_t)at.v;
    return true;
}

bool dialect_read_coord(const struct dialect_row *row, struct binlog_coord *out)
{
    return read_coord(row, "File", NULL, "Position", NULL, out);
}

const char *dialect_channel_name(const struct dialect_row *row)
{
    const char *name = dialect_column(row, "Channel_Name", "Connection_name");
    return name ? name : "";
}

char *dialect_gtid_text(const char *text)
{
    if (!text) {
        return NULL;
    }
    char *copy = mem_alloc(strlen(text) + 1, 1);
    size_t n = 0;
    for (; *text; text++) {
        char c = *text;
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            c == '-' || c == ':' || c == ',' || c == '_') {
            copy[n++] = c;
        }
    }
    return copy;
}

static void read_error(const struct dialect_row *row, const char *code, const char *text,
                       int *out_code, char *out, size_t out_size)
{
    struct opt_i64 n = dialect_number(row, code, NULL);
    *out_code = n.known && n.v >= 0 && n.v <= INT32_MAX ? (int)n.v : 0;
    read_text(row, text, NULL, out, out_size);
}

static void read_positions(const struct dialect_row *row, struct db_channel *out)
{
    (void)read_coord(row, "Source_Log_File", "Master_Log_File", "Read_Source_Log_Pos",
                     "Read_Master_Log_Pos", &out->received);
    (void)read_coord(row, "Relay_Source_Log_File", "Relay_Master_Log_File",
                     "Exec_Source_Log_Pos", "Exec_Master_Log_Pos", &out->applied);
    const char *retrieved = dialect_column(row, "Retrieved_Gtid_Set", "Gtid_IO_Pos");
    out->retrieved_gtid = dialect_gtid_text(retrieved);
}

static void read_settings(const struct dialect_row *row, struct db_channel *out)
{
    out->delay_s = dialect_number(row, "SQL_Delay", NULL);
    out->retry_count = dialect_number(row, "Source_Retry_Count", "Master_Retry_Count");
    out->connect_retry_s = dialect_number(row, "Connect_Retry", NULL);
    out->tls = read_switch(row, "Source_SSL_Allowed", "Master_SSL_Allowed");
    out->gtid_positioned = read_switch(row, "Auto_Position", "Using_Gtid");
    out->heartbeats = dialect_number(row, "Slave_received_heartbeats", NULL);
    struct opt_f64 period_s = decimal(row, "Slave_heartbeat_period");
    if (period_s.known) {
        out->heartbeat_period_ms = opt_i64(llround(period_s.v * 1000));
    }
}

void dialect_read_channel(const struct dialect_row *row, struct db_channel *out)
{
    *out = (struct db_channel){.source_port = 0};
    (void)text_clean_str(out->name, sizeof out->name, dialect_channel_name(row));
    read_text(row, "Source_Host", "Master_Host", out->source_host, sizeof out->source_host);
    read_text(row, "Source_UUID", "Master_UUID", out->source_uuid, sizeof out->source_uuid);
    struct opt_i64 port = dialect_number(row, "Source_Port", "Master_Port");
    out->source_port = port.known && port.v > 0 && port.v <= UINT16_MAX ? (uint16_t)port.v : 0;
    out->source_server_id = dialect_number(row, "Source_Server_Id", "Master_Server_Id");
    out->receiver = read_thread(row, "Replica_IO_Running", "Slave_IO_Running");
    out->applier = read_thread(row, "Replica_SQL_Running", "Slave_SQL_Running");
    read_text(row, "Replica_IO_State", "Slave_IO_State", out->receiver_state,
              sizeof out->receiver_state);
    read_text(row, "Replica_SQL_Running_State", "Slave_SQL_Running_State", out->applier_state,
              sizeof out->applier_state);
    out->seconds_behind = dialect_number(row, "Seconds_Behind_Source", "Seconds_Behind_Master");
    read_error(row, "Last_IO_Errno", "Last_IO_Error", &out->receiver_errno, out->receiver_error,
               sizeof out->receiver_error);
    read_error(row, "Last_SQL_Errno", "Last_SQL_Error", &out->applier_errno, out->applier_error,
               sizeof out->applier_error);
    read_positions(row, out);
    read_settings(row, out);
}

void dialect_read_identity(const struct dialect_row *row, struct db_facts *out, char *account,
                           size_t account_size)
{
    out->server_id = dialect_number(row, "server_id", NULL);
    read_text(row, "server_uuid", NULL, out->server_uuid, sizeof out->server_uuid);
    out->log_bin = read_switch(row, "log_bin", NULL);
    out->read_only = read_switch(row, "read_only", NULL);
    out->super_read_only = read_switch(row, "super_read_only", NULL);
    out->gtid_mode = out->flavour == DB_MARIADB ? TRI_YES : read_switch(row, "gtid_mode", NULL);
    read_text(row, "account", NULL, account, account_size);
}

struct opt_f64 dialect_now_s(const struct dialect_row *row)
{
    return decimal(row, "now_s");
}

/* A stamp that was ever set: zero stamps are printed as 0. */
static bool is_set(struct opt_f64 stamp)
{
    return stamp.known && stamp.v > 0;
}

static enum tri applier_drained(const struct dialect_row *row)
{
    struct opt_f64 queued = decimal(row, "queued_s"), applied = decimal(row, "applied_s");
    if (is_set(decimal(row, "busy_s"))) {
        return TRI_NO;
    }
    enum tri by_gtid = read_switch(row, "gtid_drained", NULL);
    if (by_gtid != TRI_UNKNOWN) {
        return by_gtid;
    }
    /* Blank after a new START: nothing has been queued, or the workers have applied nothing. */
    if (read_switch(row, "queued_any", NULL) != TRI_YES || !is_set(queued) ||
        !is_set(applied)) {
        return TRI_UNKNOWN;
    }
    return tri_of(applied.v >= queued.v);
}

/* now - stamp by this machine's clock; the stamp's own clock is its source's. */
static struct opt_f64 stamp_age_s(const struct dialect_row *row, const char *stamp,
                                  struct opt_i64 skew_ms)
{
    struct opt_f64 now = dialect_now_s(row), at = decimal(row, stamp);
    if (!is_set(now) || !is_set(at) || !skew_ms.known) {
        return (struct opt_f64){.known = false};
    }
    return opt_f64(now.v - at.v - (double)skew_ms.v / 1000.0);
}

void dialect_read_applier(const struct dialect_row *row, struct db_facts *facts)
{
    const char *io_state = dialect_column(row, "io_state", NULL);
    bool connected = io_state && strcasecmp(io_state, "ON") == 0;
    facts->drained = applier_drained(row);
    facts->commit_age_s = (struct opt_f64){.known = false};
    if (connected && is_set(decimal(row, "busy_s"))) {
        facts->commit_age_s = stamp_age_s(row, "busy_s", facts->clock_skew_ms);
    } else if (connected && facts->drained == TRI_YES) {
        facts->commit_age_s = opt_f64(0);
    }
    facts->last_applied_age_s = stamp_age_s(row, "applied_s", facts->clock_skew_ms);
    facts->channel.heartbeats = dialect_number(row, "heartbeats", NULL);
    struct opt_f64 period_s = decimal(row, "heartbeat_s");
    if (period_s.known) {
        facts->channel.heartbeat_period_ms = opt_i64(llround(period_s.v * 1000));
    }
}

void dialect_read_worker(const struct dialect_row *row, struct db_channel *out)
{
    char text[sizeof out->applier_error];
    read_error(row, "error_number", "error_message", &out->applier_errno, text, sizeof text);
    /* "Worker 1 failed executing transaction '…' at source log …, end_log_pos 42; why" */
    const char *why = strncmp(text, "Worker ", 7) == 0 ? strstr(text, "; ") : NULL;
    (void)text_copy(out->applier_error, sizeof out->applier_error, why ? why + 2 : text);
}

enum tri dialect_drained(const struct db_facts *facts)
{
    const struct db_channel *c = &facts->channel;
    if (binlog_known(&c->received) && binlog_known(&c->applied) &&
        c->received.pos == c->applied.pos && strcmp(c->received.file, c->applied.file) == 0) {
        return TRI_YES;
    }
    if (facts->flavour != DB_MYSQL || !c->retrieved_gtid || c->retrieved_gtid[0] == '\0') {
        return TRI_UNKNOWN;
    }
    struct gtid_set *received = gtid_parse(c->retrieved_gtid);
    struct gtid_set *applied = gtid_parse(facts->gtid_applied);
    enum tri drained = TRI_UNKNOWN;
    if (received && applied) {
        drained = tri_of(gtid_is_subset(received, applied));
    }
    gtid_destroy(received);
    gtid_destroy(applied);
    return drained;
}
