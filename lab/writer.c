/* lab-writer DBSOCKET [SEED] < passwords
 *     The load on the primary: small transactions on a slow wave, a burst every ten seconds,
 * and a heartbeat row as pt-heartbeat writes it. Reconnects for ever. The first line of
 * standard input is the password of the account writer, the second that of heartbeat. The same
 * seed gives the same transactions in the same order. */
#include "lab/db.h"
#include "lab/util.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

enum {
    BEAT_MS = 250,
    BURST_MS = 10000,
    BURST_TX = 150,
    RETRY_MS = 500,
    ROWS = 4000, /* rows are written over in turn: the table stays at a few MiB */
    SMALL_BYTES = 200,
    LARGE_BYTES = 4000,
};

/* Transactions a second: 20 on average, between 12 and 28 within a minute. */
static const double mean_rate = 20, swing = 8, wave_s = 60;

struct writer {
    struct db load, beat;
    uint64_t dice;
    uint64_t written;
    int64_t began_ms, next_tx_ms, next_beat_ms, next_burst_ms;
};

/* xorshift64 (Marsaglia 2003): plain, and the same everywhere. */
static uint64_t roll(struct writer *w)
{
    w->dice ^= w->dice << 13;
    w->dice ^= w->dice >> 7;
    w->dice ^= w->dice << 17;
    return w->dice;
}

/* Most are small: the smaller of two throws. */
static unsigned payload_bytes(struct writer *w)
{
    unsigned span = LARGE_BYTES - SMALL_BYTES + 1;
    unsigned a = (unsigned)(roll(w) % span);
    unsigned b = (unsigned)(roll(w) % span);
    return SMALL_BYTES + (a < b ? a : b);
}

static bool write_one(struct writer *w)
{
    char sql[160];
    (void)snprintf(sql, sizeof sql,
                   "REPLACE INTO app.t (id, seq, pad) VALUES (%u, %llu, REPEAT('%c', %u))",
                   (unsigned)(w->written % ROWS), (unsigned long long)w->written,
                   (char)('a' + roll(w) % 26), payload_bytes(w));
    w->written++;
    return db_run(&w->load, sql);
}

static bool beat(struct writer *w)
{
    return db_run(&w->beat, "REPLACE INTO percona.heartbeat (ts, server_id) VALUES "
                            "(DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%f'), "
                            "@@server_id)");
}

static int64_t pause_ms(const struct writer *w, int64_t now_ms)
{
    double angle = 2 * acos(-1) * (double)(now_ms - w->began_ms) / 1000 / wave_s;
    return (int64_t)(1000 / (mean_rate + swing * sin(angle)));
}

static bool write_burst(struct writer *w)
{
    for (int i = 0; i < BURST_TX && !util_stopping(); i++) {
        if (!write_one(w)) {
            return false;
        }
    }
    return true;
}

/* Does what has fallen due. Returns false when the database failed. */
static bool work(struct writer *w, int64_t now_ms)
{
    if (now_ms >= w->next_beat_ms) {
        w->next_beat_ms = now_ms + BEAT_MS;
        if (!beat(w)) {
            return false;
        }
    }
    if (now_ms >= w->next_burst_ms) {
        w->next_burst_ms = now_ms + BURST_MS;
        if (!write_burst(w)) {
            return false;
        }
    }
    if (now_ms >= w->next_tx_ms) {
        w->next_tx_ms = now_ms + pause_ms(w, now_ms);
        return write_one(w);
    }
    return true;
}

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

static void write_for_ever(struct writer *w)
{
    bool told = false;
    while (!util_stopping()) {
        if (work(w, util_now_ms())) {
            told = false;
            util_wait_until(earlier(w->next_tx_ms, earlier(w->next_beat_ms, w->next_burst_ms)));
            continue;
        }
        if (!told) {
            (void)fprintf(stderr, "lost the database: %s%s\n", w->load.error, w->beat.error);
        }
        told = true;
        db_close(&w->load);
        db_close(&w->beat);
        util_wait_until(util_now_ms() + RETRY_MS);
    }
}

int main(int argc, char **argv)
{
    int64_t seed = 1;
    if (argc < 2 || argc > 3 || (argc == 3 && !util_parse(argv[2], 1, INT64_MAX, &seed))) {
        (void)fprintf(stderr, "usage: lab-writer DBSOCKET [SEED] < passwords\n");
        return 64;
    }
    char load_password[128], beat_password[128];
    if (!db_read_password(load_password, sizeof load_password) ||
        !db_read_password(beat_password, sizeof beat_password) || !db_library_begin()) {
        (void)fprintf(stderr, "lab-writer: needs two passwords on standard input\n");
        return 1;
    }
    util_catch_signals();
    int64_t now_ms = util_now_ms();
    struct writer w = {
        .load = {.socket_path = argv[1], .user = "writer", .password = load_password},
        .beat = {.socket_path = argv[1], .user = "heartbeat", .password = beat_password},
        .dice = (uint64_t)seed,
        .began_ms = now_ms,
        .next_burst_ms = now_ms + BURST_MS,
    };
    write_for_ever(&w);
    db_close(&w.load);
    db_close(&w.beat);
    db_library_end();
    return 0;
}
