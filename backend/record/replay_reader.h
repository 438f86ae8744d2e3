/* A thread that reads a replay, so that a key never waits for the disk. Its functions may be called
 * by any thread and do not block. */
#ifndef DRTOP_RECORD_REPLAY_READER_H
#define DRTOP_RECORD_REPLAY_READER_H

#include "backend/record/replay.h"

struct replay_reader;

/* Takes over an open replay; or, with r NULL, opens the store of cfg when it is first asked, and
 * again as long as that fails. cfg stays the caller's. NULL with err set (r is closed then). */
struct replay_reader *replay_reader_start(struct replay *r, const struct config *cfg,
                                          struct error *err);

/* Joins the thread and closes the replay: after everything that came out of it has been given back.
 * False when a stalled disk keeps it for longer than budget_ms: then the caller leaves with _exit().
 * NULL is allowed. */
bool replay_reader_stop(struct replay_reader *d, int64_t budget_ms);

struct replay_wish {
    bool jumps; /* to the alert or incident that jump says, seen from wall_ms */
    enum replay_jump jump;
    int64_t wall_ms;
};

/* Asks for a moment; a wish that is still waiting gives way. Returns its number. */
uint64_t replay_reader_ask(struct replay_reader *d, const struct replay_wish *wish);

struct replay_answer {
    uint64_t number; /* of the wish; 0: nothing has been answered yet */
    bool found;      /* there is a picture: */
    int64_t wall_ms; /* of this moment, which lies within the record */
    int64_t first_wall_ms, last_wall_ms;
    struct snapshot *snapshot;
    struct record_view *view;
    char why[200]; /* else why not, sanitised: nothing recorded, no alert before, ... */
};

/* The newest answer, with references for the caller. */
void replay_reader_look(struct replay_reader *d, struct replay_answer *out);
void replay_answer_finish(struct replay_answer *a);

/* Readable when there is a new answer; replay_reader_drain() makes it quiet again. */
int replay_reader_fd(const struct replay_reader *d);
void replay_reader_drain(struct replay_reader *d);

#endif
