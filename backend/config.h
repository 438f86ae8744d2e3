/* The configuration of one DR pair. JSON with comments; config/drtop.example.json explains every
 * key and config/drtop.schema.json is held to this loader by a test. Loaded once in main,
 * immutable afterwards, and borrowed by everybody else until exit. */
#ifndef DRTOP_CONFIG_H
#define DRTOP_CONFIG_H

#include "backend/error.h"
#include "backend/net/secret.h"
#include "backend/route.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONFIG_TUNNELS_MAX     8
#define CONFIG_ANCHORS_MAX     8
#define CONFIG_RECIPIENTS_MAX  16
#define CONFIG_WEBHOOKS_MAX    4
#define CONFIG_EXECS_MAX       4
#define CONFIG_MAINTENANCE_MAX 16
#define CONFIG_PARAMETERS_MAX  24
#define CONFIG_PHASES_MAX      8

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
    enum route route;      /* by which drtop reaches it */
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
    bool expected;    /* false: no application here until a failover builds it (the DR site) */
    enum route route; /* by which drtop reaches it */
    int strikes;      /* failures in a row before it counts as down */
    int64_t period_ms, timeout_ms;
};

/* Something of the primary's region that is not the site itself, such as the cloud's API there:
 * silent too, it is the region that is lost. */
struct config_control_plane {
    bool present;
    char *name;   /* "ec2 us-east-1" */
    char *target; /* as of an anchor */
    int64_t period_ms, timeout_ms;
};

struct config_site {
    char *name; /* "aws us-east-1" */
    struct config_db db;
    struct config_app app;
    struct config_control_plane control_plane; /* primary only */
};

enum config_tunnel_kind {
    TUNNEL_PROBE,
    TUNNEL_AWS,
    TUNNEL_AZURE,
    TUNNEL_STRONGSWAN,
    TUNNEL_EXEC,
};

struct config_probe {
    char *host; /* what is reached only through the tunnel */
    uint16_t port;
    bool greeting; /* wait for a MySQL greeting, not only for TCP */
    bool large;    /* now and then, see whether a large packet arrives */
    int window;    /* how many tries the loss is counted over */
};

struct config_aws {
    enum { AWS_EC2, AWS_CLOUDWATCH } source; /* who is asked for the tunnels' state */
    char *region;                            /* NULL: of the environment or the profile */
    char *profile;                           /* NULL: of the environment, or "default" */
    char *vpn_connection;                    /* "vpn-0a1b2c3d4e5f67890" */
    char **alarms;                           /* names of CloudWatch alarms; NULL: none */
    char *ec2_endpoint, *cloudwatch_endpoint, *sts_endpoint; /* NULL: by region */
};

struct config_azure {
    enum { AZURE_PUBLIC, AZURE_GOVERNMENT, AZURE_CHINA } cloud;
    char *subscription, *resource_group, *connection;
    enum {
        AZURE_LOGIN_AUTO, /* the first of the others that is set up */
        AZURE_LOGIN_SECRET,
        AZURE_LOGIN_FEDERATED,
        AZURE_LOGIN_MANAGED,
        AZURE_LOGIN_AZ,
    } login;
    char *tenant, *client_id; /* NULL: of the environment */
    struct secret client_secret;
    char *token_file; /* federated; NULL: of the environment */
    char *arm_endpoint, *login_endpoint, *identity_endpoint; /* NULL: of the cloud */
};

/* One view of the path between the sites; see backend/tunnel/provider.h. Only the part of its kind
 * holds anything. */
struct config_tunnel {
    enum config_tunnel_kind kind;
    char *name;
    char **tunnels;  /* ids of those that there should be, in the order of the screen; NULL */
    int expected_up; /* how many of them are up when all is well */
    int64_t period_ms, timeout_ms;
    struct config_probe probe;
    struct config_aws aws;
    struct config_azure azure;
    char *ca;       /* aws, azure: PEM file; NULL: the system's store */
    char *socket;   /* strongswan: charon's VICI socket */
    char **command; /* exec: argv, NULL-terminated, no shell */
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
    int64_t pipeline_ms;   /* how long a failover takes, until there are runs to learn from */
    int64_t validation_ms; /* from the pipeline's end until the DR site is seen to serve */
};

/* When a suspicion is a fact: this many looks in a row, and for this long. */
struct config_verdict {
    int strikes;
    int64_t hold_ms;
};

struct config_alerts {
    int64_t lag_for_ms;   /* lag above the RPO for this long opens an alert */
    int64_t stale_for_ms; /* facts older than this open one */
    int64_t fail_for_ms;  /* a database or probe failing for this long opens one */
    int64_t clear_for_ms; /* an alert closes once its condition has been gone for this long */
    int flap_count; /* openings within flap_window after which it is held open; and changes
                             of a tunnel after which it flaps */
    int64_t flap_window_ms;
};

/* A time in which alerts are recorded and nobody is told. */
struct config_maintenance {
    char *at; /* "sun 02:00", "daily 02:00" or "2026-12-01 02:00"; UTC */
    int64_t for_ms;
    char *reason;
};

struct config_record {
    bool enabled;
    char *directory; /* NULL: $STATE_DIRECTORY, $XDG_STATE_HOME/drtop or ~/.local/state/drtop */
    char *metrics;   /* host:port on loopback that `drtop record` answers /metrics on; NULL */
    char *metrics_file; /* a textfile that `drtop record` rewrites; NULL */
};

