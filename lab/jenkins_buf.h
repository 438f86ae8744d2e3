/* Bytes that grow. Zeroed is empty. */
#ifndef DRTOP_LAB_JENKINS_BUF_H
#define DRTOP_LAB_JENKINS_BUF_H

#include <stddef.h>

struct buf {
    char *data; /* NUL after the last byte; NULL when nothing was ever added */
    size_t len, room;
};

void buf_add(struct buf *b, const char *data, size_t len);
void buf_text(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_clear(struct buf *b); /* keeps the room */
void buf_free(struct buf *b);

#endif
