#include "backend/failover/guard.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "backend/net/text.h"

/* One step: the guard, and what came. */
struct step {
    struct guard *g;
    const struct guard_terms *terms;
    const struct guard_event *e;
    int64_t now_ms;
};

void guard_init(struct guard *g)
{
    *g = (struct guard){.state = GUARD_LOCKED};
}

__attribute__((format(printf, 2, 3))) static void say(struct guard *g, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)text_copy(g->said, sizeof g->said, text);
}

static void enter(const struct step *s, enum guard_state state)
{
    s->g->state = state;
    s->g->entered_ms = s->now_ms;
    s->g->line[0] = '\0';
    s->g->said[0] = '\0';
}

/* A second operator was asked, or has answered: nothing of that may be left in the store. */
static enum guard_effect withdrawal(const struct guard *g)
{
    return g->challenge[0] ? GUARD_WITHDRAW : GUARD_NONE;
}

static enum guard_effect leave(const struct step *s)
{
    enum guard_effect effect = withdrawal(s->g);
    guard_init(s->g);
    s->g->entered_ms = s->now_ms;
    return effect;
}

/* Phrase, reason and second are worth nothing any more. Overrides are about rows and stay. */
static enum guard_effect revoke(const struct step *s, const char *why)
{
    char said[sizeof s->g->said]; /* why may point into the guard */
    enum guard_effect effect = withdrawal(s->g);
    (void)text_copy(said, sizeof said, why);
    s->g->reason[0] = s->g->second[0] = s->g->challenge[0] = '\0';
    s->g->approved_hash = 0;
    s->g->approved_ms = 0;
    enter(s, GUARD_REVIEW);
    (void)text_copy(s->g->said, sizeof s->g->said, said);
    return effect;
}

static bool is_approved(const struct guard *g)
{
    return g->state == GUARD_REASON || g->state == GUARD_SECOND || g->state == GUARD_COUNTDOWN;
}

static bool is_typed(enum guard_state state)
{
    return state == GUARD_REVIEW || state == GUARD_OVERRIDE || state == GUARD_REASON;
}

/* --- facts */

static const char *class_of(const struct preflight_row *row)
{
    return row->shown ? preflight_class_word(row->class) : "nothing";
}

/* What changed between the approval and now, for the operator. */
static void difference(const struct preflight *old, const struct preflight *new, char *out,
                       size_t size)
{
    char text[512] = "the facts changed: approval void";
    for (size_t i = 0; i < PREFLIGHT_ROWS; i++) {
        const struct preflight_row *a = &old->rows[i], *b = &new->rows[i];
        if (a->shown != b->shown || (a->shown && a->class != b->class)) {
            (void)snprintf(text, sizeof text, "approval void: %s went from %s to %s: %s",
                           preflight_row_key((enum preflight_row_id)i), class_of(a),
                           class_of(b), b->text);
            (void)text_copy(out, size, text);
            return;
        }
    }
    if (old->verb != new->verb) {
        (void)snprintf(text, sizeof text, "approval void: it is now %s, not %s: %s",
                       verb_word(new->verb), verb_word(old->verb), new->because);
    } else if (strcmp(old->phrase, new->phrase) != 0) {
        (void)snprintf(text, sizeof text, "approval void: the phrase is now \"%s\"",
                       new->phrase);
    }
    (void)text_copy(out, size, text);
}

/* Takes the new facts with those overrides that still fit. */
static void take_facts(struct guard *g, const struct preflight *new)
{
    const struct preflight old = g->facts;
    g->facts = *new;
    for (size_t i = 0; i < PREFLIGHT_ROWS; i++) {
        bool same = old.verb == new->verb &&old.rows[i].class == new->rows[i].class;
        bool kept =
            g->overridden[i] && same && preflight_override(&g->facts, (enum preflight_row_id)i);
        g->overridden[i] = kept;
        if (!kept) {
            g->override_reason[i][0] = '\0';
        }
    }
}

static bool may_be_overridden(const struct preflight *p, enum preflight_row_id id)
{
    struct preflight trial = *p;
    return preflight_override(&trial, id);
}

static enum guard_effect on_facts(const struct step *s)
{
    struct guard *g = s->g;
    const struct preflight *new = s->e->facts;
    char why[sizeof g->said];
    int64_t gap_ms = s->now_ms - g->fed_ms;
    if (!new || g->state == GUARD_LOCKED || g->state == GUARD_SENT) {
        return GUARD_NONE;
    }
    if (new->verb != VERB_NONE && (new->verb == VERB_DRILL) != g->drill) {
        return GUARD_NONE; /* of the other screen, reckoned before this one was opened */
    }
    g->fed_ms = s->now_ms;
    if (is_approved(g) && new->hash != g->approved_hash) {
        difference(&g->facts, new, why, sizeof why);
        take_facts(g, new);
        return revoke(s, why);
    }
    take_facts(g, new);
    if (g->state == GUARD_OVERRIDE && !may_be_overridden(&g->facts, g->row)) {
        enter(s, GUARD_REVIEW);
        say(g, "%s needs no override any more, or allows none", preflight_row_key(g->row));
    }
    if (is_approved(g) && !preflight_clear(&g->facts)) {
        return revoke(s, "approval void: a row blocks");
    }
    if ((g->state == GUARD_REASON || g->state == GUARD_SECOND) &&
        s->now_ms - g->approved_ms >= GUARD_APPROVAL_MS) {
        return revoke(s, "approval void: five minutes have passed");
    }
    if (g->state != GUARD_COUNTDOWN) {
        return GUARD_NONE;
    }
    if (gap_ms >= GUARD_GAP_MS) {
        return revoke(s, "approval void: the countdown stood still, nobody saw it run");
    }
    if (s->now_ms - g->entered_ms < s->terms->countdown_ms) {
        return GUARD_NONE;
    }
    enter(s, GUARD_SENT);
    return GUARD_DISPATCH;
}

