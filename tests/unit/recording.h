/* Answers of a real Jenkins under tests/fixtures/jenkins: '#' lines with the request, the status
 * line and headers with LF, a blank line, the body. HTML bodies were left out and stand as a
 * word; everything else is byte-exact. */
#ifndef DRTOP_TESTS_RECORDING_H
#define DRTOP_TESTS_RECORDING_H

#include "backend/failover/jenkins_parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct recording {
    char *text; /* the whole file */
    const char *head, *body;
    size_t head_len, len;
};

static inline struct recording recording_load(const char *name)
{
    char path[512];
    struct recording r = {0};
    (void)snprintf(path, sizeof path, FIXTURES "/jenkins/%s.http", name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        (void)fprintf(stderr, "%s: no such recording\n", path);
        abort();
    }
    r.text = calloc(1, 64 * 1024);
    size_t size = fread(r.text, 1, 64 * 1024 - 1, file);
    (void)fclose(file);
    r.head = r.text;
    while (*r.head == '#') {
        r.head = strchr(r.head, '\n') + 1;
    }
    r.body = strstr(r.head, "\n\n") + 2;
    r.head_len = (size_t)(r.body - 1 - r.head);
    r.len = size - (size_t)(r.body - r.text);
    return r;
}

static inline void recording_free(struct recording *r)
{
    free(r->text);
}

static inline struct jenkins_head recording_head(const struct recording *r)
{
    struct jenkins_head head = {0};
    for (const char *p = r->head; p < r->head + r->head_len;) {
        size_t len = strcspn(p, "\n") + 1;
        jenkins_parse_head(&head, p, len);
        p += len;
    }
    return head;
}

/* As it goes over the wire: CRLF, and a length that is true of the body that there is. free() it. */
static inline char *recording_wire(const char *name, size_t *out_len)
{
    struct recording r = recording_load(name);
    size_t size = 2 * r.head_len + r.len + 128, n = 0;
    char *wire = calloc(1, size);
    for (const char *p = r.head; p < r.head + r.head_len;) {
        size_t len = strcspn(p, "\n");
        if (strncmp(p, "Content-Length:", 15) != 0 &&
            strncmp(p, "Transfer-Encoding:", 18) != 0) {
            n += (size_t)snprintf(wire + n, size - n, "%.*s\r\n", (int)len, p);
        }
        p += len + 1;
    }
    n += (size_t)snprintf(wire + n, size - n, "Content-Length: %zu\r\n\r\n", r.len);
    memcpy(wire + n, r.body, r.len);
    *out_len = n + r.len;
    recording_free(&r);
    return wire;
}

#endif
