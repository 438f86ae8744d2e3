/* The data-plane probe: a TCP connection through the path, and if configured the greeting of
 * the MySQL behind it. How it leaves a MySQL without being counted as an attacker is explained
 * in mysql_greeting.h. Without `greeting` it closes right after connecting: such a probe must
 * not be aimed at a MySQL port, or the server blocks this host after 100 tries.
 *
 * A try is good (connected, greeted), odd (something else answered: the path carries traffic,
 * but not to where we think) or lost. DOWN: the newest try was lost. DEGRADED: it was odd, or one
 * of the RECENT last ones was lost. UP: otherwise. The loss is counted over the whole window, and
 * outlives the state: what is over does not go on raising an alarm.
 *
 * With `large` a try now and then ends with bytes that fill whole segments. Large ones that stall
 * twice, with small ones of the same kind that were answered in between, mean the path's MTU: a
 * probe that would be UP is DEGRADED. Without that control nothing is said: some firewall may
 * swallow either. Such a stall is no loss. */
#include "backend/tunnel/provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend/fact/clock.h"
#include "backend/mem.h"
#include "backend/net/connect.h"
#include "backend/net/resolve.h"
#include "backend/net/text.h"
#include "backend/tunnel/mysql_greeting.h"

#define RECENT      10
#define LARGE_EVERY 10

enum outcome { OUTCOME_GOOD, OUTCOME_ODD, OUTCOME_LOST };

struct probe {
    const struct config_tunnel *cfg;
    struct resolver *resolver;
    struct wake wake;
    struct tunnel_facts facts; /* as of the newest try */
    bool *lost;                /* ring over the window */
    int window, tries, next;
    int kept;                /* tries in a row that were not lost */
    enum greeting_coda coda; /* of the next try that is greeted, once due_in is 0 */
    int due_in, stalls;      /* large ones in a row without an answer */
};

/* What the coda of this try tells, and which one the next tries get. */
static void count_coda(struct probe *p, enum tri arrived)
{
    enum greeting_coda played = p->coda;
    p->due_in = LARGE_EVERY - 1;
    p->coda = CODA_LARGE;
    if (arrived == TRI_UNKNOWN) {
        return;
    }
    if (played == CODA_SMALL) {
        p->due_in = arrived == TRI_YES ? 0 : p->due_in;
        p->stalls = arrived == TRI_YES ? p->stalls : 0;
        p->facts.large_passes = arrived == TRI_YES ? p->facts.large_passes : TRI_UNKNOWN;
    } else if (arrived == TRI_YES) {
        p->stalls = 0;
        p->facts.large_passes = TRI_YES;
    } else if (++p->stalls >= 2) {
        p->facts.large_passes = TRI_NO;
    } else {
        p->coda = CODA_SMALL;
        p->due_in = 0;
    }
}

/* What was found before an outage says nothing about the path after it. */
static void forget_coda(struct probe *p)
{
    p->coda = CODA_LARGE;
    p->due_in = 0;
    p->stalls = 0;
    p->facts.large_passes = TRI_UNKNOWN;
}

static enum greeting_end leave(struct probe *p, int fd, int64_t deadline_us)
{
    bool due = p->cfg->probe.large && p->due_in == 0;
    enum tri arrived = TRI_UNKNOWN;
    enum greeting_end end =
        greeting_leave(fd, &p->wake, deadline_us, due ? p->coda : CODA_NONE, &arrived);
    if (due) {
        count_coda(p, arrived);
    } else if (p->due_in > 0) {
        p->due_in--;
    }
    return end;
}

static enum outcome try_greeting(struct probe *p, const struct connection *c, int64_t start_us,
                                 int64_t deadline_us)
{
    struct tunnel_facts *f = &p->facts;
    struct greeting g;
    greeting_read(c->fd, &p->wake, deadline_us, &g);
    if (g.kind == GREETING_NOTHING) {
        (void)snprintf(f->detail, sizeof f->detail,
                       "connected, but no MySQL greeting within %.1f s",
                       (double)p->cfg->timeout_ms / 1000.0);
        return OUTCOME_LOST;
    }
    (void)text_copy(f->detail, sizeof f->detail, g.words);
    if (g.kind == GREETING_ALIEN) {
        return OUTCOME_ODD;
    }
    f->greeting_ms = opt_f64((double)(clock_real_us() - start_us) / 1000.0);
    enum greeting_end end = g.kind == GREETING_SERVER ? leave(p, c->fd, deadline_us) : LEFT_IN;
    if (end != LEFT_IN) {
        (void)snprintf(f->detail, sizeof f->detail, "%.60s; %s", g.words,
                       end == LEFT_REFUSED ? "it refuses and may log " PROBE_USER
                                             ", see config/mysql"
                                           : "it did not answer the login in time");
    }
    return OUTCOME_GOOD;
}

