/* What the files of the record share. Private to backend/record/record*.c; all of it belongs to the
 * record's thread, except what stands below "guarded by mu". */
#ifndef DRTOP_RECORD_RECORD_STATE_H
#define DRTOP_RECORD_RECORD_STATE_H

#include "backend/record/notify.h"
#include "backend/record/record.h"

#include <limits.h>
#include <pthread.h>

/* An alert of our book, as the store has it from us. */
struct written {
    struct alert alert;
    bool foreign; /* the store tells the same episode in another's words: ours is not written */
};

/* A verdict on its way into the timeline. */
struct spoken {
    enum verdict_kind kind;
    bool confirmed;
    struct event event;
    char *data; /* heap */
};
#define SPOKEN_MAX 200

/* A change of an alarm that the timeline has. */
struct noted {
    uint32_t subject;
    int64_t at_ms; /* wall clock */
};
#define NOTED_MAX (2 * CONFIG_TUNNELS_MAX * TUNNEL_TRANSITIONS_MAX)

/* What the recorder has written, and what it still has to write. A failed transaction leaves all of
 * it as it was, so that the next one tries again. */
struct writer {
    uint64_t from_seq; /* snapshots before this one do not know yet what was adopted */
    bool settled;      /* the alerts that others have written in their words are marked */
    bool announced;    /* that we record */
    bool spoke;        /* this process has noted a verdict */
    bool has_verdict;  /* the newest is known: */
    enum verdict_kind verdict;
    bool confirmed;
    int64_t heard_ms; /* monotonic: when the first was heard; 0: none yet */
    size_t n_spoken;
    struct spoken spoken[SPOKEN_MAX]; /* not yet in the store, oldest first */
    struct incident incident;
    int64_t sample_s;   /* Unix second of the newest sample */
    int64_t pruned_ms;  /* monotonic; 0: never */
    int64_t settled_ms; /* monotonic */
    size_t n_noted;     /* so far; a ring */
    struct noted noted[NOTED_MAX];
    size_t n_written;
    struct written written[ALERTS_MAX];
    size_t n_queue, room;
    struct alert *queue; /* heap: kept here too in case that the book has no room for them */
};

struct request {
    struct request *next;
    enum { REQUEST_ACKNOWLEDGE, REQUEST_NOTE, REQUEST_EXPORT } kind;
    struct alias_table *aliases; /* of an export */
    struct store_alert alert;
    char text[ALERT_TEXT_MAX + ALERT_COMMENT_MAX];
    int64_t wall_ms;
};

struct record {
    const struct config *cfg;
    struct engine *engine;
    const struct clock *clk;
    enum record_wish wish;
    char name[32], who[ALERT_WHO_MAX];
    char path[PATH_MAX];
    struct store_lease lease;
    int wake_fd, poke_fd;
    pthread_t thread;
    bool started;

    struct store *st;
    bool can_write; /* st was opened to write, and its schema is ours */
    bool broken;    /* it has failed since */
    bool remembers; /* the engine has been told what the store knows */
    bool led;       /* we have been the recorder, and no other has been seen to be since */
    enum record_role role;
    char why[200];
    char trouble[200];      /* as the engine knows it */
    int64_t tried_ms;       /* monotonic: when the store was opened last */
    int64_t lease_ms;       /* monotonic: when the lease was asked for last; INT64_MIN: never */
    int64_t others_wall_ms; /* the newest beat of another */
    int64_t seen_version;   /* of the store, that the view was read at */
    bool seen_open;         /* whether there was one then */
    struct writer writer;
    struct notifier *notifier;
    struct request *todo; /* taken from `requests`, oldest first; notes that wait stay here */

    pthread_mutex_t mu;
    pthread_cond_t done;
    // below: guarded by mu
    struct record_view *view;
    uint64_t turns;
    struct request *requests; /* newest first */
    bool exported, export_ok; /* an export has ended, and nobody has been told */
    char export_said[PATH_MAX];
    bool stop, finished;
};

/* --- record_role.c */

/* Opens the store, takes or renews the lease, gives up what is lost. */
void record_role_turn(struct record *r);
/* The store has failed: says so, and has it opened anew. */
void record_failed(struct record *r, const struct error *err);
/* Gives up the role and closes the store. */
void record_role_end(struct record *r);

/* --- record_takeover.c */

/* From now on this process is the recorder: what the store has open becomes the engine's. */
bool record_take_over(struct record *r, struct error *err);
/* With the first snapshot that knows of it: marks what others have written. */
bool record_settle(struct record *r, const struct snapshot *s, struct error *err);

/* --- record_pending.c */

/* Notes which alerts differ from what is in the store. */
void pending_collect(struct writer *w, const struct snapshot *s);
/* Notes the verdict if it has changed. */
void pending_hear(struct writer *w, const struct snapshot *s);
/* Drops the first n verdicts. */
void pending_said(struct writer *w, size_t n);
/* More than peaks and words? */
bool pending_has_transition(struct writer *w);
/* All that was noted is in the store, and s shows it. */
void pending_committed(struct writer *w, const struct snapshot *s);
/* Another records: what we have seen, it has seen too. */
void record_forget(struct record *r);
bool pending_same_episode(const struct alert *a, const struct alert *b);
struct written *pending_written(struct writer *w, uint64_t id);

/* --- record_alarm.c */

/* Does a view of s tell of changes of alarms that we have not written? */
bool record_has_alarms(const struct writer *w, const struct snapshot *s);
/* Writes them, unless another has. Inside a transaction. */
bool record_alarms(struct record *r, const struct snapshot *s, struct error *err);
/* They are in the store. */
void record_alarms_committed(struct writer *w, const struct snapshot *s);

/* --- record_write.c */

/* Notes what of the newest snapshot has to be written, and writes it if this process is the
 * recorder; last: with the event that it ends. False with err set when the store failed. */
bool record_write(struct record *r, bool last, struct error *err);

/* Inside a transaction: all that was noted, the second, and what of the past has to go. Needs of r
 * the store, the writer, the clock, the configuration and its name. */
bool record_put(struct record *r, const struct snapshot *s, bool last, struct error *err);

/* --- record_event.c */

/* The verdict and its evidence as JSON; heap. */
char *record_verdict_json(const struct snapshot *s);
/* The figures of this moment. */
struct store_sample record_sample(const struct snapshot *s);
struct store_memory record_memory(const struct snapshot *s); /* gtid is borrowed */

/* --- record_view.c */

/* Does whoever beat then still hold the lease? */
bool record_beat_is_fresh(const struct record *r, int64_t beat_wall_ms);

/* An empty view with one reference, and the room that its two lists lie in. */
struct record_view *record_view_create(struct store_alert **out_alerts,
                                       struct event **out_events);

/* Reads the store again when there is something new, and publishes a view. */
void record_view_turn(struct record *r);

#endif
