#include "backend/config_text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/net/text.h"
#include "backend/verdict/maintenance.h"

#define HOST_MAX  253 /* RFC 1035, section 2.3.4 */
#define LOCAL_MAX 64  /* RFC 5321, section 4.5.3.1 */

static const char name_letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789";

bool config_text_plain(const struct config_node *node, size_t max, const char **out,
                       struct error *err)
{
    const char *text = "";
    if (!config_node_string(node, &text, err)) {
        return false;
    }
    size_t len = strlen(text);
    if (len == 0 || len > max) {
        return config_node_fail(node, err, "%zu bytes long, expected 1 to %zu", len, max);
    }
    char clean[CONFIG_TEXT_MAX + 1];
    (void)text_clean(clean, sizeof clean, text, len);
    if (strcmp(clean, text) != 0) {
        return config_node_fail(node, err,
                                "holds control or invisible characters, expected plain text");
    }
    *out = text;
    return true;
}

static bool port_ok(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits] != '\0') {
        return false;
    }
    long port = strtol(text, NULL, 10);
    return port >= 1 && port <= UINT16_MAX;
}

/* Bare IPv6 addresses hold several colons; one colon is somebody's host:port. */
static bool check_host(const struct config_node *node, const char *text, struct error *err)
{
    const char *expected = "expected a name or an address, such as \"10.0.1.10\"";
    const char *colon = strchr(text, ':');
    if (colon && !strchr(colon + 1, ':')) {
        return config_node_fail(node, err, "a host with a port, %s, and \"port\" beside it",
                                expected);
    }
    if (text[strcspn(text, " /[]@\"'\\?#")] != '\0' || strlen(text) > HOST_MAX) {
        char shown[CONFIG_QUOTE_SIZE];
        return config_node_fail(node, err, "%s is no host, %s", config_node_quote(node, shown),
                                expected);
    }
    return true;
}

static bool check_url(const struct config_node *node, const char *text, struct error *err)
{
    const char *expected = "expected http://host/... or https://host/...";
    char shown[CONFIG_QUOTE_SIZE];
    size_t scheme = strncmp(text, "http://", 7) == 0    ? 7
                    : strncmp(text, "https://", 8) == 0 ? 8
                                                        : 0;
    size_t host = scheme ? strcspn(text + scheme, "/?#") : 0;
    if (host == 0 || strpbrk(text, " \"\\<>") || text[scheme] == ':') {
        return config_node_fail(node, err, "%s is no URL drtop can ask, %s",
                                config_node_quote(node, shown), expected);
    }
    if (memchr(text + scheme, '@', host)) {
        return config_node_fail(node, err,
                                "a URL with a user or password in it, expected one without");
    }
    return true;
}

/* An http(s) URL, or host:port where an IPv6 address stands in brackets. */
static bool check_target(const struct config_node *node, const char *text, struct error *err)
{
    if (strstr(text, "://")) {
        return check_url(node, text, err);
    }
    const char *colon = strrchr(text, ':');
    bool ok = colon && colon != text && port_ok(colon + 1);
    if (ok && text[0] == '[') {
        ok = colon[-1] == ']' && colon - text > 2;
    } else if (ok) {
        ok = strcspn(text, " /[]@:") == (size_t)(colon - text);
    }
    if (!ok) {
        char shown[CONFIG_QUOTE_SIZE];
        return config_node_fail(node, err,
                                "%s is no target, expected \"https://host/\" or \"host:port\"",
                                config_node_quote(node, shown));
    }
    return true;
}

/* The name goes into a query: letters that need no quoting only. */
static bool check_table(const struct config_node *node, const char *text, struct error *err)
{
    char letters[sizeof name_letters + 2];
    (void)snprintf(letters, sizeof letters, "%s_$", name_letters);
    size_t schema = strspn(text, letters);
    size_t table = text[schema] == '.' ? strspn(text + schema + 1, letters) : 0;
    if (schema == 0 || table == 0 || text[schema + 1 + table] != '\0') {
        char shown[CONFIG_QUOTE_SIZE];
        return config_node_fail(node, err,
                                "%s is no table, expected \"schema.table\" in plain letters",
                                config_node_quote(node, shown));
    }
    return true;
}

