/* bench-lag CONFIG PRIMARY_SOCKET REPLICA_SOCKET SECONDS INJECTED_S < password
 *     The error of the lag that a real observer of CONFIG shows, ten times a second, against a
 * truth that it does not see: a row that this program stamps on the primary twenty times a second
 * by the machine's own monotonic clock, and reads on the replica. Newer than the row's stamp and
 * older than the next one is where the replica stands; the truth is the middle. INJECTED_S is what
 * the lab delays the stream by; 0 is none. While the receiver is stopped only "0" is counted.
 * The account is the lab's writer. */
#include <errno.h>
#include <math.h>
#include <mysql.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/observer.h"
#include "backend/thread.h"
#include "tests/bench/bench.h"

#define STAMP_MS  50
#define LOOK_MS   97 /* not a multiple of the polling interval: every phase comes */
#define ROW       "4000000000"
#define STAMPS    65536
#define CONNECT_S 5

struct stamper {
    MYSQL *my;
    pthread_t thread;
    atomic_bool stop;
    pthread_mutex_t mu;
    // below: guarded by mu
    size_t n;
    int64_t at_us[STAMPS];
};

struct bench {
    struct stamper stamper;
    MYSQL *replica;
    struct observer *observer;
    double injected_s;
    struct sample truth_error_ms, injected_error_ms;
    unsigned looks, unknown, stopped, stopped_zero;
};

static MYSQL *open_socket(const char *path, const char *password)
{
    const unsigned limit_s = CONNECT_S;
    MYSQL *my = mysql_init(NULL);
    if (my) {
        (void)mysql_options(my, MYSQL_OPT_CONNECT_TIMEOUT, &limit_s);
        (void)mysql_options(my, MYSQL_OPT_READ_TIMEOUT, &limit_s);
    }
    if (!my || !mysql_real_connect(my, "localhost", "writer", password, "app", 0, path, 0)) {
        (void)fprintf(stderr, "bench-lag: %s: %s\n", path, my ? mysql_error(my) : "no memory");
        mysql_close(my);
        return NULL;
    }
    return my;
}

static void note_stamp(struct stamper *s, int64_t at_us)
{
    (void)pthread_mutex_lock(&s->mu);
    s->at_us[s->n++ % STAMPS] = at_us;
    (void)pthread_mutex_unlock(&s->mu);
}

static void *stamp(void *self)
{
    struct stamper *s = self;
    char sql[128];
    while (!atomic_load(&s->stop)) {
        int64_t now_us = bench_now_us();
        (void)snprintf(sql, sizeof sql,
                       "REPLACE INTO t (id, seq, pad) VALUES (" ROW ", %lld, '')",
                       (long long)now_us);
        if (mysql_query(s->my, sql) == 0) {
            note_stamp(s, now_us);
        }
        bench_wait_ms(STAMP_MS);
    }
    return NULL;
}

/* The stamp that followed this one, or fallback_us when there is none yet. */
static int64_t next_stamp_us(struct stamper *s, int64_t at_us, int64_t fallback_us)
{
    int64_t next_us = fallback_us;
    (void)pthread_mutex_lock(&s->mu);
    size_t kept = s->n < STAMPS ? s->n : STAMPS;
    for (size_t i = 1; i <= kept; i++) {
        int64_t candidate_us = s->at_us[(s->n - i) % STAMPS];
        if (candidate_us <= at_us) {
            break;
        }
        next_us = candidate_us;
    }
    (void)pthread_mutex_unlock(&s->mu);
    return next_us;
}

static bool read_stamp(MYSQL *my, int64_t *out_us)
{
    if (mysql_query(my, "SELECT seq FROM t WHERE id = " ROW) != 0) {
        return false;
    }
    MYSQL_RES *result = mysql_store_result(my);
    MYSQL_ROW row = result ? mysql_fetch_row(result) : NULL;
    bool ok = row && row[0];
    if (ok) {
        *out_us = strtoll(row[0], NULL, 10);
    }
    mysql_free_result(result);
    return ok;
}

