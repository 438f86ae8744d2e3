#include "backend/config_alias.h"

#include <stdio.h>
#include <string.h>

/* The host of a URL, of "host:port", or of a host alone. */
static void add_host_of(struct alias_table *t, enum alias_kind kind, const char *target)
{
    char host[256];
    const char *at = target ? strstr(target, "://") : NULL;
    at = at ? at + 3 : target;
    if (!at) {
        return;
    }
    size_t len = strcspn(at, "/?#");
    const char *user_end = memchr(at, '@', len);
    if (user_end) {
        len -= (size_t)(user_end + 1 - at);
        at = user_end + 1;
    }
    if (*at == '[') { /* an IPv6 address */
        at++;
        len = strcspn(at, "]");
    } else if (memchr(at, ':', len) == strrchr(at, ':') || strstr(at, "://")) {
        len = strcspn(at, ":/?#") < len ? strcspn(at, ":/?#") : len;
    }
    (void)snprintf(host, sizeof host, "%.*s", (int)len, at);
    alias_add(t, kind, host);
}

static void add_url(struct alias_table *t, const char *url)
{
    add_host_of(t, ALIAS_HOST, url);
    if (url && strstr(url, "://")) {
        alias_add(t, ALIAS_URL, url);
    }
}

static void add_secret(struct alias_table *t, const struct secret *s)
{
    if (s->kind == SECRET_FILE || s->kind == SECRET_OPTION_FILE) {
        alias_add(t, ALIAS_PATH, s->name);
    }
    for (char **arg = s->argv; arg && *arg; arg++) {
        if (strchr(*arg, '/')) {
            alias_add(t, ALIAS_PATH, *arg);
        }
    }
}

static void add_db(struct alias_table *t, const struct config_db *db)
{
    alias_add(t, ALIAS_USER, db->user);
    alias_add(t, ALIAS_PATH, db->tls.ca);
    alias_add(t, ALIAS_PATH, db->tls.cert);
    alias_add(t, ALIAS_PATH, db->tls.key);
    add_secret(t, &db->password);
}

static void add_app(struct alias_table *t, const struct config_app *app)
{
    add_url(t, app->url);
    alias_add(t, ALIAS_HOST, app->host_header);
    alias_add(t, ALIAS_PATH, app->ca);
}

static void add_command(struct alias_table *t, char **argv)
{
    for (; argv && *argv; argv++) {
        if (strchr(*argv, '/')) {
            alias_add(t, strstr(*argv, "://") ? ALIAS_URL : ALIAS_PATH, *argv);
        }
    }
}

static void add_aws(struct alias_table *t, const struct config_aws *aws)
{
    alias_add(t, ALIAS_VPN, aws->vpn_connection);
    alias_add(t, ALIAS_ID, aws->profile);
    for (char **alarm = aws->alarms; alarm && *alarm; alarm++) {
        alias_add(t, ALIAS_ID, *alarm);
    }
    add_url(t, aws->ec2_endpoint);
    add_url(t, aws->cloudwatch_endpoint);
    add_url(t, aws->sts_endpoint);
}

static void add_azure(struct alias_table *t, const struct config_azure *azure)
{
    alias_add(t, ALIAS_VPN, azure->connection);
    alias_add(t, ALIAS_ID, azure->subscription);
    alias_add(t, ALIAS_ID, azure->resource_group);
    alias_add(t, ALIAS_ID, azure->tenant);
    alias_add(t, ALIAS_ID, azure->client_id);
    add_secret(t, &azure->client_secret);
    alias_add(t, ALIAS_PATH, azure->token_file);
    add_url(t, azure->arm_endpoint);
    add_url(t, azure->login_endpoint);
    add_url(t, azure->identity_endpoint);
}

static void add_tunnel(struct alias_table *t, const struct config_tunnel *tunnel)
{
    alias_add(t, ALIAS_HOST, tunnel->probe.host);
    for (char **id = tunnel->tunnels; id && *id; id++) {
        alias_add(t, ALIAS_VPN, *id);
    }
    add_aws(t, &tunnel->aws);
    add_azure(t, &tunnel->azure);
    alias_add(t, ALIAS_PATH, tunnel->ca);
    alias_add(t, ALIAS_PATH, tunnel->socket);
    add_command(t, tunnel->command);
}