/* Metrics carry no password, so nobody else's network may see them. */
static bool check_loopback(const struct config_node *node, const char *text, struct error *err)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : 0;
    char host[INET_ADDRSTRLEN] = "";
    struct in_addr address;
    if (len < sizeof host) {
        memcpy(host, text, len);
    }
    bool here = strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
                (inet_pton(AF_INET, host, &address) == 1 &&
                 ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET);
    if (!colon || !here || !port_ok(colon + 1)) {
        char shown[CONFIG_QUOTE_SIZE];
        return config_node_fail(node, err,
                                "%s is not on this machine, expected 127.0.0.1, [::1] or "
                                "localhost with a port, such as \"127.0.0.1:9180\"",
                                config_node_quote(node, shown));
    }
    return true;
}

/* The address goes into an SMTP command and a header: only what needs no quoting there (the
 * dot-atom of RFC 5322). */
static bool check_address(const struct config_node *node, const char *text, struct error *err)
{
    char local[128], domain[128];
    (void)snprintf(local, sizeof local, "%s!#$%%&'*+-/=?^_`{|}~.", name_letters);
    (void)snprintf(domain, sizeof domain, "%s-.", name_letters);
    const char *at = strchr(text, '@');
    size_t n_local = strspn(text, local);
    size_t n_domain = at ? strspn(at + 1, domain) : 0;
    bool ok = at && at == text + n_local && n_local > 0 && n_local <= LOCAL_MAX &&
              text[0] != '-' && text[0] != '.' && n_domain > 0 && n_domain <= HOST_MAX &&
              at[1] != '-' && at[1] != '.' && at[1 + n_domain] == '\0';
    if (!ok) {
        char shown[CONFIG_QUOTE_SIZE];
        return config_node_fail(node, err,
                                "%s is no mail address, expected \"name@example.com\" alone",
                                config_node_quote(node, shown));
    }
    return true;
}

static bool check_window(const struct config_node *node, const char *text, struct error *err)
{
    if (!maintenance_valid(text)) {
        char shown[CONFIG_QUOTE_SIZE];
        return config_node_fail(node, err,
                                "%s is no time, expected \"daily 02:00\", \"sun 02:00\" or "
                                "\"2026-12-01 02:00\", in UTC",
                                config_node_quote(node, shown));
    }
    return true;
}

int config_text_clock(const char *text)
{
    static const char digits[] = "0123456789";
    bool ok = strlen(text) == 5 && text[2] == ':' && strspn(text, digits) == 2 &&
              strspn(text + 3, digits) == 2;
    int hour = ok ? (text[0] - '0') * 10 + text[1] - '0' : 24;
    int minute = ok ? (text[3] - '0') * 10 + text[4] - '0' : 0;
    return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

static bool check_clock(const struct config_node *node, const char *text, struct error *err)
{
    if (config_text_clock(text) < 0) {
        char shown[CONFIG_QUOTE_SIZE];
        return config_node_fail(node, err,
                                "%s is no time of day, expected \"00:00\" to \"23:59\"",
                                config_node_quote(node, shown));
    }
    return true;
}

bool config_text_check(enum config_key_type type, const struct config_node *node,
                       const char *text, struct error *err)
{
    switch (type) {
    case KEY_HOST:
        return check_host(node, text, err);
    case KEY_URL:
        return check_url(node, text, err);
    case KEY_TARGET:
        return check_target(node, text, err);
    case KEY_TABLE:
        return check_table(node, text, err);
    case KEY_LOOPBACK:
        return check_loopback(node, text, err);
    case KEY_ADDRESS:
        return check_address(node, text, err);
    case KEY_WINDOW:
        return check_window(node, text, err);
    case KEY_CLOCK:
        return check_clock(node, text, err);
    default:
        return true;
    }
}
