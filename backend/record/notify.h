/* Whom we tell, and what. notify_plan() runs in the recorder's transaction and puts messages into
 * the store's queue; the notifier delivers them, each channel on a thread and a connection of its
 * own: at least once, each under an id that stays the same, while this process holds the lease.
 *
 *   an incident is told once, group_for after it began, when it has reached notify.severity
 *   its verdict confirmed as another, graver one: an update
 *   nobody has acknowledged for a recipient's `after`: that recipient, an escalation
 *   it is over: a closing message to all who were told
 *
 * No channel gets more than per_hour messages, closings apart. Secrets reach neither the store nor
 * a log. */
#ifndef DRTOP_RECORD_NOTIFY_H
#define DRTOP_RECORD_NOTIFY_H

#include "backend/record/store.h"
#include "backend/snapshot.h"

/* Inside the recorder's transaction, with every new snapshot. False with err set when the store
 * fails. */
bool notify_plan(struct store *st, const struct config *cfg, const struct snapshot *s,
                 struct error *err);

struct notifier;

/* Starts the threads; they send while the store's lease is mine. cfg is borrowed, the rest copied.
 * NULL with err set. */
struct notifier *notifier_start(const struct config *cfg, const char *store_path,
                                const struct store_lease *mine, struct error *err);
/* Looks at the queue now. Never blocks. */
void notifier_poke(struct notifier *n);
/* Interrupts what is being delivered (it stays queued) and joins the threads, within about a
 * second. NULL is allowed. */
void notifier_stop(struct notifier *n);

/* Sends one test message through every configured channel and recipient, and says of each how it
 * went. Blocks. Returns whether all went well. */
bool notify_test(const struct config *cfg,
                 void (*say)(void *ctx, const char *channel, bool ok, const char *why),
                 void *ctx);

#endif
