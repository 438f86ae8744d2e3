/* What facts, the record and a failover hold of names, told to a table of aliases: where a text says
 * such a name alone, or has cut it, it is known then. */
#ifndef DRTOP_SHARE_H
#define DRTOP_SHARE_H

#include "backend/failover/driver.h"
#include "backend/net/alias.h"
#include "backend/record/record.h"
#include "backend/snapshot.h"

/* Any may be NULL; with t NULL nothing happens. */
void share_learn(struct alias_table *t, const struct snapshot *s,
                 const struct record_view *record, const struct failover_view *run);

#endif
