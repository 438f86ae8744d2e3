#include "tui/pane/pane.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"
#include "tui/format.h"

#define LABEL_W 10

static const struct db_channel *channel_of(const struct view *v)
{
    const struct db_facts *r = snapshot_db(v->snap, SLOT_REPLICA_DB);
    return r && r->has_channel && !v->shown.past ? &r->channel : NULL;
}

static struct pane_state state(enum role role, enum glyph g, const char *text)
{
    struct pane_state s = {.role = role, .glyph = g};
    (void)snprintf(s.text, sizeof s.text, "%s", text);
    return s;
}

static struct pane_state stale_state(const char *who, const struct shown_coord *c)
{
    char text[64], age[FORMAT_MAX];
    if (c->fresh == FRESHNESS_NONE) {
        (void)snprintf(text, sizeof text, "%s unknown", who);
        return state(ROLE_UNKNOWN, GLYPH_UNKNOWN, text);
    }
    (void)snprintf(text, sizeof text, "%s STALE %s", who, format_age(age, c->age_ms));
    return state(ROLE_STALE, GLYPH_STALE, text);
}

static const char *thread_word(enum db_thread t)
{
    switch (t) {
    case DB_THREAD_YES:
        return "running";
    case DB_THREAD_NO:
        return "stopped";
    case DB_THREAD_CONNECTING:
        return "connecting";
    case DB_THREAD_UNKNOWN:
        break;
    }
    return "unknown";
}

static bool in_step(const struct shown *s)
{
    return s->not_received.bytes.known && s->not_received.bytes.v == 0 &&
           s->not_applied.bytes.known && s->not_applied.bytes.v == 0;
}

struct pane_state binlog_state_of(const struct view *v)
{
    const struct shown *s = &v->shown;
    const struct db_facts *r = snapshot_db(v->snap, SLOT_REPLICA_DB);
    const struct db_channel *ch = channel_of(v);
    if (s->past) {
        return state(ROLE_MODE, GLYPH_DOT, "history");
    }
    if (s->received.fresh >= FRESHNESS_STALE) {
        return stale_state("replica", &s->received);
    }
    if (r && !r->has_channel) {
        return r->channels < 0    ? state(ROLE_UNKNOWN, GLYPH_UNKNOWN, "missing privilege")
               : r->channels == 0 ? state(ROLE_CRIT, GLYPH_DOWN, "not a replica")
                                  : state(ROLE_WARN, GLYPH_WARN, "choose a channel");
    }
    if (ch && ch->applier == DB_THREAD_NO) {
        return state(ROLE_CRIT, GLYPH_DOWN, "applier stopped");
    }
    if (ch && ch->receiver != DB_THREAD_YES && ch->receiver != DB_THREAD_UNKNOWN) {
        return state(ROLE_CRIT, GLYPH_DOWN,
                     ch->receiver == DB_THREAD_NO ? "receiver stopped" : "receiver connecting");
    }
    if (s->primary.fresh >= FRESHNESS_STALE) {
        return stale_state("primary", &s->primary);
    }
    if (s->primary.fresh == FRESHNESS_NONE || s->received.fresh == FRESHNESS_NONE) {
        return stale_state(s->primary.fresh == FRESHNESS_NONE ? "primary" : "replica",
                           &(struct shown_coord){0});
    }
    if (s->not_received.kind == BINLOG_PURGED) {
        return state(ROLE_CRIT, GLYPH_DOWN, "purged on the primary");
    }
    if (in_step(s)) {
        return state(ROLE_OK, GLYPH_OK, "in step");
    }
    return lag_role(v) == ROLE_WARN ? state(ROLE_WARN, GLYPH_WARN, "behind")
                                    : state(ROLE_OK, GLYPH_OK, "streaming");
}

/* The number is the part of a file's name that tells; what does not fit is cut at the front. */
static void file_name(struct canvas *c, int x, int y, int room, enum role role,
                      const char *file)
{
    char words[CANVAS_WORDS_MAX];
    file = canvas_words(c, words, file); /* some are named after their host */
    int w = text_width_str(file);
    if (w <= room) {
        (void)canvas_text(c, x, y, role, file);
    } else if (room > 4) {
        x += canvas_text(c, x, y, role, glyph(GLYPH_ELLIPSIS));
        (void)canvas_text(c, x, y, role, file + strlen(file) - (size_t)(room - 1));
    }
}

