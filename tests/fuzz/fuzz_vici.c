/* Raw bytes as what charon sends: frames one after the other, as in tests/fixtures/vici. Events
 * are heard, and at each response a poll ends: whatever came, the legs are in order. */
#include "backend/tunnel/gateway_legs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct gateway_poll *poll, struct gateway_memory *memory,
                  int64_t wall_ms)
{
    struct tunnel_facts f = {0};
    gateway_fold(poll, memory, wall_ms, &f);
    assert(f.n_legs == poll->n && f.n_legs <= TUNNEL_LEGS_MAX && memory->n == f.n_legs);
    for (size_t i = 0; i < f.n_legs; i++) {
        const struct tunnel_leg *leg = &f.legs[i];
        assert(leg->id[0] && memchr(leg->id, '\0', sizeof leg->id));
        assert(leg->detail[0] && memchr(leg->detail, '\0', sizeof leg->detail));
        assert(memchr(leg->counter, '\0', sizeof leg->counter));
        assert(leg->state == TUNNEL_UP || leg->state == TUNNEL_DOWN ||
               leg->state == TUNNEL_CONNECTING);
        assert(leg->state == TUNNEL_UP || !leg->bytes_in.known);
        for (size_t k = 0; k < i; k++) {
            assert(strcmp(leg->id, f.legs[k].id) != 0);
        }
    }
}

static bool hear(struct gateway_poll *poll, struct gateway_memory *memory,
                 const struct vici_frame *f)
{
    if (vici_is(f->name, "list-conn")) {
        return gateway_hear_connection(poll, f->body);
    }
    if (vici_is(f->name, "list-sa")) {
        return gateway_hear_sa(poll, f->body);
    }
    return vici_is(f->name, "log") ? gateway_hear_log(memory, f->body)
                                   : gateway_hear_updown(memory, f->body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gateway_poll poll = {0};
    struct gateway_memory memory = {0};
    int64_t wall_ms = 1795791768000;
    for (size_t at = 0; size - at >= VICI_HEADER;) {
        size_t len = vici_length(data + at);
        at += VICI_HEADER;
        if (len == 0 || len > size - at) {
            break;
        }
        struct vici_frame f;
        if (!vici_frame_read(data + at, len, &f) ||
            (f.type == VICI_EVENT && !hear(&poll, &memory, &f))) {
            break;
        }
        if (f.type == VICI_RESPONSE) {
            check(&poll, &memory, wall_ms += 1000);
        }
        at += len;
    }
    return 0;
}
