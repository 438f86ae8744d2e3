/* A conversation with charon over its VICI socket. One thread; every wait ends at a deadline
 * (clock_real_us()) or when wake is rung. After any failure the link is closed: what was on its
 * way would be taken for the answer to the next question. */
#ifndef DRTOP_TUNNEL_VICI_LINK_H
#define DRTOP_TUNNEL_VICI_LINK_H

#include "backend/error.h"
#include "backend/net/connect.h"
#include "backend/tunnel/vici.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vici_link {
    int fd; /* -1: closed */
    unsigned char *frame;
    size_t room;
};

/* How one exchange is bounded, and who hears what comes by before the answer. */
struct vici_talk {
    const struct wake *wake;
    int64_t deadline_us;
    /* Returns false for an event that makes no sense. */
    bool (*on_event)(void *ctx, struct vici_frame *event);
    void *ctx;
};

void vici_link_init(struct vici_link *link);
/* Closes and frees; the link may be opened again. */
void vici_link_close(struct vici_link *link);
bool vici_link_is_open(const struct vici_link *link);

/* Never blocks. Returns false with err set to what would help: another right, another path. */
bool vici_link_open(struct vici_link *link, const char *path, struct error *err);

/* From now on (or no longer) charon tells of an event. Returns false with err set. */
bool vici_link_register(struct vici_link *link, const char *event, bool on,
                        const struct vici_talk *talk, struct error *err);

/* Sends a command and waits for the end of its answer. Returns false with err set. */
bool vici_link_ask(struct vici_link *link, const char *command, const struct vici_talk *talk,
                   struct error *err);

#endif
