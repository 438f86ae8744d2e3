#include "backend/tunnel/aws_ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/tunnel/cloudwatch.h"

#define RETRY_AFTER_MAX_S 3600

/* Who takes an answer: ctx is theirs. */
struct taker {
    void *ctx;
    bool (*restart)(void *ctx); /* before each try; false: no memory for it */
    /* Reads a piece; false: it is not what it should be, for the reason in err. */
    bool (*take)(void *ctx, const char *piece, size_t len, struct error *err);
    bool (*end)(void *ctx, struct error *err); /* the answer is whole */
    void (*error_of)(void *ctx, struct aws_error *out);
};

/* One request under way. */
struct talk {
    const struct taker *taker;
    bool broken; /* the taker has refused a piece, as why says */
    struct error why;
};

static bool take_piece(void *ctx, int status, const char *piece, size_t len)
{
    struct talk *t = ctx;
    (void)status;
    if (!t->taker->take(t->taker->ctx, piece, len, &t->why)) {
        t->broken = true;
        return false;
    }
    return true;
}

/* xorshift64 (Marsaglia, 2003), for 80 to 120 % of a wait: keeps observers out of step. */
static int64_t jitter(struct aws_asker *a, int64_t ms)
{
    a->random ^= a->random << 13;
    a->random ^= a->random >> 7;
    a->random ^= a->random << 17;
    return ms / 100 * (80 + (int64_t)(a->random % 41));
}

static void back_off(struct aws_asker *a, struct aws_lane *lane, int64_t retry_after_s,
                     struct error *err)
{
    struct error said = *err;
    lane->wait_ms = 2 * (lane->wait_ms ? lane->wait_ms : lane->base_ms);
    if (lane->wait_ms > AWS_BACKOFF_MAX_MS) {
        lane->wait_ms = AWS_BACKOFF_MAX_MS;
    }
    int64_t wait_ms = jitter(a, lane->wait_ms);
    wait_ms = wait_ms < AWS_BACKOFF_MAX_MS ? wait_ms : AWS_BACKOFF_MAX_MS;
    int64_t least_s =
        retry_after_s < RETRY_AFTER_MAX_S ? retry_after_s : (int64_t)RETRY_AFTER_MAX_S;
    wait_ms = wait_ms > least_s * 1000 ? wait_ms : least_s * 1000;
    lane->next_ms = clock_mono_ms(a->clk) + wait_ms;
    error_set(err, "%.180s; asks again after %" PRId64 " s", said.text, (wait_ms + 999) / 1000);
}

static void say(struct aws_asker *a, const struct aws_error *e, const char *action,
                const struct aws_answer *answer, struct error *err)
{
    aws_error_say(answer->status, e, action, answer->date_ms, clock_wall_ms(a->clk), err);
    if (strncmp(e->code, "InvalidVpnConnectionID", 22) == 0) {
        struct error said = *err;
        error_set(err, "%.180s (region %.30s)", said.text, aws_client_region(a->client));
    }
}

/* Reads what came. Returns false with err set unless it is a whole answer of status 200. */
static bool judge(struct talk *t, const struct aws_answer *answer, bool whole,
                  struct aws_error *out_error, struct error *err)
{
    const struct taker *taker = t->taker;
    *out_error = (struct aws_error){0};
    if (answer->status != 200) {
        (void)(whole && taker->end(taker->ctx, &t->why));
        taker->error_of(taker->ctx, out_error);
        return false;
    }
    if (t->broken || !taker->end(taker->ctx, &t->why)) {
        error_set(err, "the answer is not understood: %s", t->why.text);
        return false;
    }
    return true;
}

static bool ask(struct aws_asker *a, struct aws_lane *lane, const char *action,
                struct aws_call call, const struct taker *taker, struct error *err)
{
    for (int tries = 0;; tries++) {
        struct talk talk = {.taker = taker};
        struct aws_answer answer = {0};
        struct aws_error said;
        call.take = take_piece;
        call.ctx = &talk;
        if (!taker->restart(taker->ctx)) {
            error_set(err, "no parser");
            return false;
        }
        bool whole = aws_client_call(a->client, &call, &answer, err);
        if (!whole && !talk.broken) {
            return false;
        }
        if (judge(&talk, &answer, whole, &said, err)) {
            lane->wait_ms = 0;
            return true;
        }
        if (answer.status == 200) {
            return false;
        }
        if (tries == 0 && aws_error_is_expiry(&said)) {
            aws_client_forget(a->client);
            continue;
        }
        say(a, &said, action, &answer, err);
        if (aws_error_is_throttling(answer.status, &said)) {
            back_off(a, lane, answer.retry_after_s, err);
        }
        return false;
    }
}

