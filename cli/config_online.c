#include "cli/config_cmd.h"

#include "backend/mysql/facts.h"
#include "backend/tunnel/view.h"
#include "cli/cli.h"

static bool row(FILE *out, const char *what, const struct sight *s)
{
    if (!s->last) {
        (void)fprintf(out, "%-20s no answer\n", what);
        return false;
    }
    if (s->last->state == READING_FAILED) {
        (void)fprintf(out, "%-20s FAILED: %s\n", what, s->last->reason);
        return false;
    }
    (void)fprintf(out, "%-20s ok\n", what);
    return true;
}

static bool database(FILE *out, const char *what, const struct snapshot *s, enum slot slot)
{
    bool well = row(out, what, &s->sights[slot]);
    const struct db_facts *f = snapshot_db(s, slot);
    if (!f) {
        return well;
    }
    (void)fprintf(out, "%-20s   %s %s, %s\n", "", f->address, f->version,
                  f->tls_cipher[0] ? f->tls_cipher : "not encrypted");
    for (size_t i = 0; i < f->n_lacks; i++) {
        (void)fprintf(out, "%-20s   %s cannot be read: %s\n", "", f->lacks[i].what,
                      f->lacks[i].grant);
    }
    return well && f->n_lacks == 0;
}

/* A probe that fails may be aimed at the wrong place. A cloud that says DOWN was asked well; one
 * that does not know a tunnel of that name was not. */
static bool tunnel(FILE *out, const struct config_tunnel *cfg, const struct sight *s)
{
    bool well = row(out, cfg->name, s);
    const struct tunnel_facts *f = s->good ? s->good->value : NULL;
    if (!f) {
        return false;
    }
    if (f->detail[0]) {
        (void)fprintf(out, "%-20s   %s\n", "", f->detail);
    }
    for (size_t i = 0; i < f->n_legs; i++) {
        const struct tunnel_leg *leg = &f->legs[i];
        (void)fprintf(out, "%-20s   %s: %s%s%s\n", "", leg->id, tunnel_state_key(leg->state),
                      leg->detail[0] ? ", " : "", leg->detail);
        well = well && leg->state != TUNNEL_UNKNOWN;
    }
    return well && (cfg->kind != TUNNEL_PROBE || f->state != TUNNEL_DOWN);
}

static bool report(const struct config *cfg, const struct snapshot *s, FILE *out)
{
    bool well = database(out, "primary database", s, SLOT_PRIMARY_DB);
    well = database(out, "replica database", s, SLOT_REPLICA_DB) && well;
    if (cfg->primary.app.present) {
        well = row(out, "primary app", &s->sights[SLOT_PRIMARY_APP]) && well;
    }
    if (cfg->dr.app.present) {
        const struct reading *last = s->sights[SLOT_DR_APP].last;
        if (!cfg->dr.app.expected && last && last->state == READING_FAILED) {
            (void)fprintf(out, "%-20s none, as expected\n", "DR app");
        } else {
            well = row(out, "DR app", &s->sights[SLOT_DR_APP]) && well;
        }
    }
    for (size_t i = 0; i < cfg->n_tunnels; i++) {
        well = tunnel(out, &cfg->tunnels[i], &s->sights[SLOT_TUNNEL + i]) && well;
    }
    for (size_t i = 0; i < cfg->n_anchors; i++) {
        well = row(out, cfg->anchors[i].name, &s->sights[SLOT_ANCHOR + i]) && well;
    }
    for (size_t i = 0; i < s->n_alerts; i++) {
        if (s->alerts[i].state == ALERT_OPEN && s->alerts[i].kind == ALERT_ROLE) {
            (void)fprintf(out, "%-20s %s\n", "roles", s->alerts[i].text);
            well = false;
        }
    }
    return well;
}

int config_check_online(const struct config *cfg, FILE *out)
{
    struct error err;
    struct look look;
    if (!observer_library_begin(&err)) {
        cli_complain("drtop: %s", err.text);
        return CLI_UNAVAILABLE;
    }
    if (!cli_look(cfg, 0, &look)) {
        return CLI_UNAVAILABLE;
    }
    int status = look.snap && report(cfg, look.snap, out) ? CLI_OK : CLI_CONFIG;
    cli_leave(&look, status);
    observer_library_end();
    return status;
}
