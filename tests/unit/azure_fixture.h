/* Bodies under tests/fixtures/azure. Header only: each test is one executable. */
#ifndef DRTOP_TESTS_AZURE_FIXTURE_H
#define DRTOP_TESTS_AZURE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

/* Terminated; free() it. */
static inline char *azure_fixture(const char *name, size_t *out_len)
{
    char path[512];
    (void)snprintf(path, sizeof path, FIXTURES "/azure/%s.json", name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        (void)fprintf(stderr, "%s: no such fixture\n", path);
        abort();
    }
    char *text = calloc(1, 16 * 1024);
    *out_len = fread(text, 1, 16 * 1024 - 1, file);
    (void)fclose(file);
    return text;
}

#endif
