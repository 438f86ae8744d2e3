#include "backend/verdict/alert.h"

#include "backend/net/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const kind_names[ALERT_KINDS] = {
    [ALERT_LAG] = "LAG",         [ALERT_RECEIVER] = "RECEIVER", [ALERT_APPLIER] = "APPLIER",
    [ALERT_DB] = "DB",           [ALERT_APP] = "APP",           [ALERT_TUNNEL] = "TUNNEL",
    [ALERT_STALE] = "STALE",     [ALERT_OBSERVER] = "OBSERVER", [ALERT_ROLE] = "ROLE",
    [ALERT_VERDICT] = "VERDICT", [ALERT_RECORD] = "RECORD",     [ALERT_ALARM] = "ALARM",
};

const char *alert_kind_name(enum alert_kind kind)
{
    return kind_names[kind];
}

bool alert_kind_from_name(const char *name, enum alert_kind *out)
{
    for (int i = 0; i < ALERT_KINDS; i++) {
        if (strcmp(kind_names[i], name) == 0) {
            *out = (enum alert_kind)i;
            return true;
        }
    }
    return false;
}

const char *alert_state_key(enum alert_state state)
{
    static const char *const keys[] = {[ALERT_PENDING] = "pending",
                                       [ALERT_OPEN] = "open",
                                       [ALERT_ACKED] = "acknowledged",
                                       [ALERT_CLOSED] = "closed"};
    return keys[state];
}

const char *alert_severity_key(enum alert_severity severity)
{
    return severity == ALERT_CRIT ? "critical" : "warning";
}

/* FNV-1a, over both names with their ends. */
uint32_t alert_subject(const char *view, const char *name)
{
    uint32_t hash = 2166136261U;
    const char *const parts[] = {view, name};
    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(parts[i]) + 1;
        for (size_t k = 0; k < len; k++) {
            hash = (hash ^ (unsigned char)parts[i][k]) * 16777619U;
        }
    }
    return hash;
}

int64_t alert_duration_ms(const struct alert *a, int64_t now_ms)
{
    return (a->state == ALERT_CLOSED ? a->closed_ms : now_ms) - a->began_ms;
}

bool alert_is_open(const struct alert *a)
{
    return a->state == ALERT_OPEN || a->state == ALERT_ACKED;
}

size_t alert_book_open(const struct alert_book *book)
{
    size_t open = 0;
    for (size_t i = 0; i < book->n; i++) {
        open += alert_is_open(&book->alerts[i]);
    }
    return open;
}

void incident_id(int64_t wall_ms, char out[INCIDENT_ID_MAX])
{
    time_t s = (time_t)(wall_ms / 1000);
    struct tm utc;
    if (!gmtime_r(&s, &utc) || !strftime(out, INCIDENT_ID_MAX, "DR-%Y%m%d-%H%M%S", &utc)) {
        (void)text_copy(out, INCIDENT_ID_MAX, "DR-unknown");
    }
}

/* --- the two lists of a book */

static struct alert *find(struct alert *list, size_t n, enum alert_kind kind, uint32_t subject)
{
    for (size_t i = n; i-- > 0;) {
        struct alert *a = &list[i];
        if (a->kind == kind && a->subject == subject && a->state != ALERT_CLOSED) {
            return a;
        }
    }
    return NULL;
}

static struct alert *find_open(struct alert_book *book, enum alert_kind kind, uint32_t subject)
{
    return find(book->alerts, book->n, kind, subject);
}

static void remove_at(struct alert *list, size_t *n, size_t i)
{
    memmove(&list[i], &list[i + 1], (*n - i - 1) * sizeof list[0]);
    (*n)--;
}

static void drop_pending(struct alert_book *book, enum alert_kind kind, uint32_t subject)
{
    struct alert *a = find(book->pending, book->n_pending, kind, subject);
    if (a) {
        remove_at(book->pending, &book->n_pending, (size_t)(a - book->pending));
    }
}

/* A place at the end, or NULL when everything in the book is still open. */
static struct alert *make_room(struct alert_book *book)
{
    if (book->n == ALERTS_MAX) {
        size_t oldest = 0;
        while (oldest < book->n && book->alerts[oldest].state != ALERT_CLOSED) {
            oldest++;
        }
        if (oldest == book->n) {
            return NULL;
        }
        remove_at(book->alerts, &book->n, oldest);
    }
    return &book->alerts[book->n++];
}

/* --- incidents */

/* The first alert makes one; those that open before it is over join it. One that was over within
 * the same second goes on: its name is taken. */
