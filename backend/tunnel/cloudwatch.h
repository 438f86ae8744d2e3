/* What is asked of CloudWatch over AWS JSON 1.0, and what its answers mean. Times on the wire are
 * seconds since 1970 with a fraction; here they are milliseconds. Texts that come out are
 * sanitised.
 *
 * Pure; any thread. */
#ifndef DRTOP_TUNNEL_CLOUDWATCH_H
#define DRTOP_TUNNEL_CLOUDWATCH_H

#include "backend/tunnel/provider.h"

#include <stdbool.h>
#include <stddef.h>

/* Of one answer: 16 alarms with all their words are about 160 KiB. */
#define CLOUDWATCH_BYTES_MAX ((size_t)256 * 1024)
/* A point that is older tells nothing any more: the metric comes every 1 to 5 minutes. */
#define CLOUDWATCH_WINDOW_MS (10 * 60 * 1000)

#define CLOUDWATCH_TARGET(operation) "GraniteServiceVersion20100801." operation

/* Bodies of requests; heap. names and tunnels end with NULL. */
char *cloudwatch_ask_alarms(char *const *names);
char *cloudwatch_ask_history(const char *alarm, int64_t from_wall_ms, int64_t until_wall_ms);
char *cloudwatch_ask_states(const char *vpn, char *const *tunnels, int64_t now_wall_ms);

/* All return false and leave out as it was when body is no such answer. */

/* Fills a place for each of names, in their order, at most TUNNEL_ALARMS_MAX; one that the answer
 * does not tell of is unknown, with the reason. */
bool cloudwatch_parse_alarms(const char *body, size_t len, char *const *names,
                             struct tunnel_alarm *out, size_t *out_n);

/* Changes of state, newest first, at most room. */
bool cloudwatch_parse_history(const char *body, size_t len, struct tunnel_transition *out,
                              size_t room, size_t *out_n);

/* TunnelState of each of tunnels as a leg, in their order. A tunnel without a point between
 * now - CLOUDWATCH_WINDOW_MS and a little after now is unknown. */
bool cloudwatch_parse_states(const char *body, size_t len, char *const *tunnels,
                             int64_t now_wall_ms, struct tunnel_leg *out, size_t *out_n);

struct aws_error;
/* {"__type":"namespace#Code","message":"..."} */
bool cloudwatch_parse_error(const char *body, size_t len, struct aws_error *out);

#endif
