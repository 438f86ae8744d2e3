/* Who this process is to the store: the recorder, one who looks, or an orphan. */
#include "backend/record/record_state.h"

#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/text.h"

#define RENEW_MS 1000
/* What is written every second renews it, too. */
#define RENEW_WRITING_MS 1500
/* How often a store that cannot be written is tried again while another records: seldom, since
 * nothing is missing. */
#define RETRY_VIEWER_MS 4000

static void say_trouble(struct record *r, const char *why)
{
    if (strcmp(r->trouble, why) != 0) {
        (void)text_copy(r->trouble, sizeof r->trouble, why);
        engine_record_trouble(r->engine, r->trouble);
    }
}

static void set_role(struct record *r, enum record_role role, const char *why)
{
    r->role = role;
    (void)text_clean_str(r->why, sizeof r->why, why);
    say_trouble(r, role == RECORD_ORPHAN ? r->why : "");
    if (role != RECORD_RECORDER) {
        notifier_stop(r->notifier);
        r->notifier = NULL;
    }
}

/* Does another drtop record? Then it is no loss that we cannot. */
static bool others_record(struct record *r)
{
    char who[ALERT_WHO_MAX];
    int64_t beat_wall_ms;
    if (!r->st || store_lease_holds(r->st, &r->lease, NULL) ||
        !store_lease_read(r->st, who, &beat_wall_ms, NULL)) {
        return false;
    }
    return record_beat_is_fresh(r, beat_wall_ms);
}

static void look_on(struct record *r)
{
    record_forget(r);
    r->led = false;
    set_role(r, RECORD_VIEWER, "");
}

/* The store stays open to be read until it is opened anew; one that is only locked stays so. */
void record_failed(struct record *r, const struct error *err)
{
    bool locked = r->st && store_is_locked(r->st);
    if (r->wish == RECORD_NEVER) {
        set_role(r, RECORD_VIEWER, err->text);
    } else if (others_record(r)) {
        look_on(r);
        return;
    } else {
        set_role(r, RECORD_ORPHAN, err->text);
    }
    r->broken = !locked;
    r->can_write = r->can_write && locked;
}

/* The primary as it was seen last, as a reading of long ago. */
static struct reading *primary_reading(const struct record *r, struct store_memory *m)
{
    if (!m->primary_at_wall_ms.known || !binlog_known(&m->primary)) {
        return NULL;
    }
    int64_t age_ms = clock_wall_ms(r->clk) - m->primary_at_wall_ms.v;
    struct db_facts *f = mem_alloc(1, sizeof *f);
    f->channels = -1;
    f->written = m->primary;
    f->gtid_written = m->gtid;
    m->gtid = NULL;
    return reading_fresh(f, db_facts_destroy, clock_mono_ms(r->clk) - (age_ms > 0 ? age_ms : 0),
                         m->primary_at_wall_ms.v);
}

static bool remember(struct record *r, struct error *err)
{
    struct store_memory m;
    if (!store_memory_get(r->st, &m, err)) {
        return false;
    }
    struct reading *primary = primary_reading(r, &m);
    const struct engine_memory memory = {.rto = m.rto, .runs = m.runs, .primary = primary};
    engine_remember(r->engine, &memory);
    reading_unref(primary);
    free(m.gtid);
    r->remembers = true;
    return true;
}

/* To write if we may, else to read; *err says why it is not to write, or not at all. */
static void open_store(struct record *r, struct error *err)
{
    struct error why = {0};
    if (r->path[0] == '\0' && !store_path(r->cfg, r->path, sizeof r->path, err)) {
        r->path[0] = '\0';
        return;
    }
    r->st = r->wish == RECORD_MAY ? store_open(r->path, STORE_WRITE, err) : NULL;
    r->can_write = r->st && !store_is_newer(r->st);
    if (!r->st) {
        r->st = store_open(r->path, STORE_READ, &why);
        if (!r->st && r->wish == RECORD_NEVER) {
            *err = why;
        }
    }
    if (r->st && !r->remembers) {
        (void)remember(r, NULL);
    }
}

static void reopen(struct record *r)
{
    struct error err = {0};
    int64_t now_ms = clock_mono_ms(r->clk);
    bool looks = r->st && (r->wish == RECORD_NEVER || store_is_newer(r->st));
    bool well = !r->broken && (r->can_write || looks);
    int64_t wait_ms = r->role == RECORD_VIEWER && r->st ? RETRY_VIEWER_MS : RENEW_MS;
    if (well || (r->role != RECORD_OFF && now_ms - r->tried_ms < wait_ms)) {
        return;
    }
    r->tried_ms = now_ms;
    r->lease_ms = INT64_MIN;
    store_close(r->st);
    r->st = NULL;
    r->broken = false;
    open_store(r, &err);
    if (r->can_write) {
        r->role = r->role == RECORD_OFF ? RECORD_VIEWER : r->role;
    } else if (r->st && store_is_newer(r->st)) {
        set_role(r, RECORD_VIEWER, "written by a newer drtop: read only");
    } else if (r->wish == RECORD_NEVER) {
        set_role(r, RECORD_VIEWER, r->st ? "" : err.text);
    } else if (others_record(r)) {
        look_on(r);
    } else {
        set_role(r, RECORD_ORPHAN, err.text);
    }
}

static void start_notifier(struct record *r)
{
    const struct config_notify *n = &r->cfg->notify;
    if (!r->notifier && (n->mail.present || n->n_webhooks > 0 || n->n_execs > 0)) {
        struct error err;
        r->notifier = notifier_start(r->cfg, r->path, &r->lease, &err);
    }
}

/* The lease is ours. When it never was another's in between, the store has nothing new to us. */
static void lead(struct record *r, bool still)
{
    struct error err;
    if (!still && !(remember(r, &err) && record_take_over(r, &err))) {
        record_failed(r, &err);
        return;
    }
    r->led = true;
    if (r->role != RECORD_RECORDER) {
        set_role(r, RECORD_RECORDER, "");
    }
    start_notifier(r);
}

/* Until when another has recorded, as far as we have seen. */
static void watch_others(struct record *r)
{
    char who[ALERT_WHO_MAX];
    int64_t beat_wall_ms;
    if (store_lease_read(r->st, who, &beat_wall_ms, NULL) && beat_wall_ms != 0) {
        r->others_wall_ms = beat_wall_ms;
    }
}

void record_role_turn(struct record *r)
{
    reopen(r);
    int64_t now_ms = clock_mono_ms(r->clk);
    int64_t renew_ms = r->role == RECORD_RECORDER ? RENEW_WRITING_MS : RENEW_MS;
    if (!r->can_write || (r->lease_ms != INT64_MIN && now_ms - r->lease_ms < renew_ms)) {
        return;
    }
    struct error err = {0};
    bool mine = store_lease_holds(r->st, &r->lease, NULL);
    if (!mine) {
        watch_others(r);
    }
    r->lease_ms = now_ms;
    switch (store_lease_take(r->st, &r->lease, clock_wall_ms(r->clk), &err)) {
    case LEASE_OURS:
        lead(r, mine && r->led);
        break;
    case LEASE_THEIRS:
        look_on(r);
        break;
    case LEASE_FAILED:
        record_failed(r, &err);
        break;
    }
}

void record_role_end(struct record *r)
{
    notifier_stop(r->notifier);
    r->notifier = NULL;
    if (r->st && r->can_write) {
        store_lease_release(r->st, &r->lease);
    }
    store_close(r->st);
    r->st = NULL;
}