static void join_incident(struct alert_book *book, struct alert *a)
{
    struct incident *in = &book->incident;
    if (!in->open) {
        char id[INCIDENT_ID_MAX];
        incident_id(a->opened_wall_ms, id);
        if (strcmp(id, in->id) != 0) {
            *in = (struct incident){.opened_ms = a->opened_ms,
                                    .opened_wall_ms = a->opened_wall_ms,
                                    .severity = a->severity};
            memcpy(in->id, id, sizeof in->id);
        }
        in->open = true;
        in->closed_wall_ms = 0;
    }
    memcpy(a->incident, in->id, sizeof a->incident);
}

/* Severity rises with that of its alerts; it ends with the last of them. */
static void review_incident(struct alert_book *book, int64_t wall_ms)
{
    struct incident *in = &book->incident;
    if (!in->open) {
        return;
    }
    int64_t last = 0;
    bool open = false;
    for (size_t i = 0; i < book->n; i++) {
        const struct alert *a = &book->alerts[i];
        if (strcmp(a->incident, in->id) != 0) {
            continue;
        }
        in->severity = a->severity > in->severity ? a->severity : in->severity;
        open = open || alert_is_open(a);
        last = a->closed_wall_ms > last ? a->closed_wall_ms : last;
    }
    if (!open) {
        in->open = false;
        in->closed_wall_ms = last > 0 ? last : wall_ms;
    }
}

/* --- flapping */

static void note_opening(struct alert_book *book, const struct alert *a)
{
    size_t at = book->n_openings++ % ALERT_OPENINGS_MAX;
    book->openings[at].kind = a->kind;
    book->openings[at].subject = a->subject;
    book->openings[at].at_ms = a->opened_ms;
}

static bool opens_too_often(const struct alert_book *book, const struct alert_terms *terms,
                            const struct alert *a)
{
    size_t n = book->n_openings < ALERT_OPENINGS_MAX ? book->n_openings : ALERT_OPENINGS_MAX;
    int count = 0;
    for (size_t i = 0; i < n; i++) {
        count += book->openings[i].kind == a->kind && book->openings[i].subject == a->subject &&
                 a->opened_ms - book->openings[i].at_ms < terms->flap_window_ms;
    }
    return terms->flap_count > 0 && count >= terms->flap_count;
}

/* --- transitions */

static void observe(struct alert *a, const struct condition *c)
{
    memcpy(a->text, c->text, sizeof a->text);
    a->severity = c->severity > a->severity ? c->severity : a->severity;
    a->quiet_since_ms = 0;
    if (c->value.known && (!a->peak.known || c->value.v > a->peak.v)) {
        a->peak = c->value;
    }
}

static struct alert *begin(struct alert_book *book, const struct condition *c, int64_t now_ms,
                           int64_t wall_ms)
{
    if (book->n_pending == ALERTS_MAX) {
        return NULL;
    }
    struct alert *a = &book->pending[book->n_pending++];
    *a = (struct alert){.kind = c->kind,
                        .subject = c->subject,
                        .severity = c->severity,
                        .state = ALERT_PENDING,
                        .began_ms = now_ms,
                        .began_wall_ms = wall_ms};
    return a;
}

/* With every place taken by open alerts it stays pending until there is one. */
static void open_pending(struct alert_book *book, const struct alert_terms *terms,
                         const struct alert *pending, int64_t now_ms, int64_t wall_ms)
{
    struct alert *a = make_room(book);
    if (!a) {
        return;
    }
    *a = *pending;
    a->state = ALERT_OPEN;
    a->id = ++book->next_id;
    a->opened_ms = now_ms;
    a->opened_wall_ms = wall_ms;
    a->muted = terms->muted;
    note_opening(book, a);
    a->flapping = opens_too_often(book, terms, a);
    join_incident(book, a);
    drop_pending(book, a->kind, a->subject);
}

static void condition_true(struct alert_book *book, const struct alert_terms *terms,
                           const struct condition *c, int64_t now_ms, int64_t wall_ms)
{
    struct alert *a = find_open(book, c->kind, c->subject);
    if (a) {
        observe(a, c);
        return;
    }
    a = find(book->pending, book->n_pending, c->kind, c->subject);
    if (!a) {
        a = begin(book, c, now_ms, wall_ms);
    }
    if (!a) {
        return;
    }
    observe(a, c);
    if (now_ms - a->began_ms >= c->for_ms) {
        open_pending(book, terms, a, now_ms, wall_ms);
    }
}

