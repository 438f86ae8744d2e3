#include "backend/tunnel/provider.h"

const struct tunnel_provider tunnel_providers[] = {
    {.kind = TUNNEL_PROBE, .type = "probe", .create = tunnel_probe_source},
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
