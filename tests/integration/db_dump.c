/* Polls one database server and prints what the facts say, one "name value" a line: the eye of
 * tests that run real servers. Unknown values are not printed. Ends with 1 when the last poll
 * failed.
 *
 *   db_dump key=value...   host port user password role tls ca channel heartbeat timeout polls
 *                          period status quiet */
#include "backend/mysql/db_source.h"
#include "backend/mysql/facts.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/fact/clock.h"

struct options {
    struct config_db db;
    struct config_poll poll;
    enum db_role role;
    int polls, period_ms;
    bool quiet;
};

static void say_i64(const char *name, struct opt_i64 v)
{
    if (v.known) {
        printf("%s %" PRId64 "\n", name, v.v);
    }
}

static void say_f64(const char *name, struct opt_f64 v)
{
    if (v.known) {
        printf("%s %.6f\n", name, v.v);
    }
}

static void say_text(const char *name, const char *text)
{
    if (text && text[0] != '\0') {
        printf("%s %s\n", name, text);
    }
}

static void say_tri(const char *name, enum tri t)
{
    if (t != TRI_UNKNOWN) {
        printf("%s %s\n", name, t == TRI_YES ? "yes" : "no");
    }
}

static void say_coord(const char *name, const struct binlog_coord *c)
{
    if (binlog_known(c)) {
        printf("%s %s:%" PRIu64 "\n", name, c->file, c->pos);
    }
}

static void say_thread(const char *name, enum db_thread t)
{
    static const char *const names[] = {"unknown", "no", "connecting", "yes"};
    printf("%s %s\n", name, names[t]);
}

static void say_channel(const struct db_channel *c)
{
    say_text("channel.name", c->name);
    printf("channel.source %s:%u\n", c->source_host, (unsigned)c->source_port);
    say_i64("channel.source_server_id", c->source_server_id);
    say_text("channel.source_uuid", c->source_uuid);
    say_thread("channel.receiver", c->receiver);
    say_thread("channel.applier", c->applier);
    say_text("channel.receiver_state", c->receiver_state);
    say_text("channel.applier_state", c->applier_state);
    say_coord("channel.received", &c->received);
    say_coord("channel.applied", &c->applied);
    say_i64("channel.seconds_behind", c->seconds_behind);
    say_i64("channel.delay_s", c->delay_s);
    say_text("channel.receiver_error", c->receiver_error);
    say_text("channel.applier_error", c->applier_error);
    say_tri("channel.gtid_positioned", c->gtid_positioned);
    say_text("channel.retrieved_gtid", c->retrieved_gtid);
    say_i64("channel.heartbeat_period_ms", c->heartbeat_period_ms);
    say_i64("channel.heartbeats", c->heartbeats);
    say_i64("channel.retry_count", c->retry_count);
    say_tri("channel.tls", c->tls);
}

static void say_facts(const struct db_facts *f)
{
    static const char *const flavours[] = {"unknown", "mysql", "mariadb"};
    printf("flavour %s\n", flavours[f->flavour]);
    say_text("version", f->version);
    say_text("address", f->address);
    say_text("tls_cipher", f->tls_cipher);
    say_i64("server_id", f->server_id);
    say_text("server_uuid", f->server_uuid);
    say_i64("connect_us", f->connect_us);
    say_i64("round_trip_us", f->round_trip_us);
    say_i64("clock_skew_ms", f->clock_skew_ms);
    say_tri("log_bin", f->log_bin);
    say_coord("written", &f->written);
    printf("logs %zu\n", f->logs.n);
    say_tri("gtid_mode", f->gtid_mode);
    say_text("gtid_written", f->gtid_written);
    printf("channels %d\n", f->channels);
    say_text("channel_names", f->channel_names);
    if (f->has_channel) {
        say_channel(&f->channel);
    }
    say_text("gtid_applied", f->gtid_applied);
    say_tri("read_only", f->read_only);
    say_tri("super_read_only", f->super_read_only);
    say_tri("drained", f->drained);
    say_f64("commit_age_s", f->commit_age_s);
    say_f64("last_applied_age_s", f->last_applied_age_s);
    say_i64("beat_ms", f->beat_ms);
    for (size_t i = 0; i < f->n_lacks; i++) {
        printf("lack %s | %s | %s\n", f->lacks[i].what, f->lacks[i].error, f->lacks[i].grant);
    }
}

