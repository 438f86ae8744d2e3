/* config_remarks(): what can be doubted in a configuration that is not wrong. */
#include "backend/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct remarks {
    void (*say)(void *ctx, const char *text);
    void *ctx;
};

__attribute__((format(printf, 2, 3))) static void remark(const struct remarks *r,
                                                         const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    r->say(r->ctx, text);
}

static bool is_loopback(const char *host)
{
    return strcasecmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
           strcmp(host, "::1") == 0;
}

static void db_remarks(const struct remarks *r, const char *site, const struct config_db *db)
{
    const struct config_tls *tls = &db->tls;
    bool far = !is_loopback(db->host);
    if (far && tls->mode == TLS_DISABLED) {
        remark(r, "%s.mysql.tls: disabled, so the login crosses the network in clear", site);
    } else if (far && tls->mode == TLS_PREFERRED) {
        remark(r,
               "%s.mysql.tls: preferred falls back to clear text when somebody in between "
               "says so; \"required\" or \"verify_ca\" does not",
               site);
    }
    if (tls->ca && tls->mode < TLS_VERIFY_CA) {
        remark(r,
               "%s.mysql.tls: ca is not used unless the mode is verify_ca or verify_identity",
               site);
    }
    if (db->password.kind == SECRET_NONE && far) {
        remark(r, "%s.mysql: logs in without a password", site);
    } else if (db->password.kind == SECRET_LITERAL) {
        remark(r,
               "%s.mysql.password: stands in the configuration; a place such as "
               "{\"file\": ...} keeps it out of backups and repositories",
               site);
    }
}

static void app_remarks(const struct remarks *r, const char *site, const struct config_app *app)
{
    if (!app->present) {
        return;
    }
    bool https = strncmp(app->url, "https://", 8) == 0;
    if (https && !app->verify_tls) {
        remark(r, "%s.app.verify_tls: false, so anybody may answer for the site", site);
    }
    if (!https && app->ca) {
        remark(r, "%s.app.ca: not used with http://", site);
    }
}

/* True when host stands in target as a whole: 10.0.1.1 is not in "10.0.1.10:53". */
static bool names_host(const char *target, const char *host)
{
    size_t len = strlen(host);
    for (const char *p = strstr(target, host); p; p = strstr(p + 1, host)) {
        bool starts = p == target || strchr("/[@", p[-1]);
        if (starts && strchr(":/]?#", p[len])) { /* the NUL at the end counts too */
            return true;
        }
    }
    return false;
}

/* An anchor on a site of the pair goes down together with it, and then says that we did. */
static void anchor_remarks(const struct remarks *r, const struct config *cfg)
{
    if (cfg->n_anchors == 0) {
        remark(r, "anchors: none, so drtop cannot tell a lost site from its own lost network");
    }
    for (size_t i = 0; i < cfg->n_anchors; i++) {
        const struct config_anchor *anchor = &cfg->anchors[i];
        bool on_site = names_host(anchor->target, cfg->primary.db.host) ||
                       names_host(anchor->target, cfg->dr.db.host);
        if (on_site && !is_loopback(cfg->primary.db.host)) { /* a lab has one host for all */
            remark(r, "anchors: %s is on a site of the pair, expected a third party",
                   anchor->name);
        }
    }
}

/* A connection that ends before its login counts against this host; after 100 the server refuses
 * all of them (backend/tunnel/mysql_greeting.h). */
static void tunnel_remarks(const struct remarks *r, const struct config *cfg)
{
    if (cfg->n_tunnels == 0) {
        remark(r, "tunnels: none, so a lost tunnel looks like a lost database");
    }
    for (size_t i = 0; i < cfg->n_tunnels; i++) {
        const struct config_tunnel *t = &cfg->tunnels[i];
        bool mysql = t->port == cfg->primary.db.port || t->port == cfg->dr.db.port;
        if (!t->greeting && mysql) {
            remark(r,
                   "tunnels: %s connects to port %u and says nothing; a MySQL blocks this host "
                   "after 100 such connections, \"greeting\": true does not provoke it",
                   t->name, (unsigned)t->port);
        }
    }
}

void config_remarks(const struct config *cfg, void (*say)(void *ctx, const char *text),
                    void *ctx)
{
    const struct remarks r = {.say = say, .ctx = ctx};
    if (!cfg->primary.app.present) {
        remark(&r, "primary.app: none, so only the tunnel's side of the primary is seen");
    }
    if (cfg->dr.app.present && cfg->dr.app.expected) {
        remark(&r, "dr.app.expected: true, so its absence before a failover raises an "
                   "alert");
    }
    tunnel_remarks(&r, cfg);
    anchor_remarks(&r, cfg);
    db_remarks(&r, "primary", &cfg->primary.db);
    db_remarks(&r, "dr", &cfg->dr.db);
    app_remarks(&r, "primary", &cfg->primary.app);
    app_remarks(&r, "dr", &cfg->dr.app);
    if (cfg->screen.refresh_ms < cfg->poll.positions_ms) {
        remark(&r, "screen.refresh: shorter than poll.positions, so frames repeat themselves");
    }
}
