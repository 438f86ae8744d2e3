#define _GNU_SOURCE /* strptime() */
#include "backend/tunnel/ec2_answer.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend/mem.h"
#include "backend/net/text.h"
#include "backend/net/xml.h"

struct ec2_reader {
    const char *vpn;
    struct xml_reader *xml;
    struct ec2_connection kept, current;
    bool current_is_it;     /* current is the connection that was asked for */
    struct tunnel_leg told; /* of the telemetry's item */
    char message[120];      /* its statusMessage */
    struct aws_error error;
};

/* The one text of the form that is not ours. */
char *ec2_ask_connection(const char *vpn)
{
    static const char head[] = "Action=DescribeVpnConnections&Version=2016-11-15"
                               "&VpnConnectionId.1=";
    size_t len = sizeof head + 3 * strlen(vpn), at = sizeof head - 1;
    char *body = mem_alloc(len, 1);
    memcpy(body, head, at);
    for (const char *p = vpn; *p; p++) {
        bool plain = isalnum((unsigned char)*p) || strchr("-_.~", *p);
        at += (size_t)snprintf(body + at, len - at, plain ? "%c" : "%%%02X", (unsigned char)*p);
    }
    return body;
}

static bool ends(const char *path, const char *tail)
{
    size_t len = strlen(path), n = strlen(tail);
    return len >= n && strcmp(path + len - n, tail) == 0 &&
           (len == n || path[len - n - 1] == '/');
}

/* What we read, and the elements that lead to it. All else is dropped unseen. */
static bool wants(void *ctx, const char *path)
{
    static const char *const names[] = {
        "DescribeVpnConnectionsResponse",
        "vpnConnectionSet",
        "item",
        "vpnConnectionId",
        "state",
        "options",
        "tunnelOptionSet",
        "vgwTelemetry",
        "outsideIpAddress",
        "status",
        "statusMessage",
        "lastStatusChange",
        "Response",
        "ErrorResponse",
        "Errors",
        "Error",
        "Code",
        "Message",
    };
    (void)ctx;
    const char *leaf = xml_leaf(path);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(leaf, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* "2026-11-22T22:53:20.000Z"; the fraction does not matter. */
static struct opt_i64 time_of(const char *text)
{
    struct tm tm = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    struct opt_i64 unknown = {0};
    if (!rest) {
        return unknown;
    }
    if (*rest == '.') {
        rest++;
        rest += strspn(rest, "0123456789");
    }
    return strcmp(rest, "Z") == 0 ? opt_i64((int64_t)timegm(&tm) * 1000) : unknown;
}

/* The leg of that address, or a new one, or NULL when there is no room. */
static struct tunnel_leg *leg_of(struct ec2_connection *c, const char *id)
{
    for (size_t i = 0; i < c->n_legs; i++) {
        if (strcmp(c->legs[i].id, id) == 0) {
            return &c->legs[i];
        }
    }
    if (c->n_legs == TUNNEL_LEGS_MAX || !id[0]) {
        return NULL;
    }
    struct tunnel_leg *leg = &c->legs[c->n_legs++];
    *leg = (struct tunnel_leg){.detail = "no telemetry of this tunnel"};
    (void)text_copy(leg->id, sizeof leg->id, id);
    return leg;
}

static void begin(void *ctx, const char *path)
{
    struct ec2_reader *r = ctx;
    if (ends(path, "vpnConnectionSet/item")) {
        r->current = (struct ec2_connection){0};
        r->current_is_it = false;
    } else if (ends(path, "vgwTelemetry/item")) {
        r->told = (struct tunnel_leg){0};
        r->message[0] = '\0';
    }
}

static void take_telemetry(struct ec2_reader *r, const char *leaf, const char *text, size_t len)
{
    struct tunnel_leg *leg = &r->told;
    if (strcmp(leaf, "outsideIpAddress") == 0) {
        (void)text_clean(leg->id, sizeof leg->id, text, len);
    } else if (strcmp(leaf, "status") == 0) {
        leg->state = strcmp(text, "UP") == 0     ? TUNNEL_UP
                     : strcmp(text, "DOWN") == 0 ? TUNNEL_DOWN
                                                 : TUNNEL_UNKNOWN;
    } else if (strcmp(leaf, "statusMessage") == 0) {
        (void)text_clean(r->message, sizeof r->message, text, len);
    } else if (strcmp(leaf, "lastStatusChange") == 0) {
        leg->since_ms = time_of(text);
    }
}

static void take_text(void *ctx, const char *path, const char *text, size_t len)
{
    struct ec2_reader *r = ctx;
    char address[64];
    if (ends(path, "vpnConnectionSet/item/vpnConnectionId")) {
        r->current_is_it = strcmp(text, r->vpn) == 0;
    } else if (ends(path, "vpnConnectionSet/item/state")) {
        (void)text_clean(r->current.state, sizeof r->current.state, text, len);
    } else if (ends(path, "tunnelOptionSet/item/outsideIpAddress")) {
        (void)text_clean(address, sizeof address, text, len);
        (void)leg_of(&r->current, address);
    } else if (strstr(path, "vgwTelemetry/item/")) {
        take_telemetry(r, xml_leaf(path), text, len);
    } else if (ends(path, "Error/Code")) {
        aws_error_code(&r->error, text, len);
    } else if (ends(path, "Error/Message")) {
        aws_error_message(&r->error, text, len);
    }
}

/* With BGP the status is that of the route exchange: DOWN may stand beside an IPsec that is up. */
static void settle(struct ec2_reader *r)
{
    struct tunnel_leg *leg = leg_of(&r->current, r->told.id);
    if (!leg) {
        return;
    }
    *leg = r->told;
    bool bgp_only = leg->state == TUNNEL_DOWN && strcmp(r->message, "IPSEC IS UP") == 0;
    (void)text_copy(leg->detail, sizeof leg->detail,
                    bgp_only ? "IPSEC IS UP, BGP is down" : r->message);
    if (leg->state == TUNNEL_UNKNOWN && !leg->detail[0]) {
        (void)text_copy(leg->detail, sizeof leg->detail, "status neither UP nor DOWN");
    }
}

static void end(void *ctx, const char *path)
{
    struct ec2_reader *r = ctx;
    if (ends(path, "vgwTelemetry/item")) {
        settle(r);
    } else if (ends(path, "vpnConnectionSet/item") && r->current_is_it) {
        r->kept = r->current;
        r->kept.found = true;
    }
}

static const struct xml_handler handler = {
    .begin = begin, .wants = wants, .text = take_text, .end = end};

struct ec2_reader *ec2_reader_create(const char *vpn)
{
    struct ec2_reader *r = mem_alloc(1, sizeof *r);
    r->vpn = vpn;
    r->xml = xml_reader_create(&handler, r);
    if (!r->xml) {
        free(r);
        return NULL;
    }
    return r;
}

void ec2_reader_destroy(struct ec2_reader *r)
{
    if (r) {
        xml_reader_destroy(r->xml);
        free(r);
    }
}

bool ec2_reader_feed(struct ec2_reader *r, const char *piece, size_t len, bool last,
                     struct error *err)
{
    return xml_reader_feed(r->xml, piece, len, last, err);
}

const struct ec2_connection *ec2_reader_connection(const struct ec2_reader *r)
{
    return &r->kept;
}

const struct aws_error *ec2_reader_error(const struct ec2_reader *r)
{
    return &r->error;
}