/* label, file or age, position */
static void coord_row(struct canvas *c, struct rect r, const char *label,
                      const struct shown_coord *at)
{
    char pos[FORMAT_MAX], age[FORMAT_MAX], seen[64];
    int x = r.x + LABEL_W;
    (void)canvas_text(c, r.x, r.y, ROLE_LABEL, label);
    if (at->fresh == FRESHNESS_NONE) {
        (void)canvas_text_right(c, r.x + r.w, r.y, r.w - LABEL_W, ROLE_UNKNOWN, "unknown");
        return;
    }
    enum role role = role_of_age(at->fresh);
    int from = canvas_text_right(c, r.x + r.w, r.y, r.w - LABEL_W, role,
                                 format_grouped(pos, at->coord.pos));
    if (at->fresh == FRESHNESS_LIVE) {
        file_name(c, x, r.y, from - x - 1, ROLE_DIM, at->coord.file);
        return;
    }
    if (at->fresh >= FRESHNESS_STALE) {
        x += canvas_printf(c, x, r.y, ROLE_STALE, "%s ", glyph(GLYPH_STALE));
    }
    int room = from - x - 1;
    (void)format_age(age, at->age_ms);
    const char *word = at->fresh >= FRESHNESS_STALE ? "STALE" : "seen";
    const char *ago = at->fresh >= FRESHNESS_STALE ? "" : " ago";
    if (room >= (int)strlen(at->coord.file) + 16) {
        (void)snprintf(seen, sizeof seen, "%s %s%s  %.40s", word, age, ago, at->coord.file);
    } else {
        (void)snprintf(seen, sizeof seen, "%s %s%s", word, age, ago);
    }
    (void)canvas_text_fit(c, x, r.y, room, role, seen);
}

static enum role gap_role(const struct view *v, const struct gap *gap, enum freshness f)
{
    if (f == FRESHNESS_NONE || !gap->bytes.known) {
        return gap->kind == BINLOG_PURGED ? ROLE_CRIT : ROLE_UNKNOWN;
    }
    bool late = gap->bytes.v > 0 && f == FRESHNESS_LIVE && lag_role(v) == ROLE_WARN;
    return late ? ROLE_WARN : role_of_age(f);
}

/* label, bytes, transactions, and a last column of 8 cells */
static void gap_row(struct canvas *c, struct rect r, const struct view *v, const char *label,
                    const struct gap *gap, enum freshness f, const char *last,
                    enum role last_role)
{
    enum role role = gap_role(v, gap, f);
    char bytes[48], tx[48];
    gap_bytes(gap, f, bytes, sizeof bytes);
    gap_tx(gap, f, tx, sizeof tx);
    int end = r.x + r.w;
    (void)canvas_text_right(c, end, r.y, 8, last_role, last);
    (void)canvas_text_right(c, end - 8, r.y, 8, gap->tx.known ? role : ROLE_DIM, tx);
    (void)canvas_text_right(c, end - 16, r.y, r.w - 16 - 12, role, bytes);
    (void)canvas_text(c, r.x, r.y, ROLE_LABEL, label);
}

static void gap_rows(struct canvas *c, struct rows *rows, const struct view *v)
{
    const struct shown *s = &v->shown;
    struct rect row;
    char lag[48];
    lag_words(s, lag, sizeof lag);
    if (rows_next(rows, &row)) {
        gap_row(c, row, v, "not received", &s->not_received, s->not_received_fresh,
                s->unseen ? "unseen" : "", ROLE_WARN);
    }
    if (rows_next(rows, &row)) {
        gap_row(c, row, v, "not applied", &s->not_applied, s->not_applied_fresh,
                s->lag.seconds.known || s->lag.at_least_s.known ? lag : "", lag_role(v));
    }
}

static void thread_row(struct canvas *c, struct rows *rows, const char *label, enum db_thread t,
                       const char *state_text, const char *error)
{
    struct rect row;
    if (!rows_next(rows, &row)) {
        return;
    }
    enum role role = t == DB_THREAD_YES       ? ROLE_OK
                     : t == DB_THREAD_UNKNOWN ? ROLE_UNKNOWN
                                              : ROLE_CRIT;
    enum glyph g = t == DB_THREAD_YES       ? GLYPH_OK
                   : t == DB_THREAD_UNKNOWN ? GLYPH_UNKNOWN
                                            : GLYPH_DOWN;
    (void)canvas_text(c, row.x, row.y, ROLE_LABEL, label);
    int x = row.x + LABEL_W;
    x += canvas_printf(c, x, row.y, role, "%s %s", glyph(g), thread_word(t));
    const char *more = error[0] ? error : state_text;
    (void)canvas_text_fit(c, x + 2, row.y, row.x + row.w - x - 2,
                          error[0] ? ROLE_WARN : ROLE_DIM, more);
}

static void label_row(struct canvas *c, struct rows *rows, const char *label, enum role role,
                      const char *text)
{
    struct rect row;
    if (rows_next(rows, &row)) {
        (void)canvas_text(c, row.x, row.y, ROLE_LABEL, label);
        (void)canvas_text_fit(c, row.x + LABEL_W, row.y, row.w - LABEL_W, role, text);
    }
}

