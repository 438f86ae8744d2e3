/* Answers under tests/fixtures/aws: bodies alone, byte for byte, of moto 5 and not of AWS itself. What
 * looks like a key in them was invented or blacked out. */
#ifndef DRTOP_TESTS_AWS_FIXTURE_H
#define DRTOP_TESTS_AWS_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#define AWS_FIXTURE_MAX 65536

/* The whole file, terminated; free() it. */
static inline char *aws_fixture(const char *name, size_t *out_len)
{
    char path[512];
    (void)snprintf(path, sizeof path, FIXTURES "/aws/%s", name);
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, AWS_FIXTURE_MAX);
    if (!file || !text) {
        (void)fprintf(stderr, "%s: no such fixture\n", path);
        abort();
    }
    *out_len = fread(text, 1, AWS_FIXTURE_MAX - 1, file);
    (void)fclose(file);
    return text;
}

#endif
