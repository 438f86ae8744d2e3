/* What a program of the operator prints about the tunnels that it can see; the contract is
 * config/tunnel.schema.json. Pure.
 *
 * Keys that are not known are ignored. Whatever else is not as agreed makes the whole answer
 * worthless: half an answer would be taken for a whole one. */
#ifndef DRTOP_TUNNEL_EXEC_ANSWER_H
#define DRTOP_TUNNEL_EXEC_ANSWER_H

#include "backend/error.h"
#include "backend/tunnel/provider.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct exec_answer {
    int64_t observed_ms; /* wall clock: when the program looked */
    size_t n;
    struct tunnel_leg legs[TUNNEL_LEGS_MAX];
};

/* Takes an answer apart. Of wanted (NULL-terminated; NULL: all) only these tunnels count. Returns
 * false with err set to what was expected, and where. */
bool exec_answer_parse(const char *text, size_t len, char *const *wanted,
                       struct exec_answer *out, struct error *err);

/* Is an answer of now still true? False with err set when it is older than three intervals, or
 * from the future. */
bool exec_answer_is_new(const struct exec_answer *answer, int64_t wall_ms, int64_t period_ms,
                        struct error *err);

#endif
