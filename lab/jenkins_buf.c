#include "lab/jenkins_buf.h"

#include "backend/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct buf *b, size_t more)
{
    size_t need = b->len + more + 1;
    if (need > b->room) {
        b->room = need * 2;
        b->data = mem_realloc(b->data, b->room, 1);
    }
}

void buf_add(struct buf *b, const char *data, size_t len)
{
    reserve(b, len);
    if (len > 0) {
        memcpy(b->data + b->len, data, len);
    }
    b->len += len;
    b->data[b->len] = '\0';
}

void buf_text(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void buf_printf(struct buf *b, const char *format, ...)
{
    char small[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (n > 0) {
        buf_add(b, small, (size_t)n < sizeof small ? (size_t)n : sizeof small - 1);
    }
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    if (b->data) {
        b->data[0] = '\0';
    }
}

void buf_free(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}
