/* DescribeVpnConnections. Shape and order are those of recorded answers; the keys in it are the
 * real ones of this lab. */
#include "lab/ec2.h"

#include <stdlib.h>
#include <string.h>

static const char *const outside[CLOUD_LEGS] = {"198.51.100.11", "198.51.100.12"};
static const char *const inside[CLOUD_LEGS] = {"169.254.96.24/30", "169.254.48.4/30"};
static const char *const key_files[CLOUD_LEGS] = {"psk1.password", "psk2.password"};

static const char *const auth_codes[][2] = {
    [AUTH_MISSING] = {"MissingAuthenticationToken", "Request is missing Authentication Token"},
    [AUTH_UNKNOWN] = {"AuthFailure",
                      "AWS was not able to validate the provided access credentials"},
    [AUTH_EXPIRED] = {"RequestExpired", "Request has expired."},
    [AUTH_SKEWED] = {"RequestExpired", "Request has expired."},
    [AUTH_SCOPE] = {"AuthFailure", "Credential should be scoped to this region and service"},
    [AUTH_WRONG] = {"SignatureDoesNotMatch",
                    "The request signature we calculated does not match the signature you "
                    "provided."},
};

static bool refused(const struct cloud_request *q, struct cloud_reply *r)
{
    static const unsigned statuses[] = {
        [AUTH_MISSING] = 403, [AUTH_UNKNOWN] = 401, [AUTH_EXPIRED] = 400,
        [AUTH_SKEWED] = 400,  [AUTH_SCOPE] = 401,   [AUTH_WRONG] = 403};
    if (q->mode == MODE_THROTTLE) {
        ec2_error(r, false, 503, "RequestLimitExceeded", "Request limit exceeded.");
        return true;
    }
    if (q->mode == MODE_FORBIDDEN) {
        ec2_error(r, false, 403, "UnauthorizedOperation",
                  "You are not authorized to perform this operation.");
        return true;
    }
    enum auth auth = q->mode == MODE_UNAUTHORIZED ? AUTH_UNKNOWN : ec2_auth(q, "ec2");
    if (auth != AUTH_OK) {
        ec2_error(r, false, statuses[auth], auth_codes[auth][0], auth_codes[auth][1]);
    }
    return auth != AUTH_OK;
}

/* What a customer downloads as the configuration of their gateway: XML, escaped into XML. */
static void add_gateway(struct buf *b, int i, const char *key)
{
    buf_printf(b,
               "  &lt;ipsec_tunnel&gt;\n    &lt;customer_gateway&gt;\n"
               "      &lt;tunnel_outside_address&gt;\n"
               "        &lt;ip_address&gt;203.0.113.20&lt;/ip_address&gt;\n"
               "      &lt;/tunnel_outside_address&gt;\n    &lt;/customer_gateway&gt;\n"
               "    &lt;vpn_gateway&gt;\n      &lt;tunnel_outside_address&gt;\n"
               "        &lt;ip_address&gt;%s&lt;/ip_address&gt;\n"
               "      &lt;/tunnel_outside_address&gt;\n    &lt;/vpn_gateway&gt;\n",
               outside[i]);
    buf_printf(b,
               "    &lt;ike&gt;\n"
               "      &lt;authentication_protocol&gt;sha2-256&lt;/authentication_protocol&gt;\n"
               "      &lt;encryption_protocol&gt;aes-256-cbc&lt;/encryption_protocol&gt;\n"
               "      &lt;lifetime&gt;28800&lt;/lifetime&gt;\n"
               "      &lt;perfect_forward_secrecy&gt;group14&lt;/perfect_forward_secrecy&gt;\n"
               "      &lt;pre_shared_key&gt;%s&lt;/pre_shared_key&gt;\n    &lt;/ike&gt;\n"
               "  &lt;/ipsec_tunnel&gt;\n",
               key);
}

static void add_option(struct buf *b, int i, const char *key)
{
    buf_printf(b,
               "<item><outsideIpAddress>%s</outsideIpAddress><tunnelInsideCidr>%s"
               "</tunnelInsideCidr><preSharedKey>%s</preSharedKey>"
               "<phase1LifetimeSeconds>28800</phase1LifetimeSeconds>"
               "<phase2LifetimeSeconds>3600</phase2LifetimeSeconds>"
               "<rekeyMarginTimeSeconds>270</rekeyMarginTimeSeconds>"
               "<rekeyFuzzPercentage>100</rekeyFuzzPercentage>"
               "<replayWindowSize>1024</replayWindowSize>"
               "<dpdTimeoutSeconds>30</dpdTimeoutSeconds>"
               "<dpdTimeoutAction>clear</dpdTimeoutAction>"
               "<ikeVersionSet><item><value>ikev2</value></item></ikeVersionSet>"
               "<startupAction>add</startupAction></item>",
               outside[i], inside[i], key);
}

