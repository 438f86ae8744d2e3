/* The configuration of one DR pair. JSON with comments; config/drtop.example.json explains every
 * key and config/drtop.schema.json is held to this loader by a test. Loaded once in main,
 * immutable afterwards, and borrowed by everybody else until exit. */
#ifndef DRTOP_CONFIG_H
#define DRTOP_CONFIG_H

#include "backend/error.h"
#include "backend/net/secret.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONFIG_TUNNELS_MAX 8
#define CONFIG_ANCHORS_MAX 8

enum config_tls_mode {
    TLS_DISABLED,
    TLS_PREFERRED,       /* encrypt where the server can; say so on screen where it cannot */
    TLS_REQUIRED,        /* encrypt or fail, checked after connecting */
    TLS_VERIFY_CA,       /* and the certificate is signed by ca */
    TLS_VERIFY_IDENTITY, /* and it names the host that was asked for */
};

struct config_tls {
    enum config_tls_mode mode;
    char *ca, *cert, *key; /* paths, may be NULL */
};

/* A database server: primary or replica. */
struct config_db {
    char *host;
    uint16_t port;
    char *user;
    struct secret password;
    struct config_tls tls;
    char *channel;         /* replication channel to watch; NULL: the only one */
    char *heartbeat_table; /* "percona.heartbeat", or NULL */
    int64_t timeout_ms;    /* for each of: resolve, connect to one address, one poll */
};

/* The web application of a site. */
struct config_app {
    bool present; /* configured at all */
    char *url;
    int expect_status_min, expect_status_max; /* inclusive */
    char *host_header;                        /* NULL: from the URL */
    char *ca;                                 /* NULL: the system's store */
    bool verify_tls;
    bool expected; /* false: no application here until a failover builds it (the DR site) */
    int strikes;   /* failures in a row before it counts as down */
    int64_t period_ms, timeout_ms;
};

struct config_site {
    char *name; /* "aws us-east-1" */
    struct config_db db;
    struct config_app app;
};

enum config_tunnel_kind { TUNNEL_PROBE };

/* One view of the path between the sites; see backend/tunnel/provider.h. */
struct config_tunnel {
    enum config_tunnel_kind kind;
    char *name;
    char *host; /* probe: what is reached only through the tunnel */
    uint16_t port;
    bool greeting; /* probe: wait for a MySQL greeting, not only for TCP */
    int window;    /* probe: how many tries the loss is counted over */
    int64_t period_ms, timeout_ms;
};

/* A third party that says whether this observer itself is on the network: an http(s) URL, or
 * host:port for a TCP connect. */
struct config_anchor {
    char *name;
    char *target;
    int64_t period_ms, timeout_ms;
};

struct config_poll {
    int64_t positions_ms; /* 250 */
    int64_t status_ms;    /* 1000 */
    int64_t backoff_max_ms;
};

struct config_objectives {
    int64_t rpo_ms;
    int64_t rto_ms;
};

struct config_alerts {
    int64_t lag_for_ms;   /* lag above the RPO for this long opens an alert */
    int64_t stale_for_ms; /* facts older than this open one */
    int64_t fail_for_ms;  /* a database or probe failing for this long opens one */
};

struct config_screen {
    char *theme;
    int64_t refresh_ms;
    enum { CHARSET_AUTO, CHARSET_UTF8, CHARSET_ASCII } charset;
    /* AUTO: braille, or blocks on the Linux console, whose fonts seldom have braille. Without
     * UTF-8 it is ASCII whatever stands here. */
    enum { PLOT_AUTO, PLOT_BRAILLE, PLOT_BLOCK, PLOT_ASCII } graph;
};

struct config {
    char *path;  /* where it came from */
    char *group; /* name of the pair: "gitea-prod" */
    struct config_site primary, dr;
    size_t n_tunnels;
    struct config_tunnel tunnels[CONFIG_TUNNELS_MAX];
    size_t n_anchors;
    struct config_anchor anchors[CONFIG_ANCHORS_MAX];
    struct config_poll poll;
    struct config_objectives objectives;
    struct config_alerts alerts;
    struct config_screen screen;
};

/* Finds the file: explicit_path, else $DRTOP_CONFIG, else $XDG_CONFIG_HOME/drtop/drtop.json (or
 * ~/.config/...), else /etc/drtop/drtop.json. Writes the path, or an error that lists where it
 * looked. */
bool config_find(const char *explicit_path, char *out, size_t out_size, struct error *err);

/* Reads and checks a file. Returns NULL with err = "path:line:column: what, what was expected". */
struct config *config_load(const char *path, struct error *err);

/* The same from memory; name stands for the path in messages, mode is the file's permission bits
 * (a literal secret is refused when others may read it). */
struct config *config_parse(const char *name, const char *text, size_t len, unsigned mode,
                            struct error *err);
void config_destroy(struct config *cfg);

/* Prints the effective configuration as JSON, every default filled in, secrets redacted. */
void config_dump(const struct config *cfg, FILE *out);

/* What can be doubted without being wrong (a TLS mode that does not verify across a public
 * route, an app without a second route, ...): calls say() once a remark. */
void config_remarks(const struct config *cfg, void (*say)(void *ctx, const char *text),
                    void *ctx);

#endif
