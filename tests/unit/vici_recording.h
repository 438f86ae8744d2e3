/* What a real charon (strongSwan 5.9.8) sent in one poll, byte for byte, under
 * tests/fixtures/vici: the answer to list-conns, then the answer to list-sas, each its events and
 * a response, and the confirmations of both events somewhere before. The log-*.bin hold events of
 * its log instead. */
#ifndef DRTOP_TESTS_VICI_RECORDING_H
#define DRTOP_TESTS_VICI_RECORDING_H

#include "backend/tunnel/vici.h"

#include <stdio.h>
#include <stdlib.h>

struct vici_recording {
    unsigned char *bytes;
    size_t len, at;
};

static inline struct vici_recording vici_recording_load(const char *name)
{
    char path[512];
    struct vici_recording r = {.bytes = calloc(1, 16384)};
    (void)snprintf(path, sizeof path, FIXTURES "/vici/%s.bin", name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        (void)fprintf(stderr, "%s: no such recording\n", path);
        abort();
    }
    r.len = fread(r.bytes, 1, 16384, file);
    (void)fclose(file);
    return r;
}

/* The next frame, without its header; false at the end. */
static inline bool vici_recording_next(struct vici_recording *r, const unsigned char **out,
                                       size_t *out_len)
{
    if (r->len - r->at < VICI_HEADER) {
        return false;
    }
    *out_len = vici_length(r->bytes + r->at);
    *out = r->bytes + r->at + VICI_HEADER;
    r->at += VICI_HEADER + *out_len;
    return *out_len > 0 && r->at <= r->len;
}

static inline void vici_recording_free(struct vici_recording *r)
{
    free(r->bytes);
}

#endif
