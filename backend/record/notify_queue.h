/* The table `message`: what is to be told, to whom, and how far that has come. Rows are never
 * changed back: queued -> sent | given_up; dropped ones (over the limit) are kept, so that they are
 * not thought of again. Belongs to the thread of the store. */
#ifndef DRTOP_RECORD_NOTIFY_QUEUE_H
#define DRTOP_RECORD_NOTIFY_QUEUE_H

#include "backend/record/store.h"

#define MESSAGE_ID_MAX      64
#define MESSAGE_CHANNEL_MAX 160
#define MESSAGE_ADDRESS_MAX 320
#define MESSAGE_WHAT_MAX    48

#define QUEUE_KEEP_MS  ((int64_t)24 * 3600 * 1000) /* then a message is given up */
#define QUEUE_RETRY_MS ((int64_t)60 * 1000)        /* the longest pause between two tries */

struct message {
    char id[MESSAGE_ID_MAX];
    char incident[INCIDENT_ID_MAX];
    char what[MESSAGE_WHAT_MAX]; /* opened, update-KEY, escalation, closed */
    char channel[MESSAGE_CHANNEL_MAX];
    char recipient[MESSAGE_ADDRESS_MAX]; /* of mail; else "" */
    char *body;                          /* JSON, heap; queue_message_finish() */
    int64_t created_wall_ms;
    int tries; /* that failed */
};
void queue_message_finish(struct message *m);

/* The id of a message: the same whoever reckons it, and of no other message. */
void queue_message_id(const char *group, const struct message *m, char out[MESSAGE_ID_MAX]);

/* --- for the plan, inside a transaction */

struct told { /* a message of an incident, without its body */
    char what[MESSAGE_WHAT_MAX];
    char channel[MESSAGE_CHANNEL_MAX];
    char recipient[MESSAGE_ADDRESS_MAX];
    bool dropped;
    enum verdict_kind verdict; /* that it tells; UNKNOWN: none */
};
/* All of one incident, on the heap. */
bool queue_told(struct store *st, const char *incident, struct told **out, size_t *out_n,
                struct error *err);

/* Puts one in, unless it is there; over `per_hour` messages of its channel it is recorded as
 * dropped, with an event. m->id is filled in. */
bool queue_put(struct store *st, const char *group, struct message *m, int per_hour,
               struct error *err);

/* Has anybody acknowledged any alert of the incident? */
bool queue_acknowledged(struct store *st, const char *incident, bool *out, struct error *err);

/* An incident other than `current` that is over, was told, and whose end was not; id "" if there is
 * none. sentence is what the store says of it. */
bool queue_untold_end(struct store *st, const char *current, struct incident *out,
                      char sentence[200], struct error *err);

/* Drops what is too old to matter to anybody. */
bool queue_prune(struct store *st, int64_t wall_ms, struct error *err);

/* --- for the notifier */

/* The next one of a channel that may be sent, while the lease is `token`'s: for each recipient in
 * the order in which they were put. id "" when there is none; then *out_pause_ms is how long
 * nothing will be due, at most QUEUE_RETRY_MS. */
bool queue_next(struct store *st, const char *channel, const char *token, int64_t wall_ms,
                struct message *out, int64_t *out_pause_ms, struct error *err);

/* Ends it, in a durable transaction of its own, with an event; what else waits for the channel is due
 * at once. */
bool queue_sent(struct store *st, const struct message *m, int64_t wall_ms, struct error *err);
/* Puts it off, or gives it up with an event; why is kept. */
bool queue_failed(struct store *st, const struct message *m, const char *why, int64_t wall_ms,
                  struct error *err);

#endif
