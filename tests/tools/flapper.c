/* For tests: a real engine and a real record on a store, with sources that fail and recover by
 * chance, and one line for every transition that is shown:
 *
 *     drtop-flapper FOLDER SEED AHEAD_MS
 *     opened,ID,DB,1,1764000000000
 *     closed,ID,DB,1,1764000000150
 *
 * It goes on until it is killed. Its wall clock runs AHEAD_MS ahead, so that the lease of one that
 * was killed a moment ago has run out. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/engine.h"
#include "backend/fact/clock.h"
#include "backend/mem.h"
#include "backend/record/record.h"
#include "backend/tunnel/provider.h"

static int64_t ahead_ms;

static int64_t mono(const struct clock *clk)
{
    (void)clk;
    return clock_mono_ms(&clock_system);
}

static int64_t wall(const struct clock *clk)
{
    (void)clk;
    return clock_wall_ms(&clock_system) + ahead_ms;
}

static const struct clock ahead = {.mono_ms = mono, .wall_ms = wall};

/* xorshift: the seed gives the same schedule again. */
static uint32_t chance(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static struct config *configure(const char *folder)
{
    char text[5000];
    struct error err;
    (void)snprintf(text, sizeof text,
                   "{ \"group\": \"flapper\","
                   " \"primary\": { \"mysql\": { \"host\": \"127.0.0.1\", \"user\": \"u\" } },"
                   " \"dr\": { \"mysql\": { \"host\": \"127.0.0.2\", \"user\": \"u\" } },"
                   " \"tunnels\": [ { \"type\": \"probe\", \"name\": \"a\","
                   " \"host\": \"127.0.0.1\", \"port\": 1 },"
                   " { \"type\": \"probe\", \"name\": \"b\","
                   " \"host\": \"127.0.0.1\", \"port\": 2 } ],"
                   " \"record\": { \"directory\": \"%s\" } }",
                   folder);
    struct config *cfg = config_parse("flapper", text, strlen(text), 0600, &err);
    if (!cfg) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    cfg->alerts.fail_for_ms = cfg->alerts.clear_for_ms = 0;
    cfg->alerts.flap_count = 0;
    return cfg;
}

static struct reading *reading(enum slot slot, bool well)
{
    int64_t now_ms = mono(NULL), wall_ms = wall(NULL);
    if (slot >= SLOT_TUNNEL) {
        struct tunnel_facts *f = mem_alloc(1, sizeof *f);
        f->state = well ? TUNNEL_UP : TUNNEL_DOWN;
        return reading_fresh(f, free, now_ms, wall_ms);
    }
    if (!well) {
        return reading_failed(NULL, NULL, now_ms, wall_ms, "refused");
    }
    struct db_facts *f = mem_alloc(1, sizeof *f);
    f->channels = -1;
    return reading_fresh(f, db_facts_destroy, now_ms, wall_ms);
}

/* What has been printed of the alert with that id: 1 opened, 2 closed. */
static unsigned char *printed(int64_t id)
{
    static unsigned char *bits;
    static size_t room;
    while ((size_t)id >= room) {
        size_t more = room ? 2 * room : 4096;
        bits = mem_realloc(bits, more, 1);
        memset(bits + room, 0, more - room);
        room = more;
    }
    return &bits[id];
}

static void print(const struct store_alert *a)
{
    unsigned char *done = printed(a->id);
    const char *kind = alert_kind_name(a->alert.kind);
    if (!(*done & 1)) {
        *done |= 1;
        (void)printf("opened,%lld,%s,%u,%lld\n", (long long)a->id, kind, a->alert.subject,
                     (long long)a->alert.opened_wall_ms);
    }
    if (a->alert.state == ALERT_CLOSED && !(*done & 2)) {
        *done |= 2;
        (void)printf("closed,%lld,%s,%u,%lld\n", (long long)a->id, kind, a->alert.subject,
                     (long long)a->alert.closed_wall_ms);
    }
    (void)fflush(stdout);
}

static void show(struct record *r)
{
    struct record_view *v = record_look(r);
    for (size_t i = 0; v && i < v->n_alerts; i++) {
        print(&v->alerts[i]);
    }
    record_view_unref(v);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        (void)fprintf(stderr, "usage: drtop-flapper FOLDER SEED AHEAD_MS\n");
        return 64;
    }
    struct error err;
    uint32_t dice = (uint32_t)strtoul(argv[2], NULL, 10) * 2654435761U | 1;
    ahead_ms = strtoll(argv[3], NULL, 10);
    struct config *cfg = configure(argv[1]);
    struct board *board = board_create(SLOT_COUNT);
    struct engine *engine = engine_create(cfg, board, &ahead);
    struct record *r = NULL;
    if (!engine || !engine_start(engine) ||
        !(r = record_start(cfg, engine, &ahead, RECORD_MAY, "flapper", &err))) {
        return 1;
    }
    for (;;) {
        static const enum slot slots[] = {SLOT_PRIMARY_DB, SLOT_REPLICA_DB, SLOT_TUNNEL,
                                          SLOT_TUNNEL + 1};
        enum slot slot = slots[chance(&dice) % 4];
        board_publish(board, slot, reading(slot, chance(&dice) % 2));
        struct pollfd fd = {.fd = record_wake_fd(r), .events = POLLIN};
        if (poll(&fd, 1, (int)(2 + chance(&dice) % 10)) > 0) {
            record_drain(r);
            show(r);
        }
    }
}
