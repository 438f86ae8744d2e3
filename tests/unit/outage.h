/* An outage as a snapshot, for the tests of what is told of it. */
#ifndef DRTOP_TESTS_OUTAGE_H
#define DRTOP_TESTS_OUTAGE_H

#include <string.h>

#include "backend/net/text.h"
#include "backend/snapshot.h"

#define OUTAGE_WALL_MS 1764000000000LL /* 2025-11-24 16:00:00 UTC */
#define OUTAGE_MONO_MS 500000LL
#define OUTAGE_ID      "DR-20251124-160000"

static inline struct alert outage_alert(enum alert_severity severity)
{
    return (struct alert){.kind = ALERT_VERDICT,
                          .severity = severity,
                          .state = ALERT_OPEN,
                          .began_wall_ms = OUTAGE_WALL_MS - 3000,
                          .opened_ms = OUTAGE_MONO_MS,
                          .opened_wall_ms = OUTAGE_WALL_MS,
                          .text = "aws: app and database fail",
                          .incident = OUTAGE_ID};
}

/* As it is age_ms after the incident opened; one alert, an app row that says no. */
static inline struct snapshot *outage(const struct config *cfg, const struct alert *a,
                                      enum verdict_kind kind, bool confirmed, int64_t age_ms)
{
    struct snapshot *s = snapshot_create(a, 1);
    s->config = cfg;
    s->taken_at_ms = OUTAGE_MONO_MS + age_ms;
    s->wall_ms = OUTAGE_WALL_MS + age_ms;
    s->incident = (struct incident){.id = OUTAGE_ID,
                                    .open = true,
                                    .opened_ms = OUTAGE_MONO_MS,
                                    .opened_wall_ms = OUTAGE_WALL_MS,
                                    .severity = a->severity};
    s->verdict = (struct verdict){.kind = kind,
                                  .confirmed = confirmed,
                                  .level = verdict_level_of(kind),
                                  .since_wall_ms = OUTAGE_WALL_MS,
                                  .decided = UINT32_C(1) << EVIDENCE_APP_ANSWERS,
                                  .sentence = "aws: app and database fail on 2 routes",
                                  .advice_why = "DR is ready"};
    s->verdict.advice = kind == VERDICT_PRIMARY_DOWN ? ADVICE_ADVISED : ADVICE_NOT_ADVISED;
    s->evidence[EVIDENCE_APP_ANSWERS] = (struct evidence){.watched = true,
                                                          .answer = TRI_NO,
                                                          .route = ROUTE_PUBLIC,
                                                          .strikes = 3,
                                                          .age_ms = opt_i64(800),
                                                          .detail = "connection refused"};
    return s;
}

static inline void outage_ends(struct snapshot *s)
{
    s->incident.open = false;
    s->incident.closed_wall_ms = s->wall_ms;
}

#endif