static void server_row(struct canvas *c, struct rows *rows, const struct view *v,
                       const struct db_channel *ch)
{
    char text[128], beat[FORMAT_MAX];
    int n = ch->seconds_behind.known
                ? snprintf(text, sizeof text, "%lld s behind", (long long)ch->seconds_behind.v)
                : snprintf(text, sizeof text, "behind: NULL");
    const struct opt_f64 *beat_lag = &v->snap->beat_lag_s;
    if (beat_lag->known) {
        (void)snprintf(text + n, sizeof text - (size_t)n, ", heartbeat %s",
                       format_seconds(beat, beat_lag->v < 0 ? 0 : beat_lag->v));
    }
    label_row(c, rows, "server", ROLE_DIM, text);
}

static void rate_row(struct canvas *c, struct rows *rows, const struct view *v)
{
    char bytes[FORMAT_MAX], text[64];
    if (v->snap->write_rate.known) {
        (void)snprintf(text, sizeof text, "%s/s written by the primary",
                       format_bytes(bytes, (uint64_t)v->snap->write_rate.v));
        label_row(c, rows, "rate", ROLE_DIM, text);
    }
}

static void who_row(struct canvas *c, struct rows *rows, const char *label,
                    const struct db_facts *f)
{
    char text[256], ms[FORMAT_MAX] = "";
    if (!f || !f->address[0]) { /* nobody wrote down who it was */
        return;
    }
    if (f->round_trip_us.known) {
        (void)format_ms(ms, (double)f->round_trip_us.v / 1000);
    }
    (void)snprintf(text, sizeof text, "%s  %.40s  %s  %.40s", f->address, f->version, ms,
                   f->tls_cipher[0] ? f->tls_cipher : "not encrypted");
    label_row(c, rows, label, ROLE_DIM, text);
}

static void lack_rows(struct canvas *c, struct rows *rows, const struct db_facts *f)
{
    for (size_t i = 0; f && i < f->n_lacks; i++) {
        char text[320];
        (void)snprintf(text, sizeof text, "%s unknown: %s", f->lacks[i].what,
                       f->lacks[i].grant);
        label_row(c, rows, "! grant", ROLE_WARN, text);
    }
}

void binlog_paint(struct canvas *c, struct rect r, struct view *v)
{
    const struct shown *s = &v->shown;
    struct rows rows = rows_begin(r, v, PANE_BINLOG);
    struct rect row;
    if (rows_next(&rows, &row)) {
        coord_row(c, row, "primary", &s->primary);
    }
    if (rows_next(&rows, &row)) {
        coord_row(c, row, "received", &s->received);
    }
    if (rows_next(&rows, &row)) {
        coord_row(c, row, "applied", &s->applied);
    }
    gap_rows(c, &rows, v);
    if (!s->past) {
        const struct db_facts *p = snapshot_db(v->snap, SLOT_PRIMARY_DB);
        const struct db_facts *rf = snapshot_db(v->snap, SLOT_REPLICA_DB);
        const struct db_channel *ch = channel_of(v);
        lack_rows(c, &rows, p);
        lack_rows(c, &rows, rf);
        if (ch) {
            thread_row(c, &rows, "receiver", ch->receiver, ch->receiver_state,
                       ch->receiver_error);
            thread_row(c, &rows, "applier", ch->applier, ch->applier_state, ch->applier_error);
        }
        if (ch && v->when.kind == WHEN_NOW) { /* what the server itself said is not recorded */
            server_row(c, &rows, v, ch);
        }
        rate_row(c, &rows, v);
        who_row(c, &rows, "primary", p);
        who_row(c, &rows, "replica", rf);
    }
    rows_end(&rows);
}

void binlog_line(struct canvas *c, struct rect r, const struct view *v)
{
    const struct shown *s = &v->shown;
    struct pane_state st = binlog_state_of(v);
    char lost[48], apply[48];
    gap_bytes(&s->not_received, s->not_received_fresh, lost, sizeof lost);
    gap_bytes(&s->not_applied, s->not_applied_fresh, apply, sizeof apply);
    int x = r.x + canvas_text(c, r.x, r.y, ROLE_TITLE, "Binlog ");
    x += canvas_printf(c, x, r.y, st.role, "%s %s", glyph(st.glyph), st.text);
    char text[128];
    int n = snprintf(text, sizeof text, "not received %s", lost);
    if (x + n + 16 + (int)strlen(apply) <= r.x + r.w) {
        (void)snprintf(text + n, sizeof text - (size_t)n, "  not applied %s", apply);
    }
    (void)canvas_text_right(c, r.x + r.w, r.y, r.x + r.w - x - 1, ROLE_TEXT, text);
}
