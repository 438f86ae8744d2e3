/* DescribeVpnConnections and errors of EC2 from raw bytes, in pieces of the size that the first
 * byte says. Texts that come out are terminated and hold nothing that moves a terminal. */
#include "backend/tunnel/ec2_answer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text, size_t room)
{
    if (!memchr(text, '\0', room)) {
        abort();
    }
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c < ' ' || c == 127) {
            abort();
        }
    }
}

static void check_connection(const struct ec2_connection *c)
{
    check(c->state, sizeof c->state);
    if (c->n_legs > TUNNEL_LEGS_MAX || (c->n_legs > 0 && !c->found)) {
        abort();
    }
    for (size_t i = 0; i < c->n_legs; i++) {
        check(c->legs[i].id, sizeof c->legs[i].id);
        check(c->legs[i].detail, sizeof c->legs[i].detail);
        if (!c->legs[i].id[0] || c->legs[i].state > TUNNEL_DOWN) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct ec2_reader *r = ec2_reader_create("vpn-1");
    struct error err = {0};
    size_t piece = (size_t)data[0] + 1;
    const char *body = (const char *)data + 1;
    bool ok = r != NULL;
    for (size_t at = 0; ok && at < size - 1; at += piece) {
        size_t n = size - 1 - at < piece ? size - 1 - at : piece;
        ok = ec2_reader_feed(r, body + at, n, false, &err);
    }
    ok = ok && ec2_reader_feed(r, "", 0, true, &err);
    if (!r || (!ok && !err.text[0])) {
        abort();
    }
    check_connection(ec2_reader_connection(r));
    check(ec2_reader_error(r)->code, sizeof ec2_reader_error(r)->code);
    check(ec2_reader_error(r)->message, sizeof ec2_reader_error(r)->message);
    ec2_reader_destroy(r);
    return 0;
}
