/* The parts of lab-ec2: the API of EC2 as far as it concerns the VPN, CloudWatch, STS, and the
 * metadata service, all at one door. All of it may be called by several threads. */
#ifndef DRTOP_LAB_EC2_H
#define DRTOP_LAB_EC2_H

#include "lab/cloud.h"

extern const struct cloud_options *ec2_options;

/* --- ec2_auth.c: whether a request is signed by a key that is known, and now */

enum auth {
    AUTH_OK,
    AUTH_MISSING,
    AUTH_UNKNOWN,
    AUTH_EXPIRED, /* a session that is over */
    AUTH_SKEWED,  /* signed more than 5 min ago, or in the future */
    AUTH_SCOPE,   /* for another region or service */
    AUTH_WRONG    /* the signature */
};

struct ec2_key {
    char id[64], secret[160], token[160];
    int64_t expires_ms; /* wall clock; 0: never */
};

enum auth ec2_auth(const struct cloud_request *q, const char *service);
void ec2_auth_session(struct ec2_key *out); /* makes one that $run/ec2.lifetime seconds last */
bool ec2_auth_begin(void);

/* --- the answers */

void ec2_vpn_answer(const struct cloud_request *q, struct cloud_reply *r);
void ec2_watch_answer(const struct cloud_request *q, struct cloud_reply *r);
void ec2_sts_answer(const struct cloud_request *q, const char *action, struct cloud_reply *r);
void ec2_metadata_answer(const struct cloud_request *q, struct cloud_reply *r);

/* An error of EC2 or, when query, of the older services. */
void ec2_error(struct cloud_reply *r, bool query, unsigned status, const char *code,
               const char *message);

#endif
