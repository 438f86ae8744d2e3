/* The answer of EC2's DescribeVpnConnections, and its errors, read as a stream: what is not named
 * here is dropped unseen, above all the pre-shared keys. An answer may list several connections;
 * one is kept.
 *
 * A reader is one thread's, and its memory does not depend on the answer's size. */
#ifndef DRTOP_TUNNEL_EC2_ANSWER_H
#define DRTOP_TUNNEL_EC2_ANSWER_H

#include "backend/tunnel/aws_error.h"
#include "backend/tunnel/provider.h"

#include <stdbool.h>
#include <stddef.h>

/* Of one answer; a connection is about 10 KiB. */
#define EC2_BYTES_MAX ((size_t)4 * 1024 * 1024)

/* The body of the request for one connection; heap. */
char *ec2_ask_connection(const char *vpn);

/* legs: those that the options or the telemetry name, joined by outside address, in the answer's
 * order. One that the telemetry leaves out is unknown. */
struct ec2_connection {
    bool found;
    char state[24]; /* sanitised: "available" */
    size_t n_legs;
    struct tunnel_leg legs[TUNNEL_LEGS_MAX];
};

struct ec2_reader;

/* vpn is borrowed. NULL when there is no parser. */
struct ec2_reader *ec2_reader_create(const char *vpn);
void ec2_reader_destroy(struct ec2_reader *r);

/* Reads the next piece; last: none follows. False with err set when this is no such XML. */
bool ec2_reader_feed(struct ec2_reader *r, const char *piece, size_t len, bool last,
                     struct error *err);

/* Of what was read so far; borrowed. An error has a code. */
const struct ec2_connection *ec2_reader_connection(const struct ec2_reader *r);
const struct aws_error *ec2_reader_error(const struct ec2_reader *r);

#endif