static enum outcome try_once(struct probe *p, const struct address *list, size_t n)
{
    struct tunnel_facts *f = &p->facts;
    int64_t start_us = clock_real_us();
    int64_t deadline_us = start_us + p->cfg->timeout_ms * 1000;
    struct connection c;
    struct error err;
    f->detail[0] = '\0';
    if (!connect_any(list, n, &p->wake, deadline_us, &c, &err)) {
        (void)text_clean_str(f->detail, sizeof f->detail, err.text);
        return OUTCOME_LOST;
    }
    enum outcome outcome =
        p->cfg->probe.greeting ? try_greeting(p, &c, start_us, deadline_us) : OUTCOME_GOOD;
    if (outcome == OUTCOME_GOOD) {
        f->rtt_ms = opt_f64((double)c.connect_us / 1000.0);
    }
    (void)close(c.fd);
    return outcome;
}

/* Returns how many tries within the window were lost. */
static int count_loss(struct probe *p, bool lost)
{
    p->lost[p->next] = lost;
    p->next = (p->next + 1) % p->window;
    p->tries += p->tries < p->window ? 1 : 0;
    p->kept = lost ? 0 : p->kept + 1;
    int n = 0;
    for (int i = 0; i < p->tries; i++) {
        n += p->lost[i] ? 1 : 0;
    }
    return n;
}

static void enter(struct tunnel_facts *f, enum tunnel_state state, int64_t now_ms)
{
    if (f->state != state) {
        f->state = state;
        f->since_ms = now_ms;
    }
}

static void judge(struct probe *p, enum outcome outcome, int64_t now_ms)
{
    struct tunnel_facts *f = &p->facts;
    int lost = count_loss(p, outcome == OUTCOME_LOST);
    f->window = p->tries;
    f->loss = opt_f64((double)lost / p->tries);
    f->strikes = outcome == OUTCOME_LOST ? f->strikes + 1 : 0;
    if (outcome == OUTCOME_LOST) {
        forget_coda(p);
        enter(f, TUNNEL_DOWN, now_ms);
    } else if (outcome == OUTCOME_ODD) {
        enter(f, TUNNEL_DEGRADED, now_ms);
    } else if (lost > 0 && p->kept < RECENT) {
        enter(f, TUNNEL_DEGRADED, now_ms);
        (void)snprintf(f->detail, sizeof f->detail, "%d of the last %d tries lost", lost,
                       p->tries);
    } else if (f->large_passes == TRI_NO) {
        enter(f, TUNNEL_DEGRADED, now_ms);
        (void)text_copy(f->detail, sizeof f->detail,
                        "large packets stall, small ones pass: MTU");
    } else {
        enter(f, TUNNEL_UP, now_ms);
    }
}

static struct tunnel_facts *copy_facts(const struct probe *p)
{
    struct tunnel_facts *copy = mem_alloc(1, sizeof *copy);
    *copy = p->facts;
    return copy;
}

static struct reading *probe_poll(void *self, const struct clock *clk)
{
    struct probe *p = self;
    struct address list[RESOLVE_MAX];
    struct error err;
    wake_clear(&p->wake);
    size_t n = resolver_get(p->resolver, p->cfg->timeout_ms, list, &err);
    int64_t start_ms = clock_mono_ms(clk);
    if (n == 0) {
        enter(&p->facts, TUNNEL_UNKNOWN, start_ms);
        (void)text_clean_str(p->facts.detail, sizeof p->facts.detail, err.text);
        return reading_failed(copy_facts(p), free, start_ms, clock_wall_ms(clk), "%s",
                              err.text);
    }
    enum outcome outcome = try_once(p, list, n);
    if (outcome == OUTCOME_LOST && wake_is_rung(&p->wake)) {
        return reading_failed(copy_facts(p), free, start_ms, clock_wall_ms(clk), "interrupted");
    }
    int64_t taken_at_ms = start_ms + (clock_mono_ms(clk) - start_ms) / 2;
    judge(p, outcome, taken_at_ms);
    return reading_fresh(copy_facts(p), free, taken_at_ms, clock_wall_ms(clk));
}

static void probe_interrupt(void *self)
{
    struct probe *p = self;
    resolver_interrupt(p->resolver);
    wake_ring(&p->wake);
}

static void probe_destroy(void *self)
{
    struct probe *p = self;
    resolver_destroy(p->resolver);
    wake_finish(&p->wake);
    free(p->lost);
    free(p);
}

static const struct source_ops probe_ops = {
    .poll = probe_poll, .interrupt = probe_interrupt, .destroy = probe_destroy};

struct source tunnel_probe_source(const struct config_tunnel *cfg, size_t slot)
{
    struct probe *p = mem_alloc(1, sizeof *p);
    p->cfg = cfg;
    p->resolver = resolver_create(cfg->probe.host, cfg->probe.port);
    if (!wake_init(&p->wake)) {
        abort(); /* out of descriptors before the first poll: nothing else would work either */
    }
    p->window = cfg->probe.window > 0 ? cfg->probe.window : 1;
    p->lost = mem_alloc((size_t)p->window, sizeof p->lost[0]);
    p->facts.data_plane = true;
    p->coda = CODA_LARGE;
    host_port_join(p->facts.endpoint, sizeof p->facts.endpoint, cfg->probe.host,
                   cfg->probe.port);
    return source_make(&probe_ops, p, cfg->name, slot, cfg->period_ms);
}
