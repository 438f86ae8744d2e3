/* One question to AWS and its answer, with what goes wrong on the way: credentials that expired
 * are renewed once, throttling makes the next question wait. For the files of the aws view; of the
 * source's thread alone. */
#ifndef DRTOP_TUNNEL_AWS_ASK_H
#define DRTOP_TUNNEL_AWS_ASK_H

#include "backend/cloud/aws_client.h"
#include "backend/fact/clock.h"
#include "backend/tunnel/ec2_answer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AWS_BACKOFF_MAX_MS (5 * 60 * 1000)

/* Questions that are throttled together. */
struct aws_lane {
    int64_t next_ms; /* monotonic: not asked before */
    int64_t wait_ms; /* of the newest back-off; 0: none is on */
    int64_t base_ms; /* what the first back-off doubles */
};

struct aws_asker {
    const struct config_tunnel *cfg;
    struct aws_client *client;
    const struct clock *clk;
    uint64_t random; /* not 0 */
};

/* Each false with err set: no answer, an error in words, or no such answer. */

bool aws_ask_connection(struct aws_asker *a, struct aws_lane *lane, struct ec2_connection *out,
                        struct error *err);

/* Of CloudWatch, e.g. "DescribeAlarms" with a body that this frees. *out is the answer, to be
 * freed. */
bool aws_ask_cloudwatch(struct aws_asker *a, struct aws_lane *lane, const char *operation,
                        char *body, char **out, size_t *out_len, struct error *err);

#endif
