#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "backend/app/http_health.h"
#include "backend/net/alias_json.h"
#include "backend/share.h"
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

static void meaning(FILE *out, const struct snapshot *s)
{
    const struct verdict *v = &s->verdict;
    char at[FORMAT_MAX];
    (void)fprintf(out, "%-14s%s, %s since %s\n", "verdict", verdict_name(v->kind),
                  v->confirmed ? "confirmed" : "suspected",
                  format_utc(at, v->since_wall_ms ? v->since_wall_ms : s->wall_ms));
    (void)fprintf(out, "%-14s%s%s%s\n", "failing over", advice_words(v->advice),
                  v->advice_why[0] ? ": " : "", v->advice_why);
    if (s->maintenance) {
        (void)fprintf(out, "%-14s%s (nobody is told)\n", "maintenance", s->maintenance);
    }
}

static void tunnel(FILE *out, const char *label, const struct snapshot *s, size_t i,
                   const struct tunnel_leg_view *leg, int64_t now_ms)
{
    const struct tunnel_view *v = &s->tunnels[i];
    const struct reading *last = s->sights[SLOT_TUNNEL + i].last;
    const char *name = s->config->tunnels[i].name;
    bool has_id = leg->id[0] && !v->data_plane; /* a probe's is its name */
    bool is_spare = leg->state == TUNNEL_DOWN && !leg->expected;
    const char *words = tunnel_leg_words(v, leg);
    char age[FORMAT_MAX];
    words = words[0] || leg->state == TUNNEL_UP ? words : tunnel_leg_detail(s, i, leg);
    (void)fprintf(out, "%-14s%s%s%s  %s%s%s%s", label, name, has_id ? " " : "",
                  has_id ? leg->id : "", tunnel_state_word(leg->state),
                  is_spare ? ", a spare one" : "", words[0] ? ": " : "", words);
    if (last) {
        (void)fprintf(out, "  (%s ago)", format_age(age, now_ms - last->taken_at_ms));
    }
    (void)fprintf(out, "\n");
}

/* One line a tunnel and view. */
static void tunnels(FILE *out, const struct snapshot *s, int64_t now_ms)
{
    const char *label = "tunnel";
    for (size_t i = 0; i < s->config->n_tunnels; i++) {
        const struct tunnel_view *v = &s->tunnels[i];
        for (size_t k = 0; k < v->n_legs || k == 0; k++) { /* without any: unknown, no id */
            tunnel(out, label, s, i, &v->legs[k], now_ms);
            label = "";
        }
    }
}

/* The clock of an outage; nothing while none runs. */
static void outage(FILE *out, const struct snapshot *s, int64_t now_ms)
{
    const struct rto *r = &s->rto;
    char low[FORMAT_MAX], high[FORMAT_MAX], at[FORMAT_MAX];
    if (!r->running) {
        return;
    }
    if (r->elapsed_min_ms.known) {
        (void)fprintf(out, "%-14sfor %s", "outage",
                      format_seconds(low, (double)r->elapsed_min_ms.v / 1000));
        if (r->elapsed_max_ms.known) {
            (void)fprintf(out, " to %s",
                          format_seconds(high, (double)r->elapsed_max_ms.v / 1000));
        }
        (void)fprintf(out, "%s\n", r->elapsed_max_ms.known ? "" : " at the least");
    }
    if (r->decide_before_wall_ms.known) {
        int64_t left_ms = r->decide_before_wall_ms.v - (s->wall_ms + now_ms - s->taken_at_ms);
        (void)fprintf(out, "%-14s%s (%s %s; a failover takes %s)\n", "decide before",
                      format_utc(at, r->decide_before_wall_ms.v),
                      format_seconds(low, (double)(left_ms < 0 ? -left_ms : left_ms) / 1000),
                      left_ms < 0 ? "ago" : "left",
                      format_seconds(high, (double)r->pipeline_ms / 1000));
    }
}

void status_write_text(const struct snapshot *s, int64_t now_ms, FILE *out)
{
    struct shown shown = shown_at(s, now_ms, s->wall_ms, 0);
    char lag[48], at[FORMAT_MAX];
    lag_words(&shown, lag, sizeof lag);
    (void)fprintf(out, "%s  %s  %s: %s\n", format_utc(at, s->wall_ms), s->config->group,
                  level_word(shown.verdict.level), shown.verdict.sentence);
    meaning(out, s);
    outage(out, s, now_ms);
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
    tunnels(out, s, now_ms);
}

/* Written into memory first: a name is looked for in whole lines. */
static void write_status(const struct look *look, const struct cli_options *options,
                         int64_t now_ms)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = options->aliases && !options->json ? open_memstream(&text, &len) : stdout;
    if (!out) {
        return;
    }
    share_learn(options->aliases, look->snap, look->view, NULL);
    if (options->json) {
        status_write_json(look->snap, look->view, now_ms, options->aliases, out);
    } else {
        status_write_text(look->snap, now_ms, out);
    }
    if (out != stdout) {
        (void)fclose(out);
        char *words = alias_copy(options->aliases, text);
        (void)fputs(words, stdout);
        free(words);
        free(text);
    }
}

int cmd_status(const struct config *cfg, const struct cli_options *options)
{
    struct look look;
    if (!cli_look(cfg, 0, &look)) {
        return CLI_UNAVAILABLE;
    }
    const struct snapshot *s = look.snap;
    int64_t now_ms = clock_mono_ms(&clock_system);
    glyph_use(options->ascii ? GLYPHS_ASCII : GLYPHS_UTF8);
    if (s) {
        write_status(&look, options, now_ms);
    }
    bool answered = s && (s->sights[SLOT_PRIMARY_DB].good || s->sights[SLOT_REPLICA_DB].good);
    int status = answered ? CLI_OK : CLI_UNAVAILABLE;
    cli_leave(&look, status);
    return status;
}
