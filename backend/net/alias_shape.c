#include "backend/net/alias_shape.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define UUID_LEN 36

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool alias_is_letter(char c)
{
    return is_digit(c) || is_alpha(c);
}

static bool is_of_word(char c)
{
    return is_digit(c) || is_alpha(c) || (c && strchr(".-_", c) != NULL);
}

size_t alias_word(const char *p)
{
    size_t n = 0;
    while (is_of_word(p[n])) {
        n++;
    }
    while (n > 0 && !is_digit(p[n - 1]) && !is_alpha(p[n - 1])) {
        n--;
    }
    return n;
}

static bool is_one_of(const char *const *list, const char *p, size_t len)
{
    for (; *list; list++) {
        if (strlen(*list) == len && strncasecmp(*list, p, len) == 0) {
            return true;
        }
    }
    return false;
}

/* In the order of strcmp(). */
static const char *const plain_words[] = {
    "abort",       "aborted",     "ack",         "acknowledge", "acknowledged", "address",
    "advised",     "age",         "agent",       "alert",       "alerts",       "alive",
    "anchor",      "anchors",     "and",         "answer",      "answers",      "app",
    "application", "applied",     "applier",     "approve",     "are",          "async",
    "aws",         "azure",       "because",     "behind",      "binlog",       "build",
    "bytes",       "change",      "channel",     "check",       "child",        "cipher",
    "clock",       "cloud",       "command",     "comment",     "confirmed",    "connect",
    "connected",   "connecting",  "connection",  "control",     "copy",         "critical",
    "database",    "dead",        "decide",      "default",     "deploy",       "deployment",
    "detail",      "details",     "direct",      "dns",         "down",         "dr",
    "drill",       "drtop",       "esp",         "event",       "evidence",     "exec",
    "executor",    "expected",    "failed",      "failing",     "failover",     "failure",
    "fetch",       "file",        "filter",      "finished",    "first",        "flapping",
    "focus",       "for",         "force",       "from",        "gateway",      "gib",
    "git",         "gitea",       "greeting",    "gtid",        "gtids",        "has",
    "have",        "health",      "heartbeat",   "help",        "history",      "host",
    "http",        "https",       "idle",        "ike",         "incident",     "input",
    "internal",    "ipsec",       "jenkins",     "job",         "jobs",         "kib",
    "lag",         "large",       "last",        "late",        "left",         "live",
    "local",       "log",         "login",       "lose",        "loss",         "mail",
    "main",        "maintenance", "mariadb",     "master",      "memory",       "mib",
    "min",         "minutes",     "mode",        "monitor",     "monitoring",   "ms",
    "mysql",       "mysql-bin",   "name",        "network",     "neutral",      "no",
    "nobody",      "node",        "none",        "normal",      "not",          "note",
    "observer",    "ok",          "online",      "open",        "opened",       "over",
    "packet",      "path",        "pause",       "peer",        "pending",      "phase",
    "pipeline",    "position",    "positions",   "preset",      "primary",      "private",
    "probe",       "probes",      "proceed",     "prod",        "production",   "proxy",
    "public",      "queue",       "quit",        "read",        "ready",        "received",
    "receiver",    "receiving",   "record",      "recorder",    "region",       "relay",
    "replica",     "replicas",    "replication", "report",      "rg",           "root",
    "round",       "route",       "routes",      "row",         "rows",         "rpo",
    "rto",         "running",     "sec",         "seconds",     "select",       "sending",
    "server",      "serves",      "serving",     "session",     "since",        "site",
    "slave",       "smtp",        "source",      "spare",       "stage",        "stages",
    "staging",     "stale",       "started",     "state",       "status",       "stopped",
    "strongswan",  "success",     "suspected",   "switchover",  "sync",         "system",
    "table",       "target",      "test",        "that",        "the",          "theme",
    "this",        "time",        "timeline",    "tls",         "transaction",  "transactions",
    "trip",        "tunnel",      "tunnels",     "tx",          "unexpected",   "unknown",
    "unstable",    "until",       "up",          "user",        "utc",          "verdict",
    "waiting",     "wall",        "warning",     "was",         "webhook",      "with",
    "workspace",   "written",     "yes",         "zoom"};