struct config_recipient {
    char *role;       /* "on-call engineer" */
    char *address;    /* of mail */
    int64_t after_ms; /* told when nobody has acknowledged for this long; 0: at once */
};

enum config_smtp_tls { SMTP_TLS_NONE, SMTP_TLS_STARTTLS, SMTP_TLS_IMPLICIT };

struct config_mail {
    bool present;
    char *host;
    uint16_t port;
    enum config_smtp_tls tls;
    char *ca; /* NULL: the system's store */
    bool verify_tls;
    char *user; /* NULL: no login */
    struct secret password;
    char *from;
    size_t n_recipients;
    struct config_recipient recipients[CONFIG_RECIPIENTS_MAX];
    int64_t timeout_ms;
};

enum config_webhook_kind { WEBHOOK_GENERIC, WEBHOOK_SLACK, WEBHOOK_DISCORD };

struct config_webhook {
    char *name;
    enum config_webhook_kind kind;
    struct secret url; /* who knows the URL may post: it is a secret */
    struct secret key; /* generic: signs the body (HMAC-SHA-256); may be NONE */
    char *ca;
    int64_t timeout_ms;
};

struct config_exec {
    char *name;
    char **command; /* argv, NULL-terminated, no shell; JSON on its standard input */
    int64_t timeout_ms;
};

struct config_notify {
    enum { NOTIFY_WARNING, NOTIFY_CRITICAL } severity; /* the least that anybody is told of */
    int64_t group_for_ms; /* an incident is told this long after it began, as one */
    int per_hour;         /* messages a channel, openings and closings apart */
    struct config_mail mail;
    size_t n_webhooks;
    struct config_webhook webhooks[CONFIG_WEBHOOKS_MAX];
    size_t n_execs;
    struct config_exec execs[CONFIG_EXECS_MAX];
};

struct config_jenkins {
    char *url; /* base, with the context path: "https://ci.example.com/jenkins" */
    char *user;
    struct secret token; /* an API token, not a password */
    char *ca;
    bool verify_tls;
    int64_t timeout_ms;
};

/* A parameter of the job and the value that is sent. */
struct config_parameter {
    char *name, *value;
};

/* One job: the failover's, or the drill's. */
struct config_job {
    char *path; /* folders apart by '/': "ops/db team/fail over" */
    size_t n_parameters;
    struct config_parameter parameters[CONFIG_PARAMETERS_MAX];
};

struct config_phase {
    char *name;
    char **stages;  /* names of the pipeline's stages that belong to it; NULL-terminated */
    bool no_return; /* once begun, it cannot be undone by stopping the run */
};

struct config_failover {
    bool present;
    struct config_jenkins jenkins;
    struct config_job job, drill; /* drill.path NULL: no drill is configured */
    char *request_id_parameter, *operator_parameter, *reason_parameter;
    char *target; /* the word that the phrase names: "azure-eastus" */
    size_t n_phases;
    struct config_phase phases[CONFIG_PHASES_MAX];
    int64_t countdown_ms, cooldown_ms;
    bool two_person;
    char *verify_name, *verify_address; /* a name that has to resolve to the DR address; NULL */
};

/* A screen in a room. Its times are of the machine's local day, as those who sit there live by. */
struct config_wall {
    int64_t rotate_ms; /* how long each pane stands */
    int64_t shift_ms;  /* how often all of it moves by a cell, against burn-in */
    char *night_theme;
    char *night_from, *night_to; /* "20:00"; equal: it is never night */
};

struct config_screen {
    char *theme;
    int64_t refresh_ms;
    enum { CHARSET_AUTO, CHARSET_UTF8, CHARSET_ASCII } charset;
    /* AUTO: braille, or blocks on the Linux console, whose fonts seldom have braille. Without
     * UTF-8 it is ASCII whatever stands here. */
    enum { PLOT_AUTO, PLOT_BRAILLE, PLOT_BLOCK, PLOT_ASCII } graph;
    bool title; /* the window's title tells the verdict */
    bool mouse; /* clicks focus, the wheel scrolls; the terminal's own selection needs Shift */
    bool bell;  /* when a critical alert opens */
    enum popup {
        POPUP_NONE,
        POPUP_OSC9,
        POPUP_OSC777
    } popup;                           /* the desktop's, with the bell */
    enum { SYNC_AUTO, SYNC_OFF } sync; /* synchronized output */
    struct config_wall wall;
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
    struct config_verdict verdict;
    struct config_alerts alerts;
    size_t n_maintenance;
    struct config_maintenance maintenance[CONFIG_MAINTENANCE_MAX];
    struct config_record record;
    struct config_notify notify;
    struct config_failover failover;
    struct config_screen screen;
};

/* Finds the file: explicit_path, else $DRTOP_CONFIG, else $XDG_CONFIG_HOME/drtop/drtop.json (or
 * ~/.config/...), else /etc/drtop/drtop.json. Writes the path, or an error that lists where it
 * looked. */
bool config_find(const char *explicit_path, char *out, size_t out_size, struct error *err);

/* Where a new configuration of this user belongs: explicit_path, else $DRTOP_CONFIG, else the
 * user's own place. False with err set when nothing tells. */
bool config_place(const char *explicit_path, char *out, size_t out_size, struct error *err);

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
