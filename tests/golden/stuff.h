/* Fills every text of what is shown, so that a test knows where each of them can come out. */
#ifndef DRTOP_TESTS_STUFF_H
#define DRTOP_TESTS_STUFF_H

#include "backend/failover/driver.h"
#include "backend/record/record.h"
#include "backend/snapshot.h"

enum stuff_kind {
    STUFF_TEXT, /* words */
    STUFF_NAME, /* a name alone */
    STUFF_WHO,  /* "mg on pts/3 from 10.0.0.7" */
};

/* Writes a text of at most size - 1 bytes, as the source of that field would. */
struct stuffing {
    enum stuff_kind kind;
    void (*fill)(struct stuffing *s, char *field, size_t size);
    size_t n; /* fields so far */
};

void stuff_snapshot(struct stuffing *s, struct snapshot *snap);
/* Alerts and events are the caller's own, not const. */
void stuff_record(struct stuffing *s, struct record_view *r);
void stuff_run(struct stuffing *s, struct failover_view *v);

#endif
