#include "backend/config_tunnel.h"

#include <stdio.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/tunnel/provider.h"

#define CLOUD_PERIOD_MIN_MS 5000 /* no request sooner after the one before: aws.c, azure.c */

#define SECOND 1000
/* The metric has a point a minute, and each question is billed. */
#define METRIC_PERIOD_MS (60 * SECOND)

enum { PROBE = 1, AWS = 2, AZURE = 4, STRONGSWAN = 8, EXEC = 16 };

static const struct {
    const char *key;
    unsigned kinds;  /* that know the key */
    unsigned needed; /* of these, those that cannot do without */
} owners[] = {
    {"tunnels", AWS | AZURE | STRONGSWAN | EXEC, 0},
    {"expected_up", AWS | AZURE | STRONGSWAN | EXEC, 0},
    {"host", PROBE, PROBE},
    {"port", PROBE, 0},
    {"greeting", PROBE, 0},
    {"large", PROBE, 0},
    {"window", PROBE, 0},
    {"source", AWS, 0},
    {"region", AWS, 0},
    {"profile", AWS, 0},
    {"vpn_connection", AWS, AWS},
    {"alarms", AWS, 0},
    {"ec2_endpoint", AWS, 0},
    {"cloudwatch_endpoint", AWS, 0},
    {"sts_endpoint", AWS, 0},
    {"cloud", AZURE, 0},
    {"subscription", AZURE, AZURE},
    {"resource_group", AZURE, AZURE},
    {"connection", AZURE, AZURE},
    {"login", AZURE, 0},
    {"tenant", AZURE, 0},
    {"client_id", AZURE, 0},
    {"client_secret", AZURE, 0},
    {"token_file", AZURE, 0},
    {"arm_endpoint", AZURE, 0},
    {"login_endpoint", AZURE, 0},
    {"identity_endpoint", AZURE, 0},
    {"ca", AWS | AZURE, 0},
    {"socket", STRONGSWAN, 0},
    {"command", EXEC, EXEC},
};

static const struct {
    int64_t period_ms, timeout_ms; /* see backend/tunnel/: what each can bear */
} paces[] = {
    [TUNNEL_PROBE] = {SECOND, 2 * SECOND},       [TUNNEL_AWS] = {20 * SECOND, 10 * SECOND},
    [TUNNEL_AZURE] = {30 * SECOND, 10 * SECOND}, [TUNNEL_STRONGSWAN] = {SECOND, 2 * SECOND},
    [TUNNEL_EXEC] = {5 * SECOND, 10 * SECOND},
};

#define OWNERS_N (sizeof owners / sizeof owners[0])

bool config_tunnel_has(const void *element, const char *key)
{
    const struct config_tunnel *t = element;
    for (size_t i = 0; i < OWNERS_N; i++) {
        if (strcmp(owners[i].key, key) == 0) {
            return owners[i].kinds & 1U << t->kind;
        }
    }
    return true;
}

bool config_tunnel_needs(enum config_tunnel_kind kind, const char *key)
{
    for (size_t i = 0; i < OWNERS_N; i++) {
        if (strcmp(owners[i].key, key) == 0) {
            return owners[i].needed & 1U << kind;
        }
    }
    return false;
}

static int words(char *const *list)
{
    int n = 0;
    while (list && list[n]) {
        n++;
    }
    return n;
}

void config_tunnel_derive(struct config_tunnel *t)
{
    if (!t->name) {
        t->name = mem_strdup(tunnel_provider_find(t->kind)->type);
    }
    bool by_metric = t->kind == TUNNEL_AWS && t->aws.source == AWS_CLOUDWATCH;
    int64_t period_ms = by_metric ? METRIC_PERIOD_MS : paces[t->kind].period_ms;
    t->period_ms = t->period_ms ? t->period_ms : period_ms;
    t->timeout_ms = t->timeout_ms ? t->timeout_ms : paces[t->kind].timeout_ms;
    if (t->expected_up == 0) {
        t->expected_up = t->tunnels ? words(t->tunnels) : 1;
    }
    if (t->kind == TUNNEL_STRONGSWAN && !t->socket) {
        t->socket = mem_strdup("/run/charon.vici");
    }
}

