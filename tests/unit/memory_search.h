/* Secrets that a test knows without having them in its memory, and a search for them in all that
 * the process may write to: heap, freed heap, stacks, libraries. A secret is kept masked; what
 * has to send it unmasks it and wipes it again. Header only: each test is one executable. */
#ifndef DRTOP_TESTS_MEMORY_SEARCH_H
#define DRTOP_TESTS_MEMORY_SEARCH_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define MASKED_LEN 32
#define MASK       0xA5U

struct masked {
    unsigned char bytes[MASKED_LEN];
};

/* Another one each time, of letters. */
static inline struct masked masked_create(void)
{
    struct masked m;
    if (getrandom(m.bytes, sizeof m.bytes, 0) != (ssize_t)sizeof m.bytes) {
        abort();
    }
    for (size_t i = 0; i < MASKED_LEN; i++) {
        m.bytes[i] = (unsigned char)(('a' + m.bytes[i] % 26U) ^ MASK);
    }
    return m;
}

/* Writes MASKED_LEN bytes, no NUL. Wipe them. */
static inline void masked_reveal(const struct masked *m, char *out)
{
    for (size_t i = 0; i < MASKED_LEN; i++) {
        out[i] = (char)(m->bytes[i] ^ MASK);
    }
}

static inline size_t memory_count(const unsigned char *p, size_t len, const struct masked *m)
{
    size_t found = 0;
    const unsigned char *end = len < MASKED_LEN ? p : p + len - MASKED_LEN + 1;
    while (p < end && (p = memchr(p, (int)(m->bytes[0] ^ MASK), (size_t)(end - p)))) {
        size_t i = 1;
        while (i < MASKED_LEN && (p[i] ^ MASK) == m->bytes[i]) {
            i++;
        }
        found += i == MASKED_LEN;
        p++;
    }
    return found;
}

/* Through the file and not by pointers: what the sanitiser forbids to touch is looked at too. */
static inline size_t memory_count_in(int mem, uintptr_t from, uintptr_t to,
                                     const struct masked *m)
{
    static unsigned char piece[(size_t)1024 * 1024];
    size_t found = 0;
    bool itself = from <= (uintptr_t)piece && (uintptr_t)piece < to;
    for (uintptr_t at = from; at < to; at += sizeof piece - MASKED_LEN + 1) {
        size_t want = to - at < sizeof piece ? to - at : sizeof piece;
        /* In the map of this buffer, the buffer would be found to hold what it just read. */
        if (itself && at + want > (uintptr_t)piece && at < (uintptr_t)piece + sizeof piece) {
            explicit_bzero(piece, sizeof piece);
        }
        ssize_t n = pread(mem, piece, want, (off_t)at);
        found += n > 0 ? memory_count(piece, (size_t)n, m) : 0;
        explicit_bzero(piece, sizeof piece);
    }
    return found;
}

/* How often it stands in memory. */
static inline size_t memory_search(const struct masked *m)
{
    char line[512];
    size_t found = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    if (!maps || mem < 0) {
        abort();
    }
    while (fgets(line, sizeof line, maps)) {
        char *dash = NULL, *mode = NULL;
        uintptr_t from = (uintptr_t)strtoull(line, &dash, 16);
        uintptr_t to = (uintptr_t)strtoull(dash + 1, &mode, 16);
        /* Maps without measure are the sanitiser's own notes, which hold no data. */
        if (mode[2] == 'w' && to - from <= UINT64_C(1) << 30) {
            found += memory_count_in(mem, from, to, m);
        }
    }
    (void)fclose(maps);
    (void)close(mem);
    return found;
}

#endif
