#include "backend/verdict/alert.h"

#include <string.h>

const char *alert_kind_name(enum alert_kind kind)
{
    static const char *const names[ALERT_KINDS] = {
        [ALERT_LAG] = "LAG",     [ALERT_RECEIVER] = "RECEIVER", [ALERT_APPLIER] = "APPLIER",
        [ALERT_DB] = "DB",       [ALERT_APP] = "APP",           [ALERT_TUNNEL] = "TUNNEL",
        [ALERT_STALE] = "STALE", [ALERT_OBSERVER] = "OBSERVER", [ALERT_ROLE] = "ROLE",
    };
    return names[kind];
}

int64_t alert_duration_ms(const struct alert *a, int64_t now_ms)
{
    return (a->state == ALERT_CLOSED ? a->closed_ms : now_ms) - a->began_ms;
}

static struct alert *find(struct alert *list, size_t n, const struct condition *c)
{
    for (size_t i = n; i-- > 0;) {
        struct alert *a = &list[i];
        if (a->kind == c->kind && a->subject == c->subject && a->state != ALERT_CLOSED) {
            return a;
        }
    }
    return NULL;
}

static void remove_at(struct alert *list, size_t *n, size_t i)
{
    memmove(&list[i], &list[i + 1], (*n - i - 1) * sizeof list[0]);
    (*n)--;
}

static void observe(struct alert *a, const struct condition *c)
{
    memcpy(a->text, c->text, sizeof a->text);
    a->severity = c->severity;
    if (c->value.known && (!a->peak.known || c->value.v > a->peak.v)) {
        a->peak = c->value;
    }
}

static struct alert *begin(struct alert_book *book, const struct condition *c, int64_t now_ms)
{
    if (book->n_pending == ALERTS_MAX) {
        return NULL;
    }
    struct alert *a = &book->pending[book->n_pending++];
    *a = (struct alert){
        .kind = c->kind, .subject = c->subject, .state = ALERT_PENDING, .began_ms = now_ms};
    return a;
}

static void make_room(struct alert_book *book)
{
    if (book->n < ALERTS_MAX) {
        return;
    }
    size_t oldest = 0;
    while (oldest < book->n - 1 && book->alerts[oldest].state != ALERT_CLOSED) {
        oldest++;
    }
    remove_at(book->alerts, &book->n, oldest);
}

static void open_pending(struct alert_book *book, struct alert *pending, int64_t now_ms,
                         int64_t wall_ms)
{
    make_room(book);
    pending->state = ALERT_OPEN;
    pending->id = ++book->next_id;
    pending->opened_ms = now_ms;
    pending->opened_wall_ms = wall_ms;
    book->alerts[book->n++] = *pending;
    remove_at(book->pending, &book->n_pending, (size_t)(pending - book->pending));
}

static void condition_true(struct alert_book *book, const struct condition *c, int64_t now_ms,
                           int64_t wall_ms)
{
    struct alert *a = find(book->alerts, book->n, c);
    if (a) {
        observe(a, c);
        return;
    }
    a = find(book->pending, book->n_pending, c);
    if (!a) {
        a = begin(book, c, now_ms);
    }
    if (!a) {
        return;
    }
    observe(a, c);
    if (now_ms - a->began_ms >= c->for_ms) {
        open_pending(book, a, now_ms, wall_ms);
    }
}

static void condition_false(struct alert_book *book, const struct condition *c, int64_t now_ms,
                            int64_t wall_ms)
{
    struct alert *a = find(book->pending, book->n_pending, c);
    if (a) {
        remove_at(book->pending, &book->n_pending, (size_t)(a - book->pending));
    }
    a = find(book->alerts, book->n, c);
    if (a) {
        a->state = ALERT_CLOSED;
        a->closed_ms = now_ms;
        a->closed_wall_ms = wall_ms;
    }
}

void alert_book_update(struct alert_book *book, const struct condition *conditions, size_t n,
                       int64_t now_ms, int64_t wall_ms)
{
    for (size_t i = 0; i < n; i++) {
        const struct condition *c = &conditions[i];
        if (c->holds == TRI_YES) {
            condition_true(book, c, now_ms, wall_ms);
        } else if (c->holds == TRI_NO) {
            condition_false(book, c, now_ms, wall_ms);
        }
    }
}

size_t alert_book_open(const struct alert_book *book)
{
    size_t open = 0;
    for (size_t i = 0; i < book->n; i++) {
        open += book->alerts[i].state == ALERT_OPEN;
    }
    return open;
}