static bool true_lag_s(struct bench *b, double *out_s)
{
    int64_t before_us = bench_now_us(), stamp_us;
    if (!read_stamp(b->replica, &stamp_us)) {
        return false;
    }
    int64_t now_us = before_us + (bench_now_us() - before_us) / 2;
    int64_t next_us = next_stamp_us(&b->stamper, stamp_us, now_us);
    next_us = next_us < now_us ? next_us : now_us;
    *out_s = (double)(now_us - stamp_us + now_us - next_us) / 2 / 1e6;
    return true;
}

static void look(struct bench *b)
{
    double truth_s;
    if (!true_lag_s(b, &truth_s)) {
        return;
    }
    struct snapshot *s = engine_look(observer_engine(b->observer));
    const struct db_facts *r = s ? snapshot_db(s, SLOT_REPLICA_DB) : NULL;
    b->looks++;
    if (r && r->channel.receiver != DB_THREAD_YES) {
        b->stopped++;
        b->stopped_zero += s->lag.seconds.known && s->lag.seconds.v < 0.005;
    } else if (!s || !s->lag.seconds.known) {
        b->unknown++;
    } else {
        sample_add(&b->truth_error_ms, fabs(s->lag.seconds.v - truth_s) * 1000);
        sample_add(&b->injected_error_ms, fabs(s->lag.seconds.v - b->injected_s) * 1000);
    }
    snapshot_unref(s);
}

/* Until a first lag is known, and as long again as what is measured reaches back. */
static bool warm_up(struct bench *b)
{
    struct snapshot *s = observer_wait(b->observer, 10000);
    if (!s) {
        (void)fprintf(stderr, "bench-lag: nothing is observed\n");
        return false;
    }
    snapshot_unref(s);
    bench_wait_ms((int64_t)(b->injected_s * 1000) + 3000);
    return true;
}

static void report(struct bench *b)
{
    (void)printf("looks=%u unknown=%u stopped=%u stopped_zero=%u\n", b->looks, b->unknown,
                 b->stopped, b->stopped_zero);
    sample_print(&b->truth_error_ms, "error_ms");
    sample_print(&b->injected_error_ms, "injected_error_ms");
    sample_finish(&b->truth_error_ms);
    sample_finish(&b->injected_error_ms);
}

static bool run(struct bench *b, const struct config *cfg, int seconds)
{
    struct error err = {""};
    b->observer = observer_start(cfg, &clock_system, &err);
    bool ok = b->observer && thread_start(&b->stamper.thread, stamp, &b->stamper);
    if (!ok) {
        (void)fprintf(stderr, "bench-lag: %s\n", err.text);
        return false;
    }
    ok = warm_up(b);
    int64_t end_us = bench_now_us() + (int64_t)seconds * 1000000;
    while (ok && bench_now_us() < end_us) {
        look(b);
        bench_wait_ms(LOOK_MS);
    }
    atomic_store(&b->stamper.stop, true);
    (void)pthread_join(b->stamper.thread, NULL);
    ok = observer_stop(b->observer, 2000) && ok;
    return ok;
}

static bool read_password(char *out, size_t size)
{
    if (!fgets(out, (int)size, stdin)) {
        return false;
    }
    out[strcspn(out, "\n")] = '\0';
    return true;
}

int main(int argc, char **argv)
{
    static struct bench b;
    struct error err = {""};
    char password[128];
    int seconds;
    if (argc != 6 || !bench_parse_count(argv[4], &seconds) ||
        !read_password(password, sizeof password)) {
        (void)fprintf(stderr, "usage: bench-lag CONFIG PRIMARY_SOCKET REPLICA_SOCKET SECONDS "
                              "INJECTED_S < password\n");
        return 64;
    }
    struct config *cfg = config_load(argv[1], &err);
    if (!cfg || !observer_library_begin(&err)) {
        (void)fprintf(stderr, "bench-lag: %s\n", err.text);
        return 1;
    }
    (void)pthread_mutex_init(&b.stamper.mu, NULL);
    b.injected_s = strtod(argv[5], NULL);
    b.stamper.my = open_socket(argv[2], password);
    b.replica = open_socket(argv[3], password);
    bool ok = b.stamper.my && b.replica && run(&b, cfg, seconds);
    if (ok) {
        report(&b);
    }
    mysql_close(b.stamper.my);
    mysql_close(b.replica);
    observer_library_end();
    config_destroy(cfg);
    return ok ? 0 : 1;
}