struct word {
    const char *p;
    size_t len;
};

static int compare(const void *key, const void *entry)
{
    const struct word *w = key;
    const char *plain = *(const char *const *)entry;
    int order = strncasecmp(w->p, plain, w->len);
    return order ? order : plain[w->len] ? -1 : 0;
}

bool alias_is_plain_word(const char *p, size_t len)
{
    const size_t n = sizeof plain_words / sizeof plain_words[0];
    return bsearch(&(struct word){p, len}, plain_words, n, sizeof plain_words[0], compare) !=
           NULL;
}

/* --- shapes, each with the length of what it finds, or 0 */

/* Up to what ends a word of any kind; punctuation at its end is the sentence's. */
static size_t until_blank(const char *p)
{
    size_t n = strcspn(p, " \t\r\n'\"`<>|()[]{}");
    while (n > 0 && strchr(".,;:!?", p[n - 1])) {
        n--;
    }
    return n;
}

static size_t url(const char *p)
{
    size_t scheme = 0;
    while (is_alpha(p[scheme]) || (scheme > 0 && (is_digit(p[scheme]) || p[scheme] == '+'))) {
        scheme++;
    }
    if (scheme < 2 || strncmp(p + scheme, "://", 3) != 0) {
        return 0;
    }
    size_t n = until_blank(p + scheme + 3);
    if (n == 0 && p[scheme + 3] == '[') { /* an IPv6 address as the host */
        n = strcspn(p + scheme + 3, " '\"<>");
    }
    return scheme + 3 + n;
}

static size_t cloud_name(const char *p)
{
    return strncmp(p, "arn:", 4) == 0 ? until_blank(p) : 0;
}

/* "/var/lib/drtop", "/subscriptions/...": not "/s", and not the end of "tx/s". */
static size_t file_path(const char *text, const char *p)
{
    bool begins = p == text || strchr(" ='\"`(:,[<", p[-1]);
    size_t n = *p == '/' && begins && alias_is_letter(p[1]) ? until_blank(p) : 0;
    n = strcspn(p, ":") < n ? strcspn(p, ":") : n; /* a line's number may follow */
    return n > 3 && memchr(p + 1, '/', n - 1) ? n : 0;
}

/* mg@example.com, mon@10.0.0.7, 'mon'@'10.0.0.7', 'mon'@'%': from the user's first letter on. */
static size_t at_sign(const char *p, bool *out_mail)
{
    static const char after[] = "'\"`";
    size_t n = 0;
    while (is_of_word(p[n]) || (n > 0 && p[n] == '+') || ((unsigned char)p[n] & 0x80)) {
        n++;
    }
    size_t quoted = n > 0 && p[n] && strchr(after, p[n]) ? 1 : 0;
    if (n == 0 || p[n + quoted] != '@') {
        return 0;
    }
    const char *host = p + n + quoted + 1;
    bool opens = *host && strchr(after, *host);
    size_t len = opens ? 1 + strcspn(host + 1, after) : 0;
    len =
        opens && host[len] ? len + (quoted ? 0 : 1) : len; /* its last quote pairs with ours */
    if (!opens) {
        while (is_of_word(host[len]) || host[len] == ':') {
            len++;
        }
        while (len > 0 && strchr(".:-", host[len - 1])) {
            len--;
        }
    }
    *out_mail = !quoted && !opens && memchr(host, '.', len) && !is_digit(host[0]);
    return n + quoted + 1 + len;
}