static void add_options(struct buf *b, char *const keys[CLOUD_LEGS])
{
    buf_text(b, "<options><enableAcceleration>false</enableAcceleration>"
                "<staticRoutesOnly>true</staticRoutesOnly>"
                "<localIpv4NetworkCidr>0.0.0.0/0</localIpv4NetworkCidr>"
                "<remoteIpv4NetworkCidr>0.0.0.0/0</remoteIpv4NetworkCidr>"
                "<outsideIpAddressType>PublicIpv4</outsideIpAddressType>"
                "<tunnelInsideIpVersion>ipv4</tunnelInsideIpVersion><tunnelOptionSet>");
    for (int i = 0; i < CLOUD_LEGS; i++) {
        add_option(b, i, keys[i]);
    }
    buf_text(b, "</tunnelOptionSet></options><routes><item><destinationCidrBlock>10.1.0.0/16"
                "</destinationCidrBlock><source>Static</source><state>available</state></item>"
                "</routes><tagSet/>");
}

/* The second first: the order is not promised. */
static void add_telemetry(struct buf *b, const struct cloud_view *view)
{
    buf_text(b, "<vgwTelemetry>");
    for (int i = CLOUD_LEGS - 1; i >= 0; i--) {
        char when[40];
        const struct cloud_leg *leg = &view->legs[i];
        cloud_iso(leg->changed_ms / 1000 * 1000, when, sizeof when);
        buf_printf(b,
                   "<item><acceptedRouteCount>%d</acceptedRouteCount><lastStatusChange>%s"
                   "</lastStatusChange><outsideIpAddress>%s</outsideIpAddress><status>%s"
                   "</status>%s</item>",
                   leg->up ? 1 : 0, when, outside[i], leg->up ? "UP" : "DOWN",
                   leg->up ? "<statusMessage/>"
                           : "<statusMessage>IPSEC IS DOWN</statusMessage>");
    }
    buf_text(b, "</vgwTelemetry>");
}

static void add_connection(struct buf *b, bool old)
{
    struct cloud_view view;
    char *keys[CLOUD_LEGS];
    cloud_look(&view);
    for (int i = 0; i < CLOUD_LEGS; i++) {
        keys[i] = cloud_secret(ec2_options->run, key_files[i]);
    }
    buf_text(b, "<item>");
    if (!old) {
        add_options(b, keys);
    }
    add_telemetry(b, &view);
    buf_printf(b,
               "<vpnConnectionId>%s</vpnConnectionId><state>available</state>"
               "<customerGatewayConfiguration>&lt;vpn_connection id=\"%s\"&gt;\n",
               ec2_options->connection, ec2_options->connection);
    for (int i = 0; i < CLOUD_LEGS; i++) {
        add_gateway(b, i, keys[i]);
        free(keys[i]);
    }
    buf_text(b, "&lt;/vpn_connection&gt;\n</customerGatewayConfiguration><type>ipsec.1</type>"
                "<customerGatewayId>cgw-0123456789abcdef0</customerGatewayId>"
                "<vpnGatewayId>vgw-0123456789abcdef0</vpnGatewayId></item>");
}

void ec2_vpn_answer(const struct cloud_request *q, struct cloud_reply *r)
{
    if (refused(q, r)) {
        return;
    }
    char *id = cloud_form(q, "VpnConnectionId.1");
    bool old = q->mode == MODE_OLD, known = strcmp(id, ec2_options->connection) == 0;
    if (id[0] != '\0' && !known) {
        ec2_error(r, false, 400, "InvalidVpnConnectionID.NotFound",
                  "The vpnConnection ID does not exist");
    } else {
        r->status = 200;
        r->type = old ? "text/html" : "text/xml";
        buf_printf(&r->body,
                   "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                   "<DescribeVpnConnectionsResponse xmlns=\"http://ec2.amazonaws.com/doc/%s\">",
                   old ? "2013-10-15/" : "2016-11-15");
        if (q->mode == MODE_EMPTY) {
            buf_text(&r->body, "<vpnConnectionSet/>");
        } else {
            buf_text(&r->body, "<vpnConnectionSet>");
            add_connection(&r->body, old);
            buf_text(&r->body, "</vpnConnectionSet>");
        }
        buf_text(&r->body, "<requestId>7a62c49f-0000-0000-0000-000000000000</requestId>"
                           "</DescribeVpnConnectionsResponse>\n");
    }
    free(id);
}
