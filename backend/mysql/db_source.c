#include "backend/mysql/db_source.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/fact/clock.h"
#include "backend/mem.h"
#include "backend/mysql/db_client.h"
#include "backend/mysql/db_link.h"
#include "backend/mysql/db_query.h"

#include <mysql.h>

struct db_source {
    const struct config_poll *poll;
    struct db_memory memory;
    int64_t slow_due_us; /* clock_real_us() */
};

/* One round of questions on an open connection. */
static bool ask_all(struct db_source *s, const struct clock *clk, bool fresh,
                    struct db_moment *out, struct error *err)
{
    struct db_memory *m = &s->memory;
    if (fresh && !db_query_session(m, clk, err)) {
        return false;
    }
    if (!db_query_positions(m, clk, out, err)) {
        return false;
    }
    int64_t now_us = clock_real_us();
    if (!fresh && now_us < s->slow_due_us) {
        return true;
    }
    if (!db_query_rest(m, clk, err)) {
        return false;
    }
    s->slow_due_us = now_us + s->poll->status_ms * 1000;
    m->facts.slow_taken_at_ms = clock_mono_ms(clk);
    return true;
}

/* Connects where needed and asks. *out_lost says that the connection was found dead. */
static bool attempt(struct db_source *s, const struct clock *clk, struct db_moment *out,
                    bool *out_lost, struct error *err)
{
    struct db_link *link = s->memory.link;
    bool fresh = !db_link_is_open(link);
    if (fresh && !db_link_open(link, err)) {
        *out_lost = false;
        return false;
    }
    db_link_begin(link);
    bool ok = ask_all(s, clk, fresh, out, err);
    *out_lost = !ok && !fresh && !db_link_is_open(link);
    db_link_end(link);
    return ok;
}

static struct reading *source_poll(void *self, const struct clock *clk)
{
    struct db_source *s = self;
    struct db_moment when = {clock_mono_ms(clk), clock_wall_ms(clk)};
    struct error err = {.text = ""};
    bool lost = false;
    int64_t start_us = clock_real_us();
    bool ok = attempt(s, clk, &when, &lost, &err);
    /* A connection that died while idle says so at once; one that hung has used the time up. */
    if (!ok && lost && clock_real_us() - start_us < s->memory.cfg->timeout_ms * 1000 / 4) {
        ok = attempt(s, clk, &when, &lost, &err);
    }
    if (!ok) {
        struct db_failure *f = mem_alloc(1, sizeof *f);
        f->silent = db_link_was_silent(s->memory.link);
        return reading_failed(f, free, clock_mono_ms(clk), clock_wall_ms(clk), "%s", err.text);
    }
    return reading_fresh(db_facts_copy(&s->memory.facts), db_facts_destroy, when.mono_ms,
                         when.wall_ms);
}

static void source_interrupt(void *self)
{
    struct db_source *s = self;
    db_link_interrupt(s->memory.link);
}

static void source_thread_end(void *self)
{
    struct db_source *s = self;
    db_link_close(s->memory.link);
    mysql_thread_end();
}

static void source_destroy(void *self)
{
    struct db_source *s = self;
    db_link_destroy(s->memory.link);
    db_facts_finish(&s->memory.facts);
    free(s);
}

struct source db_source(const struct config_db *cfg, const struct config_poll *poll,
                        enum db_role role, struct watchdog *dog, size_t slot)
{
    static const struct source_ops ops = {.poll = source_poll,
                                          .interrupt = source_interrupt,
                                          .thread_end = source_thread_end,
                                          .destroy = source_destroy};
    struct db_source *s = mem_alloc(1, sizeof *s);
    s->poll = poll;
    s->memory.cfg = cfg;
    s->memory.role = role;
    s->memory.link = db_link_create(cfg, dog);
    db_facts_finish(&s->memory.facts);
    struct source source = {.ops = &ops,
                            .self = s,
                            .slot = slot,
                            .period_ms = poll->positions_ms,
                            .backoff_max_ms = poll->backoff_max_ms};
    (void)snprintf(source.name, sizeof source.name, "%s",
                   role == DB_PRIMARY ? "db primary" : "db replica");
    return source;
}

bool db_library_begin(void)
{
    return client_library_begin();
}

void db_library_end(void)
{
    client_library_end();
}

const char *db_library_version(void)
{
    return client_library_version();
}
