/* drtop-dump PID FILE: all memory that a process can read, as a core file would hold it; for tests
 * that look for what must not be in it. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE  ((size_t)1024 * 1024)
#define SHADOW ((uint64_t)1 << 32)

/* A mapping of a device may not be readable: it is left out. */
static bool copy(int memory, uint64_t from, uint64_t to, FILE *out, char *piece)
{
    while (from < to) {
        size_t want = to - from < PIECE ? (size_t)(to - from) : PIECE;
        ssize_t n = pread(memory, piece, want, (off_t)from);
        if (n <= 0) {
            return true;
        }
        if (fwrite(piece, 1, (size_t)n, out) != (size_t)n) {
            return false;
        }
        from += (uint64_t)n;
    }
    return true;
}

static bool dump(FILE *maps, int memory, FILE *out)
{
    char line[4096];
    char *piece = malloc(PIECE);
    bool ok = piece != NULL;
    while (ok && fgets(line, sizeof line, maps)) {
        char *end;
        uint64_t from = strtoull(line, &end, 16);
        uint64_t to = *end == '-' ? strtoull(end + 1, &end, 16) : 0;
        bool shadow = to - from > SHADOW; /* of a sanitizer: nothing of the program's own */
        if (end[0] == ' ' && end[1] == 'r' && !shadow && !strstr(line, "[vvar]")) {
            ok = copy(memory, from, to, out, piece);
        }
    }
    free(piece);
    return ok;
}

int main(int argc, char **argv)
{
    char path[64];
    if (argc != 3) {
        (void)fputs("usage: drtop-dump PID FILE\n", stderr);
        return 64;
    }
    (void)snprintf(path, sizeof path, "/proc/%.20s/maps", argv[1]);
    FILE *maps = fopen(path, "re");
    (void)snprintf(path, sizeof path, "/proc/%.20s/mem", argv[1]);
    int memory = open(path, O_RDONLY | O_CLOEXEC);
    FILE *out = fopen(argv[2], "we");
    if (!maps || memory < 0 || !out) {
        perror("drtop-dump");
        return EXIT_FAILURE;
    }
    bool ok = dump(maps, memory, out);
    return fclose(out) == 0 && ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
