#include "backend/tunnel/provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/net/text.h"

const struct tunnel_provider tunnel_providers[] = {
    {TUNNEL_PROBE, "probe", tunnel_probe_source},
    {TUNNEL_AWS, "aws", tunnel_aws_source},
    {TUNNEL_AZURE, "azure", tunnel_azure_source},
    {TUNNEL_STRONGSWAN, "strongswan", tunnel_strongswan_source},
    {TUNNEL_EXEC, "exec", tunnel_exec_source},
};

const size_t tunnel_providers_n = sizeof tunnel_providers / sizeof tunnel_providers[0];

const struct tunnel_provider *tunnel_provider_find(enum config_tunnel_kind kind)
{
    for (size_t i = 0; i < tunnel_providers_n; i++) {
        if (tunnel_providers[i].kind == kind) {
            return &tunnel_providers[i];
        }
    }
    return NULL;
}

static size_t count(const struct tunnel_facts *facts, enum tunnel_state state)
{
    size_t n = 0;
    for (size_t i = 0; i < facts->n_legs; i++) {
        n += facts->legs[i].state == state;
    }
    return n;
}

void tunnel_facts_sum(struct tunnel_facts *facts, int expected_up,
                      const struct tunnel_facts *before, int64_t now_ms)
{
    size_t up = count(facts, TUNNEL_UP), some = up + count(facts, TUNNEL_DEGRADED);
    size_t unknown = count(facts, TUNNEL_UNKNOWN);
    if (facts->n_legs > 0 && up >= (size_t)expected_up) {
        facts->state = TUNNEL_UP;
    } else if (some > 0) {
        facts->state = TUNNEL_DEGRADED;
    } else if (count(facts, TUNNEL_CONNECTING) > 0) {
        facts->state = TUNNEL_CONNECTING;
    } else {
        facts->state = unknown > 0 || facts->n_legs == 0 ? TUNNEL_UNKNOWN : TUNNEL_DOWN;
    }
    bool same = before && before->state == facts->state;
    facts->since_ms = same ? before->since_ms : now_ms;
    if (!facts->detail[0]) {
        (void)snprintf(facts->detail, sizeof facts->detail, "%zu of %zu up", up, facts->n_legs);
    }
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct tunnel_leg *)a)->id, ((const struct tunnel_leg *)b)->id);
}

/* Moves the leg of that name to place i, or makes an unknown one there. */
static void settle(struct tunnel_facts *facts, size_t i, const char *id)
{
    struct tunnel_leg found = {.state = TUNNEL_UNKNOWN, .detail = "not in the answer"};
    (void)text_copy(found.id, sizeof found.id, id);
    size_t at = i;
    while (at < facts->n_legs && strcmp(facts->legs[at].id, id) != 0) {
        at++;
    }
    if (at < facts->n_legs) {
        found = facts->legs[at];
    } else if (facts->n_legs < TUNNEL_LEGS_MAX) {
        at = facts->n_legs++;
    } else {
        at = facts->n_legs - 1;
    }
    memmove(&facts->legs[i + 1], &facts->legs[i], (at - i) * sizeof facts->legs[0]);
    facts->legs[i] = found;
}

void tunnel_facts_order(struct tunnel_facts *facts, const struct config_tunnel *cfg)
{
    if (!cfg->tunnels) {
        qsort(facts->legs, facts->n_legs, sizeof facts->legs[0], by_id);
        return;
    }
    for (size_t i = 0; cfg->tunnels[i] && i < TUNNEL_LEGS_MAX; i++) {
        settle(facts, i, cfg->tunnels[i]);
    }
}
