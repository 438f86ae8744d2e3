/* Phrases that more than one place of the screen says. */
#include "tui/pane/pane.h"

#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"
#include "tui/format.h"

const char *verdict_doubt(const struct shown *s)
{
    bool trouble = s->verdict.level == LEVEL_WARNING || s->verdict.level == LEVEL_CRITICAL;
    return trouble && !s->verdict.confirmed && !s->past ? " suspected" : "";
}

bool verdict_is_loud(const struct shown *s)
{
    return !s->past && !s->hung &&
           (verdict_is_outage(s->verdict.kind) || s->verdict.level == LEVEL_CRITICAL);
}

/* "aws us-east-1: app, database fail" without the site, which the verdict's own word implies; what
 * stands of it in brackets stays. */
static const char *without_site(const struct view *v, const char *sentence)
{
    const struct config *cfg = v->snap->config;
    const char *const names[] = {cfg->primary.name, cfg->dr.name};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n = strlen(names[i]);
        if (n == 0 || strncmp(sentence, names[i], n) != 0) {
            continue;
        }
        if (strncmp(sentence + n, ": ", 2) == 0) {
            return sentence + n + 2;
        }
        if (strncmp(sentence + n, " (", 2) == 0) {
            return sentence + n + 1;
        }
    }
    return sentence;
}

/* Bytes of the longest beginning that ends before one of the marks and a blank, before any blank
 * without marks, and leaves two of the w cells; 0 when that is less than `least` of them. */
static size_t clause(const char *text, const char *marks, int w, int least)
{
    char part[SENTENCE_MAX];
    size_t longest = 0;
    for (size_t i = 0; text[i] && text[i + 1] && i < sizeof part; i++) {
        if (marks ? text[i + 1] != ' ' || !strchr(marks, text[i]) : text[i] != ' ') {
            continue;
        }
        (void)snprintf(part, sizeof part, "%.*s", (int)i, text);
        int width = text_width_str(part);
        longest = width + 2 <= w && width >= least ? i : longest;
    }
    return longest;
}

void verdict_words(const struct view *v, int w, char out[SENTENCE_MAX])
{
    const char *text = v->shown.verdict.sentence;
    if (text_width_str(text) > w) {
        text = without_site(v, text);
    }
    size_t n = 0;
    if (text_width_str(text) > w) {
        n = clause(text, ";", w, w / 2);
        n = n ? n : clause(text, ",:", w, w * 2 / 3);
        n = n ? n : clause(text, NULL, w, w * 2 / 3);
    }
    if (n) {
        (void)snprintf(out, SENTENCE_MAX, "%.*s %s", (int)n, text, glyph(GLYPH_ELLIPSIS));
    } else {
        (void)snprintf(out, SENTENCE_MAX, "%s", text);
    }
}

enum glyph level_glyph(enum verdict_level level)
{
    switch (level) {
    case LEVEL_NORMAL:
        return GLYPH_OK;
    case LEVEL_WARNING:
        return GLYPH_WARN;
    case LEVEL_CRITICAL:
        return GLYPH_DOWN;
    case LEVEL_UNKNOWN:
        break;
    }
    return GLYPH_UNKNOWN;
}

void unseen_words(const struct shown *s, char *out, size_t out_size)
{
    char low[FORMAT_MAX], high[FORMAT_MAX];
    const struct unobserved *u = &s->unobserved;
    if (s->past || !s->unseen) {
        out[0] = '\0';
    } else if (u->bytes_max.known && u->bytes_min.known && u->bytes_min.v > 0) {
        (void)snprintf(out, out_size, " + %s to %s unseen",
                       format_bytes(low, (uint64_t)u->bytes_min.v),
                       format_bytes(high, (uint64_t)u->bytes_max.v));
    } else if (u->bytes_max.known && u->bytes_max.v > 0) {
        (void)snprintf(out, out_size, " + up to %s unseen",
                       format_bytes(high, (uint64_t)u->bytes_max.v));
    } else if (s->primary.fresh != FRESHNESS_NONE) {
        (void)snprintf(out, out_size, " + %s unseen", format_age(low, s->primary.age_ms));
    } else {
        (void)snprintf(out, out_size, " + unseen");
    }
}

enum freshness risk_fresh(const struct shown *s)
{
    bool stands = s->unseen && s->not_received_fresh != FRESHNESS_NONE;
    return stands ? FRESHNESS_LIVE : s->not_received_fresh;
}