/* --- the phrase */

/* The next word of *at, cut to fit; moves *at past it. False at the end. */
static bool next_word(const char **at, char *out, size_t size)
{
    *at += strspn(*at, " ");
    size_t len = strcspn(*at, " ");
    (void)snprintf(out, size, "%.*s", (int)len, *at);
    *at += len;
    return len > 0;
}

static void tell_difference(struct guard *g)
{
    const char *typed = g->line, *wanted = g->facts.phrase;
    for (int n = 1;; n++) {
        char have[64] = "", want[64] = "";
        bool more = next_word(&typed, have, sizeof have);
        bool due = next_word(&wanted, want, sizeof want);
        if (!more && !due) {
            say(g, "the words are right, the blanks between them are not");
            return;
        }
        if (!more) {
            say(g, "word %d is missing: \"%s\"", n, want);
            return;
        }
        if (!due) {
            say(g, "word %d is too much: \"%s\"", n, have);
            return;
        }
        if (strcmp(have, want) != 0) {
            say(g, "word %d is \"%s\", expected \"%s\"", n, have, want);
            return;
        }
    }
}

static void say_what_stops(struct guard *g)
{
    const struct preflight *p = &g->facts;
    if (p->verb == VERB_NONE) {
        say(g, "nothing to confirm: %s",
            p->because[0] ? p->because : "the facts are not there yet");
        return;
    }
    for (size_t i = 0; i < PREFLIGHT_ROWS; i++) {
        const struct preflight_row *row = &p->rows[i];
        bool stops = row->class == PREFLIGHT_BLOCK || row->class == PREFLIGHT_UNKNOWN;
        if (row->shown && stops && !row->overridden) {
            say(g, "%s %s: %s", preflight_row_key((enum preflight_row_id)i), class_of(row),
                row->text);
            return;
        }
    }
}

static enum guard_effect on_phrase(const struct step *s)
{
    struct guard *g = s->g;
    if (!preflight_clear(&g->facts)) {
        say_what_stops(g);
    } else if (g->facts.phrase[0] == '\0' || strcmp(g->line, g->facts.phrase) != 0) {
        tell_difference(g);
    } else {
        g->approved_hash = g->facts.hash;
        g->approved_ms = s->now_ms;
        enter(s, GUARD_REASON);
    }
    return GUARD_NONE;
}

/* --- reasons, the second operator */

/* The line without blanks around it. False, with a word, when it is too short. */
static bool take_reason(struct guard *g, char out[GUARD_LINE_MAX])
{
    const char *from = g->line + strspn(g->line, " ");
    size_t len = strlen(from);
    while (len > 0 && from[len - 1] == ' ') {
        len--;
    }
    size_t n = 0;
    uint32_t cp;
    for (const char *p = from; p < from + len; n++) {
        p += text_decode(p, from + len, &cp);
    }
    if (n < GUARD_REASON_MIN) {
        say(g, "a reason of at least %d characters, such as the incident's number",
            GUARD_REASON_MIN);
        return false;
    }
    (void)snprintf(out, GUARD_LINE_MAX, "%.*s", (int)len, from);
    return true;
}

/* Six letters that are not taken for one another, of what is being approved. */
static void make_challenge(struct guard *g, int64_t now_ms)
{
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    uint64_t x = g->approved_hash ^ (uint64_t)now_ms * 0x9e3779b97f4a7c15;
    for (size_t i = 0; i < 6; i++) {
        x ^= x >> 31;
        x *= 0xbf58476d1ce4e5b9;
        g->challenge[i] = letters[x >> 40 & 31];
    }
    g->challenge[6] = '\0';
}

static enum guard_effect on_reason(const struct step *s)
{
    struct guard *g = s->g;
    if (!take_reason(g, g->reason)) {
        return GUARD_NONE;
    }
    if (!s->terms->two_person) {
        enter(s, GUARD_COUNTDOWN);
        g->fed_ms = s->now_ms;
        return GUARD_NONE;
    }
    enter(s, GUARD_SECOND);
    make_challenge(g, s->now_ms);
    return GUARD_ASK_SECOND;
}