/* It was over when it went quiet, not when we were sure of it. */
static void condition_false(struct alert_book *book, const struct alert_terms *terms,
                            const struct condition *c, int64_t now_ms, int64_t wall_ms)
{
    drop_pending(book, c->kind, c->subject);
    struct alert *a = find_open(book, c->kind, c->subject);
    if (!a) {
        return;
    }
    if (a->quiet_since_ms == 0) {
        a->quiet_since_ms = now_ms;
    }
    int64_t quiet_ms = now_ms - a->quiet_since_ms;
    if (quiet_ms >= (a->flapping ? terms->flap_window_ms : terms->clear_for_ms)) {
        a->state = ALERT_CLOSED;
        a->closed_ms = a->quiet_since_ms;
        a->closed_wall_ms = wall_ms - quiet_ms;
    }
}

void alert_book_update(struct alert_book *book, const struct alert_terms *terms,
                       const struct condition *conditions, size_t n, int64_t now_ms,
                       int64_t wall_ms)
{
    for (size_t i = 0; i < n; i++) {
        const struct condition *c = &conditions[i];
        if (c->holds == TRI_YES) {
            condition_true(book, terms, c, now_ms, wall_ms);
        } else if (c->holds == TRI_NO) {
            condition_false(book, terms, c, now_ms, wall_ms);
        }
    }
    review_incident(book, wall_ms);
}

bool alert_book_acknowledge(struct alert_book *book, enum alert_kind kind, uint32_t subject,
                            const char *who, const char *comment, int64_t now_ms,
                            int64_t wall_ms)
{
    struct alert *a = find_open(book, kind, subject);
    if (!a || a->state != ALERT_OPEN) {
        return false;
    }
    a->state = ALERT_ACKED;
    a->acked_ms = now_ms;
    a->acked_wall_ms = wall_ms;
    (void)text_clean_str(a->acked_by, sizeof a->acked_by, who);
    (void)text_clean_str(a->comment, sizeof a->comment, comment);
    return true;
}

/* --- adoption */

/* What theirs says of the past, with our knowledge of the present. An acknowledgement that only one
 * of us knows counts. ours is zeroed when there was none. */
static void take_over(struct alert *a, const struct alert *theirs, int64_t back_ms)
{
    const struct alert ours = *a;
    *a = *theirs;
    a->id = ours.id;
    a->began_ms = theirs->began_wall_ms + back_ms;
    a->opened_ms = theirs->opened_wall_ms + back_ms;
    a->acked_ms = theirs->state == ALERT_ACKED ? theirs->acked_wall_ms + back_ms : 0;
    a->quiet_since_ms = ours.quiet_since_ms;
    a->flapping = ours.flapping || theirs->flapping;
    a->severity = ours.severity > theirs->severity ? ours.severity : theirs->severity;
    if (ours.text[0]) {
        memcpy(a->text, ours.text, sizeof a->text);
    }
    if (ours.peak.known && (!a->peak.known || ours.peak.v > a->peak.v)) {
        a->peak = ours.peak;
    }
    if (ours.state == ALERT_ACKED && theirs->state == ALERT_OPEN) {
        a->state = ALERT_ACKED;
        a->acked_ms = ours.acked_ms;
        a->acked_wall_ms = ours.acked_wall_ms;
        memcpy(a->acked_by, ours.acked_by, sizeof a->acked_by);
        memcpy(a->comment, ours.comment, sizeof a->comment);
    }
}

static void adopt_alert(struct alert_book *book, const struct alert *theirs, int64_t back_ms)
{
    struct alert *a = find_open(book, theirs->kind, theirs->subject);
    if (!a) {
        a = make_room(book);
        if (!a) {
            return;
        }
        *a = (struct alert){.id = ++book->next_id};
    }
    take_over(a, theirs, back_ms);
    drop_pending(book, a->kind, a->subject);
}

/* What is open together is one incident: it may not be over before all of it is. */
static void gather_open(struct alert_book *book)
{
    for (size_t i = 0; book->incident.open && i < book->n; i++) {
        if (alert_is_open(&book->alerts[i])) {
            memcpy(book->alerts[i].incident, book->incident.id, sizeof book->incident.id);
        }
    }
}

void alert_book_adopt(struct alert_book *book, const struct alert *open, size_t n,
                      const struct incident *incident, int64_t now_ms, int64_t wall_ms)
{
    int64_t back_ms = now_ms - wall_ms;
    for (size_t i = 0; i < n; i++) {
        if (alert_is_open(&open[i])) {
            adopt_alert(book, &open[i], back_ms);
        }
    }
    /* One that is over does not end ours. */
    if (incident && incident->id[0] && (incident->open || !book->incident.open)) {
        book->incident = *incident;
        book->incident.opened_ms = incident->opened_wall_ms + back_ms;
        gather_open(book);
    }
}