/* "aws", "azure": those that know the key. */
static void kinds_words(unsigned kinds, char *out, size_t out_size)
{
    out[0] = '\0';
    for (size_t i = 0; i < tunnel_providers_n; i++) {
        size_t n = strlen(out);
        if (kinds & 1U << tunnel_providers[i].kind) {
            (void)snprintf(out + n, out_size - n, "%s\"%s\"", n ? ", " : "",
                           tunnel_providers[i].type);
        }
    }
}

static bool check_keys(const struct config_tunnel *t, const struct config_node *node,
                       struct error *err)
{
    const char *type = tunnel_provider_find(t->kind)->type;
    for (size_t i = 0; i < OWNERS_N; i++) {
        const struct config_node *key = config_node_get(node, owners[i].key);
        if (key && !(owners[i].kinds & 1U << t->kind)) {
            char kinds[80];
            kinds_words(owners[i].kinds, kinds, sizeof kinds);
            return config_node_fail(key, err,
                                    "\"%s\" is no key of the type \"%s\", expected it with %s",
                                    owners[i].key, type, kinds);
        }
        if (!key && owners[i].needed & 1U << t->kind) {
            return config_node_fail(node, err, "no \"%s\", expected one with the type \"%s\"",
                                    owners[i].key, type);
        }
    }
    return true;
}

static bool check_words(char *const *list, const struct config_node *node, const char *key,
                        int most, size_t size, struct error *err)
{
    int n = words(list);
    if (n > most) {
        return config_node_fail(config_node_get(node, key), err,
                                "%d names, expected at most %d", n, most);
    }
    const struct config_node *word =
        n > 0 ? config_node_first(config_node_get(node, key)) : NULL;
    for (int i = 0; i < n; i++, word = config_node_next(word)) {
        if (strlen(list[i]) >= size) {
            return config_node_fail(word, err, "%zu bytes, expected at most %zu",
                                    strlen(list[i]), size - 1);
        }
        for (int j = 0; j < i; j++) {
            if (strcmp(list[i], list[j]) == 0) {
                return config_node_fail(word, err, "\"%s\" stands there twice", list[i]);
            }
        }
    }
    return true;
}

bool config_tunnel_check(const struct config_tunnel *t, const struct config_node *node,
                         struct error *err)
{
    if (!check_keys(t, node, err)) {
        return false;
    }
    if (!check_words(t->tunnels, node, "tunnels", TUNNEL_LEGS_MAX,
                     sizeof((struct tunnel_leg *)0)->id, err) ||
        !check_words(t->aws.alarms, node, "alarms", TUNNEL_ALARMS_MAX,
                     sizeof((struct tunnel_alarm *)0)->name, err)) {
        return false;
    }
    bool cloud = t->kind == TUNNEL_AWS || t->kind == TUNNEL_AZURE;
    if (cloud && t->period_ms < CLOUD_PERIOD_MIN_MS) {
        return config_node_fail(config_node_get(node, "period"), err,
                                "shorter than 5s, expected no more than a cloud's interface "
                                "is asked");
    }
    if (t->tunnels && t->expected_up > words(t->tunnels)) {
        return config_node_fail(config_node_get(node, "expected_up"), err,
                                "%d of %d tunnels, expected at most as many as are named",
                                t->expected_up, words(t->tunnels));
    }
    if (t->kind == TUNNEL_AWS && t->aws.source == AWS_CLOUDWATCH && !t->tunnels) {
        return config_node_fail(config_node_get(node, "source"), err,
                                "CloudWatch does not tell which tunnels there are, expected "
                                "\"tunnels\" with their outside addresses beside it");
    }
    return true;
}