/* "ops/db team/fail over", the job's own name, and as a URL and a full name of a display have it. */
static void add_job(struct alias_table *t, const char *path)
{
    if (path) {
        const char *last = strrchr(path, '/');
        alias_add(t, ALIAS_JOB, path);
        alias_add(t, ALIAS_JOB, last ? last + 1 : path);
    }
}

static void add_failover(struct alias_table *t, const struct config_failover *f)
{
    add_job(t, f->job.path);
    add_job(t, f->drill.path);
    add_url(t, f->jenkins.url);
    alias_add(t, ALIAS_USER, f->jenkins.user);
    add_secret(t, &f->jenkins.token);
    alias_add(t, ALIAS_PATH, f->jenkins.ca);
    alias_add(t, ALIAS_HOST, f->verify_name);
    alias_add(t, ALIAS_HOST, f->verify_address);
}

static void add_notify(struct alias_table *t, const struct config_notify *n)
{
    const struct config_mail *mail = &n->mail;
    add_host_of(t, ALIAS_HOST, mail->host);
    alias_add(t, ALIAS_USER, mail->user);
    alias_add(t, ALIAS_MAIL, mail->from);
    alias_add(t, ALIAS_PATH, mail->ca);
    add_secret(t, &mail->password);
    for (size_t i = 0; i < mail->n_recipients; i++) {
        alias_add(t, ALIAS_MAIL, mail->recipients[i].address);
    }
    for (size_t i = 0; i < n->n_webhooks; i++) {
        const struct config_webhook *w = &n->webhooks[i];
        if (w->url.kind == SECRET_LITERAL) {
            add_url(t, w->url.name);
        }
        add_secret(t, &w->url);
        add_secret(t, &w->key);
        alias_add(t, ALIAS_PATH, w->ca);
    }
    for (size_t i = 0; i < n->n_execs; i++) {
        add_command(t, n->execs[i].command);
    }
}

static void add_paths(struct alias_table *t, const struct config *cfg)
{
    const char *slash = cfg->path ? strrchr(cfg->path, '/') : NULL;
    char dir[512];
    alias_add(t, ALIAS_PATH, cfg->record.directory);
    alias_add(t, ALIAS_PATH, cfg->record.metrics_file);
    if (slash) {
        alias_add(t, ALIAS_PATH, cfg->path);
        (void)snprintf(dir, sizeof dir, "%.*s", (int)(slash - cfg->path), cfg->path);
        alias_add(t, ALIAS_PATH, dir);
    }
}

void config_alias(const struct config *cfg, struct alias_table *t)
{
    alias_add(t, ALIAS_SOURCE, cfg->primary.db.host);
    alias_add(t, ALIAS_DR, cfg->dr.db.host);
    add_db(t, &cfg->primary.db);
    add_db(t, &cfg->dr.db);
    for (size_t i = 0; i < cfg->n_tunnels; i++) {
        add_tunnel(t, &cfg->tunnels[i]);
    }
    for (size_t i = 0; i < cfg->n_anchors; i++) {
        add_url(t, cfg->anchors[i].target);
    }
    add_app(t, &cfg->primary.app);
    add_app(t, &cfg->dr.app);
    add_url(t, cfg->primary.control_plane.target);
    add_failover(t, &cfg->failover);
    add_notify(t, &cfg->notify);
    add_paths(t, cfg);
    alias_keep(t, cfg->group);
    alias_keep(t, cfg->primary.name);
    alias_keep(t, cfg->dr.name);
    alias_keep(t, cfg->failover.target);
    for (size_t i = 0; i < cfg->n_tunnels; i++) {
        alias_keep(t, cfg->tunnels[i].name);
    }
    for (size_t i = 0; i < cfg->n_anchors; i++) {
        alias_keep(t, cfg->anchors[i].name);
    }
}
