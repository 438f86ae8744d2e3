/* The customer's CloudWatch alarms between two polls: what state they are in, and which changes
 * came and went meanwhile. Of the source's thread alone. */
#ifndef DRTOP_TUNNEL_AWS_ALARMS_H
#define DRTOP_TUNNEL_AWS_ALARMS_H

#include "backend/tunnel/aws_ask.h"

/* What is remembered of an alarm, in the order of the configuration. */
struct aws_alarm_memory {
    bool known; /* it has been in an answer: */
    enum tunnel_alarm_state state;
    int64_t changed_ms;     /* wall clock, as in struct tunnel_alarm */
    bool due;               /* its history is to be asked */
    bool asked;             /* and has been: */
    int64_t asked_ms;       /* monotonic */
    int64_t asked_until_ms; /* wall clock: so far its history is known */
};

/* Zeroed at first. */
struct aws_alarms {
    struct aws_lane lane, history_lane;
    size_t n;
    struct tunnel_alarm now[TUNNEL_ALARMS_MAX];
    struct aws_alarm_memory memory[TUNNEL_ALARMS_MAX];
    size_t n_transitions;
    struct tunnel_transition transitions[TUNNEL_TRANSITIONS_MAX];
    char trouble[160]; /* why the history is not known, or "" */
};

/* Asks what is due: the states once a minute, the history when an alarm has changed. Blocks for at
 * most three requests. */
void aws_alarms_turn(struct aws_alarms *alarms, struct aws_asker *a);

/* Copies what is known. */
void aws_alarms_tell(const struct aws_alarms *alarms, struct tunnel_facts *facts);

#endif
