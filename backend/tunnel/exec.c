/* The view of a program that the operator names, for gateways that drtop does not know itself. It
 * answers on its standard output as config/tunnel.schema.json says. A program that fails has said
 * nothing about the path: unknown, never down. */
#include "backend/tunnel/provider.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "backend/fact/clock.h"
#include "backend/mem.h"
#include "backend/net/command.h"
#include "backend/net/text.h"
#include "backend/tunnel/exec_answer.h"

#define ANSWER_MAX (256 * 1024)
#define GRACE_MS   1000

struct exec_view {
    const struct config_tunnel *cfg;
    atomic_bool stop;
    char *answer;              /* room for ANSWER_MAX bytes */
    struct tunnel_facts facts; /* of the newest good poll */
    bool has_facts;
    int64_t observed_ms, taken_at_ms; /* of that poll */
};

static bool ask(struct exec_view *v, struct exec_answer *out, const struct clock *clk,
                struct error *err)
{
    size_t len = 0;
    struct command command = {.argv = v->cfg->command,
                              .timeout_ms = v->cfg->timeout_ms,
                              .stop = &v->stop,
                              .output_max = ANSWER_MAX,
                              .grace_ms = GRACE_MS,
                              .complains = true,
                              .c_locale = true};
    struct error why = {0};
    if (!command_run(&command, v->answer, ANSWER_MAX, &len, err)) {
        return false;
    }
    if (!exec_answer_parse(v->answer, len, v->cfg->tunnels, out, &why) ||
        !exec_answer_is_new(out, clock_wall_ms(clk), v->cfg->period_ms, &why)) {
        error_set(err, "%.200s: %.400s", v->cfg->command[0], why.text);
        return false;
    }
    return true;
}

/* The program's moment on our clock. Said again, it is the same reading. */
static int64_t taken_at(const struct exec_view *v, const struct exec_answer *answer,
                        const struct clock *clk)
{
    if (v->has_facts && answer->observed_ms == v->observed_ms) {
        return v->taken_at_ms;
    }
    int64_t age_ms = clock_wall_ms(clk) - answer->observed_ms;
    return clock_mono_ms(clk) - (age_ms > 0 ? age_ms : 0);
}

static void sum_up(struct exec_view *v, const struct exec_answer *answer, int64_t taken_at_ms)
{
    struct tunnel_facts before = v->facts, *f = &v->facts;
    *f = (struct tunnel_facts){.n_legs = answer->n};
    memcpy(f->legs, answer->legs, sizeof f->legs);
    (void)text_clean_str(f->endpoint, sizeof f->endpoint, v->cfg->command[0]);
    tunnel_facts_order(f, v->cfg);
    tunnel_facts_sum(f, v->cfg->expected_up, v->has_facts ? &before : NULL, taken_at_ms);
    v->has_facts = true;
    v->observed_ms = answer->observed_ms;
    v->taken_at_ms = taken_at_ms;
}

static struct reading *exec_poll(void *self, const struct clock *clk)
{
    struct exec_view *v = self;
    struct exec_answer answer;
    struct error err = {0};
    atomic_store(&v->stop, false);
    int64_t start_ms = clock_mono_ms(clk);
    if (!ask(v, &answer, clk, &err)) {
        return reading_failed(NULL, NULL, start_ms, clock_wall_ms(clk), "%s", err.text);
    }
    sum_up(v, &answer, taken_at(v, &answer, clk));
    struct tunnel_facts *copy = mem_alloc(1, sizeof *copy);
    *copy = v->facts;
    return reading_fresh(copy, free, v->taken_at_ms, answer.observed_ms);
}

static void exec_interrupt(void *self)
{
    struct exec_view *v = self;
    atomic_store(&v->stop, true);
}

static void exec_destroy(void *self)
{
    struct exec_view *v = self;
    free(v->answer);
    free(v);
}

static const struct source_ops exec_ops = {
    .poll = exec_poll, .interrupt = exec_interrupt, .destroy = exec_destroy};

struct source tunnel_exec_source(const struct config_tunnel *cfg, size_t slot)
{
    struct exec_view *v = mem_alloc(1, sizeof *v);
    v->cfg = cfg;
    v->answer = mem_alloc(ANSWER_MAX, 1);
    return source_make(&exec_ops, v, cfg->name, slot, cfg->period_ms);
}
