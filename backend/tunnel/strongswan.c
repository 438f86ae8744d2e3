/* The view of a gateway that is a Linux host with strongSwan: charon is asked over VICI, once a
 * second, for its connections and their SAs. The conversation is kept open between polls, and
 * charon tells in it of SAs that ended in between. Its log is only listened to while something
 * is not up: a drtop that is stopped (Ctrl-Z) would let charon's queue of it grow. */
#include "backend/tunnel/provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/fact/clock.h"
#include "backend/mem.h"
#include "backend/net/connect.h"
#include "backend/net/text.h"
#include "backend/tunnel/gateway_legs.h"
#include "backend/tunnel/vici_link.h"

struct gateway {
    const struct config_tunnel *cfg;
    struct wake wake;
    struct vici_link link;
    bool listens; /* to the log */
    struct gateway_poll poll;
    struct gateway_memory memory;
    struct tunnel_facts facts; /* of the newest good poll */
    bool has_facts;
};

static bool hear(void *ctx, struct vici_frame *event)
{
    struct gateway *g = ctx;
    if (vici_is(event->name, "list-conn")) {
        return gateway_hear_connection(&g->poll, event->body);
    }
    if (vici_is(event->name, "list-sa")) {
        return gateway_hear_sa(&g->poll, event->body);
    }
    if (vici_is(event->name, "ike-updown")) {
        return gateway_hear_updown(&g->memory, event->body);
    }
    return !vici_is(event->name, "log") || gateway_hear_log(&g->memory, event->body);
}

static bool greet(struct gateway *g, const struct vici_talk *talk, struct error *err)
{
    g->listens = false;
    return vici_link_open(&g->link, g->cfg->socket, err) &&
           vici_link_register(&g->link, "list-conn", true, talk, err) &&
           vici_link_register(&g->link, "list-sa", true, talk, err) &&
           vici_link_register(&g->link, "ike-updown", true, talk, err);
}

static bool ask(struct gateway *g, const struct vici_talk *talk, struct error *err)
{
    g->poll = (struct gateway_poll){.wanted = g->cfg->tunnels};
    return (vici_link_is_open(&g->link) || greet(g, talk, err)) &&
           vici_link_ask(&g->link, "list-conns", talk, err) &&
           vici_link_ask(&g->link, "list-sas", talk, err);
}

/* A conversation that ended since the last poll, because charon was restarted, is begun anew once;
 * not one that ran out of time. */
static bool ask_twice(struct gateway *g, const struct vici_talk *talk, struct error *err)
{
    bool kept = vici_link_is_open(&g->link);
    if (ask(g, talk, err)) {
        return true;
    }
    bool again = kept && clock_real_us() < talk->deadline_us && !wake_is_rung(talk->wake);
    return again && ask(g, talk, err);
}

static bool all_up(const struct tunnel_facts *facts)
{
    size_t up = 0;
    while (up < facts->n_legs && facts->legs[up].state == TUNNEL_UP) {
        up++;
    }
    return up == facts->n_legs;
}

/* Reasons are told from the next poll on. That it cannot be had is no harm. */
static void want_reasons(struct gateway *g, const struct vici_talk *talk)
{
    bool on = !all_up(&g->facts);
    if (on != g->listens && vici_link_register(&g->link, "log", on, talk, NULL)) {
        g->listens = on;
    }
}

static void sum_up(struct gateway *g, int64_t now_ms, int64_t wall_ms)
{
    struct tunnel_facts before = g->facts, *f = &g->facts;
    *f = (struct tunnel_facts){0};
    (void)text_clean_str(f->endpoint, sizeof f->endpoint, g->cfg->socket);
    gateway_fold(&g->poll, &g->memory, wall_ms, f);
    tunnel_facts_order(f, g->cfg);
    for (size_t i = 0; i < f->n_legs; i++) {
        if (f->legs[i].state == TUNNEL_UNKNOWN) {
            (void)text_copy(f->legs[i].detail, sizeof f->legs[i].detail,
                            "charon has no connection of that name");
        }
    }
    tunnel_facts_sum(f, g->cfg->expected_up, g->has_facts ? &before : NULL, now_ms);
    if (g->poll.more > 0) {
        size_t len = strlen(f->detail);
        (void)snprintf(f->detail + len, sizeof f->detail - len,
                       "; %zu more: name in \"tunnels\" those that matter", g->poll.more);
    }
    g->has_facts = true;
}

static struct tunnel_facts *copy_facts(const struct gateway *g)
{
    struct tunnel_facts *copy = mem_alloc(1, sizeof *copy);
    *copy = g->facts;
    return copy;
}

static struct reading *gateway_poll(void *self, const struct clock *clk)
{
    struct gateway *g = self;
    struct error err = {0};
    wake_clear(&g->wake);
    struct vici_talk talk = {.wake = &g->wake,
                             .deadline_us = clock_real_us() + g->cfg->timeout_ms * 1000,
                             .on_event = hear,
                             .ctx = g};
    int64_t start_ms = clock_mono_ms(clk);
    if (!ask_twice(g, &talk, &err)) {
        return reading_failed(NULL, NULL, start_ms, clock_wall_ms(clk), "%s", err.text);
    }
    int64_t taken_at_ms = start_ms + (clock_mono_ms(clk) - start_ms) / 2;
    int64_t wall_ms = clock_wall_ms(clk);
    sum_up(g, taken_at_ms, wall_ms);
    want_reasons(g, &talk);
    return reading_fresh(copy_facts(g), free, taken_at_ms, wall_ms);
}

static void gateway_interrupt(void *self)
{
    struct gateway *g = self;
    wake_ring(&g->wake);
}

static void gateway_destroy(void *self)
{
    struct gateway *g = self;
    vici_link_close(&g->link);
    wake_finish(&g->wake);
    free(g);
}

static const struct source_ops gateway_ops = {
    .poll = gateway_poll, .interrupt = gateway_interrupt, .destroy = gateway_destroy};

struct source tunnel_strongswan_source(const struct config_tunnel *cfg, size_t slot)
{
    struct gateway *g = mem_alloc(1, sizeof *g);
    g->cfg = cfg;
    vici_link_init(&g->link);
    if (!wake_init(&g->wake)) {
        abort(); /* out of descriptors before the first poll: nothing else would work either */
    }
    return source_make(&gateway_ops, g, cfg->name, slot, cfg->period_ms);
}
