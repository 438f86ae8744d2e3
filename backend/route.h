/* The path that a piece of evidence travelled. Two routes are independent when one broken thing
 * between here and the site cannot silence both: what is asked over the Internet, what goes through
 * the VPN, and what reaches the site by a line of its own. */
#ifndef DRTOP_ROUTE_H
#define DRTOP_ROUTE_H

enum route {
    ROUTE_PUBLIC, /* the Internet, as the site's users come */
    ROUTE_VPN,    /* the tunnel between the sites */
    ROUTE_DIRECT, /* neither: a line of its own, or the site itself */
    ROUTE_CONTROL_PLANE,
    ROUTE_NEUTRAL, /* to a third party: tells about us, not about a site */
};

/* "public", "vpn", "direct", "control-plane", "neutral" */
const char *route_name(enum route route);

#endif