static bool set_tls(struct options *o, const char *value)
{
    static const char *const names[] = {"disabled", "preferred", "required", "verify_ca",
                                        "verify_identity"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(value, names[i]) == 0) {
            o->db.tls.mode = (enum config_tls_mode)i;
            return true;
        }
    }
    return false;
}

static bool set_option(struct options *o, const char *key, char *value)
{
    const struct {
        const char *key;
        char **text;
    } texts[] = {{"host", &o->db.host},
                 {"user", &o->db.user},
                 {"ca", &o->db.tls.ca},
                 {"channel", &o->db.channel},
                 {"heartbeat", &o->db.heartbeat_table}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(key, texts[i].key) == 0) {
            *texts[i].text = value;
            return true;
        }
    }
    long n = strtol(value, NULL, 10);
    if (strcmp(key, "password") == 0) {
        o->db.password = (struct secret){.kind = SECRET_LITERAL, .name = value};
    } else if (strcmp(key, "port") == 0) {
        o->db.port = (uint16_t)n;
    } else if (strcmp(key, "timeout") == 0) {
        o->db.timeout_ms = n;
    } else if (strcmp(key, "polls") == 0) {
        o->polls = (int)n;
    } else if (strcmp(key, "period") == 0) {
        o->period_ms = (int)n;
    } else if (strcmp(key, "status") == 0) {
        o->poll.status_ms = n;
    } else if (strcmp(key, "quiet") == 0) {
        o->quiet = n != 0;
    } else if (strcmp(key, "role") == 0) {
        o->role = strcmp(value, "primary") == 0 ? DB_PRIMARY : DB_REPLICA;
    } else {
        return strcmp(key, "tls") == 0 && set_tls(o, value);
    }
    return true;
}

static bool parse(struct options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (!value) {
            return false;
        }
        *value++ = '\0';
        if (!set_option(o, argv[i], value)) {
            return false;
        }
    }
    return true;
}

static bool poll_once(const struct source *s, bool quiet)
{
    int64_t start_us = clock_real_us();
    struct reading *r = s->ops->poll(s->self, &clock_system);
    bool ok = r->state == READING_FRESH;
    if (!quiet || !ok) {
        printf("poll_ms %" PRId64 "\nstate %s\n", (clock_real_us() - start_us) / 1000,
               ok ? "fresh" : "failed");
        say_text("reason", r->reason);
    }
    if (ok && !quiet) {
        say_facts(r->value);
    }
    (void)fflush(stdout);
    reading_unref(r);
    return ok;
}

int main(int argc, char **argv)
{
    static char host[] = "127.0.0.1", user[] = "mon";
    struct options o = {.db = {.host = host, .port = 3306, .user = user, .timeout_ms = 2000},
                        .poll = {.positions_ms = 250, .status_ms = 1000},
                        .role = DB_REPLICA,
                        .polls = 1,
                        .period_ms = 250};
    if (!parse(&o, argc, argv)) {
        (void)fprintf(stderr, "db_dump: key=value expected\n");
        return 2;
    }
    if (!db_library_begin()) {
        return 2;
    }
    struct watchdog *dog = watchdog_create();
    struct source s = db_source(&o.db, &o.poll, o.role, dog, 0);
    bool ok = false;
    for (int i = 0; i < o.polls; i++) {
        if (i > 0) {
            (void)poll(NULL, 0, o.period_ms);
        }
        ok = poll_once(&s, o.quiet && i + 1 < o.polls);
    }
    s.ops->thread_end(s.self);
    s.ops->destroy(s.self);
    watchdog_destroy(dog);
    db_library_end();
    return ok ? 0 : 1;
}
