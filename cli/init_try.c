#include "cli/init_try.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/app/http_health.h"
#include "backend/failover/jenkins.h"
#include "backend/mem.h"
#include "backend/observer.h"

#define STOP_MS  500
#define SPARE_MS 1500 /* beyond what a source may take */

__attribute__((format(printf, 2, 3))) static void tell(void (*say)(const char *),
                                                       const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    say(line);
}

/* --- databases --- */

static bool tell_server(const struct db_facts *f, void (*say)(const char *))
{
    tell(say, "  ok: %s, %s, %s", f->address, f->version,
         f->tls_cipher[0] ? f->tls_cipher : "not encrypted");
    for (size_t i = 0; i < f->n_lacks; i++) {
        tell(say, "  ! %s cannot be read; it takes: %s", f->lacks[i].what, f->lacks[i].grant);
    }
    return f->n_lacks == 0;
}

bool init_try_primary(const struct db_facts *f, void (*say)(const char *text))
{
    bool well = tell_server(f, say);
    if (f->log_bin == TRI_NO) {
        say("  ! its binary log is off: nothing can replicate from it");
        well = false;
    }
    if (f->read_only == TRI_YES) {
        say("  ! it is read-only: is it the replica?");
        well = false;
    }
    if (f->has_channel) {
        tell(say, "  it replicates from %s:%u itself", f->channel.source_host,
             f->channel.source_port);
    }
    return well;
}

static const char *thread_word(enum db_thread t)
{
    return t == DB_THREAD_YES          ? "runs"
           : t == DB_THREAD_CONNECTING ? "is connecting"
           : t == DB_THREAD_NO         ? "stands still"
                                       : "is unknown";
}

static bool tell_channel(const struct db_channel *c, const struct db_facts *primary,
                         void (*say)(const char *))
{
    const char *whose = "";
    if (primary && primary->server_id.known && c->source_server_id.known) {
        whose = primary->server_id.v == c->source_server_id.v ? ", the primary" : "";
    }
    tell(say, "  replicates from %s:%u%s; the receiver %s, the applier %s", c->source_host,
         c->source_port, whose, thread_word(c->receiver), thread_word(c->applier));
    if (c->receiver_error[0]) {
        tell(say, "  ! receiver: %s", c->receiver_error);
    }
    if (c->applier_error[0]) {
        tell(say, "  ! applier: %s", c->applier_error);
    }
    if (primary && primary->server_id.known && c->source_server_id.known && !whose[0]) {
        say("  ! that is another server than the primary above");
        return false;
    }
    return c->receiver != DB_THREAD_NO && c->applier != DB_THREAD_NO;
}

bool init_try_replica(const struct db_facts *f, const struct db_facts *primary,
                      void (*say)(const char *text))
{
    bool well = tell_server(f, say);
    if (primary && db_facts_same_server(f, primary)) {
        say("  ! it is the same server as the primary");
        return false;
    }
    if (f->channels == 0) {
        say("  ! it replicates from nobody: its replica status is empty");
        return false;
    }
    if (f->has_channel) {
        well = tell_channel(&f->channel, primary, say) && well;
    } else if (f->channels > 1) {
        tell(say, "  ! it has several channels (%s): set \"channel\" of dr.mysql in the file",
             f->channel_names);
        well = false;
    }
    if (f->read_only == TRI_NO) {
        say("  ! it is not read_only: what is written to it is not on the primary");
        well = false;
    }
    return well;
}

/* What to look at when a server refuses or is not there. */
static const char *hint(const char *reason)
{
    static const struct {
        const char *said, *hint;
    } hints[] = {
        {"access denied", "user or password; or the account is not for this machine's address"},
        {"is not allowed to connect", "the account is for another address than this machine's"},
        {"refused", "nobody listens there: the port, or bind_address of the server"},
        {"no answer in time", "a firewall, a route, or the tunnel"},
        {"name not found", "the name, or this machine's resolver"},
        {"no route", "the network between here and there"},
        {"TLS", "\"tls\" of the database, in the file"},
        {"not a MySQL server", "the port"},
    };
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        if (strstr(reason, hints[i].said)) {
            return hints[i].hint;
        }
    }
    return NULL;
}

