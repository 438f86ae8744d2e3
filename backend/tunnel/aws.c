/* The tunnel as AWS says: EC2's telemetry of the VPN connection, or CloudWatch's metric alone, and
 * the customer's alarms. An opinion, minutes old at times; the probe decides. */
#include "backend/tunnel/provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/tunnel/aws_alarms.h"
#include "backend/tunnel/cloudwatch.h"

/* Asked sooner, it answers from memory: whoever pokes does not get us throttled. */
#define APART_MS 5000

struct view {
    const struct config_tunnel *cfg;
    struct aws_client *client;
    uint64_t random;
    struct aws_lane lane;
    struct aws_alarms alarms;
    struct reading *last; /* NULL: none yet */
    int64_t asked_ms;     /* monotonic: when the last poll that asked had its answer */
    bool has_before;
    struct tunnel_facts before; /* of the newest good reading */
};

/* What is to be said beside how many are up. */
static void remark(struct tunnel_facts *facts, const char *what, const char *words)
{
    char text[sizeof facts->detail];
    (void)text_copy(text, sizeof text, facts->detail);
    (void)snprintf(facts->detail, sizeof facts->detail, "%.60s; %s%.80s", text, what, words);
}

static bool knows_any(const struct tunnel_facts *facts)
{
    for (size_t i = 0; i < facts->n_legs; i++) {
        if (facts->legs[i].state != TUNNEL_UNKNOWN) {
            return true;
        }
    }
    return false;
}

static bool ask_ec2(struct view *v, struct aws_asker *a, struct tunnel_facts *facts,
                    char state[24], struct error *err)
{
    struct ec2_connection c = {0};
    if (!aws_ask_connection(a, &v->lane, &c, err)) {
        return false;
    }
    facts->n_legs = c.n_legs;
    memcpy(facts->legs, c.legs, sizeof facts->legs);
    memcpy(state, c.state, sizeof c.state);
    return true;
}

static bool ask_metric(struct view *v, struct aws_asker *a, struct tunnel_facts *facts,
                       struct error *err)
{
    char *const *tunnels = v->cfg->tunnels;
    int64_t wall_ms = clock_wall_ms(a->clk);
    char *answer = NULL;
    size_t len = 0;
    if (!aws_ask_cloudwatch(a, &v->lane, "GetMetricData",
                            cloudwatch_ask_states(v->cfg->aws.vpn_connection, tunnels, wall_ms),
                            &answer, &len, err)) {
        return false;
    }
    bool ok =
        cloudwatch_parse_states(answer, len, tunnels, wall_ms, facts->legs, &facts->n_legs);
    free(answer);
    if (!ok) {
        error_set(err, "the answer is not understood: no data of the metric");
    }
    return ok;
}

static bool ask_path(struct view *v, struct aws_asker *a, struct tunnel_facts *facts,
                     struct error *err)
{
    char state[24] = "";
    bool by_metric = v->cfg->aws.source == AWS_CLOUDWATCH;
    if (by_metric ? !ask_metric(v, a, facts, err) : !ask_ec2(v, a, facts, state, err)) {
        return false;
    }
    (void)text_clean_str(facts->endpoint, sizeof facts->endpoint, v->cfg->aws.vpn_connection);
    tunnel_facts_order(facts, v->cfg);
    if (!knows_any(facts)) {
        (void)text_copy(facts->detail, sizeof facts->detail,
                        by_metric ? "no point of TunnelState in 10 min" : "no telemetry");
    }
    tunnel_facts_sum(facts, v->cfg->expected_up, v->has_before ? &v->before : NULL,
                     clock_mono_ms(a->clk));
    if (state[0] && strcmp(state, "available") != 0) {
        remark(facts, "the connection is ", state);
    }
    v->before = *facts;
    v->has_before = true;
    return true;
}

static struct reading *keep(struct view *v, struct reading *r)
{
    reading_unref(v->last);
    v->last = r;
    return reading_ref(r);
}

static struct reading *view_poll(void *self, const struct clock *clk)
{
    struct view *v = self;
    int64_t start_ms = clock_mono_ms(clk), wall_ms = clock_wall_ms(clk);
    if (v->last && (start_ms - v->asked_ms < APART_MS || start_ms < v->lane.next_ms)) {
        return reading_ref(v->last);
    }
    struct aws_asker a = {.cfg = v->cfg, .client = v->client, .clk = clk, .random = v->random};
    struct tunnel_facts *facts = mem_alloc(1, sizeof *facts);
    struct error err = {0};
    bool ok = ask_path(v, &a, facts, &err);
    int64_t half_ms = (clock_mono_ms(clk) - start_ms) / 2;
    if (ok) {
        aws_alarms_turn(&v->alarms, &a);
        aws_alarms_tell(&v->alarms, facts);
        if (v->alarms.trouble[0]) {
            remark(facts, "alarm history: ", v->alarms.trouble);
        }
    }
    v->random = a.random;
    v->asked_ms = clock_mono_ms(clk);
    if (ok) {
        return keep(v, reading_fresh(facts, free, start_ms + half_ms, wall_ms + half_ms));
    }
    free(facts);
    return keep(
        v, reading_failed(NULL, NULL, start_ms + half_ms, wall_ms + half_ms, "%s", err.text));
}

static void view_interrupt(void *self)
{
    struct view *v = self;
    aws_client_interrupt(v->client);
}

static void view_destroy(void *self)
{
    struct view *v = self;
    reading_unref(v->last);
    aws_client_destroy(v->client);
    free(v);
}

static const struct source_ops ops = {
    .poll = view_poll, .interrupt = view_interrupt, .destroy = view_destroy};

/* No back-off of the poller: what throttles has one of its own, and what else fails is tried again
 * in time. */
struct source tunnel_aws_source(const struct config_tunnel *cfg, size_t slot)
{
    struct aws_client_options options = {.region = cfg->aws.region,
                                         .profile = cfg->aws.profile,
                                         .sts_endpoint = cfg->aws.sts_endpoint,
                                         .ca = cfg->ca,
                                         .timeout_ms = cfg->timeout_ms};
    struct view *v = mem_alloc(1, sizeof *v);
    v->cfg = cfg;
    v->random = (uint64_t)clock_real_us() | 1;
    v->lane.base_ms = cfg->period_ms;
    v->client = aws_client_create(&options);
    if (!v->client) {
        abort(); /* out of memory or descriptors before the first poll */
    }
    return source_make(&ops, v, cfg->name, slot, cfg->period_ms);
}