static void on_override_reason(const struct step *s)
{
    struct guard *g = s->g;
    enum preflight_row_id row = g->row;
    if (!take_reason(g, g->override_reason[row])) {
        return;
    }
    g->overridden[row] = preflight_override(&g->facts, row);
    enter(s, GUARD_REVIEW);
}

static enum guard_effect on_enter(const struct step *s)
{
    switch (s->g->state) {
    case GUARD_REVIEW:
        return on_phrase(s);
    case GUARD_OVERRIDE:
        on_override_reason(s);
        return GUARD_NONE;
    case GUARD_REASON:
        return on_reason(s);
    default:
        return GUARD_NONE;
    }
}

static enum guard_effect on_approved(const struct step *s)
{
    struct guard *g = s->g;
    if (g->state != GUARD_SECOND || !s->e->second || s->e->second[0] == '\0') {
        return GUARD_NONE;
    }
    if (s->now_ms - g->approved_ms >= GUARD_APPROVAL_MS) {
        return revoke(s, "approval void: five minutes have passed");
    }
    (void)text_clean_str(g->second, sizeof g->second, s->e->second);
    enter(s, GUARD_COUNTDOWN);
    g->fed_ms = s->now_ms;
    return GUARD_NONE;
}

/* --- keys */

static void type(struct guard *g, uint32_t cp)
{
    char bytes[4];
    size_t len = strlen(g->line);
    if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0)) {
        return;
    }
    size_t n = text_encode(cp, bytes);
    if (len + n < sizeof g->line) {
        memcpy(g->line + len, bytes, n);
        g->line[len + n] = '\0';
        g->said[0] = '\0';
    }
}

static void erase(struct guard *g)
{
    size_t len = strlen(g->line);
    while (len > 0 && ((unsigned char)g->line[--len] & 0xc0) == 0x80) {
    }
    g->line[len] = '\0';
}

static void on_row(const struct step *s)
{
    struct guard *g = s->g;
    enum preflight_row_id id = s->e->row;
    if (g->state != GUARD_REVIEW || id >= PREFLIGHT_ROWS) {
        return;
    }
    if (may_be_overridden(&g->facts, id)) {
        enter(s, GUARD_OVERRIDE);
        g->row = id;
        return;
    }
    const struct preflight_row *row = &g->facts.rows[id];
    bool stops = row->class == PREFLIGHT_BLOCK || row->class == PREFLIGHT_UNKNOWN;
    say(g,
        stops && !row->overridden ? "%s cannot be overridden, whatever the reason"
                                  : "%s needs no override",
        preflight_row_key(id));
}

static enum guard_effect on_key(const struct step *s)
{
    struct guard *g = s->g;
    if (g->state == GUARD_LOCKED || g->state == GUARD_SENT) {
        return GUARD_NONE;
    }
    if (g->state == GUARD_COUNTDOWN) {
        return revoke(s, "a key stopped the countdown: nothing was sent");
    }
    if (s->e->kind == GUARD_PASTED) {
        say(g, "pasted text is not taken: type it");
        return GUARD_NONE;
    }
    if (s->now_ms - g->entered_ms < GUARD_DEAF_MS) {
        return GUARD_NONE;
    }
    switch (s->e->kind) {
    case GUARD_TEXT:
        if (is_typed(g->state)) {
            type(g, s->e->cp);
        }
        break;
    case GUARD_ERASE:
        erase(g);
        break;
    case GUARD_ENTER:
        return on_enter(s);
    case GUARD_ROW:
        on_row(s);
        break;
    default:
        break;
    }
    return GUARD_NONE;
}

static enum guard_effect on_open(const struct step *s)
{
    struct guard *g = s->g;
    if (g->state != GUARD_LOCKED) {
        return GUARD_NONE;
    }
    guard_init(g);
    if (s->terms->read_only) {
        say(g, "this drtop only watches");
        return GUARD_NONE;
    }
    enter(s, GUARD_REVIEW);
    g->drill = s->e->drill;
    return GUARD_NONE;
}

enum guard_effect guard_step(struct guard *g, const struct guard_terms *terms,
                             const struct guard_event *e, int64_t now_ms)
{
    const struct step s = {.g = g, .terms = terms, .e = e, .now_ms = now_ms};
    if (terms->read_only && g->state != GUARD_LOCKED && g->state != GUARD_SENT) {
        return leave(&s);
    }
    switch (e->kind) {
    case GUARD_OPEN:
        return on_open(&s);
    case GUARD_FACTS:
        return on_facts(&s);
    case GUARD_APPROVED:
        return on_approved(&s);
    case GUARD_ESCAPE:
        return g->state == GUARD_LOCKED || g->state == GUARD_SENT ? GUARD_NONE : leave(&s);
    case GUARD_CLOSED:
        return g->state == GUARD_SENT ? leave(&s) : GUARD_NONE;
    default:
        return on_key(&s);
    }
}

int64_t guard_left_ms(const struct guard *g, const struct guard_terms *terms, int64_t now_ms)
{
    int64_t left_ms = terms->countdown_ms - (now_ms - g->entered_ms);
    return g->state != GUARD_COUNTDOWN || left_ms < 0 ? 0 : left_ms;
}