static bool tell_failed(const struct sight *s, void (*say)(const char *))
{
    if (s->last && s->last->state != READING_FAILED) {
        return false;
    }
    const char *reason = s->last ? s->last->reason : "no answer in time";
    tell(say, "  ! %s", reason);
    if (hint(reason)) {
        tell(say, "    look at: %s", hint(reason));
    }
    return true;
}

/* --- the others --- */

static bool tell_app(const struct sight *s, void (*say)(const char *))
{
    const struct app_facts *f = s->last->value;
    if (f && f->ok) {
        tell(say, "  ok: status %d from %s", f->status, f->address);
    } else {
        tell(say, "  ! %s", f ? f->why : "no answer");
    }
    return f && f->ok;
}

static bool tell_tunnel(const struct config_tunnel *cfg, const struct sight *s,
                        void (*say)(const char *))
{
    const struct tunnel_facts *f = s->last->value;
    bool well = f != NULL;
    if (f && f->rtt_ms.known) {
        tell(say, "  ok: it connects in %.2f ms%s", f->rtt_ms.v,
             f->greeting_ms.known ? ", and a MySQL server greets" : "");
    } else if (f && cfg->kind == TUNNEL_PROBE) {
        tell(say, "  ! %s", f->detail[0] ? f->detail : "nothing passes");
        well = false;
    }
    for (size_t i = 0; f && i < f->n_legs; i++) {
        const struct tunnel_leg *leg = &f->legs[i];
        tell(say, "  %s: %s%s%s", leg->id, tunnel_state_key(leg->state),
             leg->detail[0] ? ", " : "", leg->detail);
        well = well && leg->state != TUNNEL_UNKNOWN;
    }
    if (f && cfg->kind != TUNNEL_PROBE && f->detail[0]) {
        tell(say, "  %s", f->detail);
    }
    return well;
}

static bool tell_part(const struct snapshot *s, unsigned part, void (*say)(const char *))
{
    switch (part) {
    case INIT_PRIMARY:
        return !tell_failed(&s->sights[SLOT_PRIMARY_DB], say) &&
               init_try_primary(s->sights[SLOT_PRIMARY_DB].last->value, say);
    case INIT_REPLICA:
        return !tell_failed(&s->sights[SLOT_REPLICA_DB], say) &&
               init_try_replica(s->sights[SLOT_REPLICA_DB].last->value,
                                snapshot_db(s, SLOT_PRIMARY_DB), say);
    case INIT_APP:
        return !tell_failed(&s->sights[SLOT_PRIMARY_APP], say) &&
               tell_app(&s->sights[SLOT_PRIMARY_APP], say);
    case INIT_NEUTRAL:
        if (tell_failed(&s->sights[SLOT_ANCHOR], say)) {
            return false;
        }
        say("  ok: it answers");
        return true;
    default:
        return !tell_failed(&s->sights[SLOT_TUNNEL], say) &&
               tell_tunnel(&s->config->tunnels[0], &s->sights[SLOT_TUNNEL], say);
    }
}

/* Which slots have to have spoken before anything is told. */
static bool all_said(const struct snapshot *s, unsigned part)
{
    const struct sight *at = s->sights;
    switch (part) {
    case INIT_PRIMARY:
        return at[SLOT_PRIMARY_DB].last;
    case INIT_REPLICA:
        return at[SLOT_PRIMARY_DB].last && at[SLOT_REPLICA_DB].last;
    case INIT_APP:
        return at[SLOT_PRIMARY_APP].last;
    case INIT_NEUTRAL:
        return at[SLOT_ANCHOR].last;
    default:
        return at[SLOT_TUNNEL].last;
    }
}

static int64_t limit_ms(const struct config *cfg, unsigned part)
{
    if (cfg->n_tunnels > 0) {
        return 2 * cfg->tunnels[0].timeout_ms + SPARE_MS;
    }
    if (part == INIT_APP) {
        return 2 * cfg->primary.app.timeout_ms + SPARE_MS;
    }
    return observer_patience_ms(cfg) + SPARE_MS;
}

