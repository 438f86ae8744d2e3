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
    bool digits = host[strspn(host, "0123456789.")] == '\0'; /* not 127.0.0.1.example.com */
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           (digits && strncmp(host, "127.", 4) == 0);
}

static void secret_remarks(const struct remarks *r, const char *what, const char *name,
                           const char *key, const struct secret *s)
{
    if (s->kind == SECRET_LITERAL) {
        remark(
            r,
            "%s%s%s: stands in the configuration; a place such as {\"file\": ...} keeps it out "
            "of backups and repositories",
            what, name, key);
    }
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
    }
    secret_remarks(r, site, "", ".mysql.password", &db->password);
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
        remark(r, "anchors: none, so drtop cannot tell a lost site from its own lost network: "
                  "add a third party or two");
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

/* Do all probes ask the primary's database, and nothing else behind the tunnel? */
static bool probes_only_primary(const struct config *cfg)
{
    for (size_t i = 0; i < cfg->n_tunnels; i++) {
        const struct config_probe *p = &cfg->tunnels[i].probe;
        if (cfg->tunnels[i].kind == TUNNEL_PROBE &&
            (p->port != cfg->primary.db.port ||
             strcasecmp(p->host, cfg->primary.db.host) != 0)) {
            return false;
        }
    }
    return true;
}

static const struct config_tunnel *first_probe(const struct config *cfg)
{
    for (size_t i = 0; i < cfg->n_tunnels; i++) {
        if (cfg->tunnels[i].kind == TUNNEL_PROBE) {
            return &cfg->tunnels[i];
        }
    }
    return NULL;
}

/* The host of "http://host:port/path", where a bracketed IPv6 address may stand. */
static bool url_is_loopback(const char *url)
{
    char host[256];
    const char *at = strstr(url, "://");
    at = at ? at + 3 : url;
    bool bracket = at[0] == '[';
    at += bracket ? 1 : 0;
    (void)snprintf(host, sizeof host, "%.*s", (int)strcspn(at, bracket ? "]" : ":/?#"), at);
    return is_loopback(host);
}

/* Tokens and signatures travel there. The metadata service of a machine has no other protocol. */
static void endpoint_remark(const struct remarks *r, const struct config_tunnel *t,
                            const char *key, const char *url)
{
    if (url && strncmp(url, "https://", 8) != 0 && !url_is_loopback(url)) {
        remark(r,
               "tunnels: %s.%s: http://, so what gives access to the cloud crosses the "
               "network in clear",
               t->name, key);
    }
}

static void opinion_remarks(const struct remarks *r, const struct config_tunnel *t)
{
    secret_remarks(r, "tunnels: ", t->name, ".client_secret", &t->azure.client_secret);
    endpoint_remark(r, t, "ec2_endpoint", t->aws.ec2_endpoint);
    endpoint_remark(r, t, "cloudwatch_endpoint", t->aws.cloudwatch_endpoint);
    endpoint_remark(r, t, "sts_endpoint", t->aws.sts_endpoint);
    endpoint_remark(r, t, "arm_endpoint", t->azure.arm_endpoint);
    endpoint_remark(r, t, "login_endpoint", t->azure.login_endpoint);
    if (t->kind == TUNNEL_AWS && t->aws.source == AWS_EC2) {
        remark(r,
               "tunnels: %s.source: ec2 needs a grant that tells the pre-shared keys too; "
               "drtop does not keep them, and \"cloudwatch\" needs no such grant",
               t->name);
    }
}

/* A connection that ends before its login counts against this host; after 100 the server refuses
 * all of them (backend/tunnel/mysql_greeting.h). */
static void tunnel_remarks(const struct remarks *r, const struct config *cfg)
{
    const struct config_tunnel *probe = first_probe(cfg);
    if (!probe) {
        remark(r,
               "tunnels: no probe%s, so a lost tunnel looks like a lost database: add a probe "
               "of something that is reached only through it",
               cfg->n_tunnels > 0 ? ", and what a cloud or a gateway calls UP is no evidence"
                                  : "");
    }
    if (probe && probes_only_primary(cfg) && cfg->primary.db.route == ROUTE_VPN) {
        remark(
            r,
            "tunnels: %s asks the primary's database itself, so a dead database looks like a "
            "dead tunnel: probe another host behind the tunnel",
            probe->name);
    }
    for (size_t i = 0; i < cfg->n_tunnels; i++) {
        const struct config_tunnel *t = &cfg->tunnels[i];
        bool mysql = t->probe.port == cfg->primary.db.port || t->probe.port == cfg->dr.db.port;
        if (t->kind == TUNNEL_PROBE && !t->probe.greeting && mysql) {
            remark(r,
                   "tunnels: %s connects to port %u and says nothing; a MySQL blocks this host "
                   "after 100 such connections, \"greeting\": true does not provoke it",
                   t->name, (unsigned)t->probe.port);
        }
        opinion_remarks(r, t);
    }
}

