/* What Azure Resource Manager answers about a connection of a virtual network gateway. Pure: the
 * body's bytes in, facts or words out. A body holds the pre-shared key in clear and is written to:
 * the key is blotted out before a parser sees the rest. Every field may be missing and is unknown
 * then. Any thread. */
#ifndef DRTOP_TUNNEL_AZURE_ANSWER_H
#define DRTOP_TUNNEL_AZURE_ANSWER_H

#include "backend/error.h"
#include "backend/tunnel/provider.h"

/* Fills legs and detail: a leg each tunnel that the answer names, or one with the connection's own
 * name. What follows from them (order, state, since) is the caller's. Returns false with err set
 * when this is no connection. */
bool azure_answer_connection(char *body, size_t len, const char *connection,
                             struct tunnel_facts *out, struct error *err);

/* What an answer with another status than 200 means. */
struct azure_refusal {
    bool token_refused; /* a new token may help */
    struct error err;   /* sanitised */
};
void azure_answer_refusal(int status, char *body, size_t len, const struct config_azure *cfg,
                          struct azure_refusal *out);

/* "2026-11-22T23:08:40.123Z" and "11/22/2026 11:08:40 PM", UTC both, in ms of Unix time; unknown
 * for anything else. */
struct opt_i64 azure_answer_time_ms(const char *text);

#endif