/* --- EC2 */

struct ec2_talk {
    const char *vpn;
    struct ec2_reader *reader;
};

static bool ec2_restart(void *ctx)
{
    struct ec2_talk *t = ctx;
    ec2_reader_destroy(t->reader);
    t->reader = ec2_reader_create(t->vpn);
    return t->reader != NULL;
}

static bool ec2_take(void *ctx, const char *piece, size_t len, struct error *err)
{
    struct ec2_talk *t = ctx;
    return ec2_reader_feed(t->reader, piece, len, false, err);
}

static bool ec2_end(void *ctx, struct error *err)
{
    struct ec2_talk *t = ctx;
    return ec2_reader_feed(t->reader, "", 0, true, err);
}

static void ec2_error_of(void *ctx, struct aws_error *out)
{
    struct ec2_talk *t = ctx;
    *out = *ec2_reader_error(t->reader);
}

bool aws_ask_connection(struct aws_asker *a, struct aws_lane *lane, struct ec2_connection *out,
                        struct error *err)
{
    struct ec2_talk t = {.vpn = a->cfg->aws.vpn_connection};
    const struct taker taker = {.ctx = &t,
                                .restart = ec2_restart,
                                .take = ec2_take,
                                .end = ec2_end,
                                .error_of = ec2_error_of};
    char *body = ec2_ask_connection(t.vpn);
    struct aws_call call = {.service = "ec2",
                            .endpoint = a->cfg->aws.ec2_endpoint,
                            .body = body,
                            .max = EC2_BYTES_MAX};
    bool ok = ask(a, lane, "ec2:DescribeVpnConnections", call, &taker, err);
    if (ok) {
        *out = *ec2_reader_connection(t.reader);
        if (!out->found) {
            error_set(err, "%.40s is not in the answer (region %.30s)", t.vpn,
                      aws_client_region(a->client));
        }
    }
    ec2_reader_destroy(t.reader);
    free(body);
    return ok && out->found;
}

/* --- CloudWatch */

struct body {
    char *data;
    size_t len, room;
};

static bool body_restart(void *ctx)
{
    struct body *b = ctx;
    b->len = 0;
    return true;
}

static bool body_take(void *ctx, const char *piece, size_t len, struct error *err)
{
    struct body *b = ctx;
    if (len > CLOUDWATCH_BYTES_MAX - b->len) {
        error_set(err, "longer than %zu KiB", CLOUDWATCH_BYTES_MAX / 1024);
        return false;
    }
    if (b->room - b->len < len) {
        b->room = 2 * b->room + len;
        b->data = mem_realloc(b->data, b->room, 1);
    }
    if (len > 0) {
        memcpy(b->data + b->len, piece, len);
        b->len += len;
    }
    return true;
}

static bool body_end(void *ctx, struct error *err)
{
    (void)ctx;
    (void)err;
    return true;
}

static void body_error_of(void *ctx, struct aws_error *out)
{
    struct body *b = ctx;
    (void)(b->len > 0 && cloudwatch_parse_error(b->data, b->len, out));
}

bool aws_ask_cloudwatch(struct aws_asker *a, struct aws_lane *lane, const char *operation,
                        char *body, char **out, size_t *out_len, struct error *err)
{
    struct body b = {.data = mem_alloc(1, 1), .room = 1};
    const struct taker taker = {.ctx = &b,
                                .restart = body_restart,
                                .take = body_take,
                                .end = body_end,
                                .error_of = body_error_of};
    char target[80], action[64];
    (void)snprintf(target, sizeof target, CLOUDWATCH_TARGET("%s"), operation);
    (void)snprintf(action, sizeof action, "cloudwatch:%s", operation);
    struct aws_call call = {.service = "monitoring",
                            .endpoint = a->cfg->aws.cloudwatch_endpoint,
                            .target = target,
                            .body = body,
                            .max = CLOUDWATCH_BYTES_MAX};
    bool ok = ask(a, lane, action, call, &taker, err);
    free(body);
    if (!ok) {
        free(b.data);
        return false;
    }
    *out = b.data;
    *out_len = b.len;
    return true;
}
