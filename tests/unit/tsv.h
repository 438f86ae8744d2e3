/* Reads the recorded answers under tests/fixtures: tab-separated cells, \N for SQL NULL, and
 * \n, \t, \\ for the characters themselves. Cells live in the test's static buffer. */
#ifndef DRTOP_TEST_TSV_H
#define DRTOP_TEST_TSV_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TSV_CELLS 64

struct tsv {
    FILE *file;
    char line[65536];
    size_t n;
    char *cell[TSV_CELLS]; /* NULL for SQL NULL */
};

static inline void tsv_open(struct tsv *t, const char *path)
{
    t->file = fopen(path, "r");
    assert(t->file);
    t->n = 0;
}

/* Resolves escapes in place; NULL for \N. */
static inline char *tsv_unescape(char *s)
{
    if (strcmp(s, "\\N") == 0) {
        return NULL;
    }
    char *to = s;
    for (const char *from = s; *from; from++) {
        char c = *from;
        if (c == '\\' && from[1]) {
            from++;
            c = *from == 'n' ? '\n' : *from == 't' ? '\t' : *from;
        }
        *to++ = c;
    }
    *to = '\0';
    return s;
}

static inline int tsv_next(struct tsv *t)
{
    if (!fgets(t->line, sizeof t->line, t->file)) {
        (void)fclose(t->file);
        return 0;
    }
    t->line[strcspn(t->line, "\n")] = '\0';
    t->n = 0;
    char *p = t->line;
    while (p) {
        assert(t->n < TSV_CELLS);
        char *tab = strchr(p, '\t');
        if (tab) {
            *tab = '\0';
        }
        t->cell[t->n++] = tsv_unescape(p);
        p = tab ? tab + 1 : NULL;
    }
    return 1;
}

#endif
