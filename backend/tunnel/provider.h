/* A provider is one view of the path between the sites: a probe through it, what a cloud says of
 * it, what the gateway says of it. One file a provider, one row in tunnel_providers[]. Readings
 * hold a struct tunnel_facts, FRESH when the provider learned something (also that the path is
 * down), FAILED when it did not learn anything (the cloud did not answer). */
#ifndef DRTOP_TUNNEL_PROVIDER_H
#define DRTOP_TUNNEL_PROVIDER_H

#include "backend/config.h"
#include "backend/fact/opt.h"
#include "backend/fact/poller.h"

#include <stddef.h>

enum tunnel_state { TUNNEL_UNKNOWN, TUNNEL_UP, TUNNEL_DEGRADED, TUNNEL_DOWN };

struct tunnel_facts {
    enum tunnel_state state;
    bool data_plane;            /* evidence (traffic passed), not an opinion */
    int64_t since_ms;           /* monotonic: when this state began, as far as we saw */
    char endpoint[64];          /* "10.0.2.50:3306" */
    char detail[160];           /* sanitised words: "connect timed out after 2 s" */
    int strikes;                /* failed tries in a row */
    struct opt_f64 rtt_ms;      /* of the newest good try: TCP connect */
    struct opt_f64 greeting_ms; /* probe: until the MySQL greeting */
    struct opt_f64 loss;        /* probe: 0..1 over the window */
    int window;                 /* tries that loss was counted over so far */
};

struct tunnel_provider {
    enum config_tunnel_kind kind;
    const char *type; /* as in the configuration: "probe" */
    struct source (*create)(const struct config_tunnel *cfg, size_t slot);
};

extern const struct tunnel_provider tunnel_providers[];
extern const size_t tunnel_providers_n;

const struct tunnel_provider *tunnel_provider_find(enum config_tunnel_kind kind);

/* One function a provider file. */
struct source tunnel_probe_source(const struct config_tunnel *cfg, size_t slot);

#endif