static void known_words(const struct shown *s, bool bytes_only, char *out, size_t out_size)
{
    char tx[48], bytes[48];
    const struct gap *gap = &s->not_received;
    gap_tx(gap, risk_fresh(s), tx, sizeof tx);
    gap_bytes(gap, risk_fresh(s), bytes, sizeof bytes);
    if (!bytes_only && gap->tx.known && risk_fresh(s) != FRESHNESS_NONE) {
        (void)snprintf(out, out_size, "%s %s %s", tx, glyph(GLYPH_DOT), bytes);
    } else {
        (void)snprintf(out, out_size, "%s", bytes);
    }
}

static bool is_nothing(struct opt_i64 v)
{
    return !v.known || v.v == 0;
}

/* A 0 from before the primary went out of sight says nothing of now: it is left out. */
void risk_words(const struct shown *s, int level, char *out, size_t out_size)
{
    char known[112], unseen[64], n[FORMAT_MAX];
    known_words(s, level > 2, known, sizeof known);
    unseen_words(s, unseen, sizeof unseen);
    bool blank = is_nothing(s->not_received.bytes) && is_nothing(s->not_received.tx);
    if (!unseen[0]) {
        (void)snprintf(out, out_size, "%s", known);
    } else if (blank && level > 0 && s->unobserved.bytes_max.known) {
        (void)snprintf(out, out_size, "up to %s%s",
                       format_bytes(n, (uint64_t)s->unobserved.bytes_max.v),
                       level == 1 ? " unseen" : "");
    } else if (blank && level == 1 && s->primary.fresh != FRESHNESS_NONE) {
        (void)snprintf(out, out_size, "unseen for %s", format_age(n, s->primary.age_ms));
    } else if (blank && level > 0) {
        (void)snprintf(out, out_size, "unknown");
    } else if (blank) {
        (void)snprintf(out, out_size, "%s", unseen + strlen(" + "));
    } else if (level > 1) {
        (void)snprintf(out, out_size, "%s %s", glyph(GLYPH_AT_LEAST), known);
    } else {
        (void)snprintf(out, out_size, "%s%s", known, level == 0 ? unseen : " + unseen");
    }
}

void rto_elapsed_words(const struct rto *rto, char *out, size_t out_size)
{
    char n[FORMAT_MAX];
    if (rto->elapsed_max_ms.known) {
        (void)snprintf(out, out_size, "%s", format_clock(n, rto->elapsed_max_ms.v, false));
    } else if (rto->elapsed_min_ms.known) {
        (void)snprintf(out, out_size, "%s %s", glyph(GLYPH_AT_LEAST),
                       format_clock(n, rto->elapsed_min_ms.v, false));
    } else {
        (void)snprintf(out, out_size, "unknown");
    }
}

void deadline_words(const struct rto *rto, int64_t wall_ms, char *out, size_t out_size)
{
    char n[FORMAT_MAX];
    int64_t left_ms = rto->decide_before_wall_ms.v - wall_ms;
    if (!rto->decide_before_wall_ms.known) {
        out[0] = '\0';
    } else if (left_ms >= 0) {
        (void)snprintf(out, out_size, "%s left", format_clock(n, left_ms, true));
    } else {
        (void)snprintf(out, out_size, "passed %s ago", format_clock(n, -left_ms, true));
    }
}

enum tri dr_ready(const struct snapshot *s)
{
    static const enum evidence_id needed[] = {EVIDENCE_REPLICA_DB, EVIDENCE_REPLICATES};
    enum tri all = TRI_YES;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        enum tri answer = s->evidence[needed[i]].answer;
        if (answer == TRI_NO) {
            return TRI_NO;
        }
        if (answer == TRI_UNKNOWN) {
            all = TRI_UNKNOWN;
        }
    }
    return all;
}

void record_words(const struct view *v, char *out, size_t out_size)
{
    const struct record_view *r = v->record;
    out[0] = '\0';
    if (!r || r->role == RECORD_OFF || r->role == RECORD_RECORDER) {
        return;
    }
    if (r->newer) {
        (void)snprintf(out, out_size, "store is newer: read only");
    } else if (r->role == RECORD_ORPHAN) {
        (void)snprintf(out, out_size, "%s not recorded%s%s", glyph(GLYPH_WARN),
                       r->why[0] ? ": " : "", r->why);
    } else if (!r->maintained) {
        (void)snprintf(out, out_size, "%s no recorder", glyph(GLYPH_WARN));
    }
}

const struct incident *view_incident(const struct view *v)
{
    return v->alerts.recorded ? &v->record->incident : &v->snap->incident;
}