/* 8-4-4-4-12 hex digits; what is left of them when they were cut has one dash at least. */
static size_t uuid(const char *p)
{
    size_t n = 0;
    while (n < UUID_LEN) {
        bool dash = n == 8 || n == 13 || n == 18 || n == 23;
        if (dash ? p[n] != '-' : !is_hex(p[n])) {
            break;
        }
        n++;
    }
    return n > 9 && !alias_is_letter(p[n]) && (n == UUID_LEN || p[n] != '-') ? n : 0;
}

static size_t ipv4(const char *p)
{
    char text[INET_ADDRSTRLEN];
    unsigned char bytes[4];
    size_t n = strspn(p, "0123456789.");
    while (n > 0 && p[n - 1] == '.') {
        n--;
    }
    if (n >= sizeof text || n < 7 || is_alpha(p[n])) {
        return 0;
    }
    memcpy(text, p, n);
    text[n] = '\0';
    return inet_pton(AF_INET, text, bytes) == 1 ? n : 0;
}

static size_t ipv6(const char *p)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char bytes[16];
    size_t n = 0, colons = 0;
    while (is_hex(p[n]) || p[n] == ':' || p[n] == '.') {
        colons += p[n] == ':';
        n++;
    }
    while (n > 0 && (p[n - 1] == '.' || (p[n - 1] == ':' && (n < 2 || p[n - 2] != ':')))) {
        n--;
    }
    if (colons < 2 || n < 3 || n >= sizeof text || alias_is_letter(p[n])) {
        return 0;
    }
    memcpy(text, p, n);
    text[n] = '\0';
    if (inet_pton(AF_INET6, text, bytes) != 1) {
        return 0;
    }
    size_t zone = p[n] == '%' ? 1 + alias_word(p + n + 1) : 0;
    return n + zone;
}

/* "vpn-0a1b2c3d4e5f67890", and keys of access. */
static size_t cloud_id(const char *p, enum alias_kind *out_kind)
{
    static const char *const heads[] = {
        "vpn-", "vgw-", "cgw-", "tgw-",      "i-",   "vpc-",  "subnet-", "eni-",        "acl-",
        "sg-",  "rtb-", "igw-", "eipalloc-", "vol-", "snap-", "ami-",    "tgw-attach-", "db-"};
    size_t word = alias_word(p);
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        size_t head = strlen(heads[i]), n = head;
        bool digit = false;
        if (strncmp(p, heads[i], head) != 0) {
            continue;
        }
        while (is_hex(p[n])) {
            digit = digit || is_digit(p[n]);
            n++;
        }
        if (n == word && n - head >= 4 && digit) {
            *out_kind = i == 0 ? ALIAS_VPN : ALIAS_ID;
            return n;
        }
    }
    bool key = word >= 16 && (strncmp(p, "AKIA", 4) == 0 || strncmp(p, "ASIA", 4) == 0);
    *out_kind = ALIAS_ID;
    return key ? word : 0;
}

/* The one that a cloud makes of an address: "ip-10-0-2-50". */
static size_t host_of_address(const char *p)
{
    size_t word = alias_word(p);
    return strncmp(p, "ip-", 3) == 0 && strspn(p + 3, "0123456789-") + 3 == word && word >= 10
               ? word
               : 0;
}

static bool is_file(const char *last, size_t len)
{
    static const char *const ends[] = {"bin", "cnf",  "conf", "crt",     "csv",  "db",
                                       "gz",  "html", "ini",  "json",    "key",  "log",
                                       "md",  "new",  "pem",  "service", "sock", "sql",
                                       "txt", "xml",  "yaml", "yml",     NULL};
    return is_one_of(ends, last, len);
}

/* Labels with dots between them, the last of letters: "db1.example.com"; not "mysql-bin.000124",
 * "8.0.36-28.1", "drtop.json" or "performance_schema.log_status". */