/* The newest snapshot once the slots have spoken, or at the end of the time. NULL with *left when
 * the user wants no more. */
static struct snapshot *watch(struct init_try *t, struct engine *e, const struct config *cfg,
                              unsigned part, bool *left)
{
    int64_t end_ms = clock_mono_ms(&clock_system) + limit_ms(cfg, part);
    struct snapshot *s = engine_look(e);
    int64_t left_ms = end_ms - clock_mono_ms(&clock_system);
    while ((!s || !all_said(s, part)) && left_ms > 0) {
        if (!init_tty_wait(t->tty, engine_wake_fd(e), left_ms)) {
            *left = true;
            break;
        }
        engine_drain(e);
        snapshot_unref(s);
        s = engine_look(e);
        left_ms = end_ms - clock_mono_ms(&clock_system);
    }
    return s;
}

static enum init_tried observe(struct init_try *t, const struct config *cfg, unsigned part)
{
    struct error err;
    bool left = false, well = false;
    struct observer *o = observer_start(cfg, &clock_system, &err);
    if (!o) {
        tell(init_tty_say, "  ! %s", err.text);
        return INIT_FAILED;
    }
    struct snapshot *s = watch(t, observer_engine(o), cfg, part, &left);
    if (s && !left) {
        well = tell_part(s, part, init_tty_say);
    }
    snapshot_unref(s);
    t->stuck = !observer_stop(o, STOP_MS) || t->stuck;
    return left ? INIT_LEFT : well ? INIT_WELL : INIT_FAILED;
}

/* --- Jenkins --- */

/* drtop fills these in itself. */
static bool is_own(const struct config_failover *cfg, const char *name)
{
    return strcmp(name, cfg->request_id_parameter) == 0 ||
           strcmp(name, cfg->operator_parameter) == 0 ||
           strcmp(name, cfg->reason_parameter) == 0;
}

static void tell_job(const struct config_failover *cfg, const struct jenkins_job *job)
{
    bool any = false;
    tell(init_tty_say, "  ok: job %s, asked as %s%s", job->full_name,
         job->user[0] ? job->user : "nobody",
         job->disabled == TRI_YES ? "; it is disabled" : "");
    for (size_t i = 0; i < job->n_params; i++) {
        if (!is_own(cfg, job->params[i].name)) {
            tell(init_tty_say, "  it declares %s", job->params[i].name);
            any = true;
        }
    }
    if (any) {
        init_tty_say(
            "  say in \"parameters\" of failover.job what each is to be; nothing can be"
            " started before");
    }
}

static enum init_tried ask_jenkins(const struct config *cfg)
{
    struct error err = {""};
    struct jenkins_job *job = mem_alloc(1, sizeof *job);
    struct jenkins *j = jenkins_create(&cfg->failover.jenkins, cfg->failover.job.path);
    bool well = j && jenkins_look(j, job, &err) == JENKINS_OK;
    if (well) {
        tell_job(&cfg->failover, job);
    } else {
        tell(init_tty_say, "  ! %s", err.text[0] ? err.text : "no such job");
    }
    jenkins_destroy(j);
    free(job);
    return well ? INIT_WELL : INIT_FAILED;
}

enum init_tried init_try(struct init_try *t, const struct init_sheet *s, unsigned part)
{
    struct error err;
    unsigned parts = part == INIT_REPLICA ? INIT_PRIMARY | INIT_REPLICA : part;
    struct config *cfg = init_sheet_config(s, parts, t->path, &err);
    if (!cfg) {
        tell(init_tty_say, "  ! %s", err.text);
        return INIT_FAILED;
    }
    init_tty_say("  asking ...");
    enum init_tried tried = part == INIT_JENKINS ? ask_jenkins(cfg) : observe(t, cfg, part);
    if (!t->stuck) {
        config_destroy(cfg); /* else a thread still looks at it */
    }
    return tried;
}
