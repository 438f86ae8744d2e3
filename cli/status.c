#include "cli/cli.h"

#include <string.h>

#include "backend/app/http_health.h"
#include "backend/tunnel/provider.h"
#include "tui/format.h"
#include "tui/glyph.h"
#include "tui/pane/pane.h"
#include "tui/shown.h"

static void coordinate(FILE *out, const char *label, const struct shown_coord *c)
{
    char pos[FORMAT_MAX], age[FORMAT_MAX];
    if (c->fresh == FRESHNESS_NONE) {
        (void)fprintf(out, "%-14sunknown\n", label);
        return;
    }
    (void)fprintf(out, "%-14s%s %s  (%s ago)\n", label, c->coord.file,
                  format_grouped(pos, c->coord.pos), format_age(age, c->age_ms));
}

static void gap(FILE *out, const char *label, const struct gap *g, enum freshness f)
{
    char bytes[48], tx[48];
    gap_bytes(g, f, bytes, sizeof bytes);
    gap_tx(g, f, tx, sizeof tx);
    (void)fprintf(out, "%-14s%s  %s\n", label, bytes, tx);
}

static void source(FILE *out, const char *label, const struct sight *s)
{
    if (s->last && s->last->state == READING_FAILED) {
        (void)fprintf(out, "%-14s%s\n", label, s->last->reason);
    }
}

static void privileges(FILE *out, const char *label, const struct db_facts *f)
{
    for (size_t i = 0; f && i < f->n_lacks; i++) {
        (void)fprintf(out, "%-14s%s unknown, needs: %s\n", label, f->lacks[i].what,
                      f->lacks[i].grant);
    }
}

void status_write_text(const struct snapshot *s, int64_t now_ms, FILE *out)
{
    struct shown shown = shown_at(s, now_ms, s->wall_ms, 0);
    char lag[48], at[FORMAT_MAX];
    lag_words(&shown, lag, sizeof lag);
    (void)fprintf(out, "%s  %s  %s: %s\n", format_utc(at, s->wall_ms), s->config->group,
                  verdict_name(shown.verdict.kind), shown.verdict.sentence);
    source(out, "primary", &s->sights[SLOT_PRIMARY_DB]);
    source(out, "replica", &s->sights[SLOT_REPLICA_DB]);
    privileges(out, "primary", snapshot_db(s, SLOT_PRIMARY_DB));
    privileges(out, "replica", snapshot_db(s, SLOT_REPLICA_DB));
    coordinate(out, "primary", &shown.primary);
    coordinate(out, "received", &shown.received);
    coordinate(out, "applied", &shown.applied);
    gap(out, "not received", &shown.not_received, shown.not_received_fresh);
    gap(out, "not applied", &shown.not_applied, shown.not_applied_fresh);
    (void)fprintf(out, "%-14s%s  (%s%s%s)\n", "lag", lag, lag_method_name(s->lag.method),
                  s->lag.why && s->lag.why[0] ? ": " : "", s->lag.why ? s->lag.why : "");
}

int cmd_status(const struct config *cfg, const struct cli_options *options)
{
    struct observer *o = NULL;
    struct snapshot *s = cli_look(cfg, &o);
    if (!s) {
        return CLI_UNAVAILABLE;
    }
    int64_t now_ms = clock_mono_ms(&clock_system);
    glyph_use(options->ascii ? GLYPHS_ASCII : GLYPHS_UTF8);
    if (options->json) {
        status_write_json(s, now_ms, stdout);
    } else {
        status_write_text(s, now_ms, stdout);
    }
    bool answered = s->sights[SLOT_PRIMARY_DB].good || s->sights[SLOT_REPLICA_DB].good;
    int status = answered ? CLI_OK : CLI_UNAVAILABLE;
    snapshot_unref(s);
    cli_stop(o, status);
    return status;
}