static size_t domain(const char *p)
{
    size_t word = alias_word(p), last = word, dots = 0;
    for (size_t i = 0; i < word; i++) {
        if (p[i] == '.') {
            dots++;
            last = i + 1;
        }
    }
    size_t len = word - last;
    if (dots == 0 || len < 2 || !is_alpha(p[last])) {
        return 0;
    }
    for (size_t i = last; i < word; i++) {
        if (p[i] == '_') {
            return 0;
        }
    }
    if (dots == 1 && (is_file(p + last, len) || memchr(p, '_', last))) {
        return 0;
    }
    return word;
}

/* Does what stands before p end in a text? */
static bool follows(const char *text, const char *p, const char *what)
{
    size_t n = strlen(what);
    return (size_t)(p - text) >= n && strncasecmp(p - n, what, n) == 0;
}

/* "mg on pts/3": who acknowledged. "mg as root on pts/3". */
static bool is_at_terminal(const char *after)
{
    static const char *const lines[] = {" on pts/", " on tty", " on console"};
    if (strncmp(after, " as ", 4) == 0) {
        after += 4 + alias_word(after + 4);
    }
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (strncmp(after, lines[i], strlen(lines[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* "box7:3306": a word before a port. */
static bool has_port(const char *p, size_t word)
{
    size_t digits = p[word] == ':' ? strspn(p + word + 1, "0123456789") : 0;
    char after = digits > 0 ? p[word + 1 + digits] : ':';
    return digits >= 2 && digits <= 5 && !is_of_word(after) && after != ':' && is_alpha(p[0]) &&
           !memchr(p, '.', word);
}

/* A single word of which only what stands around it says that it is a name. */
static size_t by_place(const char *text, const char *p, enum alias_kind *out_kind)
{
    static const struct {
        const char *before;
        enum alias_kind kind;
    } places[] = {{", user ", ALIAS_USER},         {"for user '", ALIAS_USER},
                  {" user '", ALIAS_USER},         {"user=", ALIAS_USER},
                  {", host ", ALIAS_HOST},         {"host '", ALIAS_HOST},
                  {"host=", ALIAS_HOST},           {"server on '", ALIAS_HOST},
                  {"server at '", ALIAS_HOST},     {"Running on ", ALIAS_HOST},
                  {"Started by user ", ALIAS_USER}};
    size_t word = alias_word(p);
    if (word == 0) {
        return 0;
    }
    *out_kind = ALIAS_HOST;
    if (has_port(p, word) && !alias_is_plain_word(p, word)) {
        return word;
    }
    *out_kind = ALIAS_USER;
    if (is_at_terminal(p + word)) {
        return word;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (follows(text, p, places[i].before)) {
            *out_kind = places[i].kind;
            return word;
        }
    }
    return 0;
}

static void longer(struct alias_shape *s, size_t len, enum alias_kind kind)
{
    if (len > s->len) {
        *s = (struct alias_shape){len, kind};
    }
}

struct alias_shape alias_shape(const char *text, const char *p)
{
    struct alias_shape s = {0, ALIAS_ID};
    enum alias_kind kind = ALIAS_ID;
    bool mail = false;
    size_t n = cloud_id(p, &kind);
    longer(&s, n, kind);
    longer(&s, uuid(p), ALIAS_UUID);
    longer(&s, ipv4(p), ALIAS_ADDRESS);
    if (p > text && is_of_word(p[-1])) {
        return s; /* the rest of a word is none of the others */
    }
    n = at_sign(p, &mail);
    longer(&s, n, mail ? ALIAS_MAIL : ALIAS_USER);
    longer(&s, url(p), ALIAS_URL);
    longer(&s, cloud_name(p), ALIAS_ID);
    longer(&s, file_path(text, p), ALIAS_PATH);
    longer(&s, ipv6(p), ALIAS_ADDRESS);
    longer(&s, host_of_address(p), ALIAS_HOST);
    longer(&s, domain(p), ALIAS_HOST);
    n = by_place(text, p, &kind);
    longer(&s, n, kind);
    return s;
}
