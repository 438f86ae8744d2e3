/* Painted text against the frame that is kept in tests/golden/frames. UPDATE_GOLDEN=1 rewrites it;
 * look at the difference before committing it. cmocka's assertions inside. */
#ifndef DRTOP_TESTS_GOLDEN_H
#define DRTOP_TESTS_GOLDEN_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"

/* All of a file, the caller's to free. */
static inline char *golden_read(FILE *f)
{
    size_t n = 0, room = 1 << 16;
    char *text = mem_alloc(room, 1);
    size_t got;
    while ((got = fread(text + n, 1, room - n - 1, f)) > 0) {
        n += got;
        if (n + 1 == room) {
            room *= 2;
            text = mem_realloc(text, room, 1);
        }
    }
    text[n] = '\0';
    return text;
}

static inline void golden_check(const char *name, const char *text)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/tests/golden/frames/%s.txt", SOURCE_DIR, name);
    if (getenv("UPDATE_GOLDEN")) {
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        (void)fputs(text, out);
        (void)fclose(out);
        return;
    }
    FILE *in = fopen(path, "r");
    if (!in) {
        fail_msg("%s is missing: run with UPDATE_GOLDEN=1 and look at it", path);
    }
    char *golden = golden_read(in);
    (void)fclose(in);
    bool same = strcmp(golden, text) == 0;
    free(golden);
    if (!same) {
        fail_msg("%s differs; painted now:\n%s", path, text);
    }
}

#endif
