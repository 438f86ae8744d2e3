/* How the rows of the evidence are written; of evidence*.c, on the thread that steps the engine. */
#ifndef DRTOP_VERDICT_EVIDENCE_ROWS_H
#define DRTOP_VERDICT_EVIDENCE_ROWS_H

#include "backend/snapshot.h"

struct gather {
    const struct snapshot *s;
    struct evidence_memory *memory;
    int64_t now_ms;
    struct evidence *out;
};

/* Begins a row: watched, and unknown. */
struct evidence *evidence_row(struct gather *g, enum evidence_id id, enum route route);

/* Sanitised and cut. */
__attribute__((format(printf, 2, 3))) void evidence_detail(struct evidence *e,
                                                           const char *format, ...);

/* The age of the look that the answer rests on; r may be NULL. */
void evidence_rests_on(struct gather *g, struct evidence *e, const struct reading *r);

/* What the probes saw: evidence. */
void evidence_tunnel(struct gather *g);

/* What the clouds and the gateway say, from the snapshot's tunnels. */
void evidence_opinions(struct gather *g);

#endif
