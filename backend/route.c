#include "backend/route.h"

const char *route_name(enum route route)
{
    static const char *const names[] = {[ROUTE_PUBLIC] = "public",
                                        [ROUTE_VPN] = "vpn",
                                        [ROUTE_DIRECT] = "direct",
                                        [ROUTE_CONTROL_PLANE] = "control-plane",
                                        [ROUTE_NEUTRAL] = "neutral"};
    return names[route];
}
