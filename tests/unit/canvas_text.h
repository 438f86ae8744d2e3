/* What a canvas shows, as a string that a test can compare with a picture. */
#ifndef DRTOP_TESTS_CANVAS_TEXT_H
#define DRTOP_TESTS_CANVAS_TEXT_H

#include "tui/canvas.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* The caller's to free. */
static inline char *canvas_as_text(const struct canvas *c)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    canvas_write_text(c, out);
    (void)fclose(out);
    return text;
}

static inline void assert_canvas(const struct canvas *c, const char *picture)
{
    char *text = canvas_as_text(c);
    assert_string_equal(text, picture);
    free(text);
}

static inline int role_at(const struct canvas *c, int x, int y)
{
    return c->cells[y * c->w + x].role;
}

#endif