/* PRIMARY DOWN needs two routes that no one broken thing can silence (backend/route.h). */
static void route_remarks(const struct remarks *r, const struct config_site *primary)
{
    const char *route = route_name(primary->db.route);
    const char *travels = primary->db.route == ROUTE_VPN ? "the VPN" : "one route";
    if (!primary->app.present) {
        remark(
            r,
            "primary.app: none, so everything about the primary travels %s and a dead route "
            "looks like a dead region: add primary.app with its public URL or a direct route",
            travels);
    } else if (primary->app.route == primary->db.route) {
        remark(
            r,
            "primary.app.route: %s, as primary.mysql, so everything about the primary travels "
            "%s and a dead route looks like a dead region: ask the app by its public URL or a "
            "direct route",
            route, travels);
    }
    if (!primary->control_plane.present) {
        remark(r, "primary.control_plane: none, so a lost region looks like a lost site: add "
                  "something of the region that is not the site, such as its cloud's API");
    }
}

static void mail_remarks(const struct remarks *r, const struct config_mail *mail)
{
    bool far = !is_loopback(mail->host);
    if (mail->n_recipients == 0) {
        remark(r, "notify.mail.recipients: none, so no mail is sent");
    }
    if (far && mail->tls == SMTP_TLS_NONE) {
        remark(r, "notify.mail.tls: none, so %s crosses the network in clear",
               mail->user ? "the login" : "the mail");
    } else if (far && !mail->verify_tls) {
        remark(r, "notify.mail.verify_tls: false, so anybody may answer for the mail server");
    }
    if (!mail->user != (mail->password.kind == SECRET_NONE)) {
        remark(r, "notify.mail: %s, so drtop sends without a login",
               mail->user ? "\"user\" without a \"password\""
                          : "\"password\" without a \"user\"");
    }
    secret_remarks(r, "notify.mail", "", ".password", &mail->password);
}

static void notify_remarks(const struct remarks *r, const struct config *cfg)
{
    const struct config_notify *notify = &cfg->notify;
    bool somebody = notify->mail.present || notify->n_webhooks > 0 || notify->n_execs > 0;
    if (!somebody) {
        remark(r, "notify: no mail, webhook or exec, so nobody is told of an outage");
    } else if (!cfg->record.enabled) {
        remark(r, "record.enabled: false, and only a recorder notifies, so nobody is told");
    }
    if (notify->mail.present) {
        mail_remarks(r, &notify->mail);
    }
    for (size_t i = 0; i < notify->n_webhooks; i++) {
        const struct config_webhook *w = &notify->webhooks[i];
        secret_remarks(r, "notify.webhooks: ", w->name, ".url", &w->url);
        secret_remarks(r, "notify.webhooks: ", w->name, ".key", &w->key);
        if (w->kind != WEBHOOK_GENERIC && w->key.kind != SECRET_NONE) {
            remark(r, "notify.webhooks: %s.key: only a generic webhook is signed", w->name);
        }
    }
}

static void failover_remarks(const struct remarks *r, const struct config_failover *f)
{
    const struct config_jenkins *jenkins = &f->jenkins;
    bool https = strncmp(jenkins->url, "https://", 8) == 0;
    if (!https && !url_is_loopback(jenkins->url)) {
        remark(r, "failover.jenkins.url: http://, so the token that may start a failover "
                  "crosses the network in clear");
    } else if (https && !jenkins->verify_tls) {
        remark(r, "failover.jenkins.verify_tls: false, so anybody may take the token");
    }
    if (!https && jenkins->ca) {
        remark(r, "failover.jenkins.ca: not used with http://");
    }
    secret_remarks(r, "failover.jenkins", "", ".token", &jenkins->token);
    bool marked = false;
    for (size_t i = 0; i < f->n_phases; i++) {
        marked = marked || f->phases[i].no_return;
    }
    if (!marked) {
        remark(r, "failover.phases: none is marked \"no_return\", so drtop cannot warn before "
                  "the replica is promoted");
    }
    if (!f->drill.path) {
        remark(r, "failover.drill: none, so a failover is tried out when it is needed");
    }
}

void config_remarks(const struct config *cfg, void (*say)(void *ctx, const char *text),
                    void *ctx)
{
    const struct remarks r = {.say = say, .ctx = ctx};
    route_remarks(&r, &cfg->primary);
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
    notify_remarks(&r, cfg);
    if (cfg->failover.present) {
        failover_remarks(&r, &cfg->failover);
    }
    if (cfg->screen.refresh_ms < cfg->poll.positions_ms) {
        remark(&r, "screen.refresh: shorter than poll.positions, so frames repeat themselves");
    }
}
