/* A provider is one view of the path between the sites: a probe through it, what a cloud says of
 * it, what the gateway says of it. One file a provider, one row in tunnel_providers[]. Readings
 * hold a struct tunnel_facts, FRESH when the provider learned something (also that the path is
 * down), FAILED when it did not learn anything (the cloud did not answer): then the path is
 * unknown, never down.
 *
 * What the views mean beside each other is in view.h. */
#ifndef DRTOP_TUNNEL_PROVIDER_H
#define DRTOP_TUNNEL_PROVIDER_H

#include "backend/config.h"
#include "backend/fact/opt.h"
#include "backend/fact/poller.h"

#include <stddef.h>

#define TUNNEL_LEGS_MAX        8
#define TUNNEL_ALARMS_MAX      16
#define TUNNEL_TRANSITIONS_MAX 16

/* The first ones are what a view says of itself; only view.c says BLACK_HOLED. */
enum tunnel_state {
    TUNNEL_UNKNOWN,
    TUNNEL_UP,
    TUNNEL_DEGRADED,
    TUNNEL_DOWN,
    TUNNEL_CONNECTING,
    TUNNEL_BLACK_HOLED, /* said to be up, and nothing passes */
    TUNNEL_STATES,
};

/* One tunnel of the several that a cloud or a gateway knows of. */
struct tunnel_leg {
    enum tunnel_state state;
    char id[64];             /* stays the same: outside address, connection's name */
    char detail[120];        /* sanitised: what the view says of it, "IPSEC IS DOWN" */
    struct opt_i64 since_ms; /* wall clock: since when it is so, as the view says */
    struct opt_i64 bytes_in, bytes_out; /* as counted over there; begin again with counter */
    char counter[32];        /* names the run of the counters; empty: they never begin again */
    struct opt_i64 silent_s; /* since the last packet came in, as the gateway says */
    struct opt_i64 ike_age_s,
        child_age_s;        /* gateway: since the SA was established, installed */
    struct opt_i64 rekey_s; /* gateway: until the CHILD SA is renewed */
};

enum tunnel_alarm_state { ALARM_UNKNOWN, ALARM_OK, ALARM_RAISED };

/* An alarm that the customer set in the cloud. */
struct tunnel_alarm {
    char name[96];    /* sanitised */
    char reason[120]; /* sanitised */
    enum tunnel_alarm_state state;
    struct opt_i64 changed_ms; /* wall clock */
    bool dated; /* changed_ms is of the state alone; else the reason moves it too */
};

/* A change of such an alarm, as the cloud's history has it: also one that came and went between
 * two polls. */
struct tunnel_transition {
    char alarm[96];   /* sanitised */
    char reason[120]; /* sanitised */
    enum tunnel_alarm_state from, to;
    int64_t at_ms; /* wall clock of the cloud */
};

struct tunnel_facts {
    enum tunnel_state state;
    bool data_plane;            /* evidence (traffic passed), not an opinion */
    int64_t since_ms;           /* monotonic: when this state began, as far as we saw */
    char endpoint[64];          /* "10.0.2.50:3306"; "vpn-0a1b2c" */
    char detail[160];           /* sanitised words: "connect timed out after 2 s" */
    int strikes;                /* probe: failed tries in a row */
    struct opt_f64 rtt_ms;      /* probe: of the newest good try, TCP connect */
    struct opt_f64 greeting_ms; /* probe: until the MySQL greeting */
    struct opt_f64 loss;        /* probe: 0..1 over the window */
    int window;                 /* probe: tries that loss was counted over so far */
    enum tri large_passes;      /* probe: a packet that fills the path's MTU arrives */

    size_t n_legs; /* 0: a probe */
    struct tunnel_leg legs[TUNNEL_LEGS_MAX];
    size_t n_alarms;
    struct tunnel_alarm alarms[TUNNEL_ALARMS_MAX];
    size_t n_transitions; /* the newest ones of all alarms, oldest first */
    struct tunnel_transition transitions[TUNNEL_TRANSITIONS_MAX];
};

struct tunnel_provider {
    enum config_tunnel_kind kind;
    const char *type; /* as in the configuration: "probe" */
    struct source (*create)(const struct config_tunnel *cfg, size_t slot);
};

extern const struct tunnel_provider tunnel_providers[];
extern const size_t tunnel_providers_n;

const struct tunnel_provider *tunnel_provider_find(enum config_tunnel_kind kind);

/* From the legs to the view: UP when as many as are expected are up, DEGRADED when some are,
 * DOWN when none is and all are known, CONNECTING when one is about to be. Says in facts->detail
 * how many of how many, unless something stands there. Moves since_ms on when the state is not
 * that of before (NULL: the first). */
void tunnel_facts_sum(struct tunnel_facts *facts, int expected_up,
                      const struct tunnel_facts *before, int64_t now_ms);

/* Puts the legs into the order of the configuration's `tunnels` and adds those that the view did
 * not name, as unknown. Without such a list the order is by id. */
void tunnel_facts_order(struct tunnel_facts *facts, const struct config_tunnel *cfg);

/* One function a provider file. */
struct source tunnel_probe_source(const struct config_tunnel *cfg, size_t slot);
struct source tunnel_aws_source(const struct config_tunnel *cfg, size_t slot);
struct source tunnel_azure_source(const struct config_tunnel *cfg, size_t slot);
struct source tunnel_strongswan_source(const struct config_tunnel *cfg, size_t slot);
struct source tunnel_exec_source(const struct config_tunnel *cfg, size_t slot);

#endif
